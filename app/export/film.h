#pragma once
/* Steps as a film: each moves as it does on the screen, then rests so that it can be read. An animated GIF,
 * or by ffmpeg, where that is installed, an MP4. */

#include "app/export/deck.h"
#include "app/export/progress.h"

enum film_kind { FILM_GIF, FILM_MP4 };

struct film_options {
    enum film_kind kind;
    struct page_look look;
    struct progress *progress;
};

enum film_pass { PASS_BACKWARD, PASS_FORWARD };

/* Appends the steps of a pass around the moment: the backward pass that it lies in or that comes next, else
 * the last; or the operations that lead to that. False when the lesson has no backward pass. */
bool film_fill(struct deck *deck, const struct session *session, enum film_pass pass,
               uint32_t moment, struct error *err);

/* False when it cannot be written or was stopped. */
bool film_write(const struct page_tools *tools, struct session *session, const struct deck *deck,
                const struct film_options *options, const char *path, struct error *err);
