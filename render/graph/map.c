/* The small map of a graph that is larger than the stage: without text, where the cards are, and which
 * part of them is on the stage. It takes clicks and drags. */

#include <math.h>

#include "render/graph/paint.h"

static const float MAP_RIM = 8, MAP_PAD = 4;
static const float MAP_W = 0.18f, MAP_H = 0.22f; /* of the stage at most */
static const float SHORTEST = 5;                 /* side of what is on the stage */
static const float FOCUS_WEIGHT = 10;            /* what the step is about must not be hidden */
static const float BODY_WEIGHT = 3; /* nor names and values, rather than a gradient's room */

struct map {
    struct rect rect;    /* on the page */
    struct point origin; /* of the layout in it */
    float scale;
};

static float overlap(struct rect a, struct rect b)
{
    const float w = fminf(a.x + a.w, b.x + b.w) - fmaxf(a.x, b.x);
    const float h = fminf(a.y + a.h, b.y + b.h) - fmaxf(a.y, b.y);
    return w > 0 && h > 0 ? w * h : 0;
}

static struct rect on_page(struct rect area, const struct graph_camera *camera, struct rect box)
{
    return (struct rect){ area.x + area.w / 2 + (box.x - camera->centre.x) * camera->zoom,
                          area.y + area.h / 2 + (box.y - camera->centre.y) * camera->zoom,
                          box.w * camera->zoom, box.h * camera->zoom };
}

/* Presenting, the map stays where it is while the graph grows. */
static bool stays_put(const struct view *view)
{
    return view->state->mode == SCREEN_PRESENT;
}

/* The camera as it stands when nobody has moved it. */
static struct graph_camera own_camera(const struct view *view, struct rect area)
{
    struct view_state state = *view->state;
    struct view still = *view;
    bool partial;
    state.zoom = 0;
    still.state = &state;
    return graph_camera_at(&still, area, view->runs[0].moment, &partial);
}

/* How much of the map hides cards and the names of boxes from that camera. */
static float hides(const struct view *view, struct rect area, const struct graph_camera *camera,
                   struct rect map)
{
    const struct graph_model *model = graph_picture_model(view->graph);
    const struct layout *layout = graph_picture_layout(view->graph);
    enum step_kind step;
    const int focus = graph_moment_focus(model, &view->runs[0], view->runs[0].moment, &step);
    float sum = 0;
    for (int i = 0; i < model->card_count; i++) {
        const struct rect card = graph_card_rect(model, layout, i);
        const struct rect page = on_page(area, camera, card);
        struct rect body = page;
        body.h = model->cards[i].body_h * camera->zoom;
        const float weight = i == focus ? FOCUS_WEIGHT : 1;
        const float hidden = overlap(page, map) + BODY_WEIGHT * overlap(body, map);
        const bool there = model->cards[i].born < view->runs[0].moment;
        sum += there || stays_put(view) ? weight * hidden : 0;
    }
    for (int i = 0; i < model->cluster_count; i++) {
        struct rect title = layout->clusters[i];
        title.h = UNIT_TEXT * 1.5f;
        title.w = fminf(title.w, model->clusters[i].title_w);
        sum += BODY_WEIGHT * overlap(on_page(area, camera, title), map);
    }
    return sum / (map.w * map.h);
}

static struct map map_of_size(const struct view *view, struct rect area, float size)
{
    const struct layout *layout = graph_picture_layout(view->graph);
    const float scale = size * fminf(area.w * MAP_W / layout->w, area.h * MAP_H / layout->h);
    return (struct map){ .rect = { 0, 0, fmaxf(layout->w * scale, SHORTEST) + 2 * MAP_PAD,
                                   fmaxf(layout->h * scale, SHORTEST) + 2 * MAP_PAD },
                         .scale = scale };
}

/* Puts it into the corner where it hides least, as it is when the camera stands by itself: so it does not
 * jump while one drags in it. While exploring the lower ones first; heads hide the foot of a projection.
 * Returns how much it hides. */
static float place_in_corner(const struct view *view, struct rect area,
                             const struct graph_camera *camera, struct map *map)
{
    static const float MUCH = 0.04f; /* of the map, for which it leaves the better corner */
    const float w = map->rect.w, h = map->rect.h;
    const float left = area.x + MAP_RIM, right = area.x + area.w - w - MAP_RIM;
    const float top = area.y + MAP_RIM, bottom = area.y + area.h - h - MAP_RIM;
    const bool present = view->state->mode == SCREEN_PRESENT;
    const float first = present ? top : bottom, second = present ? bottom : top;
    const struct rect corners[] = { { right, first, w, h },
                                    { left, first, w, h },
                                    { right, second, w, h },
                                    { left, second, w, h } };
    int best = 0;
    float least = hides(view, area, camera, corners[0]);
    for (int i = 1; i < 4; i++) {
        const float hidden = hides(view, area, camera, corners[i]);
        if (hidden < least - MUCH) {
            best = i;
            least = hidden;
        }
    }
    map->rect = corners[best];
    map->origin = (struct point){ map->rect.x + MAP_PAD, map->rect.y + MAP_PAD };
    return least;
}

/* Smaller rather than over what the class is to read; where there is no room at all it stands aside for
 * the graph. */
static bool place_map(const struct view *view, struct rect area, struct map *map)
{
    static const float SMALLEST = 0.5f, STEP = 0.25f, NEARLY_NONE = 0.01f;
    const struct graph_camera camera = own_camera(view, area);
    for (float size = 1; size >= SMALLEST; size -= STEP) {
        *map = map_of_size(view, area, size);
        if (place_in_corner(view, area, &camera, map) <= NEARLY_NONE || !stays_put(view)) {
            return true;
        }
    }
    return false;
}

static struct rect on_map(const struct map *map, struct rect box)
{
    return (struct rect){ map->origin.x + box.x * map->scale, map->origin.y + box.y * map->scale,
                          box.w * map->scale, box.h * map->scale };
}

static void paint_boxes(const struct painter *painter, const struct map *map)
{
    for (int i = 0; i < painter->model->cluster_count; i++) {
        scene_rect(painter->scene,
                   &(struct draw_rect){ .rect = on_map(map, painter->layout->clusters[i]),
                                        .radius = 2,
                                        .fill = INK_MODULE,
                                        .stroke = INK_MODULE_LINE,
                                        .width = 0.7f });
    }
    for (int i = 0; i < painter->model->card_count; i++) {
        const struct rect card = graph_card_rect(painter->model, painter->layout, i);
        if (painter->moment->cards[i].visible) {
            scene_rect(painter->scene,
                       &(struct draw_rect){ .rect = on_map(map, card),
                                            .radius = 1.5f,
                                            .fill = i == painter->moment->focus ? INK_SELECTION
                                                                                : INK_CARD_LINE });
        }
    }
}

/* What is on the stage, as far as it is on the map. */
static struct rect seen_on_map(const struct painter *painter, const struct map *map)
{
    const struct rect area = painter->area;
    const struct rect seen =
        on_map(map, (struct rect){ (area.x - painter->origin.x) / painter->zoom,
                                   (area.y - painter->origin.y) / painter->zoom,
                                   area.w / painter->zoom, area.h / painter->zoom });
    const float left = fmaxf(seen.x, map->rect.x + 1), top = fmaxf(seen.y, map->rect.y + 1);
    const float right = fminf(seen.x + seen.w, map->rect.x + map->rect.w - 1);
    const float bottom = fminf(seen.y + seen.h, map->rect.y + map->rect.h - 1);
    const float w = fmaxf(right - left, SHORTEST), h = fmaxf(bottom - top, SHORTEST);
    return (struct rect){ fminf(left, map->rect.x + map->rect.w - w),
                          fminf(top, map->rect.y + map->rect.h - h), w, h };
}

void paint_map(const struct painter *painter)
{
    struct map map;
    if (!place_map(painter->view, painter->area, &map)) {
        return;
    }
    scene_group(painter->scene, &(struct draw_group){ .target = { .kind = TARGET_MAP, .id = 1 },
                                                      .bounds = map.rect,
                                                      .title = "" });
    scene_rect(painter->scene,
               &(struct draw_rect){
                   .rect = map.rect, .radius = 5, .fill = INK_PANEL, .stroke = INK_PANEL_LINE });
    scene_clip(painter->scene, map.rect);
    paint_boxes(painter, &map);
    scene_rect(painter->scene, &(struct draw_rect){ .rect = seen_on_map(painter, &map),
                                                    .radius = 2,
                                                    .stroke = INK_SELECTION,
                                                    .width = 1.5f });
    scene_clip_end(painter->scene);
    scene_group_end(painter->scene);
}

struct point graph_map_point(const struct view *view, struct rect area, struct point page)
{
    if (!graph_picture_layout(view->graph)) {
        return (struct point){ 0, 0 };
    }
    struct map map;
    place_map(view, area, &map);
    return (struct point){ (page.x - map.origin.x) / map.scale,
                           (page.y - map.origin.y) / map.scale };
}
