#pragma once
/* Records as few bytes, for the way from one thread of a process to another: what a training loop tells
 * at every turn need not be spelled out by the thread that runs the lesson. Never written to a file. */

#include "lessons/trace/records.h"

enum packing {
    PACKED,
    PACK_NO_ROOM,
    PACK_NO_FORM, /* of a kind that comes now and then, or with a number beyond 32 bits: write it as text */
};

/* Packs the record into bytes[0..room), which need not be aligned; *size: how many it took. What records
 * name by literals, dtypes and roles, is not copied. */
enum packing record_pack(const struct record *record, unsigned char *bytes, size_t room,
                         size_t *size);

/* A packed record of that kind. It points into `bytes` and into `arena`. */
void record_unpack(struct record *record, enum record_kind kind, const unsigned char *bytes,
                   size_t size, struct arena *arena);
