#include "render/answer.h"

#include <math.h>
#include <string.h>

const struct argument *answer_member(const struct record_probe *probe, const char *name,
                                     enum argument_kind kind)
{
    for (size_t i = 0; i < probe->member_count; i++) {
        const struct argument *const one = &probe->members[i];
        if (one->kind == kind && one->name && strcmp(one->name, name) == 0) {
            return one;
        }
    }
    return NULL;
}

const char *answer_string(const struct record_probe *probe, const char *name)
{
    const struct argument *const found = answer_member(probe, name, ARGUMENT_STRING);

    return found ? found->string.bytes : "";
}

double answer_number(const struct record_probe *probe, const char *name, double fallback)
{
    const struct argument *const found = answer_member(probe, name, ARGUMENT_NUMBER);

    return found ? found->number : fallback;
}

bool answer_truth(const struct record_probe *probe, const char *name)
{
    const struct argument *const found = answer_member(probe, name, ARGUMENT_BOOL);

    return found && found->number != 0;
}

double answer_item(const struct argument *list, size_t index)
{
    const bool there =
        list && index < list->item_count && list->items[index].kind == ARGUMENT_NUMBER;

    return there ? list->items[index].number : NAN;
}

const float *answer_floats(const struct argument *packed, size_t *count, struct arena *arena)
{
    size_t bytes;

    *count = 0;
    if (!packed || packed->kind != ARGUMENT_STRING) {
        return NULL;
    }
    const size_t most = packed->string.length / 4 * 3;
    float *const floats = arena_allocate(arena, most / sizeof(float) + 2, sizeof(float));
    if (!base64_decode(packed->string.bytes, packed->string.length, (uint8_t *)floats, &bytes)) {
        return NULL;
    }
    *count = bytes / sizeof(float);
    return floats;
}
