/* Search by name: which cards are meant, lit on the stage, and the field that says how many. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render/graph/paint.h"
#include "render/text/search_text.h"

/* ---- what matches ---------------------------------------------------------------------------- */

static bool tensor_matches(const struct trace *trace, int64_t id, const char *query)
{
    const struct trace_tensor *tensor = trace_tensor(trace, id);
    return tensor && search_text(trace_name_at(trace, tensor, NEVER), query);
}

static bool made_by(const struct trace *trace, int64_t op, int64_t node, const char *query)
{
    const struct trace_op *found = trace_op(trace, op);
    const struct trace_node *made = trace_node(trace, node);
    return (found && search_text(found->record->name, query)) ||
           (made && search_text(made->record->name, query));
}

static bool card_matches(const struct graph_card *card, const struct trace *trace,
                         const char *query)
{
    bool matches = search_text(card->label, query);
    if (card->kind == CARD_CONSTANT || card->kind == CARD_ARM) {
        return matches;
    }
    if (card->group) {
        return matches || search_text(card->group->detail, query);
    }
    for (int i = 0; i < card->parameter_count; i++) {
        matches = matches || tensor_matches(trace, card->parameters[i].tensor, query);
    }
    return matches || tensor_matches(trace, card->tensor, query) ||
           made_by(trace, card->op, card->node, query);
}

/* What stands in a closed box lights the box. */
static void match_hidden(const struct graph_model *model, const struct trace *trace,
                         const char *query, bool *matches)
{
    for (int i = 0; i < model->hidden_count; i++) {
        const struct graph_hidden *hidden = &model->hidden[i];
        if (!matches[hidden->card]) {
            matches[hidden->card] = search_text(hidden->label, query) ||
                                    tensor_matches(trace, hidden->tensor, query) ||
                                    made_by(trace, hidden->op, hidden->node, query);
        }
    }
    for (size_t i = 0; i < model->hidden_parameters.capacity; i++) {
        const int64_t tensor = model->hidden_parameters.ids[i];
        if (tensor && tensor_matches(trace, tensor, query)) {
            matches[model->hidden_parameters.values[i]] = true;
        }
    }
}

static bool holds_match(const struct graph_model *model, int cluster, const bool *matches)
{
    for (int i = 0; i < model->card_count; i++) {
        int around = matches[i] ? model->cards[i].cluster : 0;
        while (around > 0 && around != cluster) {
            around = model->clusters[around - 1].parent;
        }
        if (around == cluster) {
            return true;
        }
    }
    return false;
}

static int by_place(const void *left, const void *right)
{
    const struct graph_match *a = left, *b = right;
    if (a->box.x != b->box.x) {
        return a->box.x < b->box.x ? -1 : 1;
    }
    return a->box.y < b->box.y ? -1 : a->box.y > b->box.y;
}

/* The key of the box at that card if what was found is inside it, and is not the box itself. */
static int64_t hiding_box(const struct view *view, const struct graph_card *card)
{
    const struct trace *trace = view->runs[0].trace;
    return card->group && !card_matches(card, trace, view->state->query) ? card->group->key : 0;
}

/* A frame counts where nothing in it does: else the same place would be found twice. */
static int collect(const struct view *view, const bool *matches, struct graph_match *out)
{
    const struct graph_model *model = graph_picture_model(view->graph);
    const struct layout *layout = graph_picture_layout(view->graph);
    const char *query = view->state->query;
    int count = 0;
    for (int i = 0; i < model->card_count; i++) {
        if (matches[i]) {
            out[count++] = (struct graph_match){ .box = graph_card_body(model, layout, i),
                                                 .tensor = model->cards[i].tensor,
                                                 .fold = hiding_box(view, &model->cards[i]) };
        }
    }
    for (int i = 0; i < model->cluster_count; i++) {
        if (search_text(model->clusters[i].title, query) && !holds_match(model, i + 1, matches)) {
            out[count++] = (struct graph_match){ .box = layout->clusters[i] };
        }
    }
    qsort(out, (size_t)count, sizeof(*out), by_place);
    return count;
}

int graph_search(const struct view *view, const struct graph_match **found)
{
    const struct graph_model *model = graph_picture_model(view->graph);
    const struct run_view *run = &view->runs[0];
    *found = NULL;
    if (!model || !view->state->query[0]) {
        return 0;
    }
    const size_t most = (size_t)(model->card_count + model->cluster_count) + 1;
    struct graph_match *out = arena_allocate(view->arena, most, sizeof(*out));
    bool *matches = arena_allocate(view->arena, most, sizeof(*matches));
    match_hidden(model, run->trace, view->state->query, matches);
    for (int i = 0; i < model->card_count; i++) {
        const struct graph_card *card = &model->cards[i];
        matches[i] = card->born < run->moment &&
                     (matches[i] || card_matches(card, run->trace, view->state->query));
    }
    *found = out;
    return collect(view, matches, out);
}

/* ---- lit ------------------------------------------------------------------------------------- */

static struct rect grown(struct rect rect, float by)
{
    return (struct rect){ rect.x - by, rect.y - by, rect.w + 2 * by, rect.h + 2 * by };
}

static void paint_matches(const struct painter *painter, const struct graph_match *matches,
                          int count)
{
    for (int i = 0; i < count; i++) {
        const bool at = i == painter->view->state->match;
        paint_box(painter, grown(matches[i].box, at ? 7 : 5),
                  &(struct draw_rect){ .radius = 16,
                                       .stroke = INK_SELECTION,
                                       .width = paint_line(painter, at ? 4.5f : 2.2f),
                                       .alpha = at ? 1 : 0.75f });
    }
}

/* ---- the field ------------------------------------------------------------------------------- */

static void paint_lens(struct scene *scene, struct point middle, float r)
{
    const struct point handle[] = { { middle.x + r * 0.65f, middle.y + r * 0.65f },
                                    { middle.x + r * 1.5f, middle.y + r * 1.5f } };
    scene_rect(scene, &(struct draw_rect){ .rect = { middle.x - r, middle.y - r, 2 * r, 2 * r },
                                           .radius = r,
                                           .stroke = INK_TEXT_SECOND,
                                           .width = r * 0.36f });
    scene_path(scene,
               &(struct draw_path){
                   .points = handle, .count = 2, .stroke = INK_TEXT_SECOND, .width = r * 0.36f });
}

/* The tail of the query where it is too long, with the caret behind it. */
static void paint_query(const struct view *view, struct rect box, struct scene *scene)
{
    const float size = view->type.text;
    const char *query = view->state->query;
    while (query[0] && fonts_measure(view->fonts, TYPE_UI, query, strlen(query)) * size > box.w) {
        do {
            query++;
        } while (((unsigned char)*query & 0xC0) == 0x80);
    }
    const float w = fonts_measure(view->fonts, TYPE_UI, query, strlen(query)) * size;
    const bool empty = !query[0];
    scene_text(scene,
               &(struct draw_text){
                   .at = { box.x + (empty ? size * 0.3f : 0), box.y + box.h / 2 + size * 0.36f },
                   .bytes = empty ? view_word(view, "Name or operation") : query,
                   .role = TYPE_UI,
                   .size = size,
                   .ink = empty ? INK_TEXT_SECOND : INK_TEXT,
                   .max_width = box.w + 1 });
    scene_rect(scene, &(struct draw_rect){ .rect = { box.x + w + 1, box.y + box.h / 2 - size * 0.6f,
                                                     fmaxf(size * 0.1f, 1.5f), size * 1.2f },
                                           .fill = INK_SELECTION });
}

static void paint_field(const struct view *view, struct rect area, int count, struct scene *scene)
{
    const float size = view->type.text, pad = size * 0.6f;
    const float w = fminf(size * 20, area.w - 2 * pad), h = size * 2.2f;
    const struct rect box = { area.x + pad, area.y + pad, w, h };
    const char *said = !view->state->query[0] ? ""
                       : count == 0
                           ? view_word(view, "not found")
                           : arena_format(view->arena, "%d / %d", view->state->match + 1, count);
    const float said_w = fonts_measure(view->fonts, TYPE_UI, said, strlen(said)) * size;
    scene_rect(
        scene,
        &(struct draw_rect){
            .rect = box, .radius = h / 4, .fill = INK_CARD, .stroke = INK_SELECTION, .width = 2 });
    paint_lens(scene, (struct point){ box.x + pad + size * 0.35f, box.y + h / 2 - size * 0.1f },
               size * 0.36f);
    scene_text(scene, &(struct draw_text){ .at = { box.x + w - pad, box.y + h / 2 + size * 0.36f },
                                           .bytes = said,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = count == 0 ? INK_ERROR : INK_TEXT_SECOND,
                                           .align = ALIGN_RIGHT });
    const float left = box.x + pad + size * 1.4f;
    paint_query(view, (struct rect){ left, box.y, box.x + w - pad * 1.6f - said_w - left, h },
                scene);
}

void paint_search(const struct painter *painter)
{
    const struct graph_match *matches;
    const int count = graph_search(painter->view, &matches);
    paint_matches(painter, matches, count);
    paint_field(painter->view, painter->area, count, painter->scene);
}
