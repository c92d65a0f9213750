# === a fork bomb
#: error PermissionError
#: denied process
import os
while True:
    os.fork()

# === a fork past Python
#: out -1
import ctypes
print(ctypes.CDLL(None).fork())

# === processes of the library
#: error PermissionError
import multiprocessing
multiprocessing.Process(target=print).start()

# === a pool
#: error PermissionError
from concurrent.futures import ProcessPoolExecutor
print(list(ProcessPoolExecutor(2).map(abs, [-1])))

# === a thread bomb
#: out RuntimeError
#: memory 256
import threading, time
count = 0
try:
    while True:
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
        count += 1
        if count > 20000:
            break
except BaseException as refused:
    print(type(refused).__name__)

# === a thread computes
#: out [42]
import threading
found = []
thread = threading.Thread(target=lambda: found.append(42))
thread.start()
thread.join()
print(found)

# === a thread that stays
#: ends timeout
import threading


def for_ever():
    while True:
        pass


threading.Thread(target=for_ever).start()
print("main is done")

# === signals to others
#: out refused refused refused refused
import os, signal


def send(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return "sent"
    except PermissionError:
        return "refused"


print(send(os.getppid()), send(1), send(-1), send(0))

# === a signal to the parent's thread
#: out -1
import ctypes, os
print(ctypes.CDLL(None).syscall(SYS_tgkill, os.getppid(), os.getppid(), 9))

# === a descriptor for the parent
#: error PermissionError
import os
os.pidfd_open(os.getppid())

# === a debugger
#: out -1
import ctypes, os
print(ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0))

# === memory of the parent
#: out -1
import ctypes, os
print(ctypes.CDLL(None).syscall(SYS_process_vm_writev, os.getppid(), 0, 0, 0, 0, 0))

# === another user
#: error PermissionError
import os
os.setuid(0)

# === another session
#: error PermissionError
import os
os.setsid()

# === more rights for itself
#: error PermissionError
#: denied limit
import resource
resource.setrlimit(resource.RLIMIT_CPU, (100000, 100000))

# === another priority
#: error PermissionError
import os
os.nice(-5)

# === an alarm
#: error itimer_error
import signal
signal.setitimer(signal.ITIMER_REAL, 0.01)
