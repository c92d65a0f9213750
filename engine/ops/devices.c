/* Operands of an operation must live on one device. Which ones are looked at, and what the refusal
 * says, depends on the operation in PyTorch, and so it does here. */
#include "engine/ops/devices.h"

#include <stdio.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/tensor/print.h"

/* Operations that PyTorch checks operand by operand, none of them excused; the names of method and
 * operands are part of what it says. Of one in place the method has a _, before its overload's name. */
static const struct checked {
    enum op_id op;
    const char *method;
    const char *names[5];
    const char *overload;
    int first; /* the operand whose device is right */
} checked[] = {
    { .op = OP_ADDMM, .method = "addmm", .names = { "self", "mat1", "mat2" } },
    { .op = OP_MM, .method = "mm", .names = { "self", "mat2" } },
    { .op = OP_BMM, .method = "bmm", .names = { "self", "mat2" } },
    { .op = OP_BADDBMM, .method = "baddbmm", .names = { "self", "batch1", "batch2" } },
    { .op = OP_DOT, .method = "_dot", .names = { "self", "tensor" } },
    { .op = OP_VDOT, .method = "_vdot", .names = { "self", "other" } },
    /* PyTorch makes the result where the vector is, and adds to it in place. */
    { .op = OP_MV, .method = "addmv_", .names = { "mat", "vec" }, .first = 1 },
    { .op = OP_EMBEDDING, .method = "_index_select", .names = { "self", "index" } },
    { .op = OP_INDEX_SELECT, .method = "_index_select", .names = { "self", "index" } },
    { .op = OP_INDEX_ADD, .method = "index_add", .names = { "self", "index", "source" } },
    { .op = OP_INDEX_COPY, .method = "index_copy", .names = { "self", "index", "source" } },
    { .op = OP_GATHER, .method = "gather", .names = { "self", "index" } },
    { .op = OP_SCATTER,
      .method = "scatter",
      .names = { "self", "index", "src" },
      .overload = "src" },
    { .op = OP_SCATTER_VALUE,
      .method = "scatter",
      .names = { "self", "index" },
      .overload = "value" },
    { .op = OP_SCATTER_ADD, .method = "scatter_add", .names = { "self", "index", "src" } },
    { .op = OP_TAKE, .method = "_take", .names = { "self", "index" } },
    { .op = OP_NLL_LOSS, .method = "nll_loss_forward", .names = { "self", "target", "weight" } },
    { .op = OP_NLL_LOSS_2D,
      .method = "_nll_loss2d_forward",
      .names = { "self", "target", "weight" } },
    { .op = OP_BINARY_CROSS_ENTROPY,
      .method = "_binary_cross_entropy",
      .names = { "self", "target", "weight" } },
    { .op = OP_LAYER_NORM, .method = "_native_layer_norm", .names = { "input", "weight", "bias" } },
    { .op = OP_GROUP_NORM, .method = "_native_group_norm", .names = { "input", "weight", "bias" } },
    { .op = OP_BATCH_NORM,
      .method = "_cudnn_batch_norm",
      .names = { "input", "weight", "bias", "running_mean", "running_var" } },
    { .op = OP_CONVOLUTION, .method = "_cudnn_convolution", .names = { "self", "weight", "bias" } },
};

/* Operations that bring operands together themselves, or copy between devices. */
static bool is_free(enum op_id op)
{
    return op == OP_COPY || op == OP_TO_COPY || op == OP_INDEX || op == OP_INDEX_BACKWARD;
}

static const struct tensor *operand_at(const struct op_use *use, int i)
{
    return use->in[i].kind == OPERAND_TENSOR ? use->in[i].tensor : NULL;
}

static bool all_on_one(const struct op_use *use)
{
    const struct backend *found = NULL;
    for (int i = 0; i < use->in_count; i++) {
        const struct tensor *tensor = operand_at(use, i);
        if (tensor && found && tensor_backend(tensor) != found) {
            return false;
        }
        found = tensor ? tensor_backend(tensor) : found;
    }
    return true;
}

static bool refuse(const struct backend *a, const struct backend *b, const char *where,
                   struct error *err)
{
    struct text first = { 0 }, second = { 0 };
    backend_append_name(&first, a);
    backend_append_name(&second, b);
    error_set(err,
              "Expected all tensors to be on the same device, but found at least two devices, %s "
              "and %s!%s",
              text_string(&first), text_string(&second), where);
    text_finish(&first);
    text_finish(&second);
    return false;
}

static const char *type_prefix(const struct tensor *tensor)
{
    return strcmp(tensor_backend(tensor)->impl->device, "cuda") == 0 ? "cuda." : "";
}

/* Of a convolution: CPU and CUDA are different types of tensors. */
static bool refuse_types(const struct tensor *input, const struct tensor *other, bool is_bias,
                         struct error *err)
{
    const bool on_host = type_prefix(input)[0] == '\0';
    return error_set(err,
                     "Input type (torch.%s%sTensor) and %s type (torch.%s%sTensor) should be "
                     "the same%s",
                     type_prefix(input), dtype_type_name(input->dtype), is_bias ? "bias" : "weight",
                     type_prefix(other), dtype_type_name(other->dtype),
                     !on_host ? ""
                     : is_bias
                         ? " or input should be a MKLDNN tensor and bias is a dense tensor"
                         : " or input should be a MKLDNN tensor and weight is a dense tensor");
}

static bool check_each(const struct op_use *use, const struct checked *row, struct error *err)
{
    const struct tensor *first = operand_at(use, row->first);
    for (int i = 0; i < use->in_count; i++) {
        const struct tensor *tensor = operand_at(use, i);
        if (!tensor) {
            continue;
        }
        first = first ? first : tensor;
        if (tensor_backend(tensor) == tensor_backend(first)) {
            continue;
        }
        if (row->op == OP_CONVOLUTION && type_prefix(tensor) != type_prefix(first)) {
            return refuse_types(first, tensor, i == 2, err);
        }
        char where[96];
        const char *name = i < 5 && row->names[i] ? row->names[i] : "self";
        snprintf(where, sizeof(where),
                 " (when checking argument for argument %s in method wrapper_CUDA_%s%s%s%s)", name,
                 row->method, use->in_place ? "_" : "", row->overload ? "_" : "",
                 row->overload ? row->overload : "");
        return refuse(tensor_backend(first), tensor_backend(tensor), where, err);
    }
    return true;
}

/* The device that is not the CPU's comes first; numbers on the CPU may join any. */
static bool check_alike(const struct engine *engine, const struct op_use *use, const char *where,
                        struct error *err)
{
    const struct backend *cpu = engine_cpu(engine), *common = cpu;
    for (int i = 0; i < use->in_count && common == cpu; i++) {
        common = operand_at(use, i) ? tensor_backend(operand_at(use, i)) : common;
    }
    for (int i = 0; i < use->in_count; i++) {
        const struct tensor *tensor = operand_at(use, i);
        const bool changes = use->in_place && i == 0;
        if (tensor && tensor_backend(tensor) != common &&
            (changes || tensor->shape.dims > 0 || tensor_backend(tensor) != cpu)) {
            return refuse(common, tensor_backend(tensor), where, err);
        }
    }
    return true;
}

bool op_check_devices(const struct engine *engine, const struct op_use *use, struct error *err)
{
    if (is_free(use->op) || all_on_one(use)) {
        return true;
    }
    for (size_t i = 0; i < sizeof(checked) / sizeof(*checked); i++) {
        if (checked[i].op == use->op) {
            return check_each(use, &checked[i], err);
        }
    }
    const bool joins = use->op == OP_CAT || use->op == OP_STACK;
    return check_alike(engine, use,
                       joins ? " (when checking argument for argument tensors in method "
                               "wrapper_CUDA_cat)"
                             : "",
                       err);
}
