#include "render/graph/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/memory.h"
#include "render/graph/moment.h"
#include "render/graph/places.h"

enum { LAYOUTS_MAX = 32, ATTEMPTS = 2, ARMS_LOOKED_AT = 64 };

/* What a layout depends on, as bytes: equal bytes, same layout. So all iterations of a loop share
 * one, and nothing moves from one to the next. */
struct shared_layout {
    struct text key;
    struct layout layout;
    uint64_t used; /* when last, for making room */
};

/* Which model is on show, or being laid out. */
struct model_key {
    const struct trace *trace;
    uint64_t print; /* of what the episode's cards are made from */
    enum graph_level level;
    enum language language;
    struct graph_units units;
    struct point room; /* in units: what does not fit into it is made smaller, if that helps */
    uint64_t folds;    /* of what was opened and closed by hand */
};

struct graph_picture {
    char *program;
    struct shared_layout layouts[LAYOUTS_MAX];
    uint64_t clock;

    /* On show: both or neither. */
    struct model_key key;
    struct graph_model model;
    struct shared_layout *shown;

    struct graph_turn turn; /* from what was on show before */
    struct graph_way way;   /* through what is on show */

    /* On its way: a model whose layout is being computed. */
    struct model_key next_key;
    struct model_key closing; /* has no room but with closed modules; those of any moment */
    struct graph_model next;
    bool waiting;
    struct layout_job *job;
    double job_begun; /* seconds */
    int attempts;
    char trouble[ERROR_TEXT_SIZE];

    /* As it was asked for last. */
    double seconds;
    bool waits;

    struct graph_picture *beside; /* NULL until something is compared */
};

struct graph_picture *graph_picture_create(const char *program)
{
    struct graph_picture *picture = memory_allocate(1, sizeof(*picture));
    picture->program = program ? memory_copy_string(program) : NULL;
    return picture;
}

void graph_picture_destroy(struct graph_picture *picture)
{
    if (!picture) {
        return;
    }
    graph_picture_destroy(picture->beside);
    layout_job_destroy(picture->job);
    for (int i = 0; i < LAYOUTS_MAX; i++) {
        text_finish(&picture->layouts[i].key);
        layout_finish(&picture->layouts[i].layout);
    }
    graph_model_finish(&picture->model);
    graph_model_finish(&picture->next);
    graph_turn_finish(&picture->turn);
    free(picture->way.points);
    free(picture->program);
    free(picture);
}

const char *graph_picture_trouble(const struct graph_picture *picture)
{
    return picture ? picture->trouble : "";
}

const struct graph_model *graph_picture_model(const struct graph_picture *picture)
{
    return picture && picture->shown ? &picture->model : NULL;
}

const struct layout *graph_picture_layout(const struct graph_picture *picture)
{
    return picture && picture->shown ? &picture->shown->layout : NULL;
}

/* ---- which model ----------------------------------------------------------------------------- */

static uint64_t print_number(uint64_t hash, uint64_t number)
{
    return hash_bytes(hash, &number, sizeof(number));
}

static uint64_t print_arguments(uint64_t hash, const struct argument *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash = print_number(hash, (uint64_t)arguments[i].id);
        hash = hash_bytes(hash, &arguments[i].number, sizeof(arguments[i].number));
        hash = print_arguments(hash, arguments[i].items, arguments[i].item_count);
    }
    return hash;
}

/* A trace may be replaced by that of a changed lesson at the same address: so the contents count. */
static uint64_t print_episode(const struct view *view, const struct episode *episode)
{
    const struct trace *trace = view->runs[0].trace;
    uint64_t hash = print_number(HASH_START, trace_record_count(trace));
    for (size_t i = 0; i < episode->op_count; i++) {
        const struct trace_op *op = trace_op(trace, episode->ops[i]);
        if (!op) {
            continue;
        }
        hash = hash_bytes(hash, op->record->name, strlen(op->record->name));
        hash = hash_bytes(hash, &op->record->at, sizeof(op->record->at));
        hash = print_arguments(hash, op->record->in, op->record->in_count);
        for (size_t k = 0; k < op->record->out.count; k++) {
            const struct trace_tensor *tensor = trace_tensor(trace, op->record->out.ids[k]);
            hash = print_number(hash, tensor ? (uint64_t)tensor->count : 0);
        }
    }
    return print_number(hash, episode->backward_count);
}

/* In steps of a twentieth, so that resizing a window does not ask for a new layout each time. */
static float step_of(float ratio)
{
    return ceilf(ratio * 20) / 20 * UNIT_TEXT;
}

static uint64_t print_folds(const struct view_state *state)
{
    uint64_t hash = print_number(HASH_START, state->fold_all);
    for (int i = 0; i < state->fold_count; i++) {
        hash = print_number(hash, (uint64_t)state->folds[i].key);
        hash = print_number(hash, state->folds[i].open);
    }
    return hash;
}

/* What the boxes of arms depend on: the frame's conditions, and all other frames. */
static uint64_t print_arms(const struct view *view, uint64_t hash, size_t episode)
{
    const struct film *const film = view->runs[0].film;
    const size_t frame = film ? film_of_episode(film, episode) : NO_FRAME;
    if (frame == NO_FRAME) {
        return hash;
    }
    const struct film_frame *const shown = film_frame(film, frame);
    hash = print_number(hash, film_count(film));
    hash = print_number(hash, shown->cond_count);
    for (size_t i = 0; i < shown->cond_count && i < ARMS_LOOKED_AT; i++) {
        hash = print_number(hash, shown->conds[i]);
    }
    hash = print_number(hash, film_masked(film, frame));
    hash = print_number(hash, (uint64_t)film_hidden_from(film));
    return print_number(hash, view->run_count);
}

static struct model_key key_of(const struct view *view, const struct episode *episode)
{
    const size_t index = (size_t)(episode - episodes_at(view->runs[0].episodes, 0));
    return (struct model_key){
        .trace = view->runs[0].trace,
        .print = print_arms(view, print_episode(view, episode), index),
        .level = view->state->level,
        .language = view->state->language,
        .folds = print_folds(view->state),
        .room = graph_camera_room(view, graph_footnote_room(view, episode)),
        .units = { .value = step_of(view->type.value / view->type.text),
                   .caption = step_of(view->type.caption / view->type.text),
                   .scale = 1,
                   .steady = view->run_count > 1 },
    };
}

static bool same_key(const struct model_key *a, const struct model_key *b)
{
    return a->trace == b->trace && a->print == b->print && a->level == b->level &&
           a->language == b->language && a->folds == b->folds && a->units.value == b->units.value &&
           a->units.caption == b->units.caption && a->room.x == b->room.x &&
           a->room.y == b->room.y && a->units.steady == b->units.steady &&
           a->units.closed == b->units.closed && a->units.inside == b->units.inside;
}

/* Of one episode with the same boxes open around the step. */
static bool same_picture(const struct model_key *a, const struct model_key *b)
{
    return same_key(a, b) && a->units.within == b->units.within;
}

/* Of a graph that has no room the modules are closed, but those that the step is in. */
static struct model_key closed_key(struct model_key key, const struct view *view,
                                   const struct episode *episode)
{
    key.units.closed = true;
    key.units.inside = graph_inside(&view->runs[0], episode);
    return key;
}

/* ---- layouts --------------------------------------------------------------------------------- */

static struct shared_layout *find_layout(struct graph_picture *picture, const struct text *key)
{
    for (int i = 0; i < LAYOUTS_MAX; i++) {
        struct shared_layout *layout = &picture->layouts[i];
        if (layout->key.length == key->length && key->length > 0 &&
            memcmp(layout->key.bytes, key->bytes, key->length) == 0) {
            layout->used = ++picture->clock;
            return layout;
        }
    }
    return NULL;
}

/* Room for one more: the one that was not used for longest, never the one on show. */
static struct shared_layout *free_layout(struct graph_picture *picture)
{
    struct shared_layout *oldest = NULL;
    for (int i = 0; i < LAYOUTS_MAX; i++) {
        struct shared_layout *layout = &picture->layouts[i];
        if (layout != picture->shown && (!oldest || layout->used < oldest->used)) {
            oldest = layout;
        }
    }
    text_finish(&oldest->key);
    layout_finish(&oldest->layout);
    oldest->used = ++picture->clock;
    return oldest;
}

/* ---- from the next model to the one on show -------------------------------------------------- */

/* The same picture with other boxes open. */
static bool only_turns(const struct model_key *a, const struct model_key *b)
{
    struct model_key turned = *a;
    turned.folds = b->folds;
    turned.units.inside = b->units.inside;
    return !same_picture(a, b) && same_key(&turned, b);
}

static void begin_turn(struct graph_picture *picture, const struct shared_layout *layout,
                       double seconds)
{
    if (picture->shown && !picture->waits && only_turns(&picture->key, &picture->next_key)) {
        graph_turn_begin(&picture->turn,
                         (struct graph_pose){ &picture->model, &picture->shown->layout },
                         (struct graph_pose){ &picture->next, &layout->layout }, seconds);
    } else {
        graph_turn_finish(&picture->turn);
    }
}

static void show_next(struct graph_picture *picture, struct shared_layout *layout)
{
    begin_turn(picture, layout, picture->seconds);
    graph_model_finish(&picture->model);
    picture->model = picture->next;
    picture->key = picture->next_key;
    picture->next = (struct graph_model){ 0 };
    picture->shown = layout;
    picture->way.count = 0;
    picture->waiting = false;
    layout_job_destroy(picture->job);
    picture->job = NULL;
}

static struct shared_layout *keep(struct graph_picture *picture, const struct layout_input *input,
                                  const struct layout *layout)
{
    struct shared_layout *kept = free_layout(picture);
    kept->layout = *layout;
    graph_places_key(&picture->next, input, &kept->key);
    graph_places_settle(&picture->next, &kept->layout);
    return kept;
}

static void start_job(struct graph_picture *picture, const struct layout_input *input,
                      double seconds, struct error *err)
{
    layout_job_destroy(picture->job);
    picture->job =
        picture->attempts < ATTEMPTS ? layout_job_start(input, picture->program, err) : NULL;
    picture->attempts++;
    picture->job_begun = seconds;
}

/* One look at the job, without blocking; NULL while it works. A failed one is started once more, unless it
 * took too long, which it would again; then the plain layout stands in. */
static struct shared_layout *advance(struct graph_picture *picture,
                                     const struct layout_input *input, double seconds)
{
    struct layout layout = { 0 };
    struct error err = { .kind = ERROR_VALUE };
    if (picture->attempts == 0) {
        start_job(picture, input, seconds, &err);
    }
    while (picture->job) {
        const double running = seconds - picture->job_begun;
        switch (layout_job_step(picture->job, running, &layout, NULL)) {
        case LAYOUT_WORKING:
            return NULL;
        case LAYOUT_DONE:
            return keep(picture, input, &layout);
        case LAYOUT_FAILED:
            if (running >= LAYOUT_SECONDS_MAX) {
                picture->attempts = ATTEMPTS;
            } else {
                error_set(&err, "gradlight-layout gives no answer that can be used");
            }
            start_job(picture, input, seconds, &err);
            break;
        }
    }
    if (err.kind != ERROR_VALUE) {
        snprintf(picture->trouble, sizeof(picture->trouble),
                 "the graph is laid out more plainly: %.1800s; build or install Gradlight again",
                 err.text);
    }
    layout_layered(&layout, input);
    return keep(picture, input, &layout);
}

/* The next picture is no longer wanted: whoever stepped on to it has stepped back. */
static void forget_next(struct graph_picture *picture)
{
    layout_job_destroy(picture->job);
    picture->job = NULL;
    graph_model_finish(&picture->next);
    picture->next = (struct graph_model){ 0 };
    picture->waiting = false;
}

void graph_picture_forget(struct graph_picture *picture)
{
    forget_next(picture);
    graph_model_finish(&picture->model);
    graph_turn_finish(&picture->turn);
    picture->key = (struct model_key){ 0 };
    picture->shown = NULL;
    picture->way.count = 0;
    if (picture->beside) {
        graph_picture_forget(picture->beside);
    }
}

static void begin(struct graph_picture *picture, const struct view *view,
                  const struct episode *episode, const struct model_key *key,
                  struct graph_units units)
{
    layout_job_destroy(picture->job);
    picture->job = NULL;
    graph_model_finish(&picture->next);
    graph_model_build(&picture->next, view, episode, units);
    picture->next_key = *key;
    picture->next_key.units.within = graph_within(&picture->next, &view->runs[0], episode);
    if (picture->next_key.units.within != units.within) {
        units.within = picture->next_key.units.within;
        graph_model_finish(&picture->next);
        graph_model_build(&picture->next, view, episode, units);
    }
    picture->waiting = true;
    picture->attempts = 0;
}

/* The layout of the next picture; NULL while it is being computed. */
static struct shared_layout *lay_out_next(struct graph_picture *picture, bool wait, double seconds)
{
    struct arena arena = { 0 };
    struct text key = { 0 };
    const struct layout_input input = graph_places_ask(&picture->next, &arena);
    graph_places_key(&picture->next, &input, &key);
    struct shared_layout *found = find_layout(picture, &key);
    if (!found && wait) {
        struct layout layout;
        layout_compute(&layout, &input, picture->program);
        found = keep(picture, &input, &layout);
    } else if (!found) {
        found = advance(picture, &input, seconds);
    }
    text_finish(&key);
    arena_finish(&arena);
    return found;
}

static void show_when_ready(struct graph_picture *picture, const struct view *view,
                            const struct episode *episode, bool wait, double seconds)
{
    for (;;) {
        struct shared_layout *const found = lay_out_next(picture, wait, seconds);
        struct graph_units units = picture->next.units;
        if (found && !graph_make_smaller(&found->layout, picture->next_key.room,
                                         &picture->next_key.units, &units)) {
            show_next(picture, found);
            return;
        }
        if (!found) {
            return;
        }
        struct model_key key = picture->next_key;
        if (units.closed && !key.units.closed) {
            picture->closing = key;
            key = closed_key(key, view, episode);
            units = key.units;
        }
        const int attempts = picture->attempts;
        begin(picture, view, episode, &key, units);
        picture->attempts = attempts >= ATTEMPTS ? attempts : 0; /* who is lost stays lost */
    }
}

static bool prepare(struct graph_picture *picture, const struct view *view, bool wait,
                    double seconds)
{
    const struct run_view *run = &view->runs[0];
    const size_t index = episodes_index_at(run->episodes, run->moment);
    const struct episode *episode = index == SIZE_MAX ? NULL : episodes_at(run->episodes, index);
    picture->seconds = seconds;
    picture->waits = wait;
    graph_turn_advance(&picture->turn, view->motion.still, seconds);
    if (!episode) {
        forget_next(picture);
        return true;
    }
    struct model_key key = key_of(view, episode);
    if (same_key(&key, &picture->closing)) {
        key = closed_key(key, view, episode);
    }
    const bool shown = picture->shown && same_key(&key, &picture->key);
    if (shown || (picture->waiting && same_key(&key, &picture->next_key))) {
        key.units.within = graph_within(shown ? &picture->model : &picture->next, run, episode);
    }
    if (shown && same_picture(&key, &picture->key)) {
        forget_next(picture);
        return true;
    }
    if (!picture->waiting || !same_picture(&key, &picture->next_key)) {
        begin(picture, view, episode, &key, key.units);
    }
    show_when_ready(picture, view, episode, wait, seconds);
    return !picture->waiting;
}

struct graph_picture *graph_picture_beside(struct graph_picture *picture)
{
    picture->beside = picture->beside ? picture->beside : graph_picture_create(picture->program);
    return picture->beside;
}

static bool prepare_beside(struct graph_picture *picture, const struct view *view, size_t frame,
                           bool wait, double seconds)
{
    struct run_view run = view->runs[0];
    struct view other = *view;

    run.moment = film_moment(run.film, run.stops, frame);
    other.runs = &run;
    other.run_count = 1;
    return prepare(graph_picture_beside(picture), &other, wait, seconds);
}

bool graph_picture_prepare(struct graph_picture *picture, const struct view *view, bool wait,
                           double seconds)
{
    const size_t compared = view_compared(view);
    const bool ready = prepare(picture, view, wait, seconds);

    return (compared == NO_FRAME || prepare_beside(picture, view, compared, wait, seconds)) &&
           ready;
}

int graph_picture_descriptor(const struct graph_picture *picture)
{
    const int own = picture->job ? layout_job_descriptor(picture->job) : -1;

    return own < 0 && picture->beside ? graph_picture_descriptor(picture->beside) : own;
}

struct graph_way *graph_picture_way(struct graph_picture *picture)
{
    return &picture->way;
}

const struct graph_turn *graph_picture_turn(const struct graph_picture *picture)
{
    return &picture->turn;
}

bool graph_picture_turning(const struct graph_picture *picture)
{
    return picture->turn.active;
}

void graph_picture_settle(struct graph_picture *picture)
{
    graph_turn_finish(&picture->turn);
}

/* ---- places ---------------------------------------------------------------------------------- */

struct rect graph_card_rect(const struct graph_model *model, const struct layout *layout, int card)
{
    return (struct rect){ layout->boxes[card].x, layout->boxes[card].y + model->cards[card].nudge,
                          model->cards[card].w, model->cards[card].h };
}

struct rect graph_card_body(const struct graph_model *model, const struct layout *layout, int card)
{
    struct rect rect = graph_card_rect(model, layout, card);
    rect.h = model->cards[card].body_h;
    return rect;
}

struct point graph_picture_size(const struct graph_picture *picture)
{
    const struct layout *layout = graph_picture_layout(picture);
    return layout ? (struct point){ layout->w, layout->h } : (struct point){ 0, 0 };
}

struct rect graph_picture_box(const struct graph_picture *picture, struct target target)
{
    const struct graph_model *model = graph_picture_model(picture);
    const struct layout *layout = graph_picture_layout(picture);
    const int open =
        model && target.kind == TARGET_FOLD ? graph_model_find_open(model, target.id) : -1;
    if (open >= 0) {
        return layout->clusters[open];
    }
    const int card = model ? graph_model_find_target(model, target) : -1;
    return card >= 0 ? graph_card_rect(model, layout, card) : (struct rect){ 0 };
}

/* The box that the card is, or stands in. */
static bool fold_of_card(const struct graph_model *model, int card, int64_t *key, bool *open)
{
    if (card >= 0 && model->cards[card].group) {
        *key = model->cards[card].group->key;
        *open = false;
        return true;
    }
    const int cluster = card >= 0 ? model->cards[card].cluster - 1 : -1;
    if (cluster >= 0) {
        *key = model->clusters[cluster].key;
        *open = true;
    }
    return cluster >= 0;
}

bool graph_picture_fold(const struct graph_picture *picture, struct target target, int64_t *key,
                        bool *open)
{
    const struct graph_model *model = graph_picture_model(picture);
    if (!model) {
        return false;
    }
    const int cluster = target.kind == TARGET_FOLD     ? graph_model_find_open(model, target.id)
                        : target.kind == TARGET_MODULE ? graph_model_find_module(model, target.id)
                                                       : -1;
    if (cluster >= 0) {
        *key = model->clusters[cluster].key;
        *open = true;
        return true;
    }
    return fold_of_card(model, graph_model_find_target(model, target), key, open);
}

bool graph_picture_fold_at(const struct graph_picture *picture, const struct run_view *run,
                           int64_t *key, bool *open)
{
    const struct graph_model *model = graph_picture_model(picture);
    enum step_kind step;
    return model &&
           fold_of_card(model, graph_moment_focus(model, run, run->moment, &step), key, open);
}
