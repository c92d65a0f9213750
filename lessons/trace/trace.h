#pragma once
/* A run as it can be looked at: every entity of a trace with its birth, its versions and its end.
 * Append-only: feed it bytes as they arrive. What was read never changes, only counts grow; views
 * hold ids, not pointers, across trace_feed.
 *
 *     struct trace *trace = trace_create();
 *     trace_feed(trace, bytes, length, &err);          any number of times
 *     trace_finish_input(trace, &err);
 *     const struct trace_tensor *x = trace_tensor(trace, 1);
 *     const struct trace_value *value = trace_value_at(x, moment);
 *
 * A moment is a position between two records: moment m is "after the first m records". `born` and
 * the other uint32_t fields named after events are record numbers: an entity born at record i
 * exists from moment i + 1 on. NEVER means "it did not happen (yet)". */

#include "lessons/trace/records.h"

static const uint32_t NEVER = UINT32_MAX;

/* A cell of the lesson, its `more` parts joined. in_number 0: not a code cell. */
struct trace_cell {
    int64_t cell, in_number, file_line;
    const char *kind, *title, *lang, *slide;
    const struct trace_string *tags, *hide;
    size_t tag_count, hide_count;
    bool masked; /* what it prints and its comments are not to be read: trace_mask */
    struct trace_string text;
    const uint32_t *lines; /* where each line of the text begins */
    size_t line_count;
};

/* Read elements with trace_element (state.h). Equal successive values are stored once. */
struct trace_value {
    uint32_t since; /* record */
    const char *dtype;
    const void *bytes;
    size_t count; /* elements in bytes: all of them, or the sampled ones */
    bool sampled;
    int64_t sample_rows, sample_columns;
    double stats[4]; /* min, max, mean, std of the whole tensor, over finite elements */
    bool masked;     /* its elements are not to be read: trace_mask */
};

/* From record `since` on, x.grad is this tensor; 0 is None. */
struct trace_grad_link {
    uint32_t since;
    int64_t total;
};

/* At record `since` its elements were changed in place: by that operation, which gave it that node, or at
 * least (node 0) gave it none; op 0: it only got the node, as the view of what was written to. */
struct trace_rewrite {
    uint32_t since;
    int64_t op, node;
};

enum tensor_role { TENSOR_ROLE_DATA, TENSOR_ROLE_GRAD, TENSOR_ROLE_STATE };

struct trace_tensor {
    int64_t id;
    uint32_t born, gone;
    int ndim;
    const int64_t *shape; /* ndim sizes */
    int64_t count;        /* elements */
    const char *dtype, *device;
    bool dtype_masked; /* its dtype is not to be read: trace_mask, trace_dtype_text */
    int64_t storage;
    const int64_t *strides; /* ndim */
    int64_t offset;
    bool requires_grad; /* at birth; trace_requires_grad_at for later */
    bool parameter;
    enum tensor_role role;
    int64_t op;      /* that made it, 0: none */
    int64_t node;    /* its grad_fn, 0: a leaf */
    int output;      /* which output of op */
    int64_t grad_of; /* the first tensor whose .grad it was, 0: of none */
    struct trace_value *values;
    size_t value_count, value_capacity;
    struct trace_grad_link *grads;
    size_t grad_count, grad_capacity;
    uint32_t *updates; /* records that changed it in place */
    size_t update_count, update_capacity;
    uint32_t *switches; /* those of them that set requires_grad */
    size_t switch_count, switch_capacity;
    int64_t first_node;     /* its grad_fn before the first of the rewrites */
    uint32_t tracked_since; /* record of the first of them that gave it a node, NEVER: none did */
    struct trace_rewrite *rewrites;
    size_t rewrite_count, rewrite_capacity;
};

struct trace_op {
    int64_t id;
    uint32_t born;  /* its record */
    uint32_t first; /* first record of the group that it ends */
    const struct record_op *record;
    const struct record_opdef *def; /* never NULL: an undefined operation gets one with its name */
    int64_t frame;                  /* that was executing */
    /* Its expression ended in an exception after it; NULL: it did not. */
    const struct record_failed *failed;
};

struct trace_node {
    int64_t id;
    uint32_t born, gone;
    const struct record_node *record;
    int64_t op;       /* 0 if the trace was cut off before the op was read */
    uint32_t *visits; /* records */
    size_t visit_count, visit_capacity;
    uint32_t freed; /* record of its `free`, NEVER while its saved tensors stay */
};

struct trace_module {
    int64_t id;
    uint32_t born;
    const struct record_module *record; /* the latest */
    int64_t parent;                     /* 0: none known */
    const char *name;                   /* in its parent, "" at the top */
};

struct trace_backward {
    int64_t id;
    uint32_t born, ended; /* NEVER: an error cut it off, or it goes on */
    const struct record_backward *record;
};

struct trace_frame {
    int64_t id, parent;
    uint32_t born, ended;
    int64_t cell;     /* number of the code cell whose text holds it */
    const char *name; /* "<module>" for a cell */
    int64_t first_line;
};

/* How the run ended, and why the reader stopped reading, if it did. */
struct trace_ending {
    bool ended; /* an `end` record is there */
    const char *how;
    int64_t status;
    bool broken; /* a line could not be read: `why` says which and what is wrong */
    char why[256];
};

struct trace;

struct trace *trace_create(void);
void trace_destroy(struct trace *trace);

/* To be called before the first byte, by whoever only waits for the run: of all that comes, it keeps the
 * cells and what is said to the user (how the run began and ended, what was printed, refused or went
 * wrong), and passes over the rest, of which only the kind is looked at. Record numbers are then those of
 * what is kept, and there are no entities but cells. */
void trace_keep_said(struct trace *trace);

enum { TRACE_RECORDS_MAX = 4 << 20, TRACE_BYTES_MAX = 256 << 20 };

/* Reads the complete lines in the bytes so far; a part of a line waits for the rest. False when a
 * line is broken or a limit is exceeded: err says the line, everything before stays, and the trace
 * takes no more. */
bool trace_feed(struct trace *trace, const char *bytes, size_t length, struct error *err);
/* The input is over: a last line without its newline is read if it is whole, else an error. */
bool trace_finish_input(struct trace *trace, struct error *err);

/* A whole file. What could be read is in the trace even when it returns false. */
bool trace_load(struct trace *trace, const char *path, struct error *err);

/* Number of records, which is also the last moment. */
uint32_t trace_record_count(const struct trace *trace);
const struct record *trace_record(const struct trace *trace, uint32_t index);

const struct record_hello *trace_hello(const struct trace *trace); /* NULL before it was read */
const struct trace_ending *trace_ending(const struct trace *trace);

/* Entities by id, from 1 to their count; NULL for an id that was not read. */
const struct trace_tensor *trace_tensor(const struct trace *trace, int64_t id);
const struct trace_op *trace_op(const struct trace *trace, int64_t id);
const struct trace_node *trace_node(const struct trace *trace, int64_t id);
const struct trace_module *trace_module(const struct trace *trace, int64_t id);
const struct trace_backward *trace_backward(const struct trace *trace, int64_t id);
const struct trace_frame *trace_frame(const struct trace *trace, int64_t id);
/* What an operation of that name is; NULL where the trace does not say. */
const struct record_opdef *trace_opdef(const struct trace *trace, const char *name);
int64_t trace_tensor_count(const struct trace *trace);
int64_t trace_op_count(const struct trace *trace);
int64_t trace_node_count(const struct trace *trace);
int64_t trace_backward_count(const struct trace *trace);
int64_t trace_frame_count(const struct trace *trace);

size_t trace_cell_count(const struct trace *trace);
const struct trace_cell *trace_cell(const struct trace *trace, size_t index);
bool trace_cell_tagged(const struct trace_cell *cell, const char *tag);
/* The code cell of that run-order number (`In[n]`); NULL if there is none. */
const struct trace_cell *trace_code_cell(const struct trace *trace, int64_t in_number);

/* Record numbers of one kind, ascending. */
const uint32_t *trace_records_of(const struct trace *trace, enum record_kind kind, size_t *count);
