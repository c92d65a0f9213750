"""Switches that scripts set. Matrices are always multiplied in full float32."""

import types as _types


def is_built():
    from torch import cuda
    return cuda.is_available()


matmul = globals().get("matmul", _types.SimpleNamespace(
    allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True))
