#pragma once
/* A picture as data: drawing commands in painting order. Views write a scene, canvases play it.
 * Colours are names (the theme knows them), coordinates are points of the page, y down; strings live
 * in the scene's arena. A scene holds no pointers into a trace.
 *
 *     scene_clear(scene);
 *     scene_rect(scene, &(struct draw_rect){ .rect = r, .fill = INK_CARD, .stroke = INK_LINE });
 *     canvas_play(canvas, scene);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/text.h"

struct point {
    float x, y;
};

struct rect {
    float x, y, w, h;
};

/* What a colour is for. The theme gives each its colour; INK_NONE draws nothing. */
enum ink {
    INK_NONE,
    INK_PAGE,  /* behind everything */
    INK_PANEL, /* code, ledger, output */
    INK_PANEL_LINE,
    INK_CARD,
    INK_CARD_LINE, /* the border of an intermediate */
    INK_SHADOW,    /* explore mode only */
    INK_TEXT,
    INK_TEXT_SECOND,
    INK_TEXT_ON_ACCENT, /* on a filled button or chip */
    INK_FORWARD,        /* forward edges, operations, progress */
    INK_FORWARD_SOFT,   /* their chips and highlights */
    INK_BACKWARD,       /* gradients: edges, values, ledger, timeline */
    INK_BACKWARD_SOFT,
    INK_LEAF, /* border of a leaf, its tag */
    INK_LEAF_SOFT,
    INK_PARAMETER,
    INK_PARAMETER_SOFT,
    INK_CONSTANT,
    INK_LOSS,
    INK_SELECTION,
    INK_SELECTION_SOFT,
    INK_DONE,
    INK_ERROR, /* a block with INK_TEXT_ON_ACCENT on it */
    INK_ERROR_SOFT,
    INK_MODULE, /* the box around a module */
    INK_MODULE_LINE,
    INK_CODE_KEYWORD,
    INK_CODE_STRING,
    INK_CODE_NUMBER,
    INK_CODE_COMMENT,
    INK_CODE_NAME,
    INK_CODE_CURRENT, /* behind the current line */
    INK_CODE_SPAN,    /* behind the current sub-expression */
    INK_TRACK,        /* what is not yet played on the timeline */
    INK_LEVEL_0,      /* bands of a landscape, from the lowest; text can be read on all */
    INK_LEVEL_1,
    INK_LEVEL_2,
    INK_LEVEL_3,
    INK_LEVEL_4,
    INK_LEVEL_5,
    INK_LEVEL_6,
    INK_LEVEL_7,
    INK_LEVEL_8,
    INK_RACER_0, /* optimizers on it, and classes of points */
    INK_RACER_1,
    INK_RACER_2,
    INK_RACER_3,
    INK_RACER_4,
    INK_BLACK, /* of a blank screen, in every theme */
    INK_WHITE,
    INK_HEAT,      /* by `heat`: -1 … 0 … 1 on the signed map */
    INK_HEAT_TEXT, /* readable on INK_HEAT of the same `heat` */
    INK_COUNT
};

enum type_role {
    TYPE_UI,
    TYPE_UI_BOLD,
    TYPE_UI_ITALIC,
    TYPE_MONO,
    TYPE_MONO_BOLD,
    TYPE_ROLE_COUNT
};
enum text_align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

/* Which layer of the window a command belongs to: what stands still is drawn once. Exports and
 * golden scenes ignore it. */
enum scene_layer { LAYER_STILL, LAYER_MOVING, LAYER_OVERLAY };

/* What a piece of the picture stands for, so that a pointer finds it and an SVG can name it. */
enum target_kind {
    TARGET_NONE,
    TARGET_TENSOR,  /* id: tensor */
    TARGET_OP,      /* id: operation */
    TARGET_NODE,    /* id: backward node */
    TARGET_EDGE,    /* id: operation, part: which input */
    TARGET_DRAWER,  /* id: tensor whose .grad it shows */
    TARGET_MODULE,  /* id: module */
    TARGET_LINE,    /* id: code cell number, part: line */
    TARGET_STOP,    /* id: moment, on the timeline */
    TARGET_MOMENT,  /* id: moment, elsewhere */
    TARGET_COMMAND, /* id: enum screen_button */
    TARGET_PANEL,   /* id: panel, for scrolling */
    TARGET_LEDGER,  /* id: tensor, part: line of its ledger */
    TARGET_FOLD,    /* id: key of a box of the graph that opens and closes */
    TARGET_MAP,     /* the small map of the graph */
    TARGET_DIVIDER, /* id: enum screen_divider, to be dragged */
    TARGET_CELL,    /* id: tensor whose elements lie in the bounds as a matrix; part: which, in
                       row-major order, once somebody has looked where in the bounds it was */
    TARGET_ELEMENT, /* id: tensor, part: which matrix of its sheet (lessons/trace/sheet.h), of the
                       sample where it is one, lies in the bounds; then the element, as above */
    TARGET_LESSON,  /* id: card of the start page; part 1: from where it was left */
    TARGET_ROOM,    /* id: line of the room card */
    TARGET_PLACE,   /* id: enum plot_kind, part of a plot where a pointer reads what it is over */
    TARGET_LITERAL, /* id: code_place of its line, part: byte of the line where it begins */
    TARGET_PARAM,   /* id: code_place of a `#@param` line, part: enum param_part */
    TARGET_FRAME,   /* id: frame of the film strip (lessons/trace/film.h) */
};
/* "tensor", "drawer", ...: in golden scenes and in the ids of an SVG. */
const char *target_name(enum target_kind kind);

struct target {
    enum target_kind kind;
    int64_t id;
    int part;
};

/* A rectangle filled with INK_SHADOW is not filled: it darkens what is around it, where the theme has
 * shadows, over SHADOW_REACH points. Files have no shadows. */
static const float SHADOW_REACH = 14;

struct draw_rect {
    struct rect rect;
    float radius;
    enum ink fill, stroke;
    float width; /* of the stroke; 0: 1 point */
    bool dashed;
    bool doubled;      /* a second stroke inside: a loss */
    float heat, alpha; /* alpha 0 means 1 */
};

/* An open or closed path: points[0] is the start; with `curves`, then three points for each cubic
 * Bézier piece, else straight lines. Arrowheads have their tip at the first or last point. */
struct draw_path {
    const struct point *points; /* copied */
    size_t count;
    bool curves, closed;
    enum ink fill, stroke;
    float width;
    bool dashed;
    float dash_offset;          /* moves the dashes along the path: the flow */
    float head_start, head_end; /* arrowhead length in points, 0: none */
    float from, to;             /* the part of the length that is drawn; 0, 0 means all */
    float alpha;
};

/* One line of text. `at` is on the baseline, at the left, centre or right according to `align`.
 * max_width > 0: cut with an ellipsis. `halo`: outlined in the page colour, so that it can be read
 * over lines. */
struct draw_text {
    struct point at;
    const char *bytes; /* copied */
    size_t length;     /* 0: strlen */
    enum type_role role;
    float size; /* em, in points */
    enum ink ink;
    enum text_align align;
    float max_width;
    float heat, alpha;
    bool halo, strike;
};

/* A grid of cells in INK_HEAT without numbers or lines: one command, however many cells. Each cell
 * ends where the next begins, on whole pixels where there are pixels. */
struct draw_heat {
    struct rect rect;
    int rows, columns;
    const float *cells; /* rows * columns, each -1 … 1; copied */
    float alpha;        /* 0 means 1 */
};

enum draw_kind {
    DRAW_RECT,
    DRAW_PATH,
    DRAW_TEXT,
    DRAW_HEAT,
    DRAW_CLIP, /* until its DRAW_CLIP_END */
    DRAW_CLIP_END,
    DRAW_GROUP, /* until its DRAW_GROUP_END: belongs to a target */
    DRAW_GROUP_END,
};

struct draw_group {
    struct target target;
    struct rect bounds; /* where a pointer finds it */
    const char *title;  /* copied; "" for none. Tooltip and SVG <title> */
};

struct draw {
    enum draw_kind kind;
    enum scene_layer layer;
    union {
        struct draw_rect rect;
        struct draw_path path;
        struct draw_text text;
        struct draw_heat heat;
        struct draw_group group;
        struct rect clip;
    };
};

/* Zero-initialise to start. Points and strings of the commands live in `arena`. */
struct scene {
    float width, height;    /* the page */
    enum scene_layer layer; /* given to the commands that follow */
    struct draw *draws;
    size_t draw_count, draw_capacity;
    struct arena arena;
    const char *title, *description; /* of the whole picture, for SVG and PDF; may be NULL */
    bool has_code,
        has_output; /* the stage shows the code that runs, what it has printed: no strip need */
};

void scene_finish(struct scene *scene);
void scene_clear(struct scene *scene);

void scene_rect(struct scene *scene, const struct draw_rect *rect);
void scene_path(struct scene *scene, const struct draw_path *path);
void scene_text(struct scene *scene, const struct draw_text *text);
void scene_heat(struct scene *scene, const struct draw_heat *heat);
void scene_clip(struct scene *scene, struct rect clip);
void scene_clip_end(struct scene *scene);
void scene_group(struct scene *scene, const struct draw_group *group);
void scene_group_end(struct scene *scene);

bool target_same(struct target a, struct target b);
/* Its left and upper edge belong to it, the others do not. */
bool rect_holds(struct rect rect, struct point at);

/* Puts a piece into the scene as a small picture of itself: its page's corner at `at`, everything
 * smaller by `scale`. It stands for nothing there: its groups are left out. */
void scene_append(struct scene *scene, const struct scene *piece, struct point at, float scale);

/* The innermost group under the point (the last painted wins), TARGET_NONE if there is none. */
struct target scene_hit(const struct scene *scene, struct point at);
struct rect scene_hit_bounds(const struct scene *scene, struct point at);
/* Its title, "" if none. */
const char *scene_hit_title(const struct scene *scene, struct point at);

/* Box around everything a command paints, strokes and arrowheads included; text by its measure. */
struct fonts;
struct rect scene_bounds(const struct draw *draw, struct fonts *fonts);

/* Box around all that is painted, as far as its clips leave it. */
struct rect scene_content(const struct scene *scene, struct fonts *fonts);
/* That part becomes the page; what lies outside of it stays in the scene, beyond the border. */
void scene_crop(struct scene *scene, struct rect part);

/* Whether two commands paint the same. For damage. */
bool scene_same(const struct draw *a, const struct draw *b);
/* The same but for its place, to which `was` has come by moving that far. */
bool scene_same_moved(const struct draw *now, const struct draw *was, struct point by);
