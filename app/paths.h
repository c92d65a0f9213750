#pragma once
/* Where the program's own files are: beside the build when it was not installed, else where it was
 * installed to, or staged (DESTDIR). */

#include "engine/base/error.h"

enum { PATH_SIZE = 4096 };

struct paths {
    char runner[PATH_SIZE];  /* gradlight-runner */
    char layout[PATH_SIZE];  /* gradlight-layout */
    char lessons[PATH_SIZE]; /* folder of *.lesson.py */
    char words[PATH_SIZE];   /* folder of the translations */
    bool installed;
};

/* The file of a lesson: a bare word that is no file here may be the name of one that comes with the program
 * ("23-autograd"). `path` itself or `out`, which holds PATH_SIZE bytes. */
const char *paths_lesson(const struct paths *paths, const char *path, char *out);

/* The folder that a file lies in, from the root on: `out`, which holds PATH_SIZE bytes, or NULL for one
 * that is not there. */
const char *paths_folder_of(const char *path, char *out);
/* Whether more lies in such a folder than lessons and what belongs to them, so that no lesson may read
 * it: the root, the home folder and those above it, and folders that anybody may write to. */
bool paths_hold_more(const char *folder);
/* Whether it is the folder of the lessons that come with the program. */
bool paths_are_course(const struct paths *paths, const char *folder);

/* Fills in the paths; does not look whether anything is there. */
bool paths_find(struct paths *paths, struct error *err);
