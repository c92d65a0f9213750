/* Which graph belongs to which picture. */
#include "tests/test.h"

#include <inttypes.h>

#include "lessons/trace/episodes.h"
#include "tests/trace_fixture.h"

static void append_ids(struct text *out, const char *what, const int64_t *ids, size_t count)
{
    text_format(out, " %s", what);
    for (size_t i = 0; i < count; i++) {
        text_format(out, "%s%" PRId64, i > 0 ? "," : "", ids[i]);
    }
}

/* "tracked ops1,2 tensors1 backwards1" for each. */
static void describe(struct text *out, const struct episodes *episodes)
{
    for (size_t i = 0; i < episodes_count(episodes); i++) {
        const struct episode *episode = episodes_at(episodes, i);
        text_append_string(out, episode->tracked ? "tracked" : "plain");
        append_ids(out, "ops", episode->ops, episode->op_count);
        append_ids(out, "tensors", episode->tensors, episode->tensor_count);
        append_ids(out, "backwards", episode->backwards, episode->backward_count);
        text_append_char(out, '\n');
    }
}

static void check_trace(struct trace *trace, const char *expected)
{
    struct episodes *episodes = episodes_create(trace);
    struct text out = { 0 };
    episodes_update(episodes);
    describe(&out, episodes);
    assert_string_equal(text_string(&out), expected);
    text_finish(&out);
    episodes_destroy(episodes);
    trace_destroy(trace);
}

static void one_graph_is_one_episode(void **state)
{
    (void)state;
    check_trace(fixture_load("autograd"), "tracked ops1,2,3,4 tensors1,2,3,4 backwards1\n");
    check_trace(fixture_load("second_backward"),
                "tracked ops1,2,3,4 tensors1,2,3,4 backwards1,2\n");
    check_trace(fixture_load("diamond"), "tracked ops1,2,3,4,5 tensors1,2,3,4,5 backwards1\n");
}

static void each_iteration_is_an_episode(void **state)
{
    (void)state;
    check_trace(fixture_load("linear_adam"),
                "tracked ops1,2,3,4,5,6,7 tensors1,2,3,4,5,6,7,8,9 backwards1\n"
                "tracked ops8,9,10,11,12 tensors1,2,3,4,23,24,25,26,27 backwards2\n"
                "tracked ops13,14,15,16,17 tensors1,2,3,4,37,38,39,40,41 backwards3\n");
}

static void plain_maths_is_an_episode_too(void **state)
{
    (void)state;
    check_trace(fixture_load("indexing"), "plain ops1,2,3,4,5,6 tensors1,2,3,4,5,6 backwards\n");
}

static void a_test_of_a_condition_is_a_graph_of_its_own(void **state)
{
    (void)state;
    check_trace(fixture_load("branch"), "tracked ops1,3,4 tensors1,3,4 backwards\n"
                                        "tracked ops2,7,8 tensors2,11,12 backwards\n"
                                        "tracked ops5,6 tensors1,5,6 backwards1\n"
                                        "tracked ops9,10 tensors2,13,14 backwards2\n");
}

/* What a backward never comes to stays beside it, also what a detach cut off; not over the turns of a
 * loop, nor the ends of one that was walked. */
static void a_dead_end_stays_beside_what_hangs_on_the_same_leaf(void **state)
{
    (void)state;
    check_trace(fixture_load("dead_ends"), "tracked ops1,2,3,4,5,6 tensors1,2,3,4,5,6 backwards1\n"
                                           "tracked ops7,8 tensors1,10,11 backwards2\n"
                                           "tracked ops9,10,11 tensors1,14,15,16 backwards\n"
                                           "tracked ops12,13 tensors1,16,17,18 backwards\n");
}

/* What no_grad made of the leaf stands beside what hangs on it outside; an update of the leaf does not. */
static void what_no_grad_left_out_stays_beside_what_follows(void **state)
{
    (void)state;
    check_trace(fixture_load("no_grad_beside"), "tracked ops1,2,3,4,5 tensors1,2,3,6,7 backwards1\n"
                                                "tracked ops6 tensors1,8 backwards\n");
}

static void the_moment_says_which_to_show(void **state)
{
    (void)state;
    struct trace *trace = fixture_load("linear_adam");
    struct episodes *episodes = episodes_create(trace);
    episodes_update(episodes);
    assert_true(episodes_index_at(episodes, 0) == SIZE_MAX);
    assert_true(episodes_index_at(episodes, trace_op(trace, 1)->born) == SIZE_MAX);
    assert_int_equal(episodes_index_at(episodes, trace_op(trace, 1)->born + 1), 0);
    assert_int_equal(episodes_index_at(episodes, trace_op(trace, 8)->born), 0);
    assert_int_equal(episodes_index_at(episodes, trace_op(trace, 8)->born + 1), 1);
    assert_int_equal(episodes_index_at(episodes, NEVER), 2);
    assert_int_equal(episodes_at(episodes, 1)->first, trace_op(trace, 8)->first);
    assert_int_equal(episodes_at(episodes, 1)->last, trace_backward(trace, 2)->ended);

    assert_int_equal(episodes_of_tensor(episodes, 9), 0);  /* the first loss */
    assert_int_equal(episodes_of_tensor(episodes, 27), 1); /* the second */
    assert_int_equal(episodes_of_tensor(episodes, 3), 0);  /* the weight: where it is first used */
    assert_int_equal(episodes_of_tensor(episodes, 50), 2); /* a gradient: that of its walk */
    assert_true(episodes_of_tensor(episodes, 19) == SIZE_MAX); /* an optimizer's state */
    assert_true(episodes_of_tensor(episodes, 0) == SIZE_MAX);
    episodes_destroy(episodes);
    trace_destroy(trace);
}

static void episodes_grow_with_the_trace(void **state)
{
    (void)state;
    for (int i = 0; i < FIXTURE_COUNT; i++) {
        size_t length;
        char *bytes = fixture_bytes(fixture_names[i], &length);
        struct trace *whole = fixture_load(fixture_names[i]), *growing = trace_create();
        struct episodes *at_once = episodes_create(whole), *bit_by_bit = episodes_create(growing);
        struct error err = { 0 };
        struct text expected = { 0 }, got = { 0 };
        for (size_t k = 0; k < length; k++) {
            assert_true(trace_feed(growing, bytes + k, 1, &err));
            episodes_update(bit_by_bit);
        }
        episodes_update(at_once);
        describe(&expected, at_once);
        describe(&got, bit_by_bit);
        assert_string_equal(got.bytes, expected.bytes);
        text_finish(&expected);
        text_finish(&got);
        episodes_destroy(at_once);
        episodes_destroy(bit_by_bit);
        trace_destroy(whole);
        trace_destroy(growing);
        free(bytes);
    }
}

/* ---- graphs that the fixtures lack, put together from short words --------------------------- */

struct maker {
    struct text text;
    int tensors, nodes, ops, walks;
};

static void begin(struct maker *maker)
{
    *maker = (struct maker){ 0 };
    text_append_string(
        &maker->text,
        "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\",\"device\":\"cpu\","
        "\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":7,\"seccomp\":true,"
        "\"why\":\"\"}}\n{\"k\":\"cell\",\"in\":1,\"f\":1}\n");
}

static int tensor(struct maker *maker)
{
    text_format(&maker->text, "{\"k\":\"tensor\",\"t\":%d,\"shape\":[],\"dtype\":\"float32\"}\n",
                ++maker->tensors);
    return maker->tensors;
}

static void input(struct maker *maker, int tensor_id, bool comma)
{
    if (tensor_id != 0) {
        text_format(&maker->text, "%s{\"t\":%d}", comma ? "," : "", tensor_id);
    }
}

/* An operation on `a` and `b` (0: none) that autograd does not track; returns its output. */
static int plain(struct maker *maker, int a, int b)
{
    const int out = tensor(maker);
    text_format(&maker->text, "{\"k\":\"op\",\"o\":%d,\"op\":\"x\",\"in\":[", ++maker->ops);
    input(maker, a, false);
    input(maker, b, true);
    text_format(&maker->text, "],\"out\":[%d]}\n", out);
    return out;
}

static int created(struct maker *maker)
{
    const int out = tensor(maker);
    text_format(&maker->text, "{\"k\":\"op\",\"o\":%d,\"op\":\"ones\",\"out\":[%d]}\n",
                ++maker->ops, out);
    return out;
}

struct edge {
    int tensor, node; /* node 0: the tensor is a leaf */
};

/* A tracked operation on two inputs; tensor 0: there is none. */
static struct edge tracked(struct maker *maker, struct edge a, struct edge b)
{
    const int out = tensor(maker);
    const struct edge inputs[] = { a, b };
    text_format(&maker->text, "{\"k\":\"node\",\"n\":%d,\"name\":\"N\",\"edges\":[",
                ++maker->nodes);
    for (int i = 0; i < 2; i++) {
        text_append_string(&maker->text, i > 0 ? "," : "");
        if (inputs[i].tensor == 0) {
            text_append_string(&maker->text, "null");
        } else {
            text_format(&maker->text, "{\"%s\":%d}", inputs[i].node ? "n" : "leaf",
                        inputs[i].node ? inputs[i].node : inputs[i].tensor);
        }
    }
    text_format(&maker->text, "]}\n{\"k\":\"op\",\"o\":%d,\"op\":\"x\",\"in\":[{\"t\":%d}",
                ++maker->ops, a.tensor);
    input(maker, b.tensor, true);
    text_format(&maker->text, "],\"out\":[%d],\"n\":%d}\n", out, maker->nodes);
    return (struct edge){ out, maker->nodes };
}

static void backward(struct maker *maker, int root)
{
    const int grad = tensor(maker);
    text_format(&maker->text, "{\"k\":\"backward\",\"b\":%d,\"root\":%d,\"grad\":%d}\n",
                ++maker->walks, root, grad);
    text_format(&maker->text, "{\"k\":\"backward_end\",\"b\":%d}\n", maker->walks);
}

static struct trace *made(struct maker *maker)
{
    struct trace *trace = trace_create();
    struct error err = { 0 };
    if (!trace_feed(trace, maker->text.bytes, maker->text.length, &err)) {
        fail_msg("%s", err.text);
    }
    text_finish(&maker->text);
    return trace;
}

static const struct edge none;

/* total = total + loss, never walked, must not chain the iterations together. */
static void a_running_total_does_not_chain_iterations(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    const struct edge w = { tensor(&maker), 0 };
    struct edge total = none;
    for (int i = 0; i < 3; i++) {
        const struct edge loss = tracked(&maker, w, none);
        backward(&maker, loss.tensor);
        total = tracked(&maker, loss, total);
    }
    check_trace(made(&maker), "tracked ops1,2 tensors1,2,4 backwards1\n"
                              "tracked ops3,4 tensors1,4,5,7 backwards2\n"
                              "tracked ops5,6 tensors1,7,8,10 backwards3\n");
}

static void roots_that_share_nodes_share_the_episode(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    const struct edge w = { tensor(&maker), 0 };
    const struct edge hidden = tracked(&maker, w, none);
    const struct edge first = tracked(&maker, hidden, none);
    backward(&maker, first.tensor);
    const struct edge other = tracked(&maker, w, none);
    const struct edge second = tracked(&maker, other, hidden);
    backward(&maker, second.tensor);
    check_trace(made(&maker), "tracked ops1,2,3,4 tensors1,2,3,5,6 backwards1,2\n");
}

/* Two graphs that only share a leaf are two pictures. */
static void a_shared_leaf_does_not_join(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    const struct edge x = { created(&maker), 0 };
    tracked(&maker, x, none);
    tracked(&maker, x, none);
    check_trace(made(&maker), "tracked ops1,2 tensors1,2 backwards\n"
                              "tracked ops3 tensors1,3 backwards\n");
}

static void plain_maths_follows_the_tensors_it_uses(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    const int x = created(&maker);                                  /* 1 */
    const int y = plain(&maker, x, 0);                              /* 2: data, made before */
    const struct edge w = { tensor(&maker), 0 };                    /* 3 */
    const struct edge out = tracked(&maker, w, (struct edge){ 0 }); /* 4 */
    plain(&maker, out.tensor, y);                                   /* 5: accuracy */
    plain(&maker, w.tensor, 0);                                     /* 6: only a leaf */
    check_trace(made(&maker), "plain ops1,2 tensors1,2 backwards\n"
                              "tracked ops3,4 tensors2,3,4,5 backwards\n"
                              "plain ops5 tensors3,6 backwards\n");
}

static void created_tensors_that_nobody_uses_stand_alone(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    created(&maker);
    created(&maker);
    check_trace(made(&maker), "plain ops1 tensors1 backwards\n"
                              "plain ops2 tensors2 backwards\n");
}

static void a_leaf_can_be_a_root(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    const int x = tensor(&maker);
    backward(&maker, x);
    check_trace(made(&maker), "plain ops tensors1 backwards1\n");
}

/* A long chain of walks over the same growing graph: each is looked at only once. */
static void a_long_recurrence_is_quick(void **state)
{
    (void)state;
    struct maker maker;
    begin(&maker);
    struct edge h = { tensor(&maker), 0 };
    for (int i = 0; i < 3000; i++) {
        h = tracked(&maker, h, none);
        backward(&maker, h.tensor);
    }
    struct trace *trace = made(&maker);
    struct episodes *episodes = episodes_create(trace);
    episodes_update(episodes);
    assert_int_equal(episodes_count(episodes), 1);
    assert_int_equal(episodes_at(episodes, 0)->op_count, 3000);
    assert_int_equal(episodes_at(episodes, 0)->backward_count, 3000);
    episodes_destroy(episodes);
    trace_destroy(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_graph_is_one_episode),
        cmocka_unit_test(each_iteration_is_an_episode),
        cmocka_unit_test(plain_maths_is_an_episode_too),
        cmocka_unit_test(a_test_of_a_condition_is_a_graph_of_its_own),
        cmocka_unit_test(a_dead_end_stays_beside_what_hangs_on_the_same_leaf),
        cmocka_unit_test(what_no_grad_left_out_stays_beside_what_follows),
        cmocka_unit_test(the_moment_says_which_to_show),
        cmocka_unit_test(episodes_grow_with_the_trace),
        cmocka_unit_test(a_running_total_does_not_chain_iterations),
        cmocka_unit_test(roots_that_share_nodes_share_the_episode),
        cmocka_unit_test(a_shared_leaf_does_not_join),
        cmocka_unit_test(plain_maths_follows_the_tensors_it_uses),
        cmocka_unit_test(created_tensors_that_nobody_uses_stand_alone),
        cmocka_unit_test(a_leaf_can_be_a_root),
        cmocka_unit_test(a_long_recurrence_is_quick),
    };
    return test_run(tests);
}
