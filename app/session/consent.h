#pragma once
/* What the user lets a lesson do besides computing: read the folder that it lies in, use the GPU. Asked in
 * a bar once a run has been refused it; then the lesson is run again and comes back at its moment. What is
 * always allowed stands in the settings, by folder ("read.…") or lesson ("gpu.…"). */

#include "app/session/session.h"

struct app;
struct consent_page;

struct consent {
    /* The run whose refusals were counted, and what it was refused. */
    const struct session *of;
    uint32_t run;
    size_t seen;
    bool folder, gpu, box;
    bool explained; /* what the box is, is on show */
    bool closed;    /* the user wants none of it for the lesson on show */
    uint32_t read;  /* the run of which the user knows what ended it */
};

/* What is always allowed to that lesson, into options with nothing allowed. */
void consent_options(const struct app *app, const char *path, struct session_options *options);
/* Another lesson is on show. */
void consent_forget(struct app *app);
/* Looks what the run was refused since the last call. */
void consent_turn(struct app *app);

/* What is asked now; NULL: nothing. In the frame's memory. */
const struct consent_page *consent_page(struct app *app);

/* Answers; each runs the lesson again if that changes what it may do. */
void consent_allow(struct app *app);
void consent_allow_always(struct app *app);
void consent_refuse(struct app *app);
/* Takes back what was allowed, for ever. */
void consent_revoke(struct app *app);
/* Closes all files to lessons, or opens them again, where the kernel lacks Landlock; remembered. */
void consent_strict(struct app *app);
/* Says what the run's box is, or no longer. */
void consent_explain(struct app *app);
