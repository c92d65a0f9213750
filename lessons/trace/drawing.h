#pragma once
/* Python's packages that draw curves. No lesson has them, since Gradlight draws by itself: the runner says so
 * where an import fails, and the screen in its own language. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether a module ("matplotlib.pyplot") is one of them, or a part of one. */
static inline bool module_draws(const char *name)
{
    static const char *const packages[] = { "matplotlib", "seaborn", "plotly", "bokeh" };

    for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
        const size_t length = strlen(packages[i]);
        if (strncmp(name, packages[i], length) == 0 &&
            (name[length] == '.' || name[length] == '\0')) {
            return true;
        }
    }
    return false;
}
