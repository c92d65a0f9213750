#pragma once
/* The ways of folding whose order is free, for reduce_free.cu. */

#include <stdint.h>

#include "gpu/port.h"

#define FOLD_DEVICE static __device__ __forceinline__

/* A float32 is added in double: then how the work is cut is hardly ever seen in the result. */
template <class T> struct fold_sum {
    typedef double part;
    typedef T in, out;
    FOLD_DEVICE part none()
    {
        return 0;
    }
    FOLD_DEVICE void take(part *all, T value, int64_t)
    {
        *all += (double)value;
    }
    FOLD_DEVICE void join(part *all, const part &other)
    {
        *all += other;
    }
    FOLD_DEVICE out result(const part &all, double)
    {
        return (out)all;
    }
};

/* Whole numbers wrap around. */
template <class T> struct fold_count {
    typedef uint64_t part;
    typedef T in;
    typedef int64_t out;
    FOLD_DEVICE part none()
    {
        return 0;
    }
    FOLD_DEVICE void take(part *all, T value, int64_t)
    {
        *all += (uint64_t)(int64_t)value;
    }
    FOLD_DEVICE void join(part *all, const part &other)
    {
        *all += other;
    }
    FOLD_DEVICE out result(const part &all, double)
    {
        return (out)all;
    }
};

template <class T> struct fold_whole_prod {
    typedef uint64_t part;
    typedef T in;
    typedef int64_t out;
    FOLD_DEVICE part none()
    {
        return 1;
    }
    FOLD_DEVICE void take(part *all, T value, int64_t)
    {
        *all *= (uint64_t)(int64_t)value;
    }
    FOLD_DEVICE void join(part *all, const part &other)
    {
        *all *= other;
    }
    FOLD_DEVICE out result(const part &all, double)
    {
        return (out)all;
    }
};

/* Whether one is true (ANY), or one is not (ALL, turned round at the end). */
template <class T, bool of_all> struct fold_truth {
    typedef unsigned part;
    typedef T in;
    typedef uint8_t out;
    FOLD_DEVICE part none()
    {
        return 0;
    }
    FOLD_DEVICE void take(part *all, T value, int64_t)
    {
        *all |= (value != 0) != of_all;
    }
    FOLD_DEVICE void join(part *all, const part &other)
    {
        *all |= other;
    }
    FOLD_DEVICE out result(const part &all, double)
    {
        return (out)((all != 0) != of_all);
    }
};

/* The largest, or smallest, and its place: nan beats all, the first of equals stays. */
template <class T> struct extreme {
    T value;
    int64_t place; /* -1: there is none yet */
};

template <class T, bool of_larger> struct fold_extreme {
    typedef struct extreme<T> part;
    typedef T in, out;
    FOLD_DEVICE part none()
    {
        return { 0, -1 };
    }
    FOLD_DEVICE bool beats(const part &a, const part &b)
    {
        if (a.place < 0 || b.place < 0) {
            return b.place < 0;
        }
        const bool a_odd = a.value != a.value, b_odd = b.value != b.value;
        if (a_odd || b_odd || a.value == b.value) {
            return a_odd == b_odd ? a.place < b.place : a_odd;
        }
        return of_larger ? a.value > b.value : a.value < b.value;
    }
    FOLD_DEVICE void join(part *all, const part &other)
    {
        if (beats(other, *all)) {
            *all = other;
        }
    }
    FOLD_DEVICE void take(part *all, T value, int64_t place)
    {
        join(all, { value, place });
    }
    FOLD_DEVICE out result(const part &all, double)
    {
        return all.value;
    }
};

/* Welford's: the mean, and the sum of squared distances from it; of two parts by Chan. */
struct spread_part {
    double count, mean, squares;
};

template <class T, bool of_root> struct fold_spread {
    typedef struct spread_part part;
    typedef T in, out;
    FOLD_DEVICE part none()
    {
        return { 0, 0, 0 };
    }
    FOLD_DEVICE void take(part *all, T value, int64_t)
    {
        const double delta = (double)value - all->mean;
        all->count += 1;
        all->mean += delta / all->count;
        all->squares += delta * ((double)value - all->mean);
    }
    FOLD_DEVICE void join(part *all, const part &other)
    {
        const double count = all->count + other.count;
        if (other.count == 0) {
            return;
        }
        const double delta = other.mean - all->mean, share = other.count / count;
        all->squares += other.squares + delta * delta * all->count * share;
        all->mean += delta * share;
        all->count = count;
    }
    FOLD_DEVICE out result(const part &all, double parameter)
    {
        const double divisor = all.count - parameter;
        const double spread = all.squares / (divisor > 0 ? divisor : 0);
        return (out)(of_root ? sqrt(spread) : spread);
    }
};

/* Only MAX and MIN have a winner. */
template <class part> FOLD_DEVICE int64_t winner_of(const part &)
{
    return 0;
}
template <class T> FOLD_DEVICE int64_t winner_of(const struct extreme<T> &part)
{
    return part.place;
}
