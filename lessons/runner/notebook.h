#pragma once
/* Jupyter notebooks (nbformat 4) and lessons: one is turned into the text of the other. All else works on
 * scripts, so that a notebook behaves as the script it stands for. */

#include "engine/base/error.h"
#include "engine/base/text.h"
#include "lessons/runner/cells.h"

/* Whether the bytes begin as a notebook does. */
bool notebook_is(const char *bytes, size_t length);

/* Appends the notebook as a percent-format script: code, narrative, raw cells and what a lesson knows of
 * their metadata. Outputs are left out. False, with what is wrong, for what is no notebook of version 4. */
bool notebook_to_script(const char *bytes, size_t length, struct text *out, struct error *err);

/* Appends the lesson as a notebook (nbformat 4.5). `lang` not NULL: without the narrative of other
 * languages. Speaker's notes are left out: this is what students take home. */
void notebook_from_lesson(const struct lesson *lesson, const char *lang, struct text *out);
