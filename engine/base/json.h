#pragma once
/* JSON read strictly (RFC 8259, UTF-8, bounded depth) and written canonically. Used for traces,
 * notebooks and settings; every input is treated as hostile. */

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "engine/base/text.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A parsed value. Members and items keep their order in a singly linked list. Strings may contain
 * NUL bytes ("\u0000"), hence the length; they are NUL-terminated all the same. */
struct json {
    enum json_kind kind;
    bool boolean;
    double number;      /* JSON_NUMBER */
    const char *string; /* JSON_STRING */
    size_t length;      /* bytes of the string, or number of items or members */
    const char *name;   /* the member's name when this value stands in an object */
    const struct json *first, *next;
};

enum { JSON_MAX_DEPTH = 64 };

/* Parses exactly one value from bytes[0..length) into memory of `arena`. NULL with the byte
 * position and what was expected in err when malformed, too deep, or not UTF-8. Also errors, because
 * no value of ours could hold them: duplicate member names, U+0000 in a member's name, half a
 * surrogate pair, a number too large for a float64. */
const struct json *json_parse(struct arena *arena, const char *bytes, size_t length,
                              struct error *err);

/* The member of that name; NULL if absent or if `object` is NULL or not an object. */
const struct json *json_find(const struct json *object, const char *name);

/* The member's value if it is there and of that kind, else the fallback. json_whole accepts only
 * whole numbers of magnitude up to 2^53. */
const char *json_find_string(const struct json *object, const char *name, const char *fallback);
double json_find_number(const struct json *object, const char *name, double fallback);
int64_t json_find_whole(const struct json *object, const char *name, int64_t fallback);
bool json_find_bool(const struct json *object, const char *name, bool fallback);

/* Appends a quoted string, escaped as Python's json.dumps(ensure_ascii=False) does: \" \\ \n \r \t \b
 * \f, other control characters \u00xx, nothing else. A byte that is not UTF-8 becomes U+FFFD. */
void json_append_string(struct text *text, const char *bytes, size_t length);
/* The same of a NUL-terminated string, quickly where it is a short plain word. */
void json_append_word(struct text *text, const char *string);
/* Appends a number as shortest decimal; "nan", "inf", "-inf" as quoted strings. */
void json_append_number(struct text *text, double value);
void json_append_float(struct text *text, float value);
