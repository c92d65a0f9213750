#pragma once
/* Dotted names where there is little room: what they end with tells them apart. */

#include "engine/base/arena.h"
#include "render/text/text.h"

/* A name that is wider than so many em without what it begins with, if the rest has room: "…weight = 3" of
 * "model.linear.weight = 3"; else the text itself. In the arena. */
const char *path_text(struct fonts *fonts, enum type_role role, const char *text, float em,
                      struct arena *arena);
