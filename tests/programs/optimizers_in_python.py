"""Rprop, ASGD and L-BFGS, whose steps are made of operations on tensors."""
import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

X = torch.randn(32, 3, dtype=torch.double)
Y = (X ** 2).sum(1, keepdim=True)


def model():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(3, 6), nn.Sigmoid(), nn.Linear(6, 1)).double()


def train(make, steps, with_closure=False):
    net = model()
    optimizer = make(net.parameters())
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = F.mse_loss(net(X), Y)
        loss.backward()
        return loss

    for _ in range(steps):
        loss = optimizer.step(closure) if with_closure else closure()
        if not with_closure:
            optimizer.step()
        losses.append(f"{loss.item():.5f}")
    state = optimizer.state_dict()
    print(losses, sorted(key for key in state["state"][0] if key != "al"))
    again = make(model().parameters())
    again.load_state_dict(copy.deepcopy(state))
    print(again, again.state_dict()["param_groups"])


train(lambda p: optim.Rprop(p), 20)
train(lambda p: optim.Rprop(p, 0.001, (0.3, 1.5), (1e-4, 1.0)), 20)
train(lambda p: optim.ASGD(p, 0.05), 10)
train(lambda p: optim.ASGD(p, 0.05, t0=5, lambd=0.01, weight_decay=0.1), 10)
train(lambda p: optim.LBFGS(p), 3, True)
train(lambda p: optim.LBFGS(p, lr=0.1, max_iter=5, history_size=3), 8, True)
train(lambda p: optim.LBFGS(p, line_search_fn="strong_wolfe"), 3, True)
train(lambda p: optim.LBFGS(p, lr=10.0, line_search_fn="strong_wolfe", max_iter=4), 4, True)

x = torch.tensor([-1.2, 1.0], dtype=torch.double, requires_grad=True)
optimizer = optim.LBFGS([x], line_search_fn="strong_wolfe")


def rosenbrock():
    optimizer.zero_grad()
    loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    loss.backward()
    return loss


for _ in range(3):
    print(f"{optimizer.step(rosenbrock):.4f}", x)


def tried(make):
    try:
        print(make())
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


p = [nn.Parameter(torch.ones(1))]
tried(lambda: optim.Rprop(p, -1))
tried(lambda: optim.Rprop(p, etas=(1.0, 2.0)))
tried(lambda: optim.ASGD(p, weight_decay=-1))
tried(lambda: optim.LBFGS([{"params": p}, {"params": [nn.Parameter(torch.ones(1))]}]))
tried(lambda: optim.LBFGS(p, lr=-1))
tried(lambda: optim.LBFGS(p, line_search_fn="x").step(lambda: 3 * p[0].sum()))
