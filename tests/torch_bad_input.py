"""Every function, method, operator and class of the face with arguments that make no sense: each call
works or raises an exception of Python's usual classes, never one that says that our own C is wrong,
and no argument is kept or lost on the way. That the program survives, within the memory that it is
given, is part of the test."""

import gc
import operator
import os
import resource
import sys
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

ALLOWED = (TypeError, ValueError, RuntimeError, IndexError, AssertionError, AttributeError,
           OverflowError, ZeroDivisionError, BufferError, KeyError, StopIteration)
OURS = (SystemError, RecursionError)  # (a RecursionError is a RuntimeError)

# What would change the whole program, end it, or write files.
LEFT_OUT = {"set_default_dtype", "set_grad_enabled", "set_rng_state", "save", "load", "manual_seed",
            "seed", "_set_anomaly", "set_default_device", "set_num_threads", "set_printoptions",
            "set_default_tensor_type"}


def refuse(*args):
    raise KeyError("from the lesson")


class Odd:
    """Has what is looked for, and nothing works."""
    __index__ = __float__ = __len__ = __iter__ = __bool__ = __array__ = refuse
    __getitem__ = __getattr__ = refuse


def values():
    huge = 2 ** 62
    return [None, True, 0, -1, 7, 10 ** 10, huge, 2 ** 70, -2 ** 63, 1.5, float("nan"),
            float("inf"), 1j, "a", b"a", [], [1, 2], [0], [-9], [huge, huge], ["a"], [None],
            [[1], [1, 2]], (), {}, object(),
            lambda *args: 1, slice(None), slice(0, 0, 0), ..., torch.float32, torch.int64,
            torch.device("cpu"), torch.Size([2]), Odd(), [Odd()], np.ones((2, 3)), np.float32(1),
            np.array(["a"]), torch.tensor(2.0), torch.tensor([9, -9]), torch.ones(0), torch.ones(2, 3),
            torch.ones(3, 4), torch.ones(2, 3, requires_grad=True), torch.ones(2, 3) > 0,
            torch.ones(2, 3, dtype=torch.float64), torch.ones(1, 2, 3, 4, 5), torch.ones(3)[:0].t(),
            torch.ones(2, 3).t(), [torch.ones(2, 3), torch.ones(2)], (torch.ones(2, 3), 5)]


def subjects():
    """New ones for each call: a function may change them."""
    return [torch.ones(2, 3), torch.ones(2, 3, dtype=torch.int64), torch.tensor(2.0), torch.ones(0),
            torch.ones(2, 3) > 0, torch.ones(2, 3, requires_grad=True)]


class Share:
    """Which calls are made: one of every so many, counted over all of them."""
    of, calls = 1, 0


def attempt(name, function, *args, **keywords):
    Share.calls += 1
    if Share.calls % Share.of != 0:
        return
    try:
        with torch.no_grad() if name.endswith("_") else torch.enable_grad():
            function(*args, **keywords)
    except OURS as exception:
        raise AssertionError(f"{name}: {exception!r}") from exception
    except ALLOWED:
        pass
    except Exception as exception:
        raise AssertionError(f"{name}: {exception!r}") from exception


def counts(given):
    """How many hold each of the values that nobody else has reason to hold."""
    return {i: sys.getrefcount(given[i]) for i in range(len(given))
            if isinstance(given[i], (torch.Tensor, np.ndarray, list, dict, float, Odd))}


def functions():
    kind = type(torch.exp)
    for place in (torch, torch.Tensor, F, torch.autograd, torch.cuda, nn.init, torch.random):
        for name, value in sorted(vars(place).items()):
            if type(value) is kind and name not in LEFT_OUT:
                yield f"{getattr(place, '__name__', place)}.{name}", value


def test_functions_take_any_argument():
    given = values()
    before = counts(given)
    for name, function in functions():
        attempt(name, function)
        for value in given:
            attempt(name, function, value)
            attempt(name, function, torch.ones(2, 3), value)
            attempt(name, function, torch.ones(2, 3), value, value)
            attempt(name, function, torch.ones(2, 3), 1, value)
            attempt(name, function, torch.ones(2, 3), torch.ones(2, 3), value)
        for subject in subjects():
            attempt(name, function, subject)
            attempt(name, function, subject, 0)
    gc.collect()
    after = counts(given)
    changed = [(repr(given[i]), before[i], after[i]) for i in before if before[i] != after[i]]
    assert not changed, changed


def test_functions_take_any_keyword():
    words = ("dim", "dtype", "out", "keepdim", "size", "generator", "reduction", "weight", "device",
             "requires_grad", "input", "nonsense")
    for name, function in functions():
        for word in words:
            for value in (None, -1, 2 ** 62, "a", [0, 0], torch.ones(2, 3), object()):
                attempt(name, function, torch.ones(2, 3), **{word: value})


def test_operators_take_any_operand():
    binary = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv,
              operator.mod, operator.pow, operator.matmul, operator.and_, operator.or_, operator.xor,
              operator.lshift, operator.rshift, operator.eq, operator.ne, operator.lt, operator.ge,
              operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ipow,
              operator.ifloordiv, operator.imod, operator.iand, operator.contains, divmod]
    for function in binary:
        for value in values():
            for subject in subjects():
                attempt(function.__name__, function, subject, value)
                attempt(function.__name__, function, value, subject)
    for function in (operator.neg, operator.pos, operator.invert, abs, bool, int, float, complex,
                     len, iter, list, round, str, repr, hash, reversed, sum, max, sorted, format,
                     operator.index, bytes, memoryview, np.array, np.asarray, np.sum, dir):
        for subject in subjects():
            attempt(function.__name__, function, subject)


def test_indexing_takes_anything():
    for index in values():
        for subject in subjects():
            attempt("getitem", operator.getitem, subject, index)
            attempt("getitem", operator.getitem, subject, (index, index))
            attempt("getitem", operator.getitem, subject, (0, index))
            attempt("delitem", operator.delitem, subject, index)
            for value in (0, torch.ones(2, 3), "a", None, torch.ones(7), [1, 2]):
                attempt("setitem", operator.setitem, subject, index, value)
                attempt("setitem", operator.setitem, subject, (0, index), value)


def test_attributes_take_anything():
    names = ("grad", "data", "requires_grad", "shape", "dtype", "T", "names", "is_leaf", "grad_fn",
             "device", "_version", "anything")
    for name in names:
        for value in values():
            for subject in subjects():
                attempt(name, setattr, subject, name, value)
        for subject in subjects():
            attempt(name, delattr, subject, name)
            attempt(name, getattr, subject, name)


def classes():
    skipped = {"Module", "Parameter"}
    for name, value in sorted(vars(nn).items()):
        if isinstance(value, type) and issubclass(value, nn.Module) and name not in skipped:
            yield name, value


def test_layers_take_anything():
    for name, layer in classes():
        attempt(name, layer)
        for value in values():
            if isinstance(value, int) and value > 10 ** 9:
                continue  # so many layers: PyTorch makes them too, until memory ends
            attempt(name, layer, value)
            attempt(name, layer, 2, value)
            attempt(name, layer, 2, 3, value)
        for args in ((), (2,), (2, 3), (3, 2, 1)):
            try:
                made = layer(*args)
            except ALLOWED:
                continue
            attempt(name, made)
            for value in values():
                attempt(name, made, value)
                attempt(name, made, torch.ones(2, 3), value)
                attempt(name, made, torch.ones(2, 3), value, value)


def test_optimizers_take_anything():
    w = torch.ones(2, requires_grad=True)
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"):
        optimizer = getattr(optim, name)
        attempt(name, optimizer)
        for value in values():
            attempt(name, optimizer, value)
            attempt(name, optimizer, [w], value)
            attempt(name, optimizer, [w], lr=value)
            attempt(name, optimizer, [{"params": value}])
            attempt(name, optimizer, [{"params": [w], "lr": value}])
            made = optimizer([w], lr=0.1)
            attempt(name, made.load_state_dict, value)
            attempt(name, made.add_param_group, value)
            attempt(name, made.step, value)


def test_classes_take_anything():
    makers = [torch.Tensor, torch.LongTensor, torch.Size, torch.device, torch.dtype, torch.Generator,
              nn.Parameter, torch.no_grad, torch.enable_grad, torch.inference_mode,
              torch.autograd.graph.Node, torch.autograd.FunctionCtx, torch.autograd.Function,
              torch.autograd.Variable, torch.autograd.detect_anomaly]
    for maker in makers:
        attempt(maker.__name__, maker)
        for value in values():
            attempt(maker.__name__, maker, value)
            attempt(maker.__name__, maker, value, value)
            attempt(maker.__name__, maker, data=value)
    for value in values():
        attempt("manual_seed", torch.Generator().manual_seed, value)
        attempt("set_state", torch.Generator().set_state, value)
        attempt("set_grad_enabled", lambda: torch.set_grad_enabled(value).__exit__())
        torch.set_grad_enabled(True)


def test_nodes_take_anything():
    y = (torch.ones(2, requires_grad=True) * 2).sum()
    for value in values():
        for method in ("register_hook", "register_prehook", "_set_sequence_nr", "_register_hook_dict"):
            fn = (torch.ones(2, requires_grad=True) * 2).sum()
            attempt(method, getattr(fn.grad_fn, method), value)
            attempt(method, fn.backward)
        attempt("call", y.grad_fn, value) if callable(y.grad_fn) else None
        x = torch.ones(2, requires_grad=True)
        attempt("register_hook", x.register_hook, value)
        attempt("post", x.register_post_accumulate_grad_hook, value)
        attempt("backward", (x * 2).sum().backward)


class Any(torch.autograd.Function):
    result = None

    @staticmethod
    def forward(ctx, *args):
        ctx.save_for_backward(*args[1:])
        ctx.mark_dirty(*args[2:])
        ctx.mark_non_differentiable(*args[2:])
        return args[0] * 2 if not args[1:] else args[1]

    @staticmethod
    def backward(ctx, *grads):
        return Any.result


def test_functions_of_the_lesson_take_and_give_anything():
    for value in values():
        x = torch.ones(2, 3, requires_grad=True)
        attempt("apply", Any.apply, value)
        attempt("apply", Any.apply, x, value)
        attempt("apply", Any.apply, x, value, value)
        Any.result = value
        attempt("backward", lambda: Any.apply(x).sum().backward())
        Any.result = (value, value)
        attempt("backward", lambda: Any.apply(x).sum().backward())
    Any.result = None
    assert torch.is_grad_enabled()


def limit_memory(size):
    """Lets the program grow by so many bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        most = int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE") + size
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def run(of):
    """Every test, with one call in `of`; how many were made."""
    Share.of, Share.calls = of, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, test in sorted(globals().items()):
            if name.startswith("test_"):
                test()
    return Share.calls // of
