/* The landscape of the loss over two parameters, seen from above: bands of equal height, the way that the
 * training took, and optimizers that raced from the same start. */

#include <math.h>
#include <string.h>

#include "render/plots/contour.h"
#include "render/plots/landscape.h"
#include "render/plots/plot.h"
#include "render/plots/plot_panel.h"
#include "render/plots/rides.h"
#include "render/plots/trail.h"
#include "render/scene/mark.h"
#include "render/screen.h"

enum { BANDS = INK_LEVEL_8 - INK_LEVEL_0 + 1, RACERS = INK_RACER_4 - INK_RACER_0 + 1 };

/* All that one picture is made of. */
struct picture {
    const struct view *view;
    struct landscape land;
    struct rides rides;
    struct landscape_way way; /* of the ride at the moment */
    struct landscape_race race;
    bool raced;
    double levels[CONTOUR_LEVELS_MAX];
    size_t level_count;
    struct plot plot;
    struct rect head, key, table, names;
};

/* ---- bands --------------------------------------------------------------------------------- */

static enum ink band_ink(const struct picture *p, size_t band)
{
    const size_t last = p->level_count > 0 ? p->level_count : 1;

    return (enum ink)(INK_LEVEL_0 + (int)(band * (BANDS - 1) / last));
}

/* On the page, without points that cannot be told from the one before. */
static size_t place_loop(const struct picture *p, const struct contour_loop *loop,
                         struct point *out)
{
    static const float alike = 0.4f;
    const struct rect box = p->plot.box;
    const float w = box.w / (float)(p->land.x.count - 1), h = box.h / (float)(p->land.y.count - 1);
    size_t count = 0;

    for (size_t i = 0; i < loop->count; i++) {
        const struct point at = { box.x + loop->points[i].x * w,
                                  box.y + box.h - loop->points[i].y * h };
        if (count == 0 || fabsf(at.x - out[count - 1].x) + fabsf(at.y - out[count - 1].y) > alike) {
            out[count++] = at;
        }
    }
    return count;
}

static void draw_bands(const struct picture *p, struct scene *scene)
{
    const struct contour_grid grid = { p->land.losses, p->land.x.count, p->land.y.count };
    const struct contours contours =
        contours_trace(&grid, p->levels, p->level_count, p->view->arena);

    scene_rect(scene,
               &(struct draw_rect){ .rect = p->plot.box, .fill = band_ink(p, p->level_count) });
    for (size_t i = 0; i < contours.count; i++) {
        const struct contour_loop *const loop = &contours.loops[i];
        struct point *const points = arena_allocate(p->view->arena, loop->count, sizeof(*points));
        const size_t count = place_loop(p, loop, points);
        if (count > 2) {
            scene_path(scene,
                       &(struct draw_path){ .points = points,
                                            .count = count,
                                            .closed = true,
                                            .fill = band_ink(p, (size_t)loop->level + loop->hole),
                                            .stroke = INK_CARD_LINE,
                                            .width = 0.8f });
        }
    }
}

/* What heights the bands have, the highest above. */
static void draw_key(const struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, w = size * 0.9f;
    const float step = p->key.h / (float)(p->level_count + 1);
    float free_below = INFINITY;

    for (size_t band = 0; band <= p->level_count; band++) {
        const float y = p->key.y + p->key.h - step * (float)(band + 1);
        scene_rect(scene, &(struct draw_rect){ .rect = { p->key.x, y, w, step },
                                               .fill = band_ink(p, band),
                                               .stroke = INK_CARD_LINE,
                                               .width = 0.8f });
        if (band < p->level_count && y + size * 0.36f <= free_below) {
            scene_text(scene,
                       &(struct draw_text){ .at = { p->key.x + w + size * 0.4f, y + size * 0.36f },
                                            .bytes = view_number(view, p->levels[band]),
                                            .role = TYPE_UI,
                                            .size = size,
                                            .ink = INK_TEXT_SECOND });
            free_below = y + size * 0.36f - size * 1.15f;
        }
    }
}

/* ---- ways ---------------------------------------------------------------------------------- */

static struct point at_page(const struct picture *p, double x, double y)
{
    return trail_at(&p->plot, x, y);
}

static bool inside(struct rect box, struct point at)
{
    return at.x >= box.x && at.x <= box.x + box.w && at.y >= box.y && at.y <= box.y + box.h;
}

/* Where a click leads to the iteration: marks far enough from one another to be hit. */
static const char *equal_to(const struct view *view, double value)
{
    return equals_number(view->arena, view_number(view, value));
}

static void draw_steps(const struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const float apart = view->type.caption * 0.6f, r = view->type.caption * 0.14f;
    struct point before = { -1e6f, -1e6f };

    for (size_t i = 0; i < p->way.count; i++) {
        const struct point at = at_page(p, p->way.x[i], p->way.y[i]);
        if (!inside(p->plot.box, at) || hypotf(at.x - before.x, at.y - before.y) < apart) {
            continue;
        }
        before = at;
        const char *const title =
            arena_format(view->arena, "%s %zu · %s %s · %s %s", view_word(view, "iteration"), i + 1,
                         p->land.x.name, equal_to(view, p->way.x[i]), p->land.y.name,
                         equal_to(view, p->way.y[i]));
        scene_group(scene, &(struct draw_group){
                               .target = { .kind = TARGET_MOMENT, .id = p->way.moments[i] },
                               .bounds = { at.x - apart / 2, at.y - apart / 2, apart, apart },
                               .title = title });
        if (i < p->way.done) {
            scene_rect(scene, &(struct draw_rect){ .rect = { at.x - r, at.y - r, 2 * r, 2 * r },
                                                   .radius = r,
                                                   .fill = INK_TEXT });
        }
        scene_group_end(scene);
    }
}

static void draw_training(const struct picture *p, struct scene *scene)
{
    const float size = p->view->type.caption;
    struct trail trail = trail_begin(p->way.count, p->view->arena);

    for (size_t i = 0; i < p->way.done; i++) {
        trail_add(&trail, at_page(p, p->way.x[i], p->way.y[i]));
    }
    trail_draw(&trail,
               &(struct draw_path){ .stroke = INK_TEXT, .width = fmaxf(size * 0.12f, 1.6f) },
               scene);
    draw_steps(p, scene);
    if (p->way.count > 0) {
        mark_draw(&(struct mark){ .shape = MARK_SQUARE,
                                  .at = at_page(p, p->way.x[0], p->way.y[0]),
                                  .radius = size * 0.32f,
                                  .ink = INK_TEXT,
                                  .hollow = true },
                  scene);
    }
    if (p->way.done > 0) {
        const size_t now = p->way.done - 1;
        mark_draw(&(struct mark){ .shape = MARK_CIRCLE,
                                  .at = at_page(p, p->way.x[now], p->way.y[now]),
                                  .radius = size * 0.42f,
                                  .ink = INK_TEXT },
                  scene);
    }
}

/* ---- racers -------------------------------------------------------------------------------- */

/* How many steps of the race are shown: while it runs as many as were run, else as many as the training
 * has taken at the moment; at its end all. */
static size_t race_at(const struct picture *p, const struct landscape_racer *racer)
{
    const int running = p->view->state->race_step;
    size_t steps = p->race.steps;

    if (running > 0) {
        steps = (size_t)running;
    } else if (p->way.done < p->way.count) {
        steps = p->way.done > 0 ? p->way.done - 1 : 0;
    }
    return steps < racer->count ? steps : racer->count - 1;
}

static struct point racer_at(const struct picture *p, const struct landscape_racer *racer,
                             size_t step)
{
    return at_page(p, (double)racer->points[2 * step], (double)racer->points[2 * step + 1]);
}

static bool is_dashed(size_t racer)
{
    return racer % 2 == 1;
}

static struct mark racer_mark(const struct picture *p, size_t racer, struct point at)
{
    return (struct mark){ .shape = (enum mark_shape)(racer % MARK_SHAPES),
                          .at = at,
                          .radius = p->view->type.caption * 0.36f,
                          .ink = (enum ink)(INK_RACER_0 + (int)(racer % RACERS)) };
}

static void draw_racer(const struct picture *p, size_t index, struct scene *scene)
{
    const struct landscape_racer *const racer = &p->race.racers[index];
    const size_t now = race_at(p, racer);
    struct trail trail = trail_begin(now + 1, p->view->arena);

    for (size_t i = 0; i <= now; i++) {
        trail_add(&trail, racer_at(p, racer, i));
    }
    trail_draw(&trail,
               &(struct draw_path){ .stroke = (enum ink)(INK_RACER_0 + (int)(index % RACERS)),
                                    .width = fmaxf(p->view->type.caption * 0.11f, 1.6f),
                                    .dashed = is_dashed(index) },
               scene);
}

/* Names beside where they are, where there is room for them. */
static void draw_names(const struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, h = size * 1.2f;
    struct rect taken[2 * LANDSCAPE_RACERS];
    size_t taken_count = 0;

    for (size_t i = 0; i < p->race.count; i++) {
        const struct point at = racer_at(p, &p->race.racers[i], race_at(p, &p->race.racers[i]));
        taken[taken_count++] = (struct rect){ at.x - size * 0.5f, at.y - size * 0.5f, size, size };
    }
    for (size_t i = 0; i < p->race.count; i++) {
        const char *const name = p->race.racers[i].name;
        const float w = fonts_measure(view->fonts, TYPE_UI_BOLD, name, strlen(name)) * size;
        const struct rect around = taken[i];
        const struct rect places[] = {
            { around.x + around.w, around.y, w, h },
            { around.x - w, around.y, w, h },
            { around.x + size / 2 - w / 2, around.y - h, w, h },
            { around.x + size / 2 - w / 2, around.y + around.h, w, h },
        };
        for (size_t k = 0; k < 4; k++) {
            if (plot_panel_is_free(places[k], p->plot.box, taken, taken_count)) {
                scene_text(scene,
                           &(struct draw_text){ .at = { places[k].x, places[k].y + size * 0.95f },
                                                .bytes = name,
                                                .role = TYPE_UI_BOLD,
                                                .size = size,
                                                .ink = (enum ink)(INK_RACER_0 + (int)(i % RACERS)),
                                                .halo = true });
                taken[taken_count++] = places[k];
                break;
            }
        }
    }
}

/* What PyTorch calls exp_avg is m in the course, and so on. */
static const char *state_symbol(const char *state)
{
    static const char *const symbols[][2] = {
        { "exp_avg", "m" },         { "exp_avg_sq", "v" }, { "square_avg", "v" },
        { "momentum_buffer", "m" }, { "sum", "Σg²" },
    };

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (strcmp(symbols[i][0], state) == 0) {
            return symbols[i][1];
        }
    }
    return state;
}

/* Three digits, so that two pairs stand in a row. */
static const char *brief(const struct view *view, double value)
{
    const double size = fabs(value);
    char text[NUMBER_FIXED_SIZE];

    if (!isfinite(value) || size >= 1e6 || (size > 0 && size < 1e-3)) {
        return view_number(view, value);
    }
    const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 || size == 0 ? 2 : 3;
    const size_t length = number_fixed(text, value, decimals);
    return arena_copy_text(view->arena, text, length);
}

static const char *states_text(const struct picture *p, const struct landscape_racer *racer,
                               size_t at)
{
    const struct view *const view = p->view;
    const char *text = "";

    for (int s = 0; s < LANDSCAPE_STATES && racer->states[s]; s++) {
        const float *const kept = racer->kept[s] + 2 * at;
        text = arena_format(view->arena, "%s%s%s (%s, %s)", text, text[0] ? " " : "",
                            state_symbol(racer->states[s]), brief(view, (double)kept[0]),
                            brief(view, (double)kept[1]));
    }
    return text;
}

static const float KEPT = 4.3f; /* em, from the loss to what is kept */

/* Behind the longest name. */
static float loss_column(const struct picture *p)
{
    const float size = p->view->type.caption;
    float widest = 0;

    for (size_t i = 0; i < p->race.count; i++) {
        const char *const name = p->race.racers[i].name;
        widest =
            fmaxf(widest, fonts_measure(p->view->fonts, TYPE_UI_BOLD, name, strlen(name)) * size);
    }
    return p->table.x + size * 2.8f + fminf(widest, size * 8);
}

/* A row: how its line looks, its name, the loss where it is, and what it keeps. */
static void draw_row(const struct picture *p, size_t index, struct rect row, struct scene *scene)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, middle = row.y + row.h / 2, base = middle + size * 0.36f;
    const struct landscape_racer *const racer = &p->race.racers[index];
    const size_t at = race_at(p, racer);
    const enum ink ink = (enum ink)(INK_RACER_0 + (int)(index % RACERS));
    const struct point line[] = { { row.x, middle }, { row.x + size * 1.8f, middle } };
    const struct mark mark = racer_mark(p, index, (struct point){ row.x + size * 0.9f, middle });

    scene_path(scene, &(struct draw_path){ .points = line,
                                           .count = 2,
                                           .stroke = ink,
                                           .width = fmaxf(size * 0.11f, 1.6f),
                                           .dashed = is_dashed(index) });
    mark_draw(&mark, scene);
    const float name = row.x + size * 2.2f, loss = loss_column(p), kept = loss + size * KEPT;
    scene_text(scene, &(struct draw_text){ .at = { name, base },
                                           .bytes = racer->name,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = ink,
                                           .max_width = loss - name });
    scene_text(scene, &(struct draw_text){ .at = { loss, base },
                                           .bytes = brief(view, (double)racer->losses[at]),
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT });
    const char *const states = states_text(p, racer, at);
    if (states[0] && row.x + row.w > kept + size * 4) {
        scene_text(scene, &(struct draw_text){ .at = { kept, base },
                                               .bytes = states,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT_SECOND,
                                               .max_width = row.x + row.w - kept });
    }
}

static void draw_head(const struct picture *p, float x, float most, const char *text,
                      struct scene *scene)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, h = p->table.h / (float)(p->race.count + 1);

    scene_text(scene, &(struct draw_text){ .at = { x, p->table.y + h / 2 + size * 0.36f },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .max_width = most });
}

static void draw_table(const struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const float h = p->table.h / (float)(p->race.count + 1), size = view->type.caption;
    const float loss = loss_column(p), kept = loss + size * KEPT, right = p->table.x + p->table.w;
    const char *const step = arena_format(view->arena, "%s %zu/%zu", view_word(view, "step"),
                                          race_at(p, &p->race.racers[0]), p->race.steps);

    draw_head(p, p->table.x, loss - p->table.x - size * 0.5f, step, scene);
    draw_head(p, loss, size * (KEPT - 0.2f), view_word(view, "loss"), scene);
    draw_head(p, kept, right - kept,
              arena_format(view->arena, "lr = %s", view_number(view, p->race.lr)), scene);
    for (size_t i = 0; i < p->race.count; i++) {
        draw_row(p, i, (struct rect){ p->table.x, p->table.y + h * (float)(i + 1), p->table.w, h },
                 scene);
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

/* A wide area has the table beside the plot, another beneath it. */
static void lay_out(struct picture *p, struct rect area)
{
    const struct view *const view = p->view;
    const float size = view->type.caption, text = view->type.text;
    struct rect body = { area.x + text * 0.8f, area.y + text * 2.1f, area.w - text * 1.6f,
                         area.h - text * 2.6f };

    p->head = (struct rect){ body.x, area.y + text * 0.4f, body.w, text * 1.4f };
    if (p->raced && body.w > body.h * 1.7f && body.w > size * 52) {
        p->table = (struct rect){ body.x + body.w - size * 25, body.y, size * 25,
                                  fminf(body.h, size * 1.7f * (float)(p->race.count + 1)) };
        body.w -= size * 26;
    } else if (p->raced) {
        const float h = size * 1.55f * (float)(p->race.count + 1);
        p->table = (struct rect){ body.x, body.y + body.h - h, body.w, h };
        body.h -= h + size * 0.3f;
    }
    const float names = p->raced ? 0 : rides_key_height(view, &p->rides, body.w);
    body.h -= names;
    p->names = (struct rect){ body.x, body.y + body.h, body.w, names };
    const float key = p->level_count > 0 ? size * 5.2f : 0;
    p->plot = (struct plot){
        .box = { body.x + size * 4.2f, body.y + size * 1.3f, body.w - size * 4.2f - key,
                 body.h - size * 4.2f },
        .x = { .from = p->land.x.from, .to = p->land.x.to },
        .y = { .from = p->land.y.from, .to = p->land.y.to },
        .y_name = p->land.y.name,
        .filled = true,
    };
    p->key = (struct rect){ p->plot.box.x + p->plot.box.w + size * 0.7f, p->plot.box.y, key,
                            p->plot.box.h };
}

static const char *heading(const struct picture *p)
{
    return view_word(p->view, p->land.exact ? "loss landscape" : "slice of the loss landscape");
}

/* Of a slice either axis can show another parameter. */
static void draw_axes(struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const float size = view->type.caption;
    const struct rect box = p->plot.box;

    if (p->land.exact) {
        plot_axes(view, &p->plot, p->land.x.name, scene);
        return;
    }
    const char *const across = arena_format(view->arena, "%s ▾", p->land.x.name);
    p->plot.y_name = arena_format(view->arena, "%s ▾", p->land.y.name);
    const char *const up = p->plot.y_name;
    const float w =
        fminf(fonts_measure(view->fonts, TYPE_UI_BOLD, across, strlen(across)) * size, box.w);
    const float up_w =
        fminf(fonts_measure(view->fonts, TYPE_UI_BOLD, up, strlen(up)) * size, box.w);
    plot_axes(view, &p->plot, across, scene);
    plot_panel_choice(
        view, (struct rect){ box.x + box.w - w, box.y + box.h + size * 1.5f, w, size * 1.5f },
        BUTTON_LANDSCAPE_ACROSS, "The landscape: another parameter across", scene);
    plot_panel_choice(view,
                      (struct rect){ box.x - size * 0.5f, box.y - size * 1.8f, up_w, size * 1.5f },
                      BUTTON_LANDSCAPE_UPWARDS, "The landscape: another parameter upwards", scene);
}

static void draw_picture(struct picture *p, struct scene *scene)
{
    const struct view *const view = p->view;
    const struct rect box = p->plot.box;

    plot_panel_head(view, p->head, heading(p), scene);
    if (box.w < view->type.caption * 5 || box.h < view->type.caption * 3) {
        return;
    }
    scene_group(scene,
                &(struct draw_group){ .target = { .kind = TARGET_PLACE, .id = PLOT_LANDSCAPE },
                                      .bounds = box });
    scene_clip(scene, box);
    draw_bands(p, scene);
    for (size_t i = 0; p->raced && i < p->race.count; i++) {
        draw_racer(p, i, scene);
    }
    if (!p->raced) {
        rides_draw(view, &p->plot, &p->rides, scene);
    }
    draw_training(p, scene);
    for (size_t i = 0; p->raced && i < p->race.count; i++) {
        const struct landscape_racer *const racer = &p->race.racers[i];
        const struct mark mark = racer_mark(p, i, racer_at(p, racer, race_at(p, racer)));
        mark_draw(&mark, scene);
    }
    if (p->raced) {
        draw_names(p, scene);
    }
    scene_clip_end(scene);
    scene_group_end(scene);
    draw_axes(p, scene);
    draw_key(p, scene);
    if (p->raced) {
        draw_table(p, scene);
    } else {
        rides_draw_key(view, &p->rides, p->names, scene);
    }
}

/* False with the reason said, where there is no landscape to draw. */
static bool make_picture(struct picture *p, struct rect area, struct scene *scene)
{
    const struct view *const view = p->view;
    const struct run_view *const run = &view->runs[0];

    if (!landscape_find(run, &p->land, view->arena)) {
        /* A picture for a slide waits for nothing. */
        plot_panel_say(
            view, area,
            view_word(view,
                      view->state->bare
                          ? WORD("No landscape")
                          : WORD("The landscape of the loss comes when the lesson has ended.")),
            scene);
        return false;
    }
    if (p->land.refused[0]) {
        plot_panel_say(view, area,
                       arena_format(view->arena, "%s: %s", view_word(view, "No landscape"),
                                    view_word(view, p->land.refused)),
                       scene);
        return false;
    }
    p->rides = rides_find(run, &p->land, view->arena);
    p->way = p->rides.rides[p->rides.now].way;
    if (rides_are_hidden(&p->rides)) {
        plot_panel_say(view, area, view_word(view, "? A question asks for these numbers first."),
                       scene);
        return false;
    }
    p->raced = landscape_race(run, &p->land, &p->race, view->arena) && !p->race.refused[0];
    const struct contour_grid grid = { p->land.losses, p->land.x.count, p->land.y.count };
    p->level_count = contour_levels(&grid, p->levels);
    lay_out(p, area);
    return true;
}

void view_landscape(const struct view *view, struct rect area, struct scene *scene)
{
    struct picture picture = { .view = view };

    if (make_picture(&picture, area, scene)) {
        draw_picture(&picture, scene);
    }
}

const char *view_landscape_title(const struct view *view, struct rect bounds, struct point at)
{
    struct landscape land;

    if (!landscape_find(&view->runs[0], &land, view->arena) || land.refused[0] || bounds.w <= 0 ||
        bounds.h <= 0) {
        return "";
    }
    const double x =
        land.x.from + (land.x.to - land.x.from) * (double)((at.x - bounds.x) / bounds.w);
    const double y = land.y.to - (land.y.to - land.y.from) * (double)((at.y - bounds.y) / bounds.h);
    return arena_format(view->arena, "%s %s · %s %s · %s %s", land.x.name, equal_to(view, x),
                        land.y.name, equal_to(view, y), view_word(view, "loss"),
                        equal_to(view, landscape_loss(&land, x, y)));
}
