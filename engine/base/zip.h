#pragma once
/* Zip archives whose entries are stored as they are, which is how PyTorch keeps tensors: read from
 * memory, and written into it byte for byte as PyTorch does, every entry's data on a 64-byte
 * boundary. What is read is treated as hostile. */

#include <stdint.h>

#include "engine/base/error.h"
#include "engine/base/text.h"

/* Lent by the archive's bytes; the name is not NUL-terminated. */
struct zip_entry {
    const char *name;
    size_t name_length;
    const uint8_t *data;
    size_t size;
    uint32_t checksum;
};

struct zip {
    const uint8_t *bytes;
    size_t length;
    struct zip_entry *entries;
    size_t count, capacity;
};

/* Whether the bytes begin as an archive does. */
bool zip_recognise(const void *bytes, size_t length);
/* Reads the directory of an archive, whose bytes are lent until zip_close. False where it is cut
 * short, points outside, or holds a compressed entry; zip is then closed. */
bool zip_open(struct zip *zip, const void *bytes, size_t length, struct error *err);
void zip_close(struct zip *zip);

/* The first entry whose name ends in `ending`, or is exactly prefix + name; NULL if there is none. */
const struct zip_entry *zip_find_ending(const struct zip *zip, const char *ending);
const struct zip_entry *zip_find(const struct zip *zip, const struct text *prefix,
                                 const char *name);
/* Whether the data is what was once written. */
bool zip_check(const struct zip_entry *entry, struct error *err);

/* Zero-initialise, set `folder` (lent), add entries, end. `out` then holds the archive. */
struct zip_writer {
    const char *folder; /* before each name: "archive" */
    struct text out, directory;
    size_t count;
};
void zip_add(struct zip_writer *writer, const char *name, const void *data, size_t size);
/* False where it has become too large for a plain archive (4 GiB). */
bool zip_end(struct zip_writer *writer, struct error *err);
void zip_writer_finish(struct zip_writer *writer);
