/* How fast a long trace is written, read and asked: a training loop as the runner records it, five
 * operations, a walk and an Adam step an iteration. Prints a table; not a test. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "lessons/trace/episodes.h"
#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"

enum { OPS = 5, PARAMS = 2, ITERATIONS = 1700 };

struct maker {
    struct text text;
    int64_t tensors, ops, nodes, walks;
    uint32_t records;
};

static void put(struct maker *maker, const struct record *record)
{
    record_write(&maker->text, record);
    maker->records++;
}

static int64_t put_tensor(struct maker *maker, const char *role, const float *value)
{
    const struct record tensor = { .kind = RECORD_TENSOR,
                                   .tensor = { .tensor = ++maker->tensors,
                                               .ndim = 2,
                                               .shape = (const int64_t[]){ 4, 1 },
                                               .dtype = "float32",
                                               .requires_grad = role[0] == '\0',
                                               .role = role } };
    const struct record elements = { .kind = RECORD_VALUE,
                                     .value = { .tensor = maker->tensors,
                                                .dtype = "float32",
                                                .bytes = value,
                                                .byte_count = 4 * sizeof(*value) } };
    put(maker, &tensor);
    put(maker, &elements);
    return maker->tensors;
}

static void put_line(struct maker *maker, int64_t line)
{
    put(maker, &(struct record){ .kind = RECORD_LINE, .line = { .frame = 1, .line = line } });
}

static void put_op(struct maker *maker, int64_t input, const float *value)
{
    const int64_t out = put_tensor(maker, "", value);
    const struct edge_target edges[] = {
        { .node = maker->ops % OPS ? maker->nodes : 0, .leaf = maker->ops % OPS ? 0 : input }, { 0 }
    };
    const struct saved_slot saved = { .name = "self", .tensor = input };
    const struct argument in[] = { { .kind = ARGUMENT_TENSOR, .id = input },
                                   { .kind = ARGUMENT_NUMBER, .number = 2 } };
    put(maker, &(struct record){ .kind = RECORD_NODE,
                                 .node = { .node = ++maker->nodes,
                                           .name = "MulBackward0",
                                           .edges = edges,
                                           .edge_count = 2,
                                           .saved = &saved,
                                           .saved_count = 1 } });
    put(maker, &(struct record){ .kind = RECORD_OP,
                                 .op = { .op = ++maker->ops,
                                         .name = "mul",
                                         .in = in,
                                         .in_count = 2,
                                         .out = { &out, 1 },
                                         .at = { 1, 3, 4, 3, 20 },
                                         .node = maker->nodes } });
}

static void put_walk(struct maker *maker, int64_t root, int64_t leaf, const float *value)
{
    int64_t grad = put_tensor(maker, "grad", value);
    put(maker, &(struct record){ .kind = RECORD_BACKWARD,
                                 .backward = { .backward = ++maker->walks,
                                               .root = root,
                                               .grad = grad,
                                               .at = { 1, 4, 0, 4, 15 } } });
    for (int i = 0; i < OPS; i++) {
        const int64_t in = grad;
        grad = put_tensor(maker, "grad", value);
        const struct visit_edge edges[] = {
            { .to = { .node = i < OPS - 1 ? maker->nodes - i - 1 : 0,
                      .leaf = i < OPS - 1 ? 0 : leaf },
              .grad = grad,
              .local_number = 2,
              .local_is_number = true },
            { .grad = 0 },
        };
        put(maker, &(struct record){ .kind = RECORD_VISIT,
                                     .visit = { .backward = maker->walks,
                                                .node = maker->nodes - i,
                                                .in = { &in, 1 },
                                                .edges = edges,
                                                .edge_count = 2 } });
        put(maker, &(struct record){ .kind = RECORD_FREE, .free = { maker->nodes - i } });
    }
    const int64_t total = put_tensor(maker, "grad", value);
    put(maker, &(struct record){ .kind = RECORD_ACCUMULATE,
                                 .accumulate = { maker->walks, leaf, grad, total } });
    put(maker, &(struct record){ .kind = RECORD_BACKWARD_END, .backward_end = { maker->walks } });
}

static void put_step(struct maker *maker, int64_t tensor, const float *value)
{
    const struct span at = { 1, 5, 0, 5, 16 };
    put(maker, &(struct record){ .kind = RECORD_VALUE,
                                 .value = { .tensor = tensor,
                                            .dtype = "float32",
                                            .bytes = value,
                                            .byte_count = 4 * sizeof(*value) } });
    put(maker, &(struct record){ .kind = RECORD_UPDATE,
                                 .update = { .tensor = tensor, .by = "step", .at = at } });
    const struct step_param param = { .tensor = tensor };
    put(maker, &(struct record){
                   .kind = RECORD_STEP,
                   .step = { .optimizer = 1, .at = at, .params = &param, .param_count = 1 } });
}

static void make(struct maker *maker)
{
    const float start[4] = { 1, 2, 3, 4 };
    put(maker, &(struct record){ .kind = RECORD_HELLO, .hello = { .format = TRACE_FORMAT } });
    put(maker, &(struct record){ .kind = RECORD_CELL, .cell = { .in = 1, .frame = 1 } });
    const int64_t leaf = put_tensor(maker, "", start);
    put(maker, &(struct record){ .kind = RECORD_OPTIM, .optim = { .optimizer = 1 } });
    for (int i = 0; i < ITERATIONS; i++) {
        const float value[4] = { (float)i / 7, (float)i / 3, -(float)i, 0.1f };
        int64_t last = leaf;
        put_line(maker, 2);
        put_line(maker, 3);
        for (int k = 0; k < OPS; k++) {
            put_op(maker, last, value);
            last = maker->tensors;
        }
        put_line(maker, 4);
        put_walk(maker, last, leaf, value);
        put_line(maker, 5);
        put_step(maker, leaf, value);
    }
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void row(const char *what, double from)
{
    printf("%-34s %8.1f ms\n", what, (seconds() - from) * 1e3);
}

static void ask(const struct trace *trace)
{
    struct arena arena = { 0 };
    double from = seconds();
    struct stops *stops = stops_create(trace);
    stops_update(stops);
    row("stops", from);
    from = seconds();
    struct episodes *episodes = episodes_create(trace);
    episodes_update(episodes);
    row("episodes", from);

    from = seconds();
    const uint32_t middle = trace_record_count(trace) / 2;
    bool exact;
    const struct moment_address address = address_of(trace, stops, middle);
    address_find(trace, stops, &address, &exact);
    row("find a moment by its address", from);
    from = seconds();
    const struct episode *episode = episodes_at(episodes, episodes_index_at(episodes, middle));
    for (size_t i = 0; i < episode->tensor_count; i++) {
        const struct trace_tensor *tensor = trace_tensor(trace, episode->tensors[i]);
        trace_value_at(tensor, middle);
        trace_tensor_label(trace, tensor, &arena);
        trace_arrival_at(trace, tensor, trace_last_backward_at(trace, middle), middle, &arena);
    }
    row("state of one episode", from);
    episodes_destroy(episodes);
    stops_destroy(stops);
    arena_finish(&arena);
}

int main(void)
{
    struct maker maker = { 0 };
    struct error err = { 0 };
    double from = seconds();
    make(&maker);
    printf("%u records, %zu KiB\n", maker.records, maker.text.length / 1024);
    row("write", from);
    from = seconds();
    struct trace *trace = trace_create();
    if (!trace_feed(trace, maker.text.bytes, maker.text.length, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return EXIT_FAILURE;
    }
    row("read", from);
    ask(trace);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%-34s %8.1f MB\n", "memory, the text included", (double)usage.ru_maxrss / 1024);
    trace_destroy(trace);
    text_finish(&maker.text);
    return EXIT_SUCCESS;
}
