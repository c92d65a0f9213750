#include "engine/tensor/print.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

enum {
    INDENT = 7, /* of "tensor(" */
    CELL_SIZE = NUMBER_FIXED_SIZE,
};

const struct print_options print_options_usual = {
    .precision = 4, .edge_items = 3, .line_width = 80, .threshold = 1000
};

/* How all cells of one tensor are written. */
enum style { STYLE_PLAIN, STYLE_WHOLE, STYLE_FIXED, STYLE_SCIENTIFIC };

struct printer {
    struct text *text;
    enum dtype dtype;
    const struct print_options *options;
    const struct shape *shape;
    const void *elements; /* row-major; floats as double, the others as int64 */
    bool summary;
    enum style style;
    size_t width; /* of a cell */
};

/* ---- one element -------------------------------------------------------------------------------------- */

static size_t append_word(char *out, const char *word)
{
    const size_t length = strlen(word);
    memcpy(out, word, length + 1);
    return length;
}

static size_t format_real(enum style style, int decimals, double value, char *out)
{
    if (isnan(value)) {
        return append_word(out, "nan");
    }
    if (isinf(value)) {
        return append_word(out, value < 0 ? "-inf" : "inf");
    }
    if (style == STYLE_SCIENTIFIC) {
        return number_scientific(out, value, decimals);
    }
    if (style == STYLE_FIXED) {
        return number_fixed(out, value, decimals);
    }
    const size_t length = number_fixed(out, value, 0);
    out[length] = '.';
    return length + 1;
}

/* One cell's text, not padded; returns its length. `out` has CELL_SIZE bytes. */
static size_t format_cell(const struct printer *p, int64_t i, char *out)
{
    if (dtype_is_float(p->dtype)) {
        return format_real(p->style, p->options->precision, ((const double *)p->elements)[i], out);
    }
    const int64_t value = ((const int64_t *)p->elements)[i];
    if (p->dtype == DTYPE_BOOL) {
        return append_word(out, value ? "True" : "False");
    }
    struct text text = { 0 };
    text_format(&text, "%" PRId64, value);
    const size_t length = append_word(out, text_string(&text));
    text_finish(&text);
    return length;
}

static void append_cell(const struct printer *p, int64_t i)
{
    char cell[CELL_SIZE];
    const size_t length = format_cell(p, i, cell);
    for (size_t pad = length; pad < p->width; pad++) {
        text_append_char(p->text, ' ');
    }
    text_append(p->text, cell, length);
}

/* ---- choosing the style: only cells that are shown count ------------------------------------------------ */

static bool is_cut(const struct printer *p, int64_t size)
{
    return p->summary && size > 2 * p->options->edge_items;
}

struct visitor {
    void (*visit)(void *context, const struct printer *p, int64_t i);
    void *context;
};

/* Visits every element that is shown, of those from `at` on that dimensions dim, ... span. */
static void each_shown(const struct printer *p, const struct visitor *visitor, int dim, int64_t at,
                       int64_t step)
{
    if (dim == p->shape->dims) {
        visitor->visit(visitor->context, p, at);
        return;
    }
    const int64_t size = p->shape->size[dim];
    step /= size;
    for (int64_t i = 0; i < size; i++) {
        if (is_cut(p, size) && i == p->options->edge_items) {
            i = size - p->options->edge_items;
        }
        each_shown(p, visitor, dim + 1, at + i * step, step);
    }
}

struct range {
    bool any, all_whole;
    double low, high; /* of the magnitudes of nonzero finite values */
};

static void range_add(void *context, const struct printer *p, int64_t i)
{
    struct range *range = context;
    const double value = ((const double *)p->elements)[i];
    const double size = fabs(value);
    if (value == 0 || !isfinite(value)) {
        return;
    }
    range->low = range->any && range->low < size ? range->low : size;
    range->high = range->any && range->high > size ? range->high : size;
    range->all_whole = (!range->any || range->all_whole) && value == ceil(value);
    range->any = true;
}

static void width_add(void *context, const struct printer *p, int64_t i)
{
    size_t *width = context;
    char cell[CELL_SIZE];
    if (dtype_is_float(p->dtype)) {
        const double value = ((const double *)p->elements)[i];
        if (value == 0 || !isfinite(value)) {
            return;
        }
    }
    const size_t length = format_cell(p, i, cell);
    *width = length > *width ? length : *width;
}

static void choose_style(struct printer *p, int64_t count)
{
    struct range range = { 0 };
    p->style = STYLE_PLAIN;
    p->width = 1;
    if (dtype_is_float(p->dtype)) {
        const struct visitor ranging = { range_add, &range };
        each_shown(p, &ranging, 0, 0, count);
        p->style = STYLE_WHOLE;
        if (range.any) {
            const bool wide = range.high / range.low > 1000 || range.high > 1e8;
            if (wide || (!range.all_whole && range.low < 1e-4)) {
                p->style = STYLE_SCIENTIFIC;
            } else if (!range.all_whole) {
                p->style = STYLE_FIXED;
            }
        }
    }
    const struct visitor measuring = { width_add, &p->width };
    each_shown(p, &measuring, 0, 0, count);
    /* What the lesson asked for does not change the width of a cell: so it is in PyTorch. */
    if (range.any && p->options->scientific != PRINT_SCIENTIFIC_AUTO) {
        const enum style plain = range.all_whole ? STYLE_WHOLE : STYLE_FIXED;
        p->style = p->options->scientific == PRINT_SCIENTIFIC_ON ? STYLE_SCIENTIFIC : plain;
    }
}

/* ---- the body -------------------------------------------------------------------------------------------- */

static void new_line(const struct printer *p, int lines, int indent)
{
    for (int i = 0; i < lines; i++) {
        text_append_char(p->text, '\n');
    }
    for (int i = 0; i < indent; i++) {
        text_append_char(p->text, ' ');
    }
}

static void append_row(const struct printer *p, int64_t at, int indent)
{
    const int64_t size = p->shape->size[p->shape->dims - 1];
    const int64_t fit = (p->options->line_width - indent) / ((int64_t)p->width + 2);
    const int64_t per_line = fit > 1 ? fit : 1;
    int64_t shown = 0;
    text_append_char(p->text, '[');
    for (int64_t i = 0; i < size; i++, shown++) {
        if (shown > 0) {
            text_append_char(p->text, ',');
            if (shown % per_line == 0) {
                new_line(p, 1, indent + 1);
            } else {
                text_append_char(p->text, ' ');
            }
        }
        if (is_cut(p, size) && i == p->options->edge_items) {
            text_append_string(p->text, " ...");
            i = size - p->options->edge_items - 1;
        } else {
            append_cell(p, at + i);
        }
    }
    text_append_char(p->text, ']');
}

/* Dimensions dim, dim + 1, ... from element `at`, which span `count` elements. */
static void append_body(const struct printer *p, int dim, int64_t at, int64_t count, int indent)
{
    const int left = p->shape->dims - dim;
    if (left == 0) {
        append_cell(p, at);
        return;
    }
    if (left == 1) {
        append_row(p, at, indent);
        return;
    }
    const int64_t size = p->shape->size[dim], step = count / size;
    text_append_char(p->text, '[');
    for (int64_t i = 0; i < size; i++) {
        if (i > 0) {
            text_append_char(p->text, ',');
            new_line(p, left - 1, indent + 1);
        }
        if (is_cut(p, size) && i == p->options->edge_items) {
            text_append_string(p->text, "...");
            i = size - p->options->edge_items - 1;
        } else {
            append_body(p, dim + 1, at + i * step, step, indent + 1);
        }
    }
    text_append_char(p->text, ']');
}

/* ---- suffixes ---------------------------------------------------------------------------------------------- */

/* The length of the last line, as PyTorch counts it. */
struct line {
    struct text *text;
    size_t length, width;
};

static void append_suffix(struct line *line, const char *suffix)
{
    const size_t length = strlen(suffix);
    if (line->length + length + 2 > line->width) {
        text_format(line->text, ",\n%*s%s", INDENT, "", suffix);
        line->length = INDENT + length;
    } else {
        text_format(line->text, ", %s", suffix);
        line->length += length + 2;
    }
}

static size_t last_line_length(const struct text *text, size_t start)
{
    size_t begin = text->length;
    while (begin > start && text->bytes[begin - 1] != '\n') {
        begin--;
    }
    return text->length - begin;
}

void backend_append_name(struct text *text, const struct backend *backend)
{
    text_append_string(text, backend->impl->device);
    if (strcmp(backend->impl->device, "cpu") != 0) {
        text_format(text, ":%d", backend->index);
    }
}

static void append_size(struct text *text, const struct shape *shape)
{
    text_append_string(text, "size=(");
    for (int d = 0; d < shape->dims; d++) {
        text_format(text, d > 0 ? ", %" PRId64 : "%" PRId64, shape->size[d]);
    }
    text_append_char(text, ')');
}

static void append_suffixes(struct line *line, const struct tensor *tensor, const char *grad_fn)
{
    const enum dtype usual = tensor->engine->default_dtype, dtype = tensor->dtype;
    const bool empty = tensor->count == 0;
    struct text suffix = { 0 };
    if (tensor_backend(tensor) != engine_cpu(tensor->engine)) {
        text_append_string(&suffix, "device='");
        backend_append_name(&suffix, tensor_backend(tensor));
        text_append_char(&suffix, '\'');
        append_suffix(line, text_string(&suffix));
        text_clear(&suffix);
    }
    if (empty && tensor->shape.dims != 1) {
        append_size(&suffix, &tensor->shape);
        append_suffix(line, text_string(&suffix));
        text_clear(&suffix);
    }
    if (dtype != usual && (empty || (dtype != DTYPE_INT64 && dtype != DTYPE_BOOL))) {
        text_format(&suffix, "dtype=torch.%s", dtype_name(dtype));
        append_suffix(line, text_string(&suffix));
        text_clear(&suffix);
    }
    if (grad_fn) {
        text_format(&suffix, "grad_fn=<%s>", grad_fn);
        append_suffix(line, text_string(&suffix));
    } else if (tensor->requires_grad) {
        append_suffix(line, "requires_grad=True");
    }
    text_finish(&suffix);
}

/* ---- the entry ---------------------------------------------------------------------------------------------- */

/* The elements as doubles, or as int64 for whole numbers; NULL with err. */
static void *read_elements(const struct tensor *tensor, struct error *err)
{
    void *elements = malloc((size_t)tensor->count * sizeof(double));
    if (!elements) {
        error_set_kind(err, ERROR_MEMORY, "no memory to print %" PRId64 " elements", tensor->count);
        return NULL;
    }
    bool ok;
    if (dtype_is_float(tensor->dtype)) {
        ok = tensor_read_real(tensor, elements, err);
    } else {
        ok = tensor_read_whole(tensor, elements, err);
    }
    if (!ok) {
        free(elements);
        return NULL;
    }
    return elements;
}

bool tensor_append_text(struct text *text, const struct tensor *tensor, const char *grad_fn,
                        struct error *err)
{
    const struct print_options *options = &tensor->engine->print;
    void *elements = NULL;
    if (tensor->count > 0) {
        elements = read_elements(tensor, err);
        if (!elements) {
            return false;
        }
    }
    if (tensor->is_parameter) {
        text_append_string(text, "Parameter containing:\n");
    }
    const size_t start = text->length;
    text_append_string(text, "tensor(");
    if (tensor->count == 0) {
        text_append_string(text, "[]");
    } else {
        struct printer printer = { .text = text,
                                   .dtype = tensor->dtype,
                                   .options = options,
                                   .shape = &tensor->shape,
                                   .elements = elements,
                                   .summary = tensor->count > options->threshold };
        choose_style(&printer, tensor->count);
        append_body(&printer, 0, 0, tensor->count, INDENT);
    }
    free(elements);
    /* PyTorch counts the first of the suffixes from two characters too far. */
    struct line line = { text, last_line_length(text, start) + 2, (size_t)options->line_width };
    append_suffixes(&line, tensor, grad_fn);
    text_append_char(text, ')');
    return true;
}

void number_append_python(struct text *text, struct number number)
{
    if (number.kind == NUMBER_BOOL) {
        text_append_string(text, number.integer ? "True" : "False");
        return;
    }
    if (number.kind == NUMBER_INTEGER) {
        text_format(text, "%" PRId64, number.integer);
        return;
    }
    char digits[NUMBER_SIZE];
    const size_t length = number_shortest(digits, number.real);
    text_append(text, digits, length);
    /* repr(3.0) is "3.0"; nan, inf and exponents stay as they are. */
    if (strspn(digits, "-0123456789") == length) {
        text_append_string(text, ".0");
    }
}
