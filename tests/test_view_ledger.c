/* The ledger and the equation: gradients and updates written out, true to what was recorded. */

#include "tests/test.h"

#include "render/ledger/chain.h"
#include "render/ledger/checked.h"
#include "render/ledger/equation_printed.h"
#include "render/ledger/update.h"
#include "render/screen.h"
#include "tests/panel.h"

static const struct rect tab = { 437, 540, 929, 151 };

static void page_open(struct panel *page, const char *fixture, const char *more)
{
    panel_open_more(page, fixture, more, SCREEN_EXPLORE);
    page->run.moment = trace_record_count(page->trace);
}

static void page_show(struct panel *page, uint32_t moment,
                      void (*draw)(const struct view *, struct rect, struct scene *))
{
    panel_show_at(page, moment, tab, draw);
}

/* The moment of the n-th stop, from 1, that a record of that kind caused. */
static uint32_t stop_of(const struct panel *page, enum record_kind kind, int number)
{
    for (size_t i = 0; i < stops_count(page->stops, STOP_OPERATION); i++) {
        const struct stop *const stop = stops_at(page->stops, STOP_OPERATION, i);
        if (trace_record(page->trace, stop->record)->kind == kind && --number == 0) {
            return stop->moment;
        }
    }
    fail_msg("there is no such stop");
    return 0;
}

/* All texts of the scene, a blank between them. */
static const char *words_of(struct panel *page)
{
    struct text text = { 0 };
    for (size_t i = 0; i < page->scene.draw_count; i++) {
        const struct draw *const draw = &page->scene.draws[i];
        if (draw->kind == DRAW_TEXT) {
            text_append_string(&text, draw->text.bytes);
            text_append_char(&text, ' ');
        }
    }
    const char *const copy = arena_copy_text(&page->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static void assert_says(struct panel *page, const char *text)
{
    if (!strstr(words_of(page), text)) {
        fail_msg("the ledger lacks %s:\n%s", text, words_of(page));
    }
}

static void assert_silent(struct panel *page, const char *text)
{
    if (strstr(words_of(page), text)) {
        fail_msg("the ledger has %s:\n%s", text, words_of(page));
    }
}

static void golden_ledgers(void **state)
{
    (void)state;
    static const struct {
        const char *name, *fixture;
        enum record_kind kind;
        int number;
        void (*draw)(const struct view *, struct rect, struct scene *);
    } cases[] = {
        { "ledger_merge", "autograd", RECORD_VISIT, 2, view_ledger },
        { "ledger_accumulated", "retain_graph", RECORD_ACCUMULATE, 2, view_ledger },
        { "ledger_matmul", "ledger/tensors", RECORD_ACCUMULATE, 2, view_ledger },
        { "ledger_adam", "linear_adam", RECORD_STEP, 2, view_ledger },
        { "equation_matmul", "ledger/tensors", RECORD_ACCUMULATE, 2, view_equation },
        { "equation_adam", "linear_adam", RECORD_STEP, 2, view_equation },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel page;
        page_open(&page, cases[i].fixture, "");
        page_show(&page, stop_of(&page, cases[i].kind, cases[i].number), cases[i].draw);
        assert_golden_scene(cases[i].name, &page.scene);
        panel_close(&page);
    }
}

/* Beside "the loop has ended" stands what it printed. */
static void a_loop_leaves_what_it_printed(void **state)
{
    struct panel page;

    (void)state;
    page_open(&page, "linear_adam", "");
    const size_t last = stops_count(page.stops, STOP_OPERATION) - 1;
    const struct stop *const end = stops_at(page.stops, STOP_OPERATION, last);
    assert_non_null(stops_loop_ended_by(page.stops, end));
    assert_null(stops_loop_ended_by(page.stops, stops_at(page.stops, STOP_OPERATION, last - 1)));
    page_show(&page, end->moment, view_equation);
    assert_says(&page, "step 0: loss");
    assert_says(&page, "step 2: loss");

    /* Where all has no room the last lines are there. */
    panel_show_at(&page, end->moment, (struct rect){ 0, 0, 929, page.view.type.text * 2.8f },
                  view_equation);
    assert_silent(&page, "step 0: loss");
    assert_says(&page, "step 2: loss");
    panel_close(&page);
}

/* A printed line is set a little smaller before it loses its last bracket to a line below. */
static void a_printed_line_stays_one(void **state)
{
    struct panel page;

    (void)state;
    panel_open_more(&page, "linear_adam", "", SCREEN_PRESENT);
    const struct type_scale *const type = &page.view.type;
    page_show(&page, stop_of(&page, RECORD_OUT, 1), view_equation);
    assert_int_equal(page.scene.draw_count, 1);
    const char *const line = page.scene.draws[0].text.bytes;
    const float em = fonts_measure(page.view.fonts, TYPE_MONO, line, strlen(line));
    const float pad = 2 * type->sentence * 0.6f;
    for (int small = 0; small < 2; small++) {
        const float width = em * type->text * (small ? 0.6f : 0.85f) + pad;
        panel_show_at(&page, page.run.moment, (struct rect){ 0, 0, width, 151 }, view_equation);
        assert_int_equal(page.scene.draw_count > 1, small);
    }
    panel_close(&page);
}

/* ---- elements --------------------------------------------------------------------------- */

/* Of every contribution of every backward, each element that the ledger writes out; `silent` names the
 * operations whose elements it cannot say. What is written was compared with what was recorded. */
static void check_equations(const char *fixture, const char *silent)
{
    struct panel page;
    page_open(&page, fixture, "");
    size_t count;
    const uint32_t *const records = trace_records_of(page.trace, RECORD_VISIT, &count);
    for (size_t i = 0; i < count; i++) {
        const struct record_visit *const visit = &trace_record(page.trace, records[i])->visit;
        const struct trace_node *const node = trace_node(page.trace, visit->node);
        const char *const name = trace_op(page.trace, node->op)->record->name;
        for (size_t e = 0; e < visit->edge_count; e++) {
            const struct trace_tensor *const to = trace_tensor(page.trace, visit->edges[e].grad);
            for (int64_t k = 0; to && k < to->count; k++) {
                const struct element_equation one =
                    element_equation_of(&page.run, visit, e, k, &page.arena);
                assert_true(one.value[0] != '\0');
                if (!one.formula[0] && !strstr(silent, name)) {
                    fail_msg("%s: no equation for element %d of edge %zu of %s", fixture, (int)k, e,
                             name);
                }
            }
        }
        arena_clear(&page.arena);
    }
    panel_close(&page);
}

static void every_element_has_an_equation(void **state)
{
    (void)state;
    check_equations("autograd", "-");
    check_equations("diamond", "-");
    check_equations("indexing", "-");
    check_equations("linear_adam", "-");
    check_equations("graphs/sequential", "-");
    check_equations("ledger/tensors", "-");
    check_equations("ledger/optimizers", "-");
}

static void a_matrix_product_is_written_out(void **state)
{
    (void)state;
    struct panel page;
    page_open(&page, "ledger/tensors", "");
    const uint32_t moment = stop_of(&page, RECORD_ACCUMULATE, 2);
    page.state.cell = (struct view_cell){ 2, 5 }; /* W[2, 1] */
    page_show(&page, moment, view_ledger);
    assert_says(&page, "xᵀ @ ∂loss/∂(x @ W)");
    assert_says(&page, "(3, 2) @ (2, 2) → (3, 2)");
    assert_says(&page, "[2, 1] = ");
    assert_says(&page, "x[0, 2]·g[0, 1] + x[1, 2]·g[1, 1] = ");
    assert_says(&page, "W.grad");
    page.state.cell = (struct view_cell){ 2, 600 }; /* there is none: the first with a gradient */
    page_show(&page, moment, view_ledger);
    assert_says(&page, "[0, 0] = ");
    panel_close(&page);
}

/* The chosen element stays chosen while steps go on, and others are as they come. */
static void a_choice_is_for_its_tensor(void **state)
{
    (void)state;
    struct panel page;
    page_open(&page, "ledger/tensors", "");
    page.state.cell = (struct view_cell){ 2, 5 };
    page_show(&page, stop_of(&page, RECORD_ACCUMULATE, 1), view_ledger);
    assert_silent(&page, "[2, 1]");
    page_show(&page, stop_of(&page, RECORD_ACCUMULATE, 2), view_ledger);
    assert_says(&page, "[2, 1]");
    panel_close(&page);
}

/* Sampled values, and sums that do not come out, are not written as equations. */
static void what_was_not_recorded_is_not_claimed(void **state)
{
    (void)state;
    static const char trace[] =
        "{\"k\":\"tensor\",\"t\":900,\"shape\":[2],\"dtype\":\"float32\",\"role\":\"grad\"}\n";
    struct panel page;
    struct error err = { 0 };
    page_open(&page, "autograd", "");
    assert_false(trace_feed(page.trace, trace, sizeof(trace) - 1, &err)); /* ids are checked */
    size_t count;
    const uint32_t *const records = trace_records_of(page.trace, RECORD_VISIT, &count);
    const struct record_visit *const visit = &trace_record(page.trace, records[0])->visit;
    assert_string_equal(element_equation_of(&page.run, visit, 0, 7, &page.arena).formula, "");
    /* The same visit with another local derivative than it was recorded with. */
    struct visit_edge edges[2] = { visit->edges[0], visit->edges[1] };
    struct record_visit changed = *visit;
    changed.edges = edges;
    assert_true(element_equation_of(&page.run, &changed, 0, 0, &page.arena).formula[0] != '\0');
    edges[0].local_tensor = 0;
    edges[0].local_is_number = true;
    edges[0].local_number = 77;
    assert_string_equal(element_equation_of(&page.run, &changed, 0, 0, &page.arena).formula, "");
    panel_close(&page);
}

/* ---- steps ------------------------------------------------------------------------------ */

static void every_step_is_written_out(void **state)
{
    (void)state;
    struct panel page;
    page_open(&page, "ledger/optimizers", "");
    size_t count, whole = 0;
    const uint32_t *const records = trace_records_of(page.trace, RECORD_STEP, &count);
    assert_int_equal(count, 42);
    for (size_t i = 0; i < count; i++) {
        const struct record_step *const step = &trace_record(page.trace, records[i])->step;
        page.run.moment = records[i] + 1;
        for (int64_t element = 0; element < 4; element++) {
            struct update update;
            const struct update_question question = { records[i], chain_step_start(&page.run),
                                                      step->params[0].tensor, element };
            assert_true(update_at(&page.run, &question, &update, &page.arena));
            if (update.lines[update.count - 1].value[0] == '\0') {
                fail_msg("%s is not written out at step %zu", update.class_name, i);
            }
            whole++;
        }
        arena_clear(&page.arena);
    }
    assert_int_equal(whole, 168);
    panel_close(&page);
}

/* After w has moved, what was multiplied is still the w of before. */
static void a_step_changes_no_product_of_the_past(void **state)
{
    (void)state;
    struct panel page;
    page_open(&page, "ledger/optimizers", "");
    struct chain before, after;
    size_t count;
    const uint32_t *const steps = trace_records_of(page.trace, RECORD_STEP, &count);
    const int64_t w = trace_record(page.trace, steps[0])->step.params[0].tensor;
    const struct chain_place place = { .tensor = w, .element = 3 };
    page.run.moment = steps[0];
    assert_true(chain_at(&page.run, &place, &before, &page.arena));
    page.run.moment = steps[0] + 1;
    assert_true(chain_at(&page.run, &place, &after, &page.arena));
    assert_int_equal(after.term_count, 2);
    assert_string_equal(after.terms[0].element.numbers, "0.25·4");
    assert_string_equal(before.terms[0].element.numbers, after.terms[0].element.numbers);
    panel_close(&page);
}

static void the_learning_rate_of_the_moment_counts(void **state)
{
    (void)state;
    struct panel page;
    page_open(&page, "ledger/optimizers", "");
    page_show(&page, stop_of(&page, RECORD_STEP, 1), view_ledger);
    assert_says(&page, "w[0, 0]");
    assert_says(&page, "w ← w − lr·grad   =   1 − 0.125·0.5   =   0.9375");
    page_show(&page, stop_of(&page, RECORD_STEP, 2), view_ledger);
    assert_says(&page, "w ← w − lr·grad   =   0.9375 − 0.0625·0.4688   =   0.9082");
    assert_says(&page, "stays until zero_grad");
    page_show(&page, stop_of(&page, RECORD_STEP, 2), view_equation);
    assert_says(&page, "w ← w − lr·grad = 0.9375 − 0.0625·0.4688 = 0.9082");
    panel_close(&page);
}

/* ---- finite differences ----------------------------------------------------------------- */

static const char agreed[] =
    "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0,\"agrees\":true,"
    "\"autograd\":18,\"difference\":18.0000004,\"left\":18,\"right\":18,\"step\":1e-05}\n";
static const char disagreed[] =
    "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0,\"agrees\":false,"
    "\"autograd\":18,\"difference\":17,\"hooked\":true}\n";
static const char refused[] =
    "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0,"
    "\"refused\":\"a view was changed in place\",\"node\":\"CopySlices\"}\n";
static const char elsewhere[] =
    "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":2,\"element\":0,\"agrees\":true,"
    "\"autograd\":18,\"difference\":18}\n"
    "{\"k\":\"probe\",\"what\":\"surface\",\"of\":{\"t\":1},\"b\":1,\"element\":0,\"agrees\":true}"
    "\n"
    "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":1,\"agrees\":true}\n";

static void a_badge_says_what_was_compared(void **state)
{
    (void)state;
    static const struct {
        const char *probe, *says, *silent;
    } cases[] = {
        { agreed, "✓ autograd 18 · finite difference 18.0000", "not checked" },
        { disagreed, "✗ do not agree: autograd 18 · finite difference 17.0000 (hooks may have",
          "✓" },
        { refused, "not checked: CopySlices: a view was changed in place", "✓" },
        { elsewhere, "Check by finite differences", "✓" },
        { "", "Check by finite differences", "✓" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct panel page;
        page_open(&page, "autograd", cases[i].probe);
        page_show(&page, stop_of(&page, RECORD_ACCUMULATE, 1), view_ledger);
        assert_says(&page, cases[i].says);
        assert_silent(&page, cases[i].silent);
        page_show(&page, stop_of(&page, RECORD_VISIT, 1), view_ledger); /* before it arrived */
        assert_silent(&page, "finite difference");
        panel_close(&page);
    }
}

/* Whatever an answer holds, nothing is claimed that it does not say. */
static void broken_answers_claim_nothing(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0}\n",
        "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0,\"agrees\":1}"
        "\n",
        "{\"k\":\"probe\",\"what\":\"check\",\"of\":{\"t\":1},\"b\":1,\"element\":0,"
        "\"agrees\":true}\n",
        "{\"k\":\"probe\",\"what\":\"check\",\"of\":[1],\"b\":\"1\",\"element\":0,\"agrees\":true,"
        "\"autograd\":18,\"difference\":18}\n",
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct panel page;
        page_open(&page, "autograd", answers[i]);
        page_show(&page, stop_of(&page, RECORD_ACCUMULATE, 1), view_ledger);
        assert_silent(&page, "✓");
        panel_close(&page);
    }
}

/* The message of an error that was caught and printed needs room in the size of text; nothing else does. */
static void a_printed_error_asks_for_room(void **state)
{
    (void)state;
    static const char *const message =
        "RuntimeError: view size is not compatible with input tensor's size and stride";
    struct panel page;
    panel_open(&page, "autograd", SCREEN_PRESENT);
    page.view.type = screen_type(page.view.state, 1920, 1080);
    const float wide = equation_printed_error(&page.view, message, 4000);
    assert_true(wide >= page.view.type.text);
    assert_true(equation_printed_error(&page.view, message, 1000) > 1.5f * wide);
    assert_true(equation_printed_error(&page.view, "an Error: no", 4000) == 0);
    assert_true(equation_printed_error(&page.view, "tensor([18.])", 4000) == 0);
    panel_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_ledgers),
        cmocka_unit_test(a_loop_leaves_what_it_printed),
        cmocka_unit_test(a_printed_line_stays_one),
        cmocka_unit_test(every_element_has_an_equation),
        cmocka_unit_test(a_matrix_product_is_written_out),
        cmocka_unit_test(a_choice_is_for_its_tensor),
        cmocka_unit_test(what_was_not_recorded_is_not_claimed),
        cmocka_unit_test(every_step_is_written_out),
        cmocka_unit_test(a_step_changes_no_product_of_the_past),
        cmocka_unit_test(the_learning_rate_of_the_moment_counts),
        cmocka_unit_test(a_badge_says_what_was_compared),
        cmocka_unit_test(broken_answers_claim_nothing),
        cmocka_unit_test(a_printed_error_asks_for_room),
    };
    return test_run(tests);
}
