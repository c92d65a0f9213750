#include "lessons/runner/tracer.h"

#include <string.h>

#include <frameobject.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "lessons/runner/decisions.h"
#include "lessons/runner/frame_variable.h"
#include "lessons/runner/instructions.h"
#include "lessons/runner/raised.h"

/* A function that is running. Those that are not the lesson's have id 0. */
struct frame {
    const struct code_info *info;
    int64_t id;
    int line;         /* being executed; 0: none yet */
    size_t slots;     /* its names begin here among tracer->slots */
    size_t undecided; /* its conditions begin here among tracer->decisions */
    int statement;    /* that its line belongs to, as statement_of_line says */
    size_t renewed;   /* of tracer->renewed, how many its names have been told for */
    bool is_cell;
};

struct tracer {
    struct outlet *outlet;
    const struct code_table *codes;
    const struct tracer_calls *calls;
    PyObject *capsule; /* how Python's callback finds us */
    struct arena scratch;
    int64_t frame_ids;
    int cell;
    uint64_t *renewed; /* tensors that have become others under their names, by the engine's ids */
    size_t renewed_count, renewed_capacity;

    struct frame *frames;
    size_t frame_count, frame_capacity;
    uint64_t *slots; /* hashes of what names meant last; 0: not told yet */
    size_t slot_count, slot_capacity;
    struct decisions decisions;

    /* The frame of a cell outlives the parts that its code runs in. */
    struct frame cell_frame;
    uint64_t *cell_slots;
    size_t cell_slot_capacity;
};

/* ---- where we are ---- */

static struct frame *top_frame(struct tracer *tracer)
{
    return tracer->frame_count > 0 ? &tracer->frames[tracer->frame_count - 1] : NULL;
}

static int64_t parent_id(const struct tracer *tracer)
{
    for (size_t i = tracer->frame_count; i > 0; i--) {
        if (tracer->frames[i - 1].id > 0) {
            return tracer->frames[i - 1].id;
        }
    }
    return tracer->cell_frame.id;
}

/* ---- bindings ---- */

static uint64_t hash_of_argument(uint64_t hash, const struct argument *argument)
{
    hash = hash_whole(hash, argument->kind);
    hash = hash_whole(hash, argument->id);
    hash = hash_bytes(hash, &argument->number, sizeof(argument->number));
    hash = hash_bytes(hash, argument->string.bytes, argument->string.length);
    for (size_t i = 0; i < argument->item_count; i++) {
        hash = hash_of_argument(hash, &argument->items[i]);
    }
    return hash;
}

static uint64_t hash_of_bind(const struct record_bind *bind)
{
    uint64_t hash = hash_whole(HASH_START, bind->tensor);
    hash = hash_whole(hash, bind->module);
    hash = hash_whole(hash, bind->optimizer);
    if (bind->type) {
        hash = hash_bytes(hash, bind->type, strlen(bind->type));
    }
    hash = hash_bytes(hash, bind->text.bytes, bind->text.length);
    for (size_t i = 0; i < bind->item_count; i++) {
        hash = hash_of_argument(hash, &bind->items[i]);
    }
    return hash | 1; /* 0 is "not told yet" */
}

/* `told` is the name's slot, NULL if it has none. */
static void tell_bind(struct tracer *tracer, int64_t frame, PyObject *name, PyObject *value,
                      uint64_t *told)
{
    struct record record = { .kind = RECORD_BIND, .bind = { .frame = frame } };
    record.bind.name = PyUnicode_AsUTF8(name);
    if (!record.bind.name) {
        PyErr_Clear();
        return;
    }
    if (tracer->calls->describe(tracer->calls->context, &record.bind, value, &tracer->scratch)) {
        uint64_t hash = hash_of_bind(&record.bind);
        if (!told || *told != hash) {
            outlet_write(tracer->outlet, &record);
        }
        if (told) {
            *told = hash;
        }
    }
    arena_clear(&tracer->scratch);
}

static uint64_t *slots_of(struct tracer *tracer, const struct frame *frame)
{
    return frame->is_cell ? tracer->cell_slots : tracer->slots + frame->slots;
}

/* What the name means now, a new reference; NULL: the line did not get that far, or deleted it again. */
static PyObject *value_of(const struct store *store, PyFrameObject *python)
{
    PyObject *value = NULL;
    if (store->place >= 0) {
        value = frame_variable(python, store->place, store->name);
    } else {
        PyObject *names = store->global ? PyFrame_GetGlobals(python) : PyFrame_GetLocals(python);
        value = names ? PyObject_GetItem(names, store->name) : NULL;
        Py_XDECREF(names);
    }
    if (!value) {
        PyErr_Clear();
    }
    return value;
}

/* The names that the line just executed may have changed. */
static void tell_binds(struct tracer *tracer, const struct frame *frame, PyFrameObject *python)
{
    size_t count;
    const struct store *stores = code_info_stores(frame->info, frame->line, &count);
    for (size_t i = 0; i < count && frame->line > 0; i++) {
        PyObject *value = value_of(&stores[i], python);
        if (value) {
            uint64_t *slot = slots_of(tracer, frame) + stores[i].slot;
            tell_bind(tracer, frame->id, stores[i].name, value, slot);
            Py_DECREF(value);
        }
    }
}

static uint64_t *slot_of_name(struct tracer *tracer, const struct frame *frame, PyObject *name)
{
    for (size_t i = 0; i < frame->info->store_count; i++) {
        if (frame->info->stores[i].name == name) {
            return slots_of(tracer, frame) + frame->info->stores[i].slot;
        }
    }
    return NULL;
}

static bool is_renewed(const struct tracer *tracer, const struct frame *frame, PyObject *value)
{
    const uint64_t id = tracer->calls->tensor_id(value);
    for (size_t i = frame->renewed; id != 0 && i < tracer->renewed_count; i++) {
        if (tracer->renewed[i] == id) {
            return true;
        }
    }
    return false;
}

/* Names that still stand for the same tensor, which is another one for the trace: `x.t_()`. */
static void tell_renewed(struct tracer *tracer, struct frame *frame, PyFrameObject *python)
{
    PyObject *locals = PyFrame_GetLocals(python), *name, *value;
    PyObject *names = locals ? PyDict_New() : NULL; /* telling may change what is looked through */
    Py_ssize_t at = 0;
    if (names && PyDict_Update(names, locals) == 0) {
        while (PyDict_Next(names, &at, &name, &value)) {
            if (is_renewed(tracer, frame, value) && PyUnicode_Check(name)) {
                tell_bind(tracer, frame->id, name, value, slot_of_name(tracer, frame, name));
            }
        }
    }
    PyErr_Clear();
    frame->renewed = tracer->renewed_count;
    Py_XDECREF(names);
    Py_XDECREF(locals);
}

static void tell_arguments(struct tracer *tracer, const struct frame *frame, PyFrameObject *python,
                           const PyCodeObject *code)
{
    int count = code->co_argcount + code->co_kwonlyargcount + ((code->co_flags & CO_VARARGS) != 0) +
                ((code->co_flags & CO_VARKEYWORDS) != 0);
    for (int i = 0; i < count; i++) {
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, i);
        PyObject *value = frame_variable(python, i, name);
        if (value && PyUnicode_READ_CHAR(name, 0) != '.') {
            tell_bind(tracer, frame->id, name, value, slot_of_name(tracer, frame, name));
        }
        PyErr_Clear();
        Py_XDECREF(value);
    }
}

void tracer_renewed(struct tracer *tracer, uint64_t tensor)
{
    tracer->renewed = array_reserve(tracer->renewed, &tracer->renewed_capacity,
                                    tracer->renewed_count + 1, sizeof(*tracer->renewed));
    tracer->renewed[tracer->renewed_count++] = tensor;
}

void tracer_tested(struct tracer *tracer, int64_t tensor)
{
    const struct frame *const frame = top_frame(tracer);
    const struct span here = code_here(tracer->codes);

    if (frame) {
        decisions_name_tensor(&tracer->decisions, frame->undecided, &here, tensor);
    }
}

/* ---- events ---- */

static struct decider decider_of(const struct frame *frame)
{
    return (struct decider){ frame->info, frame->id, frame->undecided };
}

static void follow_instruction(struct tracer *tracer, const struct frame *frame,
                               PyFrameObject *python)
{
    const struct decider who = decider_of(frame);
    const struct span here = code_info_span(frame->info, PyFrame_GetLasti(python));

    if (here.cell > 0) {
        decisions_begin_instruction(&tracer->decisions, &who, &here);
    }
}

/* In a comprehension, whether it has a frame of its own or not. */
static bool is_inner(const struct frame *frame, PyFrameObject *python)
{
    return frame->info->is_inner || code_info_is_inlined(frame->info, PyFrame_GetLasti(python));
}

/* What the line just executed leaves to tell, before the next event of its frame. `next` is the
 * line to come, 0 for the frame's end. The names of a comprehension are nobody's but its own. */
static void finish_line(struct tracer *tracer, struct frame *frame, PyFrameObject *python, int next)
{
    const bool inner = is_inner(frame, python);
    if (!inner) {
        tell_binds(tracer, frame, python);
        if (frame->renewed < tracer->renewed_count) {
            tell_renewed(tracer, frame, python);
        }
    }
    const struct decider who = decider_of(frame);
    const struct span here = code_info_span(frame->info, PyFrame_GetLasti(python));
    if (next > 0 && here.cell > 0) {
        decisions_end_instruction(&tracer->decisions, &who, &here);
    }
    decisions_end_line(&tracer->decisions, &who, next);
    if (!inner) {
        tracer->calls->line_over(tracer->calls->context);
    }
}

/* Python looks for the line among all of them. */
static int line_of(const struct code_info *info, PyFrameObject *python)
{
    const int line = code_info_span(info, PyFrame_GetLasti(python)).line;
    return line > 0 ? line : PyFrame_GetLineNumber(python);
}

/* The lines of one statement are one, and a `try:` none, but where something happens. */
static void tell_line(struct tracer *tracer, struct frame *frame)
{
    const int statement = statement_of_line(frame->info->statements, frame->line);
    if (frame->statement == LINE_OF_TRY) {
        outlet_forget_line(tracer->outlet);
    }
    if (statement != 0) {
        outlet_hold_line(tracer->outlet, frame->id, frame->line, frame->statement == statement);
    } else {
        outlet_write(tracer->outlet,
                     &(struct record){ .kind = RECORD_LINE, .line = { frame->id, frame->line } });
    }
    frame->statement = statement;
}

static void on_line(struct tracer *tracer, struct frame *frame, PyFrameObject *python)
{
    int line = line_of(frame->info, python);
    finish_line(tracer, frame, python, line);
    if (!is_inner(frame, python)) {
        frame->line = line;
        tell_line(tracer, frame);
    }
    const struct decider who = decider_of(frame);
    decisions_begin_line(&tracer->decisions, &who, line);
    outlet_flush_early(tracer->outlet);
}

static void reserve_slots(struct tracer *tracer, struct frame *frame)
{
    size_t count = (size_t)frame->info->slot_count;
    frame->slots = tracer->slot_count;
    tracer->slots = array_reserve(tracer->slots, &tracer->slot_capacity,
                                  tracer->slot_count + count + 1, sizeof(*tracer->slots));
    memset(tracer->slots + tracer->slot_count, 0, count * sizeof(*tracer->slots));
    tracer->slot_count += count;
}

/* The parts of a cell's code share its frame, but not the numbers of its names. */
static void enter_cell(struct tracer *tracer, struct frame *frame)
{
    int line = tracer->cell_frame.line;
    size_t count = (size_t)frame->info->slot_count;
    tracer->cell_slots = array_reserve(tracer->cell_slots, &tracer->cell_slot_capacity, count + 1,
                                       sizeof(*tracer->cell_slots));
    memset(tracer->cell_slots, 0, count * sizeof(*tracer->cell_slots));
    frame->id = tracer->cell_frame.id;
    frame->is_cell = true;
    frame->line = line;
}

/* A generator that goes on was told its arguments when it began. */
static bool is_resumed(PyFrameObject *python, const PyCodeObject *code)
{
    int generator = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;
    return (code->co_flags & generator) && PyFrame_GetLasti(python) > 0 &&
           PyFrame_GetLineNumber(python) != code->co_firstlineno;
}

static void enter_function(struct tracer *tracer, struct frame *frame, PyFrameObject *python,
                           const PyCodeObject *code)
{
    int64_t parent = parent_id(tracer);
    frame->id = ++tracer->frame_ids;
    reserve_slots(tracer, frame);
    outlet_write(tracer->outlet, &(struct record){ .kind = RECORD_CALL,
                                                   .call = {
                                                       .frame = frame->id,
                                                       .parent = parent,
                                                       .in = frame->info->cell,
                                                       .line = frame->info->first_line,
                                                       .name = frame->info->name,
                                                   } });
    if (!is_resumed(python, code)) {
        tell_arguments(tracer, frame, python, code);
    }
}

static void push_frame(struct tracer *tracer, const struct frame *frame)
{
    tracer->frames = array_reserve(tracer->frames, &tracer->frame_capacity, tracer->frame_count + 1,
                                   sizeof(*tracer->frames));
    tracer->frames[tracer->frame_count++] = *frame;
}

static void on_call(struct tracer *tracer, PyFrameObject *python)
{
    PyCodeObject *code = PyFrame_GetCode(python);
    struct frame frame = {
        .info = code_info_of(tracer->codes, code),
        .slots = tracer->slot_count,
        .undecided = tracer->decisions.count,
        .renewed = tracer->renewed_count,
    };
    if (frame.info->cell > 0 && tracer->frame_count == 0) {
        enter_cell(tracer, &frame);
    } else if (frame.info->is_inner) {
        frame.id = parent_id(tracer);
    } else if (frame.info->cell > 0) {
        enter_function(tracer, &frame, python, code);
    }
    if (frame.info->by_instruction &&
        PyObject_SetAttrString((PyObject *)python, "f_trace_opcodes", Py_True) < 0) {
        PyErr_Clear();
    }
    push_frame(tracer, &frame);
    Py_DECREF(code);
}

static void tell_return(struct tracer *tracer, int64_t frame, PyObject *value)
{
    struct record_bind what = { .frame = frame };
    const bool told =
        value && value != Py_None &&
        tracer->calls->describe(tracer->calls->context, &what, value, &tracer->scratch);
    struct record record = { .kind = RECORD_RETURN, .ret = { .frame = frame } };
    if (told) {
        record.ret.tensor = what.tensor;
        record.ret.module = what.module;
        record.ret.optimizer = what.optimizer;
        record.ret.type = what.type;
        record.ret.text = what.text;
        record.ret.items = what.items;
        record.ret.item_count = what.item_count;
    }
    outlet_write(tracer->outlet, &record);
    arena_clear(&tracer->scratch);
}

/* `value`: NULL where the frame is left by an exception, which decides nothing. */
static void on_return(struct tracer *tracer, PyFrameObject *python, PyObject *value)
{
    struct frame frame = *top_frame(tracer);
    const bool raised = !value;
    if (frame.id > 0) {
        if (raised) {
            tracer->decisions.count = frame.undecided;
        }
        finish_line(tracer, &frame, python, 0);
        if (frame.is_cell) {
            tracer->cell_frame.line = frame.line;
        } else if (!frame.info->is_inner) {
            tell_return(tracer, frame.id, value);
        }
    }
    tracer->frame_count--;
    tracer->slot_count = frame.slots;
    tracer->decisions.count = frame.undecided;
}

/* Python calls this for every event of this thread. It never raises: what tells of a lesson must not
 * change it. */
static int on_event(PyObject *capsule, PyFrameObject *python, int what, PyObject *argument)
{
    struct tracer *tracer = PyCapsule_GetPointer(capsule, NULL);
    if (outlet_is_full(tracer->outlet)) {
        tracer_detach(tracer);
        return 0;
    }
    struct frame *frame = top_frame(tracer);
    if (what == PyTrace_CALL) {
        on_call(tracer, python);
    } else if (what == PyTrace_RETURN && frame) {
        on_return(tracer, python, argument);
    } else if (what == PyTrace_LINE && frame && frame->id > 0) {
        on_line(tracer, frame, python);
    } else if (what == PyTrace_OPCODE && frame && frame->info->by_instruction) {
        follow_instruction(tracer, frame, python);
    } else if (what == PyTrace_EXCEPTION && frame) {
        tracer->decisions.count = frame->undecided;
        struct raised raised = { .at = code_info_span(frame->info, PyFrame_GetLasti(python)) };
        if (raised.at.cell > 0 && raised_read(&raised, argument)) {
            tracer->calls->raised(tracer->calls->context, &raised);
        }
    }
    return 0;
}

/* ---- the whole ---- */

struct tracer *tracer_create(struct outlet *outlet, const struct code_table *codes,
                             const struct tracer_calls *calls)
{
    struct tracer *tracer = memory_allocate(1, sizeof(*tracer));
    tracer->outlet = outlet;
    tracer->decisions.outlet = outlet;
    tracer->codes = codes;
    tracer->calls = calls;
    return tracer;
}

void tracer_begin_cell(struct tracer *tracer, int cell)
{
    tracer->cell_frame = (struct frame){ .id = ++tracer->frame_ids, .is_cell = true };
    outlet_write(tracer->outlet,
                 &(struct record){ .kind = RECORD_CELL, .cell = { cell, tracer->cell_frame.id } });
}

void tracer_end_cell(struct tracer *tracer)
{
    tracer->calls->line_over(tracer->calls->context);
}

bool tracer_attach(struct tracer *tracer, PyObject *code)
{
    if (!tracer->capsule) {
        tracer->capsule = PyCapsule_New(tracer, NULL, NULL);
    }
    if (!tracer->capsule || outlet_is_full(tracer->outlet)) {
        return tracer->capsule != NULL;
    }
    tracer->frame_count = 0;
    tracer->slot_count = 0;
    tracer->decisions.count = 0;
    PyObject *globals = PyDict_New();
    if (globals) {
        instructions_prepare(tracer->codes, code, globals);
    }
    Py_XDECREF(globals);
    PyEval_SetTrace(on_event, tracer->capsule);
    return true;
}

void tracer_detach(struct tracer *tracer)
{
    (void)tracer;
    PyEval_SetTrace(NULL, NULL);
}
