#include "app/session/spare.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "lessons/runner/client.h"
#include "lessons/runner/nursery.h"

struct spare {
    char *runner;
    struct nursery *nursery; /* NULL: nothing was asked for yet */
    bool numpy;              /* it has numpy */
    char *folder;            /* that its runners may read; NULL: none */
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
        free(spare->folder);
        free(spare->runner);
        free(spare);
    }
}

/* What a runner may read is settled before it is split off. */
static bool has_folder(const struct spare *spare, const char *folder)
{
    return folder ? spare->folder && strcmp(spare->folder, folder) == 0 : !spare->folder;
}

void spare_prepare(struct spare *spare, const char *folder, bool numpy)
{
    if (spare->nursery && has_folder(spare, folder) && (spare->numpy || !numpy) &&
        nursery_is_alive(spare->nursery)) {
        return;
    }
    nursery_destroy(spare->nursery);
    spare->numpy = numpy;
    free(spare->folder);
    spare->folder = folder ? memory_copy_string(folder) : NULL;
    spare->nursery = nursery_start(
        &(struct client_options){ .runner = spare->runner, .folder = folder, .numpy = numpy },
        NULL);
}

struct client *spare_take(struct spare *spare, const char *folder, struct error *err)
{
    struct client_options options = { .runner = spare->runner, .folder = folder, .stays = true };

    if (spare->nursery && has_folder(spare, folder) && nursery_is_ready(spare->nursery)) {
        options.nursery = spare->nursery;
        struct client *const client = client_start(&options, NULL);
        if (client) {
            return client;
        }
        options.nursery = NULL;
    }
    return client_start(&options, err);
}
