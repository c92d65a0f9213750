#pragma once
/* A frame as a small schematic: its cards as boxes without text, where a plain layout puts them. Private
 * to the film strip. */

#include "render/film/cards.h"

/* Into that box of the page; cards that are alone carry a plus. */
void film_thumb(const struct view *view, const struct film_cards *cards, struct rect box,
                struct scene *scene);
