#include "render/update.h"

#include <math.h>
#include <string.h>

#include "render/chain.h"

/*
 * The lines are written from templates: "{w} − {lr}·{grad}" with the names is the formula, with their
 * numbers in place of them the second half. What the numbers do not add up to (an option changed past
 * the record, a kind that is not known here) is not claimed: then only the result stands there.
 */

enum { SYMBOLS_MAX = 16 };

struct symbol {
    const char *name;
    double value;
};

struct writer {
    const struct run_view *run;
    struct arena *arena;
    const struct record_step *step;
    const struct step_param *param;
    const struct argument *group; /* the options; NULL: not told */
    uint32_t record, before;
    int64_t element;
    const char *target; /* "weight" */
    struct symbol symbols[SYMBOLS_MAX];
    int symbol_count;
    struct update *out;
};

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

static double option(const struct writer *writer, const char *name)
{
    const struct argument *const found = member(writer->group, name);

    return found ? found->number : 0;
}

static double option_of_pair(const struct writer *writer, const char *name, size_t index)
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

/* A state tensor of the parameter, before and after the step. False when it is not there; one that the
 * step made was 0 before. */
struct state_pair {
    double before, after;
    bool fresh;
};
static bool state_of(const struct writer *writer, const char *name, struct state_pair *out)
{
    *out = (struct state_pair){ .fresh = true };
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

static double step_count(const struct writer *writer)
{
    for (size_t i = 0; i < writer->param->state_count; i++) {
        if (strcmp(writer->param->state[i].name, "step") == 0) {
            return writer->param->state[i].number;
        }
    }
    return 1;
}

/* ---- writing ------------------------------------------------------------------------------------ */

static void set(struct writer *writer, const char *name, double value)
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

/* One line: "name sign template", what the numbers make, and what was recorded (NAN: nothing was). */
struct line {
    const char *name, *sign, *template;
    double computed, recorded;
};

static void write_line(struct writer *writer, const struct line *line)
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
    set(writer, line->name, value);
}

static double at(const struct writer *writer, const char *name)
{
    return symbol(writer, name, strlen(name));
}

/* ---- the kinds ---------------------------------------------------------------------------------- */

/* What the kinds call the gradient: with weight decay or turned round it is one of its own. The name. */
static const char *take_gradient(struct writer *writer, bool decays)
{
    const double decay = option(writer, "weight_decay"), grad = at(writer, "grad");
    const double sign = option(writer, "maximize") != 0 ? -1 : 1;

    if (sign > 0 && (!decays || decay == 0)) {
        return "grad";
    }
    set(writer, "λ", decay);
    const bool decayed = decays && decay != 0;
    write_line(
        writer,
        &(struct line){ "g", "=",
                        decayed ? sign < 0 ? "−{grad} + {λ}·{w}" : "{grad} + {λ}·{w}" : "−{grad}",
                        sign * grad + (decayed ? decay * at(writer, "w") : 0), NAN });
    return "g";
}

/* `template` with G for the gradient's name. */
static const char *with_gradient(const struct writer *writer, const char *template,
                                 const char *gradient)
{
    struct text text = { 0 };

    for (const char *c = template; *c; c++) {
        if (*c == 'G') {
            text_format(&text, "{%s}", gradient);
        } else {
            text_append_char(&text, *c);
        }
    }
    const char *const copy = arena_copy_text(writer->arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static void write_sgd(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double g = at(writer, gradient), lr = option(writer, "lr"), w = at(writer, "w");
    const double momentum = option(writer, "momentum"), dampening = option(writer, "dampening");
    struct state_pair buffer;

    if (momentum == 0 || !state_of(writer, "momentum_buffer", &buffer)) {
        write_line(writer,
                   &(struct line){ "w", "←", with_gradient(writer, "{w} − {lr}·G", gradient),
                                   w - lr * g, moved });
        return;
    }
    set(writer, "μ", momentum);
    set(writer, "δ", dampening);
    if (buffer.fresh) {
        write_line(writer, &(struct line){ "buf", "←", with_gradient(writer, "G", gradient), g,
                                           buffer.after });
    } else {
        set(writer, "buf", buffer.before);
        const char *const how = dampening != 0 ? "{μ}·{buf} + (1 − {δ})·G" : "{μ}·{buf} + G";
        write_line(writer,
                   &(struct line){ "buf", "←", with_gradient(writer, how, gradient),
                                   momentum * buffer.before + (1 - dampening) * g, buffer.after });
    }
    const bool ahead = option(writer, "nesterov") != 0;
    write_line(writer, &(struct line){
                           "w", "←",
                           ahead ? with_gradient(writer, "{w} − {lr}·(G + {μ}·{buf})", gradient)
                                 : "{w} − {lr}·{buf}",
                           w - lr * (ahead ? g + momentum * buffer.after : buffer.after), moved });
}

/* m and v, without their bias and, with amsgrad, the largest v so far. */
static void write_moments(struct writer *writer, const char *gradient, const struct state_pair *m,
                          const struct state_pair *v)
{
    const double beta1 = option_of_pair(writer, "betas", 0), g = at(writer, gradient);
    const double beta2 = option_of_pair(writer, "betas", 1), t = step_count(writer);
    struct state_pair largest;

    set(writer, "β₁", beta1);
    set(writer, "β₂", beta2);
    set(writer, "t", t);
    set(writer, "m", m->before);
    set(writer, "v", v->before);
    write_line(writer,
               &(struct line){ "m", "←", with_gradient(writer, "{β₁}·{m} + (1 − {β₁})·G", gradient),
                               beta1 * m->before + (1 - beta1) * g, m->after });
    write_line(writer, &(struct line){ "v", "←",
                                       with_gradient(writer, "{β₂}·{v} + (1 − {β₂})·G²", gradient),
                                       beta2 * v->before + (1 - beta2) * g * g, v->after });
    const bool ams = state_of(writer, "max_exp_avg_sq", &largest);
    if (ams) {
        set(writer, "vmax", largest.before);
        write_line(writer, &(struct line){ "vmax", "←", "max({vmax}, {v})",
                                           fmax(largest.before, v->after), largest.after });
    }
    write_line(writer, &(struct line){ "m̂", "=", "{m} / (1 − {β₁}^{t})",
                                       m->after / (1 - pow(beta1, t)), NAN });
    write_line(writer,
               &(struct line){ "v̂", "=", ams ? "{vmax} / (1 − {β₂}^{t})" : "{v} / (1 − {β₂}^{t})",
                               (ams ? largest.after : v->after) / (1 - pow(beta2, t)), NAN });
}

static void write_adam(struct writer *writer, double moved)
{
    const bool apart = strcmp(writer->out->class_name, "AdamW") == 0;
    const double lr = option(writer, "lr"), eps = option(writer, "eps");
    const double decay = option(writer, "weight_decay");
    struct state_pair m, v;

    if (!state_of(writer, "exp_avg", &m) || !state_of(writer, "exp_avg_sq", &v)) {
        return;
    }
    if (apart && decay != 0) {
        set(writer, "λ", decay);
        write_line(writer, &(struct line){ "w", "←", "{w} − {lr}·{λ}·{w}",
                                           at(writer, "w") * (1 - lr * decay), NAN });
    }
    const char *const gradient = take_gradient(writer, !apart);
    write_moments(writer, gradient, &m, &v);
    set(writer, "ε", eps);
    write_line(writer, &(struct line){ "w", "←", "{w} − {lr}·{m̂} / (√{v̂} + {ε})",
                                       at(writer, "w") -
                                           lr * at(writer, "m̂") / (sqrt(at(writer, "v̂")) + eps),
                                       moved });
}

static void write_rmsprop(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double g = at(writer, gradient), lr = option(writer, "lr"), w = at(writer, "w");
    const double alpha = option(writer, "alpha"), eps = option(writer, "eps");
    const double momentum = option(writer, "momentum");
    struct state_pair s, buffer;

    if (option(writer, "centered") != 0 || !state_of(writer, "square_avg", &s)) {
        return;
    }
    set(writer, "α", alpha);
    set(writer, "ε", eps);
    set(writer, "s", s.before);
    write_line(writer,
               &(struct line){ "s", "←", with_gradient(writer, "{α}·{s} + (1 − {α})·G²", gradient),
                               alpha * s.before + (1 - alpha) * g * g, s.after });
    const double scaled = g / (sqrt(s.after) + eps);
    if (momentum == 0 || !state_of(writer, "momentum_buffer", &buffer)) {
        write_line(writer,
                   &(struct line){ "w", "←",
                                   with_gradient(writer, "{w} − {lr}·G / (√{s} + {ε})", gradient),
                                   w - lr * scaled, moved });
        return;
    }
    set(writer, "μ", momentum);
    set(writer, "buf", buffer.before);
    write_line(writer,
               &(struct line){ "buf", "←",
                               with_gradient(writer, "{μ}·{buf} + G / (√{s} + {ε})", gradient),
                               momentum * buffer.before + scaled, buffer.after });
    write_line(writer,
               &(struct line){ "w", "←", "{w} − {lr}·{buf}", w - lr * buffer.after, moved });
}

static void write_adagrad(struct writer *writer, double moved)
{
    const char *const gradient = take_gradient(writer, true);
    const double g = at(writer, gradient), w = at(writer, "w"), eps = option(writer, "eps");
    const double rate =
        option(writer, "lr") / (1 + (step_count(writer) - 1) * option(writer, "lr_decay"));
    struct state_pair s;

    if (!state_of(writer, "sum", &s)) {
        return;
    }
    set(writer, "ε", eps);
    set(writer, "s", s.before);
    set(writer, "lr", rate);
    write_line(writer, &(struct line){ "s", "←", with_gradient(writer, "{s} + G²", gradient),
                                       s.before + g * g, s.after });
    write_line(writer, &(struct line){
                           "w", "←", with_gradient(writer, "{w} − {lr}·G / (√{s} + {ε})", gradient),
                           w - rate * g / (sqrt(s.after) + eps), moved });
}

static const struct {
    const char *class_name;
    void (*write)(struct writer *writer, double moved);
} kinds[] = {
    { "SGD", write_sgd },         { "Adam", write_adam },       { "AdamW", write_adam },
    { "RMSprop", write_rmsprop }, { "Adagrad", write_adagrad },
};

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
    set(&writer, "w", before);
    set(&writer, "grad", slope);
    set(&writer, "lr", option(&writer, "lr"));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && writer.group && out->grad[0]; i++) {
        if (strcmp(kinds[i].class_name, out->class_name) == 0) {
            kinds[i].write(&writer, after);
        }
    }
    if (!all_true(out)) {
        write_move(&writer, before, after);
    }
    return true;
}
