#pragma once
/* A picture on the desktop's clipboard, through wl-copy or xclip where one is installed: a program has to stay
 * for as long as others may paste, and those do. */

#include "engine/base/error.h"

struct progress;

/* Of a PNG file, which may go afterwards. False with a sentence when nobody can take it, or when `progress`
 * (may be NULL) was asked to stop. */
bool clipboard_picture(const char *path, struct progress *progress, struct error *err);
