#pragma once
/* Sheets to fill in: A4, black on white. The lesson's questions with their options, each with the picture of
 * what answers it, in which all numbers of the answer are blank; then its exercises, with lines to write on. The
 * answers are a second file, NAME-answers.pdf. */

#include "app/export/page.h"
#include "app/export/progress.h"

/* `each` is told the path of each file. False when the lesson asks nothing, a file cannot be
 * written, or it is stopped. */
bool worksheet_write(const struct page_tools *tools, struct session *session,
                     enum language language, const char *path, void (*each)(const char *path),
                     struct progress *progress, struct error *err);
