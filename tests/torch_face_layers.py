"""Convolutions, pools, norms, dropout, recurrent layers and attention. Run by test_torch_face.c."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

from torch_face import raises


def close(a, b, within=1e-5):
    return a.shape == b.shape and (a - b).abs().max().item() < within


# ---- windows -----------------------------------------------------------------------------------

def test_a_convolution_is_a_sum_of_products():
    torch.manual_seed(3)
    x, w, b = torch.rand(2, 4, 7, 6), torch.rand(6, 2, 3, 2), torch.rand(6)
    y = F.conv2d(x, w, b, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2)
    assert y.shape == (2, 6, 4, 8)
    padded = F.pad(x, (2, 2, 1, 1))
    for n, o, i, j in ((0, 0, 0, 0), (1, 5, 3, 7), (1, 2, 1, 4)):
        group = o // 3
        window = padded[n, 2 * group:2 * group + 2, 2 * i:2 * i + 3, j:j + 3:2]
        assert abs(y[n, o, i, j] - ((window * w[o]).sum() + b[o])) < 1e-5


def test_paddings_by_name():
    x, w = torch.arange(6.0).reshape(1, 1, 6), torch.tensor([[[1.0, 10.0]]])
    assert F.conv1d(x, w, padding="same").tolist() == [[[10, 21, 32, 43, 54, 5]]]
    assert F.conv1d(x, w, padding="valid").tolist() == [[[10, 21, 32, 43, 54]]]
    raises(RuntimeError, "padding='same' is not supported for strided convolutions",
           lambda: F.conv1d(x, w, stride=2, padding="same"))


def test_a_transposed_convolution_undoes_the_sizes():
    x = torch.tensor([[[1.0, 2.0]]])
    w = torch.tensor([[[1.0, 10.0, 100.0]]])
    assert F.conv_transpose1d(x, w, stride=2).tolist() == [[[1, 10, 102, 20, 200]]]
    assert F.conv_transpose1d(x, w, stride=2, padding=1, output_padding=1).tolist() == \
        [[[10, 102, 20, 200]]]
    layer = nn.ConvTranspose2d(3, 6, 3, stride=2, padding=1, output_padding=1, groups=3)
    assert layer(torch.rand(2, 3, 4, 5)).shape == (2, 6, 8, 10)
    assert layer(torch.rand(3, 4, 5)).shape == (6, 8, 10)
    assert repr(layer) == "ConvTranspose2d(3, 6, kernel_size=(3, 3), stride=(2, 2), " \
        "padding=(1, 1), output_padding=(1, 1), groups=3)"


def test_pools_of_rows_and_images():
    x = torch.tensor([[3.0, 1.0, 4.0, 1.0, 5.0]])
    values, places = F.max_pool1d(x, 2, return_indices=True)
    assert values.tolist() == [[3, 4]] and places.tolist() == [[0, 2]]
    assert F.max_pool1d(x, 2, ceil_mode=True).tolist() == [[3, 4, 5]]
    assert F.avg_pool1d(x, 2, stride=1).tolist() == [[2, 2.5, 2.5, 3]]
    assert nn.AvgPool1d(3, 2, 1)(x * 3).tolist() == [[4, 6, 6]]
    assert nn.AvgPool1d(3, 2, 1, count_include_pad=False)(x * 3).tolist() == [[6, 6, 9]]
    image = torch.arange(16.0).reshape(1, 4, 4).requires_grad_()
    pooled = nn.MaxPool2d(3, stride=2, padding=1)(image)
    assert pooled.tolist() == [[[5, 7], [13, 15]]]
    pooled.sum().backward()
    assert image.grad.sum() == 4 and image.grad[0, 3].tolist() == [0, 1, 0, 1]
    assert F.avg_pool2d(image, 2, divisor_override=1).tolist() == [[[10, 18], [42, 50]]]
    assert F.max_pool2d(torch.full((1, 2, 2), float("-inf")), 2).tolist() == [[[float("-inf")]]]


def test_pools_to_a_size():
    x = torch.arange(20.0).reshape(1, 4, 5)
    assert nn.AdaptiveAvgPool2d(1)(x).item() == 9.5
    assert F.adaptive_avg_pool2d(x, (2, 2)).tolist() == [[[3.5, 5.5], [13.5, 15.5]]]
    assert F.adaptive_avg_pool2d(x, (None, 1)).shape == (1, 4, 1)
    values, places = F.adaptive_max_pool2d(x, 2, return_indices=True)
    assert values.tolist() == places.tolist() == [[[7, 9], [17, 19]]]
    assert nn.AdaptiveMaxPool1d(2)(x[0]).tolist() == [[2, 4], [7, 9], [12, 14], [17, 19]]
    assert nn.AdaptiveAvgPool1d(5)(x[0]).tolist() == x[0].tolist()


def test_wrong_windows():
    image = torch.ones(1, 1, 4, 4)
    raises(ValueError, "groups must be a positive integer", lambda: nn.Conv2d(2, 2, 1, groups=0))
    raises(ValueError, "in_channels must be divisible by groups",
           lambda: nn.Conv2d(3, 2, 1, groups=2))
    raises(RuntimeError, "pad should be at most half of effective kernel size, but got pad=2, "
           "kernel_size=2 and dilation=1", lambda: F.max_pool2d(image, 2, padding=2))
    raises(RuntimeError, "stride should be greater than zero, but got dH: 0 dW: 0",
           lambda: F.avg_pool2d(image, 2, stride=0))
    raises(RuntimeError, "divisor must be not zero",
           lambda: F.avg_pool2d(image, 2, divisor_override=0))
    raises(RuntimeError, "Input type (double) and bias type (float) should be the same",
           lambda: nn.Conv2d(1, 1, 2)(image.double()))
    raises(RuntimeError, "non-positive stride is not supported",
           lambda: F.conv2d(image, torch.ones(1, 1, 2, 2), stride=0))
    raises(RuntimeError, "expected stride to be a single integer value or a list of 2 values to "
           "match the convolution dimensions, but got stride=[1, 1, 1]",
           lambda: F.conv2d(image, torch.ones(1, 1, 2, 2), stride=(1, 1, 1)))


def test_an_image_classifier_learns():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                          nn.Linear(36, 2))
    images = torch.rand(16, 1, 8, 8)
    labels = (images[:, 0, :4].mean((1, 2)) > images[:, 0, 4:].mean((1, 2))).long()
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.05


# ---- norms -------------------------------------------------------------------------------------

def test_a_batch_norm_keeps_running_statistics():
    torch.manual_seed(1)
    x = torch.rand(5, 3) * 4
    layer = nn.BatchNorm1d(3, momentum=0.5)
    y = layer(x)
    mean, var = x.mean(0), x.var(0, unbiased=False)
    assert close(y, (x - mean) / (var + 1e-5).sqrt())
    assert close(layer.running_mean, mean * 0.5)
    assert close(layer.running_var, 0.5 + x.var(0) * 0.5)
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    z = layer(x)
    assert close(z, (x - layer.running_mean) / (layer.running_var + 1e-5).sqrt())
    assert layer.num_batches_tracked.item() == 1
    assert [name for name, _ in layer.named_buffers()] == \
        ["running_mean", "running_var", "num_batches_tracked"]
    assert layer.weight._version == 1


def test_a_batch_norm_without_momentum_takes_the_mean_of_all_batches():
    layer = nn.BatchNorm1d(1, momentum=None)
    layer(torch.tensor([[0.0], [2.0]]))
    layer(torch.tensor([[4.0], [6.0]]))
    assert layer.running_mean.tolist() == [3] and layer.running_var.tolist() == [2]
    assert repr(layer) == "BatchNorm1d(1, eps=1e-05, momentum=None, affine=True, " \
        "track_running_stats=True)"


def test_a_batch_norm_may_keep_nothing():
    layer = nn.BatchNorm2d(2, affine=False, track_running_stats=False).eval()
    x = torch.rand(2, 2, 3, 3)
    assert close(layer(x).mean((0, 2, 3)), torch.zeros(2))
    assert layer.weight is None and layer.running_mean is None and not layer.state_dict()
    raises(RuntimeError, "running_mean must be defined in evaluation mode",
           lambda: F.batch_norm(x, None, None))
    raises(RuntimeError, "weight should contain 2 elements not 3",
           lambda: F.batch_norm(x, None, None, torch.ones(3), training=True))


def test_layer_and_group_norms():
    torch.manual_seed(2)
    x = torch.rand(2, 4, 3)
    y = nn.LayerNorm([4, 3])(x)
    flat = x.reshape(2, 12)
    wanted = (flat - flat.mean(1, keepdim=True)) / (flat.var(1, unbiased=False, keepdim=True)
                                                     + 1e-5).sqrt()
    assert close(y, wanted.reshape(2, 4, 3))
    assert close(nn.GroupNorm(1, 4)(x), y)
    two = nn.GroupNorm(2, 4)(x)
    assert close(two.reshape(4, 6).mean(1), torch.zeros(4))
    assert nn.LayerNorm(3, bias=False).bias is None
    raises(ValueError, "num_channels must be divisible by num_groups", lambda: nn.GroupNorm(3, 4))
    raises(RuntimeError, "Expected number of channels in input to be divisible by num_groups, but "
           "got input of shape [2, 4, 3] and num_groups=3", lambda: F.group_norm(x, 3))


def test_other_norms():
    x = torch.tensor([[3.0, 4.0], [0.0, 0.0]])
    assert close(F.normalize(x), torch.tensor([[0.6, 0.8], [0.0, 0.0]]))
    assert close(nn.RMSNorm(2)(x[:1]), x[:1] / 12.5 ** 0.5)
    assert repr(nn.RMSNorm(2)) == "RMSNorm((2,), eps=None, elementwise_affine=True)"
    assert [name for name, _ in nn.RMSNorm(2).named_parameters()] == ["weight"]


def test_dropout_forgets_only_in_training():
    torch.manual_seed(0)
    x = torch.ones(1000)
    y = F.dropout(x, 0.25)
    assert set(y.tolist()) == {0.0, 1 / 0.75} or len(set(y.tolist())) == 2
    assert abs(y.mean().item() - 1) < 0.1
    layer = nn.Dropout(0.5)
    assert layer.eval()(x) is x and F.dropout(x, 0) is x
    assert F.dropout(x, 1).sum() == 0
    channels = F.dropout2d(torch.ones(3, 8, 2, 2), 0.5)
    assert all(len(set(c.flatten().tolist())) == 1 for image in channels for c in image)
    assert F.dropout1d(torch.ones(4, 3)).shape == (4, 3)
    assert abs(F.alpha_dropout(torch.randn(2000), 0.3).std().item() - 1) < 0.1
    z = torch.ones(4)
    assert F.dropout(z, 0.5, inplace=True) is z
    raises(RuntimeError, "result type Float can't be cast to the desired output type Long",
           lambda: F.dropout(torch.ones(3, dtype=torch.int64)))


# ---- recurrent layers --------------------------------------------------------------------------

def lstm_by_hand(x, h, c, w_ih, w_hh, b_ih, b_hh):
    outputs = []
    for step in x:
        i, f, g, o = (step @ w_ih.T + b_ih + h @ w_hh.T + b_hh).chunk(4, 1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        outputs.append(h)
    return torch.stack(outputs), h, c


def test_an_lstm_is_its_formula():
    torch.manual_seed(0)
    layer = nn.LSTM(3, 4)
    assert [name for name, _ in layer.named_parameters()] == \
        ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    x, h, c = torch.rand(5, 2, 3), torch.rand(1, 2, 4), torch.rand(1, 2, 4)
    y, (h1, c1) = layer(x, (h, c))
    wanted, h_wanted, c_wanted = lstm_by_hand(x, h[0], c[0], *layer.parameters())
    assert close(y, wanted) and close(h1[0], h_wanted) and close(c1[0], c_wanted)
    y.sum().backward()
    ours = [p.grad.clone() for p in layer.parameters()]
    layer.zero_grad()
    wanted.sum().backward()
    assert all(close(a, p.grad) for a, p in zip(ours, layer.parameters()))
    names = []
    node = y.grad_fn
    while node is not None and node.name() != "UnsafeSplitBackward0":
        names.append(node.name())
        node = node.next_functions[0][0]
    assert names == ["StackBackward0", "MulBackward0", "SigmoidBackward0"]


def test_layers_directions_and_batches():
    torch.manual_seed(0)
    for cls, text in ((nn.RNN, "RNN"), (nn.GRU, "GRU"), (nn.LSTM, "LSTM")):
        layer = cls(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        assert repr(layer) == f"{text}(3, 4, num_layers=2, batch_first=True, bidirectional=True)"
        y, state = layer(torch.rand(2, 5, 3))
        h = state[0] if cls is nn.LSTM else state
        assert y.shape == (2, 5, 8) and h.shape == (4, 2, 4)
        assert close(y[:, -1, :4], h[2]) and close(y[:, 0, 4:], h[3])
        single, _ = layer(torch.rand(5, 3))
        assert single.shape == (5, 8)
    first = nn.RNN(3, 4, nonlinearity="relu", bias=False)
    assert len(first.all_weights[0]) == 2 and first(torch.rand(1, 1, 3))[0].min().item() >= 0


def test_a_gru_is_its_cells():
    torch.manual_seed(3)
    layer, cell = nn.GRU(2, 3), nn.GRUCell(2, 3)
    cell.load_state_dict({name[:-3]: value for name, value in layer.state_dict().items()})
    x = torch.rand(4, 2, 2)
    h = torch.zeros(2, 3)
    for step in x:
        h = cell(step, h)
    assert close(layer(x)[1][0], h)
    x, w, u, b, c = x[0, 0], cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh
    h = torch.rand(3)
    of_x, of_h = (w @ x + b).chunk(3), (u @ h + c).chunk(3)
    r, z = (of_x[0] + of_h[0]).sigmoid(), (of_x[1] + of_h[1]).sigmoid()
    n = (of_x[2] + r * of_h[2]).tanh()
    assert close(cell(x, h), (1 - z) * n + z * h)


def test_cells():
    torch.manual_seed(4)
    h, c = nn.LSTMCell(2, 3)(torch.rand(5, 2))
    assert h.shape == c.shape == (5, 3)
    assert nn.RNNCell(2, 3)(torch.rand(2)).shape == (3,)
    assert repr(nn.RNNCell(2, 3, nonlinearity="relu")) == "RNNCell(2, 3, nonlinearity=relu)"


def test_wrong_sequences():
    layer = nn.LSTM(3, 4)
    raises(RuntimeError, "input.size(-1) must be equal to input_size. Expected 3, got 2",
           lambda: layer(torch.ones(1, 1, 2)))
    raises(ValueError, "LSTM: Expected input to be 2D or 3D, got 4D instead",
           lambda: layer(torch.ones(1, 1, 1, 3)))
    raises(RuntimeError, "Expected hidden[0] size (1, 2, 4), got [1, 1, 4]",
           lambda: layer(torch.ones(5, 2, 3), (torch.zeros(1, 1, 4), torch.zeros(1, 1, 4))))
    raises(RuntimeError, "Expected sequence length to be larger than 0 in RNN",
           lambda: layer(torch.ones(0, 2, 3)))
    raises(NotImplementedError, "LSTM(proj_size=...) is not supported by Gradlight",
           lambda: nn.LSTM(3, 4, proj_size=2))
    raises(ValueError, "dropout should be a number in range [0, 1]",
           lambda: nn.LSTM(3, 4, dropout=2))


def test_a_reader_of_sequences_learns():
    torch.manual_seed(0)

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(5, 6)
            self.lstm = nn.LSTM(6, 8, batch_first=True)
            self.out = nn.Linear(8, 2)

        def forward(self, words):
            _, (h, _) = self.lstm(self.embedding(words))
            return self.out(h[-1])

    words = torch.randint(0, 5, (24, 6))
    labels = words[:, 0] % 2
    model = Reader()
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    for _ in range(40):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(words), labels)
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


# ---- attention ---------------------------------------------------------------------------------

def attention_by_hand(q, k, v, mask=0):
    scores = q @ k.transpose(-2, -1) / q.size(-1) ** 0.5 + mask
    return torch.softmax(scores, -1) @ v


def test_attention_in_one_and_in_steps():
    torch.manual_seed(0)
    q, k, v = torch.rand(2, 3, 4, 5), torch.rand(2, 3, 6, 5), torch.rand(2, 3, 6, 5)
    attend = F.scaled_dot_product_attention
    assert close(attend(q, k, v), attention_by_hand(q, k, v))
    assert close(attend(q[0], k[0], v[0]), attention_by_hand(q[0], k[0], v[0]))
    allowed = torch.rand(4, 6) > 0.3
    allowed[:, 0] = True
    mask = torch.zeros(4, 6).masked_fill(~allowed, float("-inf"))
    wanted = attention_by_hand(q, k, v, mask)
    assert close(attend(q, k, v, allowed), wanted) and close(attend(q, k, v, mask), wanted)
    causal = torch.full((4, 6), float("-inf")).triu(1)
    wanted = attention_by_hand(q, k, v, causal)
    assert close(attend(q, k, v, is_causal=True), wanted)
    assert close(attend(q[0], k[0], v[0], is_causal=True), wanted[0])
    assert close(attend(q, k, v, scale=1.0), attention_by_hand(q * 5 ** 0.5, k, v))
    x = q.clone().requires_grad_()
    y = attend(x, k, v)
    assert y.grad_fn.name() == "ScaledDotProductFlashAttentionForCpuBackward0"
    y.sum().backward()
    z = q.clone().requires_grad_()
    attention_by_hand(z, k, v).sum().backward()
    assert close(x.grad, z.grad)
    raises(RuntimeError, "Explicit attn_mask should not be set when is_causal=True",
           lambda: attend(q, k, v, mask, is_causal=True))


def test_multihead_attention():
    torch.manual_seed(1)
    layer = nn.MultiheadAttention(6, 2)
    assert [name for name, _ in layer.named_parameters()] == \
        ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
    x = torch.rand(5, 3, 6)
    y, weights = layer(x, x, x)
    assert y.shape == (5, 3, 6) and weights.shape == (3, 5, 5)
    assert close(weights.sum(-1), torch.ones(3, 5))
    assert close(layer(x, x, x, need_weights=False)[0], y)
    assert close(layer(x, x.clone(), x.clone())[0], y)
    memory = torch.rand(4, 3, 6)
    assert layer(x, memory, memory, average_attn_weights=False)[1].shape == (3, 2, 5, 4)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    hidden, weights = layer(x, x, x, attn_mask=later)
    assert close(weights.triu(1), torch.zeros(3, 5, 5))
    assert close(layer(x, x, x, attn_mask=later, need_weights=False)[0], hidden)
    padding = torch.zeros(3, 5, dtype=torch.bool)
    padding[1, 3:] = True
    weights = layer(x, x, x, key_padding_mask=padding)[1]
    assert weights[1, :, 3:].sum() == 0 and weights[0, :, 3:].sum() > 0
    turned = nn.MultiheadAttention(6, 2, batch_first=True)
    turned.load_state_dict(layer.state_dict())
    assert close(turned(x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1))[0].transpose(0, 1),
                 y)
    assert layer(x[:, 0], x[:, 0], x[:, 0])[0].shape == (5, 6)
    other = nn.MultiheadAttention(6, 3, kdim=2, vdim=4)
    assert other(x, torch.rand(4, 3, 2), torch.rand(4, 3, 4))[0].shape == (5, 3, 6)
    raises(AssertionError, "embed_dim must be divisible by num_heads",
           lambda: nn.MultiheadAttention(5, 2))


def test_transformer_layers():
    torch.manual_seed(2)
    layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, dropout=0.0, batch_first=True)
    x = torch.rand(2, 3, 4)
    attended = layer.self_attn(x, x, x)[0]
    z = layer.norm1(x + attended)
    wanted = layer.norm2(z + layer.linear2(layer.linear1(z).relu()))
    assert close(layer(x), wanted)
    encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4))
    y = encoder(x, mask=torch.full((3, 3), float("-inf")).triu(1))
    assert y.shape == (2, 3, 4) and len(list(encoder.parameters())) == 26
    y.sum().backward()
    assert all(p.grad is not None for p in encoder.parameters())
    decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8, batch_first=True), 2)
    assert decoder(x, torch.rand(2, 5, 4)).shape == (2, 3, 4)
    raises(RuntimeError, "activation should be relu/gelu, not tanh",
           lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh"))


# ---- two inputs --------------------------------------------------------------------------------

def test_a_bilinear_layer_multiplies_its_inputs():
    torch.manual_seed(5)
    layer = nn.Bilinear(2, 3, 4)
    x, z = torch.rand(5, 2), torch.rand(5, 3)
    wanted = torch.stack([(x @ w * z).sum(1) for w in layer.weight], 1) + layer.bias
    assert close(layer(x, z), wanted) and layer.weight._version == 1
    assert layer(x.view(1, 5, 2), z.view(1, 5, 3)).shape == (1, 5, 4)
    assert repr(nn.Bilinear(1, 2, 3, bias=False)) == \
        "Bilinear(in1_features=1, in2_features=2, out_features=3, bias=False)"
    raises(RuntimeError, "bilinear(): input2 size does not match weight size: got 2 but expected 3",
           lambda: layer(x, x))


# ---- what is refused ---------------------------------------------------------------------------

def test_windows_of_no_size_are_refused():
    image = torch.ones(1, 1, 4, 4)
    raises(RuntimeError, "kernel size should be greater than zero, but got kernel_height: 0 "
           "kernel_width: 3", lambda: nn.Conv2d(1, 2, (0, 3))(image))
    raises(RuntimeError, "but got kernel_height: 1 kernel_width: 0",
           lambda: nn.Conv1d(1, 2, 0)(torch.ones(1, 1, 4)))


def test_targets_of_two_dimensions_are_refused():
    scores = torch.zeros(4, 3)
    for target in (torch.zeros(4, 1).long(), torch.zeros(4, 2).long()):
        raises(RuntimeError, "0D or 1D target tensor expected, multi-target not supported",
               lambda: F.cross_entropy(scores, target))
    raises(ValueError, "Expected input batch_size (4) to match target batch_size (3).",
           lambda: F.cross_entropy(scores, torch.zeros(3).long()))


def test_cells_look_at_their_input_first():
    x, h = torch.ones(2, 3), torch.ones(2, 4)
    cell = nn.LSTMCell(3, 4)
    raises(RuntimeError, "input has inconsistent input_size: got 5 expected 3",
           lambda: cell(torch.ones(2, 5)))
    raises(RuntimeError, "Input batch size 2 doesn't match hidden0 batch size 3",
           lambda: cell(x, (torch.ones(3, 4), h)))
    raises(RuntimeError, "hidden1 has inconsistent hidden_size: got 5, expected 4",
           lambda: cell(x, (h, torch.ones(2, 5))))
    raises(IndexError, "Dimension out of range", lambda: cell(x, (torch.ones(2), torch.ones(2))))
    raises(RuntimeError, "hidden0 has inconsistent hidden_size: got 5, expected 4",
           lambda: nn.GRUCell(3, 4)(x, torch.ones(2, 5)))
    raises(RuntimeError, "got weight of shape [3] and input of shape [2, 4, 3]",
           lambda: F.group_norm(torch.ones(2, 4, 3), 2, torch.ones(3)))


def test_layers_count_their_arguments():
    raises(TypeError, "Linear.__init__() takes from 3 to 6 positional arguments but 7 were given",
           lambda: nn.Linear(1, 2, True, None, None, 3))
    raises(TypeError, "_DropoutNd.__init__() takes from 1 to 3 positional arguments but 4 were",
           lambda: nn.Dropout(1, 2, 3))
    raises(TypeError, "_BatchNorm.__init__() missing 1 required positional argument: "
           "'num_features'", lambda: nn.BatchNorm1d())
    raises(TypeError, "Tanh.__init__() takes 1 positional argument but 2 were given",
           lambda: nn.Tanh(1))
