#include "render/ledger/checked.h"

#include <math.h>
#include <string.h>

#include "render/answer.h"
#include "render/ledger/chain_element.h"

static bool is_number(const struct record_probe *probe, const char *name, int64_t number)
{
    const struct argument *const found = answer_member(probe, name, ARGUMENT_NUMBER);

    return found && found->number == (double)number;
}

/* Four decimals, so that it is seen to be measured; very large and very small ones as they come. */
static const char *measured(const struct record_probe *probe, const char *name, struct arena *arena)
{
    const struct argument *const found = answer_member(probe, name, ARGUMENT_NUMBER);
    char text[NUMBER_FIXED_SIZE];

    if (!found) {
        return "";
    }
    const double size = fabs(found->number);
    if (!isfinite(found->number) || size >= 1e6 || (size > 0 && size < 1e-3)) {
        return number_in_slot(arena, found->number);
    }
    const size_t length = number_fixed(text, found->number, 4);
    return arena_copy_text(arena, text, length);
}

static void read_answer(const struct record_probe *probe, struct checked *out, struct arena *arena)
{
    const struct argument *const agrees = answer_member(probe, "agrees", ARGUMENT_BOOL);
    const struct argument *const autograd = answer_member(probe, "autograd", ARGUMENT_NUMBER);
    const struct argument *const hooked = answer_member(probe, "hooked", ARGUMENT_BOOL);
    const char *const why = answer_string(probe, "refused");

    *out = (struct checked){
        .ran = agrees && autograd && !why[0],
        .agrees = agrees && agrees->number != 0,
        .autograd = autograd ? number_in_slot(arena, autograd->number) : "",
        .difference = measured(probe, "difference", arena),
        .left = why[0] ? measured(probe, "left", arena) : "",
        .right = why[0] ? measured(probe, "right", arena) : "",
        .why = why,
        .node = answer_string(probe, "node"),
        .hooked = hooked && hooked->number != 0,
    };
}

bool checked_at(const struct run_view *run, int64_t tensor, int64_t backward, int64_t element,
                struct checked *out, struct arena *arena)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_PROBE, &count);

    for (size_t i = count; i > 0; i--) {
        const struct record_probe *const probe = &trace_record(run->trace, records[i - 1])->probe;
        const struct argument *const of = answer_member(probe, "of", ARGUMENT_TENSOR);
        if (strcmp(probe->what, "check") == 0 && of && of->id == tensor &&
            is_number(probe, "b", backward) && is_number(probe, "element", element)) {
            read_answer(probe, out, arena);
            return true;
        }
    }
    return false;
}

/* What a runner says in English when it refuses; anything else is shown as it came. */
static const char *const refusals[] = {
    WORD("the loss has a kink here: its slope is one on the left and another on the right"),
    WORD("a function of the lesson's own cannot be computed again"),
    WORD("a function of the lesson's own takes numbers out of its tensors"),
    WORD("the root came out with another shape"),
    WORD("there is no such element"),
    WORD("a view was changed in place"),
    WORD("a tensor is too large to keep a copy of it"),
    WORD("a tensor was changed in place, and its old value is gone"),
    WORD("computing the loss again gave another number: values were changed past the graph"),
    WORD("so many backward passes came after it that this one is no longer kept"),
    WORD("no gradient arrived at it in this backward"),
    WORD("the loss is not a finite number"),
    WORD("it is no leaf of this backward"),
    WORD("backward began at a leaf"),
    WORD("backward began at several tensors"),
    WORD("the numbers that backward began with cannot be read"),
    WORD("what backward began at was not made by an operation"),
    WORD("beside this value the loss is not a finite number"),
    WORD("only real numbers can be varied"),
    WORD("there is no memory for so many numbers"),
};

static const char *translated(const char *why, const struct words *words, enum language language)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strcmp(refusals[i], why) == 0) {
            return words_in(words, language, refusals[i]);
        }
    }
    return why;
}

const char *checked_text(const struct checked *checked, const struct words *words,
                         enum language language, struct arena *arena)
{
    if (checked->ran) {
        const char *const hooks =
            checked->hooked && !checked->agrees
                ? arena_format(arena, " (%s)",
                               words_in(words, language, "hooks may have changed the gradient"))
                : "";
        const char *const verdict =
            checked->agrees
                ? "✓"
                : arena_format(arena, "✗ %s:", words_in(words, language, "do not agree"));
        return arena_format(arena, "%s autograd %s · %s %s%s", verdict, checked->autograd,
                            words_in(words, language, "finite difference"), checked->difference,
                            hooks);
    }
    const char *const slopes =
        checked->left[0] ? arena_format(arena, " (%s, %s)", checked->left, checked->right) : "";
    return arena_format(arena, "%s: %s%s%s%s", words_in(words, language, "not checked"),
                        checked->node, checked->node[0] ? ": " : "",
                        translated(checked->why, words, language), slopes);
}

const char *checked_at_step(const struct run_view *run, const struct words *words,
                            enum language language, struct arena *arena)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct record *const record =
        index == SIZE_MAX
            ? NULL
            : trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);
    struct checked checked;

    if (!record || record->kind != RECORD_ACCUMULATE) {
        return "";
    }
    const struct record_accumulate *const a = &record->accumulate;
    const struct trace_tensor *const grad = trace_tensor(run->trace, a->grad);
    const int64_t element = element_first(grad, NEVER);
    if (!grad || !checked_at(run, a->tensor, a->backward, element, &checked, arena)) {
        return "";
    }
    const char *const place = element_place(grad, element, arena);
    return arena_format(arena, "%s%s%s", place, place[0] ? " " : "",
                        checked_text(&checked, words, language, arena));
}
