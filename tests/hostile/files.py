# === a new file
#: error PermissionError
#: denied open
open("@FOLDER@/x", "w").write("x")

# === an old file
#: error PermissionError
#: denied open
open("@FOLDER@/canary", "a").write("x")

# === an old file, by numbers
#: error PermissionError
#: denied open
import os
os.open("@FOLDER@/canary", os.O_RDWR)

# === a file without a name
#: error PermissionError
#: denied open
import os
os.open("@FOLDER@", os.O_TMPFILE | os.O_WRONLY)

# === a file that is taken away
#: error PermissionError
#: denied file
import os
os.remove("@FOLDER@/canary")

# === a folder that is taken away
#: error PermissionError
import shutil
shutil.rmtree("@FOLDER@")

# === another name
#: error PermissionError
#: denied file
import os
os.rename("@FOLDER@/canary", "@FOLDER@/y")

# === a second name
#: error PermissionError
#: denied file
import os
os.link("@FOLDER@/canary", "@FOLDER@/y")

# === a name that leads elsewhere
#: error PermissionError
#: denied file
import os
os.symlink("/etc/passwd", "@FOLDER@/y")

# === a new folder
#: error PermissionError
#: denied file
import os
os.makedirs("@FOLDER@/deep/er")

# === other rights
#: error PermissionError
#: denied file
import os
os.chmod("@FOLDER@/canary", 0o777)

# === another time
#: error PermissionError
#: denied file
import os
os.utime("@FOLDER@/canary", (0, 0))

# === a cut
#: error PermissionError
#: denied file
import os
os.truncate("@FOLDER@/canary", 0)

# === an attribute
#: error PermissionError
#: denied file
import os
os.setxattr("@FOLDER@/canary", "user.x", b"1")

# === a pipe with a name
#: error PermissionError
import os
os.mkfifo("@FOLDER@/pipe")

# === a temporary file
#: error FileNotFoundError
import tempfile
tempfile.TemporaryFile()

# === a database
#: error OperationalError
import sqlite3
sqlite3.connect("@FOLDER@/x.db").execute("create table t (a)")

# === weights, which are kept within the lesson's process and nowhere else
#: out 2.0 False
import os
import torch
torch.save(torch.ones(2), "@FOLDER@/x.pt")
print(torch.load("@FOLDER@/x.pt").sum().item(), os.path.exists("@FOLDER@/x.pt"))

# === an array
#: error PermissionError
#: denied open
import numpy
numpy.save("@FOLDER@/x.npy", numpy.ones(2))

# === a mapped array
#: error PermissionError
#: denied open
import numpy
numpy.memmap("@FOLDER@/x", mode="w+", shape=4)

# === what is not the lesson's to read
#: out none none none none none none
import os


def seen(path):
    try:
        return "some" if (os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)) else "empty"
    except OSError:
        return "none"


print(*(seen(path) for path in ("/etc/passwd", "/", "/proc", os.path.expanduser("~"), "@FOLDER@",
                                f"/proc/{os.getppid()}/fd")))

# === what lies beside it
#: error PermissionError
#: denied folder
open("canary").read()

# === what lies beside it, by numbers
#: error PermissionError
#: denied folder
import os
os.read(os.open("canary", os.O_RDONLY), 5)

# === what lies beside it, by its whole name
#: error PermissionError
#: denied folder
import os, pathlib
pathlib.Path(os.getcwd(), "canary").read_text()

# === what lies beside it, through another library
#: error PermissionError
#: denied folder
import numpy
numpy.fromfile("canary", dtype="uint8")

# === the list of what lies beside it
#: error PermissionError
#: denied folder
import os
os.listdir()

# === what lies beside it, behind the back of the words
#: error AssertionError
#: kernel landlock
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
assert libc.open(b"canary", 0) >= 0, ctypes.get_errno()

# === what lies beside it, after a change of the words
#: error PermissionError
#: denied folder
import sys
sys.addaudithook(lambda *x: None)
open("canary").read()

# === the library may be read
#: out import
import os
print(open(os.__file__).read().split()[0] and "import")

# === the way out by dots
#: error PermissionError
open("/usr/lib/../../etc/passwd")

# === the way out by a descriptor
#: error PermissionError
import os
folder = os.open("/usr/lib", os.O_RDONLY)
os.open("../../etc/passwd", os.O_RDONLY, dir_fd=folder)

# === the way out by the own folder's link
#: error PermissionError
open("/proc/self/root/etc/passwd")

# === another root
#: error PermissionError
import os
os.chroot("/usr/lib")

# === another folder
#: error PermissionError
import os
os.chdir("/usr/lib")

# === a device
#: error PermissionError
open("/dev/zero", "rb")

# === the terminal
#: error PermissionError
#: denied open
open("/dev/tty", "w").write("x")

# === memory of the machine
#: error PermissionError
open("/proc/self/mem", "rb")

# === the core
#: ends crashed
import os
os.abort()
