#include "lessons/runner/client.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"
#include "lessons/runner/launch.h"
#include "lessons/runner/nursery.h"
#include "lessons/runner/order.h"
#include "lessons/runner/watch.h"

enum {
    RAW_KEPT = 4096,
    RAW_BYTES_MAX = 64 << 20,
    PIPE_SIZE = 1 << 20,
    MEMORY_USUAL_MB = 1024,
    MEMORY_OF_PYTHON_MB = 512,
    MEMORY_OF_DRIVER_MB = 3072, /* with what it pins for copies */
    THREADS_MOST = 1000, /* memory for their stacks ends sooner, unless they are made by hand */
    LEFT_LEAST_MB = 400, /* of the machine's memory */
};

static const double stop_seconds = 0.3;
static const double start_seconds = 20;
static const double reap_seconds = 0.005;
static const double reap_slowly_seconds = 0.1;
static const double look_seconds = 1;
static const double leave_seconds = 10;
/* Of processor time, which a lesson that is over may take besides this part of the time: its threads may
 * wait for something, its driver's look at what they wait for. */
static const double rest_seconds = 5;
static const double rest_part = 0.05;
static const double watch_seconds = 0.1;

struct client {
    struct client_options options;
    pid_t pid; /* 0: gone and reaped */

    /* -1 when closed. */
    int trace_fd, raw_fd, order_fd;
    struct text order; /* what is still to be sent begins at order_sent */
    size_t order_sent;

    uint64_t trace_bytes, raw_bytes;
    char raw[RAW_KEPT];
    size_t raw_kept;

    double given, stopped; /* NAN: not yet */
    double watched;        /* when its memory was looked at */
    double closed;         /* its trace has ended, though its process goes on; NAN: not yet */
    double rested;         /* the lesson is over, or was asked last; NAN: it is not */
    double rest_taken;     /* processor time until then */
    bool asked;            /* and computes for that */
    bool released;         /* nothing more is to be sent */
    bool killed;           /* by us, for what ending.end says */
    bool over;
    struct client_ending ending;
};

/* ---- starting ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

static void close_both(int ends[2])
{
    close_fd(&ends[0]);
    close_fd(&ends[1]);
}

/* What is made for a runner: ours, the runner's. */
struct ends {
    int trace[2], raw[2], order[2];
};

static bool make_all_ends(struct ends *ends, bool no_trace, struct error *err)
{
    if (!launch_make_ends(ends->trace, false, err) || !launch_make_ends(ends->order, true, err)) {
        return false;
    }
    fcntl(ends->trace[0], F_SETPIPE_SZ, PIPE_SIZE);
    return no_trace || launch_make_ends(ends->raw, false, err);
}

static bool start_runner(const struct client_options *options, const struct ends *ends, pid_t *pid,
                         struct error *err)
{
    const struct launch_ends child = {
        .out = options->no_trace ? options->out_fd : ends->raw[1],
        .err = options->no_trace ? options->err_fd : ends->raw[1],
        .trace = ends->trace[1],
        .order = ends->order[1],
    };
    const int split[NURSERY_ENDS] = { [NURSERY_TRACE] = ends->trace[1],
                                      [NURSERY_ORDER] = ends->order[1],
                                      [NURSERY_OUTPUT] = ends->raw[1] };
    if (options->nursery) {
        return nursery_split(options->nursery, split, pid) ||
               error_set_kind(err, ERROR_IO, "the process that keeps Python ready is gone");
    }
    const int code = launch_runner(options, &child, false, pid);
    return code == 0 || error_set_kind(err, ERROR_IO, "cannot start %s: %s", options->runner,
                                       system_error(code));
}

struct client *client_start(const struct client_options *options, struct error *err)
{
    struct ends ends = { .trace = { -1, -1 }, .raw = { -1, -1 }, .order = { -1, -1 } };
    pid_t pid = 0;
    assert(!options->nursery || !(options->no_trace || options->gpu));
    if (!make_all_ends(&ends, options->no_trace, err) || !start_runner(options, &ends, &pid, err)) {
        close_both(ends.trace);
        close_both(ends.raw);
        close_both(ends.order);
        return NULL;
    }
    close_fd(&ends.trace[1]);
    close_fd(&ends.raw[1]);
    close_fd(&ends.order[1]);
    struct client *client = memory_allocate(1, sizeof(*client));
    client->options = *options;
    client->pid = pid;
    client->trace_fd = ends.trace[0];
    client->raw_fd = ends.raw[0];
    client->order_fd = ends.order[0];
    client->given = NAN;
    client->stopped = NAN;
    client->closed = NAN;
    client->rested = NAN;
    client->watched = -INFINITY;
    return client;
}

void client_destroy(struct client *client)
{
    if (!client) {
        return;
    }
    close_fd(&client->trace_fd);
    close_fd(&client->raw_fd);
    close_fd(&client->order_fd);
    if (client->pid > 0) {
        kill(-client->pid, SIGKILL); /* with what it may have started */
        kill(client->pid, SIGKILL);
        while (waitpid(client->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    text_finish(&client->order);
    free(client);
}

uint32_t client_run(const struct client *client)
{
    return client->options.run;
}

/* ---- the lesson goes in ---- */

static void send_order(struct client *client)
{
    while (client->order_fd >= 0 && client->order_sent < client->order.length) {
        ssize_t sent = send(client->order_fd, client->order.bytes + client->order_sent,
                            client->order.length - client->order_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return;
        }
        if (sent < 0) {
            break; /* the runner is gone: how it ended says the rest */
        }
        client->order_sent += (size_t)sent;
    }
    const bool whole = client->order_sent == client->order.length;
    if (!whole || (!isnan(client->given) && (client->released || !client->options.stays))) {
        close_fd(&client->order_fd);
    }
}

bool client_ask(struct client *client, const char *question)
{
    if (client->order_fd < 0 || client->pid == 0 || client->killed) {
        return false;
    }
    if (client->order_sent == client->order.length) {
        text_clear(&client->order);
        client->order_sent = 0;
    }
    client->asked = true;
    text_append_string(&client->order, question);
    text_append_string(&client->order, "\n");
    send_order(client);
    return client->order_fd >= 0;
}

void client_rest(struct client *client, double now)
{
    if (!client->options.stays && !isnan(client->rested)) {
        return;
    }
    client->rested = now;
    client->rest_taken = client->pid > 0 ? watch_processor(client->pid) : 0;
    client->asked = false;
}

void client_release(struct client *client)
{
    client->released = true;
    send_order(client);
}

void client_give(struct client *client, const char *path, const char *bytes, size_t length,
                 double now)
{
    text_append_string(&client->order, "{\"path\":");
    json_append_string(&client->order, path, strlen(path));
    text_format(&client->order, ",\"length\":%zu}\n", length);
    text_append(&client->order, bytes, length);
    client->given = now;
    send_order(client);
}

/* ---- the trace comes out ---- */

static void kill_runner(struct client *client, enum client_end why, const char *text)
{
    if (client->killed || client->pid == 0) {
        return;
    }
    client->killed = true;
    client->ending.end = why;
    snprintf(client->ending.text, sizeof(client->ending.text), "%s", text);
    kill(-client->pid, SIGKILL); /* with what it may have started */
    kill(client->pid, SIGKILL);
}

static void keep_raw(struct client *client, const char *bytes, size_t length)
{
    size_t kept = length < RAW_KEPT ? length : RAW_KEPT;
    size_t old = client->raw_kept < RAW_KEPT - kept ? client->raw_kept : RAW_KEPT - kept;
    memmove(client->raw, client->raw + client->raw_kept - old, old);
    memcpy(client->raw + old, bytes + length - kept, kept);
    client->raw_kept = old + kept;
}

/* Bytes read now; closes the descriptor at its end. */
static size_t read_some(int *fd, char *bytes, size_t size)
{
    while (*fd >= 0) {
        ssize_t got = read(*fd, bytes, size);
        if (got > 0) {
            return (size_t)got;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return 0;
        }
        close_fd(fd);
    }
    return 0;
}

static void drain_raw(struct client *client)
{
    char bytes[16384];
    for (int i = 0; i < 64; i++) {
        size_t got = read_some(&client->raw_fd, bytes, sizeof(bytes));
        if (got == 0) {
            return;
        }
        keep_raw(client, bytes, got);
        client->raw_bytes += got;
        if (client->raw_bytes > RAW_BYTES_MAX) {
            kill_runner(client, CLIENT_FLOOD,
                        "the lesson wrote more than 64 MB past Python's print");
            return;
        }
    }
}

static size_t read_trace(struct client *client, char *bytes, size_t size)
{
    const uint64_t limit = client_trace_bytes(&client->options);
    uint64_t room = limit > client->trace_bytes ? limit - client->trace_bytes : 0;
    if (room == 0) {
        char beyond[4096];
        if (read_some(&client->trace_fd, beyond, sizeof(beyond)) > 0) {
            kill_runner(client, CLIENT_FLOOD, "the trace grew larger than what is kept of a run");
            close_fd(&client->trace_fd);
        }
        return 0;
    }
    size_t got = read_some(&client->trace_fd, bytes, room < size ? (size_t)room : size);
    client->trace_bytes += got;
    return got;
}

static void check_time(struct client *client, double now)
{
    if (client->options.stays && !isnan(client->rested)) {
        return;
    }
    if (now - client->rested >= leave_seconds) {
        kill_runner(client, CLIENT_TIMEOUT, "the lesson went on after it had ended");
    }
    if (now - client->stopped >= stop_seconds) {
        kill_runner(client, CLIENT_STOPPED, "the lesson did not listen to Stop and was ended");
    }
    if (client->trace_fd < 0 && isnan(client->closed)) {
        client->closed = now;
    }
    if (now - client->closed >= leave_seconds) {
        kill_runner(client, CLIENT_TIMEOUT, "the lesson closed its trace and went on without it");
    }
    double limit = client->options.wall_seconds;
    if (limit > 0 && now - client->given >= limit) {
        kill_runner(client, CLIENT_TIMEOUT, "the lesson took longer than its time limit");
    }
}

/* Of what it may take: with the GPU's driver, or with Python and what was there before the lesson. */
static unsigned memory_most(const struct client_options *options)
{
    const unsigned own = options->memory_mb > 0 ? options->memory_mb : MEMORY_USUAL_MB;
    const unsigned beside = options->gpu ? MEMORY_OF_DRIVER_MB : MEMORY_OF_PYTHON_MB;
    return options->watched_mb > 0 ? options->watched_mb : own + beside;
}

static void check_taken(struct client *client, const struct taken *taken)
{
    const unsigned most = memory_most(&client->options);
    char text[sizeof(client->ending.text)];
    if (taken->memory > (int64_t)most << 20) {
        snprintf(text, sizeof(text),
                 "the lesson took more than %u MB of memory, which is as much as one%s may take",
                 most, client->options.gpu ? " with the GPU" : "");
        kill_runner(client, CLIENT_MEMORY, text);
    } else if (taken->threads > THREADS_MOST) {
        snprintf(text, sizeof(text),
                 "the lesson started more than %d threads, which is as many as one may have",
                 THREADS_MOST);
        kill_runner(client, CLIENT_THREADS, text);
    }
}

/* A lesson can write its end itself, and then it is nobody's business any more: unless it computes. */
static void check_rest(struct client *client, double now)
{
    const double taken = watch_processor(client->pid) - client->rest_taken;
    if (!client->asked && taken > rest_seconds + rest_part * (now - client->rested)) {
        kill_runner(client, CLIENT_TIMEOUT, "the lesson went on computing after it had ended");
    }
}

/* The kernel holds most limits (box.h); the rest is looked at, and with the GPU, whose memory can be hidden
 * from that, also what is left of the machine's. */
void client_watch(struct client *client, double now)
{
    struct taken taken;
    if (client->pid == 0 || now - client->watched < watch_seconds) {
        return;
    }
    client->watched = now;
    if (watch_taken(client->pid, &taken)) {
        check_taken(client, &taken);
    }
    check_rest(client, now);
    const int64_t left = client->options.gpu ? watch_left() : -1;
    if (left >= 0 && left < (int64_t)LEFT_LEAST_MB << 20) {
        kill_runner(client, CLIENT_MEMORY,
                    "the machine's memory was nearly used up, and a lesson with the GPU, whose "
                    "memory has no limit, was running");
    }
}

/* Once there is nothing to read: whoever asks may have stood still for longer than the runner. */
static void check_start(struct client *client, double now)
{
    if (client->trace_bytes == 0 && now - client->given >= start_seconds) {
        kill_runner(client, CLIENT_TIMEOUT, "the runner did not start within 20 seconds");
    }
}

static void describe_ending(struct client *client, int status)
{
    struct client_ending *ending = &client->ending;
    if (WIFEXITED(status)) {
        ending->end = CLIENT_EXITED;
        ending->status = WEXITSTATUS(status);
        ending->no_reader = ending->status == ORDER_STATUS_NO_READER;
        snprintf(ending->text, sizeof(ending->text), "%s",
                 ending->no_reader ? "the output cannot be written" : "");
        return;
    }
    ending->status = 128 + WTERMSIG(status);
    if (!client->killed) {
        ending->end = CLIENT_CRASHED;
        snprintf(ending->text, sizeof(ending->text), "the runner was ended by signal %d (%s)",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
}

/* Whether the process has ended; it is still there to be reaped, so its number is nobody else's. */
static bool has_ended(const struct client *client)
{
    siginfo_t about = { 0 };
    return client->pid > 0 &&
           waitid(P_PID, (id_t)client->pid, &about, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           about.si_pid == client->pid;
}

/* Where the box could not forbid it, a lesson may have left processes behind: in its session, with our
 * pipes. What is in the pipes was read; what somebody else would write there is not of this run. */
static void reap(struct client *client)
{
    int status;
    if (has_ended(client)) {
        kill(-client->pid, SIGKILL);
        waitpid(client->pid, &status, 0);
        client->pid = 0;
        describe_ending(client, status);
    } else if (client->pid == 0) {
        close_fd(&client->trace_fd);
        close_fd(&client->raw_fd);
        client->over = true;
    }
}

size_t client_read(struct client *client, char *bytes, size_t size, double now)
{
    check_time(client, now);
    client_watch(client, now);
    send_order(client);
    drain_raw(client);
    size_t got = read_trace(client, bytes, size);
    if (got == 0) {
        check_start(client, now);
        reap(client);
    }
    return got;
}

void client_stop(struct client *client, double now)
{
    if (client->pid > 0 && isnan(client->stopped)) {
        client->stopped = now;
        kill(client->pid, SIGINT);
    }
}

size_t client_poll_fds(const struct client *client, struct pollfd *fds)
{
    size_t count = 0;
    if (client->trace_fd >= 0) {
        fds[count++] = (struct pollfd){ .fd = client->trace_fd, .events = POLLIN };
    }
    if (client->raw_fd >= 0) {
        fds[count++] = (struct pollfd){ .fd = client->raw_fd, .events = POLLIN };
    }
    if (client->order_fd >= 0 && client->order_sent < client->order.length) {
        fds[count++] = (struct pollfd){ .fd = client->order_fd, .events = POLLOUT };
    }
    return count;
}

int client_wait(const struct client *client, double now)
{
    if (client->pid == 0) {
        return client->over ? -1 : 0; /* gone: what is left in its pipes is there to be read */
    }
    /* Its end is told by its pipes, if nobody else has got them. */
    double until = now + look_seconds;
    if (client->trace_fd < 0 && client->raw_fd < 0) {
        until = now + (now - client->closed >= 1 ? reap_slowly_seconds : reap_seconds);
    }
    if (!client->killed) {
        until = fmin(until, now + watch_seconds);
        double limit = client->options.wall_seconds;
        until = fmin(until, limit > 0 ? client->given + limit : NAN);
        until = fmin(until, client->trace_bytes == 0 ? client->given + start_seconds : NAN);
        until = fmin(until, client->stopped + stop_seconds);
        until = fmin(until, client->closed + leave_seconds);
        until = fmin(until, client->options.stays ? NAN : client->rested + leave_seconds);
    }
    double milliseconds = ceil((until - now) * 1000);
    return milliseconds < 0 ? 0 : milliseconds > 60000 ? 60000 : (int)milliseconds;
}

const struct client_ending *client_ending(const struct client *client)
{
    return client->over ? &client->ending : NULL;
}

const char *client_killed(const struct client *client)
{
    return client->killed ? client->ending.text : "";
}

const char *client_raw_output(const struct client *client, size_t *length)
{
    *length = client->raw_kept;
    return client->raw;
}
