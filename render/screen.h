#pragma once
/* The whole screen as one scene: regions by mode and aspect, each filled by its view. */

#include "render/view.h"

/* The regions for a page of that size; w 0 when a region is not shown. */
struct screen_regions {
    struct rect toolbar, consent, sentence, code, equation, stage, panel, hint, film, tabs,
        timeline;
};
/* Without the film strip, which the run decides about. */
struct screen_regions screen_regions(const struct view_state *state, float width, float height);
/* The same at the view's moment: an error's text takes the room that it needs from the stage, and so does
 * what the lesson asks for; the film strip that which tabs and stage can spare. */
struct screen_regions screen_regions_now(const struct view *view, float width, float height);

/* Whether the tabs under the stage are open: in a narrow window they are a drawer. */
bool screen_tabs_open(const struct view_state *state, float width);
/* Height of the tabs' heads. */
float screen_tab_head(const struct type_scale *type);

/* The stage's size while nothing takes from it, for a graph that is to be seen whole. */
struct point screen_room(const struct view_state *state, float width, float height);
/* How much larger than usual the text may be in that window, and how much it is: what is asked for beyond
 * that would leave no room for what it says. At least 1. */
float screen_text_most(const struct view_state *state, float width, float height);
float screen_text_scale(const struct view_state *state, float width, float height);
/* The type scale for that page: present in % of height, explore at least 13 px. */
struct type_scale screen_type(const struct view_state *state, float width, float height);

void screen_draw(const struct view *view, float width, float height, struct scene *scene);

/* Buttons that the screen draws, as the id of a TARGET_COMMAND; the window ties each to a command. */
enum screen_button {
    BUTTON_PREVIOUS,
    BUTTON_PLAY,
    BUTTON_NEXT,
    BUTTON_GRANULARITY,
    BUTTON_LEVEL,
    BUTTON_LANGUAGE,
    BUTTON_THEME,
    BUTTON_PRESENT,
    BUTTON_RUN,
    BUTTON_HELP,
    BUTTON_TAB_LEDGER,
    BUTTON_TAB_OUTPUT,
    BUTTON_COMMANDS,
    BUTTON_LESSON,
    BUTTON_TABS,
    BUTTON_ALONE,
    BUTTON_CHECK,
    BUTTON_TAB_CURVE,
    BUTTON_CURVE_SCALE,
    BUTTON_STAGE_GRAPH,
    BUTTON_STAGE_PLOTS,
    BUTTON_STAGE_TENSOR,
    BUTTON_TAB_TENSOR,
    BUTTON_BEGIN,
    BUTTON_OPEN,
    BUTTON_START,
    BUTTON_START_SEARCH,
    BUTTON_PLOT_LANDSCAPE,
    BUTTON_RACE,
    BUTTON_REVEAL,
    BUTTON_PLOT_FIT,
    BUTTON_SERIES,
    BUTTON_BLANK,
    BUTTON_TIMER,
    BUTTON_SWAP,
    BUTTON_LEAVE,
    BUTTON_FILM_EACH,
    BUTTON_FILM_BACK,
    BUTTON_FILM_ON,
    BUTTON_LANDSCAPE_ACROSS,
    BUTTON_LANDSCAPE_UPWARDS,
    BUTTON_COMPARE,
    BUTTON_FREEZE,
    BUTTON_SPOTLIGHT,
    BUTTON_LENS,
    BUTTON_PEN,
    BUTTON_OVERVIEW,
    BUTTON_ALLOW,
    BUTTON_ALLOW_ALWAYS,
    BUTTON_REFUSE,
    BUTTON_REVOKE,
    BUTTON_BOX,
    BUTTON_STAGE_DEVICES,
    BUTTON_TIMING,
    BUTTON_BLANK_WHITE,
    BUTTON_COUNT
};

/* Lines between panels that can be dragged. */
enum screen_divider { DIVIDER_LESSON, DIVIDER_TABS };

/* A tab under the stage; how many there are and which, is a table in view_tabs.c. */
struct screen_tab {
    enum screen_button button;
    const char *label; /* English; translated when shown */
    void (*draw)(const struct view *view, struct rect area, struct scene *scene);
    size_t scroll; /* offset in struct view_state of how far it is scrolled, in points; NO_SCROLL */
    float keeps;   /* em of height below its head that it does not give to the film strip */
};
static const size_t NO_SCROLL = SIZE_MAX;
/* NULL past the end. */
const struct screen_tab *screen_tab_at(int index);
/* The one on show: the chosen one; or, where the moment chooses, what the stage leaves to be told, which in a
 * training is its curve. */
int screen_tab_shown(const struct view *view);

/* The views, each in its own file. */
void view_toolbar(const struct view *view, struct rect bar, struct scene *scene);
void view_tabs(const struct view *view, struct rect area, struct scene *scene);
void view_sentence(const struct view *view, struct rect area, struct scene *scene);
void view_code(const struct view *view, struct rect area, struct scene *scene);
/* The cell that runs, as large as fits down to captions, then what is around the current line. False where a
 * column of code shows as much, or a strip that is not left out for it. */
bool view_code_whole(const struct view *view, struct rect area, struct scene *scene);
void view_lesson(const struct view *view, struct rect area,
                 struct scene *scene); /* narrative, code, output */
/* Narrative alone, as large as it fits. */
void view_words(const struct view *view, const char *text, size_t length, struct rect area,
                struct scene *scene);
void view_curve(const struct view *view, struct rect area, struct scene *scene);
/* The curve and, where there is room, what stands beside it. */
void view_training(const struct view *view, struct rect area, struct scene *scene);
void view_fit(const struct view *view, struct rect area, struct scene *scene);
void view_landscape(const struct view *view, struct rect area, struct scene *scene);
/* What lies under a pointer over a TARGET_PLACE with those bounds. Lives in the view's arena. */
const char *view_place_title(const struct view *view, struct target place, struct rect bounds,
                             struct point at);
const char *view_fit_title(const struct view *view, struct rect bounds, struct point at);
const char *view_landscape_title(const struct view *view, struct rect bounds, struct point at);
/* What stands beside the curve: what was chosen, else the first that the run has, else PLOT_NONE. */
enum plot_kind plot_shown(const struct view *view);
bool plot_offered(const struct view *view, enum plot_kind kind);
/* Whether the curve at the moment is worth the stage: not one point, nor a handful of the same. */
bool view_curve_tells(const struct view *view);
/* Whether the run has a curve: a single number that backward was called on twice at least. */
bool view_curve_offered(const struct view *view);
/* The operation of the moment as cells, with where they come from; for the stage. */
void view_tensor(const struct view *view, struct rect area, struct scene *scene);
/* The selected tensor, or the latest result: its cells and what its numbers are like; for the tab. */
void view_tensor_tab(const struct view *view, struct rect area, struct scene *scene);
/* The chosen element there as an equation: "[0, 1]: 5 = 1·1 + 2·2"; "" for none. */
const char *view_tensor_equation(const struct view *view);
bool view_tensor_offered(const struct view *view);
/* The tensor whose elements are chosen among there; 0: none. */
int64_t view_tensor_subject(const struct view *view);
/* "x[0, 1] = 5" for one whose part is the element. */
const char *view_tensor_title(const struct view *view, struct target element);
/* The element that a TARGET_ELEMENT with these bounds has at the point. */
int64_t view_tensor_element(const struct view *view, struct target target, struct rect bounds,
                            struct point at);
void view_output(const struct view *view, struct rect area, struct scene *scene);
/* What the lesson says before the code that runs, or where that has a page of its own the code, and what it has
 * printed. False for nothing. */
bool view_section(const struct view *view, struct rect area, struct scene *scene);
/* All that the code cell which runs, or ran last, has printed so far; "" for nothing. */
const char *view_section_printed(const struct view *view);
/* Whether the lesson says that the code which runs, and what it has printed, is what there is to see (tag
 * "code"), and it has nothing more to compute. */
bool view_section_called_for(const struct view *view);
/* Whether a part of the lesson with words of its own has begun, and its code so far has done nothing
 * with what the stage shows. */
bool view_section_begins(const struct view *view);
void view_equation(const struct view *view, struct rect area, struct scene *scene);
/* Height that an error's text needs to stand whole in text size, also one that the code caught and printed; 0 when
 * there is none. */
float view_equation_height(const struct view *view, float width);
void view_ledger(const struct view *view, struct rect area, struct scene *scene);
void view_graph(const struct view *view, struct rect area, struct scene *scene);
void view_stage(const struct view *view, struct rect area, struct scene *scene);
void view_card(const struct view *view, struct rect area, struct scene *scene);
/* The room card, and the scale of text that each of its lines stands for. */
enum { ROOM_LINES = 4 };
float room_scale(int line);
void view_room(const struct view *view, struct rect area, struct scene *scene);
void view_question(const struct view *view, struct rect area, struct scene *scene);
void view_timeline(const struct view *view, struct rect area, struct scene *scene);
/* The film strip: a picture of each episode, how they differ, which one is on show. */
void view_film(const struct view *view, struct rect area, struct scene *scene);
/* The graph of the frame that is compared, and that of the moment, on the stage. */
void view_compare(const struct view *view, struct rect area, struct scene *scene);
/* The height that it needs, 0 where it is not shown. */
float view_film_height(const struct view *view);
/* How many pictures fit, and how far it can be scrolled by hand from where it follows the moment. */
struct film_room {
    int page, back, on; /* pictures; back is not positive */
};
struct film_room view_film_room(const struct view *view, struct rect area);

/* The devices that the lesson has, what the line gave them to do, and how CPU and GPU compare. */
void view_devices(const struct view *view, struct rect area, struct scene *scene);
bool view_devices_offered(const struct view *view);
bool view_devices_called_for(const struct view *view);
void view_timing(const struct view *view, struct rect area, struct scene *scene);

/* What the stage shows now: what was chosen, if the run has it; else what the moment calls for. */
enum stage_kind stage_shown(const struct view *view);
/* Whether the moment lies in a training behind its first iteration, or at its end, whose curve tells something. */
bool stage_trains(const struct view *view);
/* Whether the run has something to show there. It is the same at every moment. */
bool stage_offered(const struct view *view, enum stage_kind kind);
/* The kinds on offer as a switch at the right of a row; returns the width it takes, 0 with no choice. */
float view_stage_switch(const struct view *view, struct rect row, struct scene *scene);

/* The moment of the stop nearest to x in a timeline with that area; false if it has none. */
bool timeline_moment(const struct view *view, struct rect area, float x, uint32_t *moment);
/* What a timeline shows, in places counted by stops: from, span of all, the least span; the places of
 * x and of the current moment. */
struct timeline_window {
    double from, span, all, least, at, now;
};
struct timeline_window timeline_window(const struct view *view, struct rect area, float x);

/* The phases of training as chips in the lesson's order, the current one filled. Returns the height
 * that they take from the area; 0 outside of training. */
float view_phases(const struct view *view, struct rect area, struct scene *scene);
/* "Step: line". */
const char *view_granularity(const struct view *view);

/* How far the code can be scrolled by hand from where it follows the current line, in points. */
struct code_room {
    float above, below; /* not positive; not negative */
};
struct code_room screen_code_room(const struct view *view, float width, float height);
struct code_room view_code_room(const struct view *view, struct rect area);
struct code_room view_lesson_room(const struct view *view, struct rect area);

/* Whether a narrative cell is for the interface's language: those without a language always are. */
bool lesson_speaks(const struct view *view, const struct trace_cell *cell);
/* Whether it is for the presenter alone, in that language. */
bool lesson_notes(const struct view *view, const struct trace_cell *cell);

/* The narrative behind the last cell that ran, which explains the end or the error there: its first
 * cell on show, as index of trace_cell; SIZE_MAX when the lesson says nothing there. */
size_t card_first(const struct view *view);

/* The sentence to remember: the narrative cell tagged "remember"; NULL if the lesson has none or the
 * moment is not its end. */
const struct trace_cell *card_remember(const struct view *view);

/* What happened in the step that ends at the moment, as a sentence in a language: the sentence line,
 * `gradlight describe`, and the description of exported pictures. Lives in `arena`. */
const char *sentence_for(const struct run_view *run, const struct words *words,
                         enum language language, struct arena *arena);
