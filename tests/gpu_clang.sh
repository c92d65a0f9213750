#!/usr/bin/env bash
# The plug-in's sources through a second CUDA compiler: clang finds other faults than nvcc does, and holds
# the sources to what both understand.
#
#     tests/gpu_clang.sh [CUDA]    CUDA: where CUDA is installed, /usr/local/cuda unless told
#
# Takes the newest clang++ that can compile for that CUDA, or $CLANG, for compute capability 7.5. Prints one
# line a file. Ends with 0 when all compile without a warning, 1 when not, and 77 when no clang here knows
# the CUDA here (clang learns a new CUDA a year or so after it appears).
set -u
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cuda=${1:-/usr/local/cuda}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
options=(-x cuda "--cuda-path=$cuda" --cuda-gpu-arch=sm_75 -std=c++17 -O3 -ffp-contract=off -fPIC
    -fvisibility=hidden -Wall -Wextra -Werror "-I$top")

# Whether this clang can compile a kernel at all. (It warns of a CUDA a little newer than itself.)
knows_cuda()
{
    printf '#include <cublas_v2.h>\n__global__ void one(float *x) { *x = 1; }\n' >"$work/one.cu"
    "$1" "${options[@]}" -Wno-unknown-cuda-version -c "$work/one.cu" -o "$work/one.o" >"$work/log" 2>&1
}

clang=${CLANG:-}
if [ -z "$clang" ]; then
    for number in '' -30 -29 -28 -27 -26 -25 -24 -23 -22 -21 -20 -19 -18 -17 -16; do
        if command -v "clang++$number" >/dev/null && knows_cuda "clang++$number"; then
            clang=clang++$number
            break
        fi
    done
    if [ -z "$clang" ]; then
        echo "gpu_clang: no clang++ here compiles for the CUDA in $cuda"
        exit 77
    fi
elif ! knows_cuda "$clang"; then
    cat "$work/log"
    echo "gpu_clang: $clang cannot compile for the CUDA in $cuda"
    exit 1
fi
"$clang" --version | head -n 1

failed=0
for source in "$top"/gpu/*.cu; do
    if "$clang" "${options[@]}" -Wno-unknown-cuda-version -c "$source" -o "$work/object.o" \
        >"$work/log" 2>&1; then
        echo "ok      $(basename "$source")"
    else
        echo "FAILED  $(basename "$source")"
        cat "$work/log"
        failed=1
    fi
done
exit $failed
