/* Maps on integers, which wrap around. A bool's 0 and 1 are looked at as uint8. */

#include "engine/cpu/map_kernels.h"
#include "engine/cpu/tables.h"

/* Wraps in uint64 and is cut to the type by the kernel's last cast. */
#define U(x) ((uint64_t)(x))
#define S(x) ((int64_t)(x))

static inline int negative(int64_t a)
{
    return a < 0;
}

/* The quotient rounded towards minus infinity; b = 0 is the caller's fault. */
static inline int64_t floor_quotient(int64_t a, int64_t b, bool *fault)
{
    if (b == 0) {
        *fault = true;
        return 0;
    }
    if (b == -1) {
        return S(-U(a));
    }
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static inline int64_t floor_remainder(int64_t a, int64_t b, bool *fault)
{
    return S(U(a) - U(b) * U(floor_quotient(a, b, fault)));
}

static inline int64_t cut_remainder(int64_t a, int64_t b, bool *fault)
{
    if (b == 0) {
        *fault = true;
        return 0;
    }
    return b == -1 ? 0 : a % b;
}

static inline int64_t whole_power(int64_t base, int64_t exponent, bool *fault)
{
    uint64_t result = 1;
    *fault = *fault || exponent < 0;
    for (uint64_t factor = U(base); exponent > 0; exponent >>= 1) {
        result *= exponent & 1 ? factor : 1;
        factor *= factor;
    }
    return S(result);
}

static inline int is_bit(int64_t number)
{
    return number >= 0 && number < 64;
}

/* X(inputs, ID, name, formula) */
#define INT_LIST(X)                                                     \
    X(1, NEG, neg, -U(a))                                               \
    X(1, ABS, abs, negative(a) ? -U(a) : U(a))                          \
    X(1, SIGN, sign, (a > 0) - negative(a))                             \
    X(1, SQUARE, square, U(a) * U(a))                                   \
    X(1, CUBE, cube, U(a) * U(a) * U(a))                                \
    X(1, RELU, relu, negative(a) ? 0 : a)                               \
    X(1, CLAMP, clamp, (a < p ? p : a) > q ? q : (a < p ? p : a))       \
    X(2, ADD, add, U(a) + U(b) * U(p))                                  \
    X(2, SUB, sub, U(a) - U(b) * U(p))                                  \
    X(2, MUL, mul, U(a) * U(b))                                         \
    X(2, FLOOR_DIVIDE, floor_divide, floor_quotient(a, b, &row->fault)) \
    X(2, REMAINDER, remainder, floor_remainder(a, b, &row->fault))      \
    X(2, FMOD, fmod, cut_remainder(a, b, &row->fault))                  \
    X(2, POW, pow, whole_power(a, b, &row->fault))                      \
    X(2, MAXIMUM, maximum, a > b ? a : b)                               \
    X(2, MINIMUM, minimum, a < b ? a : b)                               \
    X(2, BIT_AND, bit_and, a &b)                                        \
    X(2, BIT_OR, bit_or, a | b)                                         \
    X(2, BIT_XOR, bit_xor, a ^ b)                                       \
    X(2, SHIFT_LEFT, shift_left, is_bit(b) ? U(a) << b : 0)             \
    X(2, SHIFT_RIGHT, shift_right, S(a) >> (is_bit(b) ? b : 63))

#define DEFINE(inputs, id, name, formula)                             \
    MAP##inputs##_KERNEL(name##_uint8, uint8_t, uint8_t, formula)     \
        MAP##inputs##_KERNEL(name##_int32, int32_t, int32_t, formula) \
            MAP##inputs##_KERNEL(name##_int64, int64_t, int64_t, formula)

/* clang-format off */
INT_LIST(DEFINE)

map_kernel *const KERNEL_SET(int_map_kernels)[MAP_COUNT][3] = {
#define X(inputs, id, name, formula) [MAP_##id] = { name##_uint8, name##_int32, name##_int64 },
    INT_LIST(X)
#undef X
};
/* clang-format on */

MAP2_KERNEL(or_bool, uint8_t, uint8_t, a | b)
MAP2_KERNEL(and_bool, uint8_t, uint8_t, a &b)

map_kernel *const KERNEL_SET(bool_map_kernels)[MAP_COUNT] = {
    [MAP_ADD] = or_bool,
    [MAP_MUL] = and_bool,
    [MAP_MAXIMUM] = or_bool,
    [MAP_MINIMUM] = and_bool,
};
