#pragma once
/* The subcommands, one row each: name, what it takes, what it does. Each returns an exit status. */

#include <stddef.h>

#include "app/cli/options.h"
#include "app/cli/status.h"
#include "app/session/session.h"

struct cli_command {
    const char *name;
    const char *takes; /* what follows the name, for the help */
    const char *help;
    int (*run)(int count, char **argv); /* the words after the name */
};

/* NULL past the end. */
const struct cli_command *cli_command_at(size_t index);

int cli_window(int count, char **argv); /* no subcommand: open the window */
int cli_run(int count, char **argv);
int cli_export(int count, char **argv);
int cli_describe(int count, char **argv);
int cli_check(int count, char **argv);
int cli_new(int count, char **argv);
int cli_list(int count, char **argv);
int cli_keys(int count, char **argv);
int cli_doctor(int count, char **argv);
int cli_trace(int count, char **argv);

/* What the user lets a lesson do, for those that run one: NULL, or the option's name. Rows of their table. */
struct cli_leave {
    const char *read, *gpu, *strict, *unboxed;
};
struct leave cli_leave(const struct cli_leave *leave);
/* clang-format off */
#define CLI_LEAVE(leave)                                                                            \
    { "allow-read", 0, NULL, "let the lesson read the folder that it lies in", &(leave).read },     \
    { "gpu", 0, NULL, "let the lesson use the GPU, in a weaker box", &(leave).gpu },                \
    { "strict-box", 0, NULL, "open no file for it where the kernel lacks Landlock",                 \
      &(leave).strict },                                                                            \
    { "no-box", 0, NULL, "run it even where the kernel has no box", &(leave).unboxed }
/* clang-format on */

/* Prints "gradlight: text" on stderr and returns the status; for usage errors with a hint at --help. */
int cli_fail(enum status status, const struct error *err);

/* Until the run has ended; false when an interrupt ended it early. On a terminal one that takes longer than a
 * second says how far it has come. */
bool cli_wait(struct session *session);

/* Why the lesson was shown and not run, as the trace has it; NULL: it was run. */
const char *cli_refusal(const struct session *session);
/* Prints that, if there is something to print. */
bool cli_refused(const struct session *session);

/* What it means that a lesson could not be opened: the fault of the file, or of the installation. */
enum status cli_open_status(const struct error *err);

/* Prints the options of a subcommand on stdout and returns STATUS_GOOD. */
int cli_help(const char *name, const char *takes, const char *help, const struct option *options);

/* The one lesson or trace that a subcommand needs; says what is missing. */
bool cli_one_file(const char *const *rest, size_t found, struct error *err);
