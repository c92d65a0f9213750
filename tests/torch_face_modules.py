"""What torch.nn.Module and its containers promise."""

import copy

import torch
import torch.nn as nn
from torch_face import raises


# ---- containers --------------------------------------------------------------------------------

def test_sequences():
    from collections import OrderedDict
    a, b, c = nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1)
    row = nn.Sequential(a, b)
    assert row.append(c) is row and len(row) == 3 and row[-1] is c
    assert list(row[1:]._modules) == ["1", "2"] and isinstance(row[:1], nn.Sequential)
    assert row.insert(1, nn.Sigmoid()) is row and [type(m).__name__ for m in row] == \
        ["Linear", "Sigmoid", "ReLU", "Linear"]
    del row[1]
    assert list(row._modules) == ["0", "1", "2"] and row[1] is b
    row[1] = nn.Tanh()
    assert type(row[1]).__name__ == "Tanh" and row.pop(1) is not b and len(row) == 2
    assert len(row + nn.Sequential(b)) == 3
    named = nn.Sequential(OrderedDict([("first", a), ("second", b)]))
    assert list(named[1:]._modules) == ["second"] and named.first is a and named[0] is a
    raises(IndexError, "index 5 is out of range", lambda: row[5])
    raises(TypeError, "is not a Module subclass", lambda: nn.Sequential(1))
    some = nn.ModuleList([a, b])
    some += [c]
    some.insert(0, b)
    assert [m for m in some] == [b, a, b, c] and isinstance(some[1:3], nn.ModuleList)
    some[0] = c
    del some[1:3]
    assert list(some) == [c, c] and c in some and len(some + [a]) == 3
    raises(TypeError, "ModuleList.extend should be called with an iterable", lambda: some.extend(1))
    raises(NotImplementedError, 'Module [ModuleList] is missing the required "forward" function',
           lambda: some(1))


def test_module_dict():
    modules = nn.ModuleDict({"a": nn.Linear(1, 2), "b": nn.ReLU()})
    assert list(modules) == ["a", "b"] == list(modules.keys()) and len(modules) == 2
    assert "a" in modules and modules["b"] is list(modules.values())[1]
    assert [name for name, _ in modules.named_parameters()] == ["a.weight", "a.bias"]
    modules.update([("c", nn.Identity() if hasattr(nn, "Identity") else nn.ReLU())])
    assert modules.pop("b") is not None and list(modules) == ["a", "c"]
    raises(KeyError, "'b'", lambda: modules["b"])
    raises(TypeError, "int is not a Module subclass", lambda: modules.update({"d": 1}))
    modules.clear()
    assert repr(modules) == "ModuleDict()"


def test_parameter_containers():
    some = nn.ParameterList([torch.ones(2, 2), nn.Parameter(torch.zeros(3))])
    assert repr(some) == ("ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2x2]"
                          "\n    (1): Parameter containing: [torch.float32 of size 3]\n)")
    assert [name for name, _ in some.named_parameters()] == ["0", "1"]
    assert some[-1] is some[1] and len(some[:1]) == 1 and len(list(some)) == 2
    raises(IndexError, "index 2 is out of range", lambda: some[2])
    named = nn.ParameterDict({"w": torch.ones(2)})
    assert isinstance(named["w"], nn.Parameter) and list(named.items())[0][0] == "w"
    assert repr(named) == "ParameterDict(  (w): Parameter containing: [torch.FloatTensor of size 2])"
    named |= {"v": torch.zeros(1)}
    assert list(named) == ["w", "v"] and len(list(named.parameters())) == 2
    del named["w"]
    assert "w" not in named and [name for name, _ in named.named_parameters()] == ["v"]


# ---- registering and finding -------------------------------------------------------------------

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3)
        self.body = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("count", torch.zeros(1))
        self.register_buffer("cache", torch.zeros(2), persistent=False)
        self.register_parameter("nothing", None)

    def forward(self, x, twice=False):
        x = self.body(self.fc(x)) * self.scale
        return x * 2 if twice else x


def test_listing_parts():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == \
        ["scale", "fc.weight", "fc.bias", "body.0.weight", "body.0.bias"]
    assert [name for name, _ in net.named_parameters("net", recurse=False)] == ["net.scale"]
    assert [name for name, _ in net.named_buffers()] == ["count", "cache"]
    assert [name for name, _ in net.named_modules()] == ["", "fc", "body", "body.0", "body.1"]
    assert [name for name, _ in net.named_children()] == ["fc", "body"]
    assert repr(net.named_modules()).startswith("<generator object Module.named_modules at 0x")
    net.again = net.fc
    assert len(list(net.parameters())) == 5 and len(list(net.modules())) == 5
    assert len(list(net.named_parameters(remove_duplicate=False))) == 7
    net.tied = net.scale
    assert [name for name, _ in net.named_parameters()][:2] == ["scale", "fc.weight"]
    assert net.get_parameter("body.0.weight") is net.body[0].weight
    assert net.get_submodule("body.1") is net.body[1] and net.get_submodule("") is net
    assert net.get_buffer("count") is net.count
    assert {"scale", "count", "fc", "forward", "training"} <= set(dir(net))
    raises(AttributeError, "Linear has no attribute `x`", lambda: net.get_parameter("fc.x"))
    raises(AttributeError, "`scale` is not an nn.Module", lambda: net.get_submodule("scale"))
    raises(AttributeError, "`fc` is not an nn.Parameter", lambda: net.get_parameter("fc"))


def test_what_may_be_registered():
    net = Net()
    raises(KeyError, "attribute 'fc' already exists", lambda: net.register_buffer("fc", None))
    for text, function in [
            ('parameter name can\'t contain "."', lambda: net.register_parameter("a.b", None)),
            ('buffer name can\'t be empty string ""', lambda: net.register_buffer("", None)),
            ('module name can\'t contain ".", got: a.b', lambda: net.add_module("a.b", None))]:
        raises(KeyError, repr(text), function)
    raises(TypeError, "module name should be a string. Got int", lambda: net.add_module(1, None))
    raises(TypeError, "cannot assign 'torch.FloatTensor' object to parameter 'w' "
           "(torch.nn.Parameter or None required)",
           lambda: net.register_parameter("w", torch.ones(1)))
    raises(TypeError, "cannot assign 'int' object to buffer 'w' (torch Tensor or None required)",
           lambda: net.register_buffer("w", 1))
    raises(TypeError, "cannot assign 'int' as child module 'fc' (torch.nn.Module or None expected)",
           lambda: setattr(net, "fc", 1))
    raises(TypeError, "cannot assign 'torch.FloatTensor' as parameter 'scale' "
           "(torch.nn.Parameter or None expected)", lambda: setattr(net, "scale", torch.ones(1)))
    net.scale = None
    assert net.scale is None and "scale" in net._parameters
    del net.count, net.fc
    assert not hasattr(net, "count") and not hasattr(net, "fc")
    raises(AttributeError, "", lambda: delattr(net, "count"))
    raises(ValueError, "training mode is expected to be boolean", lambda: net.train(1))
    assert net.eval().training is False and not net.body[0].training


# ---- state -------------------------------------------------------------------------------------

def test_state_dict():
    net = Net()
    state = net.state_dict()
    assert list(state) == ["scale", "count", "fc.weight", "fc.bias", "body.0.weight", "body.0.bias"]
    assert dict(state._metadata)["body.0"] == {"version": 1} and "" in state._metadata
    assert not isinstance(state["scale"], nn.Parameter) and not state["scale"].requires_grad
    assert net.state_dict(keep_vars=True)["scale"] is net.scale
    assert list(nn.ReLU().state_dict()) == []
    assert list(net.fc.state_dict(prefix="a.")) == ["a.weight", "a.bias"]
    net.tied = net.fc
    assert "tied.weight" in net.state_dict()


def test_loading_a_state_dict():
    net, other = Net(), Net()
    assert repr(net.load_state_dict(other.state_dict())) == "<All keys matched successfully>"
    assert net.fc.weight.tolist() == other.fc.weight.tolist()
    raises(RuntimeError, 'Error(s) in loading state_dict for Net:\n\t'
           'Missing key(s) in state_dict: "scale", "count", "fc.weight", "body.0.weight", '
           '"body.0.bias". \n\t'
           'Unexpected key(s) in state_dict: "x", "y.z", "fc.more". \n\t'
           'size mismatch for fc.bias: copying a param with shape torch.Size([2]) from checkpoint, '
           'the shape in current model is torch.Size([3]).',
           lambda: net.load_state_dict({"x": torch.ones(1), "y.z": torch.ones(1),
                                        "fc.more": torch.ones(1), "fc.bias": torch.ones(2)}))
    result = net.load_state_dict({"scale": torch.zeros(1), "x": torch.ones(1)}, strict=False)
    assert net.scale.item() == 0 and result.unexpected_keys == ["x"]
    assert repr(result).startswith("_IncompatibleKeys(missing_keys=['count', 'fc.weight'")
    raises(TypeError, "Expected state_dict to be dict-like, got <class 'list'>.",
           lambda: net.load_state_dict([]))
    raises(RuntimeError, 'While copying the parameter named "weight", expected torch.Tensor or '
           "Tensor-like object from checkpoint but received <class 'int'>",
           lambda: nn.Linear(1, 1, bias=False).load_state_dict({"weight": 1}))
    layer, given = nn.Linear(1, 1, bias=False), torch.ones(1, 1)
    layer.load_state_dict({"weight": given}, assign=True)
    assert isinstance(layer.weight, nn.Parameter) and layer.weight.data_ptr() == given.data_ptr()


def test_moving():
    net = Net().double()
    weight = net.fc.weight
    assert {p.dtype for p in net.parameters()} == {torch.float64} == {b.dtype for b in net.buffers()}
    assert net.float().fc.weight is weight and weight.dtype == torch.float32 and weight.is_leaf
    net.register_buffer("steps", torch.tensor(0))
    assert net.to(torch.float64).steps.dtype == torch.int64 and net.count.dtype == torch.float64
    assert net.to("cpu") is net and net.to(device="cpu", dtype=torch.float32).scale.dtype == \
        torch.float32
    raises(TypeError, "nn.Module.to only accepts floating point or complex dtypes, but got desired "
           "dtype=torch.int64", lambda: net.to(torch.int64))
    raises(AssertionError, "Torch not compiled with CUDA enabled", net.cuda)
    raises(AssertionError, "Torch not compiled with CUDA enabled", lambda: net.to("cuda"))
    assert copy.deepcopy(net).half().scale.dtype == torch.float16
    net(torch.ones(1, 2)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert net.scale.grad.item() == 0
    net.zero_grad()
    assert net.scale.grad is None


def test_copies_are_apart():
    import copy
    net = Net()
    net.tied = net.scale
    twin = copy.deepcopy(net)
    assert twin.tied is twin.scale and twin.scale is not net.scale
    assert list(twin.state_dict()) == list(net.state_dict()) and "cache" not in twin.state_dict()
    with torch.no_grad():
        twin.scale.fill_(5)
    assert net.scale.item() == 1 and twin.fc.weight.requires_grad


def test_what_stands_elsewhere_too():
    import copy
    import pickle
    from torch.nn.modules.module import _IncompatibleKeys
    from torch.nn.parameter import Parameter
    from torch.utils.data.dataset import Dataset
    assert Parameter is nn.Parameter and Dataset is torch.utils.data.Dataset
    assert _IncompatibleKeys([], [])[0] == []
    linear = nn.Linear(1, 1)
    assert copy.copy(linear).weight is linear.weight and copy.copy(linear) is not linear
    assert torch.equal(pickle.loads(pickle.dumps(linear)).weight, linear.weight)
    weight = nn.Linear(1, 1).weight
    assert type(copy.copy(weight)) is nn.Parameter and copy.copy(weight) is not weight
    x = torch.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    twin = copy.deepcopy(x)
    assert twin.grad.tolist() == [3, 3] and twin.grad is not x.grad


# ---- hooks -------------------------------------------------------------------------------------

def test_forward_hooks():
    net, said = Net(), []
    handles = [
        net.register_forward_pre_hook(lambda module, args: said.append("before") or args[0] * 0),
        net.register_forward_hook(lambda module, args, out: said.append("after") or out + 1),
        net.fc.register_forward_hook(lambda module, args, out: said.append(tuple(out.shape))),
        net.register_forward_hook(
            lambda module, args, kwargs, out: said.append(kwargs), with_kwargs=True),
        net.register_forward_pre_hook(lambda module, args: said.append("first"), prepend=True),
    ]
    net.fc.bias.data.zero_()
    net.body[0].bias.data.zero_()
    assert net(torch.ones(1, 2), twice=True).tolist() == [[1, 1, 1]]
    assert said == ["first", "before", (1, 3), "after", {"twice": True}]
    for handle in handles:
        handle.remove()
    handles[0].remove()
    said.clear()
    net(torch.ones(1, 2))
    assert said == []
    with net.register_forward_pre_hook(lambda module, args, kwargs: (args, {"twice": True}),
                                       with_kwargs=True):
        net(torch.ones(1, 2))
    net.register_forward_pre_hook(lambda module, args, kwargs: 1, with_kwargs=True)
    raises(RuntimeError, "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
           "but got 1.", lambda: net(torch.ones(1, 2)))


def test_backward_hooks():
    layer, said = nn.Linear(2, 1, bias=False), []
    layer.weight.data.fill_(3)
    x = torch.ones(1, 2, requires_grad=True)

    def note(module, grad_input, grad_output):
        said.append((module is layer, grad_input[0].tolist(), grad_output[0].tolist()))
        return (grad_input[0] * 10,)
    handle = layer.register_full_backward_hook(note)
    before = layer.register_full_backward_pre_hook(lambda module, grads: (grads[0] * 2,))
    y = layer(x)
    assert type(y.grad_fn).__name__ == "BackwardHookFunctionBackward"
    (y * 1).sum().backward()
    assert said == [(True, [[6, 6]], [[2]])]
    assert x.grad.tolist() == [[60, 60]] and layer.weight.grad.tolist() == [[2, 2]]
    before.remove()
    layer.zero_grad()
    said.clear()
    handle.remove()
    handle = layer.register_full_backward_hook(lambda module, given, out: said.append((given, out)))
    layer(torch.ones(1, 2)).sum().backward()  # no input requires a gradient
    assert said[0][0] == (None,) and said[0][1][0].tolist() == [[1]]
    handle.remove()
    assert type(layer(x).grad_fn).__name__ == "MmBackward0"
