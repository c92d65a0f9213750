/* Where a step has nothing to look at: what the lesson says before this code, and what the code has printed. Words
 * that have a page of their own are not said again: there stands the code. */

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "lessons/trace/places.h"
#include "render/code/code.h"
#include "render/lesson/veil.h"
#include "render/screen.h"
#include "render/text/markdown.h"

static const float SMALLER = 0.94f, PITCH = 1.35f; /* of a size; of lines, in em */

/* ---- words ------------------------------------------------------------------------------ */

/* Index of the code cell that runs at the moment, or ran last; SIZE_MAX before any. */
static size_t current_cell(const struct run_view *run, uint32_t *since)
{
    size_t count, left = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_CELL, &count);

    while (left < count && records[left] < run->moment) {
        left++;
    }
    *since = left > 0 ? records[left - 1] : 0;
    for (size_t i = 0; left > 0 && i < trace_cell_count(run->trace); i++) {
        if (trace_cell(run->trace, i)->in_number == trace_record(run->trace, *since)->cell.in) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The last slide between the code before and this, and what goes on with it, without questions, which have a
 * card of their own; *begin is where the narrative starts. */
static const char *words_before(const struct view *view, size_t cell, size_t *begin)
{
    const struct trace *const trace = view->runs[0].trace;
    struct text text = { 0 };
    size_t first = cell;

    while (first > 0 && trace_cell(trace, first - 1)->in_number <= 0) {
        first--;
    }
    for (size_t i = first; i < cell; i++) {
        const struct trace_cell *const told = trace_cell(trace, i);
        if (lesson_speaks(view, told) && !trace_cell_tagged(told, "question") &&
            !trace_cell_tagged(told, "remember")) {
            if (strcmp(told->slide, "slide") == 0 || strcmp(told->slide, "subslide") == 0) {
                text_clear(&text);
            }
            text_append_string(&text, text.length > 0 ? "\n\n" : "");
            const struct trace_string words = veil_cell(view, told);
            text_append(&text, words.bytes, words.length);
        }
    }
    const char *const words = arena_copy_text(view->arena, text_string(&text), text.length);
    text_finish(&text);
    *begin = first;
    return words;
}

/* Of code that nothing is told about, what was told before. */
static const char *words_for(const struct view *view, size_t cell)
{
    const char *words = words_before(view, cell, &cell);

    while (!words[0] && cell > 0) {
        words = words_before(view, cell - 1, &cell);
    }
    return words;
}

/* ---- whether a part of the lesson only begins -------------------------------------------- */

static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* "model, optimizer = start()": how much of a line are names that it gives anew. */
static size_t given_names(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length && (is_of_name(text[at]) || strchr(", ", text[at]))) {
        at++;
    }
    return at + 1 < length && text[at] == '=' && text[at + 1] != '=' ? at + 1 : 0;
}

/* To the line break that ends a statement which goes on in brackets. */
static size_t statement_length(const char *text, size_t length)
{
    int depth = 0;

    for (size_t at = 0; at < length; at++) {
        depth += strchr("([{", text[at]) ? 1 : strchr(")]}", text[at]) ? -1 : 0;
        if (text[at] == '\n' && depth <= 0) {
            return at;
        }
    }
    return length;
}

/* The code of a part up to some record. */
struct part {
    const struct trace *trace;
    uint32_t since, now; /* records */
};

static bool is_given_anew(const struct part *part, const char *name, size_t length)
{
    for (uint32_t i = part->since; i < part->now; i++) {
        const struct record *const record = trace_record(part->trace, i);
        if (record->kind == RECORD_BIND && strlen(record->bind.name) == length &&
            memcmp(record->bind.name, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* "model.state_dict()": what an object that is no tensor is asked about itself leaves the graph as it is. */
static bool only_asks(const char *text, size_t length, int64_t tensor)
{
    size_t end = 1;

    if (tensor != 0 || length < 2 || text[0] != '.') {
        return false;
    }
    while (end < length && is_of_name(text[end])) {
        end++;
    }
    return end < length && text[end] == '(';
}

/* Whether it uses a name as the parts before have left it. */
static bool uses_old_name(const struct part *part, const char *text, size_t length)
{
    size_t at = given_names(text, length);

    while (at < length && text[at] != '#') {
        const size_t from = at;
        int64_t tensor;
        while (at < length && is_of_name(text[at])) {
            at++;
        }
        if (at > from && (from == 0 || text[from - 1] != '.') &&
            trace_bound_at(part->trace, 0, text + from, at - from, part->since, &tensor) &&
            !is_given_anew(part, text + from, at - from) &&
            !only_asks(text + at, length - at, tensor)) {
            return true;
        }
        at += at == from;
    }
    return false;
}

/* Whether the record that it has come to deals with what the stage shows, or may: it computes, or its line
 * uses old names. */
static bool goes_on_with(const struct part *part)
{
    static const enum record_kind doing[] = { RECORD_OP,    RECORD_BACKWARD, RECORD_STEP,
                                              RECORD_ERROR, RECORD_FAILED,   RECORD_DISPLAY };
    const struct record *const record = trace_record(part->trace, part->now);
    size_t start, length;

    for (size_t i = 0; i < sizeof(doing) / sizeof(doing[0]); i++) {
        if (record->kind == doing[i]) {
            return true;
        }
    }
    const struct trace_frame *const frame =
        record->kind == RECORD_LINE ? trace_frame(part->trace, record->line.frame) : NULL;
    const struct trace_cell *const cell = frame ? trace_code_cell(part->trace, frame->cell) : NULL;
    if (!cell) {
        return false;
    }
    code_line_range(cell, (int)record->line.line, &start, &length);
    const char *const text = cell->text.bytes + start + strspn(cell->text.bytes + start, " \t");
    const size_t left = (size_t)(cell->text.bytes + cell->text.length - text);
    return uses_old_name(part, text, statement_length(text, left));
}

/* Presenting, where nobody has chosen what the stage is to show. */
static bool has_the_stage(const struct view *view)
{
    return view->state->mode == SCREEN_PRESENT && view->state->stage == STAGE_AUTO &&
           view->state->selected.kind == TARGET_NONE;
}

/* The first record of that kind from there on; NEVER: none. */
static uint32_t next_record(const struct trace *trace, enum record_kind kind, uint32_t from)
{
    size_t low = 0, count;
    const uint32_t *const records = trace_records_of(trace, kind, &count);

    for (size_t high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (records[middle] < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count ? records[low] : NEVER;
}

/* Whether the code that runs computes something at its stop, or is still to. */
static bool computes(const struct run_view *run)
{
    static const enum record_kind computing[] = { RECORD_OP, RECORD_BACKWARD, RECORD_VISIT,
                                                  RECORD_ACCUMULATE, RECORD_STEP };
    const uint32_t end = next_record(run->trace, RECORD_CELL, run->moment);
    const size_t stop = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct record *const now =
        stop == SIZE_MAX
            ? NULL
            : trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, stop)->record);

    for (size_t i = 0; i < sizeof(computing) / sizeof(computing[0]); i++) {
        const uint32_t next = next_record(run->trace, computing[i], run->moment);
        if ((now && now->kind == computing[i]) || (next != NEVER && (end == NEVER || next < end))) {
            return true;
        }
    }
    return false;
}

bool view_section_called_for(const struct view *view)
{
    uint32_t since;
    const size_t cell = current_cell(&view->runs[0], &since);

    return cell != SIZE_MAX && has_the_stage(view) &&
           trace_cell_tagged(trace_cell(view->runs[0].trace, cell), "code") &&
           !computes(&view->runs[0]);
}

bool view_section_begins(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    uint32_t since;
    size_t cell = current_cell(run, &since);

    if (!has_the_stage(view) || cell == SIZE_MAX || !words_before(view, cell, &cell)[0]) {
        return false;
    }
    struct part part = { .trace = run->trace, .since = since, .now = since + 1 };
    while (part.now < run->moment && !goes_on_with(&part)) {
        part.now++;
    }
    return part.now >= run->moment;
}

/* ---- words on the stage ------------------------------------------------------------------- */

/* As large as the sentence's type if it fits, else down to captions; then the heading has to do. */
static void draw_words(const struct view *view, const char *words, struct rect area,
                       struct scene *scene)
{
    struct view set = *view;
    size_t length = strlen(words);
    float height;

    set.type.text = view->type.sentence;
    while ((height = markdown_draw(&set, words, length, area, NULL)) > area.h &&
           set.type.text * SMALLER >= view->type.caption) {
        set.type.text *= SMALLER;
    }
    if (height > area.h) {
        set.type.text = view->type.sentence;
        length = strcspn(words, "\n");
        height = markdown_draw(&set, words, length, area, NULL);
    }
    area.y += fmaxf(area.h - height, 0) * 0.4f;
    markdown_draw(&set, words, length, area, scene);
}

/* ---- output ----------------------------------------------------------------------------- */

struct printed {
    const char *text;
    int lines;
    float width; /* of the longest, in em */
};

static struct printed measure(const struct view *view, const char *text)
{
    struct printed printed = { .text = text };

    while (*text) {
        const size_t length = strcspn(text, "\n");
        printed.width = fmaxf(printed.width, fonts_measure(view->fonts, TYPE_MONO, text, length));
        printed.lines++;
        text += length + (text[length] == '\n');
    }
    return printed;
}

/* How many bytes hold so many characters; all where there are fewer. */
static size_t bytes_of(const char *text, size_t length, size_t characters)
{
    size_t at = 0;

    while (at < length && (characters > 0 || ((unsigned char)text[at] & 0xC0) == 0x80)) {
        characters -= ((unsigned char)text[at] & 0xC0) != 0x80;
        at++;
    }
    return at;
}

/* Lines that are too long for the size are broken, at a space where there is one. */
static const char *broken(const struct view *view, const char *text, float width, float size)
{
    const float one = fonts_measure(view->fonts, TYPE_MONO, "0", 1) * size;
    const size_t most = (size_t)fmaxf(width / one, 1);
    struct text out = { 0 };

    while (*text) {
        const size_t length = strcspn(text, "\n");
        const size_t fitting = bytes_of(text, length, most);
        size_t piece = fitting;
        while (fitting < length && piece > fitting / 2 && text[piece] != ' ') {
            piece--;
        }
        piece = piece > fitting / 2 ? piece : fitting;
        text_append(&out, text, piece);
        text += piece;
        text_append_string(&out, *text ? "\n" : "");
        text += *text == '\n' || *text == ' ';
    }
    const char *const copy = arena_copy_text(view->arena, text_string(&out), out.length);
    text_finish(&out);
    return copy;
}

/* A row of numbers, or one with columns of its own: broken, they are none. */
static bool is_row(const char *line, size_t length)
{
    const size_t blank = strspn(line, " ");

    for (size_t i = blank; i + 1 < length; i++) {
        if (line[i] == ' ' && line[i + 1] == ' ') {
            return true;
        }
    }
    return length > blank && (line[blank] == '[' || strncmp(line + blank, "tensor(", 7) == 0);
}

/* Whether sentences, of an error or what else, are all that must be broken for that size. */
static bool breaks_no_row(const struct view *view, const char *text, float width, float size)
{
    while (*text) {
        const size_t length = strcspn(text, "\n");
        if (is_row(text, length) &&
            fonts_measure(view->fonts, TYPE_MONO, text, length) * size > width) {
            return false;
        }
        text += length + (text[length] == '\n');
    }
    return true;
}

/* Around the middle, as large as fits down to captions; of more than that the newest lines. */
static void draw_printed(const struct view *view, const char *all, struct rect area,
                         struct scene *scene)
{
    struct printed printed = measure(view, broken(view, all, area.w, view->type.text));

    /* Rows stand in columns as long as they can; sentences have none to lose. */
    if (!breaks_no_row(view, all, area.w, view->type.text) ||
        (float)printed.lines * view->type.text * PITCH > area.h) {
        printed = measure(view, broken(view, all, area.w, view->type.caption));
    }
    const char *text = printed.text;
    float size = fminf(view->type.value, fminf(area.w / fmaxf(printed.width, 1),
                                               area.h / ((float)printed.lines * PITCH)));

    size = fmaxf(size, view->type.caption);
    const int fitting = (int)(area.h / (size * PITCH) + 0.01f); /* the size may fill it */
    const int shown = printed.lines < fitting ? printed.lines : fitting;
    const float x = area.x + fmaxf(area.w - printed.width * size, 0) / 2;
    float y = area.y + (area.h - (float)shown * size * PITCH) * 0.4f + size;

    for (int i = 0; i < printed.lines; i++) {
        const size_t length = strcspn(text, "\n");
        if (length > 0 && i >= printed.lines - shown) {
            scene_text(scene,
                       &(struct draw_text){ .at = { x, y },
                                            .bytes = arena_copy_text(view->arena, text, length),
                                            .role = TYPE_MONO,
                                            .size = size,
                                            .ink = INK_TEXT,
                                            .max_width = area.x + area.w - x });
        }
        y += i >= printed.lines - shown ? size * PITCH : 0;
        text += length + (text[length] == '\n');
    }
}

/* The cell that runs, as large as fits; beside a column of code as another. Returns whether no other need show it. */
static bool draw_code(const struct view *view, struct rect area, struct scene *scene)
{
    struct view_state state = *view->state;
    struct view set = *view;

    if (view_code_whole(view, area, scene)) {
        return true;
    }
    state.code_style = CODE_COLUMN;
    set.state = &state;
    view_code(&set, area, scene);
    return false;
}

/* ---- both ------------------------------------------------------------------------------- */

static void draw_line_between(struct rect half, float gap, struct scene *scene)
{
    const struct rect line = { half.x - gap, half.y, 1.5f, half.h };

    scene_rect(scene, &(struct draw_rect){ .rect = line, .fill = INK_PANEL_LINE });
}

const char *view_section_printed(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    uint32_t since;

    return current_cell(run, &since) == SIZE_MAX
               ? ""
               : trace_printed_between(run->trace, since + 1, run->moment, view->arena);
}

bool view_section(const struct view *view, struct rect area, struct scene *scene)
{
    /* Where nothing else tells the words they come first. */
    const bool told =
        view->state->told || (view_section_called_for(view) && !view_section_begins(view));
    const float side = view->type.sentence * 1.2f;
    const float gap = view->type.sentence * (told ? 0.5f : 1); /* code is long */
    const struct rect inner = { area.x + side, area.y + gap, area.w - 2 * side, area.h - 2 * gap };
    const float w = (inner.w - 2 * gap) / 2;
    const struct rect left = { inner.x, inner.y, w, inner.h };
    const struct rect right = { inner.x + w + 2 * gap, inner.y, w, inner.h };
    uint32_t since;
    const size_t cell = current_cell(&view->runs[0], &since);

    if (cell == SIZE_MAX || inner.h < view->type.sentence * 3) {
        return false;
    }
    const char *const words = told ? "" : words_for(view, cell);
    const char *const printed = view_section_printed(view);
    bool code = false;
    if (printed[0] && words[0]) {
        draw_words(view, words, left, scene);
    } else if (words[0]) {
        draw_words(view, words, inner, scene);
    } else if (told && !printed[0]) {
        code = draw_code(view, inner, scene);
    } else if (told) {
        code = view_code_whole(view, left, scene);
    }
    /* A page that is only this has no strip above it. */
    scene->has_code = view->state->told && code;
    scene->has_output = scene->has_code && printed[0];
    const bool beside = printed[0] && (words[0] || code);
    if (beside) {
        draw_line_between(right, gap, scene);
    }
    if (printed[0]) {
        draw_printed(view, printed, beside ? right : inner, scene);
    }
    return told || words[0] || printed[0];
}
