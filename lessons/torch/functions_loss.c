/* The losses and distances of torch.nn.functional. Their mathematics is in engine/nn. */
#include "lessons/torch/functions.h"

#include <string.h>

#include "engine/nn/losses.h"
#include "engine/nn/nn.h"

/* ---- arguments, found by their names --------------------------------------------------------------- */

/* -1: the function has no such parameter. */
static int find(const struct call *call, const char *name)
{
    for (int i = 0; i < PARAMETERS_MAX && call->row->parameters[i]; i++) {
        const char *parameter = call->row->parameters[i];
        if (parameter[0] == name[0] && strcmp(parameter, name) == 0) {
            return i;
        }
    }
    return -1;
}

static bool read_real(const struct call *call, const char *name, double *out)
{
    const int i = find(call, name);
    return i < 0 || argument_real(call, i, out);
}

static bool read_bool(const struct call *call, const char *name, bool *out)
{
    const int i = find(call, name);
    return i < 0 || argument_bool(call, i, out);
}

/* size_average and reduce, what reduction was called before: NULL where neither was given, or with an
 * exception. */
static const char *old_reduction(const struct call *call)
{
    bool average = true, reduce = true;
    const int first = find(call, "size_average"), second = find(call, "reduce");
    if (first < 0 || (!argument_given(call, first) && !argument_given(call, second))) {
        return NULL;
    }
    if (!argument_bool(call, first, &average) || !argument_bool(call, second, &reduce)) {
        return NULL;
    }
    const char *name = !reduce ? "none" : average ? "mean" : "sum";
    return PyErr_WarnFormat(PyExc_UserWarning, 1,
                            "size_average and reduce args will be deprecated, please use "
                            "reduction='%s' instead.",
                            name) == 0
               ? name
               : NULL;
}

/* "batchmean" is for kl_div alone, which asks for it. */
static bool read_reduction(const struct call *call, int64_t *out, bool *batch_mean)
{
    static const char *const names[] = {
        [LOSS_NONE] = "none", [LOSS_MEAN] = "mean", [LOSS_SUM] = "sum"
    };
    const int i = find(call, "reduction");
    const char *wanted = old_reduction(call);
    if (PyErr_Occurred()) {
        return false;
    }
    if (!wanted && argument_given(call, i)) {
        wanted = PyUnicode_Check(call->arguments[i]) ? PyUnicode_AsUTF8(call->arguments[i]) : NULL;
        if (!wanted) {
            return argument_refuse(call, i, "str");
        }
    }
    *out = LOSS_MEAN;
    if (batch_mean && wanted && strcmp(wanted, "batchmean") == 0) {
        *batch_mean = true;
        *out = LOSS_SUM;
        return true;
    }
    for (int k = 0; k < 3; k++) {
        if (!wanted || strcmp(names[k], wanted) == 0) {
            *out = wanted ? k : LOSS_MEAN;
            return true;
        }
    }
    PyErr_Format(PyExc_ValueError, "%s is not a valid value for reduction", wanted);
    return false;
}

/* All that the function has parameters for; the numbers keep their values where they were not given. */
static bool read_loss(const struct call *call, struct nn_loss *loss)
{
    const int weight = find(call, "weight"), ignored = find(call, "ignore_index");
    loss->ignore_index = -100;
    return read_reduction(call, &loss->reduction, NULL) &&
           (weight < 0 || argument_tensor_or_none(call, weight, &loss->weight)) &&
           (ignored < 0 || argument_integer(call, ignored, &loss->ignore_index)) &&
           read_real(call, "label_smoothing", &loss->smoothing) &&
           read_real(call, "margin", &loss->margin) && read_real(call, "p", &loss->p) &&
           read_real(call, "eps", &loss->eps) && read_bool(call, "swap", &loss->swap);
}

/* The first `count` arguments. */
static bool read_tensors(const struct call *call, struct tensor **out, int count)
{
    for (int i = 0; i < count; i++) {
        out[i] = argument_tensor(call, i);
        if (!out[i]) {
            return false;
        }
    }
    return true;
}

/* ---- sizes ------------------------------------------------------------------------------------------- */

/* An exception, or a warning that lets the lesson go on, of a target of another size; `text` has the
 * target's size and the input's in this order. */
static bool tell_of_sizes(PyObject *category, const char *text, struct tensor *const *in)
{
    struct text a = { 0 }, b = { 0 };
    shape_append(&a, &in[1]->shape);
    shape_append(&b, &in[0]->shape);
    PyObject *message = PyUnicode_FromFormat(text, text_string(&a), text_string(&b));
    text_finish(&a);
    text_finish(&b);
    bool goes_on = false;
    if (message && category == PyExc_UserWarning) {
        goes_on = PyErr_WarnEx(category, PyUnicode_AsUTF8(message), 1) == 0;
    } else if (message) {
        PyErr_SetObject(category, message);
    }
    Py_XDECREF(message);
    return goes_on;
}

/* Both expanded to their common size, as PyTorch does after its warning: references. */
static bool make_equal(const struct call *call, struct tensor **in)
{
    struct shape shape;
    struct error err;
    if (shape_equal(&in[0]->shape, &in[1]->shape)) {
        tensor_ref(in[0]);
        tensor_ref(in[1]);
        return true;
    }
    if (!tell_of_sizes(PyExc_UserWarning,
                       "Using a target size (torch.Size(%s)) that is different to the input size "
                       "(torch.Size(%s)). This will likely lead to incorrect results due to "
                       "broadcasting. Please ensure they have the same size.",
                       in)) {
        return false;
    }
    if (!shape_broadcast(&in[0]->shape, &in[1]->shape, &shape, &err)) {
        torch_raise(&err);
        return false;
    }
    struct tensor *out[2] = { NULL, NULL };
    for (int i = 0; i < 2; i++) {
        const struct operand operand = operand_tensor(in[i]);
        const struct op_use use = { .op = OP_EXPAND,
                                    .in = &operand,
                                    .in_count = 1,
                                    .attrs = { .present = ATTR(SIZE), .size = shape } };
        out[i] = shape_equal(&in[i]->shape, &shape) ? tensor_ref(in[i])
                                                    : op_apply_one(call->face->engine, &use, &err);
        if (!out[i]) {
            tensor_unref(out[0]);
            torch_raise(&err);
            return false;
        }
    }
    memcpy(in, out, sizeof(out));
    return true;
}

/* ---- distances ----------------------------------------------------------------------------------------- */

/* mse_loss, smooth_l1_loss, huber_loss: the row's operation, with beta from parameter `name`. */
static PyObject *compared(struct call *call, const char *name)
{
    struct tensor *in[2];
    struct op_attrs attrs = { .present = ATTR(REDUCTION) };
    double real = 1;
    if (!read_tensors(call, in, 2) || !read_reduction(call, &attrs.reduction, NULL) ||
        (name && !read_real(call, name, &real)) || !make_equal(call, in)) {
        return NULL;
    }
    if (name) {
        attrs.present |= ATTR(BETA);
        attrs.beta = number_real(real);
    }
    const struct operand operands[] = { operand_tensor(in[0]), operand_tensor(in[1]) };
    const struct op_use use = {
        .op = call->row->op, .in = operands, .in_count = 2, .attrs = attrs
    };
    struct error err;
    PyObject *result;
    if (call->row->op == OP_SMOOTH_L1_LOSS && real == 0) {
        result = function_result(
            call, nn_l1_loss(call->face->engine, in[0], in[1], attrs.reduction, &err), &err);
    } else {
        result = function_apply(call, &use);
    }
    tensor_unref(in[0]);
    tensor_unref(in[1]);
    return result;
}

static PyObject *call_mse_loss(struct call *call)
{
    return compared(call, NULL);
}

static PyObject *call_smooth_l1_loss(struct call *call)
{
    double beta = 1;
    if (!read_real(call, "beta", &beta)) {
        return NULL;
    }
    if (beta < 0) {
        PyErr_SetString(PyExc_RuntimeError,
                        "smooth_l1_loss does not support negative values for beta.");
        return NULL;
    }
    return compared(call, "beta");
}

static PyObject *call_huber_loss(struct call *call)
{
    double delta = 1;
    if (!read_real(call, "delta", &delta)) {
        return NULL;
    }
    if (delta <= 0) {
        PyErr_SetString(PyExc_RuntimeError,
                        "huber_loss does not support non-positive values for delta.");
        return NULL;
    }
    return compared(call, "delta");
}

static PyObject *call_l1_loss(struct call *call)
{
    struct tensor *in[2];
    struct error err;
    int64_t reduction;
    if (!read_tensors(call, in, 2) || !read_reduction(call, &reduction, NULL) ||
        !make_equal(call, in)) {
        return NULL;
    }
    PyObject *result =
        function_result(call, nn_l1_loss(call->face->engine, in[0], in[1], reduction, &err), &err);
    tensor_unref(in[0]);
    tensor_unref(in[1]);
    return result;
}

static PyObject *call_cosine_similarity(struct call *call)
{
    struct tensor *in[2];
    struct error err;
    int64_t dim = 1;
    double eps = 1e-8;
    if (!read_tensors(call, in, 2) || !argument_integer(call, 2, &dim) ||
        !argument_real(call, 3, &eps)) {
        return NULL;
    }
    return function_result(
        call, nn_cosine_similarity(call->face->engine, in[0], in[1], dim, eps, &err), &err);
}

static PyObject *call_pairwise_distance(struct call *call)
{
    struct tensor *in[2];
    struct error err;
    struct nn_loss loss = { .p = 2, .eps = 1e-6 };
    bool keepdim = false;
    if (!read_tensors(call, in, 2) || !argument_real(call, 2, &loss.p) ||
        !argument_real(call, 3, &loss.eps) || !argument_bool(call, 4, &keepdim)) {
        return NULL;
    }
    return function_result(
        call, nn_pairwise_distance(call->face->engine, in[0], in[1], &loss, keepdim, &err), &err);
}

/* ---- classes --------------------------------------------------------------------------------------------- */

static PyObject *of_classes(struct call *call,
                            struct tensor *(*function)(struct engine *, struct tensor *,
                                                       struct tensor *, const struct nn_loss *,
                                                       struct error *))
{
    struct tensor *in[2];
    struct nn_loss loss = { .reduction = LOSS_MEAN };
    struct error err;
    if (!read_tensors(call, in, 2) || !read_loss(call, &loss)) {
        return NULL;
    }
    return function_result(call, function(call->face->engine, in[0], in[1], &loss, &err), &err);
}

static PyObject *call_nll_loss(struct call *call)
{
    return of_classes(call, nn_nll_loss);
}

static PyObject *call_cross_entropy(struct call *call)
{
    return of_classes(call, nn_cross_entropy);
}

/* ---- probabilities --------------------------------------------------------------------------------------- */

/* The operation on input, target and weights. */
static PyObject *binary(struct call *call, struct tensor *const *in, struct tensor *pos_weight)
{
    struct op_attrs attrs = { .present = ATTR(REDUCTION) };
    struct tensor *weight;
    if (!argument_tensor_or_none(call, 2, &weight) ||
        !read_reduction(call, &attrs.reduction, NULL)) {
        return NULL;
    }
    const struct operand operands[] = { operand_tensor(in[0]), operand_tensor(in[1]),
                                        operand_tensor(weight), operand_tensor(pos_weight) };
    const struct op_use use = { .op = call->row->op,
                                .in = operands,
                                .in_count = pos_weight ? 4
                                            : weight   ? 3
                                                       : 2,
                                .attrs = attrs };
    return function_apply(call, &use);
}

static PyObject *call_binary_cross_entropy(struct call *call)
{
    struct tensor *in[2];
    if (!read_tensors(call, in, 2)) {
        return NULL;
    }
    if (!shape_equal(&in[0]->shape, &in[1]->shape)) {
        tell_of_sizes(PyExc_ValueError,
                      "Using a target size (torch.Size(%s)) that is different to the input size "
                      "(torch.Size(%s)) is deprecated. Please ensure they have the same size.",
                      in);
        return NULL;
    }
    return binary(call, in, NULL);
}

static PyObject *call_bce_with_logits(struct call *call)
{
    struct tensor *in[2], *pos_weight;
    if (!read_tensors(call, in, 2) || !argument_tensor_or_none(call, 6, &pos_weight)) {
        return NULL;
    }
    if (!shape_equal(&in[0]->shape, &in[1]->shape)) {
        tell_of_sizes(PyExc_ValueError,
                      "Target size (torch.Size(%s)) must be the same as input size "
                      "(torch.Size(%s))",
                      in);
        return NULL;
    }
    return binary(call, in, pos_weight);
}

/* The sum divided by the number of rows. */
static PyObject *batch_mean(const struct call *call, struct tensor *sum, const struct tensor *input)
{
    const int64_t rows = input->shape.dims > 0 ? input->shape.size[0] : 1;
    struct error err;
    struct tensor *mean = input->shape.dims > 0
                              ? op_binary(call->face->engine, OP_DIV, operand_tensor(sum),
                                          operand_number(number_integer(rows)), &err)
                              : tensor_ref(sum);
    tensor_unref(sum);
    return function_result(call, mean, &err);
}

static PyObject *call_kl_div(struct call *call)
{
    struct tensor *in[2];
    struct nn_loss loss = { .reduction = LOSS_MEAN };
    struct error err;
    bool by_batch = false;
    if (!read_tensors(call, in, 2) || !read_reduction(call, &loss.reduction, &by_batch) ||
        !read_bool(call, "log_target", &loss.log_target)) {
        return NULL;
    }
    if (loss.reduction == LOSS_MEAN &&
        PyErr_WarnEx(PyExc_UserWarning,
                     "reduction: 'mean' divides the total loss by both the batch size and the "
                     "support size.'batchmean' divides only by the batch size, and aligns with the "
                     "KL div math definition.'mean' will be changed to behave the same as "
                     "'batchmean' in the next major release.",
                     1) != 0) {
        return NULL;
    }
    struct tensor *result = nn_kl_div(call->face->engine, in[0], in[1], &loss, &err);
    return result && by_batch ? batch_mean(call, result, in[0])
                              : function_result(call, result, &err);
}

/* ---- pairs ------------------------------------------------------------------------------------------------ */

static PyObject *of_tensors(struct call *call, int count, double margin,
                            struct tensor *(*function)(struct engine *, struct tensor *const *,
                                                       const struct nn_loss *, struct error *))
{
    struct tensor *in[3];
    struct nn_loss loss = { .margin = margin, .p = 2, .eps = 1e-6 };
    struct error err;
    if (!read_tensors(call, in, count) || !read_loss(call, &loss)) {
        return NULL;
    }
    return function_result(call, function(call->face->engine, in, &loss, &err), &err);
}

static PyObject *call_cosine_embedding_loss(struct call *call)
{
    return of_tensors(call, 3, 0, nn_cosine_embedding_loss);
}

static PyObject *call_margin_ranking_loss(struct call *call)
{
    return of_tensors(call, 3, 0, nn_margin_ranking_loss);
}

static PyObject *call_hinge_embedding_loss(struct call *call)
{
    return of_tensors(call, 2, 1, nn_hinge_embedding_loss);
}

static PyObject *call_triplet_margin_loss(struct call *call)
{
    return of_tensors(call, 3, 1, nn_triplet_margin_loss);
}

static PyObject *call_soft_margin_loss(struct call *call)
{
    return of_tensors(call, 2, 0, nn_soft_margin_loss);
}

/* ---- margins --------------------------------------------------------------------------------------------- */

static PyObject *call_multi_margin_loss(struct call *call)
{
    struct tensor *in[2], *weight;
    double p = 1, margin = 1;
    struct op_attrs attrs = { .present = ATTR(REDUCTION) | ATTR(ORD) | ATTR(BETA) };
    if (!read_tensors(call, in, 2) || !read_reduction(call, &attrs.reduction, NULL) ||
        !read_real(call, "p", &p) || !read_real(call, "margin", &margin) ||
        !argument_tensor_or_none(call, find(call, "weight"), &weight)) {
        return NULL;
    }
    if (p != 1 && p != 2) {
        PyErr_SetString(PyExc_ValueError, "only p == 1 and p == 2 supported");
        return NULL;
    }
    if (weight && weight->shape.dims != 1) {
        PyErr_SetString(PyExc_ValueError, "weight must be one-dimensional");
        return NULL;
    }
    attrs.ord = number_integer((int64_t)p);
    attrs.beta = number_real(margin);
    const struct operand operands[] = { operand_tensor(in[0]), operand_tensor(in[1]),
                                        operand_tensor(weight) };
    const struct op_use use = {
        .op = call->row->op, .in = operands, .in_count = weight ? 3 : 2, .attrs = attrs
    };
    return function_apply(call, &use);
}

static PyObject *call_multilabel_margin_loss(struct call *call)
{
    struct tensor *in[2];
    struct op_attrs attrs = { .present = ATTR(REDUCTION) };
    struct error err;
    if (!read_tensors(call, in, 2) || !read_reduction(call, &attrs.reduction, NULL)) {
        return NULL;
    }
    const struct operand operands[] = { operand_tensor(in[0]), operand_tensor(in[1]) };
    const struct op_use use = {
        .op = call->row->op, .in = operands, .in_count = 2, .attrs = attrs
    };
    return function_result(call, op_apply_one(call->face->engine, &use, &err), &err);
}

/* ---- sequences ------------------------------------------------------------------------------------------- */

/* _ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity): the losses of the
 * samples; what else ctc_loss does is in Python. */
static PyObject *call_ctc_loss(struct call *call)
{
    struct tensor *in[4];
    struct op_attrs attrs = { .present = ATTR(PADDING_IDX) | ATTR(EQUAL_NAN) };
    struct error err;
    if (!read_tensors(call, in, 4) || !argument_integer(call, 4, &attrs.padding_idx) ||
        !argument_bool(call, 5, &attrs.equal_nan)) {
        return NULL;
    }
    struct operand operands[4];
    for (int i = 0; i < 4; i++) {
        operands[i] = operand_tensor(in[i]);
    }
    const struct op_use use = {
        .op = call->row->op, .in = operands, .in_count = 4, .attrs = attrs
    };
    return function_result(call, op_apply_one(call->face->engine, &use, &err), &err);
}

/* ---- the table ------------------------------------------------------------------------------------------- */

#define OLD "size_average", "reduce", "reduction"
#define CLASSES "input", "target", "weight", "size_average", "ignore_index", "reduce", "reduction"
#define TWO(function) .required = 2, .call = function, .places = PLACE_FUNCTIONAL
#define THREE(function) .required = 3, .call = function, .places = PLACE_FUNCTIONAL
#define DISTANCE(function) .required = 2, .call = function, .places = PLACE_FUNCTIONAL | PLACE_TORCH

const struct function_row loss_rows[] = {
    { "mse_loss", { "input", "target", OLD }, TWO(call_mse_loss), .op = OP_MSE_LOSS },
    { "l1_loss", { "input", "target", OLD }, TWO(call_l1_loss) },
    { "smooth_l1_loss",
      { "input", "target", OLD, "beta" },
      TWO(call_smooth_l1_loss),
      .op = OP_SMOOTH_L1_LOSS },
    { "huber_loss",
      { "input", "target", "reduction", "delta" },
      TWO(call_huber_loss),
      .op = OP_HUBER_LOSS },
    { "nll_loss", { CLASSES }, TWO(call_nll_loss) },
    { "cross_entropy", { CLASSES, "label_smoothing" }, TWO(call_cross_entropy) },
    { "binary_cross_entropy",
      { "input", "target", "weight", OLD },
      TWO(call_binary_cross_entropy),
      .op = OP_BINARY_CROSS_ENTROPY },
    { "binary_cross_entropy_with_logits",
      { "input", "target", "weight", OLD, "pos_weight" },
      TWO(call_bce_with_logits),
      .op = OP_BCE_WITH_LOGITS },
    { "kl_div", { "input", "target", OLD, "log_target" }, TWO(call_kl_div) },
    { "cosine_similarity", { "x1", "x2", "dim", "eps" }, DISTANCE(call_cosine_similarity) },
    { "pairwise_distance",
      { "x1", "x2", "p", "eps", "keepdim" },
      DISTANCE(call_pairwise_distance) },
    { "cosine_embedding_loss",
      { "input1", "input2", "target", "margin", OLD },
      THREE(call_cosine_embedding_loss) },
    { "margin_ranking_loss",
      { "input1", "input2", "target", "margin", OLD },
      THREE(call_margin_ranking_loss) },
    { "hinge_embedding_loss",
      { "input", "target", "margin", OLD },
      TWO(call_hinge_embedding_loss) },
    { "triplet_margin_loss",
      { "anchor", "positive", "negative", "margin", "p", "eps", "swap", OLD },
      THREE(call_triplet_margin_loss) },
    { "soft_margin_loss", { "input", "target", OLD }, TWO(call_soft_margin_loss) },
    { "multi_margin_loss",
      { "input", "target", "p", "margin", "weight", OLD },
      TWO(call_multi_margin_loss),
      .op = OP_MULTI_MARGIN },
    { "multilabel_margin_loss",
      { "input", "target", OLD },
      TWO(call_multilabel_margin_loss),
      .op = OP_MULTILABEL_MARGIN },
    { "_ctc_loss",
      { "log_probs", "targets", "input_lengths", "target_lengths", "blank", "zero_infinity" },
      .required = 6,
      .call = call_ctc_loss,
      .places = PLACE_FUNCTIONAL,
      .op = OP_CTC_LOSS },
    { .name = NULL },
};
