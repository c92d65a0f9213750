#include "app/export/task.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/app.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"

/* What comes through the pipe: any number of pages that are done, and of how many; then the end. */
struct news {
    bool ended, good, stopped;
    size_t done, count;
    char said[PATH_SIZE];
};
/* One of them arrives whole. */
_Static_assert(sizeof(struct news) <= 2 * PATH_SIZE, "news fit into a pipe");

struct task {
    pid_t pid;
    int from;
    struct task_state state;
    struct news news; /* as far as it has come */
    size_t had;
};

/* ---- the copy --------------------------------------------------------------------------- */

static void tell(int to, const struct news *news)
{
    const char *const bytes = (const char *)news;
    size_t written = 0;

    while (written < sizeof(*news)) {
        const ssize_t got = write(to, bytes + written, sizeof(*news) - written);
        if (got < 0 && errno != EINTR) {
            return; /* nobody listens any more */
        }
        written += got > 0 ? (size_t)got : 0;
    }
}

static void tell_pages(void *owner, size_t done, size_t count)
{
    const int *const to = owner;

    tell(*to, &(struct news){ .done = done, .count = count });
}

/* It has the window's memory and none of its business: no display, no terminal, no way back. */
static void work(const struct app *app, struct session *session, const struct export_job *asked,
                 int to)
{
    struct export_job job = *asked;
    struct news news = { .ended = true };
    struct error err = { 0 };
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct graph_picture *const graph = graph_picture_create(app->paths.layout);
    const struct page_tools tools = { app->fonts, app->words, graph, NULL };

    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    job.picture.progress = progress_create_telling(tell_pages, &to);
    news.good = job.copied ? export_job_copy(&tools, session, &job, &err)
                           : export_job_write(&tools, session, &job, &err);
    news.stopped = !news.good && progress_stopped(job.picture.progress);
    progress_destroy(job.picture.progress);
    graph_picture_destroy(graph);
    snprintf(news.said, sizeof(news.said), "%s",
             !news.good   ? err.text
             : job.copied ? ""
                          : job.output);
    tell(to, &news);
    _exit(0);
}

/* ---- the window's side ------------------------------------------------------------------ */

/* What asks the copy to stop before it listens waits for it: the window's own handlers would take it. */
static pid_t copy_process(void)
{
    sigset_t asking, before;

    sigemptyset(&asking);
    sigaddset(&asking, SIGTERM);
    sigprocmask(SIG_BLOCK, &asking, &before);
    const pid_t pid = fork();
    if (pid != 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    return pid;
}

struct task *task_start(const struct app *app, struct session *session,
                        const struct export_job *job, struct error *err)
{
    struct task *const task = memory_allocate(1, sizeof(*task));
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set_kind(err, ERROR_IO, "nothing can be written beside the window: %s",
                       system_error(errno));
        free(task);
        return NULL;
    }
    task->pid = copy_process();
    if (task->pid == 0) {
        work(app, session, job, ends[1]);
    }
    close(ends[1]);
    if (task->pid < 0) {
        error_set_kind(err, ERROR_IO, "nothing can be written beside the window: %s",
                       system_error(errno));
        close(ends[0]);
        free(task);
        return NULL;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    task->from = ends[0];
    task->state.running = true;
    return task;
}

static void take(struct task *task)
{
    struct task_state *const state = &task->state;

    task->had = 0;
    if (task->news.ended) {
        state->running = false;
        state->good = task->news.good;
        state->stopped = task->news.stopped;
        memcpy(state->said, task->news.said, sizeof(state->said));
    } else {
        state->done = task->news.done;
        state->count = task->news.count;
    }
}

void task_poll(struct task *task, struct task_state *state)
{
    char *const bytes = (char *)&task->news;

    while (task->state.running) {
        const ssize_t got = read(task->from, bytes + task->had, sizeof(task->news) - task->had);
        if (got == 0) { /* it was killed */
            task->state.running = false;
            snprintf(task->state.said, sizeof(task->state.said),
                     "nothing was written: it was ended");
        }
        if (got <= 0) {
            break;
        }
        task->had += (size_t)got;
        if (task->had == sizeof(task->news)) {
            take(task);
        }
    }
    *state = task->state;
}

void task_stop(struct task *task)
{
    kill(task->pid, SIGTERM);
}

void task_destroy(struct task *task)
{
    if (!task) {
        return;
    }
    if (task->state.running) {
        task_stop(task);
    }
    while (waitpid(task->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    close(task->from);
    free(task);
}
