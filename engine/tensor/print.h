#pragma once
/* Tensors as text, exactly as PyTorch prints them. */

#include "engine/base/text.h"
#include "engine/tensor/tensor.h"

/* How: decimals, at most so many elements in full, else so many at each end of a dimension; the default
 * is PyTorch's. */
enum print_scientific { PRINT_SCIENTIFIC_AUTO, PRINT_SCIENTIFIC_ON, PRINT_SCIENTIFIC_OFF };
enum { PRINT_PRECISION_MAX = 17 };

struct print_options {
    int precision, edge_items, line_width;
    int64_t threshold;
    enum print_scientific scientific;
};
extern const struct print_options print_options_usual;

/* Appends what str(t) and repr(t) give: `tensor(...)` with its suffixes, "Parameter containing:\n"
 * before it for a parameter. grad_fn is the node's name to show ("AddBackward0") or NULL. */
bool tensor_append_text(struct text *text, const struct tensor *tensor, const char *grad_fn,
                        struct error *err);

/* A Python float or int as repr() writes it: "3.0", "1e-05", "1e+16", "nan", "True". */
void number_append_python(struct text *text, struct number number);

/* "cpu", "cuda:0" */
void backend_append_name(struct text *text, const struct backend *backend);
