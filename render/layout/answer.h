#pragma once
/* Reads what gradlight-layout said. The worker's memory may be corrupt, so its answer is treated as
 * hostile input: taken only when every part of it fits the question. */

#include "render/layout/layout.h"

/* No honest answer to that question is as long as this; in bytes. */
size_t layout_answer_limit(const struct layout_input *input);

/* Fills *layout; false with what does not fit, and *layout is then untouched. */
bool layout_answer_read(struct layout *layout, const struct layout_input *input,
                        const uint8_t *bytes, size_t length, struct error *err);
