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

/* How much of the map hides cards, when nobody has moved the camera. */
static float hides(const struct view *view, struct rect area, struct rect map)
{
    const struct graph_model *model = graph_picture_model(view->graph);
    const struct layout *layout = graph_picture_layout(view->graph);
    struct view_state state = *view->state;
    struct view still = *view;
    bool partial;
    state.zoom = 0;
    still.state = &state;
    const struct graph_camera camera =
        graph_camera_at(&still, area, view->runs[0].moment, &partial);
    enum step_kind step;
    const int focus = graph_moment_focus(model, &view->runs[0], view->runs[0].moment, &step);
    float sum = 0;
    for (int i = 0; i < model->card_count; i++) {
        const struct rect card = graph_card_rect(model, layout, i);
        const struct rect page = { area.x + area.w / 2 + (card.x - camera.centre.x) * camera.zoom,
                                   area.y + area.h / 2 + (card.y - camera.centre.y) * camera.zoom,
                                   card.w * camera.zoom, card.h * camera.zoom };
        struct rect body = page;
        body.h = model->cards[i].body_h * camera.zoom;
        const float weight = i == focus ? FOCUS_WEIGHT : 1;
        const float hidden = overlap(page, map) + BODY_WEIGHT * overlap(body, map);
        sum += model->cards[i].born < view->runs[0].moment ? weight * hidden : 0;
    }
    return sum / (map.w * map.h);
}

/* In the corner where it hides least, as it is when the camera stands by itself: so it does not jump
 * while one drags in it. While exploring the lower ones first; heads hide the foot of a projection. */
static struct map place_map(const struct view *view, struct rect area)
{
    static const float MUCH = 0.04f; /* of the map, for which it leaves the better corner */
    const struct layout *layout = graph_picture_layout(view->graph);
    const float scale = fminf(area.w * MAP_W / layout->w, area.h * MAP_H / layout->h);
    const float w = fmaxf(layout->w * scale, SHORTEST) + 2 * MAP_PAD;
    const float h = fmaxf(layout->h * scale, SHORTEST) + 2 * MAP_PAD;
    const float left = area.x + MAP_RIM, right = area.x + area.w - w - MAP_RIM;
    const float top = area.y + MAP_RIM, bottom = area.y + area.h - h - MAP_RIM;
    const bool present = view->state->mode == SCREEN_PRESENT;
    const float first = present ? top : bottom, second = present ? bottom : top;
    const struct rect corners[] = { { right, first, w, h },
                                    { left, first, w, h },
                                    { right, second, w, h },
                                    { left, second, w, h } };
    int best = 0;
    float least = hides(view, area, corners[0]);
    for (int i = 1; i < 4; i++) {
        const float hidden = hides(view, area, corners[i]);
        if (hidden < least - MUCH) {
            best = i;
            least = hidden;
        }
    }
    const struct rect rect = corners[best];
    return (struct map){ rect, { rect.x + MAP_PAD, rect.y + MAP_PAD }, scale };
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
    const struct map map = place_map(painter->view, painter->area);
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
    const struct map map = place_map(view, area);
    return (struct point){ (page.x - map.origin.x) / map.scale,
                           (page.y - map.origin.y) / map.scale };
}
