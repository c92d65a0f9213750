/* The walk: who runs when, what is added in which order, what is freed, what stays after a failure. */
#include "tests/test.h"

#include <stdio.h>

#include "engine/autograd/autograd.h"
#include "engine/nn/nn.h"
#include "engine/observer.h"
#include "engine/ops/ops.h"
#include "tests/tensors.h"

static struct error err;

/* ---- small words ------------------------------------------------------------------------------------- */

static struct tensor *leaf_of(struct engine *engine, struct shape shape, const double *values)
{
    struct tensor *t = tensor_of(engine, DTYPE_FLOAT32, shape, values);
    t->requires_grad = true;
    return t;
}

static struct tensor *leaf(struct engine *engine, double value)
{
    return leaf_of(engine, SCALAR, &value);
}

static struct tensor *two(enum op_id op, struct tensor *a, struct tensor *b)
{
    struct tensor *t = op_binary(a->engine, op, operand_tensor(a), operand_tensor(b), &err);
    assert_ok(t, &err);
    return t;
}

static struct tensor *with(enum op_id op, struct tensor *a, double number)
{
    struct tensor *t = op_binary(a->engine, op, operand_tensor(a), operand_real(number), &err);
    assert_ok(t, &err);
    return t;
}

static struct tensor *one(enum op_id op, struct tensor *a)
{
    struct tensor *t = op_unary(a->engine, op, a, &err);
    assert_ok(t, &err);
    return t;
}

static bool backward(struct tensor *root, bool retain_graph)
{
    return autograd_backward(
        root->engine,
        &(struct backward_call){ .roots = &root, .root_count = 1, .retain_graph = retain_graph },
        &err);
}

static double item(const struct tensor *t)
{
    struct number number = { 0 };
    assert_non_null(t);
    assert_ok(tensor_item(t, &number, &err), &err);
    return number_as_real(number);
}

static void drop(struct tensor **tensors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tensor_unref(tensors[i]);
    }
}
#define DROP(...)                            \
    drop((struct tensor *[]){ __VA_ARGS__ }, \
         sizeof((struct tensor *[]){ __VA_ARGS__ }) / sizeof(struct tensor *))

/* ---- a log of the walk, by node names and leaf letters -------------------------------------------------- */

struct log {
    struct text text;
    struct tensor *leaves[9];
};

static void log_visit(void *context, const struct observed_visit *visit)
{
    struct log *log = context;
    text_format(&log->text, "%s ", visit->node->name);
}

static void log_freed(void *context, uint64_t walk, const struct node *node)
{
    struct log *log = context;
    (void)walk;
    (void)node;
    text_append_string(&log->text, "free ");
}

static void log_accumulated(void *context, const struct observed_accumulation *share)
{
    struct log *log = context;
    for (int i = 0; i < 9; i++) {
        if (log->leaves[i] == share->tensor) {
            text_format(&log->text, "%c ", 'a' + i);
        }
    }
}

static const struct observer_calls log_calls = {
    .visited = log_visit,
    .freed = log_freed,
    .accumulated = log_accumulated,
};

/* Walks back from root with a log. */
static bool logged(struct log *log, struct tensor *root, bool retain_graph)
{
    const struct observer observer = { &log_calls, log };
    root->engine->observer = &observer;
    const bool ok = backward(root, retain_graph);
    root->engine->observer = NULL;
    return ok;
}

static void assert_log(struct log *log, const char *expected)
{
    assert_string_equal(text_string(&log->text), expected);
    text_finish(&log->text);
}

/* ---- y = x + 2, z = y·y·3, as in the course ---------------------------------------------------------------- */

struct course {
    struct tensor *x, *y, *yy, *z;
};

static struct course course(struct engine *engine)
{
    struct course c;
    c.x = leaf_of(engine, SHAPE(1), ELEMENTS(1));
    c.y = with(OP_ADD, c.x, 2);
    c.yy = two(OP_MUL, c.y, c.y);
    c.z = with(OP_MUL, c.yy, 3);
    return c;
}

static void course_gives_18(void **state)
{
    struct course c = course(*state);
    assert_string_equal(c.z->grad_fn->name, "MulBackward0");
    assert_ptr_equal(c.z->grad_fn->edges[0].node, c.yy->grad_fn);
    assert_null(c.z->grad_fn->edges[1].node);
    assert_ptr_equal(c.yy->grad_fn->edges[0].node, c.yy->grad_fn->edges[1].node);
    struct log log = { .leaves = { c.x } };
    assert_ok(logged(&log, c.z, false), &err);
    assert_log(&log, "MulBackward0 free MulBackward0 free AddBackward0 a ");
    assert_true(item(c.x->grad) == 18);
    DROP(c.x, c.y, c.yy, c.z);
}

static const char second_time[] =
    "Trying to backward through the graph a second time (or directly access saved tensors after "
    "they have already been freed). Saved intermediate values of the graph are freed when you call "
    ".backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the "
    "graph a second time or if you need to access saved tensors after calling backward.";

static void second_backward_fails_at_the_root(void **state)
{
    struct engine *engine = *state;
    struct course c = course(engine);
    assert_ok(backward(c.z, false), &err);
    struct log log = { .leaves = { c.x } };
    assert_false(logged(&log, c.z, false));
    assert_string_equal(err.text, second_time);
    assert_log(&log, "");
    assert_int_equal(engine->failed_node, c.z->grad_fn->id);
    assert_true(item(c.x->grad) == 18);
    /* The graph can still be drawn; what was never kept still reads None. */
    assert_ptr_equal(c.z->grad_fn->edges[0].node, c.yy->grad_fn);
    assert_false(saved_was_kept(&c.z->grad_fn->saved[0]));
    assert_null(node_saved(c.z->grad_fn, 1, &err));
    assert_string_equal(err.text, second_time);
    DROP(c.x, c.y, c.yy, c.z);
}

static void retained_graph_accumulates_in_place(void **state)
{
    struct course c = course(*state);
    assert_ok(backward(c.z, true), &err);
    struct tensor *grad = c.x->grad;
    assert_ok(backward(c.z, false), &err);
    assert_ptr_equal(c.x->grad, grad);
    assert_true(item(grad) == 36);
    DROP(c.x, c.y, c.yy, c.z);
}

/* What saves nothing can be walked as often as one likes. */
static void sums_have_nothing_to_free(void **state)
{
    struct tensor *x = leaf(*state, 1), *y = with(OP_ADD, x, 2);
    assert_ok(backward(y, false), &err);
    assert_ok(backward(y, false), &err);
    assert_true(item(x->grad) == 2);
    DROP(x, y);
}

/* a = x·2 was walked before; (a + w) fails at a's node, with w served already. */
static void what_ran_before_a_failure_stays(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, 1), *w = leaf(engine, 5), *a = with(OP_MUL, x, 2);
    assert_ok(backward(a, false), &err);
    struct tensor *sum = two(OP_ADD, a, w);
    struct log log = { .leaves = { x, w } };
    assert_false(logged(&log, sum, false));
    assert_log(&log, "AddBackward0 b ");
    assert_int_equal(engine->failed_node, a->grad_fn->id);
    assert_true(item(w->grad) == 1);
    assert_true(item(x->grad) == 2);
    DROP(x, w, a, sum);
}

/* ---- order ------------------------------------------------------------------------------------------------- */

static void latest_node_runs_first(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, 2), *w = leaf(engine, 3), *b = leaf(engine, 1);
    struct tensor *h = two(OP_MUL, x, w), *s = one(OP_SIN, h), *c = one(OP_COS, h);
    struct tensor *d = two(OP_ADD, s, b), *e = two(OP_MUL, c, w), *l = two(OP_SUB, d, e);
    struct log log = { .leaves = { x, w, b } };
    assert_ok(logged(&log, l, true), &err);
    assert_log(&log, "SubBackward0 MulBackward0 AddBackward0 c CosBackward0 SinBackward0 "
                     "MulBackward0 a b ");
    DROP(x, w, b, h, s, c, d, e, l);
}

/* Three gradients meet, two of them huge: whether the 1 survives tells the order of addition. */
static double meeting(struct engine *engine, double first, double second, double third,
                      const int *order)
{
    struct tensor *x = leaf(engine, 1), *y = with(OP_MUL, x, 1);
    const double factors[] = { first, second, third };
    struct tensor *parts[3];
    for (int i = 0; i < 3; i++) {
        parts[i] = with(OP_MUL, y, factors[i]);
    }
    struct tensor *ab = two(OP_ADD, parts[order[0]], parts[order[1]]);
    struct tensor *l = two(OP_ADD, ab, parts[order[2]]);
    assert_ok(backward(l, false), &err);
    const double grad = item(x->grad);
    DROP(x, y, parts[0], parts[1], parts[2], ab, l);
    return grad;
}

static void latest_consumer_is_added_first(void **state)
{
    /* ((1 + -1e8) + 1e8) loses the 1, ((-1e8 + 1e8) + 1) keeps it */
    assert_true(meeting(*state, 1e8, -1e8, 1, (const int[]){ 0, 1, 2 }) == 0);
    assert_true(meeting(*state, 1, 1e8, -1e8, (const int[]){ 1, 2, 0 }) == 1);
}

/* A node with n edges, each to a leaf of its own: the order in which equals leave the queue. */
static bool send_ones(void *context, struct rule *rule)
{
    (void)context;
    for (int e = 0; e < rule->node->edge_count; e++) {
        rule->result[e] = rule->grad[0];
    }
    return true;
}

static void release_nothing(void *context)
{
    (void)context;
}

static void equals_leave_as_from_libstdcxx(void **state)
{
    static const char *const orders[] = {
        "a b ",         "a b c ",         "a c b d ",         "a c e b d ",
        "a c f e b d ", "a c f g e b d ", "a c g f h e b d ", "a c g i f h e b d ",
    };
    static const struct node_function function = { send_ones, release_nothing };
    struct engine *engine = *state;
    for (int n = 2; n <= 9; n++) {
        struct log log = { .leaves = { NULL } };
        struct tensor *root = leaf(engine, 1);
        root->grad_fn = node_create(engine, "Fan", n, 1);
        root->grad_fn->function = &function;
        for (int i = 0; i < n; i++) {
            log.leaves[i] = leaf(engine, 1);
            root->grad_fn->edges[i] = tensor_edge(log.leaves[i]);
        }
        assert_ok(logged(&log, root, false), &err);
        struct text expected = { 0 };
        text_format(&expected, "Fan %s", orders[n - 2]);
        assert_log(&log, text_string(&expected));
        text_finish(&expected);
        drop(log.leaves, (size_t)n);
        tensor_unref(root);
    }
}

static void linear_serves_bias_input_weight(void **state)
{
    struct engine *engine = *state;
    struct tensor *w = leaf_of(engine, SHAPE(2, 3), ELEMENTS(1, 2, 3, 4, 5, 6));
    struct tensor *b = leaf_of(engine, SHAPE(2), ELEMENTS(1, 2));
    struct tensor *x = leaf_of(engine, SHAPE(1, 3), ELEMENTS(1, 1, 1));
    struct tensor *y = nn_linear(engine, x, w, b, &err);
    assert_ok(y, &err);
    struct tensor *sum = one(OP_SUM, y);
    struct log log = { .leaves = { w, b, x } };
    assert_ok(logged(&log, sum, false), &err);
    assert_log(&log, "SumBackward0 AddmmBackward0 free b c TBackward0 a ");
    assert_elements(w->grad, ELEMENTS(1, 1, 1, 1, 1, 1));
    assert_elements(x->grad, ELEMENTS(5, 7, 9));
    assert_true(tensor_is_contiguous(w->grad));
    DROP(w, b, x, y, sum);
}

/* ---- where gradients end ----------------------------------------------------------------------------------- */

static void broadcast_gradients_are_summed(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf_of(engine, SHAPE(2, 3), ELEMENTS(1, 2, 3, 4, 5, 6));
    struct tensor *b = leaf_of(engine, SHAPE(3), ELEMENTS(1, 10, 100));
    struct tensor *c = leaf(engine, 2), *ab = two(OP_MUL, a, b), *abc = two(OP_MUL, ab, c);
    struct tensor *sum = one(OP_SUM, abc);
    assert_ok(backward(sum, false), &err);
    assert_elements(b->grad, ELEMENTS(10, 14, 18));
    assert_elements(c->grad, ELEMENTS(975));
    assert_elements(a->grad, ELEMENTS(2, 20, 200, 2, 20, 200));
    DROP(a, b, c, ab, abc, sum);
}

/* Two leaves get one and the same gradient: their .grad must not share it. */
static void grads_are_nobody_elses(void **state)
{
    struct engine *engine = *state;
    struct tensor *a = leaf(engine, 1), *b = leaf(engine, 2), *sum = two(OP_ADD, a, b);
    assert_ok(backward(sum, true), &err);
    assert_ptr_not_equal(a->grad->storage, b->grad->storage);
    assert_ok(compute_fill(a->grad, number_real(7), &err), &err);
    assert_ok(backward(sum, true), &err);
    assert_true(item(a->grad) == 8);
    assert_true(item(b->grad) == 2);
    DROP(a, b, sum);
}

static void results_may_retain_their_gradient(void **state)
{
    struct engine *engine = *state;
    struct course c = course(engine);
    assert_ok(tensor_retain_grad(c.y, &err), &err);
    struct log log = { .leaves = { c.x, c.y } };
    assert_ok(logged(&log, c.z, false), &err);
    assert_log(&log, "MulBackward0 free MulBackward0 free b AddBackward0 a ");
    assert_true(item(c.y->grad) == 18);
    assert_null(c.yy->grad);
    struct tensor *constant = with(OP_MUL, c.x->grad, 1);
    assert_false(tensor_retain_grad(constant, &err));
    assert_string_equal(err.text, "can't retain_grad on Tensor that has requires_grad=False");
    DROP(c.x, c.y, c.yy, c.z, constant);
}

static void leaves_can_be_roots(void **state)
{
    struct tensor *x = leaf_of(*state, SHAPE(1, 1), ELEMENTS(3));
    assert_ok(backward(x, false), &err);
    assert_elements(x->grad, ELEMENTS(1));
    DROP(x);
}

static void gradients_can_be_asked_for(void **state)
{
    struct engine *engine = *state;
    struct course c = course(engine);
    struct tensor *unused = leaf(engine, 1), *grads[2];
    struct backward_call call = { .roots = &c.z,
                                  .root_count = 1,
                                  .retain_graph = true,
                                  .inputs = (struct tensor *[]){ c.y, c.x },
                                  .input_count = 2,
                                  .captured = grads };
    assert_ok(autograd_backward(engine, &call, &err), &err);
    assert_true(item(grads[0]) == 18 && item(grads[1]) == 18);
    assert_null(c.x->grad);
    DROP(grads[0], grads[1]);
    call.inputs = (struct tensor *[]){ c.x, unused };
    assert_false(autograd_backward(engine, &call, &err));
    assert_string_equal(err.text,
                        "One of the differentiated Tensors appears to not have been used in the "
                        "graph. Set allow_unused=True if this is the desired behavior.");
    assert_null(grads[0]);
    call.allow_unused = true;
    assert_ok(autograd_backward(engine, &call, &err), &err);
    assert_null(grads[1]);
    DROP(grads[0]);
    DROP(c.x, c.y, c.yy, c.z, unused);
}

/* backward(inputs=[x]): other leaves are left alone, and nodes that lead only there do not run. */
static void only_inputs_take_a_gradient(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, 2), *w = leaf(engine, 3);
    struct tensor *xx = two(OP_MUL, x, x), *ww = two(OP_MUL, w, w), *sum = two(OP_ADD, xx, ww);
    struct log log = { .leaves = { x, w } };
    const struct observer observer = { &log_calls, &log };
    engine->observer = &observer;
    const struct backward_call call = {
        .roots = &sum, .root_count = 1, .inputs = &x, .input_count = 1
    };
    assert_ok(autograd_backward(engine, &call, &err), &err);
    engine->observer = NULL;
    assert_log(&log, "AddBackward0 MulBackward0 free a ");
    assert_true(item(x->grad) == 4);
    assert_null(w->grad);
    DROP(x, w, xx, ww, sum);
}

static void several_roots_walk_together(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, 3), *y = two(OP_MUL, x, x), *z = with(OP_MUL, y, 2);
    struct tensor *roots[] = { y, z };
    const struct backward_call call = { .roots = roots, .root_count = 2 };
    assert_ok(autograd_backward(engine, &call, &err), &err);
    assert_true(item(x->grad) == 6 + 12);
    DROP(x, y, z);
}

/* ---- gradients of gradients ---------------------------------------------------------------------------------- */

static void created_graphs_can_be_walked(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, 2), *y = with(OP_POW, x, 3), *grad, *second;
    struct backward_call call = { .roots = &y,
                                  .root_count = 1,
                                  .create_graph = true,
                                  .inputs = &x,
                                  .input_count = 1,
                                  .captured = &grad };
    assert_ok(autograd_backward(engine, &call, &err), &err);
    assert_true(item(grad) == 12);
    assert_string_equal(grad->grad_fn->name, "MulBackward0");
    call.roots = &grad;
    call.captured = &second;
    call.create_graph = false;
    assert_ok(autograd_backward(engine, &call, &err), &err);
    assert_true(item(second) == 12);
    DROP(x, y, grad, second);
}

static void created_grads_are_copies_with_a_history(void **state)
{
    struct engine *engine = *state;
    struct tensor *x = leaf(engine, 1), *y = with(OP_POW, x, 3);
    const struct backward_call call = { .roots = &y, .root_count = 1, .create_graph = true };
    assert_ok(autograd_backward(engine, &call, &err), &err);
    assert_string_equal(x->grad->grad_fn->name, "CopyBackwards");
    assert_true(item(x->grad) == 3);
    /* x → its grad → its history → x: a ring, as in PyTorch; whoever made it breaks it. */
    assert_ok(tensor_set_grad(x, NULL, "grad", &err), &err);
    DROP(x, y);
}

/* ---- hooks --------------------------------------------------------------------------------------------------- */

struct hook_log {
    struct text text;
    double factor;
};

static bool scale_hook(void *context, struct tensor *grad, struct tensor **replacement,
                       struct error *error)
{
    struct hook_log *log = context;
    text_append_number(&log->text, item(grad));
    text_append_char(&log->text, ' ');
    if (log->factor != 1) {
        *replacement =
            op_binary(grad->engine, OP_MUL, operand_tensor(grad), operand_real(log->factor), error);
        return *replacement != NULL;
    }
    return true;
}

static void hooks_run_in_order_before_retain_grad(void **state)
{
    struct tensor *x = leaf(*state, 2), *y = with(OP_MUL, x, 3), *z = two(OP_MUL, y, y);
    struct hook_log doubled = { .factor = 2 }, looked = { .factor = 1 }, removed = { .factor = 9 };
    assert_ok(tensor_retain_grad(y, &err), &err);
    tensor_add_hook(y, &(struct tensor_hook){ scale_hook, release_nothing, &doubled, false });
    const uint64_t number =
        tensor_add_hook(y, &(struct tensor_hook){ scale_hook, release_nothing, &removed, false });
    tensor_add_hook(y, &(struct tensor_hook){ scale_hook, release_nothing, &looked, false });
    tensor_add_hook(x, &(struct tensor_hook){ scale_hook, release_nothing, &looked, false });
    tensor_remove_hook(y, number);
    assert_ok(backward(z, false), &err);
    assert_string_equal(text_string(&doubled.text), "12 ");
    assert_string_equal(text_string(&looked.text), "24 72 ");
    assert_null(removed.text.bytes);
    assert_true(item(y->grad) == 24);
    assert_true(item(x->grad) == 72);
    text_finish(&doubled.text);
    text_finish(&looked.text);
    DROP(x, y, z);
}

static bool log_before(void *context, struct tensor **grads, int count, struct error *error)
{
    struct hook_log *log = context;
    (void)error;
    text_format(&log->text, "before %d ", count);
    text_append_number(&log->text, item(grads[0]));
    text_append_char(&log->text, ' ');
    return true;
}

static bool halve_after(void *context, struct tensor **results, struct tensor *const *grads,
                        struct error *error)
{
    struct hook_log *log = context;
    text_append_string(&log->text, "after ");
    text_append_number(&log->text, item(grads[0]));
    struct tensor *half =
        op_binary(results[0]->engine, OP_MUL, operand_tensor(results[0]), operand_real(0.5), error);
    tensor_unref(results[0]);
    results[0] = half;
    return half != NULL;
}

static void nodes_have_hooks(void **state)
{
    struct tensor *x = leaf(*state, 2), *y = with(OP_MUL, x, 3);
    struct hook_log log = { .factor = 1 };
    const uint64_t number = node_add_hook(
        y->grad_fn,
        &(struct node_hook){ .after = halve_after, .release = release_nothing, .context = &log });
    node_add_hook(
        y->grad_fn,
        &(struct node_hook){ .before = log_before, .release = release_nothing, .context = &log });
    assert_ok(backward(y, true), &err);
    assert_string_equal(text_string(&log.text), "before 1 1 after 1");
    assert_true(item(x->grad) == 1.5);
    node_remove_hook(y->grad_fn, number);
    assert_ok(backward(y, false), &err);
    assert_true(item(x->grad) == 4.5);
    text_finish(&log.text);
    DROP(x, y);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

/* A hundred thousand nodes, each of which also saves what it was made of. */
static void long_chains_die_without_recursion(void **state)
{
    struct tensor *x = leaf(*state, 1);
    struct tensor *y = tensor_ref(x);
    for (int i = 0; i < 100000; i++) {
        struct tensor *next = two(OP_MUL, y, x);
        tensor_unref(y);
        y = next;
    }
    assert_ok(backward(y, true), &err);
    assert_true(item(x->grad) == 100001);
    DROP(x, y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_ON_BOTH(course_gives_18),
        TEST_ON_BOTH(second_backward_fails_at_the_root),
        TEST_ON_BOTH(retained_graph_accumulates_in_place),
        TEST_ON_BOTH(sums_have_nothing_to_free),
        TEST_ON_BOTH(what_ran_before_a_failure_stays),
        TEST_ON_BOTH(latest_node_runs_first),
        TEST_ON_BOTH(latest_consumer_is_added_first),
        TEST_ON_BOTH(equals_leave_as_from_libstdcxx),
        TEST_ON_BOTH(linear_serves_bias_input_weight),
        TEST_ON_BOTH(broadcast_gradients_are_summed),
        TEST_ON_BOTH(grads_are_nobody_elses),
        TEST_ON_BOTH(results_may_retain_their_gradient),
        TEST_ON_BOTH(leaves_can_be_roots),
        TEST_ON_BOTH(gradients_can_be_asked_for),
        TEST_ON_BOTH(only_inputs_take_a_gradient),
        TEST_ON_BOTH(several_roots_walk_together),
        TEST_ON_BOTH(created_graphs_can_be_walked),
        TEST_ON_BOTH(created_grads_are_copies_with_a_history),
        TEST_ON_BOTH(hooks_run_in_order_before_retain_grad),
        TEST_ON_BOTH(nodes_have_hooks),
        { "long chains die without recursion", long_chains_die_without_recursion, engine_on_cpu,
          engine_gone, NULL },
    };
    return test_run(tests);
}
