#pragma once
/* A lesson or a trace that is open, and its run: starts the runner, reads what it writes, and keeps
 * the indexes (stops, episodes) in step. Knows no window: the command line uses it as well. */

#include "app/paths.h"
#include "app/session/overrides.h"
#include "lessons/runner/client.h"
#include "lessons/trace/episodes.h"
#include "lessons/trace/film.h"
#include "lessons/trace/stops.h"

struct output;
struct session;
struct spare;

/* What the user lets a lesson do besides computing; zero is nothing. */
struct leave {
    /* The folder that it lies in. The course's own lessons read theirs in any case; it is an error to
     * allow it where more lies than lessons (paths_hold_more). */
    bool reads_folder;
    bool gpu; /* in a weaker box */
    bool
        strict; /* less: no file at all, where the kernel lacks Landlock; not those of the course */
    bool unboxed; /* to run where the kernel has no box at all */
};

struct session_options {
    const struct paths *paths;
    struct leave leave;
    bool no_trace;       /* full speed: output goes straight to this program's stdout and stderr */
    bool parse_only;     /* run nothing: each cell that is no Python is an `error` of the trace */
    double wall_seconds; /* 0: no limit */
    bool unseen; /* it is only waited for: its trace keeps the cells and what is said to the user */
    bool stays;  /* the runner stays after the end, for session_ask */
    struct spare *spare; /* lent; where its runner comes from, which stays. NULL: a new one */
};

/* Reads the file and starts its run (a trace file needs none). A word that is no file is looked for
 * among the lessons that come with the program: "23-autograd". NULL with a sentence when it is not
 * there, a folder, not text, empty, or has no code to run. */
struct session *session_open(const char *path, const struct session_options *options,
                             struct error *err);
/* One in which nothing ever happens, for a window that has nothing to show: its trouble is `why`. */
struct session *session_of_nothing(const char *why);
void session_destroy(struct session *session);

/* Runs the lesson from the file as it is now; what was recorded before is given up only once the new
 * run has started, or becomes a session of its own, which nobody runs: *former (may be NULL). False for a
 * trace. */
bool session_restart(struct session *session, struct session **former, struct error *err);

/* Starts another run beside this one, of that text of its file (copied) with the overrides set: a
 * session of its own, whose run has that number. NULL with a sentence when it cannot be. */
struct again {
    const struct text *file;
    const struct overrides *overrides;
    uint32_t run;
};
struct session *session_again(const struct session *from, const struct again *again,
                              struct error *err);
/* What its next runs will be let do, and are. */
void session_allow(struct session *session, struct leave leave);
struct leave session_leave(const struct session *session);
/* Those of the course read their folder unasked. */
bool session_reads_folder(const struct session *session);
/* Whether its runs will have a strict box, where the kernel lacks Landlock. */
bool session_is_strict(const struct session *session);

/* Whether it is a trace, the numbers that were changed for its run, the text of its file without them, and
 * its path. */
bool session_is_recorded(const struct session *session);
const struct overrides *session_overrides(const struct session *session);
const struct text *session_file(const struct session *session);
const char *session_path(const struct session *session);

/* Takes what the runner has written, for at most `budget` seconds. True when there is more to look
 * at, or the run has ended. */
bool session_poll(struct session *session, double budget);
/* Seconds until session_poll should be called again; negative: no need. */
double session_patience(const struct session *session);
/* Blocks until the run has ended. `each` (may be NULL) is called after every piece. False when an
 * interrupt (Ctrl-C, SIGTERM, SIGHUP) ended it early. */
bool session_wait(struct session *session, void (*each)(struct session *session, void *owner),
                  void *owner);

/* From now on every byte of the trace is copied to `output`, which must live until the run has ended
 * and is finished by the caller. NULL: no more. */
void session_keep(struct session *session, struct output *output);

/* Puts a question (lessons/runner/probes.h) to the runner that has stayed; the answer is a `probe`
 * record that session_poll reads. False with a sentence when there is nobody to ask. */
bool session_ask(struct session *session, const char *question, struct error *err);
/* Whether an answer is awaited. */
bool session_asking(const struct session *session);
/* No more questions: the runner leaves. */
void session_release(struct session *session);

/* Hides values in the trace, see lessons/trace/mask.h. */
struct trace_veil;
void session_mask(struct session *session, const struct trace_veil *veils, size_t veil_count,
                  const int64_t *cells, size_t cell_count);

bool session_running(const struct session *session);
void session_stop(struct session *session);

/* Why the picture may be incomplete, as a sentence: a broken trace, a crash, a limit; "" if all is
 * well. */
const char *session_trouble(const struct session *session);
/* The last of what the lesson's process wrote past Python's print: any bytes, "" at the most times. */
const char *session_raw_output(const struct session *session, size_t *length);
/* The exit status for the command line (see README). */
int session_status(const struct session *session);

const struct trace *session_trace(const struct session *session);
const struct stops *session_stops(const struct session *session);
const struct episodes *session_episodes(const struct session *session);
const struct film *session_film(const struct session *session);
uint32_t session_run_number(const struct session *session);
/* File name without folders and without ".lesson.py", ".py", ".trace". */
const char *session_name(const struct session *session);
/* A number for the file's place, by which lessons of the same name are told apart. */
uint64_t session_place(const struct session *session);
