#include "render/graph/operands.h"

int operands_collect(const struct argument *arguments, size_t count, struct operand *out,
                     int filled)
{
    for (size_t i = 0; i < count && filled < INPUTS_MAX; i++) {
        switch (arguments[i].kind) {
        case ARGUMENT_TENSOR:
            out[filled++] = (struct operand){ .tensor = arguments[i].id };
            break;
        case ARGUMENT_NUMBER:
            out[filled++] = (struct operand){ .number = arguments[i].number };
            break;
        case ARGUMENT_LIST:
            filled = operands_collect(arguments[i].items, arguments[i].item_count, out, filled);
            break;
        case ARGUMENT_NONE:
        case ARGUMENT_MODULE:
        case ARGUMENT_STRING:
        case ARGUMENT_BOOL:
        case ARGUMENT_OBJECT:
            break;
        }
    }
    return filled;
}
