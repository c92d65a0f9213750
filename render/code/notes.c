#include "render/code/notes.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/places.h"
#include "render/code/code.h"
#include "render/code/links.h"
#include "render/path_text.h"

/* Records of a line that are looked at, the latest; calls of a function that are looked back at. */
enum { RECORDS_MAX = 4000, CALLS_MAX = 64, PLAIN_BYTES = 24, LISTED = 3 };

struct reader {
    const struct view *view;
    const struct trace *trace;
    uint32_t until; /* values are those of this moment */
    uint32_t now;   /* on show */
    struct code_notes *out;
    bool masked; /* the cell answers a question */
};

/* ---- values ----------------------------------------------------------------------------- */

/* " = 18", " = [1, 2]", " 2×3". */
static const char *tensor_text(const struct reader *reader, const struct trace_tensor *tensor)
{
    const struct trace_value *const value = trace_value_at(tensor, reader->until);
    struct text text = { 0 };

    if (value && (tensor->count == 1 || (tensor->ndim == 1 && tensor->count <= LISTED))) {
        struct arena *const arena = reader->view->arena;
        return arena_format(arena, " %s",
                            equals_number(arena, view_value(reader->view, value, tensor)));
    }
    text_append_string(&text, tensor->ndim == 1 ? " (" : " ");
    for (int i = 0; i < tensor->ndim; i++) {
        text_format(&text, "%s%lld", i > 0 ? "×" : "", (long long)tensor->shape[i]);
    }
    text_append_string(&text, tensor->ndim == 1 ? ",)" : "");
    const char *const copy = arena_copy_text(reader->view->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static const char *value_text(const struct reader *reader, int64_t id)
{
    const struct trace_tensor *const tensor = trace_tensor(reader->trace, id);

    return tensor ? tensor_text(reader, tensor) : " = None";
}

/* A number with a point as all numbers on the screen are written: " = 0.1", " = -1.0389"; NULL for what is none. */
static const char *float_text(const struct reader *reader, const struct record_bind *bind)
{
    struct arena *const arena = reader->view->arena;
    double value;

    return !reader->masked && strcmp(bind->type, "float") == 0 &&
                   number_parse(bind->text.bytes, bind->text.length, &value) && isfinite(value)
               ? arena_format(arena, " %s", equals_number(arena, view_number(reader->view, value)))
               : NULL;
}

/* The first line of a plain value's repr, cut. */
static const char *plain_text(const struct reader *reader, const struct record_bind *bind)
{
    struct arena *const arena = reader->view->arena;
    const char *const number = float_text(reader, bind);
    size_t shown = 0;

    if (number) {
        return number;
    }
    /* Masked before it is cut: half a word is not known for what it is. */
    const struct trace_string text =
        reader->masked ? trace_masked_text(bind->text.bytes, bind->text.length, arena) : bind->text;
    while (shown < text.length && text.bytes[shown] != '\n' && shown < PLAIN_BYTES) {
        shown++;
    }
    while (shown > 0 && shown < text.length && ((unsigned char)text.bytes[shown] & 0xC0) == 0x80) {
        shown--;
    }
    return shown == 0 ? arena_format(arena, " %s", bind->type)
                      : arena_format(arena, " = %.*s%s", (int)shown, text.bytes,
                                     shown < text.length ? "…" : "");
}

/* ---- notes ------------------------------------------------------------------------------ */

/* The latest word on a name stands. */
static void add(const struct reader *reader, const char *name, const char *value, int64_t tensor,
                bool gradient)
{
    struct code_notes *const out = reader->out;
    const size_t length = strlen(name);
    const struct code_note note = { arena_format(reader->view->arena, "%s%s", name, value),
                                    gradient, tensor };

    for (size_t i = 0; i < out->count; i++) {
        if (strncmp(out->notes[i].text, name, length) == 0 && out->notes[i].text[length] == ' ') {
            out->notes[i] = note;
            return;
        }
    }
    if (out->count == CODE_NOTES_MAX) {
        out->more = true;
        return;
    }
    out->notes[out->count++] = note;
}

static const char *grad_name(const struct reader *reader, int64_t tensor)
{
    const struct run_view *const run = &reader->view->runs[0];
    const struct trace_tensor *const of = trace_tensor(run->trace, tensor);
    const char *const label = run_label(run, tensor, reader->view->arena);

    return of && trace_is_renamed(run->trace, of, run->moment)
               ? arena_format(reader->view->arena, "%s.grad (%s)", label,
                              view_word(reader->view, "old"))
               : arena_format(reader->view->arena, "%s.grad", label);
}

static void add_bind(const struct reader *reader, const struct record_bind *bind)
{
    const struct trace_module *const module = trace_module(reader->trace, bind->module);
    const char *value;

    if (bind->tensor) {
        value = value_text(reader, bind->tensor);
    } else if (module) {
        value = arena_format(reader->view->arena, " %s", module->record->class_name);
    } else if (bind->optimizer) {
        const char *const name = run_optimizer(&reader->view->runs[0], bind->optimizer);
        value = arena_format(reader->view->arena, " %s", name ? name : bind->type);
    } else {
        value = plain_text(reader, bind);
    }
    add(reader, bind->name, value, bind->tensor, false);
}

static void add_update(const struct reader *reader, const struct record_update *update)
{
    const struct run_view *const run = &reader->view->runs[0];
    const struct trace_tensor *const tensor = trace_tensor(reader->trace, update->tensor);

    if (!tensor || tensor->role == TENSOR_ROLE_STATE || strcmp(update->by, "step") == 0) {
        return; /* the step says it */
    }
    if (update->total || update->grad[0]) {
        add(reader, grad_name(reader, update->tensor), value_text(reader, update->total),
            update->tensor, true);
    } else if (update->requires_grad[0]) {
        add(reader,
            arena_format(reader->view->arena, "%s.requires_grad",
                         run_label(run, update->tensor, reader->view->arena)),
            strcmp(update->requires_grad, "on") == 0 ? " = True" : " = False", update->tensor,
            false);
    } else if (tensor->grad_of) {
        add(reader, grad_name(reader, tensor->grad_of), value_text(reader, update->tensor),
            tensor->grad_of, true);
    } else if (trace_is_named(reader->trace, tensor)) { /* not the "x[2]" that is written through */
        add(reader, run_label(run, update->tensor, reader->view->arena),
            value_text(reader, update->tensor), update->tensor, false);
    }
}

static void add_step(const struct reader *reader, const struct record_step *step)
{
    for (size_t i = 0; i < step->param_count; i++) {
        const int64_t id = step->params[i].tensor;
        add(reader, run_label(&reader->view->runs[0], id, reader->view->arena),
            value_text(reader, id), id, false);
    }
}

/* One that was cleared since would deceive. */
static void add_gradient(const struct reader *reader, const struct record_accumulate *record)
{
    const struct trace_tensor *const tensor = trace_tensor(reader->trace, record->tensor);

    if (tensor && trace_grad_at(reader->trace, tensor, reader->now)) {
        add(reader, grad_name(reader, record->tensor), value_text(reader, record->total),
            record->tensor, true);
    }
}

/* Whether the frame's function runs again: what its lines made before is not what they will. */
static bool runs_again(const struct reader *reader, int64_t frame)
{
    struct trace_position now;
    const struct trace_frame *const was = trace_frame(reader->trace, frame);
    const struct trace_frame *const is = trace_position_at(reader->trace, reader->now, &now)
                                             ? trace_frame(reader->trace, now.frame)
                                             : NULL;

    return was && is && is != was && is->cell == was->cell && is->first_line == was->first_line &&
           strcmp(is->name, was->name) == 0;
}

/* Whether the frame's function was called again since that moment: the line was not in the call
   that the others speak of. */
static bool was_called_again(const struct reader *reader, int64_t frame, uint32_t since)
{
    const struct trace_frame *const was = trace_frame(reader->trace, frame);
    size_t count;
    const uint32_t *const calls = trace_records_of(reader->trace, RECORD_CALL, &count);
    int back = 0;

    while (count > 0 && calls[count - 1] >= reader->now) {
        count--;
    }
    for (; was && count > 0 && calls[count - 1] >= since && back < CALLS_MAX; count--, back++) {
        const struct trace_frame *const is =
            trace_frame(reader->trace, trace_record(reader->trace, calls[count - 1])->call.frame);
        if (is && is->cell == was->cell && is->first_line == was->first_line &&
            strcmp(is->name, was->name) == 0) {
            return true;
        }
    }
    return false;
}

/* "9" of " = 9". */
static const char *bare_value(const struct reader *reader, int64_t tensor)
{
    static const char equals[] = " = ";
    const char *const value = value_text(reader, tensor);

    return value + (strncmp(value, equals, strlen(equals)) == 0 ? strlen(equals) : 1);
}

static const char *item_text(const struct reader *reader, const struct argument *item)
{
    if (item->kind == ARGUMENT_TENSOR) {
        return bare_value(reader, item->id);
    }
    if (item->kind == ARGUMENT_NUMBER) {
        return reader->masked ? "?" : view_number(reader->view, item->number);
    }
    return "…";
}

/* "a = 6, → 7": of several results those with a name stand under it. */
static void add_returned_items(const struct reader *reader, const struct record_return *returned)
{
    const struct trace *const trace = reader->trace;
    const uint32_t end = trace_frame(trace, returned->frame)->ended;
    const char *others = "";

    for (size_t i = 0; i < returned->item_count; i++) {
        const struct argument *const item = &returned->items[i];
        const struct trace_tensor *const tensor =
            item->kind == ARGUMENT_TENSOR ? trace_tensor(trace, item->id) : NULL;
        const char *const name = tensor ? trace_name_at(trace, tensor, end) : "";
        if (name[0] != '\0' && !trace_is_renamed(trace, tensor, end)) {
            add(reader, name, value_text(reader, item->id), item->id, false);
        } else {
            others = arena_format(reader->view->arena, "%s%s%s", others, others[0] ? ", " : " ",
                                  item_text(reader, item));
        }
    }
    if (others[0] != '\0') {
        add(reader, "→", others, 0, false);
    }
}

/* "→ 9": what the line's function gave back. */
static void add_returned(const struct reader *reader, const struct record_return *returned)
{
    if (trace_tensor(reader->trace, returned->tensor)) {
        add(reader, "→",
            arena_format(reader->view->arena, " %s", bare_value(reader, returned->tensor)),
            returned->tensor, false);
    } else if (returned->item_count <= CODE_NOTES_MAX) {
        add_returned_items(reader, returned);
    }
}

static void add_record(const struct reader *reader, const struct record *record, int64_t frame)
{
    if (record->kind == RECORD_BIND && record->bind.frame == frame) {
        add_bind(reader, &record->bind);
    } else if (record->kind == RECORD_UPDATE) {
        add_update(reader, &record->update);
    } else if (record->kind == RECORD_ACCUMULATE) {
        add_gradient(reader, &record->accumulate);
    } else if (record->kind == RECORD_STEP) {
        add_step(reader, &record->step);
    } else if (record->kind == RECORD_RETURN && record->ret.frame == frame) {
        add_returned(reader, &record->ret);
    } else if (record->kind == RECORD_COND && record->cond.frame == frame) {
        add(reader, "→",
            reader->masked       ? " ?"
            : record->cond.value ? " True"
                                 : " False",
            record->cond.tensor, false);
    }
}

/* The arguments of the function's latest call stand beside its `def`. */
static void add_arguments(struct reader *reader, int64_t cell, int line, uint32_t moment)
{
    size_t count;
    const uint32_t *const calls = trace_records_of(reader->trace, RECORD_CALL, &count);
    int back = 0;

    while (count > 0 && calls[count - 1] >= moment) {
        count--;
    }
    for (; count > 0 && back < CALLS_MAX; count--, back++) {
        const struct record_call *const call = &trace_record(reader->trace, calls[count - 1])->call;
        uint32_t at = calls[count - 1] + 1;
        if (call->in != cell || call->line != line) {
            continue;
        }
        for (; at < moment && trace_record(reader->trace, at)->kind == RECORD_BIND; at++) {
            const struct record_bind *const bind = &trace_record(reader->trace, at)->bind;
            reader->until = at + 1;
            if (bind->frame == call->frame && strcmp(bind->name, "self") != 0) {
                add_bind(reader, bind);
            }
        }
        return;
    }
}

/* What follows that word at the beginning of the line, to its end; NULL if it does not begin so. */
static const char *after_word(const struct trace_cell *cell, int line, const char *word,
                              size_t *length)
{
    size_t start;
    const size_t word_length = strlen(word);

    code_line_range(cell, line, &start, length);
    while (*length > 0 && cell->text.bytes[start] == ' ') {
        start++;
        --*length;
    }
    if (*length <= word_length || memcmp(cell->text.bytes + start, word, word_length) != 0) {
        return NULL;
    }
    *length -= word_length;
    return cell->text.bytes + start + word_length;
}

void code_notes_at(const struct view *view, const struct trace_cell *cell, int line,
                   uint32_t moment, struct code_notes *out)
{
    const struct trace *const trace = view->runs[0].trace;
    struct reader reader = {
        .view = view, .trace = trace, .now = moment, .out = out, .masked = cell->masked
    };
    struct trace_execution execution;

    *out = (struct code_notes){ 0 };
    if (!trace_execution_at(trace, cell->in_number, line, moment, &execution) ||
        runs_again(&reader, execution.frame) ||
        was_called_again(&reader, execution.frame, execution.stretches[0].to)) {
        return;
    }
    reader.until = execution.stretches[0].to;
    for (size_t i = execution.stretch_count; i > 0; i--) {
        const struct trace_stretch *const stretch = &execution.stretches[i - 1];
        const uint32_t count = stretch->to - stretch->from;
        for (uint32_t at = count > RECORDS_MAX ? stretch->to - RECORDS_MAX : stretch->from;
             at < stretch->to; at++) {
            add_record(&reader, trace_record(trace, at), execution.frame);
        }
    }
    if (out->count == 0) {
        size_t length;
        if (after_word(cell, line, "def ", &length)) {
            add_arguments(&reader, cell->in_number, line, moment);
        }
    }
}

/* ---- drawing ---------------------------------------------------------------------------- */

static const float PAD = 0.45f, GAP = 0.5f, LEAST = 8; /* in em */

static float note_width(const struct view *view, const struct code_note *note, float size)
{
    return fonts_measure(view->fonts, TYPE_MONO, note->text, strlen(note->text)) *
               code_small(size) +
           2 * PAD * size;
}

float code_notes_width(const struct view *view, const struct code_notes *notes, float size)
{
    float width = 0;

    for (size_t i = 0; i < notes->count; i++) {
        width += note_width(view, &notes->notes[i], size) + (i > 0 ? GAP * size : 0);
    }
    return width;
}

float code_notes_least(const struct view *view, const struct code_notes *notes, float size)
{
    return notes->count == 0 ? 0 : fminf(note_width(view, &notes->notes[0], size), LEAST * size);
}

/* Half a number says something else: the name goes before that, "…(old) = -19.2". */
static const char *text_within(const struct view *view, const char *text, float em)
{
    const char *const shown = path_text(view->fonts, TYPE_MONO, text, em, view->arena);
    const char *const word = strstr(text, " ("), *const value = strstr(text, " = ");

    return word && value && word < value &&
                   fonts_measure(view->fonts, TYPE_MONO, shown, strlen(shown)) > em
               ? arena_format(view->arena, "…%s", word + 1)
               : shown;
}

/* Down to captions before anything is left out. */
static float size_within(const struct view *view, const char *text, float room, float size)
{
    const float em = fonts_measure(view->fonts, TYPE_MONO, text, strlen(text));
    const float least = fminf(view->type.caption, size);

    return em * size <= room || em * least > room ? size : room / em;
}

static void draw_note(const struct view *view, const struct code_note *note, struct rect chip,
                      float size, struct scene *scene)
{
    const float room = chip.w - 2 * PAD * size + 0.5f;
    const float small = size_within(view, note->text, room, code_small(size));
    const enum target_kind kind = note->tensor == 0 ? TARGET_NONE
                                  : note->gradient  ? TARGET_DRAWER
                                                    : TARGET_TENSOR;

    scene_group(scene, &(struct draw_group){ .target = { .kind = kind, .id = note->tensor },
                                             .bounds = chip,
                                             .title = note->text });
    scene_rect(scene,
               &(struct draw_rect){ .rect = chip,
                                    .radius = size * 0.3f,
                                    .fill = note->gradient ? INK_BACKWARD_SOFT : INK_FORWARD_SOFT,
                                    .stroke = INK_PANEL_LINE });
    scene_text(scene, &(struct draw_text){
                          .at = { chip.x + size * PAD, chip.y + chip.h / 2 + size * 0.33f },
                          .bytes = text_within(view, note->text, room / small),
                          .role = TYPE_MONO,
                          .size = small,
                          .ink = INK_TEXT,
                          .max_width = room });
    scene_group_end(scene);
}

/* How many of them stand whole beside each other, an ellipsis behind them if there are more. */
static size_t count_fitting(const struct view *view, const struct code_notes *notes, float room,
                            float size)
{
    float x = 0;

    for (size_t i = 0; i < notes->count; i++) {
        const float w = note_width(view, &notes->notes[i], size);
        const bool last = i + 1 == notes->count && !notes->more;
        if (x + w + (last ? 0 : (GAP + 1) * size) > room) {
            return i;
        }
        x += w + GAP * size;
    }
    return notes->count;
}

void code_notes_draw(const struct view *view, const struct code_notes *notes, struct rect room,
                     float size, struct scene *scene)
{
    const size_t fitting = count_fitting(view, notes, room.w, size);
    const size_t shown = fitting == 0 && notes->count > 0 ? 1 : fitting;
    const float h = size * 1.2f, right = room.x + room.w;
    float x = room.x;

    for (size_t i = 0; i < shown; i++) {
        const float w = fminf(note_width(view, &notes->notes[i], size), right - x);
        draw_note(view, &notes->notes[i], (struct rect){ x, room.y + (room.h - h) / 2, w, h }, size,
                  scene);
        x += w + GAP * size;
    }
    if ((shown < notes->count || notes->more) && x + size <= right) {
        scene_text(scene, &(struct draw_text){ .at = { x, room.y + room.h / 2 + size * 0.33f },
                                               .bytes = "…",
                                               .role = TYPE_MONO,
                                               .size = code_small(size),
                                               .ink = INK_TEXT_SECOND });
    }
}
