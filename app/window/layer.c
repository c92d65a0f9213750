#include "app/window/layer.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

void layer_finish(struct layer *layer)
{
    free(layer->pixels);
    *layer = (struct layer){ 0 };
}

void layer_take(struct layer *layer, const struct window_pixels *pixels, struct rect area)
{
    const size_t width = (size_t)area.w, height = (size_t)area.h;
    const char *const from =
        (const char *)pixels->pixels + (ptrdiff_t)area.y * pixels->stride + (ptrdiff_t)area.x * 4;

    layer->pixels =
        array_reserve(layer->pixels, &layer->capacity, width * height, sizeof(*layer->pixels));
    for (size_t y = 0; y < height; y++) {
        memcpy(layer->pixels + y * width, from + (ptrdiff_t)y * pixels->stride, width * 4);
    }
    layer->width = (int)width;
    layer->height = (int)height;
    layer->area = area;
    layer->at = (struct point){ area.x, area.y };
    layer->scale = 1;
}

void layer_zoom(struct layer *layer, float scale, struct point by)
{
    layer->scale *= scale;
    layer->at.x = layer->at.x * scale + by.x;
    layer->at.y = layer->at.y * scale + by.y;
}

struct rect layer_show(const struct layer *layer, const struct window_pixels *pixels)
{
    const int x = (int)layer->area.x, y = (int)layer->area.y;
    const struct raster page = { .pixels = pixels->pixels,
                                 .width = pixels->width,
                                 .height = pixels->height,
                                 .pitch = pixels->stride / 4,
                                 .clip = { x, y, x + layer->width, y + layer->height } };
    const struct raster own = { .pixels = layer->pixels,
                                .width = layer->width,
                                .height = layer->height,
                                .pitch = layer->width };
    const struct pixel_box box = raster_scaled(&page, &own, layer->scale, layer->at);

    return box.x1 > box.x0 && box.y1 > box.y0
               ? (struct rect){ (float)box.x0, (float)box.y0, (float)(box.x1 - box.x0),
                                (float)(box.y1 - box.y0) }
               : (struct rect){ 0 };
}
