/* Optimizers and whole trainings, bit for bit PyTorch's: golden/optim.json and golden/training.json. (On
 * a plug-in's device as near as its order of sums lets them be.) */
#include "tests/test.h"

#include <math.h>
#include <stdio.h>

#include "engine/autograd/autograd.h"
#include "engine/nn/nn.h"
#include "engine/ops/ops.h"
#include "engine/optim/optim.h"
#include "engine/tensor/sequence.h"
#include "tests/golden.h"
#include "tests/tensors.h"

static struct error err;

static struct tensor *must(struct tensor *t)
{
    assert_ok(t, &err);
    return t;
}

static struct tensor *take_two(enum op_id op, struct tensor *a, struct operand b)
{
    struct tensor *t = must(op_binary(a->engine, op, operand_tensor(a), b, &err));
    tensor_unref(a);
    return t;
}

static struct tensor *take_one(enum op_id op, struct tensor *a)
{
    struct tensor *t = must(op_unary(a->engine, op, a, &err));
    tensor_unref(a);
    return t;
}

static float item(const struct tensor *t)
{
    struct number number = { 0 };
    assert_ok(tensor_item(t, &number, &err), &err);
    return (float)number.real;
}

static void backward(struct tensor *loss)
{
    const struct backward_call call = { .roots = &loss, .root_count = 1 };
    assert_ok(autograd_backward(loss->engine, &call, &err), &err);
}

/* The elements of a JSON list, as the float32 that they are. */
static size_t read_list(const struct json *list, double *out)
{
    size_t count = 0;
    for (const struct json *number = list->first; number; number = number->next) {
        out[count++] = (float)number->number;
    }
    return count;
}

static void assert_list(const struct tensor *t, const struct json *list)
{
    double expected[64], ours[64];
    assert_int_equal(read_list(list, expected), t->count);
    assert_ok(tensor_read_real(t, ours, &err), &err);
    for (int64_t i = 0; i < t->count; i++) {
        if (!same_as_on_cpu(t->engine, ours[i], expected[i])) {
            fail_msg("element %d is %.9g, not %.9g", (int)i, ours[i], expected[i]);
        }
    }
}

static bool item_is(const struct tensor *t, const struct json *golden)
{
    return same_as_on_cpu(t->engine, (double)item(t), (double)(float)golden->number);
}

/* ---- one optimizer, twenty steps ------------------------------------------------------------------------- */

static const struct optimizer_kind *const kinds[] = { &optimizer_sgd, &optimizer_adam,
                                                      &optimizer_adamw, &optimizer_rmsprop,
                                                      &optimizer_adagrad };

static const struct optimizer_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            return kinds[i];
        }
    }
    return NULL;
}

static struct number read_number(const struct json *value)
{
    return value->kind == JSON_BOOL ? number_bool(value->boolean) : number_real(value->number);
}

static struct optimizer *make_optimizer(struct engine *engine, const struct json *golden,
                                        const struct optimizer_kind *kind, struct tensor *param)
{
    struct option options[OPTIMIZER_MAX_OPTIONS];
    int count = 0;
    for (const struct json *value = json_find(golden, "kwargs")->first; value;
         value = value->next) {
        struct option *option = &options[count++];
        const bool pair = value->kind == JSON_ARRAY;
        *option = (struct option){ .name = value->name, .kind = OPTION_NUMBER };
        option->kind = pair ? OPTION_PAIR : value->kind == JSON_BOOL ? OPTION_BOOL : OPTION_NUMBER;
        option->first = read_number(pair ? value->first : value);
        if (pair) {
            option->second = read_number(value->first->next);
        }
    }
    struct optimizer *optimizer = optimizer_create(engine, kind);
    const struct optimizer_group_spec spec = { &param, 1, options, count };
    assert_ok(optimizer_add_group(optimizer, &spec, &err), &err);
    return optimizer;
}

/* (scale*(p-1)**2).sum()+(p*p*p).sum()*0.01 */
static struct tensor *golden_loss(struct tensor *p, struct tensor *scale)
{
    struct tensor *square = take_two(OP_POW, take_two(OP_SUB, tensor_ref(p), operand_real(1)),
                                     operand_number(number_integer(2)));
    struct tensor *weighted =
        must(op_binary(p->engine, OP_MUL, operand_tensor(scale), operand_tensor(square), &err));
    tensor_unref(square);
    struct tensor *first = take_one(OP_SUM, weighted);
    struct tensor *cube =
        take_two(OP_MUL, take_two(OP_MUL, tensor_ref(p), operand_tensor(p)), operand_tensor(p));
    struct tensor *second = take_two(OP_MUL, take_one(OP_SUM, cube), operand_real(0.01));
    struct tensor *sum = take_two(OP_ADD, first, operand_tensor(second));
    tensor_unref(second);
    return sum;
}

static void check_state(const struct optimizer *optimizer, const struct json *expected)
{
    const struct optimizer_state *state = &optimizer->groups[0].state[0];
    for (int i = 0; i < OPTIMIZER_MAX_STATE && optimizer->kind->state_names[i]; i++) {
        const struct json *tensor = json_find(expected, optimizer->kind->state_names[i]);
        assert_int_equal(tensor != NULL, state->tensors[i] != NULL);
        if (tensor) {
            assert_list(state->tensors[i], json_find(tensor, "data"));
        }
    }
    const struct json *step = json_find(expected, "step");
    if (step) {
        assert_true(json_find(step, "data")->first->number == (double)state->step);
    }
}

static void check_optimizer(struct engine *engine, const struct json *golden)
{
    const struct optimizer_kind *kind = find_kind(json_find_string(golden, "optimizer", ""));
    assert_non_null(kind);
    double values[4];
    read_list(json_find(golden, "p0"), values);
    struct tensor *p = tensor_of(engine, DTYPE_FLOAT32, SHAPE(4), values);
    p->requires_grad = true;
    read_list(json_find(golden, "scale"), values);
    struct tensor *scale = tensor_of(engine, DTYPE_FLOAT32, SHAPE(4), values);
    struct optimizer *optimizer = make_optimizer(engine, golden, kind, p);
    for (const struct json *step = golden_find(golden, "steps")->first; step; step = step->next) {
        struct tensor *loss = golden_loss(p, scale);
        assert_true(item_is(loss, golden_find(step, "loss")));
        assert_ok(optimizer_zero_grad(optimizer, true, &err), &err);
        backward(loss);
        assert_list(p->grad, json_find(step, "grad"));
        assert_ok(optimizer_step(optimizer, &err), &err);
        assert_list(p, json_find(step, "param"));
        tensor_unref(loss);
    }
    check_state(optimizer, golden_find(golden, "state_after"));
    optimizer_destroy(optimizer);
    tensor_unref(p);
    tensor_unref(scale);
}

static void optimizers_step_as_pytorch(void **state)
{
    struct arena arena = { 0 };
    for (const struct json *c = golden_cases(&arena, "optim"); c; c = c->next) {
        check_optimizer(*state, c);
    }
    arena_finish(&arena);
}

/* ---- whole trainings --------------------------------------------------------------------------------------- */

struct linear {
    struct tensor *weight, *bias;
};

static struct linear make_linear(struct engine *engine, int64_t in, int64_t out)
{
    struct linear linear = { empty_of(engine, DTYPE_FLOAT32, SHAPE(out, in)),
                             empty_of(engine, DTYPE_FLOAT32, SHAPE(out)) };
    assert_ok(nn_init_linear(&engine->generator, linear.weight, linear.bias, &err), &err);
    assert_int_equal(tensor_version(linear.weight), 1);
    linear.weight->requires_grad = linear.bias->requires_grad = true;
    return linear;
}

static struct tensor *forward(const struct linear *linear, struct tensor *x)
{
    return must(nn_linear(x->engine, x, linear->weight, linear->bias, &err));
}

static struct optimizer *optimizer_of(struct engine *engine, const struct optimizer_kind *kind,
                                      struct tensor *const *params, int count, double lr,
                                      double momentum)
{
    const struct option options[] = {
        { .name = "lr", .kind = OPTION_NUMBER, .first = number_real(lr) },
        { .name = "momentum", .kind = OPTION_NUMBER, .first = number_real(momentum) },
    };
    struct optimizer *optimizer = optimizer_create(engine, kind);
    const struct optimizer_group_spec spec = { params, count, options, momentum != 0 ? 2 : 1 };
    assert_ok(optimizer_add_group(optimizer, &spec, &err), &err);
    return optimizer;
}

/* One epoch; true if the loss is the golden one. */
static bool epoch(struct optimizer *optimizer, struct tensor *prediction, struct tensor *target,
                  const struct json *golden)
{
    struct tensor *loss = must(nn_mse_loss(target->engine, prediction, target, &err));
    tensor_unref(prediction);
    const bool same = item_is(loss, golden);
    assert_ok(optimizer_zero_grad(optimizer, true, &err), &err);
    backward(loss);
    assert_ok(optimizer_step(optimizer, &err), &err);
    tensor_unref(loss);
    return same;
}

static const struct json *find_training(struct arena *arena, int number)
{
    const struct json *c = golden_cases(arena, "training");
    while (number-- > 0) {
        c = c->next;
    }
    return c;
}

/* y = 2x + 1 by SGD, 200 epochs. */
static void line_by_sgd(void **state)
{
    struct engine *engine = *state;
    struct arena arena = { 0 };
    const struct json *golden = find_training(&arena, 0);
    generator_seed(&engine->generator, 0);
    const struct linear linear = make_linear(engine, 1, 1);
    struct tensor *x = tensor_of(engine, DTYPE_FLOAT32, SHAPE(4, 1), ELEMENTS(1, 2, 3, 4));
    struct tensor *y = tensor_of(engine, DTYPE_FLOAT32, SHAPE(4, 1), ELEMENTS(3, 5, 7, 9));
    struct tensor *params[] = { linear.weight, linear.bias };
    struct optimizer *optimizer = optimizer_of(engine, &optimizer_sgd, params, 2, 0.01, 0);
    const struct json *loss = golden_find(golden, "losses")->first;
    for (int i = 0; i < 200; i++, loss = loss->next) {
        assert_true(epoch(optimizer, forward(&linear, x), y, loss));
    }
    assert_true(item_is(linear.weight, golden_find(golden, "w")->first));
    assert_true(item_is(linear.bias, golden_find(golden, "b")->first));
    optimizer_destroy(optimizer);
    tensor_unref(x);
    tensor_unref(y);
    tensor_unref(linear.weight);
    tensor_unref(linear.bias);
    arena_finish(&arena);
}

/* y = 3x + 2 with noise by Adam, 500 epochs. */
static void noisy_line_by_adam(void **state)
{
    struct engine *engine = *state;
    struct arena arena = { 0 };
    const struct json *golden = find_training(&arena, 1);
    generator_seed(&engine->generator, 0);
    struct tensor *points =
        must(tensor_linspace(engine, (const double[]){ -10, 10 }, 100, DTYPE_FLOAT32, &err));
    struct tensor *x = must(nn_reshape(engine, points, &SHAPE(100, 1), &err));
    struct tensor *noise = empty_of(engine, DTYPE_FLOAT32, SHAPE(100, 1));
    assert_ok(random_normal(&engine->generator, noise, 0, 1, &err), &err);
    struct tensor *line =
        take_two(OP_ADD, take_two(OP_MUL, tensor_ref(x), operand_real(3)), operand_real(2));
    struct tensor *scaled = take_two(OP_MUL, noise, operand_real(2));
    struct tensor *y = take_two(OP_ADD, line, operand_tensor(scaled));
    double expected[100];
    read_list(golden_find(golden, "y"), expected);
    assert_elements(y, expected);
    const struct linear linear = make_linear(engine, 1, 1);
    struct tensor *params[] = { linear.weight, linear.bias };
    struct optimizer *optimizer = optimizer_of(engine, &optimizer_adam, params, 2, 0.01, 0);
    const struct json *loss = golden_find(golden, "losses")->first;
    for (int i = 0; i < 500; i++, loss = loss->next) {
        assert_true(epoch(optimizer, forward(&linear, x), y, loss));
    }
    assert_true(item_is(linear.weight, golden_find(golden, "w")->first));
    optimizer_destroy(optimizer);
    struct tensor *all[] = { points, x, scaled, y, linear.weight, linear.bias };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        tensor_unref(all[i]);
    }
    arena_finish(&arena);
}

static struct tensor *column(struct tensor *x, int64_t from)
{
    const struct operand in = operand_tensor(x);
    return must(
        op_apply_one(x->engine,
                     &(struct op_use){ .op = OP_SLICE,
                                       .in = &in,
                                       .in_count = 1,
                                       .attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END),
                                                  .dim = 1,
                                                  .start = from,
                                                  .end = from + 1 } },
                     &err));
}

/* Two layers with ReLU learn x₀·x₁ by SGD with momentum, 100 epochs. */
static void product_by_two_layers(void **state)
{
    struct engine *engine = *state;
    struct arena arena = { 0 };
    const struct json *golden = find_training(&arena, 2);
    generator_seed(&engine->generator, 3);
    const struct linear first = make_linear(engine, 2, 16), second = make_linear(engine, 16, 1);
    struct tensor *x = empty_of(engine, DTYPE_FLOAT32, SHAPE(32, 2));
    assert_ok(random_normal(&engine->generator, x, 0, 1, &err), &err);
    struct tensor *right = column(x, 1);
    struct tensor *y = take_two(OP_MUL, column(x, 0), operand_tensor(right));
    struct tensor *params[] = { first.weight, first.bias, second.weight, second.bias };
    struct optimizer *optimizer = optimizer_of(engine, &optimizer_sgd, params, 4, 0.05, 0.9);
    const struct json *loss = golden_find(golden, "losses")->first;
    for (int i = 0; i < 100; i++, loss = loss->next) {
        struct tensor *hidden = take_one(OP_RELU, forward(&first, x));
        struct tensor *prediction = forward(&second, hidden);
        tensor_unref(hidden);
        assert_true(epoch(optimizer, prediction, y, loss));
    }
    optimizer_destroy(optimizer);
    struct tensor *all[] = { x, right, y, first.weight, first.bias, second.weight, second.bias };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        tensor_unref(all[i]);
    }
    arena_finish(&arena);
}

/* ---- errors -------------------------------------------------------------------------------------------------- */

static void refuse(struct engine *engine, const struct optimizer_kind *kind,
                   const struct optimizer_group_spec *spec, const char *text)
{
    struct optimizer *optimizer = optimizer_create(engine, kind);
    assert_false(optimizer_add_group(optimizer, spec, &err));
    assert_int_equal(err.kind, ERROR_VALUE);
    assert_string_equal(err.text, text);
    optimizer_destroy(optimizer);
}

static void bad_options_are_refused(void **state)
{
    struct engine *engine = *state;
    struct tensor *p = tensor_of(engine, DTYPE_FLOAT32, SHAPE(2), ELEMENTS(1, 2));
    p->requires_grad = true;
    struct tensor *result = take_two(OP_MUL, tensor_ref(p), operand_real(2));
    const struct option lr = { "lr", OPTION_NUMBER, false, number_integer(-1), { 0 } };
    const struct option betas = { "betas", OPTION_PAIR, false, number_real(1), number_real(0.9) };
    const struct option nesterov = { "nesterov", OPTION_BOOL, false, number_bool(true), { 0 } };
    refuse(engine, &optimizer_sgd, &(struct optimizer_group_spec){ &p, 1, &lr, 1 },
           "Invalid learning rate: -1");
    refuse(engine, &optimizer_sgd, &(struct optimizer_group_spec){ &p, 0, NULL, 0 },
           "optimizer got an empty parameter list");
    refuse(engine, &optimizer_sgd, &(struct optimizer_group_spec){ &result, 1, NULL, 0 },
           "can't optimize a non-leaf Tensor");
    refuse(engine, &optimizer_adam, &(struct optimizer_group_spec){ &p, 1, &betas, 1 },
           "Invalid beta parameter at index 0: 1.0");
    refuse(engine, &optimizer_sgd, &(struct optimizer_group_spec){ &p, 1, &nesterov, 1 },
           "Nesterov momentum requires a momentum and zero dampening");
    tensor_unref(p);
    tensor_unref(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(optimizers_step_as_pytorch), TEST_ON_BOTH(line_by_sgd),
        TEST_ON_BOTH(noisy_line_by_adam),         TEST_ON_BOTH(product_by_two_layers),
        TEST_ON_BOTH(bad_options_are_refused),
    };
    return test_run(tests);
}
