#pragma once
/* The sum REDUCE_SUM_LANES of a dense row (engine/backend.h): element i is added to lane i mod V, where V
 * lanes are a vector, then the lanes are added up. Private to engine/cpu's *_kernels.c. */

#include "engine/cpu/map_kernels.h"

/* A lane starts with -0, which changes nothing when something is added to it. What is added at once begins
 * at a multiple of V. */
#define DEFINE_LANES(type, V, in_halves)                                                \
    ALWAYS_INLINE void lanes_start_##type(vector_##type *lane)                          \
    {                                                                                   \
        for (int i = 0; i < V; i++) {                                                   \
            (*lane)[i] = (type)-0.0;                                                    \
        }                                                                               \
    }                                                                                   \
                                                                                        \
    ALWAYS_INLINE void lanes_add_##type(vector_##type *lane, const type *in, int64_t n) \
    {                                                                                   \
        int64_t at = 0;                                                                 \
        for (; at + V <= n; at += V) {                                                  \
            *lane += *(const loose_##type *)(in + at);                                  \
        }                                                                               \
        for (int i = 0; at + i < n; i++) {                                              \
            (*lane)[i] += in[at + i];                                                   \
        }                                                                               \
    }                                                                                   \
                                                                                        \
    ALWAYS_INLINE type lanes_together_##type(const vector_##type *lane, int64_t n)      \
    {                                                                                   \
        type one[V];                                                                    \
        for (int i = 0; i < V; i++) {                                                   \
            one[i] = (*lane)[i];                                                        \
        }                                                                               \
        if (in_halves && n >= V) {                                                      \
            for (int width = V / 2; width > 0; width /= 2) {                            \
                for (int i = 0; i < width; i++) {                                       \
                    one[i] += one[i + width];                                           \
                }                                                                       \
            }                                                                           \
            return one[0];                                                              \
        }                                                                               \
        for (int i = 1; i < V; i++) {                                                   \
            one[0] += one[i];                                                           \
        }                                                                               \
        return one[0];                                                                  \
    }
