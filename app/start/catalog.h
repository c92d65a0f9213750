#pragma once
/* The lessons that come with the program, as the course has them: by session, in the order of their
 * files' names. What is told of a lesson is read from its first narrative cells; nothing is run. */

#include <stddef.h>

#include "engine/base/error.h"
#include "render/words.h"

enum { CATALOG_SESSIONS = 5 };

struct catalog_lesson {
    char *path, *name;            /* name: the file's, without ".lesson.py" */
    char *titles[LANGUAGE_COUNT]; /* the first heading; its name where it has none */
    char *text;                   /* all narrative, to search in */
    int session, minutes; /* session from 1, 0: outside of the course; minutes 0: not said */
};

/* Zero-initialise to start. */
struct catalog {
    struct catalog_lesson *lessons;
    size_t count, capacity;
};

/* Reads the lessons of a folder, sorted by session and name. False when the folder cannot be read.
 * A file that is no lesson is listed by its name, with what is wrong in `text`. */
bool catalog_read(struct catalog *catalog, const char *folder, struct error *err);
void catalog_finish(struct catalog *catalog);

/* The English name of a session, to be translated; "" for 0. */
const char *catalog_session(int session);
