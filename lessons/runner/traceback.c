#include "lessons/runner/traceback.h"

#include <stdlib.h>

#include <frameobject.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

enum { SIMILAR_MAX = 3 };

/* A step, to be sorted by its place. */
struct placed {
    const PyCodeObject *code;
    int line;
    size_t index;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *one = a, *other = b;
    if (one->code != other->code) {
        return one->code < other->code ? -1 : 1;
    }
    if (one->line != other->line) {
        return one->line < other->line ? -1 : 1;
    }
    return one->index < other->index ? -1 : 1;
}

static void number_places(struct traceback *steps)
{
    struct placed *placed = memory_allocate(steps->count + 1, sizeof(*placed));
    steps->place_sizes = memory_allocate(steps->count + 1, sizeof(*steps->place_sizes));
    for (size_t i = 0; i < steps->count; i++) {
        placed[i] = (struct placed){ steps->items[i].code, steps->items[i].line, i };
    }
    qsort(placed, steps->count, sizeof(*placed), by_place);
    for (size_t i = 0; i < steps->count; i++) {
        const bool same =
            i > 0 && placed[i].code == placed[i - 1].code && placed[i].line == placed[i - 1].line;
        steps->place_count += !same;
        const size_t place = steps->place_count - 1;
        steps->items[placed[i].index].place = place;
        steps->items[placed[i].index].before = steps->place_sizes[place]++;
    }
    free(placed);
}

struct traceback traceback_of(PyObject *exception, const struct code_table *codes)
{
    struct traceback steps = { 0 };
    PyObject *traceback = PyException_GetTraceback(exception);
    for (const PyTracebackObject *at = (const PyTracebackObject *)traceback; at; at = at->tb_next) {
        PyCodeObject *code = PyFrame_GetCode(at->tb_frame);
        const struct code_info *info = code_info_of(codes, code);
        steps.items =
            array_reserve(steps.items, &steps.capacity, steps.count + 1, sizeof(*steps.items));
        steps.items[steps.count++] = (struct step){
            .code = code,
            .cell = info->cell,
            .line = PyCode_Addr2Line(code, at->tb_lasti),
            .at = code_info_span(info, at->tb_lasti),
        };
    }
    Py_XDECREF(traceback);
    number_places(&steps);
    return steps;
}

void traceback_finish(struct traceback *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        Py_DECREF(steps->items[i].code);
    }
    free(steps->items);
    free(steps->place_sizes);
}

bool traceback_is_repeated(const struct traceback *steps, size_t index)
{
    const struct step *step = &steps->items[index];
    const size_t all = steps->place_sizes[step->place];
    return step->before >= 2 && step->before + 1 < all && all > SIMILAR_MAX;
}
