/* One card: what it is called, what it holds, what it keeps for backward, and the gradient below. */

#include <math.h>
#include <string.h>

#include "lessons/trace/places.h"
#include "render/device/device.h"
#include "render/ghost.h"
#include "render/graph/paint.h"

static const float ROUND = 12, SQUARE = 1.5f;
static const float EDGE = 8; /* of the stage, where cards end */

static struct rect grown(struct rect rect, float by)
{
    return (struct rect){ rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by };
}

/* ---- the body -------------------------------------------------------------------------------- */

static bool is_backward_step(enum step_kind step)
{
    return step == STEP_BACKWARD || step == STEP_VISIT || step == STEP_ACCUMULATE;
}

enum ink paint_step_ink(const struct painter *painter)
{
    return is_backward_step(painter->moment->step) ? INK_BACKWARD
           : painter->moment->step == STEP_ERROR   ? INK_ERROR
                                                   : INK_FORWARD;
}

/* Around small cards shadows would run into each other. */
static void paint_shadow(const struct painter *painter, struct rect body, float radius)
{
    static const float SMALLEST = 0.5f; /* zoom */

    if (painter->view->theme->shadows && painter->view->state->mode == SCREEN_EXPLORE &&
        painter->zoom >= SMALLEST) {
        paint_box(painter, body, &(struct draw_rect){ .radius = radius, .fill = INK_SHADOW });
    }
}

static void paint_body(const struct painter *painter, int index, struct rect body)
{
    const struct graph_card *card = &painter->model->cards[index];
    const struct card_moment *now = &painter->moment->cards[index];
    const bool leaf = card->kind == CARD_LEAF || card->kind == CARD_ACCUMULATE;
    const float radius = leaf ? SQUARE : ROUND;
    enum ink stroke = leaf && card->drawer ? INK_LEAF : now->root ? INK_LOSS : INK_CARD_LINE;
    float width = leaf || now->root ? 1.8f : 1.5f;
    if (now->current || now->failed) {
        stroke = now->failed ? INK_ERROR : paint_step_ink(painter);
        width = 3;
    }
    paint_shadow(painter, body, radius);
    paint_pointed(painter, index, now->root ? grown(body, 4) : body, radius);
    paint_box(painter, body,
              &(struct draw_rect){ .radius = radius,
                                   .fill = INK_CARD,
                                   .stroke = stroke,
                                   .width = paint_line(painter, width) });
    if (now->root) { /* a loss: a second border around the first */
        paint_ring(painter, body, radius, INK_LOSS, 1.8f, 1);
    }
}

/* A white cross on a block at the corner, above the name: where it stopped. */
void paint_cross(const struct painter *painter, struct rect body)
{
    const float side = 22;
    const struct rect block = { body.x + body.w - side * 0.6f, body.y - side * 0.66f, side, side };
    const float in = side * 0.28f;
    paint_box(painter, block, &(struct draw_rect){ .radius = 4, .fill = INK_ERROR });
    const struct point corners[] = {
        paint_at(painter, (struct point){ block.x + in, block.y + in }),
        paint_at(painter, (struct point){ block.x + side - in, block.y + side - in }),
        paint_at(painter, (struct point){ block.x + side - in, block.y + in }),
        paint_at(painter, (struct point){ block.x + in, block.y + side - in }),
    };
    for (int i = 0; i < 4; i += 2) {
        scene_path(painter->scene, &(struct draw_path){ .points = corners + i,
                                                        .count = 2,
                                                        .stroke = INK_TEXT_ON_ACCENT,
                                                        .width = 2.6f * painter->zoom });
    }
}

/* ---- its lines ------------------------------------------------------------------------------- */

/* The operation's sign as a chip at the right of the head; returns what is left for the name. */
static struct rect paint_chip(const struct painter *painter, const struct graph_card *card,
                              struct rect line)
{
    /* On a slide captions may go, but not what is computed. */
    const bool bare = painter->view->state->bare;
    const float size = bare ? UNIT_TEXT : painter->model->units.caption;
    if (!card->symbol[0]) {
        return line;
    }
    const float w =
        fmaxf(paint_width(painter, TYPE_UI_BOLD, card->symbol, size), 10) + (bare ? 8 : 14);
    const float h = fminf(size * (bare ? 1.3f : GRAPH_CHIP), line.h + 3);
    const struct rect chip = { line.x + line.w - w, line.y + (line.h - h) / 2, w, h };
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_OP, .id = card->op },
                                      .bounds = paint_rect_at(painter, chip),
                                      .title = card->formula[0] ? card->formula : card->label });
    paint_box(painter, chip,
              &(struct draw_rect){ .radius = h / 2,
                                   .fill = INK_FORWARD_SOFT,
                                   .stroke = INK_FORWARD,
                                   .width = paint_line(painter, 1) });
    paint_label(painter, &(struct paint_label){ .box = chip,
                                                .text = card->symbol,
                                                .role = TYPE_UI_BOLD,
                                                .size = size,
                                                .ink = INK_TEXT,
                                                .align = ALIGN_CENTRE });
    scene_group_end(painter->scene);
    line.w -= w + 6;
    return line;
}

static const char *card_name(const struct painter *painter, const struct graph_card *card)
{
    return graph_card_label(card, painter->view->runs[0].moment);
}

/* Whether another card on show has that name by the moment. */
static bool gave_its_name_away(const struct painter *painter, const struct graph_card *card)
{
    const struct run_view *const run = &painter->view->runs[0];
    const struct trace_tensor *const tensor = trace_tensor(run->trace, card->tensor);

    if (!tensor || !trace_is_renamed(run->trace, tensor, run->moment)) {
        return false;
    }
    for (int i = 0; i < painter->model->card_count; i++) {
        const struct graph_card *const other = &painter->model->cards[i];
        if (other->tensor != card->tensor && painter->moment->cards[i].visible &&
            strcmp(card_name(painter, other), card_name(painter, card)) == 0) {
            return true;
        }
    }
    return false;
}

/* "w"; "w (old)" beside the card of what `w` is by now, where it has room. */
static const char *head_text(const struct painter *painter, const struct graph_card *card,
                             float room)
{
    if (gave_its_name_away(painter, card)) {
        const char *const old =
            arena_format(painter->view->arena, "%s (%s)", card_name(painter, card),
                         view_word(painter->view, "old"));
        if (paint_width(painter, TYPE_MONO_BOLD, old, UNIT_TEXT) <= room) {
            return old;
        }
    }
    const char *const name = card_name(painter, card);
    const char *const path = paint_path(painter, TYPE_MONO_BOLD, name, UNIT_TEXT, room);
    return path == name && paint_width(painter, TYPE_MONO_BOLD, name, UNIT_TEXT) > room
               ? paint_brief(painter, name, 1)
               : path;
}

static void paint_head(const struct painter *painter, const struct graph_card *card,
                       struct rect head)
{
    struct rect line = head;
    const bool renamed = strcmp(card_name(painter, card), card->formula) == 0;
    line.h = card->formula[0] && card->kind == CARD_RESULT && !renamed ? head.h / 2 : head.h;
    const struct rect name = paint_chip(painter, card, line);
    paint_label(painter, &(struct paint_label){ .box = name,
                                                .text = head_text(painter, card, name.w),
                                                .role = TYPE_MONO_BOLD,
                                                .size = UNIT_TEXT,
                                                .ink = INK_TEXT });
    if (line.h < head.h) {
        line.y += line.h;
        paint_label(painter, &(struct paint_label){ .box = line,
                                                    .text = card->formula,
                                                    .role = TYPE_MONO,
                                                    .size = UNIT_TEXT,
                                                    .ink = INK_TEXT });
    }
}

/* Shape and type; beside a changed number what the value was. */
static void paint_caption(const struct painter *painter, const struct graph_card *card,
                          struct rect box)
{
    const struct trace_tensor *tensor = trace_tensor(painter->view->runs[0].trace, card->tensor);
    const char *was = ghost_number(painter->view, card->tensor);
    if (was) {
        paint_label(painter, &(struct paint_label){ .box = box,
                                                    .text = ghost_text(painter->view, was),
                                                    .role = TYPE_UI,
                                                    .size = painter->model->units.caption,
                                                    .ink = INK_TEXT_SECOND,
                                                    .align = ALIGN_CENTRE });
        return;
    }
    paint_caption_line(
        painter, box,
        tensor ? graph_caption_text(card, tensor, painter->model->units, painter->view->arena)
               : card->shape);
}

/* ---- devices --------------------------------------------------------------------------------- */

/* On the upper border. */
static void paint_device(const struct painter *painter, const struct graph_card *card,
                         struct rect rect)
{
    const struct run_view *const run = &painter->view->runs[0];
    const struct trace_tensor *const tensor = trace_tensor(run->trace, card->tensor);
    const float size = painter->model->units.caption, h = size * 1.25f;
    if (!tensor || !paint_can_read(painter, size)) {
        return;
    }
    const char *const device = device_at(run, tensor);
    const float w = device_tag_width(painter->view, device, size);
    const struct rect box = { rect.x + 9, rect.y - h * 0.55f, w, h };
    const struct rect at = paint_rect_at(painter, box);
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_TENSOR, .id = card->tensor },
                                      .bounds = at,
                                      .title = device });
    device_tag(painter->view, device, at, size * painter->zoom, painter->scene);
    scene_group_end(painter->scene);
}

/* Which way elements went between devices, how many, how long that took. */
static void paint_crossing(const struct painter *painter, const struct graph_card *card,
                           struct rect box)
{
    const struct run_view *const run = &painter->view->runs[0];
    const struct trace_tensor *const tensor = trace_tensor(run->trace, card->tensor);
    const struct record_copy *const copy = device_copy_to(run, card->tensor);
    const char *const from = copy ? copy->source : device_came_from(run, tensor->op);
    const struct rect line = { box.x, box.y + 1, box.w, box.h / 2 - 1 };
    paint_box(painter, box,
              &(struct draw_rect){ .radius = SQUARE,
                                   .fill = INK_SELECTION_SOFT,
                                   .stroke = INK_SELECTION,
                                   .width = paint_line(painter, 1.2f) });
    paint_label(painter,
                &(struct paint_label){ .box = line,
                                       .text = arena_format(painter->view->arena, "%s → %s",
                                                            from ? from : "", tensor->device),
                                       .role = TYPE_MONO_BOLD,
                                       .size = painter->model->units.caption,
                                       .ink = INK_TEXT,
                                       .align = ALIGN_CENTRE });
    paint_label(painter, &(struct paint_label){
                             .box = { line.x, line.y + line.h, line.w, line.h },
                             .text = copy ? device_copy_text(painter->view->arena, copy) : "",
                             .role = TYPE_UI,
                             .size = painter->model->units.caption,
                             .ink = INK_TEXT,
                             .align = ALIGN_CENTRE });
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* "W · weight (4, 2)" */
const char *graph_parameter_title(const struct card_parameter *parameter,
                                  const struct trace_tensor *tensor, struct arena *arena)
{
    const char *shape = graph_shape_text(tensor, arena);
    return strcmp(parameter->letter, parameter->name) == 0
               ? arena_format(arena, "%s %s", parameter->name, shape)
               : arena_format(arena, "%s · %s %s", parameter->letter, parameter->name, shape);
}

/* ".grad" and its number on a line, or above its cells. */
static void paint_parameter_grad(const struct painter *painter,
                                 const struct card_parameter *parameter,
                                 const struct drawer_moment *drawer, struct rect plate)
{
    const float size = painter->model->units.caption, line = size * 1.36f;
    const bool beside = parameter->form.look == VALUE_NUMBER;
    const float word = paint_width(painter, TYPE_MONO, ".grad", size) + 8;
    paint_box(painter, plate,
              &(struct draw_rect){ .fill = drawer->total ? INK_BACKWARD_SOFT : INK_CARD,
                                   .stroke = drawer->total ? INK_BACKWARD : INK_LEAF,
                                   .width = paint_line(painter, drawer->fresh ? 2.6f : 1.2f) });
    const struct rect head = { plate.x + 4, plate.y, plate.w - 8, beside ? plate.h : line };
    paint_label(painter, &(struct paint_label){ .box = head,
                                                .text = ".grad",
                                                .role = TYPE_MONO,
                                                .size = size,
                                                .ink = INK_TEXT_SECOND });
    struct rect value = plate;
    value.x += beside ? word : 0;
    value.w -= beside ? word + 2 : 0;
    value.y += beside ? 0 : line;
    value.h -= beside ? 0 : line + 2;
    paint_drawer_value(painter, drawer,
                       &(struct paint_value){ .box = value,
                                              .form = &parameter->form,
                                              .tensor = parameter->tensor,
                                              .size = UNIT_TEXT });
}

static void paint_parameter(const struct painter *painter, const struct card_parameter *parameter,
                            const struct trace_value *value, const struct drawer_moment *drawer,
                            struct rect place)
{
    const float size = painter->model->units.caption, line = size * 1.36f;
    const struct trace_tensor *tensor =
        trace_tensor(painter->view->runs[0].trace, parameter->tensor);
    if (!tensor) {
        return;
    }
    const char *head = graph_parameter_title(parameter, tensor, painter->view->arena);
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_TENSOR, .id = parameter->tensor },
                                      .bounds = paint_rect_at(painter, place),
                                      .title = head });
    paint_box(painter, place,
              &(struct draw_rect){ .radius = SQUARE,
                                   .fill = tensor->parameter ? INK_PARAMETER_SOFT : INK_CARD,
                                   .stroke = tensor->parameter ? INK_PARAMETER : INK_LEAF,
                                   .width = paint_line(painter, 1.4f) });
    paint_label(painter,
                &(struct paint_label){ .box = { place.x + 6, place.y + 3, place.w - 12, line },
                                       .text = head,
                                       .role = TYPE_MONO,
                                       .size = size,
                                       .ink = INK_TEXT });
    paint_value(painter, &(struct paint_value){ .box = rect_in(place, parameter->value),
                                                .form = &parameter->form,
                                                .tensor = parameter->tensor,
                                                .value = value,
                                                .size = UNIT_TEXT });
    if (parameter->grad.h > 0) {
        paint_parameter_grad(painter, parameter, drawer, rect_in(place, parameter->grad));
    }
    scene_group_end(painter->scene);
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What the node made, as it is called by now. */
static const char *node_result(const struct painter *painter, const struct graph_card *card)
{
    return card->former && card->until < painter->view->runs[0].moment ? card->former
                                                                       : card->formula;
}

static void paint_inside(const struct painter *painter, const struct graph_card *card,
                         const struct card_moment *now, struct rect rect)
{
    if (card->kind == CARD_NODE || card->kind == CARD_ACCUMULATE) {
        paint_label(painter, &(struct paint_label){ .box = rect_in(rect, card->head),
                                                    .text = card->label,
                                                    .role = TYPE_MONO_BOLD,
                                                    .size = UNIT_TEXT,
                                                    .ink = INK_TEXT,
                                                    .align = ALIGN_CENTRE });
        paint_caption_line(painter, rect_in(rect, card->caption), node_result(painter, card));
    } else {
        paint_head(painter, card, rect_in(rect, card->head));
        for (int i = 0; i < card->parameter_count; i++) {
            paint_parameter(painter, &card->parameters[i], now->parameter_values[i],
                            &now->parameters[i], rect_in(rect, card->parameters[i].place));
        }
        paint_value(painter, &(struct paint_value){ .box = rect_in(rect, card->value),
                                                    .form = &card->form,
                                                    .tensor = card->tensor,
                                                    .value = now->value,
                                                    .size = painter->model->units.value,
                                                    .fresh = now->value_fresh });
        paint_caption(painter, card, rect_in(rect, card->caption));
        if (card->crossing.h > 0) {
            paint_crossing(painter, card, rect_in(rect, card->crossing));
        }
    }
    if (card->has_saved) {
        paint_saved(painter, card, now, rect_in(rect, card->saved));
    } else if (card->cut) {
        paint_cut_note(painter, card, rect_in(rect, card->saved));
    }
}

static void paint_tensor_card(const struct painter *painter, int index, struct rect rect)
{
    const struct graph_card *card = &painter->model->cards[index];
    const struct card_moment *now = &painter->moment->cards[index];
    struct rect body = rect;
    body.h = card->body_h;
    const bool node = card->kind == CARD_NODE;
    scene_group(painter->scene,
                &(struct draw_group){ .target = paint_target(painter, card, TARGET_TENSOR),
                                      .bounds = paint_rect_at(painter, body),
                                      .title = node ? card->label : card_name(painter, card) });
    paint_body(painter, index, body);
    paint_inside(painter, card, now, rect);
    if (now->failed) {
        paint_cross(painter, body);
    }
    scene_group_end(painter->scene);
    if (card->placed) {
        paint_device(painter, card, rect);
    }
    paint_gradient(painter, card, now, rect);
}

static bool moves(const struct card_moment *now)
{
    return now->current || now->value_fresh || now->arrived_fresh || now->drawer.fresh ||
           now->fading;
}

/* There is more: an empty card that goes on beyond the stage. What the step is about is shown as far as it
 * can be, and so is one that is too large for the stage but cut at no other border. */
static bool paint_stub(const struct painter *painter, int index, struct rect rect)
{
    const struct graph_card *card = &painter->model->cards[index];
    struct rect body = rect;
    body.h = card->body_h;
    struct rect seen = body; /* what there is of it if all that fits is shown */
    if (body.w * painter->zoom > painter->area.w - 2 * EDGE) {
        seen.x = (painter->area.x + painter->area.w / 2 - painter->origin.x) / painter->zoom;
        seen.w = 0;
    }
    if (body.h * painter->zoom > painter->area.h - 2 * EDGE) {
        seen.y = (painter->area.y + painter->area.h / 2 - painter->origin.y) / painter->zoom;
        seen.h = 0;
    }
    if (index == painter->moment->focus || paint_is_whole(painter, seen)) {
        return false;
    }
    if (card->kind != CARD_CONSTANT) {
        paint_box(painter, body,
                  &(struct draw_rect){ .radius = card->kind == CARD_LEAF ? SQUARE : ROUND,
                                       .fill = INK_MODULE,
                                       .stroke = INK_MODULE_LINE,
                                       .width = paint_line(painter, 1.5f) });
    }
    return true;
}

void paint_card(const struct painter *painter, int index)
{
    const struct graph_card *card = &painter->model->cards[index];
    const struct card_moment *now = &painter->moment->cards[index];
    const struct rect rect = graph_card_rect(painter->model, painter->layout, index);
    if (!now->visible || !paint_reaches(painter, rect) || paint_stub(painter, index, rect)) {
        return;
    }
    const struct graph_turned *const turned = painter->turned;
    const struct rect hold = turned ? turned->holds[index] : (struct rect){ 0 };
    painter->scene->layer = moves(now) ? LAYER_MOVING : LAYER_STILL;
    const size_t first = paint_begin_held(painter, hold);
    switch (card->kind) {
    case CARD_CONSTANT:
        paint_constant(painter, card, rect);
        break;
    case CARD_GROUP:
        paint_closed(painter, index,
                     turned && turned->bodies[index].w > 0
                         ? turned->bodies[index]
                         : (struct rect){ rect.x, rect.y, rect.w, card->body_h });
        break;
    case CARD_ARM:
        paint_arm(painter, card, rect);
        break;
    case CARD_LEAF:
    case CARD_RESULT:
    case CARD_NODE:
    case CARD_ACCUMULATE:
        paint_tensor_card(painter, index, rect);
        break;
    }
    if (now->gone) {
        paint_faded_card(painter, card, first, now->fading);
    }
    paint_end_held(painter, first, hold, turned ? turned->alphas[index] : 1);
    painter->scene->layer = LAYER_STILL;
}
