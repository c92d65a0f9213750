#pragma once
/* What every fuzz target is: one input of any bytes, which must do no harm. libFuzzer's names, so
 * that the same files are linked with clang's fuzzer (-Dfuzz=true) and with driver.c, which knows
 * nothing of coverage but needs no more than a C compiler. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* An assertion that a release build keeps. */
#define MUST(holds)                                                             \
    do {                                                                        \
        if (!(holds)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds); \
            abort();                                                            \
        }                                                                       \
    } while (0)

/* Always 0; harm is a crash, a failed assertion, a report of a sanitizer, or no end. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
/* Once before the first input. */
int LLVMFuzzerInitialize(int *count, char ***words);
