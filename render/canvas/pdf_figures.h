#pragma once
/* Cairo tags the pages of a PDF as figures, but cannot say what they show. This adds it afterwards. */

#include "engine/base/text.h"

/* Gives the figures of the finished document, in their order, these texts (UTF-8; NULL: none), and the
 * document its language ("vi"; may be NULL), by what the format has for changes: new versions of objects
 * behind its end. False, and the document as it was, when Cairo wrote it in a way that is not known here. */
bool pdf_describe_figures(struct text *pdf, const char *const *texts, size_t count,
                          const char *language);
