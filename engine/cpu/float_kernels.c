/* Maps on float32 and float64, every function as a formula. */

#include <tgmath.h>

#include "engine/cpu/map_kernels.h"
#include "engine/cpu/tables.h"
#include "engine/formulas/maps.h"

#define EXP(x) _Generic((x), float : float_exp, double : exp)(x)
#define LOG(x) _Generic((x), float : float_log, double : log)(x)
#define TANH(x) _Generic((x), float : float_tanh, double : tanh)(x)
#define EXPM1(x) _Generic((x), float : float_expm1, double : expm1)(x)
#define LOG1P(x) _Generic((x), float : float_log1p, double : log1p)(x)
#define LOG2(x) _Generic((x), float : float_log2, double : log2)(x)
#define LOG10(x) _Generic((x), float : float_log10, double : log10)(x)

#define ERF(x) _Generic((x), float : float_erf, double : erf)(x)
#define ASIN(x) _Generic((x), float : float_asin, double : asin)(x)
#define ACOS(x) _Generic((x), float : float_acos, double : acos)(x)
#define SINH(x) _Generic((x), float : float_sinh, double : sinh)(x)
#define COSH(x) _Generic((x), float : float_cosh, double : cosh)(x)
#define ATAN2(x, y) _Generic((x), float : float_atan2, double : atan2)(x, y)

/* These the C library has for both. */
#define ASINH(x) asinh(x)
#define ACOSH(x) acosh(x)
#define ATANH(x) atanh(x)
#define ERFC(x) erfc(x)
#define POWER(x, y) pow(x, y)

#define DEFINE(inputs, id, name, formula) DEFINE_##inputs(name, formula)
#define DEFINE_1(name, formula)                      \
    MAP1_KERNEL(name##_float, float, float, formula) \
    MAP1_KERNEL(name##_double, double, double, formula)
#define DEFINE_2(name, formula)                      \
    MAP2_KERNEL(name##_float, float, float, formula) \
    MAP2_KERNEL(name##_double, double, double, formula)
#define DEFINE_3(name, formula)                      \
    MAP3_KERNEL(name##_float, float, float, formula) \
    MAP3_KERNEL(name##_double, double, double, formula)

/* Rows are cut into strips; where a strip has elements that our loops do not serve, the C library takes
 * those. */
enum { STRIP = 2048 };

static struct map_row_call strip_of(const struct map_row_call *row, int64_t at)
{
    struct map_row_call strip = *row;
    strip.n = row->n - at < STRIP ? row->n - at : STRIP;
    strip.out = (float *)row->out + at * row->out_step;
    for (int i = 0; i < 2; i++) {
        const float *in = row->in[i];
        strip.in[i] = in ? in + at * row->in_step[i] : NULL;
    }
    return strip;
}

static void run_strips(const struct map_row_call *row, bool (*is_far)(const struct map_row_call *),
                       map_kernel *near, map_kernel *far)
{
    for (int64_t at = 0; at < row->n; at += STRIP) {
        struct map_row_call strip = strip_of(row, at);
        (is_far(&strip) ? far : near)(&strip);
    }
}

static bool turns_far(const struct map_row_call *row)
{
    const float *x = row->in[0];
    const int64_t step = row->in_step[0];
    int far = 0;
    if (step == 1) {
        for (int64_t i = 0; i < row->n; i++) {
            far |= !(fabsf(x[i]) < FLOAT_TURNS_END);
        }
        return far;
    }
    for (int64_t i = 0; i < row->n; i++) {
        far |= !(fabsf(x[i * step]) < FLOAT_TURNS_END);
    }
    return far;
}

/* Also where there is nothing to divide by, and nothing that can be divided. */
static inline bool any_divides_far(const struct map_row_call *row, int64_t a_step, int64_t b_step)
{
    const float *x = row->in[0], *y = row->in[1];
    int far = 0;
    for (int64_t i = 0; i < row->n; i++) {
        const float a = fabsf(x[i * a_step]), b = fabsf(y[i * b_step]);
        far |= !(a < b * 0x1p26f) | !(b < INFINITY);
    }
    return far;
}

static bool divides_far(const struct map_row_call *row)
{
    const int64_t a_step = row->in_step[0], b_step = row->in_step[1];
    if (a_step == 1 && b_step == 0) {
        return any_divides_far(row, 1, 0);
    }
    return a_step == 1 && b_step == 1 ? any_divides_far(row, 1, 1)
                                      : any_divides_far(row, a_step, b_step);
}

#define TURN_KERNELS(name)                                                                       \
    MAP1_KERNEL(name##_double, double, double, name(a))                                          \
    MAP1_KERNEL(name##_near, float, float, float_##name(a))                                      \
    MAP1_KERNEL(name##_far, float, float, fabs(a) < FLOAT_TURNS_END ? float_##name(a) : name(a)) \
    static void name##_float(struct map_row_call *row)                                           \
    {                                                                                            \
        run_strips(row, turns_far, name##_near, name##_far);                                     \
    }

#define DIVISION_KERNELS(name, near, far, wide)                \
    MAP2_KERNEL(name##_near, float, float, near(a, b))         \
    MAP2_KERNEL(name##_far, float, float, far(a, b))           \
    MAP2_KERNEL(name##_double, double, double, wide(a, b))     \
    static void name##_float(struct map_row_call *row)         \
    {                                                          \
        run_strips(row, divides_far, name##_near, name##_far); \
    }

/* clang-format off */
FLOAT_LIST(DEFINE)
TURN_KERNELS(sin)
TURN_KERNELS(cos)
TURN_KERNELS(tan)
DIVISION_KERNELS(fmod, near_rest, fmodf, fmod)
DIVISION_KERNELS(remainder, near_remainder, far_remainder, wide_remainder)
DIVISION_KERNELS(floor_divide, near_floor_divide, far_floor_divide, wide_floor_divide)

map_kernel *const KERNEL_SET(float_map_kernels)[MAP_COUNT][2] = {
#define X(inputs, id, name, formula) [MAP_##id] = { name##_float, name##_double },
    FLOAT_LIST(X)
#undef X
    [MAP_SIN] = { sin_float, sin_double },
    [MAP_COS] = { cos_float, cos_double },
    [MAP_TAN] = { tan_float, tan_double },
    [MAP_FMOD] = { fmod_float, fmod_double },
    [MAP_REMAINDER] = { remainder_float, remainder_double },
    [MAP_FLOOR_DIVIDE] = { floor_divide_float, floor_divide_double },
};
/* clang-format on */
