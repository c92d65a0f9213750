/* Sums and products along a dimension, in order: one thread walks a row, in double, as on the CPU. */

#include "gpu/sort.h"

struct scan_call {
    struct walk rows; /* in, out, with the dimension taken out */
    const void *in;
    void *out;
    int64_t length, in_step, out_step;
};

template <class In, class Out, class total_type, bool of_product>
__global__ void scan_rows(struct scan_call call)
{
    GPU_ROLL
    for (int64_t row = thread_number(); row < call.rows.count; row += thread_count()) {
        const struct places<2> at = walk_places<2>(call.rows, row);
        const In *const in = (const In *)call.in + at.at[0];
        Out *const out = (Out *)call.out + at.at[1];
        total_type total = of_product;
        for (int64_t i = 0; i < call.length; i++) {
            const total_type value = (total_type)in[i * call.in_step];
            total = of_product ? total * value : total + value;
            out[i * call.out_step] = (Out)total;
        }
    }
}

typedef void scan_kernel(struct scan_call call);

template <bool of_product> static scan_kernel *find(enum dtype dtype)
{
    switch (dtype) {
    case DTYPE_BOOL:
    case DTYPE_UINT8:
        return scan_rows<uint8_t, int64_t, uint64_t, of_product>;
    case DTYPE_INT32:
        return scan_rows<int32_t, int64_t, uint64_t, of_product>;
    case DTYPE_INT64:
        return scan_rows<int64_t, int64_t, uint64_t, of_product>;
    case DTYPE_FLOAT32:
        return scan_rows<float, float, double, of_product>;
    default:
        return scan_rows<double, double, double, of_product>;
    }
}

int64_t scan_rows_of(struct walk *rows, const struct backend_scan *scan)
{
    struct backend_view in = *scan->in, out = *scan->out;
    int64_t length = 1;
    if (in.dims > 0) {
        length = in.shape[scan->dim];
        in.shape[scan->dim] = out.shape[scan->dim] = 1;
    }
    const struct backend_view *const views[] = { &in, &out };
    walk_init(rows, views, 2);
    return length;
}

/* Backwards is forwards from the last element, with the steps turned round. */
static struct scan_call call_of(const struct backend_scan *scan)
{
    struct scan_call call = {};
    call.length = scan_rows_of(&call.rows, scan);
    call.in_step = scan->in->dims > 0 ? scan->in->strides[scan->dim] : 0;
    call.out_step = scan->in->dims > 0 ? scan->out->strides[scan->dim] : 0;
    const int64_t last = scan->reverse && call.length > 0 ? call.length - 1 : 0;
    call.in =
        (const char *)scan->in->data + last * call.in_step * (int64_t)dtype_bytes(scan->in->dtype);
    call.out =
        (char *)scan->out->data + last * call.out_step * (int64_t)dtype_bytes(scan->out->dtype);
    if (scan->reverse) {
        call.in_step = -call.in_step;
        call.out_step = -call.out_step;
    }
    return call;
}

enum backend_status cuda_scan(struct backend *backend, const struct backend_scan *scan,
                              struct error *err)
{
    struct cuda *const cuda = cuda_of(backend);
    const enum backend_status status = cuda_enter(cuda, err);
    if (status != BACKEND_OK) {
        return status;
    }
    if (scan->function == SCAN_SORT) {
        return scan_sort(cuda, scan, err);
    }
    const struct scan_call call = call_of(scan);
    if (call.rows.count == 0 || call.length == 0) {
        return BACKEND_OK;
    }
    scan_kernel *const kernel =
        scan->function == SCAN_PROD ? find<true>(scan->in->dtype) : find<false>(scan->in->dtype);
    GPU_LAUNCH(kernel, cuda_grid(cuda, call.rows.count), CUDA_BLOCK, 0, cuda->stream, call);
    return cuda_launched(cuda, "scan", err);
}
