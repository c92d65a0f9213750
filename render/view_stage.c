/* What the stage shows: the graph, tensors as cells, or the plots of a training. A kind is a row. */

#include <string.h>

#include "render/plots/printed.h"
#include "render/screen.h"
#include "render/tensor/figure.h"

/* ---- kinds ------------------------------------------------------------------------------ */

static bool graph_offered(const struct view *view)
{
    (void)view; /* without a graph it says why there is none */
    return true;
}

/* Whether something was computed after the training that the pass belongs to, in the iteration around it
 * or in none: then its graph is what there is to see, also while names are given and results printed. */
static bool computes_since(const struct run_view *run, uint32_t pass, uint32_t around)
{
    const size_t last = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    for (size_t i = last == SIZE_MAX ? 0 : last + 1; i-- > 0;) {
        const struct stop *const stop = stops_at(run->stops, STOP_OPERATION, i);
        if (stop->record <= pass || stops_training_at(run->stops, stop->moment) != around) {
            return false;
        }
        if (trace_record(run->trace, stop->record)->kind == RECORD_OP) {
            return true;
        }
    }
    return false;
}

/* The same where numbers are printed and nobody calls backward, if they are many. */
static bool prints_a_curve(const struct view *view)
{
    enum { MANY = 8 };
    const struct run_view *const run = &view->runs[0];
    const uint32_t iteration = stops_iteration_at(run->stops, run->moment);
    struct printed printed[PRINTED_MOST];

    return iteration != NO_ITERATION && stops_iteration(run->stops, iteration)->number > 1 &&
           trace_backward_count(run->trace) == 0 &&
           printed_numbers(run, printed, view->arena) > 0 && printed[0].count >= MANY &&
           view_curve_tells(view);
}

/* The iteration of the training that is over, or goes on: that of the moment; or, where it has ended and
 * nothing was computed since, that of the last pass, also if all that lies in a loop around it. */
static uint32_t training_shown(const struct run_view *run)
{
    const uint32_t iteration = stops_training_at(run->stops, run->moment);
    const struct trace_backward *const backward = trace_last_backward_at(run->trace, run->moment);
    const uint32_t passed = backward ? stops_training_at(run->stops, backward->born) : NO_ITERATION;

    if (passed == NO_ITERATION || passed == iteration ||
        (iteration != NO_ITERATION && stops_iteration(run->stops, passed)->begin <
                                          stops_iteration(run->stops, iteration)->begin)) {
        return iteration;
    }
    return computes_since(run, backward->born, iteration) ? iteration : passed;
}

bool stage_trains(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const uint32_t iteration = training_shown(run);

    if (iteration == NO_ITERATION) {
        return prints_a_curve(view);
    }
    return stops_iteration(run->stops, iteration)->number > 1 && view_curve_tells(view);
}

/* Presenting, the first iteration is seen as a graph, those that follow and their end as plots; else the
 * plots have a tab beside the graph. */
static bool plots_called_for(const struct view *view)
{
    return view->state->mode == SCREEN_PRESENT && stage_trains(view);
}

/* What could not be computed has no place in a graph, but what it was to be made of can be seen. */
static bool fails_on_tensors(const struct view *view)
{
    const struct record_failed *const failed = figure_failure(view);
    size_t operands = 0;

    for (size_t i = 0; failed && failed->op[0] && i < failed->in_count; i++) {
        const struct trace_tensor *const operand =
            failed->in[i].kind == ARGUMENT_TENSOR
                ? trace_tensor(view->runs[0].trace, failed->in[i].id)
                : NULL;
        operands += operand && operand->count > 1;
    }
    return operands > 1;
}

/* Whether what was computed last belongs to a training, though the moment is behind it. */
static bool comes_from_training(const struct run_view *run)
{
    size_t low = 0, count;
    const uint32_t *const ops = trace_records_of(run->trace, RECORD_OP, &count);

    while (low < count) {
        const size_t middle = low + (count - low) / 2;
        if (ops[middle] < run->moment) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low > 0 && stops_training_at(run->stops, ops[low - 1]) != NO_ITERATION;
}

/* Whether no more than parameters were turned, for a layer that could not go on: cards have them inside, and
 * there is none. */
static bool only_turns(const struct run_view *run, const struct episode *episode)
{
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *const op = trace_op(run->trace, episode->ops[i]);
        if (op && strcmp(op->record->name, "t") != 0) {
            return false;
        }
    }
    return episode->op_count > 0;
}

/* Where nothing is tracked there is no graph to look at, but there are tensors. */
static bool tensors_called_for(const struct view *view)
{
    enum { LARGE = 24 };
    const struct run_view *const run = &view->runs[0];
    const size_t index = episodes_index_at(run->episodes, run->moment);

    if (view->state->mode == SCREEN_PRESENT && fails_on_tensors(view)) {
        return true;
    }
    if (index == SIZE_MAX) {
        return false;
    }
    if (episodes_at(run->episodes, index)->tracked) {
        return only_turns(run, episodes_at(run->episodes, index));
    }
    /* In a training the graph stays on the stage, unless it is all evaluations so far as one. */
    return episodes_at(run->episodes, index)->op_count > LARGE ||
           (stops_training_at(run->stops, run->moment) == NO_ITERATION &&
            !comes_from_training(run));
}

static const struct kind {
    const char *label;
    enum screen_button button;
    bool (*offered)(const struct view *view);
    bool (*called_for)(const struct view *view); /* NULL: where no other is */
    const char *tag; /* of a code cell whose stage it is to be; NULL: see devices_called_for */
    void (*draw)(const struct view *view, struct rect area, struct scene *scene);
} kinds[STAGE_KINDS] = {
    [STAGE_GRAPH] = { WORD("Graph"), BUTTON_STAGE_GRAPH, graph_offered, NULL, "graph", view_graph },
    [STAGE_TENSOR] = { WORD("Tensor"), BUTTON_STAGE_TENSOR, view_tensor_offered, tensors_called_for,
                       "tensor", view_tensor },
    [STAGE_PLOTS] = { WORD("Curve"), BUTTON_STAGE_PLOTS, view_curve_offered, plots_called_for,
                      "curve", view_training },
    [STAGE_DEVICES] = { WORD("Devices"), BUTTON_STAGE_DEVICES, view_devices_offered,
                        view_devices_called_for, NULL, view_devices },
};

bool stage_offered(const struct view *view, enum stage_kind kind)
{
    return kinds[kind].offered && kinds[kind].offered(view);
}

/* What the lesson says of the cell that runs; STAGE_AUTO: nothing, or the run has none. */
static enum stage_kind tagged_kind(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    struct trace_position position;
    const struct trace_cell *const cell = trace_position_at(run->trace, run->moment, &position)
                                              ? trace_code_cell(run->trace, position.cell)
                                              : NULL;

    for (enum stage_kind kind = STAGE_GRAPH; cell && kind < STAGE_KINDS; kind++) {
        if (kinds[kind].tag && trace_cell_tagged(cell, kinds[kind].tag) &&
            stage_offered(view, kind)) {
            return kind;
        }
    }
    return STAGE_AUTO;
}

enum stage_kind stage_shown(const struct view *view)
{
    if (stage_offered(view, view->state->stage)) {
        return view->state->stage;
    }
    const enum stage_kind told = tagged_kind(view);
    if (told != STAGE_AUTO) {
        return told;
    }
    /* The last that are called for are the rarest. */
    for (enum stage_kind kind = STAGE_KINDS; --kind > STAGE_GRAPH;) {
        if (kinds[kind].called_for && kinds[kind].called_for(view) && stage_offered(view, kind)) {
            return kind;
        }
    }
    return STAGE_GRAPH;
}

void view_stage(const struct view *view, struct rect area, struct scene *scene)
{
    const enum stage_kind kind = stage_shown(view);

    if (view_compared(view) != NO_FRAME) {
        view_compare(view, area, scene);
    } else if (!(view_section_called_for(view) ||
                 ((kind == STAGE_GRAPH || kind == STAGE_PLOTS) && view_section_begins(view))) ||
               !view_section(view, area, scene)) {
        kinds[kind].draw(view, area, scene);
    }
}

/* ---- the switch ------------------------------------------------------------------------- */

static float choice_width(const struct view *view, enum stage_kind kind)
{
    const char *const label = view_word(view, kinds[kind].label);
    const float size = view->type.caption;

    return fonts_measure(view->fonts, TYPE_UI_BOLD, label, strlen(label)) * size + size * 1.4f;
}

static void draw_choice(const struct view *view, enum stage_kind kind, struct rect box,
                        struct scene *scene)
{
    const float size = view->type.caption;
    const char *const label = view_word(view, kinds[kind].label);
    const bool chosen = stage_shown(view) == kind;
    const bool hot = view->state->hovered.kind == TARGET_COMMAND &&
                     view->state->hovered.id == (int64_t)kinds[kind].button;

    scene_group(
        scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = kinds[kind].button },
                                     .bounds = box,
                                     .title = label });
    scene_rect(scene, &(struct draw_rect){ .rect = box,
                                           .radius = box.h / 2,
                                           .fill = chosen ? INK_CARD : INK_NONE,
                                           .stroke = chosen ? INK_FORWARD : INK_NONE,
                                           .width = 1.5f });
    scene_text(scene,
               &(struct draw_text){ .at = { box.x + box.w / 2, box.y + box.h / 2 + size * 0.36f },
                                    .bytes = label,
                                    .role = chosen ? TYPE_UI_BOLD : TYPE_UI,
                                    .size = size,
                                    .ink = chosen || hot ? INK_TEXT : INK_TEXT_SECOND,
                                    .align = ALIGN_CENTRE });
    scene_group_end(scene);
}

float view_stage_switch(const struct view *view, struct rect row, struct scene *scene)
{
    const float size = view->type.caption, pad = size * 0.8f, height = size * 1.9f;
    float width = pad;
    int choices = 0;

    for (enum stage_kind kind = STAGE_GRAPH; kind < STAGE_KINDS; kind++) {
        if (stage_offered(view, kind)) {
            width += choice_width(view, kind);
            choices++;
        }
    }
    if (choices < 2) {
        return 0;
    }
    float x = row.x + row.w - width;
    for (enum stage_kind kind = STAGE_GRAPH; kind < STAGE_KINDS; kind++) {
        if (stage_offered(view, kind)) {
            const float w = choice_width(view, kind);
            draw_choice(view, kind, (struct rect){ x, row.y + (row.h - height) / 2, w, height },
                        scene);
            x += w;
        }
    }
    return width;
}
