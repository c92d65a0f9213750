#pragma once
/* Where boxes and edges go. The work is done by gradlight-layout (Graphviz), a process that lives for
 * one layout, with a time bound; when it fails, a plain layered layout of our own stands in. */

#include "engine/base/error.h"
#include "render/scene/scene.h"

/* Boxes have a fixed size in points. cluster 0 is none; clusters nest through their parent. */
struct layout_box {
    float w, h;
    int cluster;
};
struct layout_edge {
    int from, to;  /* indices of boxes, in the direction of the data */
    float label_w; /* room to keep between the two ranks, 0: none */
    int weight;    /* the heavier, the straighter; 0: 1 */
};
struct layout_cluster {
    int parent; /* index + 1 of the cluster around it, 0: none */
    float title_w, title_h;
};
struct layout_input {
    const struct layout_box *boxes;
    int box_count;
    const struct layout_edge *edges;
    int edge_count;
    const struct layout_cluster *clusters; /* cluster c of a box is clusters[c - 1] */
    int cluster_count;
    float gap, rank_gap; /* between boxes of a rank, between ranks */
    bool down;           /* ranks go down instead of to the right */
};

/* A Bézier chain: 1 + 3 k points from the source's border to the target's. */
struct layout_curve {
    const struct point *points;
    int count;
};
/* All memory is the layout's. Box positions are top left corners; everything lies in (0,0)-(w,h). */
struct layout {
    float w, h;
    const struct point *boxes;
    const struct layout_curve *edges;
    const struct rect *clusters;
    bool by_fallback;
    struct arena arena;
};

/* A layout takes milliseconds; one that takes this long has lost its way. What it waited for a processor does
 * not count, so that the picture on a busy machine is that on an idle one; but longer than the second nobody
 * waits. */
static const double LAYOUT_SECONDS_MAX = 1.0, LAYOUT_WAIT_MAX = 10.0;

/* Starts gradlight-layout and returns at once. NULL with the reason if it cannot be started; without a
 * program (NULL) always, so that the plain layout stands in. ERROR_VALUE: that is as it should be. */
struct layout_job;
struct layout_job *layout_job_start(const struct layout_input *input, const char *program,
                                    struct error *err);
/* A descriptor to poll for reading, and whether the answer is there. Never blocks. */
int layout_job_descriptor(const struct layout_job *job);
enum layout_progress { LAYOUT_WORKING, LAYOUT_DONE, LAYOUT_FAILED };
/* Call when readable or after the time bound (seconds since its start are the caller's to count and
 * hand in): when done, *layout is filled. An answer that does not fit the input is a failure. */
enum layout_progress layout_job_step(struct layout_job *job, double seconds, struct layout *layout,
                                     struct error *err);
void layout_job_destroy(struct layout_job *job);

/* Blocking: the job, or the fallback when it fails twice or takes over a second. Never fails. */
void layout_compute(struct layout *layout, const struct layout_input *input, const char *program);

/* The plain layered layout alone. */
void layout_layered(struct layout *layout, const struct layout_input *input);
void layout_finish(struct layout *layout);
