/* What is said of a line that did no operation: what it bound, or that it was executed. */

#include <string.h>

#include "lessons/trace/mask.h"
#include "render/code/code.h"
#include "render/lesson/sentence_parts.h"

enum { BOUND_BYTES = 64 };

/* ---- its text --------------------------------------------------------------------------- */

const char *sentence_line_text(const struct speaker *speaker, const struct record_line *line)
{
    const struct trace_frame *const frame = trace_frame(speaker->run->trace, line->frame);
    const struct trace_cell *const cell =
        frame ? trace_code_cell(speaker->run->trace, frame->cell) : NULL;
    size_t start, length;

    if (!cell) {
        return "";
    }
    code_line_range(cell, (int)line->line, &start, &length);
    while (length > 0 && cell->text.bytes[start] == ' ') {
        start++;
        length--;
    }
    return sentence_first_line(speaker, cell->text.bytes + start, length);
}

static bool begins_with(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static bool ends_with(const char *text, const char *word)
{
    const size_t length = strlen(text), tail = strlen(word);

    return length >= tail && strcmp(text + length - tail, word) == 0;
}

/* The line that the frame executes at the record. */
static const struct record_line *line_at(const struct trace *trace, int64_t frame, uint32_t record)
{
    for (uint32_t at = record; at-- > 0;) {
        const struct record *const before = trace_record(trace, at);
        if (before->kind == RECORD_LINE && before->line.frame == frame) {
            return &before->line;
        }
    }
    return NULL;
}

/* The one that the frame executes next; NULL if it ends before. */
static const struct record_line *line_after(const struct trace *trace, int64_t frame,
                                            uint32_t record)
{
    for (uint32_t at = record + 1; at < trace_record_count(trace); at++) {
        const struct record *const after = trace_record(trace, at);
        if (after->kind == RECORD_LINE && after->line.frame <= frame) {
            return after->line.frame == frame ? &after->line : NULL;
        }
    }
    return NULL;
}

/* ---- names ------------------------------------------------------------------------------ */

/* "Linear(in_features=2, out_features=1, bias=True)"; the class alone of what has parts. */
static const char *module_text(const struct speaker *speaker, const struct trace_module *module)
{
    const struct trace_string *const text = &module->record->text;
    const bool tells =
        text->length > 0 && text->length <= BOUND_BYTES && !memchr(text->bytes, '\n', text->length);

    return tells ? sentence_first_line(speaker, text->bytes, text->length)
                 : module->record->class_name;
}

/* What a name means now: a tensor's value, the class of a module or an optimizer, or a plain text. */
static const char *bound_to(const struct speaker *speaker, const struct record_bind *bind)
{
    const struct trace_module *const module = trace_module(speaker->run->trace, bind->module);

    if (bind->tensor) {
        return sentence_is_shaped(speaker, bind->tensor)
                   ? SAY(speaker, "a tensor of {0}", sentence_value(speaker, bind->tensor))
                   : sentence_value(speaker, bind->tensor);
    }
    if (module) {
        return module_text(speaker, module);
    }
    if (bind->optimizer && run_optimizer(speaker->run, bind->optimizer)) {
        return run_optimizer(speaker->run, bind->optimizer);
    }
    const uint32_t moment = speaker->run->moment;
    const struct trace_string text =
        moment > 0 && trace_masked_at(speaker->run->trace, moment - 1)
            ? trace_masked_text(bind->text.bytes, bind->text.length, speaker->arena)
            : bind->text;
    return text.length > 0 ? sentence_first_line(speaker, text.bytes, text.length) : bind->type;
}

static const char *say_name(const struct speaker *speaker, const struct record_bind *bind)
{
    return SAY(speaker, "{0} is now {1}.", bind->name, bound_to(speaker, bind));
}

/* "x is now 2.0. y is now 6.0.": of a line that binds several names all, if there is room. */
const char *say_bind(const struct speaker *speaker, uint32_t record)
{
    const struct trace *const trace = speaker->run->trace;
    const struct record_bind *const last = &trace_record(trace, record)->bind;
    const struct record_line *const line = line_at(trace, last->frame, record);
    const char *all = "";

    if (line && begins_with(sentence_line_text(speaker, line), "except ")) {
        return SAY(speaker, "Caught: {0}.", last->type);
    }
    uint32_t at = sentence_step_start(speaker->run);
    for (; at < record && strlen(all) <= BOUND_BYTES; at++) {
        const struct record *const other = trace_record(trace, at);
        /* What a method is called on is in no line. */
        if (other->kind == RECORD_BIND && other->bind.frame == last->frame &&
            strcmp(other->bind.name, "self") != 0) {
            all = sentence_join(speaker, all, say_name(speaker, &other->bind));
        }
    }
    const char *const said = say_name(speaker, last);
    const bool fits = all[0] && strlen(all) + strlen(said) <= BOUND_BYTES;
    return fits ? sentence_join(speaker, all, said) : said;
}

/* ---- what was only executed ------------------------------------------------------------- */

/* A loop that looked for one more item and found none. */
const char *say_loop_end(const struct speaker *speaker, const struct stop *stop)
{
    const struct stop_loop *const loop = stops_loop_ended_by(speaker->run->stops, stop);

    return loop ? SAY(speaker, "The loop has ended; iterations: {0}.",
                      arena_format(speaker->arena, "%u", loop->iterations))
                : NULL;
}

/* "y" of "y.retain_grad()"; NULL for another line. */
static const char *retained(const struct speaker *speaker, const char *text)
{
    static const char call[] = ".retain_grad()";

    return ends_with(text, call)
               ? arena_format(speaker->arena, "%.*s", (int)(strlen(text) - strlen(call)), text)
               : NULL;
}

static bool clears_nothing(const char *text)
{
    return strstr(text, ".zero_grad(") || ends_with(text, ".grad = None");
}

/* What the function of the line has returned; "" if that is nothing, or not to be said in a line. */
static const char *returned(const struct speaker *speaker, const struct record_line *line)
{
    enum { NEAR = 8 }; /* names and tensors that end with the call */
    const uint32_t moment = speaker->run->moment;

    for (uint32_t i = 1; i <= NEAR && i < moment; i++) {
        const struct record *const record = trace_record(speaker->run->trace, moment - i);
        if (record->kind == RECORD_RETURN && record->ret.frame == line->frame) {
            const struct record_bind what = { .tensor = record->ret.tensor,
                                              .module = record->ret.module,
                                              .optimizer = record->ret.optimizer,
                                              .text = record->ret.text };
            const bool tells = what.tensor || what.module || what.optimizer || what.text.length > 0;
            return tells ? bound_to(speaker, &what) : "";
        }
    }
    return "";
}

/* The `class` that a method's line stands in; NULL: it is none. */
static const char *class_around(const struct speaker *speaker, const struct record_line *line)
{
    const struct trace_frame *const frame = trace_frame(speaker->run->trace, line->frame);
    const struct trace_cell *const cell =
        frame ? trace_code_cell(speaker->run->trace, frame->cell) : NULL;
    const int above = cell ? code_class_around(cell, (int)line->line) : 0;
    size_t start, length;

    if (above == 0) {
        return NULL;
    }
    code_line_range(cell, above, &start, &length);
    return sentence_first_line(speaker, cell->text.bytes + start, length);
}

/* A line that did nothing else than to be executed: its text. */
const char *say_line(const struct speaker *speaker, uint32_t record)
{
    const struct record_line *const line = &trace_record(speaker->run->trace, record)->line;
    const struct record_line *const next = line_after(speaker->run->trace, line->frame, record);
    const char *const text = sentence_line_text(speaker, line);

    if (begins_with(text, "import ") || begins_with(text, "from ")) {
        return SAY(speaker, "Library loaded: {0}", text);
    }
    if (begins_with(text, "def ") || begins_with(text, "class ")) {
        const char *const whole = class_around(speaker, line);
        return SAY(speaker, "Defined: {0}", whole ? whole : text);
    }
    if (next && begins_with(sentence_line_text(speaker, next), "except")) {
        return SAY(speaker, "{0} raises an error.", text);
    }
    if (begins_with(text, "except ")) {
        const char *const what = text + strlen("except ");
        return SAY(speaker, "Caught: {0}.",
                   arena_format(speaker->arena, "%.*s", (int)strcspn(what, ":"), what));
    }
    if (retained(speaker, text)) {
        return SAY(speaker, "{0} will keep its gradient in .grad.", retained(speaker, text));
    }
    if (clears_nothing(text)) {
        return SAY(speaker, "No gradient to clear: {0}", text);
    }
    const char *const value = begins_with(text, "return ") ? returned(speaker, line) : "";
    return value[0] ? SAY(speaker, "Returns {0}: {1}", value, text)
                    : SAY(speaker, "Executed: {0}", text);
}
