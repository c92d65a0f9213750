#include "app/panels/film.h"

#include "app/command/walk.h"

static bool is_offered(struct app *app)
{
    if (film_offered(session_film(app->session))) {
        return true;
    }
    app_say(app, app_word(app, "This lesson builds no second graph."));
    return false;
}

/* Where there is no room for it one hears why nothing comes. */
void film_toggle(struct app *app)
{
    const bool shown = app_regions(app).film.h > 0;

    if (!is_offered(app)) {
        return;
    }
    app->view.film = shown ? FILM_HIDDEN : FILM_SHOWN;
    app->stale = true;
    if (!shown && app_regions(app).film.h <= 0) {
        app_say(app, app_word(app, "There is no room for the film strip here."));
    }
}

void film_toggle_each(struct app *app)
{
    app->view.film_each = !app->view.film_each;
    app->view.film_scroll = 0;
    app->stale = true;
}

static struct film_room room_now(struct app *app)
{
    const struct rect area = app_regions(app).film;
    const struct point page = app_page(app);
    const struct view view = app_view(app, page.x, page.y);

    return area.h > 0 ? view_film_room(&view, area) : (struct film_room){ 0 };
}

void film_scroll(struct app *app, int by)
{
    const struct film_room room = room_now(app);
    const int wanted = app->view.film_scroll + by;

    app->view.film_scroll = wanted < room.back ? room.back : wanted > room.on ? room.on : wanted;
    app->stale = true;
}

void film_page_back(struct app *app)
{
    film_scroll(app, -room_now(app).page);
}

void film_page_on(struct app *app)
{
    film_scroll(app, room_now(app).page);
}

void film_go(struct app *app, size_t frame)
{
    const struct film *const film = session_film(app->session);

    if (frame < film_count(film)) {
        walk_go(app, film_moment(film, session_stops(app->session), frame));
    }
}

/* From before the first frame the next one is the first. */
static void go_by(struct app *app, int by)
{
    const struct film *const film = session_film(app->session);
    const size_t now = film_at(film, app->player.moment);
    const size_t next = now == NO_FRAME ? (by > 0 ? 0 : NO_FRAME) : now + (size_t)by;

    if (!is_offered(app)) {
        return;
    }
    if (next >= film_count(film)) {
        app_say(app, app_word(app, by > 0 ? WORD("No graph comes after this.")
                                          : WORD("There is no graph before this.")));
        return;
    }
    film_go(app, next);
}

void film_next(struct app *app)
{
    go_by(app, 1);
}

void film_previous(struct app *app)
{
    go_by(app, -1);
}

/* ---- side by side ----------------------------------------------------------------------- */

/* The last earlier one that is built in another way: of those from the same code, else of all; else the
 * one before. NO_FRAME for the first. */
static size_t other_for(const struct film *film, size_t frame)
{
    const uint64_t structure = film_frame(film, frame)->structure;
    size_t other = film_frame(film, frame)->before;

    while (other != NO_FRAME && film_frame(film, other)->structure == structure) {
        other = film_frame(film, other)->before;
    }
    for (size_t i = frame; i-- > 0 && other == NO_FRAME;) {
        other = film_frame(film, i)->structure != structure ? i : NO_FRAME;
    }
    return other == NO_FRAME && frame > 0 ? frame - 1 : other;
}

void film_compare(struct app *app)
{
    const struct film *const film = session_film(app->session);
    const size_t now = film_at(film, app->player.moment);

    if (app->view.compared > 0) {
        app->view.compared = 0;
    } else if (is_offered(app)) {
        const size_t other = now == NO_FRAME ? NO_FRAME : other_for(film, now);
        if (other == NO_FRAME) {
            app_say(app, app_word(app, "There is no graph before this."));
            return;
        }
        app->view.compared = (int64_t)other + 1;
    }
    app->view.zoom = 0;
    app->stale = true;
}

static void compare_with(struct app *app, int by)
{
    const struct film *const film = session_film(app->session);
    const size_t now = film_at(film, app->player.moment);
    size_t other = (size_t)app->view.compared - 1 + (size_t)by;

    if (app->view.compared == 0) {
        film_compare(app);
        return;
    }
    other += other == now ? (size_t)by : 0;
    if (other < film_count(film)) {
        app->view.compared = (int64_t)other + 1;
        app->view.zoom = 0;
        app->stale = true;
    }
}

void film_compare_next(struct app *app)
{
    compare_with(app, 1);
}

void film_compare_previous(struct app *app)
{
    compare_with(app, -1);
}
