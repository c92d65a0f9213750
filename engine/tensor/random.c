#include "engine/tensor/random.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/tensor/block_normal.h"
#include "engine/tensor/narrow.h"
#include "engine/tensor/random_draw.h"

/* ---- MT19937 -------------------------------------------------------------------------------------- */

enum { SHIFT = 397 };

void generator_seed(struct generator *generator, uint64_t seed)
{
    uint32_t word = (uint32_t)seed;
    generator->state[0] = word;
    for (uint32_t i = 1; i < GENERATOR_WORDS; i++) {
        word = 1812433253u * (word ^ (word >> 30)) + i;
        generator->state[i] = word;
    }
    generator->next = GENERATOR_WORDS;
    generator->seed = seed;
    generator->has_normal = false;
}

static uint32_t renewed(uint32_t word, uint32_t next, uint32_t shifted)
{
    const uint32_t mixed = (word & 0x80000000u) | (next & 0x7fffffffu);
    return shifted ^ (mixed >> 1) ^ (-(next & 1) & 0x9908b0dfu);
}

/* Word i of word i + 1 and of word i + SHIFT, all counted round. */
static void generator_renew(struct generator *generator)
{
    uint32_t *state = generator->state;
    const int last = GENERATOR_WORDS - 1, wrap = GENERATOR_WORDS - SHIFT;
    for (int i = 0; i < wrap; i++) {
        state[i] = renewed(state[i], state[i + 1], state[i + SHIFT]);
    }
    for (int i = wrap; i < last; i++) {
        state[i] = renewed(state[i], state[i + 1], state[i - wrap]);
    }
    state[last] = renewed(state[last], state[0], state[last - wrap]);
    generator->next = 0;
}

uint32_t generator_next32(struct generator *generator)
{
    if (generator->next >= GENERATOR_WORDS) {
        generator_renew(generator);
    }
    uint32_t word = generator->state[generator->next++];
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680u;
    word ^= (word << 15) & 0xefc60000u;
    return word ^ (word >> 18);
}

uint64_t generator_next64(struct generator *generator)
{
    const uint64_t high = generator_next32(generator);
    return high << 32 | generator_next32(generator);
}

/* ---- drawing into a host buffer, then writing it ---------------------------------------------------- */

/* Whether the elements fill one piece of memory without gaps, in whatever order: then PyTorch visits
 * them as they lie. */
static bool is_dense(const struct tensor *tensor)
{
    bool taken[BACKEND_MAX_DIMS] = { false };
    int64_t step = 1;
    for (int placed = 0; placed < tensor->shape.dims; placed++) {
        int found = -1;
        for (int d = 0; d < tensor->shape.dims && found < 0; d++) {
            const bool fits = tensor->shape.size[d] == 1 || tensor->strides[d] == step;
            found = !taken[d] && fits ? d : -1;
        }
        if (found < 0) {
            return false;
        }
        taken[found] = true;
        step *= tensor->shape.size[found];
    }
    return true;
}

bool random_draw_into(struct tensor *out, const struct draw *draw, struct error *err)
{
    if (out->count == 0) {
        return true;
    }
    /* Narrow floats are drawn as float32, and rounded once. */
    const bool rounds = dtype_is_narrow(out->dtype) && draw->dtype == DTYPE_FLOAT32;
    void *elements = malloc((size_t)out->count * dtype_size(draw->dtype));
    if (!elements) {
        return error_set_kind(err, ERROR_MEMORY, "no memory for %" PRId64 " random numbers",
                              out->count);
    }
    draw->fill(draw, elements, out->count);
    if (rounds) {
        void *const wide = elements;
        elements = memory_allocate((size_t)out->count, dtype_size(out->dtype));
        narrow_cut(out->dtype, wide, elements, (size_t)out->count);
        free(wide);
    }
    bool ok;
    if (!tensor_is_contiguous(out) && is_dense(out)) {
        const struct shape flat = { 1, { out->count } };
        struct tensor *memory = tensor_view(out, &flat, (int64_t[]){ 1 }, out->offset);
        ok = tensor_write(memory, elements, err);
        tensor_unref(memory);
    } else {
        ok = tensor_write(out, elements, err);
    }
    free(elements);
    return ok;
}

bool random_only_floats(const char *what, const struct tensor *out, struct error *err)
{
    return dtype_is_float(out->dtype) ||
           error_set(err, "\"%s\" not implemented for '%s'", what, dtype_type_name(out->dtype));
}

/* ---- uniform ---------------------------------------------------------------------------------------- */

static void fill_uniform(const struct draw *draw, void *elements, int64_t count)
{
    if (draw->dtype == DTYPE_FLOAT64) {
        for (int64_t i = 0; i < count; i++) {
            ((double *)elements)[i] =
                fma(random_uniform64(draw->generator), draw->b - draw->a, draw->a);
        }
        return;
    }
    const float from = (float)draw->a, range = (float)draw->b - from;
    for (int64_t i = 0; i < count; i++) {
        ((float *)elements)[i] = fmaf(random_uniform32(draw->generator), range, from);
    }
}

bool random_uniform(struct generator *generator, struct tensor *out, double from, double to,
                    struct error *err)
{
    if (!random_only_floats("check_uniform_bounds", out, err)) {
        return false;
    }
    if (!(from <= to)) {
        struct text text = { 0 };
        text_append_number(&text, from);
        text_append_string(&text, " > to=");
        text_append_number(&text, to);
        error_set(err, "uniform_ expects to return a [from, to) range, but found from=%s",
                  text_string(&text));
        text_finish(&text);
        return false;
    }
    const struct draw draw = { .generator = generator,
                               .dtype = dtype_widened(out->dtype),
                               .a = from,
                               .b = to,
                               .fill = fill_uniform };
    return random_draw_into(out, &draw, err);
}

/* ---- normal ----------------------------------------------------------------------------------------- */

/* One of a pair; the other waits in the generator for the next call. */
static double normal64(struct generator *generator)
{
    if (generator->has_normal) {
        generator->has_normal = false;
        return generator->normal;
    }
    const double u1 = random_uniform64(generator);
    const double u2 = random_uniform64(generator);
    const double radius = sqrt(-2.0 * log1p(-u2));
    const double angle = 2.0 * 3.14159265358979323846 * u1;
    generator->normal = radius * sin(angle);
    generator->has_normal = true;
    return radius * cos(angle);
}

static void fill_normal_scalar(const struct draw *draw, void *elements, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const double value = fma(normal64(draw->generator), draw->b, draw->a);
        if (draw->dtype == DTYPE_FLOAT64) {
            ((double *)elements)[i] = value;
        } else {
            ((float *)elements)[i] = (float)value;
        }
    }
}

/* Blocks of 16 uniforms become blocks of 16 normals; the last, if it is not full, is the last 16
 * elements drawn anew. */
static void fill_normal_blocks(const struct draw *draw, void *elements, int64_t count)
{
    const bool wide = draw->dtype == DTYPE_FLOAT64;
    float *const narrow_out = elements;
    double *const wide_out = elements;
    for (int64_t i = 0; i < count; i++) {
        if (wide) {
            wide_out[i] = random_uniform64(draw->generator);
        } else {
            narrow_out[i] = random_uniform32(draw->generator);
        }
    }
    for (int64_t i = 0; i + NORMAL_BLOCK <= count; i += NORMAL_BLOCK) {
        if (wide) {
            normal_block64(wide_out + i, draw->a, draw->b);
        } else {
            normal_block32(narrow_out + i, (float)draw->a, (float)draw->b);
        }
    }
    if (count % NORMAL_BLOCK == 0) {
        return;
    }
    const int64_t tail = count - NORMAL_BLOCK;
    for (int64_t i = tail; i < count; i++) {
        if (wide) {
            wide_out[i] = random_uniform64(draw->generator);
        } else {
            narrow_out[i] = random_uniform32(draw->generator);
        }
    }
    if (wide) {
        normal_block64(wide_out + tail, draw->a, draw->b);
    } else {
        normal_block32(narrow_out + tail, (float)draw->a, (float)draw->b);
    }
}

static bool normal(const struct draw *draw, struct tensor *out, struct error *err)
{
    if (!random_only_floats("normal_kernel_cpu", out, err)) {
        return false;
    }
    if (!(draw->b >= 0)) {
        struct text std = { 0 };
        text_append_number(&std, draw->b);
        error_set(err, "normal expects std >= 0.0, but found std %s", text_string(&std));
        text_finish(&std);
        return false;
    }
    return random_draw_into(out, draw, err);
}

bool random_normal_scalar(struct generator *generator, struct tensor *out, double mean, double std,
                          struct error *err)
{
    const struct draw draw = { .generator = generator,
                               .dtype = dtype_widened(out->dtype),
                               .a = mean,
                               .b = std,
                               .fill = fill_normal_scalar };
    return normal(&draw, out, err);
}

bool random_normal(struct generator *generator, struct tensor *out, double mean, double std,
                   struct error *err)
{
    const struct draw draw = { .generator = generator,
                               .dtype = dtype_widened(out->dtype),
                               .a = mean,
                               .b = std,
                               .fill = fill_normal_blocks };
    if (out->count < NORMAL_BLOCK || !tensor_is_contiguous(out)) {
        return random_normal_scalar(generator, out, mean, std, err);
    }
    return normal(&draw, out, err);
}

/* ---- whole numbers ------------------------------------------------------------------------------------ */

static void fill_integers(const struct draw *draw, void *elements, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const uint64_t word = draw->range >> 32 ? generator_next64(draw->generator)
                                                : generator_next32(draw->generator);
        const uint64_t value = draw->range == 0 ? word : word % draw->range;
        random_put_whole(draw->dtype, elements, i, (int64_t)((uint64_t)draw->low + value));
    }
}

bool random_integers(struct generator *generator, struct tensor *out, int64_t low, int64_t high,
                     struct error *err)
{
    if (low >= high) {
        return error_set(err,
                         "random_ expects 'from' to be less than 'to', but got from=%" PRId64
                         " >= to=%" PRId64,
                         low, high);
    }
    const struct draw draw = { .generator = generator,
                               .dtype = out->dtype,
                               .low = low,
                               .range = (uint64_t)high - (uint64_t)low,
                               .fill = fill_integers };
    return random_draw_into(out, &draw, err);
}

static void swap_elements(char *a, char *b, size_t size)
{
    char kept[sizeof(double)];
    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

static void fill_permutation(const struct draw *draw, void *elements, int64_t count)
{
    const size_t size = dtype_size(draw->dtype);
    char *const bytes = elements;
    for (int64_t i = 0; i < count; i++) {
        random_put_whole(draw->dtype, elements, i, i);
    }
    for (int64_t i = 0; i + 1 < count; i++) {
        const uint64_t left = (uint64_t)(count - i);
        const int64_t other = i + (int64_t)(generator_next32(draw->generator) % left);
        swap_elements(bytes + (size_t)i * size, bytes + (size_t)other * size, size);
    }
}

bool random_permutation(struct generator *generator, struct tensor *out, struct error *err)
{
    const struct draw draw = { .generator = generator,
                               .dtype = out->dtype,
                               .fill = fill_permutation };
    return random_draw_into(out, &draw, err);
}
