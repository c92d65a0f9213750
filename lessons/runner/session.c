#include "lessons/runner/session.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "lessons/runner/ast_node.h"

enum {
    SOURCE_PIECE = 16 << 10,
    DISPLAY_BYTES = 16 << 10,
    STATUS_ERROR = 1,
    STATUS_LESSON = 2, /* the file is no lesson */
    STATUS_REFUSED = 4,
    STATUS_INTERRUPTED = 130,
    RESERVE_BYTES = 24 << 20,
};

struct session {
    const struct session_parts *parts;
    struct lesson lesson;
    struct cell_source *sources; /* of code cell n at [n] */
    PyObject *globals;           /* of __main__, lent */
    PyObject *compile;           /* the builtin */
    int shown_cell;              /* whose value the display hook is told */
    void *reserve;               /* given up to tell that memory ran out */
};

static void write_record(const struct session *session, const struct record *record)
{
    if (session->parts->tracer || record->kind == RECORD_END) {
        outlet_write(session->parts->outlet, record);
    }
}

/* ---- the lesson itself ---- */

static struct trace_string *strings_of(const char *const *items, size_t count)
{
    struct trace_string *strings = memory_allocate(count + 1, sizeof(*strings));
    for (size_t i = 0; i < count; i++) {
        strings[i] = (struct trace_string){ items[i], strlen(items[i]) };
    }
    return strings;
}

static void tell_cell(const struct session *session, const struct cell *cell)
{
    struct trace_string *tags = strings_of(cell->tags, cell->tag_count);
    struct trace_string *hide = strings_of(cell->hide, cell->hide_count);
    size_t at = 0;
    do {
        size_t piece = outlet_piece(cell->text + at, cell->length - at, SOURCE_PIECE);
        write_record(session, &(struct record){
                                  .kind = RECORD_SOURCE,
                                  .source = {
                                      .cell = cell->number,
                                      .kind = cell_kind_name(cell->kind),
                                      .in = cell->in,
                                      .line = cell->line,
                                      .title = cell->title,
                                      .lang = cell->lang,
                                      .slide = cell->slide,
                                      .tags = tags,
                                      .tag_count = cell->tag_count,
                                      .hide = hide,
                                      .hide_count = cell->hide_count,
                                      .more = at + piece < cell->length,
                                      .text = { cell->text + at, piece },
                                  },
                              });
        at += piece;
    } while (at < cell->length);
    free(tags);
    free(hide);
}

/* ---- errors ---- */

static void print(const struct session *session, enum outlet_stream stream, const char *text)
{
    const struct sink *sink = session->parts->sink;
    sink->print(sink->context, stream, text, strlen(text));
}

static void tell_error(const struct session *session, const struct error_report *report,
                       int64_t node)
{
    write_record(session, &(struct record){
                              .kind = RECORD_ERROR,
                              .error = {
                                  .type = report->type,
                                  .text = { report->text, strlen(report->text) },
                                  .frames = report->frames,
                                  .frame_count = report->frame_count,
                                  .node = node,
                                  .traceback = { report->traceback, strlen(report->traceback) },
                              },
                          });
    if (!session->parts->tracer) {
        print(session, OUTLET_STDERR, report->traceback);
        print(session, OUTLET_STDERR, "\n");
    }
}

static void tell_budget(const struct session *session, const char *what, uint64_t limit,
                        const char *text)
{
    write_record(session, &(struct record){
                              .kind = RECORD_BUDGET,
                              .budget = { what, (double)limit, { text, strlen(text) } },
                          });
    if (!session->parts->tracer) {
        print(session, OUTLET_STDERR, text);
        print(session, OUTLET_STDERR, "\n");
    }
}

struct ending {
    const char *how;
    int status;
};

/* sys.exit(): nothing is 0, a number is itself, anything else is printed and is 1. */
static struct ending take_exit(const struct session *session)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *code = ast_field(value, "code");
    struct ending ending = { "exit", 0 };
    if (code && PyLong_Check(code)) {
        ending.status = (int)(PyLong_AsUnsignedLongMask(code) & 0xff);
    } else if (code && code != Py_None) {
        PyObject *text = PyObject_Str(code);
        const char *bytes = text ? PyUnicode_AsUTF8(text) : NULL;
        print(session, OUTLET_STDERR, bytes ? bytes : "");
        print(session, OUTLET_STDERR, "\n");
        PyErr_Clear();
        Py_XDECREF(text);
        ending.status = STATUS_ERROR;
    }
    Py_XDECREF(code);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return ending;
}

/* Tells the exception that is set. */
static void report_error(const struct session *session)
{
    const struct report_source source = { session->parts->codes, session->sources,
                                          session->lesson.code_count + 1 };
    const struct session_parts *const parts = session->parts;
    struct error_report report = error_report_take(&source);
    const int64_t node = parts->failed_node ? parts->failed_node(parts->context, report.text) : 0;
    tell_error(session, &report, node);
    error_report_finish(&report);
}

static struct ending take_error(struct session *session)
{
    const struct session_parts *parts = session->parts;
    if (PyErr_ExceptionMatches(PyExc_SystemExit)) {
        return take_exit(session);
    }
    bool interrupted = PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
    bool memory = PyErr_ExceptionMatches(PyExc_MemoryError);
    bool late = interrupted && *parts->out_of_time;
    free(session->reserve);
    session->reserve = NULL;
    if (late) {
        tell_budget(session, "time", parts->cpu_limit,
                    "the lesson has used up its processor time and was ended");
    }
    if (memory) {
        tell_budget(session, "memory", parts->memory_limit,
                    "the lesson asked for more memory than it may have");
    }
    report_error(session);
    if (late) {
        return (struct ending){ "budget", STATUS_ERROR };
    }
    return interrupted ? (struct ending){ "interrupted", STATUS_INTERRUPTED }
                       : (struct ending){ "error", STATUS_ERROR };
}

/* ---- running cells ---- */

/* What follows a statement on its line: a ";" hides the value, as in a notebook. */
static bool semicolon_follows(const struct cell_source *source, PyObject *statement)
{
    size_t length;
    const char *line = line_at(&source->lines, ast_number(statement, "end_lineno"), &length);
    size_t at = (size_t)ast_number(statement, "end_col_offset");
    while (at < length && (line[at] == ' ' || line[at] == '\t')) {
        at++;
    }
    return at < length && line[at] == ';';
}

/* The last statement if it is an expression to be shown, lent; NULL otherwise. */
static PyObject *shown_expression(const struct cell_source *source, PyObject *body)
{
    Py_ssize_t count = PyList_GET_SIZE(body);
    PyObject *last = count > 0 ? PyList_GET_ITEM(body, count - 1) : NULL;
    bool shown = last && ast_is(last, "Expr") && !semicolon_follows(source, last);
    return shown ? last : NULL;
}

/* A Module or Interactive made of some statements (taken), compiled: a new reference. */
static PyObject *compile_part(const struct session *session, PyObject *statements, const char *file,
                              bool shown)
{
    PyObject *ast = PyImport_ImportModule("_ast");
    PyObject *tree = NULL;
    if (ast && statements && shown) {
        tree = PyObject_CallMethod(ast, "Interactive", "O", statements);
    } else if (ast && statements) {
        tree = PyObject_CallMethod(ast, "Module", "O[]", statements);
    }
    PyObject *code = tree ? PyObject_CallFunction(session->compile, "OssiO", tree, file,
                                                  shown ? "single" : "exec", 0, Py_True)
                          : NULL;
    Py_XDECREF(ast);
    Py_XDECREF(statements);
    Py_XDECREF(tree);
    return code;
}

static bool execute(const struct session *session, PyObject *code)
{
    const struct session_parts *parts = session->parts;
    if (!code || (parts->tracer && !tracer_attach(parts->tracer, code))) {
        return false;
    }
    parts->guard->on = true;
    PyObject *result = PyEval_EvalCode(code, session->globals, session->globals);
    parts->guard->on = false;
    if (parts->tracer) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        tracer_detach(parts->tracer);
        PyErr_Restore(type, value, traceback);
    }
    Py_XDECREF(result);
    return result != NULL;
}

/* The statements but for a last expression, then that. False with an exception. */
static bool run_parts(struct session *session, const struct cell_source *source, const char *file)
{
    PyObject *body = ast_field(source->tree, "body");
    PyObject *shown = shown_expression(source, body);
    Py_ssize_t count = PyList_GET_SIZE(body);
    bool fine = true;
    if (!shown || count > 1) {
        PyObject *statements = PyList_GetSlice(body, 0, shown ? count - 1 : count);
        PyObject *code = compile_part(session, statements, file, false);
        fine = execute(session, code);
        Py_XDECREF(code);
    }
    if (fine && shown) {
        PyObject *code = compile_part(session, PyList_GetSlice(body, count - 1, count), file, true);
        fine = execute(session, code);
        Py_XDECREF(code);
    }
    Py_DECREF(body);
    return fine;
}

enum { CELL_FILE = 32 };

static void name_file(const struct cell *cell, char *file)
{
    snprintf(file, CELL_FILE, "Cell In[%d]", cell->in);
}

static PyObject *parse(const char *text, const char *file)
{
    PyCompilerFlags flags = { .cf_flags = PyCF_ONLY_AST | PyCF_IGNORE_COOKIE,
                              .cf_feature_version = PY_MINOR_VERSION };
    PyObject *name = PyUnicode_FromString(file);
    PyObject *tree = name ? Py_CompileStringObject(text, name, Py_file_input, &flags, -1) : NULL;
    Py_XDECREF(name);
    return tree;
}

/* Whether a cell looks at tracebacks itself. */
static bool speaks_of_traces(const struct cell *cell)
{
    static const char *const words[] = { "traceback", "linecache", "anomaly" };
    bool speaks = false;
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        speaks = speaks || strstr(cell->text, words[i]);
    }
    return speaks;
}

/* linecache.cache[file] = (length, None, lines, file): None keeps it from looking for a file. */
static bool add_lines(PyObject *cache, const struct cell *cell)
{
    char file[CELL_FILE];
    name_file(cell, file);
    PyObject *text = PyUnicode_FromStringAndSize(cell->text, (Py_ssize_t)cell->length);
    PyObject *lines = text ? PyUnicode_Splitlines(text, true) : NULL;
    PyObject *entry =
        lines ? Py_BuildValue("(nOOs)", (Py_ssize_t)cell->length, Py_None, lines, file) : NULL;
    const bool added = entry && PyDict_SetItemString(cache, file, entry) == 0;
    Py_XDECREF(text);
    Py_XDECREF(lines);
    Py_XDECREF(entry);
    return added;
}

/* Lets Python's own tracebacks show the lines of cells. Its module for that takes a moment to load, so
 * only a lesson that has a use for it waits. */
static bool show_lines(const struct session *session, const struct cell *last)
{
    PyObject *loaded = PyDict_GetItemString(PyImport_GetModuleDict(), "linecache"); /* lent */
    if (!loaded && !speaks_of_traces(last)) {
        return true;
    }
    PyObject *module = PyImport_ImportModule("linecache");
    PyObject *cache = module ? PyObject_GetAttrString(module, "cache") : NULL;
    bool shown = cache && PyDict_Check(cache);
    for (const struct cell *cell = session->lesson.cells; shown && cell <= last; cell++) {
        shown = cell->in == 0 || add_lines(cache, cell);
    }
    Py_XDECREF(module);
    Py_XDECREF(cache);
    return shown;
}

static bool run_cell(struct session *session, const struct cell *cell)
{
    struct tracer *tracer = session->parts->tracer;
    struct cell_source *source = &session->sources[cell->in];
    char file[CELL_FILE];
    name_file(cell, file);
    session->shown_cell = cell->in;
    if (tracer) {
        tracer_begin_cell(tracer, cell->in);
    }
    if (cell->notice[0] != '\0') {
        print(session, OUTLET_STDERR, file);
        print(session, OUTLET_STDERR, ", ");
        print(session, OUTLET_STDERR, cell->notice);
        print(session, OUTLET_STDERR, "\n");
    }
    source->lines = lines_of(cell->text, cell->length);
    source->tree = parse(cell->text, file);
    bool fine = source->tree && show_lines(session, cell) &&
                code_table_add_cell(session->parts->codes, cell->in, source->tree) &&
                run_parts(session, source, file);
    if (tracer) {
        tracer_end_cell(tracer);
    }
    return fine;
}

/* ---- the value of a last expression ---- */

static const char session_key[] = "gradlight.session";

static PyObject *display(PyObject *capsule, PyObject *value)
{
    struct session *session = PyCapsule_GetPointer(capsule, session_key);
    if (!session) {
        return NULL;
    }
    if (value == Py_None) {
        Py_RETURN_NONE;
    }
    PyObject *text = PyObject_Repr(value);
    PyObject *bytes = text ? PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace") : NULL;
    Py_XDECREF(text);
    PyObject *outputs = bytes ? PyDict_GetItemString(session->globals, "Out") : NULL;
    PyObject *number = bytes ? PyLong_FromLong(session->shown_cell) : NULL;
    if (!bytes || !number || (outputs && PyObject_SetItem(outputs, number, value) < 0) ||
        PyDict_SetItemString(session->globals, "_", value) < 0) {
        Py_XDECREF(bytes);
        Py_XDECREF(number);
        return NULL;
    }
    size_t length = (size_t)PyBytes_GET_SIZE(bytes);
    length = outlet_piece(PyBytes_AS_STRING(bytes), length, DISPLAY_BYTES);
    write_record(session,
                 &(struct record){
                     .kind = RECORD_DISPLAY,
                     .display = { session->shown_cell, { PyBytes_AS_STRING(bytes), length } },
                 });
    Py_DECREF(bytes);
    Py_DECREF(number);
    Py_RETURN_NONE;
}

static PyMethodDef display_method = { "displayhook", display, METH_O, NULL };

static bool install_display(struct session *session)
{
    PyObject *capsule = PyCapsule_New(session, session_key, NULL);
    PyObject *hook = capsule ? PyCFunction_New(&display_method, capsule) : NULL;
    bool fine = hook && PySys_SetObject("displayhook", hook) == 0;
    Py_XDECREF(capsule);
    Py_XDECREF(hook);
    return fine;
}

/* ---- the whole ---- */

/* A plain script knows its file; a notebook does not. */
static bool prepare(struct session *session, const char *path)
{
    PyObject *main = PyImport_AddModule("__main__"); /* lent */
    PyObject *outputs = PyDict_New();
    PyObject *builtins = PyEval_GetBuiltins(); /* lent */
    session->globals = main ? PyModule_GetDict(main) : NULL;
    session->compile = builtins ? PyDict_GetItemString(builtins, "compile") : NULL;
    bool fine = session->globals && session->compile && outputs && install_display(session) &&
                PyDict_SetItemString(session->globals, "__builtins__", builtins) == 0;
    if (fine && session->lesson.marked) {
        fine = PyDict_SetItemString(session->globals, "Out", outputs) == 0;
    } else if (fine) {
        PyObject *file = PyUnicode_DecodeFSDefault(path);
        fine = file && PyDict_SetItemString(session->globals, "__file__", file) == 0;
        Py_XDECREF(file);
    }
    Py_XDECREF(outputs);
    return fine;
}

/* As Python does at its end: waits for threads, runs what was registered with atexit. */
static void finish_threads(void)
{
    static const char *const ends[][2] = { { "threading", "_shutdown" },
                                           { "atexit", "_run_exitfuncs" } };
    PyObject *modules = PyImport_GetModuleDict();
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        PyObject *module = PyDict_GetItemString(modules, ends[i][0]); /* lent */
        PyObject *result = module ? PyObject_CallMethod(module, ends[i][1], NULL) : NULL;
        if (module && !result) {
            PyErr_WriteUnraisable(module);
        }
        Py_XDECREF(result);
    }
}

/* So that whoever is asked can read what it is. */
static struct ending refuse(struct session *session)
{
    const char *const words = session->parts->refused;
    guard_tell(session->parts->guard, "box", words);
    if (!session->parts->tracer) {
        print(session, OUTLET_STDERR, words);
        print(session, OUTLET_STDERR, "\n");
    }
    return (struct ending){ "refused", STATUS_REFUSED };
}

/* Compiled as a whole, since "return" outside of a function is found by that alone. */
static bool parse_cell(struct session *session, const struct cell *cell)
{
    char file[CELL_FILE];
    name_file(cell, file);
    session->sources[cell->in].lines = lines_of(cell->text, cell->length);
    PyObject *tree = parse(cell->text, file);
    PyObject *body = tree ? ast_field(tree, "body") : NULL;
    PyObject *code = body ? compile_part(session, body, file, false) : NULL;
    Py_XDECREF(tree);
    Py_XDECREF(code);
    return code != NULL;
}

static struct ending parse_cells(struct session *session)
{
    struct ending ending = { "finished", 0 };
    for (size_t i = 0; i < session->lesson.count; i++) {
        const struct cell *cell = &session->lesson.cells[i];
        if (cell->in > 0 && !parse_cell(session, cell)) {
            report_error(session);
            ending = (struct ending){ "error", STATUS_ERROR };
        }
    }
    return ending;
}

static struct ending run_cells(struct session *session, const char *path)
{
    if (session->parts->refused) {
        return refuse(session);
    }
    if (!prepare(session, path)) {
        return take_error(session);
    }
    if (session->parts->parse_only) {
        return parse_cells(session);
    }
    for (size_t i = 0; i < session->lesson.count; i++) {
        const struct cell *cell = &session->lesson.cells[i];
        if (cell->in > 0 && !run_cell(session, cell)) {
            struct ending ending = take_error(session);
            finish_threads();
            return ending;
        }
    }
    finish_threads();
    return (struct ending){ "finished", 0 };
}

static void tell_bad_lesson(const struct session *session, const char *path,
                            const struct error *err)
{
    struct text text = { 0 };
    text_format(&text, "%s: %s", path, err->text);
    char type[] = "LessonError";
    const struct error_report report = { .type = type,
                                         .text = text.bytes,
                                         .traceback = text.bytes };
    tell_error(session, &report, 0);
    text_finish(&text);
}

int session_run(const struct session_parts *parts, const char *path, const char *bytes,
                size_t length)
{
    struct session session = { .parts = parts, .reserve = malloc(RESERVE_BYTES) };
    struct error err = { 0 };
    struct ending ending = { "error", STATUS_LESSON };
    if (!lesson_parse(&session.lesson, bytes, length, &err)) {
        tell_bad_lesson(&session, path, &err);
    } else {
        session.sources = memory_allocate(session.lesson.code_count + 1, sizeof(*session.sources));
        for (size_t i = 0; i < session.lesson.count; i++) {
            tell_cell(&session, &session.lesson.cells[i]);
        }
        ending = run_cells(&session, path);
    }
    parts->sink->flush(parts->sink->context);
    write_record(&session,
                 &(struct record){ .kind = RECORD_END, .end = { ending.how, ending.status } });
    outlet_flush(parts->outlet, true);
    /* The process ends now: what the lesson and its cells hold is not worth giving back. */
    return ending.status;
}
