#pragma once
/* What a run has written so far: its trace, the indexes that are kept in step with it, and why it may
 * be incomplete. */

#include "engine/base/error.h"
#include "lessons/trace/episodes.h"
#include "lessons/trace/film.h"
#include "lessons/trace/stops.h"

struct recording {
    struct trace *trace; /* NULL: nothing was recorded yet */
    struct stops *stops;
    struct episodes *episodes;
    struct film *film;
    bool unseen;  /* it is only waited for: the trace keeps what is said, the indexes stay empty */
    bool damaged; /* it cannot be read on */
    char trouble[ERROR_TEXT_SIZE];
};

struct recording recording_create(bool unseen);
void recording_destroy(struct recording *recording);

/* The first trouble is the one that is told. */
void recording_trouble(struct recording *recording, const char *text);

/* Takes what was written. False when it turns out to be damaged now; then and later the bytes are left
 * alone. */
bool recording_take(struct recording *recording, const char *bytes, size_t length);
/* Brings the indexes in step. */
void recording_update(struct recording *recording);
/* There is no more to come. */
void recording_finish_input(struct recording *recording);
/* The run is over, whether or not there may be answers to questions: the last line of one that was cut
 * off is a stop as well. */
void recording_finish_indexes(struct recording *recording);

/* How many questions (lessons/runner/probes.h) have been answered to their end. */
size_t recording_answers(const struct recording *recording);
