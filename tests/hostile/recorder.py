# === an end in the middle
#: ends any
#: out before
import os
print("before", flush=True)
a = 1
os._exit(42)

# === an end with a status
#: out before
print("before")
raise SystemExit(3)

# === a forged trace
#: out after
import os
print("before")
for fd in range(3, 64):
    try:
        os.write(fd, b'\x00\xff{"k":"forged","t":999}\n' * 3)
    except OSError:
        pass
print("after")

# === a forged end
#: out after
import os
for fd in range(3, 64):
    try:
        os.write(fd, b'{"k":"end","how":"finished","seconds":0,"records":1}\n')
    except OSError:
        pass
print("after")

# === a line without end
#: ends any
import os
print("before", flush=True)
for fd in range(3, 64):
    try:
        for _ in range(100):
            os.write(fd, b"x" * 100000)
    except OSError:
        pass

# === the recording put off
#: error PermissionError
#: denied recording
import sys
sys.settrace(None)

# === the recording put off by hand
#: out 3
import sys, threading
frame = sys._getframe()
frame.f_trace = None
frame.f_trace_lines = False
a = 1
b = 2
print(a + b)

# === a profile
#: error PermissionError
#: denied recording
import sys
sys.setprofile(print)

# === output elsewhere
#: out via
import io, sys
sys.stdout = io.StringIO()
print("hidden")
sys.stdout = sys.__stdout__
print("via")

# === no output at all
#: ends any
import sys
sys.stdout = sys.__stdout__ = sys.stderr = sys.__stderr__ = None
print("nowhere")
1 / 0

# === a flood
#: ends timeout
while True:
    print("x" * 1000)

# === a flood past Python
#: ends flood
import os
while True:
    os.write(1, b"y" * 65536)

# === builtins that lie
#: error any
import builtins
builtins.len = builtins.isinstance = builtins.type = builtins.repr = None
x = 1
print(x)
1 / 0

# === modules that are gone
#: error ZeroDivisionError
import sys
for name in list(sys.modules):
    if name not in ("builtins", "sys"):
        del sys.modules[name]
1 / 0

# === an exception whose text fails
#: error Sly
class Sly(Exception):
    def __str__(self):
        raise SystemExit("no text")

    __repr__ = __str__


raise Sly

# === an object whose text fails
#: error any
class Sly:
    def __repr__(self):
        raise KeyboardInterrupt


x = Sly()
x

# === a comparison that fails
#: out done
class Sly:
    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


x = Sly()
x = Sly()
print("done")

# === an audit hook that refuses
#: ends any
import sys


def refuse(event, arguments):
    raise RuntimeError(event)


print("before", flush=True)
sys.addaudithook(refuse)
a = 1
open("/usr/lib/os-release")

# === garbage that bites
#: out done
import gc


class Bite:
    def __init__(self):
        self.me = self

    def __del__(self):
        raise SystemExit


Bite()
gc.collect()
print("done")
