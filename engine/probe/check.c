#include "engine/probe/check.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/memory.h"

/*
 * (f(x + h) - f(x - h)) / 2h   is off by h² f'''/6 and by about ε |f| / h.
 *
 * With ε of float64 both stay near 1e-10 for h = 1e-5, far below what float32 can tell apart, so the
 * tolerance is that of the recorded gradient. The slopes of either side differ by h f''; a smaller h
 * brings them together unless there is a kink (relu at 0, |x| at 0), where no step is small enough.
 */
static const double step_relative = 1e-5, smaller = 1.0 / 16;
static const double tolerance_relative = 1e-3, tolerance_absolute = 1e-6;

struct moved {
    struct replay *replay;
    struct tensor *leaf; /* lent */
    double *elements;    /* of the leaf, as they were */
    int64_t element;
};

static bool loss_at(const struct moved *moved, double value, double *loss, struct error *err)
{
    const double before = moved->elements[moved->element];
    moved->elements[moved->element] = value;
    const bool fine = tensor_write(moved->leaf, moved->elements, err);
    moved->elements[moved->element] = before;
    return fine && replay_loss(moved->replay, loss, err);
}

static bool slopes(const struct moved *moved, double step, struct check_answer *out,
                   struct error *err)
{
    /* The step that the numbers really make: x + h is rounded. */
    const volatile double plus = out->value + step, minus = out->value - step;
    if (!loss_at(moved, plus, &out->plus, err) || !loss_at(moved, minus, &out->minus, err)) {
        return false;
    }
    out->step = (plus - minus) / 2;
    out->right = (out->plus - out->loss) / (plus - out->value);
    out->left = (out->loss - out->minus) / (out->value - minus);
    out->difference = (out->plus - out->minus) / (plus - minus);
    return true;
}

static double gap(const struct check_answer *answer)
{
    return fabs(answer->right - answer->left);
}

static void judge(struct check_answer *answer)
{
    const double size = fmax(fabs(answer->autograd), fabs(answer->difference));
    answer->tolerance =
        tolerance_relative * size + tolerance_absolute * fmax(1, fabs(answer->loss));
    answer->verdict = fabs(answer->autograd - answer->difference) <= answer->tolerance
                          ? CHECK_AGREES
                          : CHECK_DIFFERS;
}

/* A step at which the slopes of the sides agree, or the insight that there is none. */
static bool measure(const struct moved *moved, struct check_answer *answer, struct error *err)
{
    double step = step_relative * fmax(1, fabs(answer->value));
    if (!slopes(moved, step, answer, err)) {
        return false;
    }
    const double noise = 1e-6 * fmax(1, fmax(fabs(answer->left), fabs(answer->right)));
    double before = gap(answer);
    for (int i = 0; i < 3 && gap(answer) > 100 * noise; i++) {
        before = gap(answer);
        step *= smaller;
        if (!slopes(moved, step, answer, err)) {
            return false;
        }
    }
    answer->kink = gap(answer) > 100 * noise && gap(answer) > before / 2;
    if (answer->kink) {
        return error_set(err, "the loss has a kink here: its slope is one on the left and another "
                              "on the right");
    }
    return isfinite(answer->difference) ||
           error_set(err, "beside this value the loss is not a finite number");
}

struct check_answer check_gradient(struct engine *engine, const struct tape_walk *walk, size_t leaf,
                                   int64_t element, struct error *err)
{
    struct check_answer answer = { .verdict = CHECK_REFUSED, .hooked = walk->hooked };
    const struct tape_leaf *what = &walk->leaves[leaf];
    if (!what->gradient) {
        error_set(err, "no gradient arrived at it in this backward");
        return answer;
    }
    if (element < 0 || element >= what->value->count) {
        error_set(err, "there is no such element");
        return answer;
    }
    answer.autograd = what->gradient[element];
    struct replay *replay = replay_create(engine, walk, DTYPE_FLOAT64, err);
    if (!replay) {
        answer.node = walk->node;
        return answer;
    }
    struct moved moved = { replay, replay_leaf(replay, leaf), NULL, element };
    moved.elements = memory_allocate((size_t)what->value->count, sizeof(*moved.elements));
    if (tensor_read_real(moved.leaf, moved.elements, err) &&
        replay_loss(replay, &answer.loss, err) && replay_is_true(walk, answer.loss, err)) {
        answer.value = moved.elements[element];
        if (measure(&moved, &answer, err)) {
            judge(&answer);
        }
    }
    free(moved.elements);
    replay_destroy(replay);
    return answer;
}
