/* The phases of training as chips, in the order of the lesson's loop. */
#include <string.h>

#include "render/screen.h"
#include "render/timeline/phases.h"

static const float CHIP_EM = 1.45f; /* height */
static const float PAD_EM = 0.55f, GAP_EM = 0.35f, RIM_EM = 0.3f;

static float chip_width(const struct view *view, const char *label)
{
    const float size = view->type.caption;

    return size * (fonts_measure(view->fonts, TYPE_UI_BOLD, label, strlen(label)) + 2 * PAD_EM);
}

static void draw_chip(const struct view *view, struct rect box, enum stop_phase phase, bool current,
                      struct scene *scene)
{
    const float size = view->type.caption;
    const enum ink ink = phase_ink(phase);

    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = box.h / 2,
                                           .fill = current ? ink : INK_NONE,
                                           .stroke = current ? ink : INK_PANEL_LINE,
                                           .width = size * 0.07f });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = phase_word(view->words, view->state->language, phase),
                                    .role = TYPE_UI_BOLD,
                                    .size = size,
                                    .ink = current ? INK_TEXT_ON_ACCENT : INK_TEXT_SECOND,
                                    .align = ALIGN_CENTRE });
}

/* The first chip to show, so that the current one fits the width. */
static size_t first_chip(const struct view *view, const enum stop_phase *order, size_t count,
                         enum stop_phase current, float width)
{
    size_t now = 0, first = 0;
    float used = 0;

    while (now + 1 < count && order[now] != current) {
        now++;
    }
    now = order[now] == current ? now : 0;
    for (size_t i = now + 1; i-- > 0;) {
        used += chip_width(view, phase_word(view->words, view->state->language, order[i])) +
                GAP_EM * view->type.caption;
        if (used > width) {
            break;
        }
        first = i;
    }
    return used > width ? first : 0;
}

float view_phases(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *const run = &view->runs[0];
    const uint32_t iteration = stops_training_at(run->stops, run->moment);
    const float size = view->type.caption, height = CHIP_EM * size;
    enum stop_phase order[PHASE_COUNT];

    if (iteration == NO_ITERATION || area.w <= 0) {
        return 0;
    }
    const size_t count = stops_phase_order(run->stops, iteration, order);
    const enum stop_phase current = stops_phase_at(run->stops, run->moment);
    const float left = area.x + view->type.sentence * 0.5f, right = area.x + area.w - RIM_EM * size;
    float x = left;
    for (size_t i = first_chip(view, order, count, current, right - left); scene && i < count;
         i++) {
        const char *const label = phase_word(view->words, view->state->language, order[i]);
        const struct rect box = { x, area.y + RIM_EM * size * 0.5f, chip_width(view, label),
                                  height };
        if (box.x + box.w > right) {
            break;
        }
        draw_chip(view, box, order[i], order[i] == current, scene);
        x += box.w + GAP_EM * size;
    }
    return count > 0 ? height + RIM_EM * size : 0;
}
