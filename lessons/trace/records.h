#pragma once
/* The records of a trace as C structs: what FORMAT.md says, one struct for each kind, one row in
 * `record_table` for each. The writer prints a struct as one line, the reader parses one line into
 * a struct; both are driven by the table. Ids are whole numbers from 1; 0 means "none". What a loop tells at
 * every turn has a shorter form as well: a new member of such a record also stands in packed.c. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/text.h"

enum { TRACE_FORMAT = 1, TRACE_LINE_MAX = 65536, TRACE_MAX_DIMS = 8 };

enum record_kind {
    RECORD_HELLO,
    RECORD_SOURCE,
    RECORD_OPDEF,
    RECORD_OUT,
    RECORD_DISPLAY,
    RECORD_DENIED,
    RECORD_BUDGET,
    RECORD_ERROR,
    RECORD_END,
    RECORD_CELL,
    RECORD_LINE,
    RECORD_CALL,
    RECORD_RETURN,
    RECORD_ENTER,
    RECORD_LEAVE,
    RECORD_COND,
    RECORD_MODE,
    RECORD_TENSOR,
    RECORD_VALUE,
    RECORD_OP,
    RECORD_NODE,
    RECORD_MODULE,
    RECORD_BIND,
    RECORD_UPDATE,
    RECORD_CALLED,
    RECORD_TAKEN,
    RECORD_FAILED,
    RECORD_GONE,
    RECORD_BACKWARD,
    RECORD_VISIT,
    RECORD_FREE,
    RECORD_ACCUMULATE,
    RECORD_BACKWARD_END,
    RECORD_OPTIM,
    RECORD_STEP,
    RECORD_DEVICE,
    RECORD_MEMORY,
    RECORD_COPY,
    RECORD_KERNEL,
    RECORD_FALLBACK,
    RECORD_PROBE,
    RECORD_KIND_COUNT
};

/* A place in a code cell; cell 0 is "nowhere". Lines from 1, columns in bytes from 0, the end
 * exclusive. */
struct span {
    int cell, line, column, end_line, end_column;
};

/* UTF-8 with a length; bytes are NUL-terminated as well. */
struct trace_string {
    const char *bytes;
    size_t length;
};

enum argument_kind {
    ARGUMENT_NONE,
    ARGUMENT_TENSOR,
    ARGUMENT_MODULE,
    ARGUMENT_NUMBER,
    ARGUMENT_STRING,
    ARGUMENT_BOOL,
    ARGUMENT_LIST,
    ARGUMENT_OBJECT, /* members with names; only in `attrs`, `groups` and `state` */
};

struct argument {
    enum argument_kind kind;
    int64_t id;    /* tensor or module */
    double number; /* number, or 0 and 1 for a bool */
    struct trace_string string;
    const char *name; /* when it is a member of an object */
    const struct argument *items;
    size_t item_count;
};

struct id_list {
    const int64_t *ids;
    size_t count;
};

/* Where a gradient goes: output `output` of node `node`, or a leaf, or nowhere (both 0). */
struct edge_target {
    int64_t node, leaf;
    int output;
};

struct saved_slot {
    const char *name;
    int64_t tensor; /* 0: a number kept as a tensor */
    double value;
};

/* tensor 0 and is_number false: no number fits, the opdef's text says it. */
struct visit_edge {
    struct edge_target to;
    int64_t grad; /* 0: no gradient along this edge */
    int64_t local_tensor;
    double local_number;
    bool local_is_number;
};

struct named_id {
    const char *name;
    int64_t id;
};

struct error_frame {
    const char *name;
    struct span at;
};

struct line_range {
    int first, last; /* 0, 0: there is none */
};

struct record_hello {
    int64_t format;
    const char *program, *python, *device;
    bool rlimits, no_new_privs, seccomp, gpu, strict;
    int64_t landlock;
    const char *why;
};

struct record_source {
    int64_t cell;
    const char *kind;
    int64_t in, line;
    const char *title, *lang, *slide;
    const struct trace_string *tags, *hide;
    size_t tag_count, hide_count;
    bool more;
    struct trace_string text;
};

struct record_opdef {
    const char *op, *symbol, *formula;
    const struct trace_string *derivatives;
    size_t derivative_count;
    const char *provenance;
};

struct record_out {
    const char *stream;
    struct trace_string text;
};

struct record_display {
    int64_t in;
    struct trace_string text;
};

struct record_denied {
    const char *what;
    struct trace_string text;
    struct span at;
};

struct record_budget {
    const char *what;
    double limit;
    struct trace_string text;
};

/* Of more frames the middle is left out. */
enum { ERROR_FRAMES_MAX = 80 };
struct record_error {
    const char *type;
    struct trace_string text;
    const struct error_frame *frames;
    size_t frame_count;
    int64_t node;
    struct trace_string traceback;
};

struct record_end {
    const char *how;
    int64_t status;
};

struct record_cell {
    int64_t in, frame;
};

struct record_line {
    int64_t frame, line;
};

struct record_call {
    int64_t frame, parent, in, line;
    const char *name;
};

/* What is returned, as in a bind record; all of it 0 or empty for None. */
struct record_return {
    int64_t frame;
    int64_t tensor, module, optimizer;
    const char *type;
    struct trace_string text;
    const struct argument *items;
    size_t item_count;
};

struct record_enter {
    int64_t module;
    struct span at;
};

struct record_leave {
    int64_t module;
};

struct record_cond {
    int64_t frame;
    const char *kind;
    struct span at;
    bool value;
    int64_t tensor;
    struct line_range body, otherwise;
};

struct record_mode {
    const char *grad, *train;
    bool inference;
    int64_t module;
    struct span at;
};

/* strides_given false: contiguous. */
struct record_tensor {
    int64_t tensor;
    int ndim;
    const int64_t *shape; /* ndim sizes */
    const char *dtype, *device;
    int64_t storage;
    bool strides_given;
    const int64_t *strides; /* as many, where they are given */
    int64_t offset;
    bool requires_grad, parameter;
    const char *role;
};

/* `bytes`: the elements, or the sampled elements, in the tensor's dtype, little-endian, whatever
 * the spelling on the line was. The dtype is not on the line: the reader takes it from the tensor,
 * the writer is told. */
struct record_value {
    int64_t tensor;
    const char *dtype;
    const void *bytes;
    size_t byte_count;
    bool sampled;
    int64_t sample_rows, sample_columns;
    double stats[4]; /* min, max, mean, std */
};

struct record_op {
    int64_t op;
    const char *name;
    const struct argument *in;
    size_t in_count;
    bool turned; /* written with its two operands in the other order: 3 * x */
    const struct argument *attrs;
    size_t attr_count;
    struct id_list out;
    struct span at;
    int64_t module, node;
    int64_t whole; /* of which `out` is a part that was written: the node is that one's. 0: none */
};

struct record_node {
    int64_t node;
    int64_t tensor; /* whose grad_fn it is, where no operation says so; 0: not told */
    const char *name;
    const struct edge_target *edges;
    size_t edge_count;
    const struct saved_slot *saved;
    size_t saved_count;
};

struct record_module {
    int64_t module;
    const char *class_name;
    struct trace_string text;
    const struct named_id *params; /* and buffers */
    size_t param_count;
    const struct named_id *children;
    size_t child_count;
};

struct record_bind {
    int64_t frame;
    const char *name;
    int64_t tensor, module, optimizer;
    const char *type;
    struct trace_string text;
    const struct argument *items;
    size_t item_count;
};

/* grad "none": .grad is None now; total: .grad is that tensor now. */
struct record_update {
    int64_t tensor;
    const char *by, *grad, *requires_grad;
    int64_t total;
    struct span at;
};

/* By the formula of the layer that made it inside. */
struct record_called {
    int64_t tensor;
    const char *name;
};

struct record_taken {
    int64_t tensor;
    const char *by;
    struct span at;
};

/* op "": the exception did not come from an operation. */
struct record_failed {
    const char *type;
    struct trace_string text;
    const char *op;
    const struct argument *in;
    size_t in_count;
    const struct argument *attrs;
    size_t attr_count;
    struct span at;
};

struct record_gone {
    struct id_list tensors, nodes;
};

/* One more tensor that a walk starts from. */
struct walk_root {
    int64_t root, grad;
};

struct record_backward {
    int64_t backward, root, grad;
    const struct walk_root *more; /* roots after the first */
    size_t more_count;
    bool retain_graph, create_graph;
    struct span at;
};

struct record_visit {
    int64_t backward, node;
    struct id_list in; /* 0 for null */
    const struct visit_edge *edges;
    size_t edge_count;
};

struct record_free {
    int64_t node;
};

struct record_accumulate {
    int64_t backward, tensor, grad, total;
};

struct record_backward_end {
    int64_t backward;
};

/* groups: each an ARGUMENT_OBJECT, its member "params" a list of tensors. */
struct record_optim {
    int64_t optimizer;
    const char *class_name;
    const struct argument *groups;
    size_t group_count;
};

struct step_param {
    int64_t tensor;
    const struct argument *state; /* members with names */
    size_t state_count;
};

struct record_step {
    int64_t optimizer;
    struct span at;
    const struct step_param *params;
    size_t param_count;
};

/* why "": the device is there. */
struct record_device {
    const char *device, *name, *capability;
    int64_t multiprocessors;
    const char *driver, *runtime;
    double total;
    const char *why;
};

struct record_memory {
    const char *device;
    double used, cached, free, peak;
};

/* tensor 0 or from 0: numbers on the host's side that are no tensor. ms 0: not known. */
struct record_copy {
    int64_t tensor, from;
    const char *source, *target;
    double bytes, ms;
    bool waits;
    const char *by;
    struct span at;
};

/* What a device, or the CPU in its place, worked for: an operation, a node in a walk, or a step of an
 * optimizer. */
struct device_task {
    int64_t op, backward, node, optimizer;
};

struct record_kernel {
    struct device_task task;
    const char *device;
    int64_t count;
    double queued, run; /* run 0: not known */
};

struct record_fallback {
    struct device_task task;
    const char *device, *what, *dtype;
    int64_t count;
    double bytes;
};

struct record_probe {
    const char *what;
    const struct argument *members;
    size_t member_count;
};

struct record {
    enum record_kind kind;
    union {
        struct record_hello hello;
        struct record_source source;
        struct record_opdef opdef;
        struct record_out out;
        struct record_display display;
        struct record_denied denied;
        struct record_budget budget;
        struct record_error error;
        struct record_end end;
        struct record_cell cell;
        struct record_line line;
        struct record_call call;
        struct record_return ret;
        struct record_enter enter;
        struct record_leave leave;
        struct record_cond cond;
        struct record_mode mode;
        struct record_tensor tensor;
        struct record_value value;
        struct record_op op;
        struct record_node node;
        struct record_module module;
        struct record_bind bind;
        struct record_update update;
        struct record_called called;
        struct record_taken taken;
        struct record_failed failed;
        struct record_gone gone;
        struct record_backward backward;
        struct record_visit visit;
        struct record_free free;
        struct record_accumulate accumulate;
        struct record_backward_end backward_end;
        struct record_optim optim;
        struct record_step step;
        struct record_device device;
        struct record_memory memory;
        struct record_copy copy;
        struct record_kernel kernel;
        struct record_fallback fallback;
        struct record_probe probe;
    };
};

/* Appends the record as one line with its newline. NULL strings count as "". Source, out, error and
 * display texts that would make the line longer than TRACE_LINE_MAX must be split by the caller; of what
 * else is too long the strings and lists are cut (shorten.h). */
void record_write(struct text *out, const struct record *record);

/* Strings of earlier lines, so that what comes again is not stored again. Zero-initialise; belongs to
 * one arena and dies with it. */
enum { RECORD_WORD_MAX = 32 };
struct record_words {
    const char *slots[256];
    unsigned char lengths[256];
};

/* Parses one line (without its newline) into *record; everything it points at lives in `arena`.
 * *known is false for a kind this version does not know (record is then untouched). */
struct record_context {
    /* A `value` line does not say its dtype: this does. NULL: there is no such tensor, an error. */
    const char *(*dtype_of)(const void *owner, int64_t tensor);
    const void *owner;
    /* Memory used only during the call; a caller with many lines lends one. NULL: none. */
    struct arena *scratch;
    struct record_words *words; /* of `arena`; NULL: none */
};
bool record_parse(struct record *record, bool *known, const char *line, size_t length,
                  const struct record_context *context, struct arena *arena, struct error *err);

/* The kind of a line as record_write begins it; RECORD_KIND_COUNT for any other. */
enum record_kind record_kind_of_line(const char *line, size_t length);

/* "hello", "source", ... */
const char *record_kind_name(enum record_kind kind);

/* Bytes of one element of that dtype name; 0 for a name that is none. */
size_t dtype_name_size(const char *dtype);
