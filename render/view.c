#include "render/view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/trace/versions.h"

enum { SLOT = 8, LISTED_ELEMENTS = 6 };

const char *view_word(const struct view *view, const char *english)
{
    return words_in(view->words, view->state->language, english);
}

void view_fold(struct view_state *state, int64_t key, bool open)
{
    int kept = 0;

    for (int i = 0; i < state->fold_count; i++) {
        if (state->folds[i].key != key) {
            state->folds[kept++] = state->folds[i];
        }
    }
    if (kept == VIEW_FOLDS_MAX) {
        memmove(&state->folds[0], &state->folds[1], sizeof(state->folds) - sizeof(*state->folds));
        kept--;
    }
    state->folds[kept++] = (struct view_fold){ key, open };
    state->fold_count = kept;
}

static void trim_zeros(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && text[length - 1] == '0') {
        text[--length] = '\0';
    }
    if (length > 0 && text[length - 1] == '.') {
        text[length - 1] = '\0';
    }
}

static bool is_whole(double value)
{
    return value == nearbyint(value);
}

/* As many decimals, up to four, as the slot holds, and six where four would leave one digit; none of
 * them a trailing zero, but where that would pass something for a whole number that is none: tanh's
 * -0.9999925 is "-1.0000", as PyTorch prints it, and -1 is "-1". */
static void write_plain(char *out, double value)
{
    static const double small = 1e-3;

    for (int decimals = fabs(value) < small ? 6 : 4; decimals >= 0; decimals--) {
        const size_t length = number_fixed(out, value, decimals);
        if (length <= SLOT || decimals == 0) {
            break;
        }
    }
    const char *const point = strchr(out, '.');
    if (point && (is_whole(value) || strspn(point, ".0") < strlen(point))) {
        trim_zeros(out);
    }
}

/* Of a number without room for a decimal: "≈12346", if that many characters hold it; else "". */
static const char *about(struct arena *arena, double value, size_t characters)
{
    char digits[NUMBER_FIXED_SIZE];

    return fabs(value) < 1e15 && number_fixed(digits, value, 0) < characters
               ? arena_format(arena, "≈%s", digits)
               : "";
}

const char *number_in_slot(struct arena *arena, double value)
{
    static const double tiny = 1e-4, huge = 1e7;
    char text[NUMBER_FIXED_SIZE];
    const double size = fabs(value);

    if (trace_is_masked_number(value)) {
        return "?";
    }
    if (isnan(value) || isinf(value)) {
        number_shortest(text, value);
    } else if (size > 0 && (size < tiny || size >= huge)) {
        number_scientific(text, value, 1);
    } else {
        write_plain(text, value);
        if (!is_whole(value) && !strchr(text, '.')) {
            const char *const near = about(arena, value, SLOT);
            if (near[0] != '\0') {
                return near;
            }
            number_scientific(text, value, 1);
        }
    }
    return arena_copy_text(arena, text, strlen(text));
}

enum { CELL_CHARACTERS = 6 };

/* "3.5e-4", "1.2e6": printf writes a sign and two digits of the exponent at least. */
static const char *short_power(struct arena *arena, double value)
{
    char digits[NUMBER_FIXED_SIZE];
    size_t length = 0;

    for (int decimals = 1; decimals >= 0; decimals--) {
        length = number_scientific(digits, value, decimals);
        char *const power = strchr(digits, 'e') + 1;
        const size_t sign = power[0] == '-', skipped = (size_t)(power[1] == '0') + !sign;
        memmove(power + sign, power + sign + skipped, strlen(power) - sign - skipped + 1);
        length -= skipped;
        if (length <= CELL_CHARACTERS) {
            break;
        }
    }
    return arena_copy_text(arena, digits, length);
}

/* Four significant digits and no more, but never a zero that is none. */
const char *number_in_cell(struct arena *arena, double value)
{
    const char *const full = number_in_slot(arena, value);
    char fixed[NUMBER_FIXED_SIZE];

    if (strlen(full) <= CELL_CHARACTERS || !isfinite(value)) {
        return full;
    }
    const int least = is_whole(value) ? 0 : 1;
    for (int decimals = 3; decimals >= least && fabs(value) >= 1e-3; decimals--) {
        if (fabs(value) < 1e5 && number_fixed(fixed, value, decimals) <= CELL_CHARACTERS) {
            return arena_copy_text(arena, fixed, strlen(fixed));
        }
    }
    const char *const near = is_whole(value) ? "" : about(arena, value, CELL_CHARACTERS);
    return near[0] != '\0' && fabs(value) >= 1 ? near : short_power(arena, value);
}

const char *equals_number(struct arena *arena, const char *number)
{
    static const char near[] = "≈";
    const size_t length = sizeof(near) - 1;
    const bool is_near = strncmp(number, near, length) == 0;

    return arena_format(arena, "%s %s", is_near ? near : "=", is_near ? number + length : number);
}

const char *view_number(const struct view *view, double value)
{
    return number_in_slot(view->arena, value);
}

/* NULL for a number, and for what is masked. */
static const char *truth(const char *dtype, double element)
{
    const bool known = strcmp(dtype, "bool") == 0 && isfinite(element);

    return !known ? NULL : element != 0 ? "True" : "False";
}

const char *element_in_slot(struct arena *arena, const char *dtype, double element)
{
    const char *const word = truth(dtype, element);

    return word ? word : number_in_slot(arena, element);
}

const char *element_in_cell(struct arena *arena, const char *dtype, double element)
{
    const char *const word = truth(dtype, element);

    return word ? word : number_in_cell(arena, element);
}

static void write_shape(struct text *out, const struct trace_tensor *tensor)
{
    text_append_char(out, '(');
    for (int i = 0; i < tensor->ndim; i++) {
        text_format(out, "%s%lld", i > 0 ? ", " : "", (long long)tensor->shape[i]);
    }
    text_append_string(out, tensor->ndim == 1 ? ",)" : ")");
}

static const char *element_text(struct arena *arena, const struct trace_value *value, size_t index)
{
    return element_in_slot(arena, value->dtype, trace_element(value, index));
}

bool value_is_shape(const struct trace_value *value, const struct trace_tensor *tensor)
{
    return !value || (tensor->count != 1 && (tensor->count > LISTED_ELEMENTS || tensor->ndim > 1));
}

const char *value_on_a_line(struct arena *arena, const struct trace_value *value,
                            const struct trace_tensor *tensor)
{
    struct text text = { 0 };

    if (value_is_shape(value, tensor)) {
        write_shape(&text, tensor);
    } else if (tensor->count == 1) {
        return element_text(arena, value, 0);
    } else {
        text_append_char(&text, '[');
        for (size_t i = 0; i < value->count; i++) {
            text_append_string(&text, i > 0 ? ", " : "");
            text_append_string(&text, element_text(arena, value, i));
        }
        text_append_char(&text, ']');
    }
    const char *const copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

const char *view_value(const struct view *view, const struct trace_value *value,
                       const struct trace_tensor *tensor)
{
    return value_on_a_line(view->arena, value, tensor);
}

const char *run_label(const struct run_view *run, int64_t id, struct arena *arena)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, id);

    return tensor ? trace_tensor_label(run->trace, tensor, arena) : "";
}

const char *run_value(const struct run_view *run, int64_t id, struct arena *arena)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, id);

    return tensor ? value_on_a_line(arena, trace_value_at(tensor, run->moment), tensor) : "";
}

const char *run_optimizer(const struct run_view *run, int64_t id)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_OPTIM, &count);

    for (size_t i = 0; i < count; i++) {
        const struct record_optim *const optim = &trace_record(run->trace, records[i])->optim;
        if (optim->optimizer == id) {
            return optim->class_name;
        }
    }
    return NULL;
}

uint32_t run_gone_until(const struct run_view *run, size_t index)
{
    const struct stop *const stop = stops_at(run->stops, STOP_OPERATION, index);
    const enum record_kind kind = trace_record(run->trace, stop->record)->kind;
    const bool of_graph = kind == RECORD_OP || kind == RECORD_BACKWARD || kind == RECORD_VISIT ||
                          kind == RECORD_ACCUMULATE || kind == RECORD_ERROR;

    return of_graph ? stop->record : stop->moment;
}

int64_t run_target_tensor(const struct run_view *run, struct target target)
{
    if (target.kind == TARGET_TENSOR || target.kind == TARGET_DRAWER ||
        target.kind == TARGET_LEDGER) {
        return target.id;
    }
    if (target.kind == TARGET_OP || target.kind == TARGET_EDGE) {
        return trace_op_result(trace_op(run->trace, target.id));
    }
    return target.kind == TARGET_NODE ? trace_node_result(run->trace, target.id, 0) : 0;
}

size_t view_compared(const struct view *view)
{
    const struct run_view *const run = view->run_count > 0 ? &view->runs[0] : NULL;
    const size_t now =
        run && run->film && view->state->compared > 0 ? film_at(run->film, run->moment) : NO_FRAME;
    const size_t other = (size_t)view->state->compared - 1;

    return now != NO_FRAME && other < film_count(run->film) && other != now ? other : NO_FRAME;
}
