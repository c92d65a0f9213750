"""Files: what torch.save writes and torch.load reads, held against files that PyTorch has written (folder
golden/files), and against damaged ones."""

import collections
import copy
import io
import os
import pickle
import struct
import sys
import warnings
import zipfile

import torch
import torch.nn as nn
import torch.optim as optim
from torch_face import raises

FILES = os.path.join(os.path.dirname(__file__), "golden", "files")
REFUSALS = (pickle.UnpicklingError, RuntimeError, EOFError, NotImplementedError, MemoryError)


def content(name):
    with open(os.path.join(FILES, name), "rb") as file:
        return file.read()


def loaded(data, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(io.BytesIO(data), **options)


def saved(value):
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def archived(pickled):
    """A file that holds that pickle and no tensors."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
    return buffer.getvalue()


def test_files_of_pytorch():
    for name in ["sd_113.pt", "sd_26.pt", "sd_113_legacy.pt", "sd_26_legacy.pt"]:
        state = torch.load(os.path.join(FILES, name))
        assert isinstance(state, collections.OrderedDict)
        assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias"]
        assert round(state["2.bias"].item(), 4) == -0.5516 and not state["2.bias"].requires_grad
        assert state["0.weight"].shape == (3, 2) and state._metadata[""] == {"version": 1}
        model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        assert repr(model.load_state_dict(state)) == "<All keys matched successfully>"


def test_every_kind_of_value():
    for name in ["mix_113.pt", "mix_26.pt"]:
        mix = loaded(content(name))
        assert mix["a"].tolist() == [[0, 3], [1, 4], [2, 5]] and mix["a"].stride() == (1, 3)
        assert mix["i"].tolist() == [1, 2] and mix["b"].item() is True
        assert mix["e"].shape == (0, 3) and mix["s"].dtype == torch.float64
        assert (mix["n"], mix["f"], mix["l"]) == (3, 1.5, [1, "x", None])
        assert mix["h"].item() == 1.5 and mix["sz"] == torch.Size([2, 3])
        assert mix["dt"] is torch.float32 and mix["dev"] == torch.device("cpu")
        assert isinstance(mix["p"], nn.Parameter) and mix["opt"]["param_groups"][0]["lr"] == 0.001
        mix["v"].zero_()  # shares its storage with w
        assert mix["w"].tolist() == [0, 0, 0, 6, 8]
        again = loaded(saved(mix))
        assert again["w"].tolist() == [0, 0, 0, 6, 8] and again["a"].stride() == (1, 3)
        assert again["opt"] == mix["opt"] and again["p"].requires_grad and again["sz"] == mix["sz"]


def test_a_file_of_ours_is_pytorchs_byte_for_byte():
    path = content("sd_26.pt")
    ours = saved(loaded(path))
    start, end = path.index(b"\x80\x02"), path.index(b"PK\x07\x08")
    assert path[start:end] in ours  # data.pkl
    assert b"archive/.data/serialization_id" in ours and b"archive/byteorder" in ours
    assert all(ours.index(data) % 64 == 0 for data in [b"little", b"3\nPK", path[start:end]])


def test_checkpoints():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    data = saved({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
                  "big": 2 ** 70, "negative": -2 ** 40, "text": "Tiếng Việt", "nothing": (None, True)})
    kept = loaded(data)
    assert kept["epoch"] == 3 and kept["big"] == 2 ** 70 and kept["negative"] == -2 ** 40
    assert kept["text"] == "Tiếng Việt" and kept["nothing"] == (None, True)
    twin = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    twin.load_state_dict(kept["model"])
    assert twin(torch.ones(1, 2)).item() == model(torch.ones(1, 2)).item()
    state = kept["optimizer"]["state"][0]
    assert state["step"].item() == 1 and state["exp_avg"].shape == (3, 2)
    assert loaded(saved(list(range(2500)))) == list(range(2500))
    shared = torch.arange(4.0)
    first, second = loaded(saved([shared[:2], shared[1:]]))
    first[1] = 9
    assert second[0].item() == 9


nameless = lambda: 1  # noqa: E731


def test_what_is_not_saved():
    raises(pickle.PicklingError, "attribute lookup <lambda> on", lambda: saved({"f": nameless}))
    raises(AttributeError, "Can't pickle local object", lambda: saved(type("Local", (), {
        "__qualname__": "f.<locals>.Local"})))
    raises(TypeError, "cannot pickle 'module' object", lambda: saved([torch]))
    assert loaded(saved(torch.ones(1, requires_grad=True) * 2)).is_leaf
    raises(AttributeError, "expected 'f' to be string, path, or a file-like object",
           lambda: torch.save(1, 2))
    raises(AttributeError, "'int' object has no attribute 'seek'", lambda: torch.load(2))
    raises(FileNotFoundError, "[Errno 2]", lambda: torch.load("/nowhere/to/be/found.pt"))
    endless = []
    endless.append(endless)
    assert loaded(saved(endless))[0][0] is not None


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.register_buffer("kept", torch.ones(1), persistent=False)
        self.activation = torch.relu
        self.names = {"a", ("b", 1)}

    def forward(self, x):
        return self.activation(self.linear(x)) * 2 + self.kept


def test_whole_modules():
    model = Twice().eval()
    model.register_forward_pre_hook(doubled)
    x = torch.ones(1, 2)
    data = saved({"model": model, "again": model, "optimizer": optim.Adam(model.parameters())})
    raises(pickle.UnpicklingError, "GLOBAL torch_face_files.Twice was not an allowed global",
           lambda: loaded(data))
    found = loaded(data, weights_only=False)
    twin = found["model"]
    assert type(twin) is Twice and twin is found["again"] and twin is not model
    assert torch.equal(twin(x), model(x)) and not twin.training and twin.names == model.names
    assert list(twin.state_dict()) == ["linear.weight", "linear.bias"]
    assert found["optimizer"].param_groups[0]["params"][0] is twin.linear.weight
    for copied in (pickle.loads(pickle.dumps(model)), pickle.loads(pickle.dumps(model, 2))):
        assert torch.equal(copied(x), model(x)) and repr(copied) == repr(model)
    with torch.serialization.safe_globals([Twice, nn.Linear]):
        raises(pickle.UnpicklingError, "GLOBAL torch_face_files.doubled",
               lambda: loaded(saved(model)))
    for layer in (nn.LSTM(2, 3), nn.Conv2d(1, 2, 3), nn.BatchNorm1d(2), nn.MultiheadAttention(4, 2),
                  nn.Sequential(nn.Linear(2, 2), nn.ReLU()), nn.TransformerEncoderLayer(4, 2),
                  nn.CrossEntropyLoss(), nn.ParameterList([nn.Parameter(torch.ones(1))]),
                  nn.EmbeddingBag(3, 2)):
        again = loaded(saved(layer), weights_only=False)
        assert repr(again) == repr(layer) and type(again) is type(layer)
        for name, value in layer.state_dict().items():
            assert torch.equal(value, again.state_dict()[name])


def doubled(module, arguments):
    return tuple(2 * argument for argument in arguments)


def test_states_that_are_none():
    for state in ({"_parameters": {"weight": 3}}, {"_modules": {"a": torch.ones(1)}},
                  {"_buffers": [1]}, {"_parameters": {1: None}}):
        raises(TypeError, "the state has something else in",
               lambda: nn.Linear.__new__(nn.Linear).__setstate__(state))
    raises(TypeError, "must be dict", lambda: nn.ReLU().__setstate__(3))
    raises(TypeError, "not an optimizer's state",
           lambda: optim.SGD.__new__(optim.SGD).__setstate__({}))
    raises(AttributeError, "has not called super().__init__()",
           lambda: nn.Linear.__new__(nn.Linear).__getstate__())


def test_plain_objects():
    for value in ({1, 2}, bytearray(b"ab"), b"abc", 1 + 2j, torch.Size([2]), torch.float32,
                  torch.device("cuda", 1), {(1, "a"): 2}, collections.OrderedDict(a={"b": [()]})):
        assert loaded(saved(value)) == value, value
        assert pickle.loads(pickle.dumps(value)) == value, value
    for value in (frozenset([1]), collections.defaultdict(list, {1: [2]}), slice(1, 2), range(3), Twice,
                  doubled, len):
        raises(pickle.UnpicklingError, "was not an allowed global", lambda: loaded(saved(value)))
        assert loaded(saved(value), weights_only=False) == value


def test_copies_that_share():
    x = torch.arange(4.0)
    whole, part = copy.deepcopy([x, x[1:3]])
    part[0] = 9
    assert whole.tolist() == [0, 9, 2, 3] and x.tolist() == [0, 1, 2, 3]


class Command:
    def __reduce__(self):
        return os.system, ("false",)


def test_nothing_is_called():
    for protocol in [2, 4]:
        raises(pickle.UnpicklingError, "Weights only load failed",
               lambda: loaded(pickle.dumps(Command(), protocol)))
    for forbidden in [Command(), [os.system], [open], [eval], [torch.save], [sys.modules],
                      [pickle.loads]]:
        raises((pickle.UnpicklingError, TypeError, AttributeError), "",
               lambda: loaded(saved(forbidden), weights_only=False))
    for text in [b"cos\nsystem\n.", b"cposix\nsystem\n.", b"c__builtin__\nexec\n.",
                 b"c__main__\nos.system\n.", b"ctorch\nsave\n.", b"cnumpy\nmemmap\n.",
                 b"ctypes\nFunctionType\n.", b"cpickle\nloads\n.", b"cbuiltins\n__import__\n.",
                 b"c__builtin__\ngetattr\nctorch\nTensor\nX\x04\0\0\0data\x86R."]:
        raises((pickle.UnpicklingError, AttributeError), "",
               lambda: loaded(archived(b"\x80\x02" + text), weights_only=False))
    raises(pickle.UnpicklingError, "Unsupported global: GLOBAL __builtin__.eval was not an allowed",
           lambda: loaded(b"\x80\x02c__builtin__\neval\nX\x01\0\0\0001\x85R."))
    raises(pickle.UnpicklingError, "something is called that cannot be",
           lambda: loaded(b"\x80\x02K\x01)R."))
    deep = b"\x80\x02)" + b"\x85" * 200000 + b"."
    raises(pickle.UnpicklingError, "not a file that torch.save has written", lambda: loaded(deep))
    raises(pickle.UnpicklingError, "a key of a dictionary is a tuple",
           lambda: loaded(b"\x80\x02})" + b"\x85" * 200000 + b"K\x01s."))
    raises(pickle.UnpicklingError, "given what it cannot be made of",
           lambda: loaded(b"\x80\x02ccollections\nOrderedDict\n])" + b"\x85" * 200000
                          + b"K\x01\x86a\x85R."))


def test_where_tensors_come_from():
    cuda = content("sd_26_legacy.pt").replace(b"X\x03\0\0\0cpu", b"X\x06\0\0\0cuda:0")
    raises(RuntimeError, "Attempting to deserialize object on a CUDA device but "
           "torch.cuda.is_available() is False.", lambda: loaded(cuda))
    assert len(loaded(cuda, map_location="cpu")) == 4
    assert len(loaded(cuda, map_location=torch.device("cpu"))) == 4
    raises(RuntimeError, "Attempting to deserialize object on a CUDA device",
           lambda: loaded(content("sd_26.pt"), map_location="cuda"))


def survives(data):
    """A damaged file is refused, or gives values that can be looked at."""
    try:
        value = loaded(data)
    except REFUSALS:
        return
    repr(value)


def test_damaged_files():
    raises(EOFError, "", lambda: loaded(b""))
    for name in ["sd_26.pt", "sd_26_legacy.pt", "mix_113.pt"]:
        whole = content(name)
        for length in range(1, len(whole), 5):
            survives(whole[:length])
        for at in range(0, len(whole), 1 if "legacy" in name else 3):
            for byte in (0, 0x80, whole[at] ^ 1, 0xff):
                survives(whole[:at] + bytes([byte]) + whole[at + 1:])


def test_sizes_that_lie():
    whole = content("sd_26_legacy.pt")
    for old, new in [(b"K\x03K\x02\x86", b"K\x03K\xff\x86"), (b"K\x02K\x01\x86", b"K\xffK\x01\x86"),
                     (b"K\x06", b"K\xff"), (b"QK\0K", b"QK\x09K")]:
        assert whole.count(old) >= 1, old
        raises(pickle.UnpicklingError, "Weights only load failed",
               lambda: loaded(whole.replace(old, new)))
    size = struct.pack("<q", 6)
    raises(pickle.UnpicklingError, "cut short, or a storage is of another size",
           lambda: loaded(whole.replace(size, struct.pack("<q", 2 ** 60))))


# ---- safetensors -------------------------------------------------------------------------------

def packed(header, data):
    return struct.pack("<Q", len(header)) + header + data


def test_safetensors():
    import safetensors
    from safetensors.torch import load
    header = (b'{"__metadata__":{"format":"pt"},'
              b'"b":{"dtype":"I64","shape":[2],"data_offsets":[16,32]},'
              b'"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},'
              b'"e":{"dtype":"F32","shape":[0,3],"data_offsets":[32,32]}}  ')
    data = struct.pack("<4f", 1, 2, 3, 4) + struct.pack("<2q", 5, -6)
    state = load(packed(header, data))
    assert state["w"].tolist() == [[1, 2], [3, 4]] and state["b"].tolist() == [5, -6]
    assert state["e"].shape == (0, 3) and len(state) == 3
    half = packed(b'{"h":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}', b"\xc0\x3f")
    assert load(half)["h"].item() == 1.5
    whole = packed(header, data)
    for bad, text in [(whole[:-1], "TensorInvalidInfo"), (whole + b"x", "MetadataIncompleteBuffer"),
                      (b"abc", "HeaderTooSmall"), (b"\xff" * 8, "HeaderTooLarge"),
                      (struct.pack("<Q", 999) + b"{}", "InvalidHeaderLength"),
                      (packed(b"[]", b""), "InvalidHeader"),
                      (whole.replace(b"[2,2]", b"[2,9]"), "TensorInvalidInfo"),
                      (whole.replace(b"[16,32]", b"[32,16]"), "TensorInvalidInfo"),
                      (whole.replace(b"[2,2]", b'["a"]'), "not what they should be"),
                      (whole.replace(b"I64", b"I99"), "no dtype that is known")]:
        raises(safetensors.SafetensorError, text, lambda: load(bad))
    for at in range(len(whole)):
        for byte in (0, 0x39, 0x80, 0xff):
            try:
                repr(load(whole[:at] + bytes([byte]) + whole[at + 1:]))
            except (safetensors.SafetensorError, RuntimeError):
                pass
    raises(FileNotFoundError, "[Errno 2]", lambda: safetensors.torch.load_file("/nowhere"))
