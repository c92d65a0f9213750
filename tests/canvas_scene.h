#pragma once
/* A scene with everything that canvases draw, for test_canvas.c and test_canvas_files.c. */

#include "tests/test.h"

#include "render/canvas/canvas.h"

/* Everything that can be drawn, at several layers. */
static inline void draw_all(struct scene *scene)
{
    const struct point curve[] = { { 5, 40 }, { 25, 5 }, { 40, 60 }, { 60, 20 } };
    scene_rect(scene,
               &(struct draw_rect){ .rect = { 8, 8, 40, 30 }, .radius = 8, .fill = INK_SHADOW });
    scene_rect(scene, &(struct draw_rect){ .rect = { 8, 8, 40, 30 },
                                           .radius = 8,
                                           .fill = INK_CARD,
                                           .stroke = INK_LOSS,
                                           .doubled = true });
    scene_clip(scene, (struct rect){ 4, 4, 50, 50 });
    scene->layer = LAYER_MOVING;
    scene_path(scene, &(struct draw_path){ .points = curve,
                                           .count = 4,
                                           .curves = true,
                                           .stroke = INK_BACKWARD,
                                           .width = 3,
                                           .dashed = true,
                                           .head_start = 9 });
    scene_clip_end(scene);
    scene->layer = LAYER_OVERLAY;
    scene_rect(scene, &(struct draw_rect){ .rect = { 30, 44, 26, 14 },
                                           .radius = 7,
                                           .fill = INK_SELECTION_SOFT,
                                           .stroke = INK_SELECTION,
                                           .dashed = true,
                                           .alpha = 0.7f });
    scene_text(scene, &(struct draw_text){ .at = { 12, 26 },
                                           .bytes = "∂y ế",
                                           .size = 14,
                                           .ink = INK_TEXT,
                                           .halo = true,
                                           .strike = true });
}

static inline struct fonts *best_fonts(void)
{
    struct fonts *fonts = fonts_create(NULL);
    return fonts ? fonts : fonts_create_fixed();
}
