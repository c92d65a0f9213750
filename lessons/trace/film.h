#pragma once
/* The episodes of a run as frames of a film: which of them are built alike, which earlier one came from
 * the same code, and which way the conditions before it went. So a change of structure from one
 * iteration to the next can be told, with its reason. */

#include "lessons/trace/episodes.h"
#include "lessons/trace/stops.h"

static const size_t NO_FRAME = SIZE_MAX;

struct film_frame {
    size_t episode;     /* of episodes_at, as it was at the last film_update */
    uint64_t structure; /* equal for episodes that are built alike: the same operations on the same
                           shapes, wired alike, by the same modules and named leaves */
    size_t before;      /* the latest earlier frame that shares a place in the code; NO_FRAME */
    bool changed;       /* there is one, and it is built in another way */
    size_t scene;       /* its stretch of equal frames */
    uint32_t first;     /* record of its first operation */
    uint32_t whole;     /* record with which it is complete: its first walk's end, else its last
                           operation */
    int64_t cell;       /* number of the code cell that was running */
    const uint32_t
        *conds; /* records: the conditions that were decided on the way to it, ascending */
    size_t cond_count;
};

/* Neighbours that are built alike. */
struct film_scene {
    size_t first, count; /* frames */
};

struct film;

struct film *film_create(const struct trace *trace, const struct episodes *episodes);
void film_destroy(struct film *film);
/* After episodes_update. While a run goes on (`growing`) it is read anew only when much has come. */
void film_update(struct film *film, bool growing);

size_t film_count(const struct film *film);
const struct film_frame *film_frame(const struct film *film, size_t index);
size_t film_scene_count(const struct film *film);
const struct film_scene *film_scene(const struct film *film, size_t index);
/* The frame of an episode, by its index; NO_FRAME for one that is none. */
size_t film_of_episode(const struct film *film, size_t episode);
/* The frame on show at the moment; NO_FRAME where there is none. */
size_t film_at(const struct film *film, uint32_t moment);
/* Whether any frame is built in another way than the one before it from the same code. */
bool film_changes(const struct film *film);
/* Whether there is something to look at: more than one frame, and a graph among them. */
bool film_offered(const struct film *film);

/* The moment at which all of the frame is to be seen, at a stop. */
uint32_t film_moment(const struct film *film, const struct stops *stops, size_t index);
/* Whether the frame answers a question that is still open. */
bool film_masked(const struct film *film, size_t index);
/* The first code cell that an open question hides: of frames from there on nothing is told before their
 * time. INT64_MAX: there is none. */
int64_t film_hidden_from(const struct film *film);

/* Why a frame is built in another way than that one: the first condition, in the order of the code's
 * execution, that went the other way there; *now is its record here, *was there, either NEVER where it
 * was not asked. False if no condition tells them apart. */
bool film_reason(const struct film *film, size_t index, size_t than, uint32_t *was, uint32_t *now);
