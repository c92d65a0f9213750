# === a hundred gigabytes
#: error MemoryError
x = bytearray(100 * 10**9)

# === little by little
#: error MemoryError
#: memory 128
a = []
while True:
    a.append([0] * 1000)

# === a tensor of ten gigabytes
#: error RuntimeError
import torch
x = torch.ones(10 * 2**28)

# === tensors, one after the other
#: error RuntimeError
#: memory 128
import torch
kept = []
while True:
    kept.append(torch.ones(2**20))

# === a tensor with too many elements
#: error RuntimeError
import torch
torch.empty(2**40, 2**40)

# === arrays
#: error MemoryError
#: memory 128
import numpy
numpy.ones((2**14, 2**14))

# === memory that is shared
#: out PermissionError
import mmap
try:
    kept = [mmap.mmap(-1, 1 << 27) for _ in range(100)]
except BaseException as refused:
    print(type(refused).__name__)

# === a text that doubles
#: error MemoryError
#: memory 128
text = "x"
while True:
    text += text

# === a number that grows
#: error MemoryError
#: memory 128
n = 2 ** (2 * 2**30)

# === many descriptors
#: out OSError
files = []
try:
    while True:
        files.append(open("/dev/null"))
except OSError as refused:
    print(type(refused).__name__)

# === a graph without end
#: error any
#: memory 64
import torch
x = torch.ones(100000, requires_grad=True)
while True:
    x = x * x
