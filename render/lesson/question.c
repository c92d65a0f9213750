#include "render/lesson/question.h"

#include <string.h>

#include "render/screen.h"

/* ---- reading ----------------------------------------------------------------------------- */

/* "- [x] " or "- [ ] " at the line's beginning. */
static bool is_option(const char *line, size_t length)
{
    return length > 6 && memcmp(line, "- [", 3) == 0 && memcmp(line + 4, "] ", 2) == 0 &&
           strchr(" xX", line[3]);
}

static void add_option(struct question *question, const char *line, size_t length,
                       struct arena *arena)
{
    static const char dash[] = " — ";
    const char *const text = arena_copy_text(arena, line + 6, length - 6);
    const char *const why = strstr(text, dash);

    if (question->option_count < QUESTION_OPTIONS_MOST) {
        question->options[question->option_count++] = (struct question_option){
            .text = why ? arena_copy_text(arena, text, (size_t)(why - text)) : text,
            .why = why ? why + strlen(dash) : "",
            .right = line[3] != ' ',
        };
    }
}

static void find_records(const struct trace *trace, struct question *question)
{
    size_t count;
    const uint32_t *const cells = trace_records_of(trace, RECORD_CELL, &count);

    for (size_t i = 0; i < count; i++) {
        if (trace_record(trace, cells[i])->cell.in == question->in) {
            question->at = cells[i];
            question->end = i + 1 < count ? cells[i + 1] : NEVER;
        }
        if (trace_record(trace, cells[i])->cell.in == question->last) {
            question->until = i + 1 < count ? cells[i + 1] : NEVER;
        }
    }
}

static int64_t number_of(const struct trace *trace, size_t cell)
{
    return cell < trace_cell_count(trace) ? trace_cell(trace, cell)->in_number : 0;
}

static void find_code_behind(const struct trace *trace, size_t cell, struct question *question)
{
    const size_t count = trace_cell_count(trace);

    while (cell < count && number_of(trace, cell) <= 0) {
        cell++;
    }
    question->in = question->last = number_of(trace, cell);
    for (; number_of(trace, cell) > 0; cell++) {
        question->last = number_of(trace, cell);
    }
}

bool question_read(const struct trace *trace, size_t cell, struct question *out,
                   struct arena *arena)
{
    struct text text = { 0 };

    *out = (struct question){
        .cell = trace_cell(trace, cell), .at = NEVER, .end = NEVER, .until = NEVER
    };
    if (strcmp(out->cell->kind, "markdown") != 0 || !trace_cell_tagged(out->cell, "question")) {
        return false;
    }
    const char *at = out->cell->text.bytes, *const end = at + out->cell->text.length;
    while (at < end) {
        const char *const stop = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((stop ? stop : end) - at);
        if (is_option(at, length)) {
            add_option(out, at, length, arena);
        } else {
            text_append(&text, at, length);
            text_append_char(&text, '\n');
        }
        at += length + 1;
    }
    out->text = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    find_code_behind(trace, cell, out);
    find_records(trace, out);
    return true;
}

/* ---- finding ----------------------------------------------------------------------------- */

static bool next_question(const struct view *view, size_t *cell, struct question *out)
{
    const struct trace *const trace = view->runs[0].trace;

    for (; *cell < trace_cell_count(trace); (*cell)++) {
        if (lesson_speaks(view, trace_cell(trace, *cell)) &&
            question_read(trace, *cell, out, view->arena)) {
            (*cell)++;
            return true;
        }
    }
    return false;
}

bool question_of(const struct view *view, int64_t in, struct question *out)
{
    for (size_t cell = 0; next_question(view, &cell, out);) {
        if (out->in == in) {
            return true;
        }
    }
    return false;
}

bool question_between(const struct view *view, uint32_t from, uint32_t to, struct question *out)
{
    for (size_t cell = 0; next_question(view, &cell, out);) {
        if (out->at != NEVER && from <= out->at && out->at < to &&
            !question_revealed(view->state, out->in)) {
            return true;
        }
    }
    return false;
}

bool question_near(const struct view *view, uint32_t moment, struct question *out)
{
    struct question question;
    bool found = false;

    for (size_t cell = 0; next_question(view, &cell, &question);) {
        if (!found || (question.at != NEVER && question.at < moment)) {
            *out = question;
            found = true;
        }
    }
    return found;
}

/* ---- revealing --------------------------------------------------------------------------- */

enum { BITS = 64 };

bool question_revealed(const struct view_state *state, int64_t in)
{
    return state->revealed >> (in % BITS) & 1;
}

void question_reveal(struct view_state *state, int64_t in)
{
    state->revealed |= UINT64_C(1) << (in % BITS);
}

const char *question_markdown(const struct view *view, const struct question *question)
{
    const bool revealed = question_revealed(view->state, question->in);
    struct text text = { 0 };

    text_append_string(&text, question->text);
    for (size_t i = 0; i < question->option_count; i++) {
        const struct question_option *const option = &question->options[i];
        text_format(&text, "- %s**%c.** %s", revealed && option->right ? "✓ " : "",
                    (char)('A' + (int)i), option->text);
        text_append_string(&text, revealed && option->why[0] ? " — " : "");
        text_append_string(&text, revealed ? option->why : "");
        text_append_char(&text, '\n');
    }
    const char *const copy = arena_copy_text(view->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}
