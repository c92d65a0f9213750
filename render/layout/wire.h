#pragma once
/* What gradlight and gradlight-layout say to each other, in the machine's own byte order: both run on
 * one machine, from one build. The question comes on the worker's standard input: the header, then
 * the boxes, the edges and the clusters. The answer goes to its standard output: the header, a
 * point for each box (its centre), the number of points of each edge, all those points, and a
 * rectangle for each cluster. */

#include <stdint.h>

enum { LAYOUT_MAGIC = 0x676c6c31, LAYOUT_BOXES_MAX = 20000, LAYOUT_EDGES_MAX = 60000 };
/* Points of one curve: more than any graph of that size needs, few enough to be safe. */
enum { LAYOUT_CURVE_MAX = 1 + 3 * 256 };

struct wire_question {
    int32_t magic, box_count, edge_count, cluster_count;
    float gap, rank_gap;
    int32_t down;
};
struct wire_box {
    float w, h;
    int32_t cluster; /* 0: none, else index + 1 */
};
struct wire_edge {
    int32_t from, to, weight; /* weight 1 … 100 */
};
struct wire_cluster {
    int32_t parent; /* 0: none, else index + 1; a parent stands before its children */
    float title_w, title_h;
};

struct wire_answer {
    int32_t magic, box_count, edge_count, cluster_count;
    float w, h;
};
struct wire_point {
    float x, y;
};
struct wire_rect {
    float x, y, w, h;
};
