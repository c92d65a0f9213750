"""int8, int16, float16 and bfloat16: kept narrow, computed wide, rounded once."""
import io

import numpy as np
import torch
import torch.nn as nn


def show(make):
    try:
        value = make()
        print(value, value.dtype if isinstance(value, torch.Tensor) else "")
    except Exception as error:
        print(type(error).__name__, error)


kinds = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16,
         torch.bfloat16, torch.float32, torch.float64]
for a in kinds:
    print(a, [str(torch.promote_types(a, b))[6:] for b in kinds], a.itemsize, a.is_floating_point,
          a.is_signed)
    x = torch.tensor([1, 2, 3]).to(a)
    print(x, x + 1, (x + 1.5).dtype, (x + torch.tensor(1.5, dtype=torch.float64)).dtype, x.sum(), x * x,
          x.tolist(), x[0].item())
h = torch.tensor([0.1, 1 / 3, 1000.5, 65504, 70000, 6e-8, 1e-8, -2.5], dtype=torch.float16)
b = h.float().bfloat16()
print(h, b, h.float(), b.float(), h == h.float(), (h * 2).isinf(), -h, h.abs().max())
for f in (torch.exp, torch.sqrt, torch.sigmoid, torch.tanh, torch.relu, torch.floor, torch.round, torch.sign):
    print(f.__name__, f(h[:3]), f(b[:3]))
c = torch.tensor([127, -128, 100, 7], dtype=torch.int8)
s = torch.tensor([32767, -32768, 300, -7], dtype=torch.int16)
print(c + 1, c * 2, -c, c // 3, c % 5, c / 2, c.sum(), c.float().mean(), c.abs(), c << 1, c >> 1, c & 15, c ** 2)
print(s + 1, s * s, s.to(torch.int8), torch.tensor([300.7, -1.5]).to(torch.int8), s.max(), s.argsort(), s.sort())
print(c.clamp(-5, 5), torch.maximum(c, c.flip(0)), c > 0, torch.where(c > 0, c, -c), c.unique(), c.cumsum(0))
show(lambda: torch.tensor([300], dtype=torch.int8))
show(lambda: torch.tensor([1], dtype=torch.int8) + 300)
show(lambda: torch.full((2,), 200, dtype=torch.int8))
show(lambda: torch.tensor([1], dtype=torch.int8, requires_grad=True))
show(lambda: torch.ones(2, dtype=torch.float16) @ torch.ones(2))
show(lambda: torch.ones(2, 3).half() @ torch.ones(3, 2).half())
show(lambda: torch.ones(2, dtype=torch.bfloat16).numpy())
show(lambda: nn.Linear(2, 1).half()(torch.ones(1, 2)))
show(lambda: nn.Linear(2, 1)(torch.ones(1, 2).half()))
show(lambda: torch.arange(5, dtype=torch.int8))
show(lambda: torch.arange(0, 1, 0.25, dtype=torch.float16))
show(lambda: torch.linspace(0, 1, 3, dtype=torch.bfloat16))
show(lambda: torch.zeros(2, 2, dtype=torch.half) + torch.eye(2, dtype=torch.float16))
show(lambda: torch.cat([torch.ones(1).half(), torch.ones(1)]))
show(lambda: torch.stack([h, h])[:, 1:3])
for kind in (torch.float16, torch.bfloat16):
    print(torch.finfo(kind), torch.finfo(kind).max)
for kind in (torch.int8, torch.int16):
    print(torch.iinfo(kind), torch.zeros(1, dtype=kind).type())
print(torch.half, torch.short, h.type(), torch.HalfTensor([1]), torch.CharTensor([1, 2]), torch.ShortTensor([3]))
n = np.array([1, -2], dtype=np.int8)
t = torch.from_numpy(n)
t += 5
print(n, t, torch.from_numpy(np.array([0.1], dtype=np.float16)), h[:2].numpy(), h.numpy().dtype, s.numpy().dtype)
w = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float16, requires_grad=True)
loss = (w * torch.tensor([1., 2, 3], dtype=torch.float16)).sum() ** 2
loss.backward()
print(loss, w.grad, w.grad.dtype)
x = torch.ones(2, requires_grad=True)
(x.half() * 3).sum().backward()
print(x.grad, x.half().grad_fn)
model = nn.Sequential(nn.Linear(2, 2), nn.ReLU()).bfloat16()
print({name: p.dtype for name, p in model.named_parameters()}, model(torch.ones(1, 2).bfloat16()).dtype)
file = io.BytesIO()
torch.save({"h": h, "b": b, "c": c, "s": s}, file)
file.seek(0)
print(torch.load(file), c.element_size(), h.nelement() * h.element_size())
h[0] = 5
h[1:3] += 1
h.add_(1).mul_(2)
print(h, h[h > 3], h.view(2, 4).t(), h.reshape(4, 2).sum(0), torch.equal(h, h.clone()), h.mean(), h.std())
print(torch.randint(0, 100, (3,), dtype=torch.int8).dtype, torch.randn(3).half().dtype, torch.tensor([1.7]).half().to(torch.int16))
print(torch.allclose(h, h), h.double(), torch.tensor(2.5).half(), torch.tensor(3, dtype=torch.int8), f"{h[0]:.2f}")
for kind in (torch.float16, torch.bfloat16):  # what Adam divides by is rounded: 0/0 where nothing came
    for make in (torch.optim.SGD, torch.optim.Adam):
        p = torch.ones(2, 3, dtype=kind, requires_grad=True)
        (p * torch.arange(6, dtype=kind).reshape(2, 3)).sum().backward()
        make([p], lr=0.1).step()
        print(p)
