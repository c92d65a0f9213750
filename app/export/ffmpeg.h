#pragma once
/* Pictures given to ffmpeg, which makes an MP4 of them. It is looked for on the PATH when it is needed, and
 * nothing of it is linked. */

#include <stdint.h>

#include "engine/base/error.h"

struct ffmpeg;

/* Pictures are 32-bit XRGB of that size, both even, `rate` a second. NULL with a sentence when there is no
 * ffmpeg or it cannot be started. */
struct ffmpeg *ffmpeg_start(const char *path, int width, int height, int rate, struct error *err);
bool ffmpeg_frame(struct ffmpeg *ffmpeg, const uint32_t *pixels, struct error *err);
/* The file gets its name once ffmpeg is done; on failure nothing is left. Frees it in any case. */
bool ffmpeg_finish(struct ffmpeg *ffmpeg, struct error *err);
void ffmpeg_abandon(struct ffmpeg *ffmpeg);
