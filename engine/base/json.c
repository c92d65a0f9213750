#include "engine/base/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json_escapes.h"
#include "engine/base/memory.h"

struct parser {
    struct arena *arena;
    const char *start, *at, *end;
    int depth;
    struct error *err;
};

/* The members or items of one array or object while it is being read. */
struct children {
    struct json *first, *last;
    size_t count;
};

static struct json *parse_value(struct parser *parser);

static void *expected(struct parser *parser, const char *what)
{
    const size_t position = (size_t)(parser->at - parser->start);
    if (parser->at == parser->end) {
        error_set_kind(parser->err, ERROR_VALUE, "byte %zu: the text ends where %s was expected",
                       position, what);
    } else {
        error_set_kind(parser->err, ERROR_VALUE, "byte %zu: expected %s", position, what);
    }
    return NULL;
}

static void *refuse(struct parser *parser, const char *at, const char *why)
{
    error_set_kind(parser->err, ERROR_VALUE, "byte %zu: %s", (size_t)(at - parser->start), why);
    return NULL;
}

static void skip_space(struct parser *parser)
{
    while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t' ||
                                        *parser->at == '\n' || *parser->at == '\r')) {
        parser->at++;
    }
}

static bool accept(struct parser *parser, char c)
{
    if (parser->at == parser->end || *parser->at != c) {
        return false;
    }
    parser->at++;
    return true;
}

static struct json *new_value(struct parser *parser, enum json_kind kind)
{
    struct json *value = arena_allocate(parser->arena, 1, sizeof(*value));
    value->kind = kind;
    return value;
}

static struct json *parse_word(struct parser *parser, const char *word, enum json_kind kind,
                               bool boolean)
{
    const size_t length = strlen(word);
    if ((size_t)(parser->end - parser->at) < length || memcmp(parser->at, word, length) != 0) {
        return expected(parser, "a value");
    }
    parser->at += length;
    struct json *value = new_value(parser, kind);
    value->boolean = boolean;
    return value;
}

static size_t skip_digits(struct parser *parser)
{
    const char *from = parser->at;
    while (parser->at < parser->end && *parser->at >= '0' && *parser->at <= '9') {
        parser->at++;
    }
    return (size_t)(parser->at - from);
}

/* The usual number: a few digits and then what cannot be part of one. NULL: it is another. */
static struct json *parse_id(struct parser *parser)
{
    enum { MOST_DIGITS = 9 };
    const char *at = parser->at;
    const char *const end = parser->end - at > MOST_DIGITS ? at + MOST_DIGITS : parser->end;
    const bool zero = at < end && *at == '0';
    uint32_t whole = 0;
    at += zero; /* nothing may follow it */
    for (; !zero && at < end && *at >= '0' && *at <= '9'; at++) {
        whole = whole * 10 + (uint32_t)(*at - '0');
    }
    if (at == parser->at || at == end || (*at != ',' && *at != '}' && *at != ']')) {
        return NULL;
    }
    parser->at = at;
    struct json *value = new_value(parser, JSON_NUMBER);
    value->number = whole;
    return value;
}

static struct json *parse_number(struct parser *parser)
{
    const char *from = parser->at;
    struct json *id = parse_id(parser);
    if (id) {
        return id;
    }
    accept(parser, '-');
    const bool leading_zero = accept(parser, '0');
    if (!leading_zero && skip_digits(parser) == 0) {
        return expected(parser, "a digit");
    }
    if (accept(parser, '.') && skip_digits(parser) == 0) {
        return expected(parser, "a digit after the point");
    }
    if (accept(parser, 'e') || accept(parser, 'E')) {
        if (!accept(parser, '-')) {
            accept(parser, '+');
        }
        if (skip_digits(parser) == 0) {
            return expected(parser, "a digit of the exponent");
        }
    }
    double number = 0;
    const bool read = number_parse(from, (size_t)(parser->at - from), &number);
    assert(read);
    (void)read;
    if (isinf(number)) {
        return refuse(parser, from, "this number is too large");
    }
    struct json *value = new_value(parser, JSON_NUMBER);
    value->number = number;
    return value;
}

/* Four hexadecimal digits, or -1. */
static int parse_hex4(struct parser *parser)
{
    int value = 0;
    for (int i = 0; i < 4; i++, parser->at++) {
        const char c = parser->at < parser->end ? *parser->at : '\0';
        if (c >= '0' && c <= '9') {
            value = value * 16 + (c - '0');
        } else if (c >= 'a' && c <= 'f') {
            value = value * 16 + (c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            value = value * 16 + (c - 'A') + 10;
        } else {
            expected(parser, "four hexadecimal digits");
            return -1;
        }
    }
    return value;
}

/* After "\u". Characters above U+FFFF are written as two halves. */
static bool parse_unicode_escape(struct parser *parser, struct text *out)
{
    const char *from = parser->at - 2;
    const int first = parse_hex4(parser);
    if (first < 0) {
        return false;
    }
    if (first < 0xD800 || first > 0xDFFF) {
        text_append_utf8(out, (uint32_t)first);
        return true;
    }
    if (first > 0xDBFF || !accept(parser, '\\') || !accept(parser, 'u')) {
        return refuse(parser, from, "half of a surrogate pair");
    }
    const int second = parse_hex4(parser);
    if (second < 0) {
        return false;
    }
    if (second < 0xDC00 || second > 0xDFFF) {
        return refuse(parser, from, "half of a surrogate pair");
    }
    text_append_utf8(out,
                     0x10000u + ((uint32_t)(first - 0xD800) << 10) + (uint32_t)(second - 0xDC00));
    return true;
}

/* After the backslash. */
static bool parse_escape(struct parser *parser, struct text *out)
{
    if (accept(parser, 'u')) {
        return parse_unicode_escape(parser, out);
    }
    const char letter = parser->at < parser->end ? *parser->at : '\0';
    const char *found = letter ? strchr(escape_letters, letter) : NULL;
    if (!found) {
        return expected(parser, "one of \" \\ / b f n r t u after the backslash");
    }
    parser->at++;
    text_append_char(out, escaped_characters[found - escape_letters]);
    return true;
}

/* Moves over bytes that stand for themselves. */
static void skip_plain(struct parser *parser)
{
    while (parser->at < parser->end && *parser->at != '"' && *parser->at != '\\' &&
           (unsigned char)*parser->at >= 0x20) {
        parser->at++;
    }
}

/* The rest of a string that has escapes, from the first of them on. */
static bool parse_escaped(struct parser *parser, struct text *out)
{
    while (accept(parser, '\\')) {
        if (!parse_escape(parser, out)) {
            return false;
        }
        const char *plain = parser->at;
        skip_plain(parser);
        text_append(out, plain, (size_t)(parser->at - plain));
    }
    return true;
}

static bool parse_string(struct parser *parser, const char **bytes, size_t *length)
{
    if (!accept(parser, '"')) {
        return expected(parser, "a string");
    }
    const char *from = parser->at;
    skip_plain(parser);
    *length = (size_t)(parser->at - from);
    if (parser->at < parser->end && *parser->at == '\\') {
        struct text text = { 0 };
        text_append(&text, from, *length);
        const bool good = parse_escaped(parser, &text);
        *length = text.length;
        *bytes = good ? arena_copy_text(parser->arena, text.bytes, text.length) : NULL;
        text_finish(&text);
        if (!good) {
            return false;
        }
    } else {
        *bytes = arena_copy_text(parser->arena, from, *length);
    }
    if (!accept(parser, '"')) {
        return expected(parser, "the closing quotation mark");
    }
    return true;
}

static void append_child(struct children *children, struct json *child)
{
    if (children->last) {
        children->last->next = child;
    } else {
        children->first = child;
    }
    children->last = child;
    children->count++;
}

static int compare_names(const void *a, const void *b)
{
    const struct json *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

/* By sorting, so that an object with very many members, or cunningly named ones, costs little. */
static const char *find_duplicate_by_sorting(const struct children *members)
{
    const struct json **sorted = memory_allocate(members->count, sizeof(*sorted));
    size_t count = 0;
    for (const struct json *member = members->first; member; member = member->next) {
        sorted[count++] = member;
    }
    qsort(sorted, count, sizeof(*sorted), compare_names);
    const char *duplicate = NULL;
    for (size_t i = 1; i < count && !duplicate; i++) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
            duplicate = sorted[i]->name;
        }
    }
    free(sorted);
    return duplicate;
}

/* Most names differ in their first letter. */
static bool same_name(const char *a, const char *b)
{
    return a[0] == b[0] && strcmp(a, b) == 0;
}

static const char *find_duplicate_name(const struct children *members)
{
    enum { FEW = 16 };
    if (members->count > FEW) {
        return find_duplicate_by_sorting(members);
    }
    for (const struct json *a = members->first; a; a = a->next) {
        for (const struct json *b = a->next; b; b = b->next) {
            if (same_name(a->name, b->name)) {
                return a->name;
            }
        }
    }
    return NULL;
}

static bool parse_items(struct parser *parser, struct children *items)
{
    skip_space(parser);
    if (accept(parser, ']')) {
        return true;
    }
    do {
        struct json *item = parse_value(parser);
        if (!item) {
            return false;
        }
        append_child(items, item);
        skip_space(parser);
    } while (accept(parser, ','));
    return accept(parser, ']') || expected(parser, "',' or ']'");
}

static struct json *parse_member(struct parser *parser)
{
    skip_space(parser);
    const char *from = parser->at;
    const char *name;
    size_t length;
    if (parser->at < parser->end && *parser->at != '"') {
        return expected(parser, "a member's name in quotation marks");
    }
    if (!parse_string(parser, &name, &length)) {
        return NULL;
    }
    if (strlen(name) != length) {
        return refuse(parser, from, "a member's name may not contain U+0000");
    }
    skip_space(parser);
    if (!accept(parser, ':')) {
        return expected(parser, "':'");
    }
    struct json *member = parse_value(parser);
    if (member) {
        member->name = name;
    }
    return member;
}

static bool parse_members(struct parser *parser, struct children *members)
{
    skip_space(parser);
    if (accept(parser, '}')) {
        return true;
    }
    do {
        struct json *member = parse_member(parser);
        if (!member) {
            return false;
        }
        append_child(members, member);
        skip_space(parser);
    } while (accept(parser, ','));
    if (!accept(parser, '}')) {
        return expected(parser, "',' or '}'");
    }
    const char *duplicate = find_duplicate_name(members);
    if (duplicate) {
        return error_set_kind(parser->err, ERROR_VALUE,
                              "byte %zu: the object that ends here has two members named \"%s\"",
                              (size_t)(parser->at - parser->start) - 1, duplicate);
    }
    return true;
}

static struct json *parse_container(struct parser *parser, enum json_kind kind)
{
    if (parser->depth == JSON_MAX_DEPTH) {
        return refuse(parser, parser->at, "nested too deep");
    }
    parser->at++;
    parser->depth++;
    struct children children = { 0 };
    const bool good =
        kind == JSON_ARRAY ? parse_items(parser, &children) : parse_members(parser, &children);
    parser->depth--;
    if (!good) {
        return NULL;
    }
    struct json *value = new_value(parser, kind);
    value->first = children.first;
    value->length = children.count;
    return value;
}

static struct json *parse_value(struct parser *parser)
{
    skip_space(parser);
    if (parser->at == parser->end) {
        return expected(parser, "a value");
    }
    switch (*parser->at) {
    case '{':
        return parse_container(parser, JSON_OBJECT);
    case '[':
        return parse_container(parser, JSON_ARRAY);
    case '"': {
        const char *bytes;
        size_t length;
        if (!parse_string(parser, &bytes, &length)) {
            return NULL;
        }
        struct json *value = new_value(parser, JSON_STRING);
        value->string = bytes;
        value->length = length;
        return value;
    }
    case 't':
        return parse_word(parser, "true", JSON_BOOL, true);
    case 'f':
        return parse_word(parser, "false", JSON_BOOL, false);
    case 'n':
        return parse_word(parser, "null", JSON_NULL, false);
    default:
        if (*parser->at == '-' || (*parser->at >= '0' && *parser->at <= '9')) {
            return parse_number(parser);
        }
        return expected(parser, "a value");
    }
}

const struct json *json_parse(struct arena *arena, const char *bytes, size_t length,
                              struct error *err)
{
    struct parser parser = {
        .arena = arena, .start = bytes, .at = bytes, .end = bytes + length, .err = err
    };
    const char *broken = utf8_find_broken(bytes, length);
    if (broken) {
        return refuse(&parser, broken, "this is not UTF-8");
    }
    const struct json *value = parse_value(&parser);
    if (!value) {
        return NULL;
    }
    skip_space(&parser);
    if (parser.at != parser.end) {
        return expected(&parser, "nothing more after the value");
    }
    return value;
}

const struct json *json_find(const struct json *object, const char *name)
{
    if (!object || object->kind != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json *member = object->first; member; member = member->next) {
        if (same_name(member->name, name)) {
            return member;
        }
    }
    return NULL;
}

const char *json_find_string(const struct json *object, const char *name, const char *fallback)
{
    const struct json *member = json_find(object, name);
    return member && member->kind == JSON_STRING ? member->string : fallback;
}

double json_find_number(const struct json *object, const char *name, double fallback)
{
    const struct json *member = json_find(object, name);
    return member && member->kind == JSON_NUMBER ? member->number : fallback;
}

int64_t json_find_whole(const struct json *object, const char *name, int64_t fallback)
{
    const double limit = 9007199254740992.0; /* 2^53: above, neighbours fall together */
    const struct json *member = json_find(object, name);
    if (!member || member->kind != JSON_NUMBER || fabs(member->number) > limit ||
        member->number != floor(member->number)) {
        return fallback;
    }
    return (int64_t)member->number;
}

bool json_find_bool(const struct json *object, const char *name, bool fallback)
{
    const struct json *member = json_find(object, name);
    return member && member->kind == JSON_BOOL ? member->boolean : fallback;
}
