/* The ledger: the chain rule at a tensor, written out. Formulas first, then numbers; a line for each
 * path, their sum, and what is accumulated. Of a tensor with many elements the chosen one has its
 * equation. In an optimizer's step it is the update that is written out. */

#include <string.h>

#include "lessons/trace/versions.h"
#include "render/device/device.h"
#include "render/ledger/chain.h"
#include "render/ledger/checked.h"
#include "render/ledger/forward.h"
#include "render/ledger/ledger.h"
#include "render/ledger/update.h"
#include "render/screen.h"

/* A value, or the word for a shape and the shape; where that has no room it is left out whole. */
static float write_value(struct ledger *ledger, float x, const char *value, bool shaped,
                         enum ink ink)
{
    const float gap = ledger->view->type.text * 0.4f;

    if (shaped) {
        const char *const word = view_word(ledger->view, "shape");
        const float room =
            ledger_width(ledger, word, TYPE_UI) + gap + ledger_width(ledger, value, TYPE_MONO_BOLD);
        if (x + room > ledger->area.x + ledger->area.w) {
            return x;
        }
        x = ledger_piece(ledger, x, word, TYPE_UI, INK_TEXT_SECOND) + gap;
    }
    return ledger_piece(ledger, x, value, TYPE_MONO_BOLD, ink);
}

static float write_remark(struct ledger *ledger, float x, const char *english)
{
    return ledger_piece(
        ledger, x, arena_format(ledger->view->arena, "   (%s)", view_word(ledger->view, english)),
        TYPE_UI, INK_TEXT_SECOND);
}

/* Goes on in the next line where there is less room than that. */
static float make_room(struct ledger *ledger, float x, float start, float room, bool lit)
{
    if (x <= start || x + room <= ledger->area.x + ledger->area.w) {
        return x;
    }
    ledger_end(ledger);
    ledger_begin(ledger, lit);
    return start;
}

/* ---- the paths ---------------------------------------------------------------------------------- */

static float write_term_result(struct ledger *ledger, float x, const struct chain_term *term)
{
    const float equals = ledger_width(ledger, "  =  ", TYPE_MONO);
    const float left = ledger->area.x + equals;
    if (term->shapes[0]) {
        const float word = ledger_width(ledger, view_word(ledger->view, "shape"), TYPE_UI);
        const float room = equals + word + ledger_width(ledger, term->shapes, TYPE_MONO_BOLD);
        x = make_room(ledger, x, left, room, term->current);
        x = ledger_piece(ledger, x, "   ", TYPE_MONO, INK_TEXT_SECOND);
        return write_value(ledger, x, term->shapes, true, INK_TEXT_SECOND);
    }
    if (term->numbers[0]) {
        const float room = equals + ledger_width(ledger, term->numbers, TYPE_MONO);
        x = make_room(ledger, x, left, room, term->current);
        x = ledger_piece(ledger, x, "  =  ", TYPE_MONO, INK_TEXT_SECOND);
        x = ledger_piece(ledger, x, term->numbers, TYPE_MONO, INK_TEXT);
    }
    if (!term->shaped) {
        const float room = equals + ledger_width(ledger, term->value, TYPE_MONO_BOLD);
        x = make_room(ledger, x, left, room, term->current);
    }
    x = ledger_piece(ledger, x, term->shaped ? "   " : "  =  ", TYPE_MONO, INK_TEXT_SECOND);
    return write_value(ledger, x, term->value, term->shaped,
                       term->shaped ? INK_TEXT_SECOND : INK_BACKWARD);
}

/* "[0, 0] = g[0]·2 = 0.3333" as one text. */
static const char *element_text(const struct ledger *ledger, const struct chain *chain,
                                const struct element_equation *element)
{
    const bool said = element->formula[0] && strcmp(element->formula, "0") != 0;
    const bool calculated = element->numbers[0] && strcmp(element->numbers, element->value) != 0;

    return arena_format(ledger->view->arena, "   %s = %s%s%s%s", chain->place,
                        said ? element->formula : "", said ? " = " : "",
                        calculated ? element->numbers : "", calculated ? " = " : "");
}

/* Where several paths meet, each has one line, if it is long enough. True when it was. */
static bool write_element_beside(struct ledger *ledger, float x, const struct chain *chain,
                                 const struct chain_term *term)
{
    const char *const text = element_text(ledger, chain, &term->element);

    if (chain->term_count < 2 || !chain->place[0] || !term->element.value[0] ||
        x + ledger_width(ledger, text, TYPE_MONO) +
                ledger_width(ledger, term->element.value, TYPE_MONO_BOLD) >
            ledger->area.x + ledger->area.w) {
        return false;
    }
    x = ledger_piece(ledger, x, text, TYPE_MONO, INK_TEXT);
    ledger_piece(ledger, x, term->element.value, TYPE_MONO_BOLD, INK_BACKWARD);
    return true;
}

/* False when the chosen element still wants a line of its own. */
static bool write_term(struct ledger *ledger, const struct chain *chain, size_t index)
{
    const struct chain_term *const term = &chain->terms[index];
    const char *const lead = index == 0 ? " = " : " + ";
    const float x = ledger->area.x;

    ledger_begin(ledger, term->current);
    ledger_speaks_of(ledger, term->through);
    const float indent = ledger_width(ledger, chain->of, TYPE_MONO_BOLD);
    if (index == 0) {
        ledger_piece(ledger, x, chain->of, TYPE_MONO_BOLD, INK_BACKWARD);
    }
    const float after = ledger_piece(ledger, x + indent, lead, TYPE_MONO, INK_TEXT);
    const float end = ledger_piece(ledger, after, term->formula, TYPE_MONO, INK_TEXT);
    const bool whole = write_element_beside(ledger, end, chain, term);
    if (!whole) {
        write_term_result(ledger, end, term);
    }
    ledger_end(ledger);
    return whole || !chain->place[0] || !term->element.value[0];
}

/* An equation of one element, in the ink of its direction. */
struct spelled {
    const char *place, *legend;
    const struct element_equation *element;
    enum ink ink;
    bool lit;
};

/* "[0, 1] = x[0, 0]·g[0, 1] + …": the numbers go to a line of their own where both do not fit. */
static void spell_element(struct ledger *ledger, const struct spelled *spelled)
{
    const struct view *const view = ledger->view;
    const struct element_equation *const element = spelled->element;
    const float left = ledger->area.x + view->type.text * 1.5f;
    const bool calculated = element->numbers[0] && strcmp(element->numbers, element->value) != 0;
    const char *const formula = arena_format(view->arena, "%s = ", element->formula);
    const char *const numbers =
        calculated ? arena_format(view->arena, "%s = ", element->numbers) : "";

    ledger_begin(ledger, spelled->lit);
    float x = ledger_piece(ledger, left, arena_format(view->arena, "%s = ", spelled->place),
                           TYPE_MONO_BOLD, INK_SELECTION);
    const float start = x;
    if (element->formula[0] && strcmp(element->formula, "0") != 0) {
        x = ledger_sum(ledger, x, start, formula, spelled->lit);
        x = make_room(ledger, x, start,
                      ledger_width(ledger, numbers, TYPE_MONO) + view->type.text * 6, spelled->lit);
        x = ledger_sum(ledger, x, start, numbers, spelled->lit);
    }
    x = make_room(ledger, x, start, ledger_width(ledger, element->value, TYPE_MONO_BOLD),
                  spelled->lit);
    x = ledger_piece(ledger, x, element->value, TYPE_MONO_BOLD, spelled->ink);
    if (x + ledger_width(ledger, spelled->legend, TYPE_MONO) <= ledger->area.x + ledger->area.w) {
        ledger_piece(ledger, x, spelled->legend, TYPE_MONO, INK_TEXT_SECOND);
    }
    ledger_end(ledger);
}

static void write_element(struct ledger *ledger, const struct chain *chain, size_t index)
{
    const struct chain_term *const term = &chain->terms[index];
    const bool named = strchr(term->element.formula, 'g');
    const char *const legend =
        named ? arena_format(ledger->view->arena, "   g %s",
                             equals_number(ledger->view->arena, term->upstream))
              : "";

    spell_element(ledger, &(struct spelled){ .place = chain->place,
                                             .legend = legend,
                                             .element = &term->element,
                                             .ink = INK_BACKWARD,
                                             .lit = term->current });
}

static void write_sum(struct ledger *ledger, const struct chain *chain)
{
    const bool element = chain->place[0] && chain->element_sum[0] && chain->shaped;

    ledger_begin(ledger, false);
    float x = ledger_piece(ledger, ledger->area.x, chain->of, TYPE_MONO_BOLD, INK_BACKWARD);
    if (element) {
        x = ledger_piece(ledger, x, chain->place, TYPE_MONO_BOLD, INK_SELECTION);
    }
    x = ledger_piece(ledger, x, " = ", TYPE_MONO, INK_TEXT);
    x = write_value(ledger, x, element ? chain->element_sum : chain->sum, chain->shaped && !element,
                    INK_BACKWARD);
    if (chain->term_count > 1) {
        write_remark(ledger, x, WORD("sum over paths"));
    }
    ledger_end(ledger);
}

static void write_accumulation(struct ledger *ledger, const struct chain *chain)
{
    const char *const label =
        run_label(&ledger->view->runs[0], ledger->subject, ledger->view->arena);
    const bool element = chain->place[0] && chain->element_accumulation[0] && chain->shaped;

    ledger_begin(ledger, false);
    float x =
        ledger_piece(ledger, ledger->area.x, arena_format(ledger->view->arena, "%s.grad", label),
                     TYPE_MONO_BOLD, INK_TEXT);
    if (element) {
        x = ledger_piece(ledger, x, chain->place, TYPE_MONO_BOLD, INK_SELECTION);
    }
    x = ledger_piece(ledger, x, ": ", TYPE_MONO, INK_TEXT);
    x = write_value(ledger, x, element ? chain->element_accumulation : chain->accumulation,
                    chain->shaped && !element, INK_TEXT);
    write_remark(ledger, x,
                 chain->accumulated ? WORD("accumulated into .grad") : WORD("stored in .grad"));
    ledger_end(ledger);
}

static void write_note(struct ledger *ledger, const char *english)
{
    ledger_begin(ledger, false);
    ledger_piece(ledger, ledger->area.x, view_word(ledger->view, english), TYPE_UI,
                 INK_TEXT_SECOND);
    ledger_end(ledger);
}

/* How the value came about: "z = y * y * 3  = 9 · 3 = 27". */
static void write_forward(struct ledger *ledger, const struct trace_op *op)
{
    const struct forward forward = forward_at(ledger->view, op);
    const float gap = ledger->view->type.text;

    ledger_begin(ledger, false);
    ledger_speaks_of(ledger, ledger->subject);
    float x = ledger_piece(ledger, ledger->area.x, forward.formula, TYPE_MONO, INK_TEXT) + gap;
    x = make_room(ledger, x, ledger->area.x + gap,
                  ledger_width(ledger, forward.numbers, TYPE_MONO_BOLD), false);
    ledger_piece(ledger, x, forward.numbers, TYPE_MONO_BOLD, INK_FORWARD);
    ledger_end(ledger);
}

/* And what a device had to do for it. */
static void write_work(struct ledger *ledger, const struct trace_op *op)
{
    const char *const text = device_work_text(ledger->view, op);

    if (text[0]) {
        ledger_begin(ledger, false);
        ledger_piece(ledger, ledger->area.x, text, TYPE_UI, INK_TEXT_SECOND);
        ledger_end(ledger);
    }
}

/* Of a result with many elements the chosen one, as the operation computed it. */
static void write_result(struct ledger *ledger, const struct trace_op *op, const char *label,
                         int64_t element)
{
    const struct view *const view = ledger->view;
    const struct trace_tensor *const out = trace_tensor(view->runs[0].trace, ledger->subject);
    struct element_equation one;

    if (!out || out->count <= 1 || trace_op_result(op) != ledger->subject || element < 0 ||
        element >= out->count) {
        return;
    }
    one = element_equation_of_result(&view->runs[0], op, element, view->arena);
    if (one.formula[0]) {
        spell_element(ledger, &(struct spelled){
                                  .place = arena_format(view->arena, "%s%s", label,
                                                        element_place(out, element, view->arena)),
                                  .legend = "",
                                  .element = &one,
                                  .ink = INK_FORWARD });
    }
}

/* ---- finite differences ------------------------------------------------------------------------- */

static void write_button(struct ledger *ledger)
{
    const float size = ledger->view->type.text;
    const char *const text = view_word(ledger->view, "Check by finite differences (V)");
    const float w = ledger_width(ledger, text, TYPE_UI) + size * 1.6f;
    const struct rect box = { ledger->area.x, ledger->y - size * 1.05f, w, size * 1.5f };

    ledger_begin(ledger, false);
    scene_group(ledger->scene,
                &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = BUTTON_CHECK },
                                      .bounds = box,
                                      .title = text });
    scene_rect(ledger->scene,
               &(struct draw_rect){
                   .rect = box, .radius = box.h / 2, .fill = INK_CARD, .stroke = INK_CARD_LINE });
    ledger_piece(ledger, box.x + size * 0.8f, text, TYPE_UI, INK_TEXT);
    scene_group_end(ledger->scene);
    ledger_end(ledger);
}

static void write_answer(struct ledger *ledger, const struct checked *checked)
{
    const struct view *const view = ledger->view;
    const char *const text = checked_text(checked, view->words, view->state->language, view->arena);
    const enum ink ink = !checked->ran ? INK_TEXT_SECOND : checked->agrees ? INK_DONE : INK_TEXT;

    ledger_begin(ledger, false);
    ledger_piece(ledger, ledger->area.x, text, checked->ran ? TYPE_UI_BOLD : TYPE_UI, ink);
    ledger_end(ledger);
}

/* Only of what a backward has sent to a leaf, and once the run is over: before, nobody could tell. */
static void write_check(struct ledger *ledger, const struct chain *chain)
{
    const struct run_view *const run = &ledger->view->runs[0];
    const struct trace_backward *const backward = trace_last_backward_at(run->trace, run->moment);
    struct checked checked;

    if (!chain->accumulation[0] || !backward) {
        return;
    }
    if (checked_at(run, ledger->subject, backward->id, chain->element, &checked,
                   ledger->view->arena)) {
        write_answer(ledger, &checked);
    } else if (trace_ending(run->trace)->ended && ledger->view->state->mode == SCREEN_EXPLORE) {
        write_button(ledger);
    }
}

/* ---- backward ----------------------------------------------------------------------------------- */

/* The cells of the gradient that has arrived, to choose from. */
static void draw_gradient_grid(struct ledger *ledger, const struct chain *chain)
{
    const struct trace *const trace = ledger->view->runs[0].trace;
    const struct trace_tensor *const sum = trace_tensor(trace, chain->gradient);

    if (chain->place[0] && sum) {
        ledger_draw_grid(ledger, &(struct ledger_grid){ .title = chain->of,
                                                        .ink = INK_BACKWARD,
                                                        .of = ledger->subject,
                                                        .tensor = sum,
                                                        .value = trace_value_at(sum, NEVER),
                                                        .chosen = chain->element });
    }
}

/* Paths of tensors take several lines each: what they add up to stands before them, in sight. */
static void write_chain(struct ledger *ledger, const struct chain *chain)
{
    const bool summed = chain->is_root || (chain->arrived && chain->term_count > 1);
    const bool sum_first = summed && chain->shaped && chain->term_count > 1;

    if (sum_first) {
        write_sum(ledger, chain);
    }
    for (size_t i = 0; i < chain->term_count; i++) {
        if (!write_term(ledger, chain, i)) {
            write_element(ledger, chain, i);
        }
    }
    if (summed && !sum_first) {
        write_sum(ledger, chain);
    }
    if (chain->accumulation[0]) {
        write_accumulation(ledger, chain);
    }
    write_check(ledger, chain);
}

/* ---- an optimizer's step ------------------------------------------------------------------------ */

static void write_update_line(struct ledger *ledger, const struct update_line *line, bool last)
{
    float x = ledger->area.x + ledger->view->type.text * 1.5f;

    ledger_begin(ledger, last);
    x = ledger_piece(ledger, x, line->formula, TYPE_MONO, INK_TEXT);
    const float room = ledger_width(ledger, line->numbers, TYPE_MONO) +
                       ledger_width(ledger, "  =    =  ", TYPE_MONO) +
                       ledger_width(ledger, line->value, TYPE_MONO_BOLD);
    if (line->value[0] && x + room > ledger->area.x + ledger->area.w) {
        ledger_end(ledger);
        ledger_begin(ledger, last);
        x = ledger->area.x + ledger->view->type.text * 3;
    }
    x = ledger_piece(ledger, x, line->value[0] ? "  =  " : ": ", TYPE_MONO, INK_TEXT_SECOND);
    x = ledger_piece(ledger, x, line->numbers, TYPE_MONO, INK_TEXT);
    if (line->value[0] && strcmp(line->numbers, line->value) != 0) {
        x = ledger_piece(ledger, x, "  =  ", TYPE_MONO, INK_TEXT_SECOND);
        ledger_piece(ledger, x, line->value, TYPE_MONO_BOLD, INK_FORWARD);
    }
    ledger_end(ledger);
}

/* The cells of the parameter as it is now. */
static void draw_value_grid(struct ledger *ledger, int64_t element)
{
    const struct run_view *const run = &ledger->view->runs[0];
    const struct trace_tensor *const tensor = trace_tensor(run->trace, ledger->subject);

    if (tensor && tensor->count > 1) {
        ledger_draw_grid(
            ledger, &(struct ledger_grid){ .title = run_label(run, tensor->id, ledger->view->arena),
                                           .of = tensor->id,
                                           .tensor = tensor,
                                           .value = trace_value_at(tensor, run->moment),
                                           .ink = INK_TEXT,
                                           .chosen = element });
    }
}

static bool write_update(struct ledger *ledger, uint32_t record)
{
    const struct run_view *const run = &ledger->view->runs[0];
    const int64_t element = chain_element(ledger->view->state, ledger->subject);
    const struct update_question question = { record, chain_step_start(run), ledger->subject,
                                              element };
    struct update update;

    if (!update_at(run, &question, &update, ledger->view->arena)) {
        return false;
    }
    draw_value_grid(ledger, update.element);
    ledger_begin(ledger, false);
    const float x = ledger_piece(ledger, ledger->area.x, update.of, TYPE_MONO_BOLD, INK_TEXT);
    ledger_piece(ledger, x, arena_format(ledger->view->arena, "   %s.step()", update.class_name),
                 TYPE_MONO, INK_TEXT_SECOND);
    ledger_end(ledger);
    for (int i = 0; i < update.count; i++) {
        write_update_line(ledger, &update.lines[i], i + 1 == update.count);
    }
    if (update.grad[0]) {
        ledger_begin(ledger, false);
        const float after =
            ledger_piece(ledger, ledger->area.x,
                         arena_format(ledger->view->arena, "grad %s",
                                      equals_number(ledger->view->arena, update.grad)),
                         TYPE_MONO, INK_TEXT);
        write_remark(ledger, after, WORD("stays until zero_grad"));
        ledger_end(ledger);
    }
    return true;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

/* The record of the step that ends at the moment, if that is an optimizer's; NEVER. */
static uint32_t optimizer_step(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);
    const uint32_t record =
        index == SIZE_MAX ? NEVER : stops_at(run->stops, STOP_OPERATION, index)->record;

    return record != NEVER && trace_record(run->trace, record)->kind == RECORD_STEP ? record
                                                                                    : NEVER;
}

/* The operation that made the value which the ledger is about. */
static const struct trace_op *computed_by(const struct run_view *run,
                                          const struct chain_place *place)
{
    const struct trace_tensor *const tensor = trace_tensor(run->trace, place->tensor);
    const int64_t now = tensor ? trace_last_grad_fn_at(tensor, run->moment) : 0;
    const struct trace_node *const node = trace_node(run->trace, place->node ? place->node : now);

    return node && node->op ? trace_op(run->trace, node->op)
           : tensor         ? trace_op(run->trace, tensor->op)
                            : NULL;
}

static void write_gradient(struct ledger *ledger, const struct chain_place *place)
{
    const struct view *const view = ledger->view;
    const struct run_view *const run = &view->runs[0];
    const struct trace_op *computed = NULL;
    const struct trace_op *const op = computed_by(run, place);
    const int64_t chosen = place->element;
    struct chain chain;

    const bool concerned = chain_at(run, place, &chain, view->arena);
    if (concerned) {
        chain_mark_old(view, &chain);
        draw_gradient_grid(ledger, &chain);
    }
    if (op && op->born < run->moment && strcmp(op->def->provenance, "create") != 0) {
        computed = op;
        write_forward(ledger, op);
        write_work(ledger, op);
    }
    if (computed && !concerned) {
        write_result(ledger, computed, "", chosen >= 0 ? chosen : 0);
    }
    if (!trace_last_backward_at(run->trace, run->moment)) {
        write_note(ledger, WORD("backward() has not been called yet."));
    } else if (concerned) {
        write_chain(ledger, &chain);
        if (computed) { /* last: the step is about the gradient */
            write_result(ledger, computed,
                         chain_factor(chain_name(run, ledger->subject, view->arena), view->arena),
                         chain.element);
        }
    } else if (!op) {
        write_note(ledger,
                   WORD("Select a tensor of the graph to see how its gradient is computed."));
    }
}

void view_ledger(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *const run = &view->runs[0];
    const float size = view->type.text;
    const struct chain_place place = chain_place(run, view->state);
    struct ledger ledger = { .view = view,
                             .scene = scene,
                             .area = { area.x + size, area.y, area.w - 2 * size, area.h },
                             .y = area.y + size * 1.3f - view->state->ledger_scroll,
                             .subject = place.tensor };
    const uint32_t step = optimizer_step(run);

    if (step == NEVER || !write_update(&ledger, step)) {
        write_gradient(&ledger, &place);
    }
}
