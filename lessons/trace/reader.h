#pragma once
/* The inside of struct trace, for lessons/trace only. Entities live in the arena and never move;
 * `items[id - 1]` finds them. Each has its public struct first and behind it what the questions in
 * state.h need; its lists grow in the arena, those of the trace itself on the heap. */

#include "engine/base/text.h"
#include "lessons/trace/trace.h"

struct table {
    void **items;
    size_t count, capacity;
};

/* Record numbers, ascending. */
struct index_list {
    uint32_t *items;
    size_t count, capacity;
};

/* A contribution on its way to a node or a leaf: edge `edge` of the visit in record `visit`. */
struct arrival {
    uint32_t visit;
    int edge;
};

struct arrival_list {
    struct arrival *items;
    size_t count, capacity;
};

/* `name` since record `since`. */
struct naming {
    uint32_t since;
    const char *name;
};

struct tensor_entry {
    struct trace_tensor tensor;
    struct naming *names;
    size_t name_count, name_capacity;
    const char *param; /* its name in the module that has it, NULL: no parameter */
    const char *path;  /* `model.linear.weight`, NULL: none */
    uint32_t path_since;
    int64_t
        applied; /* the function of the lesson whose forward made it, once it has given it out; 0: none */
    const char *called;           /* inside of the layer that made it, NULL: nothing */
    struct arrival_list arrivals; /* as a leaf */
    struct index_list accumulates;
    struct index_list put_out; /* operations that put it out after the one that made it */
};

struct node_entry {
    struct trace_node node;
    struct arrival_list arrivals;
};

struct module_entry {
    struct trace_module module;
    const char *path; /* NULL: neither it nor a parent has a name yet */
};

struct frame_entry {
    struct trace_frame frame;
    uint32_t position; /* index in positions of its latest line, NEVER: none yet */
};

/* From record `since` on, `line_record` is the current line, for the `visit`-th time. */
struct position {
    uint32_t since, line_record, visit;
};

/* How often each line of each cell was executed, and in which positions: open addressing. */
struct visit_count {
    int64_t cell, line;
    uint32_t count;              /* 0: a free slot */
    struct index_list positions; /* in `positions` of the trace */
};

struct visit_table {
    struct visit_count *slots;
    size_t count, capacity; /* capacity: 0 or a power of two */
};

/* Entries of the arena by what they are called. Open addressing; a slot without an item is free. */
struct hash_table {
    struct hash_slot {
        uint64_t hash;
        void *item;
    } * slots;
    size_t count, capacity; /* capacity: 0 or a power of two */
};

struct trace {
    struct arena arena;   /* records and entities */
    struct arena scratch; /* one line's JSON */
    struct record_words words;
    struct text partial;  /* a line whose end has not come yet */
    uint64_t line_number; /* lines read */
    uint64_t bytes_read;
    size_t heap_bytes; /* lower bound of what the growing lists take */

    bool said_only;     /* trace_keep_said */
    size_t passed_over; /* lines that were not kept for that reason */

    const struct record **records;
    size_t record_count, record_capacity;
    struct index_list by_kind[RECORD_KIND_COUNT];

    struct table tensors, ops, nodes, modules, optims, backwards, frames;
    int64_t storage_count;

    struct table cells, code_cells; /* the same entries; code_cells by their number in run order */
    struct text *cell_texts;        /* one for each cell */
    struct index_list *cell_lines;
    size_t cell_text_capacity, cell_lines_capacity;
    bool cell_open; /* the last source record said `more` */

    const struct record_opdef **opdefs; /* sorted by name */
    size_t opdef_count, opdef_capacity;

    int64_t frame;        /* executing now, 0: none */
    int64_t cell_frame;   /* of the latest cell, 0: none or ended */
    uint32_t group_start; /* first record of the operation that is being written */
    struct position *positions;
    size_t position_count, position_capacity;
    struct visit_table visits;
    struct hash_table places;  /* sub-expressions, by span */
    struct table *cell_places; /* the same, for each code cell */
    size_t cell_place_count, cell_place_capacity;
    struct hash_table bound; /* names, by frame */
    int64_t returned; /* frame that has just returned, its line still the current one; 0: none */
    bool masked;      /* something is hidden: trace_mask */

    struct trace_ending ending;
};

/* Adds what the record says to the entities. Checks every reference first; false with a reason. */
bool trace_apply(struct trace *trace, const struct record *record, uint32_t index,
                 struct error *err);

/* The entity with that id, NULL if there is none. */
void *table_at(const struct table *table, int64_t id);
/* A zeroed entity with the next id. */
void *table_add(struct trace *trace, struct table *table, size_t size);
void table_put(struct trace *trace, struct table *table, void *item);
void index_add(struct trace *trace, struct index_list *list, uint32_t record);

struct tensor_entry *tensor_entry(const struct trace *trace, int64_t id);
struct node_entry *node_entry(const struct trace *trace, int64_t id);
struct module_entry *module_entry(const struct trace *trace, int64_t id);
struct frame_entry *frame_entry(const struct trace *trace, int64_t id);
struct trace_backward *backward_entry(const struct trace *trace, int64_t id);

/* tables.c: where execution is, and the definition of an operation (made up if there is none). */
void position_add(struct trace *trace, struct frame_entry *frame, uint32_t record, int64_t line);
/* Goes back to the caller's line, if a frame has returned and `record` is not one of those that
 * only complete what it did: a resting frame still points at the line just executed. */
void position_settle(struct trace *trace, const struct record *record, uint32_t index);
bool opdef_add(struct trace *trace, const struct record_opdef *def, struct error *err);
const struct record_opdef *opdef_find(struct trace *trace, const char *name, struct error *err);

/* names.c: what a bind or a module record says about names. */
void names_bind(struct trace *trace, const struct record_bind *bind, uint32_t index);
void names_module(struct trace *trace, struct module_entry *module, uint32_t index);

/* trace_tensor_label where it stands in so many formulas (formula_text.h). */
const char *names_label(const struct trace *trace, const struct trace_tensor *tensor, int formulas,
                        struct arena *arena);

/* places.c: an operation or backward pass of the lesson's code, and a name that it binds. Code outside
 * of the cells that were read is left out. */
void places_add(struct trace *trace, const struct span *at, bool backward, uint32_t record);
void places_bind(struct trace *trace, const struct record_bind *bind, uint32_t record);
void places_finish(struct trace *trace);

/* Whether a record only completes the step before it (see stops.h); an update is not among them. */
bool record_completes(enum record_kind kind);

/* The line's slot in `visits`; NULL if it was never executed. */
const struct visit_count *visit_find(const struct trace *trace, int64_t cell, int64_t line);

/* How many of the ascending record numbers are before the moment. */
size_t index_before(const uint32_t *items, size_t count, uint32_t moment);
