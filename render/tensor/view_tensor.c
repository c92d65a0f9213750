/* Tensors as cells: the operation of the moment with where its cells come from, on the stage; the
 * selected tensor with what its numbers are like, in the tab. */

#include <math.h>
#include <string.h>

#include "render/ghost.h"
#include "render/ledger/chain_element.h"
#include "render/screen.h"
#include "render/tensor/figure.h"

static void say(const struct view *view, struct rect area, const char *text, struct scene *scene)
{
    const float size = view->type.text;

    scene_text(scene, &(struct draw_text){ .at = { area.x + area.w / 2, area.y + area.h / 2 },
                                           .bytes = text,
                                           .role = TYPE_UI,
                                           .size = size,
                                           .ink = INK_TEXT_SECOND,
                                           .align = ALIGN_CENTRE,
                                           .max_width = area.w - 2 * size });
}

static struct rect inset(struct rect area, float by)
{
    return (struct rect){ area.x + by, area.y + by, area.w - 2 * by, area.h - 2 * by };
}

/* The result without what it was computed from. */
static bool draw_result(const struct figure *figure, struct rect area, struct scene *scene)
{
    struct figure alone;

    if (figure->backward || figure->count < 2 || figure->parts[figure->count - 1].refused ||
        !figure_read_alone(&alone, figure->view) || !figure_place(&alone, area)) {
        return false;
    }
    figure_paint(&alone, scene);
    return true;
}

/* Where there is no room for it the result alone, else its name and shape. */
static void draw_figure(struct figure *figure, struct rect area, struct scene *scene)
{
    const struct figure_part *const part = &figure->parts[figure->count - 1];

    if (figure_place(figure, area)) {
        figure_paint(figure, scene);
    } else if (!draw_result(figure, area, scene)) {
        say(figure->view, area,
            arena_format(figure->view->arena, "%s %s %s", part->label,
                         part->refused ? part->refused : "", part->shape),
            scene);
    }
}

bool view_tensor_offered(const struct view *view)
{
    return figure_subject(view) != NULL;
}

void view_tensor(const struct view *view, struct rect area, struct scene *scene)
{
    struct figure figure;
    /* Where a part of the lesson begins, its words stand rather than what the part before ended with. */
    const bool begins = view->state->mode == SCREEN_PRESENT && view->state->stage == STAGE_AUTO &&
                        figure_is_old(view);

    if (begins && view_section(view, area, scene)) {
        return;
    }
    if (figure_read(&figure, view)) {
        draw_figure(&figure, inset(area, view->type.text), scene);
    } else if (view->state->mode != SCREEN_PRESENT || !view_section(view, area, scene)) {
        say(view, area, view_word(view, "No tensor yet."), scene);
    }
}

/* The figure at the left, or the tensor alone where the stage shows the figure already. */
void view_tensor_tab(const struct view *view, struct rect area, struct scene *scene)
{
    const struct trace_tensor *const subject = figure_subject(view);
    const float pad = view->type.text;
    struct rect inner = inset(area, pad * 0.6f);
    struct figure figure;

    if (!subject) {
        say(view, area, view_word(view, "No tensor yet."), scene);
        return;
    }
    const float taken = tensor_stats_draw(view, subject, inner, scene);
    inner.w -= taken > 0 ? taken + pad * 2 : 0;
    const bool alone = stage_shown(view) == STAGE_TENSOR;
    if (alone ? figure_read_alone(&figure, view) : figure_read(&figure, view)) {
        draw_figure(&figure, inner, scene);
    }
}

const char *view_tensor_equation(const struct view *view)
{
    struct figure figure;

    if (!figure_read(&figure, view)) {
        return "";
    }
    const char *const equation = figure_equation(&figure);
    const struct trace_tensor *const out = figure.parts[figure.count - 1].tensor;
    const char *const was =
        equation[0] && out && !figure.backward ? ghost_element(view, out->id, figure.chosen) : NULL;
    return was ? arena_format(view->arena, "%s · %s", equation, ghost_text(view, was)) : equation;
}

/* ---- elements ------------------------------------------------------------------------------- */

int64_t view_tensor_subject(const struct view *view)
{
    struct figure figure;

    if (!figure_read(&figure, view) || !figure.parts[figure.chosen_part].tensor) {
        return 0;
    }
    return figure.parts[figure.chosen_part].tensor->id;
}

/* A whole tensor above so many elements is on show as a sample. */
static struct sheet sheet_on_show(const struct trace_tensor *tensor, struct sheet *whole)
{
    *whole = sheet_of(tensor->ndim, tensor->shape);
    return tensor->count > SHEET_WHOLE_MAX ? sheet_sample(whole) : *whole;
}

static int64_t within(float part, int64_t count)
{
    const int64_t at = (int64_t)floorf(part * (float)count);

    return at < 0 ? 0 : at >= count ? count - 1 : at;
}

const char *view_tensor_title(const struct view *view, struct target element)
{
    struct figure figure;

    for (int i = 0; figure_read(&figure, view) && i < figure.count; i++) {
        const struct figure_part *const part = &figure.parts[i];
        double number;
        if (part->tensor && part->tensor->id == element.id &&
            figure_number(part, element.part, &number)) {
            const char *const was = ghost_element(view, element.id, element.part);
            return arena_format(view->arena, "%s%s = %s%s%s",
                                chain_factor(part->label, view->arena),
                                element_place(part->tensor, element.part, view->arena),
                                element_in_slot(view->arena, part->value->dtype, number),
                                was ? " · " : "", was ? ghost_text(view, was) : "");
        }
    }
    return "";
}

int64_t view_tensor_element(const struct view *view, struct target target, struct rect bounds,
                            struct point at)
{
    const struct trace_tensor *const tensor = trace_tensor(view->runs[0].trace, target.id);

    if (!tensor || tensor->count == 0 || bounds.w <= 0 || bounds.h <= 0) {
        return 0;
    }
    struct sheet whole;
    const struct sheet sheet = sheet_on_show(tensor, &whole);
    const int64_t row = within((at.y - bounds.y) / bounds.h, sheet.tile_rows);
    const int64_t column = within((at.x - bounds.x) / bounds.w, sheet.tile_columns);
    const int64_t down = target.part / sheet.across * sheet.tile_rows + row;
    const int64_t across = target.part % sheet.across * sheet.tile_columns + column;
    return tensor->count > SHEET_WHOLE_MAX ? sheet_sample_element(&whole, &sheet, down, across)
                                           : sheet_element(&sheet, down, across);
}
