#pragma once
/* The chain rule written out at a tensor: upstream × local = contribution, a term for each path, and
 * their sum. What the ledger, the equation line and the edges of the graph say about a gradient, they
 * say with these texts. */

#include "render/ledger/chain_element.h"

/* One path by which gradient comes to the tensor. */
struct chain_term {
    int64_t through;     /* tensor at the path's other end: the result of the operation */
    const char *formula; /* "∂z/∂(y * y) × y" */
    const char *numbers; /* "3 × 3"; "" where no number fits (a matrix product) */
    const char *value;   /* "9", the contribution; its shape if `shaped` */
    bool shaped;
    const char *shapes;              /* "(3, 2) @ (2, 2) → (3, 2)" of a matrix product, else "" */
    struct element_equation element; /* of the chosen element, if `shaped` */
    const char *upstream;            /* what is called g there: "∂loss/∂(x @ W)" */
    bool current;                    /* it has come in the step that ends at the moment */
};

struct chain {
    const char *of; /* "∂z/∂y" */
    int64_t root;   /* the tensor that backward() was called on */
    const struct chain_term *terms;
    size_t term_count;
    const char *sum; /* "9 + 9 = 18"; for one path, or none at the root, its value; "" before */
    bool shaped;     /* values are shapes, as the tensor has too many elements for a line */
    bool is_root;
    bool namesake; /* a path comes through another tensor of the same name, which has it now */
    bool arrived;  /* all paths have come: the sum stands */
    /* Accumulation into .grad, for a tensor that keeps it: "None → 18", "18 + 18 = 36", the shape
     * if `shaped`; "" if it has not happened in this walk. */
    const char *accumulation;
    bool accumulated; /* something was there before */
    int64_t gradient; /* the tensor that is the sum, 0 before */
    /* Of a tensor with more than one element: the chosen one, how it is written ("[0, 1]"), and the
     * last two texts for it alone. */
    int64_t element;
    const char *place, *element_sum, *element_accumulation;
};

struct chain_place {
    int64_t tensor, node, element;
};
/* What the step or the selection is about: its tensor, the node if one of its values is meant, the chosen
 * element. */
struct chain_place chain_place(const struct run_view *run, const struct view_state *state);

/* For the walk that is going on at the moment, or the last one before it; at the value of the tensor that `node`
 * made, 0: at the one that it had when the walk began. `element` is the chosen one
 * (row-major; NO_ELEMENT, or one that the tensor does not have: the first with a gradient). False when there is no walk or it
 * does not concern the tensor. Everything lives in `arena`. */
bool chain_at(const struct run_view *run, const struct chain_place *place, struct chain *out,
              struct arena *arena);

/* Says so in `of`, "∂z/∂h (old)": else both sides of its equation speak of the same h. */
void chain_mark_old(const struct view *view, struct chain *chain);

/* The gradient tensor that the parts so far add up to, once all paths of the walk have come: the
 * engine's own sum, which it writes when it goes on from there. 0 while a path is missing, or when
 * the trace ends before the sum was made. */
int64_t chain_sum(const struct run_view *run, const struct trace_tensor *tensor, int64_t node,
                  const struct trace_backward *backward, const struct trace_arrival *so_far,
                  struct arena *arena);

/* "∂z/∂y", with brackets around a label that is an expression: "∂z/∂(y * y)"; root 0: "∂/∂y". Of a
 * root of many numbers by itself: the name of the gradient that the walk was given, "v". */
const char *chain_derivative(const struct run_view *run, int64_t root, int64_t tensor,
                             struct arena *arena);
/* By what the node made, which may be called otherwise by now; node 0: by the tensor. */
const char *chain_derivative_at(const struct run_view *run, int64_t root, int64_t tensor,
                                int64_t node, struct arena *arena);

/* The local derivative along input `input` of an operation as a formula over the operands' labels:
 * "y"; "∂f" texts of the opdef when there is one, else "∂out/∂in". */
const char *chain_local(const struct run_view *run, const struct trace_op *op, size_t input,
                        struct arena *arena);

/* What a visit's edge leads to: a leaf, or the result of a node; 0: a node that made no tensor. */
int64_t chain_target(const struct trace *trace, const struct edge_target *to);

/* The moment before the step that ends at the run view's. */
uint32_t chain_step_start(const struct run_view *run);

/* The whole contribution of that input, with g for the gradient of the result: "g × y", "xᵀ @ g". */
const char *chain_contribution(const struct run_view *run, const struct trace_op *op, size_t input,
                               struct arena *arena);

/* The tensor whose chain rule is worth showing at the moment: the selected one if it is a tensor, else
 * the one that the step is about (an operation's result, the target of a visit, what accumulates).
 * 0: none. */
int64_t chain_subject(const struct run_view *run, const struct view_state *state);
/* The element of it that was chosen, NO_ELEMENT if none was. */
int64_t chain_element(const struct view_state *state, int64_t tensor);
