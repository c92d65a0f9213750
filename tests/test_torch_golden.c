#include "tests/torch_golden.h"

#define GOLDEN_TEST(test, kind)              \
    static void test(void **state)           \
    {                                        \
        torch_golden_compare(*state, #kind); \
    }

GOLDEN_TEST(course_scripts_print_what_pytorch_prints, course)
GOLDEN_TEST(errors_are_pytorchs, errors)
GOLDEN_TEST(graphs_are_pytorchs, graph)
GOLDEN_TEST(operations_are_pytorchs, ops)
GOLDEN_TEST(optimizers_are_pytorchs, optim)
GOLDEN_TEST(printed_tensors_are_pytorchs, print)
GOLDEN_TEST(programs_print_what_pytorch_prints, programs)
GOLDEN_TEST(refusals_are_pytorchs, refusals)
GOLDEN_TEST(random_numbers_are_pytorchs, rng)
GOLDEN_TEST(texts_are_pytorchs, text)
GOLDEN_TEST(trainings_are_pytorchs, training)

static int begin(void **state)
{
    static struct torch_host host;
    torch_host_begin(&host);
    *state = &host;
    return 0;
}

/* Python is not ended here: a hook of some case holds the tensor that holds the hook. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(course_scripts_print_what_pytorch_prints),
        cmocka_unit_test(errors_are_pytorchs),
        cmocka_unit_test(graphs_are_pytorchs),
        cmocka_unit_test(operations_are_pytorchs),
        cmocka_unit_test(optimizers_are_pytorchs),
        cmocka_unit_test(printed_tensors_are_pytorchs),
        cmocka_unit_test(programs_print_what_pytorch_prints),
        cmocka_unit_test(refusals_are_pytorchs),
        cmocka_unit_test(random_numbers_are_pytorchs),
        cmocka_unit_test(texts_are_pytorchs),
        cmocka_unit_test(trainings_are_pytorchs),
    };
    setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, begin, NULL);
}
