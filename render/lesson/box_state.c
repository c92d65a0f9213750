/* The box that a run had: a word with a shield, and what it means. */

#include <math.h>
#include <string.h>

#include "render/button.h"
#include "render/lesson/consent.h"

enum box_state box_state_of(const struct record_hello *hello)
{
    if (hello->seccomp && hello->landlock > 0 && hello->rlimits && hello->no_new_privs) {
        return hello->gpu ? BOX_GPU : BOX_WHOLE;
    }
    if (hello->seccomp && hello->strict && hello->rlimits && hello->no_new_privs) {
        return BOX_STRICT;
    }
    return hello->seccomp || hello->landlock > 0 ? BOX_PARTLY : BOX_NONE;
}

const char *box_state_word(enum box_state state)
{
    static const char *const words[] = { [BOX_WHOLE] = WORD("box: whole"),
                                         [BOX_STRICT] = WORD("box: strict"),
                                         [BOX_GPU] = WORD("box: GPU"),
                                         [BOX_PARTLY] = WORD("box: partly"),
                                         [BOX_NONE] = WORD("no box") };

    return words[state];
}

const char *box_state_meaning(const struct record_hello *hello)
{
    if (box_state_of(hello) == BOX_WHOLE) {
        return WORD(
            "The kernel keeps the lesson in its box: it reads Python's library, and can write, "
            "send and start nothing.");
    }
    if (box_state_of(hello) == BOX_GPU) {
        return WORD(
            "The box for the GPU is weaker: the lesson may tell the graphics driver anything. "
            "Files and the network stay closed.");
    }
    if (box_state_of(hello) == BOX_STRICT) {
        return WORD(
            "This kernel lacks Landlock, so that all files are closed to the lesson. It can "
            "write, send and start nothing. Alt+Shift+B opens them again.");
    }
    if (box_state_of(hello) == BOX_NONE) {
        return WORD(
            "This kernel has no box: the lesson can do whatever you can. Run only what you know.");
    }
    if (hello->landlock == 0) {
        return WORD(
            "This kernel lacks Landlock: the lesson can read your files, though not write or "
            "send them. Alt+Shift+B closes all files to it.");
    }
    if (!hello->seccomp) {
        return WORD(
            "This kernel lacks seccomp: the lesson can start processes and send some kinds of "
            "messages; files stay closed.");
    }
    return WORD("The kernel refused a limit: the lesson may take all memory or time. Files and the "
                "network stay closed.");
}

/* A shield; filled while it is whole. */
static void draw_shield(struct rect box, enum ink ink, bool whole, struct scene *scene)
{
    const float x = box.x + box.w / 2, half = box.w * 0.42f, top = box.y, foot = box.y + box.h;
    const struct point outline[] = {
        { x, top },  { x + half, top + box.h * 0.16f }, { x + half, top + box.h * 0.52f },
        { x, foot }, { x - half, top + box.h * 0.52f }, { x - half, top + box.h * 0.16f }
    };

    scene_path(scene, &(struct draw_path){ .points = outline,
                                           .count = sizeof(outline) / sizeof(outline[0]),
                                           .closed = true,
                                           .fill = whole ? ink : INK_NONE,
                                           .stroke = ink,
                                           .width = fmaxf(1.3f, box.h * 0.1f) });
}

void view_box_state(const struct view *view, struct rect row, struct scene *scene)
{
    const struct record_hello *const hello = trace_hello(view->runs[0].trace);

    if (!hello || view->state->paper) {
        return;
    }
    const enum box_state state = box_state_of(hello);
    const char *const word = view_word(view, box_state_word(state));
    const float size = view->type.caption, shield = size;
    const float words = fonts_measure(view->fonts, TYPE_UI, word, strlen(word)) * size;
    const float whole = words + shield + 1.6f * size;
    const bool worded = whole <= row.w; /* else the shield alone, or nothing */
    const float w = worded ? whole : shield + size;
    const struct rect box = { row.x + row.w - w, row.y, w, row.h };
    const bool hot = button_hot(view, BUTTON_BOX), fine = state <= BOX_STRICT;
    const enum ink ink = fine ? INK_TEXT_SECOND : state == BOX_GPU ? INK_FORWARD : INK_ERROR;

    if (w > row.w) {
        return;
    }
    scene_group(scene, &(struct draw_group){ .target = { .kind = TARGET_COMMAND, .id = BUTTON_BOX },
                                             .bounds = box,
                                             .title = word });
    draw_shield((struct rect){ box.x + size / 2, box.y + (box.h - shield) / 2, shield, shield },
                ink, fine, scene);
    if (worded) {
        scene_text(scene, &(struct draw_text){ .at = { box.x + shield + 0.9f * size,
                                                       box.y + box.h / 2 + size * 0.36f },
                                               .bytes = word,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = hot ? INK_TEXT : ink });
    }
    scene_group_end(scene);
}
