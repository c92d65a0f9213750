/* Operands, attributes, options: whatever a lesson can hand to an operation. */
#include "lessons/trace/codec.h"

#include <inttypes.h>
#include <string.h>

#include "lessons/trace/scan.h"

/* {"t":3} and {"m":1} */
static bool reference_read(const struct json *json, struct argument *out)
{
    if (json->length != 1 || json->first->name[0] == '\0' || json->first->name[1] != '\0' ||
        !json_whole(json->first, &out->id) || out->id < 1) {
        return false;
    }
    if (json->first->name[0] == 't') {
        out->kind = ARGUMENT_TENSOR;
        return true;
    }
    out->kind = ARGUMENT_MODULE;
    return json->first->name[0] == 'm';
}

static bool items_read(struct parse *parse, const struct json *json, struct argument *out,
                       int depth, bool objects)
{
    if (depth == ARGUMENT_DEPTH_MAX) {
        return parse_refuse(parse, "lists in lists more than %d deep", ARGUMENT_DEPTH_MAX);
    }
    struct argument *items =
        json->length > 0 ? arena_allocate(parse->arena, json->length, sizeof(*items)) : NULL;
    out->items = items;
    out->item_count = json->length;
    for (const struct json *item = json->first; item; item = item->next, items++) {
        if (!argument_read(parse, item, items, depth + 1, objects)) {
            return false;
        }
        if (item->name) {
            items->name = arena_copy_text(parse->arena, item->name, strlen(item->name));
        }
    }
    return true;
}

bool argument_read(struct parse *parse, const struct json *json, struct argument *out, int depth,
                   bool objects)
{
    if (++parse->arguments > ARGUMENTS_MAX) {
        return parse_refuse(parse, "more than %d arguments", ARGUMENTS_MAX);
    }
    if (json_any_number(json, &out->number)) {
        out->kind = ARGUMENT_NUMBER;
        return true;
    }
    switch (json->kind) {
    case JSON_NULL:
        out->kind = ARGUMENT_NONE;
        return true;
    case JSON_BOOL:
        out->kind = ARGUMENT_BOOL;
        out->number = json->boolean;
        return true;
    case JSON_STRING:
        out->kind = ARGUMENT_STRING;
        return codec_text.read(parse, json, &out->string);
    case JSON_ARRAY:
        out->kind = ARGUMENT_LIST;
        return items_read(parse, json, out, depth, objects);
    case JSON_OBJECT:
        if (reference_read(json, out)) {
            return true;
        }
        out->kind = ARGUMENT_OBJECT;
        return objects && items_read(parse, json, out, depth, objects);
    case JSON_NUMBER:
        break;
    }
    return false;
}

static bool argument_scan(struct parse *parse, struct argument *out, int depth);

/* Items are gathered before it is known how many there are; longer lists are read as JSON. */
static bool items_scan(struct parse *parse, struct argument *out, int depth)
{
    enum { MOST = 8 };
    struct argument items[MOST];
    size_t count = 0;
    if (depth == ARGUMENT_DEPTH_MAX) {
        return false;
    }
    while (!scan_char(parse, ']')) {
        if (count == MOST || (count > 0 && !scan_char(parse, ','))) {
            return false;
        }
        items[count] = (struct argument){ 0 };
        if (!argument_scan(parse, &items[count++], depth + 1)) {
            return false;
        }
    }
    struct argument *const kept =
        count > 0 ? arena_allocate(parse->arena, count, sizeof(*kept)) : NULL;
    if (kept) {
        memcpy(kept, items, count * sizeof(*kept));
    }
    out->items = kept;
    out->item_count = count;
    return true;
}

/* Strings that mean a number are none. */
static bool string_scan(struct parse *parse, struct argument *out)
{
    if (scan_any_number(parse, &out->number)) {
        out->kind = ARGUMENT_NUMBER;
        return true;
    }
    out->kind = ARGUMENT_STRING;
    return scan_kept_string(parse, &out->string.bytes, &out->string.length);
}

static bool truth_scan(struct parse *parse, struct argument *out)
{
    out->kind = ARGUMENT_BOOL;
    out->number = *parse->at == 't';
    return scan_word(parse, *parse->at == 't' ? "true" : "false");
}

static bool argument_scan(struct parse *parse, struct argument *out, int depth)
{
    if (++parse->arguments > ARGUMENTS_MAX || parse->at == parse->end) {
        return false;
    }
    switch (*parse->at) {
    case '{':
        out->kind =
            parse->end - parse->at > 2 && parse->at[2] == 'm' ? ARGUMENT_MODULE : ARGUMENT_TENSOR;
        return scan_reference(parse, out->kind == ARGUMENT_MODULE ? 'm' : 't', &out->id);
    case '[':
        parse->at++;
        out->kind = ARGUMENT_LIST;
        return items_scan(parse, out, depth);
    case '"':
        return string_scan(parse, out);
    case 't':
    case 'f':
        return truth_scan(parse, out);
    case 'n':
        return scan_word(parse, "null");
    default:
        out->kind = ARGUMENT_NUMBER;
        return scan_number(parse, &out->number);
    }
}

static void argument_write(struct text *out, const void *field);

static void items_write(struct text *out, const struct argument *argument)
{
    const bool named = argument->kind == ARGUMENT_OBJECT;
    text_append_char(out, named ? '{' : '[');
    for (size_t i = 0; i < argument->item_count; i++) {
        const struct argument *item = &argument->items[i];
        if (i > 0) {
            text_append_char(out, ',');
        }
        if (named) {
            json_append_word(out, item->name);
            text_append_char(out, ':');
        }
        argument_write(out, item);
    }
    text_append_char(out, named ? '}' : ']');
}

static void argument_write(struct text *out, const void *field)
{
    const struct argument *argument = field;
    switch (argument->kind) {
    case ARGUMENT_NONE:
        text_append_string(out, "null");
        break;
    case ARGUMENT_TENSOR:
        text_append_string(out, "{\"t\":");
        text_append_whole(out, argument->id);
        text_append_char(out, '}');
        break;
    case ARGUMENT_MODULE:
        text_format(out, "{\"m\":%" PRId64 "}", argument->id);
        break;
    case ARGUMENT_NUMBER:
        json_append_number(out, argument->number);
        break;
    case ARGUMENT_STRING:
        codec_text.write(out, &argument->string);
        break;
    case ARGUMENT_BOOL:
        text_append_string(out, argument->number != 0 ? "true" : "false");
        break;
    case ARGUMENT_LIST:
    case ARGUMENT_OBJECT:
        items_write(out, argument);
        break;
    }
}

static bool plain_read(struct parse *parse, const struct json *json, void *field)
{
    return argument_read(parse, json, field, 0, false);
}

static bool plain_scan(struct parse *parse, void *field)
{
    return argument_scan(parse, field, 0);
}

const struct codec codec_argument = {
    .what = "an argument",
    .size = sizeof(struct argument),
    .read = plain_read,
    .scan = plain_scan,
    .write = argument_write,
};

/* A probe's answer may hold objects of its own. */
static bool answer_read(struct parse *parse, const struct json *json, void *field)
{
    return argument_read(parse, json, field, 0, true);
}

const struct codec codec_answer = {
    .what = "an argument or an object",
    .size = sizeof(struct argument),
    .read = answer_read,
    .write = argument_write,
};

/* An object of options; one that looks like a reference is an object all the same. */
static bool group_read(struct parse *parse, const struct json *json, void *field)
{
    struct argument *group = field;
    group->kind = ARGUMENT_OBJECT;
    return json->kind == JSON_OBJECT && items_read(parse, json, group, 0, false);
}

const struct codec codec_group = {
    .what = "an object of options",
    .size = sizeof(struct argument),
    .read = group_read,
    .write = argument_write,
};
