#pragma once
/* What the files of the box share: its limits and files (box.c), its system calls (box_calls.c) and who
 * notes what is refused (box_log.c). */

#include "lessons/runner/box.h"

/* Adds to box->why. `code` is an errno. */
void box_complain(struct box *box, const char *what, int code);

/* ---- the log: a system call that is refused is a signal, and whoever catches it writes it down and
 * answers as the kernel would have. Opening a file and controlling a device come that way even if they
 * are allowed, so that what Landlock refuses is noted as well: the call is made again with a mark, which
 * the filter lets through. ---- */

/* Stands in the sixth argument of such a call, which the kernel does not look at. */
enum { BOX_LOG_MARK = 0x4752414c, BOX_LOG_MARK_AT = 5 };

/* Begins to catch; lines go to `fd`. Once, before the filter is loaded. */
bool box_log_start(int fd);
