"""What scripts switch in torch itself, and what other modules of it lend their names to."""

import types as _types
from operator import index as _index

import torch.linalg as _linalg
from torch.amp import autocast  # noqa: F401

_svd = _linalg._result("svd", ("U", "S", "V"))

_settings = {"deterministic": False, "precision": "highest", "threads": 1}


def use_deterministic_algorithms(mode, *, warn_only=False):
    """Every algorithm here is: the same numbers in every run."""
    _settings["deterministic"] = not not mode


def are_deterministic_algorithms_enabled():
    return _settings["deterministic"]


def set_float32_matmul_precision(precision):
    """Matrices are multiplied in full float32, whatever is allowed."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"Invalid value for precision: {precision}")
    _settings["precision"] = precision


def get_float32_matmul_precision():
    return _settings["precision"]


def get_num_threads():
    return _settings["threads"]


def set_num_threads(count):
    """Results do not depend on it, and small tensors are computed by one thread anyway."""
    count = _index(count)
    if count <= 0:
        raise RuntimeError("Expected nthreads > 0 to be true, but got false.")
    _settings["threads"] = count


def svd(input, some=True, compute_uv=True):
    """U, S, V as it was before torch.linalg.svd."""
    u, s, vh = _linalg.svd(input, full_matrices=not some)
    return _svd(u, s, vh.transpose(-2, -1))


def pinverse(input, rcond=1e-15):
    return _linalg.pinv(input, rtol=rcond)


version = _types.SimpleNamespace(cuda=None, hip=None, __version__="2.6.0+gradlight")
