#include "app/export/page.h"

#include <math.h>
#include <string.h>

#include "app/export/plain.h"
#include "app/present/ask.h"
#include "config.h"
#include "render/lesson/question.h"
#include "render/text/markdown.h"

static const float A4_WIDTH = 595, A4_HEIGHT = 842;

/* ---- the view --------------------------------------------------------------------------- */

/* All that a view of one page stands on. */
struct stand {
    struct run_view run;
    struct view_state state;
    struct theme theme;
    struct view view;
    struct arena arena;
};

static void stand_init(struct stand *stand, const struct page_tools *tools, struct session *session,
                       const struct page *page, const struct page_look *look)
{
    if (look->blanks) {
        ask_mask_wholly(session, page->revealed);
    } else {
        ask_mask(session, page->revealed);
    }
    *stand = (struct stand){
        .run = { .trace = session_trace(session),
                 .stops = session_stops(session),
                 .episodes = session_episodes(session),
                 .film = session_film(session),
                 .moment = page->moment,
                 .label = session_name(session),
                 .granularity = look->state.granularity },
        .state = look->state,
        .theme = *theme_at(look->theme),
    };
    stand->theme.shadows = false; /* a slide or a sheet has none */
    stand->run.changes = overrides_changes(session_overrides(session), session_overrides(session),
                                           &stand->arena, &stand->run.change_count);
    stand->state.paper = true;
    stand->state.told = page->told;
    stand->state.sums_up = page->sums_up;
    stand->state.bare = look->slide != SLIDE_NONE;
    stand->state.editable = false;
    stand->state.field.cell = 0;
    stand->state.question = page->kind == PAGE_QUESTION ? page->question : 0;
    stand->state.revealed = page->revealed;
    stand->view = (struct view){
        .runs = &stand->run,
        .run_count = 1,
        .state = &stand->state,
        .motion = { .progress = (float)look->motion },
        .graph = tools->graph,
        .fonts = tools->fonts,
        .theme = &stand->theme,
        .words = tools->words,
        .type = look->slide ? slide_type(true)
                            : screen_type(&look->state, (float)look->width, (float)look->height),
        .room = look->slide ? (struct point){ 0, 0 }
                            : screen_room(&look->state, (float)look->width, (float)look->height),
        .arena = &stand->arena,
    };
    if (look->part == PICTURE_STAGE) {
        stand->view.room.x = INFINITY; /* what is too wide goes on below */
    }
    graph_picture_prepare(tools->graph, &stand->view, true, 0);
}

uint64_t page_revealed(const struct session *session, uint32_t moment)
{
    const struct trace *const trace = session_trace(session);
    struct view_state state = { 0 };
    struct question question;
    struct arena arena = { 0 };

    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        if (question_read(trace, i, &question, &arena) && question.at < moment) {
            question_reveal(&state, question.in);
        }
    }
    arena_finish(&arena);
    return state.revealed;
}

/* ---- one page --------------------------------------------------------------------------- */

/* A picture has no camera to move: all of the graph is on it. */
static void show_all(struct stand *stand, struct rect area)
{
    const struct point size = graph_picture_size(stand->view.graph);
    const float fit = fminf(area.w / fmaxf(size.x, 1), area.h / fmaxf(size.y, 1));

    if (graph_camera(&stand->view, area).zoom > fit) {
        stand->state.camera = (struct point){ size.x / 2, size.y / 2 };
        stand->state.zoom = fit * 0.97f;
    }
}

static void draw_graph(struct stand *stand, float w, float h, struct scene *scene)
{
    const float rim = h * 0.03f;
    const struct rect area = { rim, rim, w - 2 * rim, h - 2 * rim };

    if (view_compared(&stand->view) != NO_FRAME) {
        view_compare(&stand->view, area, scene);
        return;
    }
    show_all(stand, area);
    view_graph(&stand->view, area, scene);
}

static void draw_words(const struct stand *stand, const struct page *page, float w, float h,
                       struct scene *scene)
{
    const struct trace_string text = trace_cell(stand->run.trace, page->cell)->text;

    view_words(&stand->view, text.bytes, text.length, (struct rect){ 0, 0, w, h }, scene);
}

static void draw_part(struct stand *stand, const struct page *page, const struct page_look *look,
                      float h, struct scene *scene)
{
    const float w = (float)look->width;

    if (page->kind == PAGE_WORDS) {
        draw_words(stand, page, w, h, scene);
    } else if (look->part == PICTURE_SCREEN) {
        screen_draw(&stand->view, w, h, scene);
    } else if (page->kind == PAGE_QUESTION) {
        view_question(&stand->view, (struct rect){ 0, 0, w, h }, scene);
    } else {
        draw_graph(stand, w, h, scene);
    }
}

/* ---- for a slide ------------------------------------------------------------------------ */

/* On all of the slide: half an equation would be none. */
static void draw_equation(struct stand *stand, struct rect area, struct scene *scene)
{
    area.w = slide_page(SLIDE_FULL).x;
    area.h = stand->view.type.sentence * 12;
    scene->width = area.w;
    view_equation(&stand->view, area, scene);
}

/* The current line between the one before and the one behind. */
static void draw_code(struct stand *stand, struct rect area, struct scene *scene)
{
    static const float pitch = 1.5f, smallest = 0.9f; /* of the code: the numbers of its lines */

    stand->state.code_style = CODE_STRIP;
    stand->view.type.text /= smallest;
    area.h = fminf(area.h, stand->view.type.text * pitch * (area.w > 400 ? 3 : 6));
    scene_clip(scene, area);
    view_code(&stand->view, area, scene);
    scene_clip_end(scene);
}

static void draw_tensor(struct stand *stand, struct rect area, struct scene *scene)
{
    view_tensor(&stand->view, area, scene);
}

static void draw_curve(struct stand *stand, struct rect area, struct scene *scene)
{
    view_curve(&stand->view, area, scene);
}

static void draw_fit(struct stand *stand, struct rect area, struct scene *scene)
{
    view_fit(&stand->view, area, scene);
}

static void draw_landscape(struct stand *stand, struct rect area, struct scene *scene)
{
    view_landscape(&stand->view, area, scene);
}

static void draw_devices(struct stand *stand, struct rect area, struct scene *scene)
{
    view_devices(&stand->view, area, scene);
}

/* Without the small map, whose graph nobody can move here. */
static void drop_overlays(struct scene *scene)
{
    size_t kept = 0;

    for (size_t i = 0; i < scene->draw_count; i++) {
        if (scene->draws[i].layer != LAYER_OVERLAY) {
            scene->draws[kept++] = scene->draws[i];
        }
    }
    scene->draw_count = kept;
}

/* Where the whole graph lies on the page, drawn already or still to come: cropped to that, the pictures of
 * all its steps lie over each other. */
static struct rect graph_box(const struct stand *stand, struct rect area)
{
    const struct graph_camera camera = graph_camera(&stand->view, area);
    const struct point size = graph_picture_size(stand->view.graph);

    return (struct rect){ area.x + area.w / 2 - camera.centre.x * camera.zoom,
                          area.y + area.h / 2 - camera.centre.y * camera.zoom, size.x * camera.zoom,
                          size.y * camera.zoom };
}

static bool holds(struct rect outer, struct rect inner)
{
    static const float slack = 1;

    return inner.x >= outer.x - slack && inner.y >= outer.y - slack &&
           inner.x + inner.w <= outer.x + outer.w + slack &&
           inner.y + inner.h <= outer.y + outer.h + slack;
}

static struct rect grown(struct rect rect, float by)
{
    return (struct rect){ rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by };
}

static void note_cut(const struct page_tools *tools, bool cut)
{
    if (cut && tools->cut) {
        *tools->cut = true;
    }
}

/* All of it if it has room with captions or without them, else what is around the step. The stage's rim
 * lies beyond the page: the picture is cropped to the graph. */
static void draw_slide_graph(struct stand *stand, const struct page_tools *tools, struct rect page,
                             struct scene *scene)
{
    static const float rim = 7, stage_rim = 14; /* room for a loss's second border, for a ✕ */
    const struct rect area = grown(page, stage_rim - rim);
    bool whole = false;

    for (int captions = 1; captions >= 0 && !whole; captions--) {
        stand->view.type = slide_type(captions);
        graph_picture_prepare(tools->graph, &stand->view, true, 0);
        whole = holds(page, graph_box(stand, area));
    }
    view_graph(&stand->view, whole ? area : page, scene);
    drop_overlays(scene);
    note_cut(tools, !whole);
    scene_crop(scene, whole ? grown(graph_box(stand, area), rim) : page);
}

static void draw_piece(struct stand *stand, const struct page_tools *tools,
                       const struct page_look *look, struct scene *scene)
{
    static void (*const pieces[PICTURE_PARTS])(struct stand *, struct rect, struct scene *) = {
        [PICTURE_EQUATION] = draw_equation,   [PICTURE_TENSOR] = draw_tensor,
        [PICTURE_CURVE] = draw_curve,         [PICTURE_FIT] = draw_fit,
        [PICTURE_LANDSCAPE] = draw_landscape, [PICTURE_CODE] = draw_code,
        [PICTURE_DEVICES] = draw_devices,
    };
    static const float rim = 4;
    const struct point page = slide_page(look->slide);
    const struct rect area = { 0, 0, page.x, page.y };

    scene->width = page.x;
    scene->height = page.y;
    if (pieces[look->part]) {
        pieces[look->part](stand, area, scene);
        const struct rect content = scene_content(scene, tools->fonts);
        note_cut(tools, content.w > area.w);
        scene_crop(scene, grown(content, rim));
        return;
    }
    draw_slide_graph(stand, tools, area, scene);
}

/* ---- with blanks ------------------------------------------------------------------------ */

/* What stands for a hidden number becomes a line to write on; alone it leaves its place empty. */
static void leave_blank(struct scene *scene, struct draw_text *text)
{
    static const char line[] = "__";
    struct text blank = { 0 };

    if (text->length == 1) {
        text->bytes = "";
        text->length = 0;
        return;
    }
    for (size_t i = 0; i < text->length; i++) {
        if (text->bytes[i] != '?') {
            text_append_char(&blank, text->bytes[i]);
        } else if (i == 0 || !strchr("?.", text->bytes[i - 1])) {
            text_append_string(&blank, line);
        }
    }
    text->bytes = arena_copy_text(&scene->arena, text_string(&blank), blank.length);
    text->length = blank.length;
    text->max_width = 0; /* the line is longer than the sign, and nothing of it may go */
    text_finish(&blank);
}

static void leave_blanks(struct scene *scene)
{
    for (size_t i = 0; i < scene->draw_count; i++) {
        struct draw *const draw = &scene->draws[i];
        if (draw->kind == DRAW_TEXT && memchr(draw->text.bytes, '?', draw->text.length)) {
            leave_blank(scene, &draw->text);
        }
    }
}

/* The area, or a larger one where all of the graph would be too small to read in it. */
static struct rect room_to_read(const struct stand *stand, struct rect area)
{
    static const float smallest = 0.8f, highest = 620, rim = 0.94f; /* show_all leaves one */
    const struct point size = graph_picture_size(stand->view.graph);
    const float fit = fminf(area.w / fmaxf(size.x, 1), area.h / fmaxf(size.y, 1)) * rim;

    if (fit >= smallest) {
        return area;
    }
    area.h = fminf(fmaxf(area.h, size.y * smallest / rim), highest);
    area.w = fmaxf(area.w, size.x * fminf(smallest / rim, area.h / size.y));
    return area;
}

/* A stage of plots on which a question leaves none: there is nothing to fill in. */
static bool has_no_plot(const struct view *view, const struct scene *scene)
{
    bool found = stage_shown(view) != STAGE_PLOTS;

    for (size_t i = 0; i < scene->draw_count && !found; i++) {
        found = scene->draws[i].kind == DRAW_GROUP;
    }
    return !found;
}

/* As much of the page's height as it needs. */
static void draw_stage(struct stand *stand, const struct page_look *look, struct scene *scene)
{
    struct rect area = { 0, 0, (float)look->width, (float)look->height };

    if (stage_shown(&stand->view) == STAGE_GRAPH) {
        area = room_to_read(stand, area);
        show_all(stand, area);
    }
    scene->width = area.w;
    scene->height = area.h;
    view_stage(&stand->view, area, scene);
    drop_overlays(scene);
    if (look->blanks && has_no_plot(&stand->view, scene)) {
        scene_clear(scene);
        scene->width = scene->height = 0;
        return;
    }
    if (look->blanks) {
        leave_blanks(scene);
    }
    const struct rect content = scene_content(scene, stand->view.fonts);
    const bool wide = content.w > (float)look->width; /* then it is cut, from its first card on */
    scene_crop(scene, (struct rect){ wide ? content.x - 1 : 0, content.y,
                                     wide ? content.w + 2 : (float)look->width, content.h });
}

/* ---- a page and its foot ---------------------------------------------------------------- */

/* Which picture this is, when it lies about by itself. */
static const char *caption_of(struct stand *stand, const struct page *page)
{
    const char *const step =
        page->step > 0 ? arena_format(&stand->arena, " · %s %zu/%zu",
                                      view_word(&stand->view, "Step"), page->step, page->steps)
                       : "";
    return arena_format(&stand->arena, "%s%s%s%s · Gradlight %s", stand->run.label,
                        page->heading[0] ? " · " : "", page->heading, step, GRADLIGHT_VERSION);
}

static float caption_height(const struct stand *stand, const struct page_look *look)
{
    return look->caption ? stand->view.type.caption * 1.9f : 0;
}

static void draw_caption(struct stand *stand, const struct page *page, float w, float h,
                         struct scene *scene)
{
    const float size = stand->view.type.caption;

    scene_text(scene, &(struct draw_text){ .at = { w - size, h - size * 0.6f },
                                           .bytes = caption_of(stand, page),
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .align = ALIGN_RIGHT,
                                           .max_width = w - 2 * size });
}

static void draw_page(struct stand *stand, const struct page *page, const struct page_look *look,
                      struct scene *scene)
{
    const float foot = caption_height(stand, look);

    draw_part(stand, page, look, (float)look->height - foot, scene);
    scene->width = (float)look->width;
    scene->height = (float)look->height;
    if (foot > 0) {
        draw_caption(stand, page, scene->width, scene->height, scene);
    }
}

/* Below a piece for a slide, as large as the rest of it. A narrow piece gets room for it. */
static void draw_caption_below(struct stand *stand, const struct page *page,
                               const struct page_look *look, struct scene *scene)
{
    const float size = stand->view.type.text;
    const char *const caption = caption_of(stand, page);
    const float wanted =
        fonts_measure(stand->view.fonts, TYPE_UI, caption, strlen(caption)) * size + 2 * size;

    stand->view.type.caption = size;
    scene->width = fmaxf(scene->width, fminf(wanted + 1, slide_page(look->slide).x));
    scene->height += size * 1.9f;
    draw_caption(stand, page, scene->width, scene->height, scene);
}

/* ---- with notes ------------------------------------------------------------------------- */

static void draw_notes(struct stand *stand, const struct page *page, struct rect area,
                       struct scene *scene)
{
    static const float text = 11, smaller = 0.95f, least = 7;

    stand->view.type = (struct type_scale){ text * 1.4f, text * 1.2f, text, text * 0.9f };
    while (stand->view.type.text * smaller > least &&
           markdown_draw(&stand->view, page->notes, strlen(page->notes), area, NULL) > area.h) {
        stand->view.type.text *= smaller;
    }
    markdown_draw(&stand->view, page->notes, strlen(page->notes), area, scene);
}

/* A4 upright: the page above, framed, and what is to be said below. */
static void draw_with_notes(struct stand *stand, const struct page *page,
                            const struct page_look *look, struct scene *scene)
{
    static const float rim = 36;
    const float scale = (A4_WIDTH - 2 * rim) / (float)look->width;
    const float below = rim + (float)look->height * scale + 18;
    struct scene above = { 0 };

    draw_page(stand, page, look, &above);
    scene->width = A4_WIDTH;
    scene->height = A4_HEIGHT;
    scene_append(scene, &above, (struct point){ rim, rim }, scale);
    scene_rect(scene,
               &(struct draw_rect){ .rect = { rim, rim, above.width * scale, above.height * scale },
                                    .stroke = INK_PANEL_LINE,
                                    .width = 0.75f });
    scene_finish(&above);
    draw_notes(stand, page,
               (struct rect){ rim, below, A4_WIDTH - 2 * rim, A4_HEIGHT - below - rim }, scene);
}

/* ---- all of it -------------------------------------------------------------------------- */

static const char *without_marks(struct stand *stand, const char *markdown)
{
    struct text plain = { 0 };

    plain_text(&plain, markdown);
    const char *const copy = arena_copy_text(&stand->arena, text_string(&plain), plain.length);
    text_finish(&plain);
    return copy;
}

/* What happened, and which numbers are not those of the lesson; of words and questions themselves. */
static const char *description_of(struct stand *stand, const struct page *page)
{
    struct question question;

    if (page->kind == PAGE_WORDS) {
        const struct trace_string text = trace_cell(stand->run.trace, page->cell)->text;
        return without_marks(stand, arena_copy_text(&stand->arena, text.bytes, text.length));
    }
    if (page->kind == PAGE_QUESTION && question_of(&stand->view, page->question - 1, &question)) {
        return without_marks(stand, question_markdown(&stand->view, &question));
    }
    const char *text =
        sentence_for(&stand->run, stand->view.words, stand->state.language, &stand->arena);
    for (size_t i = 0; i < stand->run.change_count; i++) {
        const struct code_change *const change = &stand->run.changes[i];
        text = arena_format(&stand->arena, "%s [%s %d: %s → %s]", text,
                            view_word(&stand->view, "line"), (int)change->line, change->was,
                            change->now);
    }
    return text;
}

void page_draw(const struct page_tools *tools, struct session *session, const struct page *page,
               const struct page_look *look, struct scene *scene)
{
    struct stand stand;

    stand_init(&stand, tools, session, page, look);
    const char *const description = description_of(&stand, page);
    if (look->part == PICTURE_STAGE) {
        draw_stage(&stand, look, scene);
    } else if (look->slide && page->kind == PAGE_STEP) {
        draw_piece(&stand, tools, look, scene);
        if (look->caption) {
            draw_caption_below(&stand, page, look, scene);
        }
    } else if (look->notes) {
        draw_with_notes(&stand, page, look, scene);
    } else {
        draw_page(&stand, page, look, scene);
    }
    scene->title = page->heading[0]
                       ? arena_copy_text(&scene->arena, page->heading, strlen(page->heading))
                       : session_name(session);
    scene->description = arena_copy_text(&scene->arena, description, strlen(description));
    arena_finish(&stand.arena);
}

void page_dot(const struct page_tools *tools, struct session *session, const struct page *page,
              const struct page_look *look, struct text *out)
{
    struct stand stand;

    stand_init(&stand, tools, session, page, look);
    graph_dot(&stand.view, out);
    arena_finish(&stand.arena);
}
