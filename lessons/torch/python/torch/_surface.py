"""The list of `gradlight doctor --torch`: every public name of this torch and torchvision, as its tables
and classes have it, and what is known to be missing."""

import sys
import textwrap

import torch
import torchvision
from torch._usual import USUAL

WIDTH = 98


def has(place):
    """The public names of a module or class; asking for a name first runs what it has in Python."""
    getattr(place, "__all__", None)
    return sorted((name for name in dir(place) if not name.startswith("_")), key=str.lower)


def areas():
    """(name, what is there): the modules, and the class of tensors after the first."""
    modules = sorted(name for name in sys.modules
                     if name.split(".")[0] in ("torch", "torchvision") and "._" not in name
                     and sys.modules[name].__name__ == name)  # not one that stands elsewhere too
    for area in modules:
        module = sys.modules[area]
        yield area, [name for name in has(module) if belongs(module, area, name)]
        if area == "torch":
            yield "torch.Tensor", has(torch.Tensor)


def belongs(module, area, name):
    """Not what a part has only borrowed: from Python's library, or from another part."""
    value = getattr(module, name)
    if name in getattr(module, "__all__", ()):
        return True
    if isinstance(value, type(sys)):
        return value.__name__ == f"{area}.{name}"
    if type(value) is type(torch.tensor):
        return True  # a row of a table, which is put where it belongs
    home = getattr(value, "__module__", None)
    return home.startswith(area) if home else area == "torch"


def block(label, names):
    return textwrap.wrap(f"{label:8}" + " ".join(names), WIDTH, subsequent_indent=" " * 8,
                         break_long_words=False, break_on_hyphens=False)


def lines():
    present = dict(areas())
    for area, names in present.items():
        lacks = [name for name in USUAL.get(area, "").split() if name not in names]
        if not names:
            continue
        yield f"{area}: {len(names)} names"
        yield from block("has", names)
        if lacks:
            yield from block("lacks", lacks)
        yield ""
    for area in USUAL:
        if area not in present:
            yield f"{area}: not supported"
    yield "Whatever is not listed here raises an AttributeError that names it."


def text():
    return "\n".join(lines())
