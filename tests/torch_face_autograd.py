"""Backward walks, hooks, modes and functions of the lesson's own: what PyTorch's documentation
promises and no golden case compares."""

import contextlib
import gc
import warnings
import weakref

import torch
import torch.nn as nn

from torch_face import raises


def leaf(*values):
    return torch.tensor(values, requires_grad=True)


def doubled(seen, key):
    def hook(grad):
        seen.append((key, grad.tolist()))
        return grad * 2
    return hook


# ---- several roots -----------------------------------------------------------------------------

def test_backward_of_several_roots_is_one_walk():
    x = leaf(1.0, 2.0)
    h = x * 3
    a, b = h.sum(), (h * h).sum()
    torch.autograd.backward([a, b])
    assert x.grad.tolist() == [3 + 18, 3 + 36]
    x.grad = None
    h = x * 3
    torch.autograd.backward((h, h.sum()), (torch.tensor([1.0, 10.0]), None), retain_graph=True)
    assert x.grad.tolist() == [6, 33]
    torch.autograd.backward(h, torch.ones(2), inputs=[x])
    assert x.grad.tolist() == [9, 36]


def test_backward_refuses_what_it_cannot_start_from():
    x = leaf(1.0, 2.0)
    raises(RuntimeError, "grad can be implicitly created only for scalar outputs",
           lambda: torch.autograd.backward([x.sum(), x * 2]))
    raises(RuntimeError, "element 1 of tensors does not require grad",
           lambda: torch.autograd.backward([x.sum(), torch.ones(1)]))
    raises(RuntimeError, "got 1 tensors and 2 gradients",
           lambda: torch.autograd.backward([x.sum()], [None, None]))
    raises(RuntimeError, "`inputs` argument to `backward()` cannot be empty.",
           lambda: x.sum().backward(inputs=[]))
    raises(TypeError, "gradients can be either Tensors or None, but got int",
           lambda: torch.autograd.backward([x.sum()], [1]))
    raises(TypeError, "'int' object is not iterable", lambda: torch.autograd.backward(1))
    raises(TypeError, "all inputs have to be Tensors", lambda: x.sum().backward(inputs=[1]))
    assert x.grad is None


def test_backward_to_chosen_inputs():
    x, w = leaf(2.0), leaf(3.0)
    y = x * w
    (y * y).backward(inputs=[w], retain_graph=True)
    assert x.grad is None and w.grad.item() == 24
    (y * y).backward(inputs=[y])
    assert y.grad.item() == 12 and y.retains_grad


def test_backward_from_objects_that_nobody_else_keeps():
    x = leaf(1.0, 2.0)
    torch.autograd.backward(((x * i).sum() for i in range(3)))
    assert x.grad.tolist() == [3, 3]


# ---- autograd.grad -----------------------------------------------------------------------------

def test_grad_takes_all_its_arguments():
    x, unused = leaf(1.0, 2.0), leaf(5.0)
    g, = torch.autograd.grad(x * x, x, grad_outputs=torch.tensor([1.0, 10.0]))
    assert g.tolist() == [2, 40] and x.grad is None
    g, zeros = torch.autograd.grad((x * x).sum(), [x, unused], materialize_grads=True)
    assert zeros.tolist() == [0.0] and zeros.requires_grad
    assert torch.autograd.grad((x * x).sum(), [unused], allow_unused=True) == (None,)
    a, = torch.autograd.grad([x.sum(), (x * x).sum()], [x])
    assert a.tolist() == [3, 5]
    raises(ValueError, "Expected allow_unused to be True or not passed when materialize_grads=True",
           lambda: torch.autograd.grad(x.sum(), x, allow_unused=False, materialize_grads=True))
    raises(NotImplementedError, "is_grads_batched=True is not supported by Gradlight",
           lambda: torch.autograd.grad(x * 2, x, torch.eye(2), is_grads_batched=True))
    raises(ValueError, "grad requires non-empty inputs.", lambda: torch.autograd.grad(x.sum(), []))
    raises(TypeError, "grad() takes", lambda: torch.autograd.grad(*[x] * 12))


def test_second_and_third_derivatives():
    x = leaf(2.0)
    y = x ** 4
    first, = torch.autograd.grad(y, x, create_graph=True)
    second, = torch.autograd.grad(first, x, create_graph=True)
    third, = torch.autograd.grad(second, x)
    assert (first.item(), second.item(), third.item()) == (32, 48, 48)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (x ** 3).backward(create_graph=True)
    assert x.grad.requires_grad
    x.grad = None


# ---- hooks -------------------------------------------------------------------------------------

def test_tensor_hooks_replace_gradients_in_order():
    x, seen = leaf(1.0), []
    first = x.register_hook(doubled(seen, "a"))
    x.register_hook(doubled(seen, "b"))
    (x * 3).backward()
    assert seen == [("a", [3.0]), ("b", [6.0])] and x.grad.item() == 12
    first.remove()
    first.remove()
    x.grad, seen[:] = None, []
    (x * 3).backward()
    assert seen == [("b", [3.0])]
    with x.register_hook(doubled(seen, "c")):
        pass
    seen[:] = []
    (x * 3).backward()
    assert [key for key, _ in seen] == ["b"]


def test_a_hook_may_remove_itself_and_others():
    x, seen = leaf(1.0), []
    handles = []

    def once(grad):
        seen.append("once")
        handles[0].remove()

    handles.append(x.register_hook(once))
    x.register_hook(lambda grad: seen.append("always"))
    (x * 2).backward()
    (x * 2).backward()
    assert seen == ["once", "always", "always"]


def test_a_handle_removes_its_own_hook_only():
    y, seen = leaf(1.0) * 2, []
    old = y.register_hook(lambda grad: seen.append("old"))
    y.add_(1)
    y.register_hook(lambda grad: seen.append("new"))
    old.remove()
    y.backward()
    assert "new" in seen


def test_hooks_are_held_to_the_gradient():
    x = leaf(1.0, 2.0)
    for result, text in ((torch.ones(3), "has changed the size of value"),
                         (torch.ones(2, dtype=torch.float64), "has changed the type of value")):
        handle = x.register_hook(lambda grad: result)
        raises(RuntimeError, text, lambda: x.sum().backward())
        handle.remove()
    handle = x.register_hook(lambda grad: 1 / 0)
    raises(ZeroDivisionError, "division by zero", lambda: x.sum().backward())
    handle.remove()
    assert x.grad is None
    raises(RuntimeError, "cannot register a hook on a tensor that doesn't require gradient",
           lambda: torch.ones(1).register_hook(print))


def test_a_hook_after_the_accumulation():
    x, seen = leaf(1.0), []

    def step(parameter):
        seen.append(parameter.grad.item())
        parameter.grad = None

    handle = x.register_post_accumulate_grad_hook(step)
    (x * 2).backward()
    (x * 3).backward()
    assert seen == [2, 3] and x.grad is None
    handle.remove()
    (x * 2).backward()
    assert x.grad.item() == 2
    raises(RuntimeError, "post accumulate grad hooks cannot be registered on non-leaf tensors",
           lambda: (x * 2).register_post_accumulate_grad_hook(step))


def test_hooks_of_nodes():
    x, seen = leaf(1.0, 2.0), []
    y = x * x
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 10,))

    def after(inputs, outputs):
        seen.append((len(inputs), outputs[0].tolist()))
        return (inputs[0] * 0, inputs[1])

    handle = y.grad_fn.register_hook(after)
    y.backward(torch.ones(2), retain_graph=True)
    assert seen == [(2, [10, 10])] and x.grad.tolist() == [10, 20]
    handle.remove()
    x.grad = None
    y.backward(torch.ones(2), retain_graph=True)
    assert x.grad.tolist() == [20, 40]
    y.grad_fn.register_hook(lambda inputs, outputs: 1)
    raises(TypeError, "expected tuple, but hook returned 'int'",
           lambda: y.backward(torch.ones(2), retain_graph=True))


# ---- flags -------------------------------------------------------------------------------------

def test_detach_in_place():
    x = leaf(1.0)
    y = x * 2
    assert y.detach_() is y and y.is_leaf and not y.requires_grad and y.grad_fn is None
    raises(RuntimeError, "Can't detach views in-place. Use detach() instead.",
           lambda: (x * 2)[0].detach_())


def test_a_gradient_is_assigned():
    x, given = leaf(1.0), torch.tensor([5.0])
    x.grad = given
    assert x.grad is given
    (x * 2).backward()
    assert given.item() == 7
    del x.grad
    assert x.grad is None


# ---- anomalies ---------------------------------------------------------------------------------

def test_anomaly_mode_names_the_forward_that_failed():
    x = leaf(0.0)
    torch.autograd._set_anomaly(True, True)
    try:
        assert torch.is_anomaly_enabled() and torch.is_anomaly_check_nan_enabled()
        y = (x * 0).sqrt()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            raises(RuntimeError, "Function 'MulBackward0' returned nan values in its 0th output.",
                   lambda: y.backward())
        text = str(caught[0].message)
        assert text.startswith("Error detected in MulBackward0. Traceback of forward call that "
                               "caused the error:\n") and "y = (x * 0).sqrt()" in text, text
    finally:
        torch.autograd._set_anomaly(False, True)
    with contextlib.suppress(RuntimeError):
        (x * 0).sqrt().backward()
    assert x.grad.isnan().item() if hasattr(x.grad, "isnan") else (x.grad != x.grad).item()


def test_anomaly_mode_as_a_context():
    x = leaf(0.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with torch.autograd.detect_anomaly():
            raises(RuntimeError, "returned nan values in its 0th output",
                   lambda: (x * 0).sqrt().backward())
        assert "Anomaly Detection has been enabled" in str(caught[0].message)
        assert not torch.is_anomaly_enabled()
        y = (x * 0).sqrt()
        with torch.autograd.set_detect_anomaly(True):
            raises(RuntimeError, "returned nan values", lambda: y.backward())
        assert "No forward pass information available" in str(caught[-1].message)
        torch.autograd.set_detect_anomaly(True, check_nan=False)
        (x * 0).sqrt().backward()
        torch.autograd.set_detect_anomaly(False)


# ---- modes -------------------------------------------------------------------------------------

def test_modes_as_contexts_and_decorators():
    x = leaf(1.0)

    @torch.no_grad()
    def quiet():
        return x * 2

    @torch.set_grad_enabled(False)
    def also_quiet():
        return x * 2

    assert torch.is_grad_enabled()
    assert not quiet().requires_grad and not also_quiet().requires_grad
    with torch.no_grad():
        assert not torch.is_grad_enabled()
        with torch.enable_grad():
            assert (x * 2).requires_grad
        assert torch.enable_grad()(lambda: x * 2)().requires_grad
        with torch.set_grad_enabled(True):
            assert (x * 2).requires_grad
        assert not torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    raises(TypeError, "no_grad() takes no keyword arguments", lambda: torch.no_grad(mode=True))
    try:
        with torch.no_grad():
            raise KeyError
    except KeyError:
        assert torch.is_grad_enabled()


def test_a_generator_in_a_mode():
    x = leaf(1.0)

    @torch.no_grad()
    def several():
        got = yield (x * 2).requires_grad
        yield got, (x * 2).requires_grad

    run = several()
    assert next(run) is False and torch.is_grad_enabled()
    assert run.send(5) == (5, False) and torch.is_grad_enabled()
    run.close()
    assert list(several())[0] is False


def test_inference_mode():
    x = leaf(1.0, 2.0)
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled() and not torch.is_grad_enabled()
        y = x * 2
        y.add_(1)
        view = x[0]
        assert y.is_inference() and torch.is_inference(y) and not view.is_inference()
    assert not torch.is_inference_mode_enabled() and not y.requires_grad and not x.is_inference()
    assert (y + 1).tolist() == [4, 6] and not (y + 1).is_inference() and y[0].is_inference()
    raises(RuntimeError, "Inplace update to inference tensor outside InferenceMode is not allowed.",
           lambda: y.add_(1))
    raises(RuntimeError, "Inference tensors cannot be saved for backward.", lambda: x * y)
    raises(RuntimeError, "Inference tensors do not track version counter.", lambda: y._version)
    raises(RuntimeError, "Setting requires_grad=True on inference tensor outside InferenceMode",
           lambda: y.requires_grad_())
    (x + y).sum().backward()
    assert x.grad.tolist() == [1, 1]
    with torch.inference_mode(False):
        assert (x * 2).requires_grad

    @torch.inference_mode()
    def answer():
        return x * 2
    assert answer().is_inference() and not y.clone().is_inference()


# ---- rings of references -------------------------------------------------------------------------

def test_tensors_in_rings_are_collected():
    def with_hook():
        x = torch.ones(2, requires_grad=True)
        x.register_hook(lambda grad: x.sum())
        return weakref.ref(x)

    def with_attribute():
        x = torch.ones(2, requires_grad=True)
        x.me = x
        return weakref.ref(x)

    def with_parameter():
        w = nn.Parameter(torch.ones(2))
        w.me, w.owner = [w], {"w": w}
        return weakref.ref(w)

    for make in (with_hook, with_attribute, with_parameter):
        dead = make()
        gc.collect()
        assert dead() is None, make


def test_hooks_outlive_their_tensors_name():
    x, seen = torch.ones(2, requires_grad=True), []
    x.register_hook(seen.append)
    y = (x * 2).sum()
    del x
    gc.collect()
    y.backward()
    assert [g.tolist() for g in seen] == [[2, 2]]
