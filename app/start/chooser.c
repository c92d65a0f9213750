#include "app/start/chooser.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/paths.h"
#include "engine/base/memory.h"
#include "engine/base/text.h"

enum { WORDS_MOST = 8 };

struct chooser {
    pid_t pid;
    int from; /* what it prints */
    struct text said;
};

/* A program that shows the dialog, prints the path, and ends with 0: chosen, 1: left. In its words "{title}" and
 * "{folder}" stand for those. */
struct dialog {
    const char *desktop; /* where it is the one that belongs there */
    const char *words[WORDS_MOST];
};

#define ENDINGS "*.py *.ipynb *.trace *.gtrace"
static const struct dialog dialogs[] = {
    { "KDE", { "kdialog", "--title", "{title}", "--getopenfilename", "{folder}", ENDINGS } },
    { NULL,
      { "zenity", "--file-selection", "--title", "{title}", "--filename", "{folder}/",
        "--file-filter=" ENDINGS } },
    { NULL, { "kdialog", "--title", "{title}", "--getopenfilename", "{folder}", ENDINGS } },
    { 0 },
};

/* The folder is the file's path here. */
static const struct dialog saving[] = {
    { "KDE", { "kdialog", "--title", "{title}", "--getsavefilename", "{folder}" } },
    { NULL,
      { "zenity", "--file-selection", "--save", "--confirm-overwrite", "--title", "{title}",
        "--filename", "{folder}" } },
    { NULL, { "kdialog", "--title", "{title}", "--getsavefilename", "{folder}" } },
    { 0 },
};

/* ---- starting --------------------------------------------------------------------------- */

static bool belongs(const struct dialog *dialog)
{
    const char *const desktop = getenv("XDG_CURRENT_DESKTOP");

    return !dialog->desktop || (desktop && strstr(desktop, dialog->desktop));
}

static void append_word(struct text *out, const char *word, const char *title, const char *folder)
{
    static const char title_blank[] = "{title}", folder_blank[] = "{folder}";

    if (strncmp(word, title_blank, sizeof(title_blank) - 1) == 0) {
        text_append_string(out, title);
        word += sizeof(title_blank) - 1;
    } else if (strncmp(word, folder_blank, sizeof(folder_blank) - 1) == 0) {
        text_append_string(out, folder);
        word += sizeof(folder_blank) - 1;
    }
    text_append_string(out, word);
}

/* As a program that a shell has started: signals as usual, its output in our pipe. */
static bool spawn(struct chooser *chooser, char **words, int output)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, usual;

    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int number = posix_spawnp(&chooser->pid, words[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return number == 0;
}

static bool start(struct chooser *chooser, const struct dialog *dialog, const char *title,
                  const char *folder)
{
    struct text texts[WORDS_MOST] = { 0 };
    char *words[WORDS_MOST + 1] = { 0 };
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    for (size_t i = 0; i < WORDS_MOST && dialog->words[i]; i++) {
        append_word(&texts[i], dialog->words[i], title, folder);
        words[i] = texts[i].bytes;
    }
    const bool started = spawn(chooser, words, ends[1]);
    for (size_t i = 0; i < WORDS_MOST; i++) {
        text_finish(&texts[i]);
    }
    close(ends[1]);
    if (!started) {
        close(ends[0]);
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    chooser->from = ends[0];
    return true;
}

static struct chooser *open_first(const struct dialog *offered, const char *title,
                                  const char *folder)
{
    struct chooser *const chooser = memory_allocate(1, sizeof(*chooser));

    for (size_t i = 0; offered[i].words[0]; i++) {
        if (belongs(&offered[i]) && start(chooser, &offered[i], title, folder)) {
            return chooser;
        }
    }
    free(chooser);
    return NULL;
}

struct chooser *chooser_open(const char *title, const char *folder)
{
    return open_first(dialogs, title, folder);
}

struct chooser *chooser_save(const char *title, const char *path)
{
    return open_first(saving, title, path);
}

void chooser_destroy(struct chooser *chooser)
{
    if (!chooser) {
        return;
    }
    if (chooser->pid > 0) {
        kill(chooser->pid, SIGTERM);
        while (waitpid(chooser->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    close(chooser->from);
    text_finish(&chooser->said);
    free(chooser);
}

/* ---- the answer ------------------------------------------------------------------------- */

static void read_said(struct chooser *chooser)
{
    char bytes[1024];

    for (ssize_t got = 1; got > 0 && chooser->said.length <= PATH_SIZE;) {
        got = read(chooser->from, bytes, sizeof(bytes));
        text_append(&chooser->said, bytes, got > 0 ? (size_t)got : 0);
    }
}

/* The path without the line's end that follows it; a name may have others. */
static enum chooser_answer take_path(const struct chooser *chooser, char *path)
{
    const char *const said = text_string(&chooser->said);
    size_t length = chooser->said.length;

    if (length > 0 && said[length - 1] == '\n') {
        length--;
    }
    if (said[0] != '/' || length >= PATH_SIZE || strlen(said) != chooser->said.length) {
        return CHOOSER_BROKEN;
    }
    memcpy(path, said, length);
    path[length] = '\0';
    return CHOOSER_CHOSEN;
}

enum chooser_answer chooser_poll(struct chooser *chooser, char *path)
{
    int status = 0;

    read_said(chooser);
    const pid_t ended = waitpid(chooser->pid, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) {
        return CHOOSER_OPEN;
    }
    chooser->pid = 0;
    read_said(chooser); /* what came between */
    if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return take_path(chooser, path);
    }
    return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 1 ? CHOOSER_LEFT
                                                                      : CHOOSER_BROKEN;
}
