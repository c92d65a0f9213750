/* torch with two CUDA devices, which are the CPU in memory that nobody else can touch. */

#include "tests/backend_opaque.h"
#include "tests/torch_golden.h"
#include "tests/torch_scripts.h"

static void scripts_about_devices_pass(void **state)
{
    (void)state;
    torch_scripts_pass("torch_cuda*.py", "");
}

/* What holds of the CPU holds of a device: the same scripts, with everything created there. */
static void scripts_pass_on_a_device(void **state)
{
    (void)state;
    torch_host_run("import torch\ntorch.set_default_device('cuda')\n");
    torch_scripts_pass("torch_face*.py", "torch_cuda_scope");
    torch_host_run("torch.set_default_device(None)\n");
}

static void operations_are_pytorchs_on_a_device(void **state)
{
    torch_host_run("import torch\ntorch.set_default_device('cuda')\n");
    torch_golden_compare(*state, "ops");
    torch_host_run("torch.set_default_device(None)\n");
}

/* Device 0 does not sort, so that something is left to the CPU. */
static bool refuses_sort(const struct backend_query *query)
{
    return query->primitive == PRIMITIVE_SCAN && query->function == SCAN_SORT;
}

static int begin(void **state)
{
    static struct torch_host host;
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    for (int i = 0; i < 2; i++) {
        const struct opaque_spec spec = { "cuda", i == 0 ? refuses_sort : NULL, i };
        struct backend *backend = backend_opaque_create(&spec, &err);
        assert_true(backend && engine_take_backend(engine, backend, &err));
    }
    torch_host_begin_on(&host, engine, &err);
    *state = &host;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts_about_devices_pass),
        cmocka_unit_test(scripts_pass_on_a_device),
        cmocka_unit_test(operations_are_pytorchs_on_a_device),
    };
    setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, begin, NULL);
}
