/* The film strip: one picture for each episode, or for each stretch of equal ones; the frame on show has
 * a frame and a pointer, a change of structure its sign and its reason. Only what is in sight is drawn. */

#include <math.h>
#include <string.h>

#include "render/film/thumb.h"
#include "render/film/words.h"
#include "render/screen.h"

/* In em of captions. */
static const float PAD = 0.45f, BOX = 3.0f, FOOT = 1.6f, ITEM = 11.5f, GUTTER = 1.5f, HEAD = 9;

struct strip {
    const struct view *view;
    const struct film *film;
    struct scene *scene;
    struct rect area, pictures; /* of it: where the pictures stand */
    float size;                 /* captions */
    size_t now;                 /* the frame on show, NO_FRAME */
    size_t count;               /* pictures in all */
    size_t page, first;         /* pictures in sight, and the first of them */
    float item;                 /* width of one */
};

/* Lines as thick as they are on a small screen, whatever its size. */
static float line_of(const struct view *view, float width)
{
    static const float usual = 13;

    return width * fmaxf(view->type.caption / usual, 1);
}

/* ---- whether it is there ---------------------------------------------------------------- */

float view_film_height(const struct view *view)
{
    const struct view_state *const state = view->state;
    const struct film *const film = view->run_count > 0 ? view->runs[0].film : NULL;
    const bool unasked = state->mode == SCREEN_EXPLORE && film && film_changes(film);

    if (!film || !film_offered(film) || state->alone || state->film == FILM_HIDDEN ||
        (state->film == FILM_AUTO && !unasked)) {
        return 0;
    }
    /* Cells on a projection need all the height that there is. */
    if (state->mode == SCREEN_PRESENT && stage_shown(view) == STAGE_TENSOR) {
        return 0;
    }
    return ceilf((2 * PAD + BOX + FOOT) * view->type.caption);
}

/* ---- which pictures --------------------------------------------------------------------- */

static size_t picture_count(const struct view *view)
{
    const struct film *const film = view->runs[0].film;

    return view->state->film_each ? film_count(film) : film_scene_count(film);
}

/* Its first frame, and how many it stands for. */
static struct film_scene picture_at(const struct view *view, size_t index)
{
    return view->state->film_each ? (struct film_scene){ index, 1 }
                                  : *film_scene(view->runs[0].film, index);
}

/* Where the strip looks: the frame of the moment, else the latest that has begun. */
static size_t followed(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const size_t now = film_at(run->film, run->moment);
    size_t low = 0, high = film_count(run->film);

    if (now != NO_FRAME) {
        return now;
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (film_frame(run->film, middle)->first < run->moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : 0;
}

static size_t picture_of(const struct view *view, size_t frame)
{
    return view->state->film_each ? frame : film_frame(view->runs[0].film, frame)->scene;
}

/* Where all are in sight nothing moves; else page by page, so that most steps leave the strip alone. */
static void place_pictures(struct strip *strip, struct film_room *room)
{
    const struct view *const view = strip->view;
    const float least = ITEM * strip->size;

    strip->count = picture_count(view);
    strip->page = (size_t)fmaxf(strip->pictures.w / least, 1);
    strip->item = fminf(strip->pictures.w / (float)strip->page, least * 1.25f);
    const size_t last = strip->count > strip->page ? strip->count - strip->page : 0;
    const size_t page = picture_of(view, followed(view)) / strip->page * strip->page;
    const size_t follows = page < last ? page : last;
    *room = (struct film_room){ (int)strip->page, -(int)follows, (int)(last - follows) };
    const int by = view->state->film_scroll < room->back ? room->back
                   : view->state->film_scroll > room->on ? room->on
                                                         : view->state->film_scroll;
    strip->first = (size_t)((int)follows + by);
}

static struct strip strip_in(const struct view *view, struct rect area, struct scene *scene,
                             struct film_room *room)
{
    const float size = view->type.caption, head = fminf(HEAD * size, area.w * 0.3f);
    struct strip strip = { .view = view,
                           .film = view->runs[0].film,
                           .scene = scene,
                           .area = area,
                           .pictures = { area.x + head + size, area.y, area.w - head - 2.4f * size,
                                         area.h },
                           .size = size,
                           .now = film_at(view->runs[0].film, view->runs[0].moment) };

    place_pictures(&strip, room);
    return strip;
}

struct film_room view_film_room(const struct view *view, struct rect area)
{
    struct film_room room;

    strip_in(view, area, NULL, &room);
    return room;
}

/* ---- one picture ------------------------------------------------------------------------ */

/* What is drawn of it. */
struct picture {
    struct film_scene frames;
    size_t shown;    /* its frame of which the picture is */
    size_t than;     /* the frame that it differs from, NO_FRAME */
    struct rect box; /* the plate */
    bool now, masked, compared;
    int fresh, gone; /* cards, against the frame that it differs from */
};

static bool in_scene(struct film_scene frames, size_t frame)
{
    return frame != NO_FRAME && frame >= frames.first && frame < frames.first + frames.count;
}

static struct picture picture_in(const struct strip *strip, size_t index)
{
    const struct film_scene frames = picture_at(strip->view, index);
    const struct film_frame *const frame = film_frame(strip->film, frames.first);
    const float x = strip->pictures.x + (float)(index - strip->first) * strip->item;
    const float gutter = GUTTER * strip->size;

    return (struct picture){
        .frames = frames,
        .shown = in_scene(frames, strip->now) ? strip->now : frames.first,
        .than = frame->changed ? frame->before : NO_FRAME,
        .box = { x + gutter, strip->area.y + PAD * strip->size, strip->item - gutter,
                 BOX * strip->size },
        .now = in_scene(frames, strip->now),
        .masked = film_masked(strip->film, frames.first),
        .compared = in_scene(frames, view_compared(strip->view)),
    };
}

/* "3", "2–501". */
static const char *number_of(const struct strip *strip, const struct picture *picture)
{
    const size_t first = picture->frames.first + 1, count = picture->frames.count;
    struct arena *const arena = strip->view->arena;

    return count > 1 ? arena_format(arena, "%zu–%zu", first, first + count - 1)
                     : arena_format(arena, "%zu", first);
}

static void draw_plate(const struct strip *strip, const struct picture *picture)
{
    const struct target *const hovered = &strip->view->state->hovered;
    const bool hot = hovered->kind == TARGET_FRAME && hovered->id == (int64_t)picture->shown;
    const bool marked = picture->now || picture->compared;
    const float step = strip->size * 0.18f;

    for (int sheet = picture->frames.count > 1 ? 2 : 0; sheet > 0; sheet--) {
        struct rect behind = picture->box;
        behind.x += (float)sheet * step;
        behind.y -= (float)sheet * step;
        scene_rect(strip->scene, &(struct draw_rect){ .rect = behind,
                                                      .radius = 4,
                                                      .fill = INK_CARD,
                                                      .stroke = INK_PANEL_LINE,
                                                      .width = line_of(strip->view, 1) });
    }
    scene_rect(strip->scene, &(struct draw_rect){ .rect = picture->box,
                                                  .radius = 4,
                                                  .fill = INK_CARD,
                                                  .stroke = marked ? INK_SELECTION
                                                            : hot  ? INK_FORWARD
                                                                   : INK_PANEL_LINE,
                                                  .width = line_of(strip->view, marked ? 2.5f : 1),
                                                  .dashed = picture->compared });
}

/* The frame on show has a pointer as well, from above. */
static void draw_pointer(const struct strip *strip, struct rect box)
{
    const float half = strip->size * 0.34f, x = box.x + box.w / 2;
    const struct point tip[] = { { x - half, box.y - half },
                                 { x + half, box.y - half },
                                 { x, box.y + half * 0.6f } };

    scene_path(
        strip->scene,
        &(struct draw_path){ .points = tip, .count = 3, .closed = true, .fill = INK_SELECTION });
}

/* What the frame before had and this one has not: dashed plates with a minus, of many a few. */
static float draw_gone(const struct strip *strip, struct rect box, int count)
{
    const float side = strip->size * 0.78f, gap = strip->size * 0.2f;
    const int shown = count < 3 ? count : 3;
    const float height = (float)shown * side + (float)(shown - 1) * gap;
    const float x = box.x + box.w - side - gap * 1.5f;

    for (int i = 0; i < shown; i++) {
        const float y = box.y + (box.h - height) / 2 + (float)i * (side + gap);
        scene_rect(strip->scene, &(struct draw_rect){ .rect = { x, y, side, side },
                                                      .radius = 2,
                                                      .stroke = INK_TEXT_SECOND,
                                                      .width = line_of(strip->view, 1),
                                                      .dashed = true });
        scene_rect(strip->scene,
                   &(struct draw_rect){
                       .rect = { x + side * 0.22f, y + side / 2 - 0.7f, side * 0.56f, 1.4f },
                       .fill = INK_TEXT_SECOND });
    }
    return shown > 0 ? side + 2.5f * gap : 0;
}

static void draw_line(const struct strip *strip, const char *text, struct point at, float width,
                      enum type_role role, enum ink ink)
{
    if (text[0]) {
        scene_text(strip->scene, &(struct draw_text){ .at = at,
                                                      .bytes = text,
                                                      .role = role,
                                                      .size = strip->size,
                                                      .ink = ink,
                                                      .max_width = width });
    }
}

/* The cards as they are, new ones marked, and what is gone beside them. A question that is still open
 * hides its answer here as well. */
static void draw_cards(const struct strip *strip, struct picture *picture, struct rect box)
{
    const struct view *const view = strip->view;
    struct film_cards now, was = { 0 };
    float taken = 0;

    film_cards_build(&now, view, picture->shown);
    if (picture->than != NO_FRAME && !film_masked(strip->film, picture->than)) {
        film_cards_build(&was, view, picture->than);
        film_cards_match(&now, &was, view->runs[0].trace);
        picture->fresh = now.alone_count;
        picture->gone = was.alone_count;
        taken = draw_gone(strip, box, was.alone_count);
        film_cards_finish(&was);
    }
    film_thumb(view, &now, (struct rect){ box.x, box.y, box.w - taken, box.h }, strip->scene);
    film_cards_finish(&now);
}

static void draw_content(const struct strip *strip, struct picture *picture)
{
    const struct view *const view = strip->view;
    const struct run_view *const run = &view->runs[0];
    const char *const number = number_of(strip, picture);
    const struct rect box = picture->box;
    const float pad = strip->size * 0.4f;
    const float width =
        strip->size * fonts_measure(view->fonts, TYPE_UI_BOLD, number, strlen(number));
    const struct rect room = { box.x + width + 2 * pad, box.y + pad, box.w - width - 3 * pad,
                               box.h - 2 * pad };
    const size_t episode = film_frame(strip->film, picture->shown)->episode;
    const size_t ops =
        episode < episodes_count(run->episodes) ? episodes_at(run->episodes, episode)->op_count : 0;

    draw_line(strip, number, (struct point){ box.x + pad, box.y + pad + strip->size * 0.8f },
              box.w - 2 * pad, TYPE_UI_BOLD, INK_TEXT);
    const struct point middle = { room.x, box.y + box.h / 2 + strip->size * 0.36f };
    if (picture->masked) {
        draw_line(strip, "?", middle, room.w, TYPE_UI_BOLD, INK_TEXT);
    } else if (ops > FILM_OPS_MAX) {
        draw_line(strip, arena_format(view->arena, "%s %zu", view_word(view, "operations:"), ops),
                  middle, room.w, TYPE_UI, INK_TEXT_SECOND);
    } else {
        draw_cards(strip, picture, room);
    }
}

/* "≠" between two pictures as two bars and a stroke through them: no font has to have it. */
static void draw_differs(const struct strip *strip, struct rect box)
{
    const float w = strip->size * 0.36f, gap = strip->size * 0.13f;
    const float line = fmaxf(1.6f, strip->size * 0.13f);
    const struct point c = { box.x - GUTTER * strip->size * 0.52f, box.y + box.h / 2 };
    const struct point stroke[] = { { c.x - w * 0.5f, c.y + w * 1.1f },
                                    { c.x + w * 0.5f, c.y - w * 1.1f } };

    for (int side = -1; side <= 1; side += 2) {
        scene_rect(strip->scene,
                   &(struct draw_rect){
                       .rect = { c.x - w, c.y + (float)side * gap - line / 2, 2 * w, line },
                       .fill = INK_SELECTION });
    }
    scene_path(strip->scene,
               &(struct draw_path){
                   .points = stroke, .count = 2, .stroke = INK_SELECTION, .width = line });
}

/* "line 14: True → False", else what has come and gone; of equal neighbours first how many. */
static const char *foot_of(const struct strip *strip, const struct picture *picture)
{
    struct arena *const arena = strip->view->arena;
    const bool tells = picture->than != NO_FRAME || film_changes(strip->film);
    const char *way = tells ? film_way(strip->view, picture->frames.first, picture->than) : "";

    if (!way[0] && picture->fresh + picture->gone > 0) {
        way = arena_format(arena, "%s +%d −%d", view_word(strip->view, "nodes:"), picture->fresh,
                           picture->gone);
    }

    return picture->frames.count > 1
               ? arena_format(arena, "×%zu%s%s", picture->frames.count, way[0] ? " · " : "", way)
               : way;
}

/* All that there is to say, for the pointer. */
static const char *title_of(const struct strip *strip, const struct picture *picture)
{
    const struct view *const view = strip->view;
    const char *const foot = foot_of(strip, picture);
    const char *const name = film_name(view, picture->shown);
    const char *const how =
        picture->than == NO_FRAME
            ? ""
            : arena_format(view->arena, " · %s %zu", view_word(view, "built otherwise than graph"),
                           picture->than + 1);

    return arena_format(view->arena, "%s%s%s%s", name, how, foot[0] ? " · " : "", foot);
}

static void draw_picture(const struct strip *strip, size_t index)
{
    struct picture picture = picture_in(strip, index);
    const struct rect box = picture.box;
    const float gutter = GUTTER * strip->size;
    const struct rect bounds = { box.x - strip->size * 0.3f, strip->area.y,
                                 box.w + gutter - strip->size * 0.1f, strip->area.h };

    scene_group(strip->scene, &(struct draw_group){
                                  .target = { .kind = TARGET_FRAME, .id = (int64_t)picture.shown },
                                  .bounds = bounds,
                                  .title = title_of(strip, &picture) });
    draw_plate(strip, &picture);
    draw_content(strip, &picture);
    if (picture.now) {
        draw_pointer(strip, box);
    }
    if (picture.than != NO_FRAME) {
        draw_differs(strip, box);
    }
    draw_line(strip, foot_of(strip, &picture),
              (struct point){ box.x, box.y + box.h + strip->size * 1.25f },
              box.w + gutter - strip->size * 0.6f,
              picture.than != NO_FRAME ? TYPE_UI_BOLD : TYPE_UI,
              picture.than != NO_FRAME ? INK_TEXT : INK_TEXT_SECOND);
    scene_group_end(strip->scene);
}

/* ---- the head --------------------------------------------------------------------------- */

static bool is_hot(const struct strip *strip, enum screen_button id)
{
    const struct target *const hovered = &strip->view->state->hovered;

    return hovered->kind == TARGET_COMMAND && hovered->id == (int64_t)id;
}

/* A word on a small plate; returns its right edge. */
static float draw_chip(const struct strip *strip, enum screen_button id, const char *label,
                       bool chosen, struct point at, float most)
{
    const struct view *const view = strip->view;
    const float size = strip->size;
    const float wanted = size * (fonts_measure(view->fonts, TYPE_UI, label, strlen(label)) + 1);
    const struct rect box = { at.x, at.y, fminf(wanted, most), size * 1.55f };

    scene_group(strip->scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = id },
                                                    .bounds = box,
                                                    .title = label });
    scene_rect(
        strip->scene,
        &(struct draw_rect){ .rect = box,
                             .radius = box.h / 2,
                             .fill = INK_CARD,
                             .stroke = chosen || is_hot(strip, id) ? INK_FORWARD : INK_PANEL_LINE,
                             .width = line_of(view, chosen ? 2 : 1) });
    scene_text(strip->scene, &(struct draw_text){ .at = { box.x + box.w / 2, box.y + size * 1.2f },
                                                  .bytes = label,
                                                  .role = TYPE_UI,
                                                  .size = size,
                                                  .ink = INK_TEXT,
                                                  .align = ALIGN_CENTRE,
                                                  .max_width = box.w - size * 0.6f });
    scene_group_end(strip->scene);
    return box.x + box.w;
}

static void draw_arrow(const struct strip *strip, enum screen_button id, float x, bool on)
{
    const float half = strip->size * 0.3f, way = on ? half * 0.6f : -half * 0.6f;
    const struct rect box = { x, strip->area.y + PAD * strip->size, strip->size,
                              BOX * strip->size };
    const struct point c = { box.x + box.w / 2, box.y + box.h / 2 };
    const struct point arrow[] = { { c.x - way, c.y - half },
                                   { c.x + way, c.y },
                                   { c.x - way, c.y + half } };

    scene_group(strip->scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = id },
                                                    .bounds = box,
                                                    .title = "" });
    scene_path(strip->scene,
               &(struct draw_path){ .points = arrow,
                                    .count = 3,
                                    .stroke = is_hot(strip, id) ? INK_TEXT : INK_TEXT_SECOND,
                                    .width = fmaxf(1.5f, strip->size * 0.13f) });
    scene_group_end(strip->scene);
}

static void draw_head(const struct strip *strip)
{
    const struct view *const view = strip->view;
    const float size = strip->size, x = strip->area.x + size * 0.8f;
    const float room = strip->pictures.x - x - size * 0.4f;
    const bool groups = film_scene_count(strip->film) < film_count(strip->film);
    const float line = strip->area.y + size * 1.95f, next = size * 1.72f;

    draw_line(
        strip,
        arena_format(view->arena, "%s %zu", view_word(view, "Graphs:"), film_count(strip->film)),
        (struct point){ x, strip->area.y + size * 1.4f }, room, TYPE_UI_BOLD, INK_TEXT);
    draw_chip(strip, BUTTON_COMPARE, view_word(view, "Compare"), view_compared(view) != NO_FRAME,
              (struct point){ x, line }, room);
    if (groups) {
        draw_chip(strip, BUTTON_FILM_EACH, view_word(view, "group equal ones"),
                  !view->state->film_each, (struct point){ x, line + next }, room);
    }
}

void view_film(const struct view *view, struct rect area, struct scene *scene)
{
    struct film_room room;
    const struct strip strip = strip_in(view, area, scene, &room);
    const size_t end =
        strip.first + strip.page < strip.count ? strip.first + strip.page : strip.count;

    scene_rect(scene, &(struct draw_rect){ .rect = area, .fill = INK_PANEL });
    scene_rect(scene, &(struct draw_rect){ .rect = { area.x, area.y, area.w, 1 },
                                           .fill = INK_PANEL_LINE });
    scene_clip(scene, area);
    draw_head(&strip);
    for (size_t i = strip.first; i < end; i++) {
        draw_picture(&strip, i);
    }
    if (strip.first > 0) {
        draw_arrow(&strip, BUTTON_FILM_BACK, strip.pictures.x - strip.size, false);
    }
    if (end < strip.count) {
        draw_arrow(&strip, BUTTON_FILM_ON, area.x + area.w - strip.size * 1.2f, true);
    }
    scene_clip_end(scene);
}
