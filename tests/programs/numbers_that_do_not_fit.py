"""What a tensor is made of: numbers too large for it, lists that are none, devices, lists of tensors."""
import numpy as np
import torch


def tried(make):
    try:
        print(make())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


def assigned(value, dtype):
    t = torch.zeros(2, dtype=dtype)
    t[0] = value
    return t


for value, dtype in ((300, torch.uint8), (-1, torch.uint8), (-256, torch.uint8),
                     (255.5, torch.uint8), (2**31, torch.int32), (2.0**31, torch.int32),
                     (1e300, torch.float32), (float("inf"), torch.float32),
                     (float("nan"), torch.int64), (1e20, torch.int64), (2.5, torch.bool)):
    tried(lambda: torch.tensor([value], dtype=dtype))
    tried(lambda: torch.full((1,), value, dtype=dtype))
    tried(lambda: torch.zeros(1, dtype=dtype).fill_(value))
    tried(lambda: assigned(value, dtype))
for data in ([[1, 2], 3], [1, [2]], [1.0, [2]], [[1], None], [[1, 2], "ab"], [{1}]):
    tried(lambda: torch.tensor(data))
for name in ("cuda:x", "float32", "gpu", "cpu:1", "cuda:01", "cuda:", "", "cuda:1:2", ":0", "CPU",
             "cuda: 0", "cuda:-1", "a b", "cpu0"):
    tried(lambda: repr(torch.device(name)))

x = torch.arange(12.0).view(3, 4)
print(hash(x) == id(x), 3.0 in x, 99.0 in x, x == None)  # noqa: E711
print(np.array([torch.tensor(1.0), torch.tensor(2.0)]), np.array([x, x]).shape)
print(np.stack([x[0], x[1]]), np.mean([torch.tensor(1.0), torch.tensor(2.0)]))
print(list(reversed(torch.arange(3))), list(zip(x[0], x[1]))[0])
tried(lambda: x.masked_fill(torch.ones(2, dtype=torch.bool), 0))
tried(lambda: torch.nn.functional.nll_loss(x, torch.tensor([0, 1, 2]), torch.ones(2)))
