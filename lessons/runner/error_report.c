#include "lessons/runner/error_report.h"

#include <stdlib.h>
#include <string.h>

#include <frameobject.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "lessons/runner/ast_node.h"
#include "lessons/runner/outlet.h"
#include "lessons/runner/traceback.h"
#include "lessons/torch/torch.h"

enum {
    RULE_WIDTH = 75,
    PIECES_AROUND = 2,         /* shown before and after the one that failed */
    PIECES_AROUND_EARLIER = 1, /* of an exception that led to another */
    PIECE_LINES = 6,           /* of another piece that are shown */
    CHAIN_MAX = 20,
    TEXT_BYTES = 8 << 10,
    TRACEBACK_BYTES = 32 << 10,
};

/* ---- reading exceptions ---- */

/* A zero byte would end the text for everybody who reads it as a C string: it is shown instead. */
static char *copy_visible(const char *bytes, size_t length)
{
    struct text out = { 0 };
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\0') {
            text_append_string(&out, "\\x00");
        } else {
            text_append_char(&out, bytes[i]);
        }
    }
    return out.bytes ? out.bytes : memory_copy_string("");
}

/* The UTF-8 of a str (taken), with half surrogates and zeros spelled out; `fallback` for NULL. */
static char *take_text(PyObject *string, const char *fallback, size_t most)
{
    PyObject *bytes =
        string ? PyUnicode_AsEncodedString(string, "utf-8", "backslashreplace") : NULL;
    Py_XDECREF(string);
    if (!bytes) {
        PyErr_Clear();
        return memory_copy_string(fallback);
    }
    size_t length = (size_t)PyBytes_GET_SIZE(bytes);
    if (length > most) {
        length = outlet_piece(PyBytes_AS_STRING(bytes), length, most);
    }
    char *text = copy_visible(PyBytes_AS_STRING(bytes), length);
    Py_DECREF(bytes);
    return text;
}

static char *exception_text(PyObject *exception)
{
    return take_text(PyObject_Str(exception), "<exception str() failed>", TEXT_BYTES);
}

/* Without its module, as Python and notebooks print it. */
static const char *exception_type(PyObject *exception)
{
    const char *name = Py_TYPE(exception)->tp_name;
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* ---- frames as text ---- */

static void append_object(struct text *out, PyObject *string)
{
    char *text = take_text(Py_XNewRef(string), "?", TEXT_BYTES);
    text_append_string(out, text);
    free(text);
}

/* "(self, x, k, *args, **kw)": positional, keyword-only, then the collecting ones. */
static void append_arguments(struct text *out, PyCodeObject *code)
{
    PyObject *names = code->co_localsplusnames;
    int plain = code->co_argcount + code->co_kwonlyargcount, at = plain;
    text_append_char(out, '(');
    for (int i = 0; i < plain; i++) {
        text_append_string(out, i > 0 ? ", " : "");
        append_object(out, PyTuple_GET_ITEM(names, i));
    }
    if (code->co_flags & CO_VARARGS) {
        text_append_string(out, at > 0 ? ", *" : "*");
        append_object(out, PyTuple_GET_ITEM(names, at++));
    }
    if (code->co_flags & CO_VARKEYWORDS) {
        text_append_string(out, at > 0 ? ", **" : "**");
        append_object(out, PyTuple_GET_ITEM(names, at));
    }
    text_append_char(out, ')');
}

static void append_place(struct text *out, const struct step *step)
{
    if (step->cell > 0) {
        text_format(out, "Cell In[%d], line %d", step->cell, step->line);
    } else {
        text_append_string(out, "File ");
        append_object(out, step->code->co_filename);
        text_format(out, ":%d", step->line);
    }
    if (PyUnicode_CompareWithASCIIString(step->code->co_name, "<module>") != 0) {
        text_append_string(out, ", in ");
        append_object(out, step->code->co_qualname);
        append_arguments(out, step->code);
    }
    text_append_char(out, '\n');
}

static size_t indentation(const char *line, size_t length)
{
    size_t at = 0;
    while (at < length && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    return at;
}

/* The pieces to show, as a range of indices into the list. */
struct window {
    size_t around; /* pieces before and after */
    size_t first, end, current;
};

static bool find_window(const struct piece_list *pieces, struct piece scope, int line,
                        struct window *window)
{
    size_t first = 0, end;
    while (first < pieces->count && pieces->items[first].start < scope.start) {
        first++;
    }
    for (end = first; end < pieces->count && pieces->items[end].stop <= scope.stop;) {
        end++;
    }
    for (size_t i = first; i < end; i++) {
        if (line >= pieces->items[i].start && line < pieces->items[i].stop) {
            window->current = i;
            window->first = i - first > window->around ? i - window->around : first;
            window->end = end - i > window->around ? i + window->around + 1 : end;
            return true;
        }
    }
    return false;
}

/* Calls `show` for each line of the window; number 0 stands for lines left out of a long piece. */
static void each_line(const struct piece_list *pieces, const struct window *window,
                      void (*show)(void *context, int number), void *context)
{
    for (size_t i = window->first; i < window->end; i++) {
        const struct piece *piece = &pieces->items[i];
        int count = piece->stop - piece->start;
        bool cut = i != window->current && count > PIECE_LINES;
        for (int k = 0; k < count; k++) {
            /* Of a long piece: the first half, the gap in place of one line, the last half. */
            if (!cut || k < PIECE_LINES / 2 || k >= count - (PIECE_LINES - 1) / 2) {
                show(context, piece->start + k);
            } else if (k == PIECE_LINES / 2) {
                show(context, 0);
            }
        }
    }
}

struct shown_lines {
    struct text *out;
    const struct line_list *lines;
    size_t indent; /* common to all lines */
    int current;
};

static void measure_line(void *context, int number)
{
    struct shown_lines *shown = context;
    size_t length;
    const char *line = line_at(shown->lines, number, &length);
    size_t indent = indentation(line, length);
    if (number > 0 && indent < length && indent < shown->indent) {
        shown->indent = indent;
    }
}

static void show_line(void *context, int number)
{
    const struct shown_lines *shown = context;
    if (number == 0) {
        text_append_string(shown->out, "   (...)\n");
        return;
    }
    size_t length;
    const char *line = line_at(shown->lines, number, &length);
    size_t indent = shown->indent < length ? shown->indent : length;
    char digits[16];
    int width = snprintf(digits, sizeof(digits), "%d", number);
    if (number == shown->current) {
        text_format(shown->out, "%.*s> %s ", width < 5 ? 5 - width : 0, "-----", digits);
    } else {
        text_format(shown->out, "%7s ", digits);
    }
    text_append(shown->out, line + indent, length - indent);
    text_append_char(shown->out, '\n');
}

static void append_context(struct text *out, const struct cell_source *cell,
                           const struct step *step, size_t around)
{
    int column = step->at.line == step->line ? step->at.column : 0;
    struct piece_list pieces = pieces_of(cell->tree, &cell->lines);
    struct piece scope = scope_at(cell->tree, &cell->lines, step->line, column);
    struct window window = { .around = around };
    if (find_window(&pieces, scope, step->line, &window)) {
        struct shown_lines shown = { out, &cell->lines, SIZE_MAX, step->line };
        each_line(&pieces, &window, measure_line, &shown);
        each_line(&pieces, &window, show_line, &shown);
    }
    pieces_finish(&pieces);
}

static void append_step(struct text *out, const struct report_source *source,
                        const struct step *step, size_t around)
{
    append_place(out, step);
    if (step->cell > 0 && (size_t)step->cell < source->cell_count &&
        source->cells[step->cell].tree) {
        append_context(out, &source->cells[step->cell], step, around);
    }
    text_append_char(out, '\n');
}

/* Tells each place among steps [first, end) with how often it stands there. */
static void append_similar(struct text *out, const struct traceback *steps, size_t first,
                           size_t end)
{
    size_t *const counts = memory_allocate(steps->place_count, sizeof(*counts));
    text_append_string(out, "    [... skipping similar frames: ");
    for (size_t i = first; i < end; i++) {
        counts[steps->items[i].place]++;
    }
    for (size_t i = first; i < end; i++) {
        const struct step *step = &steps->items[i];
        if (counts[step->place] == 0) {
            continue; /* told already */
        }
        text_append_string(out, i > first ? ", " : "");
        append_object(out, step->code->co_qualname);
        text_format(out, " at line %d (%zu times)", step->line, counts[step->place]);
        counts[step->place] = 0;
    }
    text_append_string(out, "]\n\n");
    free(counts);
}

static void append_steps(struct text *out, const struct report_source *source,
                         const struct traceback *steps, size_t around)
{
    for (size_t i = 0; i < steps->count;) {
        size_t end = i;
        while (end < steps->count && traceback_is_repeated(steps, end)) {
            end++;
        }
        if (end > i) {
            append_similar(out, steps, i, end);
            i = end;
        } else {
            append_step(out, source, &steps->items[i], around);
            i++;
        }
    }
}

/* ---- syntax errors ---- */

static char *text_field(PyObject *exception, const char *name)
{
    PyObject *value = ast_field(exception, name);
    if (!value || !PyUnicode_Check(value)) {
        Py_XDECREF(value);
        return NULL;
    }
    return take_text(value, "", TEXT_BYTES);
}

/* Byte column of a column that counts characters from 1, in a line of UTF-8. */
static int byte_column(const char *line, int offset)
{
    size_t length = strlen(line), at = 0;
    for (int i = 1; i < offset && at < length; i++) {
        size_t size;
        utf8_decode(line + at, length - at, &size);
        at += size;
    }
    return (int)at;
}

/* A caret under the place; the line is shown without its indentation. */
static void append_caret(struct text *out, const char *line, int offset)
{
    size_t end = strcspn(line, "\n");
    size_t indent = indentation(line, end);
    text_append_string(out, "    ");
    text_append(out, line + indent, end - indent);
    text_append_char(out, '\n');
    if (offset > 0) {
        size_t at = indent, target = (size_t)byte_column(line, offset);
        text_append_string(out, "    ");
        while (at < target) {
            size_t size = 1;
            if (at < end) {
                utf8_decode(line + at, end - at, &size);
            }
            text_append_char(out, at < end && line[at] == '\t' ? '\t' : ' ');
            at += size;
        }
        text_append_string(out, "^\n");
    }
}

/* The line that is wrong. The parser gives it along; what comes later, such as "return" outside of a
 * function, only says its number. */
static char *wrong_line(const struct report_source *source, PyObject *exception, int cell)
{
    char *const given = text_field(exception, "text");
    if (given || cell <= 0 || (size_t)cell >= source->cell_count) {
        return given;
    }
    size_t length;
    const char *const line =
        line_at(&source->cells[cell].lines, ast_number(exception, "lineno"), &length);
    return length > 0 ? memory_copy_text(line, length) : NULL;
}

static struct span append_syntax_error(struct text *out, const struct report_source *source,
                                       PyObject *exception)
{
    PyObject *file = ast_field(exception, "filename");
    char *message = text_field(exception, "msg");
    int number = ast_number(exception, "lineno"), offset = ast_number(exception, "offset");
    int end_number = ast_number(exception, "end_lineno");
    int end_offset = ast_number(exception, "end_offset");
    struct span at = { 0 };
    text_append_string(out, "  ");
    if (file && PyUnicode_Check(file)) {
        text_append_string(out, cell_of_file_name(file) > 0 ? "" : "File ");
        append_object(out, file);
        at.cell = cell_of_file_name(file);
    }
    char *line = wrong_line(source, exception, at.cell);
    text_format(out, at.cell > 0 ? ", line %d\n" : ":%d\n", number);
    if (line) {
        append_caret(out, line, offset);
        at.line = number;
        at.column = byte_column(line, offset);
        at.end_line = number;
        at.end_column = end_number == number && end_offset > offset ? byte_column(line, end_offset)
                                                                    : at.column + 1;
    }
    text_format(out, "%s: ", exception_type(exception));
    text_append_string(out, message ? message : "");
    Py_XDECREF(file);
    free(line);
    free(message);
    return at;
}

/* ---- the whole ---- */

static void append_exception(struct text *out, const struct report_source *source,
                             PyObject *exception, size_t around)
{
    const char *type = exception_type(exception);
    struct traceback steps = traceback_of(exception, source->codes);
    char *message = exception_text(exception);
    text_format(out, "%s%*s\n", type, RULE_WIDTH - (int)strlen(type),
                "Traceback (most recent call last)");
    append_steps(out, source, &steps, around);
    text_format(out, "%s: ", type);
    text_append_string(out, message);
    free(message);
    traceback_finish(&steps);
}

/* The exception that led to this one, a new reference; NULL: none is to be told. */
static PyObject *earlier_exception(PyObject *exception, bool *is_cause)
{
    PyObject *cause = PyException_GetCause(exception);
    *is_cause = cause != NULL;
    if (cause) {
        return cause;
    }
    return ((PyBaseExceptionObject *)exception)->suppress_context
               ? NULL
               : PyException_GetContext(exception);
}

/* Oldest first. A chain may be long; a cycle in it ends at the limit. */
static void append_chain(struct text *out, const struct report_source *source, PyObject *exception)
{
    PyObject *chain[CHAIN_MAX] = { Py_NewRef(exception) };
    bool causes[CHAIN_MAX] = { false };
    int count = 1;
    while (count < CHAIN_MAX) {
        PyObject *earlier = earlier_exception(chain[count - 1], &causes[count - 1]);
        if (!earlier) {
            break;
        }
        chain[count++] = earlier;
    }
    for (int i = count - 1; i >= 0; i--) {
        append_exception(out, source, chain[i], i > 0 ? PIECES_AROUND_EARLIER : PIECES_AROUND);
        Py_DECREF(chain[i]);
        if (i > 0) {
            text_append_string(
                out, causes[i - 1]
                         ? "\n\nThe above exception was the direct cause of the following "
                           "exception:\n\n"
                         : "\n\nDuring handling of the above exception, another exception "
                           "occurred:\n\n");
        }
    }
}

static void add_frame(struct error_report *report, const char *name, struct span at)
{
    report->frames[report->frame_count++] = (struct error_frame){ memory_copy_string(name), at };
}

/* The lesson's own frames; of very many the outermost and the innermost. */
static void add_frames(struct error_report *report, const struct report_source *source,
                       PyObject *exception)
{
    struct traceback steps = traceback_of(exception, source->codes);
    size_t total = 0, seen = 0;
    for (size_t i = 0; i < steps.count; i++) {
        total += steps.items[i].cell > 0;
    }
    report->frames = memory_allocate(ERROR_FRAMES_MAX + 1, sizeof(*report->frames));
    for (size_t i = 0; i < steps.count; i++) {
        if (steps.items[i].cell == 0) {
            continue;
        }
        bool kept = seen < ERROR_FRAMES_MAX / 2 || total - seen <= ERROR_FRAMES_MAX / 2;
        seen++;
        if (kept) {
            const struct code_info *info = code_info_of(source->codes, steps.items[i].code);
            add_frame(report, info->name, steps.items[i].at);
        }
    }
    traceback_finish(&steps);
}

/* An exception that was raised but not yet made into an object is made one. */
static PyObject *take_exception(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback) {
        PyException_SetTraceback(value, traceback);
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
}

/* Lines of a traceback that is too long for a record are left out in its middle. */
static char *cut_traceback(const struct text *whole)
{
    if (whole->length <= TRACEBACK_BYTES) {
        return memory_copy_text(text_string(whole), whole->length);
    }
    struct text cut = { 0 };
    size_t head = outlet_piece(whole->bytes, whole->length, TRACEBACK_BYTES / 2);
    size_t tail = whole->length - TRACEBACK_BYTES / 2;
    while (tail < whole->length && whole->bytes[tail - 1] != '\n') {
        tail++;
    }
    text_append(&cut, whole->bytes, head);
    text_append_string(&cut, "\n    [...]\n\n");
    text_append(&cut, whole->bytes + tail, whole->length - tail);
    return cut.bytes;
}

struct error_report error_report_take(const struct report_source *source)
{
    PyObject *exception = take_exception();
    torch_explain_import(exception);
    struct error_report report = { .type = memory_copy_string(exception_type(exception)) };
    struct text traceback = { 0 };
    add_frames(&report, source, exception);
    if (PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_SyntaxError)) {
        struct span at = append_syntax_error(&traceback, source, exception);
        report.text = text_field(exception, "msg");
        if (at.cell > 0 && at.line > 0) {
            add_frame(&report, "<module>", at);
        }
    } else {
        for (int i = 0; i < RULE_WIDTH; i++) {
            text_append_char(&traceback, '-');
        }
        text_append_char(&traceback, '\n');
        append_chain(&traceback, source, exception);
    }
    report.text = report.text ? report.text : exception_text(exception);
    report.traceback = cut_traceback(&traceback);
    text_finish(&traceback);
    Py_DECREF(exception);
    return report;
}

void error_report_finish(struct error_report *report)
{
    for (size_t i = 0; i < report->frame_count; i++) {
        /* Owned here, though a record only looks at it. */
        char *name;
        memcpy(&name, &report->frames[i].name, sizeof(name));
        free(name);
    }
    free(report->frames);
    free(report->type);
    free(report->text);
    free(report->traceback);
    *report = (struct error_report){ 0 };
}
