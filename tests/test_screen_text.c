/* Text on the whole screen, over every lesson and fixture, in both languages, all themes, exploring and
 * presenting, at the sizes of real displays: it never stands on other text, is never cut without an
 * ellipsis, never leaves its box, and is never too small to read. */

#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/panels/devices.h"
#include "app/panels/plots.h"
#include "app/session/session.h"
#include "render/graph/graph.h"
#include "render/lesson/question.h"
#include "render/screen.h"
#include "tests/scene_text.h"

#include "config.h"

/* Stops looked at on each page: of the many lessons of the course fewer of each, which differ from page to
 * page. */
enum { SAMPLES = 12, COURSE_SAMPLES = 3, TOLD_MOST = 200 };

struct page {
    float width, height;
};

static const struct page explore_pages[] = { { 1024, 700 }, { 1024, 768 }, { 1280, 800 },
                                             { 1366, 768 }, { 1600, 900 }, { 1920, 1080 },
                                             { 3840, 2160 } };
static const struct page present_pages[] = { { 1024, 768 },  { 1280, 800 },  { 1366, 768 },
                                             { 1600, 1200 }, { 1920, 1080 }, { 3840, 2160 } };

struct rig {
    struct paths paths;
    struct fonts *fonts;
    struct words *words;
    struct scene scene;
    struct arena arena;
    /* What is being looked at, for the reports. */
    const char *name;
    size_t stop;
    struct view_state state;
    struct page page;
    enum theme_id theme;
    size_t samples; /* on each page */
    size_t faults, scenes;
    const struct session *before; /* the run that a changed number is compared with; NULL: none */
    char told[TOLD_MOST][160];
    size_t told_count;
};

/* ---- reports ---------------------------------------------------------------------------- */

/* Each fault of a text once: the next stop has it as well, with other numbers. */
static bool is_news(struct rig *rig, const char *text)
{
    char line[160];

    snprintf(line, sizeof(line), "%s", text);
    for (char *at = line; (at = strpbrk(at, "0123456789"));) {
        *at = '#';
    }
    for (size_t i = 0; i < rig->told_count; i++) {
        if (strcmp(rig->told[i], line) == 0) {
            return false;
        }
    }
    if (rig->told_count == TOLD_MOST) {
        return false;
    }
    snprintf(rig->told[rig->told_count++], sizeof(rig->told[0]), "%s", line);
    return true;
}

static void tell(void *owner, enum text_fault fault, const char *text, const char *other)
{
    struct rig *const rig = owner;
    char line[160];

    rig->faults++;
    snprintf(line, sizeof(line), "%.60s %s %.60s", text, text_fault_name(fault), other);
    if (is_news(rig, line)) {
        print_error("%s stop %zu, %gx%g %s %s %s level %d scale %g tab %d style %d: %s\n",
                    rig->name, rig->stop, (double)rig->page.width, (double)rig->page.height,
                    rig->state.mode == SCREEN_PRESENT ? "present" : "explore",
                    language_code(rig->state.language), theme_at(rig->theme)->name,
                    (int)rig->state.level, (double)rig->state.text_scale, rig->state.tab,
                    rig->state.code_style, line);
    }
}

/* ---- one picture ------------------------------------------------------------------------ */

static struct rect tab_body(const struct screen_regions *regions, const struct type_scale *type)
{
    const float head = screen_tab_head(type);

    return (struct rect){ regions->tabs.x, regions->tabs.y + head, regions->tabs.w,
                          regions->tabs.h - head };
}

static void look(struct rig *rig, const struct session *session, struct graph_picture *picture)
{
    const struct stop *const stop = stops_at(session_stops(session), STOP_OPERATION, rig->stop);
    const struct overrides *const overrides = session_overrides(session);
    struct run_view runs[2] = { { .trace = session_trace(session),
                                  .stops = session_stops(session),
                                  .episodes = session_episodes(session),
                                  .film = session_film(session),
                                  .moment = stop->moment,
                                  .label = session_name(session) } };
    runs[0].changes = overrides_changes(overrides, overrides, &rig->arena, &runs[0].change_count);
    if (rig->before) {
        runs[1] = (struct run_view){ .trace = session_trace(rig->before),
                                     .stops = session_stops(rig->before),
                                     .episodes = session_episodes(rig->before),
                                     .moment = stop->moment };
    }
    const float w = rig->page.width, h = rig->page.height;
    const struct view view = { .runs = runs,
                               .run_count = rig->before ? 2 : 1,
                               .state = &rig->state,
                               .motion = { .progress = 1 },
                               .graph = picture,
                               .fonts = rig->fonts,
                               .theme = theme_at(rig->theme),
                               .words = rig->words,
                               .type = screen_type(&rig->state, w, h),
                               .room = screen_room(&rig->state, w, h),
                               .arena = &rig->arena };
    const struct screen_regions regions = screen_regions_now(&view, w, h);
    const struct text_rules rules = {
        .fonts = rig->fonts,
        .least = rig->state.mode == SCREEN_PRESENT ? view.type.caption * 0.93f : 12.99f,
        .scrolling = { regions.panel, tab_body(&regions, &view.type) },
        .stage = regions.stage,
    };

    struct question question;
    const bool asked = rig->stop % 5 == 4 && question_near(&view, stop->moment, &question);
    rig->state.question = asked ? question.in + 1 : 0;
    rig->state.revealed = rig->stop % 2 ? ~UINT64_C(0) : 0;
    graph_picture_prepare(picture, &view, true, 0);
    scene_clear(&rig->scene);
    screen_draw(&view, w, h, &rig->scene);
    scene_text_check(&rig->scene, &rules, tell, rig);
    rig->scenes++;
    arena_clear(&rig->arena);
}

/* ---- a lesson --------------------------------------------------------------------------- */

/* What else can be chosen goes round with the stops, so that everything meets everything. */
static void vary(struct rig *rig, int turn)
{
    rig->theme = (enum theme_id)(turn % THEME_COUNT);
    rig->state.level = turn % 3 == 2 ? GRAPH_PYTORCH : GRAPH_MATHEMATICS;
    rig->state.tab = turn % 4;
    rig->state.tab_follows = turn % 5 == 2;
    rig->state.drawer_open = turn % 5 < 3;
    rig->state.hint = turn % 7 == 0;
    rig->state.code_style = turn % 4 == 1 ? 1 : turn % 8 == 2 ? 2 : 0;
    rig->state.lesson_hidden = turn % 13 == 12;
    rig->state.searching = turn % 5 == 4;
    snprintf(rig->state.query, sizeof(rig->state.query), "%s", turn % 2 ? "e" : "không có");
    rig->state.selected =
        (struct target){ .kind = turn % 3 ? TARGET_TENSOR : TARGET_NONE, .id = turn % 17 };
    rig->state.alone = turn % 11 == 10;
    rig->state.fold_all = turn % 6 == 5;
    rig->state.text_scale = turn % 9 == 8 ? 1.21f : 1;
    rig->state.stage = turn % 3 == 1 ? STAGE_PLOTS : turn % 7 == 3 ? STAGE_DEVICES : STAGE_AUTO;
    rig->state.plot = (enum plot_kind)(turn % PLOT_KINDS);
    rig->state.race_step = turn % 4;
    rig->state.series = turn % 5;
    rig->state.film = turn % 2 ? FILM_SHOWN : FILM_AUTO;
    rig->state.film_each = turn % 4 == 3;
    rig->state.compared = turn % 5 == 3 ? 1 + turn % 3 : 0;
}

static void walk(struct rig *rig, const struct session *session, struct graph_picture *picture,
                 int seed)
{
    const size_t count = stops_count(session_stops(session), STOP_OPERATION);
    const size_t samples = count < rig->samples ? count : rig->samples;

    for (size_t i = 0; i < samples; i++) {
        rig->stop = (i * count / samples + (size_t)seed) % count; /* in turn, all of them */
        vary(rig, seed + (int)i);
        look(rig, session, picture);
    }
}

/* Looks at every page, in both languages. */
static void look_at_pages(struct rig *rig, const struct session *session)
{
    int seed = 0;

    rig->name = session_name(session);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        struct graph_picture *const picture = graph_picture_create(rig->paths.layout);
        rig->state.language = (enum language)language;
        rig->state.mode = SCREEN_EXPLORE;
        for (size_t i = 0; i < sizeof(explore_pages) / sizeof(explore_pages[0]); i++) {
            rig->page = explore_pages[i];
            walk(rig, session, picture, seed++);
        }
        rig->state.mode = SCREEN_PRESENT;
        for (size_t i = 0; i < sizeof(present_pages) / sizeof(present_pages[0]); i++) {
            rig->page = present_pages[i];
            walk(rig, session, picture, seed++);
        }
        graph_picture_destroy(picture);
    }
}

static void look_through(struct rig *rig, const char *path)
{
    struct error err = { 0 };
    struct session *const session =
        session_open(path, &(struct session_options){ .paths = &rig->paths, .stays = true }, &err);

    if (!session) {
        fail_msg("%s", err.text);
    }
    session_wait(session, NULL, NULL);
    plots_ask_surface(session);
    plots_ask_race(session, 0);
    devices_ask(session);
    plots_ask_fit(session, trace_record_count(session_trace(session)));
    session_release(session);
    look_at_pages(rig, session);
    session_destroy(session);
}

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name), tail = strlen(end);

    return length > tail && strcmp(name + length - tail, end) == 0;
}

static void look_through_folder(struct rig *rig, const char *folder, const char *end)
{
    struct dirent **names;
    char path[1024];
    const int count = scandir(folder, &names, NULL, alphasort);

    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        if (ends_with(names[i]->d_name, end)) {
            snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
            look_through(rig, path);
        }
        free(names[i]);
    }
    free(names);
}

static void open_rig(struct rig *rig, struct fonts *fonts)
{
    struct error err = { 0 };

    *rig = (struct rig){ .fonts = fonts, .samples = SAMPLES };
    rig->state = (struct view_state){ .text_scale = 1, .granularity = STOP_OPERATION };
    assert_true(paths_find(&rig->paths, &err));
    rig->words = words_create(rig->paths.words, &err);
    assert_string_equal(words_in(rig->words, LANGUAGE_VI, "Output"), "Kết quả in ra");
}

static void close_rig(struct rig *rig)
{
    words_destroy(rig->words);
    scene_finish(&rig->scene);
    arena_finish(&rig->arena);
    fonts_destroy(rig->fonts);
}

static void look_at_all(struct fonts *fonts)
{
    static struct rig rig;

    open_rig(&rig, fonts);
    rig.samples = COURSE_SAMPLES;
    look_through_folder(&rig, GRADLIGHT_SOURCE_ROOT "/lessons/course", ".py");
    rig.samples = SAMPLES;
    look_through_folder(&rig, GRADLIGHT_TESTS_ROOT "/fixtures", ".trace");
    look_through_folder(&rig, GRADLIGHT_TESTS_ROOT "/plots", ".py");
    look_through_folder(&rig, GRADLIGHT_TESTS_ROOT "/fixtures/graphs", ".trace");
    assert_true(rig.scenes > 1000);
    const size_t faults = rig.faults, scenes = rig.scenes;
    close_rig(&rig);
    if (faults > 0) {
        fail_msg("%zu faults in %zu pictures", faults, scenes);
    }
}

static void text_stands_clear_in_the_real_fonts(void **state)
{
    struct error err = { 0 };
    struct fonts *const fonts = fonts_create(&err);

    (void)state;
    if (!fonts) {
        print_message("%s\n", err.text);
        skip();
    }
    look_at_all(fonts);
}

/* Fonts of a distribution may be wider. */
static void text_stands_clear_in_fixed_advances(void **state)
{
    (void)state;
    look_at_all(fonts_create_fixed());
}

/* A number is another one: what it was beside it in the code, old values beside the new, a field that is
 * open, and the sign that a result is old. */
static void text_stands_clear_beside_old_values(void **state)
{
    static const char path[] = GRADLIGHT_TESTS_ROOT "/fixtures/whatif/changed.py";
    static struct rig rig;
    struct error err = { 0 };
    struct overrides overrides = {
        .list = { { .cell = 1, .line = 3, .column = 8, .end = 11, .was = "1.0", .now = "-12345.5" },
                  { .cell = 1, .line = 5, .column = 12, .end = 13, .was = "3", .now = "1e-3" } },
        .count = 2
    };

    (void)state;
    open_rig(&rig, fonts_create_fixed());
    struct session *const before =
        session_open(path, &(struct session_options){ .paths = &rig.paths }, &err);
    if (!before) {
        fail_msg("%s", err.text);
    }
    session_wait(before, NULL, NULL);
    struct session *const after =
        session_again(before, &(struct again){ session_file(before), &overrides, 2 }, &err);
    if (!after) {
        fail_msg("%s", err.text);
    }
    session_wait(after, NULL, NULL);
    rig.before = before;
    for (enum view_age age = AGE_CURRENT; age <= AGE_BROKEN; age++) {
        rig.state.age = age;
        rig.state.editable = true;
        rig.state.field = (struct view_field){ 0 };
        if (age == AGE_OLD) {
            rig.state.field = (struct view_field){
                .cell = 1, .line = 7, .column = 11, .end = 14, .text = "-1234567.89", .caret = 3
            };
        }
        look_at_pages(&rig, after);
    }
    const size_t faults = rig.faults;
    assert_true(rig.scenes > 500);
    session_destroy(after);
    session_destroy(before);
    close_rig(&rig);
    assert_int_equal(faults, 0);
}

/* ---- planted faults --------------------------------------------------------------------- */

struct finding {
    size_t counts[FAULT_COUNT];
};

static void count_fault(void *owner, enum text_fault fault, const char *text, const char *other)
{
    struct finding *const finding = owner;

    (void)text;
    (void)other;
    finding->counts[fault]++;
}

static void put(struct scene *scene, float x, float y, const char *text, float most)
{
    scene_text(scene,
               &(struct draw_text){
                   .at = { x, y }, .bytes = text, .size = 20, .ink = INK_TEXT, .max_width = most });
}

static struct finding check(const struct scene *scene, struct fonts *fonts, float least)
{
    const struct text_rules rules = { .fonts = fonts, .least = least };
    struct finding finding = { { 0 } };

    scene_text_check(scene, &rules, count_fault, &finding);
    return finding;
}

static void plant_clear(struct scene *scene)
{
    put(scene, 10, 40, "one", 0);
    put(scene, 10, 64, "under it", 0);
    put(scene, 200, 40, "cut, as it should be, with dots", 100);
}

static void plant_overlap(struct scene *scene)
{
    put(scene, 10, 40, "18 + 18", 0);
    put(scene, 30, 48, "36", 0);
}

static void plant_cut(struct scene *scene)
{
    scene_clip(scene, (struct rect){ 0, 0, 60, 100 });
    put(scene, 10, 40, "longer than its region", 0);
    scene_clip_end(scene);
}

static void plant_no_room(struct scene *scene)
{
    put(scene, 10, 40, "value", 18);
}

static void plant_out_of_box(struct scene *scene)
{
    scene_group(scene, &(struct draw_group){ .bounds = { 5, 10, 50, 50 } });
    put(scene, 10, 40, "wider than the card", 0);
    scene_group_end(scene);
}

static void plant_covered(struct scene *scene)
{
    put(scene, 10, 40, "half of this", 0);
    scene_rect(scene, &(struct draw_rect){ .rect = { 40, 0, 200, 100 }, .fill = INK_CARD });
}

static void plant_small(struct scene *scene)
{
    put(scene, 10, 40, "tiny", 0);
}

static void planted_faults_are_found(void **state)
{
    static const struct {
        void (*plant)(struct scene *scene);
        enum text_fault fault;
        float least;
    } cases[] = {
        { plant_overlap, FAULT_OVERLAP, 0 }, { plant_cut, FAULT_CUT, 0 },
        { plant_no_room, FAULT_NOTHING, 0 }, { plant_out_of_box, FAULT_BOX, 0 },
        { plant_covered, FAULT_COVERED, 0 }, { plant_small, FAULT_SMALL, 26 },
    };
    struct scene scene = { .width = 600, .height = 400 };
    struct fonts *const fonts = fonts_create_fixed();

    (void)state;
    plant_clear(&scene);
    const struct finding clear = check(&scene, fonts, 20);
    for (int fault = 0; fault < FAULT_COUNT; fault++) {
        assert_int_equal(clear.counts[fault], 0);
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scene_clear(&scene);
        scene.width = 600;
        scene.height = 400;
        cases[i].plant(&scene);
        const struct finding finding = check(&scene, fonts, cases[i].least);
        for (int fault = 0; fault < FAULT_COUNT; fault++) {
            assert_int_equal(finding.counts[fault], fault == (int)cases[i].fault);
        }
    }
    scene_finish(&scene);
    fonts_destroy(fonts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_faults_are_found),
        cmocka_unit_test(text_stands_clear_in_the_real_fonts),
        cmocka_unit_test(text_stands_clear_in_fixed_advances),
        cmocka_unit_test(text_stands_clear_beside_old_values),
    };
    return test_run(tests);
}
