"""Losses that courses use now and then, over random operands, and what they say of wrong ones."""
import random

import torch
import torch.nn as nn
import torch.nn.functional as F

random.seed(1)
REDUCTIONS = ("none", "mean", "sum")


def rounded(t):
    return [round(x, 3) + 0.0 for x in t.detach().flatten().tolist()]


def show(name, loss, operand):
    loss.backward(torch.rand_like(loss))
    print(name, tuple(loss.shape), rounded(loss), rounded(operand.grad))


def tried(make):
    try:
        print(make())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


# ---- margins ----
for i in range(15):
    samples, classes = random.randint(1, 4), random.randint(1, 6)
    dtype = random.choice([torch.float32, torch.float64])
    x = torch.randn(samples, classes, dtype=dtype, requires_grad=True)
    weight = torch.rand(classes, dtype=dtype) if i % 3 == 0 else None
    target = torch.randint(0, classes, (samples,))
    margin = random.choice([0.5, 1, 2.0])
    show("multi", F.multi_margin_loss(x, target, p=1 + i % 2, margin=margin, weight=weight,
                                      reduction=REDUCTIONS[i % 3]), x)
    x.grad = None
    target = torch.randint(-1, classes, (samples, classes))
    loss = F.multilabel_margin_loss(x, target, reduction=REDUCTIONS[i % 3])
    print(rounded(loss.grad_fn._saved_is_target))
    show("multilabel", loss, x)

x = torch.randn(3, 5, requires_grad=True)
y = torch.tensor([1, 0, 4])
print(nn.MultiMarginLoss(p=2)(x, y), nn.MultiLabelMarginLoss()(x, y[:, None].expand(3, 5)))
print(dict(nn.MultiMarginLoss(weight=torch.ones(5)).state_dict()), nn.MultiMarginLoss(), nn.CTCLoss())
tried(lambda: F.multi_margin_loss(x, torch.tensor([1, 5, 0])))
tried(lambda: F.multi_margin_loss(x, y[:2]))
tried(lambda: F.multi_margin_loss(x, y.float()))
tried(lambda: F.multi_margin_loss(x, y, p=3))
tried(lambda: F.multi_margin_loss(x, y, weight=torch.ones(4)))
tried(lambda: F.multi_margin_loss(x, y, weight=torch.ones(2, 2)))
tried(lambda: F.multi_margin_loss(x[None], y))
tried(lambda: F.multi_margin_loss(x.long(), y))
tried(lambda: F.multi_margin_loss(x[0], y[0], reduction="none"))
tried(lambda: F.multi_margin_loss(x[0], y[:1], reduction="none"))
tried(lambda: F.multi_margin_loss(x, y, reduction="x"))
tried(lambda: F.multilabel_margin_loss(x, y))
tried(lambda: F.multilabel_margin_loss(x, y.float()[:, None].expand(3, 5)))
tried(lambda: F.multilabel_margin_loss(x, torch.full((3, 5), 5)))
tried(lambda: F.multilabel_margin_loss(x[0], torch.tensor([1, 0, -1, 3, 3])))
tried(lambda: nn.MultiMarginLoss(p=3))
tried(lambda: nn.MultiMarginLoss(weight=torch.ones(2, 2)))
slope, = torch.autograd.grad(F.multi_margin_loss(x, y), x, create_graph=True)
print(slope)
tried(lambda: slope.sum().backward())

# ---- sequences ----
for i in range(24):
    steps, samples = random.randint(1, 8), random.randint(1, 3)
    classes, longest = random.randint(2, 5), random.randint(1, 3)
    x = torch.randn(steps, samples, classes, requires_grad=True)
    blank = random.randint(0, classes - 1)
    used = [random.randint(0 if i % 5 == 0 else 1, steps) for _ in range(samples)]
    lengths = [random.randint(0, longest) for _ in range(samples)]
    others = [c for c in range(classes) if c != blank]
    target = torch.tensor([[random.choice(others) for _ in range(longest)]
                           for _ in range(samples)])
    if i % 3 == 0:
        target = torch.cat([row[:n] for row, n in zip(target, lengths)])
    if i % 2:
        used, lengths = torch.tensor(used), torch.tensor(lengths)
    logs = x if i % 7 == 6 else x.log_softmax(2)
    show("ctc", F.ctc_loss(logs, target, used, lengths, blank, REDUCTIONS[i % 3], i % 4 > 1), x)

logs = torch.randn(6, 2, 4).log_softmax(2).requires_grad_()
target = torch.tensor([[1, 2, 2], [3, 1, 0]])
loss = nn.CTCLoss()(logs, target, (6, 5), (3, 2))
print(loss, loss.grad_fn.next_functions[0][0].next_functions)
print(F.ctc_loss(logs[:, 0], target[0], torch.tensor(6), torch.tensor(3), reduction="none"))
slope, = torch.autograd.grad(loss, logs, create_graph=True)
tried(lambda: slope.sum().backward())
for used, lengths in (((6,), (3, 2)), ((6, 5), (3,)), ((7, 5), (3, 2)), ((6, 5), (4, 2)),
                      ((6, 5), (3, -1)), ((-1, 5), (3, 2)), (6, 3),
                      (torch.tensor([6.0, 5.0]), torch.tensor([3, 2])),
                      (torch.tensor([6, 5]), (3, 2))):
    tried(lambda: F.ctc_loss(logs, target, used, lengths))
tried(lambda: F.ctc_loss(logs, target, (6, 5), (3, 2), blank=4))
tried(lambda: F.ctc_loss(logs.long(), target, (6, 5), (3, 2)))
tried(lambda: F.ctc_loss(logs, target[:1], (6, 5), (3, 2)))
tried(lambda: F.ctc_loss(logs, target.flatten(), (6, 5), (3, 2)))
tried(lambda: F.ctc_loss(logs, target[None], (6, 5), (3, 2)))
tried(lambda: F.ctc_loss(logs, target, (6, 5), (3, 2), reduction="huh"))
tried(lambda: F.ctc_loss(logs, target, (2, 5), (3, 2), reduction="none"))

# ---- many classes ----
for i in range(8):
    width, classes, samples = random.randint(4, 12), random.randint(6, 20), random.randint(1, 5)
    cutoffs = sorted(random.sample(range(1, classes - 1), 1 + i % 3))
    model = nn.AdaptiveLogSoftmaxWithLoss(width, classes, cutoffs, div_value=1.5,
                                          head_bias=i % 2 == 0)
    x = torch.randn(samples, width, requires_grad=True)
    out = model(x, torch.randint(0, classes, (samples,)))
    out.loss.backward()
    print(rounded(out.output), rounded(out.loss), rounded(x.grad), rounded(model.head.weight.grad))
    print(rounded(model.log_prob(x)[0]), model.predict(x).tolist())
print(model, out)
for cutoffs in ([], [3, 3], [5, 3], [0, 3], [3, 10], [3.5]):
    tried(lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 10, cutoffs))
model = nn.AdaptiveLogSoftmaxWithLoss(16, 10, [3, 6])
x = torch.ones(2, 16)
for input, target in ((x, [1, 10]), (x, [1]), (x[0], [1]), (x[0], 1), (x, 1), (x, [[1, 2]])):
    tried(lambda: model(input, torch.tensor(target)))
