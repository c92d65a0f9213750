#include "lessons/runner/decisions.h"

#include <string.h>

#include "engine/base/array.h"

static void tell_decision(const struct decisions *decisions, const struct decider *who,
                          const struct undecided *undecided, bool value)
{
    const struct condition *const condition = undecided->condition;

    outlet_write(decisions->outlet, &(struct record){
                                        .kind = RECORD_COND,
                                        .cond = {
                                            .frame = who->frame,
                                            .kind = condition->kind,
                                            .at = condition->test,
                                            .value = value,
                                            .tensor = undecided->tensor,
                                            .body = condition->body,
                                            .otherwise = condition->otherwise,
                                        },
                                    });
}

/* ---- begun ---- */

static bool is_undecided(const struct decisions *decisions, const struct decider *who,
                         const struct condition *condition)
{
    for (size_t i = who->from; i < decisions->count; i++) {
        if (decisions->items[i].condition == condition) {
            return true;
        }
    }
    return false;
}

static void begin(struct decisions *decisions, const struct decider *who,
                  const struct condition *condition)
{
    /* A lambda or comprehension within a test runs on its line, but takes no decision there. */
    const bool is_statement = strcmp(condition->kind, "ifexp") != 0;

    if ((is_statement && who->info->is_expression) || is_undecided(decisions, who, condition)) {
        return;
    }
    decisions->items = array_reserve(decisions->items, &decisions->capacity, decisions->count + 1,
                                     sizeof(*decisions->items));
    decisions->items[decisions->count++] = (struct undecided){ condition, 0 };
}

void decisions_begin_line(struct decisions *decisions, const struct decider *who, int line)
{
    const struct condition_list *const list = who->info->conditions;

    for (size_t i = 0; i < list->count && list->items[i].test.line <= line; i++) {
        if (list->items[i].test.line == line && !list->items[i].by_instruction) {
            begin(decisions, who, &list->items[i]);
        }
    }
}

void decisions_begin_instruction(struct decisions *decisions, const struct decider *who,
                                 const struct span *here)
{
    const struct condition_list *const list = who->info->conditions;

    decisions_end_instruction(decisions, who, here);
    for (size_t i = 0; i < list->count && list->items[i].test.line <= here->line; i++) {
        if (list->items[i].by_instruction && span_contains(&list->items[i].test, here)) {
            begin(decisions, who, &list->items[i]);
        }
    }
}

void decisions_name_tensor(struct decisions *decisions, size_t from, const struct span *here,
                           int64_t tensor)
{
    for (size_t i = decisions->count; i > from; i--) {
        const struct span *const test = &decisions->items[i - 1].condition->test;
        if (here->cell == test->cell && span_contains(here, test)) {
            decisions->items[i - 1].tensor = tensor;
            return;
        }
    }
}

/* ---- decided ---- */

static void drop(struct decisions *decisions, size_t index)
{
    decisions->count--;
    memmove(&decisions->items[index], &decisions->items[index + 1],
            (decisions->count - index) * sizeof(*decisions->items));
}

void decisions_end_line(struct decisions *decisions, const struct decider *who, int next)
{
    for (size_t i = decisions->count; i > who->from; i--) {
        const struct undecided *const undecided = &decisions->items[i - 1];
        const struct condition *const condition = undecided->condition;
        const bool in_body = next >= condition->body.first && next <= condition->body.last;
        const bool in_test = next >= condition->test.line && next <= condition->test.end_line;
        if (condition->by_instruction ? next > 0 : in_test && !in_body) {
            continue;
        }
        /* A conditional expression whose arm was never seen was left by an exception. */
        if (!condition->by_instruction || strcmp(condition->kind, "ifexp") != 0) {
            tell_decision(decisions, who, undecided, in_body);
        }
        drop(decisions, i - 1);
    }
}

/* The jump after a test has the place of the test or of the whole statement or expression. */
static bool belongs_to_test(const struct condition *condition, const struct span *here)
{
    return span_contains(&condition->test, here) || span_contains(here, &condition->test);
}

/* Within one line the instruction tells: it belongs to an arm, to the test, or to what comes after. */
void decisions_end_instruction(struct decisions *decisions, const struct decider *who,
                               const struct span *here)
{
    for (size_t i = decisions->count; i > who->from; i--) {
        const struct undecided *const undecided = &decisions->items[i - 1];
        const struct condition *const condition = undecided->condition;
        if (!condition->by_instruction || belongs_to_test(condition, here)) {
            continue;
        }
        const bool in_body = span_contains(&condition->body_at, here);
        const bool in_other =
            condition->otherwise_at.line > 0 && span_contains(&condition->otherwise_at, here);
        if (in_body || in_other || strcmp(condition->kind, "ifexp") != 0) {
            tell_decision(decisions, who, undecided, in_body);
        }
        drop(decisions, i - 1);
    }
}
