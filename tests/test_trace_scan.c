/* The quick way of reading a line against the long one: what it accepts, JSON accepts as well, and
 * with the same result. Tried with the lines of the fixtures and with everything that one changed
 * byte makes of them. */
#include "tests/test.h"

#include "lessons/trace/scan.h"
#include "tests/trace_fixture.h"

static const char *dtype_of(const void *owner, int64_t tensor)
{
    (void)tensor;
    return owner;
}

struct trial {
    struct arena arena, scratch;
    struct text quick, slow;
    const char *dtype;
    size_t lines, accepted;
};

static void trial_finish(struct trial *trial)
{
    arena_finish(&trial->arena);
    arena_finish(&trial->scratch);
    text_finish(&trial->quick);
    text_finish(&trial->slow);
}

static bool try_line(struct trial *trial, const char *line, size_t length)
{
    struct record record;
    const struct record_context context = { dtype_of, trial->dtype, &trial->scratch, NULL };
    trial->lines++;
    text_clear(&trial->quick);
    text_clear(&trial->slow);
    const bool quick = record_scan(&record, line, length, &context, &trial->arena);
    if (quick) {
        struct error err = { 0 };
        bool known = false;
        trial->accepted++;
        record_write(&trial->quick, &record);
        if (!record_parse_json(&record, &known, line, length, &context, &trial->arena, &err) ||
            !known) {
            fail_msg("%.*s: %s", (int)length, line, err.text);
        }
        record_write(&trial->slow, &record);
        assert_string_equal(trial->quick.bytes, trial->slow.bytes);
    }
    arena_clear(&trial->arena);
    return quick;
}

/* Every byte in turn as another one, and left out. */
static void try_changed(struct trial *trial, const char *line, size_t length)
{
    static const char others[] = "0-1.e\"\\,:[]{}n \x01\xc3";
    char changed[2048];
    if (length >= sizeof(changed)) {
        return;
    }
    for (size_t at = 0; at < length; at++) {
        memcpy(changed, line, length);
        for (size_t i = 0; i < sizeof(others) - 1; i++) {
            changed[at] = others[i];
            try_line(trial, changed, length);
        }
        memmove(changed + at, line + at + 1, length - at - 1);
        try_line(trial, changed, length - 1);
        try_line(trial, line, at);
    }
}

static bool is_usual(const char *line, size_t length)
{
    static const char *const kinds[] = { "tensor", "value", "op",   "node", "visit",
                                         "update", "line",  "gone", "step" };
    if (memchr(line, '\\', length)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        const size_t size = strlen(kinds[i]);
        if (strncmp(line + 6, kinds[i], size) == 0 && line[6 + size] == '"') {
            return true;
        }
    }
    return false;
}

static void for_each_line(struct trial *trial, void (*try)(struct trial *, const char *, size_t))
{
    for (size_t i = 0; i < FIXTURE_COUNT; i++) {
        size_t length;
        char *bytes = fixture_bytes(fixture_names[i], &length);
        for (const char *at = bytes, *end; (end = strchr(at, '\n')); at = end + 1) {
            try(trial, at, (size_t)(end - at));
        }
        free(bytes);
    }
}

/* Elements of another dtype than the trial's are refused both ways. */
static void try_usual(struct trial *trial, const char *line, size_t length)
{
    struct record record;
    bool known;
    const struct record_context context = { dtype_of, trial->dtype, &trial->scratch, NULL };
    if (!try_line(trial, line, length) && is_usual(line, length) &&
        record_parse_json(&record, &known, line, length, &context, &trial->arena, NULL)) {
        fail_msg("not read the quick way: %.*s", (int)length, line);
    }
}

static void usual_lines_are_read_the_quick_way(void **state)
{
    (void)state;
    struct trial trial = { .dtype = "float64" };
    for_each_line(&trial, try_usual);
    assert_true(trial.accepted > 200);
    trial_finish(&trial);
}

static void changed_lines_mean_the_same_to_both_ways(void **state)
{
    (void)state;
    static const char *const dtypes[] = { "float32", "int64", "bool" };
    for (size_t i = 0; i < sizeof(dtypes) / sizeof(*dtypes); i++) {
        struct trial trial = { .dtype = dtypes[i] };
        for_each_line(&trial, try_changed);
        assert_true(trial.accepted > 1000);
        trial_finish(&trial);
    }
}

static void edges_mean_the_same_to_both_ways(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{\"k\":\"value\",\"t\":1,\"data\":[1e400]}",
        "{\"k\":\"value\",\"t\":1,\"data\":[-0.0,1e-400,123456789012345678,0.1e1]}",
        "{\"k\":\"value\",\"t\":1,\"data\":[9007199254740993,3.4028236e+38]}",
        "{\"k\":\"value\",\"t\":1,\"b64\":\"AAAA\"}",
        "{\"k\":\"value\",\"t\":1,\"b64\":\"AAAAAA==\"}",
        "{\"k\":\"value\",\"t\":1,\"b64\":\"AAAAAB==\"}",
        "{\"k\":\"value\",\"t\":1,\"b64\":\"\\u0041AAAAA==\"}",
        "{\"k\":\"line\",\"f\":01,\"line\":1}",
        "{\"k\":\"line\",\"f\":1e0,\"line\":1}",
        "{\"k\":\"line\",\"f\":1,\"line\":9007199254740993}",
        "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"attrs\":{\"a\":1,\"a\":2},\"out\":[]}",
        "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"in\":[[[[[[[[[1]]]]]]]]],\"out\":[]}",
        "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"in\":[\"nan\",true,null,{\"m\":2}],\"out\":[]}",
        "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"in\":[{\"t\":0}],\"out\":[]}",
        "{\"k\":\"gone\",\"t\":[1,2,3],\"n\":[4]} ",
        "{\"k\":\"gone\",\"n\":[4],\"t\":[1]}",
        "{\"k\":\"gone\"}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[1,1,1,1,1,1,1,1,1],\"dtype\":\"float32\"}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[2],\"dtype\":\"float32\",\"strides\":[1,1]}",
        "{\"k\":\"node\",\"n\":1,\"name\":\"X\",\"edges\":[{\"n\":1,\"leaf\":2}]}",
        "{\"k\":\"node\",\"n\":1,\"name\":\"X\",\"edges\":[],\"saved\":[{\"name\":\"a\"}]}",
    };
    struct trial trial = { .dtype = "float32" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        try_line(&trial, lines[i], strlen(lines[i]));
        try_changed(&trial, lines[i], strlen(lines[i]));
    }
    trial_finish(&trial);
}

/* More items than are gathered on the way. */
static void long_lists_are_read(void **state)
{
    (void)state;
    struct trial trial = { .dtype = "float32" };
    for (int count = 0; count < 1000; count += 37) {
        struct text line = { 0 };
        text_append_string(&line, "{\"k\":\"gone\",\"t\":[1");
        for (int i = 0; i < count; i++) {
            text_format(&line, ",%d", i + 2);
        }
        text_append_string(&line, "]}");
        struct record record;
        bool known = false;
        const struct record_context context = { dtype_of, trial.dtype, &trial.scratch, NULL };
        assert_true(
            record_parse(&record, &known, line.bytes, line.length, &context, &trial.arena, NULL));
        assert_int_equal(record.gone.tensors.count, count + 1);
        assert_int_equal(record.gone.tensors.ids[count], count + 1);
        text_finish(&line);
    }
    trial_finish(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_lines_are_read_the_quick_way),
        cmocka_unit_test(changed_lines_mean_the_same_to_both_ways),
        cmocka_unit_test(edges_mean_the_same_to_both_ways),
        cmocka_unit_test(long_lists_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
