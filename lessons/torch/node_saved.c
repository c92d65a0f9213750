/* What a node keeps, read as PyTorch names it: y.grad_fn._saved_self, _saved_dim,
 * _saved_self_sym_sizes. A node of ours keeps operands and results in slots, and the operation's
 * attributes; shapes it knows from its edges. */
#include "lessons/torch/face.h"

#include <string.h>

#include "engine/autograd/autograd.h"
#include "lessons/torch/node_details.h"

/* ---- slots ------------------------------------------------------------------------------------ */

static PyObject *slot_object(struct face *face, struct node *node, int slot)
{
    const struct saved *saved = &node->saved[slot];
    struct error err;
    if (saved->is_number && saved->is_plain) {
        return number_object(saved->number);
    }
    if (saved->is_number && !node->freed) {
        /* PyTorch keeps the number of `a * 3` as a tensor of the number's own dtype. */
        const enum dtype dtype = saved->number.kind == NUMBER_BOOL      ? DTYPE_BOOL
                                 : saved->number.kind == NUMBER_INTEGER ? DTYPE_INT64
                                                                        : DTYPE_FLOAT64;
        struct tensor *tensor = tensor_from_number(node->engine, saved->number, dtype, &err);
        return tensor_object_take(face, tensor, &err);
    }
    if (!saved->is_number && saved->tensor_id == 0) {
        Py_RETURN_NONE; /* nobody needed it */
    }
    return tensor_object_take(face, node_saved(node, slot, &err), &err);
}

/* A tuple of the slots that share the name of this one. */
static PyObject *list_object(struct face *face, struct node *node, int first)
{
    PyObject *tuple = PyTuple_New(node->saved_count - first);
    for (int slot = first; tuple && slot < node->saved_count; slot++) {
        PyObject *item = slot_object(face, node, slot);
        if (!item) {
            Py_DECREF(tuple);
            return NULL;
        }
        PyTuple_SET_ITEM(tuple, slot - first, item);
    }
    return tuple;
}

static int find_slot(const struct node *node, const char *name)
{
    for (int slot = 0; slot < node->saved_count; slot++) {
        if (node->saved[slot].name && strcmp(node->saved[slot].name, name) == 0) {
            return slot;
        }
    }
    return -1;
}

/* ---- attributes ------------------------------------------------------------------------------- */

/* PyTorch hands out its 64-bit numbers as unsigned: -1 reads 18446744073709551615. */
static PyObject *integer_object(int64_t value)
{
    return PyLong_FromUnsignedLongLong((unsigned long long)value);
}

static PyObject *sizes_object(const int64_t *sizes, int count, int64_t less)
{
    PyObject *tuple = PyTuple_New(count);
    for (int i = 0; tuple && i < count; i++) {
        PyObject *item = integer_object(sizes[i] - less);
        if (!item) {
            Py_DECREF(tuple);
            return NULL;
        }
        PyTuple_SET_ITEM(tuple, i, item);
    }
    return tuple;
}

static const struct shape *edge_shape(const struct node *node, int edge)
{
    const struct node_edge *to = edge < node->edge_count ? &node->edges[edge] : NULL;
    return to && to->node ? &to->node->outputs[to->output].shape : NULL;
}

/* How many a dimension or an index was counted down from, where the lesson gave a negative one. */
static int64_t counted_down(const struct node *node, int attr)
{
    const struct shape *in = edge_shape(node, 0);
    if (!(node->attrs.from_end >> attr & 1) || !in) {
        return 0;
    }
    if (attr == ATTR_INDEX_INDEX) {
        return in->size[node->attrs.dim];
    }
    const int out = node->outputs[0].shape.dims;
    return node->op->id == OP_UNSQUEEZE ? out : in->dims;
}

static PyObject *attribute_object(const struct node *node, int attr)
{
    const struct attr_row *row = &attr_table[attr];
    const char *field = (const char *)&node->attrs + row->offset;
    const int64_t less = counted_down(node, attr);
    switch (row->kind) {
    case ATTR_KIND_INTEGER:
        if (attr == ATTR_INDEX_END && node->attrs.from_end & ATTR(END)) {
            return PyLong_FromLongLong(INT64_MAX); /* a slice without end */
        }
        return integer_object(*(const int64_t *)(const void *)field - less);
    case ATTR_KIND_BOOL:
        return PyBool_FromLong(*(const bool *)(const void *)field);
    case ATTR_KIND_NUMBER:
        return number_object(*(const struct number *)(const void *)field);
    case ATTR_KIND_DTYPE:
        return dtype_object_of(face_current(), *(const enum dtype *)(const void *)field);
    case ATTR_KIND_DEVICE:
        return device_object_of(face_current(), *(struct backend *const *)(const void *)field);
    case ATTR_KIND_LIST: {
        const struct shape *list = (const struct shape *)(const void *)field;
        return sizes_object(list->size, list->dims, less);
    }
    }
    return NULL;
}

/* What PyTorch keeps of an attribute that nobody gave. */
static PyObject *absent_attribute(int attr)
{
    switch (attr) {
    case ATTR_INDEX_ALPHA:
    case ATTR_INDEX_BETA:
    case ATTR_INDEX_VALUE:
        return PyLong_FromLong(1);
    case ATTR_INDEX_END:
        return PyLong_FromLongLong(INT64_MAX);
    case ATTR_INDEX_PADDING_IDX:
        return integer_object(-1);
    default:
        Py_RETURN_NONE;
    }
}

/* PyTorch says `dims` where these take a list of dimensions, `dim` elsewhere. */
static const char *const nodes_with_dims[] = { "PermuteBackward0", "FlipBackward0",
                                               "RollBackward0" };

static const char *attribute_name(const struct node *node, int attr)
{
    for (size_t i = 0; i < sizeof(nodes_with_dims) / sizeof(*nodes_with_dims); i++) {
        if (attr == ATTR_INDEX_DIMS && strcmp(node->name, nodes_with_dims[i]) == 0) {
            return "dims";
        }
    }
    return op_attr_name(node->op, attr);
}

/* Whether a node keeps attribute number `attr`: all that its operation understands, but whether to
 * look for errors. */
static bool keeps_attribute(const struct node *node, int attr)
{
    return node->op && attr != ATTR_INDEX_CHECK_ERRORS &&
           node->op->attributes & (UINT64_C(1) << attr);
}

/* -1: the operation has no such attribute. */
static int find_attribute(const struct node *node, const char *name)
{
    for (int i = 0; i < ATTR_COUNT; i++) {
        if (keeps_attribute(node, i) && strcmp(attribute_name(node, i), name) == 0) {
            return i;
        }
    }
    return -1;
}

/* ---- shapes ----------------------------------------------------------------------------------- */

/* PLANE: how many there are of everything but the first two dimensions. */
enum form { SIZES, OPTIONAL_SIZES, STRIDES, NUMEL, FIRST_SIZE, SECOND_SIZE, PLANE };

/* Saved name; the node keeps that much of the shape of the operand `slot` behind `edge`. */
struct kept_shape {
    const char *node, *name;
    enum form form;
    int edge;
    const char *slot;
};

#define SELF_SIZES(node)                         \
    {                                            \
        node, "self_sym_sizes", SIZES, 0, "self" \
    }

static const struct kept_shape kept_shapes[] = {
    SELF_SIZES("DiagonalBackward0_copy"),
    SELF_SIZES("ExpandBackward0"),
    SELF_SIZES("IndexBackward0"),
    SELF_SIZES("IndexSelectBackward0"),
    SELF_SIZES("MaxBackward0"),
    SELF_SIZES("MeanBackward0"),
    SELF_SIZES("MeanBackward1"),
    SELF_SIZES("MinBackward0"),
    SELF_SIZES("MmBackward0"),
    SELF_SIZES("RepeatBackward0"),
    SELF_SIZES("ReshapeAliasBackward0"),
    SELF_SIZES("SelectBackward0"),
    SELF_SIZES("SliceBackward0"),
    SELF_SIZES("SortBackward0"),
    SELF_SIZES("SplitBackward0"),
    SELF_SIZES("SplitWithSizesBackward0"),
    SELF_SIZES("SqueezeBackward0"),
    SELF_SIZES("SqueezeBackward1"),
    SELF_SIZES("SqueezeBackward4"),
    SELF_SIZES("SumBackward0"),
    SELF_SIZES("SumBackward1"),
    SELF_SIZES("TopkBackward0"),
    SELF_SIZES("TraceBackward0"),
    SELF_SIZES("UnsafeViewBackward0"),
    SELF_SIZES("ViewBackward0"),
    SELF_SIZES("UpsampleNearest1DBackward0"),
    SELF_SIZES("UpsampleNearest2DBackward0"),
    SELF_SIZES("UpsampleLinear1DBackward0"),
    SELF_SIZES("UpsampleBilinear2DBackward0"),
    { "MeanBackward0", "self_sym_numel", NUMEL, 0, "self" },
    { "MeanBackward1", "self_sym_numel", NUMEL, 0, "self" },
    { "MmBackward0", "self_sym_strides", STRIDES, 0, "self" },
    { "MmBackward0", "mat2_sym_sizes", SIZES, 1, "mat2" },
    { "MmBackward0", "mat2_sym_strides", STRIDES, 1, "mat2" },
    { "AddmmBackward0", "mat1_sym_sizes", SIZES, 1, "mat1" },
    { "AddmmBackward0", "mat1_sym_strides", STRIDES, 1, "mat1" },
    { "AddmmBackward0", "mat2_sym_sizes", SIZES, 2, "mat2" },
    { "AddmmBackward0", "mat2_sym_strides", STRIDES, 2, "mat2" },
    { "ConvolutionBackward0", "bias_sym_sizes_opt", OPTIONAL_SIZES, 2, "bias" },
    { "NativeGroupNormBackward0", "N", FIRST_SIZE, 0, "input" },
    { "NativeGroupNormBackward0", "C", SECOND_SIZE, 0, "input" },
    { "NativeGroupNormBackward0", "HxW", PLANE, 0, "input" },
    { "EmbeddingBackward0", "weight_sym_argsize_0", FIRST_SIZE, 0, "weight" },
};

/* Strides are kept for the gradient of that operand alone: () where it needs none. They are those of
 * the operand if the node still has it, else row by row or column by column. */
static PyObject *strides_object(const struct node *node, int edge, const struct tensor *tensor)
{
    const struct shape *shape = edge_shape(node, edge);
    if (!shape) {
        return PyTuple_New(0);
    }
    if (tensor) {
        return sizes_object(tensor->strides, tensor->shape.dims, 0);
    }
    int64_t strides[BACKEND_MAX_DIMS];
    const struct node_edge *to = &node->edges[edge];
    if (to->node->outputs[to->output].by_columns) {
        return sizes_object((const int64_t[]){ 1, shape->size[0] }, 2, 0);
    }
    shape_strides(shape, strides);
    return sizes_object(strides, shape->dims, 0);
}

static PyObject *shape_object(const struct node *node, const struct kept_shape *kept)
{
    const int slot = find_slot(node, kept->slot);
    const struct tensor *tensor = slot < 0 ? NULL : node->saved[slot].tensor;
    const struct shape *shape = edge_shape(node, kept->edge);
    if (kept->form == STRIDES) {
        return strides_object(node, kept->edge, tensor);
    }
    if (!shape && !tensor && kept->form == OPTIONAL_SIZES) {
        return sizes_object((const int64_t[]){ 0 }, 1, 0);
    }
    if (!shape && !tensor) {
        return NULL; /* an operand without gradient, freed */
    }
    shape = shape ? shape : &tensor->shape;
    if (kept->form == SIZES || kept->form == OPTIONAL_SIZES) {
        return sizes_object(shape->size, shape->dims, 0);
    }
    if (kept->form == PLANE) {
        return integer_object(shape_count(shape) / (shape->size[0] * shape->size[1]));
    }
    return integer_object(kept->form == NUMEL ? shape_count(shape)
                                              : shape->size[kept->form == SECOND_SIZE]);
}

static const struct kept_shape *find_shape(const struct node *node, const char *name)
{
    for (size_t i = 0; i < sizeof(kept_shapes) / sizeof(*kept_shapes); i++) {
        if (strcmp(kept_shapes[i].name, name) == 0 &&
            strcmp(kept_shapes[i].node, node->name) == 0) {
            return &kept_shapes[i];
        }
    }
    return NULL;
}

/* ---- what PyTorch keeps and we never vary ------------------------------------------------------ */

static const struct {
    const char *node, *name;
    bool value;
} kept_flags[] = {
    { "EmbeddingBackward0", "scale_grad_by_freq", false },
    { "EmbeddingBackward0", "sparse", false },
    { "GatherBackward0", "sparse_grad", false },
};

static PyObject *find_flag(const struct node *node, const char *name)
{
    for (size_t i = 0; i < sizeof(kept_flags) / sizeof(*kept_flags); i++) {
        if (strcmp(kept_flags[i].name, name) == 0 && strcmp(kept_flags[i].node, node->name) == 0) {
            return PyBool_FromLong(kept_flags[i].value);
        }
    }
    return NULL;
}

/* In bilinear maps the same dimensions are made and summed away each time. */
static const struct {
    const char *node, *name;
    int count;
    int64_t value[2];
} kept_lists[] = {
    { "TrilinearBackward0", "expand1", 2, { 1, 3 } },
    { "TrilinearBackward0", "expand2", 1, { 0 } },
    { "TrilinearBackward0", "expand3", 2, { 1, 2 } },
    { "TrilinearBackward0", "sumdim", 2, { 2, 3 } },
};

static PyObject *find_list(const struct node *node, const char *name)
{
    for (size_t i = 0; i < sizeof(kept_lists) / sizeof(*kept_lists); i++) {
        if (strcmp(kept_lists[i].name, name) == 0 && strcmp(kept_lists[i].node, node->name) == 0) {
            return sizes_object(kept_lists[i].value, kept_lists[i].count, 0);
        }
    }
    return NULL;
}

/* Which of two operations that PyTorch has as one. */
static const struct {
    enum op_id op;
    const char *name, *word;
} kept_words[] = {
    { OP_GELU, "approximate", "none" },
    { OP_GELU_TANH, "approximate", "tanh" },
};

static PyObject *find_word(const struct node *node, const char *name)
{
    for (size_t i = 0; node->op && i < sizeof(kept_words) / sizeof(*kept_words); i++) {
        if (kept_words[i].op == node->op->id && strcmp(kept_words[i].name, name) == 0) {
            return PyUnicode_FromString(kept_words[i].word);
        }
    }
    return NULL;
}

/* What a split into given sizes was told: the sizes of its outputs. */
static PyObject *split_sizes(const struct node *node)
{
    PyObject *sizes = PyTuple_New(node->output_count);
    for (int i = 0; sizes && i < node->output_count; i++) {
        PyObject *size = integer_object(node->outputs[i].shape.size[node->attrs.dim]);
        if (!size) {
            Py_DECREF(sizes);
            return NULL;
        }
        PyTuple_SET_ITEM(sizes, i, size);
    }
    return sizes;
}

PyObject *node_saved_object(struct face *face, struct node *node, const char *name)
{
    const int slot = find_slot(node, name);
    if (slot >= 0) {
        return node->op && node->op->saves[slot].is_list ? list_object(face, node, slot)
                                                         : slot_object(face, node, slot);
    }
    if (node->op && node->op->id == OP_SPLIT_WITH_SIZES && strcmp(name, "split_sizes") == 0) {
        return split_sizes(node);
    }
    const int attr = find_attribute(node, name);
    if (attr >= 0) {
        const bool given = node->attrs.present & (UINT64_C(1) << attr);
        return given ? attribute_object(node, attr) : absent_attribute(attr);
    }
    const struct kept_shape *shape = find_shape(node, name);
    if (shape) {
        return shape_object(node, shape);
    }
    PyObject *word = find_word(node, name);
    PyObject *list = word || PyErr_Occurred() ? word : find_list(node, name);
    return list || PyErr_Occurred() ? list : find_flag(node, name);
}

const char *node_saved_attribute(const struct node *node, size_t number)
{
    size_t found = 0;
    for (int i = 0; i < ATTR_COUNT; i++) {
        if (keeps_attribute(node, i) && found++ == number) {
            return attribute_name(node, i);
        }
    }
    for (size_t i = 0; i < sizeof(kept_shapes) / sizeof(*kept_shapes); i++) {
        if (strcmp(kept_shapes[i].node, node->name) == 0 && found++ == number) {
            return kept_shapes[i].name;
        }
    }
    for (size_t i = 0; i < sizeof(kept_flags) / sizeof(*kept_flags); i++) {
        if (strcmp(kept_flags[i].node, node->name) == 0 && found++ == number) {
            return kept_flags[i].name;
        }
    }
    for (size_t i = 0; i < sizeof(kept_lists) / sizeof(*kept_lists); i++) {
        if (strcmp(kept_lists[i].node, node->name) == 0 && found++ == number) {
            return kept_lists[i].name;
        }
    }
    for (size_t i = 0; node->op && i < sizeof(kept_words) / sizeof(*kept_words); i++) {
        if (kept_words[i].op == node->op->id && found++ == number) {
            return kept_words[i].name;
        }
    }
    return NULL;
}
