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
    static const char *const maps[] = {
        "relu",        "sigmoid",    "tanh",       "abs",        "leaky_relu", "elu",
        "silu",        "gelu",       "gelu_tanh",  "softplus",   "mish",       "hardswish",
        "hardsigmoid", "logsigmoid", "softshrink", "exp",        "sin",        "neg",
        "floor",       "erf",        "sign",       "reciprocal", "expm1",      "deg2rad",
        "add",         "sub",        "mul",        "div",        "rsub",       "pow",
        "pow_base",    "pow_tensor", "clamp",      "where",      "maximum",    "remainder",
        "lerp",        "hypot",      "addcmul",    "hardtanh",   "threshold",
    };
    check_results("ledger/windows", windows, sizeof(windows) / sizeof(windows[0]));
    check_results("ledger/picks", picks, sizeof(picks) / sizeof(picks[0]));
    check_results("ledger/tensors", products, sizeof(products) / sizeof(products[0]));
    check_results("ledger/maps", maps, sizeof(maps) / sizeof(maps[0]));
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
        { "ledger/maps", "relu", 1, 0, "max(x[0, 0], 0)", "max(-1.5, 0)", "0" },
        { "ledger/maps", "sigmoid", 1, 1, "1 / (1 + e^(−x[0, 1]))", "1 / (1 + e^(−0.5))",
          "0.6225" },
        { "ledger/maps", "leaky_relu", 1, 0, "x[0, 0] > 0 ? x[0, 0] : 0.01 · x[0, 0]",
          "-1.5 > 0 ? -1.5 : 0.01 · (-1.5)", "-0.015" },
        { "ledger/maps", "abs", 1, 0, "|x[0, 0]|", "|-1.5|", "1.5" },
        { "ledger/maps", "clamp", 2, 0, "max(x[0, 0], 0)", "max(-1.5, 0)", "0" },
        { "ledger/maps", "pow", 1, 0, "x[0, 0]³", "(-1.5)³", "-3.375" },
        { "ledger/maps", "add", 2, 1, "x[0, 1] + 2 · y[0, 1]", "0.5 + 2 · 3", "6.5" },
        { "ledger/maps", "where", 1, 0, "(x > 0)[0, 0] ? x[0, 0] : y[0, 0]", "0 ? -1.5 : 1", "1" },
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

/* The factor of an edge names the operands by the letters of the formula, not by their places. */
static void a_factor_names_the_operand_that_is_meant(void **state)
{
    (void)state;
    struct panel page;
    panel_open(&page, "ledger/maps", SCREEN_EXPLORE);
    const struct trace_op *const where = op_called(&page, "where", 1);
    assert_string_equal(chain_contribution(&page.run, where, 1, &page.arena), "g × (x > 0)");
    assert_string_equal(chain_contribution(&page.run, where, 2, &page.arena), "g × (¬(x > 0))");
    assert_string_equal(chain_multiplier("tanh(c)", &page.arena), "tanh(c)");
    assert_string_equal(chain_multiplier("tanh(c) + (b)", &page.arena), "(tanh(c) + (b))");
    panel_close(&page);
}

/* ∂y/∂y is 1: what y.backward(v) begins with at an output of many numbers is v. */
static void a_gradient_that_was_given_is_called_by_its_name(void **state)
{
    (void)state;
    struct panel page;
    panel_open(&page, "ledger/given", SCREEN_EXPLORE);
    const struct trace_op *const pow = op_called(&page, "pow", 1);
    const int64_t x = pow->record->in[0].id, y = pow->record->out.ids[0];
    page.run.moment = trace_record_count(page.trace);
    assert_string_equal(chain_derivative(&page.run, y, y, &page.arena), "v");
    assert_string_equal(chain_derivative(&page.run, y, x, &page.arena), "∂y/∂x");
    panel_close(&page);
    panel_open(&page, "autograd", SCREEN_EXPLORE); /* one number: its gradient is 1 */
    const int64_t z = op_called(&page, "mul", 2)->record->out.ids[0];
    page.run.moment = trace_record_count(page.trace);
    assert_string_equal(chain_derivative(&page.run, z, z, &page.arena), "∂z/∂z");
    panel_close(&page);
}

/* A formula in a trace that somebody else wrote is read as far as it is one, and no deeper. */
static void a_formula_that_is_none_is_not_said(void **state)
{
    (void)state;
    static const char *const formulas[] = {
        "", "a finite ? a", "max(a", "a +", "|a", "e", "a ⁻", "0.0.1 · a", "max(a, 1)",
    };
    char deep[4096] = "";
    struct panel page;
    panel_open(&page, "ledger/maps", SCREEN_EXPLORE);
    const struct trace_op *const relu = op_called(&page, "relu", 1);
    for (size_t i = 0; i < sizeof(deep) - 1; i++) {
        deep[i] = '(';
    }
    for (size_t i = 0; i <= sizeof(formulas) / sizeof(formulas[0]); i++) {
        struct record_opdef def = { 0 };
        struct trace_op op = *relu;
        def.op = relu->def->op;
        def.provenance = "map";
        def.formula = i < sizeof(formulas) / sizeof(formulas[0]) ? formulas[i] : deep;
        op.def = &def;
        const struct element_equation one =
            element_equation_of_result(&page.run, &op, 0, &page.arena);
        assert_string_equal(one.formula, "");
    }
    panel_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_windows_and_norms_are_said),
        cmocka_unit_test(gradients_of_picks_are_said),
        cmocka_unit_test(results_are_said),
        cmocka_unit_test(equations_read_as_in_a_book),
        cmocka_unit_test(a_factor_names_the_operand_that_is_meant),
        cmocka_unit_test(a_gradient_that_was_given_is_called_by_its_name),
        cmocka_unit_test(a_formula_that_is_none_is_not_said),
    };
    return test_run(tests);
}
