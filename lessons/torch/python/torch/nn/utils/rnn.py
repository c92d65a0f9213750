"""Sequences of different lengths in one batch: padded, and packed step by step."""

from collections import namedtuple as _namedtuple

import torch as _torch

__all__ = ["PackedSequence", "invert_permutation", "pack_padded_sequence", "pad_packed_sequence",
           "pad_sequence", "unpad_sequence", "pack_sequence", "unpack_sequence"]

_UNSORTED = ("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can "
             "pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this "
             "requirement if you do not need ONNX exportability.")


def invert_permutation(permutation):
    if permutation is None:
        return None
    inverse = _torch.empty_like(permutation)
    inverse.scatter_(0, permutation, _torch.arange(0, permutation.numel()))
    return inverse


class PackedSequence(_namedtuple("PackedSequence",
                                 ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])):
    """The steps of all sequences one after the other: batch_sizes says how many still run."""

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if batch_sizes is None:
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def _mapped(self, data):
        return self if data is self.data else type(self)(data, *self[1:])

    def to(self, *args, **kwargs):
        return self._mapped(self.data.to(*args, **kwargs))

    def cpu(self):
        return self._mapped(self.data.cpu())

    def double(self):
        return self._mapped(self.data.double())

    def float(self):
        return self._mapped(self.data.float())

    @property
    def is_cuda(self):
        return self.data.is_cuda

    def is_pinned(self):
        return False


def _check_lengths(lengths, batch):
    if len(lengths) != batch:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got "
                           f"{len(lengths)} (batch_size={batch})")
    if min(lengths, default=1) <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in "
                           "'lengths' that is <= 0")
    if any(later > earlier for earlier, later in zip(lengths, lengths[1:])):
        raise RuntimeError(_UNSORTED)


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    lengths = _torch.as_tensor(lengths, dtype=_torch.int64)
    order = None
    if not enforce_sorted:
        lengths, order = _torch.sort(lengths, descending=True)
        input = input.index_select(0 if batch_first else 1, order)
    steps = input.transpose(0, 1) if batch_first else input
    counts = lengths.tolist()
    _check_lengths(counts, steps.size(1))
    sizes = [sum(count > step for count in counts) for step in range(counts[0])]
    rows = [step * steps.size(1) + row for step, size in enumerate(sizes) for row in range(size)]
    data = steps.reshape(-1, *steps.shape[2:]).index_select(0, _torch.tensor(rows))
    return PackedSequence(data, _torch.tensor(sizes), order)


def _padded(data, sizes, total, value):
    """Each run of steps with the same number of sequences is copied at once."""
    output = _torch.full((total, sizes[0], *data.shape[1:]), value, dtype=data.dtype,
                         device=data.device)
    lengths = [0] * sizes[0]
    begin = offset = 0
    for step, (size, after) in enumerate(zip(sizes, sizes[1:] + [0]), 1):
        if size > after:
            rows = (step - begin) * size
            run = data.narrow(0, offset, rows).view(step - begin, size, *data.shape[1:])
            output[begin:step, :size] = run
            lengths[after:size] = [step] * (size - after)
            begin, offset = step, offset + rows
    return output, _torch.tensor(lengths)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    sizes = sequence.batch_sizes.tolist()
    if total_length is not None and total_length < len(sizes):
        raise ValueError("Expected total_length to be at least the length of the longest sequence in "
                         f"input, but got total_length={total_length} and max sequence length being "
                         f"{len(sizes)}")
    padded, lengths = _padded(sequence.data, sizes, total_length or len(sizes), padding_value)
    if batch_first:
        padded = padded.transpose(0, 1)
    back = sequence.unsorted_indices
    if back is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, back), lengths[back]


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    if isinstance(sequences, _torch.Tensor):
        sequences = sequences.unbind(0)
    elif not hasattr(sequences, "__iter__"):
        raise RuntimeError("pad_sequence: Expected iterable for input sequences, but got arg of type: "
                           f"{type(sequences)}")
    sequences = list(sequences)
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    longest = max(sequence.size(0) for sequence in sequences)
    shape = (len(sequences), longest) if batch_first else (longest, len(sequences))
    first = sequences[0]
    out = _torch.full((*shape, *first.shape[1:]), padding_value, dtype=first.dtype,
                      device=first.device)
    for row, sequence in enumerate(sequences):
        start = longest - sequence.size(0) if padding_side == "left" else 0
        place = slice(start, start + sequence.size(0))
        out[(row, place) if batch_first else (place, row)] = sequence
    return out


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [sequence[:int(length)] for sequence, length in zip(padded_sequences, lengths)]


def pack_sequence(sequences, enforce_sorted=True):
    lengths = _torch.tensor([sequence.size(0) for sequence in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences):
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


# ---- recurrent layers of packed sequences ----------------------------------------------------------

def _forwards(cell, data, sizes, state):
    """(outputs step by step, the last state of every sequence); a state is a list of tensors."""
    outputs, ended, offset = [], [], 0
    for before, size in zip([sizes[0]] + sizes, sizes):
        if size < before:
            ended.append([part[size:] for part in state])
            state = [part[:size] for part in state]
        state = cell(data.narrow(0, offset, size), state)
        outputs.append(state[0])
        offset += size
    ended.append(state)
    return outputs, [_torch.cat(parts, 0) for parts in zip(*reversed(ended))]


def _backwards(cell, data, sizes, first):
    outputs, offset = [], data.size(0)
    state = [part[:sizes[-1]] for part in first]
    for after, size in zip([sizes[-1]] + sizes[::-1], sizes[::-1]):
        if size > after:
            state = [_torch.cat((part, more[after:size]), 0) for part, more in zip(state, first)]
        offset -= size
        state = cell(data.narrow(0, offset, size), state)
        outputs.append(state[0])
    return outputs[::-1], state


def _cell_of(step, weights):
    def cell(input, state):
        result = step(input, tuple(state) if len(state) > 1 else state[0], *weights)
        return list(result) if isinstance(result, tuple) else [result]
    return cell


def run_packed(step, module, input, states):
    """The layers of an RNN on a packed sequence: step is torch.lstm_cell or its kin, states one tensor
    [layers * directions, batch, size] for each part of a state."""
    sizes, data = input.batch_sizes.tolist(), input.data
    directions = 2 if module.bidirectional else 1
    last = []
    for layer in range(module.num_layers):
        both = []
        for direction in range(directions):
            number = layer * directions + direction
            weights = module.all_weights[number] + ([] if module.bias else [None, None])
            walk = _backwards if direction else _forwards
            outputs, state = walk(_cell_of(step, weights), data, sizes,
                                  [part[number] for part in states])
            both.append(_torch.cat(outputs, 0))
            last.append(state)
        data = _torch.cat(both, -1) if directions > 1 else both[0]
        if module.dropout > 0 and module.training and layer < module.num_layers - 1:
            data = _torch.nn.functional.dropout(data, module.dropout)
    return data, [_torch.stack(parts, 0) for parts in zip(*last)]
