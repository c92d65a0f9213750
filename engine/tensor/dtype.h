#pragma once
/* What the elements of a tensor are, numbers, and the rules of promotion. */

#include "engine/backend.h"

struct operand;

/* Asked many times for every operation: kept where the compiler sees them. */
static inline size_t dtype_size(enum dtype dtype)
{
    static const unsigned char sizes[DTYPE_ALL] = {
        [DTYPE_BOOL] = 1,    [DTYPE_UINT8] = 1,    [DTYPE_INT32] = 4, [DTYPE_INT64] = 8,
        [DTYPE_FLOAT32] = 4, [DTYPE_FLOAT64] = 8,  [DTYPE_INT8] = 1,  [DTYPE_INT16] = 2,
        [DTYPE_FLOAT16] = 2, [DTYPE_BFLOAT16] = 2,
    };
    return sizes[dtype];
}

/* Whether its elements are widened for every computation, and into what. */
static inline bool dtype_is_narrow(enum dtype dtype)
{
    return dtype >= DTYPE_COUNT;
}

static inline enum dtype dtype_widened(enum dtype dtype)
{
    return dtype < DTYPE_COUNT ? dtype : dtype <= DTYPE_INT16 ? DTYPE_INT32 : DTYPE_FLOAT32;
}

static inline bool dtype_is_float(enum dtype dtype)
{
    return dtype >= DTYPE_FLOAT32 && dtype != DTYPE_INT8 && dtype != DTYPE_INT16;
}

/* "float32": as in torch.float32 and in traces. */
const char *dtype_name(enum dtype dtype);
/* "Float", "Long": as in error texts and torch.FloatTensor. */
const char *dtype_type_name(enum dtype dtype);
/* "float", "long int": as in the error texts of matrix products. */
const char *dtype_c_name(enum dtype dtype);
/* False when no dtype of ours has that name. Knows the aliases float, double, half, int, long, short. */
bool dtype_find(const char *name, enum dtype *out);

/* The common dtype of two tensors with dimensions: uint8 + int32 is int32, int64 + float32 float32, uint8 +
 * int8 int16, float16 + bfloat16 float32. */
enum dtype dtype_promote(enum dtype a, enum dtype b);

/* The dtype of an operation's result: tensors with dimensions decide the width, 0-d tensors and
 * numbers can only raise the category (bool < integer < float). Operands without value are skipped. */
enum dtype dtype_result(const struct operand *operands, int count, enum dtype default_float);

/* Whether a result of dtype `from` may be stored in place into `to` (the category does not fall). */
bool dtype_can_cast(enum dtype from, enum dtype to);

static inline struct number number_real(double value)
{
    return (struct number){ .kind = NUMBER_REAL, .real = value };
}

static inline struct number number_integer(int64_t value)
{
    return (struct number){ .kind = NUMBER_INTEGER, .integer = value };
}

static inline struct number number_bool(bool value)
{
    return (struct number){ .kind = NUMBER_BOOL, .integer = value };
}

static inline double number_as_real(struct number number)
{
    return number.kind == NUMBER_REAL ? number.real : (double)number.integer;
}

int64_t number_as_integer(struct number number); /* a real is cut towards zero, saturated */
bool number_is_zero(struct number number);

/* Whether an element of that dtype can be the number, rounded or cut: a whole one may be as far below 0 as
 * an unsigned dtype reaches above. */
bool number_fits(struct number number, enum dtype dtype);
/* The same, with "value cannot be converted to type uint8_t without overflow". */
struct error;
bool number_check(struct number number, enum dtype dtype, struct error *err);
