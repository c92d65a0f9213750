/* What the start page shows: the course, what was open lately, or what lies in a folder. */

#include "app/start/private.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/settings.h"
#include "app/start/folder.h"
#include "engine/base/memory.h"
#include "render/text/search_text.h"

enum { RECENT_MOST = 5, CARDS_MOST = 256, ROWS_MOST = CATALOG_SESSIONS + 3 };

/* ---- what is remembered ------------------------------------------------------------------ */

const char *start_progress_name(const char *lesson, char out[START_NAME_SIZE])
{
    snprintf(out, START_NAME_SIZE, "progress.%s", lesson);
    return out;
}

void start_progress(const struct app *app, const char *lesson, int *done, int *steps)
{
    char name[START_NAME_SIZE];
    const char *const text = settings_text(app->settings, start_progress_name(lesson, name), "");

    if (sscanf(text, "%9d/%9d", done, steps) != 2 || *done < 1 || *steps < *done) {
        *done = *steps = 0;
    }
}

static const char *recent_name(int index, char out[START_NAME_SIZE])
{
    snprintf(out, START_NAME_SIZE, "recent.%d", index);
    return out;
}

/* `path` is whole, without links. */
static bool is_shipped(const struct start *start, const char *path)
{
    char whole[PATH_MAX];

    for (size_t i = 0; i < start->catalog.count; i++) {
        if (realpath(start->catalog.lessons[i].path, whole) && strcmp(whole, path) == 0) {
            return true;
        }
    }
    return false;
}

/* The latest first, each once. */
void start_opened(struct app *app, const char *path)
{
    char whole[PATH_MAX], name[START_NAME_SIZE];
    char *moved[RECENT_MOST];
    int count = 0;

    app->start->watched = 0;
    if (!realpath(path, whole) || is_shipped(app->start, whole)) {
        return;
    }
    moved[count++] = memory_copy_string(whole);
    for (int i = 1; i <= RECENT_MOST && count < RECENT_MOST; i++) {
        const char *const other = settings_text(app->settings, recent_name(i, name), "");
        if (other[0] && strcmp(other, whole) != 0) {
            moved[count++] = memory_copy_string(other);
        }
    }
    for (int i = 0; i < count; i++) {
        settings_set_text(app->settings, recent_name(i + 1, name), moved[i]);
        free(moved[i]);
    }
}

/* ---- the page ---------------------------------------------------------------------------- */

static void add_row(struct start_contents *page, const char *heading)
{
    if (page->page.row_count < ROWS_MOST) {
        page->rows[page->page.row_count++] =
            (struct start_row){ .heading = heading, .first = page->page.card_count };
    }
}

static void add_card(struct start_contents *page, struct start_card card, struct start_entry entry)
{
    if (page->page.card_count < CARDS_MOST && page->page.row_count > 0) {
        page->entries[page->page.card_count] = entry;
        page->cards[page->page.card_count++] = card;
        page->rows[page->page.row_count - 1].count++;
    }
}

static bool matches(const struct catalog_lesson *lesson, const char *query)
{
    bool found = !query[0] || search_text(lesson->name, query) || search_text(lesson->text, query);

    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        found = found || search_text(lesson->titles[i], query);
    }
    return found;
}

static void add_lesson(struct app *app, struct start_contents *page,
                       const struct catalog_lesson *lesson)
{
    struct start_card card = {
        .title = lesson->titles[app->view.language],
        .detail = lesson->minutes > 0
                      ? arena_format(&app->scratch, "%d %s", lesson->minutes, app_word(app, "min"))
                      : "",
        .picture = thumbnails_of(app->start->thumbnails, lesson->path, app->view.language),
    };

    start_progress(app, lesson->name, &card.done, &card.steps);
    add_card(page, card, (struct start_entry){ .path = lesson->path });
}

static int minutes_of(const struct catalog *catalog, int session, const char *query)
{
    int minutes = 0;

    for (size_t i = 0; i < catalog->count; i++) {
        const struct catalog_lesson *const lesson = &catalog->lessons[i];
        minutes += lesson->session == session && matches(lesson, query) ? lesson->minutes : 0;
    }
    return minutes;
}

static const char *session_heading(struct app *app, int session)
{
    const int minutes = minutes_of(&app->start->catalog, session, app->start->query);

    if (session == 0) {
        return app_word(app, "More lessons");
    }
    return arena_format(&app->scratch, minutes > 0 ? "%s %d · %s · %d %s" : "%s %d · %s",
                        app_word(app, "Session"), session, app_word(app, catalog_session(session)),
                        minutes, app_word(app, "min"));
}

static void add_course(struct app *app, struct start_contents *page)
{
    const struct catalog *const catalog = &app->start->catalog;
    int session = -1;

    for (size_t i = 0; i < catalog->count; i++) {
        const struct catalog_lesson *const lesson = &catalog->lessons[i];
        if (!matches(lesson, app->start->query)) {
            continue;
        }
        if (lesson->session != session) {
            add_row(page, session_heading(app, lesson->session));
            session = lesson->session;
        }
        add_lesson(app, page, lesson);
    }
}

/* The file's name, and the folder that it lies in. */
static struct start_card file_card(struct app *app, const char *path)
{
    const char *const slash = strrchr(path, '/');
    const size_t length = slash ? (size_t)(slash - path) : 0;

    return (struct start_card){ .title = slash ? slash + 1 : path,
                                .detail = arena_copy_text(&app->scratch, path, length) };
}

/* A file that is gone is not offered, and not forgotten: it may be on a stick that comes back. */
static void add_recent(struct app *app, struct start_contents *page)
{
    char name[START_NAME_SIZE];
    bool begun = false;

    for (int i = 1; i <= RECENT_MOST; i++) {
        const char *const text = settings_text(app->settings, recent_name(i, name), "");
        const bool sought = !app->start->query[0] || search_text(text, app->start->query);
        if (!text[0] || !sought || access(text, F_OK) != 0) {
            continue;
        }
        const char *const path = arena_copy_text(&app->scratch, text, strlen(text));
        struct start_card card = file_card(app, path);
        card.picture = thumbnails_of(app->start->thumbnails, path, app->view.language);
        if (!begun) {
            add_row(page, app_word(app, "Open again"));
            begun = true;
        }
        add_card(page, card, (struct start_entry){ .path = path });
    }
}

/* What a typed path leads to: folders to look into, and files that can be opened. */
static void add_folder(struct app *app, struct start_contents *page)
{
    struct folder folder = { 0 };
    struct error err = { 0 };

    if (!folder_list(&folder, app->start->query, &err)) {
        const char *const why = app_trouble(app, err.text);
        page->page.note = arena_copy_text(&app->scratch, why, strlen(why));
    }
    if (folder.count > 0) {
        add_row(page, arena_copy_text(&app->scratch, folder.path, strlen(folder.path)));
    }
    for (size_t i = 0; i < folder.count; i++) {
        const struct folder_entry *const found = &folder.entries[i];
        const char *const path = arena_copy_text(&app->scratch, found->path, strlen(found->path));
        struct start_card card = file_card(app, path);
        card.detail = app_word(app, found->folder ? "folder" : "lesson or trace");
        add_card(page, card, (struct start_entry){ .path = path, .folder = found->folder });
    }
    folder_finish(&folder);
}

static bool is_path(const char *query)
{
    return query[0] == '/' || query[0] == '~' || strncmp(query, "./", 2) == 0 ||
           strncmp(query, "../", 3) == 0;
}

/* The first lesson that was not watched to its end, from where a class would go on. */
const struct catalog_lesson *start_next_lesson(const struct app *app)
{
    const struct catalog *const catalog = &app->start->catalog;

    for (size_t i = 0; i < catalog->count; i++) {
        int done, steps;
        start_progress(app, catalog->lessons[i].name, &done, &steps);
        if (steps == 0 || done < steps) {
            return &catalog->lessons[i];
        }
    }
    return catalog->count > 0 ? &catalog->lessons[0] : NULL;
}

static const char *begin_label(struct app *app)
{
    const struct catalog_lesson *const next = start_next_lesson(app);

    if (!next) {
        return "";
    }
    return arena_format(&app->scratch, "%s %d", app_word(app, "Start lesson"),
                        (int)(next - app->start->catalog.lessons) + 1);
}

struct start_contents start_contents(struct app *app)
{
    const struct start *const start = app->start;
    struct start_contents page = {
        .cards = arena_allocate(&app->scratch, CARDS_MOST, sizeof(struct start_card)),
        .entries = arena_allocate(&app->scratch, CARDS_MOST, sizeof(struct start_entry)),
        .rows = arena_allocate(&app->scratch, ROWS_MOST, sizeof(struct start_row)),
    };

    page.page.query = start->query;
    page.page.typing = start->typing;
    page.page.scroll = start->scroll;
    page.page.begin = begin_label(app);
    page.page.note = app_word(app, "No lesson is called that.");
    page.page.cards = page.cards;
    page.page.rows = page.rows;
    if (is_path(start->query)) {
        add_folder(app, &page);
    } else {
        add_recent(app, &page);
        add_course(app, &page);
    }
    return page;
}

const struct start_page *start_page(struct app *app)
{
    if (!app->view.start) {
        return NULL;
    }
    struct start_contents *const page = arena_allocate(&app->scratch, 1, sizeof(*page));
    *page = start_contents(app);
    return &page->page;
}
