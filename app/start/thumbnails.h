#pragma once
/* Small pictures of lessons, drawn from the lessons themselves: one after another is run in the
 * background, as far as it gets in a few seconds, and what its stage shows becomes a scene. */

#include "app/paths.h"
#include "render/scene/scene.h"
#include "render/words.h"

struct fonts;
struct thumbnails;

struct thumbnails_tools {
    const struct paths *paths;
    struct fonts *fonts;
    const struct words *words;
};

struct thumbnails *thumbnails_create(const struct thumbnails_tools *tools);
void thumbnails_destroy(struct thumbnails *thumbnails);

/* The picture of a lesson in that language; NULL while there is none. The first time it is asked for it
 * is put in the queue. Lent until thumbnails_destroy. */
const struct scene *thumbnails_of(struct thumbnails *thumbnails, const char *path,
                                  enum language language);

/* Works on the queue for a moment. True when a picture was finished. */
bool thumbnails_turn(struct thumbnails *thumbnails, double now);
/* Seconds until it wants another turn; negative: nothing to do. */
double thumbnails_patience(const struct thumbnails *thumbnails);
