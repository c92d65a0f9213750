/* Where things are in a model. A few hundred cards are looked through; what stands in closed boxes is
 * indexed. */

#include "render/graph/model.h"

const char *graph_card_label(const struct graph_card *card, uint32_t moment)
{
    return card->former && card->until < moment ? card->former : card->label;
}

int graph_model_find_tensor(const struct graph_model *model, int64_t tensor, uint32_t moment)
{
    int found = -1;
    for (int i = 0; i < model->card_count; i++) {
        const struct graph_card *card = &model->cards[i];
        if (tensor && card->tensor == tensor && (found < 0 || card->born < moment)) {
            found = i;
        }
    }
    return found >= 0 ? found : id_map_find(&model->hidden_tensors, tensor);
}

int graph_model_find_node(const struct graph_model *model, int64_t node)
{
    for (int i = 0; node && i < model->card_count; i++) {
        if (model->cards[i].node == node) {
            return i;
        }
    }
    return id_map_find(&model->hidden_nodes, node);
}

int graph_model_find_op(const struct graph_model *model, int64_t op)
{
    for (int i = 0; op && i < model->card_count; i++) {
        if (model->cards[i].op == op && model->cards[i].kind != CARD_CONSTANT) {
            return i;
        }
    }
    return id_map_find(&model->hidden_ops, op);
}

int graph_model_find_parameter(const struct graph_model *model, int64_t tensor, uint32_t moment)
{
    int found = -1;
    for (int i = 0; i < model->card_count; i++) {
        for (int p = 0; p < model->cards[i].parameter_count; p++) {
            if (model->cards[i].parameters[p].tensor == tensor &&
                (found < 0 || model->cards[i].born < moment)) {
                found = i;
            }
        }
    }
    return found >= 0 ? found : id_map_find(&model->hidden_parameters, tensor);
}

int graph_model_find_open(const struct graph_model *model, int64_t key)
{
    for (int i = 0; i < model->cluster_count; i++) {
        if (model->clusters[i].key == key) {
            return i;
        }
    }
    return -1;
}

int graph_model_find_module(const struct graph_model *model, int64_t module)
{
    for (int i = 0; i < model->cluster_count; i++) {
        if (module && model->clusters[i].module == module) {
            return i;
        }
    }
    return -1;
}

int graph_model_find_closed(const struct graph_model *model, int64_t key)
{
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].group && model->cards[i].group->key == key) {
            return i;
        }
    }
    return -1;
}

int graph_model_find_target(const struct graph_model *model, struct target target)
{
    switch (target.kind) {
    case TARGET_TENSOR:
    case TARGET_DRAWER:
    case TARGET_LEDGER: {
        const int card = graph_model_find_tensor(model, target.id, NEVER);
        return card >= 0 ? card : graph_model_find_parameter(model, target.id, NEVER);
    }
    case TARGET_NODE:
        return graph_model_find_node(model, target.id);
    case TARGET_OP:
    case TARGET_EDGE:
        return graph_model_find_op(model, target.id);
    case TARGET_FOLD:
        return graph_model_find_closed(model, target.id);
    case TARGET_NONE:
    case TARGET_MODULE:
    case TARGET_LINE:
    case TARGET_STOP:
    case TARGET_MOMENT:
    case TARGET_COMMAND:
    case TARGET_PANEL:
    case TARGET_MAP:
    case TARGET_DIVIDER:
    case TARGET_CELL:
    case TARGET_PLACE:
    case TARGET_ELEMENT:
    case TARGET_LESSON:
    case TARGET_ROOM:
    case TARGET_LITERAL:
    case TARGET_PARAM:
    case TARGET_FRAME:
        break;
    }
    return -1;
}
