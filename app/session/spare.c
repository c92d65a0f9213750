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
    char *folder;            /* that its runners stand in; NULL: none */
    bool reads_folder, strict, unboxed;
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

static bool is_for(const struct spare *spare, const struct spare_wish *wish)
{
    const char *const folder = wish->folder;

    if (spare->reads_folder != wish->reads_folder || spare->strict != wish->strict ||
        spare->unboxed != wish->unboxed) {
        return false;
    }
    return folder ? spare->folder && strcmp(spare->folder, folder) == 0 : !spare->folder;
}

void spare_prepare(struct spare *spare, const struct spare_wish *wish, bool numpy)
{
    if (spare->nursery && is_for(spare, wish) && (spare->numpy || !numpy) &&
        nursery_is_alive(spare->nursery)) {
        return;
    }
    nursery_destroy(spare->nursery);
    spare->numpy = numpy;
    free(spare->folder);
    spare->folder = wish->folder ? memory_copy_string(wish->folder) : NULL;
    spare->reads_folder = wish->reads_folder;
    spare->strict = wish->strict;
    spare->unboxed = wish->unboxed;
    spare->nursery = nursery_start(&(struct client_options){ .runner = spare->runner,
                                                             .folder = wish->folder,
                                                             .reads_folder = wish->reads_folder,
                                                             .strict = wish->strict,
                                                             .unboxed = wish->unboxed,
                                                             .numpy = numpy },
                                   NULL);
}

struct client *spare_take(struct spare *spare, const struct spare_wish *wish, struct error *err)
{
    struct client_options options = { .runner = spare->runner,
                                      .folder = wish->folder,
                                      .reads_folder = wish->reads_folder,
                                      .strict = wish->strict,
                                      .unboxed = wish->unboxed,
                                      .stays = true };

    if (spare->nursery && is_for(spare, wish) && nursery_is_ready(spare->nursery)) {
        options.nursery = spare->nursery;
        struct client *const client = client_start(&options, NULL);
        if (client) {
            return client;
        }
        options.nursery = NULL;
    }
    return client_start(&options, err);
}
