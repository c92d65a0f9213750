/* Dimensions moved, taken apart, put together; several tensors brought to one shape. */
#include "lessons/torch/functions.h"

#include <string.h>

#include "engine/base/text.h"
#include "engine/nn/nn.h"

static PyObject *apply_attrs(const struct call *call, enum op_id op, const struct op_attrs *attrs)
{
    const struct operand in = operand_tensor(tensor_object_tensor(call->arguments[0]));
    return function_apply(call,
                          &(struct op_use){ .op = op, .in = &in, .in_count = 1, .attrs = *attrs });
}

/* ---- movedim ----------------------------------------------------------------------------------- */

static bool all_different(const struct shape *dims)
{
    for (int i = 0; i < dims->dims; i++) {
        for (int k = 0; k < i; k++) {
            if (dims->size[i] == dims->size[k]) {
                return false;
            }
        }
    }
    return true;
}

/* Where every dimension comes from once source[i] stands at destination[i] and the others, in their
 * order, fill the rest. */
static struct shape moved_order(int dims, const struct shape *source,
                                const struct shape *destination)
{
    struct shape order = { .dims = dims };
    bool placed[BACKEND_MAX_DIMS] = { false }, taken[BACKEND_MAX_DIMS] = { false };
    for (int i = 0; i < source->dims; i++) {
        order.size[destination->size[i]] = source->size[i];
        placed[destination->size[i]] = true;
        taken[source->size[i]] = true;
    }
    for (int to = 0, from = 0; to < dims; to++) {
        if (!placed[to]) {
            while (taken[from]) {
                from++;
            }
            order.size[to] = from++;
        }
    }
    return order;
}

static PyObject *call_movedim(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct shape source = { 0 }, destination = { 0 };
    bool given;
    if (!input || !argument_dims(call, 1, input->shape.dims, &source, &given) ||
        !argument_dims(call, 2, input->shape.dims, &destination, &given)) {
        return NULL;
    }
    if (source.dims != destination.dims) {
        return PyErr_Format(PyExc_RuntimeError,
                            "movedim: Invalid source or destination dims: source (%d dims) should "
                            "contain the same number of dims as destination (%d dims)",
                            source.dims, destination.dims);
    }
    if (!all_different(&source) || !all_different(&destination)) {
        PyErr_Format(PyExc_RuntimeError, "movedim: repeated dim in `%s`",
                     all_different(&source) ? "destination" : "source");
        return NULL;
    }
    if (input->shape.dims == 0) {
        return Py_NewRef(call->arguments[0]);
    }
    const struct op_attrs attrs = { .present = ATTR(DIMS),
                                    .dims = moved_order(input->shape.dims, &source, &destination) };
    return apply_attrs(call, OP_PERMUTE, &attrs);
}

/* Of matrices, the last two dimensions. */
static PyObject *call_adjoint(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    if (!input) {
        return NULL;
    }
    const int dims = input->shape.dims;
    if (dims < 2) {
        return PyErr_Format(PyExc_RuntimeError,
                            "tensor.adjoint() is only supported on matrices or batches of "
                            "matrices. Got %d-D tensor.",
                            dims);
    }
    const struct op_attrs attrs = { .present = ATTR(DIM0) | ATTR(DIM1),
                                    .from_end = ATTR(DIM0) | ATTR(DIM1),
                                    .dim0 = dims - 2,
                                    .dim1 = dims - 1 };
    return apply_attrs(call, OP_TRANSPOSE, &attrs);
}

/* ---- flat and not ------------------------------------------------------------------------------ */

static PyObject *call_ravel(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    struct error err;
    return input ? function_result(
                       call,
                       nn_reshape(call->face->engine, input, &(struct shape){ 1, { -1 } }, &err),
                       &err)
                 : NULL;
}

static PyObject *refuse_sizes(const struct shape *sizes, int64_t dim, int64_t length)
{
    struct text text = { 0 };
    shape_append(&text, sizes);
    PyErr_Format(PyExc_RuntimeError,
                 "unflatten: Provided sizes %s don't multiply up to the size of dim %lld (%lld) in "
                 "the input tensor",
                 text_string(&text), (long long)dim, (long long)length);
    text_finish(&text);
    return NULL;
}

/* Dimension `dim` becomes several, one of which may be -1. */
static PyObject *call_unflatten(struct call *call)
{
    const struct tensor *input = argument_tensor(call, 0);
    struct op_attrs attrs = { .present = ATTR(SIZE) };
    struct shape sizes, parts;
    int64_t dim = 0;
    if (!input || !argument_dim(call, 1, input->shape.dims, &dim) ||
        !argument_size(call, 2, &sizes)) {
        return NULL;
    }
    if (sizes.dims == 0) {
        PyErr_SetString(PyExc_RuntimeError, "unflatten: sizes must be non-empty");
        return NULL;
    }
    const int64_t length = input->shape.dims > 0 ? input->shape.size[dim] : 1;
    if (!shape_infer(&sizes, length, &parts, NULL)) {
        return refuse_sizes(&sizes, dim, length);
    }
    if (input->shape.dims - 1 + parts.dims > BACKEND_MAX_DIMS) {
        return PyErr_Format(PyExc_RuntimeError,
                            "tensors with more than %d dimensions are not supported by Gradlight",
                            BACKEND_MAX_DIMS);
    }
    for (int d = 0; d < input->shape.dims || d == 0; d++) {
        for (int k = 0; d == dim && k < parts.dims; k++) {
            attrs.size.size[attrs.size.dims++] = parts.size[k];
        }
        if (d != dim) {
            attrs.size.size[attrs.size.dims++] = input->shape.size[d];
        }
    }
    return apply_attrs(call, OP_VIEW, &attrs);
}

/* ---- several tensors --------------------------------------------------------------------------- */

static PyObject *finish_grids(const struct call *call, struct tensor_list *list, bool columns_first)
{
    struct nn_parts grids;
    struct error err;
    const bool ok =
        nn_meshgrid(call->face->engine, list->items, list->count, columns_first, &grids, &err);
    PyMem_Free(list->items);
    return ok ? tensor_objects(call->face, &grids) : torch_raise(&err);
}

/* meshgrid(a, b, indexing="ij" or "xy") */
static PyObject *call_meshgrid(struct call *call)
{
    struct tensor_list list;
    const char *indexing = "ij";
    if (argument_given(call, 1)) {
        indexing =
            PyUnicode_Check(call->arguments[1]) ? PyUnicode_AsUTF8(call->arguments[1]) : NULL;
        if (!indexing) {
            argument_refuse(call, 1, "str");
            return NULL;
        }
    } else if (PyErr_WarnEx(PyExc_UserWarning,
                            "torch.meshgrid: in an upcoming release, it will be required to pass "
                            "the indexing argument.",
                            1) != 0) {
        return NULL;
    }
    if (strcmp(indexing, "ij") != 0 && strcmp(indexing, "xy") != 0) {
        return PyErr_Format(PyExc_RuntimeError,
                            "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but "
                            "received: %s",
                            indexing);
    }
    return argument_tensors(call, 0, &list) ? finish_grids(call, &list, indexing[0] == 'x') : NULL;
}

static bool common_shape(const struct tensor_list *list, struct shape *out)
{
    struct error err;
    *out = (struct shape){ 0 };
    for (int i = 0; i < list->count; i++) {
        const struct shape before = *out;
        if (!shape_broadcast(&before, &list->items[i]->shape, out, &err)) {
            torch_raise(&err);
            return false;
        }
    }
    return true;
}

static PyObject *call_broadcast_tensors(struct call *call)
{
    struct tensor_list list;
    struct nn_parts parts;
    struct error err;
    struct op_use use = { .op = OP_EXPAND, .in_count = 1, .attrs = { .present = ATTR(SIZE) } };
    if (!argument_tensors(call, 0, &list)) {
        return NULL;
    }
    bool ok = common_shape(&list, &use.attrs.size) && nn_parts_begin(&parts, list.count);
    for (int i = 0; ok && i < list.count; i++) {
        const struct operand in = operand_tensor(list.items[i]);
        use.in = &in;
        parts.items[i] = op_apply_one(call->face->engine, &use, &err);
        ok = parts.items[i] != NULL;
        parts.count += ok;
        if (!ok) {
            torch_raise(&err);
            nn_parts_finish(&parts);
        }
    }
    PyMem_Free(list.items);
    return ok ? tensor_objects(call->face, &parts) : NULL;
}

/* Every combination of elements of the vectors, in rows. */
static PyObject *call_cartesian_prod(struct call *call)
{
    struct engine *engine = call->face->engine;
    struct tensor_list list;
    struct nn_parts grids;
    struct error err;
    if (!argument_tensors(call, 0, &list)) {
        return NULL;
    }
    struct tensor *only = list.count == 1 ? tensor_ref(list.items[0]) : NULL;
    bool ok = only || nn_meshgrid(engine, list.items, list.count, false, &grids, &err);
    PyMem_Free(list.items);
    if (only || !ok) {
        return only ? tensor_object_take(call->face, only, NULL) : torch_raise(&err);
    }
    for (int i = 0; ok && i < grids.count; i++) {
        struct tensor *line =
            nn_reshape(engine, grids.items[i], &(struct shape){ 1, { -1 } }, &err);
        ok = line != NULL;
        if (ok) {
            tensor_unref(grids.items[i]);
            grids.items[i] = line;
        }
    }
    struct tensor *rows = ok ? nn_stack(engine, grids.items, grids.count, 1, &err) : NULL;
    nn_parts_finish(&grids);
    return function_result(call, rows, &err);
}

/* ---- tensor_split and its kin -------------------------------------------------------------------- */

/* One slice for each part; `cuts` are where all but the first begin. Takes the cuts. */
static PyObject *sliced(const struct call *call, struct tensor *input, int64_t *cuts, int count,
                        int64_t dim)
{
    struct nn_parts parts;
    struct error err;
    const struct operand in = operand_tensor(input);
    bool ok = nn_parts_begin(&parts, count + 1);
    for (int i = 0; ok && i <= count; i++) {
        const struct op_attrs attrs = { .present = ATTR(DIM) | ATTR(START) | ATTR(END) | ATTR(STEP),
                                        .dim = dim,
                                        .start = i > 0 ? cuts[i - 1] : 0,
                                        .end = i < count ? cuts[i] : input->shape.size[dim],
                                        .step = 1 };
        parts.items[i] = op_apply_one(
            call->face->engine,
            &(struct op_use){ .op = OP_SLICE, .in = &in, .in_count = 1, .attrs = attrs }, &err);
        ok = parts.items[i] != NULL;
        parts.count += ok;
    }
    PyMem_Free(cuts);
    if (!ok) {
        nn_parts_finish(&parts);
        return torch_raise(&err);
    }
    return tensor_objects(call->face, &parts);
}

/* Where `sections` parts begin, the first ones longer by one where it does not come out even. */
static PyObject *split_evenly(const struct call *call, struct tensor *input, int64_t sections,
                              int64_t dim)
{
    const int64_t length = input->shape.size[dim];
    if (sections <= 0 || sections > 1 << 20) {
        return PyErr_Format(PyExc_RuntimeError,
                            "number of sections must be larger than 0, got %lld",
                            (long long)sections);
    }
    int64_t *cuts = PyMem_New(int64_t, (size_t)sections);
    if (!cuts) {
        return PyErr_NoMemory();
    }
    for (int64_t i = 1; i < sections; i++) {
        cuts[i - 1] = i * (length / sections) + (i < length % sections ? i : length % sections);
    }
    return sliced(call, input, cuts, (int)sections - 1, dim);
}

static PyObject *split_along(const struct call *call, struct tensor *input, int64_t dim)
{
    PyObject *where = call->arguments[1];
    int64_t *cuts, sections = 0;
    int count;
    if (input->shape.dims == 0) {
        return PyErr_Format(PyExc_RuntimeError,
                            "%s expected at least a 1-dimensional tensor, but got a tensor with 0 "
                            "dims",
                            call->row->name);
    }
    if (integers_of(where, &cuts, &count)) {
        return sliced(call, input, cuts, count, dim);
    }
    return argument_integer(call, 1, &sections) ? split_evenly(call, input, sections, dim) : NULL;
}

static PyObject *call_tensor_split(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    int64_t dim = 0;
    return input && argument_dim(call, 2, input->shape.dims, &dim) ? split_along(call, input, dim)
                                                                   : NULL;
}

/* hsplit, vsplit, dsplit: the first letter says along which dimension. */
static PyObject *call_split_one(struct call *call)
{
    struct tensor *input = argument_tensor(call, 0);
    const char letter = call->row->name[0];
    const int least = letter == 'h' ? 1 : letter == 'v' ? 2 : 3;
    struct number sections;
    if (!input) {
        return NULL;
    }
    if (input->shape.dims < least) {
        return PyErr_Format(PyExc_RuntimeError,
                            "torch.%s requires a tensor with at least %d dimension%s, but got a "
                            "tensor with %d dimensions!",
                            call->row->name, least, least > 1 ? "s" : "", input->shape.dims);
    }
    const int dim = letter == 'd' ? 2 : letter == 'v' || input->shape.dims == 1 ? 0 : 1;
    if (number_of(call->arguments[1], &sections) && sections.kind == NUMBER_INTEGER &&
        (sections.integer <= 0 || input->shape.size[dim] % sections.integer != 0)) {
        return PyErr_Format(PyExc_RuntimeError,
                            "torch.%s attempted to split along dimension %d, but the size of the "
                            "dimension %lld is not divisible by the split_size %lld!",
                            call->row->name, dim, (long long)input->shape.size[dim],
                            (long long)sections.integer);
    }
    return split_along(call, input, dim);
}

/* ---- the table --------------------------------------------------------------------------------- */

enum { BOTH = PLACE_METHOD | PLACE_TORCH };

#define MOVEDIM { "input", "source", "destination" }, .required = 3, .call = call_movedim
#define SPLIT { "input", "indices_or_sections" }, .required = 2, .call = call_split_one
#define ALL_TENSORS(function) \
    { "tensors" }, .required = 0, .collects = 1, .call = function, .places = PLACE_TORCH

const struct function_row dims_rows[] = {
    { "movedim", MOVEDIM, .places = BOTH },
    { "moveaxis", MOVEDIM, .places = BOTH },
    { "adjoint", { "input" }, .required = 1, .call = call_adjoint, .places = BOTH },
    { "ravel", { "input" }, .required = 1, .call = call_ravel, .places = BOTH },
    { "unflatten",
      { "input", "dim", "sizes" },
      .required = 3,
      .call = call_unflatten,
      .places = BOTH },
    { "meshgrid",
      { "tensors", "indexing" },
      .collects = 1,
      .keyword_only = 1,
      .call = call_meshgrid,
      .places = PLACE_TORCH },
    { "broadcast_tensors", ALL_TENSORS(call_broadcast_tensors) },
    { "cartesian_prod", ALL_TENSORS(call_cartesian_prod) },
    { "tensor_split",
      { "input", "indices_or_sections", "dim" },
      .required = 2,
      .call = call_tensor_split,
      .places = BOTH },
    { "hsplit", SPLIT, .places = BOTH },
    { "vsplit", SPLIT, .places = BOTH },
    { "dsplit", SPLIT, .places = BOTH },
    { .name = NULL },
};
