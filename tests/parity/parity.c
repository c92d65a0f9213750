/* parity PLUG-IN [quick] [PART...]      0: as the CPU, 1: not so, 77: there is no such device (skipped)
 *
 * Prints a table; its lines are named in `parts`. */

#include "tests/parity/parity.h"

#include <dlfcn.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/cpu/cpu.h"
#include "engine/cpu/value.h"
#include "engine/tensor/dtype.h"

enum { SKIPPED = 77, MOST_SHOWN = 30 };

static const struct part {
    const char *name;
    void (*run)(struct parity *p);
} parts[] = {
    { "maps", parity_maps },
    { "copies", parity_copies },
    { "reductions", parity_reductions },
    { "products", parity_products },
    { "indices", parity_indices },
    { "scans", parity_scans },
    { "factors", parity_factors },
    { "rows", parity_rows },
    { "chains", parity_chains },
    { "errors", parity_errors },
    { "memory", parity_memory },
    { "events", parity_events },
    { "loss", parity_loss },
};

/* ---- one call ---------------------------------------------------------------------------------------- */

void parity_name(struct parity *p, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(p->what, sizeof(p->what), format, arguments);
    va_end(arguments);
    p->failed = false;
}

void parity_fail(struct parity *p, const char *format, ...)
{
    va_list arguments;
    p->line.wrong += !p->failed;
    p->failed = true;
    if (p->shown++ >= MOST_SHOWN) {
        return;
    }
    printf("  %s: ", p->what);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

bool parity_covers(struct parity *p, enum backend_primitive primitive, int function,
                   enum dtype dtype)
{
    const struct backend_query query = { primitive, function, dtype, NULL };
    struct backend *const cpu = p->side[PARITY_CPU], *const device = p->side[PARITY_DEVICE];
    if (!cpu->impl->supports(cpu, &query)) {
        return false;
    }
    const bool covered = device->impl->supports(device, &query);
    p->line.covered += covered;
    p->line.uncovered += !covered;
    return covered;
}

bool parity_ended(struct parity *p, enum backend_status cpu, enum backend_status device)
{
    struct backend *backend = p->side[PARITY_DEVICE];
    struct error *err = &p->err[PARITY_DEVICE];
    p->line.calls++;
    if (device == BACKEND_OK) {
        device = backend->impl->sync(backend, err);
    }
    if (cpu != device) {
        parity_fail(p, "status %d (%s), the CPU's %d (%s)", (int)device, err->text, (int)cpu,
                    p->err[PARITY_CPU].text);
        return false;
    }
    if (cpu != BACKEND_OK && strcmp(err->text, p->err[PARITY_CPU].text) != 0) {
        parity_fail(p, "\"%s\", the CPU says \"%s\"", err->text, p->err[PARITY_CPU].text);
    }
    return cpu == BACKEND_OK;
}

/* ---- elements ------------------------------------------------------------------------------------------ */

struct comparison {
    enum dtype dtype;
    const void *ours, *cpus, *bounds;
    const struct parity_tolerance *tolerance;
    double worst;
};

/* How far a real may be away: nothing is relative to less than the smallest normal number. */
static double allowed_at(const struct comparison *c, int64_t i, double wanted)
{
    const double least = c->dtype == DTYPE_FLOAT32 ? 0x1p-126 : 0x1p-1022;
    const double bound = c->bounds ? value_at(c->bounds, c->dtype, i).real : 0;
    return c->tolerance->relative * fmax(fabs(wanted), least) +
           c->tolerance->scale * fmax(bound, least);
}

static bool is_exact(const struct comparison *c)
{
    return c->tolerance->relative == 0 && c->tolerance->scale == 0;
}

/* A nan is only as good as a nan, whatever its payload; an infinity as itself. */
static bool agree(struct comparison *c, int64_t i)
{
    const struct value ours = value_at(c->ours, c->dtype, i), cpus = value_at(c->cpus, c->dtype, i);
    if (!ours.is_real) {
        return ours.whole == cpus.whole;
    }
    if (isnan(ours.real) || isnan(cpus.real)) {
        return isnan(ours.real) && isnan(cpus.real);
    }
    if (is_exact(c)) {
        return memcmp(&ours.real, &cpus.real, sizeof(double)) == 0;
    }
    if (ours.real == cpus.real || isinf(ours.real) || isinf(cpus.real)) {
        return ours.real == cpus.real;
    }
    const double error = fabs(ours.real - cpus.real), allowed = allowed_at(c, i, cpus.real);
    c->worst = fmax(c->worst, error / allowed);
    return error <= allowed;
}

static void show_difference(struct parity *p, const struct comparison *c, int64_t i, int64_t count)
{
    const struct value ours = value_at(c->ours, c->dtype, i), cpus = value_at(c->cpus, c->dtype, i);
    if (ours.is_real) {
        parity_fail(p, "element %lld of %lld in memory is %.17g, the CPU's %.17g", (long long)i,
                    (long long)count, ours.real, cpus.real);
    } else {
        parity_fail(p, "element %lld of %lld in memory is %lld, the CPU's %lld", (long long)i,
                    (long long)count, (long long)ours.whole, (long long)cpus.whole);
    }
}

void parity_compare(struct parity *p, const struct parity_operand *operand,
                    const struct parity_tolerance *tolerance)
{
    void *const ours = operand_read(p, operand, PARITY_DEVICE);
    void *const cpus = operand_read(p, operand, PARITY_CPU);
    void *const bounds = tolerance->bound ? operand_read(p, tolerance->bound, PARITY_CPU) : NULL;
    struct comparison c = { operand->view[0].dtype, ours, cpus, bounds, tolerance, 0 };
    const int64_t count = (int64_t)(operand->bytes / dtype_size(c.dtype));
    for (int64_t i = 0; i < count; i++) {
        if (!agree(&c, i)) {
            show_difference(p, &c, i, count);
            break;
        }
    }
    p->line.worst = fmax(p->line.worst, c.worst);
    free(bounds);
    free(cpus);
    free(ours);
}

/* ---- the device ------------------------------------------------------------------------------------------ */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* NULL, having said why, if there is none. */
static struct backend *open_device(const char *path)
{
    struct error err = { 0 };
    struct backend *device = NULL;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    backend_open_function *open = NULL;
    if (library) {
        *(void **)&open = dlsym(library, "backend_open");
    }
    if (!open) {
        printf("%s\n", dlerror());
        return NULL;
    }
    if (open(BACKEND_ABI, 0, &device, &err) != BACKEND_OK || !backend_check(device->impl, &err)) {
        printf("%s\n", err.text);
        return NULL;
    }
    return device;
}

static bool is_wanted(const char *name, int count, char **names)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return count == 0;
}

static int run_parts(struct parity *p, int count, char **names)
{
    int wrong = 0;
    printf("%-12s %8s %8s %8s %8s %10s %8s\n", "", "here", "on CPU", "calls", "wrong", "of allowed",
           "seconds");
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (!is_wanted(parts[i].name, count, names)) {
            continue;
        }
        const double begin = now();
        p->line = (struct parity_line){ .name = parts[i].name };
        parts[i].run(p);
        printf("%-12s %8d %8d %8d %8d %10.3f %8.2f\n", parts[i].name, p->line.covered,
               p->line.uncovered, p->line.calls, p->line.wrong, p->line.worst, now() - begin);
        wrong += p->line.wrong;
    }
    return wrong;
}

int main(int count, char **arguments)
{
    struct parity p = { .random = 88172645463325252u };
    struct backend_info info;
    if (count < 2) {
        fprintf(stderr, "usage: parity PLUG-IN [quick] [PART...]\n");
        return 2;
    }
    setenv("GRADLIGHT_GEMM", "exact", 1);
    p.quick = count > 2 && strcmp(arguments[2], "quick") == 0;
    p.side[PARITY_CPU] = cpu_create(&p.err[PARITY_CPU]);
    unsetenv("GRADLIGHT_GEMM"); /* the device shows what it uses */
    p.side[PARITY_DEVICE] = open_device(arguments[1]);
    if (!p.side[PARITY_CPU] || !p.side[PARITY_DEVICE]) {
        return SKIPPED;
    }
    p.side[PARITY_DEVICE]->impl->info(p.side[PARITY_DEVICE], &info);
    p.emulated = info.emulated;
    printf("%s\n", info.name);
    const int first = p.quick ? 3 : 2;
    const int wrong = run_parts(&p, count - first, arguments + first);
    p.side[PARITY_DEVICE]->impl->destroy(p.side[PARITY_DEVICE]);
    p.side[PARITY_CPU]->impl->destroy(p.side[PARITY_CPU]);
    printf(wrong > 0 ? "%d calls are not as on the CPU\n" : "as on the CPU\n", wrong);
    return wrong > 0;
}
