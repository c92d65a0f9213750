/* What the presenter's window shows, put together: pictures of this step and the next, notes, the answer,
 * the time. */

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/present/ask.h"
#include "app/present/overview.h"
#include "app/present/present.h"
#include "app/present/presenter_private.h"
#include "app/session/consent.h"
#include "app/window/chrome.h"
#include "render/lesson/presenter.h"
#include "render/lesson/question.h"
#include "render/lesson/slides.h"

/* ---- the next step ----------------------------------------------------------------------- */

/* What the next key will show. */
struct coming {
    struct view_state state;
    struct run_view run;
    const char *said;
    bool nothing;
};

/* One stop on, or the question that is asked on the way, or the card behind the last. */
static void look_ahead(struct app *app, const struct view *view, struct coming *coming)
{
    struct player ahead = app->player;
    struct question question;

    coming->nothing = !present_step(app, &ahead, 1);
    const bool left =
        coming->nothing && !app->view.card && question_between(view, 0, NEVER, &question);
    if (coming->nothing && !left) {
        coming->state.card = card_first(view) != SIZE_MAX;
        coming->nothing = !coming->state.card || app->view.card;
        coming->said = coming->nothing ? app_word(app, "This is the last step.")
                                       : app_word(app, "What the lesson says about its end.");
    } else if (left || ask_on_the_way(app, view, ahead.moment, &question)) {
        coming->nothing = false;
        coming->state.question = question.in + 1;
        coming->said = app_word(app, "A question to the class.");
    } else {
        coming->run.moment = ahead.moment;
        coming->said = sentence_for(&coming->run, app->words, app->view.language, view->arena);
    }
}

static void find_coming(struct app *app, const struct view *view, struct coming *coming)
{
    *coming = (struct coming){ .state = *view->state, .run = view->runs[0] };
    coming->state.hovered = coming->state.focused = (struct target){ 0 };
    coming->state.selected = (struct target){ 0 };
    coming->state.pointed = (struct view_cell){ 0 };
    coming->state.zoom = 0;
    if (app->view.room) {
        coming->state.room = false;
        coming->said = sentence_for(&coming->run, app->words, app->view.language, view->arena);
        return;
    }
    if (app->view.question > 0 && !question_revealed(&app->view, app->view.question - 1)) {
        question_reveal(&coming->state, app->view.question - 1);
        coming->said = app_word(app, "The answer.");
        return;
    }
    coming->state.question = 0;
    look_ahead(app, view, coming);
}

static void draw_coming(struct app *app, const struct view *view, struct coming *coming,
                        struct presenter_picture *out)
{
    struct view ahead = *view;

    ahead.runs = &coming->run;
    ahead.run_count = 1;
    ahead.state = &coming->state;
    ahead.graph = app->presenter->ahead;
    ahead.pointer = NULL;
    graph_picture_prepare(ahead.graph, &ahead, false, app->clock);
    screen_draw(&ahead, out->now.width, out->now.height, &out->next);
}

/* ---- words ------------------------------------------------------------------------------- */

static const char *unlike(struct app *app)
{
    if (app->presenter->frozen.area.w > 0) {
        return arena_format(&app->scratch, "%s %zu",
                            app_word(app, "Frozen: the class still sees step"),
                            app->presenter->frozen_step);
    }
    switch (app->view.blank) {
    case BLANK_BLACK:
        return app_word(app, "The class sees a black screen");
    case BLANK_WHITE:
        return app_word(app, "The class sees a white screen");
    case BLANK_NONE:
        break;
    }
    return "";
}

static double seconds_passed(const struct app *app)
{
    return app->timer.before + (app->timer.running ? app->clock - app->timer.since : 0);
}

const char *presenter_timer_text(struct app *app)
{
    const int seconds = (int)floor(seconds_passed(app));

    return seconds >= 3600 ? arena_format(&app->scratch, "%d:%02d:%02d", seconds / 3600,
                                          seconds / 60 % 60, seconds % 60)
                           : arena_format(&app->scratch, "%d:%02d", seconds / 60, seconds % 60);
}

const char *presenter_clock_text(struct app *app)
{
    const time_t now = time(NULL);
    struct tm here;

    return localtime_r(&now, &here)
               ? arena_format(&app->scratch, "%02d:%02d", here.tm_hour, here.tm_min)
               : "";
}

/* The question that is asked, else the one that comes next, with its answer. */
static const char *answer_text(struct app *app, const struct view *view,
                               const struct coming *coming)
{
    struct view_state revealed = *view->state;
    struct view told = *view;
    struct question question;
    const int64_t asked = app->view.question > 0 ? app->view.question : coming->state.question;

    told.state = &revealed;
    if (asked == 0 || !question_of(&told, asked - 1, &question)) {
        return "";
    }
    question_reveal(&revealed, question.in);
    return question_markdown(&told, &question);
}

static void tell_slide(struct app *app, const struct view *view, struct presenter_page *page)
{
    const struct slide *slides;
    const size_t count = slides_of(view, &slides);
    const size_t at = slide_at(slides, count, app->player.moment);

    page->title = at == SIZE_MAX ? "" : slides[at].title;
    page->notes = at == SIZE_MAX ? "" : slide_notes(view, &slides[at]);
    if (at != SIZE_MAX && !page->notes[0]) {
        page->notes = slide_text(view, &slides[at]);
    }
    if (app->presenter->scrolled_at != (at == SIZE_MAX ? 0 : slides[at].at)) {
        app->presenter->scroll = 0;
        app->presenter->scrolled_at = at == SIZE_MAX ? 0 : slides[at].at;
    }
}

/* ---- the picture ------------------------------------------------------------------------- */

/* What the class sees, with what is hovered; no motion, so that nothing is drawn twice for it. */
static struct view view_of_class(struct app *app, const struct window_pixels *pixels)
{
    struct view view = app_view(app, (float)pixels->width, (float)pixels->height);

    view.motion = (struct view_motion){ .progress = 1, .still = view.motion.still };
    return view;
}

bool presenter_view(struct app *app, struct presenter_picture *out)
{
    struct window_pixels own;

    if (!window_pixels(app->presenter->window, &own, NULL)) {
        return false;
    }
    out->area = (struct rect){ 0, 0, (float)own.width, (float)own.height };
    out->view = app_view(app, out->area.w, out->area.h);
    out->state = app->view;
    out->state.density = window_density(app->presenter->window);
    out->view.state = &out->state;
    out->view.overview = overview_page(app, &out->view);
    out->view.consent = consent_page(app);
    out->view.type = presenter_type(&out->state, out->area.w, out->area.h);
    return true;
}

struct view presenter_own_view(struct app *app, const struct window_pixels *pixels,
                               struct rect *area)
{
    struct presenter_picture *const own = arena_allocate(&app->scratch, 1, sizeof(*own));

    if (app->presenter && presenter_view(app, own)) {
        *area = own->area;
        return own->view;
    }
    *area = (struct rect){ 0, 0, (float)pixels->width, (float)pixels->height };
    return app_view(app, area->w, area->h);
}

bool presenter_picture(struct app *app, struct presenter_picture *out, struct presenter_page *page)
{
    struct window_pixels pixels;
    struct coming coming;

    if (!window_pixels(app->window, &pixels, NULL) || !presenter_view(app, out)) {
        return false;
    }
    struct view view = view_of_class(app, &pixels);
    struct view_state *const state = arena_allocate(&app->scratch, 1, sizeof(*state));
    *state = app->view;
    state->blank = BLANK_NONE; /* the presenter goes on */
    view.state = state;
    screen_draw(&view, (float)pixels.width, (float)pixels.height, &out->now);
    find_coming(app, &view, &coming);
    draw_coming(app, &view, &coming, out);
    *page = (struct presenter_page){ .now = &out->now,
                                     .next = coming.nothing ? NULL : &out->next,
                                     .coming = coming.said,
                                     .unlike = unlike(app),
                                     .answer = answer_text(app, &view, &coming),
                                     .timer = presenter_timer_text(app),
                                     .clock = presenter_clock_text(app),
                                     .timing = app->timer.running,
                                     .frozen = app->presenter->frozen.area.w > 0,
                                     .step = player_position(&app->player, view.runs[0].stops),
                                     .steps =
                                         stops_count(view.runs[0].stops, app->player.granularity) };
    tell_slide(app, &view, page);
    page->scroll = app->presenter->scroll;
    return true;
}

void presenter_picture_finish(struct presenter_picture *picture)
{
    scene_finish(&picture->now);
    scene_finish(&picture->next);
}

void presenter_draw_page(const struct presenter_picture *picture, const struct presenter_page *page,
                         struct scene *scene)
{
    if (picture->view.overview) {
        scene->width = picture->area.w;
        scene->height = picture->area.h;
        view_overview(&picture->view, picture->view.overview, picture->area, scene);
    } else {
        view_presenter(&picture->view, page, picture->area, scene);
    }
}

/* ---- drawing ----------------------------------------------------------------------------- */

static void draw_frame(struct app *app, struct presenter_picture *picture,
                       const struct presenter_page *page, bool everything)
{
    struct frame *const frame = app->presenter->frame;
    struct scene *const scene = frame_begin(frame);
    struct error err = { 0 };

    presenter_draw_page(picture, page, scene);
    chrome_update(app->chrome,
                  &(struct chrome_state){ .width = (int)picture->area.w,
                                          .height = (int)picture->area.h,
                                          .text = picture->view.type.text,
                                          .help = app->view.help,
                                          .palette = &app->palette,
                                          .keys = app->keys,
                                          .words = app->words,
                                          .language = app->view.language,
                                          .theme = picture->view.theme },
                  app->clock);
    if (!frame_end(frame,
                   &(struct frame_options){ .theme = picture->view.theme,
                                            .everything = everything,
                                            .overlay = chrome_overlay(app->chrome) },
                   &err)) {
        fprintf(stderr, "gradlight: %s\n", err.text);
    }
}

/* ---- time -------------------------------------------------------------------------------- */

static long time_shown(const struct app *app)
{
    return (long)floor(seconds_passed(app)) + (long)(time(NULL) / 60);
}

void presenter_draw(struct app *app, bool everything)
{
    struct presenter_picture picture = { 0 };
    struct presenter_page page;

    app->presenter->shown_time = time_shown(app);
    if (presenter_picture(app, &picture, &page)) {
        draw_frame(app, &picture, &page, everything);
    }
    presenter_picture_finish(&picture);
}

static bool is_waiting(const struct app *app)
{
    return graph_picture_descriptor(app->presenter->ahead) >= 0;
}

void presenter_turn(struct app *app)
{
    if (app->presenter && (is_waiting(app) || time_shown(app) != app->presenter->shown_time)) {
        presenter_draw(app, false);
    }
}

/* A layout that is awaited, the next second of the timer, the next minute of the clock. */
double presenter_patience(const struct app *app)
{
    static const double layout = 0.02;
    const double passed = seconds_passed(app);

    if (!app->presenter) {
        return -1;
    }
    if (is_waiting(app)) {
        return layout;
    }
    return app->timer.running ? floor(passed) + 1 - passed : (double)(60 - time(NULL) % 60);
}
