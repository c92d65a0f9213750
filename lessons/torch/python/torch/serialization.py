"""The classes and functions that stand in files of whole objects: how they are named there, which of
them torch.load(weights_only=True) may take, and what an object that is not torch's is made of."""

import contextlib as _contextlib
import copyreg as _copyreg
import sys as _sys
import _codecs
import _compat_pickle
from pickle import PicklingError as _PicklingError

import torch as _torch
from torch import load, save  # noqa: F401

__all__ = ["load", "save", "add_safe_globals", "clear_safe_globals", "get_safe_globals",
           "safe_globals"]

_safe = []


def add_safe_globals(safe_globals):
    """Classes and functions that torch.load(weights_only=True) takes from a file, too."""
    _safe.extend(found for found in safe_globals if found not in _safe)


def clear_safe_globals():
    _safe.clear()


def get_safe_globals():
    return list(_safe)


@_contextlib.contextmanager
def _allowing(names):
    before = list(_safe)
    add_safe_globals(names)
    try:
        yield
    finally:
        _safe[:] = before


class safe_globals:
    """with torch.serialization.safe_globals([Net]): torch.load(...)"""

    def __init__(self, safe_globals):
        self._allowing = _allowing(safe_globals)

    def __enter__(self):
        self._allowing.__enter__()

    def __exit__(self, *exception):
        self._allowing.__exit__(*exception)


# ---- names -------------------------------------------------------------------------------------

# Where PyTorch has in C what is a plain function here.
_IN_C = {"torch._C._nn": "torch.nn.functional", "torch._C": "torch"}


def _at(module, name):
    """What a dotted name of a module means. AttributeError or ImportError if nothing."""
    __import__(module)
    found = _sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _home(function):
    """The module in which a function of ours stands under its name."""
    for module in ("torch.nn.functional", "torch", "torch.nn.init"):
        if vars(_sys.modules[module]).get(function.__name__) is function:
            return module
    return function.__module__


def _named(function):
    """What pickle makes a function of ours from."""
    return _at, (_home(function), function.__name__)


def _written(found):
    """(module, name) of a class or function in a pickle of protocol 2."""
    name = getattr(found, "__qualname__", None) or found.__name__
    if "<locals>" in name:
        raise AttributeError(f"Can't pickle local object '{name}'")
    ours = type(found) is type(_torch.tensor)
    module = _home(found) if ours else getattr(found, "__module__", None) or "builtins"
    try:
        there = _at(module, name)
    except (ImportError, AttributeError):
        raise _PicklingError(f"Can't pickle {found!r}: attribute lookup {name} on {module} "
                             "failed") from None
    if there is not found:
        raise _PicklingError(f"Can't pickle {found!r}: it's not the same object as "
                             f"{module}.{name}")
    if (module, name) in _compat_pickle.REVERSE_NAME_MAPPING:
        return _compat_pickle.REVERSE_NAME_MAPPING[module, name]
    return _compat_pickle.REVERSE_IMPORT_MAPPING.get(module, module), name


class _Functions:
    """How PyTorch names the class that has the functions of torch."""


def _function_of(owner, name):
    """getattr, for torch.relu and its kin alone."""
    found = getattr(_torch, name) if owner is _Functions else None
    if type(found) is not type(_torch.tensor) or name in ("load", "save"):
        raise AttributeError(f"a file asks for {name!r}, which is no function of torch")
    return found


def _found(module, name, whole):
    """What (module, name) of a pickle means, and None where it may not be taken: of whole objects the
    classes and functions of the lesson, of torch, numpy and Python's own data types."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        module, name = _compat_pickle.NAME_MAPPING[module, name]
    module = _compat_pickle.IMPORT_MAPPING.get(module, module)
    if (module, name) in _PLAIN:
        return _at(module, name)
    for found in _safe:
        if module == getattr(found, "__module__", None) and name == found.__qualname__:
            return found
    if whole and (module, name) in _RENAMED:
        return _RENAMED[module, name]
    if not whole or not _may_stand(module):
        return None
    found = _at(_IN_C.get(module, module), name)
    fits = isinstance(found, type) or _is_function_of(found, module)
    return found if fits and _may_be(found, module, name) else None


def _may_stand(module):
    """Whether a name is looked for there at all: nothing is imported for a file's sake."""
    return (module.partition(".")[0] in ("builtins", "torch", "torchvision", "numpy")
            or module in _MADE_BY or module in _TYPES_OF or _is_lesson(module)
            or module in {home for home, _ in _ALONE})


def _is_function_of(found, module):
    """A lesson's `from os import system` does not make it a function of the lesson."""
    if not callable(found):
        return False
    if type(found) is type(_torch.tensor) or module in _MADE_BY:
        return True
    return (getattr(found, "__module__", None) or "").partition(".")[0] == module.partition(".")[0]


_RENAMED = {("builtins", "getattr"): _function_of,
            ("torch._C", "_VariableFunctionsClass"): _Functions}
# Taken from any file.
_PLAIN = {("builtins", "set"), ("builtins", "bytearray"), ("builtins", "complex"),
          ("_codecs", "encode")}
# Modules whose functions make objects of theirs and do nothing else.
_MADE_BY = {"numpy.core.multiarray", "numpy._core.multiarray", "copyreg", "functools"}
_TYPES_OF = {"collections", "datetime", "decimal", "fractions", "pathlib", "uuid"}
_BUILTINS = {"bool", "bytes", "dict", "float", "frozenset", "int", "list", "object", "range",
             "slice", "str", "tuple", "len", "max", "min", "sum", "abs", "round"}
_ALONE = {("types", "SimpleNamespace"), ("argparse", "Namespace"), ("random", "Random")}


def _may_be(found, module, name):
    """Whether a file may name it: nothing that opens files or makes code."""
    if module == "builtins":
        return name in _BUILTINS or (isinstance(found, type) and issubclass(found, Exception))
    if module in _MADE_BY or module in _TYPES_OF or (module, name) in _ALONE:
        return True
    package = module.partition(".")[0]
    if package == "numpy":
        return isinstance(found, type) and _is_of_numpy(found)
    if package in ("torch", "torchvision"):
        return isinstance(found, type) or name not in ("load", "save")
    return _is_lesson(module)


def _is_of_numpy(found):
    import numpy
    return found is numpy.ndarray or issubclass(found, (numpy.generic, numpy.dtype))


def _is_lesson(module):
    """__main__, and files beside the lesson: what it has imported that is no package of Python's."""
    if module == "__main__":
        return True
    name = module.partition(".")[0]
    return module in _sys.modules and name not in _sys.stdlib_module_names


# ---- objects -----------------------------------------------------------------------------------

def _pieces(made):
    """A tuple of exactly (function, arguments, state, list of items, list of pairs)."""
    function, arguments, *rest = made
    state, items, pairs = (rest + [None] * 3)[:3]
    return (function, arguments, state, None if items is None else list(items),
            None if pairs is None else list(pairs))


def _reduced(found):
    """What an object is made of: see _pieces; or the (module, name) of a class or function."""
    kind = type(found)
    if isinstance(found, type) or kind is type(_torch.tensor) or kind in _FUNCTIONS:
        return _written(found)
    if kind is bytes:
        return _pieces((_codecs.encode, (found.decode("latin-1"), "latin-1")) if found
                       else (bytes, ()))
    if kind is bytearray:
        return _pieces((bytearray, (bytes(found),) if found else ()))
    made = (_copyreg.dispatch_table[kind](found) if kind in _copyreg.dispatch_table
            else found.__reduce_ex__(2))
    if isinstance(made, str):
        return getattr(found, "__module__", None) or "__builtin__", made
    return _pieces(made)


_FUNCTIONS = {type(_reduced), type(len)}


def _made(function):
    """Whether it is how Python makes an object of a class without calling __init__."""
    return function is _copyreg.__newobj__


def _built(found, state):
    """Gives an object the state that it was written with."""
    set_state = getattr(found, "__setstate__", None)
    if set_state is not None:
        set_state(state)
        return
    plain, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    for name, value in (plain or {}).items():
        found.__dict__[_sys.intern(name)] = value
    for name, value in (slots or {}).items():
        setattr(found, name, value)
