#include "engine/probe/timing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/observer.h"
#include "engine/ops/ops.h"
#include "engine/tensor/storage.h"

enum { RUNS_LEAST = 5, RUNS_MOST = 25, OPERANDS_MOST = 2 };
/* In seconds: no run may take longer than the first, no size more than the second, and when the third
 * is over no further size is begun. */
static const double run_most = 0.05, size_most = 0.06, all_most = 1.2;

static const double sides[] = { 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048 };
static const double lengths[] = { 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304 };

/* One measurement under way. */
struct timing {
    struct engine *engine;
    const struct timing_question *question;
    const struct op *op;
    int operands;
    enum timing_unit unit;
    double started;
    bool fell_back; /* the device has left work to the CPU */
};

/* Of one size. */
struct timed {
    struct tensor *in[OPERANDS_MOST]; /* where it is computed */
    float *host; /* elements to copy there, and back; NULL: nothing is copied */
};

static double machine_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double now(const struct timing *timing)
{
    return timing->question->clock ? timing->question->clock() : machine_clock();
}

/* ---- operands -------------------------------------------------------------------------------- */

static struct tensor *operand_on(const struct timing *timing, struct backend *backend, double size,
                                 struct error *err)
{
    struct tensor_spec spec = { .dtype = DTYPE_FLOAT32, .backend = backend };
    const int64_t n = (int64_t)size;

    spec.shape =
        timing->unit == TIMING_SIDE ? (struct shape){ 2, { n, n } } : (struct shape){ 1, { n } };
    return tensor_full(timing->engine, &spec, number_real(0.5), err);
}

static void timed_finish(struct timed *timed)
{
    for (int i = 0; i < OPERANDS_MOST; i++) {
        tensor_unref(timed->in[i]);
    }
    free(timed->host);
}

static bool timed_make(struct timed *timed, const struct timing *timing, enum timing_curve curve,
                       double size, struct error *err)
{
    struct backend *const cpu = engine_cpu(timing->engine);
    struct backend *const backend = curve == TIMING_CPU ? cpu : timing->question->device;

    *timed = (struct timed){ 0 };
    for (int i = 0; i < timing->operands; i++) {
        if (!(timed->in[i] = operand_on(timing, backend, size, err))) {
            return false;
        }
    }
    if (curve == TIMING_COPIED) {
        timed->host = calloc(1, timed->in[0]->storage->bytes);
        return timed->host || error_set(err, "there is no memory for so many numbers");
    }
    return true;
}

/* ---- one run --------------------------------------------------------------------------------- */

static bool copy_there(const struct timed *timed, struct error *err)
{
    for (int i = 0; i < OPERANDS_MOST && timed->in[i]; i++) {
        struct storage *const to = timed->in[i]->storage;
        if (!storage_write(to, 0, timed->host, to->bytes, err)) {
            return false;
        }
    }
    return true;
}

/* A result of truths is smaller than what it was made of. */
static bool copy_back(const struct timed *timed, const struct storage *out, struct error *err)
{
    const size_t room = timed->in[0]->storage->bytes;

    return storage_read(out, 0, timed->host, out->bytes < room ? out->bytes : room, err);
}

static bool run(const struct timing *timing, const struct timed *timed, struct error *err)
{
    struct operand in[OPERANDS_MOST];

    for (int i = 0; i < timing->operands; i++) {
        in[i] = operand_tensor(timed->in[i]);
    }
    if (timed->host && !copy_there(timed, err)) {
        return false;
    }
    struct tensor *const out = op_apply_one(
        timing->engine,
        &(struct op_use){ .op = timing->op->id, .in = in, .in_count = timing->operands }, err);
    if (!out) {
        return false;
    }
    const bool fine =
        timed->host ? copy_back(timed, out->storage, err) : storage_wait(out->storage, err);
    tensor_unref(out);
    return fine;
}

static bool run_timed(const struct timing *timing, const struct timed *timed, double *seconds,
                      struct error *err)
{
    const double before = now(timing);
    const bool fine = run(timing, timed, err);

    *seconds = now(timing) - before;
    return fine;
}

/* The shortest of several runs after one that nobody looks at: what else the machine does only makes a run
 * longer. False when it takes too long, or fails: then err says why. */
static bool measure_size(const struct timing *timing, const struct timed *timed, double *ms,
                         struct error *err)
{
    double seconds, least = INFINITY, sum = 0;

    if (!run_timed(timing, timed, &seconds, err) || seconds > run_most) {
        return false;
    }
    for (int count = 0; count < RUNS_MOST && (count < RUNS_LEAST || sum < size_most); count++) {
        if (!run_timed(timing, timed, &seconds, err)) {
            return false;
        }
        least = fmin(least, seconds);
        sum += seconds;
    }
    *ms = least * 1e3;
    return least <= run_most;
}

/* ---- all sizes ------------------------------------------------------------------------------- */

static bool measure_curve(const struct timing *timing, enum timing_curve curve, double size,
                          double *ms, struct error *err)
{
    struct timed timed;
    const bool fine =
        timed_make(&timed, timing, curve, size, err) && measure_size(timing, &timed, ms, err);

    timed_finish(&timed);
    return fine;
}

/* What a device has to load before its first run is no part of any size. */
static bool warm_up(const struct timing *timing, enum timing_curve curve, double size,
                    struct error *err)
{
    struct timed timed;
    const bool fine = timed_make(&timed, timing, curve, size, err) && run(timing, &timed, err);

    timed_finish(&timed);
    return fine;
}

/* Curves grow together, so that each has its part of the time. */
static bool measure_all(struct timing *timing, struct timing_answer *out, struct error *err)
{
    const bool side = timing->unit == TIMING_SIDE;
    const double *const sizes = side ? sides : lengths;
    const int count = side ? sizeof(sides) / sizeof(*sides) : sizeof(lengths) / sizeof(*lengths);
    const int curves = timing->question->device ? TIMING_CURVES : TIMING_CPU + 1;
    bool going[TIMING_CURVES] = { false };

    for (int c = 0; c < curves; c++) {
        if (!warm_up(timing, (enum timing_curve)c, sizes[0], err)) {
            return false;
        }
        going[c] = true;
    }
    if (timing->fell_back) {
        return false;
    }
    timing->started = now(timing);
    for (int i = 0; i < count && now(timing) - timing->started < all_most; i++) {
        struct error end = { 0 };
        out->sizes[i] = sizes[i];
        for (int c = 0; c < curves; c++) {
            going[c] = going[c] &&
                       measure_curve(timing, (enum timing_curve)c, sizes[i], &out->ms[c][i], &end);
            out->counts[c] += going[c];
        }
    }
    return out->counts[TIMING_CPU] > 1 ||
           error_set(err, "one run of it takes too long on this machine to be repeated");
}

/* A row that needs no attributes: matrices, or element by element. */
static bool find_op(struct timing *timing, struct error *err)
{
    const char *const name = timing->question->op;

    for (int i = 0; i < OP_COUNT && !timing->op; i++) {
        timing->op = strcmp(op_table[i]->name, name) == 0 ? op_table[i] : NULL;
    }
    while (timing->op && timing->operands < OP_MAX_TEXTS &&
           timing->op->derivatives[timing->operands]) {
        timing->operands++;
    }
    const bool matrices = strcmp(name, "mm") == 0;
    timing->unit = matrices ? TIMING_SIDE : TIMING_ELEMENTS;
    return (timing->op && timing->operands > 0 && timing->operands <= OPERANDS_MOST &&
            (matrices || timing->op->provenance == PROVENANCE_MAP)) ||
           error_set(err, "only matrix products and operations element by element can be timed");
}

static void note_fallback(void *context, const struct observed_fallback *fallback)
{
    struct timing *const timing = context;

    timing->fell_back = timing->fell_back || fallback->backend != engine_cpu(timing->engine);
}

bool timing_measure(struct engine *engine, const struct timing_question *question,
                    struct timing_answer *out, struct error *err)
{
    static const struct observer_calls calls = { .fell_back = note_fallback };
    struct timing timing = { .engine = engine, .question = question };
    const struct observer *const listens = engine->observer;
    const struct observer own = { .calls = &calls, .context = &timing };
    const bool tracked = engine->grad_enabled;

    *out = (struct timing_answer){ 0 };
    if (!find_op(&timing, err)) {
        return false;
    }
    out->unit = timing.unit;
    engine->observer = &own;
    engine->quiet++;
    engine->grad_enabled = false;
    const bool fine = measure_all(&timing, out, err);
    engine->grad_enabled = tracked;
    engine->quiet--;
    engine->observer = listens;
    if (timing.fell_back) {
        return error_set(err, "the device leaves this operation to the CPU");
    }
    return fine;
}
