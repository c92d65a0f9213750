#pragma once
/* What is to be written of a lesson: pictures, pages, a film or a worksheet. */

#include "app/export/deck.h"
#include "app/export/film.h"
#include "app/export/picture.h"

struct export_job {
    struct picture_options picture;
    const char *path; /* of the lesson */
    const char *output;
    /* For the output: made if it is not there, and not left empty. NULL: nothing is made. */
    const char *folder;
    bool copied;     /* onto the clipboard: one picture, for which `output` is not asked */
    bool all, check; /* all: more than one step */
    bool worksheet;
    struct leave leave;
    enum deck_grain grain;
    enum film_pass pass;
    const struct page *page; /* the step, as it is in the window; NULL: what follows says which */
    long step;               /* from 1; 0: the last */
    bool by_address;
    struct moment_address address;
};

/* Writes what was asked for of a run that has ended. */
bool export_job_write(const struct page_tools *tools, struct session *session,
                      const struct export_job *job, struct error *err);
/* Puts it onto the clipboard instead. */
bool export_job_copy(const struct page_tools *tools, struct session *session,
                     const struct export_job *job, struct error *err);
