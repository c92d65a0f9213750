/* The presenter's window: two pictures above, notes and the answer below, and buttons at the foot for those
 * who do not know the keys. */

#include "render/lesson/presenter.h"

#include <math.h>
#include <string.h>

#include "render/button.h"
#include "render/lesson/consent.h"
#include "render/lesson/pointer.h"
#include "render/text/markdown.h"

struct regions {
    struct rect head, consent, now, next, coming, answer, notes, foot;
};

struct type_scale presenter_type(const struct view_state *state, float width, float height)
{
    static const float rows = 44, columns = 76, least = 13;
    const float density = state->density > 0 ? state->density : 1;
    const float base = fmaxf(fminf(height / rows, width / columns), (least + 1) * density);

    return (struct type_scale){
        .value = base * 1.6f, .sentence = base * 1.15f, .text = base, .caption = base * 0.93f
    };
}

/* ---- regions ----------------------------------------------------------------------------- */

/* A page's picture in a column of that width, no higher than that. */
static struct rect fit(const struct scene *page, struct rect room)
{
    const float w = fmaxf(page->width, 1), h = fmaxf(page->height, 1);
    const float scale = fminf(room.w / w, room.h / h);

    return (struct rect){ room.x, room.y, w * scale, h * scale };
}

static struct regions regions_of(const struct view *view, const struct presenter_page *page,
                                 struct rect a)
{
    static const float wide = 0.6f, high = 0.62f;
    const float em = view->type.text, gap = em, bar = em * 3;
    const float asked = view->consent ? view_consent_height(view, a.w) : 0;
    const float top = a.y + bar + (asked > 0 ? asked + gap / 2 : 0);
    const float bottom = a.y + a.h - bar, left = a.x + gap;
    struct regions r = { .head = { a.x, a.y, a.w, bar },
                         .consent = { a.x, a.y + bar, a.w, asked },
                         .foot = { a.x, bottom, a.w, bar } };

    r.now = fit(page->now, (struct rect){ left, top, a.w * wide, (bottom - top) * high });
    const float x = r.now.x + r.now.w + gap, w = a.x + a.w - gap - x;
    /* As if something came: nothing moves when nothing does. */
    r.next = fit(page->now, (struct rect){ x, top, w, (bottom - top) * high * 0.8f });
    r.coming = (struct rect){ x, r.next.y + r.next.h, w, em * 4.6f };
    r.answer = (struct rect){ x, r.coming.y + r.coming.h, w, bottom - r.coming.y - r.coming.h };
    const float under = r.now.y + r.now.h + em * 2.2f;
    r.notes = (struct rect){ left, under, r.now.w, bottom - under };
    return r;
}

struct rect presenter_now(const struct view *view, const struct presenter_page *page,
                          struct rect area)
{
    return regions_of(view, page, area).now;
}

/* ---- text -------------------------------------------------------------------------------- */

static float width_of(const struct view *view, enum type_role role, float size, const char *text)
{
    return fonts_measure(view->fonts, role, text, strlen(text)) * size;
}

static void write(const struct draw_text *text, struct scene *scene)
{
    if (text->bytes[0]) {
        scene_text(scene, text);
    }
}

static void write_head(const struct view *view, const struct presenter_page *page, struct rect bar,
                       struct scene *scene)
{
    const float size = view->type.sentence * 1.1f, large = view->type.value;
    const float y = bar.y + bar.h / 2, pad = view->type.text;
    const float clock = width_of(view, TYPE_UI, size, page->clock);
    const float timer = width_of(view, TYPE_UI_BOLD, large, page->timer);
    const float right = bar.x + bar.w - pad, timer_right = right - clock - 2 * pad;
    const char *const where = arena_format(view->arena, "%zu/%zu", page->step, page->steps);
    const float step = width_of(view, TYPE_UI_BOLD, large, where);

    write(&(struct draw_text){ .at = { bar.x + pad, y + large * 0.36f },
                               .bytes = where,
                               .role = TYPE_UI_BOLD,
                               .size = large,
                               .ink = INK_TEXT },
          scene);
    write(&(struct draw_text){ .at = { bar.x + 2 * pad + step, y + size * 0.4f },
                               .bytes = page->title,
                               .role = TYPE_UI,
                               .size = size,
                               .ink = INK_TEXT,
                               .max_width = timer_right - timer - 4 * pad - step - bar.x },
          scene);
    write(&(struct draw_text){ .at = { timer_right, y + large * 0.36f },
                               .bytes = page->timer,
                               .role = TYPE_UI_BOLD,
                               .size = large,
                               .ink = page->timing ? INK_TEXT : INK_TEXT_SECOND,
                               .align = ALIGN_RIGHT },
          scene);
    write(&(struct draw_text){ .at = { right, y + large * 0.36f },
                               .bytes = page->clock,
                               .role = TYPE_UI,
                               .size = size,
                               .ink = INK_TEXT_SECOND,
                               .align = ALIGN_RIGHT },
          scene);
}

/* As Markdown, as large as it fits, down to captions. */
static void write_answer(const struct view *view, const struct presenter_page *page,
                         struct rect area, struct scene *scene)
{
    static const float smaller = 0.95f;
    struct view set = *view;

    while (set.type.text * smaller >= view->type.caption &&
           markdown_draw(&set, page->answer, strlen(page->answer), area, NULL) > area.h) {
        set.type.text *= smaller;
    }
    scene_clip(scene, area);
    markdown_draw(&set, page->answer, strlen(page->answer), area, scene);
    scene_clip_end(scene);
}

/* ---- notes ------------------------------------------------------------------------------- */

/* A little larger than the rest: they are read from a lectern. */
static struct view for_notes(const struct view *view)
{
    struct view larger = *view;

    larger.type.text = view->type.text * 1.2f;
    return larger;
}

static float notes_height(const struct view *view, const struct presenter_page *page,
                          struct rect area)
{
    const struct view larger = for_notes(view);

    return markdown_draw(&larger, page->notes, strlen(page->notes), area, NULL);
}

float presenter_scroll_most(const struct view *view, const struct presenter_page *page,
                            struct rect area)
{
    const struct rect notes = regions_of(view, page, area).notes;

    return fmaxf(notes_height(view, page, notes) - notes.h + view->type.text, 0);
}

static void write_notes(const struct view *view, const struct presenter_page *page,
                        struct rect area, struct scene *scene)
{
    const struct view larger = for_notes(view);
    const float size = view->type.text;

    if (!page->notes[0]) {
        write(&(struct draw_text){ .at = { area.x, area.y + size * 1.2f },
                                   .bytes = view_word(view, "No notes for this slide."),
                                   .role = TYPE_UI,
                                   .size = size,
                                   .ink = INK_TEXT_SECOND },
              scene);
        return;
    }
    scene_clip(scene, area);
    markdown_draw(&larger, page->notes, strlen(page->notes),
                  (struct rect){ area.x, area.y - page->scroll, area.w, area.h }, scene);
    scene_clip_end(scene);
}

/* ---- pictures ---------------------------------------------------------------------------- */

static void draw_picture(const struct scene *page, struct rect box, enum ink rim,
                         struct scene *scene)
{
    static const float width = 2;

    if (page) {
        scene_clip(scene, box);
        scene_append(scene, page, (struct point){ box.x, box.y }, box.w / fmaxf(page->width, 1));
        scene_clip_end(scene);
    }
    scene_rect(scene, &(struct draw_rect){ .rect = { box.x - width, box.y - width,
                                                     box.w + 2 * width, box.h + 2 * width },
                                           .stroke = rim,
                                           .width = width });
}

static void draw_pictures(const struct view *view, const struct presenter_page *page,
                          const struct regions *r, struct scene *scene)
{
    const float size = view->type.text;
    const bool unlike = page->unlike[0] != '\0';

    draw_picture(page->now, r->now, unlike ? INK_ERROR : INK_FORWARD, scene);
    write(&(struct draw_text){ .at = { r->now.x, r->now.y + r->now.h + size * 1.5f },
                               .bytes =
                                   unlike ? page->unlike : view_word(view, "The class sees this"),
                               .role = unlike ? TYPE_UI_BOLD : TYPE_UI,
                               .size = size,
                               .ink = unlike ? INK_ERROR : INK_TEXT_SECOND,
                               .max_width = r->now.w },
          scene);
    draw_picture(page->next, r->next, INK_PANEL_LINE, scene);
    const struct rect coming = { r->coming.x, r->coming.y + size * 0.6f, r->coming.w, r->coming.h };
    scene_clip(scene, coming);
    markdown_draw(view, page->coming, strlen(page->coming), coming, scene);
    scene_clip_end(scene);
}

/* ---- buttons ----------------------------------------------------------------------------- */

static void draw_buttons(const struct view *view, const struct presenter_page *page,
                         struct rect bar, struct scene *scene)
{
    const enum pointer_tool tool = view->pointer ? view->pointer->tool : POINTER_NONE;
    const struct button buttons[] = {
        { BUTTON_PREVIOUS, view_word(view, "Back"), false },
        { BUTTON_NEXT, view_word(view, "Next"), true },
        { BUTTON_BLANK, view_word(view, "Black"), view->state->blank == BLANK_BLACK },
        { BUTTON_BLANK_WHITE, view_word(view, "White"), view->state->blank == BLANK_WHITE },
        { BUTTON_FREEZE, view_word(view, "Freeze"), page->frozen },
        { BUTTON_OVERVIEW, view_word(view, "Slides"), false },
        { BUTTON_SPOTLIGHT, view_word(view, "Spotlight"), tool == POINTER_SPOTLIGHT },
        { BUTTON_LENS, view_word(view, "Lens"), tool == POINTER_LENS },
        { BUTTON_PEN, view_word(view, "Pen"), tool == POINTER_PEN },
        { BUTTON_TIMER, view_word(view, page->timing ? "Pause the timer" : "Start the timer"),
          false },
        { BUTTON_SWAP, view_word(view, "Swap the screens"), false },
        { BUTTON_LEAVE, view_word(view, "End"), false },
    };
    float x = bar.x + view->type.text;

    for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++) {
        const float w = button_width(view, buttons[i].label);
        if (x + w > bar.x + bar.w) {
            break;
        }
        button_draw(view, &buttons[i], x, bar, scene);
        x += w + button_gap(view);
    }
}

void view_presenter(const struct view *view, const struct presenter_page *page, struct rect area,
                    struct scene *scene)
{
    const struct regions r = regions_of(view, page, area);

    scene->width = area.w;
    scene->height = area.h;
    scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PAGE });
    write_head(view, page, r.head, scene);
    if (view->consent) {
        view_consent(view, r.consent, scene);
    }
    draw_pictures(view, page, &r, scene);
    write_notes(view, page, r.notes, scene);
    if (page->answer[0]) {
        write_answer(view, page, r.answer, scene);
    }
    draw_buttons(view, page, r.foot, scene);
}
