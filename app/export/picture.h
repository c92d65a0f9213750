#pragma once
/* Pages as files: one picture, a file for each page, or a PDF of them all. */

#include "app/export/page.h"
#include "app/export/progress.h"
#include "render/canvas/canvas.h"

enum picture_format {
    PICTURE_PNG,
    PICTURE_SVG,      /* outlines: looks the same everywhere */
    PICTURE_SVG_TEXT, /* real text, to edit */
    PICTURE_PDF,
    PICTURE_DOT,
    PICTURE_HTML, /* html.h */
    PICTURE_GIF,  /* film.h */
    PICTURE_MP4,
};

/* "png", "svg", "svg-text", "pdf", "dot", ...; false with the list in err. */
bool picture_format_find(enum picture_format *out, const char *name, struct error *err);
/* As the file's name ends; PNG if it has no ending. False with the list for one that nobody knows. */
bool picture_format_of(enum picture_format *out, const char *path, struct error *err);
/* Whether a file holds one page. */
bool picture_is_single(enum picture_format format);
const char *picture_ending(enum picture_format format); /* "png", "svg", ... */

struct picture_options {
    enum picture_format format;
    float scale; /* PNG: pixels per point */
    bool transparent;
    bool needs_content; /* a picture on which nothing is to be seen is a fault */
    struct page_look look;
    struct progress *progress; /* NULL: nobody waits for it */
};

/* Writes the pages into one file: any number into a PDF, else exactly one. */
bool picture_write(const struct page_tools *tools, struct session *session,
                   const struct page *pages, size_t count, const struct picture_options *options,
                   const char *path, struct error *err);

/* Writes each page into a file of its own in the folder, which is made if it is not there, and not left empty: names
 * are numbered and sort. `each` (may be NULL) is told the path of each file when it is whole. */
bool picture_write_each(const struct page_tools *tools, struct session *session,
                        const struct page *pages, size_t count,
                        const struct picture_options *options, const char *folder,
                        void (*each)(const char *path), struct error *err);
