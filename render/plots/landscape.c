#include "render/plots/landscape.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "render/answer.h"
#include "render/ledger/chain_element.h"

enum { GRID_MOST = 512 };

/* ---- answers ------------------------------------------------------------------------------- */

static const struct record_probe *probe_at(const struct run_view *run, const uint32_t *records,
                                           size_t index)
{
    return &trace_record(run->trace, records[index])->probe;
}

/* The last record of the latest answer to that question; SIZE_MAX when there is none. */
static size_t latest_answer(const struct run_view *run, const char *what, const uint32_t **records)
{
    size_t count;

    *records = trace_records_of(run->trace, RECORD_PROBE, &count);
    for (size_t i = count; i-- > 0;) {
        const struct record_probe *const probe = probe_at(run, *records, i);
        if (strcmp(probe->what, what) == 0 && !answer_truth(probe, "more")) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool read_axis(const struct run_view *run, const struct record_probe *probe,
                      const char *name, struct landscape_axis *out, struct arena *arena)
{
    const struct argument *const list = answer_member(probe, name, ARGUMENT_LIST);

    if (!list || list->item_count < 3 || list->items[0].kind != ARGUMENT_TENSOR) {
        return false;
    }
    const struct trace_tensor *const tensor = trace_tensor(run->trace, list->items[0].id);
    const double element = answer_item(list, 1), count = answer_item(list, 4);
    if (!tensor || !(element >= 0 && element < (double)tensor->count)) {
        return false;
    }
    *out = (struct landscape_axis){
        .tensor = tensor->id,
        .element = (int64_t)element,
        .from = answer_item(list, 2),
        .to = answer_item(list, 3),
        .count = count >= 2 && count <= GRID_MOST ? (int)count : 0,
    };
    out->name = arena_format(arena, "%s%s", run_label(run, tensor->id, arena),
                             element_place(tensor, out->element, arena));
    return true;
}

/* The rows of all records of an answer that ends with that one. False when some are missing. */
static bool read_rows(const struct run_view *run, const uint32_t *records, size_t last,
                      struct landscape *out, struct arena *arena)
{
    const size_t columns = (size_t)out->x.count, all = columns * (size_t)out->y.count;
    float *const losses = arena_allocate(arena, all, sizeof(*losses));
    size_t end = all;

    for (size_t i = last + 1; i-- > 0;) {
        const struct record_probe *const probe = probe_at(run, records, i);
        size_t count;
        const float *const numbers =
            answer_floats(answer_member(probe, "numbers", ARGUMENT_STRING), &count, arena);
        if (!numbers || strcmp(probe->what, "surface") != 0 || count > end) {
            return false;
        }
        end -= count;
        memcpy(losses + end, numbers, count * sizeof(*losses));
        if (answer_number(probe, "row", -1) == 0) {
            break;
        }
    }
    out->losses = losses;
    return end == 0;
}

bool landscape_find(const struct run_view *run, struct landscape *out, struct arena *arena)
{
    const uint32_t *records;
    const size_t last = latest_answer(run, "surface", &records);

    *out = (struct landscape){ .refused = "" };
    if (last == SIZE_MAX) {
        return false;
    }
    const struct record_probe *const probe = probe_at(run, records, last);
    out->backward = (int64_t)answer_number(probe, "b", 0);
    out->exact = answer_truth(probe, "exact");
    out->refused = answer_string(probe, "refused");
    if (out->refused[0]) {
        return true;
    }
    return read_axis(run, probe, "x", &out->x, arena) &&
           read_axis(run, probe, "y", &out->y, arena) && out->x.count > 0 && out->y.count > 0 &&
           out->x.from < out->x.to && out->y.from < out->y.to &&
           read_rows(run, records, last, out, arena);
}

double landscape_loss(const struct landscape *landscape, double x, double y)
{
    const struct landscape_axis *const ax = &landscape->x, *const ay = &landscape->y;
    const double column = (x - ax->from) / (ax->to - ax->from) * (ax->count - 1);
    const double row = (y - ay->from) / (ay->to - ay->from) * (ay->count - 1);

    if (!(column >= 0 && column <= ax->count - 1 && row >= 0 && row <= ay->count - 1)) {
        return NAN;
    }
    return (double)landscape->losses[lround(row) * ax->count + lround(column)];
}

/* ---- race ---------------------------------------------------------------------------------- */

static void read_states(const struct record_probe *probe, struct landscape_racer *out,
                        struct arena *arena)
{
    const struct argument *const states = answer_member(probe, "state", ARGUMENT_LIST);
    int kept = 0;

    for (size_t i = 0; states && i < states->item_count && kept < LANDSCAPE_STATES; i++) {
        const struct argument *const pair = &states->items[i];
        size_t count = 0;
        if (pair->kind != ARGUMENT_LIST || pair->item_count != 2 ||
            pair->items[0].kind != ARGUMENT_STRING) {
            continue;
        }
        const float *const numbers = answer_floats(&pair->items[1], &count, arena);
        if (numbers && count == 2 * out->count) {
            out->states[kept] = pair->items[0].string.bytes;
            out->kept[kept++] = numbers;
        }
    }
}

static bool read_racer(const struct record_probe *probe, struct landscape_racer *out,
                       struct arena *arena)
{
    size_t points, losses;

    *out = (struct landscape_racer){ .name = answer_string(probe, "optimizer") };
    out->points = answer_floats(answer_member(probe, "points", ARGUMENT_STRING), &points, arena);
    out->losses = answer_floats(answer_member(probe, "losses", ARGUMENT_STRING), &losses, arena);
    if (!out->points || !out->losses || points != 2 * losses) {
        return false;
    }
    out->count = losses;
    read_states(probe, out, arena);
    return true;
}

static bool same_axis(const struct landscape_axis *a, const struct landscape_axis *b)
{
    return a->tensor == b->tensor && a->element == b->element;
}

bool landscape_race(const struct run_view *run, const struct landscape *landscape,
                    struct landscape_race *out, struct arena *arena)
{
    const uint32_t *records;
    const size_t last = latest_answer(run, "race", &records);
    struct landscape_axis x, y;

    *out = (struct landscape_race){ .refused = "" };
    if (last == SIZE_MAX) {
        return false;
    }
    const struct record_probe *const probe = probe_at(run, records, last);
    out->refused = answer_string(probe, "refused");
    if (out->refused[0]) {
        return true;
    }
    if (!read_axis(run, probe, "x", &x, arena) || !read_axis(run, probe, "y", &y, arena) ||
        !same_axis(&x, &landscape->x) || !same_axis(&y, &landscape->y)) {
        return false;
    }
    size_t first = last;
    while (first > 0 && last - first + 1 < LANDSCAPE_RACERS &&
           strcmp(probe_at(run, records, first - 1)->what, "race") == 0 &&
           answer_truth(probe_at(run, records, first - 1), "more")) {
        first--;
    }
    out->lr = answer_number(probe, "lr", NAN);
    out->steps = (size_t)fmax(answer_number(probe, "steps", 0), 0);
    for (size_t i = first; i <= last; i++) {
        out->count += read_racer(probe_at(run, records, i), &out->racers[out->count], arena);
    }
    return out->count > 0;
}

/* ---- the way ------------------------------------------------------------------------------- */

/* The element before record `before`; nan where it is not known. `at` is where the last look ended:
 * moments ascend, so that a training of any length is walked through once. */
static double element_before(const struct trace_tensor *tensor, int64_t element, uint32_t before,
                             size_t *at)
{
    while (*at + 1 < tensor->value_count && tensor->values[*at + 1].since < before) {
        (*at)++;
    }
    if (tensor->value_count == 0 || tensor->values[*at].since >= before) {
        return NAN;
    }
    const struct trace_value *const value = &tensor->values[*at];
    return !value->sampled && (size_t)element < value->count ? trace_element(value, (size_t)element)
                                                             : (double)NAN;
}

/* Record of its latest value. */
static uint32_t last_change(const struct trace_tensor *tensor)
{
    return tensor && tensor->value_count > 0 ? tensor->values[tensor->value_count - 1].since : 0;
}

/* By number, whether a backward has reached only leaves that are not on the axes. */
static bool *find_others(const struct run_view *run, const struct landscape_axis *x,
                         const struct landscape_axis *y, struct arena *arena)
{
    bool *const others =
        arena_allocate(arena, (size_t)trace_backward_count(run->trace) + 2, sizeof(bool));
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &count);

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++) {
            const struct record_accumulate *const one =
                &trace_record(run->trace, records[i])->accumulate;
            if (round == 0) {
                others[one->backward] = true;
            } else if (one->tensor == x->tensor || one->tensor == y->tensor) {
                others[one->backward] = false;
            }
        }
    }
    return others;
}

static double loss_of(const struct run_view *run, int64_t backward)
{
    const struct trace_backward *const walk = trace_backward(run->trace, backward);
    const struct trace_tensor *const root =
        walk ? trace_tensor(run->trace, walk->record->root) : NULL;
    const struct trace_value *const value = root ? trace_value_at(root, walk->born) : NULL;

    return value && value->count == 1 ? trace_element(value, 0) : (double)NAN;
}

struct landscape_way landscape_way(const struct run_view *run, const struct landscape_axis *x,
                                   const struct landscape_axis *y, struct arena *arena)
{
    const struct trace_tensor *const tx = trace_tensor(run->trace, x->tensor);
    const struct trace_tensor *const ty = trace_tensor(run->trace, y->tensor);
    const int64_t walks = trace_backward_count(run->trace);
    const uint32_t end = last_change(tx) > last_change(ty) ? last_change(tx) : last_change(ty);
    struct landscape_way way = { .x = arena_allocate(arena, (size_t)walks + 1, sizeof(double)),
                                 .y = arena_allocate(arena, (size_t)walks + 1, sizeof(double)),
                                 .losses = arena_allocate(arena, (size_t)walks + 1, sizeof(double)),
                                 .moments =
                                     arena_allocate(arena, (size_t)walks + 1, sizeof(uint32_t)) };
    const bool *const others = find_others(run, x, y, arena);
    size_t at_x = 0, at_y = 0;

    for (int64_t id = 1; tx && ty && id <= walks + 1; id++) {
        const uint32_t born = id <= walks ? trace_backward(run->trace, id)->born : end + 1;
        const double vx = element_before(tx, x->element, born, &at_x);
        const double vy = element_before(ty, y->element, born, &at_y);
        const size_t n = way.count;
        way.hidden = way.hidden || trace_is_masked_number(vx) || trace_is_masked_number(vy);
        const bool stays = n > 0 && id > walks && way.x[n - 1] == vx && way.y[n - 1] == vy;
        if (!isfinite(vx) || !isfinite(vy) || stays || others[id]) {
            continue;
        }
        way.x[n] = vx;
        way.y[n] = vy;
        way.losses[n] = loss_of(run, id);
        way.moments[n] = id <= walks ? born + 1 : end + 1;
        way.done += way.moments[n] <= run->moment;
        way.count++;
    }
    return way;
}
