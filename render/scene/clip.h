#pragma once
/* What clips leave of a scene at one of its commands. */

#include "render/scene/scene.h"

/* The part of the page where draws[index] can be seen. */
struct rect scene_room_at(const struct scene *scene, size_t index);
