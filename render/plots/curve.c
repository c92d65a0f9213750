/* Finds the curve of the moment and the numbers of other runs and series that are drawn with it. */

#include "render/plots/curve.h"

#include <math.h>
#include <string.h>

#include "render/plots/printed.h"
#include "render/screen.h"

/* Its value as the pass began; false if the root is no single number. */
static bool root_value(const struct trace *trace, const struct trace_backward *backward,
                       double *value)
{
    const struct trace_tensor *root = trace_tensor(trace, backward->record->root);
    const struct trace_value *at = root ? trace_value_at(root, backward->born) : NULL;
    if (!at || at->count != 1 || at->sampled) {
        return false;
    }
    *value = trace_element(at, 0);
    return true;
}

/* Of several scalars the one that a pass was last made from at the moment; before all, the first. */
static const struct trace_backward *latest(const struct run_view *run)
{
    const struct trace_backward *const last = trace_last_backward_at(run->trace, run->moment);
    const int64_t begun = last ? last->id : 0;
    double value;

    for (int64_t id = begun; id > 0; id--) {
        const struct trace_backward *const backward = trace_backward(run->trace, id);
        if (root_value(run->trace, backward, &value)) {
            return backward;
        }
    }
    for (int64_t id = begun + 1; id <= trace_backward_count(run->trace); id++) {
        const struct trace_backward *const backward = trace_backward(run->trace, id);
        if (root_value(run->trace, backward, &value)) {
            return backward;
        }
    }
    return NULL;
}

/* Whether what the pass begins at has been computed at the moment: a curve is not behind the line that
 * has just said the number. Of several passes from one root each counts when it begins. */
static bool is_known(const struct run_view *run, int64_t id)
{
    const struct trace_backward *const pass = trace_backward(run->trace, id);
    const struct trace_backward *const before = id > 1 ? trace_backward(run->trace, id - 1) : NULL;
    const struct trace_tensor *const root = trace_tensor(run->trace, pass->record->root);

    return pass->born < run->moment ||
           (root->born < run->moment && (!before || before->record->root != pass->record->root));
}

uint32_t curve_loop(const struct stops *stops, uint32_t moment)
{
    const uint32_t iteration = stops_training_at(stops, moment);

    return iteration == NO_ITERATION ? NO_ITERATION : stops_iteration(stops, iteration)->loop;
}

/* Before a class a training that goes on with the curve later gives nothing away: it comes when its loop
 * begins. */
static bool is_ahead(const struct view *view, const struct run_view *run, const struct curve *curve,
                     const struct trace_backward *pass)
{
    if (run != &view->runs[0] || view->state->mode != SCREEN_PRESENT || curve->count == 0 ||
        is_known(run, pass->id)) {
        return false;
    }
    const uint32_t loop = curve_loop(run->stops, pass->born + 1);
    const size_t at = curve->done > 0 ? curve->done - 1 : 0;
    return loop != NO_ITERATION && pass->born >= run->moment &&
           loop != curve_loop(run->stops, curve->moments[at]) &&
           loop != curve_loop(run->stops, run->moment);
}

static struct curve curve_of(const struct view *view, const struct run_view *run,
                             const struct trace_backward *of)
{
    const struct training training = training_of(run, of->id);
    const size_t most = (size_t)trace_backward_count(run->trace);
    struct curve curve = { .name = training.name,
                           .root = of->record->root,
                           .label = run_label(run, of->record->root, view->arena),
                           .values = arena_allocate(view->arena, most, sizeof(double)),
                           .moments = arena_allocate(view->arena, most, sizeof(uint32_t)) };
    for (int64_t id = 1; id <= (int64_t)most; id++) {
        const struct trace_backward *backward = trace_backward(run->trace, id);
        double value;
        if (root_value(run->trace, backward, &value) && training_has(run, &training, id) &&
            !is_ahead(view, run, &curve, backward)) {
            curve.values[curve.count] = value;
            curve.moments[curve.count++] = backward->born + 1;
            curve.done += is_known(run, id);
        }
    }
    return curve;
}

bool view_curve_offered(const struct view *view)
{
    const struct trace *const trace = view->runs[0].trace;
    int single = 0;

    for (int64_t id = 1; id <= trace_backward_count(trace) && single < 2; id++) {
        double value;
        single += root_value(trace, trace_backward(trace, id), &value);
    }
    return single > 1 || (single == 0 && printed_offered(&view->runs[0], view->arena));
}

/* ---- without backward ---------------------------------------------------------------------- */

static struct curve curve_of_printed(const struct run_view *run, const struct printed *printed)
{
    struct curve curve = { .name = printed->label,
                           .label = printed->label,
                           .values = printed->values,
                           .moments = printed->moments,
                           .count = printed->count,
                           .root = printed->tensor,
                           .printed = true };

    while (curve.done < curve.count && curve.moments[curve.done] <= run->moment) {
        curve.done++;
    }
    return curve;
}

/* The same in another run (NULL: none). */
static struct curve printed_in(const struct view *view, const struct run_view *other,
                               const struct curve *curve)
{
    struct printed all[PRINTED_MOST];
    const size_t count = other ? printed_numbers(other, all, view->arena) : 0;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].label, curve->label) == 0) {
            return curve_of_printed(other, &all[i]);
        }
    }
    return (struct curve){ 0 };
}

/* A number that is printed with it: beside the point that came last before it. */
static struct series beside(const struct view *view, const struct curve *curve,
                            const struct printed *printed)
{
    struct series series = { printed->label,
                             arena_allocate(view->arena, curve->count, sizeof(double)) };
    size_t at = 0;

    for (size_t i = 0; i < curve->count; i++) {
        series.values[i] = NAN;
    }
    for (size_t i = 0; i < printed->count; i++) {
        while (at + 1 < curve->count && curve->moments[at + 1] <= printed->moments[i]) {
            at++;
        }
        series.values[printed->count == curve->count ? i : at] = printed->values[i];
    }
    return series;
}

/* False if nothing is printed in a loop. */
static bool find_printed(const struct view *view, struct drawn *drawn)
{
    const struct run_view *const run = &view->runs[0];
    struct printed all[PRINTED_MOST];
    const size_t count = printed_numbers(run, all, view->arena);

    *drawn = (struct drawn){ 0 };
    if (count == 0) {
        return false;
    }
    drawn->curve = curve_of_printed(run, &all[0]);
    for (size_t i = 1; i < count; i++) {
        drawn->evaluated[drawn->evaluated_count++] = beside(view, &drawn->curve, &all[i]);
    }
    drawn->other = printed_in(view, view->run_count > 1 ? &view->runs[1] : NULL, &drawn->curve);
    drawn->former = printed_in(view, view->former, &drawn->curve);
    return true;
}

/* The curve of the same training in another run (NULL: none): of that name, the first of as many. */
static struct curve curve_in(const struct view *view, const struct run_view *other,
                             const struct trace_backward *of)
{
    const struct run_view *const run = &view->runs[0];
    const int64_t id = other ? training_like(other, run, of->id) : 0;

    return id > 0 ? curve_of(view, other, trace_backward(other->trace, id)) : (struct curve){ 0 };
}

/* Of a flat curve: something was learnt all the same, as where steps jump from one side of a valley to
 * the other. Passes that have a leaf each have learnt nothing from each other. */
static bool moves_a_parameter(const struct view *view, const struct trace_backward *of,
                              const struct curve *curve)
{
    const struct series_passes passes = { curve->moments, curve->count };
    struct series all[SERIES_MOST];
    const size_t count = training_of(&view->runs[0], of->id).leaf == 0
                             ? 0
                             : series_parameters(&view->runs[0], &passes, all, view->arena);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 1; k < curve->count; k++) {
            if (all[i].values[k] != all[i].values[0]) {
                return true;
            }
        }
    }
    return false;
}

/* Whether its values differ, or are more than a handful; known from the first few of a long one. */
static bool tells_soon(const struct run_view *run, const struct trace_backward *of)
{
    enum { HANDFUL = 8 };
    const struct training training = training_of(run, of->id);
    double first = 0, value;
    size_t count = 0;

    for (int64_t id = 1; id <= trace_backward_count(run->trace); id++) {
        if (!root_value(run->trace, trace_backward(run->trace, id), &value) ||
            !training_has(run, &training, id)) {
            continue;
        }
        first = count == 0 ? value : first;
        count++;
        if (count > HANDFUL || value != first) {
            return count > 1;
        }
    }
    return false;
}

bool view_curve_tells(const struct view *view)
{
    enum { HANDFUL = 8 };
    const struct run_view *const run = &view->runs[0];
    const struct trace_backward *const of = latest(run);
    struct drawn drawn;
    size_t same = 0;

    if (of) {
        if (tells_soon(run, of)) {
            return true;
        }
        const struct curve curve = curve_of(view, run, of);
        return curve.count > 1 && moves_a_parameter(view, of, &curve);
    }
    if (!find_printed(view, &drawn)) {
        return false;
    }
    while (same < drawn.curve.count && drawn.curve.values[same] == drawn.curve.values[0]) {
        same++;
    }
    return drawn.curve.count > 1 && (same < drawn.curve.count || drawn.curve.count > HANDFUL);
}

/* Nothing was changed between them: one line says it. */
static bool same_curve(const struct curve *a, const struct curve *b)
{
    return a->count == b->count &&
           (a->count == 0 || memcmp(a->values, b->values, a->count * sizeof(double)) == 0);
}

static void find_other_runs(const struct view *view, const struct trace_backward *of,
                            struct drawn *drawn)
{
    const struct run_view *const file = view->run_count > 1 ? &view->runs[1] : NULL;
    drawn->other = curve_in(view, file, of);
    drawn->former = curve_in(view, view->former, of);
    if (same_curve(&drawn->former, &drawn->curve)) {
        drawn->former.count = 0;
    }
    if (drawn->other.count > 0) {
        const struct series_passes passes = { drawn->other.moments, drawn->other.count };
        drawn->were_count = series_parameters(file, &passes, drawn->were, view->arena);
    }
}

/* ---- losses that take turns ------------------------------------------------------------------ */

static struct series *series_named(struct drawn *drawn, const char *name, struct arena *arena)
{
    for (size_t i = 0; i < drawn->evaluated_count; i++) {
        if (strcmp(drawn->evaluated[i].name, name) == 0) {
            return &drawn->evaluated[i];
        }
    }
    if (drawn->evaluated_count == SERIES_MOST) {
        return NULL;
    }
    struct series *const one = &drawn->evaluated[drawn->evaluated_count++];
    *one = (struct series){ name, arena_allocate(arena, drawn->curve.count, sizeof(double)) };
    for (size_t i = 0; i < drawn->curve.count; i++) {
        one->values[i] = NAN;
    }
    return one;
}

/* What else the same iterations call backward on, as where two networks train against each other. */
static void find_other_losses(const struct view *view, struct drawn *drawn)
{
    const struct run_view *const run = &view->runs[0];
    const struct curve *const curve = &drawn->curve;
    const char *const own = run_label(run, curve->root, view->arena);
    const int64_t most = trace_backward_count(run->trace);
    const bool is_alone = curve->count == (size_t)most;
    size_t at = 0;

    for (int64_t id = 1; !is_alone && id <= most && at < curve->count; id++) {
        const struct trace_backward *const pass = trace_backward(run->trace, id);
        double value;
        const uint32_t turn = stops_training_at(run->stops, pass->born + 1);
        while (at < curve->count && turn != NO_ITERATION &&
               stops_training_at(run->stops, curve->moments[at]) < turn) {
            at++;
        }
        if (at < curve->count && pass->born + 1 == curve->moments[at]) {
            continue; /* the curve's own */
        }
        const bool together = at < curve->count && turn != NO_ITERATION &&
                              stops_training_at(run->stops, curve->moments[at]) == turn;
        const char *const name = together ? run_label(run, pass->record->root, view->arena) : own;
        struct series *const one = strcmp(name, own) != 0 && root_value(run->trace, pass, &value)
                                       ? series_named(drawn, name, view->arena)
                                       : NULL;
        if (one) {
            one->values[at] = value;
        }
    }
}

bool curve_find(const struct view *view, struct drawn *drawn)
{
    const struct run_view *const run = &view->runs[0];
    const struct trace_backward *const of = latest(run);

    if (!of) {
        return find_printed(view, drawn);
    }
    *drawn = (struct drawn){ .curve = curve_of(view, run, of) };
    const struct curve *const curve = &drawn->curve;
    if (curve->count == 1) {
        return true;
    }
    const struct series_passes passes = { curve->moments, curve->count };
    find_other_runs(view, of, drawn);
    drawn->parameter_count = series_parameters(run, &passes, drawn->parameters, view->arena);
    drawn->evaluated_count =
        series_evaluated(run, &passes, curve->root, drawn->evaluated, view->arena);
    find_other_losses(view, drawn);
    return true;
}
