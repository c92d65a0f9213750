/* Where cells come from, held against what was recorded: every operation of a lesson that has most of
 * them, all its cells, in both directions. */

#include "tests/run_lesson.h"

#include <math.h>

#include "lessons/trace/provenance.h"
#include "lessons/trace/state.h"

enum { MOST = 1 << 12 };

/* What is known of one output of an operation. */
struct sample {
    const struct trace *trace;
    const struct trace_op *op;
    const struct trace_tensor *out;
    const struct provenance *links;
    struct arena *arena;
    int checked; /* operations whose numbers were computed again */
};

static const struct trace_tensor *operand(const struct sample *sample, int index)
{
    const struct argument *const in = &sample->op->record->in[index];

    return in->kind == ARGUMENT_TENSOR ? trace_tensor(sample->trace, in->id) : NULL;
}

static double number_in(const struct sample *sample, const struct tensor_cell *cell)
{
    const struct trace_value *const value =
        provenance_operand_value(sample->op, operand(sample, cell->operand));

    assert_non_null(value);
    return trace_element(value, (size_t)cell->element);
}

static double number_out(const struct sample *sample, int64_t element)
{
    const struct trace_value *const value = trace_value_at(sample->out, sample->op->born + 1);

    assert_non_null(value);
    return trace_element(value, (size_t)element);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- numbers -------------------------------------------------------------------------------- */

static double sum_of(double a, double b)
{
    return a + b;
}

static double product_of(double a, double b)
{
    return a * b;
}

/* What the sources of a cell, taken together, make; indices count for nothing. */
static double folded(const struct sample *sample, const struct tensor_cells *cells, double start,
                     double (*fold)(double, double))
{
    for (size_t i = 0; i < cells->count; i++) {
        start = cells->at[i].index ? start : fold(start, number_in(sample, &cells->at[i]));
    }
    return start;
}

static size_t values_among(const struct tensor_cells *cells)
{
    size_t count = 0;

    for (size_t i = 0; i < cells->count; i++) {
        count += !cells->at[i].index;
    }
    return count;
}

/* Σ a·b over the k-th sources in two operands. */
static double dotted(const struct sample *sample, const struct tensor_cells *cells, int one,
                     int other)
{
    double sum = 0;
    size_t b = 0;

    for (size_t a = 0; a < cells->count; a++) {
        if (cells->at[a].operand != one) {
            continue;
        }
        while (b < cells->count && cells->at[b].operand != other) {
            b++;
        }
        assert_true(b < cells->count);
        sum += number_in(sample, &cells->at[a]) * number_in(sample, &cells->at[b++]);
    }
    return sum;
}

/* The largest of the sources, or their sum: as the lesson's reductions are named. */
static double scattered(const struct sample *sample, const struct tensor_cells *cells)
{
    for (size_t i = 0; i < sample->op->record->attr_count; i++) {
        const struct argument *const attr = &sample->op->record->attrs[i];
        if (strcmp(attr->name, "reduce") == 0 && attr->number == 0) {
            return folded(sample, cells, 0, sum_of);
        }
    }
    return folded(sample, cells, -INFINITY, fmax);
}

/* a·b − c·d of four sources. */
static double crossed(const struct sample *sample, const struct tensor_cells *cells)
{
    double of[4];

    assert_int_equal(cells->count, 4);
    for (size_t i = 0; i < 4; i++) {
        of[i] = number_in(sample, &cells->at[i]);
    }
    return of[0] * of[1] - of[2] * of[3];
}

/* What a choice leaves is a copy; where it is a plain number, it has no source. */
static bool is_choice(const char *name)
{
    return is_one_of(name, (const char *const[]){ "where", "masked_fill", "masked_scatter", NULL });
}

/* The number that the cell must hold by its sources; false where this test has no formula. */
static bool expected(const struct sample *sample, const struct tensor_cells *cells, double *out)
{
    static const char *const sums[] = {
        "sum", "cumsum", "trace", "scatter_add", "index_add", NULL
    };
    static const char *const means[] = { "mean", "adaptive_avg_pool2d", "avg_pool2d", NULL };
    static const char *const most[] = { "max", "amax", "max_pool2d", NULL };
    static const char *const products[] = { "mm", "bmm", "mv", "dot", NULL };
    const char *const name = sample->op->record->name, *const class = sample->op->def->provenance;
    const size_t count = values_among(cells);

    if (is_one_of(name, sums)) {
        *out = folded(sample, cells, 0, sum_of);
    } else if (is_one_of(name, means)) {
        *out = folded(sample, cells, 0, sum_of) / (double)count;
    } else if (is_one_of(name, most)) {
        *out = folded(sample, cells, -INFINITY, fmax);
    } else if (is_one_of(name, (const char *const[]){ "min", NULL })) {
        *out = folded(sample, cells, INFINITY, fmin);
    } else if (is_one_of(name, (const char *const[]){ "prod", "cumprod", NULL })) {
        *out = folded(sample, cells, 1, product_of);
    } else if (is_one_of(name, products)) {
        *out = dotted(sample, cells, 0, 1);
    } else if (strcmp(name, "addmm") == 0) {
        *out = number_in(sample, &cells->at[0]) + dotted(sample, cells, 1, 2);
    } else if (strcmp(name, "add") == 0 && sample->op->record->in[1].kind == ARGUMENT_TENSOR) {
        *out = folded(sample, cells, 0, sum_of);
    } else if (strcmp(name, "mul") == 0 && sample->op->record->in[1].kind == ARGUMENT_TENSOR) {
        *out = folded(sample, cells, 1, product_of);
    } else if (strcmp(name, "scatter_reduce") == 0) {
        *out = scattered(sample, cells);
    } else if (strcmp(name, "cross") == 0) {
        *out = crossed(sample, cells);
    } else if (strcmp(class, "affine") == 0 || strcmp(class, "concat") == 0 ||
               strcmp(class, "rows") == 0 || is_choice(name) || strstr(name, "_pad") ||
               strstr(name, "nearest")) {
        *out = folded(sample, cells, 0, sum_of);
        return count > 0; /* else the operation's own number: 0, what is filled in */
    } else {
        return false;
    }
    return true;
}

/* In trace order: the first of two outputs holds the values. */
static void check_numbers(struct sample *sample, int64_t element, const struct tensor_cells *cells)
{
    double wanted, number = number_out(sample, element);

    if (sample->out->output != 0 || !expected(sample, cells, &wanted)) {
        return;
    }
    sample->checked++;
    if (!(fabs(wanted - number) <= 1e-5 * fabs(number) + 1e-6)) {
        fail_msg("%s %lld, element %lld: its sources make %g, recorded is %g",
                 sample->op->record->name, (long long)sample->op->id, (long long)element, wanted,
                 number);
    }
}

/* What views and rows take is a copy of one cell, unless they add up. */
static void check_single(const struct sample *sample, int64_t element,
                         const struct tensor_cells *cells)
{
    static const char *const many[] = { "scatter_add", "index_add", "index_put", "scatter_reduce",
                                        NULL };
    const char *const class = sample->op->def->provenance;

    if ((strcmp(class, "affine") == 0 || strcmp(class, "concat") == 0 ||
         strcmp(class, "rows") == 0 || is_choice(sample->op->record->name)) &&
        !is_one_of(sample->op->record->name, many) && values_among(cells) > 1) {
        fail_msg("%s: element %lld has %zu sources", sample->op->record->name, (long long)element,
                 values_among(cells));
    }
}

/* ---- there and back ------------------------------------------------------------------------- */

/* For each operand the pairs (element, its use), as a bit for each. */
static void note_sources(const struct sample *sample, unsigned char **pairs, int64_t element,
                         const struct tensor_cells *cells)
{
    for (size_t i = 0; i < cells->count; i++) {
        const struct tensor_cell *const cell = &cells->at[i];
        const struct trace_tensor *const in = operand(sample, cell->operand);
        assert_non_null(in);
        assert_true(cell->element >= 0 && cell->element < in->count);
        pairs[cell->operand][cell->element * sample->out->count + element]++;
    }
}

static void check_uses(const struct sample *sample, unsigned char *const *pairs, int index)
{
    const int64_t count = sample->out->count;

    for (int64_t i = 0; i < operand(sample, index)->count; i++) {
        const struct tensor_cells uses =
            provenance_uses(sample->links, index, i, MOST, sample->arena);
        size_t found = 0;
        for (int64_t k = 0; k < count; k++) {
            found += pairs[index][i * count + k];
        }
        if (uses.count != found || uses.more) {
            fail_msg("%s %lld: cell %lld of operand %d is used %zu times, found %zu",
                     sample->op->record->name, (long long)sample->op->id, (long long)i, index,
                     found, uses.count);
        }
        for (size_t k = 0; k < uses.count; k++) {
            assert_int_equal(uses.at[k].operand, index);
            assert_true(pairs[index][i * count + uses.at[k].element] > 0);
        }
    }
}

static void check_output(struct sample *sample)
{
    const size_t in_count = sample->op->record->in_count;
    unsigned char **const pairs = arena_allocate(sample->arena, in_count + 1, sizeof(*pairs));

    for (size_t i = 0; i < in_count; i++) {
        const struct trace_tensor *const in = operand(sample, (int)i);
        pairs[i] =
            in ? arena_allocate(sample->arena, (size_t)(in->count * sample->out->count) + 1, 1)
               : NULL;
    }
    for (int64_t element = 0; element < sample->out->count; element++) {
        const struct tensor_cells cells =
            provenance_sources(sample->links, element, MOST, sample->arena);
        assert_false(cells.more);
        note_sources(sample, pairs, element, &cells);
        check_numbers(sample, element, &cells);
        check_single(sample, element, &cells);
    }
    for (size_t i = 0; i < in_count; i++) {
        if (pairs[i]) {
            check_uses(sample, pairs, (int)i);
        }
    }
}

/* ---- the lesson ----------------------------------------------------------------------------- */

static struct trace *run_provenance_lesson(void)
{
    char *const text = run_file_text(GRADLIGHT_SOURCE_ROOT "/tests/provenance_lesson.py");
    struct lesson_run run = run_text(text, (struct client_options){ 0 });
    struct trace *const trace = trace_create();
    struct error err = { 0 };

    if (!trace_feed(trace, text_string(&run.trace), run.trace.length, &err) ||
        !trace_finish_input(trace, &err)) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(trace_ending(trace)->how, "finished");
    text_finish(&run.trace);
    free(text);
    return trace;
}

/* Statistics beside the result, and what only a copy behind the scenes does. */
static bool may_be_unknown(const struct trace_op *op, int output)
{
    static const char *const norms[] = { "batch_norm", "layer_norm", "group_norm",
                                         "nll_loss",   "det",        "inv",
                                         "solve",      "slogdet",    NULL };

    return output > 0 && is_one_of(op->record->name, norms);
}

static void every_cell_of_every_operation(void **state)
{
    struct trace *const trace = run_provenance_lesson();
    int known = 0, checked = 0;

    (void)state;
    for (int64_t id = 1; id <= trace_op_count(trace); id++) {
        const struct trace_op *const op = trace_op(trace, id);
        for (size_t o = 0; o < op->record->out.count; o++) {
            struct arena arena = { 0 };
            struct sample sample = { .trace = trace,
                                     .op = op,
                                     .out = trace_tensor(trace, op->record->out.ids[o]),
                                     .links = provenance_of(trace, op, (int)o, &arena),
                                     .arena = &arena };
            if (!sample.links && !may_be_unknown(op, (int)o)) {
                fail_msg("%s %lld: not known", op->record->name, (long long)id);
            }
            if (sample.links) {
                check_output(&sample);
                known++;
                checked += sample.checked;
            }
            arena_finish(&arena);
        }
    }
    assert_true(known > 200);
    assert_true(checked > 1500);
    trace_destroy(trace);
}

/* ---- traces that lie ------------------------------------------------------------------------ */

static struct trace *trace_of(const char *lines)
{
    static const char hello[] =
        "{\"k\":\"hello\",\"format\":1,\"program\":\"\",\"python\":\"\","
        "\"device\":\"cpu\",\"box\":{\"rlimits\":true,\"no_new_privs\":true,"
        "\"landlock\":1,\"seccomp\":true,\"why\":\"\"}}\n";
    struct trace *const trace = trace_create();
    struct error err = { 0 };

    if (!trace_feed(trace, hello, strlen(hello), &err) ||
        !trace_feed(trace, lines, strlen(lines), &err)) {
        fail_msg("%s", err.text);
    }
    return trace;
}

static void ask_everything(const struct trace *trace)
{
    struct arena arena = { 0 };
    const struct trace_op *const op = trace_op(trace, 1);

    assert_non_null(op);
    const struct trace_tensor *const out = trace_tensor(trace, op->record->out.ids[0]);
    const struct provenance *const links = provenance_of(trace, op, 0, &arena);
    for (int64_t i = -1; links && i <= 4 && i <= out->count; i++) {
        provenance_sources(links, i, 8, &arena);
        for (int k = 0; k < (int)op->record->in_count; k++) {
            provenance_uses(links, k, i, 8, &arena);
        }
    }
    assert_null(provenance_of(trace, op, 7, &arena));
    assert_null(provenance_of(trace, op, -1, &arena));
    arena_finish(&arena);
}

#define TENSOR(id, shape) \
    "{\"k\":\"tensor\",\"t\":" id ",\"shape\":" shape ",\"dtype\":\"float32\"}\n"
#define OP(name, class, in, attrs)                                                       \
    "{\"k\":\"opdef\",\"op\":\"" name                                                    \
    "\",\"provenance\":\"" class "\"}\n"                                                 \
                                 "{\"k\":\"op\",\"o\":1,\"op\":\"" name "\",\"in\":[" in \
                                 "],\"attrs\":{" attrs "},\"out\":[2]}\n"

/* Shapes and attributes that fit no operation are not believed, and end soon. */
static void hostile_traces(void **state)
{
    static const char *const traces[] = {
        TENSOR("1", "[2,3]") TENSOR("2", "[3]")
            OP("select", "affine", "{\"t\":1}", "\"dim\":7,\"index\":1e300"),
        TENSOR("1", "[2,3]") TENSOR("2", "[3]")
            OP("select", "affine", "{\"t\":1}", "\"dim\":0,\"index\":-5"),
        TENSOR("1", "[0,3]") TENSOR("2", "[0,3]")
            OP("slice", "affine", "{\"t\":1}", "\"dim\":0,\"start\":0,\"step\":0"),
        TENSOR("1", "[4,4]") TENSOR("2", "[2,2]")
            OP("max_pool2d", "window", "{\"t\":1}",
               "\"kernel_size\":[100000000,100000000],\"padding\":[99999999,99999999]"),
        TENSOR("1", "[4,4]") TENSOR("2", "[2,2]")
            OP("avg_pool2d", "window", "{\"t\":1}", "\"kernel_size\":[-1,0]"),
        TENSOR("1", "[4,4]") TENSOR("2", "[4,4]")
            OP("permute", "affine", "{\"t\":1}", "\"dim\":[0,9]"),
        TENSOR("1", "[3]") TENSOR("2", "[9007199254740992]")
            OP("expand", "affine", "{\"t\":1}", "\"size\":[9007199254740992]"),
        TENSOR("1", "[1,0,3]") TENSOR("2", "[1,0,3]")
            OP("convolution", "window", "{\"t\":1},{\"t\":1}", "\"groups\":0"),
        TENSOR("1", "[1,0,3]") TENSOR("2", "[1,0,3]")
            OP("group_norm", "reduce", "{\"t\":1}", "\"group\":3"),
        TENSOR("1", "[]") TENSOR("2", "[]") OP("t", "affine", "", ""),
        TENSOR("1", "[2]") TENSOR("2", "[2]") OP("softmax", "reduce", "{\"t\":1}", "\"dim\":3"),
        TENSOR("1", "[2]") TENSOR("2", "[2]")
            OP("gather", "rows", "{\"t\":1},{\"t\":1}", "\"dim\":0"),
        TENSOR("1", "[2]") TENSOR("2", "[2]") OP("index", "rows", "{\"t\":1},{\"t\":1}", ""),
        TENSOR("1", "[2]") TENSOR("2", "[2]")
            OP("roll", "rows", "{\"t\":1}", "\"dim\":[0,0],\"shifts\":[1,1]"),
        TENSOR("1", "[2]") TENSOR("2", "[2,2]")
            OP("repeat", "rows", "{\"t\":1}", "\"repeats\":[2,-1]"),
        TENSOR("1", "[2]") TENSOR("2", "[2]") OP("nothing", "", "{\"t\":1}", ""),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
        struct trace *const trace = trace_of(traces[i]);
        ask_everything(trace);
        trace_destroy(trace);
    }
}

/* Of large tensors the shapes say enough, and nothing is counted that was not asked for. */
static void large_tensors(void **state)
{
    struct trace *const trace = trace_of(TENSOR("1", "[1000,1000]") TENSOR("2", "[1000,1000]")
                                             OP("mm", "matmul", "{\"t\":1},{\"t\":1}", ""));
    struct arena arena = { 0 };
    const struct provenance *const links = provenance_of(trace, trace_op(trace, 1), 0, &arena);

    (void)state;
    assert_non_null(links);
    const struct tensor_cells cells = provenance_sources(links, 999999, 1500, &arena);
    assert_int_equal(cells.count, 1500);
    assert_true(cells.more);
    assert_int_equal(cells.at[0].element, 999000);
    assert_int_equal(cells.at[1000].operand, 1);
    assert_int_equal(cells.at[1000].element, 999);
    assert_int_equal(provenance_uses(links, 0, 5, 5000, &arena).count, 1000);
    arena_finish(&arena);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_of_every_operation),
        cmocka_unit_test(hostile_traces),
        cmocka_unit_test(large_tensors),
    };
    return test_run(tests);
}
