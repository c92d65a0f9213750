/* The ledger: the chain rule at a tensor, written out. Formulas first, then numbers; a line for each
 * path, their sum, and what is accumulated. */

#include <string.h>

#include "render/chain.h"
#include "render/forward.h"
#include "render/screen.h"

static const float PITCH = 1.5f; /* of lines, in em */

struct ledger {
    const struct view *view;
    struct scene *scene;
    struct rect area;
    float y;
    int64_t subject;
    int line;
};

static float write_piece(struct ledger *ledger, float x, const char *text, enum type_role role,
                         enum ink ink)
{
    const float size = ledger->view->type.text;
    const float room = ledger->area.x + ledger->area.w - x;

    if (room <= size || !text[0]) {
        return x;
    }
    scene_text(ledger->scene, &(struct draw_text){ .at = { x, ledger->y },
                                                   .bytes = text,
                                                   .role = role,
                                                   .size = size,
                                                   .ink = ink,
                                                   .max_width = room });
    return x + fonts_measure(ledger->view->fonts, role, text, strlen(text)) * size;
}

static void begin_line(struct ledger *ledger, bool lit)
{
    const float size = ledger->view->type.text, pitch = size * PITCH;
    const struct rect row = { ledger->area.x - size / 2, ledger->y - size * 1.08f,
                              ledger->area.w + size, pitch };

    scene_group(ledger->scene, &(struct draw_group){ .target = { .kind = TARGET_LEDGER,
                                                                 .id = ledger->subject,
                                                                 .part = ledger->line },
                                                     .bounds = row });
    if (lit) {
        scene_rect(ledger->scene, &(struct draw_rect){
                                      .rect = row, .radius = size / 3, .fill = INK_BACKWARD_SOFT });
    }
}

static void end_line(struct ledger *ledger)
{
    scene_group_end(ledger->scene);
    ledger->y += ledger->view->type.text * PITCH;
    ledger->line++;
}

/* A value, or the word for a shape and the shape. */
static float write_value(struct ledger *ledger, float x, const char *value, bool shaped,
                         enum ink ink)
{
    if (shaped) {
        x = write_piece(ledger, x, view_word(ledger->view, "shape"), TYPE_UI, INK_TEXT_SECOND);
        x += ledger->view->type.text * 0.4f;
    }
    return write_piece(ledger, x, value, TYPE_MONO_BOLD, ink);
}

static void write_term(struct ledger *ledger, const struct chain *chain, size_t index)
{
    const struct chain_term *const term = &chain->terms[index];
    const char *const lead = index == 0 ? " = " : " + ";
    float x = ledger->area.x;

    begin_line(ledger, term->current);
    const float indent =
        fonts_measure(ledger->view->fonts, TYPE_MONO_BOLD, chain->of, strlen(chain->of)) *
        ledger->view->type.text;
    if (index == 0) {
        write_piece(ledger, x, chain->of, TYPE_MONO_BOLD, INK_BACKWARD);
    }
    x = write_piece(ledger, x + indent, lead, TYPE_MONO, INK_TEXT);
    x = write_piece(ledger, x, term->formula, TYPE_MONO, INK_TEXT);
    if (term->numbers[0]) {
        x = write_piece(ledger, x, "  =  ", TYPE_MONO, INK_TEXT_SECOND);
        x = write_piece(ledger, x, term->numbers, TYPE_MONO, INK_TEXT);
    }
    x = write_piece(ledger, x, term->shaped ? "   " : "  =  ", TYPE_MONO, INK_TEXT_SECOND);
    write_value(ledger, x, term->value, term->shaped, INK_BACKWARD);
    end_line(ledger);
}

static void write_sum(struct ledger *ledger, const struct chain *chain)
{
    begin_line(ledger, false);
    float x = write_piece(ledger, ledger->area.x, chain->of, TYPE_MONO_BOLD, INK_BACKWARD);
    x = write_piece(ledger, x, chain->shaped ? "   " : " = ", TYPE_MONO, INK_TEXT);
    x = write_value(ledger, x, chain->sum, chain->shaped, INK_BACKWARD);
    if (chain->term_count > 1) {
        write_piece(
            ledger, x,
            arena_format(ledger->view->arena, "   (%s)", view_word(ledger->view, "sum over paths")),
            TYPE_UI, INK_TEXT_SECOND);
    }
    end_line(ledger);
}

static void write_accumulation(struct ledger *ledger, const struct chain *chain)
{
    const struct trace_tensor *const tensor =
        trace_tensor(ledger->view->runs[0].trace, ledger->subject);
    const char *const label =
        trace_tensor_label(ledger->view->runs[0].trace, tensor, ledger->view->arena);

    begin_line(ledger, false);
    float x =
        write_piece(ledger, ledger->area.x, arena_format(ledger->view->arena, "%s.grad", label),
                    TYPE_MONO_BOLD, INK_TEXT);
    x = write_piece(ledger, x, ": ", TYPE_MONO, INK_TEXT);
    x = write_value(ledger, x, chain->accumulation, chain->shaped, INK_TEXT);
    const char *const what = chain->accumulated ? view_word(ledger->view, "accumulated into .grad")
                                                : view_word(ledger->view, "stored in .grad");
    write_piece(ledger, x, arena_format(ledger->view->arena, "   (%s)", what), TYPE_UI,
                INK_TEXT_SECOND);
    end_line(ledger);
}

static void write_note(struct ledger *ledger, const char *english)
{
    begin_line(ledger, false);
    write_piece(ledger, ledger->area.x, view_word(ledger->view, english), TYPE_UI, INK_TEXT_SECOND);
    end_line(ledger);
}

/* How the value came about: "z = y * y * 3  = 9 · 3 = 27". */
static void write_forward(struct ledger *ledger, const struct trace_op *op)
{
    const struct forward forward = forward_at(ledger->view, op);

    begin_line(ledger, false);
    const float x = write_piece(ledger, ledger->area.x, forward.formula, TYPE_MONO, INK_TEXT);
    write_piece(ledger, x + ledger->view->type.text, forward.numbers, TYPE_MONO_BOLD, INK_FORWARD);
    end_line(ledger);
}

static void write_chain(struct ledger *ledger, const struct chain *chain)
{
    for (size_t i = 0; i < chain->term_count; i++) {
        write_term(ledger, chain, i);
    }
    if (chain->is_root || (chain->arrived && chain->term_count > 1)) {
        write_sum(ledger, chain);
    }
    if (chain->accumulation[0]) {
        write_accumulation(ledger, chain);
    }
}

void view_ledger(const struct view *view, struct rect area, struct scene *scene)
{
    const struct run_view *const run = &view->runs[0];
    const float size = view->type.text;
    struct ledger ledger = { .view = view,
                             .scene = scene,
                             .area = { area.x + size, area.y, area.w - 2 * size, area.h },
                             .y = area.y + size * 1.3f - view->state->ledger_scroll,
                             .subject = chain_subject(run, view->state) };
    const struct trace_tensor *const subject = trace_tensor(run->trace, ledger.subject);
    const struct trace_op *const op = subject ? trace_op(run->trace, subject->op) : NULL;
    struct chain chain;

    if (op && op->born < run->moment && strcmp(op->def->provenance, "create") != 0) {
        write_forward(&ledger, op);
    }
    if (!trace_last_backward_at(run->trace, run->moment)) {
        write_note(&ledger, WORD("backward() has not been called yet."));
    } else if (ledger.subject && chain_at(run, ledger.subject, &chain, view->arena)) {
        write_chain(&ledger, &chain);
    } else if (!op) {
        write_note(&ledger,
                   WORD("Select a tensor of the graph to see how its gradient is computed."));
    }
}
