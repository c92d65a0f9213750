/* Every row of the operation table by existing: its gradient and the gradient of its gradient against
 * finite differences, its local derivative against what it sends on. In float64, on the CPU and on a
 * device whose memory nobody else can read. */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>

#include "engine/autograd/autograd.h"
#include "engine/nn/nn.h"
#include "engine/observer.h"
#include "engine/probe/check.h"
#include "tests/op_examples.h"
#include "tests/tensors.h"

enum { MAX_ELEMENTS = 256, EXAMPLE_OUTPUTS = 8 };

/* An example with its operands made. */
struct trial {
    struct engine *engine;
    struct op_example example;
    struct operand in[EXAMPLE_OPERANDS];
    int count;
    struct tensor *inputs[EXAMPLE_OPERANDS]; /* those that get a gradient */
    int input_count;
    struct error err;
};

/* Irregular, never near 0, no two alike. */
static double sample(enum example_kind kind, int operand, int64_t i)
{
    const double turn = fmod((double)(7 * i + 3 * operand + 2) * 0.618033988749895, 1);
    if (kind == EXAMPLE_POSITIVE) {
        return 0.35 + 2.5 * turn;
    }
    if (kind == EXAMPLE_FRACTION) {
        return 0.1 + 0.8 * turn;
    }
    if (kind == EXAMPLE_ABOVE_ONE) {
        return 1.3 + 2.5 * turn;
    }
    return (i + operand) % 2 ? 0.15 + 1.7 * turn : -0.2 - 1.6 * turn;
}

static struct tensor *make_tensor(struct trial *trial, const struct example_operand *operand, int k)
{
    const bool condition = operand->kind == EXAMPLE_CONDITION;
    const bool rows = operand->kind == EXAMPLE_ROWS;
    const enum dtype dtype = condition ? DTYPE_BOOL : rows ? DTYPE_INT64 : DTYPE_FLOAT64;
    double values[MAX_ELEMENTS];
    const int64_t count = shape_count(&operand->shape);
    assert_true(count <= MAX_ELEMENTS);
    for (int64_t i = 0; i < count; i++) {
        values[i] = condition ? i % 3 == 0
                    : rows    ? (double)(i * 5 % 7 % 4)
                              : sample(operand->kind, k, i);
    }
    return tensor_of(trial->engine, dtype, operand->shape, values);
}

static struct trial trial_begin(struct engine *engine, const struct op_example *example)
{
    struct trial trial = { .engine = engine, .example = *example };
    for (int k = 0; k < EXAMPLE_OPERANDS && example->in[k].kind != EXAMPLE_END; k++) {
        const struct example_operand *operand = &example->in[k];
        trial.count++;
        if (operand->kind == EXAMPLE_NUMBER || operand->kind == EXAMPLE_NOTHING) {
            trial.in[k] = operand->kind == EXAMPLE_NUMBER ? operand_number(operand->number)
                                                          : operand_tensor(NULL);
            continue;
        }
        trial.in[k] = operand_tensor(make_tensor(&trial, operand, k));
        if (trial.in[k].tensor->dtype == DTYPE_FLOAT64 &&
            !(op_table[example->op]->edgeless >> k & 1)) {
            trial.in[k].tensor->requires_grad = true;
            trial.inputs[trial.input_count++] = trial.in[k].tensor;
        }
    }
    return trial;
}

static void trial_end(struct trial *trial)
{
    for (int k = 0; k < trial->count; k++) {
        if (trial->in[k].kind == OPERAND_TENSOR) {
            tensor_unref(trial->in[k].tensor);
        }
    }
}

/* All outputs flat, one after another. */
static struct tensor *apply_many(struct trial *trial, const struct op_use *use)
{
    struct tensor *out[EXAMPLE_OUTPUTS];
    struct operand flat[EXAMPLE_OUTPUTS];
    const struct shape line = { 1, { -1 } };
    assert_ok(op_apply(trial->engine, use, out, &trial->err), &trial->err);
    for (int i = use->out_count; i < op_table[use->op]->outputs; i++) {
        tensor_unref(out[i]);
    }
    for (int i = 0; i < use->out_count; i++) {
        flat[i] = operand_tensor(nn_reshape(trial->engine, out[i], &line, &trial->err));
        assert_ok(flat[i].tensor, &trial->err);
        tensor_unref(out[i]);
    }
    struct tensor *all = op_apply_one(trial->engine,
                                      &(struct op_use){ .op = OP_CAT,
                                                        .in = flat,
                                                        .in_count = use->out_count,
                                                        .attrs = { .present = ATTR(DIM) } },
                                      &trial->err);
    assert_ok(all, &trial->err);
    for (int i = 0; i < use->out_count; i++) {
        tensor_unref(flat[i].tensor);
    }
    return all;
}

static struct tensor *apply(struct trial *trial)
{
    struct operand in[EXAMPLE_OPERANDS];
    memcpy(in, trial->in, sizeof(in));
    if (trial->example.in_place) {
        in[0] = operand_tensor(op_unary(trial->engine, OP_CLONE, in[0].tensor, &trial->err));
        assert_ok(in[0].tensor, &trial->err);
    }
    const struct op_use use = { .op = trial->example.op,
                                .in = in,
                                .in_count = trial->count,
                                .attrs = trial->example.attrs,
                                .in_place = trial->example.in_place,
                                .out_count = trial->example.out_count };
    if (use.out_count > 0) {
        return apply_many(trial, &use);
    }
    struct tensor *out = op_apply_one(trial->engine, &use, &trial->err);
    assert_ok(out, &trial->err);
    if (trial->example.in_place) {
        tensor_unref(in[0].tensor);
    }
    return out;
}

static struct tensor *both(struct trial *trial, enum op_id op, struct tensor *a, struct tensor *b)
{
    struct tensor *out =
        op_binary(trial->engine, op, operand_tensor(a), operand_tensor(b), &trial->err);
    assert_ok(out, &trial->err);
    tensor_unref(a);
    tensor_unref(b);
    return out;
}

/* Weights that no mistake is likely to cancel. */
static struct tensor *weights(struct trial *trial, const struct shape *shape, int number)
{
    double values[MAX_ELEMENTS];
    for (int64_t i = 0; i < shape_count(shape); i++) {
        values[i] = sample(EXAMPLE_TENSOR, number + 5, i);
    }
    return tensor_of(trial->engine, DTYPE_FLOAT64, *shape, values);
}

static struct tensor *weighted_sum(struct trial *trial, struct tensor *t, int number)
{
    struct tensor *product = both(trial, OP_MUL, t, weights(trial, &t->shape, number));
    struct tensor *sum = op_unary(trial->engine, OP_SUM, product, &trial->err);
    assert_ok(sum, &trial->err);
    tensor_unref(product);
    return sum;
}

/* Used twice, so that a backward which overwrites where it should add is caught. */
static struct tensor *loss(struct trial *trial)
{
    return weighted_sum(trial, both(trial, OP_ADD, apply(trial), apply(trial)), 0);
}

/* The gradients of loss by the inputs: references. */
static void gradients(struct trial *trial, bool create_graph, struct tensor **grads)
{
    struct tensor *root = loss(trial);
    const struct backward_call call = { .roots = &root,
                                        .root_count = 1,
                                        .create_graph = create_graph,
                                        .inputs = trial->inputs,
                                        .input_count = trial->input_count,
                                        .captured = grads };
    assert_ok(autograd_backward(trial->engine, &call, &trial->err), &trial->err);
    tensor_unref(root);
}

/* A weighted sum over all gradients: what the second derivative is taken of. */
static struct tensor *gradient_sum(struct trial *trial, bool create_graph)
{
    struct tensor *grads[EXAMPLE_OPERANDS];
    gradients(trial, create_graph, grads);
    struct tensor *sum = NULL;
    for (int i = 0; i < trial->input_count; i++) {
        struct tensor *part = weighted_sum(trial, grads[i], i + 1);
        sum = sum ? both(trial, OP_ADD, sum, part) : part;
    }
    return sum;
}

static double take_item(struct trial *trial, struct tensor *t)
{
    struct number number;
    assert_ok(tensor_item(t, &number, &trial->err), &trial->err);
    tensor_unref(t);
    return number_as_real(number);
}

static double loss_value(struct trial *trial)
{
    trial->engine->grad_enabled = false;
    struct tensor *t = loss(trial);
    trial->engine->grad_enabled = true;
    return take_item(trial, t);
}

static double gradient_value(struct trial *trial)
{
    return take_item(trial, gradient_sum(trial, false));
}

/* Compares `grad` with central differences of `value` by every element of `input`. */
static void compare(struct trial *trial, struct tensor *input, const struct tensor *grad,
                    double (*value)(struct trial *trial), const char *what)
{
    const double step = 1e-5;
    double x[MAX_ELEMENTS], ours[MAX_ELEMENTS] = { 0 };
    assert_ok(tensor_read_real(input, x, &trial->err), &trial->err);
    if (grad) {
        assert_true(shape_equal(&grad->shape, &input->shape));
        assert_ok(tensor_read_real(grad, ours, &trial->err), &trial->err);
    }
    for (int64_t i = 0; i < input->count; i++) {
        const double before = x[i];
        x[i] = before + step;
        assert_ok(tensor_write(input, x, &trial->err), &trial->err);
        const double above = value(trial);
        x[i] = before - step;
        assert_ok(tensor_write(input, x, &trial->err), &trial->err);
        const double below = value(trial);
        x[i] = before;
        assert_ok(tensor_write(input, x, &trial->err), &trial->err);
        const double measured = (above - below) / (2 * step);
        if (!(fabs(measured - ours[i]) <= 1e-6 * (1 + fabs(measured)))) {
            fail_msg("%s (%s): %s by element %d is %.12g, measured %.12g",
                     op_table[trial->example.op]->name, op_table[trial->example.op]->node, what,
                     (int)i, ours[i], measured);
        }
    }
}

static void check_first(struct trial *trial)
{
    struct tensor *grads[EXAMPLE_OPERANDS];
    gradients(trial, false, grads);
    for (int i = 0; i < trial->input_count; i++) {
        compare(trial, trial->inputs[i], grads[i], loss_value, "the gradient");
        tensor_unref(grads[i]);
    }
}

static void check_second(struct trial *trial)
{
    struct tensor *sum = gradient_sum(trial, true);
    struct tensor *grads[EXAMPLE_OPERANDS] = { NULL };
    if (sum->requires_grad) { /* else the gradient is the same everywhere */
        const struct backward_call call = { .roots = &sum,
                                            .root_count = 1,
                                            .inputs = trial->inputs,
                                            .input_count = trial->input_count,
                                            .captured = grads,
                                            .allow_unused = true };
        assert_ok(autograd_backward(trial->engine, &call, &trial->err), &trial->err);
    }
    for (int i = 0; i < trial->input_count; i++) {
        compare(trial, trial->inputs[i], grads[i], gradient_value, "the second derivative");
        tensor_unref(grads[i]);
    }
    tensor_unref(sum);
}

/* ---- the local derivative -------------------------------------------------------------------------- */

struct local_check {
    struct trial *trial;
    const struct op *op;
    int seen;
};

/* incoming gradient times local derivative, summed down, is what travels on. */
static void check_edge(struct local_check *check, const struct observed_visit *visit, int edge)
{
    struct engine *engine = check->trial->engine;
    struct error *err = &check->trial->err;
    const struct operand *local = &visit->locals[edge];
    const struct tensor *sent = visit->contributions[edge];
    double product = 0, sum = 0, values[MAX_ELEMENTS];
    struct tensor *factors =
        op_binary(engine, OP_MUL, operand_tensor(visit->grads[0]), *local, err);
    assert_ok(factors, err);
    /* Sums, because the operand may have been broadcast. A reduction's incoming gradient stands for
     * each of the elements that went into it. */
    const double times = (double)sent->count / (double)factors->count;
    assert_ok(tensor_read_real(factors, values, err), err);
    for (int64_t i = 0; i < factors->count; i++) {
        product += values[i] * (times > 1 ? times : 1);
    }
    assert_ok(tensor_read_real(sent, values, err), err);
    for (int64_t i = 0; i < sent->count; i++) {
        sum += values[i];
    }
    tensor_unref(factors);
    check->seen++;
    if (!(fabs(product - sum) <= 1e-9 * (1 + fabs(sum)))) {
        fail_msg("%s (%s): gradient times local derivative is %.12g at edge %d, sent %.12g",
                 check->op->name, check->op->node, product, edge, sum);
    }
}

static void check_visit(void *context, const struct observed_visit *visit)
{
    struct local_check *check = context;
    if (visit->node->op != check->op) {
        return;
    }
    /* The promise not to run operations in a callback is kept by hiding them from this observer. */
    const bool grad_enabled = check->trial->engine->grad_enabled;
    check->trial->engine->grad_enabled = false;
    for (int e = 0; e < visit->node->edge_count; e++) {
        if (visit->contributions[e] && visit->locals[e].kind != OPERAND_NONE) {
            check_edge(check, visit, e);
        }
    }
    check->trial->engine->grad_enabled = grad_enabled;
}

static void check_local(struct trial *trial)
{
    static const struct observer_calls calls = { .visited = check_visit };
    struct local_check check = { .trial = trial, .op = op_table[trial->example.op] };
    const struct observer observer = { &calls, &check };
    struct tensor *grads[EXAMPLE_OPERANDS];
    trial->engine->observer = &observer;
    gradients(trial, false, grads);
    trial->engine->observer = NULL;
    for (int i = 0; i < trial->input_count; i++) {
        tensor_unref(grads[i]);
    }
    assert_true(!check.op->local || check.seen > 0);
}

/* ---- computed again --------------------------------------------------------------------------------- */

static void pass_tracked(void *tape, const struct observed_operation *operation)
{
    tape_tracked(tape, operation);
}

static void pass_died(void *tape, const struct node *node)
{
    tape_node_died(tape, node);
}

static void pass_backward(void *tape, const struct observed_backward *backward)
{
    tape_backward(tape, backward);
}

static void pass_visited(void *tape, const struct observed_visit *visit)
{
    tape_visited(tape, visit);
}

static void pass_ended(void *tape, uint64_t walk, const struct node *failed)
{
    tape_backward_ended(tape, walk, failed);
}

/* Element by element, but for those that look at dimensions or at what is overwritten. */
static bool can_be_lined_up(const struct op *op)
{
    static const enum op_id others[] = {
        OP_PRELU, OP_TRIL,          OP_TRIU, OP_COPY,
        OP_ZERO,  OP_FILL_DIAGONAL, OP_FILL, OP_MASKED_FILL_TENSOR
    };
    bool plain = op->provenance == PROVENANCE_MAP && op->outputs == 1;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        plain = plain && op->id != others[i];
    }
    return plain || op->id == OP_MM || op->id == OP_MSE_LOSS || op->id == OP_BCE_WITH_LOGITS;
}

/* Leaf `index` with three values at once is what one after the other is, where the row can do that. */
static void check_many(struct trial *trial, const struct tape_walk *walk, size_t index)
{
    enum { MANY = 3 };
    double values[MANY][MAX_ELEMENTS], losses[MANY], one;
    struct replay *replay = replay_create(trial->engine, walk, DTYPE_FLOAT64, &trial->err);
    assert_ok(replay, &trial->err);
    struct tensor *leaf = tensor_ref(replay_leaf(replay, index));
    struct shape shape = { leaf->shape.dims + 1, { MANY } };
    memcpy(&shape.size[1], leaf->shape.size, sizeof(shape.size) - sizeof(shape.size[0]));
    assert_ok(tensor_read_real(leaf, values[0], &trial->err), &trial->err);
    double flat[MANY * MAX_ELEMENTS];
    for (int i = 0; i < MANY; i++) {
        for (int64_t k = 0; k < leaf->count; k++) {
            values[i][k] = values[0][k] * (1 + 0.01 * i);
            flat[i * leaf->count + k] = values[i][k];
        }
    }
    struct tensor *many = tensor_of(trial->engine, DTYPE_FLOAT64, shape, flat);
    replay_set_many(replay, index, many);
    const bool able = replay_losses(replay, losses, &trial->err);
    replay_set(replay, index, leaf);
    if (!able && can_be_lined_up(op_table[trial->example.op])) {
        fail_msg("%s for many values: %s", op_table[trial->example.op]->name, trial->err.text);
    }
    for (int i = 0; able && i < MANY; i++) {
        assert_ok(tensor_write(leaf, values[i], &trial->err), &trial->err);
        assert_ok(replay_loss(replay, &one, &trial->err), &trial->err);
        if (fabs(one - losses[i]) > 1e-9 * fmax(fabs(one), 1)) {
            fail_msg("%s, value %d of many: %g, by itself: %g", op_table[trial->example.op]->name,
                     i, losses[i], one);
        }
    }
    error_clear(&trial->err);
    tensor_unref(leaf);
    tensor_unref(many);
    replay_destroy(replay);
}

/* From the tape alone the row comes out again, and so does its gradient. */
static void check_replay(struct trial *trial)
{
    static const struct observer_calls calls = {
        .tracked = pass_tracked,
        .node_died = pass_died,
        .backward_started = pass_backward,
        .visited = pass_visited,
        .backward_ended = pass_ended,
    };
    struct tape *tape = tape_create();
    const struct observer observer = { &calls, tape };
    struct tensor *grads[EXAMPLE_OPERANDS];
    trial->engine->observer = &observer;
    gradients(trial, false, grads);
    trial->engine->observer = NULL;
    assert_int_equal(tape_walk_count(tape), 1);
    const struct tape_walk *walk = tape_walk_at(tape, 0);
    for (int i = 0; i < trial->input_count; i++) {
        const size_t leaf = tape_leaf_find(walk, trial->inputs[i]->id);
        assert_true(leaf != SIZE_MAX);
        if (trial->inputs[i]->count == 0) {
            tensor_unref(grads[i]);
            continue;
        }
        error_clear(&trial->err);
        const struct check_answer answer =
            check_gradient(trial->engine, walk, leaf, trial->inputs[i]->count - 1, &trial->err);
        if (answer.verdict != CHECK_AGREES) {
            fail_msg("%s, input %d: autograd %g, difference %g, %s",
                     op_table[trial->example.op]->name, i, answer.autograd, answer.difference,
                     trial->err.text);
        }
        check_many(trial, walk, leaf);
        tensor_unref(grads[i]);
    }
    tape_destroy(tape);
}

/* ---- the loop -------------------------------------------------------------------------------------- */

/* The way back of these is a row without a derivative, as in PyTorch. */
static bool has_second_derivative(enum op_id op)
{
    return op != OP_MULTI_MARGIN && op != OP_MULTILABEL_MARGIN;
}

static void check(struct engine *engine, const struct op_example *example)
{
    struct trial trial = trial_begin(engine, example);
    check_first(&trial);
    if (has_second_derivative(example->op)) {
        check_second(&trial);
    }
    check_local(&trial);
    check_replay(&trial);
    trial_end(&trial);
}

static void every_gradient_is_what_is_measured(void **state)
{
    bool seen[OP_COUNT] = { false };
    for (const struct op_example *example = op_examples; example->op != OP_COUNT; example++) {
        seen[example->op] = true;
        check(*state, example);
    }
    /* The gradient of a sequence's loss is that of the scores which log_softmax made its operand of. */
    seen[OP_CTC_LOSS] = true;
    for (int op = 0; op < OP_COUNT; op++) {
        if (!seen[op] && op_table[op]->backward) {
            const struct op_example example = op_example_default((enum op_id)op);
            check(*state, &example);
        }
    }
}

/* One tensor as both operands: its gradient is the sum of both shares. */
static void operands_may_be_one_tensor(void **state)
{
    static const enum op_id ops[] = { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_POW_TENSOR, OP_MSE_LOSS };
    for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
        const struct op_example example = {
            .op = ops[i],
            .in = { { .kind = EXAMPLE_POSITIVE, .shape = SHAPE(2, 3) },
                    { .kind = EXAMPLE_POSITIVE, .shape = SHAPE(2, 3) } },
        };
        struct trial trial = trial_begin(*state, &example);
        tensor_unref(trial.in[1].tensor);
        trial.in[1] = operand_tensor(tensor_ref(trial.in[0].tensor));
        trial.input_count = 1;
        check_first(&trial);
        check_second(&trial);
        trial_end(&trial);
    }
}

/* ---- the table itself ------------------------------------------------------------------------------- */

/* A trace defines an operation once by its name, so rows with one name must agree in what it says. */
static void rows_with_one_name_agree(void **state)
{
    (void)state;
    for (int i = 0; i < OP_COUNT; i++) {
        const struct op *a = op_table[i];
        assert_int_equal(a->id, i);
        for (int j = 0; j < i; j++) {
            const struct op *b = op_table[j];
            if (strcmp(a->name, b->name) != 0) {
                continue;
            }
            assert_string_equal(a->formula, b->formula);
            assert_int_equal(a->provenance, b->provenance);
            for (int k = 0; k < OP_MAX_TEXTS; k++) {
                assert_int_equal(!a->derivatives[k], !b->derivatives[k]);
                if (a->derivatives[k]) {
                    assert_string_equal(a->derivatives[k], b->derivatives[k]);
                }
            }
        }
    }
}

static void only_rows_without_slope_have_no_node(void **state)
{
    (void)state;
    for (int i = 0; i < OP_COUNT; i++) {
        const char *node = op_table[i]->node;
        const bool no_slope = !node || strcmp(node, "NotImplemented") == 0;
        assert_int_equal(no_slope, !op_table[i]->backward);
        assert_non_null(op_table[i]->forward);
        assert_true(op_table[i]->outputs >= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(every_gradient_is_what_is_measured),
        TEST_ON_BOTH(operands_may_be_one_tensor),
        cmocka_unit_test(rows_with_one_name_agree),
        cmocka_unit_test(only_rows_without_slope_have_no_node),
    };
    return test_run(tests);
}
