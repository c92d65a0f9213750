/* The graph of the episode on show: modules, edges, cards, sums where paths meet; beside it a small
 * map when not all of it is on the stage. */

#include <math.h>
#include <string.h>

#include "render/graph/paint.h"
#include "render/screen.h"

static const float FLOW_ENDS = 0.72f; /* of the motion; then the numbers land */

/* ---- modules --------------------------------------------------------------------------------- */

static bool cluster_holds(const struct graph_model *model, int cluster, int of)
{
    for (; of > 0; of = model->clusters[of - 1].parent) {
        if (of == cluster) {
            return true;
        }
    }
    return false;
}

static bool cluster_is_visible(const struct painter *painter, int cluster)
{
    for (int i = 0; i < painter->model->card_count; i++) {
        if (painter->moment->cards[i].visible &&
            cluster_holds(painter->model, cluster, painter->model->cards[i].cluster)) {
            return true;
        }
    }
    return false;
}

/* Its name, which closes it. */
static void paint_title(const struct painter *painter, const struct graph_cluster *cluster,
                        struct rect line)
{
    const float size = painter->model->units.caption;
    const struct target *hovered = &painter->view->state->hovered;
    const bool hot = hovered->kind == TARGET_FOLD && hovered->id == cluster->key;
    const float w = paint_width(painter, TYPE_MONO, cluster->title, size) + GRAPH_CHEVRON;
    const struct rect place = { line.x, line.y, fminf(w, line.w), line.h };
    if (!paint_is_whole(painter, place)) {
        return;
    }
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_FOLD, .id = cluster->key },
                                      .bounds = paint_rect_at(painter, place),
                                      .title = view_word(painter->view, "close (click)") });
    if (size * painter->zoom >= painter->least_text) {
        paint_chevron(painter, (struct point){ line.x + 4, line.y + line.h / 2 }, true);
    }
    paint_label(painter, &(struct paint_label){ .box = { line.x + GRAPH_CHEVRON, line.y,
                                                         line.w - GRAPH_CHEVRON, line.h },
                                                .text = cluster->title,
                                                .role = TYPE_MONO,
                                                .size = size,
                                                .ink = hot ? INK_TEXT : INK_TEXT_SECOND });
    scene_group_end(painter->scene);
}

/* Where what stands in the box ends, and where it will once a gradient passes there. */
struct cluster_foot {
    float now, later;
};

static struct cluster_foot cluster_foot(const struct painter *painter, int index)
{
    const struct graph_model *const model = painter->model;
    struct cluster_foot foot = { 0, 0 };

    for (int i = 0; i < model->card_count; i++) {
        const struct graph_card *const card = &model->cards[i];
        const struct rect rect = graph_card_rect(model, painter->layout, i);
        if (cluster_holds(model, index + 1, card->cluster)) {
            foot.later = fmaxf(foot.later, rect.y + rect.h);
            foot.now = fmaxf(foot.now, rect.y + (card->passing ? card->body_h : rect.h));
        }
    }
    return foot;
}

/* Before the first walk back a box has no empty room at its foot for the gradients that will hang there. */
static struct rect cluster_box(const struct painter *painter, int index)
{
    struct rect box = painter->layout->clusters[index];

    if (!painter->moment->backward && !painter->turned) {
        const struct cluster_foot foot = cluster_foot(painter, index);
        box.h -= fmaxf(foot.later - foot.now, 0);
    }
    return box;
}

static void paint_cluster(const struct painter *painter, int index)
{
    const struct graph_cluster *cluster = &painter->model->clusters[index];
    const struct rect box = cluster_box(painter, index);
    const struct graph_turned *const turned = painter->turned;
    const struct rect hold = turned ? turned->box_holds[index] : (struct rect){ 0 };
    if (!cluster_is_visible(painter, index + 1)) {
        return;
    }
    const size_t first = paint_begin_held(painter, hold);
    scene_group(painter->scene,
                &(struct draw_group){ .target = { .kind = TARGET_MODULE, .id = cluster->module },
                                      .bounds = paint_rect_at(painter, box),
                                      .title = cluster->title });
    paint_box(painter, box,
              &(struct draw_rect){ .radius = 14,
                                   .fill = INK_MODULE,
                                   .stroke = INK_MODULE_LINE,
                                   .width = paint_line(painter, 1.3f) });
    paint_title(painter, cluster,
                (struct rect){ box.x + 12, box.y + (painter->model->units.flat ? 2 : 5), box.w - 24,
                               UNIT_TEXT * 1.36f });
    scene_group_end(painter->scene);
    paint_end_held(painter, first, hold, turned ? turned->box_alphas[index] : 1);
}

/* ---- going back ------------------------------------------------------------------------------ */

/* After a step back: an outline where something stood a moment ago. */
void paint_vanished(const struct painter *painter)
{
    const struct run_view *run = &painter->view->runs[0];
    const size_t index = stops_index_at(run->stops, painter->view->state->granularity, run->moment);
    const size_t next = index == SIZE_MAX ? 0 : index + 1;
    if (!painter->view->motion.backwards || painter->view->motion.progress >= 1 ||
        next >= stops_count(run->stops, painter->view->state->granularity)) {
        return;
    }
    const uint32_t later = stops_at(run->stops, painter->view->state->granularity, next)->moment;
    painter->scene->layer = LAYER_MOVING;
    for (int i = 0; i < painter->model->card_count; i++) {
        if (!painter->moment->cards[i].visible && painter->model->cards[i].born < later) {
            paint_box(painter, graph_card_body(painter->model, painter->layout, i),
                      &(struct draw_rect){ .radius = 10,
                                           .stroke = INK_SELECTION,
                                           .width = paint_line(painter, 2),
                                           .dashed = true });
        }
    }
    painter->scene->layer = LAYER_STILL;
}

/* Where nothing is to move: a ring around the box that has opened or closed. */
static void paint_outlined(const struct painter *painter)
{
    const struct graph_turn *const turn = graph_picture_turn(painter->view->graph);
    const struct target target = { .kind = TARGET_FOLD, .id = turn->key };
    if (!turn->active || !painter->view->motion.still || !turn->key) {
        return;
    }
    painter->scene->layer = LAYER_MOVING;
    paint_box(painter, graph_picture_box(painter->view->graph, target),
              &(struct draw_rect){
                  .radius = 14, .stroke = INK_SELECTION, .width = paint_line(painter, 2.5f) });
    painter->scene->layer = LAYER_STILL;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void paint_notice(const struct view *view, struct rect area, const char *text,
                         struct scene *scene)
{
    const float size = view->type.text;
    scene_text(scene, &(struct draw_text){ .at = { area.x + area.w / 2, area.y + area.h / 2 },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .align = ALIGN_CENTRE,
                                           .max_width = area.w - 2 * size });
}

/* No operation on tensors yet: presenting, what the lesson says here; what was printed, else a sentence. */
static void draw_without_graph(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *run = &view->runs[0];
    size_t printed;
    const uint32_t *records = trace_records_of(run->trace, RECORD_OUT, &printed);
    if (view->state->mode == SCREEN_PRESENT && view_section(view, area, scene)) {
        return;
    }
    if (printed > 0 && records[0] < run->moment) {
        view_output(view, area, scene);
        return;
    }
    paint_notice(view, area, view_word(view, "No tensor yet."), scene);
}

static bool anything_visible(const struct painter *painter)
{
    for (int i = 0; i < painter->model->card_count; i++) {
        if (painter->moment->cards[i].visible) {
            return true;
        }
    }
    return false;
}

/* What the step of the moment is about. */
static enum record_kind step_kind(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    return index == SIZE_MAX
               ? RECORD_KIND_COUNT
               : trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record)
                     ->kind;
}

/* Whether no operation stands there yet, and the cards that do say nothing of this step: they are parts of an
 * object that has not been called, as a `self.offset`, or data while the lesson defines what to do with them.
 * Their places are those of a later picture. */
static bool waits_for_a_call(const struct painter *painter)
{
    static const char part[] = "self.";
    const struct view *const view = painter->view;
    bool parts = false, tracked = false;

    if (view->state->mode != SCREEN_PRESENT || view->state->stage != STAGE_AUTO ||
        view->state->selected.kind != TARGET_NONE) {
        return false;
    }
    for (int i = 0; i < painter->model->card_count; i++) {
        const struct graph_card *const card = &painter->model->cards[i];
        if (painter->moment->cards[i].visible) {
            if (card->kind != CARD_LEAF) {
                return false;
            }
            parts = parts || strncmp(card->label, part, strlen(part)) == 0;
            tracked = tracked || card->drawer;
        }
    }
    return parts || (!tracked && step_kind(&view->runs[0]) != RECORD_OP);
}

static bool anything_cut(const struct graph_model *model)
{
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].cut) {
            return true;
        }
    }
    return false;
}

/* What is to be said about the graph as such; "" for most. */
static const char *footnote(const struct view *view)
{
    const struct graph_model *const model = graph_picture_model(view->graph);
    const struct run_view *const run = &view->runs[0];
    const size_t index = episodes_index_at(run->episodes, run->moment);
    const struct episode *const episode =
        index == SIZE_MAX ? NULL : episodes_at(run->episodes, index);

    if (model && model->left_out > 0) {
        return arena_format(view->arena, "%s %d", view_word(view, "Operations that are not drawn:"),
                            model->left_out);
    }
    if (model && episode && !episode->tracked) {
        return anything_cut(model)
                   ? view_word(view, "Nothing is tracked here, so PyTorch builds no graph.")
                   : view_word(view, "No tensor has requires_grad=True yet, so PyTorch builds no "
                                     "graph.");
    }
    return "";
}

/* At the foot, where cards are rarest: the sentence stands above the head. */
static float footnote_height(const struct view *view)
{
    return footnote(view)[0] ? view->type.caption * 2 : 0;
}

float graph_footnote_room(const struct view *view, const struct episode *episode)
{
    return episode->tracked ? 0 : view->type.caption * 2;
}

struct rect graph_area(const struct view *view, struct rect stage)
{
    stage.h -= footnote_height(view);
    return stage;
}

static void paint_footnote(const struct view *view, struct rect stage, struct scene *scene)
{
    const float size = view->type.caption;

    if (footnote(view)[0]) {
        scene_text(scene,
                   &(struct draw_text){ .at = { stage.x + size, stage.y + stage.h - size * 0.7f },
                                        .bytes = footnote(view),
                                        .role = TYPE_UI,
                                        .size = size,
                                        .ink = INK_TEXT_SECOND,
                                        .max_width = stage.w - 2 * size });
    }
}

static void paint_graph(const struct painter *painter)
{
    for (int i = 0; i < painter->model->cluster_count; i++) {
        paint_cluster(painter, i);
    }
    for (int i = 0; i < painter->model->edge_count; i++) {
        paint_edge(painter, i);
    }
    for (int i = 0; i < painter->model->card_count; i++) {
        paint_card(painter, i);
    }
    for (int i = 0; i < painter->model->card_count && !painter->turned; i++) {
        paint_sum(painter, i);
    }
    paint_vanished(painter);
    paint_outlined(painter);
}

static float least_text(const struct view *view)
{
    if (view->state->bare) {
        return view->type.text * 0.989f;
    }
    /* With a camera of one's own one may look from afar: then only what is unreadable goes. */
    const float least = view->state->mode == SCREEN_PRESENT ? view->type.caption : 13;
    return least * 0.93f;
}

/* The picture on its way while a box opens or closes; NULL at rest. */
static const struct graph_turned *turned_now(const struct view *view,
                                             const struct graph_model *model)
{
    const struct graph_turn *const turn = graph_picture_turn(view->graph);
    const struct graph_pose is = { model, graph_picture_layout(view->graph) };
    return turn->active && !view->motion.still ? graph_turn_at(turn, is, view->arena) : NULL;
}

void view_graph(const struct view *view, struct rect stage, struct scene *scene)
{
    const struct run_view *run = &view->runs[0];
    const struct graph_model *model = graph_picture_model(view->graph);
    struct graph_moment moment;
    if (episodes_index_at(run->episodes, run->moment) == SIZE_MAX) {
        draw_without_graph(view, stage, scene);
        return;
    }
    if (!model) {
        return; /* the layout is on its way */
    }
    const struct rect area = graph_area(view, stage);
    graph_moment_read(&moment, model, view, run->moment);
    bool partial;
    graph_camera_at(view, area, run->moment, &partial);
    const struct graph_camera camera = graph_camera(view, area);
    const float progress = view->motion.backwards ? 1 : view->motion.progress;
    const struct graph_turned *const turned = turned_now(view, model);
    const struct painter painter = {
        .view = view,
        .scene = scene,
        .model = model,
        .layout = turned ? &turned->layout : graph_picture_layout(view->graph),
        .turned = turned,
        .moment = &moment,
        .area = area,
        .origin = { area.x + area.w / 2 - camera.centre.x * camera.zoom,
                    area.y + area.h / 2 - camera.centre.y * camera.zoom },
        .zoom = camera.zoom,
        .whole_only = partial && (view->state->zoom <= 0 || view->state->follows),
        .least_text = least_text(view),
        .flow = fminf(progress / FLOW_ENDS, 1),
        .land = fminf(fmaxf((progress - FLOW_ENDS) / (1 - FLOW_ENDS), 0), 1),
        .labels = arena_allocate(view->arena, (size_t)model->edge_count + 1, sizeof(struct rect)),
    };
    scene_clip(scene, area);
    const bool seen = anything_visible(&painter);
    const bool drawn = seen && (!waits_for_a_call(&painter) || !view_section(view, stage, scene));
    if (!seen) {
        draw_without_graph(view, stage, scene);
    } else if (drawn) {
        paint_graph(&painter);
    }
    scene->layer = LAYER_OVERLAY;
    if (partial && drawn) {
        paint_beyond(&painter);
        paint_map(&painter);
    }
    if (view->state->searching) {
        paint_search(&painter);
    }
    scene->layer = LAYER_STILL;
    scene_clip_end(scene);
    paint_footnote(view, stage, scene);
}
