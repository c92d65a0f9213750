/* Every row of the record table: lines made from the table are parsed and must be written again the
 * same. A new row is tested by being there; a new type asks for samples below. */
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "lessons/trace/codec.h"
#include "lessons/trace/packed.h"

enum { SAMPLE_MAX = 8, VARIANTS = 6 };

/* Spellings of a type, as written: the plainest first, then the edges. */
struct samples {
    const struct codec *codec;
    const char *texts[SAMPLE_MAX];
};

static const struct samples samples[] = {
    { &codec_id, { "1", "2", "9007199254740992" } },
    { &codec_id_or_null, { "1", "null" } },
    { &codec_count, { "0", "7", "9007199254740992" } },
    { &codec_whole, { "0", "-1", "255" } },
    { &codec_amount, { "0", "0.1", "1e+20" } },
    { &codec_truth, { "false", "true" } },
    { &codec_string, { "\"\"", "\"x\"", "\"đạo hàm \\\"∂\\\" \\\\ 🔥\"", "\"\\n\\t\\u0001\"" } },
    { &codec_text, { "\"\"", "\"x\\n\"", "\"a\\u0000b\"", "\"Với $x=1$\"" } },
    { &codec_device, { "\"cuda:0\"", "\"cuda:1\"" } },
    { &codec_dtype, { "\"float32\"", "\"bool\"", "\"int64\"", "\"uint8\"" } },
    { &codec_role, { "\"grad\"", "\"state\"" } },
    { &codec_switch, { "\"on\"", "\"off\"" } },
    { &codec_none, { "\"none\"" } },
    { &codec_span, { "[1,1,0,1,0]", "[2,14,4,15,0]", "[1,2147483647,0,2147483647,2147483647]" } },
    { &codec_range, { "[1,1]", "[6,2147483647]" } },
    { &codec_shape, { "[2,3]", "[0,9007199254740992]" } },
    { &codec_strides, { "[3,1]", "[-1,0]" } },
    { &codec_value,
      { ",\"data\":[1]", ",\"data\":[]", ",\"data\":[0.1,-3,1e-05,\"nan\",\"inf\",\"-inf\"]",
        ",\"b64\":"
        "\"AACAPwAAAEAAAEBAAACAQAAAoEAAAMBAAADgQAAAAEEAABBBAAAgQQAAMEEAAEBBAABQQQAAYEEAAHBB"
        "AACAQQAAiEE=\"",
        ",\"sample\":[2,1],\"b64\":\"AACAPwAAAEA=\",\"stats\":[-1,1e+30,0.5,\"nan\"]" } },
    { &codec_argument,
      { "2", "{\"t\":3}", "{\"m\":1}", "[[[[[[[[]]]]]]]]", "[true,null,\"a\",-0.5]", "\"inf\"" } },
    { &codec_group, { "{}", "{\"lr\":0.1,\"params\":[{\"t\":1}]}", "{\"t\":1}" } },
    { &codec_answer, { "1", "{\"x\":{\"y\":[1,{\"t\":2}]}}", "[null]" } },
    { &codec_edge_target, { "{\"n\":1}", "null", "{\"n\":2,\"out\":1}", "{\"leaf\":3}" } },
    { &codec_visit_edge,
      { "{\"to\":{\"n\":1},\"grad\":2,\"local\":3}", "null", "{\"to\":{\"leaf\":1},\"grad\":2}",
        "{\"to\":{\"n\":1},\"grad\":2,\"local\":{\"t\":4}}",
        "{\"to\":{\"n\":1},\"grad\":2,\"local\":\"inf\"}",
        "{\"to\":{\"n\":1},\"grad\":2,\"local\":0}" } },
    { &codec_saved,
      { "{\"name\":\"self\",\"t\":2}", "{\"name\":\"other\",\"value\":3}",
        "{\"name\":\"other\",\"value\":0}" } },
    { &codec_named_id, { "[\"weight\",3]", "[\"\",1]" } },
};

static const char *dtype_float(const void *owner, int64_t tensor)
{
    (void)owner;
    (void)tensor;
    return "float32";
}

static const struct record_context context = { .dtype_of = dtype_float };

static const char *sample(const struct codec *codec, int variant)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        if (samples[i].codec == codec) {
            int count = 0;
            while (count < SAMPLE_MAX && samples[i].texts[count]) {
                count++;
            }
            return samples[i].texts[variant % count];
        }
    }
    return NULL;
}

static void make_members(struct text *out, const struct member *members, size_t count, int variant,
                         const struct member *without, const char *wrong);

static void make_item(struct text *out, const struct codec *codec, int variant)
{
    const char *text = sample(codec, variant);
    if (text) {
        text_append_string(out, text);
        return;
    }
    if (!codec->members) {
        fail_msg("no samples for the type \"%s\"", codec->what);
    }
    struct text inner = { 0 };
    make_members(&inner, codec->members, codec->member_count, variant, NULL, NULL);
    text_append_char(out, '{');
    text_append_string(out, text_string(&inner)[0] == ',' ? inner.bytes + 1 : "");
    text_append_char(out, '}');
    text_finish(&inner);
}

static void make_value(struct text *out, const struct member *member, int variant)
{
    if (member->flags & MEMBER_LIST) {
        text_append_char(out, '[');
        for (int i = 0; i < variant; i++) {
            text_append_string(out, i > 0 ? "," : "");
            make_item(out, member->codec, variant + i - 1);
        }
        text_append_char(out, ']');
    } else if (member->flags & MEMBER_OBJECT) {
        text_append_char(out, '{');
        for (int i = 0; i < variant; i++) {
            text_format(out, "%s\"a%d\":", i > 0 ? "," : "", i);
            make_item(out, member->codec, variant + i - 1);
        }
        text_append_char(out, '}');
    } else {
        make_item(out, member->codec, variant);
    }
}

static bool is_edge_default(const char *text)
{
    return strcmp(text, "0") == 0 || strcmp(text, "false") == 0 || strcmp(text, "\"\"") == 0;
}

/* Variant 0 has only what a line needs; the others have everything, in changing spellings.
 * `without` is left out; with `wrong` it has that value instead. */
static void make_members(struct text *out, const struct member *members, size_t count, int variant,
                         const struct member *without, const char *wrong)
{
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[i];
        if (member->flags & MEMBER_WHOLE) {
            text_append_string(out, sample(member->codec, variant));
            continue;
        }
        if (member->flags & MEMBER_REST) {
            text_append_string(out, variant > 0 ? ",\"rest\":" : "");
            text_append_string(out, variant > 0 ? sample(member->codec, variant) : "");
            continue;
        }
        struct text value = { 0 };
        make_value(&value, member, variant);
        const bool absent = member->flags & MEMBER_OPTIONAL &&
                            (variant == 0 || is_edge_default(text_string(&value)));
        if (member == without ? wrong != NULL : !absent) {
            text_format(out, ",\"%s\":%s", member->name,
                        member == without ? wrong : text_string(&value));
        }
        text_finish(&value);
    }
}

static void make_line(struct text *out, const struct record_row *row, int variant,
                      const struct member *without, const char *wrong)
{
    text_clear(out);
    text_format(out, "{\"k\":\"%s\"", row->name);
    make_members(out, row->members, row->member_count, variant, without, wrong);
    text_append_char(out, '}');
}

static bool parse(struct record *record, const struct text *line, struct arena *arena,
                  struct error *err)
{
    bool known = false;
    *err = (struct error){ 0 };
    const bool good = record_parse(record, &known, line->bytes, line->length, &context, arena, err);
    assert_true(good == (err->text[0] == '\0'));
    assert_true(known || !good);
    return good;
}

static void every_record_is_written_as_it_was_read(void **state)
{
    (void)state;
    struct text line = { 0 }, written = { 0 };
    struct arena arena = { 0 };
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        for (int variant = 0; variant < VARIANTS; variant++) {
            struct record record;
            struct error err;
            make_line(&line, &record_table[kind], variant, NULL, NULL);
            if (!parse(&record, &line, &arena, &err)) {
                fail_msg("%s: %s", line.bytes, err.text);
            }
            assert_int_equal(record.kind, kind);
            text_append_char(&line, '\n');
            text_clear(&written);
            record_write(&written, &record);
            assert_string_equal(written.bytes, line.bytes);
        }
        arena_clear(&arena);
    }
    text_finish(&line);
    text_finish(&written);
    arena_finish(&arena);
}

/* As written after a way as few bytes; false when it has no such form. Too little room is noticed. */
static bool write_packed(struct text *out, const struct record *record, struct arena *arena)
{
    static unsigned char bytes[4096];
    size_t size, less;
    struct record unpacked;
    const enum packing packing = record_pack(record, bytes, sizeof(bytes), &size);
    if (packing == PACK_NO_FORM) {
        return false;
    }
    assert_int_equal(packing, PACKED);
    for (size_t room = 0; room < size; room++) {
        assert_int_equal(record_pack(record, bytes, room, &less), PACK_NO_ROOM);
    }
    assert_int_equal(record_pack(record, bytes, size, &less), PACKED);
    assert_int_equal(size, less);
    record_unpack(&unpacked, record->kind, bytes, size, arena);
    text_clear(out);
    record_write(out, &unpacked);
    return true;
}

static void packed_records_are_the_same(void **state)
{
    (void)state;
    static const enum record_kind often[] = {
        RECORD_LINE,         RECORD_CALL,   RECORD_RETURN, RECORD_ENTER,  RECORD_LEAVE,
        RECORD_COND,         RECORD_TENSOR, RECORD_VALUE,  RECORD_OP,     RECORD_NODE,
        RECORD_BIND,         RECORD_UPDATE, RECORD_TAKEN,  RECORD_CALLED, RECORD_GONE,
        RECORD_BACKWARD,     RECORD_VISIT,  RECORD_FREE,   RECORD_STEP,   RECORD_ACCUMULATE,
        RECORD_BACKWARD_END,
    };
    struct text line = { 0 }, written = { 0 };
    struct arena arena = { 0 };
    for (size_t i = 0; i < sizeof(often) / sizeof(often[0]); i++) {
        int packed = 0;
        for (int variant = 0; variant < VARIANTS; variant++) {
            struct record record;
            struct error err;
            make_line(&line, &record_table[often[i]], variant, NULL, NULL);
            assert_true(parse(&record, &line, &arena, &err));
            text_append_char(&line, '\n');
            if (write_packed(&written, &record, &arena)) {
                assert_string_equal(written.bytes, line.bytes);
                packed++;
            }
        }
        if (packed < 2) { /* the plainest, and one that has everything */
            fail_msg("%s: packed %d times", record_kind_name(often[i]), packed);
        }
        arena_clear(&arena);
    }
    text_finish(&line);
    text_finish(&written);
    arena_finish(&arena);
}

static void a_missing_member_is_named(void **state)
{
    (void)state;
    struct text line = { 0 };
    struct arena arena = { 0 };
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        const struct record_row *row = &record_table[kind];
        for (size_t i = 0; i < row->member_count; i++) {
            const struct member *member = &row->members[i];
            struct record record;
            struct error err;
            if (member->flags & (MEMBER_OPTIONAL | MEMBER_REST | MEMBER_WHOLE)) {
                continue;
            }
            make_line(&line, row, 1, member, NULL);
            assert_false(parse(&record, &line, &arena, &err));
            char expected[128];
            snprintf(expected, sizeof(expected), "%s: \"%s\" is missing", row->name, member->name);
            assert_string_equal(err.text, expected);
        }
        arena_clear(&arena);
    }
    text_finish(&line);
    arena_finish(&arena);
}

static void a_member_of_a_wrong_type_is_named(void **state)
{
    (void)state;
    struct text line = { 0 };
    struct arena arena = { 0 };
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        const struct record_row *row = &record_table[kind];
        for (size_t i = 0; i < row->member_count; i++) {
            const struct member *member = &row->members[i];
            const bool plain = !(member->flags & (MEMBER_LIST | MEMBER_OBJECT));
            struct record record;
            struct error err;
            if (member->flags & (MEMBER_REST | MEMBER_WHOLE)) {
                continue;
            }
            make_line(&line, row, 1, member, plain ? "{\"?\":[]}" : "7");
            assert_false(parse(&record, &line, &arena, &err));
            assert_memory_equal(err.text, row->name, strlen(row->name));
            if (member->codec != &codec_box) {
                assert_non_null(strstr(err.text, member->name));
            }
        }
        arena_clear(&arena);
    }
    text_finish(&line);
    arena_finish(&arena);
}

static void unknown_members_are_skipped(void **state)
{
    (void)state;
    struct text line = { 0 }, expected = { 0 }, written = { 0 };
    struct arena arena = { 0 };
    for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
        struct record record;
        struct error err;
        if (kind == RECORD_PROBE) {
            continue; /* its other members are the answer */
        }
        make_line(&expected, &record_table[kind], 1, NULL, NULL);
        text_clear(&line);
        text_append(&line, expected.bytes, expected.length - 1);
        text_append_string(&line, ",\"future\":{\"t\":[1,null]}}");
        assert_true(parse(&record, &line, &arena, &err));
        text_clear(&written);
        record_write(&written, &record);
        text_append_char(&expected, '\n');
        assert_string_equal(written.bytes, expected.bytes);
        arena_clear(&arena);
    }
    text_finish(&line);
    text_finish(&expected);
    text_finish(&written);
    arena_finish(&arena);
}

static void unknown_kinds_are_skipped(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct record record = { .kind = RECORD_LINE };
    struct error err = { 0 };
    bool known = true;
    const char line[] = "{\"k\":\"dream\",\"of\":[1,2]}";
    assert_true(record_parse(&record, &known, line, strlen(line), &context, &arena, &err));
    assert_false(known);
    assert_int_equal(record.kind, RECORD_LINE);
    arena_finish(&arena);
}

/* ---- values of every dtype ------------------------------------------------------------------- */

static const char *dtype_given(const void *owner, int64_t tensor)
{
    (void)tensor;
    return owner;
}

struct value_case {
    const char *dtype, *rest;
};

static bool parse_value(const struct value_case *value, struct record *record, struct text *line,
                        struct arena *arena, struct error *err)
{
    const struct record_context given = { .dtype_of = dtype_given, .owner = value->dtype };
    bool known;
    *err = (struct error){ 0 };
    text_clear(line);
    text_format(line, "{\"k\":\"value\",\"t\":1,%s}", value->rest);
    return record_parse(record, &known, line->bytes, line->length, &given, arena, err);
}

static void values_of_every_dtype_survive(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        { "bool", "\"data\":[true,false]" },
        { "uint8", "\"data\":[0,255]" },
        { "int32", "\"data\":[-2147483648,2147483647]" },
        { "int64", "\"data\":[-9007199254740992,9007199254740992]" },
        { "int64", "\"b64\":\"/////////38=\"" }, /* 2^63 - 1: no JSON number holds it */
        { "float32", "\"data\":[3.4028235e+38,1e-45,-0.1,16777216]" },
        { "float64", "\"data\":[1.7976931348623157e+308,5e-324,0.1]" },
        { "bool", "\"sample\":[1,3],\"b64\":\"AQAB\",\"stats\":[0,1,0.5,0.25]" },
    };
    struct arena arena = { 0 };
    struct text line = { 0 }, written = { 0 };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct record record;
        struct error err;
        if (!parse_value(&cases[i], &record, &line, &arena, &err)) {
            fail_msg("%s: %s", line.bytes, err.text);
        }
        text_clear(&written);
        record_write(&written, &record);
        text_append_char(&line, '\n');
        assert_string_equal(written.bytes, line.bytes);
    }
    text_finish(&line);
    text_finish(&written);
    arena_finish(&arena);
}

static void values_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct value_case cases[] = {
        { "bool", "\"data\":[1]" },
        { "bool", "\"b64\":\"Ag==\"" },
        { "uint8", "\"data\":[256]" },
        { "uint8", "\"data\":[-1]" },
        { "int32", "\"data\":[2147483648]" },
        { "int64", "\"data\":[0.5]" },
        { "int64", "\"data\":[9007199254740994]" },
        { "float32", "\"data\":[1e39]" },
        { "float32", "\"data\":[true]" },
        { "float32", "\"data\":[\"1\"]" },
        { "float32", "\"data\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]" },
        { "float32", "\"b64\":\"AAA=\"" },
        { "float32", "\"b64\":\"AAAAA\"" },
        { "float32", "\"b64\":7" },
        { "float32", "\"data\":[],\"b64\":\"\"" },
        { "float32", "\"other\":1" },
        { "float32", "\"sample\":[1,1],\"data\":[1]" },
        { "float32", "\"sample\":[0,1],\"b64\":\"\",\"stats\":[0,0,0,0]" },
        { "float32", "\"sample\":[1],\"b64\":\"\",\"stats\":[0,0,0,0]" },
        { "float32", "\"sample\":[1,1],\"b64\":\"AAAAAA==\"" },
        { "float32", "\"sample\":[1,1],\"b64\":\"AAAAAA==\",\"stats\":[0,0,0]" },
        { "float32", "\"sample\":[1,1],\"b64\":\"AAAAAA==\",\"stats\":[0,0,0,true]" },
        { NULL, "\"data\":[]" },
    };
    struct arena arena = { 0 };
    struct text line = { 0 };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct record record;
        struct error err;
        if (parse_value(&cases[i], &record, &line, &arena, &err)) {
            fail_msg("taken: %s", line.bytes);
        }
        assert_int_not_equal(err.text[0], '\0');
    }
    text_finish(&line);
    arena_finish(&arena);
}

static void broken_records_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"k\":7}",
        "{\"k\":\"line\",\"f\":0,\"line\":1}",
        "{\"k\":\"line\",\"f\":1.5,\"line\":1}",
        "{\"k\":\"line\",\"f\":-1,\"line\":1}",
        "{\"k\":\"line\",\"f\":9007199254740994,\"line\":1}",
        "{\"k\":\"line\",\"f\":1,\"line\":1",
        "{\"k\":\"line\",\"f\":1,\"line\":1}}",
        "{\"k\":\"line\",\"f\":1,\"f\":1,\"line\":1}",
        "{\"k\":\"end\",\"how\":\"a\\u0000b\",\"status\":0}",
        "{\"k\":\"enter\",\"m\":1,\"at\":[1,2,3,4]}",
        "{\"k\":\"enter\",\"m\":1,\"at\":[1,2,3,1,5]}",
        "{\"k\":\"enter\",\"m\":1,\"at\":[1,2,3,2,2]}",
        "{\"k\":\"enter\",\"m\":1,\"at\":[1,2,3,2,2147483648]}",
        "{\"k\":\"enter\",\"m\":1,\"at\":[1,2,-3,2,4]}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[1,1,1,1,1,1,1,1,1],\"dtype\":\"float32\"}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[-1],\"dtype\":\"float32\"}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[1],\"dtype\":\"float8\"}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[1],\"dtype\":\"float32\",\"strides\":[1,1]}",
        "{\"k\":\"tensor\",\"t\":1,\"shape\":[1],\"dtype\":\"float32\",\"role\":\"king\"}",
        "{\"k\":\"node\",\"n\":1,\"name\":\"x\",\"edges\":[{}]}",
        "{\"k\":\"node\",\"n\":1,\"name\":\"x\",\"edges\":[{\"n\":1,\"leaf\":1}]}",
        "{\"k\":\"node\",\"n\":1,\"name\":\"x\",\"edges\":[{\"leaf\":1,\"out\":1}]}",
        "{\"k\":\"node\",\"n\":1,\"name\":\"x\",\"edges\":[],\"saved\":[{\"name\":\"a\"}]}",
        ("{\"k\":\"node\",\"n\":1,\"name\":\"x\",\"edges\":[],"
         "\"saved\":[{\"name\":\"a\",\"t\":1,\"value\":1}]}"),
        "{\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[1],\"edges\":[{\"to\":null,\"grad\":1}]}",
        "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"in\":[{\"q\":1}],\"out\":[]}",
        "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"in\":[[[[[[[[[[]]]]]]]]]],\"out\":[]}",
        "{\"k\":\"module\",\"m\":1,\"class\":\"A\",\"text\":\"\",\"params\":[[\"w\"]]}",
        "{\"k\":\"budget\",\"what\":\"x\",\"limit\":\"inf\",\"text\":\"\"}",
    };
    struct arena arena = { 0 };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct record record;
        struct error err;
        struct text line = { 0 };
        text_append_string(&line, lines[i]);
        if (parse(&record, &line, &arena, &err)) {
            fail_msg("taken: %s", lines[i]);
        }
        text_finish(&line);
    }
    arena_finish(&arena);
}

static void a_line_cannot_ask_for_much_memory(void **state)
{
    (void)state;
    struct text line = { 0 };
    struct arena arena = { 0 };
    struct record record;
    struct error err;
    text_append_string(&line, "{\"k\":\"op\",\"o\":1,\"op\":\"x\",\"in\":[0");
    while (line.length < TRACE_LINE_MAX - 64) {
        text_append_string(&line, ",0");
    }
    text_append_string(&line, "],\"out\":[]}");
    assert_false(parse(&record, &line, &arena, &err));
    assert_non_null(strstr(err.text, "arguments"));
    assert_true(arena.used < 4 << 20);
    text_finish(&line);
    arena_finish(&arena);
}

/* Whatever a lesson makes of names and numbers of things, a line can be read. */
static void what_is_too_long_is_cut(void **state)
{
    enum { MANY = 30000, LONG = 200000 };
    static int64_t ids[MANY];
    static char name[LONG + 1];
    struct text line = { 0 };
    struct arena arena = { 0 };
    struct record record;
    struct error err;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        ids[i] = 123456789;
    }
    for (int i = 0; i + 6 <= LONG; i += 6) {
        memcpy(name + i, "\n\"\xe1\xba\xa1x", 6); /* escapes, and a letter of three bytes */
    }
    const struct record visit = { .kind = RECORD_VISIT,
                                  .visit = { .backward = 1, .node = 1, .in = { ids, MANY } } };
    record_write(&line, &visit);
    assert_true(line.length <= TRACE_LINE_MAX && line.bytes[line.length - 1] == '\n');
    assert_true(parse(&record, &line, &arena, &err));
    assert_int_equal(record.visit.node, 1);
    assert_true(record.visit.in.count >= 1000 && record.visit.in.ids[999] == 123456789);
    text_clear(&line);
    const struct record end = { .kind = RECORD_END, .end = { name, 7 } };
    record_write(&line, &end);
    assert_true(line.length <= TRACE_LINE_MAX);
    assert_true(parse(&record, &line, &arena, &err));
    const size_t length = strlen(record.end.how);
    assert_true(length > 1000 && strcmp(record.end.how + length - 3, "…") == 0);
    assert_memory_equal(record.end.how, name, length - 3);
    assert_int_equal(record.end.status, 7);
    text_finish(&line);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_written_as_it_was_read),
        cmocka_unit_test(packed_records_are_the_same),
        cmocka_unit_test(a_missing_member_is_named),
        cmocka_unit_test(a_member_of_a_wrong_type_is_named),
        cmocka_unit_test(unknown_members_are_skipped),
        cmocka_unit_test(unknown_kinds_are_skipped),
        cmocka_unit_test(values_of_every_dtype_survive),
        cmocka_unit_test(values_that_do_not_fit_are_refused),
        cmocka_unit_test(broken_records_are_refused),
        cmocka_unit_test(a_line_cannot_ask_for_much_memory),
        cmocka_unit_test(what_is_too_long_is_cut),
    };
    return test_run(tests);
}
