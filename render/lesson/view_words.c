/* A page of narrative, for files that tell a whole lesson: where the lesson speaks there is nothing else to
 * show. */

#include <math.h>

#include "render/screen.h"
#include "render/text/markdown.h"

static const float SMALLER = 0.95f, LEAST = 0.55f; /* of a caption: the longest cells still fit */

/* As large as the sentence's type if it fits, else smaller; around the middle, a little above it. */
void view_words(const struct view *view, const char *text, size_t length, struct rect area,
                struct scene *scene)
{
    const float side = area.w * 0.08f, foot = area.h * 0.08f;
    const struct rect inner = { area.x + side, area.y + foot, area.w - 2 * side,
                                area.h - 2 * foot };
    struct view set = *view;
    float height;

    set.type.text = view->type.sentence;
    while ((height = markdown_draw(&set, text, length, inner, NULL)) > inner.h &&
           set.type.text * SMALLER >= view->type.caption * LEAST) {
        set.type.text *= SMALLER;
    }
    markdown_draw(
        &set, text, length,
        (struct rect){ inner.x, inner.y + fmaxf(inner.h - height, 0) * 0.4f, inner.w, inner.h },
        scene);
}
