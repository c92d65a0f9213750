/* A model of an episode: its cards, folded and with sizes. */

#include "render/graph/model.h"

void graph_model_build_whole(struct graph_model *model, const struct view *view,
                             const struct episode *episode)
{
    *model = (struct graph_model){ .level = view->state->level };
    if (model->level == GRAPH_PYTORCH) {
        graph_model_add_nodes(model, view, episode);
    } else {
        graph_model_add_mathematics(model, view, episode);
    }
}

void graph_model_build(struct graph_model *model, const struct view *view,
                       const struct episode *episode, struct graph_units units)
{
    graph_model_build_whole(model, view, episode);
    model->units = units;
    graph_model_fold(model, view);
    graph_model_add_arms(model, view, (size_t)(episode - episodes_at(view->runs[0].episodes, 0)));
    graph_form_cards(model, view);
}
