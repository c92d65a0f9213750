#pragma once
/* Pictures that follow each other as an animated GIF. A GIF knows 255 colours and one that lets the last
 * picture through: the theme's own are among them, the others are found among those of the pictures, so
 * these are shown twice.
 *
 *     gif_look(gif, pixels);                   of each picture, or of those that have all colours
 *     gif_begin(gif, put, owner, &err);
 *     gif_frame(gif, pixels, 5, &err);         each picture, and for how long
 *     gif_finish(gif, &err);
 */

#include "engine/base/error.h"
#include "render/theme.h"

struct gif;

/* Pictures are 32-bit XRGB, `width` times `height`. */
struct gif *gif_create(int width, int height, const struct theme *theme);
void gif_look(struct gif *gif, const uint32_t *pixels);

/* `put` takes bytes; false with the reason when none can be taken. */
bool gif_begin(struct gif *gif, void (*put)(void *owner, const char *bytes, size_t length),
               void *owner, struct error *err);
/* Only what changed is written. */
bool gif_frame(struct gif *gif, const uint32_t *pixels, int hundredths, struct error *err);
bool gif_finish(struct gif *gif, struct error *err);
/* Frees it, finished or not. */
void gif_destroy(struct gif *gif);
