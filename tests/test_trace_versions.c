/* A tensor that is changed in place: which of its values is meant, and what it is called. */
#include "tests/test.h"

#include "lessons/trace/versions.h"
#include "tests/trace_fixture.h"

static double element_at(const struct trace *trace, int64_t tensor, size_t index, uint32_t moment)
{
    const struct trace_value *value = trace_value_at(trace_tensor(trace, tensor), moment);
    assert_non_null(value);
    return trace_element(value, index);
}

/* What the operations on b made, one after the other: its name is the last one's. */
static void values_of_a_tensor_are_told_apart(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("written_part");
    struct arena arena = { 0 };
    const uint32_t end = trace_record_count(trace);
    const struct trace_tensor *const b = trace_tensor(trace, 2), *const v = trace_tensor(trace, 5);
    const int64_t last = trace_grad_fn_at(b, end), view = trace_grad_fn_at(v, end);
    static const char *const called[] = { "b", "b[0] ← 0", "b.mul_(3)", "a * 2" };
    int64_t node = last;

    assert_string_equal(trace_node(trace, node)->record->name, "CopySlices");
    for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++) {
        assert_int_equal(trace_node_result(trace, node, 0), b->id);
        assert_string_equal(trace_node_label(trace, node, 0, end, &arena), called[i]);
        node = trace_node(trace, node)->record->edges[0].node;
    }
    assert_int_equal(node, 0);
    /* Before the first writing the first of them was b. */
    node = trace_op(trace, b->op)->record->node;
    assert_int_equal(trace_grad_fn_at(b, trace_op(trace, b->op)->born + 1), node);
    assert_string_equal(trace_node_label(trace, node, 0, trace_op(trace, b->op)->born + 1, &arena),
                        "b");

    /* Each was there until the next. */
    uint32_t since = trace_op(trace, b->op)->born;
    assert_int_equal(b->rewrite_count, 3);
    for (size_t i = 0; i < b->rewrite_count; i++) {
        assert_int_equal(trace_rewritten_next(b, since), b->rewrites[i].since);
        since = b->rewrites[i].since;
    }
    assert_int_equal(trace_rewritten_next(b, since), NEVER);

    /* v hangs from what b is now, by a node that no operation made. */
    assert_string_equal(trace_node(trace, view)->record->name, "AsStridedBackward0");
    assert_int_equal(trace_node(trace, view)->op, 0);
    assert_int_equal(trace_node_result(trace, view, 0), v->id);
    assert_int_equal(trace_node(trace, view)->record->edges[0].node, last);

    /* What arrives at each of them: all that b gets, and without what was overwritten. */
    const struct trace_backward *const walk = trace_backward(trace, 1);
    const struct trace_arrival now = trace_arrival_at(trace, b, walk, end, &arena);
    assert_int_equal(now.part_count, 2);
    assert_float_equal(element_at(trace, now.sum, 0, end), 1, 0);
    node = trace_node(trace, last)->record->edges[0].node;
    const struct trace_arrival written = trace_arrival_of(trace, b, node, walk, end, &arena);
    assert_int_equal(written.part_count, 1);
    assert_float_equal(element_at(trace, written.sum, 1, end), 20, 0);
    arena_finish(&arena);
    trace_destroy(trace);
}

/* detach_ takes the node away from what operations in place had given it; what was computed with it before
 * sends gradient to that node all the same. */
static void what_is_detached_in_place_has_no_node(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("detached_in_place");
    struct arena arena = { 0 };
    const struct trace_tensor *const h = trace_tensor(trace, 2);
    const struct trace_op *const written = trace_op(trace, 3);
    const uint32_t before = h->switches[0], end = trace_record_count(trace);
    const struct trace_backward *const walk = trace_backward(trace, 1);

    assert_int_equal(h->switch_count, 1);
    assert_true(trace_requires_grad_at(trace, h, before));
    assert_int_equal(trace_grad_fn_at(h, before), written->record->node);
    assert_false(trace_requires_grad_at(trace, h, before + 1));
    assert_int_equal(trace_grad_fn_at(h, before + 1), 0);
    assert_int_equal(trace_last_grad_fn_at(h, end), written->record->node);
    assert_int_equal(trace_arrival_at(trace, h, walk, end, &arena).part_count, 0);
    const struct trace_arrival old =
        trace_arrival_of(trace, h, written->record->node, walk, end, &arena);
    assert_int_equal(old.part_count, 1);
    assert_float_equal(element_at(trace, old.sum, 0, end), 3, 0);
    arena_finish(&arena);
    trace_destroy(trace);
}

/* m is the second output of what made it, and the first of what wrote to it. */
static void a_further_output_is_one_in_each_of_its_values(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("output_written");
    struct arena arena = { 0 };
    const uint32_t end = trace_record_count(trace);
    const struct trace_op *const made = trace_op(trace, 2);
    const struct trace_tensor *const m = trace_tensor(trace, made->record->out.ids[1]);
    const struct trace_backward *const walk = trace_backward(trace, 1);
    static const double arrives[] = { 10, 5 };
    static const int outputs[] = { 1, 0 };

    for (int i = 0; i < 2; i++) {
        const int64_t id = trace_op(trace, 2 + i)->record->node;
        const struct trace_node *const node = trace_node(trace, id);
        const struct trace_arrival arrival = trace_arrival_of(trace, m, id, walk, end, &arena);
        assert_int_equal(trace_node_output(trace, node, m), outputs[i]);
        assert_int_equal(arrival.part_count, 1);
        assert_float_equal(element_at(trace, arrival.sum, 0, end), arrives[i], 0);
    }
    assert_string_equal(trace_version_label(trace, made, 0, made->born + 1, &arena), "v");
    assert_string_equal(trace_version_label(trace, made, 1, made->born + 1, &arena), "m");
    arena_finish(&arena);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_of_a_tensor_are_told_apart),
        cmocka_unit_test(what_is_detached_in_place_has_no_node),
        cmocka_unit_test(a_further_output_is_one_in_each_of_its_values),
    };
    return test_run(tests);
}
