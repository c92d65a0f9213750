#pragma once
/* A lesson's text, run to its end by a real process: for tests of what is drawn of a training. Include after
 * tests/test.h. */

#include <stdio.h>
#include <stdlib.h>

#include "app/session/session.h"

#include "config.h"

struct rig {
    struct paths paths;
    struct session *session;
    struct run_view run;
    struct arena arena;
};

/* Runs the text as a lesson, to its end. */
static inline void open_rig(struct rig *rig, const char *text)
{
    struct error err = { 0 };
    char path[] = GRADLIGHT_BUILD_ROOT "/test_run_XXXXXX.py";
    const int fd = mkstemps(path, 3);

    assert_true(fd >= 0);
    FILE *const file = fdopen(fd, "w");
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    *rig = (struct rig){ 0 };
    assert_true(paths_find(&rig->paths, &err));
    rig->session =
        session_open(path, &(struct session_options){ .paths = &rig->paths, .stays = true }, &err);
    if (!rig->session) {
        fail_msg("%s", err.text);
    }
    session_wait(rig->session, NULL, NULL);
    assert_int_equal(remove(path), 0);
    rig->run = (struct run_view){ .trace = session_trace(rig->session),
                                  .stops = session_stops(rig->session),
                                  .episodes = session_episodes(rig->session),
                                  .moment = trace_record_count(session_trace(rig->session)),
                                  .label = "" };
}

static inline void close_rig(struct rig *rig)
{
    arena_finish(&rig->arena);
    session_destroy(rig->session);
}

/* 2x + 1, learned in 40 steps. */
#define LINE                                               \
    "import torch\n"                                       \
    "torch.manual_seed(0)\n"                               \
    "x = torch.tensor([[1.], [2.], [3.], [4.]])\n"         \
    "y = 2 * x + 1\n"                                      \
    "model = torch.nn.Linear(1, 1)\n"                      \
    "opt = torch.optim.SGD(model.parameters(), lr=0.05)\n" \
    "for i in range(40):\n"                                \
    "    opt.zero_grad()\n"                                \
    "    out = model(x)\n"                                 \
    "    loss = torch.nn.functional.mse_loss(out, y)\n"    \
    "    loss.backward()\n"                                \
    "    opt.step()\n"
