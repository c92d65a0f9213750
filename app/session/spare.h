#pragma once
/* Runs begin at once: Python, the box and numpy are ready in a process of their own (a nursery), and a
 * runner is split off it for each run. */

#include "engine/base/error.h"

struct client;
struct spare;

/* `runner`: path of gradlight-runner. Starts nothing yet. */
struct spare *spare_create(const char *runner);
void spare_destroy(struct spare *spare);

/* What a runner is for; it is settled before the runner is split off. */
struct spare_wish {
    const char *folder; /* that its lesson stands in; NULL: none */
    bool reads_folder, strict, unboxed;
};

/* Makes ready what the next runs need, with numpy where the lesson will want it. What cannot be started is
 * not missed: spare_take says why. */
void spare_prepare(struct spare *spare, const struct spare_wish *wish, bool numpy);
/* A runner; one that is started anew where nothing is ready. It stays for questions. NULL with the
 * reason. */
struct client *spare_take(struct spare *spare, const struct spare_wish *wish, struct error *err);
