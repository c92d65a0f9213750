#pragma once
/* Runs a primitive on its device or, where `supports` says no, on the CPU with the operands copied
 * there and the output copied back; the observer is told (`fell_back`). Narrow elements are widened for it
 * and cut again (narrow.h). */

#include "engine/tensor/tensor.h"

bool backend_run_map(struct engine *engine, struct backend *backend, const struct backend_map *map,
                     struct error *err);
bool backend_run_reduce(struct engine *engine, struct backend *backend,
                        const struct backend_reduce *reduce, struct error *err);
bool backend_run_gemm(struct engine *engine, struct backend *backend,
                      const struct backend_gemm *gemm, struct error *err);
bool backend_run_index(struct engine *engine, struct backend *backend,
                       enum backend_primitive primitive, const struct backend_index *index,
                       struct error *err);
bool backend_run_scan(struct engine *engine, struct backend *backend,
                      const struct backend_scan *scan, struct error *err);
bool backend_run_lu(struct engine *engine, struct backend *backend, const struct backend_lu *lu,
                    struct error *err);
bool backend_run_rows(struct engine *engine, struct backend *backend,
                      const struct backend_rows *rows, struct error *err);
bool backend_run_chain(struct engine *engine, struct backend *backend,
                       const struct backend_chain *chain, struct error *err);
