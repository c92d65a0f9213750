"""What a tensor's object was given dies with it, whoever gets its memory next; and names of arguments that
the program put together itself."""
import gc
import weakref

import torch


def show(make):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)


class Marked(torch.Tensor):
    pass


def fresh(count):
    return [torch.tensor(float(i)) for i in range(count)]


# Attributes, weak references and hooks do not pass on.
gone = []
tensors = fresh(100)
for number, tensor in enumerate(tensors):
    tensor.mark = number
    weakref.finalize(tensor, gone.append, number)
references = [weakref.ref(tensor) for tensor in tensors]
del tensor, tensors
print(sorted(gone) == list(range(100)), all(reference() is None for reference in references))
tensors = fresh(200)
print(any(hasattr(tensor, "mark") for tensor in tensors))
print(any(weakref.getweakrefcount(tensor) for tensor in tensors), tensors[150].item())

# An object that holds itself is found by the collector, again and again.
for turn in range(3):
    tensors = fresh(20)
    for tensor in tensors:
        tensor.itself = tensor
    references = [weakref.ref(tensor) for tensor in tensors]
    del tensor, tensors
    gc.collect()
    print(turn, sum(reference() is not None for reference in references))

# Derived classes keep to themselves, also where an object changes its class.
tensors = fresh(10)
for tensor in tensors[::2]:
    tensor.__class__ = Marked
print([type(tensor).__name__ for tensor in tensors])
for tensor in tensors[::4]:
    tensor.__class__ = torch.Tensor
print([type(tensor).__name__ for tensor in tensors])
del tensor, tensors
print({type(tensor).__name__ for tensor in fresh(30)})
print(type(torch.nn.Parameter(torch.ones(1))).__name__, type(torch.ones(1) + 1).__name__)

# A tensor that died in the middle of an expression, and one that a closure revives in time.
kept = []


def keep(grad):
    kept.append(grad)


for turn in range(4):
    x = torch.tensor(float(turn), requires_grad=True)
    x.register_hook(keep)
    ((x + 1) * (x + 2)).backward()
    del x
print([grad.item() for grad in kept])

# Names: spelt out, put together, twice, of NumPy, unknown.
name = "".join(["requires", "_grad"])
print(torch.tensor(1.0, **{name: True}).requires_grad)
print(torch.ones(2, 3).sum(**{"".join(["d", "im"]): 1}), torch.ones(2, 3).sum(axis=0))
print(torch.ones(2, 3).sum(**{"".join(["ax", "is"]): 1, "".join(["keep", "dim"]): True}))
out = torch.empty(2)
torch.add(torch.ones(2), 2, **{"".join(["o", "ut"]): out})
print(out)
show(lambda: torch.nn.functional.softmax(torch.zeros(2), 0, **{"".join(["d", "im"]): 0}))
show(lambda: torch.nn.functional.softmax(torch.zeros(2), **{"".join(["d", "i"]): 0}))
