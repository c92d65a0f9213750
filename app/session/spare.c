#include "app/session/spare.h"

#include <stdlib.h>

#include "engine/base/memory.h"
#include "lessons/runner/client.h"

struct spare {
    char *runner;
    struct client *client; /* NULL: none is ready */
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
        client_destroy(spare->client);
        free(spare->runner);
        free(spare);
    }
}

static struct client *start(const struct spare *spare, bool numpy, struct error *err)
{
    return client_start(
        &(struct client_options){ .runner = spare->runner, .numpy = numpy, .stays = true }, err);
}

void spare_prepare(struct spare *spare, bool numpy)
{
    if (!spare->client) {
        spare->client = start(spare, numpy, NULL);
    }
}

struct client *spare_take(struct spare *spare, struct error *err)
{
    struct client *const ready = spare->client;

    spare->client = NULL;
    if (ready && client_waits(ready)) {
        return ready;
    }
    client_destroy(ready);
    return start(spare, false, err);
}
