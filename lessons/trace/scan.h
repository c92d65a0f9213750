#pragma once
/* The quick way to read a line: in exactly the spelling in which records are written, straight into
 * the struct, without a tree of JSON between. All functions move parse->at past what they read.
 * False never means that the line is broken, only that it is spelled otherwise (another order,
 * blanks, escapes, characters beyond ASCII, members not known here): then it is read as JSON, and
 * that decides. What they accept, JSON accepts with the same result. Only for lessons/trace. */

#include "lessons/trace/codec.h"

/* The quick way and the long way of record_parse (records.h). */
bool record_scan(struct record *record, const char *line, size_t length,
                 const struct record_context *context, struct arena *arena);
bool record_parse_json(struct record *record, bool *known, const char *line, size_t length,
                       const struct record_context *context, struct arena *arena,
                       struct error *err);

/* Reads the members in the order of the table up to the closing brace; of an object that begins
 * with a member before them, when `first` is false. */
bool members_scan(struct parse *parse, const struct member *members, size_t count, void *owner,
                  bool first);
bool codec_scan_item(struct parse *parse, const struct codec *codec, void *field);

/* A whole number of at most 15 digits, a finite number, and one that may also be "nan", "inf" or
 * "-inf". */
bool scan_whole(struct parse *parse, int64_t *out);
bool scan_number(struct parse *parse, double *out);
bool scan_any_number(struct parse *parse, double *out);

/* A string without quotation marks inside; the bytes are those of the line, and end nowhere. */
bool scan_string(struct parse *parse, const char **bytes, size_t *length);
/* The same, to be kept with the record. */
bool scan_kept_string(struct parse *parse, const char **string, size_t *length);

/* {"t":3} or {"m":3}. */
bool scan_reference(struct parse *parse, char letter, int64_t *id);

static inline bool scan_char(struct parse *parse, char c)
{
    const bool there = parse->at < parse->end && *parse->at == c;
    parse->at += there;
    return there;
}

/* Whether the bytes are the same; few, so compared as words that may overlap. */
static inline bool scan_same(const char *a, const char *b, size_t length)
{
    uint64_t first[2], last[2];
    uint32_t head[2], tail[2];
    if (length > 16) {
        return memcmp(a, b, length) == 0;
    }
    if (length >= 8) {
        memcpy(&first[0], a, 8);
        memcpy(&first[1], b, 8);
        memcpy(&last[0], a + length - 8, 8);
        memcpy(&last[1], b + length - 8, 8);
        return first[0] == first[1] && last[0] == last[1];
    }
    if (length >= 4) {
        memcpy(&head[0], a, 4);
        memcpy(&head[1], b, 4);
        memcpy(&tail[0], a + length - 4, 4);
        memcpy(&tail[1], b + length - 4, 4);
        return head[0] == head[1] && tail[0] == tail[1];
    }
    size_t same = 0;
    while (same < length && a[same] == b[same]) {
        same++;
    }
    return same == length;
}

static inline bool scan_bytes(struct parse *parse, const char *bytes, size_t length)
{
    const bool there =
        (size_t)(parse->end - parse->at) >= length && scan_same(parse->at, bytes, length);
    parse->at += there ? length : 0;
    return there;
}

static inline bool scan_word(struct parse *parse, const char *word)
{
    return scan_bytes(parse, word, strlen(word));
}
