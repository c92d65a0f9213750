/* torch.nn.functional.scaled_dot_product_attention. The module around it is Python. */
#include "engine/nn/attention.h"
#include "lessons/torch/functions.h"

enum { QUERY, KEY, VALUE, MASK, DROPOUT, CAUSAL, SCALE, GQA };

static PyObject *call_attention(struct call *call)
{
    struct nn_attention how = { .dropout = 0 };
    struct tensor *query = argument_tensor(call, QUERY);
    struct tensor *key = query ? argument_tensor(call, KEY) : NULL;
    struct tensor *value = key ? argument_tensor(call, VALUE) : NULL;
    bool shares_heads = false;
    struct error err;
    if (!value || !argument_tensor_or_none(call, MASK, &how.mask) ||
        !argument_real(call, DROPOUT, &how.dropout) || !argument_bool(call, CAUSAL, &how.causal) ||
        !argument_real(call, SCALE, &how.scale) || !argument_bool(call, GQA, &shares_heads)) {
        return NULL;
    }
    if (shares_heads) {
        return PyErr_Format(PyExc_NotImplementedError,
                            "%s(enable_gqa=True) is not supported by Gradlight", call->row->name);
    }
    if (how.dropout < 0 || how.dropout > 1) {
        return PyErr_Format(PyExc_RuntimeError,
                            "dropout probability has to be between 0 and 1, but got %S",
                            call->arguments[DROPOUT]);
    }
    how.has_scale = argument_given(call, SCALE);
    return function_result(call, nn_attention(call->face->engine, &how, query, key, value, &err),
                           &err);
}

const struct function_row attention_rows[] = {
    { "scaled_dot_product_attention",
      { "query", "key", "value", "attn_mask", "dropout_p", "is_causal", "scale", "enable_gqa" },
      .required = 3,
      .keyword_only = 6,
      .call = call_attention,
      .places = PLACE_FUNCTIONAL },
    { .name = NULL },
};
