/* A tensor's elements: `data`, or `b64`, or `sample`, `b64` and `stats`. Whatever the spelling, the
 * record holds them as little-endian bytes of the tensor's dtype (int8 and int16: of int32; float16 and
 * bfloat16: of float32). */
#include "lessons/trace/codec.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lessons/trace/scan.h"

enum { DATA_MAX = 16 }; /* more elements than this are written as base64 */

enum element_kind {
    ELEMENT_FLOAT32,
    ELEMENT_FLOAT64,
    ELEMENT_INT64,
    ELEMENT_INT32,
    ELEMENT_BOOL,
    ELEMENT_UINT8
};

struct dtype_row {
    const char *name;
    size_t size;
    enum element_kind kind;
};

static const struct dtype_row dtypes[] = {
    { "float32", 4, ELEMENT_FLOAT32 },
    { "float64", 8, ELEMENT_FLOAT64 },
    { "int64", 8, ELEMENT_INT64 },
    { "int32", 4, ELEMENT_INT32 },
    { "bool", 1, ELEMENT_BOOL },
    { "uint8", 1, ELEMENT_UINT8 },
    /* The narrow ones as what holds them all. */
    { "int8", 4, ELEMENT_INT32 },
    { "int16", 4, ELEMENT_INT32 },
    { "float16", 4, ELEMENT_FLOAT32 },
    { "bfloat16", 4, ELEMENT_FLOAT32 },
};

/* What was read before is a name of this table itself. */
static const struct dtype_row *dtype_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(dtypes) / sizeof(*dtypes); i++) {
        if (dtypes[i].name == name || strcmp(dtypes[i].name, name) == 0) {
            return &dtypes[i];
        }
    }
    return NULL;
}

size_t dtype_name_size(const char *dtype)
{
    const struct dtype_row *row = dtype_find(dtype);
    return row ? row->size : 0;
}

static bool dtype_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    const char **value = field;
    const struct dtype_row *row = json->kind == JSON_STRING && strlen(json->string) == json->length
                                      ? dtype_find(json->string)
                                      : NULL;
    *value = row ? row->name : NULL;
    return row != NULL;
}

static bool dtype_scan(struct parse *parse, void *field)
{
    const char **value = field;
    const char *bytes;
    size_t length;
    if (!scan_string(parse, &bytes, &length)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(dtypes) / sizeof(*dtypes); i++) {
        if (strlen(dtypes[i].name) == length && scan_same(dtypes[i].name, bytes, length)) {
            *value = dtypes[i].name;
            return true;
        }
    }
    return false;
}

static void dtype_write(struct text *out, const void *field)
{
    codec_string.write(out, field);
}

const struct codec codec_dtype = {
    .what = "one of bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64",
    .size = sizeof(const char *),
    .read = dtype_read,
    .scan = dtype_scan,
    .write = dtype_write,
};

static bool float32_of(double number, unsigned char *out)
{
    const float value = (float)number;
    memcpy(out, &value, sizeof(value));
    return isinf(value) == isinf(number);
}

static bool float32_read(const struct json *json, unsigned char *out)
{
    double number;
    return json_any_number(json, &number) && float32_of(number, out);
}

static bool float64_read(const struct json *json, unsigned char *out)
{
    double number;
    const bool good = json_any_number(json, &number);
    if (good) {
        memcpy(out, &number, sizeof(number));
    }
    return good;
}

static bool whole_of(enum element_kind kind, int64_t whole, unsigned char *out)
{
    if (kind == ELEMENT_INT64) {
        memcpy(out, &whole, sizeof(whole));
        return true;
    }
    if (kind == ELEMENT_INT32) {
        const int32_t value = (int32_t)whole;
        memcpy(out, &value, sizeof(value));
        return value == whole;
    }
    *out = (unsigned char)whole;
    return whole >= 0 && whole <= UINT8_MAX;
}

/* One element; false if it does not fit the dtype exactly enough to be written again the same. */
static bool element_read(enum element_kind kind, const struct json *json, unsigned char *out)
{
    int64_t whole;
    switch (kind) {
    case ELEMENT_FLOAT32:
        return float32_read(json, out);
    case ELEMENT_FLOAT64:
        return float64_read(json, out);
    case ELEMENT_BOOL:
        *out = json->boolean;
        return json->kind == JSON_BOOL;
    case ELEMENT_INT64:
    case ELEMENT_INT32:
    case ELEMENT_UINT8:
        break;
    }
    return json_whole(json, &whole) && whole_of(kind, whole, out);
}

static bool element_scan(struct parse *parse, enum element_kind kind, unsigned char *out)
{
    int64_t whole;
    double number;
    switch (kind) {
    case ELEMENT_FLOAT32:
        return scan_any_number(parse, &number) && float32_of(number, out);
    case ELEMENT_FLOAT64:
        if (!scan_any_number(parse, &number)) {
            return false;
        }
        memcpy(out, &number, sizeof(number));
        return true;
    case ELEMENT_BOOL:
        *out = scan_word(parse, "true");
        return *out || scan_word(parse, "false");
    case ELEMENT_INT64:
    case ELEMENT_INT32:
    case ELEMENT_UINT8:
        break;
    }
    return scan_whole(parse, &whole) && whole_of(kind, whole, out);
}

static void element_write(struct text *out, enum element_kind kind, const unsigned char *in)
{
    float f32;
    double f64;
    int64_t i64;
    int32_t i32;
    switch (kind) {
    case ELEMENT_FLOAT32:
        memcpy(&f32, in, sizeof(f32));
        json_append_float(out, f32);
        break;
    case ELEMENT_FLOAT64:
        memcpy(&f64, in, sizeof(f64));
        json_append_number(out, f64);
        break;
    case ELEMENT_INT64:
        memcpy(&i64, in, sizeof(i64));
        text_append_whole(out, i64);
        break;
    case ELEMENT_INT32:
        memcpy(&i32, in, sizeof(i32));
        text_append_whole(out, i32);
        break;
    case ELEMENT_BOOL:
        text_append_string(out, *in ? "true" : "false");
        break;
    case ELEMENT_UINT8:
        text_append_whole(out, *in);
        break;
    }
}

static bool data_read(struct parse *parse, const struct json *json, struct record_value *value)
{
    if (json->kind != JSON_ARRAY || json->length > DATA_MAX) {
        return parse_refuse(parse, "\"data\" should be a list of at most %d elements", DATA_MAX);
    }
    const struct dtype_row *dtype = dtype_find(value->dtype);
    unsigned char *bytes = arena_allocate(parse->arena, json->length, dtype->size);
    value->bytes = bytes;
    value->byte_count = json->length * dtype->size;
    for (const struct json *item = json->first; item; item = item->next, bytes += dtype->size) {
        if (!element_read(dtype->kind, item, bytes)) {
            return parse_refuse(parse, "an element of \"data\" is no %s", value->dtype);
        }
    }
    return true;
}

/* A bool is one byte, 0 or 1, and nothing else. */
static bool bools_valid(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] > 1) {
            return false;
        }
    }
    return true;
}

static bool base64_read(struct parse *parse, const struct json *json, struct record_value *value)
{
    const size_t size = dtype_name_size(value->dtype);
    if (json->kind != JSON_STRING) {
        return parse_refuse(parse, "\"b64\" should be a string");
    }
    uint8_t *bytes = arena_allocate(parse->arena, json->length / 4 * 3, 1);
    value->bytes = bytes;
    if (!base64_decode(json->string, json->length, bytes, &value->byte_count) ||
        value->byte_count % size != 0 ||
        (strcmp(value->dtype, "bool") == 0 && !bools_valid(bytes, value->byte_count))) {
        return parse_refuse(parse, "\"b64\" should be base64 of whole %s elements", value->dtype);
    }
    return true;
}

static bool sample_read(struct parse *parse, const struct json *json, const struct json *stats,
                        struct record_value *value)
{
    value->sampled = true;
    if (json->kind != JSON_ARRAY || json->length != 2 ||
        !json_whole(json->first, &value->sample_rows) ||
        !json_whole(json->first->next, &value->sample_columns) || value->sample_rows < 1 ||
        value->sample_columns < 1) {
        return parse_refuse(parse, "\"sample\" should be [rows,columns]");
    }
    double *out = value->stats;
    if (!stats || stats->kind != JSON_ARRAY || stats->length != 4) {
        return parse_refuse(parse, "\"stats\" should be [min,max,mean,std]");
    }
    for (const struct json *item = stats->first; item; item = item->next) {
        if (!json_any_number(item, out++)) {
            return parse_refuse(parse, "\"stats\" should be four numbers");
        }
    }
    return true;
}

static bool value_read(struct parse *parse, const struct json *object, void *field)
{
    struct record_value *value = field;
    const struct record_context *context = parse->context;
    assert(context && context->dtype_of);
    value->dtype = context->dtype_of(context->owner, value->tensor);
    if (!value->dtype) {
        return parse_refuse(parse, "there is no tensor %" PRId64, value->tensor);
    }
    const struct json *data = json_find(object, "data");
    const struct json *base64 = json_find(object, "b64");
    const struct json *sample = json_find(object, "sample");
    if ((data != NULL) == (base64 != NULL) || (sample && !base64)) {
        return parse_refuse(parse, "a value has either \"data\" or \"b64\"");
    }
    if (sample && !sample_read(parse, sample, json_find(object, "stats"), value)) {
        return false;
    }
    return data ? data_read(parse, data, value) : base64_read(parse, base64, value);
}

/* After the opening bracket. */
static bool data_scan(struct parse *parse, struct record_value *value)
{
    const struct dtype_row *dtype = dtype_find(value->dtype);
    unsigned char elements[DATA_MAX * sizeof(double)];
    size_t count = 0;
    while (!scan_char(parse, ']')) {
        if (count == DATA_MAX || (count > 0 && !scan_char(parse, ',')) ||
            !element_scan(parse, dtype->kind, elements + count * dtype->size)) {
            return false;
        }
        count++;
    }
    unsigned char *const kept = arena_allocate(parse->arena, count, dtype->size);
    memcpy(kept, elements, count * dtype->size);
    value->bytes = kept;
    value->byte_count = count * dtype->size;
    return true;
}

/* After the opening quotation mark. */
static bool base64_scan(struct parse *parse, struct record_value *value)
{
    const char *const from = parse->at;
    const char *const end = memchr(from, '"', (size_t)(parse->end - from));
    if (!end) {
        return false;
    }
    const size_t length = (size_t)(end - from);
    uint8_t *bytes = arena_allocate(parse->arena, length / 4 * 3, 1);
    value->bytes = bytes;
    parse->at = end + 1;
    return base64_decode(from, length, bytes, &value->byte_count) &&
           value->byte_count % dtype_name_size(value->dtype) == 0 &&
           (strcmp(value->dtype, "bool") != 0 || bools_valid(bytes, value->byte_count));
}

/* After the key. */
static bool sample_scan(struct parse *parse, struct record_value *value)
{
    value->sampled = true;
    return scan_char(parse, '[') && scan_whole(parse, &value->sample_rows) &&
           scan_char(parse, ',') && scan_whole(parse, &value->sample_columns) &&
           scan_char(parse, ']') && value->sample_rows >= 1 && value->sample_columns >= 1;
}

static bool stats_scan(struct parse *parse, struct record_value *value)
{
    for (int i = 0; i < 4; i++) {
        if (!scan_char(parse, i > 0 ? ',' : '[') || !scan_any_number(parse, &value->stats[i])) {
            return false;
        }
    }
    return scan_char(parse, ']');
}

static bool value_scan(struct parse *parse, void *field)
{
    struct record_value *value = field;
    const struct record_context *context = parse->context;
    value->dtype = context->dtype_of(context->owner, value->tensor);
    if (!value->dtype) {
        return false;
    }
    if (scan_word(parse, ",\"data\":[")) {
        return data_scan(parse, value);
    }
    if (scan_word(parse, ",\"sample\":") && !sample_scan(parse, value)) {
        return false;
    }
    return scan_word(parse, ",\"b64\":\"") && base64_scan(parse, value) &&
           (!value->sampled || (scan_word(parse, ",\"stats\":") && stats_scan(parse, value)));
}

/* Whole numbers beyond 2^53 would not survive a JSON number. */
static bool fits_decimals(const struct record_value *value, enum element_kind kind, size_t count)
{
    if (value->sampled || count > DATA_MAX) {
        return false;
    }
    const int64_t limit = INT64_C(1) << 53;
    for (size_t i = 0; kind == ELEMENT_INT64 && i < count; i++) {
        int64_t element;
        memcpy(&element, (const char *)value->bytes + i * sizeof(element), sizeof(element));
        if (element > limit || element < -limit) {
            return false;
        }
    }
    return true;
}

static void value_write(struct text *out, const void *field)
{
    const struct record_value *value = field;
    const struct dtype_row *dtype = dtype_find(value->dtype);
    assert(dtype && value->byte_count % dtype->size == 0);
    const size_t count = value->byte_count / dtype->size;
    if (fits_decimals(value, dtype->kind, count)) {
        text_append_string(out, ",\"data\":[");
        for (size_t i = 0; i < count; i++) {
            if (i > 0) {
                text_append_char(out, ',');
            }
            element_write(out, dtype->kind, (const unsigned char *)value->bytes + i * dtype->size);
        }
        text_append_char(out, ']');
        return;
    }
    if (value->sampled) {
        text_format(out, ",\"sample\":[%" PRId64 ",%" PRId64 "]", value->sample_rows,
                    value->sample_columns);
    }
    text_append_string(out, ",\"b64\":\"");
    text_append_base64(out, value->bytes, value->byte_count);
    text_append_char(out, '"');
    for (int i = 0; value->sampled && i < 4; i++) {
        text_append_string(out, i == 0 ? ",\"stats\":[" : ",");
        json_append_number(out, value->stats[i]);
    }
    if (value->sampled) {
        text_append_char(out, ']');
    }
}

const struct codec codec_value = {
    .what = "a value", .read = value_read, .scan = value_scan, .write = value_write
};
