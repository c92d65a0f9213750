/* Commands: while presenting. */

#include "app/command/run.h"

#include "app/app.h"
#include "app/present/overview.h"
#include "app/present/pointer.h"
#include "app/present/present.h"
#include "app/present/presenter.h"

/* ---- what the class sees ----------------------------------------------------------------- */

/* Exploring, nobody looks at a projector. */
static void blank(struct app *app, enum screen_blank blank)
{
    if (app->view.mode == SCREEN_PRESENT) {
        present_blank(app, blank);
    }
}

void run_blank(struct app *app)
{
    blank(app, BLANK_BLACK);
}

void run_blank_white(struct app *app)
{
    blank(app, BLANK_WHITE);
}

void run_freeze(struct app *app)
{
    presenter_freeze(app);
}

/* ---- what follows the pointer ------------------------------------------------------------ */

void run_pointer_off(struct app *app)
{
    pointer_put_away(app);
}

void run_spotlight(struct app *app)
{
    pointer_take(app, POINTER_SPOTLIGHT);
}

void run_pen(struct app *app)
{
    pointer_take(app, POINTER_PEN);
}

void run_lens(struct app *app)
{
    pointer_take(app, POINTER_LENS);
}

void run_wipe(struct app *app)
{
    pointer_wipe(app);
}

/* ---- the presenter's own ----------------------------------------------------------------- */

void run_overview(struct app *app)
{
    overview_toggle(app);
}

/* Exploring, there is nobody to be presented to. */
void run_notes(struct app *app)
{
    if (app->view.mode == SCREEN_PRESENT) {
        presenter_toggle(app);
    }
}

void run_swap(struct app *app)
{
    presenter_swap(app);
}

void run_timer(struct app *app)
{
    presenter_time(app);
}

void run_timer_anew(struct app *app)
{
    presenter_time_anew(app);
}
