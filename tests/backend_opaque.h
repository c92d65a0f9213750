#pragma once
/* A device that is the CPU, but whose memory nobody can read or write outside its own calls: tensors
 * live in pages that are locked between calls. Whoever touches an element behind the backend's back
 * (as would fail on a GPU) dies there and then. */

#include "engine/backend.h"

/* NULL with err when there is no memory for it. Its device is called "cpu", so that it can stand in
 * the CPU's place (engine_create_on), or `device` beside it; then `supports` answers no to whatever
 * `refuses` says yes to (NULL: to nothing). */
struct opaque_spec {
    const char *device;
    bool (*refuses)(const struct backend_query *query);
    int index; /* cuda:1 is 1 */
};

struct backend *backend_opaque_create(const struct opaque_spec *spec, struct error *err);

/* The device beside the CPU that a test of the engine runs on: the first one of the plug-in that
 * GRADLIGHT_TEST_PLUGIN names, or else an opaque one. NULL with err when there is none. */
struct backend *backend_of_tests(struct error *err);
