"""Autograd functions of the lesson's own and gradients checked: what PyTorch's documentation promises
and no golden case compares."""

import warnings

import torch

from torch_face import raises
from torch_face_autograd import leaf


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 3

    @staticmethod
    def backward(ctx, grad):
        x, = ctx.saved_tensors
        return grad * 3 * x ** 2


def test_a_function_has_a_node_of_its_name():
    x = leaf(2.0, 3.0)
    y = Cube.apply(x)
    assert y.requires_grad and not y.is_leaf and y.tolist() == [8, 27]
    assert y.grad_fn.name() == type(y.grad_fn).__name__ == "CubeBackward"
    assert isinstance(y.grad_fn, torch.autograd.graph.Node)
    assert str(y) == "tensor([ 8., 27.], grad_fn=<CubeBackward>)"
    assert repr(y.grad_fn).startswith("<torch.autograd.function.CubeBackward object at 0x")
    assert y.grad_fn.next_functions[0][0].variable is x
    assert y.grad_fn is y.grad_fn and y.grad_fn.saved_tensors[0] is x
    assert y.grad_fn.needs_input_grad == (True,)
    y.sum().backward()
    assert x.grad.tolist() == [12, 27]
    raises(RuntimeError, "Trying to backward through the graph a second time",
           lambda: y.sum().backward())
    raises(RuntimeError, "Trying to backward through the graph a second time",
           lambda: y.grad_fn.saved_tensors)
    assert Cube.apply(torch.ones(1)).grad_fn is None
    with torch.no_grad():
        assert Cube.apply(x).grad_fn is None


def test_a_function_is_differentiated_twice():
    x = leaf(2.0)
    first, = torch.autograd.grad(Cube.apply(x), x, create_graph=True)
    second, = torch.autograd.grad(first, x)
    assert (first.item(), second.item()) == (12, 12)


class Several(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor, w, text="unused"):
        ctx.factor = factor
        ctx.save_for_backward(x, None, w)
        whole = (x * 2).long()
        ctx.mark_non_differentiable(whole)
        return x * factor * w, whole, text

    @staticmethod
    def backward(ctx, grad, grad_whole, grad_text):
        assert grad_whole.dtype == torch.int64 and not grad_whole.any() \
            if hasattr(grad_whole, "any") else grad_whole.sum() == 0
        assert grad_text is None and ctx.needs_input_grad == (True, False, False, False)
        x, nothing, w = ctx.saved_tensors
        assert nothing is None
        return grad * ctx.factor * w, None, None, None, None


def test_a_function_of_several_things():
    x, w = leaf(1.0, 2.0), torch.tensor([3.0, 4.0])
    y, whole, text = Several.apply(x, 10, w, "text")
    assert text == "text" and not whole.requires_grad and whole.grad_fn is None
    assert len(y.grad_fn.next_functions) == 2 and y.grad_fn.next_functions[1] == (None, 0)
    y.sum().backward()
    assert x.grad.tolist() == [30, 40]


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(x, factor=2.0):
        return x * factor

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.factor = inputs
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.factor, None


def test_a_function_with_setup_context():
    x = leaf(1.0)
    Scale.apply(x).backward()
    Scale.apply(x, factor=5.0).backward()
    assert x.grad.item() == 7


def returning(result):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, number):
            return x * number

        @staticmethod
        def backward(ctx, grad):
            return result

    return Wrong


def test_what_a_backward_may_not_return():
    x = leaf(1.0, 2.0)
    ones = torch.ones(2)
    for result, text in (
            (ones, "function WrongBackward returned an incorrect number of gradients (expected 2, "
                   "got 1)"),
            ((ones, ones), "function WrongBackward returned a gradient different from None at position "
                           "2, but the corresponding forward input was not a Variable"),
            ((1.0, None), "expected Variable or None (got float)"),
            ((torch.ones(3), None), "Function WrongBackward returned an invalid gradient at index 0 - "
                                    "got [3] but expected shape compatible with [2]")):
        raises(RuntimeError, text, lambda: returning(result).apply(x, 2.0).sum().backward())
    returning((ones, None, None, None)).apply(x, 2.0).sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_what_a_function_lacks():
    class Nothing(torch.autograd.Function):
        pass

    class NoWayBack(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

    class SavesANumber(NoWayBack):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(1)
            return x.clone()

    x = leaf(1.0)
    raises(NotImplementedError, "You must implement the forward function for custom "
           "autograd.Function.", lambda: Nothing.apply(x))
    raises(NotImplementedError, "You must implement either the backward or vjp method",
           lambda: NoWayBack.apply(x).backward())
    raises(TypeError, "save_for_backward can only save variables, but argument 0 is of type int",
           lambda: SavesANumber.apply(x))
    raises(TypeError, "apply() takes no keyword arguments", lambda: Cube.apply(x=x))
    raises(RuntimeError, "Legacy autograd function with non-static forward method",
           lambda: Cube()(x))


class Raises(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        raise KeyError("from the lesson")


def test_an_exception_in_a_backward_comes_out():
    x = leaf(1.0)
    raises(KeyError, "from the lesson", lambda: (Raises.apply(x) * 2).backward())
    assert x.grad is None


def test_functions_that_return_or_change_their_input():
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 7

    class Increase(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.add_(1)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 5

    class Forgets(Increase):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.clone()

    x = leaf(1.0)
    y = Same.apply(x)
    assert y is not x and y.grad_fn.name() == "SameBackward" and x.is_leaf
    y.backward()
    assert x.grad.item() == 7
    z = x * 2
    assert Increase.apply(z) is z and z.grad_fn.name() == "IncreaseBackward" and z.item() == 3
    z.backward()
    assert x.grad.item() == 7 + 10
    raises(RuntimeError, "a leaf Variable that requires grad", lambda: Increase.apply(x))
    raises(RuntimeError, "Some elements marked as dirty", lambda: Forgets.apply(x * 2))


def test_function_that_changes_what_it_does_not_return_first():
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            product = a * b
            b.add_(1)
            ctx.mark_dirty(b)
            return product, b

        @staticmethod
        def backward(ctx, of_product, of_b):
            return of_product * 2, of_b * 3

    x, y = leaf(1.0, 1.0), leaf(1.0, 1.0)
    b = y * 2
    product, same = Both.apply(x, b)
    assert same is b and (product.output_nr, b.output_nr) == (0, 1)
    assert b.grad_fn is product.grad_fn and b.tolist() == [3, 3] and b._version == 2
    (product.sum() + 2 * b.sum()).backward()
    assert x.grad.tolist() == [2, 2] and y.grad.tolist() == [12, 12]
    raises(RuntimeError, "If your Function modifies inplace an input that is a view",
           lambda: Both.apply(x, (y * 2)[:1]))


def test_once_differentiable():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            return grad * 2 * ctx.saved_tensors[0]

    x = leaf(3.0)
    Square.apply(x).backward()
    assert x.grad.item() == 6
    w = leaf(2.0)
    g, = torch.autograd.grad(Square.apply(x) * w, x, create_graph=True)
    raises(RuntimeError, "trying to differentiate twice a function that was marked with "
           "@once_differentiable", lambda: g.backward())


def test_what_is_kept_by_the_graph_lives_as_long():
    import gc
    import weakref

    class Note:
        pass

    class Keeps(Cube):
        @staticmethod
        def forward(ctx, x):
            ctx.note = note
            return x * 2

    note = Note()
    gone = weakref.ref(note)
    y = Keeps.apply(leaf(1.0))
    fn = y.grad_fn
    del note
    gc.collect()
    assert gone() is not None and fn.note is gone()
    del y
    raises(RuntimeError, "its graph is gone", lambda: fn.next_functions)
    del fn
    gc.collect()
    assert gone() is None


def test_attributes_of_nodes():
    x = leaf(1.0)
    y = x + 2
    z = y * y * 3
    assert [name for name in dir(z.grad_fn) if not name.startswith("__")] == [
        "_input_metadata", "_raw_saved_other", "_raw_saved_self", "_register_hook_dict",
        "_saved_other", "_saved_self", "_sequence_nr", "_set_sequence_nr", "metadata", "name",
        "next_functions", "register_hook", "register_prehook", "requires_grad"]
    assert z.grad_fn._input_metadata[0].shape == (1,)
    assert z.grad_fn.next_functions[0][0]._sequence_nr() + 1 == z.grad_fn._sequence_nr()
    assert type(z.grad_fn._raw_saved_self).__name__ == "SavedTensor"
    raises(AttributeError, "_saved_nothing", lambda: z.grad_fn._saved_nothing)
    z.grad_fn.metadata["mine"] = 1
    assert z.grad_fn.metadata == {"mine": 1}


# ---- checks, Jacobians -------------------------------------------------------------------------

def doubles(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def test_gradcheck():
    x, w = doubles(1.0, 2.0, 3.0), doubles(0.5, -1.0, 2.0)
    assert torch.autograd.gradcheck(lambda a, b: (a * b).sin(), (x, w))
    assert torch.autograd.gradcheck(Cube.apply, x)
    assert torch.autograd.gradgradcheck(lambda a, b: a * a * b, (x, w))
    assert torch.autograd.gradgradcheck(Cube.apply, (x,))

    class Wrong(Cube):
        @staticmethod
        def backward(ctx, grad):
            return grad

    raises(RuntimeError, "Jacobian mismatch for output 0 with respect to input 0,\nnumerical:tensor([[",
           lambda: torch.autograd.gradcheck(Wrong.apply, x))
    assert not torch.autograd.gradcheck(Wrong.apply, x, raise_exception=False)
    raises(ValueError, "gradcheck expects at least one input tensor to require gradient",
           lambda: torch.autograd.gradcheck(torch.exp, (torch.ones(1),)))
    raises(NotImplementedError, "check_forward_ad=True is not supported by Gradlight",
           lambda: torch.autograd.gradcheck(torch.exp, x, check_forward_ad=True))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.autograd.gradcheck(torch.exp, leaf(0.5), raise_exception=False)
    assert "Input #0 requires gradient and is not a double precision" in str(caught[0].message)


def test_jacobians_and_hessians():
    from torch.autograd import functional
    x = torch.tensor([1.0, 2.0])
    cube = lambda a: a ** 3  # noqa: E731
    assert functional.jacobian(cube, x).tolist() == [[3, 0], [0, 12]]
    assert functional.hessian(lambda a: (a ** 3).sum(), x).tolist() == [[6, 0], [0, 12]]
    (a, b), = functional.jacobian(lambda p, q: (p * q,), (x, x + 1))
    assert a.tolist() == [[2, 0], [0, 3]] and b.tolist() == [[1, 0], [0, 2]]
    value, product = functional.vjp(cube, x, torch.tensor([1.0, 10.0]))
    assert value.tolist() == [1, 8] and product.tolist() == [3, 120]
    assert functional.jvp(cube, x, torch.tensor([1.0, 10.0]))[1].tolist() == [3, 120]
    total = lambda a: (a ** 3).sum()  # noqa: E731
    assert functional.vhp(total, x, torch.ones(2))[1].tolist() == [6, 12]
    assert functional.hvp(total, x, torch.ones(2))[1].tolist() == [6, 12]
    raises(RuntimeError, "The vector v can only be None if the user-provided function returns a single "
           "Tensor with a single element.", lambda: functional.vjp(cube, x))
    raises(RuntimeError, "v has invalid size: should be torch.Size([2]) but got torch.Size([3]).",
           lambda: functional.vjp(cube, x, torch.ones(3)))
    raises(TypeError, "The inputs given to jacobian must be either a Tensor or a tuple of Tensors but "
           "the given inputs has type <class 'int'>.", lambda: functional.jacobian(cube, 1))
    raises(RuntimeError, "independent of input 1. This is not allowed in strict mode.",
           lambda: functional.jacobian(lambda p, q: p * 2, (x, x), strict=True))
    assert not x.requires_grad
    y = leaf(2.0)
    functional.jacobian(cube, y, create_graph=True).sum().backward()
    assert y.grad.item() == 12
