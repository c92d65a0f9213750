#pragma once
/* What an element of a contribution, or of a result, is made of: a sum of products, or an expression of
 * its own. Private to the chain. */

#include "render/ledger/chain_element.h"

/* A number that is named, or stands for itself. */
struct factor {
    const struct trace_tensor *tensor; /* NULL: a plain number */
    bool upstream;                     /* it is called g */
    const char *letter;                /* it is called so, at that place of the tensor; NULL */
    int64_t element;
    double number;
};

struct product {
    struct factor factors[3];
    int count;
};

struct asking {
    const struct run_view *run;
    struct arena *arena;
    const struct record_visit *visit; /* NULL: of the result, as the operation computed it */
    const struct visit_edge *edge;
    const struct trace_op *op;
    size_t operand;
    const struct trace_tensor *to;       /* the contribution, or the result */
    const struct trace_tensor *upstream; /* the gradient of the output; NULL for a result */
    int64_t element;                     /* of `to` */

    struct product *products;
    size_t count, capacity;
    /* From the second product on all have the first factor −common, which is written once. */
    const char *common;
    bool largest;   /* it is the largest of the products instead of their sum */
    double divisor; /* of the sum; 0: none */
    /* Instead of products: what was said, what it comes to, and the size of the numbers in it. */
    struct text formula, numbers;
    double said, said_size;
    bool lost;    /* a number that is needed is not in the trace */
    bool unknown; /* it is a case that nobody can tell */
};

/* Collects what the contribution, or the result, is made of; false when the operation is none of those
 * that are known. */
bool element_collect(struct asking *asking);
bool element_collect_result(struct asking *asking);

/* False where the trace keeps no such element. */
bool element_number(const struct trace_tensor *tensor, uint32_t moment, int64_t element,
                    double *out);

/* Whether the tensors of the operation are so small that the trace may have all their numbers. Indices made of
 * their sizes fit into 64 bits then, and looking at all elements takes no time; any tensor of a forged trace
 * may be of any size, and have another shape than the operation gives it. */
bool element_in_reach(const struct asking *asking);

/* ---- for those that collect ------------------------------------------------------------------- */

/* An operand that is a tensor, the operation's k-th result; NULL. */
const struct trace_tensor *way_tensor(const struct asking *asking, size_t operand);
const struct trace_tensor *way_result(const struct asking *asking, size_t result);
bool way_attr(const struct record_op *op, const char *name, double *out);
const struct argument *way_list(const struct record_op *op, const char *name);
/* Of the list, one number for each of `dims` sides; false where it has other lengths, or numbers that no
 * window has. */
bool way_sides(const struct asking *asking, const char *name, int dims, int64_t *out);
/* A contribution has the shape of its operand, a result any. */
bool way_fits(const struct asking *asking);
/* The attribute dim: 0 where it is not told, -1 where it is no dimension at all. */
int way_dim(const struct asking *asking);

struct factor way_plain(double number);
struct factor way_upstream(struct asking *asking, int64_t element);
/* An operand's element before the operation, which may have changed it in place. */
struct factor way_operand(struct asking *asking, size_t operand, int64_t element);
void way_add(struct asking *asking, struct factor factor);
void way_add_pair(struct asking *asking, struct factor one, struct factor other);

/* Says a piece, a number that has a name, or a factor; a negative number is bracketed unless it stands
 * first. */
void way_say(struct asking *asking, const char *piece);
void way_say_number(struct asking *asking, const char *name, double number);
void way_say_first(struct asking *asking, const char *name, double number);
void way_say_factor(struct asking *asking, const struct factor *factor, bool first);
/* Writes a factor as a formula and as a number (chain_element.c). */
void factor_write(const struct asking *asking, const struct factor *factor, bool first,
                  struct text *formula, struct text *numbers);

/* The elements that stand along `dim` with the chosen one. */
struct way_row {
    int64_t first, step, count;
};
struct way_row way_row_along(const struct asking *asking);

/* The element of `part` that stands at the place `element` has in the larger tensor `whole` (sizes 1 and
 * missing dimensions repeat); -1 when the shapes do not fit. */
int64_t way_shown_at(const struct trace_tensor *whole, int64_t element,
                     const struct trace_tensor *part);
/* Few enough elements to look at each; so is no tensor. */
bool way_is_small(const struct trace_tensor *tensor);
/* Where in its storage an element lies. */
uint64_t way_address(const struct trace_tensor *tensor, int64_t element);
/* What wrote a part of a tensor (chain_parts.c): the gradient of all of it, or of what was written; false
 * where that cannot be told. */
bool way_part(struct asking *asking);
/* Σ g over what was broadcast. */
void way_broadcast(struct asking *asking);

/* Matrix products (chain_products.c), windows (chain_windows.c), indices (chain_picks.c), normalisations (chain_norms.c): the gradient, and
 * the result; formulas of what is made element by element (chain_map.c). */
void way_mm(struct asking *asking);
void way_mm_result(struct asking *asking);
void way_addmm(struct asking *asking);
void way_addmm_result(struct asking *asking);
void way_mv(struct asking *asking);
void way_mv_result(struct asking *asking);
void way_bmm(struct asking *asking);
void way_bmm_result(struct asking *asking);
void way_dot(struct asking *asking);
void way_convolution(struct asking *asking);
void way_convolved(struct asking *asking);
void way_avg_pool(struct asking *asking);
void way_avg_pooled(struct asking *asking);
void way_max_pool(struct asking *asking);
void way_max_pooled(struct asking *asking);
void way_pick(struct asking *asking);
void way_picked(struct asking *asking);
void way_norm(struct asking *asking);
void way_normed(struct asking *asking);
void way_softmaxed(struct asking *asking);
void way_mapped(struct asking *asking);
void way_log_softmaxed(struct asking *asking);

/* Whether the letter of an operation's formulas stands for another operand than its place in the
 * alphabet says (where's condition is c), and for which. */
bool chain_letter_placed(const char *op, const char *letter, size_t *operand);
