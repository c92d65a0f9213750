/* An answer of gradlight-layout of any bytes, to a question with everything a question has. What is
 * taken must fit it. */

#include "tests/fuzz/fuzz.h"

#include <math.h>

#include "render/layout/answer.h"
#include "render/layout/wire.h"

static const struct layout_input question = {
    .boxes = (const struct layout_box[]){ { 100, 50, 0 }, { 100, 50, 1 }, { 80, 40, 1 } },
    .box_count = 3,
    .edges = (const struct layout_edge[]){ { 0, 1, 0, 0 }, { 1, 2, 30, 2 } },
    .edge_count = 2,
    .clusters = (const struct layout_cluster[]){ { 0, 60, 20 } },
    .cluster_count = 1,
    .gap = 10,
    .rank_gap = 20,
};

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct layout layout = { 0 };
    struct error err = { 0 };
    if (!layout_answer_read(&layout, &question, bytes, length, &err)) {
        MUST(err.text[0] && !layout.boxes);
        return 0;
    }
    MUST(length <= layout_answer_limit(&question));
    MUST(isfinite(layout.w) && isfinite(layout.h) && layout.w >= 0 && layout.h >= 0);
    for (int i = 0; i < question.box_count; i++) {
        MUST(isfinite(layout.boxes[i].x) && isfinite(layout.boxes[i].y));
    }
    for (int i = 0; i < question.edge_count; i++) {
        MUST(layout.edges[i].count >= 4 && layout.edges[i].count <= LAYOUT_CURVE_MAX);
        for (int k = 0; k < layout.edges[i].count; k++) {
            MUST(isfinite(layout.edges[i].points[k].x) && isfinite(layout.edges[i].points[k].y));
        }
    }
    layout_finish(&layout);
    return 0;
}
