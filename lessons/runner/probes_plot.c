/* Questions whose answers are pictures: the loss over two numbers, optimizers racing on it, and what a
 * model says of a grid of inputs. Long ones are told in several records, all but the last with `more`. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/probe/fit.h"
#include "engine/probe/race.h"
#include "engine/probe/surface.h"
#include "lessons/runner/probes_answer.h"

enum { FLOATS_MOST = 10000, VALUES_MOST = 64 };

/* ---- what they share ----------------------------------------------------------------------------- */

static struct argument *list(struct answer *answer, const char *name, size_t count)
{
    struct argument *items = arena_allocate(&answer->arena, count, sizeof(*items));
    answer_add(answer, name,
               (struct argument){ .kind = ARGUMENT_LIST, .items = items, .item_count = count });
    return items;
}

/* Numbers as base64 of float32. */
static struct argument packed(struct answer *answer, const double *numbers, size_t count)
{
    float *floats = memory_allocate(count + 1, sizeof(*floats));
    struct text text = { 0 };
    for (size_t i = 0; i < count; i++) {
        floats[i] = (float)numbers[i];
    }
    text_append_base64(&text, floats, count * sizeof(*floats));
    const char *bytes = arena_copy_text(&answer->arena, text_string(&text), text.length);
    const struct argument out = { .kind = ARGUMENT_STRING, .string = { bytes, text.length } };
    text_finish(&text);
    free(floats);
    return out;
}

static void refuse(struct answer *answer, const char *node)
{
    answer_text(answer, "refused", answer->err.text);
    if (node) {
        answer_text(answer, "node", node);
    }
}

/* The walk that is asked about; NULL with the refusal told. */
static const struct tape_walk *walk_of(struct answer *answer, const struct json *question)
{
    const int64_t id = json_find_whole(question, "b", 0);
    const struct tape_walk *walk = recorder_walk(answer->probes->recorder, id);
    answer_number(answer, "b", (double)id);
    if (!walk) {
        error_set(&answer->err,
                  "so many backward passes came after it that this one is no longer kept");
    } else if (walk->why) {
        error_set(&answer->err, "%s", walk->why);
    }
    if (!walk || walk->why) {
        refuse(answer, walk ? walk->node : NULL);
        return NULL;
    }
    return walk;
}

static bool leaf_of(struct answer *answer, const struct tape_walk *walk, const struct json *what,
                    size_t *leaf)
{
    const int64_t tensor = json_find_whole(what, "t", 0);
    *leaf = what ? recorder_leaf(answer->probes->recorder, walk, tensor) : SIZE_MAX;
    return *leaf != SIZE_MAX || error_set(&answer->err, "it is no leaf of this backward");
}

/* Values that leaves have instead of the walk's: "at":[{"t":1,"v":[0.5]}]. */
struct given {
    struct surface_value values[VALUES_MOST];
    size_t count;
};

static bool read_values(struct answer *answer, const struct tape_walk *walk,
                        const struct json *question, struct given *out)
{
    const struct json *at = json_find(question, "at");
    for (const struct json *one = at ? at->first : NULL; one; one = one->next) {
        struct surface_value *value = &out->values[out->count];
        if (out->count == VALUES_MOST || !leaf_of(answer, walk, one, &value->leaf)) {
            return error_set(&answer->err, "these values belong to no leaf of this backward");
        }
        const size_t count = (size_t)walk->leaves[value->leaf].value->count;
        double *elements = arena_allocate(&answer->arena, count + 1, sizeof(*elements));
        const struct json *list = json_find(one, "v");
        size_t i = 0;
        for (const struct json *n = list ? list->first : NULL; n && i < count; n = n->next) {
            elements[i++] = n->number;
        }
        if (i != count) {
            return error_set(&answer->err, "a leaf was given too few values");
        }
        value->elements = elements;
        out->count++;
    }
    return true;
}

/* ---- surface ------------------------------------------------------------------------------------- */

static bool read_axis(struct answer *answer, const struct tape_walk *walk,
                      const struct json *question, const char *name, struct surface_axis *out)
{
    const struct json *axis = json_find(question, name);
    if (!axis || !leaf_of(answer, walk, axis, &out->leaf)) {
        return error_set(&answer->err, "it is no leaf of this backward");
    }
    out->element = json_find_whole(axis, "element", 0);
    out->from = json_find_number(axis, "from", 0);
    out->to = json_find_number(axis, "to", 0);
    out->count = (int)fmin(fmax(json_find_number(axis, "count", 0), 0), SURFACE_MOST + 1);
    return true;
}

static void tell_axis(struct answer *answer, const struct json *question, const char *name,
                      const struct surface_axis *axis, int count)
{
    struct argument *items = list(answer, name, 5);
    items[0] = (struct argument){ .kind = ARGUMENT_TENSOR,
                                  .id = json_find_whole(json_find(question, name), "t", 0) };
    const double numbers[] = { (double)axis->element, axis->from, axis->to, count };
    for (size_t i = 0; i < 4; i++) {
        items[i + 1] = (struct argument){ .kind = ARGUMENT_NUMBER, .number = numbers[i] };
    }
}

/* As many rows to a record as fit; what was added before stands in each. */
static void tell_rows(struct answer *answer, const double *numbers, int64_t columns, int64_t rows)
{
    const size_t before = answer->count;
    const int64_t together = columns > FLOATS_MOST ? 1 : FLOATS_MOST / columns;
    for (int64_t row = 0; row < rows; row += together) {
        const int64_t count = rows - row < together ? rows - row : together;
        answer->count = before;
        answer_number(answer, "row", (double)row);
        answer_add(answer, "numbers",
                   packed(answer, numbers + row * columns, (size_t)(count * columns)));
        if (row + count < rows) {
            answer_truth(answer, "more", true);
            answer_tell(answer);
        }
    }
}

void answer_surface(struct answer *answer, const struct json *question)
{
    struct surface_question q = { 0 };
    struct surface_answer got = { 0 };
    struct given given = { 0 };
    const struct tape_walk *walk = walk_of(answer, question);
    if (!walk) {
        return;
    }
    bool fine = read_axis(answer, walk, question, "x", &q.x) &&
                read_axis(answer, walk, question, "y", &q.y) &&
                read_values(answer, walk, question, &given);
    q.values = given.values;
    q.value_count = given.count;
    if (!fine || !surface_compute(answer->probes->engine, walk, &q, &got, &answer->err)) {
        refuse(answer, got.node);
        return;
    }
    tell_axis(answer, question, "x", &q.x, got.columns);
    tell_axis(answer, question, "y", &q.y, got.rows);
    answer_truth(answer, "exact", got.exact);
    tell_rows(answer, got.losses, got.columns, got.rows);
    free(got.losses);
}

/* ---- race ---------------------------------------------------------------------------------------- */

static bool read_race(struct answer *answer, const struct tape_walk *walk,
                      const struct json *question, struct race_question *out)
{
    static const char *const names[] = { "x", "y" };
    for (int i = 0; i < 2; i++) {
        const struct json *axis = json_find(question, names[i]);
        if (!axis || !leaf_of(answer, walk, axis, &out->leaf[i])) {
            return error_set(&answer->err, "it is no leaf of this backward");
        }
        out->element[i] = json_find_whole(axis, "element", 0);
        out->start[i] = json_find_number(axis, "start", 0);
    }
    out->lr = json_find_number(question, "lr", 0);
    out->steps = (int)fmin(fmax(json_find_number(question, "steps", 0), 0), RACE_STEPS_MOST + 1);
    return true;
}

static void tell_path(struct answer *answer, const struct race_path *path)
{
    const size_t count = (size_t)path->count;
    size_t states = 0;
    while (states < RACE_STATES && path->states[states]) {
        states++;
    }
    answer_text(answer, "optimizer", path->name);
    answer_add(answer, "points", packed(answer, path->points, 2 * count));
    answer_add(answer, "losses", packed(answer, path->losses, count));
    struct argument *items = states > 0 ? list(answer, "state", states) : NULL;
    for (size_t s = 0; s < states; s++) {
        struct argument *pair = arena_allocate(&answer->arena, 2, sizeof(*pair));
        const char *name = path->states[s];
        pair[0] = (struct argument){ .kind = ARGUMENT_STRING, .string = { name, strlen(name) } };
        pair[1] = packed(answer, path->kept[s], 2 * count);
        items[s] = (struct argument){ .kind = ARGUMENT_LIST, .items = pair, .item_count = 2 };
    }
}

static void tell_race(struct answer *answer, const struct json *question,
                      const struct race_question *q, const struct race_answer *race)
{
    static const char *const names[] = { "x", "y" };
    for (int i = 0; i < 2; i++) {
        struct argument *items = list(answer, names[i], 3);
        items[0] =
            (struct argument){ .kind = ARGUMENT_TENSOR,
                               .id = json_find_whole(json_find(question, names[i]), "t", 0) };
        items[1] = (struct argument){ .kind = ARGUMENT_NUMBER, .number = (double)q->element[i] };
        items[2] = (struct argument){ .kind = ARGUMENT_NUMBER, .number = q->start[i] };
    }
    answer_number(answer, "lr", q->lr);
    answer_number(answer, "steps", q->steps);
    const size_t before = answer->count;
    for (int i = 0; i < RACE_OPTIMIZERS; i++) {
        answer->count = before;
        tell_path(answer, &race->paths[i]);
        if (i + 1 < RACE_OPTIMIZERS) {
            answer_truth(answer, "more", true);
            answer_tell(answer);
        }
    }
}

void answer_race(struct answer *answer, const struct json *question)
{
    struct race_question q = { 0 };
    struct race_answer race = { 0 };
    struct given given = { 0 };
    const struct tape_walk *walk = walk_of(answer, question);
    if (!walk) {
        return;
    }
    bool fine =
        read_race(answer, walk, question, &q) && read_values(answer, walk, question, &given);
    q.values = given.values;
    q.value_count = given.count;
    fine = fine && race_run(answer->probes->engine, walk, &q, &race, &answer->err);
    if (fine) {
        tell_race(answer, question, &q, &race);
    } else {
        refuse(answer, race.node);
    }
    race_answer_finish(&race);
}

/* ---- fit ----------------------------------------------------------------------------------------- */

static void read_grid(const struct json *question, const char *name, int feature,
                      struct fit_question *out)
{
    const struct json *axis = json_find(question, name);
    if (axis) {
        out->from[feature] = json_find_number(axis, "from", 0);
        out->to[feature] = json_find_number(axis, "to", 0);
        out->count[feature] = (int)fmin(fmax(json_find_number(axis, "count", 0), 0), 1000);
    }
}

static void tell_grid(struct answer *answer, const char *name, int feature,
                      const struct fit_question *q)
{
    struct argument *items = list(answer, name, 3);
    const double numbers[] = { q->from[feature], q->to[feature], q->count[feature] };
    for (size_t i = 0; i < 3; i++) {
        items[i] = (struct argument){ .kind = ARGUMENT_NUMBER, .number = numbers[i] };
    }
}

void answer_fit(struct answer *answer, const struct json *question)
{
    const struct probes *probes = answer->probes;
    const int64_t input = json_find_whole(question, "t", 0),
                  node = json_find_whole(question, "n", 0);
    struct fit_question q = { .output = (int)json_find_whole(question, "out", 0) };
    struct fit_answer got = { 0 };
    struct given given = { 0 };
    const struct tape_walk *walk = walk_of(answer, question);
    if (!walk) {
        return;
    }
    answer_add(answer, "of", (struct argument){ .kind = ARGUMENT_TENSOR, .id = input });
    answer_number(answer, "n", (double)node);
    answer_number(answer, "moment", (double)json_find_whole(question, "moment", 0));
    read_grid(question, "x", 0, &q);
    read_grid(question, "y", 1, &q);
    q.input = recorder_constant(probes->recorder, walk, input);
    q.node = recorder_step(probes->recorder, walk, node);
    bool fine = (q.input > 0 && q.node > 0 && q.output >= 0) ||
                error_set(&answer->err, "there is no such prediction in this backward");
    fine = fine && read_values(answer, walk, question, &given);
    q.values = given.values;
    q.value_count = given.count;
    if (!fine || !fit_compute(probes->engine, walk, &q, &got, &answer->err)) {
        refuse(answer, got.node);
        return;
    }
    tell_grid(answer, "x", 0, &q);
    tell_grid(answer, "y", 1, &q);
    answer_number(answer, "outputs", (double)got.outputs);
    tell_rows(answer, got.values, q.count[0] * got.outputs, q.count[1]);
    free(got.values);
}
