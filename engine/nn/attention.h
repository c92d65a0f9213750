#pragma once
/* Attention: each query takes a mean of the values, by how well it fits their keys. */

#include "engine/ops/ops.h"

/* softmax(query @ keyᵀ · scale + mask) @ value over the last two dimensions. One operation where nothing
 * is dropped and all have four dimensions (batch, heads, ...), as in PyTorch; else a product, a softmax,
 * a dropout and a product. A mask of truth values lets through what is true, another one is added. */
struct nn_attention {
    struct tensor *mask; /* NULL: none */
    double dropout;
    bool causal;    /* a query does not see later keys */
    bool has_scale; /* else 1 / √(size of a query) */
    double scale;
};
struct tensor *nn_attention(struct engine *engine, const struct nn_attention *how,
                            struct tensor *query, struct tensor *key, struct tensor *value,
                            struct error *err);
