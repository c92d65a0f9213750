#pragma once
/* One page of what is exported, as a scene: a step as it is on the screen, a question to the class, or the
 * lesson's own words. The same scenes become PNG, SVG, PDF, HTML, GIF and MP4. */

#include "app/export/slide.h"
#include "app/session/session.h"
#include "render/graph/graph.h"
#include "render/screen.h"

enum page_kind { PAGE_STEP, PAGE_QUESTION, PAGE_WORDS };

struct page {
    enum page_kind kind;
    uint32_t moment;   /* of questions and words: after what came before them */
    int64_t question;  /* number of the code cell that answers it, and 1 */
    size_t cell;       /* PAGE_WORDS: index of trace_cell */
    uint64_t revealed; /* questions that are answered here, by question_reveal */
    size_t step, steps;
    bool told;           /* of steps: the words before the code have a page of their own */
    bool sums_up;        /* of steps: it stands for all of its cell's */
    const char *heading; /* that it belongs under: outlines, captions; "" for none */
    const char *notes;   /* for the speaker, Markdown; "" for none */
};

/* The graph alone, cropped to the page; the whole screen as it is presented or explored; or a piece of it,
 * which always is for a slide. */
enum picture_part {
    PICTURE_GRAPH,
    PICTURE_SCREEN,
    PICTURE_EQUATION,
    PICTURE_TENSOR,
    PICTURE_CURVE,
    PICTURE_FIT,
    PICTURE_LANDSCAPE,
    PICTURE_CODE,
    PICTURE_DEVICES,
    PICTURE_STAGE, /* for worksheets: a graph is as wide as its text needs */
    PICTURE_PARTS
};

/* How a page looks. */
struct page_look {
    enum picture_part part;
    enum slide_size slide; /* not SLIDE_NONE: cropped, with text of 18 points at least */
    int width, height;     /* points; of a slide its own */
    enum theme_id theme;
    bool caption;  /* a line at the foot: lesson, step, version */
    bool blanks;   /* what a question hides, and all of its answer, is left blank */
    bool notes;    /* A4 upright: the page above, its notes below */
    double motion; /* 0 … 1 of the step; films alone show less than 1 */
    struct view_state state;
};

/* What drawing needs; lent. */
struct page_tools {
    struct fonts *fonts;
    const struct words *words;
    struct graph_picture *graph;
    bool *cut; /* set when a graph had no room at the size its text has to have; may be NULL */
};

/* Fills the scene, title and description included; those live as long as the scene. Hides what the page's
 * questions ask for. */
void page_draw(const struct page_tools *tools, struct session *session, const struct page *page,
               const struct page_look *look, struct scene *scene);

/* The graph of the page's moment as DOT. */
void page_dot(const struct page_tools *tools, struct session *session, const struct page *page,
              const struct page_look *look, struct text *out);

/* The questions that are answered when the lesson stands there: those whose answer has begun. */
uint64_t page_revealed(const struct session *session, uint32_t moment);
