"""What courses use now and then: storages, layers that begin anew, layers that learn their inputs, types
of tensors. The numbers are PyTorch 2.6's."""

import warnings

import torch
import torch.nn as nn

from torch_face import raises


# ---- storage --------------------------------------------------------------------------------------

def test_a_storage_is_the_memory_of_all_its_tensors():
    points = torch.tensor([[4.0, 1.0], [5.0, 3.0]])
    row = points[1]
    assert points.untyped_storage().nbytes() == len(row.untyped_storage()) == 16
    assert row.untyped_storage().data_ptr() == points.data_ptr()
    assert points.int().untyped_storage().tolist() == [4, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 3, 0, 0, 0]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        storage = row.storage()
    assert "TypedStorage is deprecated" in str(said[0].message)
    assert list(storage) == [4, 1, 5, 3] and storage[-1] == 3
    storage[2] = 9
    assert points.tolist() == [[4, 1], [9, 3]]
    assert str(storage) == (" 4.0\n 1.0\n 9.0\n 3.0\n"
                            "[torch.storage.TypedStorage(dtype=torch.float32, "
                            f"device={points.device}) of size 4]")
    raises(IndexError, "index 4 out of range for storage of size 4", lambda: storage[4])


# ---- what a tensor is -----------------------------------------------------------------------------

def test_types_of_tensors():
    x = torch.ones(2, device="cpu")
    assert isinstance(x, torch.FloatTensor) and not isinstance(x, torch.LongTensor)
    assert isinstance(x.long(), (torch.LongTensor, torch.IntTensor))
    assert not isinstance(3, torch.FloatTensor)
    raises(TypeError, "isinstance() arg 2 must be a type", lambda: isinstance(x, torch.exp))
    assert x.is_cpu and not x.is_sparse and not torch.is_complex(x) and x.is_signed()
    assert not torch.is_signed(x.byte())
    assert x[:, torch.newaxis].shape == (2, 1)


def test_settings_that_change_no_number():
    torch.use_deterministic_algorithms(True)
    assert torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(False)
    assert not torch.are_deterministic_algorithms_enabled()
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(threads)
    raises(RuntimeError, "Expected nthreads > 0", lambda: torch.set_num_threads(0))


# ---- beginning anew -------------------------------------------------------------------------------

def test_layers_begin_anew_as_they_began():
    makers = [lambda: nn.Linear(2, 3), lambda: nn.Conv1d(1, 2, 2), lambda: nn.ConvTranspose2d(1, 2, 2),
              lambda: nn.Embedding(3, 2, padding_idx=0), lambda: nn.Bilinear(1, 2, 3),
              lambda: nn.BatchNorm1d(3), lambda: nn.LayerNorm(3), lambda: nn.GroupNorm(1, 3)]
    for make in makers:
        torch.manual_seed(0)
        first, layer = make(), make()
        version = layer.weight._version
        for buffer in layer.buffers():
            buffer.fill_(7)
        torch.manual_seed(0)
        layer.reset_parameters()
        assert layer.weight._version > version and layer.weight.is_leaf
        for name, value in first.state_dict().items():
            assert torch.equal(value, layer.state_dict()[name]), (first, name)


# ---- layers that learn their inputs ---------------------------------------------------------------

def test_lazy_layers_become_layers():
    torch.manual_seed(0)
    net = nn.Sequential(nn.LazyConv2d(4, 3, padding=1), nn.LazyBatchNorm2d(), nn.ReLU(),
                        nn.Flatten(), nn.LazyLinear(2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    assert str(net[4]) == "LazyLinear(in_features=0, out_features=2, bias=True)"
    loss = net(torch.randn(2, 3, 4, 4)).pow(2).mean()
    loss.backward()
    assert type(net[0]) is nn.Conv2d and type(net[1]) is nn.BatchNorm2d
    assert str(net[4]) == "Linear(in_features=64, out_features=2, bias=True)"
    assert abs(loss.item() - 0.1492) < 1e-4
    before = net[4].weight.detach().clone()
    optimizer.step()
    assert not torch.equal(before, net[4].weight)
    raises(ValueError, "in_channels must be divisible by groups",
           lambda: nn.LazyConv1d(4, 2, groups=2)(torch.ones(1, 3, 5)))
