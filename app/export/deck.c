#include "app/export/deck.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "render/lesson/question.h"

/* ---- pages ------------------------------------------------------------------------------ */

static struct page *add_page(struct deck *deck, const struct page *page)
{
    deck->pages =
        array_reserve(deck->pages, &deck->capacity, deck->count + 1, sizeof(*deck->pages));
    deck->pages[deck->count] = *page;
    return &deck->pages[deck->count++];
}

void deck_finish(struct deck *deck)
{
    free(deck->pages);
    arena_finish(&deck->arena);
}

void deck_add_step(struct deck *deck, const struct session *session,
                   enum stop_granularity granularity, uint32_t moment)
{
    const struct stops *const stops = session_stops(session);
    const size_t index = stops_index_at(stops, granularity, moment);

    add_page(deck, &(struct page){ .kind = PAGE_STEP,
                                   .moment = moment,
                                   .revealed = page_revealed(session, moment),
                                   .step = index == SIZE_MAX ? 0 : index + 1,
                                   .steps = stops_count(stops, granularity),
                                   .heading = "",
                                   .notes = "" });
}

static void add_all_steps(struct deck *deck, const struct session *session,
                          enum stop_granularity granularity)
{
    const struct stops *const stops = session_stops(session);

    for (size_t i = 0; i < stops_count(stops, granularity); i++) {
        deck_add_step(deck, session, granularity, stops_at(stops, granularity, i)->moment);
    }
}

/* ---- a lesson, cell by cell ------------------------------------------------------------- */

/* Where in the lesson the pages have come to. */
struct teller {
    struct deck *deck;
    const struct session *session;
    struct view view; /* to be asked which language the lesson speaks */
    enum deck_grain grain;
    enum stop_granularity granularity;
    uint32_t moment;
    uint64_t revealed;
    const char *heading, *notes; /* of the author's stop */
    size_t stop_first;           /* its first page */
};

/* The first heading in the words, without its marks; "" if there is none. */
static const char *heading_in(const struct trace_cell *cell, struct arena *arena)
{
    const char *at = cell->text.bytes, *const end = at + cell->text.length;

    if (at == end || *at != '#') {
        return "";
    }
    while (at < end && (*at == '#' || *at == ' ')) {
        at++;
    }
    char *const text = arena_copy_text(arena, at, (size_t)(end - at));
    size_t length = 0;
    for (size_t i = 0; text[i] && text[i] != '\n'; i++) {
        if (!strchr("`*$", text[i])) {
            text[length++] = text[i];
        }
    }
    text[length] = '\0';
    return text;
}

static bool begins_stop(const struct trace_cell *cell)
{
    return strcmp(cell->slide, "slide") == 0 || strcmp(cell->slide, "subslide") == 0;
}

static void begin_stop(struct teller *teller, const struct trace_cell *cell)
{
    const char *const heading = heading_in(cell, &teller->deck->arena);

    teller->heading = heading[0] ? heading : teller->heading;
    teller->notes = "";
    teller->stop_first = teller->deck->count;
}

static struct page *tell(struct teller *teller, enum page_kind kind)
{
    return add_page(teller->deck, &(struct page){ .kind = kind,
                                                  .moment = teller->moment,
                                                  .revealed = teller->revealed,
                                                  .heading = teller->heading,
                                                  .notes = teller->notes,
                                                  .told = kind == PAGE_QUESTION });
}

static void tell_step(struct teller *teller, size_t index)
{
    const struct stops *const stops = session_stops(teller->session);

    teller->moment = stops_at(stops, teller->granularity, index)->moment;
    struct page *const page = tell(teller, PAGE_STEP);
    page->step = index + 1;
    page->steps = stops_count(stops, teller->granularity);
    page->told = true;
    page->sums_up = teller->grain == DECK_STOPS;
}

/* The moments between which a cell ran; false if it did not. */
static bool find_run(const struct trace *trace, const struct trace_cell *cell, uint32_t *from,
                     uint32_t *to)
{
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_CELL, &count);

    for (size_t i = 0; i < count; i++) {
        if (trace_record(trace, records[i])->cell.in == cell->in_number) {
            *from = records[i];
            *to = i + 1 < count ? records[i + 1] : NEVER;
            return true;
        }
    }
    return false;
}

/* Whether the code behind this cell belongs to the same reveal, as Jupyter has it: it has no mark of its own,
 * in a lesson that has marks. */
static bool goes_on(const struct trace *trace, size_t index)
{
    const struct trace_cell *const next =
        index + 1 < trace_cell_count(trace) ? trace_cell(trace, index + 1) : NULL;

    if (!next || strcmp(next->kind, "code") != 0 || next->slide[0]) {
        return false;
    }
    while (index > 0 && !trace_cell(trace, index)->slide[0]) {
        index--;
    }
    return trace_cell(trace, index)->slide[0] != '\0';
}

/* Each step of the cell, or the last of its reveal. What a reader skips is passed all the same. */
static void tell_code(struct teller *teller, size_t index)
{
    const struct trace *const trace = session_trace(teller->session);
    const struct trace_cell *const cell = trace_cell(trace, index);
    const struct stops *const stops = session_stops(teller->session);
    const enum stop_granularity granularity = teller->granularity;
    const size_t count = stops_count(stops, granularity);
    uint32_t from, to;

    if (!find_run(trace, cell, &from, &to)) {
        return;
    }
    /* No stop before it: SIZE_MAX + 1 is the first. */
    size_t i = stops_index_at(stops, granularity, from) + 1;
    for (; i < count && stops_at(stops, granularity, i)->moment <= to; i++) {
        const bool last = i + 1 == count || stops_at(stops, granularity, i + 1)->moment > to;
        if (strcmp(cell->slide, "skip") == 0) {
            teller->moment = stops_at(stops, granularity, i)->moment;
        } else if (teller->grain != DECK_STOPS || (last && !goes_on(trace, index))) {
            tell_step(teller, i);
        }
    }
}

/* Notes stand behind what they belong to. */
static void tell_notes(struct teller *teller, const struct trace_cell *cell)
{
    teller->notes =
        teller->notes[0]
            ? arena_format(&teller->deck->arena, "%s\n\n%.*s", teller->notes,
                           (int)cell->text.length, cell->text.bytes)
            : arena_copy_text(&teller->deck->arena, cell->text.bytes, cell->text.length);
    for (size_t i = teller->stop_first; i < teller->deck->count; i++) {
        teller->deck->pages[i].notes = teller->notes;
    }
}

/* Asked, then answered. */
static void tell_question(struct teller *teller, const struct question *question)
{
    struct view_state state = { .revealed = teller->revealed };

    tell(teller, PAGE_QUESTION)->question = question->in + 1;
    question_reveal(&state, question->in);
    teller->revealed = state.revealed;
    tell(teller, PAGE_QUESTION)->question = question->in + 1;
}

static bool is_note(const struct teller *teller, const struct trace_cell *cell)
{
    return strcmp(cell->slide, "notes") == 0 &&
           (!cell->lang[0] || strcmp(cell->lang, language_code(teller->view.state->language)) == 0);
}

static void tell_cell(struct teller *teller, size_t index)
{
    const struct trace_cell *const cell = trace_cell(session_trace(teller->session), index);
    const bool code = strcmp(cell->kind, "code") == 0;
    const bool speaks = !code && lesson_speaks(&teller->view, cell);
    struct question question;

    if ((code || speaks) && begins_stop(cell)) {
        begin_stop(teller, cell);
    }
    if (code) {
        tell_code(teller, index);
    } else if (is_note(teller, cell)) {
        tell_notes(teller, cell);
    } else if (speaks && strcmp(cell->slide, "skip") != 0) {
        if (question_read(session_trace(teller->session), index, &question, &teller->deck->arena)) {
            tell_question(teller, &question);
        } else {
            tell(teller, PAGE_WORDS)->cell = index;
        }
    }
}

void deck_fill(struct deck *deck, const struct session *session, const struct deck_plan *plan)
{
    const struct run_view run = { .trace = session_trace(session) };
    const struct view_state state = { .language = plan->language };
    struct teller teller = { .deck = deck,
                             .session = session,
                             .view = { .runs = &run, .run_count = 1, .state = &state },
                             .grain = plan->grain,
                             .granularity = plan->granularity,
                             .heading = "",
                             .notes = "" };

    if (plan->grain == DECK_STEPS) {
        add_all_steps(deck, session, plan->granularity);
        return;
    }
    for (size_t i = 0; i < trace_cell_count(session_trace(session)); i++) {
        tell_cell(&teller, i);
    }
}
