/* torch where there is no device: what it answers, and that nothing is opened before it is asked. */

#include "engine/devices.h"
#include "tests/torch_scripts.h"

static const char SENTENCE[] = "the lesson may not use a GPU";

static void nothing_is_asked_before_it_is_needed(void **state)
{
    const struct torch_host *host = *state;
    torch_host_run("import torch\n"
                   "x = torch.ones(2, device='cpu')\n"
                   "d = torch.device('cuda')\n"
                   "torch.manual_seed(0)\n"
                   "torch.cuda.manual_seed\n");
    assert_false(devices_asked(host->engine));
    assert_string_equal(devices_why(host->engine), "");
    torch_host_run("assert not torch.cuda.is_available()\n"
                   "del x, d\n");
    assert_true(devices_asked(host->engine));
    assert_string_equal(devices_why(host->engine), SENTENCE);
}

static void scripts_without_a_device_pass(void **state)
{
    (void)state;
    torch_scripts_pass("torch_no_cuda*.py", "");
}

static void a_plug_in_that_is_none_is_told(void **state)
{
    (void)state;
    const char *const plugins[][2] = {
        { "/nowhere/cuda.so",
          "Gradlight was built without its GPU plug-in: there is no /nowhere/cuda.so" },
        { "/etc/passwd", "the GPU plug-in cannot be loaded: /etc/passwd" },
        { "libm.so.6", "libm.so.6 is no GPU plug-in: it has no backend_open" },
    };
    for (size_t i = 0; i < sizeof(plugins) / sizeof(plugins[0]); i++) {
        struct error err = { 0 };
        struct engine *engine = engine_create(&err);
        devices_offer(engine, &(struct device_source){ .plugin = plugins[i][0] });
        assert_int_equal(devices_count(engine), 0);
        assert_memory_equal(devices_why(engine), plugins[i][1], strlen(plugins[i][1]));
        assert_null(devices_find(engine, 0));
        engine_destroy(engine);
    }
}

static int begin(void **state)
{
    static struct torch_host host;
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    devices_offer(engine, &(struct device_source){ .why = SENTENCE });
    torch_host_begin_on(&host, engine, &err);
    *state = &host;
    return 0;
}

static int end(void **state)
{
    torch_host_end(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_asked_before_it_is_needed),
        cmocka_unit_test(scripts_without_a_device_pass),
        cmocka_unit_test(a_plug_in_that_is_none_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
