"""RNN, LSTM, GRU and their cells: parameters, states and checks. The steps are torch.lstm and its kin."""

import contextlib as _contextlib
import math as _math
import numbers as _numbers
import warnings as _warnings

import torch as _torch
from torch.nn import Module as _Module, Parameter as _Parameter, init as _init
from torch.nn.utils.rnn import PackedSequence as _PackedSequence, run_packed as _run_packed

__all__ = ["RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"]


def _refuse(name, **given):
    for argument, value in given.items():
        if value:
            raise NotImplementedError(f"{name}({argument}=...) is not supported by Gradlight")


def _there(device):
    """Where parameters are made."""
    return _contextlib.nullcontext() if device is None else _torch.device(device)


class RNNBase(_Module):
    def __init__(self, mode, input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
                 dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None):
        super().__init__()
        _refuse(type(self).__name__, proj_size=proj_size, dtype=dtype)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_arguments(dropout)
        gates = {"LSTM": 4, "GRU": 3}.get(mode, 1) * hidden_size
        self._all_weights = []
        with _there(device):
            for layer in range(num_layers):
                for suffix in ("", "_reverse") if bidirectional else ("",):
                    size = input_size if layer == 0 else hidden_size * self._directions()
                    self._add_weights(f"_l{layer}{suffix}", size, gates)
        self.reset_parameters()

    def _directions(self):
        return 2 if self.bidirectional else 1

    def _check_arguments(self, dropout):
        if not isinstance(dropout, _numbers.Number) or not 0 <= dropout <= 1 or \
                isinstance(dropout, bool):
            raise ValueError("dropout should be a number in range [0, 1] representing the "
                             "probability of an element being zeroed")
        if dropout > 0 and self.num_layers == 1:
            _warnings.warn("dropout option adds dropout after all but last recurrent layer, so "
                           "non-zero dropout expects num_layers greater than 1, but got "
                           f"dropout={dropout} and num_layers={self.num_layers}")
        if not isinstance(self.hidden_size, int):
            raise TypeError("hidden_size should be of type int, got: "
                            f"{type(self.hidden_size).__name__}")
        if self.hidden_size <= 0:
            raise ValueError("hidden_size must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")

    def _add_weights(self, suffix, size, gates):
        names = [f"weight_ih{suffix}", f"weight_hh{suffix}"]
        shapes = [(gates, size), (gates, self.hidden_size)]
        if self.bias:
            names += [f"bias_ih{suffix}", f"bias_hh{suffix}"]
            shapes += [(gates,), (gates,)]
        for name, shape in zip(names, shapes):
            setattr(self, name, _Parameter(_torch._quietly(_torch.empty, *shape)))
        self._all_weights.append(names)

    @property
    def all_weights(self):
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights(self):
        return [weight for weights in self.all_weights for weight in weights]

    def flatten_parameters(self):
        pass

    def __getstate__(self):
        """With what PyTorch's layers also keep."""
        names = [name for names in self._all_weights for name in names]
        return {**super().__getstate__(), "_flat_weights_names": names,
                "_flat_weights": self._flat_weights}

    def __setstate__(self, state):
        super().__setstate__({name: value for name, value in state.items()
                              if not name.startswith("_flat_weight")})

    def reset_parameters(self):
        bound = 1.0 / _math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            _init.uniform_(weight, -bound, bound)

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.batch_first is not False:
            text += f", batch_first={self.batch_first}"
        if self.dropout != 0:
            text += f", dropout={self.dropout}"
        if self.bidirectional is not False:
            text += f", bidirectional={self.bidirectional}"
        return text

    def _batched(self, input):
        """The input with a batch, and whether it had one."""
        name = type(self).__name__ if self.mode in ("LSTM", "GRU") else "RNN"
        if input.dim() not in (2, 3):
            raise ValueError(f"{name}: Expected input to be 2D or 3D, got {input.dim()}D instead")
        if input.dim() == 3:
            return input, True
        return input.unsqueeze(0 if self.batch_first else 1), False

    def _check_input(self, input):
        if self.input_size != input.size(-1):
            raise RuntimeError("input.size(-1) must be equal to input_size. Expected "
                               f"{self.input_size}, got {input.size(-1)}")

    def _state_size(self, input):
        return (self.num_layers * self._directions(), input.size(0 if self.batch_first else 1),
                self.hidden_size)

    def _check_state(self, input, state, what):
        if tuple(state.size()) != self._state_size(input):
            raise RuntimeError(f"Expected {what} size {self._state_size(input)}, got "
                               f"{list(state.size())}")

    def _zeros(self, input):
        return _torch.zeros(*self._state_size(input), dtype=input.dtype, device=input.device)

    def _run(self, function, input, state):
        return function(input, state, self._flat_weights, self.bias, self.num_layers, self.dropout,
                        self.training, self.bidirectional, self.batch_first)

    def _forward_packed(self, step, input, given):
        """given: the tensors of a state, in the order of the sequences, or None."""
        batch = int(input.batch_sizes[0])
        size = (self.num_layers * self._directions(), batch, self.hidden_size)
        parts = 2 if self.mode == "LSTM" else 1
        if given is None:
            given = [_torch.zeros(*size, dtype=input.data.dtype)] * parts
        elif input.sorted_indices is not None:
            given = [part.index_select(1, input.sorted_indices) for part in given]
        self._check_input(input.data)
        for number, part in enumerate(given):
            if tuple(part.size()) != size:
                what = f"hidden[{number}]" if parts > 1 else "hidden"
                raise RuntimeError(f"Expected {what} size {size}, got {list(part.size())}")
        data, states = _run_packed(step, self, input, given)
        if input.unsorted_indices is not None:
            states = [part.index_select(1, input.unsorted_indices) for part in states]
        return _PackedSequence(data, *input[1:]), states

    def _unbatched(self, output):
        return output.squeeze(0 if self.batch_first else 1)

    def _forward_one(self, function, step, input, hx):
        if isinstance(input, _PackedSequence):
            output, states = self._forward_packed(step, input, None if hx is None else [hx])
            return output, states[0]
        input, had_batch = self._batched(input)
        if hx is None:
            hx = self._zeros(input)
        elif had_batch and hx.dim() != 3:
            raise RuntimeError(f"For batched 3-D input, hx should also be 3-D but got {hx.dim()}-D "
                               "tensor")
        elif not had_batch and hx.dim() != 2:
            raise RuntimeError("For unbatched 2-D input, hx should also be 2-D but got "
                               f"{hx.dim()}-D tensor")
        elif not had_batch:
            hx = hx.unsqueeze(1)
        self._check_input(input)
        self._check_state(input, hx, "hidden")
        output, hidden = self._run(function, input, hx)
        return (output, hidden) if had_batch else (self._unbatched(output), hidden.squeeze(1))


class RNN(RNNBase):
    def __init__(self, input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
                 batch_first=False, dropout=0.0, bidirectional=False, device=None, dtype=None):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__("RNN_" + nonlinearity.upper(), input_size, hidden_size, num_layers, bias,
                         batch_first, dropout, bidirectional, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        function = _torch.rnn_tanh if self.nonlinearity == "tanh" else _torch.rnn_relu
        step = _torch.rnn_tanh_cell if self.nonlinearity == "tanh" else _torch.rnn_relu_cell
        return self._forward_one(function, step, input, hx)


class GRU(RNNBase):
    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
                 dropout=0.0, bidirectional=False, device=None, dtype=None):
        super().__init__("GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout,
                         bidirectional, device=device, dtype=dtype)

    def forward(self, input, hx=None):
        return self._forward_one(_torch.gru, _torch.gru_cell, input, hx)


class LSTM(RNNBase):
    def __init__(self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False,
                 dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None):
        super().__init__("LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout,
                         bidirectional, proj_size, device, dtype)

    def _states(self, input, hx, had_batch):
        if hx is None:
            return self._zeros(input), self._zeros(input)
        dims = (hx[0].dim(), hx[1].dim())
        if had_batch and dims != (3, 3):
            raise RuntimeError("For batched 3-D input, hx and cx should also be 3-D but got "
                               f"({dims[0]}-D, {dims[1]}-D) tensors")
        if not had_batch and dims != (2, 2):
            raise RuntimeError("For unbatched 2-D input, hx and cx should also be 2-D but got "
                               f"({dims[0]}-D, {dims[1]}-D) tensors")
        return hx if had_batch else (hx[0].unsqueeze(1), hx[1].unsqueeze(1))

    def forward(self, input, hx=None):
        if isinstance(input, _PackedSequence):
            output, states = self._forward_packed(_torch.lstm_cell, input, hx)
            return output, tuple(states)
        input, had_batch = self._batched(input)
        states = self._states(input, hx, had_batch)
        self._check_input(input)
        self._check_state(input, states[0], "hidden[0]")
        self._check_state(input, states[1], "hidden[1]")
        output, h, c = self._run(_torch.lstm, input, tuple(states))
        if had_batch:
            return output, (h, c)
        return self._unbatched(output), (h.squeeze(1), c.squeeze(1))


# ---- single steps ------------------------------------------------------------------------------

class RNNCellBase(_Module):
    def __init__(self, input_size, hidden_size, bias, num_chunks, device=None, dtype=None):
        super().__init__()
        _refuse(type(self).__name__, dtype=dtype)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        with _there(device):
            rows = num_chunks * hidden_size
            self.weight_ih = _Parameter(_torch._quietly(_torch.empty, rows, input_size))
            self.weight_hh = _Parameter(_torch._quietly(_torch.empty, rows, hidden_size))
            for name in ("bias_ih", "bias_hh"):
                value = _Parameter(_torch._quietly(_torch.empty, rows)) if bias else None
                self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self):
        bound = 1.0 / _math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            _init.uniform_(weight, -bound, bound)

    def extra_repr(self):
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _check(self, input, states):
        name = type(self).__name__
        if input.dim() not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for state in states:
            if state.dim() not in (1, 2):
                raise ValueError(f"{name}: Expected hidden to be 1D or 2D, got {state.dim()}D "
                                 "instead")

    def _step(self, function, input, hx):
        """hx: a tensor, a pair of them, or None. The same without a batch where input has none."""
        pair = function is _torch.lstm_cell
        states = () if hx is None else tuple(hx) if pair else (hx,)
        self._check(input, states)
        had_batch = input.dim() == 2
        batch = input if had_batch else input.unsqueeze(0)
        if hx is None:
            zeros = _torch.zeros(batch.size(0), self.hidden_size, dtype=input.dtype,
                                 device=input.device)
            states = (zeros, zeros) if pair else (zeros,)
        elif not had_batch:
            states = tuple(state.unsqueeze(0) for state in states)
        result = function(batch, states if pair else states[0], self.weight_ih, self.weight_hh,
                          self.bias_ih, self.bias_hh)
        if had_batch:
            return result
        return tuple(state.squeeze(0) for state in result) if pair else result.squeeze(0)


class RNNCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh", device=None,
                 dtype=None):
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input, hx=None):
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        function = _torch.rnn_tanh_cell if self.nonlinearity == "tanh" else _torch.rnn_relu_cell
        return self._step(function, input, hx)


class LSTMCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input, hx=None):
        return self._step(_torch.lstm_cell, input, hx)


class GRUCell(RNNCellBase):
    def __init__(self, input_size, hidden_size, bias=True, device=None, dtype=None):
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input, hx=None):
        return self._step(_torch.gru_cell, input, hx)
