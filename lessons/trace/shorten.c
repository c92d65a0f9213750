#include "lessons/trace/shorten.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "engine/base/memory.h"

/* How long a string may be, in bytes as it is written, and a list, in items. */
struct measure {
    size_t string, list;
};

/* The object as it was, and where the reading of it stands. */
struct source {
    const char *bytes;
    size_t length, at;
    struct text *out;
    struct measure most;
};

static char here(const struct source *source)
{
    return source->at < source->length ? source->bytes[source->at] : '\0';
}

/* One character of a string as it is written: an escape is one, as are the bytes of one in UTF-8. */
static size_t character_length(const struct source *source)
{
    size_t length = 1;
    if (here(source) == '\\') {
        return source->at + 1 < source->length && source->bytes[source->at + 1] == 'u' ? 6 : 2;
    }
    while (source->at + length < source->length &&
           (source->bytes[source->at + length] & 0xc0) == 0x80) {
        length++;
    }
    return length;
}

static void take_string(struct source *source, bool kept)
{
    size_t put = 0;
    bool cut = false;
    source->at++;
    const size_t from = source->out->length;
    text_append_string(source->out, "\"");
    while (source->at < source->length && here(source) != '"') {
        const size_t length = character_length(source);
        cut = cut || put + length > source->most.string;
        if (!cut) {
            text_append(source->out, source->bytes + source->at, length);
            put += length;
        }
        source->at += length;
    }
    source->at++;
    text_append_string(source->out, cut ? "…\"" : "\"");
    source->out->length = kept ? source->out->length : from;
}

static void take_value(struct source *source, bool kept);

/* Of a list all after the first are left out; an object that stands for a list, of names, is cut as well, but
 * not the record itself. */
static void take_items(struct source *source, bool kept, bool whole)
{
    const char end = here(source) == '[' ? ']' : '}';
    const size_t from = source->out->length;
    size_t count = 0;
    text_append_char(source->out, source->bytes[source->at++]);
    while (source->at < source->length && here(source) != end) {
        const bool taken = whole || count < source->most.list;
        if (here(source) == ',') {
            source->at++;
        }
        if (taken && count > 0) {
            text_append_char(source->out, ',');
        }
        take_value(source, taken);
        if (end == '}' && here(source) == ':') {
            source->at++;
            if (taken) {
                text_append_char(source->out, ':');
            }
            take_value(source, taken);
        }
        count++;
    }
    source->at++;
    text_append_char(source->out, end);
    source->out->length = kept ? source->out->length : from;
}

static void take_value(struct source *source, bool kept)
{
    if (here(source) == '"') {
        take_string(source, kept);
    } else if (here(source) == '[' || here(source) == '{') {
        take_items(source, kept, false);
    } else {
        const size_t from = source->at;
        while (source->at < source->length && here(source) != ',' && here(source) != ':' &&
               here(source) != ']' && here(source) != '}') {
            source->at++;
        }
        if (kept) {
            text_append(source->out, source->bytes + from, source->at - from);
        }
    }
}

void shorten_object(struct text *text, size_t start, size_t most)
{
    static const struct measure measures[] = {
        { 4000, 2000 }, { 1000, 500 }, { 250, 100 }, { 60, 20 }, { 30, 8 }
    };
    const size_t length = text->length - start;
    char *const before = memory_copy_text(text->bytes + start, length);
    for (size_t i = 0; i < sizeof(measures) / sizeof(measures[0]) && text->length - start > most;
         i++) {
        struct source source = { before, length, 0, text, measures[i] };
        text->length = start;
        take_items(&source, true, true);
        text_append(text, before + source.at, length - source.at);
    }
    free(before);
    assert(text->length - start <= most);
}
