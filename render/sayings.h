#pragma once
/* Sentences that are made in English where nobody knows the interface's language - by the runner, within
 * a trace; by a reader of files; by the system - in that language. They are known by their patterns, so
 * that a trace says the same to everybody and is shown to each in their own language. */

#include "engine/base/arena.h"
#include "render/words.h"

/* What went wrong with a run, a trace or a file: an error's text, session_trouble. With what the system
 * said of it. In `arena` or lent; as it is where there are no words for it. */
const char *trouble_in(const struct words *words, enum language language, const char *trouble,
                       struct arena *arena);

/* What the box said to a lesson, which may stand in a record `denied`, `error` or `failed`; any other text
 * of a trace is the lesson's own and stays as it is. */
const char *refusal_in(const struct words *words, enum language language, const char *text,
                       struct arena *arena);
