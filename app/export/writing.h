#pragma once
/* Something that is being written or copied beside the window: the window tells how far it is once that takes
 * longer than a second, and how it ended. */

#include "engine/base/error.h"

struct app;
struct export_job;
struct task;

/* Zero: nothing is. */
struct writing {
    struct task *task;
    bool copied;        /* onto the clipboard */
    double began, told; /* on the app's clock */
};

/* Of what is in memory now; the job is read before it returns. False with the reason when it cannot begin. */
bool writing_start(struct app *app, struct writing *writing, const struct export_job *job,
                   struct error *err);
/* Time passes. */
void writing_turn(struct app *app, struct writing *writing);
/* Asks it to stop; false when nothing goes on. */
bool writing_stop(struct writing *writing);
/* The program ends: so does it. */
void writing_finish(struct writing *writing);
