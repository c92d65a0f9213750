#include "render/layout/layout.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "render/layout/answer.h"
#include "render/layout/wire.h"

struct layout_job {
    pid_t pid; /* 0: reaped */
    int answer;
    struct layout_input input; /* a copy in `arena` */
    struct arena arena;
    uint8_t *bytes;
    size_t byte_count, byte_capacity, byte_limit;
};

/* ---- the question ---------------------------------------------------------------------------- */

/* Room for the widest label between any two ranks: Graphviz has one gap for all of them. */
static float widest_gap(const struct layout_input *input)
{
    float gap = input->rank_gap;
    for (int i = 0; i < input->edge_count; i++) {
        gap = fmaxf(gap, input->edges[i].label_w);
    }
    return gap;
}

static bool write_all(int file, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        const ssize_t put = write(file, at, length);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return false;
        }
        at += put;
        length -= (size_t)put;
    }
    return true;
}

static bool write_question(int file, const struct layout_input *input)
{
    const struct wire_question head = {
        .magic = LAYOUT_MAGIC,
        .box_count = input->box_count,
        .edge_count = input->edge_count,
        .cluster_count = input->cluster_count,
        .gap = input->gap,
        .rank_gap = widest_gap(input),
        .down = input->down,
    };
    bool written = write_all(file, &head, sizeof(head));
    for (int i = 0; written && i < input->box_count; i++) {
        const struct layout_box *box = &input->boxes[i];
        const struct wire_box wire = { box->w, box->h, box->cluster };
        written = write_all(file, &wire, sizeof(wire));
    }
    for (int i = 0; written && i < input->edge_count; i++) {
        const struct layout_edge *edge = &input->edges[i];
        const struct wire_edge wire = { edge->from, edge->to, edge->weight > 0 ? edge->weight : 1 };
        written = write_all(file, &wire, sizeof(wire));
    }
    for (int i = 0; written && i < input->cluster_count; i++) {
        const struct layout_cluster *cluster = &input->clusters[i];
        const struct wire_cluster wire = { cluster->parent, cluster->title_w, cluster->title_h };
        written = write_all(file, &wire, sizeof(wire));
    }
    return written && lseek(file, 0, SEEK_SET) == 0;
}

/* The whole question stands in a file in memory before the worker starts, so writing it can
 * neither block nor meet a reader that has died. */
static int question_file(const struct layout_input *input, struct error *err)
{
    const int file = memfd_create("layout", MFD_CLOEXEC);
    if (file < 0) {
        error_set(err, "cannot ask for a layout: %s", system_error(errno));
        return -1;
    }
    if (!write_question(file, input)) {
        error_set(err, "cannot ask for a layout: %s", system_error(errno));
        close(file);
        return -1;
    }
    return file;
}

/* ---- the worker ------------------------------------------------------------------------------ */

/* The worker gets an empty environment (Graphviz reads variables) and no stderr: what it has to say
 * about its own crash is of no use to anybody. */
static bool spawn(pid_t *pid, const char *program, int question, int answer, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, question, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, answer, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    char *name = memory_copy_string(program);
    char *const arguments[] = { name, NULL };
    char *const environment[] = { NULL };
    const int failed = posix_spawn(pid, program, &actions, NULL, arguments, environment);
    free(name);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) {
        return error_set(err, "cannot start %s: %s", program, system_error(failed));
    }
    return true;
}

static bool job_spawn(struct layout_job *job, const char *program, struct error *err)
{
    const int question = question_file(&job->input, err);
    if (question < 0) {
        return false;
    }
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(question);
        return error_set(err, "cannot ask for a layout: %s", system_error(errno));
    }
    const bool started = spawn(&job->pid, program, question, ends[1], err);
    close(question);
    close(ends[1]);
    if (!started) {
        close(ends[0]);
        job->pid = 0;
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    job->answer = ends[0];
    return true;
}

static const void *copy_items(struct arena *arena, const void *items, int count, size_t size)
{
    void *copy = arena_allocate(arena, (size_t)count + 1, size);
    if (count > 0) {
        memcpy(copy, items, (size_t)count * size);
    }
    return copy;
}

static void job_keep_input(struct layout_job *job, const struct layout_input *input)
{
    struct layout_input *copy = &job->input;
    *copy = *input;
    copy->boxes = copy_items(&job->arena, input->boxes, input->box_count, sizeof(*input->boxes));
    copy->edges = copy_items(&job->arena, input->edges, input->edge_count, sizeof(*input->edges));
    copy->clusters =
        copy_items(&job->arena, input->clusters, input->cluster_count, sizeof(*input->clusters));
}

struct layout_job *layout_job_start(const struct layout_input *input, const char *program,
                                    struct error *err)
{
    if (!program) {
        error_set_kind(err, ERROR_VALUE, "there is no program for it");
        return NULL;
    }
    if (input->box_count < 1 || input->box_count > LAYOUT_BOXES_MAX ||
        input->edge_count > LAYOUT_EDGES_MAX) {
        error_set_kind(err, ERROR_VALUE, "a graph of %d boxes and %d edges is not laid out",
                       input->box_count, input->edge_count);
        return NULL;
    }
    struct layout_job *job = memory_allocate(1, sizeof(*job));
    job->answer = -1;
    job->byte_limit = layout_answer_limit(input);
    job_keep_input(job, input);
    if (!job_spawn(job, program, err)) {
        layout_job_destroy(job);
        return NULL;
    }
    return job;
}

void layout_job_destroy(struct layout_job *job)
{
    if (!job) {
        return;
    }
    if (job->pid > 0) {
        kill(job->pid, SIGKILL);
        while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    if (job->answer >= 0) {
        close(job->answer);
    }
    arena_finish(&job->arena);
    free(job->bytes);
    free(job);
}

int layout_job_descriptor(const struct layout_job *job)
{
    return job->answer;
}

/* ---- the answer ------------------------------------------------------------------------------ */

enum read_result { READ_MORE, READ_END, READ_BROKEN };

static enum read_result job_read(struct layout_job *job, struct error *err)
{
    for (;;) {
        if (job->byte_count >= job->byte_limit) {
            error_set(err, "gradlight-layout said more than an answer can be");
            return READ_BROKEN;
        }
        size_t room = job->byte_limit - job->byte_count;
        room = room < 65536 ? room : 65536;
        job->bytes = array_reserve(job->bytes, &job->byte_capacity, job->byte_count + room, 1);
        const ssize_t got = read(job->answer, job->bytes + job->byte_count, room);
        if (got == 0) {
            return READ_END;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
            return later
                       ? READ_MORE
                       : (error_set(err, "gradlight-layout: %s", system_error(errno)), READ_BROKEN);
        }
        job->byte_count += (size_t)got;
    }
}

/* Seconds that it was ready to run and had no processor; 0 where the kernel does not count them. */
static double job_queued(const struct layout_job *job)
{
    char path[64];
    long long ran = 0, queued = 0;

    snprintf(path, sizeof(path), "/proc/%lld/schedstat", (long long)job->pid);
    FILE *const file = fopen(path, "r");
    if (!file) {
        return 0;
    }
    const int read = fscanf(file, "%lld %lld", &ran, &queued);
    fclose(file);
    return read == 2 ? (double)queued * 1e-9 : 0;
}

static bool job_has_time(const struct layout_job *job, double seconds)
{
    return seconds < LAYOUT_SECONDS_MAX ||
           (seconds < LAYOUT_WAIT_MAX && seconds - job_queued(job) < LAYOUT_SECONDS_MAX);
}

enum layout_progress layout_job_step(struct layout_job *job, double seconds, struct layout *layout,
                                     struct error *err)
{
    switch (job_read(job, err)) {
    case READ_BROKEN:
        return LAYOUT_FAILED;
    case READ_MORE:
        if (job_has_time(job, seconds)) {
            return LAYOUT_WORKING;
        }
        error_set(err, "gradlight-layout took longer than a second");
        return LAYOUT_FAILED;
    case READ_END:
        break;
    }
    const bool good = layout_answer_read(layout, &job->input, job->bytes, job->byte_count, err);
    return good ? LAYOUT_DONE : LAYOUT_FAILED;
}

/* ---- blocking -------------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool job_wait(struct layout_job *job, double begun, struct layout *layout)
{
    static const double look_again = 0.05;

    for (;;) {
        const double passed = seconds_now() - begun;
        const double left = fmax(LAYOUT_SECONDS_MAX - passed, look_again);
        const enum layout_progress progress = layout_job_step(job, passed, layout, NULL);
        if (progress != LAYOUT_WORKING) {
            return progress == LAYOUT_DONE;
        }
        struct pollfd ready = { .fd = job->answer, .events = POLLIN };
        poll(&ready, 1, (int)(left * 1000.0) + 1);
    }
}

void layout_compute(struct layout *layout, const struct layout_input *input, const char *program)
{
    const double begun = seconds_now();
    /* A second try, because a crash can be bad luck; a question that cannot be asked is not. */
    for (int attempt = 0; attempt < 2 && seconds_now() - begun < LAYOUT_SECONDS_MAX; attempt++) {
        struct layout_job *job = layout_job_start(input, program, NULL);
        const bool done = job && job_wait(job, begun, layout);
        layout_job_destroy(job);
        if (done) {
            return;
        }
    }
    layout_layered(layout, input);
}

void layout_finish(struct layout *layout)
{
    arena_finish(&layout->arena);
    *layout = (struct layout){ 0 };
}
