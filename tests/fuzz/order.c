/* What a runner is told, of any bytes: the order that comes first, then whatever it takes for a lesson is
 * split. The trace, which is what a runner tells, has targets of its own. */

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lessons/runner/cells.h"
#include "lessons/runner/order.h"

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct order order = { 0 };
    struct error err = { 0 };
    const int file = memfd_create("order", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, length) != (ssize_t)length ||
        lseek(file, 0, SEEK_SET) != 0) {
        abort();
    }
    if (order_read(&order, file, &err)) {
        struct lesson lesson = { 0 };
        MUST(order.path && order.length <= length);
        lesson_parse(&lesson, order.bytes, order.length, NULL);
        lesson_finish(&lesson);
    }
    close(file);
    free(order.path);
    free(order.bytes);
    return 0;
}
