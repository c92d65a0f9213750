#pragma once
/* What the pointer does to the graph on the stage: its camera, its boxes, the small map. */

#include "app/app.h"

/* Opens or closes the box with that key (TARGET_FOLD). It stays where it is on the page: until the new
 * layout is there the camera holds the old one, then stage_keep_anchor moves it. */
void stage_fold(struct app *app, int64_t key);
void stage_keep_anchor(struct app *app);

/* The stage shows what is at that point of the small map. */
void stage_go_on_map(struct app *app, struct point to);
/* The graph follows the pointer from app->drag to there, as soon as that is more than a shaky click. */
void stage_pan(struct app *app, struct point to);
/* The point under the pointer stays where it is. */
void stage_zoom(struct app *app, struct point at, float factor);
