#pragma once
/* An export beside the window, which goes on meanwhile: a copy of this process does it, from what is in
 * memory, so that numbers changed in a lesson are in its pictures. Stopped or killed it leaves nothing
 * unfinished.
 *
 *     task = task_start(app, session, &job, &err);
 *     task_poll(task, &state) again and again, until it is no longer running
 *     task_destroy(task);
 */

#include "app/export/job.h"
#include "app/paths.h"

struct app;
struct task;

struct task_state {
    bool running, good;
    bool stopped;         /* asked to, it has: not good either */
    size_t done, count;   /* pages; count 0: not known yet */
    char said[PATH_SIZE]; /* when it has ended: its path, or why not */
};

/* `job` is read before it returns. NULL with the reason when no process can be had. */
struct task *task_start(const struct app *app, struct session *session,
                        const struct export_job *job, struct error *err);
/* Does not wait. */
void task_poll(struct task *task, struct task_state *state);
/* Asks it to stop; it ends soon. */
void task_stop(struct task *task);
/* Ends it, if it has not. NULL is allowed. */
void task_destroy(struct task *task);
