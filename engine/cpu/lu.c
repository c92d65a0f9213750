#include <math.h>

#include "engine/cpu/private.h"
#include "engine/cpu/value.h"

/* One matrix of the batch. Elements are read as doubles; each result is rounded to the dtype. */
struct matrix {
    void *data;
    enum dtype dtype;
    int64_t offset, row_step, column_step, rows, columns;
};

static struct matrix matrix_of(const struct backend_view *view, int64_t batch)
{
    return (struct matrix){ .data = view->data,
                            .dtype = view->dtype,
                            .offset = batch * view->strides[0],
                            .row_step = view->strides[1],
                            .column_step = view->strides[2],
                            .rows = view->shape[1],
                            .columns = view->shape[2] };
}

static int64_t place(const struct matrix *m, int64_t row, int64_t column)
{
    return m->offset + row * m->row_step + column * m->column_step;
}

static double get(const struct matrix *m, int64_t row, int64_t column)
{
    return value_at(m->data, m->dtype, place(m, row, column)).real;
}

static void put(const struct matrix *m, int64_t row, int64_t column, double value)
{
    value_put(m->data, m->dtype, place(m, row, column),
              (struct value){ .is_real = true, .real = value });
}

/* a·b + c with one rounding; 1/a */
static double fused(const struct matrix *m, double a, double b, double c)
{
    return m->dtype == DTYPE_FLOAT32 ? (double)fmaf((float)a, (float)b, (float)c) : fma(a, b, c);
}

static double inverse(const struct matrix *m, double a)
{
    return m->dtype == DTYPE_FLOAT32 ? (double)(1 / (float)a) : 1 / a;
}

/* row a -= factor · row b, from column `from` on */
static void subtract_row(const struct matrix *m, int64_t a, int64_t b, double factor, int64_t from)
{
    for (int64_t c = from; c < m->columns; c++) {
        put(m, a, c, fused(m, -factor, get(m, b, c), get(m, a, c)));
    }
}

static void scale_row(const struct matrix *m, int64_t row, double factor)
{
    for (int64_t c = 0; c < m->columns; c++) {
        put(m, row, c, get(m, row, c) * factor);
    }
}

static void exchange_rows(const struct matrix *m, int64_t a, int64_t b)
{
    for (int64_t c = 0; a != b && c < m->columns; c++) {
        const double kept = get(m, a, c);
        put(m, a, c, get(m, b, c));
        put(m, b, c, kept);
    }
}

static int64_t largest_below(const struct matrix *m, int64_t column)
{
    int64_t best = column;
    for (int64_t r = column + 1; r < m->rows; r++) {
        if (fabs(get(m, r, column)) > fabs(get(m, best, column))) {
            best = r;
        }
    }
    return best;
}

static void factorize(const struct matrix *m, int32_t *pivots, int64_t pivot_step)
{
    for (int64_t k = 0; k < m->rows; k++) {
        const int64_t pivot = largest_below(m, k);
        pivots[k * pivot_step] = (int32_t)(pivot + 1);
        exchange_rows(m, k, pivot);
        const double head = get(m, k, k), part = inverse(m, head);
        for (int64_t r = k + 1; head != 0 && r < m->rows; r++) {
            put(m, r, k, get(m, r, k) * part);
            subtract_row(m, r, k, get(m, r, k), k + 1);
        }
    }
}

/* right = U⁻¹ L⁻¹ of its rows exchanged */
static void solve(const struct matrix *m, const struct matrix *right, const int32_t *pivots,
                  int64_t pivot_step)
{
    for (int64_t k = 0; k < m->rows; k++) {
        exchange_rows(right, k, pivots[k * pivot_step] - 1);
    }
    for (int64_t k = 0; k < m->rows; k++) {
        for (int64_t r = k + 1; r < m->rows; r++) {
            subtract_row(right, r, k, get(m, r, k), 0);
        }
    }
    for (int64_t k = m->rows - 1; k >= 0; k--) {
        scale_row(right, k, inverse(m, get(m, k, k)));
        for (int64_t r = 0; r < k; r++) {
            subtract_row(right, r, k, get(m, r, k), 0);
        }
    }
}

/* right = its rows exchanged back of L⁻ᵀ U⁻ᵀ right */
static void solve_turned(const struct matrix *m, const struct matrix *right, const int32_t *pivots,
                         int64_t pivot_step)
{
    for (int64_t k = 0; k < m->rows; k++) {
        for (int64_t r = 0; r < k; r++) {
            subtract_row(right, k, r, get(m, r, k), 0);
        }
        scale_row(right, k, inverse(m, get(m, k, k)));
    }
    for (int64_t k = m->rows - 1; k >= 0; k--) {
        for (int64_t r = k + 1; r < m->rows; r++) {
            subtract_row(right, k, r, get(m, r, k), 0);
        }
    }
    for (int64_t k = m->rows - 1; k >= 0; k--) {
        exchange_rows(right, k, pivots[k * pivot_step] - 1);
    }
}

enum backend_status cpu_lu(struct backend *backend, const struct backend_lu *lu, struct error *err)
{
    (void)backend;
    if (lu->matrix->dtype < DTYPE_FLOAT32) {
        return cpu_unsupported("lu", lu->matrix->dtype, err);
    }
    const int64_t count = lu->matrix->shape[1] > 0 ? lu->matrix->shape[0] : 0;
    for (int64_t b = 0; b < count; b++) {
        const struct matrix matrix = matrix_of(lu->matrix, b);
        int32_t *pivots = (int32_t *)lu->pivots->data + b * lu->pivots->strides[0];
        factorize(&matrix, pivots, lu->pivots->strides[1]);
        if (lu->right) {
            const struct matrix right = matrix_of(lu->right, b);
            (lu->turned ? solve_turned : solve)(&matrix, &right, pivots, lu->pivots->strides[1]);
        }
    }
    return BACKEND_OK;
}
