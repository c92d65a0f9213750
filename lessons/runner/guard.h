#pragma once
/* Tells a lesson in words what the box would refuse without them, and writes `denied` records. This
 * is courtesy: the kernel refuses in any case. It also keeps a lesson from switching the tracer off. */

#include "lessons/runner/code_info.h"
#include "lessons/runner/outlet.h"

struct guard {
    struct outlet *outlet; /* NULL: no records */
    const struct code_table *codes;
    const char *folder; /* where the lesson lies, as realpath says it; NULL: nobody knows */
    bool reads_folder;  /* what lies there may be read */
    bool alone;  /* there is no Landlock: only these words keep a lesson from reading elsewhere */
    bool closed; /* no file can be opened at all */
    bool on;     /* while the lesson's code runs */
    int told;
};

/* Hooks `guard` (lent, for as long as Python runs) into Python's audit events, switched off. False
 * with an exception. */
bool guard_install(struct guard *guard);

/* Writes a `denied` record for the code that runs now: what kind it is of, and the sentence. */
void guard_tell(struct guard *guard, const char *what, const char *text);
