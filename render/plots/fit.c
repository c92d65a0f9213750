#include "render/plots/fit.h"

#include <math.h>
#include <string.h>

#include "render/answer.h"
#include "render/plots/series.h"

enum {
    DEEP = 64,
    LOOKS_MOST = 2000,
    OPERANDS_MOST = 4,
    GRID = 64,
    CLASSES_MOST = 5,
    AT_MOST = 2048
};

/* ---- what the loss compares ---------------------------------------------------------------- */

/* Operations that compare a prediction with a target, and what of the prediction is a class. */
static const struct comparison {
    const char *op;
    bool classes; /* targets are classes */
    enum fit_rule rule;
    double boundary;
} comparisons[] = {
    { "sub", false, FIT_ABOVE, 0 },
    { "rsub", false, FIT_ABOVE, 0 },
    { "mse_loss", false, FIT_ABOVE, 0 },
    { "smooth_l1_loss", false, FIT_ABOVE, 0 },
    { "huber_loss", false, FIT_ABOVE, 0 },
    { "binary_cross_entropy", true, FIT_ABOVE, 0.5 },
    { "binary_cross_entropy_with_logits", true, FIT_ABOVE, 0 },
    { "nll_loss", true, FIT_LARGEST, 0 },
};

static const struct comparison *comparison_of(const char *op)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (strcmp(comparisons[i].op, op) == 0) {
            return &comparisons[i];
        }
    }
    return NULL;
}

static const struct trace_tensor *operand(const struct run_view *run, const struct trace_op *op,
                                          size_t index)
{
    const struct argument *const in = &op->record->in[index];

    return in->kind == ARGUMENT_TENSOR ? trace_tensor(run->trace, in->id) : NULL;
}

/* Whether gradients go to it. */
static bool is_tracked(const struct trace_tensor *tensor)
{
    return tensor->node != 0 || tensor->requires_grad;
}

/* The number of data: the first dimension. */
static int64_t rows_of(const struct trace_tensor *tensor)
{
    return tensor->ndim > 0 ? tensor->shape[0] : 1;
}

struct search {
    const struct run_view *run;
    const struct comparison *how;
    const struct trace_tensor *prediction, *target, *input;
    bool many; /* inputs come into question */
    int looks; /* operations looked at: results that are used twice are come to twice */
};

/* A tracked operand and one that is not, with a row for each datum. */
static bool compares(struct search *search, const struct trace_op *op, const struct comparison *how)
{
    const struct trace_tensor *a = NULL, *b = NULL;

    for (size_t i = 0; i < op->record->in_count && i < 2; i++) {
        const struct trace_tensor *const one = operand(search->run, op, i);
        a = one && one->node != 0 ? one : a;
        b = one && !is_tracked(one) ? one : b;
    }
    const bool alike = a && b && rows_of(a) == rows_of(b) && rows_of(b) >= 2;
    if (!alike || (how->rule == FIT_ABOVE && a->count != b->count) ||
        (how->rule == FIT_LARGEST && (a->ndim != 2 || b->ndim != 1))) {
        return false;
    }
    search->prediction = a;
    search->target = b;
    search->how = how;
    return true;
}

/* From the loss back to what compares. */
static bool find_comparison(struct search *search, const struct trace_tensor *tensor, int deep)
{
    const struct trace_op *const op = trace_op(search->run->trace, tensor->op);

    if (!op || deep == 0 || search->looks++ > LOOKS_MOST) {
        return false;
    }
    const struct comparison *const how = comparison_of(op->record->name);
    if (how && compares(search, op, how)) {
        return true;
    }
    for (size_t i = 0; i < op->record->in_count; i++) {
        const struct trace_tensor *const one = operand(search->run, op, i);
        if (one && one->node != 0 && find_comparison(search, one, deep - 1)) {
            return true;
        }
    }
    return false;
}

/* ---- what the prediction is made of -------------------------------------------------------- */

/* Whether `tensor` was computed from `from`, outside of the graph. */
static bool comes_from(const struct run_view *run, const struct trace_tensor *tensor, int64_t from,
                       int deep)
{
    const struct trace_op *const op = trace_op(run->trace, tensor->op);

    for (size_t i = 0; op && deep > 0 && i < op->record->in_count && i < OPERANDS_MOST; i++) {
        const struct trace_tensor *const one = operand(run, op, i);
        if (one && (one->id == from || comes_from(run, one, from, deep - 1))) {
            return true;
        }
    }
    return false;
}

static bool can_be_input(const struct search *search, const struct trace_tensor *tensor)
{
    const int64_t rows = rows_of(search->prediction), count = tensor->count;

    return rows_of(tensor) == rows && (count == rows || count == 2 * rows) && tensor->ndim <= 2 &&
           tensor->id != search->target->id && strcmp(tensor->dtype, "bool") != 0;
}

/* x and what was made of it (x ** 2) are one input: x. */
static void take_input(struct search *search, const struct trace_tensor *tensor)
{
    enum { STEPS = 4 };

    if (!search->input || comes_from(search->run, search->input, tensor->id, STEPS)) {
        search->input = tensor;
    } else if (search->input->id != tensor->id &&
               !comes_from(search->run, tensor, search->input->id, STEPS)) {
        search->many = true;
    }
}

static void find_input(struct search *search, const struct trace_tensor *tensor, int deep)
{
    const struct trace_op *const op = trace_op(search->run->trace, tensor->op);

    /* What was not looked at may be another input. */
    search->many = search->many || deep == 0 || search->looks++ > LOOKS_MOST;
    for (size_t i = 0; op && i < op->record->in_count && !search->many; i++) {
        const struct trace_tensor *const one = operand(search->run, op, i);
        if (one && !is_tracked(one) && can_be_input(search, one)) {
            take_input(search, one);
        } else if (one && one->node != 0) {
            find_input(search, one, deep - 1);
        }
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const struct trace_value *whole_value(const struct trace_tensor *tensor, uint32_t moment)
{
    const struct trace_value *const value = trace_value_at(tensor, moment);

    return value && !value->sampled && value->count == (size_t)tensor->count ? value : NULL;
}

/* All targets are whole numbers from 0, and few; returns how many classes, 0 if they are none. */
static int classes_of(const struct fit *fit)
{
    int most = 0;

    for (size_t i = 0; i < fit->count; i++) {
        const double target = trace_element(fit->targets, i);
        if (!(target >= 0 && target < CLASSES_MOST) || target != floor(target)) {
            return 0;
        }
        most = (int)target > most ? (int)target : most;
    }
    return most < 1 ? 2 : most + 1;
}

/* Made by the program and all the same, as what a GAN wants to be told: no data. */
static bool is_wish(const struct run_view *run, const struct fit *fit)
{
    const struct trace_op *const maker = trace_op(run->trace, fit->target->op);

    for (size_t i = 1; i < fit->count; i++) {
        if (trace_element(fit->targets, i) != trace_element(fit->targets, 0)) {
            return false;
        }
    }
    return maker && maker->record->in_count == 0;
}

static bool fill(const struct run_view *run, const struct search *search, struct fit *out)
{
    const struct trace_backward *const backward = trace_backward(run->trace, out->backward);

    out->input = search->input;
    out->target = search->target;
    out->prediction = search->prediction;
    out->inputs = whole_value(out->input, backward->born);
    out->targets = whole_value(out->target, backward->born);
    out->predictions = whole_value(out->prediction, backward->born);
    out->count = (size_t)rows_of(out->input);
    out->rule = search->how->rule;
    out->boundary = search->how->boundary;
    const bool one_feature = out->input->count == rows_of(out->input);
    out->kind = one_feature ? FIT_LINE : FIT_CLASSES;
    if (!out->inputs || !out->targets || !out->predictions ||
        out->target->count != (int64_t)out->count || is_wish(run, out)) {
        return false;
    }
    if (one_feature) {
        return out->rule == FIT_ABOVE;
    }
    out->classes = search->how->classes ? classes_of(out) : 0;
    return out->classes >= 2 && (out->rule == FIT_LARGEST || out->classes == 2);
}

bool fit_find(const struct run_view *run, int64_t backward, struct fit *out)
{
    const struct trace_backward *const walk = trace_backward(run->trace, backward);
    const struct trace_tensor *const root =
        walk ? trace_tensor(run->trace, walk->record->root) : NULL;
    struct search search = { .run = run };

    *out = (struct fit){ .backward = backward };
    if (!root || root->count != 1 || !find_comparison(&search, root, DEEP)) {
        return false;
    }
    search.looks = 0;
    find_input(&search, search.prediction, DEEP);
    return search.input && !search.many && fill(run, &search, out);
}

int64_t fit_backward(const struct run_view *run)
{
    const struct trace_backward *const last = trace_last_backward_at(run->trace, run->moment);

    return last ? last->id : 1;
}

bool fit_offered(const struct run_view *run)
{
    struct fit fit;

    return fit_find(run, trace_backward_count(run->trace), &fit);
}

int fit_class(const struct fit *fit, size_t index)
{
    const double class = trace_element(fit->targets, index);

    return class >= 0 && class < fit->classes ? (int)class : 0;
}

struct fit_range fit_range(const struct fit *fit, int feature)
{
    static const double around = 0.12;
    const size_t features = fit->kind == FIT_CLASSES ? 2 : 1;
    double least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < fit->count; i++) {
        const double value = trace_element(fit->inputs, i * features + (size_t)feature);
        if (isfinite(value)) {
            least = fmin(least, value);
            most = fmax(most, value);
        }
    }
    if (!(least <= most)) {
        return (struct fit_range){ 0, 1 };
    }
    const double room = most > least ? (most - least) * around : fmax(fabs(most), 1);
    return (struct fit_range){ least - room, most + room };
}

/* ---- regions ------------------------------------------------------------------------------- */

static bool read_range(const struct record_probe *probe, const char *name, struct fit_range *range,
                       int *count)
{
    const struct argument *const list = answer_member(probe, name, ARGUMENT_LIST);
    const double number = answer_item(list, 2);

    range->from = answer_item(list, 0);
    range->to = answer_item(list, 1);
    *count = number >= 2 && number <= 512 ? (int)number : 0;
    return *count > 0 && range->from < range->to;
}

/* All rows of an answer whose last record that is. */
static bool read_rows(const struct run_view *run, const uint32_t *records, size_t last,
                      struct fit_regions *out, struct arena *arena)
{
    const size_t all = (size_t)out->columns * (size_t)out->rows * (size_t)out->outputs;
    float *const values = arena_allocate(arena, all, sizeof(*values));
    size_t end = all;

    for (size_t i = last + 1; i-- > 0 && end > 0;) {
        const struct record_probe *const probe = &trace_record(run->trace, records[i])->probe;
        size_t count;
        const float *const numbers =
            answer_floats(answer_member(probe, "numbers", ARGUMENT_STRING), &count, arena);
        if (!numbers || strcmp(probe->what, "fit") != 0 || count > end || count == 0) {
            return false;
        }
        end -= count;
        memcpy(values + end, numbers, count * sizeof(*values));
    }
    out->values = values;
    return end == 0;
}

static uint32_t moment_of(const struct run_view *run, const struct fit *fit)
{
    return trace_backward(run->trace, fit->backward)->born + 1;
}

bool fit_regions(const struct run_view *run, const struct fit *fit, struct fit_regions *out,
                 struct arena *arena)
{
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_PROBE, &count);

    for (size_t i = count; i-- > 0;) {
        const struct record_probe *const probe = &trace_record(run->trace, records[i])->probe;
        if (strcmp(probe->what, "fit") != 0 || answer_truth(probe, "more") ||
            answer_number(probe, "moment", 0) != (double)moment_of(run, fit)) {
            continue;
        }
        const double outputs = answer_number(probe, "outputs", 0);
        *out = (struct fit_regions){ .outputs = outputs >= 1 && outputs <= 64 ? (int)outputs : 0 };
        return out->outputs > 0 && read_range(probe, "x", &out->x, &out->columns) &&
               read_range(probe, "y", &out->y, &out->rows) &&
               read_rows(run, records, i, out, arena);
    }
    return false;
}

static void write_range(struct text *out, const char *name, struct fit_range range)
{
    text_format(out, ",\"%s\":{\"from\":", name);
    text_append_number(out, range.from);
    text_append_string(out, ",\"to\":");
    text_append_number(out, range.to);
    text_format(out, ",\"count\":%d}", GRID);
}

/* The parameters as they were when that backward began; false where the trace does not keep them. */
static bool write_values(const struct run_view *run, const struct fit *fit, int64_t last,
                         struct text *out)
{
    const uint32_t born = trace_backward(run->trace, fit->backward)->born;
    size_t count, written = 0;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &count);

    text_append_string(out, ",\"at\":[");
    for (size_t i = count; i-- > 0;) {
        const struct record_accumulate *const a = &trace_record(run->trace, records[i])->accumulate;
        const struct trace_tensor *const leaf = trace_tensor(run->trace, a->tensor);
        if (a->backward < last) {
            break;
        }
        if (a->backward > last || !leaf || leaf->node != 0) {
            continue;
        }
        const struct trace_value *const value = whole_value(leaf, born);
        if (!value || written + value->count > AT_MOST) {
            return false;
        }
        text_format(out, "%s{\"t\":%lld,\"v\":[", written > 0 ? "," : "", (long long)leaf->id);
        for (size_t k = 0; k < value->count; k++) {
            const double element = trace_element(value, k);
            text_append_string(out, k > 0 ? "," : "");
            text_append_number(out, isfinite(element) ? element : 0);
        }
        text_append_string(out, "]}");
        written += value->count;
    }
    text_append_string(out, "]");
    return true;
}

/* The last pass of that training: the runner keeps it longer than those before. */
static int64_t last_of_training(const struct run_view *run, int64_t backward)
{
    const struct training training = training_of(run, backward);
    int64_t last = trace_backward_count(run->trace);

    while (last > backward && !training_has(run, &training, last)) {
        last--;
    }
    return last;
}

bool fit_question(const struct run_view *run, const struct fit *fit, struct text *out)
{
    const int64_t last = last_of_training(run, fit->backward);
    struct fit latest;

    if (fit->kind != FIT_CLASSES || !fit_find(run, last, &latest) || latest.prediction->node == 0) {
        return false;
    }
    text_format(out, "{\"probe\":\"fit\",\"b\":%lld,\"t\":%lld,\"n\":%lld,\"out\":%d,\"moment\":%u",
                (long long)last, (long long)latest.input->id, (long long)latest.prediction->node,
                latest.prediction->output, moment_of(run, fit));
    write_range(out, "x", fit_range(fit, 0));
    write_range(out, "y", fit_range(fit, 1));
    if (!write_values(run, fit, last, out)) {
        return false;
    }
    text_append_char(out, '}');
    return true;
}
