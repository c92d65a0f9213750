/* The bar in which a lesson asks for something: what it asks for, and the answers. */

#include "render/lesson/consent.h"

#include <math.h>
#include <string.h>

#include "render/button.h"

enum { ANSWERS = 3 };

struct answers {
    struct button at[ANSWERS];
    size_t count;
};

static const char *const texts[] = {
    [CONSENT_FOLDER] = WORD("The lesson wants to read files in its folder, {0}."),
    [CONSENT_FOLDER_SHARED] =
        WORD("The lesson wants to read files in {0}, where more lies than lessons: put it into a "
             "folder of its own."),
    [CONSENT_GPU] =
        WORD("The lesson asks for the GPU. Its box is weaker then: it may tell the graphics driver "
             "anything. Files and the network stay closed."),
    [CONSENT_BOX] =
        WORD("The lesson was not run: this kernel has no box, so that it could do whatever "
             "you can. Run only what you know."),
    [CONSENT_EXPLAIN] = "", /* depends on the box */
    [CONSENT_TROUBLE] = WORD("This is not all: {0}."),
};

/* What the box is, and the one thing that differs from lesson to lesson. */
static const char *explanation(const struct view *view)
{
    const struct record_hello *const hello = trace_hello(view->runs[0].trace);
    const char *const meaning = hello ? view_word(view, box_state_meaning(hello)) : "";

    return view->consent->reads_folder ? arena_format(view->arena, "%s %s", meaning,
                                                      view_word(view, "It may read its folder."))
                                       : meaning;
}

const char *view_consent_text(const struct view *view)
{
    if (view->consent->kind == CONSENT_EXPLAIN) {
        return explanation(view);
    }
    const char *const text = view_word(view, texts[view->consent->kind]);
    const char *const blank = strstr(text, "{0}");

    const char *const what =
        view->consent->kind == CONSENT_TROUBLE ? view->consent->trouble : view->consent->folder;
    return blank ? arena_format(view->arena, "%.*s%s%s", (int)(blank - text), text, what,
                                blank + strlen("{0}"))
                 : text;
}

static struct answers answers_of(const struct view *view)
{
    const struct button once = { BUTTON_ALLOW, view_word(view, "Allow this time"), true };
    const struct button refuse = { BUTTON_REFUSE, view_word(view, "No"), false };
    const struct button folder = { BUTTON_ALLOW_ALWAYS, view_word(view, "Always for this folder"),
                                   false };
    const struct button lesson = { BUTTON_ALLOW_ALWAYS, view_word(view, "Always for this lesson"),
                                   false };
    const struct button run = { BUTTON_ALLOW, view_word(view, "Run it without a box"), false };
    const struct button revoke = { BUTTON_REVOKE, view_word(view, "Take back what was allowed"),
                                   false };
    const struct button close = { BUTTON_REFUSE, view_word(view, "Close"), false };

    switch (view->consent->kind) {
    case CONSENT_FOLDER:
        return (struct answers){ { once, folder, refuse }, 3 };
    case CONSENT_GPU:
        return (struct answers){ { once, lesson, refuse }, 3 };
    case CONSENT_BOX:
        return (struct answers){ { run, refuse }, 2 };
    case CONSENT_EXPLAIN:
        if (view->consent->revocable) {
            return (struct answers){ { revoke, close }, 2 };
        }
        break;
    case CONSENT_FOLDER_SHARED:
    case CONSENT_TROUBLE:
        break;
    }
    return (struct answers){ { close }, 1 };
}

/* While presenting too it is for the teacher: no larger than the least that is read. */
static struct view small_view(const struct view *view)
{
    struct view small = *view;

    if (view->state->mode == SCREEN_PRESENT) {
        small.type.text = view->type.caption;
    }
    return small;
}

static float answers_width(const struct view *view, const struct answers *answers)
{
    float width = 0;

    for (size_t i = 0; i < answers->count; i++) {
        width += button_width(view, answers->at[i].label) + button_gap(view);
    }
    return width;
}

static float row_height(const struct view *view)
{
    return view->type.text * 2.8f;
}

/* The answers stand behind the text where both have room in a row, else below it. */
static bool fits_in_a_row(const struct view *view, const struct answers *answers, float width)
{
    const char *const text = view_consent_text(view);
    const float size = view->type.text;
    const float words = fonts_measure(view->fonts, TYPE_UI, text, strlen(text)) * size;

    return words + answers_width(view, answers) + 3 * size <= width;
}

float view_consent_height(const struct view *view, float width)
{
    const struct view small = small_view(view);
    const struct answers answers = answers_of(view);

    return row_height(&small) * (fits_in_a_row(&small, &answers, width) ? 1 : 1.8f);
}

static void draw_text(const struct view *view, struct rect row, struct scene *scene)
{
    const float size = view->type.text;

    scene_text(scene, &(struct draw_text){ .at = { row.x + size, row.y + row.h / 2 + size * 0.36f },
                                           .bytes = view_consent_text(view),
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .max_width = row.w - 2 * size });
}

void view_consent(const struct view *view, struct rect bar, struct scene *scene)
{
    const struct view small = small_view(view);
    const struct answers answers = answers_of(view);
    const float row = row_height(&small), taken = answers_width(&small, &answers);
    const bool abreast = fits_in_a_row(&small, &answers, bar.w);
    const struct rect text = { bar.x, bar.y, abreast ? bar.w - taken : bar.w,
                               !abreast ? row * 0.9f : row };
    const struct rect buttons = { bar.x, abreast ? bar.y : bar.y + row * 0.8f, bar.w, row };
    float x = bar.x + (abreast ? bar.w - taken - small.type.text / 2 : small.type.text);

    scene_rect(scene, &(struct draw_rect){ .rect = bar, .fill = INK_FORWARD_SOFT });
    scene_rect(scene, &(struct draw_rect){ .rect = { bar.x, bar.y + bar.h - 1, bar.w, 1 },
                                           .fill = INK_PANEL_LINE });
    draw_text(&small, text, scene);
    for (size_t i = 0; i < answers.count; i++) {
        button_draw(&small, &answers.at[i], x, buttons, scene);
        x += button_width(&small, answers.at[i].label) + button_gap(&small);
    }
}
