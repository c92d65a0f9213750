# === a shell command
#: out 1
#: denied program
import os
try:
    print(os.system("touch @FOLDER@/x"))
except PermissionError as refused:
    print(1)

# === a program with its output
#: error PermissionError
#: denied program
import subprocess
print(subprocess.run(["touch", "@FOLDER@/x"], capture_output=True))

# === the program of libc's system
#: out 32512
import ctypes
print(ctypes.CDLL(None).system(b"touch @FOLDER@/x"))

# === a pickle that calls
#: error PermissionError
#: denied program
import os, pickle


class Trap:
    def __reduce__(self):
        return os.system, ("touch @FOLDER@/x",)


pickle.loads(pickle.dumps(Trap()))

# === a file of weights that calls
#: error UnpicklingError
import io, os, pickle
import torch


class Trap:
    def __reduce__(self):
        return os.system, ("touch @FOLDER@/x",)


torch.load(io.BytesIO(pickle.dumps(Trap())))

# === in place of itself
#: error PermissionError
#: denied program
import os
os.execv("/bin/sh", ["sh", "-c", "touch @FOLDER@/x"])

# === a spawned program
#: error PermissionError
#: denied program
import os
os.posix_spawn("/bin/touch", ["touch", "@FOLDER@/x"], {})

# === a spawned program, past Python
#: out 1
import ctypes
libc = ctypes.CDLL(None)
pid = ctypes.c_int()
arguments = (ctypes.c_char_p * 3)(b"touch", b"@FOLDER@/x", None)
print(libc.posix_spawn(ctypes.byref(pid), b"/bin/touch", None, None, arguments, None))

# === a pipe to a program
#: error PermissionError
#: denied program
import os
os.popen("touch @FOLDER@/x").read()

# === a pseudo terminal
#: error OSError
import pty
pty.spawn(["touch", "@FOLDER@/x"])

# === the browser
#: out False
import webbrowser
print(webbrowser.open("http://127.0.0.1:@PORT@/"))

# === a library of its own
#: error OSError
import ctypes
open_denied = ctypes.CDLL("@FOLDER@/evil.so")
