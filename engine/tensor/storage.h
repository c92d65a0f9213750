#pragma once
/* Storages: reference counts, memory from a backend, bytes to and from the host. For engine/tensor
 * itself; the others hold tensors. */

#include "engine/tensor/tensor.h"

struct storage *storage_create(struct engine *engine, struct backend *backend, size_t bytes,
                               struct error *err);
/* On the CPU, over memory that somebody else owns. */
struct storage *storage_borrow(struct engine *engine, const struct tensor_memory *memory);
struct storage *storage_ref(struct storage *storage);
void storage_unref(struct storage *storage);

/* The device address of element number `offset`; NULL for an empty storage. */
static inline void *storage_address(const struct storage *storage, int64_t offset, enum dtype dtype)
{
    return storage->data ? (char *)storage->data + offset * (int64_t)dtype_size(dtype) : NULL;
}
bool storage_read(const struct storage *storage, size_t from, void *out, size_t bytes,
                  struct error *err);
bool storage_write(struct storage *storage, size_t to, const void *bytes, size_t count,
                   struct error *err);
/* Until all that was queued on its device is done. */
bool storage_wait(const struct storage *storage, struct error *err);

/* tensor_read and tensor_write for a copy from one device to another: the observer is told what the
 * elements are for (`to`), or what they were (`from`) and what they become part of (`into`). */
bool tensor_read_for(const struct tensor *tensor, void *out, const struct tensor *to,
                     struct error *err);
bool tensor_write_from(struct tensor *tensor, const void *elements, const struct tensor *from,
                       const struct tensor *into, struct error *err);
