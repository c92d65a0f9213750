#pragma once
/* What the plots of a training share: headings, empty states, and the choice between plots. */

#include "render/view.h"

/* The heading of a plot; exploring, the choice of plots stands at its right. */
void plot_panel_head(const struct view *view, struct rect row, const char *text,
                     struct scene *scene);

/* The same without it. */
void plot_panel_title(const struct view *view, struct rect row, const char *text,
                      struct scene *scene);

/* A sentence in place of a plot, on as many lines as it needs. */
void plot_panel_say(const struct view *view, struct rect area, const char *text,
                    struct scene *scene);

/* Whether the rectangle lies in `room` and touches none of those that are taken. */
bool plot_panel_is_free(struct rect rect, struct rect room, const struct rect *taken, size_t count);

/* What stands there can be pressed as that button (enum screen_button); `title` is a word of the
 * interface. */
void plot_panel_choice(const struct view *view, struct rect at, int button, const char *title,
                       struct scene *scene);
