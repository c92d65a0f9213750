/* The tabs under the stage: their heads, and the view of the chosen one. A tab is a row. */

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "render/ledger/chain.h"
#include "render/lesson/consent.h"
#include "render/screen.h"

static const float HEAD = 2.2f; /* em */

static const struct screen_tab table[] = {
    { BUTTON_TAB_LEDGER, WORD("How it is computed"), view_ledger,
      offsetof(struct view_state, ledger_scroll), 4 },
    { BUTTON_TAB_TENSOR, WORD("Tensor"), view_tensor_tab, NO_SCROLL, 4 },
    { BUTTON_TAB_CURVE, WORD("Curve"), view_training, NO_SCROLL, 7.4f },
    { BUTTON_TAB_OUTPUT, WORD("Output"), view_output, offsetof(struct view_state, output_scroll),
      4 },
};

const struct screen_tab *screen_tab_at(int index)
{
    const int count = sizeof(table) / sizeof(table[0]);

    return index >= 0 && index < count ? &table[index] : NULL;
}

/* Whether the curve is what there is to see beside the stage: in a training, and after it where the step has no
 * gradient to be written out. */
static bool curve_called_for(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const struct trace_backward *const last = trace_last_backward_at(run->trace, run->moment);
    const uint32_t turn = last ? stops_training_at(run->stops, last->born) : NO_ITERATION;
    const bool trained = turn != NO_ITERATION && stops_iteration(run->stops, turn)->number > 1;

    if (view->state->selected.kind != TARGET_NONE || !view_curve_offered(view)) {
        return false;
    }
    return stage_trains(view) || (trained && view_curve_tells(view) &&
                                  !trace_tensor(run->trace, chain_subject(run, view->state)));
}

int screen_tab_shown(const struct view *view)
{
    enum { LEDGER, TENSOR, CURVE };
    const enum stage_kind stage = stage_shown(view);

    if (!view->state->tab_follows) {
        return view->state->tab;
    }
    if (stage != STAGE_PLOTS && curve_called_for(view)) {
        return CURVE;
    }
    return stage == STAGE_TENSOR ? TENSOR : LEDGER;
}

float screen_tab_head(const struct type_scale *type)
{
    return type->text * HEAD;
}

static bool is_hot(const struct view *view, enum screen_button id)
{
    return view->state->hovered.kind == TARGET_COMMAND && view->state->hovered.id == (int64_t)id;
}

/* Returns its right edge. */
static float draw_head(const struct view *view, const struct screen_tab *tab, bool chosen,
                       struct rect head, struct scene *scene)
{
    const float size = view->type.text;
    const char *const label = view_word(view, tab->label);
    const float w =
        fonts_measure(view->fonts, TYPE_UI_BOLD, label, strlen(label)) * size + 2 * size;
    const struct rect box = { head.x, head.y, w, head.h };
    const bool hot = is_hot(view, tab->button);

    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = tab->button },
                                      .bounds = box,
                                      .title = label });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = label,
                                    .role = chosen ? TYPE_UI_BOLD : TYPE_UI,
                                    .size = size,
                                    .ink = chosen || hot ? INK_TEXT : INK_TEXT_SECOND,
                                    .align = ALIGN_CENTRE });
    if (chosen) {
        scene_rect(scene, &(struct draw_rect){
                              .rect = { box.x + size / 2, box.y + box.h - 3, w - size, 3 },
                              .fill = INK_FORWARD });
    }
    scene_group_end(scene);
    return box.x + w;
}

/* Opens and closes the panel: an arrow in the direction in which its edge will go. */
static void draw_opener(const struct view *view, bool open, struct rect head, struct scene *scene)
{
    const float size = view->type.text, half = size * 0.36f, rise = open ? half / 2 : -half / 2;
    const struct rect box = { head.x + head.w - 2.4f * size, head.y, 2.4f * size, head.h };
    const struct point middle = { box.x + box.w / 2, box.y + box.h / 2 };
    const struct point arrow[] = { { middle.x - half, middle.y - rise },
                                   { middle.x, middle.y + rise },
                                   { middle.x + half, middle.y - rise } };

    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = BUTTON_TABS },
                                      .bounds = box,
                                      .title = view_word(view, "Show or hide this panel") });
    scene_path(scene, &(struct draw_path){ .points = arrow,
                                           .count = 3,
                                           .stroke = is_hot(view, BUTTON_TABS) ? INK_TEXT
                                                                               : INK_TEXT_SECOND,
                                           .width = fmaxf(1.5f, size * 0.11f) });
    scene_group_end(scene);
}

void view_tabs(const struct view *view, struct rect area, struct scene *scene)
{
    const bool open = screen_tabs_open(view->state, scene->width);
    const int shown = screen_tab_shown(view);
    const float height = fminf(screen_tab_head(&view->type), area.h);
    const struct rect row = { area.x, area.y, area.w, height };
    const struct rect body = { area.x, area.y + height, area.w, area.h - height };
    struct rect head = { area.x + view->type.text / 2, area.y, area.w, height };

    scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){ .rect = { area.x, area.y, area.w, 1 },
                                           .fill = INK_PANEL_LINE });
    for (int i = 0; screen_tab_at(i); i++) {
        const bool chosen = open && shown == i;
        head.x = draw_head(view, screen_tab_at(i), chosen, head, scene);
    }
    draw_opener(view, open, row, scene);
    const float opener = 2.4f * view->type.text;
    view_box_state(view, (struct rect){ head.x, row.y, row.x + row.w - opener - head.x, row.h },
                   scene);
    if (open && screen_tab_at(shown)) {
        scene_clip(scene, body);
        screen_tab_at(shown)->draw(view, body, scene);
        scene_clip_end(scene);
    }
}
