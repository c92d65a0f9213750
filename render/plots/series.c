#include "render/plots/series.h"

#include <math.h>
#include <string.h>

#include "render/ledger/chain_element.h"

enum { BINDS_MOST = 200000 };

/* ---- parameters ---------------------------------------------------------------------------- */

/* Element `element` as it was when each pass began. Moments ascend, so the versions are walked through
 * once. */
static void fill_element(const struct trace_tensor *tensor, size_t element,
                         const struct series_passes *passes, double *out)
{
    size_t at = 0;

    for (size_t i = 0; i < passes->count; i++) {
        while (at + 1 < tensor->value_count && tensor->values[at + 1].since < passes->moments[i]) {
            at++;
        }
        const struct trace_value *const value =
            tensor->value_count > 0 && tensor->values[at].since < passes->moments[i]
                ? &tensor->values[at]
                : NULL;
        out[i] = value && !value->sampled && element < value->count ? trace_element(value, element)
                                                                    : (double)NAN;
    }
}

/* The last of them. */
static int64_t walk_of(const struct run_view *run, const struct series_passes *passes)
{
    const uint32_t moment = passes->count > 0 ? passes->moments[passes->count - 1] : 0;
    const struct record *const record = moment > 0 ? trace_record(run->trace, moment - 1) : NULL;

    return record && record->kind == RECORD_BACKWARD ? record->backward.backward : 0;
}

size_t series_parameters(const struct run_view *run, const struct series_passes *passes,
                         struct series out[SERIES_MOST], struct arena *arena)
{
    const struct trace_tensor *leaves[SERIES_MOST];
    size_t record_count, leaf_count = 0, count = 0;
    int64_t elements = 0;
    const int64_t walk = walk_of(run, passes);
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &record_count);

    for (size_t i = record_count; i-- > 0;) {
        const struct record_accumulate *const a = &trace_record(run->trace, records[i])->accumulate;
        const struct trace_tensor *const leaf = trace_tensor(run->trace, a->tensor);
        if (a->backward < walk) {
            break;
        }
        if (a->backward > walk) {
            continue;
        }
        elements += leaf && leaf->node == 0 ? leaf->count : 0;
        if (elements > SERIES_MOST) {
            return 0;
        }
        if (leaf && leaf->node == 0 && leaf->count > 0) {
            size_t at = leaf_count++; /* in the order in which they came to be */
            for (; at > 0 && leaves[at - 1]->id > leaf->id; at--) {
                leaves[at] = leaves[at - 1];
            }
            leaves[at] = leaf;
        }
    }
    for (size_t i = 0; i < leaf_count; i++) {
        for (int64_t k = 0; k < leaves[i]->count; k++) {
            out[count] = (struct series){
                .name = arena_format(arena, "%s%s", run_label(run, leaves[i]->id, arena),
                                     element_place(leaves[i], k, arena)),
                .values = arena_allocate(arena, passes->count + 1, sizeof(double)),
            };
            fill_element(leaves[i], (size_t)k, passes, out[count++].values);
        }
    }
    return count;
}

/* ---- what is evaluated --------------------------------------------------------------------- */

/* The operation that made it, one for each name; NULL: none did. */
static const struct record_opdef *made_by(const struct run_view *run,
                                          const struct trace_tensor *tensor)
{
    const struct trace_op *const op = tensor ? trace_op(run->trace, tensor->op) : NULL;

    return op ? op->def : NULL;
}

/* What made that. */
static const struct trace_tensor *operand_of(const struct run_view *run,
                                             const struct trace_tensor *tensor)
{
    const struct trace_op *const op = tensor ? trace_op(run->trace, tensor->op) : NULL;
    const struct argument *const in = op && op->record->in_count > 0 ? &op->record->in[0] : NULL;

    return in && in->kind == ARGUMENT_TENSOR ? trace_tensor(run->trace, in->id) : NULL;
}

/* The same operation, of a result of the same operation: a mean of squares, and not one of hits. */
static bool made_alike(const struct run_view *run, const struct trace_tensor *a,
                       const struct trace_tensor *b)
{
    return made_by(run, a) == made_by(run, b) &&
           made_by(run, operand_of(run, a)) == made_by(run, operand_of(run, b));
}

static struct series *named(struct series *all, size_t *count, const char *name,
                            const struct series_passes *passes, struct arena *arena)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(all[i].name, name) == 0) {
            return &all[i];
        }
    }
    if (*count == SERIES_MOST) {
        return NULL;
    }
    struct series *const one = &all[(*count)++];
    *one = (struct series){ name, arena_allocate(arena, passes->count + 1, sizeof(double)) };
    for (size_t i = 0; i < passes->count; i++) {
        one->values[i] = NAN;
    }
    return one;
}

/* The pass that had begun last at that record; SIZE_MAX before the first. */
static size_t pass_before(const struct series_passes *passes, uint32_t record)
{
    size_t low = 0, high = passes->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (passes->moments[middle] <= record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : SIZE_MAX;
}

/* A single number beside the loss, in an iteration of the training and outside of the graph. */
static bool is_evaluated(const struct run_view *run, const struct trace_tensor *tensor,
                         const struct trace_tensor *loss, uint32_t record)
{
    return tensor && tensor->count == 1 && tensor->node == 0 && !tensor->requires_grad &&
           made_alike(run, tensor, loss) && stops_training_at(run->stops, record) != NO_ITERATION;
}

struct collecting {
    const struct run_view *run;
    const struct series_passes *passes;
    struct series *out;
    size_t count;
    struct arena *arena;
};

static void take_number(struct collecting *all, const char *name, const struct trace_tensor *tensor,
                        uint32_t record)
{
    const size_t pass = pass_before(all->passes, record);
    const struct trace_value *const value = trace_value_at(tensor, record + 1);
    struct series *const one = pass == SIZE_MAX || !value || !name[0]
                                   ? NULL
                                   : named(all->out, &all->count, name, all->passes, all->arena);

    if (one) {
        one->values[pass] = trace_element(value, 0);
    }
}

/* What the lesson gives a name to. */
static void take_names(struct collecting *all, const struct trace_tensor *loss)
{
    const struct run_view *const run = all->run;
    size_t count;
    const uint32_t *const binds = trace_records_of(run->trace, RECORD_BIND, &count);

    for (size_t i = 0; count <= BINDS_MOST && i < count; i++) {
        const struct record_bind *const bind = &trace_record(run->trace, binds[i])->bind;
        const struct trace_tensor *const tensor = trace_tensor(run->trace, bind->tensor);
        if (is_evaluated(run, tensor, loss, binds[i])) {
            take_number(all, bind->name, tensor, binds[i]);
        }
    }
}

/* "mse_loss(model(xt), yt)" of "nn.functional.mse_loss(model(xt), yt)": its end tells it apart. */
static const char *short_call(const char *label)
{
    const char *const bracket = strchr(label, '(');
    const char *start = label;

    for (const char *at = label; bracket && at < bracket; at++) {
        start = *at == '.' ? at + 1 : start;
    }
    return start;
}

/* What it only prints or puts into a list: the same expression again and again. */
static void take_expressions(struct collecting *all, const struct trace_tensor *loss)
{
    const struct trace *const trace = all->run->trace;
    const struct record_opdef *const by = made_by(all->run, loss);
    const int64_t count = trace_op_count(trace);

    for (int64_t id = 1; count <= BINDS_MOST && id <= count; id++) {
        const struct trace_op *const op = trace_op(trace, id);
        if (op->def != by || op->record->out.count == 0 || op->failed) {
            continue;
        }
        const struct trace_tensor *const tensor = trace_tensor(trace, op->record->out.ids[0]);
        if (is_evaluated(all->run, tensor, loss, op->born) &&
            trace_name_at(trace, tensor, NEVER)[0] == '\0') {
            take_number(all, short_call(trace_tensor_label(trace, tensor, all->arena)), tensor,
                        op->born);
        }
    }
}

size_t series_evaluated(const struct run_view *run, const struct series_passes *passes,
                        int64_t root, struct series out[SERIES_MOST], struct arena *arena)
{
    const struct trace_tensor *const loss = trace_tensor(run->trace, root);
    struct collecting all = { .run = run, .passes = passes, .out = out, .arena = arena };

    if (made_by(run, loss)) {
        take_names(&all, loss);
        take_expressions(&all, loss);
    }
    return all.count;
}
