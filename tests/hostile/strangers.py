# === files, through numpy
#: out got: none
import os
import numpy as np


def got(f):
    try:
        f()
        return True
    except OSError:
        return False


ways = {
    "fromfile": lambda: np.fromfile("/etc/passwd"),
    "tofile": lambda: np.ones(3).tofile("@FOLDER@/x"),
    "memmap of a secret": lambda: np.memmap("/etc/passwd", mode="r"),
    "memmap of a new file": lambda: np.memmap("@FOLDER@/x", mode="w+", shape=9),
    "memmap to change": lambda: np.memmap("@FOLDER@/canary", mode="r+"),
    "load": lambda: np.load("@FOLDER@/canary", allow_pickle=True),
    "loadtxt": lambda: np.loadtxt("/etc/passwd", dtype=str),
    "genfromtxt": lambda: np.genfromtxt("@FOLDER@/canary", dtype=str),
    "savez": lambda: np.savez("@FOLDER@/x", a=np.ones(3)),
    "savetxt": lambda: np.savetxt("@FOLDER@/x", np.ones(3)),
    "DataSource": lambda: np.lib.npyio.DataSource("@FOLDER@").open("/etc/passwd"),
    "its os": lambda: np.os.remove("@FOLDER@/canary") if hasattr(np, "os") else os.remove("@FOLDER@/canary"),
    "open_memmap": lambda: np.lib.format.open_memmap("@FOLDER@/x", mode="w+", shape=(3,)),
}
print("got:", *[name for name, way in ways.items() if got(way)] or ["none"])

# === a program, through an array's pickle
#: out PermissionError
import io, os, pickle
import numpy as np


class Call:
    def __reduce__(self):
        return os.system, ("touch @FOLDER@/x",)


file = io.BytesIO()
np.save(file, np.array([Call()], dtype=object))
file.seek(0)
try:
    np.load(file, allow_pickle=True)
except PermissionError as e:
    print(type(e).__name__)

# === a program, through numpy's door to C
#: out status 32512
import os
import numpy.ctypeslib
libc = numpy.ctypeslib.load_library("libc.so.6", f"/lib/{os.uname().machine}-linux-gnu")
print("status", libc.system(b"touch @FOLDER@/x"))

# === all the library's ways to write
#: out wrote: none
import os


def logger():
    import logging
    logging.FileHandler("@FOLDER@/x")


def shelf():
    import shelve
    shelve.open("@FOLDER@/x")


def archive():
    import zipfile
    zipfile.ZipFile("@FOLDER@/x", "w")


def tar():
    import tarfile
    tarfile.open("@FOLDER@/x", "w")


def compiled():
    import py_compile
    py_compile.compile("/usr/lib/python3/dist-packages/numpy/version.py", "@FOLDER@/x", doraise=True)


def dumped():
    import faulthandler
    faulthandler.enable(open("@FOLDER@/x", "wb"))


def tree():
    import shutil
    shutil.rmtree("@FOLDER@")


def copied():
    import shutil
    shutil.copy("/usr/lib/python3/dist-packages/numpy/version.py", "@FOLDER@/x")


def path():
    import pathlib
    pathlib.Path("@FOLDER@/x").write_text("x")


def gzip_file():
    import gzip
    gzip.open("@FOLDER@/x", "w")


def mail():
    import mailbox
    mailbox.mbox("@FOLDER@/x").lock()


def bytecode():
    import importlib._bootstrap_external as external
    external._write_atomic("@FOLDER@/x", b"x")


def own_file():
    os.remove(__file__)


wrote = []
for way in (logger, shelf, archive, tar, compiled, dumped, tree, copied, path, gzip_file, mail, bytecode, own_file):
    try:
        way()
        wrote.append(way.__name__)
    except Exception as e:
        pass
print("wrote:", *wrote or ["none"])

# === the runner, through everything that lives
#: out after
#: ends any
import gc, sys
import torch
x = torch.ones(2, requires_grad=True)
frame = sys._getframe()
depth = 0
while frame.f_back:
    frame, depth = frame.f_back, depth + 1
things = [thing for thing in gc.get_objects() if "apsule" in type(thing).__name__ or "gradlight" in repr(type(thing))]
for thing in gc.get_objects():
    if isinstance(thing, dict) and "displayhook" in thing:
        thing["displayhook"] = None
for hook in list(sys.meta_path):
    sys.meta_path.remove(hook)
gc.callbacks.append(lambda *a: 1 / 0)
gc.collect()
print("after", depth)
y = x * 2

# === torch made into something else
#: out lies 7
import torch, sys
torch.Tensor.backward = lambda self: None
torch.tensor = lambda *a, **k: 7
for name in list(vars(torch)):
    if name.startswith("_") and not name.startswith("__"):
        try:
            delattr(torch, name)
        except (AttributeError, TypeError):
            pass
x = torch.ones(2, requires_grad=True)
x.sum().backward()
sys.modules["torch"] = None
print("lies", torch.tensor([1.0]))

# === values that take for ever to say
#: out before
#: ends timeout
class Endless:
    def __repr__(self):
        while True:
            pass


class Lying(list):
    def __len__(self):
        return 1 << 60

    def __iter__(self):
        while True:
            yield self


class Wide(dict):
    def items(self):
        while True:
            yield 1, 2


x, y, z = Endless(), Lying([1]), Wide(a=1)
print("before", flush=True)
a = [x, y, z]
print(x)

# === a number of three million digits in a name
#: out 10000001
x = 1 << 10_000_000
y = [x, {x: x}]
print(x.bit_length())

# === names that no program has
#: out after
import torch
import torch.nn as nn
names = ["a\nb", "\x1b[31mred\x1b[0m", "\u202egnirts", "", "x" * 1_000_000, "\x00", "{\"k\":\"end\"}", "\ud800"]
for name in names:
    globals()[name] = torch.ones(2, requires_grad=True)
model = nn.Module()
for name in names:
    for put in (lambda: setattr(model, name, nn.Parameter(torch.ones(1))), lambda: model.add_module(name, nn.Linear(1, 1)),
                lambda: type(name, (nn.Module,), {})()):
        try:
            put()
        except (RuntimeError, KeyError, ValueError, TypeError, UnicodeError, AttributeError):
            pass
try:
    print(len(repr(model)))
except Exception as e:
    pass
print("after")

# === an error that takes for ever to say
#: out before
#: ends timeout
class Error(Exception):
    def __str__(self):
        while True:
            pass


print("before", flush=True)
raise Error

# === an error with a strange name, and itself as its cause
#: out before
#: error any
print("before")
Error = type("Error\n\x1b[2J" + "x" * 100000, (Exception,), {"__module__": 7, "__qualname__": "\u202ex"})
error = Error("\ud800\x1b]0;title\x07" + "y" * 1_000_000)
error.__cause__ = error
error.__context__ = error
error.__notes__ = 7
raise error

# === a chain of errors, and a group of groups
#: out before
#: error any
print("before")
error = ValueError("first")
for i in range(20000):
    after = ValueError(i)
    after.__cause__ = error
    error = after
for i in range(200):
    error = ExceptionGroup("g", [error])
raise error

# === last words
#: out after
import atexit


class Last:
    def __del__(self):
        open("@FOLDER@/x", "w")


last = Last()
sys_like = [last]
sys_like.append(sys_like)
atexit.register(lambda: open("@FOLDER@/x", "w"))
print("after")

# === without the words
#: out refused refused
import ctypes
runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
word = ctypes.c_void_p
pages = (word * 4000).from_address(runtime)
guard = None


def refused(way):
    try:
        way()
        return "done"
    except PermissionError:
        return "refused"


libc = ctypes.CDLL(None, use_errno=True)
print(refused(lambda: open("@FOLDER@/x", "w")), "refused" if libc.open(b"@FOLDER@/x", 0o101, 0o600) < 0 else "done")

# === its own process's files
#: out got: none
import os
paths = ["/proc/self/mem", "/proc/self/maps", "/proc/self/environ", "/proc/self/exe",
         "/proc/thread-self/mem", "/proc/self/root/etc/passwd", "/proc/self/cwd/canary", "/proc/self/oom_score_adj",
         f"/proc/{os.getppid()}/mem", f"/proc/{os.getppid()}/environ", f"/proc/{os.getppid()}/fd/0", "/dev/fd/3",
         "/dev/zero", "/dev/shm/x", "/dev/mem", "/dev/kmsg", "/dev/tty", "/dev/ptmx"]


def opens(path, mode):
    try:
        open(path, mode)
        return True
    except OSError:
        return False


print("got:", *[path for path in paths if any(opens(path, mode) for mode in ("rb", "r+b", "wb"))] or ["none"])

# === the parent put to sleep
#: out refused 6
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
tries = [libc.kill(parent, 19), libc.kill(-parent, 19), libc.kill(0, 10), libc.killpg(parent, 19),
         libc.syscall(SYS_tgkill, parent, parent, 19), libc.syscall(SYS_tkill, parent, 19)]
print("refused", tries.count(-1))

# === itself put to sleep
#: out before
#: ends timeout
import os, signal
print("before", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)

# === signals to itself at every line
#: out after
#: ends any
import os, signal
for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXCPU):
    signal.signal(number, lambda *a: None)
for i in range(200):
    for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGTERM, signal.SIGXCPU):
        os.kill(os.getpid(), number)
print("after")

# === what it is asked, read before it is asked
#: out before
#: ends timeout
import os
print("before", flush=True)
for fd in range(3, 64):
    try:
        os.write(fd, b'{"k":"end","how":"finished","status":0}\n' * 10000)
    except OSError:
        pass
for fd in range(3, 64):
    try:
        os.read(fd, 100000)
    except OSError:
        pass
while True:
    pass

# === no recording, from underneath
#: out after
#: ends any
import ctypes
import torch
print("before", flush=True)
ctypes.pythonapi.PyEval_SetTrace(None, None)
x = torch.ones(3, requires_grad=True)
(x * x).sum().backward()
print("after")

# === a deep document
#: out RecursionError
import json
try:
    json.loads("[" * 1_000_000)
except RecursionError as e:
    print(type(e).__name__)

# === a hook that walks again
#: out before
#: ends any
import torch
print("before", flush=True)
x = torch.ones(2, requires_grad=True)
y = (x * x).sum()
x.register_hook(lambda g: (y.backward(retain_graph=True), g)[1])
y.backward(retain_graph=True)

# === a function whose way back is rubbish
#: out after
import torch


class Bad(torch.autograd.Function):
    results = [None, 7, "x", (), torch.ones(9, 9), [torch.ones(1)] * 5, Exception]

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, x, x)
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        ctx.saved_tensors
        return Bad.results[Bad.at]


for Bad.at in range(len(Bad.results)):
    x = torch.ones(2, requires_grad=True)
    try:
        Bad.apply(x).sum().backward()
    except Exception as e:
        pass
print("after")

# === a module in itself
#: out RecursionError
#: ends any
import torch.nn as nn
m = nn.Sequential(nn.Linear(1, 1))
m.add_module("again", m)
m.train()
list(m.parameters())
try:
    print(m)
except RecursionError as e:
    print(type(e).__name__)

# === more elements than there are atoms
#: out after
import torch
x = torch.ones(1, requires_grad=True).expand(10**15)
y = torch.zeros(2, 2).expand(10**9, 2, 2)
z = torch.empty(0, 2**40)
print(x.shape, y[0], z)
for way in (lambda: torch.empty(2**40, 2**40), lambda: torch.empty(2**62, 4), lambda: x + x, lambda: torch.arange(0, 1e18, 1e-9),
            lambda: torch.ones(4).as_strided((10**9,), (10**9,)), lambda: torch.ones(4).as_strided((4,), (1,), 2**62),
            lambda: torch.ones(4).repeat(10**12), lambda: torch.eye(10**9), lambda: torch.ones(3)[2**63],
            lambda: torch.ones(3).reshape(-1, 2**62), lambda: torch.ones(3).view(2**32, 2**32, 2**32),
            lambda: torch.linspace(0, 1, 2**62), lambda: torch.randperm(2**62), lambda: torch.ones(2**63)):
    try:
        way()
        print("done")
    except (RuntimeError, IndexError, MemoryError, OverflowError, TypeError, ValueError):
        pass
print("after")

# === an array under a tensor's feet
#: out after
#: ends any
import numpy as np
import torch
a = np.ones(1000)
t = torch.from_numpy(a)
print("after", flush=True)
try:
    a.resize((10_000_000,), refcheck=False)
except ValueError:
    pass
t.sum()
b = torch.from_numpy(np.lib.stride_tricks.as_strided(np.ones(1), (1 << 40,), (1 << 20,)))
print(b.sum())

# === nothing to print to
#: out after
import sys


class Loop:
    encoding = errors = 7

    def write(self, text):
        print(text)

    def flush(self):
        raise KeyboardInterrupt


print("after")
out = sys.stdout
sys.stdout = sys.stderr = Loop()
try:
    print("x")
except RecursionError:
    pass
out.close() if hasattr(out, "close") else None
del sys.stdout, sys.stderr, sys.excepthook, sys.displayhook
1

# === builtins that are gone
#: out before
#: ends any
import builtins, sys
print("before", flush=True)
builtins.__dict__.clear()
x = 1
raise

# === types that are changed while they are looked at
#: out after
import torch


class Name(str):
    def __eq__(self, other):
        globals().clear()
        return True

    __hash__ = str.__hash__


class Odd:
    __slots__ = ()
    __class__ = torch.Tensor

    def __getattr__(self, name):
        raise SystemExit

    def __bool__(self):
        raise MemoryError


odd = Odd()
values = {Name("k"): odd, odd: odd}
pair = (odd, [odd])
try:
    torch.ones(2) + odd
except BaseException as e:
    pass
try:
    torch.tensor(odd)
except BaseException as e:
    pass
print("after")

# === twenty thousand of everything
#: out joined 20000.0
import torch
import torch.nn as nn
xs = [torch.ones(1, requires_grad=True) for i in range(20000)]
y = torch.cat(xs)
y.sum().backward()
model = nn.ParameterList(nn.Parameter(torch.ones(1)) for i in range(20000))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def f(*a, **k):
    return 1


class Many(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *a):
        ctx.save_for_backward(*a)
        return a[0] * 1

    @staticmethod
    def backward(ctx, g):
        return (g,) + (None,) * 19999


f(*range(20000), **{f"k{i}": 1 for i in range(20000)})
Many.apply(*xs).sum().backward()
parts = torch.ones(20000).unbind()
print("joined", y.sum().item())

# === a name of two hundred thousand letters for everything
#: out after
#: error any
import torch
import torch.nn as nn
N = "N" * 200_000
M = type(N, (nn.Module,), {"forward": lambda self, x: x * 2})
m = M()
m.add_module("ok", M())
m.register_parameter("p" * 200_000, nn.Parameter(torch.ones(1)))
m.ok(torch.ones(1))
O = type(N, (torch.optim.SGD,), {})
o = O(m.parameters(), lr=0.1)
o.step()
exec(f"def {N}(x): return x * 2\ny = {N}(torch.ones(1))")
exec(compile("z = torch.ones(1)", "Cell In[1]" + N, "exec"))
F = type(N, (torch.autograd.Function,), {"forward": staticmethod(lambda c, x: x * 1), "backward": staticmethod(lambda c, g: g)})
F.apply(torch.ones(1, requires_grad=True)).backward()
a = type(N, (), {})()
print("after")
raise type(N, (Exception,), {})(N)
