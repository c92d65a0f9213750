#pragma once
/* Bytes made smaller for a file that a script reads (DEFLATE, RFC 1951): a lesson's pages repeat one another. */

#include "engine/base/text.h"

/* Appends what assets/deck/deck.js makes whole again. */
void pack_append(struct text *out, const char *bytes, size_t length);
