#pragma once
/* What the lesson asks the user for, in a bar under the title: a question that waits without being in the
 * way. */

#include "render/view.h"

enum consent_kind {
    CONSENT_FOLDER,        /* to read what lies beside it */
    CONSENT_FOLDER_SHARED, /* the same, where more lies than lessons: it cannot have it */
    CONSENT_GPU,
};

struct consent_page {
    enum consent_kind kind;
    const char *folder; /* where the lesson lies, as people write it: ~/lessons */
};

/* The height that the bar needs at that width. */
float view_consent_height(const struct view *view, float width);
void view_consent(const struct view *view, struct rect bar, struct scene *scene);
/* What it says, in the interface's language. */
const char *view_consent_text(const struct view *view);
