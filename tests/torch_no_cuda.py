"""What torch.cuda answers where there is no device. Run by test_torch_no_cuda.c."""

import warnings

import torch
from torch_face import raises

ABSENT = "Torch not compiled with CUDA enabled"


def test_it_is_not_there():
    assert not torch.cuda.is_available()
    assert torch.cuda.device_count() == 0
    assert not torch.cuda.is_initialized()
    assert torch.cuda.memory_allocated() == torch.cuda.max_memory_allocated() == 0
    assert torch.cuda.memory_reserved() == 0
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()


def test_its_name_is_a_name():
    assert repr(torch.device("cuda")) == "device(type='cuda')"
    assert repr(torch.device("cuda", 1)) == "device(type='cuda', index=1)"
    assert torch.device("cuda:0") == torch.device(0)


def test_using_it_is_refused():
    x = torch.ones(1)
    model = torch.nn.Linear(1, 1)
    for use in (x.cuda, model.cuda, torch.cuda.synchronize, torch.cuda.current_device,
                torch.cuda.get_device_name, torch.cuda.init, torch.cuda.mem_get_info,
                lambda: x.to("cuda"), lambda: model.to("cuda:0"), lambda: torch.cuda.set_device(0),
                lambda: torch.zeros(1, device="cuda"), lambda: torch.nn.Linear(1, 1, device="cuda"),
                lambda: torch.set_default_device("cuda"), lambda: torch.cuda.device(0),
                lambda: torch.device("cuda").__enter__(), lambda: torch.cuda.FloatTensor(2)):
        raises(AssertionError, ABSENT, use)
    raises(RuntimeError, "Tried to instantiate dummy base class Event", torch.cuda.Event)
    raises(RuntimeError, "Tried to instantiate dummy base class Stream", torch.cuda.Stream)
    raises(RuntimeError, "Cannot access accelerator device when none is available.", x.pin_memory)


def test_seeds_of_devices_leave_the_cpu_alone():
    torch.manual_seed(3)
    first = torch.rand(2).tolist()
    torch.manual_seed(3)
    torch.cuda.manual_seed(4)
    torch.cuda.manual_seed_all(4)
    assert torch.rand(2).tolist() == first


def test_the_cpu_is_a_device_like_any():
    with torch.device("cpu"):
        assert torch.ones(1).device == torch.device("cpu")
    torch.set_default_device("cpu")
    assert torch.get_default_device() == torch.device("cpu")
    torch.set_default_device(None)
    assert torch.ones(1).cpu().to("cpu").get_device() == -1
    assert torch.nn.Linear(1, 1, device="cpu").weight.device.type == "cpu"


def test_mixed_precision_is_switched_off():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scaler = torch.cuda.amp.GradScaler()
        with torch.autocast("cuda"):
            loss = (torch.ones(2, requires_grad=True) * 2).sum()
        scaler.scale(loss).backward()
        scaler.update()
    assert [str(one.message)[:40] for one in caught] == [
        "torch.cuda.amp.GradScaler is enabled, bu", "User provided device_type of 'cuda', but"]
    raises(NotImplementedError, "torch.autocast is not supported", torch.autocast("cpu").__enter__)


def test_switches_of_backends_are_kept():
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    assert torch.backends.cudnn.deterministic and torch.backends.cudnn.enabled
    assert not torch.backends.cudnn.is_available() and not torch.backends.mps.is_available()
    torch.backends.cuda.matmul.allow_tf32 = True
    assert torch.backends.cuda.matmul.allow_tf32


def test_parallel_without_devices_is_the_module():
    model = torch.nn.Linear(2, 1)
    both = torch.nn.DataParallel(model)
    x = torch.ones(3, 2)
    assert torch.equal(both(x), model(x))
    assert both.module is model and list(both.state_dict()) == ["module.weight", "module.bias"]
