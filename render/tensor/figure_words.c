/* The chosen cell of a figure as an equation, from recorded numbers only, and only if they agree. */

#include "render/tensor/figure.h"

#include <math.h>
#include <string.h>

#include "render/ledger/chain_element.h"
#include "render/ledger/forward.h"

enum { TERMS_SHOWN = 4, PRODUCTS_SHOWN = 3, WINNERS_SHOWN = 3, LABEL_BYTES = 24 };

/* The number of a part as it stands in its cells. */
static const char *cell_text(const struct figure *figure, const struct figure_part *part,
                             double number)
{
    return element_in_slot(figure->view->arena, part->value->dtype, number);
}

/* The operand that a cell belongs to, with its number; NULL: none is known. */
static const struct figure_part *part_of(const struct figure *figure,
                                         const struct tensor_cell *cell, double *out)
{
    for (int i = 0; i + 1 < figure->count; i++) {
        const struct figure_part *const part = &figure->parts[i];
        if (part->operand == cell->operand && part->tensor &&
            figure_number(part, cell->element, out)) {
            return part;
        }
    }
    return NULL;
}

static bool number_of(const struct figure *figure, const struct tensor_cell *cell, double *out)
{
    return part_of(figure, cell, out) != NULL;
}

static void append_number(const struct figure *figure, struct text *out, double number, bool first)
{
    const char *const text = view_number(figure->view, number);

    text_format(out, text[0] == '-' && !first ? "(%s)" : "%s", text);
}

/* Sources that are values, not indices. */
static const struct tensor_cell *value_at(const struct figure *figure, size_t nth)
{
    for (size_t i = 0; i < figure->linked.count; i++) {
        if (!figure->linked.at[i].index && nth-- == 0) {
            return &figure->linked.at[i];
        }
    }
    return NULL;
}

static size_t value_count(const struct figure *figure)
{
    size_t count = 0;

    for (size_t i = 0; i < figure->linked.count; i++) {
        count += !figure->linked.at[i].index;
    }
    return count;
}

/* Whether of `count` terms the i-th is left out for an ellipsis, which stands for the first of those. */
static bool is_skipped(size_t i, size_t count, size_t shown)
{
    return count > shown && i >= shown - 1 && i + 1 < count;
}

/* "1·1 + 2·2": the k-th source in one operand times the k-th in the other. */
static bool append_products(const struct figure *figure, struct text *out, double *sum)
{
    const size_t count = value_count(figure) / 2;

    *sum = 0;
    for (size_t i = 0; i < count; i++) {
        const struct tensor_cell *const a = value_at(figure, i), *const b =
                                                                     value_at(figure, count + i);
        double left, right;
        if (a->operand == b->operand || !number_of(figure, a, &left) ||
            !number_of(figure, b, &right)) {
            return false;
        }
        *sum += left * right;
        if (!is_skipped(i, count, PRODUCTS_SHOWN)) {
            text_append_string(out, i > 0 ? " + " : "");
            append_number(figure, out, left, i == 0);
            text_append_string(out, "·");
            append_number(figure, out, right, false);
        } else if (i == PRODUCTS_SHOWN - 1) {
            text_append_string(out, " + …");
        }
    }
    return count > 0;
}

/* "1 + 2 + 3" */
static bool append_sum(const struct figure *figure, struct text *out, double *sum)
{
    const size_t count = value_count(figure);

    *sum = 0;
    for (size_t i = 0; i < count; i++) {
        double number;
        if (!number_of(figure, value_at(figure, i), &number)) {
            return false;
        }
        *sum += number;
        if (!is_skipped(i, count, TERMS_SHOWN)) {
            text_append_string(out, i > 0 ? " + " : "");
            append_number(figure, out, number, i == 0);
        } else if (i == TERMS_SHOWN - 1) {
            text_append_string(out, " + …");
        }
    }
    return count > 0;
}

static bool is_named(const struct figure *figure, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(figure->op->record->name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static bool agrees(double a, double b)
{
    return fabs(a - b) <= 1e-4 * fmax(fabs(a), fabs(b)) + 1e-6;
}

/* As the line has them: Python gives 3 * x to x, as x * 3. */
static void turn(struct letters *letters, const struct record_op *record)
{
    const char *const first = letters->of[0];

    if (record->turned) {
        letters->of[0] = letters->of[1];
        letters->of[1] = first;
    }
}

/* Element by element: the formula of the operation with the numbers of this place. */
static bool append_map(const struct figure *figure, struct text *out)
{
    const struct record_op *const record = figure->op->record;
    struct letters letters = { { NULL } };

    for (size_t i = 0; i < record->in_count && i < LETTERS; i++) {
        if (record->in[i].kind == ARGUMENT_NUMBER) {
            letters.of[i] = view_number(figure->view, record->in[i].number);
        }
    }
    for (size_t i = 0; i < figure->linked.count; i++) {
        const struct tensor_cell *const cell = &figure->linked.at[i];
        double number;
        const struct figure_part *const part = part_of(figure, cell, &number);
        if (part && cell->operand < LETTERS) {
            letters.of[cell->operand] = cell_text(figure, part, number);
        }
    }
    turn(&letters, record);
    const char *const filled = forward_filled(figure->op, &letters, figure->view->arena);
    text_append_string(out, filled);
    return filled[0] != '\0';
}

/* "x[0, 1]" */
static bool append_place(const struct figure *figure, const struct tensor_cell *cell,
                         struct text *out)
{
    for (int i = 0; i + 1 < figure->count; i++) {
        const struct figure_part *const part = &figure->parts[i];
        if (part->operand == cell->operand && part->tensor) {
            /* A whole expression would fill the line. */
            const bool named = strlen(part->label) <= LABEL_BYTES;
            text_format(out, "%s%s", named ? chain_factor(part->label, figure->view->arena) : "",
                        element_place(part->tensor, cell->element, figure->view->arena));
            return true;
        }
    }
    return false;
}

/* "max(1, 6, 3)" */
static bool append_extreme(const struct figure *figure, const char *name, double wanted,
                           struct text *out)
{
    const size_t count = value_count(figure);
    bool met = false;

    text_format(out, "%s(", name);
    for (size_t i = 0; i < count; i++) {
        double number;
        if (!number_of(figure, value_at(figure, i), &number)) {
            return false;
        }
        met = met || number == wanted;
        if (!is_skipped(i, count, TERMS_SHOWN)) {
            text_append_string(out, i > 0 ? ", " : "");
            append_number(figure, out, number, true);
        } else if (i == TERMS_SHOWN - 1) {
            text_append_string(out, ", …");
        }
    }
    text_append_char(out, ')');
    return met;
}

/* "max(1, 6, 3) ← x[0, 1]": where several share it, each. */
static void append_winners(const struct figure *figure, struct text *out)
{
    const size_t count = figure->winners.count, shown = count > WINNERS_SHOWN ? 1 : count;

    for (size_t i = 0; i < shown; i++) {
        text_append_string(out, i > 0 ? ", " : " ← ");
        append_place(figure, &figure->winners.at[i], out);
    }
    text_append_string(out, shown < count ? ", …" : "");
}

/* "argmax(1, 6, 3) ← x[0, 1]" */
static bool append_arg(const struct figure *figure, struct text *out)
{
    const size_t count = value_count(figure);
    double number;

    text_format(out, "%s(", figure->op->record->name);
    for (size_t i = 0; i < count; i++) {
        if (!number_of(figure, value_at(figure, i), &number)) {
            return false;
        }
        if (!is_skipped(i, count, TERMS_SHOWN)) {
            text_append_string(out, i > 0 ? ", " : "");
            append_number(figure, out, number, true);
        } else if (i == TERMS_SHOWN - 1) {
            text_append_string(out, ", …");
        }
    }
    text_append_char(out, ')');
    append_winners(figure, out);
    return figure->winners.count > 0;
}

/* "2·6 − 3·5": the four sources of a cross product in their order. */
static bool append_cross(const struct figure *figure, double wanted, struct text *out)
{
    double of[4];

    for (size_t i = 0; i < 4; i++) {
        const struct tensor_cell *const cell = value_at(figure, i);
        if (!cell || !number_of(figure, cell, &of[i])) {
            return false;
        }
        text_append_string(out, i == 2 ? " − " : i > 0 ? "·" : "");
        append_number(figure, out, of[i], i == 0);
    }
    return agrees(of[0] * of[1] - of[2] * of[3], wanted);
}

/* Every cell of a matrix takes part, which no line could write out. */
static void append_whole(const struct figure *figure, struct text *out)
{
    text_format(out, " ← %s %s", view_word(figure->view, "all cells of"), figure->parts[0].label);
}

/* "e^1 / (e^1 + e^2 + e^3)" */
static bool append_softmax(const struct figure *figure, double wanted, struct text *out)
{
    const size_t count = value_count(figure);
    double own = 0, sum = 0, most = -INFINITY;
    bool whole = count > 0 && figure->parts[0].value;

    whole = whole && figure_number(&figure->parts[0], figure->chosen, &own);
    for (size_t i = 0; whole && i < count; i++) {
        double number;
        whole = number_of(figure, value_at(figure, i), &number);
        most = whole ? fmax(most, number) : most;
    }
    text_format(out, "e^%s / (", view_number(figure->view, own));
    for (size_t i = 0; whole && i < count; i++) {
        double number = 0;
        number_of(figure, value_at(figure, i), &number);
        sum += exp(number - most);
        if (!is_skipped(i, count, TERMS_SHOWN)) {
            text_format(out, "%se^%s", i > 0 ? " + " : "", view_number(figure->view, number));
        } else if (i == TERMS_SHOWN - 1) {
            text_append_string(out, " + …");
        }
    }
    text_append_char(out, ')');
    return whole && agrees(exp(own - most) / sum, wanted);
}

/* The right side; false where the operation has none that can be written so. */
static bool append_side(const struct figure *figure, double wanted, struct text *out)
{
    static const char *const products[] = { "mm", "bmm", "mv", "dot", "convolution", NULL };
    static const char *const sums[] = { "sum", "cumsum", NULL };
    static const char *const means[] = { "mean", "avg_pool2d", NULL };
    static const char *const greatest[] = { "max", "amax", "max_pool2d", "cummax", NULL };
    static const char *const least[] = { "min", "amin", "cummin", NULL };
    static const char *const softmax[] = { "softmax", NULL };
    static const char *const args[] = { "argmax", "argmin", NULL };
    static const char *const cross[] = { "cross", NULL };
    double sum = 0;

    if (is_named(figure, greatest) || is_named(figure, least)) {
        const bool met =
            append_extreme(figure, is_named(figure, greatest) ? "max" : "min", wanted, out);
        append_winners(figure, out);
        return met;
    }
    if (is_named(figure, args)) {
        return append_arg(figure, out);
    }
    if (is_named(figure, cross)) {
        return append_cross(figure, wanted, out);
    }
    if (is_named(figure, softmax)) {
        return append_softmax(figure, wanted, out);
    }
    if (strcmp(figure->op->def->provenance, "map") == 0 && figure->op->record->attr_count == 0) {
        return append_map(figure, out);
    }
    if (is_named(figure, products)) {
        return append_products(figure, out, &sum) && agrees(sum, wanted);
    }
    if (is_named(figure, sums)) {
        return append_sum(figure, out, &sum) && agrees(sum, wanted);
    }
    if (is_named(figure, means) && value_count(figure) > 0) {
        text_append_char(out, '(');
        const bool whole = append_sum(figure, out, &sum);
        text_format(out, ") / %zu", value_count(figure));
        return whole && agrees(sum / (double)value_count(figure), wanted);
    }
    return false;
}

/* Of the only value that the cell comes from. */
static bool append_source(const struct figure *figure, struct text *out)
{
    const struct tensor_cell *const cell = value_at(figure, 0);

    return cell && append_place(figure, cell, out);
}

static bool is_copy(const struct figure *figure)
{
    static const char *const choices[] = { "where", "masked_scatter", "masked_fill",
                                           "masked_fill_tensor", NULL };
    const char *const class = figure->op->def->provenance;

    return value_count(figure) == 1 && (is_named(figure, choices) || strcmp(class, "affine") == 0 ||
                                        strcmp(class, "rows") == 0 || strcmp(class, "concat") == 0);
}

/* Whether somebody has chosen the cell, or points at it. */
static bool is_asked(const struct figure *figure)
{
    const struct view_state *const state = figure->view->state;
    const int64_t result = figure->parts[figure->count - 1].tensor->id;

    return state->cell.tensor == result || state->pointed.tensor == result;
}

/* "2 = 2", of what copies its cells. */
static bool says_itself(const struct figure *figure, const char *side, const char *shown)
{
    return strcmp(side, shown) == 0 && !is_asked(figure);
}

/* "same[0]: 2 → 100"; of a cell that the line does not mean nothing. */
static const char *assigned_equation(const struct figure *figure)
{
    const struct figure_part *const result = &figure->parts[figure->count - 1];
    struct arena *const arena = figure->view->arena;
    double before, after;

    for (size_t i = 0; i < figure->linked.count; i++) {
        if (figure->linked.at[i].element == figure->chosen &&
            figure_number(&figure->parts[0], figure->chosen, &before) &&
            figure_number(result, figure->chosen, &after)) {
            return arena_format(arena, "%s%s: %s → %s", chain_factor(result->label, arena),
                                element_place(result->tensor, figure->chosen, arena),
                                cell_text(figure, &figure->parts[0], before),
                                cell_text(figure, result, after));
        }
    }
    return "";
}

const char *figure_equation(const struct figure *figure)
{
    const struct figure_part *const result = &figure->parts[figure->count - 1];
    struct arena *const arena = figure->view->arena;
    struct text side = { 0 };
    static const char *const whole[] = { "det", "inv", "slogdet", "solve", NULL };
    const char *equation = "";
    double number;

    if (figure->assigned) {
        return assigned_equation(figure);
    }
    if (!figure->op || figure->backward || figure->chosen_part != figure->count - 1 ||
        !figure_number(result, figure->chosen, &number)) {
        return "";
    }
    const char *const place = element_place(result->tensor, figure->chosen, arena);
    const char *const shown = cell_text(figure, result, number);
    const bool truth = strcmp(result->value->dtype, "bool") == 0;
    const char *const lead = place[0] ? arena_format(arena, "%s: ", place) : "";
    if (is_copy(figure) && append_source(figure, &side)) {
        equation = arena_format(arena, "%s%s = %s", lead, text_string(&side), shown);
    } else if (append_side(figure, number, &side)) {
        equation = says_itself(figure, text_string(&side), shown) ? ""
                   : truth ? arena_format(arena, "%s(%s) = %s", lead, text_string(&side), shown)
                           : arena_format(arena, "%s%s = %s", lead, shown, text_string(&side));
    } else {
        text_clear(&side);
        append_winners(figure, &side);
        if (is_named(figure, whole) && figure->links && figure->linked.count > 0) {
            append_whole(figure, &side);
        }
        equation = side.length > 0 || (place[0] && is_asked(figure))
                       ? arena_format(arena, "%s%s%s", lead, shown, text_string(&side))
                       : "";
    }
    text_finish(&side);
    return equation;
}
