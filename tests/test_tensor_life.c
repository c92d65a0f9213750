#include "tests/tensors.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/observer.h"

static void views_share_storage_and_version(void **state)
{
    struct error err = { 0 };
    struct tensor *t = tensor_of(*state, DTYPE_FLOAT32, SHAPE(2, 2), ELEMENTS(1, 2, 3, 4));
    struct tensor *view = turned(t, 0, 1);
    struct tensor *alias = tensor_alias(t);
    assert_true(view->id != t->id && alias->id != t->id);
    assert_ok(compute_fill(view, number_integer(7), &err), &err);
    assert_elements(t, ELEMENTS(7, 7, 7, 7));
    assert_int_equal(tensor_version(t), 0);
    tensor_bump_version(view);
    assert_int_equal(tensor_version(t), 1);
    assert_int_equal(tensor_version(alias), 1);
    tensor_unref(t);
    assert_elements(view, ELEMENTS(7, 7, 7, 7));
    tensor_unref(alias);
    tensor_unref(view);
}

/* `.data` shares the elements but counts for itself, and so do views of it. */
static void data_has_its_own_version(void **state)
{
    struct tensor *t = tensor_of(*state, DTYPE_FLOAT32, SHAPE(2), ELEMENTS(1, 2));
    struct tensor *data = tensor_alias_unversioned(t);
    struct tensor *view = tensor_alias(data);
    tensor_bump_version(view);
    assert_int_equal(tensor_version(data), 1);
    assert_int_equal(tensor_version(t), 0);
    tensor_unref(data);
    assert_int_equal(tensor_version(view), 1);
    tensor_unref(view);
    tensor_unref(t);
}

static void hands_out_single_elements(void **state)
{
    struct error err = { 0 };
    struct number number;
    struct tensor *t = tensor_of(*state, DTYPE_INT64, SHAPE(1, 1), ELEMENTS(-3));
    assert_ok(tensor_item(t, &number, &err), &err);
    assert_int_equal(number.kind, NUMBER_INTEGER);
    assert_int_equal(number.integer, -3);
    struct tensor *two = tensor_of(*state, DTYPE_BOOL, SHAPE(2), ELEMENTS(1, 0));
    assert_false(tensor_item(two, &number, &err));
    assert_string_equal(err.text, "a Tensor with 2 elements cannot be converted to Scalar");
    int64_t whole[2];
    assert_ok(tensor_read_whole(two, whole, &err), &err);
    assert_true(whole[0] == 1 && whole[1] == 0);
    tensor_unref(two);
    tensor_unref(t);
}

static void refuses_impossible_sizes(void **state)
{
    struct error err = { 0 };
    struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .shape = SHAPE(2, -1) };
    assert_null(tensor_create(*state, &spec, &err));
    assert_string_equal(err.text, "Trying to create tensor with negative dimension -1: [2, -1]");
    spec.shape = SHAPE(INT64_MAX, 4);
    assert_null(tensor_create(*state, &spec, &err));
    assert_string_equal(err.text,
                        "Storage size calculation overflowed with sizes=[9223372036854775807, 4]");
    spec.shape = SHAPE(INT64_MAX / 8);
    assert_null(tensor_create(*state, &spec, &err));
    /* No memory, but a size that no trace could say. */
    spec.shape = SHAPE(INT64_MAX, 0);
    assert_null(tensor_create(*state, &spec, &err));
    spec.shape = SHAPE(INT64_C(1) << 53, 0);
    struct tensor *none = tensor_create(*state, &spec, &err);
    assert_ok(none, &err);
    assert_int_equal(none->count, 0);
    tensor_unref(none);
}

/* ---- memory of somebody else --------------------------------------------------------------------------- */

static void count_release(void *owner)
{
    ++*(int *)owner;
}

static void shares_foreign_memory(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    double memory[] = { 1, 2, 3, 4 };
    int released = 0;
    /* Backwards, as a NumPy view can be. */
    const struct tensor_memory lent = { .memory = memory,
                                        .elements = &memory[3],
                                        .bytes = sizeof(memory),
                                        .strides = { -1 },
                                        .release = count_release,
                                        .owner = &released };
    const struct tensor_spec spec = { .dtype = DTYPE_FLOAT64, .shape = SHAPE(4) };
    struct tensor *t = tensor_from_memory(engine, &spec, &lent, &err);
    assert_elements(t, ELEMENTS(4, 3, 2, 1));
    assert_ptr_equal(tensor_host_data(t), &memory[3]);
    assert_ok(compute_map2(t, MAP_MUL, operand_tensor(t), operand_real(10), &err), &err);
    assert_true(memory[0] == 10 && memory[3] == 40);
    struct tensor *view = tensor_alias(t);
    tensor_unref(t);
    assert_int_equal(released, 0);
    tensor_unref(view);
    assert_int_equal(released, 1);
    engine_destroy(engine);
}

static void opaque_memory_is_not_the_hosts(void **state)
{
    struct tensor *t = empty_of(*state, DTYPE_FLOAT32, SHAPE(2));
    assert_null(tensor_host_data(t));
    const pid_t child = fork();
    if (child == 0) {
        /* Must not come back; cmocka would catch the signal. */
        signal(SIGSEGV, SIG_DFL);
        const volatile float *elements = t->storage->data;
        _exit(elements[0] == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) > 1);
    tensor_unref(t);
}

/* ---- devices -------------------------------------------------------------------------------------------- */

static bool refuses_exp_and_products(const struct backend_query *query)
{
    return query->primitive == PRIMITIVE_GEMM || query->primitive == PRIMITIVE_REDUCE ||
           (query->primitive == PRIMITIVE_MAP && query->function == MAP_EXP);
}

static void count_fallback(void *context, const struct observed_fallback *fallback)
{
    assert_string_equal(fallback->backend->impl->device, "far");
    ++*(int *)context;
}

static struct engine *engine_with_far_device(struct tensor **far, struct error *err)
{
    const struct opaque_spec spec = { .device = "far", .refuses = refuses_exp_and_products };
    struct engine *engine = engine_create(err);
    assert_ok(engine_take_backend(engine, backend_opaque_create(&spec, err), err), err);
    struct backend *device = engine_find_backend(engine, "far", 0);
    assert_non_null(device);
    assert_null(engine_find_backend(engine, "far", 1));
    struct tensor *near = tensor_of(engine, DTYPE_FLOAT32, SHAPE(2, 2), ELEMENTS(0, 1, 2, 3));
    *far = tensor_create(
        engine,
        &(struct tensor_spec){ .dtype = DTYPE_FLOAT32, .shape = SHAPE(2, 2), .backend = device },
        err);
    assert_ok(compute_copy(*far, near, err), err);
    tensor_unref(near);
    return engine;
}

/* What the device cannot do runs on the CPU, and the observer hears of it. */
static void falls_back_to_the_cpu(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct tensor *far;
    int fallbacks = 0;
    const struct observer_calls calls = { .fell_back = count_fallback };
    const struct observer observer = { &calls, &fallbacks };
    struct engine *engine = engine_with_far_device(&far, &err);
    engine->observer = &observer;
    struct tensor_spec spec = tensor_spec_of(far);
    struct tensor *out = tensor_create(engine, &spec, &err);
    assert_ok(compute_map2(out, MAP_ADD, operand_tensor(far), operand_real(1), &err), &err);
    assert_int_equal(fallbacks, 0);
    struct tensor *far_t = turned(far, 0, 1);
    assert_ok(compute_gemm(out, &(struct compute_gemm){ far, far_t, 1, 0 }, &err), &err);
    assert_elements(out, ELEMENTS(1, 3, 3, 13));
    assert_int_equal(fallbacks, 1);
    spec.shape = SHAPE(1, 2);
    struct tensor *sum = tensor_create(engine, &spec, &err);
    assert_ok(compute_reduce(sum, &(struct compute_reduce){ REDUCE_SUM, far, NULL, 0 }, &err),
              &err);
    assert_elements(sum, ELEMENTS(2, 4));
    const struct compute_map exp = { .function = MAP_EXP,
                                     .dtype = DTYPE_FLOAT32,
                                     .in = { operand_tensor(sum) } };
    assert_ok(compute_map(sum, &exp, &err), &err);
    assert_int_equal(fallbacks, 3);
    engine->observer = NULL;
    tensor_unref(sum);
    tensor_unref(far_t);
    tensor_unref(out);
    tensor_unref(far);
    engine_destroy(engine);
}

static void keeps_devices_apart(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct tensor *far;
    struct engine *engine = engine_with_far_device(&far, &err);
    const struct tensor_spec spec = tensor_spec_of(far);
    struct tensor *out = tensor_create(engine, &spec, &err);
    struct tensor *near = tensor_of(engine, DTYPE_FLOAT32, SHAPE(2, 2), ELEMENTS(1, 1, 1, 1));
    struct tensor *scalar = tensor_of(engine, DTYPE_FLOAT32, SCALAR, ELEMENTS(10));
    assert_false(compute_map2(out, MAP_ADD, operand_tensor(far), operand_tensor(near), &err));
    assert_string_equal(err.text, "Expected all tensors to be on the same device, but found at "
                                  "least two devices, far:0 and cpu!");
    assert_ok(compute_map2(out, MAP_ADD, operand_tensor(far), operand_tensor(scalar), &err), &err);
    assert_elements(out, ELEMENTS(10, 11, 12, 13));
    struct backend *common;
    const struct operand both[] = { operand_tensor(scalar), operand_tensor(far) };
    assert_ok(compute_device(engine, both, 2, &common, &err), &err);
    assert_ptr_equal(common, tensor_backend(far));
    tensor_unref(scalar);
    tensor_unref(near);
    tensor_unref(out);
    tensor_unref(far);
    engine_destroy(engine);
}

static void refuses_plug_ins_of_another_make(void **state)
{
    (void)state;
    struct error err = { 0 };
    char interface[80];
    const struct backend_impl other = { .abi = BACKEND_ABI + 1, .size = 8, .device = "cuda" };
    assert_false(backend_check(&other, &err));
    snprintf(interface, sizeof(interface), "the plug-in for cuda was built for interface %d",
             BACKEND_ABI + 1);
    assert_non_null(strstr(err.text, interface));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(views_share_storage_and_version),
        TEST_ON_BOTH(data_has_its_own_version),
        TEST_ON_BOTH(hands_out_single_elements),
        TEST_ON_BOTH(refuses_impossible_sizes),
        cmocka_unit_test(shares_foreign_memory),
        cmocka_unit_test_setup_teardown(opaque_memory_is_not_the_hosts, engine_on_device,
                                        engine_gone),
        cmocka_unit_test(falls_back_to_the_cpu),
        cmocka_unit_test(keeps_devices_apart),
        cmocka_unit_test(refuses_plug_ins_of_another_make),
    };
    return test_run(tests);
}
