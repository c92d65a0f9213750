/* A tensor's elements: `data`, or `b64`, or `sample`, `b64` and `stats`. Whatever the spelling, the
 * record holds them as little-endian bytes of the tensor's dtype. */
#include "lessons/trace/codec.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DATA_MAX = 16 }; /* more elements than this are written as base64 */

struct dtype_row {
    const char *name;
    size_t size;
};

static const struct dtype_row dtypes[] = {
    { "float32", 4 }, { "float64", 8 }, { "int64", 8 },
    { "int32", 4 },   { "bool", 1 },    { "uint8", 1 },
};

static const struct dtype_row *dtype_find(const char *name)
{
    for (size_t i = 0; name && i < sizeof(dtypes) / sizeof(*dtypes); i++) {
        if (strcmp(dtypes[i].name, name) == 0) {
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

static void dtype_write(struct text *out, const void *field)
{
    codec_string.write(out, field);
}

const struct codec codec_dtype = {
    .what = "one of bool, uint8, int32, int64, float32, float64",
    .size = sizeof(const char *),
    .read = dtype_read,
    .write = dtype_write,
};

/* One element; false if it does not fit the dtype exactly enough to be written again the same. */
static bool element_read(const char *dtype, const struct json *json, unsigned char *out)
{
    double number;
    int64_t whole;
    if (strcmp(dtype, "bool") == 0) {
        *out = json->boolean;
        return json->kind == JSON_BOOL;
    }
    if (strcmp(dtype, "float32") == 0) {
        if (!json_any_number(json, &number)) {
            return false;
        }
        const float value = (float)number;
        memcpy(out, &value, sizeof(value));
        return isinf(value) == isinf(number);
    }
    if (strcmp(dtype, "float64") == 0) {
        if (!json_any_number(json, &number)) {
            return false;
        }
        memcpy(out, &number, sizeof(number));
        return true;
    }
    if (!json_whole(json, &whole)) {
        return false;
    }
    if (strcmp(dtype, "int64") == 0) {
        memcpy(out, &whole, sizeof(whole));
        return true;
    }
    if (strcmp(dtype, "int32") == 0) {
        const int32_t value = (int32_t)whole;
        memcpy(out, &value, sizeof(value));
        return value == whole;
    }
    *out = (unsigned char)whole;
    return whole >= 0 && whole <= UINT8_MAX;
}

static void element_write(struct text *out, const char *dtype, const unsigned char *in)
{
    if (strcmp(dtype, "bool") == 0) {
        text_append_string(out, *in ? "true" : "false");
    } else if (strcmp(dtype, "float32") == 0) {
        float value;
        memcpy(&value, in, sizeof(value));
        json_append_float(out, value);
    } else if (strcmp(dtype, "float64") == 0) {
        double value;
        memcpy(&value, in, sizeof(value));
        json_append_number(out, value);
    } else if (strcmp(dtype, "int64") == 0) {
        int64_t value;
        memcpy(&value, in, sizeof(value));
        text_append_whole(out, value);
    } else if (strcmp(dtype, "int32") == 0) {
        int32_t value;
        memcpy(&value, in, sizeof(value));
        text_format(out, "%" PRId32, value);
    } else {
        text_format(out, "%u", *in);
    }
}

static bool data_read(struct parse *parse, const struct json *json, struct record_value *value)
{
    if (json->kind != JSON_ARRAY || json->length > DATA_MAX) {
        return parse_refuse(parse, "\"data\" should be a list of at most %d elements", DATA_MAX);
    }
    const size_t size = dtype_name_size(value->dtype);
    unsigned char *bytes = arena_allocate(parse->arena, json->length, size);
    value->bytes = bytes;
    value->byte_count = json->length * size;
    for (const struct json *item = json->first; item; item = item->next, bytes += size) {
        if (!element_read(value->dtype, item, bytes)) {
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

/* Whole numbers beyond 2^53 would not survive a JSON number. */
static bool fits_decimals(const struct record_value *value, size_t count)
{
    if (value->sampled || count > DATA_MAX) {
        return false;
    }
    const int64_t limit = INT64_C(1) << 53;
    for (size_t i = 0; strcmp(value->dtype, "int64") == 0 && i < count; i++) {
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
    const size_t size = dtype_name_size(value->dtype);
    assert(size > 0 && value->byte_count % size == 0);
    const size_t count = value->byte_count / size;
    if (fits_decimals(value, count)) {
        text_append_string(out, ",\"data\":[");
        for (size_t i = 0; i < count; i++) {
            if (i > 0) {
                text_append_char(out, ',');
            }
            element_write(out, value->dtype, (const unsigned char *)value->bytes + i * size);
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

const struct codec codec_value = { .what = "a value", .read = value_read, .write = value_write };
