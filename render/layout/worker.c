/* gradlight-layout: reads one graph, lets Graphviz lay it out, writes the positions, exits. Graphviz
 * leaks, recurses deeply, cannot be cancelled and can corrupt its heap, so it lives in a process
 * that is thrown away.
 *
 * Kept away from what is known to crash: there is no text in the graph, boxes have fixed sizes,
 * edges have no labels, no constraint=false, no group. */

#include "render/layout/wire.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <gvc.h>

#include "engine/base/memory.h"
#include "render/layout/span.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define UNDER_ADDRESS_SANITIZER
#endif

/* The one layout engine we use, linked in: so Graphviz reads no configuration and loads nothing. */
extern gvplugin_library_t gvplugin_dot_layout_LTX_library;

struct graph {
    struct wire_question head;
    struct wire_box *boxes;
    struct wire_edge *edges;
    struct wire_cluster *clusters;
    Agraph_t *root;
    Agraph_t **cluster_graphs;
    Agnode_t **nodes;
    Agedge_t **lines; /* NULL: Graphviz is not asked about it */
    bool *left_out;
};

static bool read_all(void *out, size_t size, size_t count)
{
    return fread(out, size, count, stdin) == count;
}

static bool write_all(const void *items, size_t size, size_t count)
{
    return fwrite(items, size, count, stdout) == count;
}

static bool counts_fit(const struct wire_question *head)
{
    return head->magic == LAYOUT_MAGIC && head->box_count > 0 &&
           head->box_count <= LAYOUT_BOXES_MAX && head->edge_count >= 0 &&
           head->edge_count <= LAYOUT_EDGES_MAX && head->cluster_count >= 0 &&
           head->cluster_count <= LAYOUT_BOXES_MAX;
}

static bool indices_fit(const struct graph *graph)
{
    const struct wire_question *head = &graph->head;
    for (int i = 0; i < head->box_count; i++) {
        if (graph->boxes[i].cluster < 0 || graph->boxes[i].cluster > head->cluster_count) {
            return false;
        }
    }
    for (int i = 0; i < head->edge_count; i++) {
        const struct wire_edge edge = graph->edges[i];
        if (edge.from < 0 || edge.from >= head->box_count || edge.to < 0 ||
            edge.to >= head->box_count || edge.weight < 1 || edge.weight > 100) {
            return false;
        }
    }
    for (int i = 0; i < head->cluster_count; i++) {
        if (graph->clusters[i].parent < 0 || graph->clusters[i].parent > i) {
            return false;
        }
    }
    return true;
}

static bool read_question(struct graph *graph)
{
    if (!read_all(&graph->head, sizeof(graph->head), 1) || !counts_fit(&graph->head)) {
        return false;
    }
    const size_t boxes = (size_t)graph->head.box_count;
    const size_t edges = (size_t)graph->head.edge_count;
    const size_t clusters = (size_t)graph->head.cluster_count;
    graph->boxes = memory_allocate(boxes, sizeof(*graph->boxes));
    graph->edges = memory_allocate(edges + 1, sizeof(*graph->edges));
    graph->clusters = memory_allocate(clusters + 1, sizeof(*graph->clusters));
    return read_all(graph->boxes, sizeof(*graph->boxes), boxes) &&
           read_all(graph->edges, sizeof(*graph->edges), edges) &&
           read_all(graph->clusters, sizeof(*graph->clusters), clusters) && indices_fit(graph);
}

/* Graphviz takes char * where it means const char *, and numbers as text. */
struct copy {
    char text[64];
};

static struct copy copy_of(const char *text)
{
    struct copy copy;
    snprintf(copy.text, sizeof(copy.text), "%s", text);
    return copy;
}

/* The process never sets a locale, so this is a point. */
static struct copy inches(float points)
{
    struct copy copy;
    snprintf(copy.text, sizeof(copy.text), "%.4f", (double)points / 72.0);
    return copy;
}

static Agsym_t *attribute(Agraph_t *graph, int kind, const char *name, const char *value)
{
    return agattr(graph, kind, copy_of(name).text, copy_of(value).text);
}

static void set_defaults(struct graph *graph)
{
    Agraph_t *root = graph->root;
    attribute(root, AGRAPH, "rankdir", graph->head.down ? "TB" : "LR");
    attribute(root, AGRAPH, "nodesep", inches(graph->head.gap).text);
    attribute(root, AGRAPH, "ranksep", inches(graph->head.rank_gap).text);
    attribute(root, AGRAPH, "label", "");
    /* Of a cluster, in points: 14, less where boxes stand close. */
    char margin[16];
    snprintf(margin, sizeof(margin), "%d", graph->head.gap < 28 ? (int)(graph->head.gap / 2) : 14);
    attribute(root, AGRAPH, "margin", margin);
    if (graph->head.edge_count > 150) {
        /* Bounds the network simplex: an unrolled training loop of 300 boxes took 4 s without. */
        attribute(root, AGRAPH, "nslimit", "1");
        attribute(root, AGRAPH, "nslimit1", "1");
        attribute(root, AGRAPH, "mclimit", "0.3");
    }
    attribute(root, AGNODE, "shape", "box");
    attribute(root, AGNODE, "label", "");
    attribute(root, AGNODE, "fixedsize", "true");
    attribute(root, AGEDGE, "arrowhead", "none");
}

/* An empty table of fixed size keeps the room of a title without giving Graphviz any text. */
static void keep_title(Agraph_t *cluster, const struct wire_cluster *wire)
{
    char table[200];
    snprintf(table, sizeof(table),
             "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLPADDING=\"0\" CELLSPACING=\"0\""
             " FIXEDSIZE=\"TRUE\" WIDTH=\"%d\" HEIGHT=\"%d\"><TR><TD></TD></TR></TABLE>",
             (int)wire->title_w + 1, (int)wire->title_h + 1);
    char *html = agstrdup_html(cluster, table);
    agset(cluster, copy_of("label").text, html);
}

static void build_clusters(struct graph *graph)
{
    for (int i = 0; i < graph->head.cluster_count; i++) {
        const struct wire_cluster *wire = &graph->clusters[i];
        Agraph_t *around = wire->parent > 0 ? graph->cluster_graphs[wire->parent - 1] : graph->root;
        char name[32], record[] = "Agraphinfo_t";
        snprintf(name, sizeof(name), "cluster%d", i);
        graph->cluster_graphs[i] = agsubg(around, name, 1);
        agbindrec(graph->cluster_graphs[i], record, sizeof(Agraphinfo_t), TRUE);
        if (wire->title_h > 0) {
            keep_title(graph->cluster_graphs[i], wire);
        }
    }
}

static void build_nodes_and_lines(struct graph *graph)
{
    Agsym_t *width = attribute(graph->root, AGNODE, "width", "1");
    Agsym_t *height = attribute(graph->root, AGNODE, "height", "1");
    Agsym_t *weight = attribute(graph->root, AGEDGE, "weight", "1");
    char name[32], text[32];
    for (int i = 0; i < graph->head.box_count; i++) {
        const struct wire_box *box = &graph->boxes[i];
        snprintf(name, sizeof(name), "n%d", i);
        graph->nodes[i] = agnode(graph->root, name, 1);
        agxset(graph->nodes[i], width, inches(box->w).text);
        agxset(graph->nodes[i], height, inches(box->h).text);
        if (box->cluster > 0) {
            agsubnode(graph->cluster_graphs[box->cluster - 1], graph->nodes[i], 1);
        }
    }
    for (int i = 0; i < graph->head.edge_count; i++) {
        if (graph->left_out[i]) {
            continue;
        }
        snprintf(name, sizeof(name), "e%d", i);
        graph->lines[i] = agedge(graph->root, graph->nodes[graph->edges[i].from],
                                 graph->nodes[graph->edges[i].to], name, 1);
        snprintf(text, sizeof(text), "%d", graph->edges[i].weight);
        agxset(graph->lines[i], weight, text);
    }
}

static const bezier *curve_of(Agedge_t *line)
{
    const splines *curves = line ? ED_spl(line) : NULL;
    return curves && curves->size == 1 ? &curves->list[0] : NULL;
}

/* A line that Graphviz was not asked about runs straight from side to side. */
enum { PLAIN_POINTS = 4 };

static void plain_curve(const struct graph *graph, int line, pointf out[PLAIN_POINTS])
{
    const struct wire_edge *edge = &graph->edges[line];
    const struct wire_box *from = &graph->boxes[edge->from], *to = &graph->boxes[edge->to];
    const bool down = graph->head.down;
    pointf a = ND_coord(graph->nodes[edge->from]), b = ND_coord(graph->nodes[edge->to]);
    a.x += down ? 0 : (double)from->w / 2;
    a.y -= down ? (double)from->h / 2 : 0;
    b.x -= down ? 0 : (double)to->w / 2;
    b.y += down ? (double)to->h / 2 : 0;
    const pointf half = { down ? 0 : (b.x - a.x) / 2, down ? (b.y - a.y) / 2 : 0 };
    out[0] = a;
    out[1] = (pointf){ a.x + half.x, a.y + half.y };
    out[2] = (pointf){ b.x - half.x, b.y - half.y };
    out[3] = b;
}

static bool write_points(const pointf *points, int count, double height)
{
    for (int k = 0; k < count; k++) {
        const struct wire_point at = { (float)points[k].x, (float)(height - points[k].y) };
        if (!write_all(&at, sizeof(at), 1)) {
            return false;
        }
    }
    return true;
}

static bool write_curves(const struct graph *graph, double height)
{
    bool written = true;
    for (int i = 0; i < graph->head.edge_count && written; i++) {
        const bezier *curve = curve_of(graph->lines[i]);
        const int32_t count = graph->left_out[i] ? PLAIN_POINTS : curve ? curve->size : 0;
        written = write_all(&count, sizeof(count), 1);
    }
    for (int i = 0; i < graph->head.edge_count && written; i++) {
        const bezier *curve = curve_of(graph->lines[i]);
        pointf plain[PLAIN_POINTS];
        if (graph->left_out[i]) {
            plain_curve(graph, i, plain);
            written = write_points(plain, PLAIN_POINTS, height);
        } else if (curve) {
            written = write_points(curve->list, curve->size, height);
        }
    }
    return written;
}

/* Graphviz counts y upwards; we count downwards. */
static bool write_answer(const struct graph *graph)
{
    const boxf page = GD_bb(graph->root);
    const struct wire_answer head = {
        .magic = LAYOUT_MAGIC,
        .box_count = graph->head.box_count,
        .edge_count = graph->head.edge_count,
        .cluster_count = graph->head.cluster_count,
        .w = (float)page.UR.x,
        .h = (float)page.UR.y,
    };
    bool written = write_all(&head, sizeof(head), 1);
    for (int i = 0; written && i < head.box_count; i++) {
        const pointf centre = ND_coord(graph->nodes[i]);
        const struct wire_point at = { (float)centre.x, (float)(page.UR.y - centre.y) };
        written = write_all(&at, sizeof(at), 1);
    }
    written = written && write_curves(graph, page.UR.y);
    for (int i = 0; written && i < head.cluster_count; i++) {
        const boxf box = GD_bb(graph->cluster_graphs[i]);
        const struct wire_rect rect = { (float)box.LL.x, (float)(page.UR.y - box.UR.y),
                                        (float)(box.UR.x - box.LL.x),
                                        (float)(box.UR.y - box.LL.y) };
        written = write_all(&rect, sizeof(rect), 1);
    }
    return written;
}

static void limit(int resource, rlim_t value)
{
    const struct rlimit both = { value, value };
    setrlimit(resource, &both);
}

/* Bounds for a layout gone wrong. The address sanitizer reserves terabytes, so there is no bound on
 * addresses under it. */
static void enter_limits(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 10);
    limit(RLIMIT_STACK, 256 << 20);
#ifndef UNDER_ADDRESS_SANITIZER
    limit(RLIMIT_AS, (rlim_t)2 << 30);
#endif
}

static bool lay_out(struct graph *graph)
{
    lt_symlist_t plugins[] = {
        { "gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library },
        { NULL, NULL },
    };
    GVC_t *context = gvContextPlugins(plugins, 0);
    if (!context) {
        return false;
    }
    agseterr(AGMAX); /* it would talk about itself on stderr */
    graph->root = agopen(copy_of("g").text, Agdirected, NULL);
    graph->cluster_graphs =
        memory_allocate((size_t)graph->head.cluster_count + 1, sizeof(*graph->cluster_graphs));
    graph->nodes = memory_allocate((size_t)graph->head.box_count, sizeof(*graph->nodes));
    graph->lines = memory_allocate((size_t)graph->head.edge_count + 1, sizeof(*graph->lines));
    graph->left_out = memory_allocate((size_t)graph->head.edge_count + 1, sizeof(bool));
    layout_leave_out(graph->edges, graph->head.edge_count, graph->head.box_count, graph->left_out);
    set_defaults(graph);
    build_clusters(graph);
    build_nodes_and_lines(graph);
    return gvLayout(context, graph->root, "dot") == 0;
}

int main(void)
{
    enter_limits();
    struct graph graph = { 0 };
    if (!read_question(&graph)) {
        fputs("gradlight-layout: run by gradlight, not by hand\n", stderr);
        return 2;
    }
    /* _exit: nothing is freed, because freeing is where Graphviz corrupts its heap, and there is
     * nobody to leak to. */
    _exit(lay_out(&graph) && write_answer(&graph) && fflush(stdout) == 0 ? 0 : 1);
}
