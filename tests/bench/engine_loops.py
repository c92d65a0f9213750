"""Training loops of the course, each timed by itself: one line "name<TAB>milliseconds" a loop. Runs
under Gradlight, traced or not, and under PyTorch (bench_engine.py)."""

import time

import torch
import torch.nn as nn
import torch.optim as optim

WORDS = globals().get("WORDS", [""])  # of the rows that are wanted: bench_engine.py writes them above
ROUNDS = 3


def fit(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss()
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def adam_500():
    x = torch.unsqueeze(torch.linspace(-10, 10, 100), dim=1)
    y = 3 * x + 2 + torch.randn(x.size()) * 2
    model = nn.Linear(1, 1)
    return lambda: fit(model, x, y, optim.Adam(model.parameters(), lr=0.01), 500)


def sgd_200():
    x = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
    y = torch.tensor([[3.0], [5.0], [7.0], [9.0]])
    model = nn.Linear(1, 1)
    return lambda: fit(model, x, y, optim.SGD(model.parameters(), lr=0.01), 200)


def scalar_backwards_2000():
    def run():
        for _ in range(2000):
            x = torch.tensor(1.0, requires_grad=True)
            y = x + 2
            z = y * y * 3
            z.backward()
    return run


for name, make in [("Adam, 500 epochs", adam_500), ("SGD, 200 epochs", sgd_200),
                   ("2000 scalar backwards", scalar_backwards_2000)]:
    if not any(word in name for word in WORDS):
        continue
    best = float("inf")
    for _ in range(ROUNDS):
        run = make()
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    print(f"{name}\t{best * 1e3:.4f}")
