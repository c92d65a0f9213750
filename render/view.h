#pragma once
/* What every view knows: the run views on show, the view state, and tools to measure and speak. A
 * view is a pure function of these: same input, same scene.
 *
 *     void view_code(const struct view *view, struct rect area, struct scene *scene);
 */

#include "lessons/trace/episodes.h"
#include "lessons/trace/film.h"
#include "lessons/trace/mask.h"
#include "lessons/trace/state.h"
#include "lessons/trace/stops.h"
#include "render/scene/scene.h"
#include "render/text/text.h"
#include "render/theme.h"
#include "render/words.h"

/* A literal of the code that is another one in this run, or is to be in the next: `was` in the lesson's
 * file, `now` as it is wanted. Its place is that in the text that was run. */
struct code_change {
    int64_t cell, line;
    size_t column, end; /* bytes of the line */
    const char *was, *now;
};

/* A trace at a moment. Views look at runs[0]; runs[1], if there is one, is the run of the lesson as it
 * is in the file, at the same moment, for its values to stand beside those of a changed number. */
struct run_view {
    const struct trace *trace;
    const struct stops *stops;
    const struct episodes *episodes;
    const struct film *film; /* NULL: no film strip */
    uint32_t moment;
    const char *label;
    enum stop_granularity granularity; /* of the steps that are told; 0: each operation */
    const struct code_change *changes;
    size_t change_count;
};

enum screen_mode { SCREEN_EXPLORE, SCREEN_PRESENT };
/* Code while presenting: a strip beside the equation, a column beside the graph, or none. */
enum code_style { CODE_STRIP, CODE_COLUMN, CODE_HIDDEN, CODE_STYLES };
/* Presenting: nothing is to be seen, as while the class looks elsewhere. */
enum screen_blank { BLANK_NONE, BLANK_BLACK, BLANK_WHITE };
enum graph_level { GRAPH_MATHEMATICS, GRAPH_PYTORCH };
/* What the stage shows; STAGE_AUTO: what the moment calls for, see stage_shown. */
enum stage_kind { STAGE_AUTO, STAGE_GRAPH, STAGE_TENSOR, STAGE_PLOTS, STAGE_DEVICES, STAGE_KINDS };

/* What stands beside the curve of a training. */
enum plot_kind { PLOT_AUTO, PLOT_FIT, PLOT_LANDSCAPE, PLOT_NONE, PLOT_KINDS };

/* The film strip: exploring, FILM_AUTO shows it where a graph is built in another way than one before it;
 * presenting, it is asked for. */
enum film_wish { FILM_AUTO, FILM_SHOWN, FILM_HIDDEN };

/* A box of the graph that was opened or closed by hand; its key is the id of a TARGET_FOLD. */
struct view_fold {
    int64_t key;
    bool open;
};
enum { VIEW_FOLDS_MAX = 64, VIEW_QUERY_SIZE = 64, VIEW_BOOKMARKS_MAX = 64, VIEW_FIELD_SIZE = 64 };

/* Whether what is on show is of the lesson as it is now. */
enum view_age {
    AGE_CURRENT,
    AGE_OLD,    /* a number or the file was changed, and the new run has not come here yet */
    AGE_BROKEN, /* the file was changed and cannot be run as it is */
};

/* All that a person can change about how things are shown; plain data. */
struct view_state {
    enum screen_mode mode;
    enum graph_level level;
    enum stage_kind stage;
    enum language language;
    float text_scale; /* 1 */
    float density;    /* of the display's pixels: 1, or 2 where a point has four; 0 is 1 */
    enum stop_granularity granularity;
    struct target selected, hovered;
    struct target focused; /* where the keyboard is, ringed; TARGET_NONE: nowhere */
    /* The element of a tensor that equations are written for; of others it is the first. */
    struct view_cell {
        int64_t tensor, element;
    } cell;
    struct view_cell pointed; /* the element under the pointer; tensor 0: none */
    /* Camera of the graph: points of the layout at the centre of the stage, and zoom; zoom 0 fits
     * the graph (explore) or frames the current node (present). */
    struct point camera;
    float zoom;
    bool follows; /* the camera is only where it would stand by itself, on whole pixels */
    struct view_fold folds[VIEW_FOLDS_MAX]; /* the latest last; all others are as they come */
    int fold_count;
    bool fold_all; /* modules come closed */
    bool start;    /* the start page is on show */
    bool searching;
    char query[VIEW_QUERY_SIZE];
    int match; /* of those that were found, the one that was walked to */
    float code_scroll, output_scroll, ledger_scroll; /* points */
    int code_style;                                  /* present: enum code_style */
    int tab;                                         /* explore: row of the tabs, screen_tab_at */
    bool tab_follows;                                /* the moment chooses the tab instead */
    /* Panels while exploring: their parts of the window, 0 as they come, and whether they are put
     * away. In a narrow window the tabs are a drawer over the stage, which comes closed. */
    float lesson_part, tabs_part;
    bool lesson_hidden, tabs_hidden, drawer_open;
    enum screen_blank blank;
    float room_scale; /* presenting: of all text, for the last row; 0 is 1 */
    bool room;        /* presenting: the card that asks what the last row can read */
    bool alone;       /* the graph has the screen */
    bool hint;        /* explore: the three keys to begin with are shown */
    bool help;        /* the help overlay is up */
    /* The part of the run that the timeline shows: zoom 0 or 1 all of it, else from that stop on. */
    double timeline_zoom, timeline_from;
    uint32_t bookmarks[VIEW_BOOKMARKS_MAX]; /* moments, ascending */
    int bookmark_count;
    bool card;         /* present: behind the last step, what the lesson says about its end */
    int64_t question;  /* on show: number of the code cell that answers it, and 1; 0: none */
    uint64_t revealed; /* questions, by that number */
    bool playing;
    enum plot_kind plot; /* beside the curve; PLOT_AUTO: the first that the run has */
    int series;          /* parameters beneath the curve: 0 none, 1 all, from 2 on one of them */
    int race_step;       /* while optimizers race: how far they have come; 0: they rest */
    enum view_age age;
    bool paper;    /* a file or a sheet: there is nothing to press */
    bool told;     /* what the lesson says before the code has a page of its own */
    bool sums_up;  /* this page stands for all steps of its cell */
    bool bare;     /* a piece for a slide: without title and grid lines */
    bool editable; /* literals can be changed: the pointer finds them */
    /* A literal that is being written anew in its place, which is that in the text that was run; cell 0:
     * none. */
    struct view_field {
        int64_t cell, line;
        size_t column, end, caret; /* bytes; of the text */
        char text[VIEW_FIELD_SIZE];
        bool fresh; /* what is typed takes the place of all of it */
    } field;
    enum film_wish film;
    bool film_each;   /* each frame for itself; else neighbours that are built alike are one */
    int film_scroll;  /* pictures of the strip, from where it follows the moment */
    int64_t compared; /* the frame that stands beside that of the moment, and 1; 0: none does */
    bool curve_log;   /* the curve has a logarithmic scale, where its values allow it */
};

/* Where motion stands: 0 … 1 of the step that was just taken forward; 1 is the resting frame. */
struct view_motion {
    float progress;
    bool backwards; /* the last step went back: outline what vanished */
    bool still;     /* nothing moves: what would is outlined */
};

/* The type scale, in points for this screen: of the value, the sentence, text,
 * captions. */
struct type_scale {
    float value, sentence, text, caption;
};

struct start_page;    /* see render/lesson/start.h */
struct overview_page; /* see render/lesson/overview.h */
struct pointer_page;  /* see render/lesson/pointer.h */
struct consent_page;  /* see render/lesson/consent.h */
struct graph_picture; /* layouts of the episodes on show, see render/graph/graph.h */

struct view {
    const struct run_view *runs;
    size_t run_count;
    const struct run_view *former; /* the run that was on show before it was run again; or NULL */
    const struct view_state *state;
    struct view_motion motion;
    const struct start_page *start;       /* NULL: the lesson is on show */
    const struct overview_page *overview; /* NULL: as above */
    const struct pointer_page *pointer;   /* NULL: nothing follows the pointer */
    const struct consent_page *consent;   /* NULL: the lesson asks for nothing */
    struct graph_picture *graph;
    struct fonts *fonts;
    const struct theme *theme;
    const struct words *words;
    struct type_scale type;
    struct point room;   /* of the stage, in points, when nothing takes from it; 0: unknown */
    struct arena *arena; /* scratch, gone after the frame */
};

/* Opens or closes a box by hand. Of more than can be kept the oldest is forgotten. */
void view_fold(struct view_state *state, int64_t key, bool open);

/* The translation of an English interface string. */
const char *view_word(const struct view *view, const char *english);

/* A number for a slot: at most 8 characters, the same text for the same value everywhere: "18",
 * "-0.47", "1.2e-05"; a whole number only for what is one: "1.0000", "≈1234568". Lives in the arena. */
const char *number_in_slot(struct arena *arena, double value);
/* The same in at most six characters, for cells: "-0.1234" is "-0.123", "3.5e-4". */
const char *number_in_cell(struct arena *arena, double value);
const char *view_number(const struct view *view, double value);
/* "= 18" of such a number, or of what begins with one; "≈ 1234568" of "≈1234568". */
const char *equals_number(struct arena *arena, const char *number);
/* An element of that dtype in a slot, in a cell: bools are True and False, as PyTorch prints them. */
const char *element_in_slot(struct arena *arena, const char *dtype, double element);
const char *element_in_cell(struct arena *arena, const char *dtype, double element);

/* A tensor's value on one line, for sentences and the ledger: "18" for one element, "[1, 2, 3]", or
 * its shape "(3, 4)" when it has more than one dimension or six elements, or no value yet. */
const char *value_on_a_line(struct arena *arena, const struct trace_value *value,
                            const struct trace_tensor *tensor);
/* Whether that line is a shape and no value. */
bool value_is_shape(const struct trace_value *value, const struct trace_tensor *tensor);
const char *view_value(const struct view *view, const struct trace_value *value,
                       const struct trace_tensor *tensor);

/* What tensor `id` is called at the end of the run (trace_tensor_label), and its value_on_a_line at
 * the moment; "" for a tensor that the trace does not know. */
const char *run_label(const struct run_view *run, int64_t id, struct arena *arena);
const char *run_value(const struct run_view *run, int64_t id, struct arena *arena);

/* The class of an optimizer, "SGD"; NULL if the trace does not know it. */
const char *run_optimizer(const struct run_view *run, int64_t id);

/* The frame whose graph stands beside that of the moment: the one chosen for it, while the moment has
 * another; NO_FRAME: nothing is compared. */
size_t view_compared(const struct view *view);

/* What was let go of before this record is shown as gone at the stop of that index. A step of the
 * graph itself still shows all that takes part in it, though its line's end drops it. */
uint32_t run_gone_until(const struct run_view *run, size_t index);

/* The tensor that a target stands for: itself, or the result of the operation or node; 0: none. */
int64_t run_target_tensor(const struct run_view *run, struct target target);
