#include "tests/test.h"

#include "app/window/damage.h"
#include "render/text/text.h"

enum { ROOM = 256 };

struct picture {
    struct scene scene;
    struct rect bounds[ROOM], seen[ROOM];
};

struct pair {
    struct picture now, was;
    struct fonts *fonts;
    struct arena scratch;
    struct damage damage;
};

static void pair_open(struct pair *pair)
{
    *pair =
        (struct pair){ .fonts = fonts_create_fixed(), .damage = { .width = 1000, .height = 800 } };
    pair->now.scene.width = pair->was.scene.width = 1000;
    pair->now.scene.height = pair->was.scene.height = 800;
}

static void pair_close(struct pair *pair)
{
    scene_finish(&pair->now.scene);
    scene_finish(&pair->was.scene);
    fonts_destroy(pair->fonts);
    arena_finish(&pair->scratch);
}

static struct stretch all_of(struct pair *pair, struct picture *picture)
{
    assert_true(picture->scene.draw_count <= ROOM);
    damage_bounds(&picture->scene, pair->fonts, picture->bounds, picture->seen, &pair->scratch);
    return (struct stretch){ &picture->scene, picture->bounds, picture->seen, 0,
                             picture->scene.draw_count };
}

static void compare(struct pair *pair, struct point by)
{
    const struct stretch now = all_of(pair, &pair->now), was = all_of(pair, &pair->was);

    damage_compare(&pair->damage, now, was, by, &pair->scratch);
}

/* A row of small boxes, 40 points apart. */
static void put_row(struct scene *scene, int from, int to, struct point at)
{
    for (int i = from; i < to; i++) {
        scene_rect(scene, &(struct draw_rect){ .rect = { at.x + 40 * (float)i, at.y, 20, 60 },
                                               .fill = INK_CARD });
    }
}

static float damaged(const struct pair *pair)
{
    float sum = 0;

    for (size_t i = 0; i < pair->damage.count; i++) {
        sum += pair->damage.rects[i].w * pair->damage.rects[i].h;
    }
    return sum;
}

static void what_comes_in_between_damages_only_itself(void **state)
{
    static const struct point at = { 100, 100 }, still = { 0, 0 };
    struct pair pair;

    (void)state;
    pair_open(&pair);
    put_row(&pair.was.scene, 0, 20, at);
    put_row(&pair.now.scene, 0, 5, at);
    put_row(&pair.now.scene, 0, 3, (struct point){ 100, 500 });
    put_row(&pair.now.scene, 5, 20, at);
    compare(&pair, still);
    assert_true(damage_touches(&pair.damage, (struct rect){ 180, 500, 20, 20 }));
    assert_false(damage_touches(&pair.damage, (struct rect){ 0, 90, 1000, 70 }));
    assert_true(damaged(&pair) < 120 * 70);
    pair_close(&pair);
}

static void what_has_moved_along_is_not_damaged(void **state)
{
    struct pair pair;

    (void)state;
    pair_open(&pair);
    put_row(&pair.was.scene, 0, 20, (struct point){ 100.4f, 100.7f });
    put_row(&pair.now.scene, 2, 22, (struct point){ 107.4f, 97.7f });
    compare(&pair, (struct point){ 7, -3 });
    assert_true(damage_touches(&pair.damage, (struct rect){ 108, 98, 18, 18 })); /* has gone */
    assert_true(damage_touches(&pair.damage, (struct rect){ 948, 98, 18, 18 })); /* has come */
    assert_false(damage_touches(&pair.damage, (struct rect){ 200, 90, 700, 70 }));
    pair_close(&pair);
}

static void a_line_across_the_page_damages_what_it_crosses(void **state)
{
    static const struct point line[] = { { 10, 10 }, { 300, 250 }, { 600, 500 }, { 900, 750 } };
    struct pair pair;

    (void)state;
    pair_open(&pair);
    scene_clip(&pair.now.scene, (struct rect){ 0, 0, 1000, 600 });
    scene_path(
        &pair.now.scene,
        &(struct draw_path){ .points = line, .count = 4, .curves = true, .stroke = INK_TEXT });
    scene_clip_end(&pair.now.scene);
    scene_clip(&pair.was.scene, (struct rect){ 0, 0, 1000, 600 });
    scene_clip_end(&pair.was.scene);
    compare(&pair, (struct point){ 0, 0 });
    assert_true(pair.damage.count > 1);
    assert_true(damage_touches(&pair.damage, (struct rect){ 448, 378, 4, 4 }));
    assert_false(damage_touches(&pair.damage, (struct rect){ 700, 50, 200, 200 }));
    assert_false(damage_touches(&pair.damage, (struct rect){ 0, 610, 1000, 200 }));
    pair_close(&pair);
}

static void there_are_never_too_many_rectangles(void **state)
{
    struct damage damage = { .width = 4000, .height = 4000 };

    (void)state;
    for (int i = 0; i < 400; i++) {
        const struct rect box = { (float)(i % 20) * 200, (float)(i / 20) * 200, 10, 10 };
        damage_add(&damage, box);
        assert_true(damage.count <= DAMAGE_MAX);
        assert_true(damage_touches(&damage, box));
    }
    damage = (struct damage){ .width = 100, .height = 100 };
    damage_add(&damage, (struct rect){ 10, 10, 0, 0 });
    damage_add(&damage, (struct rect){ 200, 10, 30, 30 });
    assert_int_equal(damage.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_in_between_damages_only_itself),
        cmocka_unit_test(what_has_moved_along_is_not_damaged),
        cmocka_unit_test(a_line_across_the_page_damages_what_it_crosses),
        cmocka_unit_test(there_are_never_too_many_rectangles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
