"""What the torch face promises to Python, beyond what golden cases compare. Each function whose name
begins with test_ is run by test_torch_face.c and must not raise."""

import copy
import gc
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


# ---- objects -----------------------------------------------------------------------------------

def test_one_tensor_is_one_object():
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    y.backward()
    assert x.grad is x.grad
    assert y.grad_fn is y.grad_fn
    assert y.grad_fn.next_functions[0][0].next_functions[0][0].variable is x
    assert (x.add_(1) if not x.requires_grad else x) is x
    z = torch.zeros(2)
    same = z
    z += 1
    assert z is same and z.tolist() == [1, 1]


def test_objects_and_tensors_die_together():
    def use():
        model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        optimizer = optim.Adam(model.parameters())
        for _ in range(2):
            optimizer.zero_grad()
            model(torch.ones(1, 2)).sum().backward()
            optimizer.step()
        model.me = [model]  # a cycle through Python
    use()
    assert gc.collect() > 0


def test_attributes_subclasses_and_weak_references():
    import weakref
    x = torch.ones(1)
    x.note = "kept"
    reference = weakref.ref(x)
    assert reference() is x and x.note == "kept"
    del x
    assert reference() is None

    class Mine(torch.Tensor):
        def twice(self):
            return self * 2

    assert Mine([1.0, 2.0]).twice().tolist() == [2, 4]
    assert isinstance(nn.Parameter(torch.ones(1)), torch.Tensor)


def test_hashing_is_by_identity_and_comparing_by_element():
    x, y = torch.tensor([1, 2]), torch.tensor([1, 3])
    assert len({x, y, x}) == 2
    assert (x == y).tolist() == [True, False]
    assert (x == None) is False  # noqa: E711: what a lesson may write


# ---- functions ---------------------------------------------------------------------------------

def test_a_function_is_also_a_method():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert torch.sum(x, dim=0).tolist() == x.sum(0).tolist() == x.sum(axis=0).tolist() == [4, 6]
    assert torch.sum(input=x, keepdim=True).tolist() == [[10]]
    assert list(map(torch.exp, [torch.zeros(1)]))[0].item() == 1
    assert torch.Tensor.sum(x).item() == 10
    bound = x.sum
    assert bound().item() == 10


def test_arguments_are_refused_by_name():
    x = torch.ones(2, 3)
    raises(TypeError, "exp(): argument 'input' (position 1) must be Tensor, not int",
           lambda: torch.exp(1))
    raises(TypeError, "sum() received an invalid combination of arguments - got (dimension=int, ), "
           "but expected one of:\n * (*, torch.dtype dtype = None)\n * (tuple of ints dim, ",
           lambda: x.sum(dimension=1))
    raises(TypeError, "unsqueeze() missing 1 required positional arguments: \"dim\"",
           lambda: x.unsqueeze())
    raises(TypeError, "TensorBase.exp() takes no arguments (1 given)", lambda: x.exp(1))
    raises(TypeError, " - got (int, dim=int), but expected one of:\n * (*, torch.dtype dtype = None)\n"
           "      didn't match because some of the keywords were incorrect: dim\n",
           lambda: x.sum(0, dim=1))
    raises(TypeError, "got multiple values for argument 'input'", lambda: torch.exp(x, input=x))
    raises(TypeError, "mean() received an invalid combination of arguments", lambda: x.mean(1, 2, 3, 4, 5, 6))
    raises(AttributeError, "torch.no_such_thing is not supported by Gradlight",
           lambda: torch.no_such_thing)
    raises(AttributeError, "torch.nn.NoSuchLayer is not supported by Gradlight",
           lambda: nn.NoSuchLayer)
    raises(AttributeError, "'Tensor' object has no attribute 'nothing'", lambda: x.nothing)
    raises(ImportError, "cannot import name", lambda: exec("from torch import no_such_thing"))


def test_numbers_on_either_side():
    x = torch.tensor([2.0])
    assert [(x + 1).item(), (1 + x).item(), (x - 1).item(), (1 - x).item()] == [3, 3, 1, -1]
    assert [(x * 3).item(), (3 * x).item(), (x / 4).item(), (4 / x).item()] == [6, 6, 0.5, 2]
    assert [(x ** 3).item(), (3 ** x).item(), (-x).item(), (+x).item()] == [8, 9, -2, 2]
    assert (x > 1).item() and not (1 > x).item()
    raises(TypeError, "unsupported operand type(s) for +: 'Tensor' and 'str'", lambda: x + "a")


def test_indexing():
    x = torch.arange(12).reshape(3, 4)
    assert x[1].tolist() == [4, 5, 6, 7]
    assert x[-1, ::2].tolist() == [8, 10]
    assert x[:, 1].tolist() == [1, 5, 9]
    assert x[..., 0].tolist() == [0, 4, 8]
    assert x[None].shape == (1, 3, 4) and x[:, None, 2].shape == (3, 1)
    assert x[torch.tensor(2), 3].item() == 11
    assert x[5:].shape == (0, 4)
    assert [row.sum().item() for row in x] == [6, 22, 38]
    assert len(x) == 3 and 5 in [value.item() for value in x[1]]
    raises(IndexError, "index 3 is out of bounds for dimension 0 with size 3", lambda: x[3])
    raises(IndexError, "too many indices for tensor of dimension 2", lambda: x[0, 0, 0])
    raises(TypeError, "len() of a 0-d tensor", lambda: len(torch.tensor(1)))


def test_memory_is_shared_with_numpy():
    import numpy as np
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    x = torch.from_numpy(array)
    array[0, 0] = 7
    assert x[0, 0].item() == 7
    back = x.numpy()
    x.fill_(1)
    assert back.sum() == 6 and array.sum() == 6
    del x, array
    assert back.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert torch.from_numpy(np.arange(6)[::2]).tolist() == [0, 2, 4]
    assert torch.tensor(np.float64(2.5)).item() == 2.5
    assert (torch.ones(2) + np.array([1.0, 2.0])).tolist() == [2, 3]
    assert np.asarray(torch.ones(2, 2).t()).shape == (2, 2)


# ---- autograd ----------------------------------------------------------------------------------

def test_grad_modes():
    x = torch.ones(1, requires_grad=True)
    with torch.no_grad():
        assert not torch.is_grad_enabled() and not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
    assert torch.is_grad_enabled()

    @torch.no_grad()
    def double(value):
        "documented"
        return value * 2

    class Holder:
        @torch.no_grad()
        def double(self, value):
            return value * 2

    assert not double(x).requires_grad and double.__doc__ == "documented"
    assert not Holder().double(x).requires_grad
    torch.set_grad_enabled(False)
    assert not (x * 2).requires_grad
    torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()

    def fails():
        with torch.no_grad():
            raise KeyError("inside")
    raises(KeyError, "inside", fails)
    assert torch.is_grad_enabled()


def test_hooks_see_and_change_gradients():
    seen = []
    x = torch.ones(2, requires_grad=True)
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    x.register_hook(lambda g: g * 10)
    (x * 3).sum().backward()
    assert seen == [[3, 3]] and x.grad.tolist() == [30, 30]
    handle.remove()
    x.grad = None
    (x * 3).sum().backward()
    assert len(seen) == 1

    def fail(gradient):
        raise ZeroDivisionError("in the hook")
    y = torch.ones(1, requires_grad=True)
    y.register_hook(fail)
    raises(ZeroDivisionError, "in the hook", lambda: (y * 2).backward())


def test_saved_tensors():
    x = torch.tensor([2.0], requires_grad=True)
    y = x * x
    assert y.grad_fn._saved_self.tolist() == [2] and y.grad_fn._saved_other is x
    z = x ** 3
    assert z.grad_fn._saved_exponent == 3
    y.backward()
    raises(RuntimeError, "Trying to backward through the graph a second time",
           lambda: y.grad_fn._saved_self)
    assert isinstance(y.grad_fn, torch.autograd.graph.Node)


def test_the_gradient_of_a_non_leaf_warns():
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert y.grad is None
    assert len(caught) == 1 and caught[0].category is UserWarning
    y.retain_grad()
    y.backward()
    assert y.grad.tolist() == [1]


# ---- modules -----------------------------------------------------------------------------------

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 1, bias=False)
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.zeros(1))
        self.plain = 5

    def forward(self, x, double=False):
        x = self.second(F.relu(self.first(x))) * self.scale
        return x * 2 if double else x


def test_registration():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == \
        ["scale", "first.weight", "first.bias", "second.weight"]
    assert [name for name, _ in net.named_children()] == ["first", "second"]
    assert [name for name, _ in net.named_modules()] == ["", "first", "second"]
    assert [name for name, _ in net.named_buffers()] == ["count"]
    assert list(net.state_dict()) == ["scale", "count", "first.weight", "first.bias",
                                      "second.weight"]
    assert sum(p.numel() for p in net.parameters()) == 1 + 6 + 3 + 3
    assert net.second.bias is None and net.plain == 5
    net.first = nn.Linear(2, 3)
    net.scale = None
    assert net.scale is None and len(list(net.parameters())) == 3
    del net.second
    assert not hasattr(net, "second")
    raises(AttributeError, "'Net' object has no attribute 'second'", lambda: net.second)


def test_shared_parameters_are_listed_once():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    assert len(list(net.parameters())) == 3


def test_calling_modes_and_zero_grad():
    net = Net()
    x = torch.ones(4, 2)
    assert (net(x, double=True) == net(x) * 2).tolist() == [[True]] * 4
    assert net.training and not net.eval().training and not net.first.training
    assert net.train() is net and net.second.training
    net(x).sum().backward()
    assert net.scale.grad is not None
    net.zero_grad()
    assert net.scale.grad is None
    net.requires_grad_(False)
    assert not net(x).requires_grad


def test_states_and_copies():
    a, b = Net(), Net()
    b.load_state_dict(a.state_dict())
    x = torch.ones(1, 2)
    assert a(x).item() == b(x).item()
    c = copy.deepcopy(a)
    with torch.no_grad():
        a.scale.mul_(3)
    assert c(x).item() == b(x).item() and c.first.weight is not a.first.weight
    assert isinstance(c.scale, nn.Parameter)


def test_sequential():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    assert len(net) == 3 and isinstance(net[1], nn.ReLU) and isinstance(net[-1], nn.Linear)
    assert len(net[:2]) == 2 and [type(m).__name__ for m in net][1] == "ReLU"
    assert net(torch.ones(5, 2)).shape == (5, 1)
    raises(TypeError, "int is not a Module subclass", lambda: nn.Sequential(1))


def test_wrong_modules():
    class Early(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    class Silent(nn.Module):
        pass
    raises(AttributeError, "cannot assign module before Module.__init__() call", Early)
    raises(NotImplementedError, 'Module [Silent] is missing the required "forward" function',
           lambda: Silent()(1))


def test_methods_called_on_anything():
    class Half(nn.Sequential):
        def __init__(self):
            pass
    for cls in (nn.Linear, nn.ReLU, nn.Sequential, nn.Embedding, nn.MSELoss, nn.Flatten):
        raises(TypeError, "a method of a Module was called on an object of type int",
               lambda: cls.forward(1, torch.ones(1), torch.ones(1)) if cls is nn.MSELoss
               else cls.forward(1, torch.ones(1)))
    raises(TypeError, "a method of a Module", lambda: nn.Linear.__init__(1, 2, 3))
    raises(TypeError, "a method of a Module", lambda: nn.Module.parameters(1))
    raises(TypeError, "a method of an Optimizer", lambda: optim.SGD.step(nn.ReLU()))
    raises(AttributeError, "has not called super().__init__()", lambda: len(Half()))
    raises(AttributeError, "has not called super().__init__()", lambda: Half()(1))
    raises(AttributeError, "has not called super().__init__()", lambda: Half().state_dict())
    layer, rows = nn.Linear(1, 1), nn.Embedding(2, 2)
    del layer.weight, rows.weight
    raises(TypeError, "the weight is None", lambda: layer(torch.ones(1)))
    raises(AttributeError, "'Embedding' object has no attribute 'weight'",
           lambda: rows(torch.tensor([0])))
    raises(RuntimeError, "__init__ has not been called",
           lambda: optim.SGD.step(optim.SGD.__new__(optim.SGD)))


# ---- optimizers --------------------------------------------------------------------------------

def test_groups_can_be_changed():
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    for group in optimizer.param_groups:
        group["lr"] = 0.25
    (w * 2).backward()
    optimizer.step()
    assert w.item() == 0.5
    other = torch.tensor([1.0], requires_grad=True)
    optimizer.add_param_group({"params": other, "lr": 1.0})
    assert [group["lr"] for group in optimizer.param_groups] == [0.25, 1.0]
    assert optimizer.param_groups[1]["params"][0] is other
    raises(TypeError, "unexpected keyword argument 'rate'", lambda: optim.SGD([w], rate=1))


def test_states_of_optimizers():
    w = torch.tensor([1.0], requires_grad=True)
    optimizer = optim.Adam([w], lr=0.1)
    assert len(optimizer.state) == 0
    w.sum().backward()
    optimizer.step()
    assert optimizer.state[w]["step"].item() == 1
    assert list(optimizer.state_dict()["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
