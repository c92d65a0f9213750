/* Changes in place: what they do to histories, to views and their bases, and to what was saved. */
#include "tests/test.h"

#include <stdio.h>

#include "engine/autograd/autograd.h"
#include "engine/ops/ops.h"
#include "tests/tensors.h"

static struct error err;

/* ---- small words --------------------------------------------------------------------------------- */

/* Tensors of one test, let go together. */
static struct tensor *kept[32];
static int kept_count;

static struct tensor *keep(struct tensor *t)
{
    assert_ok(t, &err);
    assert_true(kept_count < 32);
    return kept[kept_count++] = t;
}

static void let_go(void)
{
    while (kept_count > 0) {
        tensor_unref(kept[--kept_count]);
    }
}

static struct tensor *leaf(struct engine *engine, struct shape shape, const double *values)
{
    struct tensor *t = keep(tensor_of(engine, DTYPE_FLOAT32, shape, values));
    t->requires_grad = true;
    return t;
}

static struct tensor *constant(struct engine *engine, struct shape shape, const double *values)
{
    return keep(tensor_of(engine, DTYPE_FLOAT32, shape, values));
}

static struct tensor *with(enum op_id op, struct tensor *a, struct operand b)
{
    return keep(op_binary(a->engine, op, operand_tensor(a), b, &err));
}

static struct tensor *sum(struct tensor *a)
{
    return keep(op_unary(a->engine, OP_SUM, a, &err));
}

static struct tensor *row(struct tensor *a, int64_t index)
{
    const struct operand in = operand_tensor(a);
    const struct op_use use = {
        .op = OP_SELECT,
        .in = &in,
        .in_count = 1,
        .attrs = { .present = ATTR(DIM) | ATTR(INDEX), .dim = 0, .index = index },
    };
    return keep(op_apply_one(a->engine, &use, &err));
}

static bool change(enum op_id op, struct tensor *a, struct operand b)
{
    const struct operand in[] = { operand_tensor(a), b };
    const struct op_use use = { .op = op, .in = in, .in_count = 2, .in_place = true };
    struct tensor *out = op_apply_one(a->engine, &use, &err);
    assert_true(!out || out == a);
    tensor_unref(out);
    return out != NULL;
}

static bool backward(struct tensor *root)
{
    return autograd_backward(root->engine,
                             &(struct backward_call){ .roots = &root, .root_count = 1 }, &err);
}

/* ---- histories ------------------------------------------------------------------------------------ */

static void history_is_replaced(void **state)
{
    struct tensor *a = leaf(*state, SHAPE(3), ELEMENTS(1, 2, 3));
    struct tensor *y = with(OP_MUL, a, operand_real(2));
    struct node *before = y->grad_fn;
    assert_ok(change(OP_MUL, y, operand_tensor(a)), &err);
    assert_string_equal(y->grad_fn->name, "MulBackward0");
    assert_ptr_not_equal(y->grad_fn, before);
    assert_ptr_equal(y->grad_fn->edges[0].node, before);
    assert_int_equal(tensor_version(y), 1);
    assert_ok(backward(sum(y)), &err); /* Σ 2a² */
    assert_elements(a->grad, ELEMENTS(4, 8, 12));
    let_go();
}

static void leaves_are_not_changed_while_recording(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, SHAPE(2), ELEMENTS(1, 2));
    assert_false(change(OP_ADD, x, operand_real(1)));
    assert_string_equal(
        err.text, "a leaf Variable that requires grad is being used in an in-place operation.");
    assert_false(change(OP_MUL, row(x, 0), operand_real(2)));
    assert_string_equal(err.text,
                        "a view of a leaf Variable that requires grad is being used in an "
                        "in-place operation.");
    assert_int_equal(tensor_version(x), 0);
    engine->grad_enabled = false;
    assert_ok(change(OP_ADD, x, operand_real(1)), &err);
    engine->grad_enabled = true;
    assert_elements(x, ELEMENTS(2, 3));
    assert_int_equal(tensor_version(x), 1);
    assert_true(tensor_is_leaf(x));
    let_go();
}

static void results_must_fit(void **state)
{
    struct engine *engine = *state;
    struct tensor *whole = keep(tensor_of(engine, DTYPE_INT64, SHAPE(2), ELEMENTS(1, 2)));
    struct tensor *x = constant(engine, SHAPE(2), ELEMENTS(1, 2));
    struct tensor *large = constant(engine, SHAPE(2, 2), ELEMENTS(1, 2, 3, 4));
    assert_false(change(OP_ADD, whole, operand_real(1.5)));
    assert_string_equal(err.text,
                        "result type Float can't be cast to the desired output type Long");
    assert_false(change(OP_ADD, x, operand_tensor(large)));
    assert_string_equal(err.text, "output with shape [2] doesn't match the broadcast shape [2, 2]");
    assert_int_equal(tensor_version(x), 0);
    let_go();
}

/* ---- views ---------------------------------------------------------------------------------------- */

static void part_of_a_result_can_be_changed(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf(engine, SHAPE(2, 3), ELEMENTS(1, 2, 3, 4, 5, 6));
    struct tensor *b = leaf(engine, SHAPE(3), ELEMENTS(2, 3, 4));
    struct tensor *y = with(OP_MUL, a, operand_real(2)), *before = row(y, 1), *part = row(y, 0);
    assert_ok(change(OP_MUL, part, operand_tensor(b)), &err);
    assert_string_equal(y->grad_fn->name, "CopySlices");
    assert_string_equal(y->grad_fn->edges[0].node->name, "MulBackward0");
    assert_ptr_equal(y->grad_fn->edges[1].node, b->accumulator);
    assert_string_equal(part->grad_fn->name, "AsStridedBackward0");
    assert_ptr_equal(part->grad_fn->edges[0].node, y->grad_fn);
    tensor_refresh_history(before);
    assert_string_equal(before->grad_fn->name, "AsStridedBackward0");
    assert_elements(y, ELEMENTS(4, 12, 24, 8, 10, 12));
    /* Σ y + Σ part + Σ before: every row twice */
    struct tensor *all =
        with(OP_ADD, with(OP_ADD, sum(y), operand_tensor(sum(part))), operand_tensor(sum(before)));
    assert_ok(backward(all), &err);
    assert_elements(a->grad, ELEMENTS(8, 12, 16, 4, 4, 4));
    assert_elements(b->grad, ELEMENTS(4, 8, 12));
    assert_false(backward(all));
    assert_int_equal(strncmp(err.text, "Trying to backward through the graph a second time", 50),
                     0);
    let_go();
}

static void part_can_be_overwritten(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf(engine, SHAPE(2, 2), ELEMENTS(1, 2, 3, 4));
    struct tensor *b = leaf(engine, SHAPE(1), ELEMENTS(7));
    struct tensor *y = with(OP_MUL, a, operand_real(2));
    assert_ok(change(OP_COPY, row(y, 1), operand_tensor(b)), &err);
    assert_elements(y, ELEMENTS(2, 4, 7, 7));
    assert_ok(backward(sum(with(OP_MUL, y, operand_tensor(y)))), &err);
    assert_elements(a->grad, ELEMENTS(8, 16, 0, 0));
    assert_elements(b->grad, ELEMENTS(28));
    let_go();
}

/* A plain tensor becomes a result when something that requires a gradient is put into it. */
static void constants_become_results(void **state)
{
    struct engine *engine = *state;
    struct tensor *buffer = constant(engine, SHAPE(2, 2), ELEMENTS(0, 0, 0, 0));
    struct tensor *b = leaf(engine, SHAPE(2), ELEMENTS(1, 2)), *other = row(buffer, 1);
    assert_ok(change(OP_COPY, row(buffer, 0), operand_tensor(b)), &err);
    assert_true(buffer->requires_grad);
    assert_null(buffer->grad_fn->edges[0].node);
    assert_ok(backward(sum(buffer)), &err);
    assert_elements(b->grad, ELEMENTS(1, 1));
    tensor_refresh_history(other);
    assert_true(other->requires_grad);
    let_go();
}

static void base_may_change_under_a_view(void **state)
{
    struct tensor *a = leaf(*state, SHAPE(2, 2), ELEMENTS(1, 2, 3, 4));
    struct tensor *y = with(OP_MUL, a, operand_real(2)), *part = row(y, 1);
    assert_ok(change(OP_MUL, y, operand_real(5)), &err);
    assert_ok(backward(sum(part)), &err);
    assert_elements(a->grad, ELEMENTS(0, 0, 10, 10));
    let_go();
}

static void views_made_without_recording_are_left_alone(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf(engine, SHAPE(2, 2), ELEMENTS(1, 2, 3, 4));
    struct tensor *y = with(OP_MUL, a, operand_real(2));
    engine->grad_enabled = false;
    struct tensor *part = row(y, 0);
    engine->grad_enabled = true;
    assert_false(change(OP_ADD, part, operand_tensor(row(a, 0))));
    assert_int_equal(strncmp(err.text, "A view was created in no_grad mode", 34), 0);
    let_go();
}

/* ---- what was saved ------------------------------------------------------------------------------- */

static const char changed_text[] =
    "one of the variables needed for gradient computation has been modified by an inplace "
    "operation: "
    "[torch.FloatTensor [3]]%s is at version 1; expected version 0 instead. Hint: enable anomaly "
    "detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True).";

static void assert_changed(const char *origin)
{
    char text[ERROR_TEXT_SIZE];
    snprintf(text, sizeof(text), changed_text, origin);
    assert_string_equal(err.text, text);
}

static void changed_values_are_noticed(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, SHAPE(3), ELEMENTS(1, 2, 3));
    struct tensor *square = with(OP_MUL, x, operand_tensor(x));
    engine->grad_enabled = false;
    assert_ok(change(OP_ADD, x, operand_real(1)), &err);
    engine->grad_enabled = true;
    assert_false(backward(sum(square)));
    assert_changed("");
    assert_int_equal(engine->failed_node, 0);

    struct tensor *exp = keep(op_unary(engine, OP_EXP, x, &err));
    assert_ok(change(OP_ADD, exp, operand_real(1)), &err);
    assert_false(backward(sum(exp)));
    assert_changed(", which is output 0 of ExpBackward0,");

    struct tensor *b = with(OP_MUL, x, operand_real(2)), *c = with(OP_MUL, b, operand_tensor(b));
    assert_ok(change(OP_ADD, b, operand_real(1)), &err);
    assert_false(backward(sum(c)));
    assert_changed(", which is output 0 of AddBackward0,");

    struct tensor *y = with(OP_MUL, x, operand_real(2));
    assert_ok(change(OP_MUL, y, operand_tensor(y)), &err);
    assert_false(backward(sum(y)));
    assert_changed(", which is output 0 of MulBackward0,");
    let_go();
}

/* mul_ needs what it is about to overwrite. */
static void old_value_is_kept_where_it_is_needed(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf(engine, SHAPE(2), ELEMENTS(1, 2));
    struct tensor *b = leaf(engine, SHAPE(2), ELEMENTS(5, 7));
    struct tensor *y = with(OP_ADD, a, operand_real(1));
    assert_ok(change(OP_MUL, y, operand_tensor(b)), &err);
    assert_ok(backward(sum(y)), &err);
    assert_elements(a->grad, ELEMENTS(5, 7));
    assert_elements(b->grad, ELEMENTS(2, 3));
    let_go();
}

/* Only what a needed gradient uses is kept. */
static void nothing_is_saved_in_vain(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf(engine, SHAPE(2), ELEMENTS(1, 2));
    struct tensor *c = constant(engine, SHAPE(2), ELEMENTS(3, 4));
    const struct node *right = with(OP_MUL, a, operand_tensor(c))->grad_fn;
    assert_false(saved_was_kept(&right->saved[0]));
    assert_ptr_equal(right->saved[1].tensor, c);
    const struct node *left = with(OP_MUL, c, operand_tensor(a))->grad_fn;
    assert_ptr_equal(left->saved[0].tensor, c);
    assert_false(saved_was_kept(&left->saved[1]));
    const struct node *quotient = with(OP_DIV, c, operand_tensor(a))->grad_fn;
    assert_ptr_equal(quotient->saved[0].tensor, c);
    assert_ptr_equal(quotient->saved[1].tensor, a);
    const struct node *number = with(OP_MUL, a, operand_number(number_integer(3)))->grad_fn;
    assert_true(number->saved[1].is_number && !number->saved[1].is_plain);
    struct tensor *three = keep(node_saved(with(OP_MUL, a, operand_real(3))->grad_fn, 1, &err));
    assert_int_equal(three->dtype, DTYPE_FLOAT64);
    assert_int_equal(three->shape.dims, 0);
    const struct node *power = with(OP_POW, a, operand_number(number_integer(2)))->grad_fn;
    assert_int_equal(power->edge_count, 1);
    assert_true(power->saved[1].is_plain);
    let_go();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(history_is_replaced),
        TEST_ON_BOTH(leaves_are_not_changed_while_recording),
        TEST_ON_BOTH(results_must_fit),
        TEST_ON_BOTH(part_of_a_result_can_be_changed),
        TEST_ON_BOTH(part_can_be_overwritten),
        TEST_ON_BOTH(constants_become_results),
        TEST_ON_BOTH(base_may_change_under_a_view),
        TEST_ON_BOTH(views_made_without_recording_are_left_alone),
        TEST_ON_BOTH(changed_values_are_noticed),
        TEST_ON_BOTH(old_value_is_kept_where_it_is_needed),
        TEST_ON_BOTH(nothing_is_saved_in_vain),
    };
    return test_run(tests);
}
