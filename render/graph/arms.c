/* The arm of an `if` that was not taken. What did not happen is never drawn as a graph: it is a box with the
 * lines that were passed over, which says whose graph went there; if none did, that it has not run. */

#include <stdlib.h>
#include <string.h>

#include "lessons/trace/mask.h"
#include "render/graph/model.h"

/* Boxes; conditions of a frame that are looked at; frames, near first, that are asked whether they took it. */
enum { ARMS_MAX = 4, CONDS_MAX = 64, TAKERS_MAX = 4096, LINE_BYTES = 40 };

/* A condition that decided about an episode, and the arm that it left out. */
struct decision {
    const struct run_view *run;
    const struct episode *episode;
    const struct record_cond *cond;
    uint32_t record;
    struct line_range taken, left;
};

static bool lies_in(const struct span *at, int64_t cell, struct line_range lines)
{
    return at->cell == (int)cell && lines.first > 0 && at->line >= lines.first &&
           at->line <= lines.last;
}

/* The first operation of the episode in those lines of the condition's cell; NULL if none. */
static const struct trace_op *op_in(const struct run_view *run, const struct episode *episode,
                                    int64_t cell, struct line_range lines)
{
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *const op = trace_op(run->trace, episode->ops[i]);
        if (lies_in(&op->record->at, cell, lines)) {
            return op;
        }
    }
    return NULL;
}

static bool same_place(const struct span *a, const struct span *b)
{
    return a->cell == b->cell && a->line == b->line && a->column == b->column;
}

/* Whether a condition of the frame at that place went that way. */
static bool went(const struct run_view *run, size_t frame, const struct span *at, bool value)
{
    const struct film_frame *const shown = film_frame(run->film, frame);

    for (size_t i = 0; i < shown->cond_count && i < CONDS_MAX; i++) {
        const struct record_cond *const cond = &trace_record(run->trace, shown->conds[i])->cond;
        if (same_place(&cond->at, at) && cond->value == value) {
            return true;
        }
    }
    return false;
}

/* The nearest frame of the run that took the arm and has something of it in its graph; *empty: one took it
 * and has nothing. What is behind an open question has not run yet for those who look. */
static size_t find_taker(const struct decision *decision, const struct run_view *run, size_t near,
                         bool *empty)
{
    const size_t count = film_count(run->film);
    const int64_t hidden = film_hidden_from(run->film);

    for (size_t by = 0; by < TAKERS_MAX && (by <= near || near + by < count); by++) {
        const size_t around[] = { near - by, near + by };
        for (int side = 0; side < 2; side++) {
            const size_t frame = around[side];
            if (frame >= count || film_frame(run->film, frame)->cell >= hidden ||
                !went(run, frame, &decision->cond->at, !decision->cond->value)) {
                continue;
            }
            const size_t index = film_frame(run->film, frame)->episode;
            if (index < episodes_count(run->episodes) &&
                op_in(run, episodes_at(run->episodes, index), decision->cond->at.cell,
                      decision->left)) {
                return frame;
            }
            *empty = true;
        }
    }
    return NO_FRAME;
}

/* Whether the condition is about the graph: it asks a tensor, or decides about one of its operations. */
static bool matters(const struct decision *decision)
{
    return strcmp(decision->cond->kind, "while") != 0 && decision->left.first > 0 &&
           (decision->cond->tensor != 0 ||
            op_in(decision->run, decision->episode, decision->cond->at.cell, decision->taken));
}

/* ---- the box ---------------------------------------------------------------------------- */

/* A line of the arm without its indentation, cut; comments of a cell that answers a question are hidden as
 * they are everywhere. */
static const char *line_text(struct graph_model *model, const struct trace_cell *cell, int64_t line)
{
    if (line < 1 || (size_t)line > cell->line_count) {
        return "";
    }
    const char *from = cell->text.bytes + cell->lines[line - 1];
    const char *const end = cell->text.bytes + cell->text.length;
    while (from < end && (*from == ' ' || *from == '\t')) {
        from++;
    }
    size_t length = 0;
    while (from + length < end && from[length] != '\n') {
        length++;
    }
    const char *const comment = cell->masked ? memchr(from, '#', length) : NULL;
    const char *text = arena_copy_text(&model->arena, from, length);
    if (comment) {
        const size_t before = (size_t)(comment - from);
        text = arena_format(&model->arena, "%.*s%s", (int)before, text,
                            trace_masked_text(comment, length - before, &model->arena).bytes);
        length = strlen(text);
    }
    if (length <= LINE_BYTES) {
        return text;
    }
    length = LINE_BYTES;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
        length--;
    }
    return arena_format(&model->arena, "%.*s…", (int)length, text);
}

static struct graph_arm *arm_of(struct graph_model *model, const struct decision *decision)
{
    struct graph_arm *const arm = arena_allocate(&model->arena, 1, sizeof(*arm));
    const struct trace_cell *const cell =
        trace_code_cell(decision->run->trace, decision->cond->at.cell);
    const int64_t first = decision->left.first, count = decision->left.last - first + 1;

    for (int64_t i = 0; cell && i < count && arm->line_count < GRAPH_ARM_LINES; i++) {
        const char *const text = line_text(model, cell, first + i);
        if (text[0]) {
            arm->lines[arm->line_count++] = text;
        }
    }
    if (arm->line_count == GRAPH_ARM_LINES && count > GRAPH_ARM_LINES) {
        arm->lines[arm->line_count - 1] = "…";
    }
    return arm;
}

/* "else: line 17", "if: lines 9–11". */
static const char *title_of(struct graph_model *model, const struct view *view,
                            const struct decision *decision)
{
    const char *const word = decision->cond->value ? "else" : "if";
    const int first = (int)decision->left.first, last = (int)decision->left.last;

    return first == last
               ? arena_format(&model->arena, "%s: %s %d", word, view_word(view, "line"), first)
               : arena_format(&model->arena, "%s: %s %d–%d", word, view_word(view, "lines"), first,
                              last);
}

/* Who went there; NULL: it says nothing about this graph, since what stands in it computes nothing. */
static const char *taker_of(struct graph_model *model, const struct view *view,
                            const struct decision *decision, size_t frame, bool *taken)
{
    bool empty = false;
    size_t taker = find_taker(decision, decision->run, frame, &empty);

    *taken = taker != NO_FRAME;
    if (*taken) {
        return arena_format(&model->arena, "%s %zu %s", view_word(view, "graph"), taker + 1,
                            view_word(view, "went here"));
    }
    if (view->run_count > 1 && view->runs[1].film) {
        taker = find_taker(decision, &view->runs[1], frame, &empty);
        *taken = taker != NO_FRAME;
    }
    if (*taken) {
        const char *const text = view_word(view, "before the change it went here");
        return arena_copy_text(&model->arena, text, strlen(text));
    }
    const char *const text = view_word(view, "has not run");
    return empty ? NULL : arena_copy_text(&model->arena, text, strlen(text));
}

static bool add_arm(struct graph_model *model, const struct view *view,
                    const struct decision *decision, size_t frame)
{
    bool taken;
    const char *const who = taker_of(model, view, decision, frame, &taken);

    if (!who) {
        return false;
    }
    struct graph_card card = { .kind = CARD_ARM,
                               .born = decision->record,
                               .until = NEVER,
                               .label = title_of(model, view, decision),
                               .symbol = "",
                               .formula = "",
                               .shape = "" };
    card.arm = arm_of(model, decision);
    card.arm->who = who;
    card.arm->taken = taken;
    graph_model_add_card(model, &card);
    return true;
}

static struct decision decide(const struct run_view *run, const struct episode *episode,
                              uint32_t record)
{
    const struct record_cond *const cond = &trace_record(run->trace, record)->cond;

    return (struct decision){ .run = run,
                              .episode = episode,
                              .cond = cond,
                              .record = record,
                              .taken = cond->value ? cond->body : cond->otherwise,
                              .left = cond->value ? cond->otherwise : cond->body };
}

void graph_model_add_arms(struct graph_model *model, const struct view *view, size_t index)
{
    const struct run_view *const run = &view->runs[0];
    const size_t frame = run->film ? film_of_episode(run->film, index) : NO_FRAME;
    int added = 0;

    if (frame == NO_FRAME || model->level != GRAPH_MATHEMATICS || film_masked(run->film, frame)) {
        return;
    }
    const struct film_frame *const shown = film_frame(run->film, frame);
    for (size_t i = 0; i < shown->cond_count && i < CONDS_MAX && added < ARMS_MAX; i++) {
        const struct decision decision =
            decide(run, episodes_at(run->episodes, index), shown->conds[i]);
        /* Asked more than once, and answered both ways, both arms have run here. */
        if (matters(&decision) && !went(run, frame, &decision.cond->at, !decision.cond->value)) {
            added += add_arm(model, view, &decision, frame);
        }
    }
}
