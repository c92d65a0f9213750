/* What happened in a step, as a sentence. Each kind of record has one function; the English pattern
 * is the key of its translation, {0} {1} … are filled in. */

#include <assert.h>
#include <string.h>

#include "lessons/trace/drawing.h"
#include "lessons/trace/mask.h"
#include "lessons/trace/versions.h"
#include "render/ledger/chain.h"
#include "render/ledger/forward.h"
#include "render/ledger/unpacked.h"
#include "render/lesson/sentence_parts.h"
#include "render/sayings.h"
#include "render/screen.h"
#include "render/timeline/phases.h"

enum { EXPRESSION_BYTES = 48, PRINTED_BYTES = 80, STEP_BYTES = 56, MOVE_BYTES = 40 };

/* ---- pieces ----------------------------------------------------------------------------- */

const char *sentence_say(const struct speaker *speaker, const char *pattern,
                         const char *const blanks[SENTENCE_BLANKS])
{
    const char *at = words_in(speaker->words, speaker->language, pattern);
    struct text text = { 0 };

    while (*at) {
        if (at[0] == '{' && at[1] >= '0' && at[1] < '0' + SENTENCE_BLANKS && at[2] == '}') {
            assert(blanks[at[1] - '0']);
            text_append_string(&text, blanks[at[1] - '0']);
            at += 3;
        } else {
            text_append_char(&text, *at++);
        }
    }
    const char *const copy = arena_copy_text(speaker->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

bool sentence_is_shaped(const struct speaker *speaker, int64_t id)
{
    const struct trace_tensor *const tensor = trace_tensor(speaker->run->trace, id);

    return tensor && value_is_shape(trace_value_at(tensor, speaker->run->moment), tensor);
}

/* "18", "[1, 2]", "shape (3, 4)". */
const char *sentence_value(const struct speaker *speaker, int64_t id)
{
    const char *const line = run_value(speaker->run, id, speaker->arena);

    return sentence_is_shaped(speaker, id)
               ? arena_format(speaker->arena, "%s %s", SAY(speaker, "shape", NULL), line)
               : line;
}

const char *sentence_label(const struct speaker *speaker, int64_t id)
{
    return run_label(speaker->run, id, speaker->arena);
}

const char *sentence_first_line(const struct speaker *speaker, const char *bytes, size_t length)
{
    const char *const end = memchr(bytes, '\n', length);
    size_t shown = end ? (size_t)(end - bytes) : length;
    const bool whole = shown <= PRINTED_BYTES && shown + 1 >= length;

    if (shown > PRINTED_BYTES) {
        shown = PRINTED_BYTES;
        while (shown > 0 && ((unsigned char)bytes[shown] & 0xC0) == 0x80) {
            shown--;
        }
    }
    return arena_format(speaker->arena, "%.*s%s", (int)shown, bytes, whole ? "" : " …");
}

/* What a record tells in English, or the lesson in its own words. */
static const char *said_in_it(const struct speaker *speaker, const struct trace_string *text)
{
    const char *const said =
        refusal_in(speaker->words, speaker->language, text->bytes, speaker->arena);

    return said != text->bytes ? said : sentence_first_line(speaker, text->bytes, text->length);
}

/* ---- forward ---------------------------------------------------------------------------- */

static const char *say_creation(const struct speaker *speaker, int64_t out)
{
    const struct trace_tensor *const tensor = trace_tensor(speaker->run->trace, out);
    const char *const label = sentence_label(speaker, out), *const value =
                                                                sentence_value(speaker, out);

    if (tensor && trace_requires_grad_at(speaker->run->trace, tensor, speaker->run->moment)) {
        return SAY(speaker, "{0} is a new tensor: {1}, with requires_grad=True.", label, value);
    }
    return SAY(speaker, "{0} is a new tensor: {1}.", label, value);
}

/* "model.to(torch.float64): model.bias holds -0.0335, float64": a parameter's memory was replaced. */
static const char *say_memory(const struct speaker *speaker, const struct trace_op *op, int64_t out)
{
    const struct trace_tensor *const tensor = trace_tensor(speaker->run->trace, out);
    const char *const holds = arena_format(speaker->arena, "%s, %s", sentence_value(speaker, out),
                                           tensor ? trace_dtype_text(tensor) : "");
    const char *const said =
        SAY(speaker, "{0} now holds {1}.", sentence_label(speaker, out), holds);
    const char *const expression =
        trace_span_text(speaker->run->trace, &op->record->at, EXPRESSION_BYTES, speaker->arena);

    return expression[0] ? arena_format(speaker->arena, "%s: %s", expression, said) : said;
}

/* "z = y * y * 3 = 27"; "outputs = model(x), shape (4, 1)"; "Inside model(x): t, shape (1, 4)". */
static const char *statement(const struct speaker *speaker, const struct trace_op *op, int64_t out)
{
    const char *const expression =
        trace_span_text(speaker->run->trace, &op->record->at, EXPRESSION_BYTES, speaker->arena);
    const bool assigned = forward_assigns(speaker->run->trace, op);
    const char *const written = forward_writes(speaker->run->trace, op, speaker->arena);
    const char *const inner = trace_inner_label(speaker->run->trace, op, speaker->arena);
    const char *const label = assigned   ? expression
                              : inner[0] ? inner
                                         : sentence_label(speaker, out);
    const bool shaped = sentence_is_shaped(speaker, out);
    const char *const value = sentence_value(speaker, out);
    const char *const is =
        shaped ? arena_format(speaker->arena, ", %s", value)
               : arena_format(speaker->arena, " %s", equals_number(speaker->arena, value));
    const char *const result = arena_format(speaker->arena, "%s%s", label, is);

    if (assigned) {
        return result;
    }
    if (written[0]) {
        return arena_format(speaker->arena, "%s: %s", written, result);
    }
    const struct unpacked unpacked = unpacked_at(speaker->run, op, speaker->arena);
    if (unpacked.statement[0]) {
        return arena_format(speaker->arena, "%s: %s", unpacked.statement, unpacked.parts);
    }
    switch (statement_of(speaker->run->trace, trace_tensor(speaker->run->trace, out), label,
                         expression)) {
    case STATEMENT_NAMED:
        return arena_format(speaker->arena, "%s = %s%s", label, expression, is);
    case STATEMENT_IN_PLACE:
        return arena_format(speaker->arena, "%s: %s", expression, result);
    case STATEMENT_INSIDE:
        return SAY(speaker, "Inside {0}: {1}", expression, result);
    case STATEMENT_EXPRESSION:
        break;
    }
    return result;
}

/* Whether something could have been tracked: else there is nothing to say of it. */
static bool takes_tracked(const struct speaker *speaker, const struct trace_op *op)
{
    const struct trace *const trace = speaker->run->trace;

    for (size_t i = 0; i < op->record->in_count; i++) {
        const struct argument *const in = &op->record->in[i];
        const struct trace_tensor *const tensor =
            in->kind == ARGUMENT_TENSOR ? trace_tensor(trace, in->id) : NULL;
        if (tensor && trace_requires_grad_at(trace, tensor, op->born)) {
            return true;
        }
    }
    return false;
}

static const char *say_op(const struct speaker *speaker, const struct trace_op *op)
{
    const struct record_op *const record = op->record;
    const int64_t out = trace_op_result(op);
    const struct trace_node *const node = trace_node(speaker->run->trace, record->node);

    if (strcmp(record->name, "data") == 0) {
        return say_memory(speaker, op, out);
    }
    if (strcmp(op->def->provenance, "create") == 0) {
        return say_creation(speaker, out);
    }
    const char *const done = statement(speaker, op, out);
    if (node) {
        return SAY(speaker, "{0}; the graph gets the node {1}.", done, node->record->name);
    }
    return takes_tracked(speaker, op) ? SAY(speaker, "{0}; no gradient is tracked.", done)
                                      : arena_format(speaker->arena, "%s.", done);
}

/* ---- the rest --------------------------------------------------------------------------- */

/* "w 2 → 1.9"; a name alone where the value does not fit on a line. */
static const char *changed(const struct speaker *speaker, const struct trace_tensor *tensor)
{
    const struct trace_value *const now = trace_value_at(tensor, speaker->run->moment);
    const char *const label = sentence_label(speaker, tensor->id);

    if (!now || now == tensor->values || value_is_shape(now, tensor)) {
        return label;
    }
    const char *const move = arena_format(speaker->arena, "%s %s → %s", label,
                                          value_on_a_line(speaker->arena, now - 1, tensor),
                                          value_on_a_line(speaker->arena, now, tensor));
    return strlen(move) <= MOVE_BYTES ? move : label;
}

/* As many parameters as a line has room for, and how many there are beside them. */
static const char *say_step(const struct speaker *speaker, const struct record_step *step)
{
    const char *all = "";
    size_t shown = 0;

    for (; shown < step->param_count; shown++) {
        const struct trace_tensor *const tensor =
            trace_tensor(speaker->run->trace, step->params[shown].tensor);
        const char *const piece = tensor ? changed(speaker, tensor) : "";
        if (shown > 0 && strlen(all) + strlen(piece) > STEP_BYTES) {
            break;
        }
        all = arena_format(speaker->arena, "%s%s%s", all, all[0] && piece[0] ? ", " : "", piece);
    }
    if (step->param_count == 0) {
        return SAY(speaker, "The optimizer steps: none of its parameters has a gradient.", NULL);
    }
    if (!all[0]) {
        return SAY(speaker, "The optimizer has stepped.", NULL);
    }
    if (shown < step->param_count) {
        all = SAY(speaker, "{0} and {1} more", all,
                  arena_format(speaker->arena, "%zu", step->param_count - shown));
    }
    return SAY(speaker, "The optimizer steps: {0}.", all);
}

static const char *say_cond(const struct speaker *speaker, const struct record_cond *cond)
{
    const char *const test =
        trace_span_text(speaker->run->trace, &cond->at, EXPRESSION_BYTES, speaker->arena);

    if (cond->value) {
        return SAY(speaker, "{0} is True: the first branch is taken.", test);
    }
    if (cond->otherwise.first) {
        return SAY(speaker, "{0} is False: the else branch is taken.", test);
    }
    return SAY(speaker, "{0} is False: the body is skipped.", test);
}

static const char *say_mode(const struct speaker *speaker, const struct record_mode *mode)
{
    if (mode->inference) {
        return SAY(speaker, "inference_mode: from here nothing is tracked.", NULL);
    }
    if (mode->grad && mode->grad[0]) {
        return strcmp(mode->grad, "off") == 0
                   ? SAY(speaker, "no_grad: from here nothing is tracked.", NULL)
                   : SAY(speaker, "Operations are tracked again.", NULL);
    }
    return strcmp(mode->train, "on") == 0 ? SAY(speaker, "The model is in training mode.", NULL)
                                          : SAY(speaker, "The model is in evaluation mode.", NULL);
}

/* An import of what no lesson has: "No module named 'seaborn.objects' (…)"; NULL: it is something else, or
 * lacks in a package of ours. */
static const char *say_import(const struct speaker *speaker, const struct record_error *error)
{
    static const char begin[] = "No module named '";
    const size_t length = sizeof(begin) - 1;
    const char *const text = error->text.bytes;

    if (strcmp(error->type, "ModuleNotFoundError") != 0 || error->text.length <= length ||
        memcmp(text, begin, length) != 0) {
        return NULL;
    }
    const char *const name =
        arena_format(speaker->arena, "%.*s", (int)strcspn(text + length, "'"), text + length);
    if (module_draws(name)) {
        return SAY(speaker,
                   "{0} is not here: leave out what draws. Gradlight shows loss, fit and landscape "
                   "by itself.",
                   name);
    }
    return strncmp(name, "torch", strlen("torch")) == 0
               ? NULL
               : SAY(speaker,
                     "{0} is not here: there are numpy, torch, torchvision, Python's own modules, "
                     "and files beside the lesson.",
                     name);
}

static const char *say_error(const struct speaker *speaker, const struct record_error *error)
{
    const struct trace_node *const node = trace_node(speaker->run->trace, error->node);

    if (node && node->freed == NEVER) {
        return SAY(speaker,
                   "Stopped at {0}: a value that it saved was changed in place afterwards.",
                   sentence_node_label(speaker, error->node));
    }
    if (node) {
        return SAY(speaker,
                   "Stopped at {0}: it needs its saved values, but an earlier backward() freed "
                   "them.",
                   sentence_node_label(speaker, error->node));
    }
    const char *const import = say_import(speaker, error);
    return import ? import
                  : SAY(speaker, "Stopped with {0}: {1}", error->type,
                        said_in_it(speaker, &error->text));
}

/* Its exception is caught; else say_error would tell it. What PyTorch says of it stands beneath. One that no code of
 * the lesson came to see is no more than its line. */
static const char *say_failed(const struct speaker *speaker, uint32_t index)
{
    const struct record_failed *const failed = &trace_record(speaker->run->trace, index)->failed;
    struct trace_position here;

    if (trace_is_passed_over(speaker->run->trace, index) &&
        trace_position_at(speaker->run->trace, index, &here)) {
        return say_line(speaker, here.line_record);
    }
    return SAY(speaker, "{0} cannot be computed: {1}.",
               trace_span_text(speaker->run->trace, &failed->at, EXPRESSION_BYTES, speaker->arena),
               failed->type);
}

/* What is left out from there on. */
static const char *say_budget(const struct speaker *speaker, const struct record_budget *budget)
{
    if (strcmp(budget->what, "output") == 0) {
        return SAY(speaker, "The lesson has printed so much that the rest is left out.", NULL);
    }
    return SAY(speaker,
               "So much has happened that the rest of the lesson runs without being recorded.",
               NULL);
}

static const char *say_record(const struct speaker *speaker, uint32_t index)
{
    const struct record *const record = trace_record(speaker->run->trace, index);

    switch (record->kind) {
    case RECORD_OP:
        return say_op(speaker, trace_op(speaker->run->trace, record->op.op));
    case RECORD_BACKWARD:
        return say_backward(speaker, &record->backward);
    case RECORD_VISIT:
        return say_visit(speaker, &record->visit);
    case RECORD_ACCUMULATE:
        return say_accumulate(speaker, &record->accumulate);
    case RECORD_STEP:
        return say_step(speaker, &record->step);
    case RECORD_UPDATE:
        return say_update(speaker, &record->update);
    case RECORD_COND:
        return say_cond(speaker, &record->cond);
    case RECORD_MODE:
        return say_mode(speaker, &record->mode);
    case RECORD_ERROR:
        return say_error(speaker, &record->error);
    case RECORD_FAILED:
        return say_failed(speaker, index);
    case RECORD_BIND:
        return say_bind(speaker, index);
    case RECORD_LINE:
        return say_line(speaker, index);
    case RECORD_OUT:
    case RECORD_DISPLAY:
        return say_printed(speaker, index);
    case RECORD_DENIED:
        return said_in_it(speaker, &record->denied.text);
    case RECORD_BUDGET:
        return say_budget(speaker, &record->budget);
    case RECORD_END:
        return SAY(speaker, "The lesson has ended.", NULL);
    case RECORD_HELLO:
    case RECORD_SOURCE:
    case RECORD_OPDEF:
    case RECORD_CELL:
    case RECORD_CALL:
    case RECORD_RETURN:
    case RECORD_ENTER:
    case RECORD_LEAVE:
    case RECORD_TENSOR:
    case RECORD_VALUE:
    case RECORD_NODE:
    case RECORD_MODULE:
    case RECORD_CALLED:
    case RECORD_TAKEN:
    case RECORD_GONE:
    case RECORD_FREE:
    case RECORD_BACKWARD_END:
    case RECORD_OPTIM:
    case RECORD_DEVICE:
    case RECORD_MEMORY:
    case RECORD_COPY:
    case RECORD_KERNEL:
    case RECORD_FALLBACK:
    case RECORD_PROBE:
    case RECORD_KIND_COUNT:
        break;
    }
    return "";
}

/* What was printed is what the lesson wants looked at. */
static bool is_printed(const struct record *record)
{
    return record->kind == RECORD_OUT || record->kind == RECORD_DISPLAY;
}

const char *sentence_for(const struct run_view *run, const struct words *words,
                         enum language language, struct arena *arena)
{
    const struct speaker speaker = { run, words, language, arena };
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    if (index == SIZE_MAX) {
        return SAY(&speaker, "Nothing has happened yet.", NULL);
    }
    const struct stop *const stop = stops_at(run->stops, STOP_OPERATION, index);
    const struct record *const record = trace_record(run->trace, stop->record);
    const char *const ended = say_loop_end(&speaker, stop);
    const char *const done = ended ? ended : say_record(&speaker, stop->record);
    const char *const placed = say_devices(&speaker, record, done);
    const char *const said =
        is_printed(record) ? placed : say_released(&speaker, say_taken(&speaker, placed));
    const char *const place = step_place(run, words, language, arena);
    return place ? arena_format(arena, "%s · %s", place, said) : said;
}
