#pragma once
/* Searching as people type: capitals and accents do not count ("mat mat" finds "mất mát"). */

#include <stdbool.h>

/* Whether the text contains the query; an empty query is in no text. */
bool search_text(const char *text, const char *query);
