/* Whole trainings on the CPU and beside it on another device (tests/backend_opaque.h): the losses of both,
 * step by step. */
#include "tests/test.h"

#include "engine/autograd/autograd.h"
#include "engine/nn/losses.h"
#include "engine/nn/nn.h"
#include "engine/optim/optim.h"
#include "tests/tensors.h"

enum { STEPS = 200, MOST_PARAMS = 4, POINTS = 48, CLASSES = 3 };

static struct error err;

/* A model with its data on one device. */
struct training {
    struct engine *engine;
    struct tensor *x, *y;
    struct tensor *params[MOST_PARAMS];
    int param_count;
    struct optimizer *optimizer;
    struct tensor *(*loss)(struct training *training);
};

static struct tensor *must(struct tensor *t)
{
    assert_ok(t, &err);
    return t;
}

static void training_begin(struct training *t, struct engine *engine,
                           const struct optimizer_kind *kind, double lr)
{
    const struct option option = { .name = "lr", .kind = OPTION_NUMBER, .first = number_real(lr) };
    const struct optimizer_group_spec spec = { t->params, t->param_count, &option, 1 };
    for (int i = 0; i < t->param_count; i++) {
        t->params[i]->requires_grad = true;
    }
    t->optimizer = optimizer_create(engine, kind);
    assert_ok(optimizer_add_group(t->optimizer, &spec, &err), &err);
}

static void training_end(struct training *t)
{
    optimizer_destroy(t->optimizer);
    for (int i = 0; i < t->param_count; i++) {
        tensor_unref(t->params[i]);
    }
    tensor_unref(t->x);
    tensor_unref(t->y);
}

/* One step; its loss's elements. */
static void step(struct training *t, double *losses)
{
    struct tensor *loss = t->loss(t);
    struct tensor *ones = empty_of(t->engine, loss->dtype, loss->shape);
    assert_ok(compute_fill(ones, number_real(1), &err), &err);
    const struct backward_call call = { .roots = &loss, .gradients = &ones, .root_count = 1 };
    assert_ok(tensor_read_real(loss, losses, &err), &err);
    assert_ok(optimizer_zero_grad(t->optimizer, true, &err), &err);
    assert_ok(autograd_backward(t->engine, &call, &err), &err);
    assert_ok(optimizer_step(t->optimizer, &err), &err);
    tensor_unref(ones);
    tensor_unref(loss);
}

/* Trains on both, and compares each step's losses: bit for bit, or as an order of sums lets them be. */
static void train_both(struct engine *device, void (*begin)(struct training *, struct engine *),
                       bool to_the_bit)
{
    struct engine *cpu = engine_create(&err);
    assert_ok(cpu, &err);
    struct training ours = { .engine = device }, cpus = { .engine = cpu };
    begin(&ours, device);
    begin(&cpus, cpu);
    for (int i = 0; i < STEPS; i++) {
        double our_losses[POINTS], cpu_losses[POINTS];
        step(&ours, our_losses);
        step(&cpus, cpu_losses);
        for (int k = 0; k < (to_the_bit ? POINTS : 1); k++) {
            if (to_the_bit ? our_losses[k] != cpu_losses[k]
                           : !same_as_on_cpu(device, our_losses[k], cpu_losses[k])) {
                fail_msg("step %d: loss %d is %.9g, the CPU's %.9g", i, k, our_losses[k],
                         cpu_losses[k]);
            }
        }
    }
    training_end(&cpus);
    training_end(&ours);
    engine_destroy(cpu);
}

/* ---- nothing but single roundings: every point has a weight of its own ------------------------------ */

static struct tensor *squares(struct training *t)
{
    struct tensor *product = must(
        op_binary(t->engine, OP_MUL, operand_tensor(t->params[0]), operand_tensor(t->x), &err));
    struct tensor *error =
        must(op_binary(t->engine, OP_SUB, operand_tensor(product), operand_tensor(t->y), &err));
    struct tensor *loss =
        must(op_binary(t->engine, OP_MUL, operand_tensor(error), operand_tensor(error), &err));
    tensor_unref(error);
    tensor_unref(product);
    return loss;
}

static struct tensor *random_tensor(struct engine *engine, struct shape shape)
{
    struct tensor *t = empty_of(engine, DTYPE_FLOAT32, shape);
    assert_ok(random_normal(&engine->generator, t, 0, 1, &err), &err);
    return t;
}

static void begin_squares(struct training *t, struct engine *engine)
{
    generator_seed(&engine->generator, 7);
    t->x = random_tensor(engine, SHAPE(POINTS));
    t->y = random_tensor(engine, SHAPE(POINTS));
    t->params[t->param_count++] = random_tensor(engine, SHAPE(POINTS));
    t->loss = squares;
    training_begin(t, engine, &optimizer_adamw, 0.02);
}

static void single_roundings_are_the_cpus(void **state)
{
    train_both(*state, begin_squares, true);
}

/* ---- two layers that learn to which of three heaps a point belongs ----------------------------------- */

static struct tensor *entropy(struct training *t)
{
    const struct nn_loss options = { .reduction = LOSS_MEAN, .ignore_index = -100 };
    struct tensor *sums = must(nn_linear(t->engine, t->x, t->params[0], t->params[1], &err));
    struct tensor *hidden = must(op_unary(t->engine, OP_TANH, sums, &err));
    struct tensor *scores = must(nn_linear(t->engine, hidden, t->params[2], t->params[3], &err));
    struct tensor *loss = must(nn_cross_entropy(t->engine, scores, t->y, &options, &err));
    tensor_unref(scores);
    tensor_unref(hidden);
    tensor_unref(sums);
    return loss;
}

static void begin_entropy(struct training *t, struct engine *engine)
{
    double classes[POINTS];
    generator_seed(&engine->generator, 7);
    for (int i = 0; i < POINTS; i++) {
        classes[i] = i % CLASSES;
    }
    t->x = random_tensor(engine, SHAPE(POINTS, 2));
    t->y = tensor_of(engine, DTYPE_INT64, SHAPE(POINTS), classes);
    const struct shape shapes[MOST_PARAMS] = { SHAPE(16, 2), SHAPE(16), SHAPE(CLASSES, 16),
                                               SHAPE(CLASSES) };
    for (int i = 0; i < MOST_PARAMS; i++) {
        t->params[t->param_count++] = empty_of(engine, DTYPE_FLOAT32, shapes[i]);
    }
    for (int i = 0; i < MOST_PARAMS; i += 2) {
        assert_ok(nn_init_linear(&engine->generator, t->params[i], t->params[i + 1], &err), &err);
    }
    t->loss = entropy;
    training_begin(t, engine, &optimizer_adam, 0.01);
}

static void two_layers_are_nearly_the_cpus(void **state)
{
    train_both(*state, begin_entropy, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(single_roundings_are_the_cpus, engine_on_device,
                                        engine_gone),
        cmocka_unit_test_setup_teardown(two_layers_are_nearly_the_cpus, engine_on_device,
                                        engine_gone),
    };
    return test_run(tests);
}
