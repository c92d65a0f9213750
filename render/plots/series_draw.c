#include "render/plots/series_draw.h"

#include <math.h>
#include <string.h>

#include "render/scene/mark.h"

void series_draw(const struct view *view, const struct plot *plot, const struct series *series,
                 size_t count, size_t index, struct scene *scene)
{
    struct point *const points = arena_allocate(view->arena, count + 1, sizeof(*points));
    const enum ink ink = (enum ink)(INK_RACER_0 + (int)(index % 5));
    const float size = view->type.caption;
    size_t drawn = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = series->values[i];
        if (isfinite(value) && (!plot->y.logarithmic || value > 0)) {
            const struct point at = plot_at(plot, (double)i + 1, value);
            const bool near = drawn > 0 && fabsf(at.x - points[drawn - 1].x) < 0.7f;
            drawn -= near && i + 1 < count && drawn > 1;
            points[drawn++] = at;
        }
    }
    if (drawn == 0) {
        return;
    }
    scene_path(scene, &(struct draw_path){ .points = points,
                                           .count = drawn,
                                           .stroke = ink,
                                           .width = 2,
                                           .dashed = index % 2 == 1 });
    const struct point end = points[drawn - 1];
    mark_draw(&(struct mark){ .shape = (enum mark_shape)(index % MARK_SHAPES),
                              .at = end,
                              .radius = size * 0.32f,
                              .ink = ink },
              scene);
}

float series_names(const struct view *view, const struct series *series, size_t count, size_t first,
                   struct rect row, struct scene *scene)
{
    const float size = view->type.caption;
    float right = row.x + row.w;
    for (size_t i = count; i-- > 0;) {
        const char *const name = series[i].name;
        const size_t index = first + i;
        const float w = fminf(fonts_measure(view->fonts, TYPE_UI, name, strlen(name)) * size,
                              size * (count == 1 ? 14 : 8));
        if (right - w - size * 1.6f < row.x) {
            break;
        }
        scene_text(scene, &(struct draw_text){ .at = { right - w, row.y },
                                               .bytes = name,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = w + 1 });
        mark_draw(&(struct mark){ .shape = (enum mark_shape)(index % MARK_SHAPES),
                                  .at = { right - w - size * 0.7f, row.y - size * 0.36f },
                                  .radius = size * 0.3f,
                                  .ink = (enum ink)(INK_RACER_0 + (int)(index % 5)) },
                  scene);
        right -= w + size * 1.9f;
    }
    return right;
}
