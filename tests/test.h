#pragma once
/* What every test file includes; the only file that includes cmocka.h, which needs the four
 * headers before it. A test file ends with
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = { cmocka_unit_test(reads_a_number) };
 *         return test_run(tests);
 *     }
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>

/* Runs an array of tests under the environment's locale, which tests/meson.build makes one with a
 * decimal comma: a number printed by way of the locale shows in every test. The value is main's. */
#define test_run(tests) (setlocale(LC_ALL, ""), cmocka_run_group_tests(tests, NULL, NULL))

/* Whether this is a build with the address sanitizer, whose memory no limit of ours can measure. */
#if defined(__SANITIZE_ADDRESS__)
#define TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_SANITIZED 1
#endif
#endif
#ifndef TEST_SANITIZED
#define TEST_SANITIZED 0
#endif
