#include "lessons/trace/codec.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lessons/trace/scan.h"

bool parse_refuse(struct parse *parse, const char *format, ...)
{
    if (parse->err && parse->err->text[0] == '\0') {
        char text[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        error_set_kind(parse->err, ERROR_VALUE, "%s", text);
    }
    return false;
}

bool json_whole(const struct json *json, int64_t *out)
{
    const double limit = 9007199254740992.0; /* 2^53: above, neighbours fall together */
    if (json->kind != JSON_NUMBER || fabs(json->number) > limit ||
        json->number != floor(json->number)) {
        return false;
    }
    *out = (int64_t)json->number;
    return true;
}

bool json_any_number(const struct json *json, double *out)
{
    if (json->kind == JSON_NUMBER) {
        *out = json->number;
        return true;
    }
    if (json->kind != JSON_STRING) {
        return false;
    }
    if (strcmp(json->string, "nan") == 0) {
        *out = NAN;
    } else if (strcmp(json->string, "inf") == 0) {
        *out = INFINITY;
    } else if (strcmp(json->string, "-inf") == 0) {
        *out = -INFINITY;
    } else {
        return false;
    }
    return true;
}

static void write_whole(struct text *out, int64_t value)
{
    text_append_whole(out, value);
}

/* ---- whole numbers -------------------------------------------------------------------------- */

static bool whole_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    return json_whole(json, field);
}

static bool count_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    int64_t *value = field;
    return json_whole(json, value) && *value >= 0;
}

static bool id_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    int64_t *value = field;
    return json_whole(json, value) && *value >= 1;
}

static bool id_or_null_read(struct parse *parse, const struct json *json, void *field)
{
    return json->kind == JSON_NULL || id_read(parse, json, field);
}

static bool whole_scan(struct parse *parse, void *field)
{
    return scan_whole(parse, field);
}

static bool count_scan(struct parse *parse, void *field)
{
    int64_t *value = field;
    return scan_whole(parse, value) && *value >= 0;
}

static bool id_scan(struct parse *parse, void *field)
{
    int64_t *value = field;
    return scan_whole(parse, value) && *value >= 1;
}

static bool id_or_null_scan(struct parse *parse, void *field)
{
    return scan_word(parse, "null") || id_scan(parse, field);
}

static void whole_write(struct text *out, const void *field)
{
    const int64_t *value = field;
    write_whole(out, *value);
}

static void id_or_null_write(struct text *out, const void *field)
{
    const int64_t *value = field;
    if (*value == 0) {
        text_append_string(out, "null");
    } else {
        write_whole(out, *value);
    }
}

static bool whole_absent(const void *field)
{
    const int64_t *value = field;
    return *value == 0;
}

const struct codec codec_whole = {
    .what = "a whole number",
    .size = sizeof(int64_t),
    .read = whole_read,
    .scan = whole_scan,
    .write = whole_write,
    .absent = whole_absent,
    .is_whole = true,
    .least = INT64_MIN,
};
const struct codec codec_count = {
    .what = "a whole number from 0",
    .size = sizeof(int64_t),
    .read = count_read,
    .scan = count_scan,
    .write = whole_write,
    .absent = whole_absent,
    .is_whole = true,
    .least = 0,
};
const struct codec codec_id = {
    .what = "an id, a whole number from 1",
    .size = sizeof(int64_t),
    .read = id_read,
    .scan = id_scan,
    .write = whole_write,
    .absent = whole_absent,
    .is_whole = true,
    .least = 1,
};
const struct codec codec_id_or_null = {
    .what = "an id or null",
    .size = sizeof(int64_t),
    .read = id_or_null_read,
    .scan = id_or_null_scan,
    .write = id_or_null_write,
    .absent = whole_absent,
};

/* ---- other numbers and truth ---------------------------------------------------------------- */

static bool amount_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    double *value = field;
    *value = json->number;
    return json->kind == JSON_NUMBER && *value >= 0;
}

static bool amount_scan(struct parse *parse, void *field)
{
    double *value = field;
    return scan_number(parse, value) && *value >= 0;
}

static void amount_write(struct text *out, const void *field)
{
    const double *value = field;
    json_append_number(out, *value);
}

static bool amount_absent(const void *field)
{
    const double *value = field;
    return *value == 0;
}

const struct codec codec_amount = {
    .what = "a number that is not negative",
    .size = sizeof(double),
    .read = amount_read,
    .scan = amount_scan,
    .write = amount_write,
    .absent = amount_absent,
};

static bool bool_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    bool *value = field;
    *value = json->boolean;
    return json->kind == JSON_BOOL;
}

static bool bool_scan(struct parse *parse, void *field)
{
    bool *value = field;
    *value = scan_word(parse, "true");
    return *value || scan_word(parse, "false");
}

static void bool_write(struct text *out, const void *field)
{
    const bool *value = field;
    text_append_string(out, *value ? "true" : "false");
}

static bool bool_absent(const void *field)
{
    const bool *value = field;
    return !*value;
}

const struct codec codec_truth = {
    .what = "true or false",
    .size = sizeof(bool),
    .read = bool_read,
    .scan = bool_scan,
    .write = bool_write,
    .absent = bool_absent,
};

/* ---- strings -------------------------------------------------------------------------------- */

static bool string_read(struct parse *parse, const struct json *json, void *field)
{
    const char **value = field;
    if (json->kind != JSON_STRING || strlen(json->string) != json->length) {
        return false;
    }
    *value = arena_copy_text(parse->arena, json->string, json->length);
    return true;
}

static bool string_scan(struct parse *parse, void *field)
{
    size_t length;
    return scan_kept_string(parse, field, &length);
}

static void string_write(struct text *out, const void *field)
{
    const char *const *value = field;
    json_append_word(out, *value ? *value : "");
}

static bool string_absent(const void *field)
{
    const char *const *value = field;
    return !*value || **value == '\0';
}

const struct codec codec_string = {
    .what = "a string without U+0000",
    .size = sizeof(const char *),
    .read = string_read,
    .scan = string_scan,
    .write = string_write,
    .absent = string_absent,
    .fallback = "",
};

static bool device_absent(const void *field)
{
    const char *const *value = field;
    return *value == codec_device.fallback || string_absent(field) || strcmp(*value, "cpu") == 0;
}

const struct codec codec_device = {
    .what = "a device",
    .size = sizeof(const char *),
    .read = string_read,
    .scan = string_scan,
    .write = string_write,
    .absent = device_absent,
    .fallback = "cpu",
};

/* Takes the word out of `words`, so that equal words have equal pointers. */
static bool word_read(const char *const *words, const struct json *json, void *field)
{
    const char **value = field;
    if (json->kind != JSON_STRING || strlen(json->string) != json->length) {
        return false;
    }
    while (*words && strcmp(*words, json->string) != 0) {
        words++;
    }
    *value = *words;
    return *words != NULL;
}

static bool word_scan(struct parse *parse, const char *const *words, void *field)
{
    const char **value = field;
    const char *bytes;
    size_t length;
    if (!scan_string(parse, &bytes, &length)) {
        return false;
    }
    while (*words && (strlen(*words) != length || memcmp(*words, bytes, length) != 0)) {
        words++;
    }
    *value = *words;
    return *words != NULL;
}

static const char *const role_words[] = { "grad", "state", NULL };

static bool role_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    return word_read(role_words, json, field);
}

static bool role_scan(struct parse *parse, void *field)
{
    return word_scan(parse, role_words, field);
}

static const char *const switch_words[] = { "on", "off", NULL };

static bool switch_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    return word_read(switch_words, json, field);
}

static bool switch_scan(struct parse *parse, void *field)
{
    return word_scan(parse, switch_words, field);
}

static const char *const none_words[] = { "none", NULL };

static bool none_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    return word_read(none_words, json, field);
}

static bool none_scan(struct parse *parse, void *field)
{
    return word_scan(parse, none_words, field);
}

const struct codec codec_role = {
    .what = "\"grad\" or \"state\"",
    .size = sizeof(const char *),
    .read = role_read,
    .scan = role_scan,
    .write = string_write,
    .absent = string_absent,
    .fallback = "",
};
const struct codec codec_switch = {
    .what = "\"on\" or \"off\"",
    .size = sizeof(const char *),
    .read = switch_read,
    .scan = switch_scan,
    .write = string_write,
    .absent = string_absent,
    .fallback = "",
};
const struct codec codec_none = {
    .what = "\"none\"",
    .size = sizeof(const char *),
    .read = none_read,
    .scan = none_scan,
    .write = string_write,
    .absent = string_absent,
    .fallback = "",
};

static bool text_read(struct parse *parse, const struct json *json, void *field)
{
    struct trace_string *value = field;
    if (json->kind != JSON_STRING) {
        return false;
    }
    value->bytes = arena_copy_text(parse->arena, json->string, json->length);
    value->length = json->length;
    return true;
}

static bool text_scan(struct parse *parse, void *field)
{
    struct trace_string *value = field;
    return scan_kept_string(parse, &value->bytes, &value->length);
}

static void text_write(struct text *out, const void *field)
{
    const struct trace_string *value = field;
    json_append_string(out, value->bytes ? value->bytes : "", value->bytes ? value->length : 0);
}

static bool text_absent(const void *field)
{
    const struct trace_string *value = field;
    return value->length == 0;
}

const struct codec codec_text = {
    .what = "a string",
    .size = sizeof(struct trace_string),
    .read = text_read,
    .scan = text_scan,
    .write = text_write,
    .absent = text_absent,
    .fallback = "",
};

/* ---- places --------------------------------------------------------------------------------- */

/* A list of exactly `count` whole numbers of type int, none negative. */
static bool ints_read(const struct json *json, int *out, size_t count)
{
    if (json->kind != JSON_ARRAY || json->length != count) {
        return false;
    }
    for (const struct json *item = json->first; item; item = item->next) {
        int64_t value;
        if (!json_whole(item, &value) || value < 0 || value > INT_MAX) {
            return false;
        }
        *out++ = (int)value;
    }
    return true;
}

static bool ints_scan(struct parse *parse, int *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t value;
        if (!scan_char(parse, i > 0 ? ',' : '[') || !scan_whole(parse, &value) || value < 0 ||
            value > INT_MAX) {
            return false;
        }
        out[i] = (int)value;
    }
    return scan_char(parse, ']');
}

static bool span_of(const int parts[5], struct span *span)
{
    *span = (struct span){ parts[0], parts[1], parts[2], parts[3], parts[4] };
    const bool forward = span->end_line > span->line ||
                         (span->end_line == span->line && span->end_column >= span->column);
    return span->cell >= 1 && span->line >= 1 && forward;
}

static bool span_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    int parts[5];
    return ints_read(json, parts, 5) && span_of(parts, field);
}

static bool span_scan(struct parse *parse, void *field)
{
    int parts[5];
    return ints_scan(parse, parts, 5) && span_of(parts, field);
}

static void span_write(struct text *out, const void *field)
{
    const struct span *span = field;
    const int numbers[] = { span->cell, span->line, span->column, span->end_line,
                            span->end_column };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        text_append_char(out, i > 0 ? ',' : '[');
        text_append_whole(out, numbers[i]);
    }
    text_append_char(out, ']');
}

static bool span_absent(const void *field)
{
    const struct span *span = field;
    return span->cell == 0;
}

const struct codec codec_span = {
    .what = "a span [in,line,column,end line,end column]",
    .size = sizeof(struct span),
    .read = span_read,
    .scan = span_scan,
    .write = span_write,
    .absent = span_absent,
};

static bool range_of(const int parts[2], struct line_range *range)
{
    *range = (struct line_range){ parts[0], parts[1] };
    return range->first >= 1 && range->last >= range->first;
}

static bool range_read(struct parse *parse, const struct json *json, void *field)
{
    (void)parse;
    int parts[2];
    return ints_read(json, parts, 2) && range_of(parts, field);
}

static bool range_scan(struct parse *parse, void *field)
{
    int parts[2];
    return ints_scan(parse, parts, 2) && range_of(parts, field);
}

static void range_write(struct text *out, const void *field)
{
    const struct line_range *range = field;
    text_format(out, "[%d,%d]", range->first, range->last);
}

static bool range_absent(const void *field)
{
    const struct line_range *range = field;
    return range->first == 0;
}

const struct codec codec_range = {
    .what = "[first line,last line]",
    .size = sizeof(struct line_range),
    .read = range_read,
    .scan = range_scan,
    .write = range_write,
    .absent = range_absent,
};
