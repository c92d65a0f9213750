#include "app/export/slide.h"

#include <string.h>

/* A slide is 13⅓ inches wide in every program. */
static const struct {
    const char *name;
    float width;
} sizes[] = { [SLIDE_NONE] = { "", 960 },
              [SLIDE_FULL] = { "full", 960 },
              [SLIDE_HALF] = { "half", 480 },
              [SLIDE_THIRD] = { "third", 320 } };
static const float HEIGHT = 540;

/* A graph may have room for it at a hundredth less: 18 then. */
static const float LEAST = 18.2f;

bool slide_find(enum slide_size *out, const char *name, struct error *err)
{
    for (enum slide_size size = SLIDE_FULL; size <= SLIDE_THIRD; size++) {
        if (strcmp(sizes[size].name, name) == 0) {
            *out = size;
            return true;
        }
    }
    return error_set_kind(err, ERROR_VALUE, "there is no slide %s; choose full, half or third",
                          name);
}

struct point slide_page(enum slide_size size)
{
    return (struct point){ sizes[size].width, HEIGHT };
}

struct type_scale slide_type(bool captions)
{
    return (struct type_scale){
        .value = 28, .sentence = 22, .text = LEAST, .caption = captions ? LEAST : LEAST * 0.75f
    };
}
