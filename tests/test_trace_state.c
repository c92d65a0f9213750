/* The state at a moment, on traces whose numbers were worked out by hand. */
#include "tests/test.h"

#include <math.h>

#include "lessons/trace/places.h"
#include "lessons/trace/state.h"
#include "tests/trace_fixture.h"

/* The moment after the nth record (from 1) of that kind. */
static uint32_t after(const struct trace *trace, enum record_kind kind, size_t nth)
{
    size_t count;
    const uint32_t *records = trace_records_of(trace, kind, &count);
    assert_true(nth >= 1 && nth <= count);
    return records[nth - 1] + 1;
}

static double element_at(const struct trace *trace, int64_t tensor, size_t index, uint32_t moment)
{
    const struct trace_value *value = trace_value_at(trace_tensor(trace, tensor), moment);
    assert_non_null(value);
    return trace_element(value, index);
}

/* x.grad, as the one number it is; NAN for None. */
static double grad_at(const struct trace *trace, int64_t tensor, uint32_t moment)
{
    const struct trace_tensor *grad = trace_grad_at(trace, trace_tensor(trace, tensor), moment);
    return grad ? trace_element(trace_value_at(grad, moment), 0) : NAN;
}

/* PyTorch records `torch.arange(6).reshape(2, 3)` as a view. */
static void an_operation_is_called_what_the_lesson_calls_it(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("refused");
    const struct trace_op *const op = trace_op(trace, trace_tensor(trace, 2)->op);
    assert_string_equal(op->record->name, "view");
    assert_string_equal(trace_op_symbol(trace, op), "reshape");
    trace_destroy(trace);
}

static void entities_exist_from_birth_to_end(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("autograd");
    assert_int_equal(trace_tensor_count(trace), 10);
    assert_int_equal(trace_op_count(trace), 4);
    assert_int_equal(trace_node_count(trace), 3);
    assert_int_equal(trace_backward_count(trace), 1);
    assert_int_equal(trace_frame_count(trace), 1);
    assert_null(trace_tensor(trace, 0));
    assert_null(trace_tensor(trace, 11));
    assert_null(trace_node(trace, -1));

    /* y * y lives until the line is over. */
    const struct trace_tensor *square = trace_tensor(trace, 3);
    const uint32_t gone = after(trace, RECORD_GONE, 1);
    assert_false(trace_exists(square->born, square->gone, square->born));
    assert_true(trace_exists(square->born, square->gone, square->born + 1));
    assert_true(trace_exists(square->born, square->gone, gone - 1));
    assert_false(trace_exists(square->born, square->gone, gone));
    assert_true(trace_exists(0, NEVER, NEVER));

    const struct trace_op *mul = trace_op(trace, 3);
    assert_string_equal(mul->def->symbol, "×");
    assert_string_equal(mul->def->derivatives[0].bytes, "b");
    assert_int_equal(mul->frame, 1);
    assert_int_equal(trace_record(trace, mul->first)->kind, RECORD_OPDEF);
    assert_int_equal(mul->first, trace_tensor(trace, 3)->born - 1);
    assert_int_equal(trace_op(trace, 4)->first, mul->born + 1);
    assert_int_equal(square->op, 3);
    assert_int_equal(square->node, 2);
    assert_int_equal(trace_node(trace, 2)->op, 3);
    assert_int_equal(trace_tensor(trace, 1)->node, 0);
    assert_int_equal(trace_tensor(trace, 1)->op, 1);
    assert_int_equal(trace_tensor(trace, 5)->role, TENSOR_ROLE_GRAD);
    assert_string_equal(trace_ending(trace)->how, "finished");
    assert_int_equal(trace_frame(trace, 1)->ended, trace_record_count(trace) - 1);
    trace_destroy(trace);
}

static void values_are_those_of_the_moment(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("retain_graph");
    const struct trace_tensor *z = trace_tensor(trace, 4);
    assert_null(trace_value_at(z, z->born + 1));
    assert_float_equal(element_at(trace, 4, 0, NEVER), 27, 0);
    assert_float_equal(element_at(trace, 2, 0, NEVER), 3, 0);

    /* The .grad tensor holds 18 after the first walk and 36 after the second. */
    assert_true(isnan(grad_at(trace, 1, 0)));
    assert_true(isnan(grad_at(trace, 1, after(trace, RECORD_ACCUMULATE, 1) - 1)));
    assert_float_equal(grad_at(trace, 1, after(trace, RECORD_ACCUMULATE, 1)), 18, 0);
    assert_float_equal(grad_at(trace, 1, after(trace, RECORD_VISIT, 6)), 18, 0);
    assert_float_equal(grad_at(trace, 1, after(trace, RECORD_ACCUMULATE, 2)), 36, 0);
    assert_int_equal(trace_tensor(trace, 10)->value_count, 2);
    assert_int_equal(trace_tensor(trace, 1)->grad_count, 1);
    assert_true(isnan(grad_at(trace, 2, NEVER)));
    /* What it has not is no number, whatever a forged trace asks for. */
    const uint32_t last = trace_record_count(trace);
    assert_true(
        isnan(element_at(trace, 1, trace_value_at(trace_tensor(trace, 1), last)->count, last)));
    assert_true(isnan(element_at(trace, 1, SIZE_MAX, last)));
    trace_destroy(trace);
}

static void saved_tensors_are_freed_by_the_last_walk(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("retain_graph");
    const struct trace_node *root = trace_node(trace, 3);
    assert_int_equal(root->visit_count, 2);
    assert_false(trace_freed_at(root, after(trace, RECORD_VISIT, 1) + 1));
    assert_false(trace_freed_at(root, after(trace, RECORD_FREE, 1) - 1));
    assert_true(trace_freed_at(root, after(trace, RECORD_FREE, 1)));
    assert_false(trace_freed_at(trace_node(trace, 1), NEVER)); /* it never had any */
    trace_destroy(trace);
}

static void walks_begin_and_end(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("retain_graph");
    const uint32_t first = after(trace, RECORD_BACKWARD, 1);
    const uint32_t end = after(trace, RECORD_BACKWARD_END, 1);
    assert_null(trace_backward_at(trace, first - 1));
    assert_null(trace_last_backward_at(trace, first - 1));
    assert_int_equal(trace_backward_at(trace, first)->id, 1);
    assert_int_equal(trace_backward_at(trace, end - 1)->id, 1);
    assert_null(trace_backward_at(trace, end));
    assert_int_equal(trace_last_backward_at(trace, end)->id, 1);
    assert_int_equal(trace_last_backward_at(trace, NEVER)->id, 2);
    trace_destroy(trace);

    trace = fixture_load("second_backward");
    assert_int_equal(trace_backward_at(trace, NEVER)->id, 2); /* an error cut it off */
    assert_int_equal(trace_backward(trace, 2)->ended, NEVER);
    const uint32_t error = after(trace, RECORD_ERROR, 1);
    assert_null(trace_error_at(trace, error - 1));
    assert_string_equal(trace_error_at(trace, error)->type, "RuntimeError");
    assert_int_equal(trace_error_at(trace, error)->node, 3);
    assert_float_equal(grad_at(trace, 1, NEVER), 18, 0);
    assert_int_equal(trace_ending(trace)->status, 1);
    trace_destroy(trace);
}

static struct trace_arrival arrival(const struct trace *trace, int64_t tensor, int64_t walk,
                                    uint32_t moment, struct arena *arena)
{
    return trace_arrival_at(trace, trace_tensor(trace, tensor), trace_backward(trace, walk), moment,
                            arena);
}

static void contributions_arrive_one_by_one(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct trace *trace = fixture_load("diamond");

    /* 5 comes over b first, for b was made last; then 2 over a; together 7. */
    struct trace_arrival y = arrival(trace, 2, 1, after(trace, RECORD_VISIT, 1), &arena);
    assert_int_equal(y.part_count, 0);
    assert_int_equal(y.sum, 0);
    y = arrival(trace, 2, 1, after(trace, RECORD_VISIT, 2), &arena);
    assert_int_equal(y.part_count, 1);
    assert_int_equal(y.parts[0].from_node, 3);
    assert_float_equal(element_at(trace, y.parts[0].grad, 0, NEVER), 5, 0);
    y = arrival(trace, 2, 1, after(trace, RECORD_VISIT, 3), &arena);
    assert_int_equal(y.part_count, 2);
    assert_int_equal(y.parts[1].from_node, 2);
    assert_float_equal(element_at(trace, y.parts[1].grad, 0, NEVER), 2, 0);
    assert_int_equal(y.sum, 0);
    y = arrival(trace, 2, 1, after(trace, RECORD_VISIT, 4), &arena);
    assert_float_equal(element_at(trace, y.sum, 0, NEVER), 7, 0);

    /* The root's gradient is there as soon as the walk begins, the leaf's when it has taken it. */
    const uint32_t begun = after(trace, RECORD_BACKWARD, 1);
    assert_int_equal(arrival(trace, 5, 1, begun - 1, &arena).sum, 0);
    assert_float_equal(element_at(trace, arrival(trace, 5, 1, begun, &arena).sum, 0, NEVER), 1, 0);
    struct trace_arrival x = arrival(trace, 1, 1, after(trace, RECORD_VISIT, 4), &arena);
    assert_int_equal(x.part_count, 1);
    assert_int_equal(x.sum, 0);
    x = arrival(trace, 1, 1, after(trace, RECORD_ACCUMULATE, 1), &arena);
    assert_float_equal(element_at(trace, x.sum, 0, NEVER), 21, 0);
    assert_int_equal(x.parts[0].from_node, 1);
    assert_int_equal(x.parts[0].edge, 0);
    trace_destroy(trace);
    arena_finish(&arena);
}

static void one_walk_does_not_see_the_other(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct trace *trace = fixture_load("retain_graph");
    /* y * y sends two contributions to y in each walk. */
    struct trace_arrival y = arrival(trace, 2, 1, NEVER, &arena);
    assert_int_equal(y.part_count, 2);
    assert_int_equal(y.parts[0].grad, 7);
    assert_int_equal(y.parts[0].edge, 0);
    assert_int_equal(y.parts[1].grad, 8);
    assert_int_equal(y.parts[1].edge, 1);
    assert_int_equal(y.sum, 9);
    y = arrival(trace, 2, 2, NEVER, &arena);
    assert_int_equal(y.part_count, 2);
    assert_int_equal(y.parts[0].grad, 13);
    assert_int_equal(y.sum, 15);
    y = arrival(trace, 2, 2, after(trace, RECORD_BACKWARD, 2), &arena);
    assert_int_equal(y.part_count, 0);
    trace_destroy(trace);
    arena_finish(&arena);
}

static void the_current_line_is_the_one_just_executed(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("branch");
    struct trace_position at;
    assert_false(trace_position_at(trace, 3, &at));
    assert_true(trace_position_at(trace, 4, &at));
    assert_int_equal(at.line, 1);
    assert_int_equal(at.cell, 1);

    /* Back in the caller only when the caller does something. */
    const uint32_t returned = after(trace, RECORD_RETURN, 1);
    trace_position_at(trace, returned, &at);
    assert_int_equal(at.line, 9);
    assert_int_equal(at.frame, 2);
    trace_position_at(trace, after(trace, RECORD_BACKWARD, 1), &at);
    assert_int_equal(at.line, 14);
    assert_int_equal(at.frame, 1);
    assert_int_equal(at.visit, 1);

    /* The second call executes line 5 for the second time, line 8 for the first. */
    trace_position_at(trace, after(trace, RECORD_COND, 2), &at);
    assert_int_equal(at.line, 5);
    assert_int_equal(at.visit, 2);
    assert_int_equal(at.frame, 3);
    trace_position_at(trace, after(trace, RECORD_NODE, 5), &at);
    assert_int_equal(at.line, 8);
    assert_int_equal(at.visit, 1);
    trace_destroy(trace);

    trace = fixture_load("linear_adam");
    trace_position_at(trace, NEVER, &at);
    assert_int_equal(at.line, 11);
    assert_int_equal(at.visit, 4);
    trace_destroy(trace);
}

static void names_come_from_bindings(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct trace *trace = fixture_load("branch");
    const struct trace_tensor *a = trace_tensor(trace, 1);
    assert_string_equal(trace_name_at(trace, a, a->born + 1), "");
    assert_string_equal(trace_name_at(trace, a, after(trace, RECORD_BIND, 1)), "a");
    assert_string_equal(trace_name_at(trace, a, after(trace, RECORD_BIND, 3)), "x");
    assert_string_equal(trace_name_at(trace, a, NEVER), "a");
    trace_destroy(trace);

    trace = fixture_load("linear_adam");
    const struct trace_tensor *weight = trace_tensor(trace, 3);
    assert_string_equal(trace_name_at(trace, weight, weight->born + 1), "");
    assert_string_equal(trace_name_at(trace, weight, after(trace, RECORD_BIND, 3)), "model.weight");
    assert_string_equal(trace_name_at(trace, weight, NEVER), "model.weight");
    assert_string_equal(trace_module_path(trace, trace_module(trace, 1), &arena), "model");
    trace_destroy(trace);
    arena_finish(&arena);
}

/* The operation of the place at that column, the latest before the moment; 0: none. */
static int64_t op_in_column(const struct trace *trace, int column, uint32_t moment)
{
    size_t count;
    const struct trace_place *const *const places = trace_places(trace, 1, &count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t latest = trace_place_latest(places[i], moment);
        if (!places[i]->backward && places[i]->at.line == 13 && places[i]->at.column == column &&
            latest != NEVER) {
            return trace_record(trace, latest)->op.op;
        }
    }
    return 0;
}

static void places_know_their_latest_operation(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("linear_adam");
    size_t count, none;
    const struct trace_place *const *const places = trace_places(trace, 1, &count);
    assert_int_equal(count, 7); /* two tensors, four sub-expressions of the loss, backward() */
    assert_true(places[count - 1]->backward);
    assert_int_equal(places[count - 1]->record_count, 3);
    assert_int_equal(op_in_column(trace, 11, after(trace, RECORD_BACKWARD, 1)), 7);
    assert_int_equal(op_in_column(trace, 11, after(trace, RECORD_BACKWARD, 2)), 12);
    assert_int_equal(op_in_column(trace, 11, after(trace, RECORD_BIND, 1)), 0);
    assert_null(trace_places(trace, 2, &none));
    assert_int_equal(none, 0);
    trace_destroy(trace);
}

static void a_name_means_what_it_was_bound_to_last(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("linear_adam");
    int64_t tensor = -1;
    assert_false(trace_bound_at(trace, 1, "loss", 4, after(trace, RECORD_BIND, 1), &tensor));
    assert_true(trace_bound_at(trace, 1, "loss", 4, after(trace, RECORD_BACKWARD, 1), &tensor));
    assert_int_equal(tensor, 9);
    assert_true(trace_bound_at(trace, 0, "loss", 4, after(trace, RECORD_BACKWARD, 2), &tensor));
    assert_int_equal(tensor, 27);
    assert_true(trace_bound_at(trace, 1, "step", 4, NEVER, &tensor));
    assert_int_equal(tensor, 0);
    assert_false(trace_bound_at(trace, 2, "loss", 4, NEVER, &tensor));
    trace_destroy(trace);
}

static void labels_are_names_or_the_lessons_own_words(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct trace *trace = fixture_load("autograd");
    static const char *const autograd[] = { "x", "y", "y * y", "z", "∂z/∂z" };
    for (int64_t id = 1; id <= 5; id++) {
        assert_string_equal(trace_tensor_label(trace, trace_tensor(trace, id), &arena),
                            autograd[id - 1]);
    }
    trace_destroy(trace);

    /* Of several operations under one span only the last is the expression's value. */
    trace = fixture_load("linear_adam");
    static const char *const adam[] = { "x",
                                        "y",
                                        "model.weight",
                                        "model.bias",
                                        "model.weightᵀ",
                                        "model(x)",
                                        "model(x) - y",
                                        "(model(x) - y) ** 2",
                                        "loss" };
    for (int64_t id = 1; id <= 9; id++) {
        assert_string_equal(trace_tensor_label(trace, trace_tensor(trace, id), &arena),
                            adam[id - 1]);
    }
    trace_destroy(trace);

    /* What was done for an expression that then failed is no value of it. */
    trace = fixture_load("refused");
    static const char *const refused[] = { "torch.arange(6)", "a", "slice", "a[:, place]",
                                           "slice" };
    for (int64_t id = 1; id <= 5; id++) {
        assert_string_equal(trace_tensor_label(trace, trace_tensor(trace, id), &arena),
                            refused[id - 1]);
    }
    trace_destroy(trace);
    arena_finish(&arena);
}

static void span_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct trace *trace = fixture_load("autograd");
    struct span at = { 1, 21, 0, 21, 1000 };
    assert_string_equal(trace_span_text(trace, &at, 64, &arena), ""); /* beyond the line */
    at = (struct span){ 1, 21, 6, 21, 44 };
    assert_string_equal(trace_span_text(trace, &at, 64, &arena),
                        "f\"Đạo hàm của z theo x: {x.grad}");
    assert_string_equal(trace_span_text(trace, &at, 8, &arena), "f\"Đ…");
    assert_string_equal(trace_span_text(trace, &at, 7, &arena), "f\"Đ…");
    assert_string_equal(trace_span_text(trace, &at, 6, &arena), "f\"…");
    assert_string_equal(trace_span_text(trace, &at, 2, &arena), "");
    at = (struct span){ 1, 3, 0, 4, 5 };
    assert_string_equal(trace_span_text(trace, &at, 64, &arena),
                        "x = torch.ones(1, requires_grad=True) print");
    at = (struct span){ 2, 1, 0, 1, 1 };
    assert_string_equal(trace_span_text(trace, &at, 64, &arena), "");
    at = (struct span){ 0 };
    assert_string_equal(trace_span_text(trace, &at, 64, &arena), "");
    at = (struct span){ 1, 99, 0, 99, 0 };
    assert_string_equal(trace_span_text(trace, &at, 64, &arena), "");
    trace_destroy(trace);
    arena_finish(&arena);
}

static void output_grows_with_the_moment(void **state)
{
    (void)state;
    struct text out = { 0 };
    struct trace *trace = fixture_load("autograd");
    trace_output_at(trace, after(trace, RECORD_OUT, 1) - 1, &out);
    assert_string_equal(text_string(&out), "");
    trace_output_at(trace, after(trace, RECORD_OUT, 2), &out);
    assert_string_equal(out.bytes, "x: tensor([1.], requires_grad=True)\n"
                                   "y: tensor([3.], grad_fn=<AddBackward0>)\n");
    text_finish(&out);
    trace_destroy(trace);
}

static void an_optimizer_moves_parameters_and_zero_grad_empties_the_drawer(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("linear_adam");
    const uint32_t stepped = after(trace, RECORD_STEP, 1);
    assert_float_equal(element_at(trace, 3, 0, after(trace, RECORD_ACCUMULATE, 2)), -0.00748682,
                       1e-9);
    assert_float_equal(element_at(trace, 3, 0, stepped), 0.09251317, 1e-9);
    assert_float_equal(grad_at(trace, 3, stepped), -32.430084, 1e-5);
    assert_float_equal(grad_at(trace, 4, stepped), -10.964546, 1e-5);
    /* weight and bias; the second iteration begins with zero_grad: two updates. */
    const struct trace_tensor *weight = trace_tensor(trace, 3);
    const uint32_t zeroed = weight->updates[1] + 1;
    assert_true(isnan(grad_at(trace, 3, zeroed)));
    assert_false(isnan(grad_at(trace, 4, zeroed)));
    assert_float_equal(grad_at(trace, 3, NEVER), -28.434462, 1e-5);
    assert_int_equal(weight->grad_count, 5);
    assert_int_equal(weight->value_count, 4);
    assert_true(trace_requires_grad_at(trace, weight, NEVER));
    trace_destroy(trace);
}

/* ---- what the fixtures lack ------------------------------------------------------------------ */

#define HELLO                                                                                   \
    "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3.11.2\",\"device\":\"cpu\"," \
    "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":7,\"seccomp\":true,\"why\":"  \
    "\"\"}}\n"
#define CELL HELLO "{\"k\":\"cell\",\"in\":1,\"f\":1}\n"
#define TENSOR(id, rest) \
    "{\"k\":\"tensor\",\"t\":" id ",\"shape\":[2,2],\"dtype\":\"float32\"" rest "}\n"
#define VALUE(id, data) "{\"k\":\"value\",\"t\":" id ",\"data\":[" data "]}\n"

static struct trace *trace_of(const char *text)
{
    struct trace *trace = trace_create();
    struct error err = { 0 };
    if (!trace_feed(trace, text, strlen(text), &err)) {
        fail_msg("%s", err.text);
    }
    return trace;
}

static void strides_default_to_row_major(void **state)
{
    (void)state;
    struct trace *trace =
        trace_of(HELLO "{\"k\":\"tensor\",\"t\":1,\"shape\":[2,3,4],\"dtype\":\"int64\",\"s\":1}\n"
                       "{\"k\":\"tensor\",\"t\":2,\"shape\":[4,3],\"dtype\":\"int64\",\"s\":1,"
                       "\"strides\":[1,4],\"offset\":12}\n"
                       "{\"k\":\"tensor\",\"t\":3,\"shape\":[0,9007199254740992,2],"
                       "\"dtype\":\"int64\",\"s\":2}\n");
    const struct trace_tensor *first = trace_tensor(trace, 1);
    assert_int_equal(first->count, 24);
    assert_int_equal(first->strides[0], 12);
    assert_int_equal(first->strides[1], 4);
    assert_int_equal(first->strides[2], 1);
    assert_string_equal(first->device, "cpu");
    assert_int_equal(trace_tensor(trace, 2)->strides[1], 4);
    assert_int_equal(trace_tensor(trace, 2)->offset, 12);
    assert_int_equal(trace_tensor(trace, 3)->count, 0);
    trace_destroy(trace);
}

static void equal_values_are_stored_once(void **state)
{
    (void)state;
    struct trace *trace = trace_of(HELLO TENSOR("1", "") VALUE("1", "1,2,3,4") VALUE("1", "1,2,3,4")
                                       VALUE("1", "1,2,3,5"));
    const struct trace_tensor *tensor = trace_tensor(trace, 1);
    assert_int_equal(tensor->value_count, 2);
    assert_int_equal(trace_value_at(tensor, 4)->since, 2);
    assert_int_equal(trace_value_at(tensor, 5)->since, 4);
    trace_destroy(trace);
}

static void requires_grad_can_change(void **state)
{
    (void)state;
    struct trace *trace = trace_of(HELLO TENSOR(
        "1",
        "") "{\"k\":\"update\",\"t\":1,\"by\":\"requires_grad_\",\"requires_grad\":\"on\"}\n"
            "{\"k\":\"update\",\"t\":1,\"by\":\"add_\"}\n"
            "{\"k\":\"update\",\"t\":1,\"by\":\"requires_grad_\",\"requires_grad\":\"off\"}\n");
    const struct trace_tensor *tensor = trace_tensor(trace, 1);
    assert_false(trace_requires_grad_at(trace, tensor, 2));
    assert_true(trace_requires_grad_at(trace, tensor, 3));
    assert_true(trace_requires_grad_at(trace, tensor, 4));
    assert_false(trace_requires_grad_at(trace, tensor, 5));
    trace_destroy(trace);
}

/* `self` names nothing; the variable that holds the model does, and its children after it. */
static void nested_modules_have_paths(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct trace *trace =
        trace_of(CELL TENSOR("1", "")
                     TENSOR("2", "") "{\"k\":\"module\",\"m\":1,\"class\":\"Linear\",\"text\":\"\","
                                     "\"params\":[[\"weight\",1]]}\n"
                                     "{\"k\":\"module\",\"m\":2,\"class\":\"Net\",\"text\":\"\","
                                     "\"children\":[[\"fc1\",1]]}\n"
                                     "{\"k\":\"bind\",\"f\":1,\"name\":\"self\",\"m\":2}\n");
    const struct trace_tensor *weight = trace_tensor(trace, 1);
    assert_string_equal(trace_name_at(trace, weight, NEVER), "");
    assert_string_equal(trace_tensor_label(trace, weight, &arena), "weight");
    assert_string_equal(trace_module_path(trace, trace_module(trace, 2), &arena), "");
    struct error err = { 0 };
    const char more[] =
        "{\"k\":\"bind\",\"f\":1,\"name\":\"net\",\"m\":2}\n"
        "{\"k\":\"bind\",\"f\":1,\"name\":\"w\",\"t\":1}\n"
        "{\"k\":\"module\",\"m\":3,\"class\":\"Linear\",\"text\":\"\",\"params\":[[\"b\",2]]}\n"
        "{\"k\":\"module\",\"m\":2,\"class\":\"Net\",\"text\":\"\","
        "\"children\":[[\"fc1\",1],[\"fc2\",3]]}\n";
    assert_true(trace_feed(trace, more, strlen(more), &err));
    assert_string_equal(trace_name_at(trace, weight, NEVER), "net.fc1.weight");
    assert_string_equal(trace_name_at(trace, trace_tensor(trace, 2), NEVER), "net.fc2.b");
    assert_string_equal(trace_module_path(trace, trace_module(trace, 3), &arena), "net.fc2");
    assert_int_equal(trace_module(trace, 3)->parent, 2);
    assert_string_equal(trace_module(trace, 3)->name, "fc2");
    trace_destroy(trace);
    arena_finish(&arena);
}

static void modules_in_a_ring_do_not_hang(void **state)
{
    (void)state;
    struct trace *trace = trace_of(
        CELL "{\"k\":\"module\",\"m\":1,\"class\":\"A\",\"text\":\"\"}\n"
             "{\"k\":\"module\",\"m\":2,\"class\":\"B\",\"text\":\"\",\"children\":[[\"a\",1]]}\n"
             "{\"k\":\"module\",\"m\":1,\"class\":\"A\",\"text\":\"\",\"children\":[[\"b\",2]]}\n"
             "{\"k\":\"bind\",\"f\":1,\"name\":\"x\",\"m\":1}\n");
    struct arena arena = { 0 };
    assert_string_equal(trace_module_path(trace, trace_module(trace, 2), &arena), "x.b");
    arena_finish(&arena);
    trace_destroy(trace);
}

static void items_of_lists_are_numbered(void **state)
{
    (void)state;
    struct trace *trace = trace_of(CELL TENSOR("1", "") TENSOR(
        "2", "") "{\"k\":\"bind\",\"f\":1,\"name\":\"parts\",\"type\":\"list\",\"text\":\"[...]\","
                 "\"items\":[{\"t\":2},7,{\"t\":1}]}\n");
    assert_string_equal(trace_name_at(trace, trace_tensor(trace, 1), NEVER), "parts[2]");
    assert_string_equal(trace_name_at(trace, trace_tensor(trace, 2), NEVER), "parts[0]");
    trace_destroy(trace);
}

/* zero_grad on the same line is no part of the operation that follows. */
static void an_operations_group_stops_at_a_foreign_update(void **state)
{
    (void)state;
    struct trace *trace = trace_of(CELL TENSOR("1", "") VALUE(
        "1", "1,2,3,4") "{\"k\":\"line\",\"f\":1,\"line\":1}\n"
                        "{\"k\":\"update\",\"t\":1,\"by\":\"zero_grad\",\"grad\":\"none\"}\n" VALUE(
                            "1", "2,2,3,4") "{\"k\":\"update\",\"t\":1,\"by\":\"add_\"}\n"
                                            "{\"k\":\"op\",\"o\":1,\"op\":\"add_\",\"in\":[{\"t\":"
                                            "1},1],\"out\":[1]}\n");
    assert_int_equal(trace_op(trace, 1)->first, 6);
    assert_int_equal(trace_op(trace, 1)->born, 8);
    assert_int_equal(trace_tensor(trace, 1)->op, 0); /* changed by it, not made by it */
    assert_string_equal(trace_op(trace, 1)->def->op, "add_");
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entities_exist_from_birth_to_end),
        cmocka_unit_test(an_operation_is_called_what_the_lesson_calls_it),
        cmocka_unit_test(values_are_those_of_the_moment),
        cmocka_unit_test(saved_tensors_are_freed_by_the_last_walk),
        cmocka_unit_test(walks_begin_and_end),
        cmocka_unit_test(contributions_arrive_one_by_one),
        cmocka_unit_test(one_walk_does_not_see_the_other),
        cmocka_unit_test(the_current_line_is_the_one_just_executed),
        cmocka_unit_test(names_come_from_bindings),
        cmocka_unit_test(places_know_their_latest_operation),
        cmocka_unit_test(a_name_means_what_it_was_bound_to_last),
        cmocka_unit_test(labels_are_names_or_the_lessons_own_words),
        cmocka_unit_test(span_texts_are_cut_between_characters),
        cmocka_unit_test(output_grows_with_the_moment),
        cmocka_unit_test(an_optimizer_moves_parameters_and_zero_grad_empties_the_drawer),
        cmocka_unit_test(strides_default_to_row_major),
        cmocka_unit_test(equal_values_are_stored_once),
        cmocka_unit_test(requires_grad_can_change),
        cmocka_unit_test(nested_modules_have_paths),
        cmocka_unit_test(modules_in_a_ring_do_not_hang),
        cmocka_unit_test(items_of_lists_are_numbered),
        cmocka_unit_test(an_operations_group_stops_at_a_foreign_update),
    };
    return test_run(tests);
}
