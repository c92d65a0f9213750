/* Functions of windows over images: convolutions, pools, padding. */
#include "lessons/torch/functions.h"

#include <string.h>

#include "engine/nn/windows.h"

/* A number or several, [] where not given. */
static bool argument_list(const struct call *call, int i, struct shape *out)
{
    *out = (struct shape){ 0 };
    return !argument_given(call, i) || argument_size(call, i, out);
}

/* ---- convolution ------------------------------------------------------------------------------- */

static bool read_padding(const struct call *call, int i, struct nn_convolution *how)
{
    if (!argument_given(call, i) || !PyUnicode_Check(call->arguments[i])) {
        return argument_list(call, i, &how->padding);
    }
    how->same = PyUnicode_CompareWithASCIIString(call->arguments[i], "same") == 0;
    if (!how->same && PyUnicode_CompareWithASCIIString(call->arguments[i], "valid") != 0) {
        PyErr_Format(PyExc_RuntimeError, "Invalid padding string: '%U'", call->arguments[i]);
        return false;
    }
    return true;
}

static PyObject *convolve(struct call *call, const struct nn_convolution *how)
{
    struct tensor *x = argument_tensor(call, 0), *bias;
    struct tensor *weight = x ? argument_tensor(call, 1) : NULL;
    struct error err;
    if (!weight || !argument_tensor_or_none(call, 2, &bias)) {
        return NULL;
    }
    return function_result(call, nn_convolution(call->face->engine, how, x, weight, bias, &err),
                           &err);
}

/* (input, weight, bias, stride, padding, dilation, groups) */
static PyObject *call_conv(struct call *call, int spatial)
{
    struct nn_convolution how = { .spatial = spatial, .groups = 1 };
    if (!argument_list(call, 3, &how.stride) || !read_padding(call, 4, &how) ||
        !argument_list(call, 5, &how.dilation) || !argument_integer(call, 6, &how.groups)) {
        return NULL;
    }
    return convolve(call, &how);
}

static PyObject *call_conv1d(struct call *call)
{
    return call_conv(call, 1);
}

static PyObject *call_conv2d(struct call *call)
{
    return call_conv(call, 2);
}

/* (input, weight, bias, stride, padding, output_padding, groups, dilation) */
static PyObject *call_conv_transpose(struct call *call, int spatial)
{
    struct nn_convolution how = { .spatial = spatial, .groups = 1, .transposed = true };
    if (!argument_list(call, 3, &how.stride) || !argument_list(call, 4, &how.padding) ||
        !argument_list(call, 5, &how.output_padding) || !argument_integer(call, 6, &how.groups) ||
        !argument_list(call, 7, &how.dilation)) {
        return NULL;
    }
    return convolve(call, &how);
}

static PyObject *call_conv_transpose1d(struct call *call)
{
    return call_conv_transpose(call, 1);
}

static PyObject *call_conv_transpose2d(struct call *call)
{
    return call_conv_transpose(call, 2);
}

/* ---- pools ------------------------------------------------------------------------------------- */

static bool read_pool(const struct call *call, struct nn_pool *how)
{
    how->padding = how->dilation = (struct shape){ 1, { 0 } };
    how->dilation.size[0] = 1;
    return argument_list(call, 1, &how->kernel_size) && argument_list(call, 2, &how->stride) &&
           (!argument_given(call, 3) || argument_list(call, 3, &how->padding));
}

/* (input, kernel_size, stride, padding, dilation, ceil_mode, return_indices) */
static PyObject *call_max_pool(struct call *call, int spatial)
{
    struct nn_pool how = { .spatial = spatial };
    struct tensor *x = argument_tensor(call, 0), *indices = NULL;
    bool both = false;
    struct error err;
    if (!x || !read_pool(call, &how) ||
        (argument_given(call, 4) && !argument_list(call, 4, &how.dilation)) ||
        !argument_bool(call, 5, &how.ceil_mode) || !argument_bool(call, 6, &both)) {
        return NULL;
    }
    struct tensor *most = nn_max_pool(call->face->engine, &how, x, both ? &indices : NULL, &err);
    PyObject *values = function_result(call, most, &err);
    if (!values || !both) {
        return values;
    }
    PyObject *places = tensor_object_take(call->face, indices, NULL);
    return places ? Py_BuildValue("(NN)", values, places) : NULL;
}

static PyObject *call_max_pool1d(struct call *call)
{
    return call_max_pool(call, 1);
}

static PyObject *call_max_pool2d(struct call *call)
{
    return call_max_pool(call, 2);
}

/* (input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) */
static PyObject *call_avg_pool(struct call *call, int spatial)
{
    struct nn_pool how = { .spatial = spatial, .count_include_pad = true };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    if (!x || !read_pool(call, &how) || !argument_bool(call, 4, &how.ceil_mode) ||
        !argument_bool(call, 5, &how.count_include_pad) ||
        !argument_integer(call, 6, &how.divisor)) {
        return NULL;
    }
    how.has_divisor = argument_given(call, 6);
    return function_result(call, nn_avg_pool(call->face->engine, &how, x, &err), &err);
}

static PyObject *call_avg_pool1d(struct call *call)
{
    call->arguments[6] = NULL; /* has no divisor_override */
    return call_avg_pool(call, 1);
}

static PyObject *call_avg_pool2d(struct call *call)
{
    return call_avg_pool(call, 2);
}

/* (input, output_size); None in a size is -1: as it is. */
static bool read_adaptive(const struct call *call, struct nn_adaptive_pool *how)
{
    PyObject *given = call->arguments[1];
    if (given == Py_None) {
        how->size = (struct shape){ 1, { -1 } };
        return true;
    }
    if (!PyTuple_Check(given) && !PyList_Check(given)) {
        return argument_size(call, 1, &how->size);
    }
    how->size.dims = (int)PySequence_Fast_GET_SIZE(given);
    for (int d = 0; d < how->size.dims && d < BACKEND_MAX_DIMS; d++) {
        PyObject *item = PySequence_Fast_GET_ITEM(given, d);
        struct number number = number_integer(-1);
        if (item != Py_None && (!number_of(item, &number) || number.kind == NUMBER_REAL)) {
            return argument_refuse(call, 1, "tuple of ints");
        }
        how->size.size[d] = number.integer;
    }
    return true;
}

static PyObject *call_adaptive_avg(struct call *call, int spatial)
{
    struct nn_adaptive_pool how = { .spatial = spatial };
    struct tensor *x = argument_tensor(call, 0);
    struct error err;
    return x && read_adaptive(call, &how)
               ? function_result(call, nn_adaptive_avg_pool(call->face->engine, &how, x, &err),
                                 &err)
               : NULL;
}

static PyObject *call_adaptive_max(struct call *call, int spatial)
{
    struct nn_adaptive_pool how = { .spatial = spatial };
    struct tensor *x = argument_tensor(call, 0), *indices = NULL;
    bool both = false;
    struct error err;
    if (!x || !read_adaptive(call, &how) || !argument_bool(call, 2, &both)) {
        return NULL;
    }
    struct tensor *most =
        nn_adaptive_max_pool(call->face->engine, &how, x, both ? &indices : NULL, &err);
    PyObject *values = function_result(call, most, &err);
    if (!values || !both) {
        return values;
    }
    PyObject *places = tensor_object_take(call->face, indices, NULL);
    return places ? Py_BuildValue("(NN)", values, places) : NULL;
}

static PyObject *call_adaptive_avg_pool1d(struct call *call)
{
    return call_adaptive_avg(call, 1);
}

static PyObject *call_adaptive_avg_pool2d(struct call *call)
{
    return call_adaptive_avg(call, 2);
}

static PyObject *call_adaptive_max_pool1d(struct call *call)
{
    return call_adaptive_max(call, 1);
}

static PyObject *call_adaptive_max_pool2d(struct call *call)
{
    return call_adaptive_max(call, 2);
}

/* ---- padding ----------------------------------------------------------------------------------- */

static PyObject *call_pad(struct call *call)
{
    struct tensor *x = argument_tensor(call, 0);
    struct number value = number_integer(0);
    struct shape pad;
    struct error err;
    if (!x || !argument_size(call, 1, &pad) || !argument_number(call, 3, &value)) {
        return NULL;
    }
    PyObject *mode = call->arguments[2];
    const char *name =
        argument_given(call, 2) && PyUnicode_Check(mode) ? PyUnicode_AsUTF8(mode) : "constant";
    if (!name) {
        return NULL;
    }
    if (strcmp(name, "constant") != 0) {
        if (argument_given(call, 3)) {
            return PyErr_Format(PyExc_RuntimeError,
                                "Padding mode \"%s\" doesn't take in value argument", name);
        }
        return function_result(call, nn_pad_mode(call->face->engine, x, &pad, name, &err), &err);
    }
    return function_result(call, nn_pad(call->face->engine, x, &pad, value, &err), &err);
}

/* ---- other sizes ------------------------------------------------------------------------------- */

/* _resample(input, linear, size, scale_h, scale_w, align_corners, antialias): what interpolate ends in, its
 * arguments checked. */
static PyObject *call_resample(struct call *call)
{
    static const enum op_id ops[2][2] = { { OP_UPSAMPLE_NEAREST1D, OP_UPSAMPLE_NEAREST2D },
                                          { OP_UPSAMPLE_LINEAR1D, OP_UPSAMPLE_BILINEAR2D } };
    struct tensor *x = argument_tensor(call, 0);
    bool linear = false, antialias = false;
    struct op_attrs attrs = { .present = ATTR(SIZE) };
    if (!x || !argument_bool(call, 1, &linear) || !argument_size(call, 2, &attrs.size) ||
        !argument_number(call, 3, &attrs.scale) || !argument_number(call, 4, &attrs.input_scale) ||
        !argument_bool(call, 5, &attrs.ceil_mode) || !argument_bool(call, 6, &antialias)) {
        return NULL;
    }
    if (attrs.size.dims + 2 != x->shape.dims || attrs.size.dims < 1 || attrs.size.dims > 2) {
        PyErr_SetString(PyExc_ValueError, "the size does not fit the input");
        return NULL;
    }
    attrs.present |= argument_given(call, 3) ? ATTR(SCALE) : 0;
    attrs.present |= argument_given(call, 4) ? ATTR(INPUT_SCALE) : 0;
    attrs.present |= linear ? ATTR(CEIL_MODE) : 0;
    const struct operand in = operand_tensor(x);
    const enum op_id op = antialias ? OP_UPSAMPLE_BILINEAR2D_AA : ops[linear][attrs.size.dims - 1];
    return function_apply(call,
                          &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = attrs });
}

/* pixel_shuffle(input, upscale_factor), pixel_unshuffle(input, downscale_factor) */
static PyObject *call_shuffle(struct call *call)
{
    struct op_attrs attrs = { .present = ATTR(K) };
    const struct operand in = operand_tensor(argument_tensor(call, 0));
    return in.tensor && argument_integer(call, 1, &attrs.k)
               ? function_apply(call,
                                &(struct op_use){
                                    .op = call->row->op, .in = &in, .in_count = 1, .attrs = attrs })
               : NULL;
}

/* A number for both dimensions, or two. */
static bool argument_pair(const struct call *call, int i, int64_t fallback, struct shape *out)
{
    if (!argument_list(call, i, out)) {
        return false;
    }
    if (out->dims > 2) {
        PyErr_Format(PyExc_RuntimeError, "It is expected %s equals to 2, but got size %d",
                     call->row->parameters[i], out->dims);
        return false;
    }
    const int64_t first = out->dims > 0 ? out->size[0] : fallback;
    out->size[1] = out->dims > 1 ? out->size[1] : first;
    out->size[0] = first;
    out->dims = 2;
    return true;
}

/* unfold(input, kernel_size, dilation, padding, stride); fold has output_size before kernel_size. */
static PyObject *call_fold(struct call *call)
{
    const bool fold = call->row->op == OP_COL2IM;
    const int first = fold ? 2 : 1;
    struct op_attrs attrs = { .present = ATTR(KERNEL_SIZE) | ATTR(DILATION) | ATTR(PADDING) |
                                         ATTR(STRIDE) };
    const struct operand in = operand_tensor(argument_tensor(call, 0));
    if (!in.tensor || (fold && !argument_pair(call, 1, 0, &attrs.size)) ||
        !argument_pair(call, first, 1, &attrs.kernel_size) ||
        !argument_pair(call, first + 1, 1, &attrs.dilation) ||
        !argument_pair(call, first + 2, 0, &attrs.padding) ||
        !argument_pair(call, first + 3, 1, &attrs.stride)) {
        return NULL;
    }
    attrs.present |= fold ? ATTR(SIZE) : 0;
    return function_apply(
        call, &(struct op_use){ .op = call->row->op, .in = &in, .in_count = 1, .attrs = attrs });
}

/* ---- the table --------------------------------------------------------------------------------- */

#define BOTH .places = PLACE_FUNCTIONAL | PLACE_TORCH
#define CONV(dims)                                                                    \
    {                                                                                 \
        "conv" #dims "d",                                                             \
            { "input", "weight", "bias", "stride", "padding", "dilation", "groups" }, \
            .required = 2, .call = call_conv##dims##d, BOTH                           \
    }
#define CONV_TRANSPOSE(dims)                                                               \
    {                                                                                      \
        "conv_transpose" #dims "d", { "input",   "weight",         "bias",   "stride",     \
                                      "padding", "output_padding", "groups", "dilation" }, \
            .required = 2, .call = call_conv_transpose##dims##d, BOTH                      \
    }
#define MAX_POOL(dims)                                                                 \
    {                                                                                  \
        "max_pool" #dims "d", { "input",    "kernel_size", "stride",        "padding", \
                                "dilation", "ceil_mode",   "return_indices" },         \
            .required = 2, .call = call_max_pool##dims##d, BOTH                        \
    }

#define ADAPTIVE(name, function, more)                                           \
    {                                                                            \
        name, { "input", "output_size", more }, .required = 2, .call = function, \
                                                .places = PLACE_FUNCTIONAL       \
    }

const struct function_row window_rows[] = {
    CONV(1),
    CONV(2),
    CONV_TRANSPOSE(1),
    CONV_TRANSPOSE(2),
    MAX_POOL(1),
    MAX_POOL(2),
    { "avg_pool1d",
      { "input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad" },
      .required = 2,
      .call = call_avg_pool1d,
      BOTH },
    { "avg_pool2d",
      { "input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad",
        "divisor_override" },
      .required = 2,
      .call = call_avg_pool2d,
      .places = PLACE_FUNCTIONAL },
    ADAPTIVE("adaptive_avg_pool1d", call_adaptive_avg_pool1d, NULL),
    ADAPTIVE("adaptive_avg_pool2d", call_adaptive_avg_pool2d, NULL),
    ADAPTIVE("adaptive_max_pool1d", call_adaptive_max_pool1d, "return_indices"),
    ADAPTIVE("adaptive_max_pool2d", call_adaptive_max_pool2d, "return_indices"),
    { "_resample",
      { "input", "linear", "size", "scale_h", "scale_w", "align_corners", "antialias" },
      .required = 3,
      .call = call_resample,
      .places = PLACE_FUNCTIONAL },
    { "pixel_shuffle",
      { "input", "upscale_factor" },
      .required = 2,
      .call = call_shuffle,
      .op = OP_PIXEL_SHUFFLE,
      BOTH },
    { "pixel_unshuffle",
      { "input", "downscale_factor" },
      .required = 2,
      .call = call_shuffle,
      .op = OP_PIXEL_UNSHUFFLE,
      BOTH },
    { "unfold",
      { "input", "kernel_size", "dilation", "padding", "stride" },
      .required = 2,
      .call = call_fold,
      .op = OP_IM2COL,
      .places = PLACE_FUNCTIONAL },
    { "fold",
      { "input", "output_size", "kernel_size", "dilation", "padding", "stride" },
      .required = 3,
      .call = call_fold,
      .op = OP_COL2IM,
      .places = PLACE_FUNCTIONAL },
    { "pad",
      { "input", "pad", "mode", "value" },
      .required = 2,
      .call = call_pad,
      .places = PLACE_FUNCTIONAL },
    { .name = NULL },
};
