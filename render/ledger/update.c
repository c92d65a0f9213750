#include "render/ledger/update.h"

#include <math.h>
#include <string.h>

#include "render/ledger/chain.h"
#include "render/ledger/update_kinds.h"

/*
 * The lines are written from templates: "{w} − {lr}·{grad}" with the names is the formula, with their
 * numbers in place of them the second half. What the numbers do not add up to (an option changed past
 * the record, a kind that is not known here) is not claimed: then only the result stands there.
 */

/* ---- what is known ------------------------------------------------------------------------------ */

static const struct argument *member(const struct argument *object, const char *name)
{
    for (size_t i = 0; object && i < object->item_count; i++) {
        if (object->items[i].name && strcmp(object->items[i].name, name) == 0) {
            return &object->items[i];
        }
    }
    return NULL;
}

double step_option(const struct writer *writer, const char *name)
{
    const struct argument *const found = member(writer->group, name);

    return found ? found->number : 0;
}

double step_option_of_pair(const struct writer *writer, const char *name, size_t index)
{
    const struct argument *const found = member(writer->group, name);

    return found && index < found->item_count ? found->items[index].number : 0;
}

static bool holds(const struct argument *group, int64_t tensor)
{
    const struct argument *const params = member(group, "params");

    for (size_t i = 0; params && i < params->item_count; i++) {
        if (params->items[i].kind == ARGUMENT_TENSOR && params->items[i].id == tensor) {
            return true;
        }
    }
    return false;
}

/* The optimizer's record that counts at the step. */
static const struct record_optim *find_optim(const struct run_view *run, int64_t id,
                                             uint32_t record)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_OPTIM, &count);

    for (size_t i = count; i > 0; i--) {
        const struct record_optim *const optim = &trace_record(run->trace, records[i - 1])->optim;
        if (records[i - 1] < record && optim->optimizer == id) {
            return optim;
        }
    }
    return NULL;
}

static bool value_of(const struct trace_tensor *tensor, uint32_t moment, int64_t element,
                     double *out)
{
    const struct trace_value *const value = tensor ? trace_value_at(tensor, moment) : NULL;

    if (!value || value->sampled || element < 0 || (size_t)element >= value->count) {
        return false;
    }
    *out = trace_element(value, (size_t)element);
    return true;
}

bool step_state(const struct writer *writer, const char *name, struct step_state *out)
{
    *out = (struct step_state){ .fresh = true };
    for (size_t i = 0; i < writer->param->state_count; i++) {
        const struct argument *const state = &writer->param->state[i];
        if (strcmp(state->name, name) == 0 && state->kind == ARGUMENT_TENSOR) {
            const struct trace_tensor *const tensor = trace_tensor(writer->run->trace, state->id);
            out->fresh = !value_of(tensor, writer->before, writer->element, &out->before);
            return value_of(tensor, writer->record, writer->element, &out->after);
        }
    }
    return false;
}

double step_count(const struct writer *writer)
{
    for (size_t i = 0; i < writer->param->state_count; i++) {
        if (strcmp(writer->param->state[i].name, "step") == 0) {
            return writer->param->state[i].number;
        }
    }
    return 1;
}

/* ---- writing ------------------------------------------------------------------------------------ */

void step_set(struct writer *writer, const char *name, double value)
{
    for (int i = 0; i < writer->symbol_count; i++) {
        if (strcmp(writer->symbols[i].name, name) == 0) {
            writer->symbols[i].value = value;
            return;
        }
    }
    if (writer->symbol_count < SYMBOLS_MAX) {
        writer->symbols[writer->symbol_count++] = (struct symbol){ name, value };
    }
}

static double symbol(const struct writer *writer, const char *name, size_t length)
{
    for (int i = 0; i < writer->symbol_count; i++) {
        if (strlen(writer->symbols[i].name) == length &&
            memcmp(writer->symbols[i].name, name, length) == 0) {
            return writer->symbols[i].value;
        }
    }
    return NAN;
}

/* What stands in the braces, as its name or as its number. */
static void write_symbol(const struct writer *writer, const char *name, size_t length,
                         bool as_number, struct text *out)
{
    static const char square[] = "²";
    const char *const after = name + length + 1;

    if (as_number) {
        const char *const number = number_in_slot(writer->arena, symbol(writer, name, length));
        const bool bracketed = number[0] == '-' &&
                               (out->length > 0 || strncmp(after, square, sizeof(square) - 1) == 0);
        text_format(out, bracketed ? "(%s)" : "%s", number);
    } else if (length == 1 && name[0] == 'w') {
        text_append_string(out, writer->target);
    } else {
        text_append(out, name, length);
    }
}

static const char *filled(const struct writer *writer, const char *template, bool as_number)
{
    struct text text = { 0 };

    for (const char *c = template; *c;) {
        const size_t plain = strcspn(c, "{");
        text_append(&text, c, plain);
        c += plain;
        if (*c == '{') {
            const size_t length = strcspn(++c, "}");
            write_symbol(writer, c, length, as_number, &text);
            c += length + 1;
        }
    }
    const char *const copy = arena_copy_text(writer->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

void step_line(struct writer *writer, const struct step_line *line)
{
    struct update *const out = writer->out;
    const double old = symbol(writer, line->name, strlen(line->name));
    const double size = 2e-3 * fabs(line->recorded) + (isnan(old) ? 0 : 2e-6 * fabs(old));
    const bool true_to_record =
        isnan(line->recorded) || fabs(line->computed - line->recorded) <= size + 1e-30;

    if (out->count == UPDATE_LINES_MAX) {
        return;
    }
    const bool is_target = strcmp(line->name, "w") == 0;
    const char *const formula =
        arena_format(writer->arena, "%s %s %s", is_target ? writer->target : line->name, line->sign,
                     filled(writer, line->template, false));
    const double value = isnan(line->recorded) ? line->computed : line->recorded;
    out->lines[out->count++] =
        (struct update_line){ .formula = formula,
                              .numbers = true_to_record ? filled(writer, line->template, true) : "",
                              .value = number_in_slot(writer->arena, value) };
    step_set(writer, line->name, value);
}

double step_at(const struct writer *writer, const char *name)
{
    return symbol(writer, name, strlen(name));
}

/* ---- the whole ---------------------------------------------------------------------------------- */

static const struct step_param *find_param(const struct record_step *step, int64_t tensor)
{
    for (size_t i = 0; i < step->param_count; i++) {
        if (step->params[i].tensor == tensor) {
            return &step->params[i];
        }
    }
    return NULL;
}

int64_t update_subject(const struct run_view *run, const struct view_state *state,
                       const struct record_step *step)
{
    if (find_param(step, state->cell.tensor)) {
        return state->cell.tensor;
    }
    for (size_t i = 0; i < step->param_count; i++) {
        const struct trace_tensor *const tensor = trace_tensor(run->trace, step->params[i].tensor);
        if (tensor && tensor->value_count > 1) {
            return tensor->id;
        }
    }
    return 0;
}

/* What a path ends with: "weight" of "model.linear.weight". */
static const char *last_part(const char *label)
{
    const char *const dot = strrchr(label, '.');

    return dot && dot[1] ? dot + 1 : label;
}

/* How it ended where the kind is not known here: "w: 0.5 → 0.532". */
static void write_move(struct writer *writer, double before, double after)
{
    writer->out->count = 0;
    writer->out->lines[writer->out->count++] = (struct update_line){
        .formula = writer->target,
        .numbers = arena_format(writer->arena, "%s → %s", number_in_slot(writer->arena, before),
                                number_in_slot(writer->arena, after)),
        .value = "",
    };
}

static bool all_true(const struct update *update)
{
    for (int i = 0; i < update->count; i++) {
        if (!update->lines[i].numbers[0]) {
            return false;
        }
    }
    return update->count > 0;
}

bool update_at(const struct run_view *run, const struct update_question *question,
               struct update *out, struct arena *arena)
{
    const struct record_step *const step = &trace_record(run->trace, question->record)->step;
    const struct record_optim *const optim = find_optim(run, step->optimizer, question->record);
    const struct trace_tensor *const tensor = trace_tensor(run->trace, question->tensor);
    const struct trace_tensor *const grad =
        tensor ? trace_grad_at(run->trace, tensor, question->record) : NULL;
    double before, after, slope = 0;
    const int64_t element = tensor && question->element >= 0 && question->element < tensor->count
                                ? question->element
                                : element_first(grad, question->record);
    struct writer writer = { .run = run,
                             .arena = arena,
                             .step = step,
                             .param = find_param(step, question->tensor),
                             .record = question->record,
                             .before = question->before,
                             .element = element,
                             .out = out };

    if (!writer.param || !value_of(tensor, question->before, element, &before) ||
        !value_of(tensor, question->record, element, &after)) {
        return false;
    }
    const char *const label = run_label(run, tensor->id, arena);
    writer.target = last_part(label);
    *out = (struct update){ .element = element,
                            .of = arena_format(arena, "%s%s", label,
                                               element_place(tensor, element, arena)),
                            .class_name = optim ? optim->class_name : "",
                            .grad = "" };
    for (size_t i = 0; optim && i < optim->group_count && !writer.group; i++) {
        writer.group = holds(&optim->groups[i], tensor->id) ? &optim->groups[i] : NULL;
    }
    if (value_of(grad, question->record, element, &slope)) {
        out->grad = number_in_slot(arena, slope);
    }
    step_set(&writer, "w", before);
    step_set(&writer, "grad", slope);
    step_set(&writer, "lr", step_option(&writer, "lr"));
    if (writer.group && out->grad[0]) {
        step_write(&writer, after);
    }
    if (!all_true(out)) {
        write_move(&writer, before, after);
    }
    return true;
}
