/* Two graphs side by side: that of a chosen frame and that of the moment, each whole; with their values
 * where both fit, else as names. What only one of them has is ringed, dashed with a minus at the left,
 * solid with a plus at the right; the rest is as it always is. Above each its name, the ways its
 * conditions went, and what only it has. */

#include <math.h>
#include <string.h>

#include "render/film/compact.h"
#include "render/film/words.h"
#include "render/graph/graph.h"
#include "render/graph/picture.h"
#include "render/screen.h"

enum { NAMED_MOST = 4, CONDS_MOST = 3, SIGNED_MOST = 8 };

/* One of the two. */
struct half {
    struct view view; /* of its own moment and picture */
    struct run_view run;
    struct view_state state;
    size_t frame;
    struct rect head, area;
    const struct graph_model *model;
    const struct layout *layout;
    struct compact *names; /* drawn instead; then `model` is its */
    bool *alone;           /* of each card */
    int alone_count;
    struct point origin; /* of the layout, on the page */
    float scale;
    bool left, masked;
};

static float head_height(const struct view *view)
{
    return view->type.text * 1.7f + view->type.caption * 1.7f;
}

static void half_init(struct half *half, const struct view *view, size_t frame, struct rect area,
                      bool left)
{
    const float head = head_height(view);

    *half = (struct half){ .view = *view,
                           .run = view->runs[0],
                           .state = *view->state,
                           .frame = frame,
                           .head = { area.x, area.y, area.w, head },
                           .area = { area.x, area.y + head, area.w, area.h - head },
                           .left = left };
    half->run.moment = film_moment(half->run.film, half->run.stops, frame);
    half->masked = film_masked(half->run.film, frame);
    half->state.compared = 0;
    half->view.runs = &half->run;
    half->view.run_count = 1;
    half->view.state = &half->state;
    half->view.motion = (struct view_motion){ .progress = 1, .still = true };
    half->view.graph = left ? graph_picture_beside(view->graph) : view->graph;
    half->model = graph_picture_model(half->view.graph);
    half->layout = graph_picture_layout(half->view.graph);
}

static void match(struct half *left, struct half *right, struct arena *arena)
{
    left->alone = arena_allocate(arena, (size_t)left->model->card_count + 1, sizeof(bool));
    right->alone = arena_allocate(arena, (size_t)right->model->card_count + 1, sizeof(bool));
    left->alone_count =
        film_match(&(struct film_side){ left->model, left->run.trace, left->alone },
                   &(struct film_side){ right->model, right->run.trace, right->alone });
    right->alone_count = right->model->card_count - (left->model->card_count - left->alone_count);
}

/* ---- where it is looked at -------------------------------------------------------------- */

static struct rect box_in_layout(const struct half *half, int card)
{
    return half->names ? compact_card(half->names, card, (struct point){ 0, 0 }, 1)
                       : graph_card_body(half->model, half->layout, card);
}

static struct rect on_page(const struct half *half, struct rect box)
{
    return (struct rect){ half->origin.x + box.x * half->scale,
                          half->origin.y + box.y * half->scale, box.w * half->scale,
                          box.h * half->scale };
}

/* The first card that only it has; of none the last, which is its result. */
static struct point telling_place(const struct half *half)
{
    int card = half->model->card_count - 1;

    for (int i = card; i >= 0; i--) {
        card = half->alone[i] ? i : card;
    }
    const struct rect box = card >= 0 ? box_in_layout(half, card) : (struct rect){ 0 };
    return (struct point){ box.x + box.w / 2, box.y + box.h / 2 };
}

static float held(float centre, float length, float room)
{
    return length <= room ? length / 2 : fminf(fmaxf(centre, room / 2), length - room / 2);
}

static struct point room_of(const struct half *half)
{
    const float rim = 2 * half->view.type.caption;

    return (struct point){ fmaxf(half->area.w - rim, 1), fmaxf(half->area.h - rim, 1) };
}

static float fitting(const struct half *half)
{
    const struct point room = room_of(half);

    return fminf(room.x / fmaxf(half->layout->w, 1), room.y / fmaxf(half->layout->h, 1));
}

/* The least scale at which names can be read, and the usual one. */
static float least_scale(const struct half *half)
{
    const struct type_scale *const type = &half->view.type;

    return type->caption / (half->names ? type->text : UNIT_TEXT);
}

static float usual_scale(const struct half *half)
{
    return half->names ? 1.25f : half->view.type.text / UNIT_TEXT;
}

/* All of it where names can still be read, else around what only it has. A view of one's own holds for
 * both. */
static void aim(struct half *half)
{
    const bool own = half->state.zoom > 0 && !half->names;
    const struct point room = room_of(half);
    const float scale = fminf(fmaxf(fitting(half), least_scale(half)), usual_scale(half));
    const struct point at = own ? half->state.camera : telling_place(half);

    half->scale = own ? half->state.zoom : scale;
    half->state.zoom = half->scale;
    half->state.camera = (struct point){ held(at.x, half->layout->w, room.x / half->scale),
                                         held(at.y, half->layout->h, room.y / half->scale) };
    half->origin =
        (struct point){ half->area.x + half->area.w / 2 - half->state.camera.x * half->scale,
                        half->area.y + half->area.h / 2 - half->state.camera.y * half->scale };
}

static bool is_small(const struct half *half)
{
    const size_t episode = film_frame(half->run.film, half->frame)->episode;

    return episode < episodes_count(half->run.episodes) &&
           episodes_at(half->run.episodes, episode)->op_count <= FILM_OPS_MAX;
}

static bool is_whole(const struct half *half)
{
    return half->model && fitting(half) >= least_scale(half);
}

static void take_names(struct half *half, struct compact *names, struct compact_form form)
{
    compact_build(names, &half->view, half->frame, form);
    half->names = names;
    half->model = &names->cards.model;
    half->layout = &names->layout;
}

static void name_both(struct half *left, struct half *right, struct compact names[2],
                      struct compact_form form)
{
    if (left->names) {
        compact_finish(&names[0]);
        compact_finish(&names[1]);
    }
    take_names(left, &names[0], form);
    take_names(right, &names[1], form);
}

/* Where either would be seen in part, both are told by names, if there are not too many: from left to
 * right or down, with what they are beneath them or in the same line; the first that is whole, else what
 * shows most. */
static bool tell_by_names(struct half *left, struct half *right, struct compact names[2])
{
    static const struct compact_form forms[] = {
        { false, false }, { true, false }, { false, true }, { true, true }
    };
    const size_t count = sizeof(forms) / sizeof(forms[0]);
    float best = 0;
    size_t chosen = 0;

    if ((is_whole(left) && is_whole(right)) || !is_small(left) || !is_small(right)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        name_both(left, right, names, forms[i]);
        if (is_whole(left) && is_whole(right)) {
            return true;
        }
        const float fits = fminf(fitting(left), fitting(right));
        chosen = fits > best ? i : chosen;
        best = fmaxf(best, fits);
    }
    name_both(left, right, names, forms[chosen]);
    return true;
}

/* ---- marks ------------------------------------------------------------------------------ */

/* A plus or a minus on a disc at the card's corner. */
static void draw_sign(const struct half *half, struct rect card, struct scene *scene)
{
    const float radius = half->view.type.caption * 0.62f, arm = radius * 0.55f;
    const float line = fmaxf(1.5f, radius * 0.24f);
    const struct point c = { card.x - radius * 0.6f, card.y - radius * 0.6f };

    scene_rect(scene,
               &(struct draw_rect){ .rect = { c.x - radius, c.y - radius, 2 * radius, 2 * radius },
                                    .radius = radius,
                                    .fill = half->left ? INK_CARD : INK_SELECTION,
                                    .stroke = INK_SELECTION,
                                    .width = line });
    const enum ink ink = half->left ? INK_SELECTION : INK_TEXT_ON_ACCENT;
    scene_rect(scene, &(struct draw_rect){ .rect = { c.x - arm, c.y - line / 2, 2 * arm, line },
                                           .fill = ink });
    if (!half->left) {
        scene_rect(scene, &(struct draw_rect){ .rect = { c.x - line / 2, c.y - arm, line, 2 * arm },
                                               .fill = ink });
    }
}

static void draw_marks(const struct half *half, struct scene *scene)
{
    /* Of many the rings alone: signs would cover what stands between the cards. */
    const bool many = half->alone_count > SIGNED_MOST;
    const float gap = half->view.type.caption * (many ? 0.15f : 0.3f);

    for (int i = 0; i < half->model->card_count; i++) {
        if (!half->alone[i] || half->model->cards[i].born >= half->run.moment) {
            continue;
        }
        const struct rect card = on_page(half, box_in_layout(half, i));
        scene_rect(scene, &(struct draw_rect){ .rect = { card.x - gap, card.y - gap,
                                                         card.w + 2 * gap, card.h + 2 * gap },
                                               .radius = 4 * gap,
                                               .stroke = INK_SELECTION,
                                               .width = gap * 0.8f,
                                               .dashed = half->left });
        if (!many) {
            draw_sign(half, card, scene);
        }
    }
}

/* ---- heads ------------------------------------------------------------------------------ */

/* "line 14: True · line 20: False", the first few. */
static const char *ways_of(const struct half *half)
{
    const struct film_frame *const frame = film_frame(half->run.film, half->frame);
    struct text text = { 0 };

    for (size_t i = 0; i < frame->cond_count && i < CONDS_MOST; i++) {
        const struct record_cond *const cond =
            &trace_record(half->run.trace, frame->conds[i])->cond;
        text_format(&text, "%s%s %d: %s", i > 0 ? " · " : "", view_word(&half->view, "line"),
                    cond->at.line,
                    half->masked  ? "?"
                    : cond->value ? "True"
                                  : "False");
    }
    text_append_string(&text, frame->cond_count > CONDS_MOST ? " · …" : "");
    const char *const copy = arena_copy_text(half->view.arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

/* The module of a card where that tells what it is: a layer in which nothing else is computed here. */
static const char *telling_module(const struct half *half, int card)
{
    const struct graph_model *const model = half->model;
    struct arena *const arena = half->view.arena;
    const char *const module = compact_module(&model->cards[card], half->run.trace, arena);
    const size_t length = strlen(module);

    for (int i = 0; i < model->card_count && length > 0; i++) {
        const char *const other = compact_module(&model->cards[i], half->run.trace, arena);
        if (i != card && strncmp(other, module, length) == 0 &&
            (other[length] == '\0' || other[length] == '.')) {
            return "";
        }
    }
    return module;
}

/* "only here: x = model.fc2, relu", or that nothing is. */
static const char *names_of(const struct half *half)
{
    struct text text = { 0 };
    int named = 0;

    for (int i = 0; i < half->model->card_count && named < NAMED_MOST; i++) {
        const struct graph_card *const card = &half->model->cards[i];
        if (half->alone[i] && card->label && card->label[0]) {
            const char *const module = telling_module(half, i);
            text_format(&text, "%s%s%s%s", named++ > 0 ? ", " : "", card->label,
                        module[0] ? " = " : "", module);
        }
    }
    text_append_string(&text, half->alone_count > named && named > 0 ? ", …" : "");
    const char *const names = arena_copy_text(half->view.arena, text_string(&text), text.length);
    text_finish(&text);
    return half->alone_count == 0
               ? view_word(&half->view, "nothing that the other graph has not")
               : arena_format(half->view.arena, "%s %s%d%s%s", view_word(&half->view, "only here:"),
                              half->left ? "−" : "+", half->alone_count, names[0] ? " · " : "",
                              names);
}

static void draw_head(const struct half *half, float width, struct scene *scene)
{
    const struct type_scale *const type = &half->view.type;
    const char *const name = film_name(&half->view, half->frame);
    const char *const ways = ways_of(half);
    const float x = half->head.x + type->text, y = half->head.y + type->text * 1.35f;
    const float named =
        type->text * fonts_measure(half->view.fonts, TYPE_UI_BOLD, name, strlen(name));
    const float left = named + type->text;

    scene_text(scene, &(struct draw_text){ .at = { x, y },
                                           .bytes = name,
                                           .role = TYPE_UI_BOLD,
                                           .size = type->text,
                                           .ink = INK_TEXT,
                                           .max_width = width - 2 * type->text });
    if (ways[0] && width - left > 6 * type->text) {
        scene_text(scene, &(struct draw_text){ .at = { x + left, y },
                                               .bytes = ways,
                                               .role = TYPE_MONO,
                                               .size = type->text,
                                               .ink = INK_TEXT,
                                               .max_width = width - left - 2 * type->text });
    }
    if (!half->masked && half->model && half->alone) {
        scene_text(scene, &(struct draw_text){ .at = { x, y + type->caption * 1.5f },
                                               .bytes = names_of(half),
                                               .role = TYPE_UI,
                                               .size = type->caption,
                                               .ink = INK_TEXT_SECOND,
                                               .max_width = width - 2 * type->text });
    }
}

/* Ends it, where something can be pressed; returns the width that it takes. */
static float draw_close(const struct view *view, struct rect head, struct scene *scene)
{
    const float size = view->type.caption;
    const char *const label = view_word(view, "End comparing");
    const float w = size * (fonts_measure(view->fonts, TYPE_UI, label, strlen(label)) + 1.2f);
    const struct rect box = { head.x + head.w - w - size * 0.6f, head.y + size * 0.4f, w,
                              size * 1.7f };
    const bool hot =
        view->state->hovered.kind == TARGET_COMMAND && view->state->hovered.id == BUTTON_COMPARE;

    if (view->state->paper) {
        return 0;
    }
    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = BUTTON_COMPARE },
                                      .bounds = box,
                                      .title = label });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = box.h / 2,
                                           .fill = INK_CARD,
                                           .stroke = hot ? INK_FORWARD : INK_PANEL_LINE });
    scene_text(scene, &(struct draw_text){ .at = { box.x + w / 2, box.y + size * 1.2f },
                                           .bytes = label,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .align = ALIGN_CENTRE });
    scene_group_end(scene);
    return w + size;
}

/* ---- the whole -------------------------------------------------------------------------- */

static void draw_half(struct half *half, struct scene *scene)
{
    const float size = half->view.type.value;

    if (half->masked || !half->model || !half->alone) {
        scene_text(scene, &(struct draw_text){ .at = { half->area.x + half->area.w / 2,
                                                       half->area.y + half->area.h / 2 },
                                               .bytes = half->masked ? "?" : "…",
                                               .role = TYPE_UI_BOLD,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .align = ALIGN_CENTRE });
        return;
    }
    aim(half);
    if (!half->names) {
        view_graph(&half->view, half->area, scene);
    }
    scene_clip(scene, half->area);
    if (half->names) {
        compact_draw(half->names, &half->view, half->area, half->origin, half->scale, scene);
    }
    draw_marks(half, scene);
    scene_clip_end(scene);
}

void view_compare(const struct view *view, struct rect area, struct scene *scene)
{
    const float middle = area.w / 2;
    struct half left, right;
    struct compact names[2];

    half_init(&left, view, view_compared(view), (struct rect){ area.x, area.y, middle, area.h },
              true);
    half_init(&right, view, film_at(view->runs[0].film, view->runs[0].moment),
              (struct rect){ area.x + middle, area.y, area.w - middle, area.h }, false);
    const bool by_names = tell_by_names(&left, &right, names);
    if (left.model && right.model) {
        match(&left, &right, view->arena);
    }
    draw_half(&left, scene);
    draw_half(&right, scene);
    const float taken = draw_close(view, right.head, scene);
    draw_head(&left, left.head.w, scene);
    draw_head(&right, right.head.w - taken, scene);
    scene_rect(scene,
               &(struct draw_rect){ .rect = { area.x + middle, area.y + view->type.caption / 2, 1,
                                              area.h - view->type.caption },
                                    .fill = INK_PANEL_LINE });
    for (int i = 0; i < 2 && by_names; i++) {
        compact_finish(&names[i]);
    }
}
