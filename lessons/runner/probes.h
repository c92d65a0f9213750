#pragma once
/* Questions after a lesson has ended: the runner stays, reads one line of JSON after the other from
 * where its order came, and answers each with a `probe` record, until whoever asks goes away. Python
 * is not run again: the engine's tape says what the loss is made of. */

#include "engine/engine.h"
#include "lessons/runner/outlet.h"
#include "lessons/runner/recorder.h"

struct probes {
    struct engine *engine;
    struct recorder *recorder;
    struct outlet *outlet;
};

/* Answers one question: {"probe":"check","b":1,"t":3,"element":0} (walk and leaf as the trace numbers
 * them). What makes no sense is answered with a refusal. The others, with what each number is:
 *
 *     {"probe":"surface","b":1,"x":{"t":1,"element":0,"from":-1,"to":3,"count":200},"y":{...}}
 *     {"probe":"race","b":1,"x":{"t":1,"element":0,"start":0},"y":{...},"lr":0.1,"steps":100}
 *     {"probe":"fit","b":1,"t":1,"n":4,"out":0,"x":{"from":-1,"to":3,"count":64},"y":{...}}
 *     {"probe":"timing","op":"mm"}
 *
 * Those about a walk may say what leaves are instead of what they were in that walk: "at":[{"t":1,"v":[0.5]}]. */
void probes_answer(const struct probes *probes, const char *line, size_t length);

/* Reads questions from `fd` until its end. The engine is no longer observed. */
void probes_serve(const struct probes *probes, int fd);
