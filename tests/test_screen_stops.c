/* Every stop of every lesson of the course as the class sees it, on a projector, in both languages: the
 * stage is never empty, and no text stands on another, is cut, leaves its box or is too small. The
 * question of a stop is looked at as it is asked and as it is answered. */

#include "tests/test.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/panels/plots.h"
#include "app/session/session.h"
#include "render/graph/picture.h"
#include "render/lesson/question.h"
#include "render/screen.h"
#include "tests/scene_text.h"

#include "config.h"

static const float WIDTH = 1920, HEIGHT = 1080;

struct rig {
    struct paths paths;
    struct fonts *fonts;
    struct words *words;
    struct scene scene;
    struct arena arena;
    struct view_state state;
    const char *name; /* of the lesson, for the reports */
    size_t stop;      /* from 1, as `gradlight describe` counts */
    size_t scenes, faults, empty;
    size_t graphs, parts; /* pictures with a graph, and those that show but a part of it */
};

static void tell(void *owner, enum text_fault fault, const char *text, const char *other)
{
    struct rig *const rig = owner;

    rig->faults++;
    print_error("%s step %zu, %s: %.60s %s %.60s\n", rig->name, rig->stop,
                language_code(rig->state.language), text, text_fault_name(fault), other);
}

static bool has_text_in(const struct scene *scene, struct rect area)
{
    for (size_t i = 0; i < scene->draw_count; i++) {
        const struct draw *const draw = &scene->draws[i];
        const struct point at = draw->text.at;
        if (draw->kind == DRAW_TEXT && at.x >= area.x && at.x < area.x + area.w && at.y >= area.y &&
            at.y < area.y + area.h) {
            return true;
        }
    }
    return false;
}

/* Whether the graph on the stage is larger than it. */
static void count_parts(struct rig *rig, const struct view *view, struct rect stage)
{
    const struct run_view *const run = &view->runs[0];
    bool partial;

    if (stage_shown(view) != STAGE_GRAPH || view_compared(view) != NO_FRAME ||
        episodes_index_at(run->episodes, run->moment) == SIZE_MAX) {
        return;
    }
    graph_camera_at(view, graph_area(view, stage), run->moment, &partial);
    rig->graphs++;
    rig->parts += partial;
}

static void look(struct rig *rig, const struct view *view)
{
    const struct screen_regions regions = screen_regions_now(view, WIDTH, HEIGHT);
    const struct text_rules rules = { .fonts = rig->fonts,
                                      .least = view->type.caption * 0.93f,
                                      .scrolling = { regions.panel, regions.tabs },
                                      .stage = regions.stage };

    scene_clear(&rig->scene);
    screen_draw(view, WIDTH, HEIGHT, &rig->scene);
    scene_text_check(&rig->scene, &rules, tell, rig);
    if (!has_text_in(&rig->scene, regions.stage)) {
        rig->empty++;
        print_error("%s step %zu, %s: nothing is on the stage\n", rig->name, rig->stop,
                    language_code(rig->state.language));
    }
    rig->scenes++;
    count_parts(rig, view, regions.stage);
}

/* An open question's letters stand equally far apart: no gap tells which option has most to be said about. */
static void look_at_options(struct rig *rig, const struct question *question)
{
    float last = 0, gap = 0;
    char letter = 'A';

    for (size_t i = 0; i < rig->scene.draw_count; i++) {
        const struct draw *const draw = &rig->scene.draws[i];
        if (draw->kind != DRAW_TEXT || draw->text.align != ALIGN_CENTRE ||
            draw->text.bytes[0] != letter || draw->text.bytes[1]) {
            continue;
        }
        const float step = draw->text.at.y - last;
        if (letter == 'B') {
            gap = step;
        } else if (letter > 'B' && fabsf(step - gap) > 0.5f) {
            fail_msg("%s step %zu, %s: the gaps between the options differ", rig->name, rig->stop,
                     language_code(rig->state.language));
        }
        last = draw->text.at.y;
        letter++;
    }
    assert_int_equal(letter - 'A', question->option_count);
}

/* The step, and the question that comes before the next one. */
static void look_at_stop(struct rig *rig, const struct session *session,
                         struct graph_picture *picture, size_t index)
{
    const struct stops *const stops = session_stops(session);
    const size_t count = stops_count(stops, STOP_AUTO);
    const uint32_t moment = stops_at(stops, STOP_AUTO, index)->moment;
    const struct run_view run = { .trace = session_trace(session),
                                  .stops = stops,
                                  .episodes = session_episodes(session),
                                  .film = session_film(session),
                                  .moment = moment,
                                  .label = session_name(session),
                                  .granularity = STOP_AUTO };
    const struct view view = { .runs = &run,
                               .run_count = 1,
                               .state = &rig->state,
                               .motion = { .progress = 1 },
                               .graph = picture,
                               .fonts = rig->fonts,
                               .theme = theme_at(THEME_PROJECTOR),
                               .words = rig->words,
                               .type = screen_type(&rig->state, WIDTH, HEIGHT),
                               .room = screen_room(&rig->state, WIDTH, HEIGHT),
                               .arena = &rig->arena };
    struct question question;

    rig->stop = index + 1;
    rig->state.question = 0;
    rig->state.revealed = 0;
    graph_picture_prepare(picture, &view, true, 0);
    look(rig, &view);
    if (index + 1 < count &&
        question_between(&view, moment, stops_at(stops, STOP_AUTO, index + 1)->moment, &question)) {
        rig->state.question = question.in + 1;
        look(rig, &view);
        look_at_options(rig, &question);
        question_reveal(&rig->state, question.in);
        look(rig, &view);
    }
    arena_clear(&rig->arena);
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
    plots_ask_fit(session, trace_record_count(session_trace(session)));
    session_release(session);
    rig->name = session_name(session);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        struct graph_picture *const picture = graph_picture_create(rig->paths.layout);
        rig->state.language = (enum language)language;
        for (size_t i = 0; i < stops_count(session_stops(session), STOP_AUTO); i++) {
            look_at_stop(rig, session, picture, i);
        }
        graph_picture_destroy(picture);
    }
    session_destroy(session);
}

static void look_at_course(struct rig *rig)
{
    static const char folder[] = GRADLIGHT_SOURCE_ROOT "/lessons/course";
    static const char end[] = ".lesson.py";
    struct dirent **names;
    char path[1024];
    const int count = scandir(folder, &names, NULL, alphasort);

    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        const size_t length = strlen(names[i]->d_name);
        if (length > strlen(end) && strcmp(names[i]->d_name + length - strlen(end), end) == 0) {
            snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
            look_through(rig, path);
        }
        free(names[i]);
    }
    free(names);
}

static void every_stop_has_a_clear_picture(void **state)
{
    struct error err = { 0 };
    struct rig rig = { .state = {
                           .mode = SCREEN_PRESENT, .text_scale = 1, .granularity = STOP_AUTO } };

    (void)state;
    rig.fonts = fonts_create(&err);
    rig.fonts = rig.fonts ? rig.fonts : fonts_create_fixed();
    assert_true(paths_find(&rig.paths, &err));
    rig.words = words_create(rig.paths.words, &err);
    look_at_course(&rig);
    const size_t scenes = rig.scenes, faults = rig.faults, empty = rig.empty;
    words_destroy(rig.words);
    scene_finish(&rig.scene);
    arena_finish(&rig.arena);
    fonts_destroy(rig.fonts);
    assert_true(scenes > 3000);
    if (faults + empty > 0) {
        fail_msg("%zu faults and %zu empty stages in %zu pictures", faults, empty, scenes);
    }
    /* Large graphs are for lessons about large graphs. */
    if (rig.graphs < 1500 || rig.parts * 12 > rig.graphs) {
        fail_msg("%zu of %zu graphs are larger than the stage", rig.parts, rig.graphs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stop_has_a_clear_picture),
    };
    return test_run(tests);
}
