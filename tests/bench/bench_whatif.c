/* How long it takes from a changed number to its result on the screen, for each lesson of the course: its
 * first `#@param`, else the first number of its code. First one change as fast as a hand can make it, then
 * a drag. Run it with SDL_VIDEODRIVER=dummy. */

#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "render/code/code.h"
#include "render/code/literal.h"

#include "config.h"

enum { CHANGES = 24 };
/* A result that has not come by then never will. */
static const double PATIENCE = 10;

/* What is changed. */
struct knob {
    struct param param; /* kind PARAM_RAW: a plain number */
    bool is_param;
    int64_t in;
};

static bool find_in_line(const struct trace_cell *cell, int line, bool params, struct knob *out)
{
    struct literal literals[LITERALS_IN_LINE];

    out->in = cell->in_number;
    out->is_param = params;
    if (params) {
        return param_in_line(cell, line, &out->param);
    }
    const size_t count = literals_in_line(cell, line, literals);
    for (size_t i = 0; i < count; i++) {
        if (literals[i].kind == LITERAL_WHOLE || literals[i].kind == LITERAL_REAL) {
            out->param = (struct param){ .literal = literals[i] };
            return true;
        }
    }
    return false;
}

static bool find_knob(const struct trace *trace, struct knob *out)
{
    for (int params = 1; params >= 0; params--) {
        for (size_t i = 0; i < trace_cell_count(trace); i++) {
            const struct trace_cell *const cell = trace_cell(trace, i);
            for (int line = 1; cell->in_number > 0 && line <= code_line_count(cell); line++) {
                if (find_in_line(cell, line, params, out)) {
                    return true;
                }
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

    while (window_clock() < until ||
           (window_clock() < until + PATIENCE &&
            (session_running(app->session) || graph_picture_descriptor(app->graph) >= 0))) {
        app->stale = true;
        turn(app);
    }
}

static int by_size(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

/* Milliseconds from a change to its result; negative when none comes. */
static double change(struct app *app, const struct override *override)
{
    const double start = window_clock();

    whatif_set(app, override);
    while (app->view.age != AGE_CURRENT || app->stale) {
        turn(app);
        if (window_clock() - start > PATIENCE) {
            return -1;
        }
    }
    return (window_clock() - start) * 1000;
}

/* Median and greatest of several changes; false when there are none, or a result does not come. */
static bool measure(struct app *app, const struct knob *knob, double pause, double out[2])
{
    const struct literal *const literal = &knob->param.literal;
    const struct trace_cell *const cell = trace_code_cell(session_trace(app->session), knob->in);
    struct override override = {
        .cell = knob->in, .line = literal->line, .column = literal->column, .end = literal->end
    };
    char now[LITERAL_SIZE];
    double took[CHANGES];
    size_t count = 0;

    literal_text(cell, literal, override.was);
    snprintf(now, sizeof(now), "%s", override.was);
    for (int i = 0; i < CHANGES; i++) {
        if (!literal_step(literal, knob->is_param ? &knob->param : NULL, override.was, now,
                          i % 8 < 4 ? 1 : -1, override.now)) {
            continue;
        }
        snprintf(now, sizeof(now), "%s", override.now);
        rest(app, pause);
        took[count] = change(app, &override);
        if (took[count++] < 0) {
            return false;
        }
    }
    qsort(took, count, sizeof(took[0]), by_size);
    out[0] = count > 0 ? took[count / 2] : 0;
    out[1] = count > 0 ? took[count - 1] : 0;
    return count > 0;
}

static void bench(const char *path)
{
    struct error err = { 0 };
    struct app *const app =
        app_create(&(struct app_options){ .lesson = path, .width = 1920, .height = 1080 }, &err);
    struct knob knob;
    double calm[2], drag[2];

    if (!app) {
        printf("%s: %s\n", path, err.text);
        return;
    }
    /* The window library takes SIGTERM for itself; nobody here would look. */
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    rest(app, 0.3);
    player_last(&app->player, session_stops(app->session));
    rest(app, 1);
    if (!find_knob(session_trace(app->session), &knob)) {
        printf("%-28s has no number\n", session_name(app->session));
    } else if (!measure(app, &knob, 0.15, calm)) {
        printf("%-28s comes to no result\n", session_name(app->session));
    } else {
        whatif_restore(app);
        rest(app, 0.3);
        const bool whole = measure(app, &knob, 0, drag);
        printf("%-28s %8.0f %8.0f %8.0f %8.0f %s\n", session_name(app->session), calm[0], calm[1],
               whole ? drag[0] : NAN, whole ? drag[1] : NAN, knob.is_param ? "#@param" : "");
    }
    fflush(stdout);
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
