#include "tests/test.h"

#include <string.h>

#include "render/scene/clip.h"
#include "render/scene/scene.h"
#include "render/text/text.h"

static void group(struct scene *scene, int64_t id, struct rect bounds, const char *title)
{
    scene_group(scene, &(struct draw_group){
                           .target = { TARGET_TENSOR, id, 0 }, .bounds = bounds, .title = title });
}

static void keeps_copies(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    char bytes[] = "value";
    struct point points[] = { { 1, 2 }, { 3, 4 } };
    scene.layer = LAYER_MOVING;
    scene_text(&scene, &(struct draw_text){ .bytes = bytes, .length = 3 });
    scene_path(&scene, &(struct draw_path){ .points = points, .count = 2 });
    memset(bytes, 'x', sizeof(bytes) - 1);
    points[1].y = 99;
    assert_int_equal(scene.draw_count, 2);
    assert_string_equal(scene.draws[0].text.bytes, "val");
    assert_int_equal(scene.draws[0].layer, LAYER_MOVING);
    assert_true(scene.draws[1].path.points[1].y == 4);
    scene_clear(&scene);
    assert_int_equal(scene.draw_count, 0);
    assert_int_equal(scene.layer, LAYER_STILL);
    scene_text(&scene, &(struct draw_text){ .bytes = "again" });
    assert_int_equal(scene.draws[0].text.length, 5);
    scene_finish(&scene);
}

/* No reader of any file that is made of it turns it around. */
static void keeps_what_can_be_seen(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    static const char hostile[] = "a\u202e\x1b[0m\xff";
    scene_text(&scene, &(struct draw_text){ .bytes = hostile, .size = 10, .ink = INK_TEXT });
    group(&scene, 1, (struct rect){ 0, 0, 5, 5 }, hostile);
    assert_string_equal(scene.draws[0].text.bytes, "a⇆␛[0m\uFFFD");
    assert_int_equal(scene.draws[0].text.length, strlen(scene.draws[0].text.bytes));
    assert_string_equal(scene.draws[1].group.title, "a⇆␛[0m\uFFFD");
    scene_finish(&scene);
}

static void finds_the_last_painted_group(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    group(&scene, 1, (struct rect){ 0, 0, 100, 100 }, "outer");
    group(&scene, 2, (struct rect){ 10, 10, 20, 20 }, "inner");
    scene_group_end(&scene);
    scene_group_end(&scene);
    group(&scene, 3, (struct rect){ 20, 20, 20, 20 }, "over");
    scene_group_end(&scene);
    assert_int_equal(scene_hit(&scene, (struct point){ 5, 5 }).id, 1);
    assert_int_equal(scene_hit(&scene, (struct point){ 15, 15 }).id, 2);
    assert_int_equal(scene_hit(&scene, (struct point){ 25, 25 }).id, 3);
    assert_string_equal(scene_hit_title(&scene, (struct point){ 25, 25 }), "over");
    assert_int_equal(scene_hit(&scene, (struct point){ 100, 50 }).kind, TARGET_NONE);
    assert_string_equal(scene_hit_title(&scene, (struct point){ 100, 50 }), "");
    scene_finish(&scene);
}

static void hits_nothing_that_is_clipped_away(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    scene_clip(&scene, (struct rect){ 0, 0, 50, 50 });
    group(&scene, 1, (struct rect){ 0, 0, 100, 100 }, NULL);
    scene_clip(&scene, (struct rect){ 0, 0, 100, 100 });
    group(&scene, 2, (struct rect){ 40, 40, 40, 40 }, "");
    scene_group_end(&scene);
    scene_clip_end(&scene);
    scene_group_end(&scene);
    scene_clip_end(&scene);
    group(&scene, 3, (struct rect){ 90, 90, 20, 20 }, "");
    scene_group_end(&scene);
    assert_int_equal(scene_hit(&scene, (struct point){ 45, 45 }).id, 2);
    assert_int_equal(scene_hit(&scene, (struct point){ 60, 60 }).kind, TARGET_NONE);
    assert_int_equal(scene_hit(&scene, (struct point){ 95, 95 }).id, 3);
    scene_finish(&scene);
}

static bool inside(struct rect inner, struct rect outer)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

static void bounds_hold_all_that_is_painted(void **state)
{
    (void)state;
    struct fonts *fonts = fonts_create_fixed();
    struct scene scene = { 0 };
    const struct point line[] = { { 10, 20 }, { 50, 5 } };
    scene_rect(&scene,
               &(struct draw_rect){ .rect = { 10, 10, 20, 20 }, .stroke = INK_TEXT, .width = 4 });
    scene_rect(&scene, &(struct draw_rect){ .rect = { 10, 10, 20, 20 }, .fill = INK_SHADOW });
    scene_path(&scene, &(struct draw_path){
                           .points = line, .count = 2, .stroke = INK_TEXT, .head_end = 9 });
    scene_text(&scene, &(struct draw_text){ .at = { 100, 50 },
                                            .bytes = "abcd",
                                            .role = TYPE_MONO,
                                            .size = 10,
                                            .align = ALIGN_RIGHT });
    scene_text(&scene, &(struct draw_text){ .at = { 0, 50 },
                                            .bytes = "abcdefghij",
                                            .role = TYPE_MONO,
                                            .size = 10,
                                            .max_width = 30 });
    assert_true(inside((struct rect){ 8, 8, 24, 24 }, scene_bounds(&scene.draws[0], fonts)));
    assert_true(inside((struct rect){ -4, -4, 48, 48 }, scene_bounds(&scene.draws[1], fonts)));
    assert_true(inside((struct rect){ 1, -4, 58, 33 }, scene_bounds(&scene.draws[2], fonts)));
    const struct rect right = scene_bounds(&scene.draws[3], fonts);
    assert_true(inside((struct rect){ 76, 41, 24, 10 }, right));
    assert_true(right.x > 70 && right.x + right.w < 106);
    const struct rect cut = scene_bounds(&scene.draws[4], fonts);
    assert_true(cut.x + cut.w < 36);
    scene_finish(&scene);
    fonts_destroy(fonts);
}

/* Changes one thing of a command at a time: each must count, the command itself must equal itself. */
static void tells_commands_apart(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    const struct draw_rect rect = { .rect = { 1, 2, 3, 4 }, .fill = INK_CARD };
    struct draw_rect rects[] = { rect, rect, rect, rect, rect, rect };
    rects[1].rect.h = 5;
    rects[2].stroke = INK_TEXT;
    rects[3].heat = 0.5f;
    rects[4].doubled = true;
    rects[5].alpha = 0.5f;
    for (size_t i = 0; i < 6; i++) {
        scene_rect(&scene, &rects[i]);
    }
    const struct draw_text text = { .bytes = "one", .size = 12 };
    struct draw_text texts[] = { text, text, text, text, text };
    texts[1].bytes = "two";
    texts[2].bytes = "one more";
    texts[3].strike = true;
    texts[4].at.x = 1;
    for (size_t i = 0; i < 5; i++) {
        scene_text(&scene, &texts[i]);
    }
    const struct point a[] = { { 0, 0 }, { 1, 1 } }, b[] = { { 0, 0 }, { 1, 2 } };
    struct draw_path path = { .points = a, .count = 2, .stroke = INK_TEXT };
    scene_path(&scene, &path);
    path.points = b;
    scene_path(&scene, &path);
    path.dash_offset = 3;
    scene_path(&scene, &path);
    scene_clip(&scene, (struct rect){ 0, 0, 1, 1 });
    scene_clip(&scene, (struct rect){ 0, 0, 1, 2 });
    scene_clip_end(&scene);
    scene_clip_end(&scene);
    group(&scene, 1, (struct rect){ 0, 0, 1, 1 }, "a");
    group(&scene, 1, (struct rect){ 0, 0, 1, 1 }, "b");
    scene.layer = LAYER_OVERLAY;
    scene_rect(&scene, &rect);
    for (size_t i = 0; i < scene.draw_count; i++) {
        for (size_t k = 0; k < scene.draw_count; k++) {
            const bool ends =
                scene.draws[i].kind == DRAW_CLIP_END && scene.draws[k].kind == DRAW_CLIP_END;
            assert_int_equal(scene_same(&scene.draws[i], &scene.draws[k]), i == k || ends);
        }
    }
    scene_finish(&scene);
}

static void compares_by_content(void **state)
{
    (void)state;
    struct scene scene = { 0 };
    const struct point points[] = { { 0, 0 }, { 1, 1 } };
    for (int i = 0; i < 2; i++) {
        scene_text(&scene, &(struct draw_text){ .bytes = "same", .size = 9 });
        scene_path(&scene, &(struct draw_path){ .points = points, .count = 2 });
        group(&scene, 7, (struct rect){ 0, 0, 1, 1 }, "title");
        scene_group_end(&scene);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_true(scene_same(&scene.draws[i], &scene.draws[i + 4]));
    }
    scene_finish(&scene);
}

static void clips_leave_room_within_one_another(void **state)
{
    (void)state;
    struct scene scene = { .width = 100, .height = 80 };
    const struct rect rooms[] = { { 0, 0, 100, 80 },
                                  { 10, 10, 40, 40 },
                                  { 30, 20, 20, 30 },
                                  { 10, 10, 40, 40 },
                                  { 0, 0, 100, 80 } };
    scene_rect(&scene, &(struct draw_rect){ 0 });
    scene_clip(&scene, (struct rect){ 10, 10, 40, 40 });
    scene_rect(&scene, &(struct draw_rect){ 0 });
    scene_clip(&scene, (struct rect){ 30, 20, 60, 60 });
    scene_rect(&scene, &(struct draw_rect){ 0 });
    scene_clip_end(&scene);
    scene_rect(&scene, &(struct draw_rect){ 0 });
    scene_clip_end(&scene);
    scene_rect(&scene, &(struct draw_rect){ 0 });
    size_t met = 0;
    for (size_t i = 0; i < scene.draw_count; i++) {
        if (scene.draws[i].kind == DRAW_RECT) {
            const struct rect room = scene_room_at(&scene, i);
            assert_memory_equal(&room, &rooms[met++], sizeof(room));
        }
    }
    assert_int_equal(met, sizeof(rooms) / sizeof(rooms[0]));
    scene_finish(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_copies),
        cmocka_unit_test(keeps_what_can_be_seen),
        cmocka_unit_test(finds_the_last_painted_group),
        cmocka_unit_test(hits_nothing_that_is_clipped_away),
        cmocka_unit_test(bounds_hold_all_that_is_painted),
        cmocka_unit_test(tells_commands_apart),
        cmocka_unit_test(compares_by_content),
        cmocka_unit_test(clips_leave_room_within_one_another),
    };
    return test_run(tests);
}
