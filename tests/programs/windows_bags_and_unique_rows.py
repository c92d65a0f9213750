"""Tensor.unfold, RReLU, bags of embeddings, and the different parts of a tensor."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def tried(make):
    try:
        print(make())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


# ---- windows ----
x = torch.arange(12.0).view(3, 4).requires_grad_()
y = x.unfold(1, 2, 1)
print(y, y.stride(), y.grad_fn._saved_dimension, y.grad_fn._saved_size, y.grad_fn._saved_step)
(y * torch.randn(y.shape)).sum().backward()
print(x.grad)
for window in ((0, 2, 1), (1, 3, 2), (-1, 4, 1), (0, 1, 5), (1, 0, 1), (2, 1, 1), (1, 5, 1),
               (1, -1, 1), (1, 2, 0), (-3, 1, 1)):
    tried(lambda: x.detach().unfold(*window))
tried(lambda: torch.tensor(3.0).unfold(0, 1, 1))
tried(lambda: x.unfold(1, 2))
z = torch.zeros(6)
z.unfold(0, 2, 2)[:, 0] = 1
print(z, torch.arange(24.0).view(2, 3, 4).unfold(1, 2, 1).unfold(2, 2, 2).shape)

# ---- random slopes ----
torch.manual_seed(0)
print(nn.RReLU(), nn.RReLU(0.1, 0.3, True))
x = torch.randn(3, 4, requires_grad=True)
layer = nn.RReLU()
y = layer(x)
y.sum().backward()
print(y, x.grad, torch.rand(2), layer.eval()(x))
print(F.rrelu(x.detach().double(), 0.2, 0.5, True))
v = x.detach().clone()
print(F.rrelu(v, training=True, inplace=True) is v, v)
tried(lambda: F.rrelu(x.detach(), 0.5, 0.2, True))

# ---- bags ----
table = torch.randn(6, 3, requires_grad=True)
words, starts = torch.tensor([1, 2, 4, 5, 4, 3, 2]), torch.tensor([0, 3, 3])
for mode in ("sum", "mean", "max"):
    for padding in (None, 4, -2):
        table.grad = None
        bags = F.embedding_bag(words, table, starts, mode=mode, padding_idx=padding)
        (bags * torch.arange(9.0).view(3, 3)).sum().backward()
        print(bags, table.grad)
shares = torch.rand(2, 2, requires_grad=True)
F.embedding_bag(torch.tensor([[1, 2], [2, 2]]), table, mode="sum",
                per_sample_weights=shares).pow(2).sum().backward()
print(table.grad, shares.grad)
print(F.embedding_bag(words, table, torch.tensor([0, 2, 7]), include_last_offset=True))
bag = nn.EmbeddingBag(10, 3, mode="sum", padding_idx=0)
print(bag, bag(torch.tensor([[1, 0, 2], [0, 0, 0]])), nn.EmbeddingBag(4, 2, max_norm=1.0))
tried(lambda: F.embedding_bag(words, table))
tried(lambda: F.embedding_bag(words, table, torch.tensor([0, 9])))
tried(lambda: F.embedding_bag(torch.tensor([[1]]), table, starts))
tried(lambda: F.embedding_bag(torch.tensor([[9]]), table))
tried(lambda: F.embedding_bag(torch.tensor([[9]]), table, mode="max"))
tried(lambda: F.embedding_bag(words, table, starts, mode="q"))
tried(lambda: F.embedding_bag(words, table, starts, per_sample_weights=torch.ones(7)))
tried(lambda: F.embedding_bag(words.float(), table, starts))

# ---- parts ----
t = torch.tensor([[3, 1], [1, 2], [3, 1], [0, 5], [1, 2]])
print(torch.unique(t, dim=0, return_inverse=True, return_counts=True), t.unique(dim=1))
print(torch.unique_consecutive(t[[0, 2, 1, 0]], dim=0, return_counts=True))
print(torch.unique(torch.zeros(0, 2), dim=0).shape, torch.unique(t[0], dim=0))
tried(lambda: torch.unique(t, dim=2))
