#pragma once
/* An answer under way, and the questions that fill it. Private to lessons/runner/probes*.c. */

#include "engine/base/json.h"
#include "lessons/runner/probes.h"

enum { ANSWER_MEMBERS = 16 };

struct answer {
    const struct probes *probes;
    const char *what;
    struct argument members[ANSWER_MEMBERS];
    size_t count;
    struct error err;   /* whose text a member may be */
    struct arena arena; /* of members */
};

/* Adds a member; texts are lent until the answer has been told. */
void answer_add(struct answer *answer, const char *name, struct argument member);
void answer_number(struct answer *answer, const char *name, double number);
void answer_text(struct answer *answer, const char *name, const char *text);
void answer_truth(struct answer *answer, const char *name, bool truth);
/* Writes what has been added as a record. */
void answer_tell(const struct answer *answer);

/* probes_plot.c: they tell all records but the last. */
void answer_surface(struct answer *answer, const struct json *question);
void answer_race(struct answer *answer, const struct json *question);
void answer_fit(struct answer *answer, const struct json *question);
/* probes_timing.c */
void answer_timing(struct answer *answer, const struct json *question);
