/* Plain numbers that the lesson took out of tensors: they stand behind a cut line. */

#include <string.h>

#include "render/graph/model.h"

struct taking {
    struct graph_model *model;
    const struct trace *trace;
    const struct episode *episode;
    const struct id_map *cards; /* of tensors */
};

/* "float()", ".item()" */
static const char *way_of(const struct taking *taking, const char *by)
{
    const bool method = strcmp(by, "item") == 0 || strcmp(by, "tolist") == 0;
    return arena_format(&taking->model->arena, method ? ".%s()" : "%s()", by);
}

static const char *taken_text(const struct taking *taking, const struct trace_tensor *tensor,
                              uint32_t record)
{
    const struct trace_value *value = trace_value_at(tensor, record);
    return value && value->count == 1
               ? element_in_slot(&taking->model->arena, value->dtype, trace_element(value, 0))
               : "[…]";
}

/* Those taken before the episode, or those since; of each tensor the first that is found. */
static void add_taken_of(const struct taking *taking, bool before, struct id_map *done)
{
    size_t count;
    const uint32_t *records = trace_records_of(taking->trace, RECORD_TAKEN, &count);
    for (size_t i = 0; i < count && taking->model->card_count < GRAPH_CARDS_MAX; i++) {
        const struct record_taken *taken = &trace_record(taking->trace, records[i])->taken;
        const struct trace_tensor *tensor = trace_tensor(taking->trace, taken->tensor);
        const int from = id_map_find(taking->cards, taken->tensor);
        if (from < 0 || (records[i] < taking->episode->first) != before ||
            id_map_find(done, taken->tensor) >= 0) {
            continue;
        }
        id_map_set(done, taken->tensor, 1);
        const int to = graph_model_add_card(
            taking->model, &(struct graph_card){ .kind = CARD_CONSTANT,
                                                 .born = records[i],
                                                 .until = NEVER,
                                                 .label = taken_text(taking, tensor, records[i]),
                                                 .symbol = "",
                                                 .formula = way_of(taking, taken->by),
                                                 .shape = "" });
        graph_model_add_edge(taking->model,
                             &(struct graph_edge){ .from = from, .to = to, .cut = true });
    }
}

/* Where the lesson took plain numbers out of a tracked tensor they stand behind a cut line. A leaf gives
 * other ones in each iteration: what the episode itself took comes first. */
void graph_model_add_taken(struct graph_model *model, const struct trace *trace,
                           const struct episode *episode, const struct id_map *cards)
{
    const struct taking taking = { model, trace, episode, cards };
    struct id_map done = { 0 };

    add_taken_of(&taking, false, &done);
    add_taken_of(&taking, true, &done);
    id_map_finish(&done);
}
