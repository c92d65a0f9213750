/* A device's plug-in beside our CPU: bench_gpu PLUG-IN [quick]. A line for each size of what lessons do:
 * its name, milliseconds on the CPU (by the clock), on the device (by its events) and until the host had
 * queued it, what the device reached (GB/s or GFLOP/s), and by how much results differ, in units of what
 * rounding allows. Tabs between them, so that gpu_check.sh can set PyTorch's beside them. */

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/backend.h"
#include "engine/base/memory.h"
#include "engine/cpu/cpu.h"

enum { SKIPPED = 77, TENSORS = 20, MOST_RUNS = 30, WARM_UPS = 3 };

/* One device with what a row of the table computes with: float32 tensors, dense. */
struct bench {
    struct backend *backend;
    struct backend_view tensor[TENSORS];
    struct backend_event *begin, *end;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void must(enum backend_status status, const struct error *err)
{
    if (status != BACKEND_OK) {
        fprintf(stderr, "bench_gpu: %s\n", err->text);
        exit(1);
    }
}

/* ---- tensors ----------------------------------------------------------------------------------------- */

static int64_t count_of(const struct backend_view *view)
{
    int64_t count = 1;
    for (int d = 0; d < view->dims; d++) {
        count *= view->shape[d];
    }
    return count;
}

static struct backend_view shaped(int dims, int64_t a, int64_t b, int64_t c)
{
    struct backend_view view = { .dtype = DTYPE_FLOAT32, .dims = dims, .shape = { a, b, c } };
    int64_t stride = 1;
    for (int d = dims - 1; d >= 0; d--) {
        view.strides[d] = stride;
        stride *= view.shape[d];
    }
    return view;
}

/* Numbers about 0, the same on every device. */
static void tensor_make(struct bench *bench, int i, struct backend_view view)
{
    struct error err = { 0 };
    const int64_t count = count_of(&view);
    const size_t bytes = (size_t)count * sizeof(float);
    float *elements = malloc(bytes);
    uint64_t random = 88172645463325252u + (uint64_t)i;
    if (!elements) {
        fprintf(stderr, "bench_gpu: no memory\n");
        exit(1);
    }
    for (int64_t k = 0; k < count; k++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        elements[k] = (float)((double)(random >> 40) * 0x1p-24 - 0.5);
    }
    must(bench->backend->impl->alloc(bench->backend, bytes, &view.data, &err), &err);
    must(bench->backend->impl->write(bench->backend, view.data, elements, bytes, &err), &err);
    bench->tensor[i] = view;
    free(elements);
}

static void tensors_free(struct bench *bench)
{
    for (int i = 0; i < TENSORS; i++) {
        struct backend_view *const view = &bench->tensor[i];
        if (view->data) {
            bench->backend->impl->release(bench->backend, view->data,
                                          (size_t)count_of(view) * sizeof(float));
        }
        *view = (struct backend_view){ 0 };
    }
    if (bench->backend->impl->trim) {
        bench->backend->impl->trim(bench->backend);
    }
}

/* A matrix with its rows and columns exchanged; a row or column spread over a matrix. */
static struct backend_view turned(struct backend_view view)
{
    const int64_t size = view.shape[1], stride = view.strides[1];
    view.shape[1] = view.shape[2];
    view.strides[1] = view.strides[2];
    view.shape[2] = size;
    view.strides[2] = stride;
    return view;
}

static struct backend_view spread(struct backend_view view, int64_t rows, int64_t columns)
{
    for (int d = 1; d < 3; d++) {
        view.strides[d] = view.shape[d] == 1 ? 0 : view.strides[d];
    }
    view.shape[1] = rows;
    view.shape[2] = columns;
    return view;
}

/* ---- steps ---------------------------------------------------------------------------------------------- */

static void map(struct bench *bench, enum map_function function, const struct backend_view *out,
                const struct backend_view *a, const struct backend_view *b, double p)
{
    struct error err = { 0 };
    const struct backend_map call = { .function = function,
                                      .dtype = DTYPE_FLOAT32,
                                      .out = out,
                                      .in = { a, b },
                                      .number[1] = { .kind = NUMBER_REAL },
                                      .p = p };
    must(bench->backend->impl->map(bench->backend, &call, &err), &err);
}

static void reduce(struct bench *bench, enum reduce_function function,
                   const struct backend_view *out, const struct backend_view *in)
{
    struct error err = { 0 };
    const struct backend_reduce call = { .function = function, .out = out, .in = in };
    must(bench->backend->impl->reduce(bench->backend, &call, &err), &err);
}

static void gemm(struct bench *bench, const struct backend_view *out, struct backend_view a,
                 struct backend_view b)
{
    struct error err = { 0 };
    const struct backend_gemm call = { .out = out, .a = &a, .b = &b, .alpha = 1 };
    must(bench->backend->impl->gemm(bench->backend, &call, &err), &err);
}

/* Tensor 0 is what every row of the table computes last. */
static void run_matmul(struct bench *bench)
{
    gemm(bench, &bench->tensor[0], bench->tensor[1], bench->tensor[2]);
}

static void run_add(struct bench *bench)
{
    map(bench, MAP_ADD, &bench->tensor[0], &bench->tensor[1], &bench->tensor[2], 1);
}

static void run_mul(struct bench *bench)
{
    map(bench, MAP_MUL, &bench->tensor[0], &bench->tensor[1], &bench->tensor[2], 0);
}

static void run_exp(struct bench *bench)
{
    map(bench, MAP_EXP, &bench->tensor[0], &bench->tensor[1], NULL, 0);
}

static void run_sum(struct bench *bench)
{
    reduce(bench, REDUCE_SUM, &bench->tensor[0], &bench->tensor[1]);
}

/* out = softmax of in's rows; [rows, 1] in scratch. */
static void softmax(struct bench *bench, const struct backend_view *out,
                    const struct backend_view *in, const struct backend_view *scratch)
{
    const struct backend_view wide = spread(*scratch, in->shape[1], in->shape[2]);
    reduce(bench, REDUCE_MAX, scratch, in);
    map(bench, MAP_SUB, out, in, &wide, 1);
    map(bench, MAP_EXP, out, out, NULL, 0);
    reduce(bench, REDUCE_SUM_LANES, scratch, out);
    map(bench, MAP_DIV, out, out, &wide, 0);
}

static void run_softmax(struct bench *bench)
{
    softmax(bench, &bench->tensor[0], &bench->tensor[1], &bench->tensor[2]);
}

/* One layer: out = in·weight + bias. */
static void linear(struct bench *bench, const struct backend_view *out,
                   const struct backend_view *in, const struct backend_view *weight,
                   const struct backend_view *bias)
{
    const struct backend_view wide = spread(*bias, out->shape[1], out->shape[2]);
    gemm(bench, out, *in, *weight);
    map(bench, MAP_ADD, out, out, &wide, 1);
}

static void descend(struct bench *bench, const struct backend_view *weight,
                    const struct backend_view *slope)
{
    map(bench, MAP_ADD, weight, weight, slope, -1e-3);
}

enum { SCORES, INPUT, WEIGHT1, BIAS1, HIDDEN, WEIGHT2, BIAS2, TARGET, SCRATCH, SLOPE_HIDDEN };
enum { SLOPE_WEIGHT1 = SLOPE_HIDDEN + 1, SLOPE_BIAS1, SLOPE_WEIGHT2, SLOPE_BIAS2 };

/* Two layers with ReLU, the slope of cross entropy with softmax, and a step of gradient descent. */
static void run_training(struct bench *bench)
{
    struct backend_view *const t = bench->tensor;
    linear(bench, &t[HIDDEN], &t[INPUT], &t[WEIGHT1], &t[BIAS1]);
    map(bench, MAP_RELU, &t[HIDDEN], &t[HIDDEN], NULL, 0);
    linear(bench, &t[SCORES], &t[HIDDEN], &t[WEIGHT2], &t[BIAS2]);
    softmax(bench, &t[SCORES], &t[SCORES], &t[SCRATCH]);
    map(bench, MAP_SUB, &t[SCORES], &t[SCORES], &t[TARGET], 1);
    gemm(bench, &t[SLOPE_WEIGHT2], turned(t[HIDDEN]), t[SCORES]);
    reduce(bench, REDUCE_SUM, &t[SLOPE_BIAS2], &t[SCORES]);
    gemm(bench, &t[SLOPE_HIDDEN], t[SCORES], turned(t[WEIGHT2]));
    map(bench, MAP_RELU_GRAD, &t[SLOPE_HIDDEN], &t[SLOPE_HIDDEN], &t[HIDDEN], 0);
    gemm(bench, &t[SLOPE_WEIGHT1], turned(t[INPUT]), t[SLOPE_HIDDEN]);
    reduce(bench, REDUCE_SUM, &t[SLOPE_BIAS1], &t[SLOPE_HIDDEN]);
    descend(bench, &t[WEIGHT1], &t[SLOPE_WEIGHT1]);
    descend(bench, &t[BIAS1], &t[SLOPE_BIAS1]);
    descend(bench, &t[WEIGHT2], &t[SLOPE_WEIGHT2]);
    descend(bench, &t[BIAS2], &t[SLOPE_BIAS2]);
}

/* ---- the table's rows --------------------------------------------------------------------------------- */

static void make_three(struct bench *bench, int64_t n)
{
    for (int i = 0; i < 3; i++) {
        tensor_make(bench, i, shaped(1, n, 0, 0));
    }
}

static void make_sum(struct bench *bench, int64_t n)
{
    tensor_make(bench, 0, shaped(1, 1, 0, 0));
    tensor_make(bench, 1, shaped(1, n, 0, 0));
}

static void make_square(struct bench *bench, int64_t n)
{
    for (int i = 0; i < 3; i++) {
        tensor_make(bench, i, shaped(3, 1, n, n));
    }
}

static void make_softmax(struct bench *bench, int64_t rows)
{
    tensor_make(bench, 0, shaped(3, 1, rows, 1000));
    tensor_make(bench, 1, shaped(3, 1, rows, 1000));
    tensor_make(bench, 2, shaped(3, 1, rows, 1));
}

static void make_training(struct bench *bench, int64_t hidden)
{
    const int64_t in = 784, out = 10, rows = 64;
    tensor_make(bench, SCORES, shaped(3, 1, rows, out));
    tensor_make(bench, INPUT, shaped(3, 1, rows, in));
    tensor_make(bench, WEIGHT1, shaped(3, 1, in, hidden));
    tensor_make(bench, BIAS1, shaped(3, 1, 1, hidden));
    tensor_make(bench, HIDDEN, shaped(3, 1, rows, hidden));
    tensor_make(bench, WEIGHT2, shaped(3, 1, hidden, out));
    tensor_make(bench, BIAS2, shaped(3, 1, 1, out));
    tensor_make(bench, TARGET, shaped(3, 1, rows, out));
    tensor_make(bench, SCRATCH, shaped(3, 1, rows, 1));
    tensor_make(bench, SLOPE_HIDDEN, shaped(3, 1, rows, hidden));
    tensor_make(bench, SLOPE_WEIGHT1, shaped(3, 1, in, hidden));
    tensor_make(bench, SLOPE_BIAS1, shaped(3, 1, 1, hidden));
    tensor_make(bench, SLOPE_WEIGHT2, shaped(3, 1, hidden, out));
    tensor_make(bench, SLOPE_BIAS2, shaped(3, 1, 1, out));
}

/* `work` is what it moves or computes, per n or n³: bytes, or operations where `unit` says so. `allowed` is
 * the error that rounding excuses, against results of about 1. */
struct row {
    const char *name;
    void (*make)(struct bench *bench, int64_t n);
    void (*run)(struct bench *bench);
    int64_t sizes[6];
    double work;
    const char *unit;
    double allowed;
};

static const struct row rows[] = {
    { "matmul", make_square, run_matmul, { 128, 512, 1024, 2048, 4096 }, 2, "GFLOP/s", 1e-3 },
    { "add", make_three, run_add, { 10000, 100000, 1000000, 10000000, 100000000 }, 12, "GB/s", 0 },
    { "mul", make_three, run_mul, { 10000, 100000, 1000000, 10000000, 100000000 }, 12, "GB/s", 0 },
    { "exp", make_three, run_exp, { 10000, 100000, 1000000, 10000000, 100000000 }, 8, "GB/s", 0 },
    { "sum", make_sum, run_sum, { 10000, 100000, 1000000, 10000000, 100000000 }, 4, "GB/s", 1e-1 },
    { "softmax of rows of 1000", make_softmax, run_softmax, { 64, 4096 }, 20000, "GB/s", 0 },
    { "training step, hidden", make_training, run_training, { 128, 1024, 8192 }, 0, "", 1e-2 },
};

/* ---- measuring ------------------------------------------------------------------------------------------ */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return values[count / 2];
}

struct timing {
    double milliseconds, queued;
};

/* By the device's events where it has them. */
static struct timing run_once(struct bench *bench, const struct row *row)
{
    struct error err = { 0 };
    struct timing timing = { 0 };
    const struct backend_event_calls *const events = bench->backend->impl->events;
    const double begin = now();
    if (events) {
        must(events->record(bench->backend, bench->begin, &err), &err);
    }
    row->run(bench);
    if (events) {
        must(events->record(bench->backend, bench->end, &err), &err);
    }
    timing.queued = now() - begin;
    must(bench->backend->impl->sync(bench->backend, &err), &err);
    timing.milliseconds = now() - begin;
    if (events) {
        must(events->elapsed(bench->backend, bench->begin, bench->end, &timing.milliseconds, &err),
             &err);
    }
    return timing;
}

static struct timing measure(struct bench *bench, const struct row *row)
{
    double times[MOST_RUNS], queued[MOST_RUNS];
    const double begin = now();
    int runs = 0;
    for (int i = 0; i < WARM_UPS && now() - begin < 1000; i++) {
        run_once(bench, row);
    }
    while (runs < MOST_RUNS && (runs < 3 || now() - begin < 1500)) {
        const struct timing timing = run_once(bench, row);
        times[runs] = timing.milliseconds;
        queued[runs++] = timing.queued;
    }
    return (struct timing){ median(times, runs), median(queued, runs) };
}

static float *result_of(struct bench *bench)
{
    struct error err = { 0 };
    const struct backend_view *const view = &bench->tensor[0];
    const size_t bytes = (size_t)count_of(view) * sizeof(float);
    float *elements = memory_allocate(bytes, 1);
    must(bench->backend->impl->read(bench->backend, elements, view->data, bytes, &err), &err);
    return elements;
}

/* The largest difference between two results; nan where one is. */
static double difference(const float *a, const float *b, int64_t count)
{
    double worst = 0;
    for (int64_t i = 0; i < count; i++) {
        const double apart = fabs((double)a[i] - (double)b[i]);
        if (!(apart <= worst)) {
            worst = apart;
        }
    }
    return worst;
}

static bool measure_both(struct bench *cpu, struct bench *device, const struct row *row, int64_t n)
{
    row->make(cpu, n);
    row->make(device, n);
    run_once(cpu, row);
    run_once(device, row);
    float *const ours = result_of(cpu), *const theirs = result_of(device);
    const double apart = difference(ours, theirs, count_of(&cpu->tensor[0]));
    const bool good = apart <= row->allowed;
    free(ours);
    free(theirs);
    const struct timing host = measure(cpu, row), there = measure(device, row);
    const double work = strcmp(row->name, "matmul") == 0 ? 2.0 * (double)n * (double)n * (double)n
                                                         : row->work * (double)n;
    printf("%s %lld\t%.4f\t%.4f\t%.4f\t", row->name, (long long)n, host.milliseconds,
           there.milliseconds, there.queued);
    if (row->work > 0) {
        printf("%.0f %s", work / there.milliseconds * 1e-6, row->unit);
    }
    printf("\t%s\n", good ? (apart == 0 ? "same bits" : "within rounding") : "WRONG");
    fflush(stdout);
    tensors_free(cpu);
    tensors_free(device);
    return good;
}

/* ---- the program ----------------------------------------------------------------------------------------- */

static struct backend *open_device(const char *path)
{
    struct error err = { 0 };
    struct backend *device = NULL;
    void *const library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    backend_open_function *open = NULL;
    if (library) {
        *(void **)&open = dlsym(library, "backend_open");
    }
    if (!open) {
        fprintf(stderr, "bench_gpu: %s\n", dlerror());
        exit(1);
    }
    if (open(BACKEND_ABI, 0, &device, &err) != BACKEND_OK) {
        fprintf(stderr, "bench_gpu: %s\n", err.text);
        exit(SKIPPED);
    }
    return device;
}

static void add_events(struct bench *bench)
{
    struct error err = { 0 };
    const struct backend_event_calls *const events = bench->backend->impl->events;
    if (events) {
        must(events->create(bench->backend, &bench->begin, &err), &err);
        must(events->create(bench->backend, &bench->end, &err), &err);
    }
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fprintf(stderr, "usage: bench_gpu PLUG-IN [quick]\n");
        return 2;
    }
    const bool quick = count > 2 && strcmp(arguments[2], "quick") == 0;
    struct error err = { 0 };
    struct bench cpu = { .backend = cpu_create(&err) },
                 device = { .backend = open_device(arguments[1]) };
    bool good = cpu.backend;
    add_events(&device);
    for (size_t i = 0; good && i < sizeof(rows) / sizeof(*rows); i++) {
        for (int s = 0; s < (quick ? 1 : 6) && rows[i].sizes[s] > 0; s++) {
            good = measure_both(&cpu, &device, &rows[i], rows[i].sizes[s]) && good;
        }
    }
    if (device.begin) {
        device.backend->impl->events->destroy(device.backend, device.begin);
        device.backend->impl->events->destroy(device.backend, device.end);
    }
    device.backend->impl->destroy(device.backend);
    cpu.backend->impl->destroy(cpu.backend);
    return !good;
}
