#include "tests/test.h"

#include "render/graph/moment.h"
#include "render/graph/picture.h"
#include "render/text/search_text.h"
#include "tests/graph_stage.h"

/* The key of the box that the target is or stands in. */
static int64_t key_of(const struct stage *stage, struct target target, bool expected_open)
{
    int64_t key = 0;
    bool open = !expected_open;
    assert_true(graph_picture_fold(stage->view.graph, target, &key, &open));
    assert_int_equal(open, expected_open);
    return key;
}

static int64_t key_of_module(const struct stage *stage, int64_t module)
{
    return key_of(stage, (struct target){ .kind = TARGET_MODULE, .id = module }, true);
}

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

static void turn(struct stage *stage, int64_t key, bool open, size_t stop)
{
    view_fold(&stage->state, key, open);
    stage_show(stage, stop);
}

static int card_count(const struct stage *stage)
{
    return graph_picture_model(stage->view.graph)->card_count;
}

/* ---- modules --------------------------------------------------------------------------------- */

static void modules_are_frames_around_their_cards(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage.width = 2600;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 4));
    assert_true(shows(&stage, "net : Sequential"));
    assert_true(shows(&stage, "net.0 : Linear"));
    assert_true(shows(&stage, "net.1 : ReLU"));
    assert_true(shows(&stage, "W · weight (4, 2)"));
    stage_close(&stage);
}

static void a_closed_module_says_what_it_is(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    const size_t stop = stop_of(&stage, RECORD_ACCUMULATE, 4);
    stage_show(&stage, stop);
    const int cards = card_count(&stage);
    const int64_t first = key_of_module(&stage, 1), whole = key_of_module(&stage, 4);
    turn(&stage, first, false, stop);
    assert_int_equal(card_count(&stage), cards);
    assert_true(shows(&stage, "net.0"));
    assert_true(shows(&stage, "Linear"));
    assert_true(shows(&stage, "(3, 2) → (3, 4)"));
    assert_true(shows(&stage, "12 parameters"));
    assert_false(shows(&stage, "W · weight (4, 2)"));
    turn(&stage, whole, false, stop);
    assert_int_equal(card_count(&stage), cards - 2);
    assert_true(shows(&stage, "Sequential"));
    assert_true(shows(&stage, "(3, 2) → (3, 1)"));
    assert_true(shows(&stage, "17 parameters"));
    assert_false(shows(&stage, "net.0"));
    /* What was closed in it stays closed. */
    turn(&stage, whole, true, stop);
    assert_true(shows(&stage, "12 parameters"));
    turn(&stage, first, true, stop);
    assert_true(shows(&stage, "W · weight (4, 2)"));
    stage_close(&stage);
}

static void a_box_stays_closed_in_the_next_iteration(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/sequential", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, 1));
    view_fold(&stage.state, key_of_module(&stage, 1), false);
    for (int i = 1; i <= 2; i++) {
        stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, i));
        assert_true(shows(&stage, "12 parameters"));
    }
    stage_close(&stage);
}

static void own_classes_nest(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/blocks", nowhere);
    const size_t stop = stop_of(&stage, RECORD_BACKWARD, 1);
    stage_show(&stage, stop);
    const struct graph_model *model = graph_picture_model(stage.view.graph);
    const char *const titles[] = { "net : Net", "net.a : Block", "net.a.fc1 : Linear",
                                   "net.a.fc2 : Linear", "net.b : Block" };
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(model->clusters[i].title, titles[i]);
    }
    assert_int_equal(model->clusters[2].parent, 2);
    /* The number in its forward stands in the box. */
    for (int i = 0; i < model->card_count; i++) {
        if (model->cards[i].kind == CARD_CONSTANT && model->cards[i].number == 0.5) {
            assert_true(model->cards[i].cluster > 0);
        }
    }
    stage.state.fold_all = true;
    stage_show(&stage, stop);
    assert_string_equal(closed_box(&stage, "net")->group->detail, "Net");
    assert_string_equal(closed_box(&stage, "net")->group->shapes, "(2, 3) → (2, 1)");
    assert_string_equal(closed_box(&stage, "net")->group->parameters, "52 parameters");
    stage_close(&stage);
}

static void a_step_in_a_closed_box_marks_it(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/blocks", nowhere);
    stage.state.fold_all = true;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 3));
    struct graph_moment moment;
    const struct graph_model *model = graph_picture_model(stage.view.graph);
    graph_moment_read(&moment, model, &stage.view, stage.run.moment);
    assert_ptr_equal(&model->cards[moment.focus], closed_box(&stage, "net"));
    assert_true(moment.cards[moment.focus].current);
    stage_close(&stage);
}

/* ---- repeats --------------------------------------------------------------------------------- */

static void equal_neighbours_are_one_card(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/loop", nowhere);
    stage.state.mode = SCREEN_EXPLORE;
    const size_t stop = stop_of(&stage, RECORD_VISIT, 1);
    stage_show(&stage, stop);
    assert_int_equal(card_count(&stage), 3); /* x, the loop, loss */
    assert_true(shows(&stage, "×30"));
    assert_true(shows(&stage, "layer, relu"));
    assert_true(shows(&stage, "torch.relu(layer(h))"));
    assert_true(shows(&stage, "(1, 2) → (1, 2)"));
    assert_true(shows(&stage, "6 parameters"));
    const struct graph_group *loop = closed_box(&stage, "layer, relu")->group;
    turn(&stage, loop->key, true, stop);
    assert_int_equal(card_count(&stage), 2 + 30 * 2);
    const struct graph_model *model = graph_picture_model(stage.view.graph);
    assert_string_equal(model->clusters[0].title, "×30 · layer, relu");
    assert_string_equal(model->clusters[1].title, "1 / 30");
    assert_string_equal(model->clusters[2].title, "layer : Linear");
    stage_close(&stage);
}

static void the_level_of_pytorch_folds_too(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/loop", nowhere);
    stage.state.level = GRAPH_PYTORCH;
    stage.state.mode = SCREEN_EXPLORE;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
    assert_true(card_count(&stage) < 12);
    /* What all rounds share stands beside them. */
    assert_int_equal(count_shown(&stage, "AccumulateGrad"), 2);
    stage_close(&stage);
}

/* A line that stands for several has no number: none of theirs is its own. */
static void merged_lines_carry_no_number(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/loop", nowhere);
    stage.state.level = GRAPH_PYTORCH;
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
    struct graph_moment moment;
    const struct graph_model *model = graph_picture_model(stage.view.graph);
    graph_moment_read(&moment, model, &stage.view, stage.run.moment);
    int merged = 0;
    for (int i = 0; i < model->edge_count; i++) {
        assert_int_equal(moment.edges[i].many, model->edges[i].more_count > 0);
        assert_true(moment.edges[i].contribution != NULL);
        merged += model->edges[i].more_count > 0;
    }
    assert_true(merged >= 1);
    stage_close(&stage);
}

/* A file for other programs has everything, whatever is closed on the screen. */
static void dot_folds_nothing(void **state)
{
    (void)state;
    struct stage stage;
    struct text text = { 0 };
    stage_open(&stage, "graphs/loop", nowhere);
    stage_go(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
    graph_dot(&stage.view, &text);
    int cards = 0;
    for (const char *at = text_string(&text); (at = strstr(at, "kind=\"result\"")) != NULL; at++) {
        cards++;
    }
    assert_int_equal(cards, 61);
    text_finish(&text);
    stage_close(&stage);
}

/* ---- any size -------------------------------------------------------------------------------- */

/* x → y = x * 2 or x + 1 → …, in no rhythm: the worst for folding. `lines` of code go round. */
static void write_chain(struct text *text, int operations, int lines)
{
    static const char *const names[] = { "mul", "add", "sub", "div", "pow" };
    unsigned noise = 7;
    text_append_string(
        text, "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\","
              "\"device\":\"cpu\",\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":7,"
              "\"seccomp\":true,\"why\":\"\"}}\n");
    text_append_string(text, "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,"
                             "\"text\":\"x\"}\n{\"k\":\"cell\",\"in\":1,\"f\":1}\n"
                             "{\"k\":\"line\",\"f\":1,\"line\":1}\n");
    for (int i = 0; i < 5; i++) {
        text_format(text, "{\"k\":\"opdef\",\"op\":\"%s\",\"provenance\":\"map\"}\n", names[i]);
    }
    text_append_string(text, "{\"k\":\"tensor\",\"t\":1,\"shape\":[],\"dtype\":\"float32\"}\n");
    for (int i = 1; i <= operations; i++) {
        noise = noise * 1103515245u + 12345u;
        text_format(text, "{\"k\":\"tensor\",\"t\":%d,\"shape\":[],\"dtype\":\"float32\"}\n",
                    i + 1);
        text_format(text,
                    "{\"k\":\"op\",\"o\":%d,\"op\":\"%s\",\"in\":[{\"t\":%d},2],\"out\":[%d],"
                    "\"at\":[1,%d,0,%d,1]}\n",
                    i, names[lines > 1 ? (noise >> 16) % 5 : 0], i, i + 1, i % lines + 1,
                    i % lines + 1);
    }
}

static void stage_feed(struct stage *stage, const struct text *text)
{
    struct error err = { 0 };
    graph_picture_forget(stage->view.graph);
    episodes_destroy(stage->episodes);
    stops_destroy(stage->stops);
    trace_destroy(stage->trace);
    stage->trace = trace_create();
    if (!trace_feed(stage->trace, text->bytes, text->length, &err)) {
        fail_msg("%s", err.text);
    }
    stage->stops = stops_create(stage->trace);
    stops_update(stage->stops);
    stops_finish(stage->stops);
    stage->episodes = episodes_create(stage->trace);
    episodes_update(stage->episodes);
}

static void no_picture_has_more_boxes_than_its_limit(void **state)
{
    (void)state;
    const int sizes[][2] = {
        { 299, 1 }, { 400, 400 }, { 3000, 77 }, { 20000, 1 }, { 20000, 9000 }
    };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct stage stage;
        struct text text = { 0 };
        stage_open(&stage, "autograd", nowhere);
        write_chain(&text, sizes[i][0], sizes[i][1]);
        stage_feed(&stage, &text);
        stage_show(&stage, stage_stops(&stage) - 1);
        assert_in_range(card_count(&stage), 1, GRAPH_BOXES_MAX);
        assert_int_equal(graph_picture_model(stage.view.graph)->left_out, 0);
        /* Whatever is opened, box after box: still. */
        for (int open = 0; open < 20; open++) {
            const struct graph_model *model = graph_picture_model(stage.view.graph);
            const struct graph_group *group = NULL;
            for (int k = 0; k < model->card_count; k++) {
                group = model->cards[k].group ? model->cards[k].group : group;
            }
            if (group) {
                const int64_t key = group->key;
                turn(&stage, key, true, stage_stops(&stage) - 1);
                assert_true(graph_model_find_open(graph_picture_model(stage.view.graph), key) >= 0);
                assert_in_range(card_count(&stage), 1, GRAPH_BOXES_MAX);
            }
        }
        text_finish(&text);
        stage_close(&stage);
    }
}

static void the_oldest_of_many_folds_is_forgotten(void **state)
{
    (void)state;
    struct view_state view = { .fold_count = 0 };
    for (int64_t key = 1; key <= VIEW_FOLDS_MAX + 3; key++) {
        view_fold(&view, key, true);
    }
    view_fold(&view, 10, false);
    assert_int_equal(view.fold_count, VIEW_FOLDS_MAX);
    assert_int_equal(view.folds[0].key, 4);
    assert_int_equal(view.folds[VIEW_FOLDS_MAX - 1].key, 10);
    assert_false(view.folds[VIEW_FOLDS_MAX - 1].open);
}

/* ---- places ---------------------------------------------------------------------------------- */

static bool inside(struct rect outer, struct rect inner)
{
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

static bool meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

static bool holds(const struct graph_model *model, int cluster, int of)
{
    while (of > 0 && of != cluster) {
        of = model->clusters[of - 1].parent;
    }
    return of == cluster;
}

static void frames_hold_their_cards_and_no_others(void **state)
{
    (void)state;
    const char *const programs[] = { nowhere, worker };
    const char *const fixtures[] = { "linear_adam", "graphs/sequential", "graphs/blocks",
                                     "graphs/loop" };
    for (size_t i = 0; i < 16; i++) {
        struct stage stage;
        stage_open(&stage, fixtures[i / 2 % 4], programs[i % 2]);
        stage.state.level = i < 8 ? GRAPH_MATHEMATICS : GRAPH_PYTORCH;
        stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, 1));
        const struct graph_model *model = graph_picture_model(stage.view.graph);
        const struct layout *layout = graph_picture_layout(stage.view.graph);
        assert_int_equal(layout->by_fallback, i % 2 == 0);
        for (int c = 0; c < model->cluster_count; c++) {
            for (int card = 0; card < model->card_count; card++) {
                const struct rect box = { layout->boxes[card].x, layout->boxes[card].y,
                                          model->cards[card].w, model->cards[card].h };
                if (holds(model, c + 1, model->cards[card].cluster)) {
                    assert_true(inside(layout->clusters[c], box));
                } else {
                    assert_false(meet(layout->clusters[c], box));
                }
            }
            for (int other = 0; other < c; other++) {
                assert_true(holds(model, other + 1, c + 1) ||
                            !meet(layout->clusters[c], layout->clusters[other]));
            }
        }
        stage_close(&stage);
    }
}

/* Nothing in a closed box is cut off, and nothing leaves it. */
static void assert_boxes_hold_their_words(const struct stage *stage)
{
    struct rect box = { 0, 0, 0, 0 };
    int texts = 0;
    for (size_t i = 0; i < stage->scene.draw_count; i++) {
        const struct draw *draw = &stage->scene.draws[i];
        if (draw->kind == DRAW_GROUP) {
            box = draw->group.target.kind == TARGET_FOLD ? draw->group.bounds : (struct rect){ 0 };
        } else if (draw->kind == DRAW_TEXT && box.w > 0) {
            const float w = fonts_measure(stage->fonts, draw->text.role, draw->text.bytes,
                                          strlen(draw->text.bytes)) *
                            draw->text.size;
            const float before = draw->text.align == ALIGN_RIGHT    ? w
                                 : draw->text.align == ALIGN_CENTRE ? w / 2
                                                                    : 0;
            const float left = draw->text.at.x - before;
            assert_true(w <= draw->text.max_width || draw->text.max_width == 0); /* a cell */
            assert_true(left >= box.x && left + w <= box.x + box.w);
            texts++;
        }
    }
    assert_true(texts >= 3);
}

static void boxes_hold_their_words(void **state)
{
    (void)state;
    const float sizes[][2] = { { 1024, 700 }, { 1920, 1080 }, { 3840, 2160 } };
    const char *const fixtures[] = { "graphs/sequential", "graphs/blocks", "graphs/loop" };
    for (int i = 0; i < 36; i++) {
        struct stage stage;
        struct error err = { 0 };
        stage_open(&stage, fixtures[i % 3], nowhere);
        words_destroy(stage.words);
        stage.words = words_create(GRADLIGHT_BUILD_ROOT "/assets/po", &err);
        stage.view.words = stage.words;
        stage.state.language = i / 3 % 2 ? LANGUAGE_VI : LANGUAGE_EN;
        stage.state.mode = i / 6 % 2 ? SCREEN_PRESENT : SCREEN_EXPLORE;
        stage.state.fold_all = true;
        stage.width = sizes[i / 12][0];
        stage.height = sizes[i / 12][1];
        stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 2));
        assert_boxes_hold_their_words(&stage);
        stage_close(&stage);
    }
}

/* ---- search ---------------------------------------------------------------------------------- */

static int found(struct stage *stage, const char *query)
{
    const struct graph_match *matches;
    snprintf(stage->state.query, sizeof(stage->state.query), "%s", query);
    return graph_search(&stage->view, &matches);
}

static void search_finds_names_operations_and_modules(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/blocks", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, 1));
    assert_int_equal(found(&stage, "target"), 3); /* itself, the difference, its square */
    assert_int_equal(found(&stage, "net.a.fc1.bias"), 1);
    assert_int_equal(found(&stage, "RELU"), 2);
    assert_int_equal(found(&stage, "addmm"), 5);
    assert_int_equal(found(&stage, "MulBackward"), 2);
    assert_int_equal(found(&stage, "net.a :"), 1); /* the frame, where no card is called so */
    assert_int_equal(found(&stage, "none of it"), 0);
    assert_int_equal(found(&stage, ""), 0);
    /* What is in a closed box lights it. */
    stage.state.fold_all = true;
    stage_show(&stage, stop_of(&stage, RECORD_BACKWARD, 1));
    assert_int_equal(found(&stage, "net.b.fc2.weight"), 1);
    assert_int_equal(found(&stage, "addmm"), 1);
    /* What is not there yet is not found. */
    stage_show(&stage, stop_of(&stage, RECORD_OP, 1));
    assert_int_equal(found(&stage, "addmm"), 0);
    stage_close(&stage);
}

static void search_asks_for_neither_accents_nor_capitals(void **state)
{
    (void)state;
    assert_true(search_text("mất_mát", "mat_mat"));
    assert_true(search_text("mat_mat", "Mất"));
    assert_true(search_text("Đạo hàm", "dao ham"));
    assert_true(search_text("Da\u0323o ha\u0300m", "đạo")); /* marks as characters of their own */
    assert_true(search_text("net.0.weight", "0.W"));
    assert_false(search_text("mất", "mátt"));
    assert_false(search_text("mat", "mats"));
    assert_false(search_text("", "m"));
    assert_false(search_text("m", ""));
    assert_true(search_text("\xff"
                            "m",
                            "m")); /* broken text does no harm */
}

/* ---- golden ---------------------------------------------------------------------------------- */

/* Max pooling has two outputs; where the maxima were is only for its way back. */
static void outputs_that_nobody_sees_have_no_card(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, "graphs/pool", nowhere);
    stage_show(&stage, stop_of(&stage, RECORD_ACCUMULATE, 1));
    const struct graph_model *model = graph_picture_model(stage.view.graph);
    for (int i = 0; i < model->card_count; i++) {
        assert_int_equal(model->cards[i].output, 0);
    }
    assert_int_equal(model->card_count, 3); /* x, its pool, the sum */
    stage_close(&stage);
}

static void golden_scenes(void **state)
{
    (void)state;
    const struct {
        const char *name, *fixture;
        enum screen_mode mode;
        bool closed;
        const char *query;
        enum record_kind kind; /* the second of it is the step */
    } rows[] = {
        { "graph_modules", "graphs/sequential", SCREEN_EXPLORE, false, "", RECORD_ACCUMULATE },
        { "graph_modules_closed", "graphs/blocks", SCREEN_PRESENT, true, "", RECORD_ACCUMULATE },
        { "graph_repeat", "graphs/loop", SCREEN_PRESENT, false, "", RECORD_ACCUMULATE },
        { "graph_search", "graphs/loop", SCREEN_EXPLORE, false, "relu", RECORD_VISIT },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct stage stage;
        stage_open(&stage, rows[i].fixture, nowhere);
        stage.state.mode = rows[i].mode;
        stage.state.fold_all = rows[i].closed;
        stage.state.searching = rows[i].query[0] != '\0';
        snprintf(stage.state.query, sizeof(stage.state.query), "%s", rows[i].query);
        stage_show(&stage, stop_of(&stage, rows[i].kind, 2));
        assert_golden_scene(rows[i].name, &stage.scene);
        stage_close(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules_are_frames_around_their_cards),
        cmocka_unit_test(a_closed_module_says_what_it_is),
        cmocka_unit_test(a_box_stays_closed_in_the_next_iteration),
        cmocka_unit_test(own_classes_nest),
        cmocka_unit_test(a_step_in_a_closed_box_marks_it),
        cmocka_unit_test(equal_neighbours_are_one_card),
        cmocka_unit_test(the_level_of_pytorch_folds_too),
        cmocka_unit_test(merged_lines_carry_no_number),
        cmocka_unit_test(dot_folds_nothing),
        cmocka_unit_test(outputs_that_nobody_sees_have_no_card),
        cmocka_unit_test(no_picture_has_more_boxes_than_its_limit),
        cmocka_unit_test(the_oldest_of_many_folds_is_forgotten),
        cmocka_unit_test(frames_hold_their_cards_and_no_others),
        cmocka_unit_test(boxes_hold_their_words),
        cmocka_unit_test(search_finds_names_operations_and_modules),
        cmocka_unit_test(search_asks_for_neither_accents_nor_capitals),
        cmocka_unit_test(golden_scenes),
    };
    return test_run(tests);
}
