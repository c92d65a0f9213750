/* Copies, and conversions between dtypes. */

#include "gpu/map_kernels.h"

/* A bool lies in memory as a byte that is 0 or 1. */
struct truth {
    uint8_t byte;
};

template <class To, class From> struct convert {
    static __device__ __forceinline__ To from(From a)
    {
        return (To)a;
    }
};
template <class From> struct convert<struct truth, From> {
    static __device__ __forceinline__ struct truth from(From a)
    {
        return { (uint8_t)(a != 0) };
    }
};

/* Reals that no whole number of that size holds become the smallest, as on x86. */
#define CONVERT_REAL(From)                                     \
    template <> struct convert<int64_t, From> {                \
        static __device__ __forceinline__ int64_t from(From a) \
        {                                                      \
            return TO_INT64(a);                                \
        }                                                      \
    };                                                         \
    template <> struct convert<int32_t, From> {                \
        static __device__ __forceinline__ int32_t from(From a) \
        {                                                      \
            return TO_INT32(a);                                \
        }                                                      \
    };                                                         \
    template <> struct convert<uint8_t, From> {                \
        static __device__ __forceinline__ uint8_t from(From a) \
        {                                                      \
            return (uint8_t)TO_INT64(a);                       \
        }                                                      \
    };
CONVERT_REAL(float)
CONVERT_REAL(double)

template <class From, class To> struct map_convert {
    typedef From first;
    typedef From in;
    typedef To out;
    static constexpr int together = map_together(MAP_COPY);
    static constexpr int inputs = 1;
    static __device__ __forceinline__ To of(From a, From, From, From, From, bool *)
    {
        return convert<To, From>::from(a);
    }
};

template <class From> static map_launch *find(enum dtype to)
{
    switch (to) {
    case DTYPE_BOOL:
        return map_run<map_convert<From, struct truth>>;
    case DTYPE_UINT8:
        return map_run<map_convert<From, uint8_t>>;
    case DTYPE_INT32:
        return map_run<map_convert<From, int32_t>>;
    case DTYPE_INT64:
        return map_run<map_convert<From, int64_t>>;
    case DTYPE_FLOAT32:
        return map_run<map_convert<From, float>>;
    case DTYPE_FLOAT64:
        return map_run<map_convert<From, double>>;
    default:
        return NULL;
    }
}

map_launch *map_find_copy(enum dtype from, enum dtype to)
{
    switch (from) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return find<uint8_t>(to);
    case DTYPE_INT32:
        return find<int32_t>(to);
    case DTYPE_INT64:
        return find<int64_t>(to);
    case DTYPE_FLOAT32:
        return find<float>(to);
    case DTYPE_FLOAT64:
        return find<double>(to);
    default:
        return NULL;
    }
}
