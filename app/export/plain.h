#pragma once
/* Narrative for those who hear it or search for it. */

#include "engine/base/text.h"

/* Appends Markdown without its marks. */
void plain_text(struct text *out, const char *markdown);
