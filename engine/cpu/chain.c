#include "engine/cpu/private.h"

/* A chain of maps: their kernels, one after the other, on as many elements at a time as the nearest cache
 * holds together with the steps on the way. */

enum { PIECE = 512, STEPS = CHAIN_MAX_REGISTERS - CHAIN_MAX_VIEWS };

union element {
    float f32;
    double f64;
};

/* Where the registers' elements are, for one piece of a row. */
struct chain_run {
    const struct cpu *cpu;
    const struct backend_chain *chain;
    int64_t size;
    char *at[CHAIN_MAX_REGISTERS];
    int64_t step[CHAIN_MAX_REGISTERS];
    double room[STEPS][PIECE];
};

static void run_link(const struct chain_run *run, const struct backend_link *link, int64_t n)
{
    const enum dtype dtype = run->chain->dtype;
    union element numbers[3];
    struct map_row_call call = {
        .n = n, .out = run->at[link->out], .out_step = run->step[link->out], .p = link->p
    };
    for (int k = 0; k < map_row(link->function)->inputs; k++) {
        if (link->in[k] >= 0) {
            call.in[k] = run->at[link->in[k]];
            call.in_step[k] = run->step[link->in[k]];
        } else if (dtype == DTYPE_FLOAT32) {
            numbers[k].f32 = (float)link->number[k];
            call.in[k] = &numbers[k];
        } else {
            numbers[k].f64 = link->number[k];
            call.in[k] = &numbers[k];
        }
    }
    map_kernel *kernel = link->function == MAP_COPY ? run->cpu->kernels->copy(dtype, dtype)
                                                    : run->cpu->kernels->map(link->function, dtype);
    kernel(&call);
}

static void run_row(struct chain_run *run, int64_t length)
{
    for (int64_t from = 0; from < length; from += PIECE) {
        const int64_t n = length - from < PIECE ? length - from : PIECE;
        for (int i = 0; i < run->chain->count; i++) {
            run_link(run, &run->chain->links[i], n);
        }
        for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
            if (run->at[v]) {
                run->at[v] += n * run->step[v] * run->size;
            }
        }
    }
}

enum backend_status cpu_chain(struct backend *backend, const struct backend_chain *chain,
                              struct error *err)
{
    (void)err;
    struct chain_run run;
    run.cpu = cpu_of(backend);
    run.chain = chain;
    run.size = (int64_t)cpu_size(chain->dtype);
    for (int i = 0; i < STEPS; i++) {
        run.at[CHAIN_MAX_VIEWS + i] = (char *)run.room[i];
        run.step[CHAIN_MAX_VIEWS + i] = 1;
    }
    struct walk walk;
    walk_init(&walk, chain->views, CHAIN_MAX_VIEWS);
    walk_join(&walk);
    if (walk.empty) {
        return BACKEND_OK;
    }
    const int inner = walk.dims - 1;
    struct odometer odometer = { .dims = inner > 0 ? inner : 0 };
    do {
        for (int v = 0; v < CHAIN_MAX_VIEWS; v++) {
            const struct backend_view *view = chain->views[v];
            run.at[v] = view ? (char *)view->data + odometer.offset[v] * run.size : NULL;
            run.step[v] = inner >= 0 ? walk.strides[v][inner] : 1;
        }
        run_row(&run, inner >= 0 ? walk.shape[inner] : 1);
    } while (odometer_next(&odometer, &walk));
    return BACKEND_OK;
}
