#pragma once
/* What `gradlight export` was asked for, and doing it. */

#include "app/export/deck.h"
#include "app/export/film.h"
#include "app/export/picture.h"

struct export_job {
    struct picture_options picture;
    const char *path; /* of the lesson */
    const char *output;
    bool all, check; /* all: more than one step */
    bool worksheet;
    struct leave leave;
    enum deck_grain grain;
    enum film_pass pass;
    long step; /* from 1; 0: the last */
    bool by_address;
    struct moment_address address;
};

/* The exit status. */
int export_job_run(struct export_job *job);
