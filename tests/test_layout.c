#include "tests/test.h"

#include "render/layout/layout.h"

#include <math.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "render/layout/answer.h"
#include "render/layout/wire.h"

static const char *const worker = GRADLIGHT_BUILD_ROOT "/gradlight-layout";

/* x → y ⇉ y·y → z, with the constants 2 and 3; the last two boxes are in a module. */
static const struct layout_box boxes[] = {
    { 200, 160, 0 }, { 80, 60, 0 }, { 220, 160, 0 },
    { 220, 160, 1 }, { 80, 60, 1 }, { 220, 160, 1 },
};
static const struct layout_edge edges[] = {
    { 0, 2, 90, 20 },  { 1, 2, 0, 1 }, { 2, 3, 120, 20 },
    { 2, 3, 120, 20 }, { 3, 5, 0, 0 }, { 4, 5, 0, 0 },
};
static const struct layout_cluster clusters[] = { { 0, 90, 24 } };
static const struct layout_input chain = {
    .boxes = boxes,
    .box_count = 6,
    .edges = edges,
    .edge_count = 6,
    .clusters = clusters,
    .cluster_count = 1,
    .gap = 24,
    .rank_gap = 40,
};

static bool overlap(const struct layout_input *input, const struct layout *layout, int a, int b)
{
    const struct point p = layout->boxes[a], q = layout->boxes[b];
    return p.x < q.x + input->boxes[b].w && q.x < p.x + input->boxes[a].w &&
           p.y < q.y + input->boxes[b].h && q.y < p.y + input->boxes[a].h;
}

static void check_boxes(const struct layout_input *input, const struct layout *layout)
{
    for (int a = 0; a < input->box_count; a++) {
        assert_true(layout->boxes[a].x >= -1 && layout->boxes[a].y >= -1);
        assert_true(layout->boxes[a].x + input->boxes[a].w <= layout->w + 1);
        assert_true(layout->boxes[a].y + input->boxes[a].h <= layout->h + 1);
        for (int b = a + 1; b < input->box_count; b++) {
            assert_false(overlap(input, layout, a, b));
        }
    }
}

static void check_chain(const struct layout *layout)
{
    check_boxes(&chain, layout);
    /* data flows to the right, with room for the label between the cards */
    assert_true(layout->boxes[0].x + 200 + 90 <= layout->boxes[2].x + 1);
    assert_true(layout->boxes[2].x + 220 + 120 <= layout->boxes[3].x + 1);
    /* y*y has two edges that can be told apart */
    const struct layout_curve *first = &layout->edges[2], *second = &layout->edges[3];
    const struct point one = first->points[first->count / 2];
    const struct point other = second->points[second->count / 2];
    assert_true(fabsf(one.y - other.y) > 4);
    /* the module's frame holds its boxes, and their title above them */
    const struct rect frame = layout->clusters[0];
    for (int i = 3; i < 6; i++) {
        assert_true(layout->boxes[i].x >= frame.x && layout->boxes[i].y >= frame.y + 20);
        assert_true(layout->boxes[i].x + boxes[i].w <= frame.x + frame.w);
    }
    assert_true(layout->boxes[2].x + 220 <= frame.x);
}

static void graphviz_lays_out(void **state)
{
    (void)state;
    struct layout layout;
    layout_compute(&layout, &chain, worker);
    assert_false(layout.by_fallback);
    check_chain(&layout);
    layout_finish(&layout);
}

static void the_same_question_has_the_same_answer(void **state)
{
    (void)state;
    struct layout one, other;
    layout_compute(&one, &chain, worker);
    layout_compute(&other, &chain, worker);
    assert_memory_equal(one.boxes, other.boxes, sizeof(struct point) * 6);
    layout_finish(&one);
    layout_finish(&other);
}

static void ranks_go_down_when_asked(void **state)
{
    (void)state;
    struct layout_input input = chain;
    input.down = true;
    struct layout layout;
    layout_compute(&layout, &input, worker);
    assert_false(layout.by_fallback);
    check_boxes(&input, &layout);
    assert_true(layout.boxes[0].y + 160 < layout.boxes[2].y);
    layout_finish(&layout);
    layout_layered(&layout, &input);
    check_boxes(&input, &layout);
    assert_true(layout.boxes[0].y + 160 < layout.boxes[2].y);
    layout_finish(&layout);
}

static void the_fallback_stands_in(void **state)
{
    (void)state;
    struct layout layout;
    layout_layered(&layout, &chain);
    assert_true(layout.by_fallback);
    check_chain(&layout);
    layout_finish(&layout);
    layout_compute(&layout, &chain, "/nowhere/gradlight-layout");
    assert_true(layout.by_fallback);
    check_chain(&layout);
    layout_finish(&layout);
}

static void the_fallback_survives_cycles_and_loops(void **state)
{
    (void)state;
    const struct layout_edge round[] = {
        { 0, 1, 0, 0 }, { 1, 2, 0, 0 }, { 2, 0, 0, 0 }, { 3, 3, 0, 0 }
    };
    struct layout_input input = chain;
    input.edges = round;
    input.edge_count = 4;
    struct layout layout;
    layout_layered(&layout, &input);
    check_boxes(&input, &layout);
    layout_finish(&layout);
    layout_compute(&layout, &input, worker);
    check_boxes(&input, &layout);
    layout_finish(&layout);
}

static void one_box_and_many(void **state)
{
    (void)state;
    struct layout_input input = { .boxes = boxes, .box_count = 1, .gap = 10, .rank_gap = 10 };
    struct layout layout;
    layout_compute(&layout, &input, worker);
    assert_false(layout.by_fallback);
    layout_finish(&layout);

    enum { MANY = 300 };
    struct layout_box many[MANY];
    struct layout_edge chained[MANY];
    for (int i = 0; i < MANY; i++) {
        many[i] = (struct layout_box){ 120, 80, 0 };
        chained[i] = (struct layout_edge){ i / 2, i, 0, 0 };
    }
    input.boxes = many;
    input.box_count = MANY;
    input.edges = chained + 1;
    input.edge_count = MANY - 1;
    layout_compute(&layout, &input, worker);
    assert_false(layout.by_fallback);
    check_boxes(&input, &layout);
    layout_finish(&layout);
}

/* ---- a worker that misbehaves ---------------------------------------------------------------- */

struct script {
    char folder[64], path[96];
};

static struct script script_write(const char *body)
{
    struct script script;
    snprintf(script.folder, sizeof(script.folder), "/tmp/gradlight-test-XXXXXX");
    assert_non_null(mkdtemp(script.folder));
    snprintf(script.path, sizeof(script.path), "%s/worker", script.folder);
    FILE *file = fopen(script.path, "w");
    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", body);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(script.path, 0700), 0);
    return script;
}

static void script_remove(const struct script *script)
{
    assert_int_equal(unlink(script->path), 0);
    assert_int_equal(rmdir(script->folder), 0);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void a_bad_worker_leaves_the_fallback(void **state)
{
    (void)state;
    const char *const bodies[] = {
        "exit 1",
        "kill -SEGV $$",
        "echo this is no layout at all, but it is long enough to be read as one",
        "cat", /* its question back */
        "exec head -c 100000 /dev/zero",
        "exec sleep 60",            /* hangs */
        "while :; do echo y; done", /* floods */
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const struct script script = script_write(bodies[i]);
        struct layout layout;
        const double begun = seconds_now();
        layout_compute(&layout, &chain, script.path);
        assert_true(seconds_now() - begun < 2.5);
        assert_true(layout.by_fallback);
        check_chain(&layout);
        layout_finish(&layout);
        script_remove(&script);
    }
    assert_true(waitpid(-1, NULL, WNOHANG) < 0); /* no child is left */
}

static void a_worker_killed_once_is_asked_again(void **state)
{
    (void)state;
    struct script script = script_write("");
    char body[512];
    snprintf(body, sizeof(body), "#!/bin/sh\nif mkdir %s/once; then kill -9 $$; fi\nexec %s\n",
             script.folder, worker);
    FILE *file = fopen(script.path, "w");
    assert_non_null(file);
    fputs(body, file);
    fclose(file);
    struct layout layout;
    layout_compute(&layout, &chain, script.path);
    assert_false(layout.by_fallback);
    layout_finish(&layout);
    char once[96];
    snprintf(once, sizeof(once), "%s/once", script.folder);
    assert_int_equal(rmdir(once), 0);
    script_remove(&script);
}

static void a_job_is_stepped_without_blocking(void **state)
{
    (void)state;
    struct error err = { 0 };
    struct layout layout;
    struct layout_job *job = layout_job_start(&chain, worker, &err);
    assert_non_null(job);
    enum layout_progress progress = LAYOUT_WORKING;
    while (progress == LAYOUT_WORKING) {
        struct pollfd ready = { .fd = layout_job_descriptor(job), .events = POLLIN };
        assert_int_equal(poll(&ready, 1, 5000), 1);
        progress = layout_job_step(job, 0, &layout, &err);
    }
    assert_int_equal(progress, LAYOUT_DONE);
    check_chain(&layout);
    layout_finish(&layout);
    layout_job_destroy(job);

    const struct script script = script_write("exec sleep 60");
    job = layout_job_start(&chain, script.path, &err);
    assert_non_null(job);
    assert_int_equal(layout_job_step(job, 0.5, &layout, &err), LAYOUT_WORKING);
    assert_int_equal(layout_job_step(job, LAYOUT_WAIT_MAX, &layout, &err), LAYOUT_FAILED);
    assert_string_equal(err.text, "gradlight-layout took longer than a second");
    layout_job_destroy(job);
    script_remove(&script);
}

/* Everything that this thread starts from here on shares one processor with it; how it was comes back. */
static cpu_set_t share_one_processor(void)
{
    cpu_set_t all, one;

    assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
        }
    }
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    return all;
}

static void a_layout_that_waits_for_a_processor_is_waited_for(void **state)
{
    static const double late = LAYOUT_SECONDS_MAX + 0.05, patience = 30;

    (void)state;
    if (access("/proc/self/schedstat", R_OK) != 0) {
        skip(); /* this kernel does not count the time, and no layout is given longer than a second */
    }
    struct layout layout;
    struct error err = { 0 };
    const struct script script = script_write("ulimit -t 60\nwhile :; do :; done");
    const cpu_set_t before = share_one_processor();
    struct layout_job *const job = layout_job_start(&chain, script.path, &err);
    assert_non_null(job);
    /* Asking without a pause keeps the processor from the worker for half of the time. */
    enum layout_progress progress = LAYOUT_FAILED;
    for (const double begun = seconds_now();
         progress != LAYOUT_WORKING && seconds_now() - begun < patience;) {
        progress = layout_job_step(job, late, &layout, &err);
    }
    assert_int_equal(progress, LAYOUT_WORKING);
    assert_int_equal(layout_job_step(job, LAYOUT_WAIT_MAX, &layout, &err), LAYOUT_FAILED);
    layout_job_destroy(job);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
    script_remove(&script);
}

/* A value that is used in every step of a long computation: its lines cross a hundred boxes each, which
 * Graphviz would take minutes for. */
static void long_lines_do_not_hold_up_the_layout(void **state)
{
    (void)state;
    enum { STEPS = 250 };
    static struct layout_box steps[STEPS + 1];
    static struct layout_edge lines[2 * STEPS];
    struct layout_input input = { .boxes = steps,
                                  .box_count = STEPS + 1,
                                  .edges = lines,
                                  .edge_count = 2 * STEPS - 1,
                                  .gap = 30,
                                  .rank_gap = 60 };
    struct error err = { 0 };
    struct layout layout = { 0 };
    for (int i = 0; i <= STEPS; i++) {
        steps[i] = (struct layout_box){ .w = 100, .h = 60 };
    }
    for (int i = 0; i < STEPS; i++) { /* box 0 is the value */
        lines[i] = (struct layout_edge){ .from = 0, .to = i + 1 };
        lines[STEPS + i] = (struct layout_edge){ .from = i + 1, .to = i + 2 };
    }
    struct layout_job *const job = layout_job_start(&input, worker, &err);
    assert_non_null(job);
    enum layout_progress progress = LAYOUT_WORKING;
    while (progress == LAYOUT_WORKING) {
        struct pollfd ready = { .fd = layout_job_descriptor(job), .events = POLLIN };
        assert_true(poll(&ready, 1, 60000) >= 0);
        progress = layout_job_step(job, 0, &layout, &err);
    }
    assert_int_equal(progress, LAYOUT_DONE);
    for (int i = 0; i < STEPS; i++) { /* whose curves join is what a reader of answers looks at */
        assert_true(layout.boxes[i + 1].x > layout.boxes[i].x + 100);
    }
    layout_finish(&layout);
    layout_job_destroy(job);
}

/* ---- hostile answers ------------------------------------------------------------------------- */

enum { ANSWER_MAX = 4096 };

struct answer {
    uint8_t bytes[ANSWER_MAX];
    size_t length;
};

static void answer_add(struct answer *answer, const void *bytes, size_t length)
{
    assert_true(answer->length + length <= ANSWER_MAX);
    memcpy(answer->bytes + answer->length, bytes, length);
    answer->length += length;
}

/* An honest answer for two joined boxes. */
static const struct layout_input pair = {
    .boxes = (const struct layout_box[]){ { 100, 50, 0 }, { 100, 50, 0 } },
    .box_count = 2,
    .edges = (const struct layout_edge[]){ { 0, 1, 0, 0 } },
    .edge_count = 1,
};

static struct answer honest_answer(void)
{
    struct answer answer = { .length = 0 };
    const struct wire_answer head = { LAYOUT_MAGIC, 2, 1, 0, 300, 50 };
    const struct wire_point centres[] = { { 50, 25 }, { 250, 25 } };
    const int32_t count = 4;
    const struct wire_point curve[] = { { 100, 25 }, { 130, 25 }, { 170, 25 }, { 200, 25 } };
    answer_add(&answer, &head, sizeof(head));
    answer_add(&answer, centres, sizeof(centres));
    answer_add(&answer, &count, sizeof(count));
    answer_add(&answer, curve, sizeof(curve));
    return answer;
}

static bool accepted(const struct answer *answer)
{
    struct layout layout = { 0 };
    struct error err = { 0 };
    const bool good = layout_answer_read(&layout, &pair, answer->bytes, answer->length, &err);
    assert_true(good || err.text[0]);
    layout_finish(&layout);
    return good;
}

static void an_honest_answer_is_taken(void **state)
{
    (void)state;
    const struct answer answer = honest_answer();
    assert_true(accepted(&answer));
}

static void a_cut_or_longer_answer_is_refused(void **state)
{
    (void)state;
    struct answer answer = honest_answer();
    const size_t whole = answer.length;
    for (answer.length = 0; answer.length < whole; answer.length++) {
        assert_false(accepted(&answer));
    }
    answer.length = whole + 1;
    assert_false(accepted(&answer));
}

static void a_changed_answer_is_refused(void **state)
{
    (void)state;
    const size_t curve_at = sizeof(struct wire_answer) + 2 * sizeof(struct wire_point);
    const struct {
        size_t at;
        bool whole;
        int32_t number;
        float value;
    } changes[] = {
        { offsetof(struct wire_answer, magic), true, 1, 0 },
        { offsetof(struct wire_answer, box_count), true, 3, 0 },
        { offsetof(struct wire_answer, edge_count), true, 0, 0 },
        { offsetof(struct wire_answer, cluster_count), true, -1, 0 },
        { offsetof(struct wire_answer, w), false, 0, NAN },
        { offsetof(struct wire_answer, w), false, 0, -300 },
        { offsetof(struct wire_answer, h), false, 0, 1e20f },
        { sizeof(struct wire_answer), false, 0, NAN },  /* a box nowhere */
        { sizeof(struct wire_answer), false, 0, 4000 }, /* a box off the page */
        { curve_at, true, 5, 0 },                       /* not 1 + 3 k */
        { curve_at, true, -2, 0 },
        { curve_at, true, 1 << 30, 0 },
        { curve_at + 4, false, 0, 180 },         /* starts away from its box */
        { curve_at + 4 + 3 * 8, false, 0, 150 }, /* ends away from its box */
        { curve_at + 4 + 8, false, 0, INFINITY },
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct answer answer = honest_answer();
        memcpy(answer.bytes + changes[i].at,
               changes[i].whole ? (const void *)&changes[i].number
                                : (const void *)&changes[i].value,
               4);
        assert_false(accepted(&answer));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphviz_lays_out),
        cmocka_unit_test(the_same_question_has_the_same_answer),
        cmocka_unit_test(ranks_go_down_when_asked),
        cmocka_unit_test(the_fallback_stands_in),
        cmocka_unit_test(the_fallback_survives_cycles_and_loops),
        cmocka_unit_test(one_box_and_many),
        cmocka_unit_test(a_bad_worker_leaves_the_fallback),
        cmocka_unit_test(a_worker_killed_once_is_asked_again),
        cmocka_unit_test(a_job_is_stepped_without_blocking),
        cmocka_unit_test(a_layout_that_waits_for_a_processor_is_waited_for),
        cmocka_unit_test(long_lines_do_not_hold_up_the_layout),
        cmocka_unit_test(an_honest_answer_is_taken),
        cmocka_unit_test(a_cut_or_longer_answer_is_refused),
        cmocka_unit_test(a_changed_answer_is_refused),
    };
    return test_run(tests);
}
