#pragma once
/* The tables of functions on tensors: each row is `torch.name`, the method `Tensor.name`, or
 * `torch.nn.functional.name`, as its places say. Creating functions: creation.h. */

#include "lessons/torch/arguments.h"

extern const struct function_row pointwise_rows[];  /* functions_pointwise.c */
extern const struct function_row math_rows[];       /* functions_math.c */
extern const struct function_row number_rows[];     /* functions_numbers.c */
extern const struct function_row statistics_rows[]; /* functions_statistics.c */
extern const struct function_row linalg_rows[];     /* functions_linalg.c */
extern const struct function_row reduce_rows[];     /* functions_reduce.c */
extern const struct function_row order_rows[];      /* functions_order.c */
extern const struct function_row shape_rows[];      /* functions_shape.c */
extern const struct function_row join_rows[];       /* functions_join.c */
extern const struct function_row rearrange_rows[];  /* functions_rearrange.c */
extern const struct function_row index_rows[];      /* functions_index.c */
extern const struct function_row dims_rows[];       /* functions_dims.c */
extern const struct function_row convert_rows[];    /* functions_convert.c */
extern const struct function_row method_rows[];     /* tensor_methods.c */
extern const struct function_row autograd_rows[];   /* functions_autograd.c */
extern const struct function_row hook_rows[];       /* hooks.c */
extern const struct function_row anomaly_rows[];    /* anomaly.c */
extern const struct function_row functional_rows[]; /* functional.c */
extern const struct function_row loss_rows[];       /* functions_loss.c */
extern const struct function_row norm_rows[];       /* functional_norms.c */
extern const struct function_row activation_rows[]; /* functional_activation.c */
extern const struct function_row attention_rows[];  /* functional_attention.c */
extern const struct function_row recurrent_rows[];  /* functional_recurrent.c */
extern const struct function_row window_rows[];     /* functional_windows.c */
extern const struct function_row setting_rows[];    /* settings.c */
extern const struct function_row cuda_rows[];       /* cuda.c */
extern const struct function_row save_rows[];       /* save.c */
extern const struct function_row load_rows[];       /* load.c */
extern const struct function_row init_rows[];       /* init.c: torch.nn.init */

/* The row of that name in one of these tables, or NULL. */
const struct function_row *function_find(const struct function_row *rows, const char *name);
/* The row of torch.nn.functional of that name, which must exist. */
const struct function_row *functional_find(const char *name);

/* The dtype of "FloatTensor", "LongTensor", ...; false where the name is none of them. */
bool dtype_of_type_name(const char *name, enum dtype *out);

/* Calls the row's operation on the argument `input`. */
PyObject *function_unary(struct call *call);

/* Runs an operation on `in` and makes the object of its result. Where the lesson gave out=, the result
 * is copied into that (only rows that say takes_out). */
PyObject *function_apply(const struct call *call, const struct op_use *use);
/* The same for all results: a tuple of the type torch.return_types.`type` (return_types.c). */
PyObject *function_apply_all(const struct call *call, const struct op_use *use, const char *type);
/* Takes the references. */
PyObject *function_results(const struct call *call, const char *type, struct tensor **out);
/* `input`, or a copy in the dtype that argument i asks for: a reference, or NULL with an exception. */
struct tensor *argument_converted(const struct call *call, struct tensor *input, int i);
/* The object of a tensor that the engine returned, or its error. */
static inline PyObject *function_result(const struct call *call, struct tensor *tensor,
                                        const struct error *err)
{
    return tensor_object_take(call->face, tensor, err);
}
