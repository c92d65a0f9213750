#include "app/command/walk.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/settings.h"
#include "render/timeline/phases.h"

static const double WHEEL_ZOOM = 1.25, KEY_ZOOM = 2, WHEEL_MOVE = 0.1;

void walk_go(struct app *app, uint32_t moment)
{
    player_jump(&app->player, moment);
    app->player.playing = false;
    app->view.card = false;
    app->view.selected = (struct target){ 0 };
    app->view.code_scroll = 0;
    app->view.film_scroll = 0;
    if (app->view.mode == SCREEN_PRESENT) {
        app->view.zoom = 0;
    }
    walk_follow(app);
    app->stale = true;
}

/* Goes there, or says why not. */
static void go_or_say(struct app *app, uint32_t moment, const char *why)
{
    if (moment == NEVER) {
        app_say(app, words_in(app->words, app->view.language, why));
    } else {
        walk_go(app, moment);
    }
}

/* ---- iterations ------------------------------------------------------------------------- */

static void walk_iterations(struct app *app, int64_t by)
{
    const uint32_t found =
        stops_walk_iterations(session_stops(app->session), app->player.moment, by);

    go_or_say(app, found,
              by > 0 ? WORD("No iteration comes after this.")
                     : WORD("There is no iteration before this."));
}

void walk_next_iteration(struct app *app)
{
    walk_iterations(app, 1);
}

void walk_previous_iteration(struct app *app)
{
    walk_iterations(app, -1);
}

void walk_ten_iterations(struct app *app)
{
    walk_iterations(app, 10);
}

void walk_back_ten_iterations(struct app *app)
{
    walk_iterations(app, -10);
}

void walk_loop_end(struct app *app)
{
    go_or_say(app, stops_loop_end(session_stops(app->session), app->player.moment),
              WORD("No iteration comes after this."));
}

void walk_loop_start(struct app *app)
{
    walk_iterations(app, -(int64_t)TRACE_RECORDS_MAX);
}

/* ---- records ---------------------------------------------------------------------------- */

/* The moment at which a stop shows what the record says. */
static uint32_t shown_at(const struct stops *stops, uint32_t record)
{
    const size_t before = stops_index_at(stops, STOP_OPERATION, record);
    const size_t index = before == SIZE_MAX ? 0 : before + 1;

    return index < stops_count(stops, STOP_OPERATION)
               ? stops_at(stops, STOP_OPERATION, index)->moment
               : record + 1;
}

/* The next (or the previous) record of the kind, seen from the moment; NEVER: none. */
static uint32_t find_record(const struct app *app, enum record_kind kind, bool on)
{
    const struct stops *const stops = session_stops(app->session);
    const uint32_t now = app->player.moment;
    size_t count, low = 0, high;
    const uint32_t *const records = trace_records_of(session_trace(app->session), kind, &count);

    high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint32_t there = shown_at(stops, records[middle]);
        if (on ? there <= now : there < now) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (on) {
        return low < count ? shown_at(stops, records[low]) : NEVER;
    }
    return low > 0 ? shown_at(stops, records[low - 1]) : NEVER;
}

void walk_next_backward(struct app *app)
{
    go_or_say(app, find_record(app, RECORD_BACKWARD, true),
              WORD("No backward pass comes after this."));
}

void walk_previous_backward(struct app *app)
{
    go_or_say(app, find_record(app, RECORD_BACKWARD, false),
              WORD("There is no backward pass before this."));
}

void walk_next_error(struct app *app)
{
    go_or_say(app, find_record(app, RECORD_ERROR, true), WORD("No error comes after this."));
}

void walk_previous_error(struct app *app)
{
    go_or_say(app, find_record(app, RECORD_ERROR, false), WORD("There is no error before this."));
}

/* ---- bookmarks -------------------------------------------------------------------------- */

/* The name under which a lesson's bookmarks are kept: a text of addresses with blanks between. Another
 * file of the same name has its own. */
static const char *bookmarks_name(struct app *app)
{
    return arena_format(&app->scratch, "bookmarks.%s.%016" PRIx64, session_name(app->session),
                        session_place(app->session));
}

static int compare_moments(const void *a, const void *b)
{
    const uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;

    return (first > second) - (first < second);
}

static void add_bookmark(struct app *app, uint32_t moment)
{
    uint32_t *const bookmarks = app->view.bookmarks;
    int *const count = &app->view.bookmark_count;

    for (int i = 0; i < *count; i++) {
        if (bookmarks[i] == moment) {
            return;
        }
    }
    if (*count < VIEW_BOOKMARKS_MAX) {
        bookmarks[(*count)++] = moment;
        qsort(bookmarks, (size_t)*count, sizeof(*bookmarks), compare_moments);
    }
}

/* Goes through the kept addresses. What a person has written there and is none is passed over. */
static bool next_address(struct app *app, const char **at, const char **word, uint32_t *moment)
{
    while (**at) {
        const size_t length = strcspn(*at, " ");
        struct moment_address address;
        bool exact;
        *word = arena_copy_text(&app->scratch, *at, length);
        *at += length + ((*at)[length] == ' ');
        if (length > 0 && address_parse(&address, *word, NULL)) {
            *moment = address_find(session_trace(app->session), session_stops(app->session),
                                   &address, &exact);
            return true;
        }
    }
    return false;
}

void walk_find_bookmarks(struct app *app)
{
    const char *at = settings_text(app->settings, bookmarks_name(app), ""), *word;
    uint32_t moment;

    app->view.bookmark_count = 0;
    while (next_address(app, &at, &word, &moment)) {
        add_bookmark(app, moment);
    }
    app->stale = true;
}

/* The addresses without those that lead to the moment; true if there were such. */
static bool copy_without(struct app *app, uint32_t moment, struct text *out)
{
    const char *at = settings_text(app->settings, bookmarks_name(app), ""), *word;
    uint32_t there;
    bool found = false;

    while (next_address(app, &at, &word, &there)) {
        if (there == moment) {
            found = true;
        } else {
            text_format(out, "%s%s", out->length > 0 ? " " : "", word);
        }
    }
    return found;
}

void walk_toggle_bookmark(struct app *app)
{
    const uint32_t moment = app->player.moment;
    const struct moment_address address =
        address_of(session_trace(app->session), session_stops(app->session), moment);
    struct text kept = { 0 }, text = { 0 };
    const char *said = WORD("Bookmark taken away:");

    address_write(&text, &address);
    const bool there = copy_without(app, moment, &kept);
    if (!there && app->view.bookmark_count < VIEW_BOOKMARKS_MAX) {
        text_format(&kept, "%s%s", kept.length > 0 ? " " : "", text_string(&text));
        said = WORD("Bookmark set:");
    } else if (!there) {
        said = WORD("There is no room for another bookmark:");
    }
    settings_set_text(app->settings, bookmarks_name(app), kept.length > 0 ? kept.bytes : NULL);
    walk_find_bookmarks(app);
    app_say(app, arena_format(&app->scratch, "%s %s",
                              words_in(app->words, app->view.language, said), text_string(&text)));
    text_finish(&kept);
    text_finish(&text);
}

void walk_next_bookmark(struct app *app)
{
    uint32_t found = NEVER;

    for (int i = app->view.bookmark_count; i-- > 0;) {
        found = app->view.bookmarks[i] > app->player.moment ? app->view.bookmarks[i] : found;
    }
    go_or_say(app, found, WORD("No bookmark comes after this."));
}

void walk_previous_bookmark(struct app *app)
{
    uint32_t found = NEVER;

    for (int i = 0; i < app->view.bookmark_count; i++) {
        found = app->view.bookmarks[i] < app->player.moment ? app->view.bookmarks[i] : found;
    }
    go_or_say(app, found, WORD("There is no bookmark before this."));
}

/* ---- the timeline's window -------------------------------------------------------------- */

static bool window_at(struct app *app, float x, struct timeline_window *out, struct rect *area)
{
    struct window_pixels pixels;

    if (!window_pixels(app->window, &pixels, NULL)) {
        return false;
    }
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(app, w, h);
    *area = screen_regions(&app->view, w, h).timeline;
    if (area->w <= 0) {
        return false;
    }
    *out = timeline_window(&view, *area, x);
    return true;
}

/* The place `at` stays where it is on the screen. */
static void zoom_about(struct app *app, const struct timeline_window *now, double at, double factor)
{
    const double span = fmin(fmax(now->span / factor, now->least), now->all);

    app->view.timeline_zoom = now->all / span;
    app->view.timeline_from = at - (at - now->from) * span / now->span;
    app->stale = true;
}

static void zoom_about_now(struct app *app, double factor)
{
    struct timeline_window now;
    struct rect area;

    if (window_at(app, 0, &now, &area)) {
        zoom_about(app, &now, now.now, factor);
    }
}

void walk_zoom_in(struct app *app)
{
    zoom_about_now(app, KEY_ZOOM);
}

void walk_zoom_out(struct app *app)
{
    zoom_about_now(app, 1 / KEY_ZOOM);
}

void walk_zoom_all(struct app *app)
{
    app->view.timeline_zoom = app->view.timeline_from = 0;
    app->stale = true;
}

void walk_wheel(struct app *app, struct point at, struct point notches)
{
    struct timeline_window now;
    struct rect area;

    if (!window_at(app, at.x, &now, &area)) {
        return;
    }
    if (notches.y != 0) {
        zoom_about(app, &now, now.at, pow(WHEEL_ZOOM, (double)notches.y));
    }
    if (notches.x != 0) {
        app->view.timeline_from = now.from + (double)notches.x * WHEEL_MOVE * now.span;
    }
    app->stale = true;
}

void walk_follow(struct app *app)
{
    struct timeline_window now;
    struct rect area;

    if (app->view.timeline_zoom <= 1 || !window_at(app, 0, &now, &area)) {
        return;
    }
    if (now.now < now.from || now.now > now.from + now.span) {
        app->view.timeline_from = now.now - now.span / 2;
    }
}

void walk_scrub(struct app *app, struct point at)
{
    struct window_pixels pixels;
    uint32_t moment;

    if (!window_pixels(app->window, &pixels, NULL)) {
        return;
    }
    const float w = (float)pixels.width, h = (float)pixels.height;
    const struct view view = app_view(app, w, h);
    const struct rect area = screen_regions(&app->view, w, h).timeline;
    if (timeline_moment(&view, area, at.x, &moment) && moment != app->player.moment) {
        walk_go(app, moment);
    }
}

const char *walk_title(struct app *app, uint32_t moment)
{
    const struct trace *const trace = session_trace(app->session);
    const struct stops *const stops = session_stops(app->session);
    struct run_view run = app_view(app, 0, 0).runs[0];
    struct text text = { 0 };

    run.moment = moment;
    run.granularity = STOP_OPERATION;
    const uint32_t iteration = stops_training_at(stops, moment);
    const enum language language = app->view.language;
    if (iteration != NO_ITERATION) {
        const char *const phase = phase_word(app->words, language, stops_phase_at(stops, moment));
        text_format(&text, "%s%s%s · ",
                    iteration_words(&run, iteration, app->words, language, &app->scratch),
                    phase[0] ? " · " : "", phase);
    }
    const struct moment_address address = address_of(trace, stops, moment);
    text_append_string(&text, sentence_for(&run, app->words, language, &app->scratch));
    text_append_string(&text, " [");
    address_write(&text, &address);
    text_append_string(&text, "]");
    const char *const copy = arena_copy_text(&app->scratch, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}
