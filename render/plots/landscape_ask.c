/* What is asked of a run's probes to draw the landscape of its loss: over which two numbers, and how far. */

#include "render/plots/landscape.h"

#include <math.h>
#include <string.h>

#include "render/ledger/chain_element.h"
#include "render/plots/rides.h"

enum { PLACES = 200 };

/* The leaves that the last complete backward has reached, by its accumulations. */
enum { LEAVES_MOST = 64 };
struct reached {
    int64_t backward;
    const struct trace_tensor *leaves[LEAVES_MOST];
    size_t count;
    int64_t elements;
    bool more; /* than there is room for */
};

static bool root_is_number(const struct run_view *run, int64_t backward)
{
    const struct trace_backward *const walk = trace_backward(run->trace, backward);
    const struct trace_tensor *const root =
        walk ? trace_tensor(run->trace, walk->record->root) : NULL;

    return root && root->count == 1 && walk->ended != NEVER && walk->record->more_count == 0;
}

static struct reached reached_last(const struct run_view *run)
{
    struct reached out = { 0 };
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &count);

    for (size_t i = count; i-- > 0;) {
        const struct record_accumulate *const a = &trace_record(run->trace, records[i])->accumulate;
        const struct trace_tensor *const leaf = trace_tensor(run->trace, a->tensor);
        out.backward = out.backward ? out.backward : a->backward;
        if (a->backward != out.backward) {
            break;
        }
        if (!leaf || leaf->node != 0) {
            continue; /* retains its gradient, and is no leaf */
        }
        out.elements += leaf->count;
        out.more = out.more || out.count == LEAVES_MOST;
        if (out.count < LEAVES_MOST) {
            out.leaves[out.count++] = leaf;
        }
    }
    return out;
}

bool landscape_is_exact(const struct run_view *run)
{
    const struct reached reached = reached_last(run);

    return reached.elements == 2 && root_is_number(run, reached.backward);
}

bool landscape_offered(const struct run_view *run)
{
    const struct reached reached = reached_last(run);

    return reached.elements >= 2 && root_is_number(run, reached.backward);
}

/* How far an element has come in the training. */
static double moved(const struct trace_tensor *tensor, int64_t element)
{
    const struct trace_value *const first = tensor->value_count > 0 ? &tensor->values[0] : NULL;
    const struct trace_value *const last = first ? &tensor->values[tensor->value_count - 1] : NULL;

    if (!first || first->sampled || last->sampled || (size_t)element >= first->count ||
        (size_t)element >= last->count) {
        return -1;
    }
    const double by =
        fabs(trace_element(last, (size_t)element) - trace_element(first, (size_t)element));
    return isfinite(by) ? by : 0;
}

/* An element that could stand on an axis, by how far it has come. */
struct candidate {
    struct landscape_axis axis;
    double moved;
};

struct candidates {
    struct candidate best[LANDSCAPE_CHOICES]; /* the furthest first */
    size_t count;
};

static void take_candidate(struct candidates *all, const struct candidate *one)
{
    size_t at = all->count;

    while (at > 0 && all->best[at - 1].moved < one->moved) {
        at--;
    }
    if (at == LANDSCAPE_CHOICES) {
        return;
    }
    all->count += all->count < LANDSCAPE_CHOICES;
    memmove(&all->best[at + 1], &all->best[at], (all->count - 1 - at) * sizeof(*all->best));
    all->best[at] = *one;
}

static struct candidates find_candidates(const struct reached *reached)
{
    struct candidates all = { .count = 0 };

    for (size_t i = 0; i < reached->count; i++) {
        const struct trace_tensor *const leaf = reached->leaves[i];
        for (int64_t k = 0; k < leaf->count && moved(leaf, k) >= 0; k++) {
            take_candidate(
                &all, &(struct candidate){ { .tensor = leaf->id, .element = k }, moved(leaf, k) });
        }
    }
    return all;
}

static bool comes_before(const struct landscape_axis *a, const struct landscape_axis *b)
{
    return a->tensor < b->tensor || (a->tensor == b->tensor && a->element < b->element);
}

size_t landscape_choices(const struct run_view *run, struct landscape_axis out[LANDSCAPE_CHOICES],
                         struct arena *arena)
{
    const struct reached reached = reached_last(run);
    const struct candidates all = find_candidates(&reached);

    for (size_t i = 0; i < all.count; i++) {
        struct landscape_axis axis = all.best[i].axis;
        const struct trace_tensor *const tensor = trace_tensor(run->trace, axis.tensor);
        size_t at = i;
        axis.name = arena_format(arena, "%s%s", run_label(run, axis.tensor, arena),
                                 element_place(tensor, axis.element, arena));
        for (; at > 0 && comes_before(&axis, &out[at - 1]); at--) {
            out[at] = out[at - 1];
        }
        out[at] = axis;
    }
    return all.count;
}

static bool same_element(const struct landscape_axis *a, const struct landscape_axis *b)
{
    return a->tensor == b->tensor && a->element == b->element;
}

/* The furthest that is wished for, or is not on the other axis. */
static const struct landscape_axis *choose_axis(const struct candidates *all,
                                                const struct landscape_axis *wish,
                                                const struct landscape_axis *other)
{
    for (size_t i = 0; wish->tensor && i < all->count; i++) {
        if (same_element(&all->best[i].axis, wish)) {
            return &all->best[i].axis;
        }
    }
    for (size_t i = 0; i < all->count; i++) {
        if (!other || !same_element(&all->best[i].axis, other)) {
            return &all->best[i].axis;
        }
    }
    return NULL;
}

/* As wished; else the two elements that have moved furthest, in the order in which they came to be. */
static bool choose_axes(const struct reached *reached, const struct landscape_wish *wish,
                        struct landscape_axis axes[2])
{
    const struct candidates all = find_candidates(reached);
    const struct landscape_axis *const wished = wish->y.tensor ? &wish->y : NULL;
    const struct landscape_axis *const x = choose_axis(&all, &wish->x, wished);
    const struct landscape_axis *const y = x ? choose_axis(&all, &wish->y, x) : NULL;

    if (!x || !y || same_element(x, y)) {
        return false;
    }
    const bool turned = !wish->x.tensor && !wish->y.tensor && comes_before(y, x);
    axes[0] = turned ? *y : *x;
    axes[1] = turned ? *x : *y;
    return true;
}

struct stretch {
    double least[2], most[2];
};

/* Where the training left the valley for ever larger losses, only the beginning counts. */
static void stretch_add(struct stretch *out, const struct landscape_way *way)
{
    static const double far = 4;

    for (size_t i = 0; i < way->count; i++) {
        const double at[2] = { way->x[i], way->y[i] };
        if (i > 1 && way->losses[i] > far * fabs(way->losses[0]) + 1) {
            break;
        }
        for (int a = 0; a < 2; a++) {
            out->least[a] = fmin(out->least[a], at[a]);
            out->most[a] = fmax(out->most[a], at[a]);
        }
    }
}

/* The stretch that the training went over, and as much again around it; less where several show what
 * there is. */
static void choose_range(const struct run_view *run, const struct reached *reached,
                         struct landscape_axis axes[2], double reach, struct arena *arena)
{
    static const double alike = 0.35, alone = 1.2, several = 0.75;
    const struct landscape land = {
        .backward = reached->backward, .x = axes[0], .y = axes[1], .exact = reached->elements == 2
    };
    const struct rides rides = rides_find(run, &land, arena);
    const double around = rides.count > 1 ? several : alone;
    struct stretch all = { { INFINITY, INFINITY }, { -INFINITY, -INFINITY } };
    const double *const least = all.least, *const most = all.most;

    for (size_t i = 0; i < rides.count; i++) {
        stretch_add(&all, &rides.rides[i].way);
    }
    for (int a = 0; a < 2; a++) {
        const double span = most[a] - least[a], other = most[1 - a] - least[1 - a];
        double half = reach * around * fmax(span, alike * other);
        half = half > 1e-9 * fmax(fabs(most[a]), 1) ? half : reach * fmax(fabs(most[a]), 1);
        axes[a].from = (least[a] + most[a]) / 2 - half;
        axes[a].to = (least[a] + most[a]) / 2 + half;
        axes[a].count = PLACES;
    }
}

static void write_axis(struct text *out, const char *name, const struct landscape_axis *axis)
{
    text_format(out, ",\"%s\":{\"t\":%lld,\"element\":%lld,\"from\":", name,
                (long long)axis->tensor, (long long)axis->element);
    text_append_number(out, axis->from);
    text_append_string(out, ",\"to\":");
    text_append_number(out, axis->to);
    text_format(out, ",\"count\":%d}", axis->count);
}

bool landscape_question(const struct run_view *run, const struct landscape_wish *wish,
                        struct text *out)
{
    const struct reached reached = reached_last(run);
    struct landscape_axis axes[2] = { { 0 } };
    struct arena arena = { 0 };

    if (!root_is_number(run, reached.backward) || !choose_axes(&reached, wish, axes)) {
        return false;
    }
    choose_range(run, &reached, axes, wish->reach > 0 ? wish->reach : 1, &arena);
    const bool known = isfinite(axes[0].from) && isfinite(axes[1].from);
    text_format(out, "{\"probe\":\"surface\",\"b\":%lld", (long long)reached.backward);
    write_axis(out, "x", &axes[0]);
    write_axis(out, "y", &axes[1]);
    text_append_char(out, '}');
    arena_finish(&arena);
    return known;
}

static void write_start(struct text *out, const char *name, const struct landscape_axis *axis,
                        double start)
{
    text_format(out, ",\"%s\":{\"t\":%lld,\"element\":%lld,\"start\":", name,
                (long long)axis->tensor, (long long)axis->element);
    text_append_number(out, start);
    text_append_char(out, '}');
}

/* From where the training began, as many steps as it took, within what can be watched. */
bool landscape_race_question(const struct run_view *run, const struct landscape *landscape,
                             double lr, struct text *out)
{
    enum { STEPS_LEAST = 40, STEPS_MOST = 500 };
    struct arena arena = { 0 };
    const struct landscape_way way = landscape_way(run, &landscape->x, &landscape->y, &arena);
    const size_t taken = way.count > 1 ? way.count - 1 : 0;
    const size_t steps = taken < STEPS_LEAST  ? STEPS_LEAST
                         : taken > STEPS_MOST ? STEPS_MOST
                                              : taken;

    if (way.count > 0) {
        text_format(out, "{\"probe\":\"race\",\"b\":%lld", (long long)landscape->backward);
        write_start(out, "x", &landscape->x, way.x[0]);
        write_start(out, "y", &landscape->y, way.y[0]);
        text_append_string(out, ",\"lr\":");
        text_append_number(out, lr);
        text_format(out, ",\"steps\":%zu}", steps);
    }
    arena_finish(&arena);
    return way.count > 0;
}

double landscape_lesson_lr(const struct run_view *run)
{
    static const double usual = 0.01;
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_OPTIM, &count);

    for (size_t i = count; i-- > 0;) {
        const struct record_optim *const optim = &trace_record(run->trace, records[i])->optim;
        for (size_t g = 0; g < optim->group_count; g++) {
            const struct argument *const group = &optim->groups[g];
            for (size_t m = 0; m < group->item_count; m++) {
                const struct argument *const one = &group->items[m];
                if (one->name && strcmp(one->name, "lr") == 0 && one->kind == ARGUMENT_NUMBER &&
                    one->number > 0) {
                    return one->number;
                }
            }
        }
    }
    return usual;
}
