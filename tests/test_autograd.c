/* The walk: who runs when, what is added in which order, what is freed, what the errors say. */
#include "tests/test.h"

#include "tests/engine_world.h"

static const char second_time[] = "Trying to backward through the graph a second time";

/* y = x + 2; z = y·y·3 */
struct seed {
    struct engine *engine;
    struct tensor *x, *y, *yy, *z;
};

static struct seed seed_begin(void)
{
    struct seed s = { .engine = world_begin() };
    s.x = leaf_of(s.engine, (struct shape){ 1, { 1 } }, 1);
    s.y = with_number(s.engine, OP_ADD, s.x, 2);
    s.yy = binary(s.engine, OP_MUL, s.y, s.y);
    s.z = with_number(s.engine, OP_MUL, s.yy, 3);
    return s;
}

static void seed_end(struct seed *s)
{
    tensor_unref(s->x);
    tensor_unref(s->y);
    tensor_unref(s->yy);
    tensor_unref(s->z);
    world_end(s->engine);
}

static void seed_gives_18(void **state)
{
    (void)state;
    struct seed s = seed_begin();
    assert_string_equal(s.z->grad_fn->name, "MulBackward0");
    assert_int_equal(s.z->grad_fn->edge_count, 2);
    assert_null(s.z->grad_fn->edges[1].node);
    must(backward(s.z, false));
    assert_true(item(s.x->grad) == 18);
    seed_end(&s);
}

static void second_backward_fails_at_the_root(void **state)
{
    (void)state;
    struct seed s = seed_begin();
    must(backward(s.z, false));
    assert_false(backward(s.z, false));
    assert_memory_equal(world_err.text, second_time, sizeof(second_time) - 1);
    assert_int_equal(s.engine->failed_node, s.z->grad_fn->id);
    assert_true(item(s.x->grad) == 18);
    seed_end(&s);
}

static void retained_graph_accumulates_to_36(void **state)
{
    (void)state;
    struct seed s = seed_begin();
    must(backward(s.z, true));
    struct tensor *grad = s.x->grad;
    must(backward(s.z, false));
    assert_ptr_equal(s.x->grad, grad);
    assert_true(item(s.x->grad) == 36);
    seed_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seed_gives_18),
        cmocka_unit_test(second_backward_fails_at_the_root),
        cmocka_unit_test(retained_graph_accumulates_to_36),
    };
    return test_run(tests);
}
