#pragma once
/* An operation as a picture of tensors: operands, operator, result, each as a grid of cells, and which
 * cell came from which. A matrix product is a cross (row at the left, column above, result where they
 * meet), everything else a row. Private to the tensor view. */

#include "lessons/trace/provenance.h"
#include "lessons/trace/sheet.h"
#include "render/view.h"

enum { FIGURE_PARTS = 8, FIGURE_LINKS = 4096, FIGURE_INNER = 4 };

enum figure_form { FIGURE_ALONE, FIGURE_ROW, FIGURE_CROSS };

/* One tensor of the figure, or a plain number. */
struct figure_part {
    const struct trace_tensor *tensor; /* NULL: a number, or no result */
    const struct trace_value *value;   /* NULL: the trace has none */
    const char *label, *shape;         /* the shape with its dtype */
    const char *more;    /* below it: how much of it is on show, who shares its memory; "" */
    const char *refused; /* the result that never came: type of the exception; `shape` says more */
    int operand;         /* of the operation; -1: its result */
    struct sheet sheet;  /* of the cells on show: a sample's, or the whole */
    bool spread;         /* drawn as large as the result, along which it is repeated */
    double strongest;    /* the greatest finite size of its elements */
    bool narrow;         /* its numbers have three characters at most */
    /* Where it stands; figure_place fills it in. */
    bool heat; /* no numbers */
    float cell_w, cell_h;
    float gap, head; /* between the matrices of a wall: across; down, with their numbers there */
    struct rect cells, box; /* the grid; with its captions */
};

struct figure {
    const struct view *view;
    enum figure_form form;
    const struct trace_op *op;      /* NULL: one tensor by itself */
    const struct provenance *links; /* NULL: the trace does not say which cell comes from which */
    /* The views between its operand 0 and the one that is drawn, from the operation on: parts of one
     * expression, as in `x[:, 1]`. `source` is the first of them, or the operation. */
    const struct provenance *inner[FIGURE_INNER];
    int inner_count;
    const struct trace_op *source;
    const struct trace_tensor *out;
    bool assigned;    /* operand 0 is the result before some of its cells were written: `linked` */
    bool backward;    /* the gradients of the same tensors, from the result to the operands */
    const char *sign; /* the operator, "" for none */
    bool infix;       /* it stands between two operands */
    bool compared;    /* no operation: tensors that were printed one after the other */
    struct figure_part parts[FIGURE_PARTS]; /* the result last */
    int count, left_out;                    /* operands that have no room */
    /* The chosen cell and those that belong to it. */
    int chosen_part;
    int64_t chosen;
    struct tensor_cells
        linked; /* of the operands, or of the result (then `operand` is the chosen one's) */
    struct tensor_cells winners; /* among those, of a maximum or the like; mostly one */
    float text, least_h;         /* size of the numbers; of a cell */
    struct rect arrow;           /* where the operator stands */
};

/* What the moment and the selection call for; false when there is no tensor yet. */
bool figure_read(struct figure *figure, const struct view *view);

/* The tensor of figure_subject by itself. */
bool figure_read_alone(struct figure *figure, const struct view *view);

/* For who reads a figure: one more part, its numbers those of another tensor or its own; the operator's
 * sign; the step of a backward walk, if the moment is one and the subject takes part in it. */
struct figure_part *figure_add(struct figure *figure, const struct trace_tensor *tensor,
                               const struct trace_tensor *numbers, const struct trace_value *value,
                               int operand);
const char *figure_sign(const struct view *view, const struct trace_op *op);
bool figure_read_visit(struct figure *figure, const struct trace_tensor *subject);
/* The step that adds what has arrived to a leaf's .grad: what was there, what comes, and their sum; false
 * at other steps, or where another tensor is selected. */
bool figure_read_sum(struct figure *figure, const struct trace_tensor *subject);
/* An operation that writes into cells which its line picks; false if it is none. */
bool figure_read_assigned(struct figure *figure, const struct trace_op *writer);

/* The expression that failed, where nothing has been done since in its cell and nothing is selected;
 * NULL: none. The first tensor that it was about, and all of it as a figure. */
const struct record_failed *figure_failure(const struct view *view);
const struct trace_tensor *figure_failed_operand(const struct view *view,
                                                 const struct record_failed *failed);
void figure_read_failed(struct figure *figure, const struct record_failed *failed);

/* Statistics and histograms of a tensor at the right end of the area; returns the width that they take,
 * 0 where there is no room. */
float tensor_stats_draw(const struct view *view, const struct trace_tensor *tensor,
                        struct rect area, struct scene *scene);

/* Whether the cell of code at the moment has been about no tensor yet. */
bool figure_is_old(const struct view *view);

/* Where a line that computes nothing names a tensor, as a loop's header or a print does: the first that it
 * names; NULL for other steps. */
const struct trace_tensor *figure_named(const struct view *view);
/* Where a line prints `last`, the tensors of its shape that the lines just before have printed, the latest
 * first; at most `most`. Returns how many. */
size_t figure_printed_before(const struct view *view, const struct trace_tensor *last,
                             const struct trace_tensor **out, size_t most);
/* The size of the shapes: beside large numbers they are as large as names. */
float figure_shape_size(const struct figure *figure);
/* The size of an operator's sign: that of the numbers, but no smaller than names. */
float figure_sign_size(const struct figure *figure);

/* The tensor that the view is about: the selected one, else what the line names, else the result of the
 * latest operation. */
const struct trace_tensor *figure_subject(const struct view *view);

/* The operands' cells that an element of the result comes from, and the elements that an operand's
 * cell is used for: at most `most`, through the views between. Nothing where there are no links. */
struct tensor_cells figure_sources(const struct figure *figure, int64_t element, size_t most);
struct tensor_cells figure_uses(const struct figure *figure, int operand, int64_t element,
                                size_t most);
/* Which of an element's sources it was taken from, where the others were only compared with it. */
struct tensor_cells figure_winners(const struct figure *figure, const struct tensor_cells *sources,
                                   int64_t element);
/* Makes an element of a part the chosen one, with what is linked to it. */
void figure_choose(struct figure *figure, int part, int64_t element);
/* Finds the views between. */
void figure_follow_views(struct figure *figure);
/* Of the operations that one call is made of: the one that computes what `op` only gives another shape, or
 * `op`; and what stands behind an operand that was only given another shape for `reader`. Both keep the order
 * of elements. */
const struct trace_op *figure_worker(const struct run_view *run, const struct trace_op *op);
const struct trace_tensor *figure_origin(const struct run_view *run, const struct trace_op *reader,
                                         const struct trace_tensor *tensor);

/* Gives every part its place within the area: numbers where they can be read, else colours. False when
 * there is no room for either. */
bool figure_place(struct figure *figure, struct rect area);

/* Where an element is drawn, with repeated ones the first; w 0 where it is not on show. */
struct rect figure_cell(const struct figure *figure, int part, int64_t element);
/* The same, of a sample where it would stand: the nearest cell. */
struct rect figure_cell_near(const struct figure *figure, int part, int64_t element);
/* Which element stands in row and column of a part's sheet; -1: none. `ghost`: a repetition. */
int64_t figure_element(const struct figure *figure, int part, int64_t row, int64_t column,
                       bool *ghost);

/* The number that an element of a part shows; false where it has none, or only a sample has been
 * recorded and the element is not in it. */
bool figure_number(const struct figure_part *part, int64_t element, double *out);
/* Where a row and column of a part's sheet is drawn. */
struct rect figure_place_of(const struct figure_part *part, int64_t row, int64_t column);

void figure_paint(const struct figure *figure, struct scene *scene);
/* Over it: an outline around the chosen cell, what is linked to it, and what won. */
void figure_paint_rings(const struct figure *figure, struct scene *scene);

/* A step on its way: cells that have not come to their place yet, and those that travel. */
struct flight {
    int from, to; /* parts */
    int64_t from_element, to_element;
    float at; /* 0 … 1 of its way */
};
struct figure_motion {
    unsigned char *waiting[FIGURE_PARTS]; /* by element; NULL: all are there */
    struct flight *flights;
    size_t count;
    int64_t current; /* the latest element of the result that is on its way */
};
/* False when the figure is at rest. */
bool figure_moves(const struct figure *figure, struct figure_motion *motion);

/* The chosen element written out: "[0, 1]: 5 = 1·1 + 2·2"; "" where nothing can be said. */
const char *figure_equation(const struct figure *figure);
