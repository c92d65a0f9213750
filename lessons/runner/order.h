#pragma once
/* What a runner is told to run: one line of JSON, {"path": ..., "length": n}, then n bytes. */

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/error.h"

/* A runner whose trace or, at full speed, whose output can no longer be written leaves with this. */
enum { ORDER_STATUS_NO_READER = 77 };

struct order {
    char *path, *bytes; /* kept until the process ends: it has one order */
    size_t length;
};

/* Waits for an order on `fd`. False without an error text when the other end went away first. */
bool order_read(struct order *order, int fd, struct error *err);
