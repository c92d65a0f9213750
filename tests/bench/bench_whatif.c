/* How long it takes from a changed number to its result on the screen, for each lesson of the course that
 * has a `#@param`: the first as fast as a hand can, then a drag. Run it with SDL_VIDEODRIVER=dummy. */

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "render/code/code.h"
#include "render/code/literal.h"

#include "config.h"

enum { CHANGES = 24 };

static bool find_param(const struct trace *trace, struct param *out, int64_t *in)
{
    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        for (int line = 1; cell->in_number > 0 && line <= code_line_count(cell); line++) {
            if (param_in_line(cell, line, out)) {
                *in = cell->in_number;
                return true;
            }
        }
    }
    return false;
}

static void turn(struct app *app)
{
    app_turn(app, true, window_clock());
}

static void rest(struct app *app, double seconds)
{
    const double until = window_clock() + seconds;

    while (window_clock() < until || session_running(app->session) ||
           graph_picture_descriptor(app->graph) >= 0) {
        app->stale = true;
        turn(app);
    }
}

static int by_size(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

/* Milliseconds from a change to its result, sorted. */
static void measure(struct app *app, const struct param *param, int64_t in, double pause,
                    double out[CHANGES])
{
    const struct trace_cell *const cell = trace_code_cell(session_trace(app->session), in);
    struct override override = { .cell = in,
                                 .line = param->literal.line,
                                 .column = param->literal.column,
                                 .end = param->literal.end };
    char now[LITERAL_SIZE];

    literal_text(cell, &param->literal, override.was);
    snprintf(now, sizeof(now), "%s", override.was);
    for (int i = 0; i < CHANGES; i++) {
        if (!literal_step(&param->literal, param, override.was, now, i % 8 < 4 ? 1 : -1,
                          override.now)) {
            break;
        }
        snprintf(now, sizeof(now), "%s", override.now);
        rest(app, pause);
        const double start = window_clock();
        whatif_set(app, &override);
        while (app->view.age != AGE_CURRENT || app->stale) {
            turn(app);
        }
        out[i] = (window_clock() - start) * 1000;
    }
    qsort(out, CHANGES, sizeof(out[0]), by_size);
}

static void bench(const char *path)
{
    struct error err = { 0 };
    struct app *const app =
        app_create(&(struct app_options){ .lesson = path, .width = 1920, .height = 1080 }, &err);
    struct param param;
    int64_t in;
    double calm[CHANGES] = { 0 }, drag[CHANGES] = { 0 };

    if (!app) {
        printf("%s: %s\n", path, err.text);
        return;
    }
    rest(app, 0.3);
    player_last(&app->player, session_stops(app->session));
    rest(app, 1);
    if (find_param(session_trace(app->session), &param, &in)) {
        measure(app, &param, in, 0.15, calm);
        whatif_restore(app);
        rest(app, 0.3);
        measure(app, &param, in, 0, drag);
        printf("%-28s %8.0f %8.0f %8.0f %8.0f\n", session_name(app->session), calm[CHANGES / 2],
               calm[CHANGES - 1], drag[CHANGES / 2], drag[CHANGES - 1]);
        fflush(stdout);
    }
    app_destroy(app);
}

int main(int count, char **arguments)
{
    struct dirent **names;
    char path[1024];
    const char *const folder = GRADLIGHT_SOURCE_ROOT "/lessons/course";
    const int found = count > 1 ? 0 : scandir(folder, &names, NULL, alphasort);

    printf("%-28s %17s %17s\n%-28s %8s %8s %8s %8s\n", "", "one change, ms", "in a drag, ms", "",
           "median", "most", "median", "most");
    for (int i = 1; i < count; i++) {
        bench(arguments[i]);
    }
    for (int i = 0; i < found; i++) {
        if (strstr(names[i]->d_name, ".lesson.py")) {
            snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
            bench(path);
        }
    }
    return 0;
}
