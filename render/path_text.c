#include "render/path_text.h"

#include <ctype.h>
#include <string.h>

/* How much of it is a dotted path: "self.linear" of "self.linear(x)". */
static size_t path_length(const char *text)
{
    size_t length = 0;

    while (isalnum((unsigned char)text[length]) || text[length] == '_' || text[length] == '.') {
        length++;
    }
    return isdigit((unsigned char)text[0]) ? 0 : length;
}

static bool fits(struct fonts *fonts, enum type_role role, const char *text, float em)
{
    return fonts_measure(fonts, role, text, strlen(text)) <= em;
}

const char *path_text(struct fonts *fonts, enum type_role role, const char *text, float em,
                      struct arena *arena)
{
    const size_t path = path_length(text);

    if (fits(fonts, role, text, em)) {
        return text;
    }
    for (size_t i = 0; i + 1 < path; i++) {
        const char *const less = text[i] == '.' ? arena_format(arena, "…%s", text + i + 1) : NULL;
        if (less && fits(fonts, role, less, em)) {
            return less;
        }
    }
    return text;
}
