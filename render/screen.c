/* Regions and the little that belongs to no view: the toolbar, the tabs' heads, panels' plates. */

#include "render/screen.h"

#include <math.h>
#include <string.h>

static const float EXPLORE_LEAST_TEXT = 13;
static const float LINE = 1.45f; /* pitch of lines in em: stacked Vietnamese marks */

/* ---- regions ---------------------------------------------------------------------------- */

static struct rect part(float w, float h, float x, float y, float right, float bottom)
{
    return (struct rect){ x * w, y * h, (right - x) * w, (bottom - y) * h };
}

static bool is_wide(float w, float h)
{
    return w / h > 1.45f;
}

/* 16:9 and 16:10: sentence, a band of code and equation, the graph, the timeline. */
static struct screen_regions present_wide(const struct view_state *state, float w, float h)
{
    struct screen_regions r = { .sentence = part(w, h, 0, 0, 1, 0.10f),
                                .code = part(w, h, 0, 0.10f, 0.44f, 0.24f),
                                .equation = part(w, h, 0.44f, 0.10f, 1, 0.24f),
                                .stage = part(w, h, 0, 0.24f, 1, 0.92f),
                                .timeline = part(w, h, 0, 0.92f, 1, 1) };

    if (state->code_style == 1) {
        r.code = part(w, h, 0, 0.10f, 0.38f, 0.92f);
        r.equation = part(w, h, 0.38f, 0.10f, 1, 0.24f);
        r.stage = part(w, h, 0.38f, 0.24f, 1, 0.92f);
    } else if (state->code_style == 2) {
        r.code = (struct rect){ 0 };
        r.equation = part(w, h, 0, 0.10f, 1, 0.24f);
    }
    return r;
}

/* 4:3: code and equation under each other. */
static struct screen_regions present_narrow(const struct view_state *state, float w, float h)
{
    struct screen_regions r = { .sentence = part(w, h, 0, 0, 1, 0.13f),
                                .code = part(w, h, 0, 0.13f, 1, 0.23f),
                                .equation = part(w, h, 0, 0.23f, 1, 0.34f),
                                .stage = part(w, h, 0, 0.34f, 1, 0.92f),
                                .timeline = part(w, h, 0, 0.92f, 1, 1) };

    if (state->code_style == 1) {
        r.code = part(w, h, 0, 0.13f, 0.38f, 0.92f);
        r.equation = part(w, h, 0.38f, 0.13f, 1, 0.24f);
        r.stage = part(w, h, 0.38f, 0.24f, 1, 0.92f);
    } else if (state->code_style == 2) {
        r.code = (struct rect){ 0 };
        r.equation = part(w, h, 0, 0.13f, 1, 0.24f);
        r.stage = part(w, h, 0, 0.24f, 1, 0.92f);
    }
    return r;
}

/* Toolbar above, the lesson at the left, the stage at the right with the tabs under it. In a narrow
 * window the tabs are a drawer: their heads alone, until one is opened by its key. */
static struct screen_regions explore(const struct view_state *state, float w, float h)
{
    enum { NARROW = 1100, LESSON_LEAST = 380 };
    const float bar = fmaxf(h * 0.06f, 40), foot = fmaxf(h * 0.10f, 64);
    const float lesson = fmaxf(w * 0.32f, LESSON_LEAST);
    const float body = h - bar - foot;
    const bool drawer = w < NARROW;
    const float tabs = drawer ? (state->tab ? body * 0.4f : bar) : h * 0.24f;
    const float sentence = screen_type(state, w, h).sentence * 2.2f;

    return (struct screen_regions){
        .toolbar = { 0, 0, w, bar },
        .panel = { 0, bar, lesson, body },
        .sentence = { lesson, bar, w - lesson, sentence },
        .stage = { lesson, bar + sentence, w - lesson, body - tabs - sentence },
        .tabs = { lesson, bar + body - tabs, w - lesson, tabs },
        .timeline = { 0, h - foot, w, foot },
    };
}

struct screen_regions screen_regions(const struct view_state *state, float width, float height)
{
    if (state->mode == SCREEN_EXPLORE) {
        return explore(state, width, height);
    }
    return is_wide(width, height) ? present_wide(state, width, height)
                                  : present_narrow(state, width, height);
}

struct type_scale screen_type(const struct view_state *state, float width, float height)
{
    const float scale = state->text_scale > 0 ? state->text_scale : 1;

    if (state->mode == SCREEN_PRESENT) {
        return (struct type_scale){ .value = height * 0.050f * scale,
                                    .sentence = height * 0.042f * scale,
                                    .text = height * 0.032f * scale,
                                    .caption = height * 0.024f * scale };
    }
    /* In explore the eye is near: the text follows the smaller of both sides, never below 13 px. */
    const float base = fmaxf(fminf(height / 54, width / 96), EXPLORE_LEAST_TEXT + 1);
    return (struct type_scale){ .value = base * 1.6f * scale,
                                .sentence = base * 1.15f * scale,
                                .text = base * scale,
                                .caption = fmaxf(base * 0.9f, EXPLORE_LEAST_TEXT) * scale };
}

/* ---- toolbar ---------------------------------------------------------------------------- */

struct button {
    enum screen_button id;
    const char *label; /* translated */
    const char *key;   /* shown behind it in the tooltip */
    bool filled;
};

static float text_width(const struct view *view, enum type_role role, float size, const char *text)
{
    return fonts_measure(view->fonts, role, text, strlen(text)) * size;
}

/* A labelled button whose right edge is at `right`; returns its left edge. */
static float draw_button(const struct view *view, const struct button *button, float right,
                         struct rect bar, struct scene *scene)
{
    const float size = view->type.text, pad = size * 0.8f;
    const float w = text_width(view, TYPE_UI_BOLD, size, button->label) + 2 * pad;
    const float h = fminf(size * 2.1f, bar.h * 0.8f);
    const struct rect box = { right - w, bar.y + (bar.h - h) / 2, w, h };
    const struct target target = { .kind = TARGET_COMMAND, .id = button->id };
    const bool hot = view->state->hovered.kind == TARGET_COMMAND &&
                     view->state->hovered.id == (int64_t)button->id;
    const char *const title = arena_format(view->arena, "%s (%s)", button->label, button->key);

    scene_group(scene, &(struct draw_group){ .target = target, .bounds = box, .title = title });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = h / 3.5f,
                                           .fill = button->filled ? INK_FORWARD
                                                   : hot          ? INK_FORWARD_SOFT
                                                                  : INK_CARD,
                                           .stroke = button->filled || hot ? INK_FORWARD
                                                                           : INK_PANEL_LINE });
    scene_text(scene, &(struct draw_text){ .at = { box.x + w / 2, box.y + h / 2 + size * 0.36f },
                                           .bytes = button->label,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = button->filled ? INK_TEXT_ON_ACCENT : INK_TEXT,
                                           .align = ALIGN_CENTRE });
    scene_group_end(scene);
    return box.x - size * 0.5f;
}

static const char *granularity_name(const struct view *view)
{
    switch (view->state->granularity) {
    case STOP_LINE:
        return view_word(view, "Step: line");
    case STOP_CELL:
        return view_word(view, "Step: cell");
    case STOP_PHASE:
        return view_word(view, "Step: phase");
    case STOP_OPERATION:
        return view_word(view, "Step: operation");
    case STOP_AUTO:
        break;
    }
    return view_word(view, "Step: automatic");
}

static void draw_toolbar(const struct view *view, struct rect bar, struct scene *scene)
{
    const bool mathematics = view->state->level == GRAPH_MATHEMATICS;
    const struct button buttons[] = {
        { BUTTON_PRESENT, view_word(view, "Present"), "F5", true },
        { BUTTON_HELP, view_word(view, "Help"), "F1", false },
        { BUTTON_LANGUAGE, view->state->language == LANGUAGE_VI ? "English" : "Tiếng Việt", "L",
          false },
        { BUTTON_THEME, view_word(view, "Theme"), "T", false },
        { BUTTON_LEVEL, view_word(view, mathematics ? "PyTorch's graph" : "Mathematics"), "G",
          false },
        { BUTTON_GRANULARITY, granularity_name(view), "S", false },
        { BUTTON_RUN, view_word(view, "Run again"), "R", false },
    };
    const float pad = view->type.text, title_size = view->type.sentence * 1.1f;
    float right = bar.x + bar.w - pad;

    scene_rect(scene, &(struct draw_rect){ .rect = bar, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){ .rect = { bar.x, bar.y + bar.h - 1, bar.w, 1 },
                                           .fill = INK_PANEL_LINE });
    const char *const name = view->runs[0].label ? view->runs[0].label : "";
    const float least = bar.x + pad + title_size * 7;
    for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]) && right > least; i++) {
        const float w = text_width(view, TYPE_UI_BOLD, view->type.text, buttons[i].label);
        if (right - w - 2 * pad < least) {
            break; /* what does not fit is reached by its key */
        }
        right = draw_button(view, &buttons[i], right, bar, scene);
    }
    scene_text(scene,
               &(struct draw_text){ .at = { bar.x + pad, bar.y + bar.h / 2 + title_size * 0.36f },
                                    .bytes = name,
                                    .role = TYPE_UI_BOLD,
                                    .size = title_size,
                                    .ink = INK_TEXT,
                                    .max_width = right - bar.x - 2 * pad });
}

/* ---- tabs ------------------------------------------------------------------------------- */

static float draw_tab(const struct view *view, enum screen_button id, const char *label,
                      bool chosen, struct rect head, struct scene *scene)
{
    const float size = view->type.text;
    const float w = text_width(view, TYPE_UI_BOLD, size, label) + 2 * size;
    const struct rect box = { head.x, head.y, w, head.h };

    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = id },
                                             .bounds = box,
                                             .title = label });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = label,
                                    .role = chosen ? TYPE_UI_BOLD : TYPE_UI,
                                    .size = size,
                                    .ink = chosen ? INK_TEXT : INK_TEXT_SECOND,
                                    .align = ALIGN_CENTRE });
    if (chosen) {
        scene_rect(scene, &(struct draw_rect){
                              .rect = { box.x + size / 2, box.y + box.h - 3, w - size, 3 },
                              .fill = INK_FORWARD });
    }
    scene_group_end(scene);
    return box.x + w;
}

static void draw_tabs(const struct view *view, struct rect area, struct scene *scene)
{
    const float head_height = fminf(view->type.text * 2.2f, area.h);
    struct rect head = { area.x + view->type.text / 2, area.y, area.w, head_height };
    const struct rect body = { area.x, area.y + head_height, area.w, area.h - head_height };

    scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){ .rect = { area.x, area.y, area.w, 1 },
                                           .fill = INK_PANEL_LINE });
    head.x = draw_tab(view, BUTTON_TAB_LEDGER, view_word(view, "How it is computed"),
                      view->state->tab == 0, head, scene);
    draw_tab(view, BUTTON_TAB_OUTPUT, view_word(view, "Output"), view->state->tab == 1, head,
             scene);
    if (body.h < view->type.text * LINE) {
        return;
    }
    scene_clip(scene, body);
    if (view->state->tab == 0) {
        view_ledger(view, body, scene);
    } else {
        view_output(view, body, scene);
    }
    scene_clip_end(scene);
}

/* ---- the sentence ----------------------------------------------------------------------- */

/* Behind a sentence if one ends in the later half of what fits, so that "9 + 9 = 18" stays whole; else
 * at a blank. */
static size_t sentence_break(const struct view *view, const char *text, float em)
{
    const size_t fit = fonts_break_prose(view->fonts, TYPE_UI_BOLD, text, strlen(text), em);

    for (size_t at = fit; at > fit / 2 && text[fit]; at--) {
        if (text[at] == ' ' && text[at - 1] == '.') {
            return at;
        }
    }
    return fit;
}

/* Breaks at blanks into at most `lines` lines that fit the width; the last one is cut. */
static void draw_wrapped(const struct view *view, const char *text, struct rect area, float size,
                         int lines, struct scene *scene)
{
    float y = area.y + (area.h - (float)lines * size * 1.25f) / 2 + size * 0.95f;

    for (int line = 0; line < lines && *text; line++, y += size * 1.25f) {
        const size_t all = strlen(text);
        const size_t fit = line + 1 < lines ? sentence_break(view, text, area.w / size) : all;
        scene_text(scene, &(struct draw_text){ .at = { area.x, y },
                                               .bytes = text,
                                               .length = fit,
                                               .role = TYPE_UI_BOLD,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = area.w });
        text += fit + (text[fit] == ' ');
    }
}

/* One line if it fits, set smaller down to the text type; else two, as large as the region bears. */
void view_sentence(const struct view *view, struct rect area, struct scene *scene)
{
    static const float two_lines = 2 * 1.25f, rim = 0.94f;
    const float size = view->type.sentence, pad = size * 0.6f;
    const struct rect inner = { area.x + pad, area.y, area.w - 2 * pad, area.h };
    const char *const sentence =
        sentence_for(&view->runs[0], view->words, view->state->language, view->arena);
    const float width = text_width(view, TYPE_UI_BOLD, 1, sentence);
    const float fitting = width > 0 ? inner.w / width : size;

    const float smaller = fminf(size, area.h * rim / two_lines);

    if (fitting >= view->type.text || fitting >= smaller) {
        draw_wrapped(view, sentence, inner, fminf(size, fitting), 1, scene);
    } else {
        draw_wrapped(view, sentence, inner, smaller, 2, scene);
    }
}

/* ---- the screen ------------------------------------------------------------------------- */

static void draw_explore(const struct view *view, const struct screen_regions *r,
                         struct scene *scene)
{
    scene_clip(scene, r->stage);
    view_graph(view, r->stage, scene);
    scene_clip_end(scene);
    view_sentence(view, r->sentence, scene);
    draw_tabs(view, r->tabs, scene);
    scene_rect(scene, &(struct draw_rect){ .rect = r->panel, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){
                          .rect = { r->panel.x + r->panel.w - 1, r->panel.y, 1, r->panel.h },
                          .fill = INK_PANEL_LINE });
    scene_clip(scene, r->panel);
    view_lesson(view, r->panel, scene);
    scene_clip_end(scene);
    view_timeline(view, r->timeline, scene);
    draw_toolbar(view, r->toolbar, scene);
}

/* PyTorch's long sentences must stand whole: they take room from a code strip beside them. */
static struct screen_regions with_room_for_error(const struct view *view, struct screen_regions r)
{
    static const float beside = 0.3f, above = 0.5f;
    const float right = r.equation.x + r.equation.w, foot = r.equation.y + r.equation.h;

    if (!trace_error_at(view->runs[0].trace, view->runs[0].moment)) {
        return r;
    }
    if (r.code.w > 0 && r.code.y == r.equation.y && r.code.h == r.equation.h) {
        r.code.w = right * beside;
        r.equation.x = r.code.w;
        r.equation.w = right - r.code.w;
    } else if (r.code.w > 0 && r.code.y + r.code.h == r.equation.y) {
        r.code.h *= above;
        r.equation.y = r.code.y + r.code.h;
        r.equation.h = foot - r.equation.y;
    }
    return r;
}

static void draw_present(const struct view *view, const struct screen_regions *r,
                         struct scene *scene)
{
    scene_clip(scene, r->stage);
    if (view->state->card) {
        view_card(view, r->stage, scene);
    } else {
        view_graph(view, r->stage, scene);
    }
    scene_clip_end(scene);
    view_sentence(view, r->sentence, scene);
    if (r->code.w > 0) {
        scene_clip(scene, r->code);
        view_code(view, r->code, scene);
        scene_clip_end(scene);
    }
    scene_clip(scene, r->equation);
    view_equation(view, r->equation, scene);
    scene_clip_end(scene);
    view_timeline(view, r->timeline, scene);
}

void screen_draw(const struct view *view, float width, float height, struct scene *scene)
{
    const struct screen_regions regions = screen_regions(view->state, width, height);

    scene->width = width;
    scene->height = height;
    if (view->state->mode == SCREEN_EXPLORE) {
        draw_explore(view, &regions, scene);
    } else {
        const struct screen_regions present = with_room_for_error(view, regions);
        draw_present(view, &present, scene);
    }
}

struct code_room screen_code_room(const struct view *view, float width, float height)
{
    const struct screen_regions regions = screen_regions(view->state, width, height);

    return view->state->mode == SCREEN_EXPLORE ? view_lesson_room(view, regions.panel)
                                               : view_code_room(view, regions.code);
}
