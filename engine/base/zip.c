#include "engine/base/zip.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

enum {
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    COMMENT_MAX = 65535,
    ALIGNMENT = 64,
    FLAGS = 0x0808, /* names are UTF-8, sizes follow the data */
    FLAGS_EMPTY = 0x0800,
};

static const uint32_t local_mark = 0x04034b50, central_mark = 0x02014b50, end_mark = 0x06054b50,
                      descriptor_mark = 0x08074b50, end64_mark = 0x06064b50,
                      locator64_mark = 0x07064b50;

/* ---- bytes ------------------------------------------------------------------------------------------- */

static uint32_t take16(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t take32(const uint8_t *at)
{
    return take16(at) | take16(at + 2) << 16;
}

static void put(struct text *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        text_append_char(out, (char)(value >> 8 * i & 0xff));
    }
}

/* CRC-32, four bits at a time: polynomial 0x04c11db7, reflected. */
static uint32_t checksum_of(const uint8_t *bytes, size_t length)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* ---- reading ----------------------------------------------------------------------------------------- */

bool zip_recognise(const void *bytes, size_t length)
{
    return length >= 4 && take32(bytes) == local_mark;
}

/* The end record stands behind the directory, before a comment that is usually empty. */
static const uint8_t *find_end(const struct zip *zip)
{
    for (size_t back = END_SIZE; back <= zip->length && back <= END_SIZE + COMMENT_MAX; back++) {
        const uint8_t *at = zip->bytes + zip->length - back;
        if (take32(at) == end_mark) {
            return at;
        }
    }
    return NULL;
}

/* Where an entry's data begins: behind its local header. False if that lies outside. */
static bool find_data(const struct zip *zip, size_t local, struct zip_entry *entry)
{
    if (local > zip->length || zip->length - local < LOCAL_SIZE) {
        return false;
    }
    const uint8_t *header = zip->bytes + local;
    const size_t names = take16(header + 26) + take16(header + 28);
    const size_t left = zip->length - local - LOCAL_SIZE;
    if (take32(header) != local_mark || names > left || entry->size > left - names) {
        return false;
    }
    entry->data = header + LOCAL_SIZE + names;
    return true;
}

/* Reads the record at *at of the directory and moves behind it. */
static bool read_record(struct zip *zip, size_t *at, struct error *err)
{
    const uint8_t *record = zip->bytes + *at;
    const size_t left = zip->length - *at;
    if (left < CENTRAL_SIZE || take32(record) != central_mark) {
        return error_set(err, "the archive's directory is damaged at byte %zu", *at);
    }
    const size_t name_length = take16(record + 28);
    const size_t size = CENTRAL_SIZE + name_length + take16(record + 30) + take16(record + 32);
    if (size > left) {
        return error_set(err, "the archive's directory is cut short at byte %zu", *at);
    }
    struct zip_entry entry = { .name = (const char *)record + CENTRAL_SIZE,
                               .name_length = name_length,
                               .size = take32(record + 24),
                               .checksum = take32(record + 16) };
    if (take16(record + 10) != 0 || take32(record + 20) != entry.size) {
        return error_set(err, "an entry of the archive is compressed, which no tensor file is");
    }
    if (!find_data(zip, take32(record + 42), &entry)) {
        return error_set(err, "an entry of the archive lies outside of it (byte %zu)", *at);
    }
    zip->entries =
        array_reserve(zip->entries, &zip->capacity, zip->count + 1, sizeof(*zip->entries));
    zip->entries[zip->count++] = entry;
    *at += size;
    return true;
}

static bool read_directory(struct zip *zip, struct error *err)
{
    const uint8_t *end = find_end(zip);
    if (!end) {
        return error_set(err, zip->length < END_SIZE ? "not a ZIP archive"
                                                     : "failed finding central directory");
    }
    const size_t count = take16(end + 10);
    size_t at = take32(end + 16);
    if (count == UINT16_MAX || at >= zip->length) {
        return error_set(err, "the archive is too large, or its directory lies outside of it");
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_record(zip, &at, err)) {
            return false;
        }
    }
    return true;
}

bool zip_open(struct zip *zip, const void *bytes, size_t length, struct error *err)
{
    *zip = (struct zip){ .bytes = bytes, .length = length };
    if (read_directory(zip, err)) {
        return true;
    }
    zip_close(zip);
    return false;
}

void zip_close(struct zip *zip)
{
    free(zip->entries);
    *zip = (struct zip){ 0 };
}

const struct zip_entry *zip_find_ending(const struct zip *zip, const char *ending)
{
    const size_t length = strlen(ending);
    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_entry *entry = &zip->entries[i];
        if (entry->name_length >= length &&
            memcmp(entry->name + entry->name_length - length, ending, length) == 0) {
            return entry;
        }
    }
    return NULL;
}

const struct zip_entry *zip_find(const struct zip *zip, const struct text *prefix, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_entry *entry = &zip->entries[i];
        if (entry->name_length == prefix->length + length &&
            memcmp(entry->name, text_string(prefix), prefix->length) == 0 &&
            memcmp(entry->name + prefix->length, name, length) == 0) {
            return entry;
        }
    }
    return NULL;
}

bool zip_check(const struct zip_entry *entry, struct error *err)
{
    return checksum_of(entry->data, entry->size) == entry->checksum ||
           error_set(err, "the entry %.*s of the archive is damaged: its checksum is wrong",
                     (int)entry->name_length, entry->name);
}

/* ---- writing ----------------------------------------------------------------------------------------- */

/* The local header: its extra field "FB" fills up to the next boundary. */
static void add_header(struct zip_writer *writer, const struct text *name, uint32_t flags)
{
    const size_t start = writer->out.length + LOCAL_SIZE + name->length + 4;
    const size_t padding = (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT;
    put(&writer->out, local_mark, 4);
    put(&writer->out, 0, 2);
    put(&writer->out, flags, 2);
    put(&writer->out, 0, 8); /* not compressed, no time; sizes and checksum in the descriptor */
    put(&writer->out, 0, 8);
    put(&writer->out, 0, 2);
    put(&writer->out, name->length, 2);
    put(&writer->out, padding + 4, 2);
    text_append(&writer->out, name->bytes, name->length);
    text_append(&writer->out, "FB", 2);
    put(&writer->out, padding, 2);
    for (size_t i = 0; i < padding; i++) {
        text_append_char(&writer->out, 'Z');
    }
}

static void add_record(struct zip_writer *writer, const struct text *name, uint32_t flags,
                       const struct zip_entry *entry, size_t offset)
{
    struct text *out = &writer->directory;
    put(out, central_mark, 4);
    put(out, 0, 4);
    put(out, flags, 2);
    put(out, 0, 6);
    put(out, entry->checksum, 4);
    put(out, entry->size, 4);
    put(out, entry->size, 4);
    put(out, name->length, 2);
    put(out, 0, 8);
    put(out, 0, 4);
    put(out, offset, 4);
    text_append(out, name->bytes, name->length);
}

void zip_add(struct zip_writer *writer, const char *name, const void *data, size_t size)
{
    const struct zip_entry entry = { .size = size, .checksum = checksum_of(data, size) };
    const uint32_t flags = size > 0 ? FLAGS : FLAGS_EMPTY;
    const size_t offset = writer->out.length;
    struct text full = { 0 };
    text_format(&full, "%s/%s", writer->folder, name);
    add_header(writer, &full, flags);
    if (size > 0) {
        text_append(&writer->out, data, size);
        put(&writer->out, descriptor_mark, 4);
        put(&writer->out, entry.checksum, 4);
        put(&writer->out, size, 4);
        put(&writer->out, size, 4);
    }
    add_record(writer, &full, flags, &entry, offset);
    writer->count++;
    text_finish(&full);
}

bool zip_end(struct zip_writer *writer, struct error *err)
{
    const size_t start = writer->out.length, size = writer->directory.length;
    struct text *out = &writer->out;
    if (start + size > UINT32_MAX || writer->count >= UINT16_MAX) {
        return error_set(err, "a file of %zu bytes and %zu entries is too large to be saved", start,
                         writer->count);
    }
    text_append(out, text_string(&writer->directory), size);
    const size_t end64 = out->length;
    put(out, end64_mark, 4);
    put(out, 44, 8);     /* bytes that follow of this record */
    put(out, 0x031e, 2); /* versions */
    put(out, 0x2d, 2);
    put(out, 0, 8);
    put(out, writer->count, 8);
    put(out, writer->count, 8);
    put(out, size, 8);
    put(out, start, 8);
    put(out, locator64_mark, 4);
    put(out, 0, 4);
    put(out, end64, 8);
    put(out, 1, 4);
    put(out, end_mark, 4);
    put(out, 0, 4);
    put(out, writer->count, 2);
    put(out, writer->count, 2);
    put(out, size, 4);
    put(out, start, 4);
    put(out, 0, 2);
    return true;
}

void zip_writer_finish(struct zip_writer *writer)
{
    text_finish(&writer->out);
    text_finish(&writer->directory);
}
