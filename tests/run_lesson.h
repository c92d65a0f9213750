#pragma once
/* Runs a lesson in a real runner and collects what it wrote. */

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "engine/base/json.h"
#include "lessons/runner/client.h"

#define RUNNER_PATH GRADLIGHT_BUILD_ROOT "/gradlight-runner"

/* What came of a run. The caller frees the trace with text_finish. */
struct lesson_run {
    struct text trace;
    struct client_ending ending;
    char raw[4096 + 1];
};

static inline double run_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Collects until the runner is gone. `stop_after`: when the trace holds this text, Stop is pressed;
 * NULL: it never is. Destroys the client. */
static inline struct lesson_run run_collect(struct client *client, const char *stop_after)
{
    static char bytes[65536];
    struct lesson_run run = { 0 };
    bool stopped = false;
    while (!client_ending(client)) {
        struct pollfd fds[CLIENT_POLL_FDS];
        poll(fds, client_poll_fds(client, fds), client_wait(client, run_clock()));
        size_t got;
        while ((got = client_read(client, bytes, sizeof(bytes), run_clock())) > 0) {
            text_append(&run.trace, bytes, got);
        }
        if (stop_after && !stopped && strstr(text_string(&run.trace), stop_after)) {
            stopped = true;
            client_stop(client, run_clock());
        }
    }
    size_t length;
    const char *raw = client_raw_output(client, &length);
    memcpy(run.raw, raw, length);
    run.ending = *client_ending(client);
    client_destroy(client);
    return run;
}

static inline struct client *run_start(struct client_options options)
{
    struct error err = { 0 };
    options.runner = RUNNER_PATH;
    struct client *client = client_start(&options, &err);
    if (!client) {
        fail_msg("%s", err.text);
    }
    return client;
}

static inline struct lesson_run run_text(const char *text, struct client_options options)
{
    struct client *client = run_start(options);
    client_give(client, "lesson.py", text, strlen(text), run_clock());
    return run_collect(client, NULL);
}

/* A whole file; the caller frees it. */
static inline char *run_file_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_msg("cannot open %s", path);
    }
    struct text text = { 0 };
    char bytes[4096];
    size_t got;
    while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0) {
        text_append(&text, bytes, got);
    }
    fclose(file);
    text_append(&text, "", 0);
    return text.bytes ? text.bytes : calloc(1, 1);
}

/* Calls `see` for each record of a trace, which must be whole lines of JSON. */
static inline void run_each_record(const struct text *trace,
                                   void (*see)(void *context, const struct json *record),
                                   void *context)
{
    struct arena arena = { 0 };
    for (const char *line = text_string(trace); *line;) {
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        struct error err = { 0 };
        const struct json *record = json_parse(&arena, line, (size_t)(end - line), &err);
        if (!record) {
            fail_msg("broken line: %s", err.text);
        }
        see(context, record);
        arena_clear(&arena);
        line = end + 1;
    }
    arena_finish(&arena);
}

struct run_gather {
    const char *kind, *member, *other, *other_value;
    struct text text;
};

static inline void run_gather_one(void *context, const struct json *record)
{
    struct run_gather *gather = context;
    bool wanted = strcmp(json_find_string(record, "k", ""), gather->kind) == 0;
    wanted &= !gather->other ||
              strcmp(json_find_string(record, gather->other, ""), gather->other_value) == 0;
    if (wanted) {
        text_append_string(&gather->text, json_find_string(record, gather->member, ""));
    }
}

/* The string member of all records of a kind, one after the other; the caller frees it. With
 * `other`: only of records whose member of that name has that value. */
static inline char *run_gathered(const struct text *trace, const char *kind, const char *member,
                                 const char *other, const char *other_value)
{
    struct run_gather gather = { kind, member, other, other_value, { 0 } };
    run_each_record(trace, run_gather_one, &gather);
    return gather.text.bytes ? gather.text.bytes : calloc(1, 1);
}

static inline char *run_stdout(const struct text *trace)
{
    return run_gathered(trace, "out", "text", "stream", "stdout");
}

/* Object addresses differ from run to run: 0x7f12ab becomes 0x0. */
static inline void run_mask_addresses(char *text)
{
    char *to = text;
    for (const char *at = text; *at;) {
        *to++ = *at++;
        if (at[-1] == '0' && at[0] == 'x' && strchr("0123456789abcdef", at[1]) && at[1]) {
            *to++ = *at++;
            at += strspn(at, "0123456789abcdef");
            *to++ = '0';
        }
    }
    *to = '\0';
}

static inline void assert_has(const struct lesson_run *run, const char *text)
{
    if (!strstr(text_string(&run->trace), text)) {
        fail_msg("the trace lacks %s:\n%s", text, text_string(&run->trace));
    }
}

static inline void assert_lacks(const struct lesson_run *run, const char *text)
{
    if (strstr(text_string(&run->trace), text)) {
        fail_msg("the trace has %s:\n%s", text, text_string(&run->trace));
    }
}

/* The records of that kind, without their braces and kind, one on a line. */
static inline void assert_records(const char *lesson, const char *kind, const char *expected)
{
    struct lesson_run run = run_text(lesson, (struct client_options){ 0 });
    struct text found = { 0 }, start = { 0 };
    text_format(&start, "{\"k\":\"%s\"", kind);
    for (const char *line = text_string(&run.trace); *line;) {
        size_t length = strcspn(line, "\n") + 1;
        if (strncmp(line, start.bytes, start.length) == 0) {
            text_append(&found, line + start.length + 1, length - start.length - 3);
            text_append_char(&found, '\n');
        }
        line += length;
    }
    assert_string_equal(text_string(&found), expected);
    text_finish(&found);
    text_finish(&start);
    text_finish(&run.trace);
}
