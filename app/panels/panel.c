#include "app/panels/panel.h"

#include <math.h>

static const float STEP = 0.02f, LEAST_PART = 0.05f;

/* Both dividers are remembered as parts of the window, so that they fit another one. */
static void set_part(float *part, float points, float all)
{
    *part = all > 0 ? fmaxf(points / all, LEAST_PART) : *part;
}

void panel_drag(struct app *app, enum screen_divider divider, struct point to)
{
    const struct screen_regions regions = app_regions(app);
    const struct point page = app_page(app);

    switch (divider) {
    case DIVIDER_LESSON:
        set_part(&app->view.lesson_part, to.x, page.x);
        break;
    case DIVIDER_TABS:
        set_part(&app->view.tabs_part, regions.timeline.y - to.y + regions.film.h, page.y);
        break;
    }
    app->stale = true;
}

/* From where the divider is, which is not always where it was asked to be. */
void panel_nudge(struct app *app, enum screen_divider divider, int steps)
{
    const struct screen_regions regions = app_regions(app);
    const struct point page = app_page(app);
    const float by = STEP * (float)steps;

    switch (divider) {
    case DIVIDER_LESSON:
        app->view.lesson_hidden = false;
        set_part(&app->view.lesson_part, regions.panel.w + by * page.x, page.x);
        break;
    case DIVIDER_TABS:
        if (!screen_tabs_open(&app->view, page.x)) {
            panel_toggle_tabs(app);
        }
        set_part(&app->view.tabs_part, regions.tabs.h + regions.film.h + by * page.y, page.y);
        break;
    }
    app->stale = true;
}

void panel_reset(struct app *app)
{
    app->view.lesson_part = app->view.tabs_part = 0;
    app->view.lesson_hidden = app->view.tabs_hidden = app->view.drawer_open = false;
    app->stale = true;
}

void panel_toggle_lesson(struct app *app)
{
    app->view.lesson_hidden = !app->view.lesson_hidden;
    app->stale = true;
}

/* What is open in a narrow window is a drawer, which a wider one knows nothing of. */
static void open_tabs(struct app *app, bool open)
{
    struct view_state state = app->view;

    state.drawer_open = !state.drawer_open;
    const float width = app_page(app).x;
    const bool drawer = screen_tabs_open(&state, width) != screen_tabs_open(&app->view, width);
    if (drawer) {
        app->view.drawer_open = open;
    } else {
        app->view.tabs_hidden = !open;
    }
    app->stale = true;
}

void panel_toggle_tabs(struct app *app)
{
    open_tabs(app, !screen_tabs_open(&app->view, app_page(app).x));
}

void panel_choose_tab(struct app *app, int tab)
{
    app->view.tab = tab;
    app->view.tab_follows = false;
    open_tabs(app, true);
}

void panel_scroll(struct app *app, struct point at, float points)
{
    const struct screen_regions regions = app_regions(app);
    const struct view view = app_view(app, 0, 0);
    const struct screen_tab *const tab = screen_tab_at(screen_tab_shown(&view));

    if (rect_holds(regions.tabs, at) && tab && tab->scroll != NO_SCROLL) {
        float *const scroll = (float *)(void *)((char *)&app->view + tab->scroll);
        *scroll = fmaxf(*scroll + points, 0);
        app->stale = true;
    }
}
