/* The episode for Graphviz's own tools: every card a node, with all its data as attributes. Nothing of
 * the project reads it back. */

#include <string.h>

#include "engine/base/json.h"
#include "render/graph/moment.h"
#include "render/graph/picture.h"

/* DOT's quoted strings escape only the quote; a backslash would begin an escape of its own. */
static void append_quoted(struct text *out, const char *bytes)
{
    text_append_char(out, '"');
    for (; *bytes; bytes++) {
        if (*bytes == '"' || *bytes == '\\') {
            text_append_char(out, '\\');
        }
        text_append_char(out, *bytes == '\n' ? ' ' : *bytes);
    }
    text_append_char(out, '"');
}

static void append_attribute(struct text *out, const char *name, const char *value)
{
    if (value && value[0]) {
        text_format(out, ", %s=", name);
        append_quoted(out, value);
    }
}

static void append_value(struct text *out, const char *name, const struct trace_value *value)
{
    if (!value) {
        return;
    }
    struct text list = { 0 };
    for (size_t i = 0; i < value->count && i < 64; i++) {
        text_append_string(&list, i > 0 ? " " : "");
        text_append_number(&list, trace_element(value, i));
    }
    append_attribute(out, name, text_string(&list));
    text_finish(&list);
}

static const char *kind_name(enum card_kind kind)
{
    static const char *const names[] = {
        [CARD_LEAF] = "leaf", [CARD_RESULT] = "result",         [CARD_CONSTANT] = "constant",
        [CARD_NODE] = "node", [CARD_ACCUMULATE] = "accumulate", [CARD_GROUP] = "group",
        [CARD_ARM] = "arm",
    };
    return names[kind];
}

static void append_card(struct text *out, const struct trace *trace, const struct graph_card *card,
                        const struct card_moment *now, int index)
{
    const struct trace_tensor *tensor = trace_tensor(trace, card->tensor);
    const struct trace_node *node = trace_node(trace, card->node);
    text_format(out, "  c%d [label=", index);
    append_quoted(out, card->label);
    append_attribute(out, "kind", kind_name(card->kind));
    append_attribute(out, "shape", card->kind == CARD_LEAF ? "box" : "ellipse");
    append_attribute(out, "operation", card->symbol);
    append_attribute(out, "formula", card->formula);
    append_attribute(out, "sizes", card->shape);
    append_attribute(out, "dtype", tensor ? trace_dtype_text(tensor) : "");
    append_attribute(out, "grad_fn", node ? node->record->name : "");
    append_value(out, "value", now->value);
    append_value(out, "gradient", now->arrived);
    append_value(out, "grad", now->drawer.total);
    for (int i = 0; i < card->parameter_count; i++) {
        append_value(out, card->parameters[i].name, now->parameter_values[i]);
        struct text name = { 0 };
        text_format(&name, "%s_grad", card->parameters[i].name);
        append_value(out, text_string(&name), now->parameters[i].total);
        text_finish(&name);
    }
    text_append_string(out, "];\n");
}

static void append_edge(struct text *out, const struct graph_edge *edge,
                        const struct edge_moment *now)
{
    text_format(out, "  c%d -> c%d [operand=\"%d\"", edge->from, edge->to, edge->wire.input);
    append_value(out, "upstream", now->upstream);
    append_value(out, "local", now->local);
    if (now->local_is_number && now->contribution) {
        text_append_string(out, ", local=");
        text_append_number(out, now->local_number);
    }
    append_value(out, "contribution", now->contribution);
    text_append_string(out, "];\n");
}

static void append_graph(struct text *out, const struct graph_model *model, const struct view *view)
{
    struct graph_moment moment;
    graph_moment_read(&moment, model, view, view->runs[0].moment);
    for (int i = 0; i < model->card_count; i++) {
        if (moment.cards[i].visible) {
            append_card(out, view->runs[0].trace, &model->cards[i], &moment.cards[i], i);
        }
    }
    for (int i = 0; i < model->edge_count; i++) {
        if (moment.edges[i].visible) {
            append_edge(out, &model->edges[i], &moment.edges[i]);
        }
    }
}

/* Boxes are closed for people; here stands everything. */
void graph_dot(const struct view *view, struct text *out)
{
    const struct run_view *run = &view->runs[0];
    const size_t index = episodes_index_at(run->episodes, run->moment);
    text_append_string(out, "digraph episode {\n  rankdir=LR;\n");
    if (index != SIZE_MAX) {
        struct graph_model model;
        graph_model_build_whole(&model, view, episodes_at(run->episodes, index));
        append_graph(out, &model, view);
        graph_model_finish(&model);
    }
    text_append_string(out, "}\n");
}
