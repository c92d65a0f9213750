#pragma once
/* The inside of records.c: how one member of a record is read and written. Only for lessons/trace
 * and its tests. A record is a row of members; a member is a name, a codec and a place in the
 * struct; a codec knows one type. A new record is a row, a new member a line of it. */

#include "engine/base/json.h"
#include "lessons/trace/records.h"

struct member;

/* What one record_parse call carries along. */
struct parse {
    struct arena *arena; /* for what the record keeps */
    const struct record_context *context;
    struct error *err;
    size_t arguments;     /* met so far in this record */
    const char *at, *end; /* of the line, on the quick way (scan.h) */
};

enum {
    ARGUMENTS_MAX = 8192,   /* in one record, so that a short line cannot ask for much memory */
    ARGUMENT_DEPTH_MAX = 8, /* lists in lists */
};

struct codec {
    const char *what; /* for the message: `"t" should be <what>` */
    size_t size;      /* of one item, where it can stand in a list */
    /* False when the JSON does not fit; the caller says so with `what`, unless err has a text. */
    bool (*read)(struct parse *parse, const struct json *json, void *field);
    /* The same from the text itself, in the spelling that `write` has; NULL, or false when it is
     * spelled otherwise: then the whole line is read as JSON. */
    bool (*scan)(struct parse *parse, void *field);
    void (*write)(struct text *out, const void *field);
    /* Whether the field has its default and is left out; NULL: it is always written. */
    bool (*absent)(const void *field);
    /* The default where it is not all zero: what a string is when its member was left out. */
    const char *fallback;
    /* A whole number, which most members are, from `least` up; 0 is its default. Read and written
     * without a call, where nothing else is to be done. */
    bool is_whole;
    int64_t least;
    /* A nested object instead of scan and write; `read`, if there is one, checks it afterwards. */
    const struct member *members;
    size_t member_count;
    bool nullable; /* of a nested object: null is the zeroed struct */
};

enum member_flags {
    MEMBER_OPTIONAL = 1, /* left out when it has its default */
    MEMBER_LIST = 2,     /* the field is a pointer to items, their number at count_offset */
    MEMBER_OBJECT = 4,   /* the same, as an object: the items are arguments with names */
    MEMBER_REST = 8,     /* the same, for all members that the row does not name */
    MEMBER_WHOLE = 16,   /* the codec itself reads and writes several members */
};

struct member {
    const char *name;
    const char *key; /* ,"name": as it is written */
    size_t key_length;
    const struct codec *codec;
    size_t offset;
    unsigned flags;
    size_t count_offset;
};

/* The spellings of a row's lines; OWNER is the struct. A member that NEED is always written, one
 * that MAY is left out when it has its default. */
/* clang-format off */
#define MEMBER_PLACE(field) offsetof(struct OWNER, field)
#define UNNAMED(c, o, f) .codec = &codec_##c, .offset = o, .flags = f
#define MEMBER_OF(n, c, o, f) \
    .name = n, .key = ",\"" n "\":", .key_length = sizeof(n) + 3, UNNAMED(c, o, f)
#define MEMBERS_OF(n, c, o, k, f) \
    { MEMBER_OF(n, c, MEMBER_PLACE(o), f), .count_offset = MEMBER_PLACE(k) }
#define NEED(n, c, field) { MEMBER_OF(n, c, MEMBER_PLACE(field), 0) }
#define MAY(n, c, field) { MEMBER_OF(n, c, MEMBER_PLACE(field), MEMBER_OPTIONAL) }
#define NEED_LIST(n, c, items, count) MEMBERS_OF(n, c, items, count, MEMBER_LIST)
#define MAY_LIST(n, c, items, count) MEMBERS_OF(n, c, items, count, MEMBER_LIST | MEMBER_OPTIONAL)
#define NEED_OBJECT(n, c, items, count) MEMBERS_OF(n, c, items, count, MEMBER_OBJECT)
#define MAY_OBJECT(n, c, items, count) \
    MEMBERS_OF(n, c, items, count, MEMBER_OBJECT | MEMBER_OPTIONAL)
#define REST(c, items, count) \
    { UNNAMED(c, MEMBER_PLACE(items), MEMBER_REST), .count_offset = MEMBER_PLACE(count) }
/* Codecs that see the whole struct. */
#define NEED_HERE(n, c) { MEMBER_OF(n, c, 0, 0) }
#define MAY_HERE(n, c) { MEMBER_OF(n, c, 0, MEMBER_OPTIONAL) }
#define WHOLE(c) { UNNAMED(c, 0, MEMBER_WHOLE) }
/* clang-format on */

struct record_row {
    const char *name;
    const char *head; /* {"k":"name" as it is written */
    size_t head_length;
    size_t size; /* of its struct */
    const struct member *members;
    size_t member_count;
};

extern const struct record_row record_table[RECORD_KIND_COUNT];

extern const struct codec codec_id, codec_id_or_null, codec_count, codec_whole, codec_amount,
    codec_truth, codec_string, codec_device, codec_dtype, codec_role, codec_switch, codec_none,
    codec_text, codec_span, codec_range;
extern const struct codec codec_shape, codec_strides, codec_value;
extern const struct codec codec_argument, codec_group, codec_answer;
extern const struct codec codec_box, codec_edge_target, codec_saved, codec_visit_edge, codec_local,
    codec_named_id, codec_frame, codec_step_param, codec_walk_root;

/* Reads and writes the members of an object; write_members puts a comma before each but the first
 * when `first` is true. */
bool members_read(struct parse *parse, const struct member *members, size_t count,
                  const struct json *object, void *owner);
void members_write(struct text *out, const struct member *members, size_t count, const void *owner,
                   bool first);

/* One item by its codec, read or nested. */
bool codec_read_item(struct parse *parse, const struct codec *codec, const struct json *json,
                     void *field);
void codec_write_item(struct text *out, const struct codec *codec, const void *field);

/* Sets the error if there is none yet; always false. */
bool parse_refuse(struct parse *parse, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One argument; counts it. Objects that are no {"t":id} or {"m":id} only where allowed. */
bool argument_read(struct parse *parse, const struct json *json, struct argument *out, int depth,
                   bool objects);

/* A JSON number that is whole and of magnitude up to 2^53. */
bool json_whole(const struct json *json, int64_t *out);
/* A number, or "nan", "inf", "-inf". */
bool json_any_number(const struct json *json, double *out);
