"""Sequences of different lengths, the whole transformer, and initialisations that go place by place."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import (PackedSequence, pack_padded_sequence, pack_sequence,
                                pad_packed_sequence, pad_sequence, unpack_sequence, unpad_sequence)

from torch_face import raises


def three():
    return [torch.ones(2, 2), torch.ones(4, 2) * 2, torch.ones(1, 2) * 3]


# ---- padded and packed ----------------------------------------------------------------------------

def test_padding_and_packing():
    padded = pad_sequence(three(), batch_first=True)
    assert padded.shape == (3, 4, 2) and padded[:, :, 0].tolist() == [
        [1, 1, 0, 0], [2, 2, 2, 2], [3, 0, 0, 0]]
    assert pad_sequence(three(), padding_value=-1)[3, :, 0].tolist() == [-1, 2, -1]
    left = pad_sequence(three(), batch_first=True, padding_side="left")
    assert left[0, :, 0].tolist() == [0, 0, 1, 1]
    packed = pack_padded_sequence(padded, [2, 4, 1], batch_first=True, enforce_sorted=False)
    assert isinstance(packed, PackedSequence) and isinstance(packed, tuple)
    assert packed.data[:, 0].tolist() == [2, 1, 3, 2, 1, 2, 2]
    assert packed.batch_sizes.tolist() == [3, 2, 1, 1]
    assert packed.sorted_indices.tolist() == packed.unsorted_indices.tolist() == [1, 0, 2]
    again, lengths = pad_packed_sequence(packed, batch_first=True)
    assert again.equal(padded) and lengths.tolist() == [2, 4, 1]
    assert pad_packed_sequence(packed, total_length=6)[0].shape == (6, 3, 2)
    for parts in (unpad_sequence(padded, lengths, batch_first=True), unpack_sequence(packed)):
        assert all(a.equal(b) for a, b in zip(parts, three()))


def test_packing_refuses():
    padded = pad_sequence(three(), batch_first=True)
    raises(RuntimeError, "`lengths` array must be sorted in decreasing order",
           lambda: pack_padded_sequence(padded, [2, 4, 1], batch_first=True))
    raises(RuntimeError, "Length of all samples has to be greater than 0",
           lambda: pack_padded_sequence(padded, [4, 2, 0], batch_first=True))
    raises(RuntimeError, "Expected `len(lengths)` to be equal to batch_size, but got 2",
           lambda: pack_padded_sequence(padded, [4, 2], batch_first=True))


def alone(layer, sequence, directions):
    """What the layer makes of one sequence by itself."""
    output, state = layer(sequence.unsqueeze(1))
    hidden = state[0] if isinstance(state, tuple) else state
    return output.squeeze(1), hidden[:, 0]


def test_a_packed_batch_is_what_each_sequence_gives_alone():
    torch.manual_seed(0)
    sequences = [torch.randn(n, 2) for n in (2, 4, 1)]
    for layer in (nn.LSTM(2, 3), nn.GRU(2, 3, 2, bidirectional=True), nn.RNN(2, 3, bias=False),
                  nn.LSTM(2, 3, 2, bidirectional=True), nn.RNN(2, 3, nonlinearity="relu")):
        output, state = layer(pack_sequence(sequences, enforce_sorted=False))
        assert isinstance(output, PackedSequence)
        padded, lengths = pad_packed_sequence(output)
        hidden = state[0] if isinstance(state, tuple) else state
        for i, sequence in enumerate(sequences):
            wanted, last = alone(layer, sequence, 2)
            assert (padded[:len(sequence), i] - wanted).abs().max() < 1e-6, layer
            assert (hidden[:, i] - last).abs().max() < 1e-6, layer


def test_gradients_go_back_through_a_packed_batch():
    torch.manual_seed(0)
    x = torch.randn(3, 4, 2, requires_grad=True)
    layer = nn.LSTM(2, 3, batch_first=True)
    packed = pack_padded_sequence(x, [4, 2, 1], batch_first=True)
    output, _ = layer(packed)
    assert output.data.grad_fn.name() == "CatBackward0"
    pad_packed_sequence(output)[0].sum().backward()
    assert (x.grad.abs().sum(-1) > 0).sum(1).tolist() == [4, 2, 1]
    raises(RuntimeError, "", lambda: layer(packed, (torch.ones(1, 2, 3), torch.ones(1, 2, 3))))


# ---- transformer ----------------------------------------------------------------------------------

def test_transformer():
    torch.manual_seed(0)
    m = nn.Transformer(8, 2, 1, 1, 16, dropout=0.0, batch_first=True)
    assert len(list(m.parameters())) == 34 and (m.d_model, m.nhead, m.batch_first) == (8, 2, True)
    src, tgt = torch.randn(2, 5, 8), torch.randn(2, 3, 8)
    mask = m.generate_square_subsequent_mask(3)
    assert mask.tolist() == [[0, -torch.inf, -torch.inf], [0, 0, -torch.inf], [0, 0, 0]]
    out = m(src, tgt, tgt_mask=mask)
    assert out.shape == (2, 3, 8)
    changed = tgt.clone()
    changed[:, 2] += 1
    assert (m(src, changed, tgt_mask=mask)[:, :2] - out[:, :2]).abs().max() < 1e-6
    raises(RuntimeError, "the batch number of src and tgt must be equal",
           lambda: m(src, torch.randn(3, 3, 8)))
    raises(RuntimeError, "the feature number of src and tgt must be equal to d_model",
           lambda: m(src, torch.randn(2, 3, 7)))


# ---- tables of vectors ----------------------------------------------------------------------------

def test_embedding_with_a_limit():
    torch.manual_seed(0)
    e = nn.Embedding(4, 3, max_norm=1.0)
    before = e.weight.detach().clone()
    e(torch.tensor([1, 1, 3]))
    assert e.weight._version == 2 and repr(e) == "Embedding(4, 3, max_norm=1.0)"
    norms = e.weight.detach().norm(dim=1)
    assert abs(norms[1].item() - 1) < 1e-5 and e.weight[0].equal(before[0])
    assert e.weight[3].equal(before[3]) and norms[3] < 1
    w = torch.ones(3, 2)
    nn.functional.embedding(torch.tensor([0, 2]), w, max_norm=1, norm_type=1.0)
    assert (w - torch.tensor([[0.5, 0.5], [1, 1], [0.5, 0.5]])).abs().max() < 1e-5


# ---- initialisations ------------------------------------------------------------------------------

def test_orthogonal():
    torch.manual_seed(0)
    for shape in ((3, 3), (3, 5), (5, 3), (4, 2, 3)):
        w = nn.init.orthogonal_(torch.empty(shape), gain=2.0)
        f = w.reshape(w.size(0), -1)
        product = f @ f.t() if f.size(0) <= f.size(1) else f.t() @ f
        assert (product - 4 * torch.eye(product.size(0))).abs().max() < 1e-5
    torch.manual_seed(0)
    first = nn.init.orthogonal_(nn.Parameter(torch.empty(3, 3)))
    assert abs(first[0, 0].item() - 0.9111) < 1e-4 and first._version == 2
    raises(ValueError, "Only tensors with 2 or more dimensions are supported",
           lambda: nn.init.orthogonal_(torch.empty(3)))


def test_sparse_and_dirac():
    torch.manual_seed(0)
    w = nn.init.sparse_(torch.empty(5, 4), 0.4)
    assert (w == 0).sum(0).tolist() == [2, 2, 2, 2]
    d = nn.init.dirac_(torch.empty(4, 2, 3), groups=2)
    assert d.nonzero().tolist() == [[0, 0, 1], [1, 1, 1], [2, 0, 1], [3, 1, 1]]
    raises(ValueError, "dim 0 must be divisible by groups",
           lambda: nn.init.dirac_(torch.empty(3, 2, 3), 2))
