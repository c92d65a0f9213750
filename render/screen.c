/* Regions and the little that belongs to no view: panels' plates and dividers, the hint, the ring of
 * the focus. */

#include "render/screen.h"

#include <math.h>
#include <string.h>

#include "render/lesson/consent.h"
#include "render/lesson/overview.h"
#include "render/lesson/pointer.h"
#include "render/lesson/start.h"
#include "render/scene/clip.h"

static const float EXPLORE_LEAST_TEXT = 13;
/* Where the bands of a presented page take half of it. */
static const float PRESENTED_MOST = 1.6f;

/* ---- regions ---------------------------------------------------------------------------- */

static struct rect part(float w, float h, float x, float y, float right, float bottom)
{
    return (struct rect){ x * w, y * h, (right - x) * w, (bottom - y) * h };
}

static bool is_wide(float w, float h)
{
    return w / h > 1.45f;
}

/* Heights of the bands while presenting, as parts of the page. They grow with the text in them; what is
 * left is the graph's. */
struct bands {
    float sentence, code, equation, foot; /* where each ends, and where the timeline begins */
};

static float room_of(const struct view_state *state)
{
    return state->room_scale > 0 ? state->room_scale : 1;
}

static float presented_scale(const struct view_state *state)
{
    const float text = state->text_scale > 0 ? state->text_scale : 1;

    return fminf(text * room_of(state), PRESENTED_MOST);
}

/* The size of text while exploring, unscaled: by the smaller of both sides, never below 13 px. */
static float explored_text(const struct view_state *state, float width, float height)
{
    static const float pixels = 96;
    const float density = state->density > 0 ? state->density : 1;

    return fmaxf(fminf(height / 54, width / pixels), EXPLORE_LEAST_TEXT * density + density);
}

float screen_text_most(const struct view_state *state, float width, float height)
{
    static const float across = 50, down = 30; /* em that a window must hold */

    if (state->mode == SCREEN_PRESENT) {
        return fmaxf(PRESENTED_MOST / room_of(state), 1);
    }
    const float text = explored_text(state, width, height);
    return fmaxf(fminf(width / across, height / down) / text, 1);
}

float screen_text_scale(const struct view_state *state, float width, float height)
{
    const float text = state->text_scale > 0 ? state->text_scale : 1;

    return fminf(text, screen_text_most(state, width, height));
}

static struct bands bands_of(const struct view_state *state, float w, float h)
{
    const float scale = fmaxf(presented_scale(state), 1);

    if (is_wide(w, h)) {
        return (struct bands){ 0.10f * scale, 0.24f * scale, 0.24f * scale, 1 - 0.08f * scale };
    }
    return (struct bands){ 0.13f * scale, 0.23f * scale, 0.34f * scale, 1 - 0.08f * scale };
}

/* 16:9 and 16:10: sentence, a band of code and equation, the graph, the timeline. */
static struct screen_regions present_wide(const struct view_state *state, float w, float h)
{
    const struct bands b = bands_of(state, w, h);
    struct screen_regions r = { .sentence = part(w, h, 0, 0, 1, b.sentence),
                                .code = part(w, h, 0, b.sentence, 0.44f, b.code),
                                .equation = part(w, h, 0.44f, b.sentence, 1, b.equation),
                                .stage = part(w, h, 0, b.equation, 1, b.foot),
                                .timeline = part(w, h, 0, b.foot, 1, 1) };

    if (state->code_style == CODE_COLUMN) {
        r.code = part(w, h, 0, b.sentence, 0.38f, b.foot);
        r.equation = part(w, h, 0.38f, b.sentence, 1, b.equation);
        r.stage = part(w, h, 0.38f, b.equation, 1, b.foot);
    } else if (state->code_style == CODE_HIDDEN) {
        r.code = (struct rect){ 0 };
        r.equation = part(w, h, 0, b.sentence, 1, b.equation);
    }
    return r;
}

/* 4:3: code and equation under each other. Without the code between them the graph begins higher. */
static struct screen_regions present_narrow(const struct view_state *state, float w, float h)
{
    const struct bands b = bands_of(state, w, h);
    const float under = b.sentence + b.equation - b.code;
    struct screen_regions r = { .sentence = part(w, h, 0, 0, 1, b.sentence),
                                .code = part(w, h, 0, b.sentence, 1, b.code),
                                .equation = part(w, h, 0, b.code, 1, b.equation),
                                .stage = part(w, h, 0, b.equation, 1, b.foot),
                                .timeline = part(w, h, 0, b.foot, 1, 1) };

    if (state->code_style == CODE_COLUMN) {
        r.code = part(w, h, 0, b.sentence, 0.38f, b.foot);
        r.equation = part(w, h, 0.38f, b.sentence, 1, under);
        r.stage = part(w, h, 0.38f, under, 1, b.foot);
    } else if (state->code_style == CODE_HIDDEN) {
        r.code = (struct rect){ 0 };
        r.equation = part(w, h, 0, b.sentence, 1, under);
        r.stage = part(w, h, 0, under, 1, b.foot);
    }
    return r;
}

/* ---- exploring -------------------------------------------------------------------------- */

static float density(const struct view_state *state)
{
    return state->density > 0 ? state->density : 1;
}

static bool is_narrow(const struct view_state *state, float width)
{
    static const float narrow = 1100;

    return width < narrow * density(state);
}

bool screen_tabs_open(const struct view_state *state, float width)
{
    return is_narrow(state, width) ? state->drawer_open : !state->tabs_hidden;
}

/* The lesson's width: what was dragged to, between what code needs and what the stage needs. */
static float lesson_width(const struct view_state *state, float w)
{
    static const float part = 0.32f, least = 380, most = 0.6f;
    const float wanted = w * (state->lesson_part > 0 ? state->lesson_part : part);

    return fminf(fmaxf(wanted, least * density(state)), w * most);
}

/* The tabs' height in a body of that height; their heads alone when they are put away. */
static float tabs_height(const struct view_state *state, float w, float h, float body)
{
    static const float part = 0.24f, drawer_part = 0.34f, least = 5, most = 0.7f;
    const struct type_scale type = screen_type(state, w, h);
    const float usual = is_narrow(state, w) ? drawer_part : part;

    if (!screen_tabs_open(state, w)) {
        return screen_tab_head(&type);
    }
    const float wanted = h * (state->tabs_part > 0 ? state->tabs_part : usual);
    return fminf(fmaxf(wanted, least * type.text), body * most);
}

/* Toolbar above, the lesson at the left, the stage at the right with the tabs under it, the timeline
 * at the foot. Bars grow with the text in them. */
static struct screen_regions explore(const struct view_state *state, float w, float h)
{
    const struct type_scale type = screen_type(state, w, h);
    const float bar = fmaxf(h * 0.06f, type.text * 2.6f), foot = fmaxf(h * 0.10f, type.text * 4.4f);
    const float lesson = state->lesson_hidden ? 0 : lesson_width(state, w), body = h - bar - foot;
    const float tabs = tabs_height(state, w, h, body), right = w - lesson;
    const float sentence = type.sentence * 2.2f, hint = state->hint ? type.caption * 1.9f : 0;

    return (struct screen_regions){
        .toolbar = { 0, 0, w, bar },
        .panel = { 0, bar, lesson, body },
        .sentence = { lesson, bar, right, sentence },
        .stage = { lesson, bar + sentence, right, body - tabs - sentence - hint },
        .hint = { lesson, bar + body - tabs - hint, right, hint },
        .tabs = { lesson, bar + body - tabs, right, tabs },
        .timeline = { 0, h - foot, w, foot },
    };
}

/* The graph alone: only what happened above it and where we are below it stay. */
static struct screen_regions alone(const struct view_state *state, float w, float h)
{
    const bool present = state->mode == SCREEN_PRESENT;
    const struct bands bands = bands_of(state, w, h);
    const struct type_scale type = screen_type(state, w, h);
    const float head = present ? h * bands.sentence : type.sentence * 2.2f;
    const float foot = present ? h * (1 - bands.foot) : fmaxf(h * 0.08f, type.text * 4.4f);

    return (struct screen_regions){ .sentence = { 0, 0, w, head },
                                    .stage = { 0, head, w, h - head - foot },
                                    .timeline = { 0, h - foot, w, foot } };
}

struct screen_regions screen_regions(const struct view_state *state, float width, float height)
{
    if (state->start) {
        return (struct screen_regions){ .stage = { 0, 0, width, height } };
    }
    if (state->alone) {
        return alone(state, width, height);
    }
    if (state->mode == SCREEN_EXPLORE) {
        return explore(state, width, height);
    }
    return is_wide(width, height) ? present_wide(state, width, height)
                                  : present_narrow(state, width, height);
}

struct point screen_room(const struct view_state *state, float width, float height)
{
    const struct rect stage = screen_regions(state, width, height).stage;
    return (struct point){ stage.w, stage.h };
}

/* PyTorch's long sentences must stand whole: they take room from a code strip beside or above them, and
 * the rest from the stage, which keeps what a graph needs. */
static struct screen_regions with_room_for_error(const struct view *view, struct screen_regions r)
{
    static const float beside = 0.3f, above = 0.7f, stage_keeps = 0.6f;
    const float right = r.equation.x + r.equation.w, foot = r.equation.y + r.equation.h;
    const bool abreast = r.code.w > 0 && r.code.y == r.equation.y && r.code.h == r.equation.h;

    if (abreast) {
        r.code.w = right * beside;
        r.equation.x = r.code.w;
        r.equation.w = right - r.code.w;
    } else if (r.code.w > 0 && r.code.y + r.code.h == r.equation.y) {
        r.code.h *= above;
        r.equation.y = r.code.y + r.code.h;
        r.equation.h = foot - r.equation.y;
    }
    const float lacking = view_equation_height(view, r.equation.w) - r.equation.h;
    const float more = fminf(fmaxf(lacking, 0), r.stage.h * (1 - stage_keeps));
    r.equation.h += more;
    r.code.h += abreast ? more : 0;
    r.stage.y += more;
    r.stage.h -= more;
    return r;
}

/* The film strip stands under the stage. Open tabs give what they do not need, the stage only what it has
 * beyond its part of the page; where both have too little there is no strip. */
static struct screen_regions with_room_for_film(const struct view *view, struct screen_regions r,
                                                float height)
{
    static const float explore_keeps = 0.6f, beside_plots = 0.55f, present_keeps = 0.42f;
    const bool present = view->state->mode == SCREEN_PRESENT;
    const float wanted = view_film_height(view);
    const float below_head = r.tabs.h - screen_tab_head(&view->type);
    const struct screen_tab *const tab =
        wanted > 0 && below_head > 1 ? screen_tab_at(screen_tab_shown(view)) : NULL;
    const float tabs_keep = tab ? tab->keeps : 0;
    /* A curve needs more height than words do; the stage gives a little of its own for it. */
    const bool plots = tab && tab->draw == view_training;
    const float spare = below_head - tabs_keep * view->type.text;
    const float from_tabs = fminf(fmaxf(spare, 0), wanted);
    const float from_stage = wanted - from_tabs;
    const float keeps =
        present ? height * present_keeps
                : height * (plots ? beside_plots : explore_keeps) - r.sentence.h - r.hint.h;

    if (wanted <= 0 || (from_stage > 0 && r.stage.h - from_stage < keeps)) {
        return r;
    }
    r.stage.h -= from_stage;
    r.hint.y -= from_stage;
    r.film = (struct rect){ r.stage.x, r.stage.y + r.stage.h + r.hint.h, r.stage.w, wanted };
    r.tabs.y += from_tabs;
    r.tabs.h -= from_tabs;
    return r;
}

/* The bar stands under the title. What is beneath it moves down; what reaches as far down as the stage
 * gives the room. */
static struct screen_regions with_room_for_consent(const struct view *view, struct screen_regions r,
                                                   float width)
{
    struct rect *const moved[] = { &r.panel, &r.sentence, &r.code, &r.equation, &r.stage };
    const float taken = view_consent_height(view, width), foot = r.stage.y + r.stage.h;

    r.consent = (struct rect){ 0, r.toolbar.y + r.toolbar.h, width, taken };
    for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
        moved[i]->h -= moved[i]->y + moved[i]->h >= foot ? taken : 0;
        moved[i]->y += taken;
    }
    return r;
}

struct screen_regions screen_regions_now(const struct view *view, float width, float height)
{
    struct screen_regions regions = screen_regions(view->state, width, height);
    const struct run_view *const run = view->runs; /* NULL on the start page */

    if (view->state->start) {
        return regions;
    }
    if (view->state->mode == SCREEN_PRESENT && regions.equation.w > 0 &&
        (trace_error_at(run->trace, run->moment) ||
         view_equation_height(view, regions.equation.w) > regions.equation.h)) {
        regions = with_room_for_error(view, regions);
    }
    if (view->consent) {
        regions = with_room_for_consent(view, regions, width);
    }
    return with_room_for_film(view, regions, height);
}

/* Presenting: parts of the height, and of the width where a page is as narrow as none is. Exploring, the eye
 * is near. */
struct type_scale screen_type(const struct view_state *state, float width, float height)
{
    static const float narrowest = 5.0f / 4;

    if (state->mode == SCREEN_PRESENT) {
        const float h = fminf(height, width / narrowest) * presented_scale(state);
        return (struct type_scale){
            .value = h * 0.050f, .sentence = h * 0.042f, .text = h * 0.032f, .caption = h * 0.024f
        };
    }
    const float least = EXPLORE_LEAST_TEXT * density(state);
    const float asked =
        explored_text(state, width, height) * screen_text_scale(state, width, height);
    const float base = fmaxf(asked, least);
    return (struct type_scale){ .value = base * 1.6f,
                                .sentence = base * 1.15f,
                                .text = base,
                                .caption = fmaxf(base * 0.9f, least) };
}

/* ---- the screen ------------------------------------------------------------------------- */

/* Lines between panels, which a pointer takes hold of a little beside them as well. */
static void draw_divider(const struct view *view, enum screen_divider id, struct rect line,
                         struct scene *scene)
{
    const float reach = 4 * density(view->state);
    const struct rect bounds = { line.x - reach, line.y - reach, line.w + 2 * reach,
                                 line.h + 2 * reach };
    const struct target *const hovered = &view->state->hovered;
    const bool hot = hovered->kind == TARGET_DIVIDER && hovered->id == (int64_t)id;

    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_DIVIDER, .id = id },
                                             .bounds = bounds,
                                             .title = view_word(view, "Drag to resize") });
    scene_rect(scene, &(struct draw_rect){ .rect = hot ? (struct rect){ line.x - 1, line.y - 1,
                                                                        line.w + 2, line.h + 2 }
                                                       : line,
                                           .fill = hot ? INK_FORWARD : INK_PANEL_LINE });
    scene_group_end(scene);
}

static void draw_dividers(const struct view *view, const struct screen_regions *r,
                          struct scene *scene)
{
    if (r->panel.w > 0) {
        draw_divider(view, DIVIDER_LESSON,
                     (struct rect){ r->panel.x + r->panel.w - 1, r->panel.y, 1, r->panel.h },
                     scene);
    }
    if (screen_tabs_open(view->state, scene->width)) {
        draw_divider(view, DIVIDER_TABS, (struct rect){ r->tabs.x, r->tabs.y, r->tabs.w, 1 },
                     scene);
    }
}

/* The three keys that one needs to begin. */
static void draw_hint(const struct view *view, struct rect row, struct scene *scene)
{
    const float size = view->type.caption;
    const char *const text =
        arena_format(view->arena, "→ %s · ← %s · F5 %s", view_word(view, "next step"),
                     view_word(view, "previous step"), view_word(view, "present"));

    scene_text(scene, &(struct draw_text){ .at = { row.x + row.w / 2, row.y + row.h * 0.66f },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .align = ALIGN_CENTRE,
                                           .max_width = row.w - 2 * size });
}

static void draw_stage(const struct view *view, struct rect area, struct scene *scene)
{
    if (view->state->question > 0) {
        view_question(view, area, scene);
    } else {
        view_stage(view, area, scene);
    }
}

static void draw_explore(const struct view *view, const struct screen_regions *r,
                         struct scene *scene)
{
    scene_clip(scene, r->stage);
    draw_stage(view, r->stage, scene);
    scene_clip_end(scene);
    const float taken = view_stage_switch(view, r->sentence, scene);
    view_sentence(
        view, (struct rect){ r->sentence.x, r->sentence.y, r->sentence.w - taken, r->sentence.h },
        scene);
    if (r->hint.h > 0) {
        draw_hint(view, r->hint, scene);
    }
    if (r->film.h > 0) {
        view_film(view, r->film, scene);
    }
    if (r->tabs.w > 0) {
        view_tabs(view, r->tabs, scene);
    }
    if (r->panel.w > 0) {
        scene_rect(scene, &(struct draw_rect){ .rect = r->panel, .fill = INK_PANEL });
        scene_clip(scene, r->panel);
        view_lesson(view, r->panel, scene);
        scene_clip_end(scene);
    }
    view_timeline(view, r->timeline, scene);
    if (r->toolbar.w > 0) {
        view_toolbar(view, r->toolbar, scene);
        draw_dividers(view, r, scene);
    }
}

/* In training the phases stand above the current line; the code has what is left. */
static struct rect below_phases(const struct view *view, struct rect code, struct scene *scene)
{
    const float taken = view_phases(view, code, scene);

    return (struct rect){ code.x, code.y + taken, code.w, code.h - taken };
}

/* A question has all the room above where we are, below a word about the result's age. */
static void draw_asking(const struct view *view, const struct screen_regions *r,
                        struct scene *scene)
{
    const float aged = view->state->age == AGE_CURRENT ? 0 : r->sentence.h;
    const float top = r->sentence.y + aged;
    const struct rect area = { 0, top, scene->width, r->timeline.y - top };

    scene_clip(scene, area);
    view_question(view, area, scene);
    scene_clip_end(scene);
    view_sentence(view, r->sentence, scene);
    view_timeline(view, r->timeline, scene);
}

/* Code and equation; not what the stage shows already. */
static void draw_band(const struct view *view, const struct screen_regions *r, struct scene *scene)
{
    const bool failed = trace_error_at(view->runs[0].trace, view->runs[0].moment);

    if (r->code.w > 0) {
        const struct rect code = below_phases(view, r->code, scene);
        if (!scene->has_code) {
            scene_clip(scene, code);
            view_code(view, code, scene);
            scene_clip_end(scene);
        }
    }
    if (r->equation.w > 0 && (!scene->has_output || failed)) {
        scene_clip(scene, r->equation);
        view_equation(view, r->equation, scene);
        scene_clip_end(scene);
    }
}

static void draw_present(const struct view *view, const struct screen_regions *r,
                         struct scene *scene)
{
    if (view->state->question > 0) {
        draw_asking(view, r, scene);
        return;
    }
    scene_clip(scene, r->stage);
    if (view->state->card) {
        view_card(view, r->stage, scene);
    } else {
        view_stage(view, r->stage, scene);
    }
    scene_clip_end(scene);
    view_sentence(view, r->sentence, scene);
    draw_band(view, r, scene);
    if (r->film.h > 0) {
        view_film(view, r->film, scene);
    }
    view_timeline(view, r->timeline, scene);
}

/* A ring around what the keyboard is at, where it stands first. */
static void draw_focus(const struct view *view, struct scene *scene)
{
    const float gap = 2 * density(view->state);

    for (size_t i = 0; i < scene->draw_count && view->state->focused.kind != TARGET_NONE; i++) {
        const struct draw *const draw = &scene->draws[i];
        if (draw->kind == DRAW_GROUP && target_same(draw->group.target, view->state->focused)) {
            const struct rect at = draw->group.bounds, room = scene_room_at(scene, i);
            scene->layer = LAYER_OVERLAY;
            scene_clip(scene, room); /* the graph may be looked at from elsewhere by now */
            scene_rect(scene, &(struct draw_rect){ .rect = { at.x - gap, at.y - gap, at.w + 2 * gap,
                                                             at.h + 2 * gap },
                                                   .radius = 3 * gap,
                                                   .stroke = INK_FORWARD,
                                                   .width = 1.5f * gap });
            scene_clip_end(scene);
            scene->layer = LAYER_STILL;
            return;
        }
    }
}

void screen_draw(const struct view *view, float width, float height, struct scene *scene)
{
    const struct screen_regions regions = screen_regions_now(view, width, height);

    scene->width = width;
    scene->height = height;
    if (view->state->blank != BLANK_NONE && view->state->mode == SCREEN_PRESENT) {
        const enum ink ink = view->state->blank == BLANK_BLACK ? INK_BLACK : INK_WHITE;
        scene_rect(scene, &(struct draw_rect){ .rect = { 0, 0, width, height }, .fill = ink });
        return;
    }
    if (view->state->room && view->state->mode == SCREEN_PRESENT) {
        view_room(view, (struct rect){ 0, 0, width, height }, scene);
        return;
    }
    if (view->overview) {
        view_overview(view, view->overview, (struct rect){ 0, 0, width, height }, scene);
    } else if (view->start) {
        view_start(view, regions.stage, scene);
    } else if (view->state->mode == SCREEN_EXPLORE) {
        draw_explore(view, &regions, scene);
    } else {
        draw_present(view, &regions, scene);
    }
    if (regions.consent.w > 0 && !view->overview) {
        view_consent(view, regions.consent, scene);
    }
    draw_focus(view, scene);
    if (view->pointer) {
        view_pointer(view->pointer, scene);
    }
}

struct code_room screen_code_room(const struct view *view, float width, float height)
{
    const struct screen_regions regions = screen_regions_now(view, width, height);

    return view->state->mode == SCREEN_EXPLORE
               ? view_lesson_room(view, regions.panel)
               : view_code_room(view, below_phases(view, regions.code, NULL));
}
