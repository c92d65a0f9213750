/* The driver of the quick way, and how numbers and strings are read on it. */
#include "lessons/trace/scan.h"

#include <math.h>
#include <stdalign.h>
#include <string.h>

/* ---- numbers -------------------------------------------------------------------------------- */

static inline bool is_digit(const struct parse *parse)
{
    return parse->at < parse->end && (unsigned)(*parse->at - '0') < 10;
}

/* Digits without a zero before them, added to *whole. */
static bool scan_digits(struct parse *parse, uint64_t *whole)
{
    const char *const from = parse->at;
    for (; is_digit(parse); parse->at++) {
        *whole = *whole * 10 + (uint64_t)(*parse->at - '0');
    }
    return parse->at > from && (*from != '0' || parse->at == from + 1);
}

bool scan_whole(struct parse *parse, int64_t *out)
{
    enum { MOST_DIGITS = 15 };
    const bool negative = scan_char(parse, '-');
    const char *const from = parse->at, *const end = parse->end, *at = from;
    uint64_t whole = 0;
    for (; at < end && (unsigned)(*at - '0') < 10; at++) {
        whole = whole * 10 + (uint64_t)(*at - '0');
    }
    parse->at = at;
    *out = negative ? -(int64_t)whole : (int64_t)whole;
    return at > from && at - from <= MOST_DIGITS && (*from != '0' || at == from + 1) &&
           (at == end || (*at != '.' && *at != 'e' && *at != 'E'));
}

/* "e-05" after the digits of a number. */
static bool scan_exponent(struct parse *parse, int *exponent)
{
    enum { MOST_DIGITS = 4 };
    uint64_t power = 0;
    const bool negative = scan_char(parse, '-');
    if (!negative) {
        scan_char(parse, '+');
    }
    const char *const from = parse->at;
    for (; is_digit(parse); parse->at++) {
        power = power * 10 + (uint64_t)(*parse->at - '0');
    }
    *exponent += negative ? -(int)power : (int)power;
    return parse->at > from && parse->at - from <= MOST_DIGITS;
}

/* Whole numbers below 2^53 and powers of ten up to 10^22 are exact as float64, so that one product
 * or quotient of them is rounded correctly; the rest goes the long way. */
static bool number_of(const char *from, const char *end, uint64_t digits, int exponent, double *out)
{
    static const double powers[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (digits < UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22) {
        *out =
            exponent < 0 ? (double)digits / powers[-exponent] : (double)digits * powers[exponent];
        return true;
    }
    return number_parse(from, (size_t)(end - from), out) && !isinf(*out);
}

bool scan_number(struct parse *parse, double *out)
{
    enum { MOST_DIGITS = 18 }; /* that certainly fit a uint64_t */
    const bool negative = scan_char(parse, '-');
    const char *const from = parse->at;
    uint64_t digits = 0;
    int exponent = 0;
    if (!scan_digits(parse, &digits)) {
        return false;
    }
    if (scan_char(parse, '.')) {
        const char *const point = parse->at;
        for (; is_digit(parse); parse->at++) {
            digits = digits * 10 + (uint64_t)(*parse->at - '0');
        }
        exponent = -(int)(parse->at - point);
        if (exponent == 0) {
            return false;
        }
    }
    if (parse->at - from > MOST_DIGITS) {
        return false;
    }
    if (parse->at < parse->end && (*parse->at == 'e' || *parse->at == 'E')) {
        parse->at++;
        if (!scan_exponent(parse, &exponent)) {
            return false;
        }
    }
    if (!number_of(from, parse->at, digits, exponent, out)) {
        return false;
    }
    *out = negative ? -*out : *out;
    return true;
}

bool scan_any_number(struct parse *parse, double *out)
{
    if (parse->at < parse->end && *parse->at != '"') {
        return scan_number(parse, out);
    }
    if (scan_word(parse, "\"nan\"")) {
        *out = NAN;
    } else if (scan_word(parse, "\"inf\"")) {
        *out = INFINITY;
    } else if (scan_word(parse, "\"-inf\"")) {
        *out = -INFINITY;
    } else {
        return false;
    }
    return true;
}

/* ---- strings -------------------------------------------------------------------------------- */

bool scan_string(struct parse *parse, const char **bytes, size_t *length)
{
    if (!scan_char(parse, '"')) {
        return false;
    }
    const char *at = parse->at;
    *bytes = at;
    while (at < parse->end && *at != '"') {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x80 || *at == '\\') {
            return false;
        }
        at++;
    }
    *length = (size_t)(at - parse->at);
    parse->at = at;
    return scan_char(parse, '"');
}

/* Most strings of a trace were there before: names of operations, nodes, variables. */
static const char *kept_word(struct parse *parse, const char *bytes, size_t length)
{
    struct record_words *const words = parse->context->words;
    if (!words || length == 0 || length > RECORD_WORD_MAX) {
        return arena_copy_text(parse->arena, bytes, length);
    }
    const size_t last = (unsigned char)bytes[length - 1], middle = (unsigned char)bytes[length / 2];
    const size_t place = ((unsigned char)bytes[0] * 7 + middle * 31 + last * 3 + length) %
                         (sizeof(words->slots) / sizeof(words->slots[0]));
    if (words->lengths[place] != length || !scan_same(words->slots[place], bytes, length)) {
        words->slots[place] = arena_copy_text(parse->arena, bytes, length);
        words->lengths[place] = (unsigned char)length;
    }
    return words->slots[place];
}

bool scan_kept_string(struct parse *parse, const char **string, size_t *length)
{
    const char *bytes;
    if (!scan_string(parse, &bytes, length)) {
        return false;
    }
    *string = kept_word(parse, bytes, *length);
    return true;
}

bool scan_reference(struct parse *parse, char letter, int64_t *id)
{
    return scan_word(parse, "{\"") && scan_char(parse, letter) && scan_word(parse, "\":") &&
           scan_whole(parse, id) && *id >= 1 && scan_char(parse, '}');
}

/* ---- members -------------------------------------------------------------------------------- */

static void *field_of(void *owner, size_t offset)
{
    return (char *)owner + offset;
}

bool codec_scan_item(struct parse *parse, const struct codec *codec, void *field)
{
    if (codec->is_whole) {
        int64_t *const value = field;
        return scan_whole(parse, value) && *value >= codec->least;
    }
    if (!codec->members) {
        return codec->scan && codec->scan(parse, field);
    }
    if (codec->nullable && scan_word(parse, "null")) {
        return true;
    }
    /* Of an object, `read` only looks at the struct. */
    return scan_char(parse, '{') &&
           members_scan(parse, codec->members, codec->member_count, field, true) &&
           (!codec->read || codec->read(parse, NULL, field));
}

/* Items are gathered here before it is known how many there are; longer lists are read as JSON. */
struct gathered {
    alignas(max_align_t) char bytes[2048];
};

static void keep_items(struct parse *parse, const struct member *member, void *owner,
                       const struct gathered *items, size_t count)
{
    const size_t size = member->codec->size;
    const void **pointer = field_of(owner, member->offset);
    size_t *kept = field_of(owner, member->count_offset);
    void *copy = count > 0 ? arena_allocate(parse->arena, count, size) : NULL;
    if (count > 0) {
        memcpy(copy, items->bytes, count * size);
    }
    *pointer = copy;
    *kept = count;
}

static bool list_scan(struct parse *parse, const struct member *member, void *owner)
{
    struct gathered items;
    const size_t size = member->codec->size, most = sizeof(items) / size;
    size_t count = 0;
    if (!scan_char(parse, '[')) {
        return false;
    }
    while (!scan_char(parse, ']')) {
        char *const item = items.bytes + count * size;
        if (count == most || (count > 0 && !scan_char(parse, ','))) {
            return false;
        }
        memset(item, 0, size);
        if (!codec_scan_item(parse, member->codec, item)) {
            return false;
        }
        count++;
    }
    keep_items(parse, member, owner, &items, count);
    return true;
}

static bool is_named_before(const struct argument *items, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].name == name || strcmp(items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* The members of an object as arguments with names. */
static bool object_scan(struct parse *parse, const struct member *member, void *owner)
{
    struct gathered gathered;
    struct argument *const items = (struct argument *)gathered.bytes;
    const size_t most = sizeof(gathered) / sizeof(*items);
    size_t count = 0, length;
    if (member->codec->size != sizeof(*items) || !scan_char(parse, '{')) {
        return false;
    }
    while (!scan_char(parse, '}')) {
        const char *name;
        if (count == most || (count > 0 && !scan_char(parse, ',')) ||
            !scan_kept_string(parse, &name, &length) || !scan_char(parse, ':') ||
            is_named_before(items, count, name)) {
            return false;
        }
        items[count] = (struct argument){ 0 };
        if (!codec_scan_item(parse, member->codec, &items[count])) {
            return false;
        }
        items[count++].name = name;
    }
    keep_items(parse, member, owner, &gathered, count);
    return true;
}

static bool value_scan(struct parse *parse, const struct member *member, void *owner)
{
    if (member->flags & MEMBER_LIST) {
        return list_scan(parse, member, owner);
    }
    if (member->flags & MEMBER_OBJECT) {
        return object_scan(parse, member, owner);
    }
    return codec_scan_item(parse, member->codec, field_of(owner, member->offset));
}

/* Keys mostly differ in the first letter of the name. */
static bool key_scan(struct parse *parse, const struct member *member, bool first)
{
    const size_t letter = (size_t)2 - first, length = member->key_length - first;
    return (size_t)(parse->end - parse->at) >= length && parse->at[letter] == member->name[0] &&
           scan_bytes(parse, member->key + first, length);
}

static void set_fallback(const struct member *member, void *owner)
{
    if (member->codec->fallback && !(member->flags & MEMBER_LIST)) {
        /* A trace_string begins with its bytes, so both kinds of string are served. */
        *(const char **)field_of(owner, member->offset) = member->codec->fallback;
    }
}

bool members_scan(struct parse *parse, const struct member *members, size_t count, void *owner,
                  bool first)
{
    for (size_t i = 0; i < count; i++) {
        const struct member *const member = &members[i];
        if (member->flags & MEMBER_WHOLE) {
            if (!member->codec->scan ||
                !member->codec->scan(parse, field_of(owner, member->offset))) {
                return false;
            }
        } else if (member->flags & MEMBER_REST) {
            return false;
        } else if (key_scan(parse, member, first)) {
            if (!value_scan(parse, member, owner)) {
                return false;
            }
            first = false;
        } else if (member->flags & MEMBER_OPTIONAL) {
            set_fallback(member, owner);
        } else {
            return false;
        }
    }
    return scan_char(parse, '}');
}
