#pragma once
/* What each kind of record adds to the entities, one function a kind. A trace may come from a
 * lesson that forges it, so each function checks every id before it changes anything. */

#include "lessons/trace/reader.h"

typedef bool apply_function(struct trace *trace, const struct record *record, uint32_t index,
                            struct error *err);

/* apply_things.c */
apply_function apply_tensor, apply_value, apply_update, apply_gone, apply_op, apply_node,
    apply_module, apply_bind, apply_optim, apply_step, apply_copy, apply_kernel, apply_fallback,
    apply_probe, apply_accumulate;
/* apply_walk.c */
apply_function apply_backward, apply_visit, apply_free, apply_backward_end;

/* Checks; `what` is for the message. Id 0 is none. */
bool id_is_next(const struct table *table, int64_t id, const char *what, struct error *err);
bool id_exists(const struct table *table, int64_t id, const char *what, struct error *err);
bool id_exists_or_none(const struct table *table, int64_t id, const char *what, struct error *err);
bool ids_exist(const struct table *table, const struct id_list *list, const char *what,
               struct error *err);
bool arguments_exist(const struct trace *trace, const struct argument *arguments, size_t count,
                     struct error *err);
bool target_exists(const struct trace *trace, const struct edge_target *to, struct error *err);
