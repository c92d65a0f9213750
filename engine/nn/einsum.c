#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/nn/nn.h"

/* PyTorch's einsum, step by step: every operand gets a dimension for each letter, in one order (those
 * of the result first); then the first two are multiplied, and summed over what nobody needs any more,
 * as a batched matrix product, until one is left. */

enum { HIDDEN = BACKEND_MAX_DIMS, LETTERS = HIDDEN + 52, MAX_OPERANDS = 16 };

struct einsum {
    struct engine *engine;
    struct error *err;
    const char *subscripts[MAX_OPERANDS]; /* in the equation, without spaces */
    int lengths[MAX_OPERANDS];
    int count;
    int place[LETTERS]; /* of each letter in the common order, or -1 */
    int out_dims, dims;
    int holders[BACKEND_MAX_DIMS]; /* how many operands are longer than 1 there */
};

/* What an ellipsis hides, A to Z, then a to z: the order of those that the result does not name. */
static int letter_index(char letter)
{
    const int from = letter >= 'a' ? 'a' - 26 : 'A';
    return letter <= HIDDEN ? letter - 1 : letter - from + HIDDEN;
}

/* ---- ellipses: their dimensions get letters of their own, 1 to HIDDEN, the last ones aligned -------- */

/* How many letters an operand has besides its ellipsis; -1 where a point is wrong. */
static int count_named(const char *from, const char *end, const char *whose, bool *has,
                       struct error *err)
{
    int named = 0;
    *has = false;
    for (const char *c = from; c < end; c++) {
        if (*c != '.') {
            named++;
        } else if (*has) {
            error_set(err, "einsum(): found '.' for %s for which an ellipsis was already found",
                      whose);
            return -1;
        } else if (end - c < 3 || c[1] != '.' || c[2] != '.') {
            error_set(err, "einsum(): found '.' for %s that is not part of any ellipsis", whose);
            return -1;
        } else {
            *has = true;
            c += 2;
        }
    }
    return named;
}

/* The subscripts with `hidden` letters up to the last of them where an ellipsis stood. */
static void append_spread(struct text *out, const char *from, const char *end, int hidden, int most)
{
    for (const char *c = from; c < end; c++) {
        if (*c != '.') {
            text_append_char(out, *c);
            continue;
        }
        for (int k = most - hidden; k < most; k++) {
            text_append_char(out, (char)(k + 1));
        }
        c += 2;
    }
}

/* How many dimensions the ellipsis of operand i stands for, or -1. */
static int count_hidden(const char *from, const char *end, struct tensor *operand, int i,
                        struct error *err)
{
    char whose[32];
    bool has;
    snprintf(whose, sizeof(whose), "operand %d", i);
    const int named = count_named(from, end, whose, &has, err), dims = operand->shape.dims;
    if (named < 0 || !has) {
        return named < 0 ? -1 : 0;
    }
    if (named > dims) {
        error_set(err,
                  "einsum(): the number of subscripts in the equation (%d) is more than the number "
                  "of dimensions (%d) for operand %d",
                  named, dims, i);
        return -1;
    }
    return dims - named;
}

/* `out` takes the equation without ellipses. Of operands that are not there no more is read. */
static bool spread_ellipses(const char *equation, struct tensor *const *operands, int count,
                            struct text *out, struct error *err)
{
    const char *arrow = strstr(equation, "->"), *end = arrow ? arrow : strchr(equation, '\0');
    int hidden[MAX_OPERANDS] = { 0 }, most = 0, i = 0;
    const char *from = equation;
    for (const char *to; i < count && from <= end; i++, from = to + 1) {
        to = memchr(from, ',', (size_t)(end - from));
        to = to ? to : end;
        hidden[i] = count_hidden(from, to, operands[i], i, err);
        if (hidden[i] < 0) {
            return false;
        }
        most = hidden[i] > most ? hidden[i] : most;
    }
    from = equation;
    for (int k = 0; k < i; k++) {
        const char *to = memchr(from, ',', (size_t)(end - from));
        to = to ? to : end;
        append_spread(out, from, to, hidden[k], most);
        text_append(out, to, to < end ? 1 : 0);
        from = to + 1;
    }
    if (from < end) {
        text_append(out, from, (size_t)(end - from));
    }
    bool has;
    if (arrow && count_named(arrow + 2, strchr(arrow, '\0'), "output", &has, err) < 0) {
        return false;
    }
    if (arrow) {
        text_append_string(out, "->");
        append_spread(out, arrow + 2, strchr(arrow, '\0'), most, most);
    }
    return true;
}

/* ---- reading the equation ------------------------------------------------------------------------- */

static bool check_letters(const char *equation, const char *bytes, int length, struct error *err)
{
    for (int i = 0; i < length; i++) {
        if (!isalpha((unsigned char)bytes[i]) && (bytes[i] < 1 || bytes[i] > HIDDEN)) {
            return error_set(err,
                             "einsum(): invalid subscript given at index %d in the equation "
                             "string, subscripts must be in [a-zA-Z]",
                             (int)(bytes + i - equation));
        }
    }
    return true;
}

/* The comma-separated subscripts up to `end`. */
static bool read_operands(struct einsum *e, const char *equation, const char *end, int given)
{
    for (const char *from = equation;; from++) {
        const char *comma = memchr(from, ',', (size_t)(end - from));
        const char *to = comma ? comma : end;
        if (e->count == given) {
            return error_set(e->err, "einsum(): fewer operands were provided than specified in the "
                                     "equation");
        }
        e->subscripts[e->count] = from;
        e->lengths[e->count++] = (int)(to - from);
        if (!check_letters(equation, from, (int)(to - from), e->err)) {
            return false;
        }
        if (!comma) {
            break;
        }
        from = to;
    }
    return e->count == given ||
           error_set(e->err,
                     "einsum(): more operands were provided than specified in the equation");
}

static bool count_letters(struct einsum *e, struct tensor *const *operands, int *seen)
{
    for (int i = 0; i < e->count; i++) {
        if (e->lengths[i] != operands[i]->shape.dims) {
            return error_set(e->err,
                             "einsum(): the number of subscripts in the equation (%d) does not "
                             "match the number of dimensions (%d) for operand %d and no ellipsis "
                             "was given",
                             e->lengths[i], operands[i]->shape.dims, i);
        }
        for (int k = 0; k < e->lengths[i]; k++) {
            seen[letter_index(e->subscripts[i][k])]++;
        }
    }
    return true;
}

static bool place_output(struct einsum *e, const char *output, const int *seen)
{
    for (; *output; output++) {
        const int letter = letter_index(*output);
        if (e->place[letter] >= 0) {
            return error_set(e->err,
                             "einsum(): output subscript %c appears more than once in the output",
                             *output);
        }
        if (seen[letter] == 0) {
            return error_set(e->err,
                             "einsum(): output subscript %c does not appear in the equation for "
                             "any input operand",
                             *output);
        }
        e->place[letter] = e->dims++;
    }
    return true;
}

/* Without "->" the result has what ellipses hide, and the letters that stand once. */
static bool place_letters(struct einsum *e, const char *equation, const char *output,
                          const int *seen)
{
    for (int i = 0; i < LETTERS; i++) {
        e->place[i] = -1;
    }
    if (output && (!check_letters(equation, output, (int)strlen(output), e->err) ||
                   !place_output(e, output, seen))) {
        return false;
    }
    for (int i = 0; !output && i < LETTERS; i++) {
        if (seen[i] == 1 || (i < HIDDEN && seen[i] > 0)) {
            e->place[i] = e->dims++;
        }
    }
    e->out_dims = e->dims;
    for (int i = 0; i < LETTERS; i++) {
        if (seen[i] > 0 && e->place[i] < 0) {
            e->place[i] = e->dims++;
        }
    }
    return e->dims <= BACKEND_MAX_DIMS ||
           error_set(e->err, "a tensor has at most %d dimensions here", BACKEND_MAX_DIMS);
}

/* ---- steps: each takes over the reference it is given, NULL passes through ------------------------- */

static struct tensor *step(struct einsum *e, enum op_id op, struct tensor *t,
                           const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(t);
    const struct op_use use = { .op = op, .in = &in, .in_count = 1, .attrs = *attrs };
    struct tensor *result = t ? op_apply_one(e->engine, &use, e->err) : NULL;
    tensor_unref(t);
    return result;
}

static struct tensor *permuted(struct einsum *e, struct tensor *t, const int *order, int dims)
{
    struct op_attrs attrs = { .present = ATTR(DIMS), .dims = { .dims = dims } };
    for (int d = 0; d < dims; d++) {
        attrs.dims.size[d] = order[d];
    }
    return step(e, OP_PERMUTE, t, &attrs);
}

static struct tensor *summed(struct einsum *e, struct tensor *t, const struct shape *dims,
                             bool keepdim)
{
    const struct op_attrs attrs = { .present = ATTR(DIMS) | ATTR(KEEPDIM),
                                    .dims = *dims,
                                    .keepdim = keepdim };
    return dims->dims > 0 ? step(e, OP_SUM_DIM, t, &attrs) : t;
}

static struct tensor *viewed(struct einsum *e, struct tensor *t, const struct shape *size)
{
    return step(e, OP_VIEW, t, &(struct op_attrs){ .present = ATTR(SIZE), .size = *size });
}

static struct tensor *reshaped(struct einsum *e, struct tensor *t, const struct shape *size)
{
    struct tensor *result = t ? nn_reshape(e->engine, t, size, e->err) : NULL;
    tensor_unref(t);
    return result;
}

static struct tensor *multiplied(struct einsum *e, enum op_id op, struct tensor *a,
                                 struct tensor *b)
{
    struct tensor *result =
        a && b ? op_binary(e->engine, op, operand_tensor(a), operand_tensor(b), e->err) : NULL;
    tensor_unref(a);
    tensor_unref(b);
    return result;
}

/* The diagonal of two dimensions that one letter names stands where the first stood. */
static struct tensor *on_diagonal(struct einsum *e, struct tensor *t, int first, int second)
{
    if (t->shape.size[first] != t->shape.size[second]) {
        error_set(e->err,
                  "einsum(): a subscript that is repeated in one operand names dimensions of "
                  "different sizes, %d and %d",
                  (int)t->shape.size[first], (int)t->shape.size[second]);
        tensor_unref(t);
        return NULL;
    }
    const int dims = t->shape.dims - 1;
    int order[BACKEND_MAX_DIMS];
    t = step(e, OP_DIAGONAL, t,
             &(struct op_attrs){ .present = ATTR(OFFSET) | ATTR(DIM0) | ATTR(DIM1),
                                 .dim0 = first,
                                 .dim1 = second });
    for (int d = 0; d < dims; d++) {
        order[d] = d < first ? d : d == first ? dims - 1 : d - 1;
    }
    return permuted(e, t, order, dims);
}

/* Operand i with a dimension for every letter, in the common order. */
static struct tensor *aligned(struct einsum *e, int i, struct tensor *operand)
{
    int order[BACKEND_MAX_DIMS], at = 0;
    struct tensor *t = tensor_ref(operand);
    for (int d = 0; d < e->dims; d++) {
        order[d] = -1;
    }
    for (int k = 0; t && k < e->lengths[i]; k++) {
        int *place = &order[e->place[letter_index(e->subscripts[i][k])]];
        if (*place >= 0) {
            t = on_diagonal(e, t, *place, at);
        } else {
            *place = at++;
        }
    }
    for (int d = 0; t && d < e->dims; d++) {
        if (order[d] < 0) {
            t = step(e, OP_UNSQUEEZE, t, &(struct op_attrs){ .present = ATTR(DIM), .dim = at });
            order[d] = at++;
        }
    }
    t = permuted(e, t, order, e->dims);
    for (int d = 0; t && d < e->dims; d++) {
        e->holders[d] += t->shape.size[d] != 1;
    }
    return t;
}

/* ---- two operands ---------------------------------------------------------------------------------- */

struct group {
    int dims[BACKEND_MAX_DIMS];
    int count;
    int64_t size;
};

static void group_add(struct group *group, int dim, int64_t size)
{
    group->dims[group->count++] = dim;
    group->size *= size;
}

static int order_of(int *order, const struct group *const *groups, int count)
{
    int dims = 0;
    for (int g = 0; g < count; g++) {
        for (int i = 0; i < groups[g]->count; i++) {
            order[dims++] = groups[g]->dims[i];
        }
    }
    return dims;
}

/* Σ a·b over `sums`, which both have: a product of matrices [both, a's own, sums] @ [both, sums, b's
 * own]. Takes both. */
static struct tensor *matrix_product(struct einsum *e, struct tensor *a, struct tensor *b,
                                     const struct shape *sums)
{
    struct group both = { .size = 1 }, of_a = both, of_b = both, sum = both;
    for (int d = 0, s = 0; d < e->dims; d++) {
        const int64_t in_a = a->shape.size[d], in_b = b->shape.size[d];
        if (s < sums->dims && sums->size[s] == d) {
            group_add(&sum, d, in_a);
            s++;
        } else if (in_a != 1 && in_b != 1) {
            group_add(&both, d, in_a);
        } else if (in_a != 1) {
            group_add(&of_a, d, in_a);
        } else {
            group_add(&of_b, d, in_b);
        }
    }
    const struct group *const left[] = { &both, &of_a, &sum, &of_b };
    const struct group *const right[] = { &both, &sum, &of_b, &of_a };
    int order[BACKEND_MAX_DIMS], back[BACKEND_MAX_DIMS];
    struct shape out = { .dims = order_of(order, left, 4) };
    for (int i = 0; i < out.dims; i++) {
        const int d = order[i];
        const bool gone = i >= both.count + of_a.count && i < both.count + of_a.count + sum.count;
        out.size[i] = gone ? 1 : a->shape.size[d] != 1 ? a->shape.size[d] : b->shape.size[d];
        back[d] = i;
    }
    a = reshaped(e, permuted(e, a, order, e->dims),
                 &(struct shape){ 3, { both.size, of_a.size, sum.size } });
    order_of(order, right, 4);
    b = reshaped(e, permuted(e, b, order, e->dims),
                 &(struct shape){ 3, { both.size, sum.size, of_b.size } });
    return permuted(e, viewed(e, multiplied(e, OP_BMM, a, b), &out), back, e->dims);
}

/* Takes both: their product, summed over what only these two have. */
static struct tensor *contracted(struct einsum *e, struct tensor *a, struct tensor *b)
{
    struct shape sums = { 0 }, only_a = { 0 }, only_b = { 0 };
    for (int d = e->out_dims; d < e->dims; d++) {
        const bool in_a = a->shape.size[d] != 1, in_b = b->shape.size[d] != 1;
        if (in_a && in_b) {
            if (--e->holders[d] == 1) {
                sums.size[sums.dims++] = d;
                e->holders[d] = 0;
            }
        } else if (e->holders[d] == 1 && (in_a || in_b)) {
            struct shape *only = in_a ? &only_a : &only_b;
            only->size[only->dims++] = d;
            e->holders[d] = 0;
        }
    }
    a = summed(e, a, &only_a, true);
    b = summed(e, b, &only_b, true);
    if (!a || !b || sums.dims == 0) {
        return multiplied(e, OP_MUL, a, b);
    }
    return matrix_product(e, a, b, &sums);
}

static bool sizes_agree(struct einsum *e, struct tensor *const *operands)
{
    int64_t size[LETTERS];
    for (int i = 0; i < LETTERS; i++) {
        size[i] = 1;
    }
    for (int i = 0; i < e->count; i++) {
        for (int k = 0; k < e->lengths[i]; k++) {
            int64_t *known = &size[letter_index(e->subscripts[i][k])];
            const int64_t here = operands[i]->shape.size[k];
            if (*known != 1 && here != 1 && *known != here && e->subscripts[i][k] <= HIDDEN) {
                return error_set(e->err,
                                 "einsum(): operands do not broadcast: an ellipsis stands for a "
                                 "dimension of size %d in operand %d and %d before",
                                 (int)here, i, (int)*known);
            }
            if (*known != 1 && here != 1 && *known != here) {
                return error_set(e->err,
                                 "einsum(): subscript %c has size %d for operand %d which does not "
                                 "broadcast with previously seen size %d",
                                 e->subscripts[i][k], (int)here, i, (int)*known);
            }
            *known = here != 1 ? here : *known;
        }
    }
    return true;
}

/* Takes the reference: without the dimensions that the result does not name. */
static struct tensor *finished(struct einsum *e, struct tensor *t)
{
    if (!t || e->dims == e->out_dims) {
        return t;
    }
    struct shape sizes = t->shape, dims = { 0 };
    sizes.dims = e->out_dims;
    for (int d = e->out_dims; d < e->dims; d++) {
        dims.size[dims.dims++] = d;
    }
    return e->count > 1 ? viewed(e, t, &sizes) : summed(e, t, &dims, false);
}

/* All operands aligned, and multiplied from the left. */
static struct tensor *product(struct einsum *e, struct tensor *const *operands)
{
    struct tensor *parts[MAX_OPERANDS] = { NULL };
    bool ok = true;
    for (int i = 0; ok && i < e->count; i++) {
        parts[i] = aligned(e, i, operands[i]);
        ok = parts[i] != NULL;
    }
    for (int i = 1; ok && i < e->count; i++) {
        parts[0] = contracted(e, parts[0], parts[i]);
        parts[i] = NULL;
        ok = parts[0] != NULL;
    }
    for (int i = 0; !ok && i < e->count; i++) {
        tensor_unref(parts[i]);
    }
    return ok ? finished(e, parts[0]) : NULL;
}

struct tensor *nn_einsum(struct engine *engine, const char *equation,
                         struct tensor *const *operands, int count, struct error *err)
{
    struct einsum e = { .engine = engine, .err = err };
    int seen[LETTERS] = { 0 };
    if (count == 0 || count > MAX_OPERANDS) {
        error_set_kind(err, count == 0 ? ERROR_VALUE : ERROR_NOT_IMPLEMENTED,
                       count == 0 ? "einsum(): must specify the equation string and at least one "
                                    "operand, or at least one operand and its subscripts list"
                                  : "einsum with so many operands is not supported by Gradlight");
        return NULL;
    }
    struct text plain = { 0 };
    for (const char *c = equation; *c; c++) {
        if (*c != ' ') {
            text_append_char(&plain, iscntrl((unsigned char)*c) ? '?' : *c);
        }
    }
    struct text spread = { 0 };
    const bool has_points = strchr(text_string(&plain), '.') != NULL;
    const bool is_spread =
        !has_points || spread_ellipses(text_string(&plain), operands, count, &spread, err);
    const char *all = text_string(has_points ? &spread : &plain), *arrow = strstr(all, "->");
    const bool good =
        is_spread && read_operands(&e, all, arrow ? arrow : all + strlen(all), count) &&
        count_letters(&e, operands, seen) &&
        place_letters(&e, all, arrow ? arrow + 2 : NULL, seen) && sizes_agree(&e, operands);
    struct tensor *result = good ? product(&e, operands) : NULL;
    text_finish(&spread);
    text_finish(&plain);
    return result;
}

struct tensor *nn_outer(struct engine *engine, struct tensor *a, struct tensor *b,
                        struct error *err)
{
    if (a->shape.dims != 1 || b->shape.dims != 1) {
        error_set(err, "outer: Expected 1-D argument %s, but got %d-D",
                  a->shape.dims != 1 ? "self" : "vec2",
                  a->shape.dims != 1 ? a->shape.dims : b->shape.dims);
        return NULL;
    }
    struct tensor *column = nn_reshape(engine, a, &(struct shape){ 2, { a->count, 1 } }, err);
    struct tensor *result =
        column ? op_binary(engine, OP_MUL, operand_tensor(column), operand_tensor(b), err) : NULL;
    tensor_unref(column);
    return result;
}
