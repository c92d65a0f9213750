#include "lessons/trace/film.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "lessons/trace/film_structure.h"
#include "lessons/trace/film_uses.h"

/* While a run grows the film is read anew when it is longer by this part. */
enum { GROWS_BY = 4 };

/* The structure of an episode that has these records and operations. */
struct known {
    uint32_t first, last;
    size_t op_count;
    uint64_t structure;
};

struct film {
    const struct trace *trace;
    const struct episodes *episodes;
    uint32_t read; /* records, at the last update */
    struct film_frame *frames;
    size_t frame_count, frame_capacity;
    struct film_scene *scenes;
    size_t scene_count, scene_capacity;
    uint32_t *conds; /* of all frames, one after the other */
    size_t cond_capacity;
    struct known *known; /* of each frame */
    size_t known_count, known_capacity;
    bool changes, tracked;
};

struct film *film_create(const struct trace *trace, const struct episodes *episodes)
{
    struct film *const film = memory_allocate(1, sizeof(*film));

    film->trace = trace;
    film->episodes = episodes;
    return film;
}

void film_destroy(struct film *film)
{
    if (!film) {
        return;
    }
    free(film->frames);
    free(film->scenes);
    free(film->conds);
    free(film->known);
    free(film);
}

/* ---- frames ----------------------------------------------------------------------------- */

/* What a module turns its data round with, before a graph begins. */
static bool only_turns(const struct trace_op *op)
{
    return op->record->module != 0 && op->record->node == 0 &&
           (strcmp(op->def->provenance, "affine") == 0 || strcmp(op->record->name, "clone") == 0);
}

/* Tensors that were only made are no graph and no computation either; what is computed outside any graph for
 * a condition alone, or to go into a graph, belongs to that. */
static bool computes(const struct film *film, const struct film_uses *uses,
                     const struct episode *episode)
{
    if (episode->backward_count > 0) {
        return true;
    }
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *const op = trace_op(film->trace, episode->ops[i]);
        if (op->record->in_count > 0 && !only_turns(op) &&
            (op->record->node != 0 || !film_op_serves(uses, op->id))) {
            return true;
        }
    }
    return false;
}

static uint32_t whole_of(const struct film *film, const struct episode *episode)
{
    for (size_t i = 0; i < episode->backward_count; i++) {
        const struct trace_backward *const backward =
            trace_backward(film->trace, episode->backwards[i]);
        if (backward && backward->ended != NEVER) {
            return backward->ended;
        }
    }
    return episode->op_count > 0 ? trace_op(film->trace, episode->ops[episode->op_count - 1])->born
                                 : episode->last;
}

static int64_t cell_at(const struct film *film, uint32_t record)
{
    size_t count, low = 0, high;
    const uint32_t *const cells = trace_records_of(film->trace, RECORD_CELL, &count);

    for (high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (cells[middle] <= record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? trace_record(film->trace, cells[low - 1])->cell.in : 0;
}

/* How the episode is built; the frame that was at this place at the last update most often is the same, of
 * an episode that has been left behind. */
static uint64_t structure_of(struct film *film, const struct episode *episode)
{
    const size_t at = film->frame_count;
    film->known = array_reserve(film->known, &film->known_capacity, at + 1, sizeof(*film->known));
    struct known *const known = &film->known[at];

    if (at >= film->known_count || known->first != episode->first || known->last != episode->last ||
        known->op_count != episode->op_count) {
        *known = (struct known){ episode->first, episode->last, episode->op_count,
                                 film_structure(film->trace, episode) };
    }
    return known->structure;
}

static void add_frame(struct film *film, size_t index, const struct episode *episode)
{
    const uint64_t structure = structure_of(film, episode);

    film->frames = array_reserve(film->frames, &film->frame_capacity, film->frame_count + 1,
                                 sizeof(*film->frames));
    film->frames[film->frame_count++] = (struct film_frame){
        .episode = index,
        .structure = structure,
        .before = NO_FRAME,
        .first = episode->first,
        .whole = whole_of(film, episode),
        .cell = cell_at(film, episode->first),
    };
    film->tracked |= episode->tracked;
}

static void add_frames(struct film *film, const struct film_uses *uses)
{
    film->frame_count = 0;
    film->tracked = false;
    for (size_t i = 0; i < episodes_count(film->episodes); i++) {
        const struct episode *const episode = episodes_at(film->episodes, i);
        if (computes(film, uses, episode)) {
            add_frame(film, i, episode);
        }
    }
    film->known_count = film->frame_count;
}

static void add_scenes(struct film *film)
{
    film->scene_count = 0;
    for (size_t i = 0; i < film->frame_count; i++) {
        struct film_frame *const frame = &film->frames[i];
        if (i == 0 || frame[-1].structure != frame->structure || frame[-1].cell != frame->cell) {
            film->scenes = array_reserve(film->scenes, &film->scene_capacity, film->scene_count + 1,
                                         sizeof(*film->scenes));
            film->scenes[film->scene_count++] = (struct film_scene){ .first = i };
        }
        frame->scene = film->scene_count - 1;
        film->scenes[frame->scene].count++;
    }
}

/* ---- what came before ------------------------------------------------------------------- */

/* A place in the code, and the last frame that was there. */
struct seen {
    uint64_t place; /* 0: free */
    size_t frame;
};
struct seen_table {
    struct seen *slots;
    size_t count, capacity; /* capacity: a power of two */
};

static struct seen *seen_slot(const struct seen_table *table, uint64_t place)
{
    size_t at = (size_t)place & (table->capacity - 1);

    while (table->slots[at].place != 0 && table->slots[at].place != place) {
        at = (at + 1) & (table->capacity - 1);
    }
    return &table->slots[at];
}

static void seen_grow(struct seen_table *table)
{
    const struct seen_table was = *table;

    if (table->capacity > 0 && table->count * 2 < table->capacity) {
        return;
    }
    table->capacity = was.capacity > 0 ? 2 * was.capacity : 256;
    table->slots = memory_allocate(table->capacity, sizeof(*table->slots));
    for (size_t i = 0; i < was.capacity; i++) {
        if (was.slots[i].place != 0) {
            *seen_slot(table, was.slots[i].place) = was.slots[i];
        }
    }
    free(was.slots);
}

/* What was done at a place: a test and the `if` around it stand in the same. */
enum deed { DEED_OP, DEED_BACKWARD, DEED_COND };

/* The last frame that did so there; from now on it is this one. */
static size_t see(struct seen_table *table, enum deed deed, const struct span *at, size_t frame)
{
    if (at->cell == 0) {
        return NO_FRAME;
    }
    seen_grow(table);
    const uint64_t hash = hash_bytes(hash_bytes(HASH_START, &deed, sizeof(deed)), at, sizeof(*at));
    struct seen *const slot = seen_slot(table, hash ? hash : 1);
    const size_t last = slot->place != 0 ? slot->frame : NO_FRAME;
    table->count += slot->place == 0;
    *slot = (struct seen){ hash ? hash : 1, frame };
    return last;
}

static void consider(struct film *film, size_t frame, size_t before)
{
    size_t *const latest = &film->frames[frame].before;

    if (before != NO_FRAME && before != frame && (*latest == NO_FRAME || before > *latest)) {
        *latest = before;
    }
}

static void find_before(struct film *film, struct seen_table *table, size_t index)
{
    const struct episode *const episode = episodes_at(film->episodes, film->frames[index].episode);

    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *const op = trace_op(film->trace, episode->ops[i]);
        if (op->record->in_count > 0) {
            consider(film, index, see(table, DEED_OP, &op->record->at, index));
        }
    }
    for (size_t i = 0; i < episode->backward_count; i++) {
        const struct trace_backward *const backward =
            trace_backward(film->trace, episode->backwards[i]);
        consider(film, index, see(table, DEED_BACKWARD, &backward->record->at, index));
    }
    for (size_t i = 0; i < film->frames[index].cond_count; i++) {
        const struct record *const cond = trace_record(film->trace, film->frames[index].conds[i]);
        consider(film, index, see(table, DEED_COND, &cond->cond.at, index));
    }
}

static void find_changes(struct film *film)
{
    struct seen_table table = { 0 };

    film->changes = false;
    for (size_t i = 0; i < film->frame_count; i++) {
        struct film_frame *const frame = &film->frames[i];
        find_before(film, &table, i);
        frame->changed =
            frame->before != NO_FRAME && film->frames[frame->before].structure != frame->structure;
        film->changes |= frame->changed;
    }
    free(table.slots);
}

/* ---- conditions ------------------------------------------------------------------------- */

/* The frame of each operation, NO_FRAME for none. */
static size_t *frames_of_ops(const struct film *film, int64_t count)
{
    size_t *const frames = memory_allocate((size_t)count + 1, sizeof(*frames));

    memset(frames, 0xFF, ((size_t)count + 1) * sizeof(*frames));
    for (size_t f = 0; f < film->frame_count; f++) {
        const struct episode *const episode = episodes_at(film->episodes, film->frames[f].episode);
        for (size_t i = 0; i < episode->op_count; i++) {
            frames[episode->ops[i] - 1] = f;
        }
    }
    return frames;
}

/* Whether the code that asked has gone back to an earlier line by that record: into the next iteration of
 * its loop, where what comes is another's. */
static bool is_over(const struct film *film, uint32_t cond, uint32_t until)
{
    const struct record_cond *const asked = &trace_record(film->trace, cond)->cond;
    size_t count, low = 0;
    const uint32_t *const lines = trace_records_of(film->trace, RECORD_LINE, &count);

    for (size_t high = count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (lines[middle] < cond) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count && lines[low] < until; low++) {
        const struct record_line *const line = &trace_record(film->trace, lines[low])->line;
        if (line->frame == asked->frame && line->line < asked->at.line) {
            return true;
        }
    }
    return false;
}

/* For each condition the frame that it belongs to, NO_FRAME for none; from the last to the first. What
 * a cell was asked for decides nothing in the next one. */
static void find_owners(const struct film *film, const struct film_uses *uses,
                        const uint32_t *conds, size_t count, size_t *owners)
{
    size_t *const frames = frames_of_ops(film, trace_op_count(film->trace));
    size_t next = NO_FRAME;
    uint32_t begins = 0;
    int64_t op = trace_op_count(film->trace);

    for (size_t i = count; i-- > 0;) {
        for (; op > 0 && trace_op(film->trace, op)->born > conds[i]; op--) {
            if (!film_op_is_test(uses, op) && frames[op - 1] != NO_FRAME &&
                trace_op(film->trace, op)->record->in_count > 0) {
                next = frames[op - 1];
                begins = trace_op(film->trace, op)->born;
            }
        }
        const bool here = next != NO_FRAME && cell_at(film, conds[i]) == film->frames[next].cell &&
                          !is_over(film, conds[i], begins);
        owners[i] = here ? next : NO_FRAME;
    }
    free(frames);
}

static void deal_conds(struct film *film, const uint32_t *conds, const size_t *owners, size_t count)
{
    uint32_t *free_at = film->conds =
        array_reserve(film->conds, &film->cond_capacity, count, sizeof(*film->conds));

    for (size_t i = 0; i < count; i++) {
        if (owners[i] != NO_FRAME) {
            film->frames[owners[i]].cond_count++;
        }
    }
    for (size_t f = 0; f < film->frame_count; f++) {
        film->frames[f].conds = free_at;
        free_at += film->frames[f].cond_count;
        film->frames[f].cond_count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        if (owners[i] != NO_FRAME) {
            struct film_frame *const frame = &film->frames[owners[i]];
            film->conds[(size_t)(frame->conds - film->conds) + frame->cond_count++] = conds[i];
        }
    }
}

static void find_conds(struct film *film, const struct film_uses *uses)
{
    size_t count;
    const uint32_t *const conds = trace_records_of(film->trace, RECORD_COND, &count);

    if (count == 0) {
        return;
    }
    size_t *const owners = memory_allocate(count, sizeof(*owners));

    find_owners(film, uses, conds, count, owners);
    deal_conds(film, conds, owners, count);
    free(owners);
}

/* ---- the whole -------------------------------------------------------------------------- */

void film_update(struct film *film, bool growing)
{
    const uint32_t count = trace_record_count(film->trace);

    if (count == film->read || (growing && count - film->read < film->read / GROWS_BY)) {
        return;
    }
    struct film_uses *const uses = film_uses_create(film->trace);
    film->read = count;
    add_frames(film, uses);
    add_scenes(film);
    find_conds(film, uses);
    film_uses_destroy(uses);
    find_changes(film);
}

size_t film_count(const struct film *film)
{
    return film->frame_count;
}

const struct film_frame *film_frame(const struct film *film, size_t index)
{
    assert(index < film->frame_count);
    return &film->frames[index];
}

size_t film_scene_count(const struct film *film)
{
    return film->scene_count;
}

const struct film_scene *film_scene(const struct film *film, size_t index)
{
    assert(index < film->scene_count);
    return &film->scenes[index];
}

size_t film_of_episode(const struct film *film, size_t episode)
{
    size_t low = 0, high = film->frame_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (film->frames[middle].episode < episode) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < film->frame_count && film->frames[low].episode == episode ? low : NO_FRAME;
}

size_t film_at(const struct film *film, uint32_t moment)
{
    return film_of_episode(film, episodes_index_at(film->episodes, moment));
}

bool film_changes(const struct film *film)
{
    return film->changes;
}

bool film_offered(const struct film *film)
{
    return film->frame_count > 1 && film->tracked;
}

/* A stop's moment lies behind the record that caused it. */
uint32_t film_moment(const struct film *film, const struct stops *stops, size_t index)
{
    const uint32_t whole = film_frame(film, index)->whole;
    const size_t before = stops_index_at(stops, STOP_OPERATION, whole);
    const size_t next = before == SIZE_MAX ? 0 : before + 1;

    return next < stops_count(stops, STOP_OPERATION) ? stops_at(stops, STOP_OPERATION, next)->moment
                                                     : whole + 1;
}

bool film_masked(const struct film *film, size_t index)
{
    const struct trace_cell *const cell =
        trace_code_cell(film->trace, film_frame(film, index)->cell);

    return cell && cell->masked;
}

int64_t film_hidden_from(const struct film *film)
{
    const struct trace_cell *cell;

    for (int64_t in = 1; (cell = trace_code_cell(film->trace, in)); in++) {
        if (cell->masked) {
            return in;
        }
    }
    return INT64_MAX;
}

static bool same_place(const struct span *a, const struct span *b)
{
    return a->cell == b->cell && a->line == b->line && a->column == b->column;
}

bool film_reason(const struct film *film, size_t index, size_t than, uint32_t *was, uint32_t *now)
{
    const struct film_frame *const frame = film_frame(film, index);
    const struct film_frame *const other = film_frame(film, than);

    *was = *now = NEVER;
    for (size_t i = 0; i < frame->cond_count || i < other->cond_count; i++) {
        *now = i < frame->cond_count ? frame->conds[i] : NEVER;
        *was = i < other->cond_count ? other->conds[i] : NEVER;
        if (*now == NEVER || *was == NEVER) {
            return true;
        }
        const struct record_cond *const a = &trace_record(film->trace, *now)->cond;
        const struct record_cond *const b = &trace_record(film->trace, *was)->cond;
        if (!same_place(&a->at, &b->at)) {
            *was = NEVER;
            return true;
        }
        if (a->value != b->value) {
            return true;
        }
    }
    return false;
}
