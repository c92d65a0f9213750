/* The equation of the step in large type: what was computed, formula first, then numbers. */

#include <math.h>
#include <string.h>

#include "render/ghost.h"
#include "render/ledger/chain.h"
#include "render/ledger/checked.h"
#include "render/ledger/equation_error.h"
#include "render/ledger/equation_printed.h"
#include "render/ledger/forward.h"
#include "render/ledger/update.h"
#include "render/lesson/veil.h"
#include "render/sayings.h"
#include "render/screen.h"
#include "render/text/markdown.h"

/* One or two lines, in the ink of their direction. */
struct equation {
    const char *formula, *numbers;
    enum ink ink;
    /* All that a line printed, of which the formula is the first, or that a loop did; NULL: nothing. */
    const char *printed;
};

static const char *label_of(const struct view *view, int64_t id)
{
    return run_label(&view->runs[0], id, view->arena);
}

static struct equation equation_of_op(const struct view *view, const struct trace_op *op)
{
    const struct forward forward = forward_at(view, op);

    return (
        struct equation){ .formula = forward.formula, .numbers = forward.numbers, .ink = INK_TEXT };
}

enum { LINE_BYTES = 44 };

/* Of many elements the chosen one, with its numbers: "[0, 1]: 1·0.5333 + 4·0.5333 = 2.6667". */
static void append_shaped(struct text *out, const struct chain *chain)
{
    text_format(out, "%s: ", chain->place);
    for (size_t i = 0; i < chain->term_count; i++) {
        const struct element_equation *const element = &chain->terms[i].element;
        if (chain->term_count == 1 && element->numbers[0] &&
            strcmp(element->numbers, element->value) != 0) {
            text_format(out, "%s = ",
                        strlen(element->numbers) <= LINE_BYTES ? element->numbers : element->brief);
        }
        if (chain->term_count == 1) {
            text_append_string(out, element->value);
        }
    }
    if (chain->term_count != 1) {
        text_append_string(out, chain->element_sum);
    }
}

/* So many terms that none of them could be read: the first and the last say what the others are. */
static bool is_long_sum(const struct chain *chain)
{
    enum { FORMULA_BYTES = 90 };
    size_t length = 0;

    for (size_t i = 0; i < chain->term_count; i++) {
        length += strlen(chain->terms[i].formula);
    }
    return chain->shaped && chain->term_count > 2 && length > FORMULA_BYTES;
}

/* The terms that came with this step, and the sum once it stands. */
static struct equation equation_of_chain(const struct view *view)
{
    const struct chain_place place = chain_place(&view->runs[0], view->state);
    struct chain chain;
    struct text formula = { 0 }, numbers = { 0 };

    if (!chain_at(&view->runs[0], &place, &chain, view->arena)) {
        return (struct equation){ .formula = "", .numbers = "", .ink = INK_BACKWARD };
    }
    chain_mark_old(view, &chain);
    text_append_string(&formula, chain.of);
    bool numbered = !chain.shaped && chain.term_count > 0;
    const bool long_sum = is_long_sum(&chain);
    for (size_t i = 0; i < chain.term_count; i++) {
        const bool between = long_sum && i > 0 && i + 1 < chain.term_count;
        if (!between || i == 1) {
            text_append_string(&formula, i == 0 ? " = " : " + ");
            text_append_string(&formula, between ? "…" : chain.terms[i].formula);
        }
        numbered = numbered && chain.terms[i].numbers[0];
    }
    for (size_t i = 0; i < chain.term_count && numbered; i++) {
        text_append_string(&numbers, i == 0 ? "" : " + ");
        text_append_string(&numbers, chain.terms[i].numbers);
    }
    if (chain.shaped) {
        append_shaped(&numbers, &chain);
    } else if (chain.term_count == 0) {
        text_append_string(&numbers, chain.sum);
    } else if (chain.term_count == 1 || chain.arrived) {
        const char *const whole = chain.term_count > 1 ? chain.sum : chain.terms[0].value;
        text_format(&numbers, numbers.length > 0 ? " %s" : "%s",
                    numbers.length > 0 ? equals_number(view->arena, whole) : whole);
    }
    const struct equation equation = {
        .formula = arena_copy_text(view->arena, text_string(&formula), formula.length),
        .numbers = numbers.length == 0 ? ""
                   : chain.shaped      ? arena_format(view->arena, "%s", text_string(&numbers))
                                       : equals_number(view->arena, text_string(&numbers)),
        .ink = INK_BACKWARD,
    };
    text_finish(&formula);
    text_finish(&numbers);
    return equation;
}

static struct equation equation_of_accumulate(const struct view *view,
                                              const struct record_accumulate *record)
{
    struct chain chain = { .accumulation = "" };

    struct checked checked;

    const struct chain_place place = { .tensor = record->tensor,
                                       .element = chain_element(view->state, record->tensor) };
    chain_at(&view->runs[0], &place, &chain, view->arena);
    const bool asked = checked_at(&view->runs[0], record->tensor, record->backward, chain.element,
                                  &checked, view->arena);
    return (struct equation){
        .formula = arena_format(view->arena, "%s.grad%s: %s", label_of(view, record->tensor),
                                chain.shaped ? chain.place : "",
                                chain.shaped ? chain.element_accumulation : chain.accumulation),
        .numbers =
            asked ? checked_text(&checked, view->words, view->state->language, view->arena) : "",
        .ink = INK_TEXT,
    };
}

/* The last line of the update, which moves the parameter. */
static struct equation equation_of_step(const struct view *view, uint32_t record)
{
    const struct run_view *const run = &view->runs[0];
    const int64_t tensor = chain_subject(run, view->state);
    const struct update_question question = { record, chain_step_start(run), tensor,
                                              chain_element(view->state, tensor) };
    struct update update;

    if (!update_at(run, &question, &update, view->arena) || update.count == 0) {
        return (struct equation){ .formula = "", .numbers = "", .ink = INK_TEXT };
    }
    const struct update_line *const line = &update.lines[update.count - 1];
    if (!line->value[0]) {
        return (struct equation){
            .formula = arena_format(view->arena, "%s: %s", update.of, line->numbers),
            .numbers = "",
            .ink = INK_TEXT,
        };
    }
    return (struct equation){
        .formula = line->formula,
        .numbers = arena_format(view->arena, "= %s %s", line->numbers,
                                equals_number(view->arena, line->value)),
        .ink = INK_TEXT,
    };
}

/* What was printed, or said of an error, to the letter. */
static struct equation equation_of_text(const struct view *view, const char *all, size_t length)
{
    const char *const shown = arena_format(view->arena, "%.*s", (int)length, all);

    return (struct equation){ .formula = arena_format(view->arena, "%.*s",
                                                      (int)strcspn(shown, "\n"), shown),
                              .numbers = "",
                              .ink = INK_TEXT,
                              .printed = shown[0] ? shown : NULL };
}

/* A print of several lines without the empty ones behind it. */
static struct equation equation_of_output(const struct view *view, uint32_t record)
{
    const struct trace_string text = trace_printed(view->runs[0].trace, record, view->arena);
    size_t length = text.length;

    while (length > 0 && strchr(" \n", text.bytes[length - 1])) {
        length--;
    }
    return equation_of_text(view, text.bytes, length);
}

/* A loop that has ended leaves what it printed. */
static struct equation equation_of_loop(const struct view *view, const struct stop *stop)
{
    const struct run_view *const run = &view->runs[0];
    const struct stop_loop *const loop = stops_loop_ended_by(run->stops, stop);
    const uint32_t since = loop ? stops_iteration(run->stops, loop->first)->begin : run->moment;
    const char *const printed = trace_printed_between(run->trace, since, run->moment, view->arena);

    struct equation equation = equation_of_text(view, printed, strlen(printed));
    equation.formula = "";
    return equation;
}

/* An expression that failed and was caught. */
static struct equation equation_of_failed(const struct view *view,
                                          const struct record_failed *failed)
{
    const char *const text =
        refusal_in(view->words, view->state->language, failed->text.bytes, view->arena);
    const char *const said = arena_format(view->arena, "%s: %s", failed->type, text);

    return equation_of_text(view, said, strcspn(said, "\n"));
}

/* On the stage with cells: the chosen one. */
static struct equation equation_of_cell(const struct view *view, struct equation equation)
{
    const char *const cell = stage_shown(view) == STAGE_TENSOR ? view_tensor_equation(view) : "";

    equation.numbers = cell[0] ? cell : equation.numbers;
    return equation;
}

static struct equation equation_now(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const struct equation nothing = { .formula = "", .numbers = "", .ink = INK_TEXT };

    if (index == SIZE_MAX) {
        return nothing;
    }
    const struct record *const record =
        trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);
    switch ((int)record->kind) {
    case RECORD_OP:
        return equation_of_cell(view, equation_of_op(view, trace_op(run->trace, record->op.op)));
    case RECORD_BACKWARD:
    case RECORD_VISIT:
        return equation_of_chain(view);
    case RECORD_ACCUMULATE:
        return equation_of_accumulate(view, &record->accumulate);
    case RECORD_STEP:
        return equation_of_step(view, stops_at(run->stops, STOP_OPERATION, index)->record);
    case RECORD_OUT:
        return equation_of_output(view, stops_at(run->stops, STOP_OPERATION, index)->record);
    case RECORD_LINE:
        return equation_of_loop(view, stops_at(run->stops, STOP_OPERATION, index));
    case RECORD_FAILED:
        return trace_is_passed_over(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record)
                   ? nothing
                   : equation_of_failed(view, &record->failed);
    default:
        return nothing;
    }
}

/* A line of an equation: `most` is its size where it fits. */
struct written {
    const char *text;
    enum ink ink;
    float y, most;
};

static void write_line(const struct view *view, const struct written *line, struct rect area,
                       struct scene *scene)
{
    scene_text(scene,
               &(struct draw_text){ .at = { area.x, line->y },
                                    .bytes = line->text,
                                    .role = TYPE_MONO,
                                    .size = equation_size(view, line->text, area.w, line->most),
                                    .ink = line->ink,
                                    .max_width = area.w });
}

/* The sentence to remember, once the lesson is over. */
static void write_remember(const struct view *view, const struct trace_cell *cell, struct rect area,
                           struct scene *scene)
{
    static const float smaller = 0.95f;
    const struct trace_string text = veil_cell(view, cell);
    struct view set = *view;
    float height = markdown_draw(&set, text.bytes, text.length, area, NULL);

    while (height > area.h && set.type.text * smaller >= view->type.caption) {
        set.type.text *= smaller;
        height = markdown_draw(&set, text.bytes, text.length, area, NULL);
    }
    area.y += fmaxf((area.h - height) / 2, 0);
    markdown_draw(&set, text.bytes, text.length, area, scene);
}

static const char *result_of(const struct equation *equation)
{
    return equation->numbers[0] ? equation->numbers : equation->formula;
}

/* The line of the run with the number as it was, where it says something else; NULL else. */
static const char *line_before(const struct view *view, const struct equation *now)
{
    struct view before;

    if (!ghost_view(view, &before)) {
        return NULL;
    }
    const struct equation was = equation_now(&before);
    return strcmp(result_of(&was), result_of(now)) != 0 && result_of(&was)[0] ? result_of(&was)
                                                                              : NULL;
}

/* A line of an equation that goes on below itself: the second row stands in by half an em. */
struct block {
    float size;
    int rows;
};
static const float BLOCK_PITCH = 1.28f, BLOCK_IN = 0.5f;

/* Bytes of the first of two rows: up to a sign that stands in no brackets, if that leaves half of the row. */
static size_t first_row(const struct view *view, const char *text, float em)
{
    static const char *const signs[] = { " = ", " + ", " × ", " @ ", " - ", " / " };
    const size_t room = equation_row(view, text, em);
    size_t best = room, depth = 0;

    for (size_t at = 0; at < room && text[room]; at++) {
        depth += text[at] == '(';
        depth -= text[at] == ')' && depth > 0;
        for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]) && depth == 0; i++) {
            const bool here = strncmp(text + at, signs[i], strlen(signs[i])) == 0;
            best = here && at > room / 2 ? at : best;
        }
    }
    return best;
}

static bool fits_two(const struct view *view, const char *text, float em)
{
    const char *rest = text + first_row(view, text, em);

    rest += strspn(rest, " ");
    return fonts_measure(view->fonts, TYPE_MONO, rest, strlen(rest)) <= em;
}

/* On one line in the size of text or larger; what has no room so, in two if they come out larger. */
static struct block block_for(const struct view *view, const char *text, float width, float most,
                              float height)
{
    static const float smaller = 0.96f;
    const float whole = equation_size(view, text, width, most);
    const float em = fonts_measure(view->fonts, TYPE_MONO, text, strlen(text));
    const float least = em * whole > width ? whole : whole * 1.1f;

    for (float size = fminf(view->type.text, most);
         size >= least && whole<view->type.text; size = size> least && size * smaller < least
             ? least
             : size * smaller) {
        if (fits_two(view, text, width / size - BLOCK_IN) && 2 * size * BLOCK_PITCH <= height) {
            return (struct block){ size, 2 };
        }
    }
    return (struct block){ whole, 1 };
}

/* Returns the baseline of what follows. */
static float write_block(const struct view *view, const char *text, enum ink ink,
                         struct block block, struct rect area, float y, struct scene *scene)
{
    float in = 0;

    for (int i = 0; i < block.rows && *text; i++) {
        const bool last = i + 1 == block.rows;
        const size_t length =
            last ? strlen(text) : first_row(view, text, area.w / block.size - BLOCK_IN);
        y += block.size * BLOCK_PITCH;
        scene_text(scene, &(struct draw_text){ .at = { area.x + in, y },
                                               .bytes = text,
                                               .length = length,
                                               .role = TYPE_MONO,
                                               .size = block.size,
                                               .ink = ink,
                                               .max_width = area.w - in });
        text += length;
        text += strspn(text, " ");
        in = block.size * BLOCK_IN;
    }
    return y;
}

/* Where a line would be small or cut: as rows beneath each other. False where no line has to be. */
static bool write_rows(const struct view *view, const struct equation *equation, struct rect area,
                       struct scene *scene)
{
    const float most = view->type.sentence;
    const bool numbered = equation->numbers[0];
    const float beneath =
        numbered ? equation_size(view, equation->numbers, area.w, most) * BLOCK_PITCH : 0;
    const struct block formula = block_for(view, equation->formula, area.w, most, area.h - beneath);
    const float above = (float)formula.rows * formula.size * BLOCK_PITCH;

    const struct block numbers = block_for(view, equation->numbers, area.w, most, area.h - above);
    if (formula.rows == 1 && (!numbered || numbers.rows == 1)) {
        return false;
    }
    const float below = numbered ? (float)numbers.rows * numbers.size * BLOCK_PITCH : 0;
    const float lowered = 0.25f * formula.size; /* rows are higher above the line than below */
    const float y = area.y + (area.h - above - below) / 2 - lowered;
    const float next = write_block(view, equation->formula, equation->ink, formula, area, y, scene);
    if (numbered) {
        write_block(view, equation->numbers, equation->ink, numbers, area, next, scene);
    }
    return true;
}

/* Formula, numbers, and beside a changed number what they were, around the middle of the area. */
static void write_equation(const struct view *view, const struct equation *equation,
                           struct rect area, struct scene *scene)
{
    static const float pitch = 1.35f, one = 0.35f, two = -0.3f;
    const char *const was = line_before(view, equation);
    const float small = view->type.caption, below = was ? small * 1.5f : 0;
    const float rows = equation->numbers[0] ? 2 : 1;
    const float room = was ? (area.h - below) / (rows * pitch) : INFINITY;
    const float size = fminf(view->type.sentence, room);
    const float first = area.y + (area.h - below) / 2 + size * (rows > 1 ? two : one);

    if (!was && write_rows(view, equation, area, scene)) {
        return;
    }
    write_line(view, &(struct written){ equation->formula, equation->ink, first, size }, area,
               scene);
    if (rows > 1) {
        write_line(
            view, &(struct written){ equation->numbers, equation->ink, first + size * pitch, size },
            area, scene);
    }
    if (was) {
        write_line(view,
                   &(struct written){ ghost_text(view, was), INK_TEXT_SECOND,
                                      first + size * (rows - 1) * pitch + small * 1.5f, small },
                   area, scene);
    }
}

void view_equation(const struct view *view, struct rect area, struct scene *scene)
{
    const struct record_error *const error =
        trace_error_at(view->runs[0].trace, view->runs[0].moment);
    const struct equation equation = equation_now(view);
    const float pad = view->type.sentence * EQUATION_PAD;
    const struct rect inner = { area.x + pad, area.y, area.w - 2 * pad, area.h };

    /* Where it has a page of its own, the last step shows what came of it. */
    const bool remembered_later = view->state->told && (equation.printed || equation.formula[0]);

    if (error) {
        equation_error_draw(view, error, inner, scene);
    } else if (card_remember(view) && !remembered_later) {
        write_remember(view, card_remember(view), inner, scene);
    } else if (equation.printed && !line_before(view, &equation)) {
        equation_printed_draw(view, equation.printed, !equation.formula[0], inner, scene);
    } else {
        write_equation(view, &equation, inner, scene);
    }
}

float view_equation_height(const struct view *view, float width)
{
    const struct record_error *const error =
        trace_error_at(view->runs[0].trace, view->runs[0].moment);
    const float inner = width - 2 * EQUATION_PAD * view->type.sentence;

    if (error) {
        return equation_error_height(view, error, inner);
    }
    const struct equation equation = equation_now(view);
    return equation.printed ? equation_printed_error(view, equation.printed, inner) : 0;
}
