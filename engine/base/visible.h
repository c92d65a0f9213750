#pragma once
/* Text of others as it may be shown on one line: characters that cannot be seen, or that turn the order
 * of their neighbours around, get a sign in their place, so that what is read is what stands there. */

#include "engine/base/text.h"

/* The character that is shown for one: control characters as pictures of themselves ("␛"), a tab or an
 * end of line as a blank, what steers the direction of text as "⇆", what has no width as "␣"; all others
 * as they are. */
uint32_t visible_character(uint32_t character);

/* Whether text_append_visible appends it as it is. */
bool text_is_visible(const char *bytes, size_t length);
void text_append_visible(struct text *out, const char *bytes, size_t length);
