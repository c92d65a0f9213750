/* Episodes as frames: which are alike, what came before, and why they differ. */

#include "tests/test.h"

#include "engine/base/text.h"
#include "lessons/trace/mask.h"
#include "tests/film_trace.h"
#include "tests/trace_fixture.h"

struct rig {
    struct trace *trace;
    struct stops *stops;
    struct episodes *episodes;
    struct film *film;
};

static struct rig rig_of(struct trace *trace)
{
    struct rig rig = { .trace = trace, .stops = stops_create(trace) };

    rig.episodes = episodes_create(trace);
    rig.film = film_create(trace, rig.episodes);
    return rig;
}

static void rig_update(struct rig *rig, bool growing)
{
    stops_update(rig->stops);
    episodes_update(rig->episodes);
    film_update(rig->film, growing);
}

static struct rig rig_open(const char *fixture)
{
    struct rig rig = rig_of(fixture_load(fixture));

    rig_update(&rig, false);
    return rig;
}

static struct rig rig_many(int count, int every)
{
    struct text bytes = film_trace(count, every);
    struct rig rig = rig_of(trace_create());
    struct error err = { 0 };

    if (!trace_feed(rig.trace, text_string(&bytes), bytes.length, &err)) {
        fail_msg("%s", err.text);
    }
    rig_update(&rig, false);
    text_finish(&bytes);
    return rig;
}

static void rig_close(struct rig *rig)
{
    film_destroy(rig->film);
    episodes_destroy(rig->episodes);
    stops_destroy(rig->stops);
    trace_destroy(rig->trace);
}

static void one_graph_is_no_film(void **state)
{
    (void)state;
    struct rig rig = rig_open("autograd");
    assert_int_equal(film_count(rig.film), 1);
    assert_false(film_offered(rig.film));
    assert_false(film_changes(rig.film));
    rig_close(&rig);
    rig = rig_open("indexing"); /* tensors alone, no graph */
    assert_false(film_offered(rig.film));
    rig_close(&rig);
}

/* What only answers a condition outside any graph is no graph; what is decided by it is told all the same. */
static void a_question_is_no_graph(void **state)
{
    (void)state;
    struct rig rig = rig_open("asked_first");
    assert_int_equal(film_count(rig.film), 2);
    assert_true(film_frame(rig.film, 1)->changed);
    rig_close(&rig);
}

/* The data is made in the first iteration's episode, and its picture is the same all the same. */
static void iterations_are_alike(void **state)
{
    (void)state;
    struct rig rig = rig_open("linear_adam");
    assert_int_equal(film_count(rig.film), 3);
    assert_int_equal(film_scene_count(rig.film), 1);
    assert_int_equal(film_scene(rig.film, 0)->count, 3);
    assert_true(film_offered(rig.film));
    assert_false(film_changes(rig.film));
    assert_true(film_frame(rig.film, 0)->before == NO_FRAME);
    assert_int_equal(film_frame(rig.film, 2)->before, 1);
    rig_close(&rig);
}

/* `choose` is called twice: first two tests, then what either arm computes. The two calls stand on
 * different lines; what makes them comparable is the function. */
static void another_branch_is_another_structure(void **state)
{
    uint32_t was, now;

    (void)state;
    struct rig rig = rig_open("branch");
    assert_int_equal(film_count(rig.film), 4);
    assert_int_equal(film_scene_count(rig.film), 3);
    const struct film_frame *const first = film_frame(rig.film, 2);
    const struct film_frame *const second = film_frame(rig.film, 3);
    assert_true(first->before == NO_FRAME && !first->changed);
    assert_int_equal(second->before, 2);
    assert_true(second->changed && film_changes(rig.film));
    assert_int_equal(first->cond_count, 1);
    assert_int_equal(film_frame(rig.film, 0)->cond_count, 0); /* the test decides nothing itself */
    assert_true(film_reason(rig.film, 3, 2, &was, &now));
    assert_true(trace_record(rig.trace, was)->cond.value);
    assert_false(trace_record(rig.trace, now)->cond.value);
    assert_int_equal(trace_record(rig.trace, now)->cond.at.line, 5);
    rig_close(&rig);
}

/* Where the film goes to, all of the frame has happened, and it is the one on show. */
static void a_frame_is_found_again_at_its_moment(void **state)
{
    (void)state;
    static const char *const names[] = { "branch", "linear_adam", "diamond", "retain_graph" };
    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        struct rig rig = rig_open(names[n]);
        for (size_t i = 0; i < film_count(rig.film); i++) {
            const uint32_t moment = film_moment(rig.film, rig.stops, i);
            assert_true(moment > film_frame(rig.film, i)->whole);
            assert_int_equal(film_at(rig.film, moment), i);
        }
        assert_true(film_at(rig.film, 0) == NO_FRAME);
        rig_close(&rig);
    }
}

static void thousands_of_iterations(void **state)
{
    enum { COUNT = 6000, EVERY = 1000 };
    size_t changes = 0;
    uint32_t was, now;

    (void)state;
    struct rig rig = rig_many(COUNT, EVERY);
    assert_int_equal(film_count(rig.film), COUNT);
    assert_int_equal(film_scene_count(rig.film), 2 * COUNT / EVERY);
    for (size_t i = 1; i < COUNT; i++) {
        const struct film_frame *const frame = film_frame(rig.film, i);
        assert_int_equal(frame->before, i - 1);
        changes += frame->changed;
        assert_true(frame->changed == film_reason(rig.film, i, i - 1, &was, &now));
        assert_int_equal(film_at(rig.film, film_moment(rig.film, rig.stops, i)), i);
    }
    assert_int_equal(changes, 2 * COUNT / EVERY - 1);
    rig_close(&rig);
}

/* While a run grows the film is not read anew with each record, and at its end it is whole. */
static void it_grows_with_the_run(void **state)
{
    enum { COUNT = 400 };
    struct text bytes = film_trace(COUNT, 7);
    struct rig rig = rig_of(trace_create());
    struct error err = { 0 };
    size_t readings = 0, before = 0;

    (void)state;
    for (size_t at = 0; at < bytes.length; at += 64) {
        const size_t length = bytes.length - at < 64 ? bytes.length - at : 64;
        assert_true(trace_feed(rig.trace, text_string(&bytes) + at, length, &err));
        rig_update(&rig, true);
        readings += film_count(rig.film) != before;
        before = film_count(rig.film);
        for (size_t i = 0; i < film_count(rig.film); i++) {
            assert_true(film_frame(rig.film, i)->episode < episodes_count(rig.episodes));
        }
    }
    assert_true(readings < 80);
    rig_update(&rig, false);
    struct rig whole = rig_many(COUNT, 7);
    assert_int_equal(film_count(rig.film), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_true(film_frame(rig.film, i)->structure == film_frame(whole.film, i)->structure);
        assert_int_equal(film_frame(rig.film, i)->before, film_frame(whole.film, i)->before);
    }
    rig_close(&whole);
    rig_close(&rig);
    text_finish(&bytes);
}

static void a_question_masks_its_frames(void **state)
{
    static const int64_t cell = 1;

    (void)state;
    struct rig rig = rig_open("branch");
    assert_false(film_masked(rig.film, 3));
    trace_mask(rig.trace, NULL, 0, &cell, 1);
    assert_true(film_masked(rig.film, 3));
    rig_close(&rig);
}

/* A test whose iteration is over, and that nothing followed in it, decides about nothing after the loop. */
static void a_condition_ends_with_its_iteration(void **state)
{
    struct text text = film_trace(2, 0);
    struct rig rig = rig_of(trace_create());
    struct error err = { 0 };

    (void)state;
    text_append_string(&text, "{\"k\":\"line\",\"f\":1,\"line\":5}\n"
                              "{\"k\":\"cond\",\"f\":1,\"kind\":\"if\",\"at\":[1,5,7,5,12],"
                              "\"value\":false,\"body\":[5,5],\"else\":[5,5]}\n"
                              "{\"k\":\"line\",\"f\":1,\"line\":1}\n");
    film_trace_iteration(&text, 2, true);
    assert_true(trace_feed(rig.trace, text_string(&text), text.length, &err));
    rig_update(&rig, false);
    assert_int_equal(film_count(rig.film), 3);
    assert_int_equal(film_frame(rig.film, 2)->cond_count, 1);
    const uint32_t own = film_frame(rig.film, 2)->conds[0];
    assert_int_equal(trace_record(rig.trace, own)->cond.at.line, 2);
    rig_close(&rig);
    text_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_graph_is_no_film),
        cmocka_unit_test(a_question_is_no_graph),
        cmocka_unit_test(iterations_are_alike),
        cmocka_unit_test(another_branch_is_another_structure),
        cmocka_unit_test(a_frame_is_found_again_at_its_moment),
        cmocka_unit_test(thousands_of_iterations),
        cmocka_unit_test(it_grows_with_the_run),
        cmocka_unit_test(a_question_masks_its_frames),
        cmocka_unit_test(a_condition_ends_with_its_iteration),
    };
    return test_run(tests);
}
