# === a path that changes its mind
#: error PermissionError
class Path:
    def __init__(self):
        self.asked = 0

    def __fspath__(self):
        self.asked += 1
        return "/usr/lib/os-release" if self.asked == 1 else "@FOLDER@/canary"


path = Path()
for i in range(3):
    print(open(path).read())

# === a name that changes while it is looked at
#: out read: 0
import ctypes, threading
libc = ctypes.CDLL(None)
harmless, secret = b"/usr/lib/os-release", b"@FOLDER@/canary"
name = ctypes.create_string_buffer(200)
over = False


def flip():
    while not over:
        ctypes.memmove(name, harmless + b"\0", len(harmless) + 1)
        ctypes.memmove(name, secret + b"\0", len(secret) + 1)


thread = threading.Thread(target=flip)
thread.start()
read = 0
content = ctypes.create_string_buffer(16)
for i in range(3000):
    fd = libc.open(name, 0)
    if fd >= 0:
        libc.read(fd, content, 15)
        read += content.value.startswith(b"sings")
        libc.close(fd)
over = True
thread.join()
print("read:", read)

# === a program by its descriptor
#: out started: False
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
arguments = (ctypes.c_char_p * 2)(b"sh", None)
started = False
for path in (b"/lib64/ld-linux-x86-64.so.2", b"/lib/ld-linux-aarch64.so.1", b"/usr/lib/os-release", b"/proc/self/exe"):
    for flags in (0, 0o10000000):
        fd = libc.open(path, flags)
        libc.syscall(SYS_execveat, fd, b"", arguments, arguments, 0x1000)
        libc.fexecve(fd, arguments, arguments)
print("started:", started)

# === a program with a million words
#: out refused: 1
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
words = (ctypes.c_char_p * 1000001)(*[b"word"] * 1000000, None)
libc.execve(b"/bin/true", words, words)
print("refused:", ctypes.get_errno())

# === a signal by way of a descriptor
#: out refused: all
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
parent = os.getppid()
done = []
for fd in range(64):
    for name, call in {
        "whose": (SYS_fcntl, fd, 8, parent),
        "the group's": (SYS_fcntl, fd, 8, -parent),
        "which": (SYS_fcntl, fd, 10, 10),
        "asynchronous": (SYS_fcntl, fd, 4, 0o20000),
        "a lease": (SYS_fcntl, fd, 1024, 1),
        "news": (SYS_fcntl, fd, 1026, 0x80000000 | 0x3f),
        "by control": (SYS_ioctl, fd, 0x5452, ctypes.byref(ctypes.c_int(1))),
        "whose, by control": (SYS_ioctl, fd, 0x8901, ctypes.byref(ctypes.c_int(parent))),
    }.items():
        if libc.syscall(*call) != -1 or ctypes.get_errno() != 1:
            done.append((name, fd))
os.write(2, b"x" * 1000)
print("refused:", done or "all")

# === the pipes made other pipes
#: out refused: all
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
done = []
for fd in range(64):
    for call in ((SYS_fcntl, fd, 1031, 4096), (SYS_fcntl, fd, 4, 0o4000), (SYS_fcntl, fd, 4, 0o40000),
                 (SYS_fcntl, fd, 6, 0), (SYS_flock, fd, 2), (SYS_ioctl, fd, 0x5421, ctypes.byref(ctypes.c_int(1))),
                 (SYS_ftruncate, fd, 0), (SYS_fsync, fd), (SYS_vmsplice, fd, fd, 1, 0), (SYS_tee, fd, fd, 1, 0),
                 (SYS_copy_file_range, fd, 0, fd, 0, 1, 0), (SYS_setsockopt, fd, 1, 2, 0, 0), (SYS_shutdown, fd, 2)):
        if libc.syscall(*call) != -1 or ctypes.get_errno() != 1:
            done.append((fd, call))
print("refused:", done or "all")

# === a thread in a world of its own
#: out made: []
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
thread = 0x3d0f00
made = []
for name, flag in {
    "files": 0x20000, "groups": 0x2000000, "names": 0x4000000, "messages": 0x8000000, "users": 0x10000000,
    "processes": 0x20000000, "network": 0x40000000, "time": 0x80, "traced": 0x2000, "a sibling": 0x8000,
    "a handle": 0x1000, "untraced": 0x800000, "above": 1 << 33,
}.items():
    if libc.syscall(SYS_clone, ctypes.c_long(thread | flag), 0, 0, 0, 0) != -1 or ctypes.get_errno() != 1:
        made.append(name)
print("made:", made)

# === a page taken from the machine
#: out refused: [1, 1, 1, 1]
import ctypes
libc = ctypes.CDLL(None, use_errno=True)


def advise(advice):
    ctypes.set_errno(0)
    libc.syscall(SYS_madvise, 0x1000, 4096, ctypes.c_long(advice))
    return ctypes.get_errno()


print("refused:", [advise(n) for n in (100, 101, 1 << 32 | 100, 1 << 32 | 101)])

# === shared memory by its newer names
#: out shared: []
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
kinds = {"validated": 0x23, "large pages": 0x40021, "grown down": 0x121, "above": 1 << 40 | 0x21}
print("shared:", [name for name, kind in kinds.items()
                  if libc.syscall(SYS_mmap, 0, 4096, 3, ctypes.c_long(kind), -1, 0) != -1])

# === numbers with something above them
#: out refused: all
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
above = 1 << 32
long = ctypes.c_long
calls = {
    "a character typed": (SYS_ioctl, long(0), long(above | 0x5412), b"x"),
    "a signal": (SYS_kill, long(above | os.getppid()), long(10)),
    "a signal to a thread": (SYS_tgkill, long(above | os.getppid()), long(os.getppid()), long(10)),
    "a process option": (SYS_prctl, long(above | 1), long(0)),
    "an owner": (SYS_fcntl, long(1), long(above | 8), long(os.getppid())),
    "a file": (SYS_open, b"@FOLDER@/x", long(above | 0o101), long(0o600)),
    "a file from here": (SYS_openat, long(-100), b"@FOLDER@/x", long(above | 0o101), long(0o600)),
    "a limit": (SYS_prlimit64, long(0), long(7), ctypes.byref((long * 2)(100, 100)), long(0)),
    "a process": (SYS_clone, long(above | 17), long(0), long(0), long(0), long(0)),
    "a memory": (SYS_mmap, long(0), long(4096), long(3), long(above | 0x21), long(-1), long(0)),
}
done = [name for name, call in calls.items() if libc.syscall(*call) != -1 or ctypes.get_errno() != 1]
print("refused:", done or "all")

# === system calls of tomorrow
#: out unknown: []
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
looks, waits = SYS_faccessat2, SYS_futex_waitv
unknown = []
for number in range(SYS_rseq + 3, 1000):  # (the two before are the kernel's own probes, which no filter sees)
    if number not in (looks, waits):
        if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (1, 38):
            unknown.append(number)
print("unknown:", unknown)

# === a codec that lies
#: out seven
import codecs


def lie(error):
    raise SystemExit("no")


for name in ("strict", "replace", "ignore", "backslashreplace", "surrogateescape", "surrogatepass"):
    codecs.register_error(name, lie)
codecs.register(lie)
try:
    print("\ud800")
except BaseException:
    pass
print("seven")

# === an import that lies
#: error NameError
import builtins, sys
sys.meta_path.clear()
sys.path_hooks.clear()
sys.path_importer_cache.clear()
del sys.path
builtins.__import__ = builtins.__build_class__ = lambda *a, **k: undefined
x = 1
import json

# === a hook for everything that goes wrong
#: error ZeroDivisionError
import sys, threading


def hook(*arguments):
    while True:
        raise KeyboardInterrupt


sys.excepthook = sys.displayhook = sys.unraisablehook = sys.breakpointhook = threading.excepthook = hook
sys.ps1 = hook


class Gone:
    def __del__(self):
        1 / 0


Gone()
1 / 0

# === a watchdog that writes into the recording
#: ends any
import faulthandler, time
for fd in range(3, 64):
    try:
        faulthandler.dump_traceback_later(0.001, repeat=True, file=fd)
        time.sleep(0.01)
    except (OSError, ValueError):
        pass

# === a bell in the recording
#: out rung: []
import os, signal
rung = []
signal.signal(signal.SIGUSR1, lambda *a: None)
for fd in range(3, 64):
    try:
        signal.set_wakeup_fd(fd)
        os.kill(os.getpid(), signal.SIGUSR1)
        rung.append(fd)
    except (OSError, ValueError):
        pass
print("rung:", rung)

# === a forged recording that is deep
#: ends any
import os
lines = [b"[" * 60000, b'{"k":' * 5000, b'{"k":"tensor","t":1e308,"shape":[9223372036854775807,9223372036854775807]}',
         b'{"k":"value","t":-1,"data":[' + b"1e999," * 5000 + b"1]}", b'{"k":"out","stream":"stdout","text":"\xed\xa0\x80"}',
         b'{"k":"line","f":1,"line":' + b"9" * 60000 + b"}", b'{"k":"\\u0000"}', b"\n" * 60000]
for fd in range(3, 64):
    try:
        for line in lines:
            os.write(fd, line + b"\n")
    except OSError:
        pass

# === a pipe that nobody reads
#: ends timeout
import os
inner, outer = os.pipe()
while True:
    os.write(outer, b"x" * 65536)

# === threads that wait for each other at the end
#: ends any
import threading
lock = threading.Lock()
lock.acquire()
for i in range(20):
    threading.Thread(target=lock.acquire).start()
threading._shutdown_locks_lock.acquire()
print("end")

# === memory that grows down like a stack
#: out refused
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
private, growing = 0x22, 0x100
plain = libc.mmap(None, 4096, 3, private, -1, 0)
down = libc.mmap(None, 4096, 3, private | growing, -1, 0)
refused = plain != 2**64 - 1 and down == 2**64 - 1
print("refused" if refused else "counted by nobody")

# === memory that is not written to any more
#: ends memory
#: memory 256
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
size = 32 << 20
for taken in range(0, 900 << 20, size):
    at = libc.mmap(None, size, 3, 0x22, -1, 0)
    ctypes.memset(at, 1, size)
    libc.mprotect(at, size, 1)
while True:
    pass

# === thousands of threads, made by hand
#: ends threads
#: machine x86_64
import ctypes
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
page = libc.mmap(None, 8192, 7, 0x22, -1, 0)
code = bytes.fromhex("5341544989f489fb"   # push rbx, r12; r12 = stack; ebx = count
                     "bf000f0100"         # clone(VM | FS | FILES | SIGHAND | THREAD,
                     "4c89e6"             #       stack,
                     "31d24531d24531c0"   #       NULL, NULL, 0)
                     "b8380000000f05"
                     "85c07509"
                     "b8220000000f05ebf7" # there: pause() for ever
                     "7804ffcb75d6"       # here: on, unless it failed, until all are made
                     "415c5bc3")
ctypes.memmove(page, code, len(code))
make = ctypes.CFUNCTYPE(None, ctypes.c_long, ctypes.c_long)(page)
make(20000, page + 8192)
while True:
    pass

# === the recording closed by a number above all numbers
#: out still here
import ctypes
libc = ctypes.CDLL(None)
closed = [libc.syscall(SYS_close, ctypes.c_long(fd | above)) for fd in range(5, 64) for above in (0, 1 << 32)]
print("still here")
