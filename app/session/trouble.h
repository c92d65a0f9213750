#pragma once
/* What went wrong with a run or a trace, for the window: session_trouble in the interface's language. */

#include "engine/base/arena.h"
#include "render/words.h"

/* The sentence, in `arena` or lent; as it is where it has no translation. */
const char *trouble_in(const struct words *words, enum language language, const char *trouble,
                       struct arena *arena);
