#pragma once
/* How relations between cells are written down, one or more for each operand: for a cell of one side,
 * its places on each axis of the other side. Private to provenance. */

#include "lessons/trace/provenance.h"

enum { AXES = 16 };

/* The axes of a tensor, or a finer or coarser division of the same elements: (4, 6) as (4, 3, 2), as
 * (24). */
struct space {
    int ndim;
    int64_t shape[AXES];
};

/* Places on one axis for index i of the known side: start + j·step for j below `count`, or
 * start + list[j], where start = shift + Σ scale[d]·i[d] + starts[Σ at[d]·i[d]], and `counts`, by the
 * same number, is in place of `count`. Places beyond the axis are none. */
struct axis_rule {
    int64_t shift, scale[AXES];
    int64_t count, step;
    const int64_t *list, *starts, *counts;
    int64_t at[AXES];
};

/* `from`: the known side, the result, or the operand when it is scattered over the result. */
struct relation {
    int operand;
    bool index, scattered;
    struct space from, to;
    struct axis_rule rules[AXES]; /* one for each axis of `to` */
};

struct provenance {
    struct relation **relations;
    size_t count, capacity;
};

/* One operation while its relations are found. */
struct rules {
    const struct trace *trace;
    const struct trace_op *op;
    const struct record_op *record;
    const struct trace_tensor *out;
    int output;
    struct provenance *links;
    struct arena *arena;
};

/* Each returns false when it cannot say where the cells come from. */
struct rule_row {
    const char *name;
    bool (*relate)(struct rules *rules);
};
/* NULL when the operation is in none of the tables. */
const struct rule_row *rules_of_views(const char *name);
const struct rule_row *rules_of_rows(const char *name);
const struct rule_row *rules_of_writes(const char *name);
const struct rule_row *rules_of_sums(const char *name);
const struct rule_row *rules_of_windows(const char *name);
const struct rule_row *rules_of_algebra(const char *name);
const struct rule_row *rules_of_choices(const char *name);
const struct rule_row *rule_find(const struct rule_row *table, size_t count, const char *name);

/* Every tensor operand element by element, sizes 1 and missing axes repeated. */
bool rules_map(struct rules *rules);

/* ---- for the tables ------------------------------------------------------------------------- */

/* NULL when that operand is no tensor. */
const struct trace_tensor *rules_tensor(const struct rules *rules, size_t operand);
struct space space_of(const struct trace_tensor *tensor);
struct space space_flat(int64_t count);

/* A new relation from the result to the operand, which finds its first cell until rules say other. */
struct relation *relate(struct rules *rules, size_t operand);
/* The same between other divisions of their elements. */
struct relation *relate_spaces(struct rules *rules, size_t operand, struct space from,
                               struct space to);
/* The place on axis `to` is that on axis `from` of the known side. */
void rule_follow(struct relation *relation, int to, int from);
/* All places of an axis. */
void rule_whole(struct relation *relation, int to);
void rule_whole_all(struct relation *relation);
/* The same place, sizes 1 and missing axes repeated; false when the shapes do not fit. */
bool rule_broadcast(struct relation *relation);
/* As rules_map, for one operand; false when the shapes do not fit. */
bool relate_broadcast(struct rules *rules, size_t operand);
/* The same element, in whatever shape. */
bool relate_same(struct rules *rules, size_t operand);

bool rule_number(const struct rules *rules, const char *name, int64_t *out);
int64_t rule_number_or(const struct rules *rules, const char *name, int64_t otherwise);
/* The items of a list of numbers; a number alone is one of one. Returns how many, at most AXES. */
int rule_list(const struct rules *rules, const char *name, int64_t out[AXES]);
/* An axis of a tensor of so many: -1 when the attribute is missing or names none. */
int rule_axis(const struct rules *rules, const char *name, int ndim);

/* The recorded elements of an operand as whole numbers, those below 0 counted from `size`; NULL when
 * there are none or only a sample. */
const int64_t *rule_elements(const struct rules *rules, size_t operand, int64_t size);
const int64_t *rule_elements_of(const struct rules *rules, const struct trace_tensor *tensor,
                                const struct trace_value *value, int64_t size);
/* Which elements of a mask are true, their number in *count; NULL as above. */
const int64_t *rule_true(const struct rules *rules, size_t operand, int64_t *count);

/* A relation that nobody keeps: to be asked for its cells. */
struct relation *relation_alone(struct rules *rules, struct space from, struct space to);
/* The only place that index `element` leads to; -1: none. */
int64_t relation_place(const struct relation *relation, int64_t element);
