/* What is written at the edges, and where lines end. */

#include "tests/test.h"

#include "render/graph/moment.h"
#include "render/graph/picture.h"
#include "tests/graph_stage.h"

static bool in_rect(struct point at, struct rect rect)
{
    return at.x > rect.x && at.x < rect.x + rect.w && at.y > rect.y && at.y < rect.y + rect.h;
}

static struct point bezier_at(const struct point *p, float t)
{
    const float u = 1 - t;
    const float a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
    return (struct point){ a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                           a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

/* How many lines, of the data or of the gradient, run below that place. */
static int lines_below(const struct stage *stage, struct rect place)
{
    enum { SAMPLES = 40 };
    int lines = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *const draw = &stage->scene.draws[i];
        bool meets = false;
        for (size_t k = 0; draw->kind == DRAW_PATH && draw->path.curves && k + 3 < draw->path.count;
             k += 3) {
            for (int s = 0; s <= SAMPLES; s++) {
                meets =
                    meets || in_rect(bezier_at(&draw->path.points[k], (float)s / SAMPLES), place);
            }
        }
        lines += meets;
    }
    return lines;
}

/* The two labels of x * x say the same; each stands at its own line, on the far side of the other's. */
static void labels_of_twins_stand_clear(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/twins", worker);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_int_equal(count_shown(&stage, "1 × 2 = 2"), 2);
    int pills = 0;
    for (size_t i = 0; i + 1 < stage.scene.draw_count; i++) {
        const struct draw *const box = &stage.scene.draws[i], *const text = box + 1;
        if (box->kind == DRAW_RECT && text->kind == DRAW_TEXT &&
            strcmp(text->text.bytes, "1 × 2 = 2") == 0) {
            assert_int_equal(lines_below(&stage, box->rect.rect), 0);
            pills++;
        }
    }
    assert_int_equal(pills, 2);
    stage_close(&stage);
}

/* Where it is too long for one line it takes two; only what has room in neither is left out. */
static void a_product_takes_two_lines(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/twins", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
    assert_false(shows(&stage, "-576 × 2 = -1152"));
    assert_true(shows(&stage, "-576 × 2"));
    assert_true(shows(&stage, "= -1152"));
    stage_close(&stage);
}

/* Of an expression that has no room the operation is what tells it from the others. */
static void a_long_name_keeps_its_operation(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/long_names", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    assert_false(shows(&stage, "(weight ** 2 - 1) ** 2"));
    assert_true(shows(&stage, "(…) ** 2"));
    stage_close(&stage);
}

/* The outermost border of a loss is where its lines end. */
static void lines_end_at_the_ring(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "autograd", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    struct rect ring = { 0 };
    for (size_t i = 0; i < stage.scene.draw_count; i++) {
        const struct draw *const draw = &stage.scene.draws[i];
        if (draw->kind == DRAW_RECT && draw->rect.stroke == INK_LOSS &&
            draw->rect.rect.w > ring.w) {
            ring = draw->rect.rect;
        }
    }
    assert_true(ring.w > 0);
    assert_int_equal(lines_below(&stage, ring), 0);
    stage_close(&stage);
}

/* The edge between these cards. */
static const struct edge_moment *edge_between(const struct stage *stage,
                                              const struct graph_moment *moment, const char *from,
                                              const char *to)
{
    const struct graph_model *const model = graph_picture_model(stage->view.graph);
    for (int i = 0; i < model->edge_count; i++) {
        const struct graph_edge *const edge = &model->edges[i];
        if (strcmp(model->cards[edge->from].label, from) == 0 &&
            strcmp(model->cards[edge->to].label, to) == 0) {
            return &moment->edges[i];
        }
    }
    fail_msg("no edge from %s to %s", from, to);
    return NULL;
}

static void check_contribution(const struct edge_moment *edge, const float *wanted)
{
    assert_non_null(edge->contribution);
    assert_int_equal(edge->contribution->count, 6);
    assert_memory_equal(edge->contribution->bytes, wanted, 6 * sizeof(*wanted));
}

/* One node gives x one gradient; along each part's line runs what came through that part. */
static void each_part_has_its_own_contribution(void **state)
{
    static const float through_a[] = { 3, 4, 0, 0, 0, 0 }, through_b[] = { 0, 0, 1, 2, 0, 0 };

    (void)state;
    struct stage stage;
    struct graph_moment moment;
    stage_open(&stage, "graphs/chunks", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    graph_moment_read(&moment, graph_picture_model(stage.view.graph), &stage.view,
                      stage.run.moment);
    check_contribution(edge_between(&stage, &moment, "x", "a"), through_a);
    check_contribution(edge_between(&stage, &moment, "x", "b"), through_b);
    assert_null(edge_between(&stage, &moment, "x", "unused")->contribution);
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_of_twins_stand_clear),
        cmocka_unit_test(a_product_takes_two_lines),
        cmocka_unit_test(lines_end_at_the_ring),
        cmocka_unit_test(a_long_name_keeps_its_operation),
        cmocka_unit_test(each_part_has_its_own_contribution),
    };
    return test_run(tests);
}
