#pragma once
/* One backward walk, shared by the three files that do it: places.c finds the nodes, run.c runs one of
 * them, walk.c begins, goes through the queue and ends. Private to engine/autograd. */

#include "engine/autograd/autograd.h"
#include "engine/autograd/queue.h"

/* What a walk knows of a node that it may reach. */
struct place {
    struct node *node; /* a reference */
    int waiting_for;   /* edges that lead here and have not been walked yet */
    size_t grads;      /* where its gradients stand in walk->grads, one for each output */
    bool needed;       /* it leads to something that takes a gradient */
    bool captures;     /* one of the inputs that were asked for is here */
};

/* A walk that has ended is kept by the engine for the memory of its arrays. */
struct walk {
    struct engine *engine;
    const struct backward_call *call;
    uint64_t id;
    bool keeps_graph;

    struct place *places;
    size_t place_count, place_capacity;
    struct tensor **grads; /* references */
    size_t grad_count, grad_capacity;
    struct ready_queue ready;
    struct node_edge *inputs; /* where the gradient of each input arrives; references */

    /* Scratch of the node that is running: for each of its edges (locals: only where somebody looks), and
     * what its rule lent. */
    bool *needs;
    struct tensor **results, **contributions;
    struct operand *locals;
    size_t edge_capacity; /* of each of these */
    struct tensor **owned;
    size_t owned_capacity;
};

/* Gives the node a place unless it has one. */
void walk_add(struct walk *walk, struct node *node);
/* Places for all nodes behind those that have one; each counts the edges that lead to it. */
void walk_find_nodes(struct walk *walk);
/* Marks the nodes that must run: all, or those on the way to the inputs of the call. */
bool walk_find_inputs(struct walk *walk, struct error *err);
/* NULL if the walk does not reach the node. */
struct place *walk_place(const struct walk *walk, const struct node *node);

/* Takes what travels along an edge (NULL: nothing does), and lets the node behind it run when all has
 * arrived there. */
bool walk_arrive(struct walk *walk, const struct node_edge *edge, struct tensor *grad,
                 struct error *err);
/* Runs the node of that place with the gradients that have arrived. */
bool walk_run(struct walk *walk, struct place *place, struct error *err);
