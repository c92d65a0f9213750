/* A training: the curve of its loss, and beside it what the run has to show of it. */

#include "render/plots/fit.h"
#include "render/plots/landscape.h"
#include "render/screen.h"

static const struct {
    bool (*offered)(const struct run_view *run);
    void (*draw)(const struct view *view, struct rect area, struct scene *scene);
    const char *(*title)(const struct view *view, struct rect bounds, struct point at);
} kinds[PLOT_KINDS] = {
    [PLOT_FIT] = { fit_offered, view_fit, view_fit_title },
    [PLOT_LANDSCAPE] = { landscape_offered, view_landscape, view_landscape_title },
};

bool plot_offered(const struct view *view, enum plot_kind kind)
{
    return kinds[kind].offered && kinds[kind].offered(&view->runs[0]);
}

/* A slice of a loss over many numbers is shown when it is asked for, the landscape of two by itself. */
static bool comes_by_itself(const struct view *view, enum plot_kind kind)
{
    return kind != PLOT_LANDSCAPE || landscape_is_exact(&view->runs[0]);
}

enum plot_kind plot_shown(const struct view *view)
{
    const enum plot_kind chosen = view->state->plot;

    if (chosen == PLOT_NONE || (chosen != PLOT_AUTO && plot_offered(view, chosen))) {
        return chosen;
    }
    for (enum plot_kind kind = PLOT_AUTO; kind < PLOT_KINDS; kind++) {
        if (plot_offered(view, kind) && comes_by_itself(view, kind)) {
            return kind;
        }
    }
    return PLOT_NONE;
}

const char *view_place_title(const struct view *view, struct target place, struct rect bounds,
                             struct point at)
{
    const bool known = place.id > PLOT_AUTO && place.id < PLOT_KINDS && kinds[place.id].title;

    return known ? kinds[place.id].title(view, bounds, at) : "";
}

void view_training(const struct view *view, struct rect area, struct scene *scene)
{
    static const float least_width = 46, least_height = 9;
    const enum plot_kind kind = plot_shown(view);
    const float size = view->type.caption, half = area.w / 2;
    const struct rect left = { area.x, area.y, half, area.h };
    const struct rect right = { area.x + half, area.y, half, area.h };

    if (kind == PLOT_NONE || area.w < size * least_width || area.h < size * least_height) {
        view_curve(view, area, scene);
        return;
    }
    scene_clip(scene, left);
    kinds[kind].draw(view, left, scene);
    scene_clip_end(scene);
    scene_rect(scene, &(struct draw_rect){ .rect = { right.x, area.y + size / 2, 1, area.h - size },
                                           .fill = INK_PANEL_LINE });
    scene_clip(scene, right);
    view_curve(view, right, scene);
    scene_clip_end(scene);
}
