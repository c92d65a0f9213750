"""What scripts switch in torch itself, and what other modules of it lend their names to."""

import types as _types

from torch.amp import autocast  # noqa: F401

_settings = {"deterministic": False, "precision": "highest"}


def use_deterministic_algorithms(mode, *, warn_only=False):
    """Every algorithm here is: the same numbers in every run."""
    _settings["deterministic"] = bool(mode)


def are_deterministic_algorithms_enabled():
    return _settings["deterministic"]


def set_float32_matmul_precision(precision):
    """Matrices are multiplied in full float32, whatever is allowed."""
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(f"Invalid value for precision: {precision}")
    _settings["precision"] = precision


def get_float32_matmul_precision():
    return _settings["precision"]


version = _types.SimpleNamespace(cuda=None, hip=None, __version__="2.6.0+gradlight")
