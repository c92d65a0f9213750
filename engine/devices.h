#pragma once
/* The devices beside the CPU. They come out of a plug-in (engine/backend.h), which is opened when
 * somebody first asks for one: who never asks pays nothing.
 *
 *     devices_offer(engine, &(struct device_source){ .plugin = path });
 *     ...
 *     if (devices_count(engine) == 0) { puts(devices_why(engine)); } */

#include "engine/engine.h"

/* Before anybody asks. A backend that engine_take_backend was given counts as well. */
void devices_offer(struct engine *engine, const struct device_source *source);

/* How many CUDA devices there are. Opens all that the plug-in has at the first call, and tells the
 * observer that somebody asked. */
int devices_count(struct engine *engine);

/* Whether somebody has asked; nothing is opened. */
bool devices_asked(const struct engine *engine);

/* Why there is none, as a sentence; "" before the first call of devices_count, and where there are some. */
const char *devices_why(const struct engine *engine);

/* Device `index`, or NULL. */
struct backend *devices_find(struct engine *engine, int index);
