#include "app/export/worksheet.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/export/plain.h"
#include "config.h"
#include "render/canvas/canvas.h"
#include "render/lesson/question.h"
#include "render/text/markdown.h"

/* Points. */
static const float WIDTH = 595, HEIGHT = 842, RIM = 42, FOOT = 28;
static const float PICTURE_HEIGHT = 250, GAP = 14, LINE = 26;
enum { EXERCISE_LINES = 6, QUESTION_LINES = 3 };

/* A sheet as far as it is written. */
struct sheet {
    const struct page_tools *tools;
    struct session *session;
    struct canvas_file *file;
    struct run_view run;
    struct view_state state;
    struct view view;
    struct arena arena;
    struct scene scene; /* of the page that is being filled */
    float y;
    int page, number; /* of the question */
    bool answers, good;
    struct progress *progress;
    struct error *err;
};

static float column(void)
{
    return WIDTH - 2 * RIM;
}

static void say(struct sheet *sheet, const char *text, struct point at, enum type_role role,
                float size, enum text_align align)
{
    scene_text(&sheet->scene, &(struct draw_text){ .at = at,
                                                   .bytes = text,
                                                   .role = role,
                                                   .size = size,
                                                   .ink = INK_TEXT,
                                                   .align = align,
                                                   .max_width = column() });
}

static void rule(struct sheet *sheet, float x, float to, float y)
{
    scene_rect(&sheet->scene,
               &(struct draw_rect){ .rect = { x, y, to - x, 0.6f }, .fill = INK_TEXT_SECOND });
}

/* ---- pages ------------------------------------------------------------------------------ */

static void page_begin(struct sheet *sheet)
{
    scene_clear(&sheet->scene);
    sheet->scene.width = WIDTH;
    sheet->scene.height = HEIGHT;
    sheet->y = RIM;
    sheet->page++;
}

static void page_end(struct sheet *sheet)
{
    char foot[PATH_SIZE];

    snprintf(foot, sizeof(foot), "%s · Gradlight %s · %d", session_name(sheet->session),
             GRADLIGHT_VERSION, sheet->page);
    say(sheet, foot, (struct point){ WIDTH - RIM, HEIGHT - FOOT }, TYPE_UI, 8, ALIGN_RIGHT);
    sheet->scene.title = view_word(&sheet->view, sheet->answers ? "Answers" : "Worksheet");
    sheet->good = sheet->good && canvas_file_page(sheet->file, &sheet->scene, sheet->err);
}

/* What does not fit below begins a new page. */
static void make_room(struct sheet *sheet, float height)
{
    if (sheet->y + height > HEIGHT - RIM - FOOT && sheet->y > RIM) {
        page_end(sheet);
        page_begin(sheet);
    }
}

/* ---- what stands on them ---------------------------------------------------------------- */

static const char *title_of(const struct sheet *sheet)
{
    const struct trace *const trace = session_trace(sheet->session);

    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        if (lesson_speaks(&sheet->view, cell) && cell->text.length > 2 &&
            cell->text.bytes[0] == '#') {
            return cell->text.bytes;
        }
    }
    return "";
}

static void write_markdown(struct sheet *sheet, const char *text, size_t length)
{
    const struct rect area = { RIM, sheet->y, column(), 0 };

    sheet->y += markdown_draw(&sheet->view, text, length, area, &sheet->scene);
}

/* A word and the line behind it. */
static void write_field(struct sheet *sheet, const char *word, float x, float to)
{
    const char *const text = view_word(&sheet->view, word);
    const float size = 11, w = fonts_measure(sheet->tools->fonts, TYPE_UI, text, strlen(text));

    say(sheet, text, (struct point){ x, sheet->y }, TYPE_UI, size, ALIGN_LEFT);
    rule(sheet, x + w * size + 5, to, sheet->y + 2);
}

static void write_head(struct sheet *sheet)
{
    const char *const title = title_of(sheet);
    const char *const end = strchr(title, '\n');

    say(sheet, view_word(&sheet->view, sheet->answers ? "Answers" : "Worksheet"),
        (struct point){ RIM, sheet->y + 10 }, TYPE_UI, 11, ALIGN_LEFT);
    sheet->y += 18;
    write_markdown(sheet, title, end ? (size_t)(end - title) : strlen(title));
    if (!sheet->answers) {
        sheet->y += 14;
        write_field(sheet, WORD("Name:"), RIM, RIM + 330);
        write_field(sheet, WORD("Date:"), RIM + 350, RIM + column());
    }
    sheet->y += 20;
}

/* No further than to the page's end: a page with two lines on it is none. */
static void write_lines(struct sheet *sheet, int count)
{
    for (int i = 0; i < count && sheet->y + LINE <= HEIGHT - RIM - FOOT; i++) {
        sheet->y += LINE;
        rule(sheet, RIM, RIM + column(), sheet->y);
    }
    sheet->y += GAP;
}

/* ---- questions -------------------------------------------------------------------------- */

/* The last step of the cell that answers it; false if that never ran. */
static bool answer_moment(const struct sheet *sheet, const struct question *question,
                          uint32_t *moment)
{
    const struct stops *const stops = session_stops(sheet->session);
    const size_t count = stops_count(stops, STOP_OPERATION);
    bool found = false;

    for (size_t i = 0; i < count && question->at != NEVER; i++) {
        const uint32_t at = stops_at(stops, STOP_OPERATION, i)->moment;
        if (at > question->at && at <= question->end) {
            *moment = at;
            found = true;
        }
    }
    return found;
}

/* The picture as it will lie on the sheet. */
static void draw_picture(struct sheet *sheet, const struct question *question, uint32_t moment,
                         struct scene *picture)
{
    static const float text_scale = 1.05f;
    struct page page = { .moment = moment, .heading = "", .notes = "" };
    struct page_look look = { .part = PICTURE_STAGE,
                              .width = (int)column(),
                              .height = (int)PICTURE_HEIGHT,
                              .theme = THEME_PRINT,
                              .motion = 1,
                              .blanks = !sheet->answers,
                              .state = { .mode = SCREEN_PRESENT,
                                         .language = sheet->state.language,
                                         .text_scale = text_scale,
                                         .granularity = STOP_OPERATION } };

    page.revealed = page_revealed(sheet->session, moment);
    if (!sheet->answers) {
        page.revealed &= ~(UINT64_C(1) << (question->in % 64));
    }
    page_draw(sheet->tools, sheet->session, &page, &look, picture);
}

/* Words, code and what was printed are no picture: they would tell the answer, or the lesson once more. */
static bool has_things(const struct scene *picture)
{
    bool things = false;

    for (size_t i = 0; i < picture->draw_count; i++) {
        const struct draw *const draw = &picture->draws[i];
        if (draw->kind == DRAW_GROUP && draw->group.target.kind == TARGET_LINE) {
            return false;
        }
        things = things || (draw->kind == DRAW_GROUP && draw->group.target.kind != TARGET_NONE);
    }
    return things;
}

/* An option without its marks: "(1, 4, 2)" of "`(1, 4, 2)`". */
static const char *option_answer(const struct question_option *option, struct arena *arena)
{
    struct text plain = { 0 };

    plain_text(&plain, option->text);
    const char *const all = text_string(&plain);
    size_t length = plain.length;
    while (length > 0 && (all[length - 1] == ' ' || all[length - 1] == '\n')) {
        length--;
    }
    const char *const copy = arena_copy_text(arena, all, length);
    text_finish(&plain);
    return copy;
}

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Numbers are masked where they are asked for, and of a digit or two there are others: the marks of a short answer,
 * "()", are looked for alone. */
static bool is_looked_for(const char *answer)
{
    const size_t length = strlen(answer);

    return length > 2 ||
           (length == 2 && ispunct((unsigned char)answer[0]) && ispunct((unsigned char)answer[1]));
}

/* Whether the answer at that place is one by itself: not "100" of "1000", not "()" of "f()". */
static bool stands_alone(const struct draw_text *text, size_t at, const char *answer)
{
    const size_t length = strlen(answer), end = at + length;
    const bool joins =
        at > 0 && is_letter(text->bytes[at - 1]) && (is_letter(answer[0]) || length == 2);

    return !joins &&
           !(end < text->length && is_letter(text->bytes[end]) && is_letter(answer[length - 1]));
}

static void blank_out(struct draw_text *text, const char *answer, struct arena *arena)
{
    const size_t length = strlen(answer);
    struct text left = { 0 };
    bool found = false;

    for (size_t at = 0; at < text->length;) {
        const bool here = text->length - at >= length &&
                          memcmp(text->bytes + at, answer, length) == 0 &&
                          stands_alone(text, at, answer);
        text_append(&left, here ? "____" : text->bytes + at, here ? 4 : 1);
        at += here ? length : 1;
        found = found || here;
    }
    if (found) {
        text->bytes = arena_copy_text(arena, text_string(&left), left.length);
        text->length = left.length;
    }
    text_finish(&left);
}

/* Where the picture says in so many words what is asked for, a shape under a card, a line stands. */
static void hide_answer(struct sheet *sheet, const struct question *question, struct scene *picture)
{
    for (size_t i = 0; i < question->option_count; i++) {
        const char *const answer = option_answer(&question->options[i], &sheet->arena);
        const bool hides = question->options[i].right && is_looked_for(answer);
        for (size_t k = 0; hides && k < picture->draw_count; k++) {
            if (picture->draws[k].kind == DRAW_TEXT) {
                blank_out(&picture->draws[k].text, answer, &picture->arena);
            }
        }
    }
}

/* Where a strip that begins at x ends: before what would stand half on it, if that leaves most of it. */
static float strip_end(const struct scene *picture, float x)
{
    static const float most = 0.4f;
    const float last = x + column();
    float end = last;

    if (last >= picture->width) {
        return picture->width;
    }
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < picture->draw_count; i++) {
            const struct draw *const draw = &picture->draws[i];
            const struct rect box = draw->kind == DRAW_RECT ? draw->rect.rect : (struct rect){ 0 };
            const bool card = box.w > 0 && box.w < column() * (1 - most);
            if (card && box.x < end && box.x + box.w > end && box.x > x + column() * most) {
                end = box.x - 2;
                moved = true;
            }
        }
    }
    return end;
}

/* A picture that is a little too wide for the sheet is made smaller, so that it stays whole. */
static float picture_scale(const struct scene *picture)
{
    static const float least = 0.75f;
    const float scale = column() / fmaxf(picture->width, 1);

    return scale < 1 && scale >= least ? scale : 1;
}

/* What is much wider goes on below, as a line of text does. */
static void write_picture(struct sheet *sheet, const struct scene *picture)
{
    const float scale = picture_scale(picture), height = picture->height * scale;

    for (float x = 0, end; x < picture->width; x = end) {
        end = scale < 1 ? picture->width : strip_end(picture, x);
        make_room(sheet, height + GAP);
        scene_clip(&sheet->scene, (struct rect){ RIM, sheet->y, (end - x) * scale, height });
        scene_append(&sheet->scene, picture, (struct point){ RIM - x, sheet->y }, scale);
        scene_clip_end(&sheet->scene);
        if (end < picture->width) {
            say(sheet, "→", (struct point){ WIDTH - RIM / 2, sheet->y + height / 2 }, TYPE_UI, 11,
                ALIGN_CENTRE);
        }
        sheet->y += height + GAP;
    }
}

static void write_question(struct sheet *sheet, const struct question *question)
{
    struct scene picture = { 0 };
    uint32_t moment;
    char number[32];

    sheet->state.revealed = sheet->answers ? UINT64_MAX : 0;
    const char *const text = question_markdown(&sheet->view, question);
    const bool shown = answer_moment(sheet, question, &moment);
    const struct rect area = { RIM, 0, column(), 0 };
    if (shown) {
        draw_picture(sheet, question, moment, &picture);
    }
    if (!has_things(&picture)) {
        scene_clear(&picture);
        picture.width = picture.height = 0;
    } else if (!sheet->answers) {
        hide_answer(sheet, question, &picture);
    }
    const float words = markdown_draw(&sheet->view, text, strlen(text), area, NULL);
    make_room(sheet, words + picture.height + 3 * GAP);
    snprintf(number, sizeof(number), "%s %d", view_word(&sheet->view, "Question"), ++sheet->number);
    say(sheet, number, (struct point){ RIM, sheet->y + 9 }, TYPE_UI_BOLD, 11, ALIGN_LEFT);
    sheet->y += 16;
    write_markdown(sheet, text, strlen(text));
    sheet->y += GAP / 2;
    write_picture(sheet, &picture);
    scene_finish(&picture);
    if (!sheet->answers) {
        write_lines(sheet, QUESTION_LINES);
    }
}

static void write_exercise(struct sheet *sheet, const struct trace_cell *cell)
{
    const struct rect area = { RIM, 0, column(), 0 };
    const float words =
        markdown_draw(&sheet->view, cell->text.bytes, cell->text.length, area, NULL);

    make_room(sheet, words + 3 * LINE);
    write_markdown(sheet, cell->text.bytes, cell->text.length);
    write_lines(sheet, EXERCISE_LINES);
}

/* ---- the files -------------------------------------------------------------------------- */

static int write_cells(struct sheet *sheet)
{
    const struct trace *const trace = session_trace(sheet->session);
    struct question question;
    int found = 0;

    const size_t cells = trace_cell_count(trace);
    for (size_t i = 0; i < cells && sheet->good; i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        if (!progress_step(sheet->progress, sheet->answers ? cells + i : i, 2 * cells)) {
            sheet->good = error_set(sheet->err, "stopped");
        }
        if (!sheet->good || !lesson_speaks(&sheet->view, cell)) {
            continue;
        }
        if (question_read(trace, i, &question, &sheet->arena)) {
            write_question(sheet, &question);
            found++;
        } else if (trace_cell_tagged(cell, "exercise") && !sheet->answers) {
            write_exercise(sheet, cell);
            found++;
        }
    }
    return found;
}

static bool write_sheet(const struct page_tools *tools, struct session *session,
                        enum language language, bool answers, const char *path,
                        struct progress *progress, struct error *err)
{
    struct sheet sheet = {
        .tools = tools,
        .progress = progress,
        .session = session,
        .run = { .trace = session_trace(session),
                 .stops = session_stops(session),
                 .episodes = session_episodes(session) },
        .state = { .language = language, .text_scale = 1, .paper = true },
        .answers = answers,
        .good = true,
        .err = err,
    };
    const struct canvas_file_options options = { .format = FILE_PDF,
                                                 .title = session_name(session),
                                                 .language = language_code(language) };

    sheet.view = (struct view){ .runs = &sheet.run,
                                .run_count = 1,
                                .state = &sheet.state,
                                .motion = { .progress = 1 },
                                .graph = tools->graph,
                                .fonts = tools->fonts,
                                .theme = theme_at(THEME_PRINT),
                                .words = tools->words,
                                .type = { 15, 13, 11, 9.5f },
                                .arena = &sheet.arena };
    sheet.file = canvas_file_create(path, &options, sheet.view.theme, tools->fonts, err);
    if (!sheet.file) {
        return false;
    }
    page_begin(&sheet);
    write_head(&sheet);
    if (write_cells(&sheet) == 0 && sheet.good && !answers) {
        sheet.good = error_set(err, "this lesson has no question and no exercise for a worksheet");
    } else {
        page_end(&sheet);
    }
    scene_finish(&sheet.scene);
    arena_finish(&sheet.arena);
    if (!sheet.good) {
        canvas_file_abandon(sheet.file);
        return false;
    }
    return canvas_file_finish(sheet.file, err);
}

bool worksheet_write(const struct page_tools *tools, struct session *session,
                     enum language language, const char *path, void (*each)(const char *path),
                     struct progress *progress, struct error *err)
{
    static const char ending[] = ".pdf";
    const bool ends = text_ends_with(path, ending);
    const size_t length = strlen(path) - (ends ? sizeof(ending) - 1 : 0);
    struct text second = { 0 };

    text_append(&second, path, length);
    text_append_string(&second, "-answers.pdf");
    const bool good =
        write_sheet(tools, session, language, false, path, progress, err) &&
        write_sheet(tools, session, language, true, text_string(&second), progress, err);
    if (good) {
        each(path);
        each(text_string(&second));
    }
    text_finish(&second);
    return good;
}
