/* What a figure shows: which operation, its tensors with the values that it read, and the cells that
 * belong to the chosen one. */

#include "render/tensor/figure.h"

#include <math.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "render/device/device.h"
#include "render/graph/model.h"
#include "render/ledger/chain.h"

/* ---- which operation ------------------------------------------------------------------------ */

/* The latest one that was over at the moment; NULL before the first. */
static const struct trace_op *latest_op(const struct run_view *run)
{
    int64_t low = 0, high = trace_op_count(run->trace);

    while (low < high) {
        const int64_t middle = low + (high - low + 1) / 2;
        if (trace_op(run->trace, middle)->born < run->moment) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return trace_op(run->trace, low);
}

static const struct trace_tensor *result_of(const struct run_view *run, const struct trace_op *op,
                                            size_t output)
{
    return op && output < op->record->out.count
               ? trace_tensor(run->trace, op->record->out.ids[output])
               : NULL;
}

static bool is_operand(const struct trace_op *op, int64_t tensor)
{
    for (size_t i = 0; i < op->record->in_count; i++) {
        if (op->record->in[i].kind == ARGUMENT_TENSOR && op->record->in[i].id == tensor) {
            return true;
        }
    }
    return false;
}

static bool is_result(const struct trace_op *op, int64_t tensor)
{
    for (size_t i = 0; i < op->record->out.count; i++) {
        if (op->record->out.ids[i] == tensor) {
            return true;
        }
    }
    return false;
}

static const struct trace_tensor *selected(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const int64_t id = run_target_tensor(run, view->state->selected);
    const struct trace_tensor *const tensor = id > 0 ? trace_tensor(run->trace, id) : NULL;

    return tensor && tensor->born < run->moment ? tensor : NULL;
}

const struct trace_tensor *figure_subject(const struct view *view)
{
    const struct trace_tensor *const chosen = selected(view);
    const struct run_view *const run = &view->runs[0];

    if (chosen) {
        return chosen;
    }
    const struct record_failed *const failed = figure_failure(view);
    const struct trace_tensor *const wanted = failed ? figure_failed_operand(view, failed) : NULL;
    if (wanted) {
        return wanted;
    }
    /* Prints and names bring no tensor of their own: the latest stays. */
    const struct trace_tensor *const named = figure_named(view);
    if (named) {
        return named;
    }
    const struct trace_tensor *const about =
        trace_tensor(run->trace, chain_subject(run, view->state));
    return about && about->born < run->moment ? about : result_of(run, latest_op(run), 0);
}

/* Whether something that it read holds other numbers now, or is no more and something else was computed
 * since. */
static bool is_past(const struct run_view *run, const struct trace_op *op)
{
    const bool latest = op == latest_op(run);

    for (size_t i = 0; i < op->record->in_count; i++) {
        const struct argument *const in = &op->record->in[i];
        const struct trace_tensor *const tensor =
            in->kind == ARGUMENT_TENSOR ? trace_tensor(run->trace, in->id) : NULL;
        const bool gone = tensor && !trace_exists(tensor->born, tensor->gone, run->moment);
        if (tensor && ((gone && !latest) ||
                       trace_value_at(tensor, run->moment) != trace_value_at(tensor, op->born))) {
            return true;
        }
    }
    return false;
}

/* The operation whose figure shows the subject: the latest one if it takes part in it, else the one
 * that made it. NULL: it is shown by itself, for nothing made it, or it has changed since; or what it
 * was made from has, and the line only looks at it. */
static const struct trace_op *op_to_show(const struct view *view,
                                         const struct trace_tensor *subject)
{
    const struct run_view *const run = &view->runs[0];
    const struct trace_op *const latest = latest_op(run);
    const struct trace_op *const maker = trace_op(run->trace, subject->op);

    if (!selected(view) && figure_named(view) && maker && is_past(run, maker)) {
        return NULL;
    }
    const bool made =
        latest && is_result(latest, subject->id) &&
        trace_value_at(subject, run->moment) == trace_value_at(subject, latest->born + 1);
    if (made || (latest && is_operand(latest, subject->id))) {
        return latest;
    }
    return maker && trace_value_at(subject, run->moment) == trace_value_at(subject, maker->born + 1)
               ? maker
               : NULL;
}

/* ---- parts ---------------------------------------------------------------------------------- */

static double strongest_of(const struct trace_value *value)
{
    double most = 0;

    for (size_t i = 0; value && i < value->count; i++) {
        const double size = fabs(trace_element(value, i));
        most = isfinite(size) ? fmax(most, size) : most;
    }
    return most;
}

/* Over the versions that the tensor ever has, so that no step changes a cell's width. */
static bool has_short_numbers(const struct figure *figure, const struct trace_tensor *tensor)
{
    enum { VERSIONS = 16, ELEMENTS = 144, SHORT = 3 };

    if (strcmp(tensor->dtype, "bool") == 0) {
        return false;
    }
    for (size_t v = 0; v < tensor->value_count && v < VERSIONS; v++) {
        for (size_t i = 0; i < tensor->values[v].count && i < ELEMENTS; i++) {
            if (strlen(number_in_cell(figure->view->arena, trace_element(&tensor->values[v], i))) >
                SHORT) {
                return false;
            }
        }
    }
    return true;
}

/* "(3, 4) float32" */
static const char *shape_line(const struct figure *figure, const struct trace_tensor *tensor)
{
    const struct view *const view = figure->view;
    const char *const device = device_at(&view->runs[0], tensor);

    return arena_format(view->arena, "%s %s%s%s", graph_shape_text(tensor, view->arena),
                        trace_dtype_text(tensor), device_is_cpu(device) ? "" : " · ",
                        device_is_cpu(device) ? "" : device);
}

/* Of a sample "64 × 64 of 1000 × 1000". */
static const char *sample_line(const struct view *view, const struct trace_tensor *tensor,
                               const struct trace_value *value)
{
    const struct sheet whole = sheet_of(tensor->ndim, tensor->shape);

    if (!value || !value->sampled) {
        return "";
    }
    return arena_format(view->arena, "%lld × %lld %s %lld × %lld", (long long)value->sample_rows,
                        (long long)value->sample_columns, view_word(view, "of"),
                        (long long)sheet_rows(&whole), (long long)sheet_columns(&whole));
}

struct figure_part *figure_add(struct figure *figure, const struct trace_tensor *tensor,
                               const struct trace_tensor *numbers, const struct trace_value *value,
                               int operand)
{
    struct figure_part *const part = &figure->parts[figure->count++];
    const struct sheet sheet = sheet_of(tensor->ndim, tensor->shape);

    *part = (struct figure_part){
        .tensor = tensor,
        .value = value,
        .label = chain_name(&figure->view->runs[0], tensor->id, figure->view->arena),
        .shape = shape_line(figure, tensor),
        .more = sample_line(figure->view, tensor, value),
        .operand = operand,
        .sheet = value && value->sampled ? sheet_sample(&sheet) : sheet,
        .strongest = strongest_of(value),
        .narrow = has_short_numbers(figure, numbers),
    };
    return part;
}

static struct figure_part *add_part(struct figure *figure, const struct trace_tensor *tensor,
                                    const struct trace_value *value, int operand)
{
    return figure_add(figure, tensor, tensor, value, operand);
}

static bool is_map(const struct trace_op *op)
{
    return strcmp(op->def->provenance, "map") == 0;
}

/* A smaller operand of an element-wise operation is drawn as large as the result: what is repeated is
 * seen to be. A single number is left as it is. */
static void spread_over_result(struct figure *figure, struct figure_part *part)
{
    const struct trace_tensor *const out = figure->out;

    if (figure->links && is_map(figure->op) && part->tensor->count > 1 &&
        part->tensor->count < out->count && out->count <= SHEET_WHOLE_MAX) {
        part->spread = true;
        part->sheet = sheet_of(out->ndim, out->shape);
    }
}

static void add_number(struct figure *figure, double number, int operand)
{
    struct figure_part *const part = &figure->parts[figure->count++];

    *part = (struct figure_part){ .label = view_number(figure->view, number),
                                  .shape = "",
                                  .operand = operand };
}

/* A power with a whole number that has one digit: then the number is part of the sign. */
static bool is_digit_power(const struct trace_op *op)
{
    const struct record_op *const record = op->record;

    return strcmp(record->name, "pow") == 0 && record->in_count == 2 &&
           record->in[1].kind == ARGUMENT_NUMBER && record->in[1].number >= 0 &&
           record->in[1].number <= 9 && record->in[1].number == floor(record->in[1].number);
}

/* What was given another shape on its way, as a product of many matrices does, is shown as it was; what is
 * repeated along the result keeps that shape, and has the name. */
static struct figure_part *add_operand(struct figure *figure, const struct trace_op *reader,
                                       const struct trace_tensor *tensor, int operand)
{
    const struct run_view *const run = &figure->view->runs[0];
    const struct trace_tensor *const origin = figure_origin(run, reader, tensor);
    const struct trace_tensor *const shown = is_map(figure->op) ? tensor : origin;
    struct figure_part *const part =
        add_part(figure, shown, provenance_operand_value(reader, shown), operand);

    part->label = origin == figure->out
                      ? trace_label_before(run->trace, origin, figure->op, figure->view->arena)
                      : chain_name(run, origin->id, figure->view->arena);
    return part;
}

/* Which operand is the one that is written so many places from the left: a layer is x @ Wᵀ + b, though the bias
 * is what PyTorch's addmm takes first. */
static size_t operand_written(const struct record_op *record, size_t place)
{
    if (strcmp(record->name, "addmm") == 0 && record->in_count == 3) {
        return (place + 1) % 3;
    }
    return record->turned && record->in_count == 2 ? 1 - place : place;
}

static void add_operands(struct figure *figure)
{
    const struct record_op *const record = figure->op->record;

    for (size_t written = 0; written < record->in_count; written++) {
        const size_t i = operand_written(record, written);
        const struct trace_op *const reader = i == 0 ? figure->source : figure->op;
        const struct argument *const in = i == 0 ? reader->record->in : &record->in[i];
        const struct trace_tensor *const tensor =
            in->kind == ARGUMENT_TENSOR ? trace_tensor(figure->view->runs[0].trace, in->id) : NULL;
        const bool shown =
            in->kind == ARGUMENT_NUMBER && is_map(figure->op) && !is_digit_power(figure->op);
        if (!tensor && !shown) {
            continue;
        }
        if (figure->count == FIGURE_PARTS - 1) {
            figure->left_out++;
        } else if (tensor) {
            spread_over_result(figure, add_operand(figure, reader, tensor, (int)i));
        } else {
            add_number(figure, in->number, (int)i);
        }
    }
}

/* ---- its form ------------------------------------------------------------------------------- */

static bool is_flat(const struct figure_part *part)
{
    return part->tensor && part->sheet.tiles == 1 && part->tensor->ndim == 2;
}

/* a @ b with the result where a row and a column meet. */
static bool is_cross(const struct figure *figure)
{
    return figure->op && strcmp(figure->op->record->name, "mm") == 0 && figure->count == 3 &&
           is_flat(&figure->parts[0]) && is_flat(&figure->parts[1]) && is_flat(&figure->parts[2]);
}

const char *figure_sign(const struct view *view, const struct trace_op *op)
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };

    if (is_digit_power(op)) {
        return arena_format(view->arena, "x%s", raised[(int)op->record->in[1].number]);
    }
    return trace_op_symbol(view->runs[0].trace, op);
}

/* "+", "×", "<", and not "relu". */
static bool is_operator(const char *sign)
{
    return strlen(sign) <= 3 && !strchr("abcdefghijklmnopqrstuvwxyz[", sign[0]);
}

/* ---- the chosen cell ------------------------------------------------------------------------ */

static int part_of_tensor(const struct figure *figure, int64_t tensor)
{
    for (int i = figure->count - 1; i >= 0; i--) {
        if (figure->parts[i].tensor && figure->parts[i].tensor->id == tensor) {
            return i;
        }
    }
    return -1;
}

void figure_choose(struct figure *figure, int part, int64_t element)
{
    const int last = figure->count - 1;

    figure->chosen_part = part;
    figure->chosen = element;
    if (figure->links && figure->out->count > 0) {
        figure->linked =
            part == last ? figure_sources(figure, element, FIGURE_LINKS)
                         : figure_uses(figure, figure->parts[part].operand, element, FIGURE_LINKS);
    }
    figure->winners = part == last ? figure_winners(figure, &figure->linked, element)
                                   : (struct tensor_cells){ 0 };
}

/* The cell under the pointer, else the chosen one, else the first of the result. */
static void choose(struct figure *figure)
{
    const struct view_state *const state = figure->view->state;
    const struct view_cell cells[] = { state->pointed, state->cell };
    const int last = figure->count - 1;

    figure->chosen_part = last;
    figure->chosen = figure->linked.count > 0 ? figure->linked.at[0].element : 0;
    for (size_t i = 0; i < 2; i++) {
        const int part = cells[i].tensor > 0 ? part_of_tensor(figure, cells[i].tensor) : -1;
        if (part >= 0 && cells[i].element >= 0 &&
            cells[i].element < figure->parts[part].tensor->count) {
            figure->chosen_part = part;
            figure->chosen = cells[i].element;
            break;
        }
    }
    figure_choose(figure, figure->chosen_part, figure->chosen);
}

/* ---- reading -------------------------------------------------------------------------------- */

static int output_of(const struct trace_op *op, int64_t tensor)
{
    for (size_t i = 0; i < op->record->out.count; i++) {
        if (op->record->out.ids[i] == tensor) {
            return (int)i;
        }
    }
    return 0;
}

static void give_form(struct figure *figure)
{
    figure->form = figure->count == 1 ? FIGURE_ALONE : is_cross(figure) ? FIGURE_CROSS : FIGURE_ROW;
    figure->infix = figure->form == FIGURE_ROW && figure->count == 3 &&
                    (figure->op ? !figure->backward && is_map(figure->op) : figure->backward) &&
                    is_operator(figure->sign);
}

/* "torch.r…ize()) * 0.5" */
static const char *ends_of(const struct figure *figure, const char *label, size_t begin, size_t end)
{
    const char *tail = label + strlen(label) - end;

    while (begin > 0 && ((unsigned char)label[begin] & 0xC0) == 0x80) {
        begin--;
    }
    while (((unsigned char)*tail & 0xC0) == 0x80) {
        tail++;
    }
    return arena_format(figure->view->arena, "%.*s…%s", (int)begin, label, tail);
}

/* Two expressions that begin alike would be cut to the same words: of those their ends are kept. */
static void tell_apart(struct figure *figure)
{
    enum { LONG = 22, ALIKE = 14, BEGIN = 7, END = 13 };
    struct figure_part *const out = &figure->parts[figure->count - 1];
    const char *const whole = out->label;

    for (int i = 0; i < figure->count; i++) {
        struct figure_part *const part = &figure->parts[i];
        const size_t length = strlen(part->label);
        const bool alike = i + 1 < figure->count && strlen(whole) > LONG && length > LONG &&
                           strncmp(part->label, whole, ALIKE) == 0;
        if (alike) {
            part->label = ends_of(figure, part->label, BEGIN, END);
            out->label = ends_of(figure, whole, BEGIN, END);
        }
    }
}

/* "x (old) + 1 = x" where the result has taken the operand's name. */
static void mark_old_names(struct figure *figure)
{
    const struct view *const view = figure->view;
    const char *const name = figure->parts[figure->count - 1].label;

    for (int i = 0; i + 1 < figure->count; i++) {
        struct figure_part *const part = &figure->parts[i];
        if (part->tensor && name[0] && strcmp(part->label, name) == 0) {
            part->label = arena_format(view->arena, "%s (%s)", part->label, view_word(view, "old"));
        }
    }
}

static void read_op(struct figure *figure, const struct trace_tensor *subject)
{
    const struct run_view *const run = &figure->view->runs[0];
    const uint32_t whole = figure->op->born + 1;
    const struct trace_op *const op = figure_worker(run, figure->op);
    const int said = output_of(figure->op, subject->id), output = op == figure->op ? said : 0;
    const struct trace_tensor *const result = result_of(run, figure->op, (size_t)said);

    figure->out = result ? result : subject; /* a forged trace may have an operation of no result */
    figure->op = op;
    figure->links = provenance_of(run->trace, op, output, figure->view->arena);
    figure->sign = figure_sign(figure->view, op);
    figure_follow_views(figure);
    add_operands(figure);
    add_part(figure, figure->out, trace_value_at(figure->out, whole), -1);
    mark_old_names(figure);
    tell_apart(figure);
    give_form(figure);
}

bool figure_is_old(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const struct trace_op *const latest = latest_op(run);
    size_t count;
    const uint32_t *const cells = trace_records_of(run->trace, RECORD_CELL, &count);

    while (count > 0 && cells[count - 1] >= run->moment) {
        count--;
    }
    return count > 0 && !selected(view) && !figure_failure(view) && !figure_named(view) &&
           !trace_tensor(run->trace, chain_subject(run, view->state)) &&
           (!latest || latest->born < cells[count - 1]);
}

bool figure_read_alone(struct figure *figure, const struct view *view)
{
    const struct trace_tensor *const subject = figure_subject(view);

    *figure = (struct figure){ .view = view, .sign = "", .out = subject };
    if (subject) {
        add_part(figure, subject, trace_value_at(subject, view->runs[0].moment), -1);
        choose(figure);
    }
    return subject != NULL;
}

/* One that nothing was computed for stands behind those that it was printed after. */
static void read_printed(struct figure *figure)
{
    enum { MOST = 2 };
    const struct view *const view = figure->view;
    const uint32_t moment = view->runs[0].moment;
    const struct trace_tensor *before[MOST];
    const size_t count = figure_printed_before(view, figure->out, before, MOST);

    if (count == 0 || figure->count > 1) {
        return;
    }
    figure->count = 0;
    for (size_t i = count; i-- > 0;) {
        add_part(figure, before[i], trace_value_at(before[i], moment), -1);
    }
    add_part(figure, figure->out, trace_value_at(figure->out, moment), -1);
    figure->op = NULL;
    figure->links = NULL;
    figure->sign = "";
    figure->compared = true;
    give_form(figure);
}

bool figure_read(struct figure *figure, const struct view *view)
{
    const struct trace_tensor *const subject = figure_subject(view);

    *figure = (struct figure){ .view = view, .sign = "" };
    const struct record_failed *const failed = figure_failure(view);
    if (failed) {
        figure_read_failed(figure, failed);
        choose(figure);
        return true;
    }
    if (!subject) {
        return false;
    }
    if (figure_read_visit(figure, subject)) {
        give_form(figure);
        choose(figure);
        return true;
    }
    if (figure_read_sum(figure, subject)) {
        give_form(figure);
        choose(figure);
        return true;
    }
    const struct trace_op *const op = op_to_show(view, subject);
    if (op && figure_read_assigned(figure, op)) {
        choose(figure);
        return true;
    }
    *figure = (struct figure){ .view = view, .sign = "", .op = op };
    if (op) {
        read_op(figure, subject);
    } else {
        figure->out = subject;
        add_part(figure, subject, trace_value_at(subject, view->runs[0].moment), -1);
    }
    read_printed(figure);
    choose(figure);
    return true;
}
