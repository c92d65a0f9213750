#pragma once
/* One test for every device: each primitive, function and dtype that a backend says it supports, of many
 * sizes, layouts and values, against the CPU's. Bit for bit where engine/backend.h settles each
 * rounding, within a tolerance where it does not; NaN never passes one. */

#include "engine/backend.h"

enum { PARITY_CPU, PARITY_DEVICE, PARITY_SIDES };

/* A line of the table that is printed. */
struct parity_line {
    const char *name;
    int covered,
        uncovered; /* functions of a dtype that the device supports, or leaves to the CPU */
    int calls, wrong;
    double worst; /* error over tolerance, where there is a tolerance */
};

struct parity {
    struct backend *side[PARITY_SIDES];
    bool emulated;
    bool quick; /* fewer sizes: for a run that is a hundred times slower */
    uint64_t random;
    struct parity_line line;
    char what[160]; /* the call that is being compared */
    bool failed;    /* has been told of it */
    int shown;
    struct error err[PARITY_SIDES];
};

/* ---- operands ------------------------------------------------------------------------------------ */

/* How a view lies in its memory. A broadcast one has stride 0 in its first dimension of several. */
enum parity_layout {
    PARITY_DENSE,
    PARITY_TURNED,
    PARITY_BROADCAST,
    PARITY_SLICED,
    PARITY_LAYOUTS,
};

enum parity_values {
    PARITY_MILD,    /* about 1 */
    PARITY_WIDE,    /* of all sizes */
    PARITY_SPECIAL, /* nan, infinities, zeros, denormals, the largest and smallest, in all pairs */
    PARITY_NONZERO, /* special, but nothing divides by zero */
    PARITY_SMALL,   /* whole numbers from -3 to 70: exponents, bits */
    PARITY_NATURAL, /* whole numbers from 0 to 9 */
    PARITY_COUNTED, /* 0, 1, 2, ... modulo `modulus`, shuffled */
    PARITY_NAN,     /* nan, or -1: what nobody may read */
};

struct parity_shape {
    int dims;
    int64_t size[BACKEND_MAX_DIMS];
};

struct parity_spec {
    enum dtype dtype;
    struct parity_shape shape;
    enum parity_layout layout;
    enum parity_values values;
    int64_t turn;    /* special values: how many elements have the same (0: 1) */
    int64_t modulus; /* of PARITY_COUNTED */
};

/* The same elements in the CPU's memory and in the device's. */
struct parity_operand {
    struct backend_view view[PARITY_SIDES];
    void *memory[PARITY_SIDES];
    size_t bytes;
};

struct parity_operand operand_create(struct parity *p, const struct parity_spec *spec);
void operand_destroy(struct parity *p, struct parity_operand *operand);
/* Its elements as they are on one side, gaps included; free with free(). */
void *operand_read(struct parity *p, const struct parity_operand *operand, int side);
/* Back to `elements` (operand_read's) on both sides. */
void operand_write(struct parity *p, const struct parity_operand *operand, const void *elements);

/* "[3, 5]" */
const char *shape_text(const struct parity_shape *shape, char *text, size_t size);
int64_t shape_elements(const struct parity_shape *shape);

/* ---- comparing ------------------------------------------------------------------------------------ */

/* An element may be wrong by relative · |the CPU's|, or by scale · the element of `bound` (which lies as
 * the operand does, on the CPU). Both 0: not by a bit. */
struct parity_tolerance {
    double relative, scale;
    const struct parity_operand *bound;
};

/* Says what is compared in the calls that follow. */
void parity_name(struct parity *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What went wrong in that call. */
void parity_fail(struct parity *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* False, having said so, unless both ended alike; the device is waited for first. */
bool parity_ended(struct parity *p, enum backend_status cpu, enum backend_status device);
/* The whole memory, so that what no view reaches is known to be untouched. */
void parity_compare(struct parity *p, const struct parity_operand *operand,
                    const struct parity_tolerance *tolerance);
/* Whether both know it; counts what only the CPU does. */
bool parity_covers(struct parity *p, enum backend_primitive primitive, int function,
                   enum dtype dtype);

/* ---- the parts: each is a line of the table -------------------------------------------------------- */

void parity_maps(struct parity *p);
void parity_copies(struct parity *p);
void parity_reductions(struct parity *p);
void parity_products(struct parity *p);
void parity_indices(struct parity *p);
void parity_scans(struct parity *p);
void parity_factors(struct parity *p);
void parity_rows(struct parity *p);
void parity_chains(struct parity *p);
void parity_errors(struct parity *p);
void parity_memory(struct parity *p);
void parity_events(struct parity *p);
/* The last one: an emulated device does not survive it. */
void parity_loss(struct parity *p);

/* The primitive `entry` on both sides, with `calls` of each: parity_ended's answer. */
#define PARITY_RUN(p, entry, calls)                                                             \
    (error_clear(&(p)->err[PARITY_CPU]), error_clear(&(p)->err[PARITY_DEVICE]),                 \
     parity_ended((p),                                                                          \
                  (p)->side[PARITY_CPU]->impl->entry((p)->side[PARITY_CPU], &calls[PARITY_CPU], \
                                                     &(p)->err[PARITY_CPU]),                    \
                  (p)->side[PARITY_DEVICE]->impl->entry(                                        \
                      (p)->side[PARITY_DEVICE], &calls[PARITY_DEVICE], &(p)->err[PARITY_DEVICE])))
