# === system calls that nobody needs
#: out allowed: none
import ctypes, errno, os

libc = ctypes.CDLL(None, use_errno=True)
calls = {
    "execve": (SYS_execve, b"/bin/sh", 0, 0), "execveat": (SYS_execveat, -100, b"/bin/sh", 0, 0, 0),
    "fork": (SYS_fork,), "vfork": (SYS_vfork,), "clone": (SYS_clone, 17, 0, 0, 0, 0),
    "clone3": (SYS_clone3, 0, 88), "unshare": (SYS_unshare, 0x10000000), "setns": (SYS_setns, 3, 0),
    "mount": (SYS_mount, 0, b"/mnt", 0, 0, 0), "umount": (SYS_umount2, b"/mnt", 0),
    "pivot_root": (SYS_pivot_root, b"/", b"/"), "ptrace": (SYS_ptrace, 16, 1, 0, 0),
    "process_vm_readv": (SYS_process_vm_readv, 1, 0, 0, 0, 0, 0),
    "process_vm_writev": (SYS_process_vm_writev, 1, 0, 0, 0, 0, 0), "tgkill": (SYS_tgkill, 1, 1, 0),
    "tkill": (SYS_tkill, 1, 0), "rt_sigqueueinfo": (SYS_rt_sigqueueinfo, 1, 9, 0),
    "pidfd_open": (SYS_pidfd_open, 1, 0), "pidfd_send_signal": (SYS_pidfd_send_signal, 3, 9, 0, 0),
    "socket": (SYS_socket, 2, 1, 0), "socketpair": (SYS_socketpair, 1, 1, 0, 0),
    "io_uring_setup": (SYS_io_uring_setup, 8, 0), "bpf": (SYS_bpf, 0, 0, 0),
    "perf_event_open": (SYS_perf_event_open, 0, 0, 0, 0, 0), "userfaultfd": (SYS_userfaultfd, 0),
    "keyctl": (SYS_keyctl, 0, 0), "add_key": (SYS_add_key, b"user", b"x", b"y", 1, -1),
    "memfd_create": (SYS_memfd_create, b"x", 0), "memfd_secret": (SYS_memfd_secret, 0),
    "openat2": (SYS_openat2, -100, b"@FOLDER@/x", 0, 24), "creat": (SYS_creat, b"@FOLDER@/x", 0o600),
    "openat": (SYS_openat, -100, b"@FOLDER@/x", 0o102, 0o600),
    "a file without name": (SYS_openat, -100, b"@FOLDER@", os.O_TMPFILE | 2, 0o600),
    "rename": (SYS_rename, b"@FOLDER@/canary", b"@FOLDER@/b"),
    "renameat2": (SYS_renameat2, -100, b"@FOLDER@/canary", -100, b"@FOLDER@/b", 0),
    "unlink": (SYS_unlink, b"@FOLDER@/canary"), "unlinkat": (SYS_unlinkat, -100, b"@FOLDER@/canary", 0),
    "mkdir": (SYS_mkdir, b"@FOLDER@/q", 0), "rmdir": (SYS_rmdir, b"@FOLDER@"),
    "symlink": (SYS_symlink, b"@FOLDER@/q", b"@FOLDER@/r"),
    "link": (SYS_link, b"@FOLDER@/canary", b"@FOLDER@/r"), "chmod": (SYS_chmod, b"@FOLDER@/canary", 0),
    "chown": (SYS_chown, b"@FOLDER@/canary", 1, 1), "truncate": (SYS_truncate, b"@FOLDER@/canary", 0),
    "ftruncate": (SYS_ftruncate, 1, 0), "fallocate": (SYS_fallocate, 1, 0, 0, 10),
    "mknod": (SYS_mknod, b"@FOLDER@/n", 0o10600, 0),
    "name_to_handle_at": (SYS_name_to_handle_at, 0, 0, 0, 0, 0),
    "open_by_handle_at": (SYS_open_by_handle_at, 0, 0, 0), "setrlimit": (SYS_setrlimit, 0, 0),
    "prlimit64": (SYS_prlimit64, 0, 0, 1, 0), "prctl": (SYS_prctl, 1, 0),
    "prctl of seccomp": (SYS_prctl, 22, 0), "seccomp": (SYS_seccomp, 0, 0, 0), "setuid": (SYS_setuid, 0),
    "setsid": (SYS_setsid,), "setpgid": (SYS_setpgid, 0, 0), "a character typed": (SYS_ioctl, 0, 0x5412, 0),
    "shmget": (SYS_shmget, 0, 4096, 0o1600), "mq_open": (SYS_mq_open, b"x", 0o102, 0o600, 0),
    "semget": (SYS_semget, 0, 1, 0o1600), "sched_setscheduler": (SYS_sched_setscheduler, 0, 1, 0),
    "personality": (SYS_personality, 0x400000), "reboot": (SYS_reboot, 0, 0, 0),
    "kexec_load": (SYS_kexec_load, 0, 0, 0, 0), "init_module": (SYS_init_module, 0, 0, 0),
    "swapon": (SYS_swapon, b"/dev/null", 0), "settimeofday": (SYS_settimeofday, 0, 0),
    "clock_settime": (SYS_clock_settime, 0, 0), "sethostname": (SYS_sethostname, b"x", 1),
    "syslog": (SYS_syslog, 3, 0, 0), "chroot": (SYS_chroot, b"/usr"), "chdir": (SYS_chdir, b"/usr"),
    "dup2": (SYS_dup2, 1, 2), "dup3": (SYS_dup3, 1, 2, 0), "sendfile": (SYS_sendfile, 1, 1, 0, 1),
    "splice": (SYS_splice, 0, 0, 1, 0, 1, 0), "inotify_init": (SYS_inotify_init,),
    "fanotify_init": (SYS_fanotify_init, 0, 0), "quotactl": (SYS_quotactl, 0, 0, 0, 0), "acct": (SYS_acct, 0),
    "iopl": (SYS_iopl, 3), "modify_ldt": (SYS_modify_ldt, 1, 0, 0),
    "landlock_create_ruleset": (SYS_landlock_create_ruleset, 0, 0, 1),
    "process_madvise": (SYS_process_madvise, 3, 0, 0, 4, 0), "move_pages": (SYS_move_pages, 1, 0, 0, 0, 0, 0),
    "kcmp": (SYS_kcmp, 1, 1, 0, 0, 0), "vmsplice": (SYS_vmsplice, 1, 0, 0, 0),
}


def refused(number, *arguments):
    ctypes.set_errno(0)
    given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *given)
    return result == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS)


print("allowed:", *[name for name, call in calls.items() if not refused(*call)] or ["none"])

# === a call of another architecture
#: ends crashed
#: machine x86_64
import ctypes
print("before", flush=True)
ctypes.CDLL(None).syscall(0x40000000 + 39)

# === machine code
#: out 42
#: machine x86_64
import ctypes, mmap
block = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
                  prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
block.write(b"\xb8\x2a\x00\x00\x00\xc3")
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(block)))())

# === the old way into the kernel
#: ends crashed
#: machine x86_64
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
