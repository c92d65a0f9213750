# === system calls that nobody needs
#: out allowed: none
import ctypes, errno

libc = ctypes.CDLL(None, use_errno=True)
calls = {
    "execve": (59, b"/bin/sh", 0, 0), "execveat": (322, -100, b"/bin/sh", 0, 0, 0), "fork": (57,),
    "vfork": (58,), "clone": (56, 17, 0, 0, 0, 0), "clone3": (435, 0, 88),
    "unshare": (272, 0x10000000), "setns": (308, 3, 0), "mount": (165, 0, b"/mnt", 0, 0, 0),
    "umount": (166, b"/mnt", 0), "pivot_root": (155, b"/", b"/"), "ptrace": (101, 16, 1, 0, 0),
    "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "process_vm_writev": (311, 1, 0, 0, 0, 0, 0),
    "tgkill": (234, 1, 1, 0), "tkill": (200, 1, 0), "rt_sigqueueinfo": (129, 1, 9, 0),
    "pidfd_open": (434, 1, 0), "pidfd_send_signal": (424, 3, 9, 0, 0), "socket": (41, 2, 1, 0),
    "socketpair": (53, 1, 1, 0, 0), "io_uring_setup": (425, 8, 0), "bpf": (321, 0, 0, 0),
    "perf_event_open": (298, 0, 0, 0, 0, 0), "userfaultfd": (323, 0), "keyctl": (250, 0, 0),
    "add_key": (248, b"user", b"x", b"y", 1, -1), "memfd_create": (319, b"x", 0),
    "memfd_secret": (447, 0), "openat2": (437, -100, b"@FOLDER@/x", 0, 24),
    "creat": (85, b"@FOLDER@/x", 0o600), "openat": (257, -100, b"@FOLDER@/x", 0o102, 0o600),
    "a file without name": (257, -100, b"@FOLDER@", 0o20200002, 0o600),
    "rename": (82, b"@FOLDER@/canary", b"@FOLDER@/b"),
    "renameat2": (316, -100, b"@FOLDER@/canary", -100, b"@FOLDER@/b", 0),
    "unlink": (87, b"@FOLDER@/canary"), "unlinkat": (263, -100, b"@FOLDER@/canary", 0),
    "mkdir": (83, b"@FOLDER@/q", 0), "rmdir": (84, b"@FOLDER@"),
    "symlink": (88, b"@FOLDER@/q", b"@FOLDER@/r"),
    "link": (86, b"@FOLDER@/canary", b"@FOLDER@/r"), "chmod": (90, b"@FOLDER@/canary", 0),
    "chown": (92, b"@FOLDER@/canary", 1, 1), "truncate": (76, b"@FOLDER@/canary", 0),
    "ftruncate": (77, 1, 0), "fallocate": (285, 1, 0, 0, 10), "mknod": (133, b"@FOLDER@/n", 0o10600, 0),
    "name_to_handle_at": (303, 0, 0, 0, 0, 0), "open_by_handle_at": (304, 0, 0, 0),
    "setrlimit": (160, 0, 0), "prlimit64": (302, 0, 0, 1, 0), "prctl": (157, 1, 0),
    "prctl of seccomp": (157, 22, 0), "seccomp": (317, 0, 0, 0), "setuid": (105, 0),
    "setsid": (112,), "setpgid": (109, 0, 0), "a character typed": (16, 0, 0x5412, 0),
    "shmget": (29, 0, 4096, 0o1600), "mq_open": (240, b"x", 0o102, 0o600, 0),
    "semget": (64, 0, 1, 0o1600), "sched_setscheduler": (144, 0, 1, 0), "personality": (135, 0x400000),
    "reboot": (169, 0, 0, 0), "kexec_load": (246, 0, 0, 0, 0), "init_module": (175, 0, 0, 0),
    "swapon": (167, b"/dev/null", 0), "settimeofday": (164, 0, 0), "clock_settime": (227, 0, 0),
    "sethostname": (170, b"x", 1), "syslog": (103, 3, 0, 0), "chroot": (161, b"/usr"),
    "chdir": (80, b"/usr"), "dup2": (33, 1, 2), "dup3": (292, 1, 2, 0), "sendfile": (40, 1, 1, 0, 1),
    "splice": (275, 0, 0, 1, 0, 1, 0), "inotify_init": (253,), "fanotify_init": (300, 0, 0),
    "quotactl": (179, 0, 0, 0, 0), "acct": (163, 0), "iopl": (172, 3), "modify_ldt": (154, 1, 0, 0),
    "landlock_create_ruleset": (444, 0, 0, 1), "process_madvise": (440, 3, 0, 0, 4, 0),
    "move_pages": (279, 1, 0, 0, 0, 0, 0), "kcmp": (312, 1, 1, 0, 0, 0), "vmsplice": (278, 1, 0, 0, 0),
}


def refused(number, *arguments):
    ctypes.set_errno(0)
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *given)
    return result == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS)


print("allowed:", *[name for name, call in calls.items() if not refused(*call)] or ["none"])

# === a call of another architecture
#: ends crashed
import ctypes
print("before", flush=True)
ctypes.CDLL(None).syscall(0x40000000 + 39)

# === machine code
#: out 42
import ctypes, mmap
block = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
                  prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
block.write(b"\xb8\x2a\x00\x00\x00\xc3")
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(block)))())

# === the old way into the kernel
#: ends crashed
import ctypes, mmap
block = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
                  prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
block.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
print("before", flush=True)
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(block)))()

# === a bad address
#: ends crashed
import ctypes
print("before", flush=True)
ctypes.string_at(0)

# === a number that is no object
#: ends crashed
import ctypes
print("before", flush=True)
print(ctypes.cast(16, ctypes.py_object).value)

# === tensors under its feet
#: ends any
import ctypes
import torch
print("before", flush=True)
x = torch.ones(4, requires_grad=True)
ctypes.memset(id(x) + 16, 0x41, 64)
x.sum().backward()

# === all descriptors closed
#: out still here
import os
os.closerange(0, 64)
a = 1
print("still here")
