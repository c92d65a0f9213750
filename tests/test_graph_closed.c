/* Closed boxes of the graph: what they show of their result, and how they open and close. */

#include "tests/test.h"

#include "render/graph_moment.h"
#include "render/graph_picture.h"
#include "tests/graph_stage.h"

/* The closed box that is called so. */
static const struct graph_card *closed_box(const struct stage *stage, const char *name)
{
    const struct graph_model *model = graph_picture_model(stage->view.graph);
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].group && strcmp(model->cards[i].label, name) == 0) {
            return &model->cards[i];
        }
    }
    fail_msg("no closed box %s", name);
    return NULL;
}

/* What a closed box says of its result at a stop. */
static const struct card_moment *closed_moment(struct stage *stage, const char *name, size_t stop,
                                               struct graph_moment *moment)
{
    stage_show(stage, stop);
    const struct graph_model *model = graph_picture_model(stage->view.graph);
    graph_moment_read(moment, model, &stage->view, stage->run.moment);
    return &moment->cards[closed_box(stage, name) - model->cards];
}

static int count_freed(const struct card_moment *now)
{
    int count = 0;
    for (int i = 0; i < now->inside_count; i++) {
        count += now->inside[i].freed;
    }
    return count;
}

static void a_closed_module_shows_its_result(void **state)
{
    (void)state;
    struct stage stage;
    struct graph_moment moment;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.fold_all = true;
    const size_t loss = stop_of(&stage, RECORD_BACKWARD, 1) - 1;
    const struct card_moment *now = closed_moment(&stage, "net", loss, &moment);
    assert_int_equal(now->value->count, 3);
    assert_null(now->arrived);
    assert_true(now->inside_count > 1);
    assert_int_equal(count_freed(now), 0);
    const int whole = now->inside_count;

    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_VISIT, 1), &moment);
    assert_null(now->arrived); /* it comes through ** 2 */
    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_VISIT, 2), &moment);
    assert_int_equal(now->arrived->count, 3);
    assert_int_equal(count_freed(now), 0);
    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_VISIT, 3), &moment);
    assert_int_equal(count_freed(now), 1);
    now = closed_moment(&stage, "net", stop_of(&stage, RECORD_ACCUMULATE, 4), &moment);
    assert_int_equal(count_freed(now), whole);
    assert_true(shows(&stage, "freed"));
    assert_false(shows(&stage, "saved"));
    stage_close(&stage);
}

/* Before its last operation there is nothing to show, only room for it. */
static void a_closed_module_computes_before_it_shows(void **state)
{
    (void)state;
    struct stage stage;
    struct graph_moment moment;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.fold_all = true;
    const size_t loss = stop_of(&stage, RECORD_BACKWARD, 1) - 1;
    size_t stop = loss;
    const struct card_moment *now = closed_moment(&stage, "net", stop, &moment);
    const struct graph_card was = *closed_box(&stage, "net");
    while (now->visible && now->value) {
        now = closed_moment(&stage, "net", --stop, &moment);
    }
    assert_true(now->visible);
    assert_true(closed_box(&stage, "net")->w == was.w && closed_box(&stage, "net")->h == was.h);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_module_shows_its_result),
        cmocka_unit_test(a_closed_module_computes_before_it_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
