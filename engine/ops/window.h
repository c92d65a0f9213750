#pragma once
/* Windows that slide over the last one to three dimensions of an image: what convolutions and pools have
 * in common. Private to engine/ops.
 *
 * A window is looked at one of its places at a time: `window_look` is the view of what all windows see
 * at that place, so that a pool is a few element-wise steps over whole images, and a convolution a
 * product with all these views written under each other. */

#include "engine/ops/ops.h"

enum { WINDOW_MAX = 3 };

struct window {
    int spatial; /* the number of dimensions that it slides over */
    int64_t image[WINDOW_MAX], kernel[WINDOW_MAX], stride[WINDOW_MAX];
    int64_t padding[WINDOW_MAX], dilation[WINDOW_MAX];
    int64_t out[WINDOW_MAX]; /* how many windows there are along each dimension */
};

/* One entry of an attribute for each dimension; `fallback` where it is absent or empty, a single one
 * stands for all. */
void window_list(int64_t *out, const struct op_attrs *attrs, uint64_t attr,
                 const struct shape *list, int spatial, int64_t fallback);

/* How far a window reaches: dilation · (kernel - 1) + 1. */
int64_t window_reach(const struct window *window, int d);
int64_t window_places(const struct window *window); /* of one window: the product of `kernel` */
int64_t window_count(const struct window *window);  /* the product of `out` */
/* Whether every window is one cell, and each cell of the image one window. */
bool window_is_trivial(const struct window *window);

/* The image with `value` around it, as far as windows reach; the image itself where none reaches out. */
struct tensor *window_pad(const struct window *window, struct tensor *image, double value,
                          struct error *err);

/* What all windows see at the place of that number, in row-major order: [lead ..., out ...] of a padded
 * image. */
struct tensor *window_look(const struct window *window, struct tensor *padded, int64_t place);

/* columns[n, c, place ..., out ...] = what the windows see; `columns` is dense and has that many
 * elements. */
bool window_unfold(const struct window *window, struct tensor *columns, struct tensor *padded,
                   struct error *err);
/* The way back: adds each column to where it was seen, place by place. */
bool window_fold(const struct window *window, struct tensor *padded, struct tensor *columns,
                 struct error *err);

/* Zeros for window_fold to add to, as large as a padded `image`: `image` itself where windows do not
 * reach out. */
struct tensor *window_room(const struct window *window, struct tensor *image, struct error *err);
/* image = the part of `padded` without what was added around it; nothing where they are one. */
bool window_crop(const struct window *window, struct tensor *image, struct tensor *padded,
                 struct error *err);

/* The tensor itself if it is contiguous, else a contiguous copy. */
struct tensor *window_dense(struct tensor *tensor, struct error *err);
/* Entries [from, from + count) along the first dimension. */
struct tensor *window_part(struct tensor *tensor, int64_t from, int64_t count);
