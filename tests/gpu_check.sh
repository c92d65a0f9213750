#!/usr/bin/env bash
# What only a machine with an NVIDIA GPU can show, in under ten minutes.
#
#     tests/gpu_check.sh [BUILD]    BUILD: a build folder with what there is to check; without it, one is
#                                   made in build-gpu/, for the GPU that is there
#
# Compares every primitive with the CPU's (tests/parity), repeats the small sizes under compute-sanitizer's
# four tools, measures (tests/bench/bench_gpu), beside PyTorch where python3 has it, runs a lesson on the GPU
# where the runner has been built, and prints one table. Ends with 0 when all is well, 1 when not, and 77
# when there is no GPU to check.
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
summary=$work/summary
failed=0

give_up()
{
    echo "gpu_check: $1" >&2
    exit "${2:-1}"
}

# A line of the table: what, how it went, in how many seconds.
note()
{
    printf '%-34s %-9s %6s s   %s\n' "$1" "$2" "$3" "${4:-}" >>"$summary"
    if [ "$2" = FAILED ]; then
        failed=1
    fi
}

# check NAME SECONDS COMMAND...: the last line of what it prints stands in the table.
check()
{
    local name=$1 most=$2 begin=$SECONDS status
    shift 2
    echo
    echo "== $name"
    timeout "$most" "$@" >"$work/log" 2>&1
    status=$?
    tail -n 60 "$work/log"
    case $status in
        0) note "$name" good $((SECONDS - begin)) "$(tail -n 1 "$work/log")" ;;
        77) note "$name" skipped $((SECONDS - begin)) "$(tail -n 1 "$work/log")" ;;
        124) note "$name" FAILED $((SECONDS - begin)) "it took longer than $most s" ;;
        *) note "$name" FAILED $((SECONDS - begin)) "status $status: $(tail -n 1 "$work/log")" ;;
    esac
    return "$status"
}

if ! nvidia-smi -L 2>/dev/null | grep -q GPU; then
    give_up "there is no NVIDIA GPU here, or no driver" 77
fi
nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total --format=csv,noheader

build=${1:-}
if [ -z "$build" ]; then
    build=$top/build-gpu
    arch=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d '. ')
    [ -d "$build" ] || meson setup "$build" "$top" -Dgpu=enabled -Dgpu_arch="$arch" -Dwerror=true \
        || give_up "the build could not be set up (see above)"
    check "build" 600 ninja -C "$build" gradlight-cuda.so tests/parity/parity tests/bench/bench_gpu \
        gradlight gradlight-runner || give_up "the build failed (see above)"
fi
build=$(cd "$build" && pwd) || exit 1
plugin=$build/gradlight-cuda.so
parity=$build/tests/parity/parity
bench=$build/tests/bench/bench_gpu
[ -f "$plugin" ] || give_up "$plugin is not there"

# ---- the same results as the CPU ------------------------------------------------------------------------

if [ -x "$parity" ]; then
    check "every primitive as on the CPU" 240 "$parity" "$plugin"
    cuda=${CUDA_HOME:-/usr/local/cuda}
    sanitizer=$(command -v compute-sanitizer || ls "$cuda/bin/compute-sanitizer" 2>/dev/null)
    for tool in memcheck racecheck synccheck initcheck; do
        if [ -n "$sanitizer" ]; then
            check "compute-sanitizer, $tool" 120 "$sanitizer" --tool "$tool" --error-exitcode 1 \
                "$parity" "$plugin" quick
        else
            note "compute-sanitizer, $tool" skipped 0 "it is not installed"
        fi
    done
else
    note "every primitive as on the CPU" skipped 0 "$parity has not been built"
fi

# ---- a lesson ---------------------------------------------------------------------------------------------

if [ -x "$build/gradlight" ]; then
    cat >"$work/lesson.py" <<'LESSON'
import torch
torch.manual_seed(0)
print(torch.cuda.get_device_name(0))
losses = {}
for device in ("cpu", "cuda"):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 32), torch.nn.Tanh(), torch.nn.Linear(32, 4)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x, y = torch.randn(64, 8).to(device), torch.randint(4, (64,)).to(device)
    for step in range(100):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    losses[device] = loss.item()
print(losses)
assert abs(losses["cpu"] - losses["cuda"]) < 1e-5
print("a lesson trains to the same loss on both")
LESSON
    check "a lesson on the GPU" 120 "$build/gradlight" run --gpu "$work/lesson.py"
fi

# ---- time ------------------------------------------------------------------------------------------------

if [ -x "$bench" ]; then
    echo
    echo "== times: ours on the CPU and on the GPU, and PyTorch's on the GPU, in milliseconds"
    begin=$SECONDS
    timeout 240 "$bench" "$plugin" >"$work/ours" 2>"$work/log"
    status=$?
    cat "$work/log"
    timeout 120 python3 "$top/tests/bench/bench_gpu.py" >"$work/theirs" 2>/dev/null
    awk -F '\t' '
        BEGIN { printf "%-30s %10s %10s %10s %10s  %-15s %s\n", "", "CPU", "GPU", "queued", "PyTorch",
                       "GPU reached", "result" }
        FILENAME == ARGV[1] { theirs[$1] = $2; next }
        { printf "%-30s %10s %10s %10s %10s  %-15s %s\n", $1, $2, $3, $4,
                 ($1 in theirs ? theirs[$1] : "-"), $5, $6 }' "$work/theirs" "$work/ours"
    if [ $status -eq 0 ]; then
        note "times" good $((SECONDS - begin)) "$(wc -l <"$work/ours") rows"
    else
        note "times" FAILED $((SECONDS - begin)) "status $status"
    fi
else
    note "times" skipped 0 "$bench has not been built"
fi

echo
cat "$summary"
exit "$failed"
