#include "render/plots/plot_panel.h"

#include <string.h>

#include "render/screen.h"

/* ---- the choice ---------------------------------------------------------------------------- */

struct choice {
    enum screen_button button;
    const char *label;
    bool chosen;
};

static float choice_width(const struct view *view, const struct choice *choice)
{
    const char *const label = view_word(view, choice->label);
    const float size = view->type.caption;

    return fonts_measure(view->fonts, TYPE_UI_BOLD, label, strlen(label)) * size + size * 1.4f;
}

static void draw_choice(const struct view *view, const struct choice *choice, struct rect box,
                        struct scene *scene)
{
    const float size = view->type.caption;
    const char *const label = view_word(view, choice->label);
    const struct target *const hovered = &view->state->hovered;
    const bool hot = hovered->kind == TARGET_COMMAND && hovered->id == (int64_t)choice->button;

    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = choice->button },
                                      .bounds = box,
                                      .title = label });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = box.h / 2,
                                           .fill = INK_CARD,
                                           .stroke = choice->chosen ? INK_FORWARD : INK_PANEL_LINE,
                                           .width = choice->chosen ? 1.5f : 1 });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = label,
                                    .role = choice->chosen ? TYPE_UI_BOLD : TYPE_UI,
                                    .size = size,
                                    .ink = choice->chosen || hot ? INK_TEXT : INK_TEXT_SECOND,
                                    .align = ALIGN_CENTRE });
    scene_group_end(scene);
}

static size_t choices_of(const struct view *view, struct choice out[PLOT_KINDS + 1])
{
    static const struct {
        enum plot_kind kind;
        enum screen_button button;
        const char *label;
    } kinds[] = {
        { PLOT_FIT, BUTTON_PLOT_FIT, WORD("Fit") },
        { PLOT_LANDSCAPE, BUTTON_PLOT_LANDSCAPE, WORD("Landscape") },
    };
    const enum plot_kind shown = plot_shown(view);
    size_t count = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (plot_offered(view, kinds[i].kind)) {
            out[count++] =
                (struct choice){ kinds[i].button, kinds[i].label, shown == kinds[i].kind };
        }
    }
    count = count > 1 ? count : 0;
    if (shown == PLOT_LANDSCAPE) {
        out[count++] = (struct choice){ BUTTON_RACE, WORD("Race"), false };
    }
    return count;
}

/* Returns their left edge. */
static float draw_choices(const struct view *view, struct rect row, struct scene *scene)
{
    const float gap = view->type.caption * 0.4f, h = view->type.caption * 1.7f;
    struct choice choices[PLOT_KINDS + 1];
    const size_t count = choices_of(view, choices);
    float x = row.x + row.w;

    for (size_t i = count; i-- > 0;) {
        const float w = choice_width(view, &choices[i]);
        x -= w;
        draw_choice(view, &choices[i], (struct rect){ x, row.y + (row.h - h) / 2, w, h }, scene);
        x -= gap;
    }
    return x;
}

/* ---- headings ------------------------------------------------------------------------------ */

void plot_panel_title(const struct view *view, struct rect row, const char *text,
                      struct scene *scene)
{
    const float size = view->type.text;

    scene_text(scene, &(struct draw_text){ .at = { row.x, row.y + row.h / 2 + size * 0.36f },
                                           .bytes = text,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .max_width = row.w });
}

void plot_panel_head(const struct view *view, struct rect row, const char *text,
                     struct scene *scene)
{
    const float size = view->type.text;
    const bool choice = view->state->mode == SCREEN_EXPLORE;
    const float right = choice ? draw_choices(view, row, scene) : row.x + row.w;
    const float width = fonts_measure(view->fonts, TYPE_UI_BOLD, text, strlen(text)) * size;

    if (view->state->bare) {
        return;
    }
    if (right < row.x + row.w && right - row.x < width + size * 0.5f) {
        return; /* the choice says it as well */
    }
    plot_panel_title(view, (struct rect){ row.x, row.y, right - row.x - size * 0.5f, row.h }, text,
                     scene);
}

void plot_panel_say(const struct view *view, struct rect area, const char *text,
                    struct scene *scene)
{
    const float size = view->type.text, most = area.w - 2 * size;
    struct point at = { area.x + size, area.y + size * 1.6f };
    const char *rest = text;

    while (*rest && at.y < area.y + area.h) {
        size_t end = 0, fits = 0;
        while (rest[end]) {
            end += strcspn(rest + end + (rest[end] == ' '), " ") + (rest[end] == ' ');
            if (fits > 0 && fonts_measure(view->fonts, TYPE_UI, rest, end) * size > most) {
                break;
            }
            fits = end;
        }
        scene_text(scene, &(struct draw_text){ .at = at,
                                               .bytes = rest,
                                               .length = fits,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT_SECOND,
                                               .max_width = most });
        rest += fits;
        rest += strspn(rest, " ");
        at.y += size * 1.45f;
    }
}

bool plot_panel_is_free(struct rect rect, struct rect room, const struct rect *taken, size_t count)
{
    if (rect.x < room.x || rect.y < room.y || rect.x + rect.w > room.x + room.w ||
        rect.y + rect.h > room.y + room.h) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (rect.x < taken[i].x + taken[i].w && taken[i].x < rect.x + rect.w &&
            rect.y < taken[i].y + taken[i].h && taken[i].y < rect.y + rect.h) {
            return false;
        }
    }
    return true;
}

void plot_panel_choice(const struct view *view, struct rect at, int button, const char *title,
                       struct scene *scene)
{
    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = button },
                                             .bounds = at,
                                             .title = view_word(view, title) });
    scene_group_end(scene);
}
