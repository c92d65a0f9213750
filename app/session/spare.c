#include "app/session/spare.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "lessons/runner/client.h"
#include "lessons/runner/nursery.h"

struct spare {
    char *runner;
    struct nursery *nursery; /* NULL: nothing was asked for yet */
    bool numpy;              /* it has numpy */
};

struct spare *spare_create(const char *runner)
{
    struct spare *const spare = memory_allocate(1, sizeof(*spare));

    spare->runner = memory_copy_string(runner);
    return spare;
}

void spare_destroy(struct spare *spare)
{
    if (spare) {
        nursery_destroy(spare->nursery);
        free(spare->runner);
        free(spare);
    }
}

void spare_prepare(struct spare *spare, bool numpy)
{
    if (spare->nursery && (spare->numpy || !numpy) && nursery_is_alive(spare->nursery)) {
        return;
    }
    nursery_destroy(spare->nursery);
    spare->numpy = numpy;
    spare->nursery =
        nursery_start(&(struct client_options){ .runner = spare->runner, .numpy = numpy }, NULL);
}

struct client *spare_take(struct spare *spare, struct error *err)
{
    struct client_options options = { .runner = spare->runner, .stays = true };

    if (spare->nursery && nursery_is_ready(spare->nursery)) {
        options.nursery = spare->nursery;
        struct client *const client = client_start(&options, NULL);
        if (client) {
            return client;
        }
        options.nursery = NULL;
    }
    return client_start(&options, err);
}
