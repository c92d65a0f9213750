"""PyTorch's times on its CUDA device, for the rows of bench_gpu.c: a name, a tab, milliseconds.

Prints nothing where there is no PyTorch or it has no such device.
"""

import statistics
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(0)
if not torch.cuda.is_available():
    sys.exit(0)

torch.backends.cuda.matmul.allow_tf32 = False
DEVICE = torch.device("cuda")


def median(run):
    """Milliseconds of the device."""
    times = []
    for _ in range(3):
        run()
    torch.cuda.synchronize()
    begun = time.monotonic()
    while len(times) < 30 and (len(times) < 3 or time.monotonic() - begun < 1):
        first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        first.record()
        run()
        last.record()
        last.synchronize()
        times.append(first.elapsed_time(last))
    return statistics.median(times)


def row(name, size, run):
    print(f"{name} {size}\t{median(run):.4f}", flush=True)


def training(hidden):
    model = torch.nn.Sequential(torch.nn.Linear(784, hidden), torch.nn.ReLU(),
                                torch.nn.Linear(hidden, 10)).to(DEVICE)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    loss = torch.nn.CrossEntropyLoss()
    images = torch.randn(64, 784, device=DEVICE)
    labels = torch.randint(10, (64,), device=DEVICE)

    def step():
        optimizer.zero_grad()
        loss(model(images), labels).backward()
        optimizer.step()

    return step


for n in (128, 512, 1024, 2048, 4096):
    a, b = torch.randn(n, n, device=DEVICE), torch.randn(n, n, device=DEVICE)
    row("matmul", n, lambda: a @ b)
for name, run in (("add", lambda: a + b), ("mul", lambda: a * b), ("exp", lambda: a.exp()),
                  ("sum", lambda: a.sum())):
    for n in (10**4, 10**5, 10**6, 10**7, 10**8):
        a, b = torch.randn(n, device=DEVICE), torch.randn(n, device=DEVICE)
        row(name, n, run)
for n in (64, 4096):
    a = torch.randn(n, 1000, device=DEVICE)
    row("softmax of rows of 1000", n, lambda: a.softmax(1))
for n in (128, 1024, 8192):
    row("training step, hidden", n, training(n))
