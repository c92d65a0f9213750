#pragma once
/* What a call gives in several parts, taken apart where it is assigned: "out, (h, c) = lstm(x)". */

#include "render/view.h"

struct unpacked {
    const char *statement; /* "" where the expression is not taken apart */
    const char *
        parts; /* "out (2, 4, 3), h (1, 2, 3), c (1, 2, 3)", as far as names are bound at the moment */
};
struct unpacked unpacked_at(const struct run_view *run, const struct trace_op *op,
                            struct arena *arena);
