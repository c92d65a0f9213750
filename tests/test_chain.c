/* The equations of single elements: what a gradient, or a result, is made of. */

#include "tests/test.h"

#include "render/ledger/chain.h"
#include "tests/panel.h"

/* What is written was compared with what was recorded: so it is enough that something is. */
static void assert_said(const struct element_equation *one, const char *op, int64_t element)
{
    if (!one->value[0] || !one->formula[0]) {
        fail_msg("no equation for element %d of %s", (int)element, op);
    }
}

/* Each element that a backward has sent along an edge. */
static void every_contribution_is_said(struct panel *page)
{
    size_t count;
    const uint32_t *const records = trace_records_of(page->trace, RECORD_VISIT, &count);
    for (size_t i = 0; i < count; i++) {
        const struct record_visit *const visit = &trace_record(page->trace, records[i])->visit;
        const struct trace_node *const node = trace_node(page->trace, visit->node);
        const char *const name = trace_op(page->trace, node->op)->record->name;
        for (size_t e = 0; e < visit->edge_count; e++) {
            const struct trace_tensor *const to = trace_tensor(page->trace, visit->edges[e].grad);
            for (int64_t k = 0; to && k < to->count; k++) {
                const struct element_equation one =
                    element_equation_of(&page->run, visit, e, k, &page->arena);
                assert_said(&one, name, k);
            }
        }
        arena_clear(&page->arena);
    }
}

static void gradients_of_windows_and_norms_are_said(void **state)
{
    (void)state;
    struct panel page;
    panel_open(&page, "ledger/windows", SCREEN_EXPLORE);
    every_contribution_is_said(&page);
    panel_close(&page);
}

static void gradients_of_picks_are_said(void **state)
{
    (void)state;
    struct panel page;
    panel_open(&page, "ledger/picks", SCREEN_EXPLORE);
    every_contribution_is_said(&page);
    panel_close(&page);
}

/* Each element of the results of the named operations. */
static void check_results(const char *fixture, const char *const *ops, size_t op_count)
{
    struct panel page;
    size_t count;
    panel_open(&page, fixture, SCREEN_EXPLORE);
    const uint32_t *const records = trace_records_of(page.trace, RECORD_OP, &count);
    for (size_t o = 0; o < op_count; o++) {
        int found = 0;
        for (size_t i = 0; i < count; i++) {
            const struct trace_op *const op =
                trace_op(page.trace, trace_record(page.trace, records[i])->op.op);
            const struct trace_tensor *const out = trace_tensor(page.trace, op->record->out.ids[0]);
            if (strcmp(op->record->name, ops[o]) != 0 || out->ndim == 0) {
                continue;
            }
            for (int64_t k = 0; k < out->count; k++) {
                const struct element_equation one =
                    element_equation_of_result(&page.run, op, k, &page.arena);
                assert_said(&one, ops[o], k);
            }
            found++;
        }
        assert_true(found > 0);
    }
    panel_close(&page);
}

static void results_are_said(void **state)
{
    (void)state;
    static const char *const windows[] = {
        "convolution",
        "max_pool2d",
        "avg_pool2d",
        "adaptive_avg_pool2d",
        "adaptive_max_pool2d",
        "layer_norm",
        "group_norm",
        "batch_norm",
        "softmax",
        "log_softmax",
        "bmm",
    };
    static const char *const picks[] = { "index",  "gather",     "index_select", "embedding",
                                         "max",    "min",        "sort",         "topk",
                                         "median", "log_softmax" };
    static const char *const products[] = { "mm", "mv", "bmm" };
    check_results("ledger/windows", windows, sizeof(windows) / sizeof(windows[0]));
    check_results("ledger/picks", picks, sizeof(picks) / sizeof(picks[0]));
    check_results("ledger/tensors", products, sizeof(products) / sizeof(products[0]));
}

/* The n-th operation of that name, from 1. */
static const struct trace_op *op_called(const struct panel *page, const char *name, int n)
{
    size_t count;
    const uint32_t *const records = trace_records_of(page->trace, RECORD_OP, &count);
    for (size_t i = 0; i < count; i++) {
        const struct trace_op *const op =
            trace_op(page->trace, trace_record(page->trace, records[i])->op.op);
        if (strcmp(op->record->name, name) == 0 && --n == 0) {
            return op;
        }
    }
    fail_msg("no %s", name);
    return NULL;
}

static void equations_read_as_in_a_book(void **state)
{
    (void)state;
    static const struct {
        const char *fixture, *op;
        int n;
        int64_t element;
        const char *formula, *numbers, *value;
    } cases[] = {
        { "ledger/windows", "convolution", 1, 0,
          "x[0, 0, 0, 0]·w[0, 0, 0, 0] + x[0, 0, 0, 1]·w[0, 0, 0, 1] + x[0, 0, 1, 0]·w[0, 0, 1, 0] "
          "+ x[0, 0, 1, 1]·w[0, 0, 1, 1] + b[0]",
          "1·1 + 2·0 + 0·(-1) + 3·2 + 0.5", "7.5" },
        { "ledger/windows", "max_pool2d", 1, 1,
          "max(x[0, 0, 0, 2], x[0, 0, 0, 3], x[0, 0, 1, 2], x[0, 0, 1, 3])", "max(0, (-1), 1, 2)",
          "2" },
        { "ledger/windows", "avg_pool2d", 1, 1, "(x[0, 0, 0, 0] + x[0, 0, 0, 1]) / 2",
          "(1 + 2) / 2", "1.5" },
        { "ledger/windows", "layer_norm", 2, 0, "(x[0, 0, 0, 0] − mean) / √(var + ε)",
          "(1 − 1) / √(4 + 1.0e-05)", "0" },
        { "ledger/picks", "gather", 1, 1, "x[0, 3, 1]", "5", "5" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel page;
        panel_open(&page, cases[i].fixture, SCREEN_EXPLORE);
        const struct element_equation one = element_equation_of_result(
            &page.run, op_called(&page, cases[i].op, cases[i].n), cases[i].element, &page.arena);
        assert_string_equal(one.formula, cases[i].formula);
        assert_string_equal(one.numbers, cases[i].numbers);
        assert_string_equal(one.value, cases[i].value);
        panel_close(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_windows_and_norms_are_said),
        cmocka_unit_test(gradients_of_picks_are_said),
        cmocka_unit_test(results_are_said),
        cmocka_unit_test(equations_read_as_in_a_book),
    };
    return test_run(tests);
}
