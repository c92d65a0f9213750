/* The arrays of a model: they grow, and go with it. */

#include <stdlib.h>

#include "engine/base/memory.h"
#include "render/graph/model.h"

/* Capacities are powers of two from 64 on, so that they need no field of their own. */
static size_t room_for(int count)
{
    size_t room = 64;
    while (room < (size_t)count) {
        room *= 2;
    }
    return count == 0 ? 0 : room;
}

int graph_model_add_card(struct graph_model *model, const struct graph_card *card)
{
    size_t capacity = room_for(model->card_count);
    if ((size_t)model->card_count == capacity) {
        model->cards = memory_resize(model->cards, capacity ? capacity * 2 : 64, sizeof(*card));
    }
    model->cards[model->card_count] = *card;
    return model->card_count++;
}

void graph_model_add_edge(struct graph_model *model, const struct graph_edge *edge)
{
    size_t capacity = room_for(model->edge_count);
    if ((size_t)model->edge_count == capacity) {
        model->edges = memory_resize(model->edges, capacity ? capacity * 2 : 64, sizeof(*edge));
    }
    model->edges[model->edge_count++] = *edge;
}

int graph_model_add_cluster(struct graph_model *model, const struct graph_cluster *cluster)
{
    size_t capacity = room_for(model->cluster_count);
    if ((size_t)model->cluster_count == capacity) {
        model->clusters =
            memory_resize(model->clusters, capacity ? capacity * 2 : 64, sizeof(*cluster));
    }
    model->clusters[model->cluster_count] = *cluster;
    return ++model->cluster_count;
}

void graph_model_finish(struct graph_model *model)
{
    free(model->cards);
    free(model->edges);
    free(model->clusters);
    free(model->hidden);
    id_map_finish(&model->hidden_tensors);
    id_map_finish(&model->hidden_ops);
    id_map_finish(&model->hidden_nodes);
    id_map_finish(&model->homes);
    free(model->home_keys);
    id_map_finish(&model->hidden_parameters);
    arena_finish(&model->arena);
    *model = (struct graph_model){ 0 };
}
