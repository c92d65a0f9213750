# === a loop without end
#: ends timeout
#: out before
print("before")
while True:
    pass

# === a loop without end that catches
#: ends timeout
#: out before
print("before")
while True:
    try:
        while True:
            x = 1
    except BaseException:
        pass

# === a loop in C
#: ends timeout
#: out before
print("before")
sum(range(10**13))

# === a sleep
#: ends timeout
#: out before
import time
print("before")
time.sleep(1000)

# === signals ignored
#: ends timeout
#: out before
import signal
for number in (signal.SIGINT, signal.SIGXCPU, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print("before")
while True:
    pass

# === a lock twice
#: ends timeout
#: out before
import threading
print("before")
lock = threading.Lock()
lock.acquire()
lock.acquire()

# === a search that never ends
#: ends timeout
#: out before
import re
print("before")
re.match(r"(a+)+$", "a" * 40 + "b")

# === a long power
#: ends timeout
#: out before
print("before")
3 ** (10**9)

# === an end that takes its time
#: ends timeout
import atexit, time
atexit.register(time.sleep, 1000)
print("before")

# === an object that does not die
#: ends timeout
import time


class Stays:
    def __del__(self):
        time.sleep(1000)


it = Stays()
print("before")
del it

# === a computation of tensors
#: ends timeout
#: out before
import torch
print("before")
x = torch.ones(1000, 1000)
while True:
    x = (x @ x) * 0
