/* The start page: a bar with what to do first, and under it the course, a row for each session. */

#include <math.h>
#include <string.h>

#include "render/button.h"
#include "render/lesson/start.h"

/* ---- measures ---------------------------------------------------------------------------- */

/* All of it in points. */
struct measures {
    struct rect body; /* below the bar */
    float pad, gap, heading, card_w, card_h, picture_h;
    size_t columns;
};

static struct measures measure(const struct view *view, struct rect area)
{
    static const float least_card = 15, picture_part = 9.0f / 16; /* em; of the width */
    const float size = view->type.text;
    struct measures m = { .pad = size * 1.6f, .gap = size * 1.1f, .heading = size * 2.6f };
    const float bar = size * 3.6f, inner = area.w - 2 * m.pad;

    m.body = (struct rect){ area.x, area.y + bar, area.w, area.h - bar - size * 2.2f };
    m.columns = (size_t)fmaxf(floorf((inner + m.gap) / (least_card * size + m.gap)), 1);
    m.columns = m.columns > 5 ? 5 : m.columns;
    m.card_w = (inner - m.gap * (float)(m.columns - 1)) / (float)m.columns;
    m.picture_h = m.card_w * picture_part;
    m.card_h = m.picture_h + size * 5.5f;
    return m;
}

static size_t lines_of(const struct start_row *row, const struct measures *m)
{
    return (row->count + m->columns - 1) / m->columns;
}

static float row_height(const struct start_row *row, const struct measures *m)
{
    return m->heading + (float)lines_of(row, m) * (m->card_h + m->gap);
}

static float page_height(const struct start_page *page, const struct measures *m)
{
    float height = m->pad;

    for (size_t i = 0; i < page->row_count; i++) {
        height += row_height(&page->rows[i], m);
    }
    return height;
}

/* On the page as if it were not scrolled. */
static struct rect card_box(const struct start_page *page, const struct measures *m, size_t card)
{
    float y = m->body.y;

    for (size_t i = 0; i < page->row_count; i++) {
        const struct start_row *const row = &page->rows[i];
        if (card >= row->first && card < row->first + row->count) {
            const size_t at = card - row->first;
            const float column = (float)(at % m->columns), line = (float)(at / m->columns);
            return (struct rect){ m->body.x + m->pad + column * (m->card_w + m->gap),
                                  y + m->heading + line * (m->card_h + m->gap), m->card_w,
                                  m->card_h };
        }
        y += row_height(row, m);
    }
    return (struct rect){ 0 };
}

struct rect start_card_box(const struct view *view, struct rect area, size_t card)
{
    const struct measures m = measure(view, area);

    return card_box(view->start, &m, card);
}

float start_scroll_most(const struct view *view, struct rect area)
{
    const struct measures m = measure(view, area);

    return fmaxf(page_height(view->start, &m) - m.body.h, 0);
}

/* ---- a card ------------------------------------------------------------------------------ */

static bool is_hot(const struct view *view, size_t card, int part)
{
    const struct target *const hovered = &view->state->hovered;

    return hovered->kind == TARGET_LESSON && hovered->id == (int64_t)card && hovered->part == part;
}

/* The picture keeps its shape; until it is there its place is empty. */
static void draw_picture(const struct start_card *card, struct rect box, struct scene *scene)
{
    scene_rect(scene, &(struct draw_rect){ .rect = box, .radius = box.h / 24, .fill = INK_PAGE });
    if (card->picture && card->picture->width > 0 && card->picture->height > 0) {
        const float scale = fminf(box.w / card->picture->width, box.h / card->picture->height);
        const struct point at = { box.x + (box.w - card->picture->width * scale) / 2,
                                  box.y + (box.h - card->picture->height * scale) / 2 };
        scene_clip(scene, box);
        scene_append(scene, card->picture, at, scale);
        scene_clip_end(scene);
    }
}

/* Two lines at most; the second is cut. Returns the lines taken. */
static void draw_title(const struct view *view, const char *title, struct rect box,
                       struct scene *scene)
{
    const float size = view->type.text;
    float y = box.y + size;

    for (int line = 0; line < 2 && *title; line++, y += size * 1.35f) {
        const size_t all = strlen(title);
        const size_t fit =
            line == 0 ? fonts_break_prose(view->fonts, TYPE_UI_BOLD, title, all, box.w / size)
                      : all;
        scene_text(scene, &(struct draw_text){ .at = { box.x, y },
                                               .bytes = title,
                                               .length = fit,
                                               .role = TYPE_UI_BOLD,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = box.w });
        title += fit + (title[fit] == ' ');
    }
}

/* How far one has come: a bar and "7/12", which goes on from there. */
static void draw_progress(const struct view *view, size_t index, struct rect row,
                          struct scene *scene)
{
    const struct start_card *const card = &view->start->cards[index];
    const float size = view->type.caption, thick = fmaxf(2, size * 0.2f);
    const bool whole = card->done >= card->steps;
    const char *const text = whole ? arena_format(view->arena, "%d/%d ✓", card->done, card->steps)
                                   : arena_format(view->arena, "%s %d/%d", view_word(view, "at"),
                                                  card->done, card->steps);
    const float w = fonts_measure(view->fonts, TYPE_UI, text, strlen(text)) * size;
    const struct rect box = { row.x + row.w - w, row.y, w, row.h };

    if (!whole) {
        scene_group(scene, &(struct draw_group){
                               .target = { .kind = TARGET_LESSON, .id = (int64_t)index, .part = 1 },
                               .bounds = box,
                               .title = view_word(view, "Go on from there") });
    }
    scene_text(scene, &(struct draw_text){ .at = { box.x, row.y + size },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = whole                    ? INK_DONE
                                                  : is_hot(view, index, 1) ? INK_TEXT
                                                                           : INK_FORWARD });
    if (!whole) {
        scene_group_end(scene);
    }
    const struct rect track = { row.x, row.y + size * 1.45f, row.w, thick };
    const float part = (float)card->done / (float)card->steps;
    scene_rect(scene, &(struct draw_rect){ .rect = track, .radius = thick / 2, .fill = INK_TRACK });
    scene_rect(scene,
               &(struct draw_rect){ .rect = { track.x, track.y, track.w * fminf(part, 1), thick },
                                    .radius = thick / 2,
                                    .fill = whole ? INK_DONE : INK_FORWARD });
}

static void draw_card(const struct view *view, size_t index, struct rect box,
                      const struct measures *m, struct scene *scene)
{
    const struct start_card *const card = &view->start->cards[index];
    const float size = view->type.text, caption = view->type.caption, in = size * 0.7f;
    const bool hot = is_hot(view, index, 0);
    const struct rect foot = { box.x + in, box.y + box.h - caption * 2.1f, box.w - 2 * in,
                               caption * 1.6f };

    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_LESSON, .id = (int64_t)index },
                                      .bounds = box,
                                      .title = card->title });
    scene_rect(scene, &(struct draw_rect){ .rect = box, .radius = size / 2, .fill = INK_SHADOW });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = size / 2,
                                           .fill = INK_CARD,
                                           .stroke = hot ? INK_FORWARD : INK_PANEL_LINE,
                                           .width = hot ? 2 : 1 });
    draw_picture(card, (struct rect){ box.x + 1, box.y + 1, box.w - 2, m->picture_h }, scene);
    scene_rect(scene,
               &(struct draw_rect){ .rect = { box.x + 1, box.y + m->picture_h, box.w - 2, 1 },
                                    .fill = INK_PANEL_LINE });
    draw_title(view, card->title,
               (struct rect){ box.x + in, box.y + m->picture_h + size * 0.55f, box.w - 2 * in, 0 },
               scene);
    scene_text(scene, &(struct draw_text){ .at = { foot.x, foot.y + caption },
                                           .bytes = card->detail,
                                           .role = TYPE_UI,
                                           .size = caption,
                                           .ink = INK_TEXT_SECOND,
                                           .max_width = foot.w * (card->steps > 0 ? 0.6f : 1) });
    scene_group_end(scene);
    if (card->steps > 0) {
        draw_progress(view, index, foot, scene);
    }
}

/* ---- the bar ----------------------------------------------------------------------------- */

static void draw_field(const struct view *view, struct rect box, struct scene *scene)
{
    const struct start_page *const page = view->start;
    const float size = view->type.text, in = size * 0.8f;
    const bool empty = !page->query[0];
    const char *const text =
        empty ? view_word(view, "Search lessons, or type a file's path") : page->query;

    scene_group(scene, &(struct draw_group){
                           .target = { .kind = TARGET_COMMAND, .id = BUTTON_START_SEARCH },
                           .bounds = box,
                           .title = view_word(view, "Search") });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = box.h / 2,
                                           .fill = INK_CARD,
                                           .stroke = page->typing ? INK_FORWARD : INK_PANEL_LINE,
                                           .width = page->typing ? 2 : 1 });
    scene_text(scene, &(struct draw_text){ .at = { box.x + in, box.y + box.h / 2 + size * 0.36f },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = empty ? INK_TEXT_SECOND : INK_TEXT,
                                           .max_width = box.w - 2 * in });
    if (page->typing) {
        const float w = empty ? 0 : fonts_measure(view->fonts, TYPE_UI, text, strlen(text)) * size;
        scene_rect(scene, &(struct draw_rect){ .rect = { box.x + in + fminf(w, box.w - 2 * in) + 1,
                                                         box.y + (box.h - size * 1.3f) / 2, 2,
                                                         size * 1.3f },
                                               .fill = INK_FORWARD });
    }
    scene_group_end(scene);
}

/* From the right as many as fit beside the name; then the field, in what is left. */
static void draw_bar(const struct view *view, struct rect bar, struct scene *scene)
{
    const bool vietnamese = view->state->language == LANGUAGE_VI;
    const struct button buttons[] = {
        { BUTTON_BEGIN, view->start->begin, true },
        { BUTTON_OPEN, view_word(view, "Open file…"), false },
        { BUTTON_LANGUAGE, vietnamese ? "English" : "Tiếng Việt", false },
        { BUTTON_THEME, view_word(view, "Theme"), false },
        { BUTTON_HELP, view_word(view, "Help"), false },
    };
    const size_t count = sizeof(buttons) / sizeof(buttons[0]);
    const float pad = view->type.text * 1.6f, size = view->type.sentence * 1.35f;
    const float name = fonts_measure(view->fonts, TYPE_UI_BOLD, "Gradlight", 9) * size;
    const float left = bar.x + pad + name + pad, least_field = view->type.text * 13;
    float right = bar.x + bar.w - pad;

    scene_rect(scene, &(struct draw_rect){ .rect = bar, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){ .rect = { bar.x, bar.y + bar.h - 1, bar.w, 1 },
                                           .fill = INK_PANEL_LINE });
    scene_text(scene, &(struct draw_text){ .at = { bar.x + pad, bar.y + bar.h / 2 + size * 0.36f },
                                           .bytes = "Gradlight",
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = INK_TEXT });
    for (size_t i = 0; i < count && buttons[i].label[0]; i++) {
        const float w = button_width(view, buttons[i].label);
        if (right - w - button_gap(view) - left < least_field && i > 0) {
            break;
        }
        right -= w;
        button_draw(view, &buttons[i], right, bar, scene);
        right -= button_gap(view);
    }
    if (right - left > view->type.text * 6) {
        const float w = fminf(right - left, view->type.text * 30);
        draw_field(view, button_box(view, left, w, bar), scene);
    }
}

/* ---- the page ---------------------------------------------------------------------------- */

static void draw_rows(const struct view *view, const struct measures *m, struct scene *scene)
{
    const struct start_page *const page = view->start;
    const float size = view->type.sentence;
    float y = m->body.y - page->scroll;

    for (size_t i = 0; i < page->row_count; i++) {
        const struct start_row *const row = &page->rows[i];
        const float height = row_height(row, m);
        if (y + height > m->body.y && y < m->body.y + m->body.h) {
            scene_text(scene, &(struct draw_text){
                                  .at = { m->body.x + m->pad, y + m->heading - size * 0.7f },
                                  .bytes = row->heading,
                                  .role = TYPE_UI_BOLD,
                                  .size = size,
                                  .ink = INK_TEXT,
                                  .max_width = m->body.w - 2 * m->pad });
        }
        y += height;
    }
    for (size_t i = 0; i < page->card_count; i++) {
        struct rect box = card_box(page, m, i);
        box.y -= page->scroll;
        if (box.y + box.h > m->body.y && box.y < m->body.y + m->body.h) {
            draw_card(view, i, box, m, scene);
        }
    }
}

static void draw_foot(const struct view *view, struct rect row, struct scene *scene)
{
    const float size = view->type.caption;
    const char *const text =
        arena_format(view->arena, "→ %s · ← %s · F5 %s", view_word(view, "next step"),
                     view_word(view, "previous step"), view_word(view, "present"));

    scene_rect(scene, &(struct draw_rect){ .rect = row, .fill = INK_PANEL });
    scene_text(scene, &(struct draw_text){ .at = { row.x + row.w / 2, row.y + row.h * 0.64f },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .align = ALIGN_CENTRE,
                                           .max_width = row.w - 2 * size });
}

void view_start(const struct view *view, struct rect area, struct scene *scene)
{
    const struct measures m = measure(view, area);
    const float size = view->type.text;

    scene_clip(scene, m.body);
    draw_rows(view, &m, scene);
    if (view->start->card_count == 0) {
        scene_text(scene, &(struct draw_text){ .at = { m.body.x + m.pad, m.body.y + size * 2.4f },
                                               .bytes = view->start->note,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT_SECOND,
                                               .max_width = m.body.w - 2 * m.pad });
    }
    scene_clip_end(scene);
    draw_bar(view, (struct rect){ area.x, area.y, area.w, m.body.y - area.y }, scene);
    draw_foot(
        view,
        (struct rect){ area.x, m.body.y + m.body.h, area.w, area.y + area.h - m.body.y - m.body.h },
        scene);
}
