/* Pools. */
#include <string.h>

#include "lessons/torch/arguments.h"
#include "lessons/torch/layers.h"

enum { SELF, KERNEL, STRIDE, PADDING };

static bool is_1d(const struct function_row *row)
{
    return strstr(row->name, "1d") != NULL;
}

/* ---- the largest ------------------------------------------------------------------------------- */

/* (self, kernel_size, stride, padding, dilation, return_indices, ceil_mode) */
static PyObject *max_begin(struct call *call)
{
    PyObject *kernel = call->arguments[KERNEL];
    if (!module_begin(call->arguments[SELF]) ||
        !layer_set_argument(call, KERNEL, "kernel_size", NULL) ||
        !layer_set_argument(call, STRIDE, "stride", Py_NewRef(kernel)) ||
        !layer_set_argument(call, PADDING, "padding", PyLong_FromLong(0)) ||
        !layer_set_argument(call, 4, "dilation", PyLong_FromLong(1)) ||
        !layer_set_argument(call, 5, "return_indices", Py_NewRef(Py_False)) ||
        !layer_set_argument(call, 6, "ceil_mode", Py_NewRef(Py_False))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *max_forward(struct call *call)
{
    static const struct held_argument held[] = { { "kernel_size", 1 }, { "stride", 2 },
                                                 { "padding", 3 },     { "dilation", 4 },
                                                 { "ceil_mode", 5 },   { "return_indices", 6 } };
    return layer_call_held(call, is_1d(call->row) ? "max_pool1d" : "max_pool2d", 1, held, 6);
}

/* "kernel_size=2, stride=2, padding=0" */
static PyObject *pool_text(PyObject *self)
{
    PyObject *kernel = PyObject_GetAttrString(self, "kernel_size");
    PyObject *text = kernel ? PyUnicode_FromFormat("kernel_size=%S", kernel) : NULL;
    Py_XDECREF(kernel);
    layer_append(&text, self, "stride");
    layer_append(&text, self, "padding");
    return text;
}

static PyObject *max_text(struct call *call)
{
    PyObject *text = pool_text(call->arguments[SELF]);
    layer_append(&text, call->arguments[SELF], "dilation");
    layer_append(&text, call->arguments[SELF], "ceil_mode");
    return text;
}

/* ---- the mean ---------------------------------------------------------------------------------- */

/* (self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override); the pool over rows
 * has no divisor and keeps tuples. */
static PyObject *avg_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF], *kernel = call->arguments[KERNEL];
    const bool row = is_1d(call->row);
    const bool windows =
        module_begin(self) &&
        (row ? layer_set_tuple(call, KERNEL, "kernel_size", 1, 1) &&
                   layer_set_tuple(call, argument_given(call, STRIDE) ? STRIDE : KERNEL, "stride",
                                   1, 1) &&
                   layer_set_tuple(call, PADDING, "padding", 1, 0)
             : layer_set_argument(call, KERNEL, "kernel_size", NULL) &&
                   layer_set_argument(call, STRIDE, "stride", Py_NewRef(kernel)) &&
                   layer_set_argument(call, PADDING, "padding", PyLong_FromLong(0)) &&
                   layer_set_argument(call, 6, "divisor_override", Py_NewRef(Py_None)));
    if (!windows || !layer_set_argument(call, 4, "ceil_mode", Py_NewRef(Py_False)) ||
        !layer_set_argument(call, 5, "count_include_pad", Py_NewRef(Py_True))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *avg_forward(struct call *call)
{
    static const struct held_argument held[] = {
        { "kernel_size", 1 },       { "stride", 2 },          { "padding", 3 }, { "ceil_mode", 4 },
        { "count_include_pad", 5 }, { "divisor_override", 6 }
    };
    const bool row = is_1d(call->row);
    return layer_call_held(call, row ? "avg_pool1d" : "avg_pool2d", 1, held, row ? 5 : 6);
}

static PyObject *avg_text(struct call *call)
{
    return pool_text(call->arguments[SELF]);
}

/* ---- to a size --------------------------------------------------------------------------------- */

static bool is_max(const struct function_row *row)
{
    return strstr(row->name, "Max") != NULL;
}

/* (self, output_size), (self, output_size, return_indices) */
static PyObject *adaptive_begin(struct call *call)
{
    PyObject *self = call->arguments[SELF];
    if (!module_begin(self) || !layer_set(self, "output_size", Py_NewRef(call->arguments[1])) ||
        (is_max(call->row) &&
         !layer_set_argument(call, 2, "return_indices", Py_NewRef(Py_False)))) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *adaptive_forward(struct call *call)
{
    static const struct held_argument held[] = { { "output_size", 1 }, { "return_indices", 2 } };
    const bool max = is_max(call->row), row = is_1d(call->row);
    const char *function = max   ? row ? "adaptive_max_pool1d" : "adaptive_max_pool2d"
                           : row ? "adaptive_avg_pool1d"
                                 : "adaptive_avg_pool2d";
    return layer_call_held(call, function, 1, held, max ? 2 : 1);
}

static PyObject *adaptive_text(struct call *call)
{
    PyObject *size = PyObject_GetAttrString(call->arguments[SELF], "output_size");
    PyObject *text = size ? PyUnicode_FromFormat("output_size=%S", size) : NULL;
    Py_XDECREF(size);
    return text;
}

/* ---- the table --------------------------------------------------------------------------------- */

#define MAX_POOL(dims)                                                                    \
    {                                                                                     \
        "MaxPool" #dims "d", "torch.nn.modules.pooling",                                  \
            { "MaxPool" #dims "d.__init__",                                               \
              { "self", "kernel_size", "stride", "padding", "dilation", "return_indices", \
                "ceil_mode" },                                                            \
              .required = 2,                                                              \
              .call = max_begin },                                                        \
            FORWARD("MaxPool" #dims "d", max_forward), TEXT(max_text), NULL               \
    }

#define ADAPTIVE(name, more)                                           \
    {                                                                  \
        name, "torch.nn.modules.pooling",                              \
            { name ".__init__",                                        \
              { "self", "output_size", more },                         \
              .required = 2,                                           \
              .call = adaptive_begin },                                \
            FORWARD(name, adaptive_forward), TEXT(adaptive_text), NULL \
    }

const struct layer pool_layers[] = {
    MAX_POOL(1),
    MAX_POOL(2),
    { "AvgPool1d",
      "torch.nn.modules.pooling",
      { "AvgPool1d.__init__",
        { "self", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad" },
        .required = 2,
        .call = avg_begin },
      FORWARD("AvgPool1d", avg_forward),
      TEXT(avg_text),
      NULL },
    { "AvgPool2d",
      "torch.nn.modules.pooling",
      { "AvgPool2d.__init__",
        { "self", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad",
          "divisor_override" },
        .required = 2,
        .call = avg_begin },
      FORWARD("AvgPool2d", avg_forward),
      TEXT(avg_text),
      NULL },
    ADAPTIVE("AdaptiveAvgPool1d", NULL),
    ADAPTIVE("AdaptiveAvgPool2d", NULL),
    ADAPTIVE("AdaptiveMaxPool1d", "return_indices"),
    ADAPTIVE("AdaptiveMaxPool2d", "return_indices"),
    { .name = NULL },
};
