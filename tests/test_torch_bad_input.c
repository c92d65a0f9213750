#include "tests/torch_host.h"

#include <stdio.h>
#include <stdlib.h>

/* Usage: test_torch_bad_input [ONE_IN]: makes one of so many calls; without it a part. */

static void every_call_works_or_raises(void **state)
{
    char script[256];
    /* The sanitizer's own bound for each allocation stands in meson.build. */
    snprintf(script, sizeof(script),
             "import torch_bad_input\n"
             "if not %d:\n"
             "    torch_bad_input.limit_memory(1 << 30)\n"
             "print(torch_bad_input.run(of=%d), 'calls')\n",
             TEST_SANITIZED, *(const int *)*state);
    torch_host_run(script);
}

int main(int argc, char **argv)
{
    int one_in = argc > 1 ? atoi(argv[1]) : 11;
    static struct torch_host host;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_call_works_or_raises, &one_in),
    };
    setlocale(LC_ALL, "");
    torch_host_begin(&host);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
