#include "engine/tensor/dtype.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/tensor/tensor.h"

static const struct dtype_row {
    const char *name, *type_name, *c_name, *alias;
    enum number_kind kind;
    int rank; /* in the order of promotion */
} rows[DTYPE_ALL] = {
    [DTYPE_BOOL] = { "bool", "Bool", "bool", "", NUMBER_BOOL, 0 },
    [DTYPE_UINT8] = { "uint8", "Byte", "unsigned char", "", NUMBER_INTEGER, 1 },
    [DTYPE_INT32] = { "int32", "Int", "int", "int", NUMBER_INTEGER, 4 },
    [DTYPE_INT64] = { "int64", "Long", "long int", "long", NUMBER_INTEGER, 5 },
    [DTYPE_FLOAT32] = { "float32", "Float", "float", "float", NUMBER_REAL, 8 },
    [DTYPE_FLOAT64] = { "float64", "Double", "double", "double", NUMBER_REAL, 9 },
    [DTYPE_INT8] = { "int8", "Char", "signed char", "", NUMBER_INTEGER, 2 },
    [DTYPE_INT16] = { "int16", "Short", "short", "short", NUMBER_INTEGER, 3 },
    [DTYPE_FLOAT16] = { "float16", "Half", "c10::Half", "half", NUMBER_REAL, 6 },
    [DTYPE_BFLOAT16] = { "bfloat16", "BFloat16", "c10::BFloat16", "", NUMBER_REAL, 7 },
};

const char *dtype_name(enum dtype dtype)
{
    return rows[dtype].name;
}

const char *dtype_type_name(enum dtype dtype)
{
    return rows[dtype].type_name;
}

const char *dtype_c_name(enum dtype dtype)
{
    return rows[dtype].c_name;
}

bool dtype_find(const char *name, enum dtype *out)
{
    for (int i = 0; i < DTYPE_ALL; i++) {
        if (strcmp(name, rows[i].name) == 0 ||
            (rows[i].alias[0] && strcmp(name, rows[i].alias) == 0)) {
            *out = (enum dtype)i;
            return true;
        }
    }
    return false;
}

static bool are(enum dtype a, enum dtype b, enum dtype one, enum dtype other)
{
    return (a == one && b == other) || (a == other && b == one);
}

/* Two pairs need a third that holds both. */
enum dtype dtype_promote(enum dtype a, enum dtype b)
{
    if (are(a, b, DTYPE_UINT8, DTYPE_INT8)) {
        return DTYPE_INT16;
    }
    if (are(a, b, DTYPE_FLOAT16, DTYPE_BFLOAT16)) {
        return DTYPE_FLOAT32;
    }
    return rows[a].rank > rows[b].rank ? a : b;
}

bool dtype_can_cast(enum dtype from, enum dtype to)
{
    return rows[from].kind <= rows[to].kind;
}

/* What takes part in promotion on one level of priority: dimensioned tensors, 0-d tensors, numbers. */
struct level {
    bool any;
    enum dtype dtype;
};

static void level_add(struct level *level, enum dtype dtype)
{
    level->dtype = level->any ? dtype_promote(level->dtype, dtype) : dtype;
    level->any = true;
}

/* A lower level changes the result only where its category is higher. */
static void level_join(struct level *result, struct level lower)
{
    if (lower.any && (!result->any || rows[lower.dtype].kind > rows[result->dtype].kind)) {
        *result = lower;
    }
}

/* The usual case: all tensors have one dtype, and no number is of a higher category. */
static bool is_plain(const struct operand *operands, int count, enum dtype *out)
{
    bool any = false;
    for (int i = 0; i < count; i++) {
        if (operands[i].kind == OPERAND_TENSOR) {
            if (any && operands[i].tensor->dtype != *out) {
                return false;
            }
            *out = operands[i].tensor->dtype;
            any = true;
        }
    }
    for (int i = 0; any && i < count; i++) {
        if (operands[i].kind == OPERAND_NUMBER && operands[i].number.kind > rows[*out].kind) {
            return false;
        }
    }
    return any;
}

enum dtype dtype_result(const struct operand *operands, int count, enum dtype default_float)
{
    enum dtype plain;
    if (is_plain(operands, count, &plain)) {
        return plain;
    }
    const enum dtype of_number[] = {
        [NUMBER_BOOL] = DTYPE_BOOL, [NUMBER_INTEGER] = DTYPE_INT64, [NUMBER_REAL] = default_float
    };
    struct level dimensioned = { 0 }, scalar = { 0 }, number = { 0 };
    for (int i = 0; i < count; i++) {
        const struct operand *operand = &operands[i];
        if (operand->kind == OPERAND_TENSOR) {
            level_add(operand->tensor->shape.dims > 0 ? &dimensioned : &scalar,
                      operand->tensor->dtype);
        } else if (operand->kind == OPERAND_NUMBER) {
            level_add(&number, of_number[operand->number.kind]);
        }
    }
    level_join(&dimensioned, scalar);
    level_join(&dimensioned, number);
    assert(dimensioned.any);
    return dimensioned.dtype;
}

int64_t number_as_integer(struct number number)
{
    if (number.kind != NUMBER_REAL) {
        return number.integer;
    }
    if (isnan(number.real)) {
        return 0;
    }
    if (number.real >= 0x1p63) {
        return INT64_MAX;
    }
    return number.real < -0x1p63 ? INT64_MIN : (int64_t)number.real;
}

bool number_fits(struct number number, enum dtype dtype)
{
    static const struct {
        double low, high; /* of whole dtypes, and no more: 2⁶³ itself is too much */
    } limits[DTYPE_ALL] = {
        [DTYPE_UINT8] = { 0, UINT8_MAX },
        [DTYPE_INT32] = { INT32_MIN, INT32_MAX },
        [DTYPE_INT64] = { -0x1p63, 0x1p63 },
        [DTYPE_FLOAT32] = { -(double)FLT_MAX, (double)FLT_MAX },
        [DTYPE_INT8] = { INT8_MIN, INT8_MAX },
        [DTYPE_INT16] = { INT16_MIN, INT16_MAX },
        [DTYPE_FLOAT16] = { -65504, 65504 },
        [DTYPE_BFLOAT16] = { -0x1.fep127, 0x1.fep127 },
    };
    const double real = number.real, low = limits[dtype].low, high = limits[dtype].high;
    if (dtype == DTYPE_BOOL || dtype == DTYPE_FLOAT64) {
        return true;
    }
    if (number.kind != NUMBER_REAL) {
        const double whole = (double)number.integer;
        const bool is_unsigned = dtype == DTYPE_UINT8;
        return dtype == DTYPE_INT64 || dtype == DTYPE_FLOAT32 ||
               (whole >= (is_unsigned ? -high : low) && whole <= high);
    }
    if (dtype_is_float(dtype)) {
        return !isfinite(real) || (real >= low && real <= high);
    }
    return real >= low && (dtype == DTYPE_INT64 ? real < high : real <= high);
}

bool number_check(struct number number, enum dtype dtype, struct error *err)
{
    static const char *const names[DTYPE_ALL] = {
        [DTYPE_UINT8] = "uint8_t",    [DTYPE_INT32] = "int",
        [DTYPE_INT64] = "int64_t",    [DTYPE_FLOAT32] = "float",
        [DTYPE_INT8] = "int8_t",      [DTYPE_INT16] = "int16_t",
        [DTYPE_FLOAT16] = "at::Half", [DTYPE_BFLOAT16] = "at::BFloat16"
    };
    return number_fits(number, dtype) ||
           error_set(err, "value cannot be converted to type %s without overflow", names[dtype]);
}

bool number_is_zero(struct number number)
{
    return number.kind == NUMBER_REAL ? number.real == 0 : number.integer == 0;
}
