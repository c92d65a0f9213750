#pragma once
/* What the plots of a training have to ask the runner for, and the race that is seen there. */

#include "app/session/session.h"
#include "render/plots/landscape.h"

struct app;

/* Of the window: which questions were put, and how the race goes on. */
struct plots {
    uint32_t asked_run;         /* the run whose landscape was asked for */
    uint32_t fit_moment;        /* whose regions were asked for */
    bool race_wanted;           /* as soon as its landscape is there */
    double race_lr;             /* 0: the lesson's */
    struct landscape_wish wish; /* how far the landscape goes, and over which numbers */
    size_t races;               /* answers seen so far */
    bool racing;                /* the race is being watched, ... */
    double race_since;          /* ... since then */
    uint32_t race_moment;       /* where the player stood when it began: a step ends it */
};

/* A turn of the window: asks for a landscape that nobody has to ask for, moves the race. */
void plots_turn(struct app *app);
/* How long nothing will happen by itself; negative: for ever. */
double plots_patience(const struct app *app);

/* The loss over its two parameters, where it has no others, and waits for the answer. The session was
 * opened with `stays` and has ended. */
void plots_ask_surface(struct session *session);
/* A race on the landscape that was asked for, at that learning rate or, 0, at the lesson's. */
void plots_ask_race(struct session *session, double rate);
/* Regions of classes at the moment, where there are some, in the same way. */
void plots_ask_fit(struct session *session, uint32_t moment);

/* Commands. */
void run_plot(struct app *app);
void run_series(struct app *app);
void run_plot_fit(struct app *app);
void run_plot_landscape(struct app *app);
void run_landscape_wider(struct app *app);
void run_landscape_closer(struct app *app);
void run_landscape_across(struct app *app);
void run_landscape_upwards(struct app *app);
void run_race(struct app *app);
void run_race_faster(struct app *app);
void run_race_slower(struct app *app);
