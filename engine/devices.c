#include "engine/devices.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/observer.h"

static const char DEVICE[] = "cuda";

void devices_offer(struct engine *engine, const struct device_source *source)
{
    assert(!engine->devices_asked);
    engine->device_source = *source;
}

static backend_open_function *plugin_load(const char *path, struct error *err)
{
    /* Never closed: what it has started (a driver's threads) cannot be taken back. */
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    backend_open_function *open = NULL;
    if (!library && access(path, F_OK) != 0) {
        error_set(err, "Gradlight was built without its GPU plug-in: there is no %s", path);
        return NULL;
    }
    if (!library) {
        error_set(err, "the GPU plug-in cannot be loaded: %s", dlerror());
        return NULL;
    }
    void *symbol = dlsym(library, "backend_open");
    if (!symbol) {
        error_set(err, "%s is no GPU plug-in: it has no backend_open", path);
        return NULL;
    }
    /* C knows no cast from an object's address to a function's; POSIX promises that they are alike. */
    _Static_assert(sizeof(open) == sizeof(symbol), "dlsym returns functions as well");
    memcpy(&open, &symbol, sizeof(open));
    return open;
}

/* Whether the program may work with it. */
static bool is_welcome(const struct engine *engine, struct backend *backend, struct error *err)
{
    struct backend_info info = { 0 };
    if (!backend_check(backend->impl, err)) {
        return false;
    }
    backend->impl->info(backend, &info);
    return !info.emulated || engine->device_source.emulated ||
           error_set(err, "the GPU plug-in is a simulation for tests");
}

static void open_all(struct engine *engine, struct error *err)
{
    const struct device_source *source = &engine->device_source;
    if (!source->plugin) {
        error_set(err, "%s", source->why ? source->why : "this program was built without a GPU");
        return;
    }
    backend_open_function *open = plugin_load(source->plugin, err);
    for (int index = 0; open && engine->backend_count < ENGINE_MAX_BACKENDS; index++) {
        struct backend *backend = NULL;
        if (open(BACKEND_ABI, index, &backend, err) != BACKEND_OK) {
            return;
        }
        if (!is_welcome(engine, backend, err)) {
            backend->impl->destroy(backend);
            return;
        }
        engine_take_backend(engine, backend, err);
    }
}

static int count_backends(const struct engine *engine)
{
    int count = 0;
    for (int i = 1; i < engine->backend_count; i++) {
        count += strcmp(engine->backends[i]->impl->device, DEVICE) == 0;
    }
    return count;
}

int devices_count(struct engine *engine)
{
    if (engine->devices_asked) {
        return count_backends(engine);
    }
    engine->devices_asked = true;
    engine->devices_why = (struct error){ 0 };
    if (count_backends(engine) == 0) {
        open_all(engine, &engine->devices_why);
    }
    if (OBSERVED(engine, asked_for_devices)) {
        engine->observer->calls->asked_for_devices(engine->observer->context);
    }
    return count_backends(engine);
}

bool devices_asked(const struct engine *engine)
{
    return engine->devices_asked;
}

const char *devices_why(const struct engine *engine)
{
    return count_backends(engine) == 0 ? engine->devices_why.text : "";
}

struct backend *devices_find(struct engine *engine, int index)
{
    return devices_count(engine) > 0 ? engine_find_backend(engine, DEVICE, index) : NULL;
}
