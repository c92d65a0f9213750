/* The driver: members of an object, one after the other, each by its codec. */
#include "lessons/trace/codec.h"

#include <assert.h>
#include <string.h>

static void *field_of(void *owner, size_t offset)
{
    return (char *)owner + offset;
}

static const void *field_in(const void *owner, size_t offset)
{
    return (const char *)owner + offset;
}

bool codec_read_item(struct parse *parse, const struct codec *codec, const struct json *json,
                     void *field)
{
    if (!codec->members) {
        return codec->read(parse, json, field);
    }
    if (codec->nullable && json->kind == JSON_NULL) {
        return true;
    }
    if (json->kind != JSON_OBJECT) {
        return false;
    }
    return members_read(parse, codec->members, codec->member_count, json, field) &&
           (!codec->read || codec->read(parse, json, field));
}

void codec_write_item(struct text *out, const struct codec *codec, const void *field)
{
    if (codec->is_whole) {
        text_append_whole(out, *(const int64_t *)field);
    } else if (!codec->members) {
        codec->write(out, field);
    } else if (codec->nullable && codec->absent(field)) {
        text_append_string(out, "null");
    } else {
        text_append_char(out, '{');
        members_write(out, codec->members, codec->member_count, field, true);
        text_append_char(out, '}');
    }
}

static bool list_read(struct parse *parse, const struct member *member, const struct json *json,
                      void *owner)
{
    if (json->kind != JSON_ARRAY) {
        return parse_refuse(parse, "\"%s\" should be a list", member->name);
    }
    const size_t size = member->codec->size;
    char *items = json->length > 0 ? arena_allocate(parse->arena, json->length, size) : NULL;
    char *at = items;
    for (const struct json *item = json->first; item; item = item->next, at += size) {
        if (!codec_read_item(parse, member->codec, item, at)) {
            return parse_refuse(parse, "item %zu of \"%s\" should be %s",
                                (size_t)(at - items) / size, member->name, member->codec->what);
        }
    }
    const void **pointer = field_of(owner, member->offset);
    size_t *count = field_of(owner, member->count_offset);
    *pointer = items;
    *count = json->length;
    return true;
}

static bool named_in(const struct member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (members[i].name && members[i].name[0] == name[0] &&
            strcmp(members[i].name, name) == 0) {
            return true;
        }
    }
    return strcmp(name, "k") == 0;
}

/* The members of `object`, except those that `row` names, as arguments with names. */
static bool object_read(struct parse *parse, const struct member *member, const struct json *object,
                        void *owner, const struct record_row *row)
{
    if (object->kind != JSON_OBJECT) {
        return parse_refuse(parse, "\"%s\" should be an object", member->name);
    }
    struct argument *items =
        object->length > 0 ? arena_allocate(parse->arena, object->length, sizeof(*items)) : NULL;
    size_t found = 0;
    for (const struct json *json = object->first; json; json = json->next) {
        if (row && named_in(row->members, row->member_count, json->name)) {
            continue;
        }
        struct argument *item = &items[found++];
        if (!member->codec->read(parse, json, item)) {
            return parse_refuse(parse, "\"%s\" should be %s", json->name, member->codec->what);
        }
        item->name = arena_copy_text(parse->arena, json->name, strlen(json->name));
    }
    const void **pointer = field_of(owner, member->offset);
    size_t *count = field_of(owner, member->count_offset);
    *pointer = items;
    *count = found;
    return true;
}

/* Members are nearly always written in the order of the row. */
static const struct json *find_from(const struct json **next, const struct json *object,
                                    const char *name)
{
    const struct json *json = *next;
    if (!json || strcmp(json->name, name) != 0) {
        json = json_find(object, name);
    }
    if (json) {
        *next = json->next;
    }
    return json;
}

static bool member_read(struct parse *parse, const struct record_row *row,
                        const struct member *member, const struct json *object,
                        const struct json **next, void *owner)
{
    void *field = field_of(owner, member->offset);
    if (member->flags & MEMBER_WHOLE) {
        return member->codec->read(parse, object, field);
    }
    if (member->flags & MEMBER_REST) {
        return object_read(parse, member, object, owner, row);
    }
    const struct json *json = find_from(next, object, member->name);
    if (!json) {
        if (member->codec->fallback && !(member->flags & MEMBER_LIST)) {
            /* A trace_string begins with its bytes, so both kinds of string are served. */
            *(const char **)field = member->codec->fallback;
        }
        return member->flags & MEMBER_OPTIONAL ||
               parse_refuse(parse, "\"%s\" is missing", member->name);
    }
    if (member->flags & MEMBER_LIST) {
        return list_read(parse, member, json, owner);
    }
    if (member->flags & MEMBER_OBJECT) {
        return object_read(parse, member, json, owner, NULL);
    }
    return codec_read_item(parse, member->codec, json, field) ||
           parse_refuse(parse, "\"%s\" should be %s", member->name, member->codec->what);
}

bool members_read(struct parse *parse, const struct member *members, size_t count,
                  const struct json *object, void *owner)
{
    const struct record_row row = { .members = members, .member_count = count };
    const struct json *next = object->first;
    if (next && strcmp(next->name, "k") == 0) {
        next = next->next;
    }
    for (size_t i = 0; i < count; i++) {
        if (!member_read(parse, &row, &members[i], object, &next, owner)) {
            return false;
        }
    }
    return true;
}

static void name_write(struct text *out, const char *name, bool first)
{
    if (!first) {
        text_append_char(out, ',');
    }
    json_append_word(out, name);
    text_append_char(out, ':');
}

/* The first has no comma before it. */
static void key_write(struct text *out, const struct member *member, bool first)
{
    text_append(out, member->key + first, member->key_length - first);
}

static void object_write(struct text *out, const struct member *member, const void *owner,
                         bool first)
{
    const struct argument *const *items = field_in(owner, member->offset);
    const size_t *count = field_in(owner, member->count_offset);
    for (size_t i = 0; i < *count; i++) {
        name_write(out, (*items)[i].name, first && i == 0);
        member->codec->write(out, &(*items)[i]);
    }
}

static void list_write(struct text *out, const struct member *member, const void *owner)
{
    const char *const *pointer = field_in(owner, member->offset);
    const size_t *count = field_in(owner, member->count_offset);
    text_append_char(out, '[');
    for (size_t i = 0; i < *count; i++) {
        if (i > 0) {
            text_append_char(out, ',');
        }
        codec_write_item(out, member->codec, *pointer + i * member->codec->size);
    }
    text_append_char(out, ']');
}

static bool member_absent(const struct member *member, const void *owner)
{
    if (!(member->flags & MEMBER_OPTIONAL)) {
        return false;
    }
    if (member->flags & (MEMBER_LIST | MEMBER_OBJECT)) {
        const size_t *count = field_in(owner, member->count_offset);
        return *count == 0;
    }
    if (member->codec->is_whole) {
        return *(const int64_t *)field_in(owner, member->offset) == 0;
    }
    assert(member->codec->absent);
    return member->codec->absent(field_in(owner, member->offset));
}

static void member_write(struct text *out, const struct member *member, const void *owner)
{
    if (member->flags & MEMBER_LIST) {
        list_write(out, member, owner);
    } else if (member->flags & MEMBER_OBJECT) {
        text_append_char(out, '{');
        object_write(out, member, owner, true);
        text_append_char(out, '}');
    } else {
        codec_write_item(out, member->codec, field_in(owner, member->offset));
    }
}

void members_write(struct text *out, const struct member *members, size_t count, const void *owner,
                   bool first)
{
    for (size_t i = 0; i < count; i++) {
        const struct member *member = &members[i];
        if (member->flags & MEMBER_WHOLE) {
            assert(!first);
            member->codec->write(out, field_in(owner, member->offset));
        } else if (member->flags & MEMBER_REST) {
            object_write(out, member, owner, first);
        } else if (!member_absent(member, owner)) {
            key_write(out, member, first);
            member_write(out, member, owner);
            first = false;
        }
    }
}
