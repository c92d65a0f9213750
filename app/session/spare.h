#pragma once
/* A runner started ahead: Python, numpy and the box are ready in it, and it waits for a lesson. So a run
 * begins at once. */

#include "engine/base/error.h"

struct client;
struct spare;

/* `runner`: path of gradlight-runner. Starts nothing yet. */
struct spare *spare_create(const char *runner);
void spare_destroy(struct spare *spare);

/* Starts one unless there is one; with numpy where the lesson will want it. One that cannot be started is not missed: spare_take says why. */
void spare_prepare(struct spare *spare, bool numpy);
/* The one that waits, else a new one; it stays for questions. NULL with the reason. */
struct client *spare_take(struct spare *spare, struct error *err);
