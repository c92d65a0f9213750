/* What stands behind the last step while presenting: the lesson's own words about its end, or about the
 * error that ended it. */

#include <stdint.h>
#include <string.h>

#include "render/lesson/veil.h"
#include "render/screen.h"
#include "render/text/markdown.h"

/* Index of the cell whose code ran last; SIZE_MAX before any. */
static size_t last_cell(const struct trace *trace)
{
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_CELL, &count);

    for (size_t i = 0; i < trace_cell_count(trace) && count > 0; i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        if (strcmp(cell->kind, "code") == 0 &&
            cell->in_number == trace_record(trace, records[count - 1])->cell.in) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The narrative cell behind index `at` that is on show, before the next code; SIZE_MAX: none. */
static size_t next_told(const struct view *view, size_t at)
{
    const struct trace *const trace = view->runs[0].trace;

    for (size_t i = at + 1; i < trace_cell_count(trace); i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        if (strcmp(cell->kind, "code") == 0) {
            break;
        }
        if (lesson_speaks(view, cell)) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t card_first(const struct view *view)
{
    const size_t last = last_cell(view->runs[0].trace);

    return last == SIZE_MAX ? SIZE_MAX : next_told(view, last);
}

static bool is_over(const struct run_view *run)
{
    size_t count;
    const size_t stop_count = stops_count(run->stops, STOP_OPERATION);

    trace_records_of(run->trace, RECORD_END, &count);
    return count > 0 && stop_count > 0 &&
           stops_index_at(run->stops, STOP_OPERATION, run->moment) == stop_count - 1;
}

const struct trace_cell *card_remember(const struct view *view)
{
    const struct trace *const trace = view->runs[0].trace;

    for (size_t i = 0; i < trace_cell_count(trace) && is_over(&view->runs[0]); i++) {
        if (lesson_speaks(view, trace_cell(trace, i)) &&
            trace_cell_tagged(trace_cell(trace, i), "remember")) {
            return trace_cell(trace, i);
        }
    }
    return NULL;
}

/* All of it below each other; with scene NULL only the height. */
static float write_cells(const struct view *view, struct rect area, struct scene *scene)
{
    const float top = area.y;

    for (size_t i = card_first(view); i != SIZE_MAX; i = next_told(view, i)) {
        const struct trace_cell *const cell = trace_cell(view->runs[0].trace, i);
        const struct trace_string text = veil_cell(view, cell);
        area.y += markdown_draw(view, text.bytes, text.length, area, scene);
        area.y += view->type.text * 0.5f;
    }
    return area.y - top;
}

/* As large as the text type if it fits, else down to captions. */
void view_card(const struct view *view, struct rect area, struct scene *scene)
{
    static const float smaller = 0.95f;
    const float pad = view->type.sentence * 0.6f;
    const struct rect inner = { area.x + pad, area.y + pad, area.w - 2 * pad, area.h - 2 * pad };
    struct view set = *view;

    while (set.type.text * smaller >= view->type.caption &&
           write_cells(&set, inner, NULL) > inner.h) {
        set.type.text *= smaller;
    }
    write_cells(&set, inner, scene);
}
