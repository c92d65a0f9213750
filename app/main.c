/* gradlight [LESSON], or gradlight SUBCOMMAND ... */

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app/cli/cli.h"
#include "app/output.h"

#include "config.h"

static const struct cli_command cli_commands[] = {
    { "run", "LESSON", "run a lesson and print what it prints", cli_run },
    { "export", "LESSON|TRACE", "write pictures of its steps", cli_export },
    { "describe", "LESSON|TRACE", "tell its steps in sentences", cli_describe },
    { "trace", "TRACE", "print a trace with all values as decimals", cli_trace },
    { "new", "FILE", "begin a lesson of your own", cli_new },
    { "check", "FILE", "look a lesson through, and mend its cell marks", cli_check },
    { "list", "", "list the lessons that come with Gradlight", cli_list },
    { "keys", "", "list all commands of the window and their keys", cli_keys },
    { "doctor", "", "say what is there, what is missing, what to do", cli_doctor },
};

const struct cli_command *cli_command_at(size_t index)
{
    return index < sizeof(cli_commands) / sizeof(cli_commands[0]) ? &cli_commands[index] : NULL;
}

int cli_fail(enum status status, const struct error *err)
{
    output_line(stderr, "gradlight: %s", err->text);
    if (status == STATUS_USAGE) {
        fprintf(stderr, "Try gradlight --help.\n");
    }
    return (int)status;
}

const char *cli_refusal(const struct session *session)
{
    const struct trace *const trace = session_trace(session);
    const struct trace_ending *const ending = trace_ending(trace);
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_DENIED, &count);
    const bool refused = ending->ended && strcmp(ending->how, "refused") == 0 && count > 0;

    return refused ? trace_record(trace, records[count - 1])->denied.text.bytes : NULL;
}

bool cli_refused(const struct session *session)
{
    const char *const words = cli_refusal(session);

    if (words) {
        output_line(stderr, "gradlight: %s", words);
    }
    return words != NULL;
}

enum status cli_open_status(const struct error *err)
{
    return err->kind == ERROR_RUNTIME ? STATUS_OUTPUT : STATUS_INPUT;
}

bool cli_one_file(const char *const *rest, size_t found, struct error *err)
{
    (void)rest;
    return found == 1 || error_set_kind(err, ERROR_VALUE, "name one lesson or trace");
}

static void print_options(const struct option *options)
{
    for (const struct option *o = options; o->name; o++) {
        char words[128];
        const char letter[] = { '-', o->letter, ',', ' ', '\0' };
        snprintf(words, sizeof(words), "%s--%s%s%s", o->letter ? letter : "    ", o->name,
                 o->value ? " " : "", o->value ? o->value : "");
        printf("  %-38s %s\n", words, o->help);
    }
}

struct leave cli_leave(const struct cli_leave *leave)
{
    return (struct leave){ .reads_folder = leave->read != NULL,
                           .gpu = leave->gpu != NULL,
                           .strict = leave->strict != NULL,
                           .unboxed = leave->unboxed != NULL };
}

int cli_help(const char *name, const char *takes, const char *help, const struct option *options)
{
    printf("Usage: gradlight %s%s[OPTIONS]%s%s\n\n%s\n\n", name, name[0] ? " " : "",
           takes[0] ? " " : "", takes, help);
    print_options(options);
    return STATUS_GOOD;
}

static int print_help(void)
{
    printf(
        "Gradlight makes computation graphs and gradients visible.\n\n"
        "  gradlight [OPTIONS] [LESSON|TRACE]   opens the window (see gradlight window --help)\n");
    for (size_t i = 0; cli_command_at(i); i++) {
        const struct cli_command *const command = cli_command_at(i);
        printf("  gradlight %-8s %-17s %s\n", command->name, command->takes, command->help);
    }
    printf("\nEach takes --help. --version prints the version.\n"
           "Exit status: 0 good, 1 the lesson ended in an exception, 2 wrong command line,\n"
           "3 the input cannot be used, 4 a file cannot be written or a part is missing,\n"
           "5 stopped by a limit, 130 interrupted.\n");
    return STATUS_GOOD;
}

static int dispatch(int count, char **argv)
{
    const char *const first = count > 0 ? argv[0] : "";

    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0) {
        return print_help();
    }
    if (strcmp(first, "--version") == 0) {
        printf("gradlight %s\n", GRADLIGHT_VERSION);
        return STATUS_GOOD;
    }
    if (strcmp(first, "window") == 0) {
        return cli_window(count - 1, argv + 1);
    }
    for (size_t i = 0; cli_command_at(i); i++) {
        if (strcmp(first, cli_command_at(i)->name) == 0) {
            return cli_command_at(i)->run(count - 1, argv + 1);
        }
    }
    return cli_window(count, argv);
}

int main(int argc, char **argv)
{
    /* Characters and messages as the user wants them, numbers always with a point. */
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    /* A runner that has gone must not take this program along. */
    signal(SIGPIPE, SIG_IGN);
    /* Nor a file that may not grow: the write that fails says so. */
    signal(SIGXFSZ, SIG_IGN);
    const int status = dispatch(argc - 1, argv + 1);
    struct error err = { 0 };
    if (status != STATUS_GOOD || output_flush(stdout, &err)) {
        return status;
    }
    return err.text[0] ? cli_fail(STATUS_OUTPUT, &err) : STATUS_OUTPUT;
}
