#!/bin/sh
# Tries the box on another kernel, in a virtual machine: the one way to see a kernel that lacks a part of it,
# or another architecture's.
#
#     tests/box_vm.sh [-m MACHINE] [-r ROOT] [-c WORDS] [-a ACCELERATOR] KERNEL BUILD [TEST...]
#
# KERNEL  a folder into which packages of a kernel were unpacked (dpkg -x linux-image-....deb KERNEL; for some
#         distributions linux-modules-... or linux-binary-... as well); depmod writes its lists there
# BUILD   a folder that Meson made, absolute, inside ROOT
# TEST    what is run, in words of a shell that stands in BUILD; by default what the box promises (below)
# -m      x86_64 or aarch64; by default that of this machine
# -r      a root of that machine's, which has what the build is linked with and a static busybox; by default
#         "/". Nothing in it is changed: it is shown read-only, and what is written stays in memory
# -c      words for the kernel's command line, such as lsm=yama for one with Landlock switched off
# -a      "kvm" where there is one; by default "tcg", which runs anywhere and is ten times as slow
#
# Each test is run as root and as nobody. Exits with 0 when all passed, 77 when something needed is not here.
# Needs qemu-system-x86 or qemu-system-arm, kmod, cpio and, for some kernels, xz-utils or zstd.
# Emulated, a runner takes seconds to start: what fails for time's sake passes on a machine that is idle.
set -eu

machine=$(uname -m) root=/ words="" accelerator=tcg
while getopts m:r:c:a: option; do
    case $option in
    m) machine=$OPTARG ;;
    r) root=$OPTARG ;;
    c) words=$OPTARG ;;
    a) accelerator=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if [ $# -lt 2 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
fi
kernel=$1 build=$2
shift 2

lacking() {
    echo "box_vm: $1" >&2
    exit 77
}

case $machine in
x86_64) program=qemu-system-x86_64 board=q35 processor=Nehalem console=ttyS0 ;;
aarch64) program=qemu-system-aarch64 board=virt processor=cortex-a72 console=ttyAMA0 ;;
*) lacking "no machine $machine" ;;
esac
[ "$accelerator" = tcg ] || processor=host
for tool in "$program" depmod modprobe cpio; do
    command -v "$tool" >/dev/null || lacking "$tool is not installed"
done
busybox=$root/bin/busybox
[ -x "$busybox" ] || lacking "$busybox is not there (package busybox-static)"
image=$(find "$kernel" -name 'vmlinuz*' | head -n 1)
[ -n "$image" ] || lacking "no vmlinuz in $kernel"
modules=$(find "$kernel" -type d -path '*/lib/modules/*' -prune | head -n 1)
[ -n "$modules" ] || lacking "no modules in $kernel"
version=${modules##*/}
[ -d "$root$build" ] || lacking "$root$build is not there"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
first=$work/first
mkdir -p "$first/bin" "$first/modules"
cp "$busybox" "$first/bin/busybox"

# The modules that the root needs, in the order in which they are loaded.
mkdir -p "$work/lib/modules"
ln -s "$(CDPATH='' cd "$modules" && pwd)" "$work/lib/modules/$version"
depmod -b "$work" "$version" 2>/dev/null
count=100
for name in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -d "$work" -S "$version" --show-depends "$name" | while read -r how file _; do
        if [ "$how" = insmod ]; then # (others are built in)
            echo "$file"
        fi
    done
done | awk '!seen[$0]++' | while read -r file; do
    count=$((count + 1))
    into=$first/modules/$count.ko
    case $file in
    *.xz) xz -dc "$file" >"$into" ;;
    *.zst) zstd -qdc "$file" >"$into" ;;
    *) cp "$file" "$into" ;;
    esac
done

cat >"$first/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /lower /upper /root
mount -t proc proc /proc
for module in /modules/*; do
    insmod "$module" || echo "box_vm: $module was not loaded"
done
mount -t tmpfs -o size=1500m,mode=755 tmpfs /upper
mkdir /upper/changed /upper/work
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=262144 root /lower
mount -t overlay -o lowerdir=/lower,upperdir=/upper/changed,workdir=/upper/work overlay /root
mount -t proc proc /root/proc
mount -t sysfs sysfs /root/sys
mount -t devtmpfs devtmpfs /root/dev
ln -s /proc/self/fd /root/dev/fd
mkdir -p /root/dev/shm /root/dev/pts
mount -t tmpfs tmpfs /root/dev/shm
mount -t devpts devpts /root/dev/pts
mount -t tmpfs tmpfs /root/run
ip link set lo up
cp /tests /root/run/tests
chroot /root /bin/sh /run/tests
poweroff -f
END
chmod +x "$first/init"

if [ $# -eq 0 ]; then
    set -- './gradlight doctor' tests/test_box tests/test_old_kernel tests/test_hostile
fi
{
    echo "cd '$build'"
    echo "export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/nonexistent GRADLIGHT_GEMM=exact"
    echo "export SDL_VIDEODRIVER=dummy XDG_CONFIG_HOME=/run/config"
    # shellcheck disable=SC2016
    echo 'echo "box_vm: kernel $(uname -r) $(uname -m), $(cat /sys/kernel/security/lsm 2>/dev/null)"'
    # shellcheck disable=SC2016
    echo 'try() {
    "$@" </dev/null
    code=$?
    case $code in 0) word=passed ;; 77) word=skipped ;; *) word="failed ($code)" failed=1 ;; esac
    echo "box_vm: as $(id -un "$user"), $what: $word"
}'
    for test; do
        echo "what='$test'"
        echo "user=0; try sh -c '$test'"
        echo "user=65534; try setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '$test'"
    done
    # shellcheck disable=SC2016
    echo '[ "${failed:-0}" = 0 ] && echo "box_vm: all passed"'
} >"$first/tests"
(cd "$first" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/first.gz"

# shellcheck disable=SC2086
"$program" -machine "$board" -accel "$accelerator" -cpu "$processor" -smp 2 -m 3G -nodefaults -no-reboot -display none \
    -serial stdio -kernel "$image" -initrd "$work/first.gz" \
    -append "console=$console quiet panic=-1 no_timer_check $words" \
    -fsdev "local,id=root,path=$root,readonly=on,security_model=none,multidevs=remap" \
    -device virtio-9p-pci,fsdev=root,mount_tag=root </dev/null | sed -u 's,\r,,' | tee "$work/said"
grep -q '^box_vm: all passed' "$work/said"
