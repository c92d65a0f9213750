"""In-place operations on expanded tensors, and what is said of a tensor that changed."""
import torch
import torch.nn.functional as F


def tried(make):
    try:
        print(make())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


def wide():
    return torch.ones(2).expand(2, 2)


def assigned(where, value):
    t = wide()
    t[where] = value
    return t


for name, *args in (("add_", 1), ("mul_", 2), ("fill_", 3), ("zero_",), ("relu_",), ("exp_",),
                    ("clamp_", 0, 1), ("copy_", torch.ones(2, 2)), ("uniform_",), ("normal_",),
                    ("bernoulli_",), ("masked_fill_", torch.eye(2) > 0, 5),
                    ("scatter_", 0, torch.tensor([[0]]), 5.0), ("fill_diagonal_", 3)):
    tried(lambda: getattr(wide(), name)(*args))
tried(lambda: assigned(0, 5))
tried(lambda: assigned((slice(None), 0), torch.tensor([5.0, 6.0])))
tried(lambda: wide().clone().add_(1))
tried(lambda: torch.ones(3).copy_(torch.ones(2)))
tried(lambda: torch.ones(2).copy_(torch.ones(3, 2)))

x = torch.arange(4.0, requires_grad=True)
a = x * 2
a[0] = 1
b = a * a
a.add_(1)
tried(lambda: b.sum().backward())
print(F.celu(x), F.celu(x, 2.0).grad_fn.name(), F.selu(x).grad_fn.name())
