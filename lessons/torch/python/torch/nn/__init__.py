"""Containers of torch.nn that are mappings and lists, and the layers that are written in Python."""

from collections import OrderedDict as _OrderedDict
from collections.abc import Iterable as _Iterable, Mapping as _Mapping

import torch as _torch
from torch.nn import Module as _Module, Parameter as _Parameter
from torch.nn.modules.adaptive import AdaptiveLogSoftmaxWithLoss  # noqa: F401
from torch.nn.modules.lazy import (  # noqa: F401
    LazyBatchNorm1d, LazyBatchNorm2d, LazyConv1d, LazyConv2d, LazyConvTranspose1d,
    LazyConvTranspose2d, LazyLinear)
from torch.nn.modules.more import (  # noqa: F401
    CTCLoss, EmbeddingBag, Fold, GaussianNLLLoss, InstanceNorm1d, InstanceNorm2d, InstanceNorm3d, LPPool1d,
    LPPool2d, MultiLabelMarginLoss, MultiLabelSoftMarginLoss, MultiMarginLoss, PixelShuffle, PixelUnshuffle, PoissonNLLLoss, RReLU,
    TripletMarginWithDistanceLoss, Unfold, Upsample, UpsamplingBilinear2d, UpsamplingNearest2d)
from torch.nn.modules.rnn import (GRU, GRUCell, LSTM, LSTMCell, RNN, RNNBase, RNNCell,  # noqa: F401
                                  RNNCellBase)
from torch.nn.parallel import DataParallel  # noqa: F401
from torch.nn.modules.transformer import (  # noqa: F401
    MultiheadAttention, NonDynamicallyQuantizableLinear, Transformer, TransformerDecoder,
    TransformerDecoderLayer, TransformerEncoder, TransformerEncoderLayer)


def _pairs(owner, given):
    """The (key, value) pairs of a mapping, or of an iterable of pairs."""
    if not isinstance(given, _Iterable):
        raise TypeError(f"{owner}.update should be called with an iterable of key/value pairs, "
                        f"but got {type(given).__name__}")
    if isinstance(given, (_Mapping, ModuleDict, ParameterDict)):
        yield from given.items()
        return
    for index, pair in enumerate(given):
        if not isinstance(pair, _Iterable):
            raise TypeError(f"{owner} update sequence element #{index} should be Iterable; "
                            f"is{type(pair).__name__}")
        pair = list(pair)
        if len(pair) != 2:
            raise ValueError(f"{owner} update sequence element #{index} has length {len(pair)}; "
                             "2 is required")
        yield pair


class ModuleDict(_Module):
    __module__ = "torch.nn.modules.container"

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key):
        return self._modules[key]

    def __setitem__(self, key, module):
        self.add_module(key, module)

    def __delitem__(self, key):
        if key not in self._modules:
            raise KeyError(key)
        delattr(self, key)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules)

    def __contains__(self, key):
        return key in self._modules

    def clear(self):
        for key in list(self._modules):
            delattr(self, key)

    def pop(self, key):
        module = self[key]
        del self[key]
        return module

    def keys(self):
        return self._modules.keys()

    def items(self):
        return self._modules.items()

    def values(self):
        return self._modules.values()

    def update(self, modules):
        for key, module in _pairs("ModuleDict", modules):
            self[key] = module


def _line(key, value, kind):
    if not isinstance(value, _torch.Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    name = "Parameter" if isinstance(value, _Parameter) else "Tensor"
    size = "x".join(str(n) for n in value.size())
    return f"  ({key}): {name} containing: [{kind(value)} of size {size}]"


def _kept(value):
    """A tensor becomes a Parameter."""
    is_plain = isinstance(value, _torch.Tensor) and not isinstance(value, _Parameter)
    return _Parameter(value) if is_plain else value


class ParameterList(_Module):
    __module__ = "torch.nn.modules.container"

    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        if values is not None:
            self += values

    def _key(self, index):
        index = index.__index__()
        if not -self._size <= index < self._size:
            raise IndexError(f"index {index} is out of range")
        return str(index % self._size)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)([getattr(self, str(i)) for i in range(*index.indices(self._size))])
        return getattr(self, self._key(index))

    def __setitem__(self, index, value):
        setattr(self, self._key(index), _kept(value))

    def __len__(self):
        return self._size

    def __iter__(self):
        return iter(self[i] for i in range(self._size))

    def __iadd__(self, values):
        return self.extend(values)

    def append(self, value):
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values):
        if not isinstance(values, _Iterable) or isinstance(values, _torch.Tensor):
            raise TypeError("ParameterList.extend should be called with an iterable, but got "
                            + type(values).__name__)
        for value in values:
            self.append(value)
        return self

    def extra_repr(self):
        return "\n".join(_line(i, value, lambda t: t.dtype) for i, value in enumerate(self))

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(_Module):
    __module__ = "torch.nn.modules.container"

    def __init__(self, parameters=None):
        super().__init__()
        self._keys = {}
        if parameters is not None:
            self.update(parameters)

    @staticmethod
    def _attribute(key):
        if not isinstance(key, str):
            raise TypeError("Index given to ParameterDict cannot be used as a key as it is not a "
                            f"string (type is '{type(key).__name__}'). Open an issue on github if "
                            "you need non-string keys.")
        return key

    def __getitem__(self, key):
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, self._attribute(key))

    def __setitem__(self, key, value):
        setattr(self, self._attribute(key), _kept(value))
        self._keys[key] = None

    def __delitem__(self, key):
        del self._keys[key]
        delattr(self, self._attribute(key))

    def __len__(self):
        return len(self._keys)

    def __iter__(self):
        return iter(self._keys)

    def __reversed__(self):
        return reversed(list(self._keys))

    def __contains__(self, key):
        return key in self._keys

    def __or__(self, other):
        return self.copy().__ior__(other)

    def __ior__(self, other):
        self.update(other)
        return self

    def copy(self):
        return ParameterDict(_OrderedDict((key, self[key]) for key in self._keys))

    def setdefault(self, key, default=None):
        if key not in self._keys:
            self[key] = default
        return self[key]

    def clear(self):
        for key in list(self._keys):
            del self[key]

    def pop(self, key):
        value = self[key]
        del self[key]
        return value

    def popitem(self):
        key = list(self._keys)[-1] if self._keys else self._keys.popitem()
        return key, self.pop(key)

    def get(self, key, default=None):
        return self[key] if key in self._keys else default

    def fromkeys(self, keys, default=None):
        return ParameterDict((key, default) for key in keys)

    def keys(self):
        return self._keys.keys()

    def items(self):
        return ((key, self[key]) for key in self._keys)

    def values(self):
        return (self[key] for key in self._keys)

    def update(self, parameters):
        for key, value in _pairs("ParameterDict", parameters):
            self[key] = value

    def extra_repr(self):
        return "\n".join(_line(key, value, lambda t: t.type()) for key, value in self.items())

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterDict should not be called.")
