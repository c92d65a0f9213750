/* How long the landscape of a loss over two numbers takes, alone: from the question that the window puts
 * (200 × 200 places) to its answer read; and a race of the optimizers on it. For the lessons given, else
 * those of the course that have such a loss. Several askings each, of a run that has ended. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/panels/plots.h"
#include "app/window/window.h"

#include "config.h"

enum { ASKINGS = 24 };

static int by_size(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

/* Median and 95th percentile, in milliseconds. */
static void measure(struct session *session, bool race, double out[2])
{
    double took[ASKINGS];

    for (int i = 0; i < ASKINGS; i++) {
        const double start = window_clock();
        if (race) {
            plots_ask_race(session, 0);
        } else {
            plots_ask_surface(session);
        }
        took[i] = (window_clock() - start) * 1000;
    }
    qsort(took, ASKINGS, sizeof(took[0]), by_size);
    out[0] = took[ASKINGS / 2];
    out[1] = took[ASKINGS * 95 / 100];
}

/* How many places the answer has; 0: there is none. */
static int places(const struct session *session)
{
    const struct run_view run = { .trace = session_trace(session),
                                  .stops = session_stops(session),
                                  .episodes = session_episodes(session),
                                  .moment = trace_record_count(session_trace(session)),
                                  .label = "" };
    struct arena arena = { 0 };
    struct landscape land;
    const bool there = landscape_find(&run, &land, &arena) && !land.refused[0];
    const int count = there ? land.x.count * land.y.count : 0;

    arena_finish(&arena);
    return count;
}

static void bench(const struct paths *paths, const char *path)
{
    struct error err = { 0 };
    struct session *const session =
        session_open(path, &(struct session_options){ .paths = paths, .stays = true }, &err);
    double surface[2], race[2];

    if (!session) {
        printf("%s: %s\n", path, err.text);
        return;
    }
    session_wait(session, NULL, NULL);
    plots_ask_surface(session);
    const int count = places(session);
    if (count > 0) {
        measure(session, false, surface);
        measure(session, true, race);
        printf("%-28s %8d %8.1f %8.1f %8.1f %8.1f\n", session_name(session), count, surface[0],
               surface[1], race[0], race[1]);
        fflush(stdout);
    }
    session_destroy(session);
}

int main(int count, char **arguments)
{
    struct error err = { 0 };
    struct paths paths;
    struct dirent **names;
    char path[1024];
    const char *const folder = GRADLIGHT_SOURCE_ROOT "/lessons/course";
    const int found = count > 1 ? 0 : scandir(folder, &names, NULL, alphasort);

    if (!paths_find(&paths, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%-28s %8s %17s %17s\n%-28s %8s %8s %8s %8s %8s\n", "", "", "landscape, ms", "race, ms",
           "", "places", "median", "95 %", "median", "95 %");
    for (int i = 1; i < count; i++) {
        bench(&paths, arguments[i]);
    }
    for (int i = 0; i < found; i++) {
        if (strstr(names[i]->d_name, ".lesson.py")) {
            snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
            bench(&paths, path);
        }
        free(names[i]);
    }
    if (found > 0) {
        free(names);
    }
    return 0;
}
