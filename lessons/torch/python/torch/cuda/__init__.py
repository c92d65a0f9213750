"""torch.cuda: devices as the lesson sees them. What is drawn at random on a device comes from the one
generator of the CPU, so that its numbers are those of a run on the CPU."""

import torch as _torch
from torch import cuda as _cuda

_ABSENT = "Torch not compiled with CUDA enabled"


def _need():
    if not _cuda.is_available():
        raise AssertionError(_ABSENT)


def init():
    _need()


# ---- which device ------------------------------------------------------------------------------

def set_device(device):
    _need()
    if not (isinstance(device, int) and device < 0):
        _cuda._set_device(device)


class device:
    """with torch.cuda.device(1): what "cuda" means inside."""

    def __init__(self, device):
        _need()
        stays = device is None or isinstance(device, int) and device < 0
        self.idx = -1 if stays else _cuda._index(device)
        self.prev_idx = -1

    def __enter__(self):
        self.prev_idx = _cuda.current_device()
        if self.idx >= 0:
            _cuda._set_device(self.idx)

    def __exit__(self, *exception):
        _cuda._set_device(self.prev_idx)
        return False


class device_of(device):
    def __init__(self, obj):
        super().__init__(obj.get_device() if obj.is_cuda else -1)


# ---- what it is --------------------------------------------------------------------------------

class _CudaDeviceProperties:
    def __init__(self, info):
        self.name = info["name"]
        self.major = info["major"]
        self.minor = info["minor"]
        self.total_memory = info["total"]
        self.multi_processor_count = info["multiprocessors"]

    def __repr__(self):
        return (f"_CudaDeviceProperties(name='{self.name}', major={self.major}, "
                f"minor={self.minor}, total_memory={self.total_memory // (1 << 20)}MB, "
                f"multi_processor_count={self.multi_processor_count})")


def get_device_properties(device=None):
    return _CudaDeviceProperties(_cuda._info(device))


def get_device_name(device=None):
    return get_device_properties(device).name


def get_device_capability(device=None):
    properties = get_device_properties(device)
    return properties.major, properties.minor


# ---- its memory --------------------------------------------------------------------------------

def memory_stats(device=None):
    if not _cuda.is_initialized():
        return {}
    info = _cuda._info(device)
    return {
        "allocated_bytes.all.current": info["used"],
        "allocated_bytes.all.peak": info["peak"],
        "reserved_bytes.all.current": info["used"] + info["cached"],
    }


def memory_allocated(device=None):
    return memory_stats(device).get("allocated_bytes.all.current", 0)


def max_memory_allocated(device=None):
    return memory_stats(device).get("allocated_bytes.all.peak", 0)


def memory_reserved(device=None):
    return memory_stats(device).get("reserved_bytes.all.current", 0)


def reset_peak_memory_stats(device=None):
    if _cuda.is_initialized():
        _cuda._reset_peak(device)


def reset_max_memory_allocated(device=None):
    reset_peak_memory_stats(device)


def mem_get_info(device=None):
    info = _cuda._info(device)
    return info["free"], info["total"]


def _size_text(size):
    unit = 0
    while size >= 10240 and unit < 4:
        size //= 1024
        unit += 1
    return f"{size} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[unit]}"


def memory_summary(device=None, abbreviated=False):
    index = _cuda._index(device)
    info = _cuda._info(index)
    rows = [("Allocated memory", info["used"], info["peak"]),
            ("Kept for later", info["cached"], None),
            ("Free on the device", info["free"], None),
            ("Memory of the device", info["total"], None)]
    line = "|" + "=" * 61 + "|"
    title = f"Memory of device {index}: {info['name']}"
    text = [line, f"| {title:<60}|", line, f"| {'':<24}| {'now':>15} | {'peak':>15} |", line]
    for name, now, peak in rows:
        most = "" if peak is None else _size_text(peak)
        text.append(f"| {name:<24}| {_size_text(now):>15} | {most:>15} |")
    return "\n".join(text + [line])


# ---- order and time ----------------------------------------------------------------------------

class Event:
    """A mark in the device's queue of work."""

    def __init__(self, enable_timing=False, blocking=False, interprocess=False):
        if not _cuda.is_available():
            raise RuntimeError("Tried to instantiate dummy base class Event")
        self.enable_timing = enable_timing
        self._mark = None

    def record(self, stream=None):
        place = stream.device.index if stream is not None else None
        if self._mark is None or self._place != place:
            self._mark, self._place = _cuda._mark(place), place
        _cuda._mark_record(self._mark)

    def wait(self, stream=None):
        """One queue keeps its order by itself."""

    def query(self):
        return self._mark is None or _cuda._mark_reached(self._mark)

    def synchronize(self):
        if self._mark is not None:
            _cuda._mark_wait(self._mark)

    def elapsed_time(self, end_event):
        if not (self.enable_timing and end_event.enable_timing):
            raise ValueError("Both events must be created with argument 'enable_timing=True'.")
        if self._mark is None or end_event._mark is None:
            raise ValueError("Both events must be recorded before calculating elapsed time.")
        if not (self.query() and end_event.query()):
            raise RuntimeError("CUDA error: device not ready")
        return _cuda._mark_elapsed(self._mark, end_event._mark)

    def __repr__(self):
        return "<torch.cuda.Event>" if self._mark is not None else "<torch.cuda.Event uninitialized>"


class Stream:
    """A device has one queue here: streams are names for it, and nothing overlaps."""

    def __init__(self, device=None, priority=0, **others):
        if not _cuda.is_available():
            raise RuntimeError("Tried to instantiate dummy base class Stream")
        self.device = _torch.device("cuda", _cuda._index(device))
        self.priority = priority

    device_type = 1

    @property
    def device_index(self):
        return self.device.index

    def synchronize(self):
        _cuda.synchronize(self.device)

    def query(self):
        return self.record_event().query()

    def record_event(self, event=None):
        event = event if event is not None else Event()
        event.record(self)
        return event

    def wait_event(self, event):
        pass

    def wait_stream(self, stream):
        pass

    def __eq__(self, other):
        return isinstance(other, Stream) and self.device == other.device

    def __hash__(self):
        return hash(self.device)

    def __repr__(self):
        return f"<torch.cuda.Stream device={self.device}>"


def current_stream(device=None):
    return Stream(device)


def default_stream(device=None):
    return Stream(device)


class StreamContext:
    def __init__(self, stream):
        self.stream = stream

    def __enter__(self):
        return self.stream

    def __exit__(self, *exception):
        return False


def stream(stream):
    return StreamContext(stream)


def set_stream(stream):
    pass


# ---- random numbers ----------------------------------------------------------------------------

def manual_seed(seed):
    """Seeds the generator that the devices share with the CPU."""
    if _cuda.is_available():
        _torch.default_generator.manual_seed(int(seed))


def manual_seed_all(seed):
    manual_seed(seed)


def seed():
    _need()
    _torch.seed()


def seed_all():
    seed()


def initial_seed():
    _need()
    return _torch.initial_seed()


def get_rng_state(device="cuda"):
    _cuda._index(device)
    return _torch.get_rng_state()


def set_rng_state(new_state, device="cuda"):
    _cuda._index(device)
    _torch.set_rng_state(new_state)


def get_rng_state_all():
    return [get_rng_state(i) for i in range(_cuda.device_count())]


def set_rng_state_all(new_states):
    for i, state in enumerate(new_states):
        set_rng_state(state, i)


# ---- torch.cuda.FloatTensor and its kin ------------------------------------------------------------

def _typed(name):
    make = getattr(_torch, name)

    def create(*data):
        _need()
        return make(*data).cuda()
    create.__name__ = create.__qualname__ = name
    return create


FloatTensor = _typed("FloatTensor")
DoubleTensor = _typed("DoubleTensor")
LongTensor = _typed("LongTensor")
IntTensor = _typed("IntTensor")
ByteTensor = _typed("ByteTensor")
BoolTensor = _typed("BoolTensor")


def is_bf16_supported(including_emulation=True):
    return False


def ipc_collect():
    _need()
