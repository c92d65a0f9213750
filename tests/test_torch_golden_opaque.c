/* The operations, optimizers and trainings again, with every tensor in memory that only the device can
 * touch: that of the opaque device, or of GRADLIGHT_TEST_PLUGIN. */

#include "tests/backend_opaque.h"
#include "tests/torch_golden.h"

static void operations_are_pytorchs_on_a_device(void **state)
{
    torch_golden_compare(*state, "ops");
}

static void optimizers_are_pytorchs_on_a_device(void **state)
{
    torch_golden_compare(*state, "optim");
}

static void trainings_are_pytorchs_on_a_device(void **state)
{
    torch_golden_compare(*state, "training");
}

static int begin(void **state)
{
    static struct torch_host host;
    struct error err = { 0 };
    struct backend *device = backend_of_tests(&err);
    torch_host_begin_on(&host, device ? engine_create_on(device) : NULL, &err);
    *state = &host;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_pytorchs_on_a_device),
        cmocka_unit_test(optimizers_are_pytorchs_on_a_device),
        cmocka_unit_test(trainings_are_pytorchs_on_a_device),
    };
    setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, begin, NULL);
}
