#include "render/lesson/slides.h"

#include <string.h>

#include "render/screen.h"

/* ---- titles ------------------------------------------------------------------------------ */

/* The text without what only marks it: "## The `x` of *it*" is "The x of it". */
static const char *without_marks(const char *line, size_t length, struct arena *arena)
{
    char *const title = arena_allocate(arena, length + 1, 1);
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        if (!strchr("#*`$", line[i]) && (line[i] != ' ' || used > 0)) {
            title[used++] = line[i];
        }
    }
    return title;
}

static const char *title_of(const struct trace_cell *cell, struct arena *arena)
{
    const char *at = cell->text.bytes, *const end = at + cell->text.length;

    while (at < end) {
        const char *const stop = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((stop ? stop : end) - at);
        if (length > 1 && at[0] == '#') {
            return without_marks(at, length, arena);
        }
        at += length + 1;
    }
    return "";
}

/* ---- finding ----------------------------------------------------------------------------- */

/* Slides as they are put together, one cell after another. */
struct finding {
    const struct view *view;
    struct slide *slides;
    size_t count;
    size_t marked;     /* the cell that began what is not a slide yet; SIZE_MAX: none */
    const char *title; /* told since then */
};

static bool begins_slide(const struct trace_cell *cell)
{
    return strcmp(cell->slide, "slide") == 0 || strcmp(cell->slide, "subslide") == 0;
}

static bool is_skipped(const struct trace_cell *cell)
{
    return strcmp(cell->slide, "skip") == 0;
}

static uint32_t record_of(const struct trace *trace, int64_t in)
{
    size_t count;
    const uint32_t *const cells = trace_records_of(trace, RECORD_CELL, &count);

    for (size_t i = 0; i < count; i++) {
        if (trace_record(trace, cells[i])->cell.in == in) {
            return cells[i];
        }
    }
    return NEVER;
}

static void take_code(struct finding *finding, size_t index)
{
    const struct trace_cell *const cell = trace_cell(finding->view->runs[0].trace, index);
    const uint32_t at = record_of(finding->view->runs[0].trace, cell->in_number);

    if (at == NEVER || is_skipped(cell)) {
        return;
    }
    if (finding->marked != SIZE_MAX || finding->count == 0) {
        finding->slides[finding->count++] = (struct slide){
            .first = finding->marked != SIZE_MAX ? finding->marked : 0,
            .at = at,
            .title = finding->title[0] ? finding->title : cell->title,
        };
    }
    finding->marked = SIZE_MAX;
    finding->title = "";
}

static void take_cell(struct finding *finding, size_t index)
{
    const struct trace_cell *const cell = trace_cell(finding->view->runs[0].trace, index);
    const bool code = cell->in_number > 0;

    if (begins_slide(cell) && (code || lesson_speaks(finding->view, cell)) &&
        finding->marked == SIZE_MAX) {
        finding->marked = index;
    }
    if (lesson_speaks(finding->view, cell)) {
        const char *const title = title_of(cell, finding->view->arena);
        finding->title = title[0] ? title : finding->title;
    }
    if (code) {
        take_code(finding, index);
    }
}

/* The moment of the first stop behind a record, of those that are told. */
static size_t stop_behind(const struct run_view *run, uint32_t record)
{
    const size_t before = stops_index_at(run->stops, run->granularity, record);

    return before == SIZE_MAX ? 0 : before + 1;
}

static void find_moments(const struct run_view *run, struct slide *slide, uint32_t next)
{
    const size_t count = stops_count(run->stops, run->granularity);
    const size_t from = stop_behind(run, slide->at);
    const size_t to = next == NEVER ? count : stop_behind(run, next);

    slide->from = slide->to = slide->at;
    if (from < count) {
        slide->from = stops_at(run->stops, run->granularity, from)->moment;
        slide->to = stops_at(run->stops, run->granularity, to > from ? to - 1 : from)->moment;
    }
}

size_t slides_of(const struct view *view, const struct slide **out)
{
    const struct trace *const trace = view->runs[0].trace;
    const size_t cells = trace_cell_count(trace);
    struct run_view run = view->runs[0];
    struct finding finding = { .view = view, .marked = SIZE_MAX, .title = "" };

    finding.slides = arena_allocate(view->arena, cells + 1, sizeof(*finding.slides));
    run.granularity = run.granularity ? run.granularity : STOP_OPERATION;
    for (size_t i = 0; i < cells; i++) {
        take_cell(&finding, i);
    }
    for (size_t i = 0; i < finding.count; i++) {
        const bool last = i + 1 == finding.count;
        finding.slides[i].end = last ? cells : finding.slides[i + 1].first;
        find_moments(&run, &finding.slides[i], last ? NEVER : finding.slides[i + 1].at);
    }
    *out = finding.slides;
    return finding.count;
}

bool slide_skipped(const struct trace *trace, uint32_t moment)
{
    size_t low = 0, high;
    const uint32_t *const cells = trace_records_of(trace, RECORD_CELL, &high);

    /* The last cell that began before it. */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (cells[middle] < moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    const struct trace_cell *const cell =
        low > 0 ? trace_code_cell(trace, trace_record(trace, cells[low - 1])->cell.in) : NULL;
    return cell && is_skipped(cell);
}

size_t slide_at(const struct slide *slides, size_t count, uint32_t moment)
{
    size_t at = count > 0 ? 0 : SIZE_MAX;

    for (size_t i = 1; i < count && slides[i].at < moment; i++) {
        at = i;
    }
    return at;
}

/* ---- notes ------------------------------------------------------------------------------- */

/* The texts of its cells that `wanted` says, below each other. */
static const char *join(const struct view *view, const struct slide *slide,
                        bool (*wanted)(const struct view *, const struct trace_cell *))
{
    struct text text = { 0 };

    for (size_t i = slide->first; i < slide->end; i++) {
        const struct trace_cell *const cell = trace_cell(view->runs[0].trace, i);
        if (wanted(view, cell)) {
            text_append_string(&text, text.length > 0 ? "\n\n" : "");
            text_append(&text, cell->text.bytes, cell->text.length);
        }
    }
    const char *const joined = arena_copy_text(view->arena, text_string(&text), text.length);
    text_finish(&text);
    return joined;
}

const char *slide_notes(const struct view *view, const struct slide *slide)
{
    return join(view, slide, lesson_notes);
}

/* A question stands with its answer elsewhere. */
static bool is_told(const struct view *view, const struct trace_cell *cell)
{
    return lesson_speaks(view, cell) && !trace_cell_tagged(cell, "question");
}

const char *slide_text(const struct view *view, const struct slide *slide)
{
    return join(view, slide, is_told);
}
