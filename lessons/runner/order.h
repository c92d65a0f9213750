#pragma once
/* What a runner is told to run: one line of JSON, {"path": ..., "length": n}, then n bytes. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

struct order {
    char *path, *bytes; /* owned */
    size_t length;
};

/* Waits for an order on `fd`. False without an error text when the other end went away first. */
bool order_read(struct order *order, int fd, struct error *err);
void order_finish(struct order *order);
