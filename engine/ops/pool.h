#pragma once
/* Pools of images [c, h, w] or [n, c, h, w]: a fold over the places of a window, each step of it over
 * all windows at once. Private to engine/ops. */

#include "engine/ops/window.h"

enum { POOL_SPATIAL = 2 };

/* The window that kernel_size, stride, padding, dilation and ceil_mode describe. */
bool pool_read_window(struct window *w, const struct op_attrs *attrs, const struct shape *image,
                      struct error *err);
/* Three or four dimensions of floats; else `text` is the error, with the shape after it if it asks so. */
bool pool_check_image(const struct op_call *call, const char *text, bool with_shape,
                      struct error *err);
/* The image with one cell for each window. */
struct tensor_spec pool_output_spec(const struct window *w, const struct tensor *image);
/* One whole number for each window, [out ...], on the device of `like`: what `value` says of it. */
struct tensor *pool_each_window(const struct window *w, const struct tensor *like,
                                int64_t (*value)(const struct window *, const int64_t *),
                                struct error *err);
