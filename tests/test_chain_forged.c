/* An element's equation of operations that a forged trace tells: shapes that do not belong together, of no
 * elements and of more than can be counted, settings beyond every number. Nothing is expected but that it
 * ends, and soon. */

#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lessons/trace/trace.h"
#include "render/ledger/chain.h"

#define HELLO                                                                                   \
    "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\",\"device\":\"cpu\","      \
    "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":1,\"seccomp\":true,\"why\""   \
    ":\"\"}}\n"                                                                                 \
    "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,\"text\":\"x=1\\n\"}\n" \
    "{\"k\":\"cell\",\"in\":1,\"f\":1}\n{\"k\":\"line\",\"f\":1,\"line\":1}\n"

enum { SECONDS = 60, OUTPUTS = 2 };

static const char *const operations[] = {
    "convolution",
    "max_pool2d",
    "avg_pool2d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "layer_norm",
    "group_norm",
    "batch_norm",
    "embedding",
    "index_select",
    "gather",
    "index",
    "sort",
    "max",
    "cat",
    "stack",
    "nll_loss",
    "softmax",
    "log_softmax",
    "cumsum",
    "mm",
    "bmm",
    "mv",
    "addmm",
    "dot",
    "where",
    "masked_fill",
    "expand",
    "sum",
    "mul",
};

/* The operands, the results, and the gradients of the operands. */
static const struct {
    const char *first, *second, *out, *to;
} shapes[] = {
    { "[1,0]", "[1]", "[1]", "[1]" },
    { "[0]", "[1]", "[1]", "[1]" },
    { "[1,1]", "[1,1]", "[0,1]", "[1]" },
    { "[1,1]", "[1,0]", "[1,1]", "[1,1]" },
    { "[1,0]", "[0,1]", "[1,1]", "[1,1]" },
    { "[9007199254740992]", "[1]", "[9007199254740992]", "[1]" },
    { "[1]", "[9007199254740992]", "[1]", "[9007199254740992]" },
    { "[94906265,94906265]", "[94906265,94906265]", "[94906265,94906265]", "[1,1]" },
    { "[1,1,1]", "[1,0,1]", "[1,1,1]", "[1,1,1]" },
    { "[1,1,0]", "[1,1,1]", "[1,1,1]", "[1,1,1]" },
    { "[1,1,0,1]", "[1,1,1,1]", "[1,1,1,1]", "[1,1,1,1]" },
    { "[1,1,1,1]", "[1,1,1,1]", "[1,1,0,1]", "[1,1,1,1]" },
    { "[1,1,1,1]", "[1,1,1,1]", "[1,1,1,1]", "[1,1,1,1]" },
    { "[9007199254740992,1,1,1]", "[1,1,1,1]", "[1,1,1,1]", "[1,1,1,1]" },
    { "[1,9007199254740992,1,1]", "[1,1,1,1]", "[1,1,1,1]", "[1,1,1,1]" },
    { "[1,1,1,1]", "[1,1,94906265,94906265]", "[1,1,1,1]", "[1,1,1,1]" },
    { "[1,1,1,1]", "[1,1,1,1]", "[1,1,94906265,94906265]", "[1,1,1,1]" },
};

static const char *const settings[] = {
    "{\"dim\":0,\"stride\":[1,1],\"padding\":[0,0],\"dilation\":[1,1],\"kernel_size\":[1,1],"
    "\"groups\":1,\"group\":1,\"normalized_shape\":[1],\"training\":true,\"eps\":0.1}",
    "{\"dim\":0,\"stride\":[0,-1],\"padding\":[9007199254740992,9007199254740992],"
    "\"dilation\":[9007199254740992,0],\"kernel_size\":[9007199254740992,1e300],"
    "\"groups\":1e300,\"group\":1e300,\"normalized_shape\":[],\"training\":true,\"eps\":0}",
    "{\"dim\":1,\"stride\":[65536,65536],\"padding\":[-65536,65536],\"dilation\":[65536,1],"
    "\"kernel_size\":[65536,65536],\"groups\":3,\"group\":3,\"normalized_shape\":[1,1,1,1,1,1],"
    "\"transposed\":true,\"training\":false,\"eps\":-1}",
};

/* ---- a forged trace ---------------------------------------------------------------------------- */

/* With its number, where it has one. */
static void tell_tensor(struct text *trace, int id, const char *shape, const char *role)
{
    const bool single = !strpbrk(shape, "023456789");

    text_format(trace, "{\"k\":\"tensor\",\"t\":%d,\"shape\":%s,\"dtype\":\"float32\",%s}\n", id,
                shape, role);
    if (single) {
        text_format(trace, "{\"k\":\"value\",\"t\":%d,\"data\":[1]}\n", id);
    }
}

static struct trace *forge(const char *operation, size_t shape, const char *setting)
{
    struct trace *const trace = trace_create();
    struct text text = { 0 };
    struct error err = { 0 };
    int id = 3;

    text_append_string(&text, HELLO);
    text_format(&text,
                "{\"k\":\"opdef\",\"op\":\"%s\",\"symbol\":\"*\",\"formula\":\"\","
                "\"derivatives\":[\"g\"],\"provenance\":\"window\"}\n",
                operation);
    tell_tensor(&text, 1, shapes[shape].first, "\"s\":1,\"requires_grad\":true");
    tell_tensor(&text, 2, shapes[shape].second, "\"s\":2,\"requires_grad\":true");
    for (; id < 3 + OUTPUTS; id++) {
        char role[64];
        snprintf(role, sizeof(role), "\"s\":%d,\"requires_grad\":true", id);
        tell_tensor(&text, id, shapes[shape].out, role);
    }
    text_format(&text,
                "{\"k\":\"node\",\"n\":1,\"name\":\"N\",\"edges\":[{\"leaf\":1},{\"leaf\":2}]}\n"
                "{\"k\":\"op\",\"o\":1,\"op\":\"%s\",\"in\":[{\"t\":1},{\"t\":2}],\"attrs\":%s,"
                "\"out\":[3,4],\"at\":[1,1,0,1,1],\"n\":1}\n",
                operation, setting);
    tell_tensor(&text, id, shapes[shape].out, "\"role\":\"grad\"");
    tell_tensor(&text, id + 1, shapes[shape].to, "\"role\":\"grad\"");
    tell_tensor(&text, id + 2, shapes[shape].to, "\"role\":\"grad\"");
    text_format(&text,
                "{\"k\":\"backward\",\"b\":1,\"root\":3,\"grad\":%d,\"at\":[1,1,0,1,1]}\n"
                "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[%d],\"edges\":[{\"to\":{\"leaf\":1},"
                "\"grad\":%d},{\"to\":{\"leaf\":2},\"grad\":%d}]}\n",
                id, id, id + 1, id + 2);
    if (!trace_feed(trace, text.bytes, text.length, &err)) {
        fail_msg("%s", err.text);
    }
    text_finish(&text);
    return trace;
}

static void spell_all(const struct trace *trace)
{
    const struct run_view run = { .trace = trace, .moment = trace_record_count(trace) };
    struct arena arena = { 0 };
    size_t count;
    const uint32_t *const visits = trace_records_of(trace, RECORD_VISIT, &count);

    assert_int_equal(count, 1);
    for (int64_t element = 0; element < 2; element++) {
        element_equation_of_result(&run, trace_op(trace, 1), element, &arena);
        for (size_t edge = 0; edge < 2; edge++) {
            element_equation_of(&run, &trace_record(trace, visits[0])->visit, edge, element,
                                &arena);
        }
    }
    arena_finish(&arena);
}

static void every_shape_is_borne(void **state)
{
    (void)state;
    alarm(SECONDS);
    for (size_t o = 0; o < sizeof(operations) / sizeof(*operations); o++) {
        for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
            for (size_t k = 0; k < sizeof(settings) / sizeof(*settings); k++) {
                struct trace *const trace = forge(operations[o], s, settings[k]);
                spell_all(trace);
                trace_destroy(trace);
            }
        }
    }
    alarm(0);
}

/* Each changed the result of a transpose, and takes the other's. */
static void transposes_do_not_lead_round(void **state)
{
    static const char told[] =
        HELLO "{\"k\":\"opdef\",\"op\":\"t\",\"formula\":\"aᵀ\",\"derivatives\":[\"gᵀ\"],"
              "\"provenance\":\"affine\"}\n"
              "{\"k\":\"opdef\",\"op\":\"neg\",\"formula\":\"−a\",\"provenance\":\"map\"}\n"
              "{\"k\":\"opdef\",\"op\":\"abs\",\"formula\":\"|a|\",\"provenance\":\"map\"}\n"
              "{\"k\":\"tensor\",\"t\":1,\"shape\":[1,1],\"dtype\":\"float32\",\"s\":1}\n"
              "{\"k\":\"tensor\",\"t\":2,\"shape\":[1,1],\"dtype\":\"float32\",\"s\":2}\n"
              "{\"k\":\"op\",\"o\":1,\"op\":\"t\",\"in\":[{\"t\":1}],\"out\":[2]}\n"
              "{\"k\":\"tensor\",\"t\":3,\"shape\":[1,1],\"dtype\":\"float32\",\"s\":3}\n"
              "{\"k\":\"op\",\"o\":2,\"op\":\"t\",\"in\":[{\"t\":1}],\"out\":[3]}\n"
              "{\"k\":\"node\",\"n\":1,\"name\":\"A\",\"edges\":[{\"leaf\":1}]}\n"
              "{\"k\":\"op\",\"o\":3,\"op\":\"neg\",\"in\":[{\"t\":3}],\"out\":[2],\"n\":1}\n"
              "{\"k\":\"node\",\"n\":2,\"name\":\"B\",\"edges\":[{\"leaf\":1}]}\n"
              "{\"k\":\"op\",\"o\":4,\"op\":\"abs\",\"in\":[{\"t\":2}],\"out\":[3],\"n\":2}\n"
              "{\"k\":\"tensor\",\"t\":4,\"shape\":[1,1],\"dtype\":\"float32\",\"role\":\"grad\"}\n"
              "{\"k\":\"backward\",\"b\":1,\"root\":3,\"grad\":4}\n"
              "{\"k\":\"visit\",\"b\":1,\"n\":2,\"in\":[4],\"edges\":[{\"to\":{\"n\":1},"
              "\"grad\":4,\"local\":1}]}\n"
              "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[4],\"edges\":[{\"to\":{\"n\":2},"
              "\"grad\":4,\"local\":1}]}\n";
    struct trace *const trace = trace_create();
    struct arena arena = { 0 };
    struct error err = { 0 };
    struct chain chain;

    (void)state;
    if (!trace_feed(trace, told, strlen(told), &err)) {
        fail_msg("%s", err.text);
    }
    struct stops *const stops = stops_create(trace);
    stops_update(stops);
    stops_finish(stops);
    const struct run_view run = { .trace = trace,
                                  .stops = stops,
                                  .moment = trace_record_count(trace) };
    for (int64_t tensor = 1; tensor < 4; tensor++) {
        const struct chain_place place = { .tensor = tensor };
        chain_at(&run, &place, &chain, &arena);
    }
    arena_finish(&arena);
    stops_destroy(stops);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_borne),
        cmocka_unit_test(transposes_do_not_lead_round),
    };
    return test_run(tests);
}
