#pragma once
/* A lesson as one HTML file: its pages as pictures that are stepped through, in both languages, with fonts,
 * style and script inside. It asks no network for anything, and works with keyboard, finger and screen
 * reader; without a script every step stands there as text. */

#include "app/export/deck.h"
#include "app/export/progress.h"

struct html_options {
    struct page_look look; /* its language is the one that the file opens with */
    struct deck_plan plan;
    bool notes; /* with the speaker's notes */
    struct progress *progress;
};

/* False when it cannot be written, or was stopped. */
bool html_write(const struct page_tools *tools, struct session *session,
                const struct html_options *options, const char *path, struct error *err);
