/* What is said of a line that printed, or showed, something: its first line; of what only a machine reads with
 * ease, a tensor's numbers or the message of an error, what it is. The text itself stands beneath. */

#include <ctype.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "render/code/code.h"
#include "render/lesson/sentence_parts.h"

enum { LINE_BYTES = 48, SHORT_BYTES = 64, DIMENSIONS = 8 };

/* ---- a tensor's numbers ------------------------------------------------------------------- */

/* "tensor([[0.5, 1.5], ...", from its first bracket on. */
struct dump {
    const char *text, *end;
};

/* How many items each bracket holds. False where the text leaves some out, or hides its numbers. */
static bool count_items(const struct dump *dump, int64_t items[DIMENSIONS], int *dimensions)
{
    int depth = 0, deepest = 0;
    bool numbers = false;

    for (const char *at = dump->text; at < dump->end; at++) {
        if (*at == '[') {
            if (depth == DIMENSIONS) {
                return false;
            }
            items[depth++] = 1;
            deepest = depth > deepest ? depth : deepest;
        } else if (*at == ']' && --depth == 0) {
            break;
        } else if (*at == ',' && depth > 0) {
            items[depth - 1]++;
        }
        numbers = numbers || isdigit((unsigned char)*at);
    }
    *dimensions = deepest;
    return numbers && depth == 0 && deepest > 0 &&
           !memmem(dump->text, (size_t)(dump->end - dump->text), "...", strlen("..."));
}

/* "shape (5, 20)"; "" if the text does not tell. */
static const char *shape_of(const struct speaker *speaker, const struct dump *dump)
{
    int64_t items[DIMENSIONS];
    int dimensions;
    const char *all = "";

    if (!count_items(dump, items, &dimensions)) {
        return "";
    }
    for (int i = 0; i < dimensions; i++) {
        all = arena_format(speaker->arena, "%s%s%lld", all, i > 0 ? ", " : "", (long long)items[i]);
    }
    return arena_format(speaker->arena, "%s (%s%s)", SAY(speaker, "shape", NULL), all,
                        dimensions == 1 ? "," : "");
}

/* "print(output)": what stands in the brackets, if that is one name with its attributes; "" else. */
static const char *named_alone(const struct speaker *speaker, const char *line)
{
    static const char call[] = "print(";
    const bool prints = strncmp(line, call, strlen(call)) == 0;
    const char *const name = prints ? line + strlen(call) : line;
    size_t length = 0;

    while (isalnum((unsigned char)name[length]) || strchr("_.", name[length])) {
        if (!name[length]) {
            break;
        }
        length++;
    }
    return length > 0 && strcmp(name + length, prints ? ")" : "") == 0
               ? arena_format(speaker->arena, "%.*s", (int)length, name)
               : "";
}

/* "Embeddings" of "Embeddings:\n tensor(": what was printed before it. */
static const char *words_before(const struct speaker *speaker, const char *text, size_t length)
{
    const char *const end = memchr(text, '\n', length);
    size_t words = end ? (size_t)(end - text) : length;

    while (words > 0 && strchr(" :=", text[words - 1])) {
        words--;
    }
    return words <= LINE_BYTES ? arena_format(speaker->arena, "%.*s", (int)words, text) : "";
}

/* Whether it is more than one line. */
static bool is_broken(const struct trace_string *text)
{
    const char *const end = memchr(text->bytes, '\n', text->length);

    return end && end + 1 < text->bytes + text->length;
}

/* What a tensor's numbers are of, where they are too many for a line; NULL: it is something else. */
static const char *tensor_told(const struct speaker *speaker, const struct trace_string *text,
                               const char *alone)
{
    static const char opening[] = "tensor([";
    const char *const at = memmem(text->bytes, text->length, opening, strlen(opening));
    const char *const end = text->bytes + text->length;

    if (!at || (!is_broken(text) && end - at <= SHORT_BYTES)) {
        return NULL;
    }
    const struct dump dump = { at + strlen(opening) - 1, end };
    const char *const words = words_before(speaker, text->bytes, (size_t)(at - text->bytes));
    const char *const what = words[0] || at > text->bytes ? words : alone;
    const char *const shape = shape_of(speaker, &dump);
    if (what[0]) {
        return shape[0] ? arena_format(speaker->arena, "%s, %s", what, shape) : what;
    }
    return shape[0] ? SAY(speaker, "a tensor of {0}", shape)
                    : SAY(speaker, "the numbers of a tensor", NULL);
}

/* ---- the message of an error -------------------------------------------------------------- */

static size_t indent_of(const struct trace_cell *cell, int line)
{
    size_t start, length, indent = 0;

    code_line_range(cell, line, &start, &length);
    while (indent < length && cell->text.bytes[start + indent] == ' ') {
        indent++;
    }
    return indent < length ? indent : SIZE_MAX;
}

/* The `except` that a line stands in; 0: none. */
static int except_above(const struct trace_cell *cell, int line)
{
    static const char word[] = "except ";
    size_t start, length;
    size_t indent = line <= code_line_count(cell) ? indent_of(cell, line) : 0;

    while (--line > 0 && indent > 0) {
        const size_t above = indent_of(cell, line);
        if (above >= indent) {
            continue;
        }
        indent = above;
        code_line_range(cell, line, &start, &length);
        if (length - above > strlen(word) &&
            memcmp(cell->text.bytes + start + above, word, strlen(word)) == 0) {
            return line;
        }
    }
    return 0;
}

/* Whether a text has the name that "except RuntimeError as error:" gives. */
static bool has_its_name(const char *line, const char *except)
{
    static const char as[] = " as ";
    const char *const given = strstr(except, as);
    const char *const name = given ? given + strlen(as) : "";
    const size_t length = strcspn(name, ": ");

    for (const char *at = line; length > 0 && *at; at++) {
        const bool begins = at == line || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && strncmp(at, name, length) == 0 && !isalnum((unsigned char)at[length]) &&
            at[length] != '_') {
            return true;
        }
    }
    return false;
}

static const char *cut(const struct speaker *speaker, const char *text)
{
    size_t length = LINE_BYTES;

    if (strlen(text) <= LINE_BYTES) {
        return text;
    }
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length--;
    }
    return arena_format(speaker->arena, "%.*s …", (int)length, text);
}

/* The line that failed, as the message of its error is printed; NULL: it is something else. */
static const char *failed_line(const struct speaker *speaker, uint32_t record,
                               const struct record_line *line)
{
    const struct trace *const trace = speaker->run->trace;
    const struct trace_frame *const frame = trace_frame(trace, line->frame);
    const struct trace_cell *const cell = frame ? trace_code_cell(trace, frame->cell) : NULL;
    const int except = cell ? except_above(cell, (int)line->line) : 0;
    const struct record_line *last = NULL;
    bool caught = false;

    for (uint32_t at = record; except > 0 && at-- > 0 && !last;) {
        const struct record *const before = trace_record(trace, at);
        if (before->kind != RECORD_LINE || before->line.frame != line->frame) {
            continue;
        }
        last = caught ? &before->line : NULL;
        caught = caught || before->line.line == except;
    }
    if (!last) {
        return NULL;
    }
    const struct record_line header = { .frame = line->frame, .line = except };
    return has_its_name(sentence_line_text(speaker, line), sentence_line_text(speaker, &header))
               ? cut(speaker, sentence_line_text(speaker, last))
               : NULL;
}

/* ---- both --------------------------------------------------------------------------------- */

static const struct record_line *line_of_stop(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct stop *const stop =
        index == SIZE_MAX ? NULL : stops_at(run->stops, STOP_OPERATION, index);

    return stop && stop->line != NEVER ? &trace_record(run->trace, stop->line)->line : NULL;
}

const char *say_printed(const struct speaker *speaker, uint32_t record)
{
    const bool shown = trace_record(speaker->run->trace, record)->kind == RECORD_DISPLAY;
    const struct trace_string text = trace_printed(speaker->run->trace, record, speaker->arena);
    const struct record_line *const line = line_of_stop(speaker->run);
    const char *const failed = line && !shown ? failed_line(speaker, record, line) : NULL;

    if (failed) {
        return SAY(speaker, "Prints the error message of this line: {0}", failed);
    }
    const char *const alone = line ? named_alone(speaker, sentence_line_text(speaker, line)) : "";
    const char *const tensor = tensor_told(speaker, &text, alone);
    const char *const whole = tensor ? tensor : is_broken(&text) ? alone : "";
    if (whole[0]) {
        return shown ? SAY(speaker, "Shows {0}.", whole) : SAY(speaker, "Prints {0}.", whole);
    }
    const char *const first = sentence_first_line(speaker, text.bytes, text.length);
    return shown ? SAY(speaker, "Shows: {0}", first) : SAY(speaker, "Prints: {0}", first);
}
