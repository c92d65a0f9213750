#include "render/plots/rides.h"

#include <math.h>
#include <string.h>

#include "render/plots/trail.h"
#include "render/scene/mark.h"

static const float KEY_PITCH = 1.45f; /* of rows, in em */

enum { INKS = INK_RACER_4 - INK_RACER_0 + 1 };

/* ---- finding ------------------------------------------------------------------------------- */

/* Of one backward: the leaves that it reached, by number. */
struct reach {
    int64_t backward, leaves[2]; /* one leaf with two elements stands twice */
    int64_t elements;
};

static const struct span *span_of_loss(const struct run_view *run, int64_t backward)
{
    const struct trace_backward *const walk = trace_backward(run->trace, backward);
    const struct trace_tensor *const root =
        walk ? trace_tensor(run->trace, walk->record->root) : NULL;
    const struct trace_op *const op = root ? trace_op(run->trace, root->op) : NULL;

    return op && root->count == 1 ? &op->record->at : NULL;
}

static bool same_line(const struct span *a, const struct span *b)
{
    return a && b && a->cell == b->cell && a->line == b->line;
}

static void reach_add(struct reach *reach, const struct trace_tensor *leaf)
{
    if (!leaf || leaf->node != 0) {
        return;
    }
    reach->leaves[0] =
        reach->elements == 0 || leaf->id < reach->leaves[0] ? leaf->id : reach->leaves[0];
    reach->leaves[1] = leaf->id > reach->leaves[1] ? leaf->id : reach->leaves[1];
    reach->elements += leaf->count;
}

/* Its leaves in the order of the landscape's axes. */
static void add_ride(struct rides *rides, const struct landscape *land, const struct reach *reach)
{
    const bool turned = land->x.tensor > land->y.tensor;
    const int64_t x = reach->leaves[turned], y = reach->leaves[!turned];

    for (size_t i = 0; i < rides->count; i++) {
        if (rides->rides[i].leaves[0] == x && rides->rides[i].leaves[1] == y) {
            return;
        }
    }
    if (rides->count == RIDES_MOST) {
        memmove(&rides->rides[0], &rides->rides[1], (RIDES_MOST - 1) * sizeof(*rides->rides));
        rides->count--;
    }
    rides->rides[rides->count++] = (struct ride){ .leaves = { x, y }, .name = "" };
}

static void find_leaves(const struct run_view *run, const struct landscape *land,
                        struct rides *rides)
{
    const struct span *const loss = span_of_loss(run, land->backward);
    struct reach reach = { 0 };
    size_t count;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_ACCUMULATE, &count);

    for (size_t i = 0; i <= count; i++) {
        const struct record_accumulate *const one =
            i < count ? &trace_record(run->trace, records[i])->accumulate : NULL;
        if (!one || one->backward != reach.backward) {
            if (reach.elements == 2 && same_line(span_of_loss(run, reach.backward), loss)) {
                add_ride(rides, land, &reach);
            }
            reach = (struct reach){ .backward = one ? one->backward : 0 };
        }
        if (one) {
            reach_add(&reach, trace_tensor(run->trace, one->tensor));
        }
    }
}

/* "SGD", "SGD momentum=0.9". */
static const char *optimizer_name(const struct record_optim *optim, struct arena *arena)
{
    char number[NUMBER_SIZE];

    for (size_t g = 0; g < optim->group_count; g++) {
        for (size_t m = 0; m < optim->groups[g].item_count; m++) {
            const struct argument *const one = &optim->groups[g].items[m];
            if (one->name && strcmp(one->name, "momentum") == 0 && one->kind == ARGUMENT_NUMBER &&
                one->number > 0) {
                const size_t length = number_shortest(number, one->number);
                return arena_format(arena, "%s momentum=%.*s", optim->class_name, (int)length,
                                    number);
            }
        }
    }
    return optim->class_name;
}

static const char *name_of(const struct run_view *run, int64_t leaf, struct arena *arena)
{
    size_t steps, optims;
    const uint32_t *const records = trace_records_of(run->trace, RECORD_STEP, &steps);
    const uint32_t *const made = trace_records_of(run->trace, RECORD_OPTIM, &optims);

    for (size_t i = 0; i < steps; i++) {
        const struct record_step *const step = &trace_record(run->trace, records[i])->step;
        for (size_t k = 0; k < step->param_count; k++) {
            for (size_t o = 0; step->params[k].tensor == leaf && o < optims; o++) {
                const struct record_optim *const optim = &trace_record(run->trace, made[o])->optim;
                if (optim->optimizer == step->optimizer) {
                    return optimizer_name(optim, arena);
                }
            }
        }
    }
    return "";
}

/* "SGD w=-0.5": one that has an earlier one's name is told from it by where it began. */
static const char *name_by_start(const struct rides *rides, size_t index,
                                 const struct landscape *land, struct arena *arena)
{
    const struct ride *const ride = &rides->rides[index];

    for (size_t i = 0; i < index && ride->name[0]; i++) {
        const struct ride *const before = &rides->rides[i];
        if (strcmp(before->name, ride->name) != 0 || before->way.count == 0 ||
            ride->way.count == 0) {
            continue;
        }
        const bool across = before->way.x[0] != ride->way.x[0];
        if (across || before->way.y[0] != ride->way.y[0]) {
            const double start = across ? ride->way.x[0] : ride->way.y[0];
            return arena_format(arena, "%s %s=%g", ride->name, across ? land->x.name : land->y.name,
                                start);
        }
    }
    return ride->name;
}

struct rides rides_find(const struct run_view *run, const struct landscape *landscape,
                        struct arena *arena)
{
    struct rides rides = { .count = 0 };

    if (landscape->exact) {
        find_leaves(run, landscape, &rides);
    }
    if (rides.count == 0) {
        rides.rides[rides.count++] =
            (struct ride){ .leaves = { landscape->x.tensor, landscape->y.tensor }, .name = "" };
    }
    for (size_t i = 0; i < rides.count; i++) {
        struct ride *const ride = &rides.rides[i];
        struct landscape_axis x = landscape->x, y = landscape->y;
        x.tensor = ride->leaves[0];
        y.tensor = ride->leaves[1];
        ride->way = landscape_way(run, &x, &y, arena);
        ride->name = name_of(run, ride->leaves[0], arena);
        if (ride->way.count > 0 && ride->way.moments[0] <= run->moment) {
            rides.now = i;
        }
    }
    for (size_t i = rides.count; i-- > 1;) {
        rides.rides[i].name = name_by_start(&rides, i, landscape, arena);
    }
    return rides;
}

bool rides_are_hidden(const struct rides *rides)
{
    for (size_t i = 0; i <= rides->now; i++) {
        if (rides->rides[i].way.hidden) {
            return true;
        }
    }
    return false;
}

/* ---- drawing ------------------------------------------------------------------------------- */

static struct mark mark_of(const struct view *view, size_t index, struct point at)
{
    return (struct mark){ .shape = (enum mark_shape)((index + 1) % MARK_SHAPES),
                          .at = at,
                          .radius = view->type.caption * 0.36f,
                          .ink = (enum ink)(INK_RACER_0 + (int)(index % INKS)) };
}

static struct trail trail_of(const struct view *view, const struct plot *plot,
                             const struct landscape_way *way, size_t steps)
{
    struct trail trail = trail_begin(steps, view->arena);

    for (size_t i = 0; i < steps; i++) {
        trail_add(&trail, trail_at(plot, way->x[i], way->y[i]));
    }
    return trail;
}

static float distance_to(struct point at, struct point a, struct point b)
{
    const float dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    const float along = ((at.x - a.x) * dx + (at.y - a.y) * dy) / fmaxf(length, 1e-6f);
    const float part = fminf(fmaxf(along, 0), 1);

    return hypotf(at.x - a.x - part * dx, at.y - a.y - part * dy);
}

/* Whether a good part of its way is that of a later one, so that its line would be hidden. */
static bool lies_below(const struct trail *trails, size_t index, size_t count, float near)
{
    enum { SAMPLES = 64 };
    const struct trail *const mine = &trails[index];
    const size_t step = mine->count / SAMPLES + 1;
    size_t met = 0;

    for (size_t i = 0; i < mine->count; i += step) {
        bool meets = false;
        for (size_t other = index + 1; other < count && !meets; other++) {
            const struct trail *const later = &trails[other];
            for (size_t k = 0; k + 1 < later->count && !meets; k++) {
                meets = distance_to(mine->points[i], later->points[k], later->points[k + 1]) < near;
            }
        }
        met += meets;
    }
    return met * step * 3 > mine->count;
}

/* One that went the same way as a later one shows on both sides of it. */
static struct draw_path past_look(const struct view *view, size_t index, bool below)
{
    const float size = view->type.caption;

    return (struct draw_path){ .stroke = (enum ink)(INK_RACER_0 + (int)(index % INKS)),
                               .width = below ? fmaxf(size * 0.36f, 4) : fmaxf(size * 0.1f, 1.4f),
                               .dashed = !below && index % 2 == 1 };
}

/* Where a later one came to rest on it a mark is as much larger as it must be to be seen around that one's. */
static float mark_growth(const struct trail *trails, size_t index, size_t count, float radius)
{
    const struct point at = trails[index].points[trails[index].count - 1];
    float growth = 1;

    for (size_t i = index + 1; i < count; i++) {
        const struct point other =
            trails[i].count > 0 ? trails[i].points[trails[i].count - 1] : (struct point){ 0 };
        if (trails[i].count > 0 && hypotf(at.x - other.x, at.y - other.y) < radius) {
            growth += 0.6f;
        }
    }
    return growth;
}

/* One name of the key, with its mark before it. */
static void draw_name(const struct view *view, struct point at, size_t index, const char *name,
                      bool now, struct scene *scene)
{
    const float size = view->type.caption;
    const struct mark past =
        mark_of(view, index, (struct point){ at.x + size * 0.5f, at.y - size * 0.35f });
    const struct mark present = {
        .shape = MARK_CIRCLE, .at = past.at, .radius = size * 0.42f, .ink = INK_TEXT
    };

    mark_draw(now ? &present : &past, scene);
    scene_text(scene, &(struct draw_text){ .at = { at.x + size * 1.2f, at.y },
                                           .bytes = name,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = now ? INK_TEXT : past.ink,
                                           .halo = true });
}

/* The baselines of the names in rows of that width, from 0 on; returns how many rows they take. */
static int key_places(const struct view *view, const struct rides *rides, float width,
                      struct point places[RIDES_MOST])
{
    const float size = view->type.caption;
    struct point at = { 0 };
    int rows = 1;

    for (size_t i = 0; i < rides->count; i++) {
        const char *const name = rides->rides[i].name;
        const float w =
            size * 2.2f + fonts_measure(view->fonts, TYPE_UI_BOLD, name, strlen(name)) * size;
        if (at.x + w > width && at.x > 0) {
            at = (struct point){ 0, at.y + size * KEY_PITCH };
            rows++;
        }
        places[i] = at;
        at.x += w;
    }
    return rows;
}

/* Whether there is more than one name to tell apart. */
static bool has_key(const struct rides *rides)
{
    return rides->count > 1 && rides->rides[rides->now].name[0];
}

float rides_key_height(const struct view *view, const struct rides *rides, float width)
{
    struct point places[RIDES_MOST];

    return has_key(rides)
               ? (float)key_places(view, rides, width, places) * view->type.caption * KEY_PITCH
               : 0;
}

void rides_draw_key(const struct view *view, const struct rides *rides, struct rect area,
                    struct scene *scene)
{
    struct point places[RIDES_MOST];

    if (!has_key(rides)) {
        return;
    }
    key_places(view, rides, area.w, places);
    for (size_t i = 0; i <= rides->now; i++) {
        const struct point at = { area.x + places[i].x, area.y + places[i].y + view->type.caption };
        draw_name(view, at, i, rides->rides[i].name, i == rides->now, scene);
    }
}

void rides_draw(const struct view *view, const struct plot *plot, const struct rides *rides,
                struct scene *scene)
{
    struct trail trails[RIDES_MOST];

    for (size_t i = 0; i <= rides->now; i++) {
        const struct landscape_way *const way = &rides->rides[i].way;
        trails[i] = trail_of(view, plot, way, i < rides->now ? way->count : way->done);
    }
    for (size_t i = 0; i < rides->now; i++) {
        const float near = view->type.caption * 0.15f;
        const struct draw_path look =
            past_look(view, i, lies_below(trails, i, rides->now + 1, near));
        trail_draw(&trails[i], &look, scene);
    }
    for (size_t i = 0; i < rides->now; i++) {
        if (trails[i].count > 0) {
            struct mark mark = mark_of(view, i, trails[i].points[trails[i].count - 1]);
            mark.radius *= mark_growth(trails, i, rides->now + 1, mark.radius);
            mark_draw(&mark, scene);
        }
    }
}
