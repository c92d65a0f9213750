"""What torch promises of devices: two of them, cuda:0 and cuda:1. Run by test_torch_cuda.c."""

import io
import warnings

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch_face import raises

CPU, ONE, TWO = torch.device("cpu"), torch.device("cuda:0"), torch.device("cuda:1")


# ---- which devices -----------------------------------------------------------------------------

def test_devices_are_counted_and_named():
    assert torch.cuda.is_available() and torch.cuda.is_initialized()
    assert torch.cuda.device_count() == 2
    assert torch.cuda.get_device_name() == torch.cuda.get_device_name(1) == "Opaque device"
    assert torch.cuda.get_device_capability("cuda:1") == (9, 0)
    properties = torch.cuda.get_device_properties(torch.device("cuda", 1))
    assert properties.total_memory == 1 << 32 and properties.multi_processor_count == 1
    assert repr(properties) == ("_CudaDeviceProperties(name='Opaque device', major=9, minor=0, "
                                "total_memory=4096MB, multi_processor_count=1)")


def test_the_current_device_is_what_cuda_means():
    assert torch.cuda.current_device() == 0
    assert torch.ones(1, device="cuda").device == ONE
    torch.cuda.set_device(1)
    assert torch.cuda.current_device() == 1
    assert torch.ones(1, device="cuda").device == torch.ones(1).cuda().device == TWO
    torch.cuda.set_device("cuda:0")
    with torch.cuda.device(1):
        assert torch.ones(1).cuda().device == TWO
        with torch.cuda.device_of(torch.ones(1, device=ONE)):
            assert torch.cuda.current_device() == 0
    assert torch.cuda.current_device() == 0


def test_a_device_that_is_not_there_is_refused():
    for use in (lambda: torch.ones(1, device="cuda:2"), lambda: torch.ones(1).cuda(2),
                lambda: torch.cuda.set_device(7), lambda: nn.Linear(1, 1).to("cuda:2")):
        raises(RuntimeError, "CUDA error: invalid device ordinal\nCUDA kernel errors might be", use)


# ---- tensors -----------------------------------------------------------------------------------

def test_every_creating_function_takes_a_device():
    like = torch.ones(2, device=TWO)
    for device in (ONE, TWO, CPU):
        made = [torch.tensor([1.0], device=device), torch.as_tensor([1], device=device),
                torch.as_tensor(like, device=device), torch.zeros(2, device=device),
                torch.ones(2, device=device), torch.empty(2, device=device),
                torch.full((2,), 3.0, device=device), torch.arange(3, device=device),
                torch.linspace(0, 1, 3, device=device), torch.logspace(0, 1, 3, device=device),
                torch.eye(2, device=device), torch.rand(2, device=device),
                torch.randn(2, device=device), torch.randint(3, (2,), device=device),
                torch.randperm(3, device=device), torch.normal(0.0, 1.0, (2,), device=device),
                torch.zeros_like(like, device=device), torch.rand_like(like, device=device),
                like.new_zeros(2, device=device), like.new_tensor([1.0], device=device),
                torch.scalar_tensor(1, device=device), torch.tril_indices(2, 2, device=device)]
        assert all(one.device == device for one in made), [one.device for one in made]
    for one in (torch.zeros_like(like), torch.ones_like(like), torch.full_like(like, 2),
                torch.rand_like(like), torch.randint_like(like, 3), like.new_ones(1),
                like.new_full((1,), 2), like.new_tensor([1]), torch.tensor(like.tolist()).to(like),
                like.clone(), like * 2, like.bernoulli(), torch.multinomial(like, 1)):
        assert one.device == TWO
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch.tensor(like).device == TWO


def test_tensors_move():
    x = torch.arange(6.0).reshape(2, 3)
    there = x.to("cuda")
    assert there.device == ONE and there.is_cuda and not x.is_cuda
    assert there.get_device() == 0 and x.get_device() == -1
    assert there.to(ONE) is there and x.cpu() is x and there.cuda() is there
    assert there.to("cuda", copy=True) is not there
    assert there.cuda(1).device == there.to("cuda:1", non_blocking=True).device == TWO
    assert there.cpu().tolist() == there.cuda(1).cpu().tolist() == x.tolist()
    assert x.to(device="cuda", dtype=torch.float64).dtype == torch.float64
    assert x.to("cuda", torch.int64).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert x.to(there).device == ONE and x.long().type_as(there).device == ONE
    assert there.type() == "torch.cuda.FloatTensor" and x.type() == "torch.FloatTensor"
    assert x.type("torch.cuda.DoubleTensor").type() == "torch.cuda.DoubleTensor"
    assert x.t().to("cuda").tolist() == x.t().tolist()
    assert there.t().cpu().tolist() == x.t().tolist()
    assert torch.zeros(0, 3).cuda().cpu().shape == (0, 3)
    y = torch.zeros(2, 3)
    assert y.copy_(there).tolist() == x.tolist() and y.device == CPU
    assert torch.zeros(2, 3, device=TWO).copy_(x[0]).tolist() == [[0, 1, 2], [0, 1, 2]]
    raises(RuntimeError, "Invalid device, must be cuda device", lambda: x.cuda("cpu"))
    assert x.pin_memory().tolist() == x.tolist()


def test_tensors_say_where_they_are():
    assert repr(torch.tensor([1, 2], device="cuda")) == "tensor([1, 2], device='cuda:0')"
    x = torch.tensor([1.0], device=TWO, requires_grad=True)
    assert repr(x) == "tensor([1.], device='cuda:1', requires_grad=True)"
    assert repr(x * 2) == "tensor([2.], device='cuda:1', grad_fn=<MulBackward0>)"
    assert repr(x.device) == "device(type='cuda', index=1)" and str(x.device) == "cuda:1"
    assert f"{x[0].detach():.1f}" == "1.0" and x.item() == float(x) == 1 and bool(x > 0)
    assert x.tolist() == [1.0] and int(x) == 1


def test_numpy_does_not_look_at_a_device():
    text = ("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() to copy the tensor "
            "to host memory first.")
    x = torch.ones(2, device="cuda")
    raises(TypeError, text, x.numpy)
    raises(TypeError, text, x.requires_grad_().numpy)
    try:
        import numpy
    except ImportError:
        return
    raises(TypeError, text, lambda: numpy.asarray(x))
    assert x.numpy(force=True).tolist() == [1, 1]
    assert x.detach().cpu().numpy().tolist() == [1, 1]
    assert torch.from_numpy(numpy.ones(2)).cuda().device == ONE


# ---- defaults ----------------------------------------------------------------------------------

def test_a_default_device_is_where_things_are_created():
    with torch.device("cuda:1"):
        assert torch.ones(1).device == torch.tensor([1.0]).device == torch.rand(1).device == TWO
        assert nn.Linear(1, 1).weight.device == nn.BatchNorm1d(2).running_mean.device == TWO
        assert torch.ones(1, device="cpu").device == CPU
        with torch.device("cpu"):
            assert torch.arange(2).device == CPU
        assert torch.zeros_like(torch.ones(1, device=ONE)).device == ONE
    assert torch.ones(1).device == torch.get_default_device() == CPU
    torch.set_default_device("cuda")
    assert torch.eye(2).device == torch.get_default_device() == ONE
    torch.set_default_device(None)
    assert torch.eye(2).device == CPU


# ---- one device at a time ----------------------------------------------------------------------

SAME = "Expected all tensors to be on the same device, but found at least two devices, "


def test_operands_are_on_one_device():
    c, g, h = torch.ones(2, 2), torch.ones(2, 2, device=ONE), torch.ones(2, 2, device=TWO)
    v, i = torch.ones(2), torch.tensor([0, 1], device=ONE)

    def where(names, argument, method):
        return SAME + f"{names}! (when checking argument for argument {argument} in method {method})"
    for text, use in (
            (SAME + "cuda:0 and cpu!", lambda: g + c),
            (SAME + "cuda:0 and cpu!", lambda: c + g),
            (SAME + "cuda:1 and cuda:0!", lambda: h * g),
            (SAME + "cuda:0 and cpu!", lambda: c.add_(g)),
            (SAME + "cuda:0 and cpu!", lambda: F.mse_loss(g, c)),
            (SAME + "cuda:0 and cpu!", lambda: torch.maximum(c, g)),
            (where("cuda:0 and cpu", "mat2", "wrapper_CUDA_mm"), lambda: g @ c),
            (where("cpu and cuda:0", "mat2", "wrapper_CUDA_mm"), lambda: c @ g),
            (where("cuda:0 and cpu", "mat1", "wrapper_CUDA_addmm"),
             lambda: nn.Linear(2, 2).cuda()(c)),
            (where("cpu and cuda:0", "mat1", "wrapper_CUDA_addmm"), lambda: nn.Linear(2, 2)(g)),
            (where("cuda:0 and cpu", "mat2", "wrapper_CUDA_bmm"), lambda: g[None] @ c[None]),
            (where("cpu and cuda:0", "mat", "wrapper_CUDA_addmv_"), lambda: g @ v),
            (where("cuda:0 and cpu", "mat", "wrapper_CUDA_addmv_"), lambda: c.mv(g[0])),
            (where("cuda:0 and cpu", "index", "wrapper_CUDA_scatter_src"),
             lambda: g[0].scatter(0, torch.tensor([0, 1]), g[0])),
            (where("cuda:0 and cpu", "src", "wrapper_CUDA_scatter__src"),
             lambda: g.clone()[0].scatter_(0, i, v)),
            (where("cuda:0 and cpu", "index", "wrapper_CUDA_scatter__value"),
             lambda: g.clone()[0].scatter_(0, torch.tensor([0, 1]), 1.0)),
            (where("cuda:0 and cpu", "source", "wrapper_CUDA_index_add_"),
             lambda: g.clone()[0].index_add_(0, i, v)),
            (where("cpu and cuda:0", "index", "wrapper_CUDA__take"), lambda: torch.take(v, i)),
            (where("cuda:0 and cpu", "tensor", "wrapper_CUDA__dot"), lambda: g[0].dot(v)),
            (where("cuda:0 and cpu", "target", "wrapper_CUDA__binary_cross_entropy"),
             lambda: F.binary_cross_entropy(g, c)),
            (where("cuda:0 and cpu", "weight", "wrapper_CUDA__cudnn_batch_norm"),
             lambda: nn.BatchNorm1d(2)(g)),
            (where("cuda:0 and cpu", "tensors", "wrapper_CUDA_cat"), lambda: torch.cat([c, g])),
            (where("cuda:0 and cpu", "index", "wrapper_CUDA__index_select"),
             lambda: nn.Embedding(3, 2).cuda()(torch.tensor([1]))),
            (where("cpu and cuda:0", "index", "wrapper_CUDA__index_select"),
             lambda: nn.Embedding(3, 2)(i)),
            (where("cuda:0 and cpu", "target", "wrapper_CUDA_nll_loss_forward"),
             lambda: F.cross_entropy(g, torch.tensor([0, 1]))),
            (where("cpu and cuda:0", "index", "wrapper_CUDA_gather"),
             lambda: torch.gather(v, 0, i)),
            (where("cuda:0 and cpu", "weight", "wrapper_CUDA__native_layer_norm"),
             lambda: nn.LayerNorm(2)(g)),
            ("indices should be either on cpu or on the same device as the indexed tensor (cpu)",
             lambda: v[i]),
            ("Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be "
             "the same", lambda: nn.Conv1d(2, 1, 1)(g)),
            ("Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the "
             "same or input should be a MKLDNN tensor and weight is a dense tensor",
             lambda: nn.Conv1d(2, 1, 1).cuda()(c))):
        raises(RuntimeError, text, use)


def test_numbers_join_any_device():
    g = torch.ones(2, device=ONE)
    two = torch.tensor(2.0)
    for result in (g * two, two * g, g + 2, torch.where(g > 0, g, two), torch.lerp(g, g, 0.5)):
        assert result.device == ONE
    assert (g * two).tolist() == [2, 2]
    w = torch.tensor(3.0, requires_grad=True)
    (g * w).sum().backward()
    assert w.grad.device == CPU and w.grad.item() == 2
    raises(RuntimeError, SAME + "cuda:0 and cuda:1!", lambda: g * torch.tensor(2.0, device=TWO))


def test_indices_may_be_on_the_cpu():
    g = torch.arange(6.0, device=ONE).reshape(2, 3)
    assert g[torch.tensor([1])].tolist() == [[3, 4, 5]]
    assert g[:, torch.tensor([2, 0])].device == ONE
    assert g[g > 3].tolist() == g[(g > 3).cpu()].tolist() == [4, 5]
    g[torch.tensor([0]), 1] = 9
    g[1] = torch.zeros(3)
    assert g.tolist() == [[0, 9, 2], [0, 0, 0]]
    assert g[1, 2].item() == 0 and g[[0, 1], [1, 1]].tolist() == [9, 0]


# ---- gradients, modules, optimizers --------------------------------------------------------------

def test_gradients_live_beside_their_leaves():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x.to(ONE) * 3).to(TWO).sum()
    assert y.grad_fn.next_functions[0][0].name() == "ToCopyBackward0"
    y.backward()
    assert x.grad.device == CPU and x.grad.tolist() == [3, 3]
    w = torch.ones(2, device=TWO, requires_grad=True)
    (w * 2).sum().backward()
    assert w.grad.device == TWO
    raises(RuntimeError, "attempting to assign a gradient with device type 'cpu' to a tensor with "
           "device type 'cuda'", lambda: setattr(w, "grad", torch.ones(2)))


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad.cpu()


def test_a_function_of_the_lesson_keeps_to_its_device():
    x = torch.ones(2, device=ONE, requires_grad=True)
    raises(RuntimeError, "Function WrongBackward returned an invalid gradient at index 0 - expected "
           "device cuda:0 but got cpu", lambda: Wrong.apply(x).sum().backward())


def net():
    return nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Flatten(), nn.Linear(8, 4), nn.Tanh(), nn.LayerNorm(4), nn.Linear(4, 3))


def train(device, make, steps=4):
    torch.manual_seed(0)
    model = net().to(device)
    optimizer = make(model.parameters())
    x, y = torch.randn(6, 1, 4, 4).to(device), torch.randint(3, (6,)).to(device)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model, optimizer


def test_training_on_a_device_is_training_on_the_cpu():
    for make in (lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True),
                 lambda p: torch.optim.Adam(p, 0.1), lambda p: torch.optim.AdamW(p, 0.1, amsgrad=True),
                 lambda p: torch.optim.RMSprop(p, 0.01, momentum=0.5, centered=True),
                 lambda p: torch.optim.Adagrad(p, 0.1), lambda p: torch.optim.Adadelta(p),
                 lambda p: torch.optim.NAdam(p, 0.01), lambda p: torch.optim.RAdam(p, 0.01)):
        losses, model, optimizer = train(TWO, make)
        assert losses == train(CPU, make)[0]
        for parameter in model.parameters():
            assert parameter.device == parameter.grad.device == TWO and parameter.is_leaf
        for state in optimizer.state.values():
            assert all(value.device == TWO for name, value in state.items()
                       if torch.is_tensor(value) and name not in ("step", "mu_product"))


def test_modules_move_with_all_they_have():
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    weight = model[0].weight
    model(torch.randn(3, 2)).sum().backward()
    assert model.to("cuda:1") is model and model[0].weight is weight and weight.grad.device == TWO
    assert {value.device for value in model.state_dict().values()} == {TWO}
    assert {value.device for value in model.cuda(0).state_dict().values()} == {ONE}
    assert {value.device for value in model.cpu().state_dict().values()} == {CPU}
    assert {value.device for value in model.cuda().state_dict().values()} == {ONE}
    model.double().to(TWO, torch.float32)
    assert weight.device == TWO and weight.dtype == torch.float32
    model.load_state_dict(nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).state_dict())
    assert weight.device == TWO


def test_layers_are_made_on_a_device():
    for layer in (nn.Linear(2, 2, device=TWO), nn.Embedding(3, 2, device=TWO),
                  nn.Conv2d(1, 1, 1, device="cuda:1"), nn.BatchNorm1d(2, device=TWO),
                  nn.LayerNorm(2, device=TWO), nn.GroupNorm(1, 2, device=TWO), nn.PReLU(device=TWO),
                  nn.LSTM(2, 2, device=TWO), nn.GRUCell(2, 2, device=TWO),
                  nn.MultiheadAttention(2, 1, device=TWO), nn.Bilinear(1, 1, 1, device=TWO),
                  nn.TransformerEncoderLayer(2, 1, 2, device=TWO),
                  nn.InstanceNorm1d(2, affine=True, device=TWO)):
        parts = list(layer.parameters()) + list(layer.buffers())
        assert parts and all(part.device == TWO for part in parts), layer
    torch.manual_seed(1)
    there = nn.Linear(2, 2, device="cuda").weight.tolist()
    torch.manual_seed(1)
    assert there == nn.Linear(2, 2).weight.tolist()


def test_recurrent_layers_and_attention_run_there():
    torch.manual_seed(0)
    for layer, inputs in ((nn.LSTM(3, 4, batch_first=True), 1), (nn.GRU(3, 4), 1),
                          (nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True), 1),
                          (nn.MultiheadAttention(4, 2), 3)):
        x = torch.randn(2, 5, 3 if isinstance(layer, nn.RNNBase) else 4)
        near = layer(*[x] * inputs)
        far = layer.to(TWO)(*[x.to(TWO)] * inputs)
        near, far = (one[0] if isinstance(one, tuple) else one for one in (near, far))
        assert far.device == TWO and torch.equal(near, far.cpu())
        far.sum().backward()


# ---- random numbers --------------------------------------------------------------------------------

def test_random_numbers_are_the_cpus():
    draws = (lambda d: torch.rand(3, device=d), lambda d: torch.randn(20, device=d),
             lambda d: torch.randint(9, (4,), device=d), lambda d: torch.randperm(5, device=d),
             lambda d: F.dropout(torch.ones(9, device=d)),
             lambda d: torch.empty(3, device=d).uniform_(1, 2),
             lambda d: torch.bernoulli(torch.full((5,), 0.5, device=d)),
             lambda d: torch.multinomial(torch.ones(4, device=d), 2))
    for draw in draws:
        torch.manual_seed(5)
        near = draw(CPU).tolist()
        torch.cuda.manual_seed_all(5)
        assert draw(ONE).cpu().tolist() == near
    assert torch.equal(torch.cuda.get_rng_state(), torch.get_rng_state())
    torch.Generator(device="cuda").manual_seed(1)


# ---- memory, order, time ---------------------------------------------------------------------------

def test_memory_is_counted():
    torch.cuda.reset_peak_memory_stats(1)
    before = torch.cuda.memory_allocated(1)
    x = torch.zeros(1000, device=TWO)
    assert torch.cuda.memory_allocated("cuda:1") == before + 4000
    del x
    assert torch.cuda.memory_allocated(TWO) == before
    assert torch.cuda.max_memory_allocated(1) >= before + 4000
    assert torch.cuda.memory_reserved(1) >= torch.cuda.memory_allocated(1)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(1)
    assert torch.cuda.max_memory_allocated(1) == before
    free, total = torch.cuda.mem_get_info()
    assert 0 < free <= total == 1 << 32
    assert "Memory of device 0: Opaque device" in torch.cuda.memory_summary()


def test_events_measure():
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    raises(ValueError, "Both events must be recorded", lambda: start.elapsed_time(end))
    assert start.query()
    start.record()
    x = torch.ones(50, 50, device="cuda")
    x @ x
    end.record()
    end.synchronize()
    torch.cuda.synchronize()
    assert end.query() and 0 <= start.elapsed_time(end) < 60000
    plain = torch.cuda.Event()
    plain.record()
    raises(ValueError, "enable_timing=True", lambda: start.elapsed_time(plain))


def test_there_is_one_stream():
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        x = torch.ones(1, device="cuda") + 1
    torch.cuda.current_stream().wait_stream(stream)
    stream.synchronize()
    assert x.item() == 2 and stream.query() and stream == torch.cuda.default_stream()
    stream.record_event().wait()


# ---- files -------------------------------------------------------------------------------------

def saved(value):
    file = io.BytesIO()
    torch.save(value, file)

    def load(**keywords):
        file.seek(0)
        return torch.load(file, **keywords)
    return load


def test_files_know_their_device_and_can_be_mapped():
    load = saved({"a": torch.ones(2, device=TWO), "b": torch.zeros(1)})
    assert load()["a"].device == TWO and load()["b"].device == CPU
    for location, device in (("cpu", CPU), (CPU, CPU), ("cuda:0", ONE), ("cuda", ONE), (ONE, ONE),
                             ({"cuda:1": "cuda:0"}, ONE), ({"cuda:0": "cpu"}, TWO),
                             (lambda storage, place: storage, CPU),
                             (lambda storage, place: storage.cuda(0), ONE),
                             (lambda storage, place: None, TWO)):
        assert load(map_location=location)["a"].device == device, location
    raises(RuntimeError, "Attempting to deserialize object on CUDA device 5 but "
           "torch.cuda.device_count() is 2.", lambda: load(map_location="cuda:5"))
    x = torch.arange(4.0, device=ONE)
    a, b = saved([x, x[1:]])()
    a[1] = 9
    assert b.tolist() == [9, 2, 3]


def test_states_are_loaded_beside_the_parameters():
    _, model, optimizer = train(ONE, lambda p: torch.optim.Adam(p, 0.1), 1)
    state = saved(optimizer.state_dict())(map_location="cpu")
    other = net().to(TWO)
    again = torch.optim.Adam(other.parameters(), 0.1)
    again.load_state_dict(state)
    other.load_state_dict(saved(model.state_dict())())
    assert all(value.device == TWO for each in again.state.values()
               for name, value in each.items() if name != "step")


# ---- data and several devices ------------------------------------------------------------------

def test_a_loader_may_pin():
    data = torch.utils.data.TensorDataset(torch.arange(4.0))
    batches = [batch.to("cuda") for batch, in torch.utils.data.DataLoader(data, 2, pin_memory=True)]
    assert [batch.tolist() for batch in batches] == [[0, 1], [2, 3]]


def test_parallel_shares_a_batch_out():
    torch.manual_seed(0)
    seen = []

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(2, 1)

        def forward(self, x):
            seen.append((x.device, self.layer.weight.device, len(x)))
            return self.layer(x)
    model, x = Model(), torch.randn(5, 2)
    plain = model(x)
    plain.sum().backward()
    wanted = model.layer.weight.grad.tolist()
    model.zero_grad()
    parallel = nn.DataParallel(model.cuda())
    seen.clear()
    out = parallel(x.cuda())
    assert seen == [(ONE, ONE, 3), (TWO, TWO, 2)]
    assert out.device == ONE and torch.allclose(out.cpu(), plain)
    out.sum().backward()
    assert model.layer.weight.grad.device == ONE
    assert torch.allclose(model.layer.weight.grad.cpu(), torch.tensor(wanted))
    single = nn.DataParallel(Model(), device_ids=[1])
    assert single(x).device == TWO
    raises(RuntimeError, "module must have its parameters and buffers on device cuda:0",
           lambda: nn.DataParallel(Model())(x))


def test_typed_constructors():
    assert torch.cuda.FloatTensor([1, 2]).device == ONE
    assert torch.cuda.LongTensor(3).type() == "torch.cuda.LongTensor"
