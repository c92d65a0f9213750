#pragma once
/* Buttons of the bars: a plate with a word, or with a small picture that the caller draws. */

#include "render/screen.h"

struct button {
    enum screen_button id;
    const char *label; /* translated */
    bool filled;
};

float button_width(const struct view *view, const char *label);
/* Between two buttons. */
float button_gap(const struct view *view);
/* The box of a button of that width at x in a bar. */
struct rect button_box(const struct view *view, float x, float width, struct rect bar);
bool button_hot(const struct view *view, enum screen_button id);

void button_plate(const struct view *view, enum screen_button id, bool filled, struct rect box,
                  struct scene *scene);
/* Plate, word and target, at x in the bar. */
void button_draw(const struct view *view, const struct button *button, float x, struct rect bar,
                 struct scene *scene);
