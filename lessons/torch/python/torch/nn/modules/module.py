"""Generators over the lists that Module's methods make, which show themselves as PyTorch's do, and
what load_state_dict returns."""

from collections import namedtuple


class Generators:
    def parameters(found):
        yield from found

    def named_parameters(found):
        yield from found

    def buffers(found):
        yield from found

    def named_buffers(found):
        yield from found

    def children(found):
        yield from found

    def named_children(found):
        yield from found

    def modules(found):
        yield from found

    def named_modules(found):
        yield from found


for _function in vars(Generators).copy().values():
    if callable(_function):
        _function.__qualname__ = "Module." + _function.__name__


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__
