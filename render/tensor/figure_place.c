/* Where the parts of a figure stand. Sizes follow from shapes and from what kind of numbers a tensor
 * holds over the whole run, never from the moment. */

#include "render/tensor/figure.h"

#include <math.h>
#include <string.h>

/* Widths of cells in em of their text; heights of lines. */
static const float NARROW_EM = 2.3f, WIDE_EM = 3.9f, LINE = 1.45f;
/* What a name may take of the width, in em of text: where there is room, and where not. */
static const float LABEL_LONG = 24, LABEL_MOST = 14;
/* Presenting: no cell with a number is lower than this part of the screen. */
static const float LEAST_CELL = 0.05f;
enum {
    NUMBERS_HUGE = 4,
    NUMBERS_LARGEST = 6,
    NUMBERS_PRESENT = 8,
    NUMBERS_SMALL = 12,
    NUMBERS_EXPLORE = 16
};

/* How the figure is tried to be set: the first that fits. */
struct setting {
    float text;   /* size of the numbers; 0: colours only */
    int64_t most; /* rows and columns with numbers */
    bool upright; /* operands above each other */
    float scale;  /* of cells without numbers */
    float label;  /* LABEL_LONG or LABEL_MOST */
};

static float em(const struct figure *figure, enum type_role role, const char *text)
{
    return fonts_measure(figure->view->fonts, role, text, strlen(text));
}

static float caption_line(const struct figure *figure)
{
    return figure->view->type.caption * LINE;
}

float figure_shape_size(const struct figure *figure)
{
    const struct type_scale *const type = &figure->view->type;
    const bool large = figure->view->state->mode == SCREEN_PRESENT &&
                       figure->text >= type->sentence && figure->form != FIGURE_CROSS;

    return large ? type->text : type->caption;
}

static int digits(int64_t number)
{
    int count = 1;

    for (; number >= 10; number /= 10) {
        count++;
    }
    return count;
}

/* Room left of the cells: for the rows' numbers, and for half of a column's number. */
static float row_margin(const struct figure *figure, const struct figure_part *part)
{
    const float size = figure->view->type.caption;
    const bool rows = part->tensor && part->tensor->ndim > 1 && part->tensor->count > 0;

    return rows ? ((float)digits(part->tensor->shape[part->tensor->ndim - 2]) * 0.6f + 0.5f) * size
                : size * 0.5f;
}

/* And right of them: the last column's number may be wider than its cell. */
static float right_margin(const struct figure *figure, const struct figure_part *part)
{
    const float size = figure->view->type.caption;
    const int64_t last =
        part->tensor && part->tensor->ndim > 0 ? part->tensor->shape[part->tensor->ndim - 1] : 1;

    return fmaxf(((float)digits(last) * 0.6f * size - part->cell_w) / 2, 0);
}

static float column_margin(const struct figure *figure, const struct figure_part *part)
{
    return part->tensor && part->tensor->ndim > 0 ? caption_line(figure) : 0;
}

/* ---- one part ------------------------------------------------------------------------------- */

/* One number is always written out. */
static bool has_numbers(const struct figure_part *part, const struct setting *setting)
{
    const bool one = part->sheet.tiles > 0 && part->tensor->count == 1;

    return (setting->text > 0 || one) && part->value && !part->value->sampled &&
           (one || (sheet_rows(&part->sheet) <= setting->most &&
                    sheet_columns(&part->sheet) <= setting->most));
}

static void size_cells(const struct figure *figure, struct figure_part *part,
                       const struct setting *setting)
{
    const bool present = figure->view->state->mode == SCREEN_PRESENT;
    const float side = present ? figure->least_h : figure->view->type.text * LINE;
    const int64_t across = sheet_columns(&part->sheet), down = sheet_rows(&part->sheet);

    part->heat = !has_numbers(part, setting);
    if (!part->heat) {
        const float text = setting->text > 0 ? setting->text : figure->view->type.text;
        part->cell_h = fmaxf(text * LINE, present ? figure->least_h : 0);
        part->cell_w = fmaxf(text * (part->narrow ? NARROW_EM : WIDE_EM), part->cell_h);
    } else {
        const int64_t most = across > down ? across : down;
        const float room = side * 32 * setting->scale;
        const float cell = most > 0 ? fmaxf(fminf(room / (float)most, side), 0.5f) : side;
        /* A long vector stays thick enough to be seen. */
        part->cell_w = across > 0 ? fmaxf(cell, fminf(side, room) / (float)across) : cell;
        part->cell_h = down > 0 ? fmaxf(cell, fminf(side, room) / (float)down) : cell;
    }
    part->gap = part->sheet.tiles > 1 ? fmaxf(part->cell_h * 0.35f, 3) : 0;
    part->head = part->sheet.tiles > 1 && !part->heat ? caption_line(figure) : part->gap;
}

/* A cross in a box, the expression above it, two lines below. */
static void size_refused(const struct figure *figure, struct figure_part *part, float label)
{
    const float caption = figure->view->type.caption, text = figure->view->type.text;
    const float below =
        fmaxf(em(figure, TYPE_UI_BOLD, part->refused), em(figure, TYPE_UI, part->shape));
    const float words =
        fmaxf(below * caption, fminf(em(figure, TYPE_MONO_BOLD, part->label), label) * text);

    part->cells.w = part->cells.h = text * LINE * 2;
    part->box.w = fmaxf(part->cells.w, words) + 1;
    part->box.h = text * LINE + part->cells.h + 2 * caption_line(figure);
}

static void size_part(const struct figure *figure, struct figure_part *part,
                      const struct setting *setting)
{
    const float caption = figure->view->type.caption, text = figure->view->type.text;

    if (part->refused) {
        size_refused(figure, part, setting->label);
        return;
    }
    if (!part->tensor) {
        const float size = setting->text > 0 ? setting->text : text;
        part->cells =
            (struct rect){ 0, 0, em(figure, TYPE_UI, part->label) * size + 4, size * LINE };
        part->box = part->cells;
        return;
    }
    size_cells(figure, part, setting);
    const struct sheet *const sheet = &part->sheet;
    part->cells.w = (float)sheet_columns(sheet) * part->cell_w +
                    part->gap * (float)(sheet->across > 0 ? sheet->across - 1 : 0);
    part->cells.h = (float)sheet_rows(sheet) * part->cell_h +
                    part->head * (float)(sheet->down > 0 ? sheet->down - 1 : 0);
    const float shape = figure_shape_size(figure);
    const float below =
        fmaxf(em(figure, TYPE_UI, part->shape) * shape, em(figure, TYPE_UI, part->more) * caption);
    const float words =
        fmaxf(below, fminf(em(figure, TYPE_MONO_BOLD, part->label), setting->label) * text);
    part->box.w =
        fmaxf(part->cells.w + row_margin(figure, part) + right_margin(figure, part), words);
    part->box.h = text * LINE + column_margin(figure, part) + part->cells.h + shape * LINE +
                  (part->more[0] ? caption_line(figure) : 0);
}

/* Moves a part so that its box begins there; the cells are centred in its width. */
static void put_part(const struct figure *figure, struct figure_part *part, float x, float y)
{
    const float margin = part->tensor ? row_margin(figure, part) : 0;
    const float after = part->tensor ? right_margin(figure, part) : 0;
    const float spare = part->box.w - margin - after - part->cells.w;

    part->box.x = x;
    part->box.y = y;
    part->cells.x = x + margin + fmaxf(spare / 2, 0);
    if (part->refused) {
        part->cells.x = x;
        part->cells.y = y + figure->view->type.text * LINE;
        return;
    }
    part->cells.y = part->tensor ? y + figure->view->type.text * LINE + column_margin(figure, part)
                                 : y + (part->box.h - part->cells.h) / 2;
}

/* ---- a row ---------------------------------------------------------------------------------- */

/* A sign is as large as the numbers; a word is not. */
float figure_sign_size(const struct figure *figure)
{
    const struct type_scale *const type = &figure->view->type;
    const bool sign = figure->infix || figure->form == FIGURE_CROSS;

    return fmaxf(type->text, sign ? figure->text : fminf(figure->text, type->sentence));
}

static float sign_width(const struct figure *figure)
{
    const float size = figure_sign_size(figure);

    return fmaxf(em(figure, TYPE_UI_BOLD, figure->sign) * size, size) + 1.6f * size;
}

static float operands_gap(const struct figure *figure)
{
    return figure->infix ? sign_width(figure)
                         : figure->view->type.text * (figure->compared ? 2 : 1.2f);
}

/* The operands as one box, side by side or above each other. */
static struct rect operands_box(struct figure *figure, bool upright)
{
    const float gap = operands_gap(figure);
    struct rect all = { 0 };

    for (int i = 0; i + 1 < figure->count; i++) {
        const struct rect box = figure->parts[i].box;
        if (upright) {
            all.w = fmaxf(all.w, box.w);
            all.h += box.h + (i > 0 ? figure->view->type.text * 0.4f : 0);
        } else {
            all.w += box.w + (i > 0 ? gap : 0);
            all.h = fmaxf(all.h, box.h);
        }
    }
    return all;
}

static void put_operands(struct figure *figure, struct rect in, bool upright)
{
    const float gap = operands_gap(figure);
    float x = in.x, y = in.y;

    for (int i = 0; i + 1 < figure->count; i++) {
        struct figure_part *const part = &figure->parts[i];
        if (upright) {
            put_part(figure, part, in.x + (in.w - part->box.w) / 2, y);
            y += part->box.h + figure->view->type.text * 0.4f;
        } else {
            put_part(figure, part, x, in.y + (in.h - part->box.h) / 2);
            x += part->box.w + gap;
        }
    }
}

/* Plain numbers stand level with the cells beside them. */
static void level_numbers(struct figure *figure)
{
    for (int i = 0; i + 1 < figure->count; i++) {
        const struct rect beside = figure->parts[i > 0 ? 0 : figure->count - 1].cells;
        struct rect *const cells = &figure->parts[i].cells;
        if (!figure->parts[i].tensor) {
            cells->y = beside.y + (beside.h - cells->h) / 2;
        }
    }
}

static bool place_row(struct figure *figure, struct rect area, const struct setting *setting)
{
    struct figure_part *const result = &figure->parts[figure->count - 1];
    const float apart = figure->view->type.text;
    const float between = figure->compared ? 2 * apart : sign_width(figure) + apart;

    for (int i = 0; i < figure->count; i++) {
        size_part(figure, &figure->parts[i], setting);
    }
    struct rect operands = operands_box(figure, setting->upright);
    const float w = operands.w + between + result->box.w, h = fmaxf(operands.h, result->box.h);
    operands.x = area.x + (area.w - w) / 2;
    operands.y = area.y + (area.h - operands.h) / 2;
    put_operands(figure, operands, setting->upright);
    figure->arrow = (struct rect){ operands.x + operands.w, area.y + area.h / 2 - figure->text,
                                   between, 2 * figure->text };
    put_part(figure, result, operands.x + operands.w + between,
             area.y + (area.h - result->box.h) / 2);
    if (!setting->upright) {
        level_numbers(figure);
    }
    if (figure->assigned && !setting->upright) {
        put_part(figure, result, result->box.x, figure->parts[0].box.y);
    }
    return w <= area.w && h <= area.h;
}

static bool place_alone(struct figure *figure, struct rect area, const struct setting *setting)
{
    struct figure_part *const part = &figure->parts[0];

    size_part(figure, part, setting);
    put_part(figure, part, area.x + (area.w - part->box.w) / 2,
             area.y + (area.h - part->box.h) / 2);
    return part->box.w <= area.w && part->box.h <= area.h;
}

/* ---- a cross -------------------------------------------------------------------------------- */

/* All three have cells of one size, so that rows and columns run on. */
static void even_cells(struct figure *figure, const struct setting *setting)
{
    bool numbers = true, narrow = true;
    float side = 1e9f;

    for (int i = 0; i < 3; i++) {
        numbers = numbers && has_numbers(&figure->parts[i], setting);
        narrow = narrow && figure->parts[i].narrow;
    }
    const struct setting same = numbers ? *setting : (struct setting){ .scale = setting->scale };
    for (int i = 0; i < 3; i++) {
        struct figure_part *const part = &figure->parts[i];
        part->narrow = narrow;
        size_part(figure, part, &same);
        side = fminf(side, fminf(part->cell_w, part->cell_h));
    }
    for (int i = 0; i < 3; i++) {
        struct figure_part *const part = &figure->parts[i];
        const float w = part->heat ? side : part->cell_w, h = part->heat ? side : part->cell_h;
        part->cell_w = w;
        part->cell_h = h;
        part->cells.w = w * (float)sheet_columns(&part->sheet);
        part->cells.h = h * (float)sheet_rows(&part->sheet);
    }
}

/* Name and shape of a part beside each other. */
static float line_of_words(const struct figure *figure, const struct figure_part *part)
{
    return fminf(em(figure, TYPE_MONO_BOLD, part->label), LABEL_MOST) * figure->view->type.text +
           (em(figure, TYPE_UI, part->shape) + 1.2f) * figure->view->type.caption;
}

/* Falk's scheme: a below at the left, b above at the right, a @ b where they meet. The result has the
 * rows' numbers of a and the columns' numbers of b. */
static bool place_cross(struct figure *figure, struct rect area, const struct setting *setting)
{
    struct figure_part *const a = &figure->parts[0], *const b = &figure->parts[1];
    struct figure_part *const out = &figure->parts[2];
    const float text = figure->view->type.text * LINE, line = caption_line(figure);

    even_cells(figure, setting);
    const float gap = text * 0.8f, left = text + row_margin(figure, b);
    const float after = right_margin(figure, a);
    const float a_w = fmaxf(a->cells.w + row_margin(figure, a) + after, line_of_words(figure, a));
    const float words = fmaxf(line_of_words(figure, b), line_of_words(figure, out));
    const float right_w = fmaxf(b->cells.w + right_margin(figure, b), words);
    const float w = a_w + left + right_w;
    const float h = text + line + b->cells.h + gap + out->cells.h + text;
    const float x = area.x + fmaxf((area.w - w) / 2, 0), y = area.y + fmaxf((area.h - h) / 2, 0);

    b->cells.x = out->cells.x = x + a_w + left;
    b->cells.y = y + text + line;
    out->cells.y = a->cells.y = b->cells.y + b->cells.h + gap;
    a->cells.x = x + a_w - after - a->cells.w;
    a->box = (struct rect){ x, a->cells.y - line, a_w, line + a->cells.h + text };
    b->box = (struct rect){ b->cells.x - left, y, right_w + left, text + line + b->cells.h };
    out->box = (struct rect){ out->cells.x, out->cells.y, right_w, out->cells.h + text };
    figure->arrow = (struct rect){ x, y, a_w + left, a->box.y - y };
    return w <= area.w && h <= area.h;
}

/* ---- trying --------------------------------------------------------------------------------- */

static bool try_setting(struct figure *figure, struct rect area, const struct setting *setting)
{
    figure->text = setting->text > 0 ? setting->text : figure->view->type.text;
    switch (figure->form) {
    case FIGURE_ALONE:
        return place_alone(figure, area, setting);
    case FIGURE_CROSS:
        return place_cross(figure, area, setting);
    case FIGURE_ROW:
        break;
    }
    return place_row(figure, area, setting);
}

static bool try_both(struct figure *figure, struct rect area, struct setting setting)
{
    setting.label = LABEL_LONG;
    if (try_setting(figure, area, &setting)) {
        return true;
    }
    setting.label = LABEL_MOST;
    if (try_setting(figure, area, &setting)) {
        return true;
    }
    setting.upright = true;
    return figure->form == FIGURE_ROW && figure->count > 2 && !figure->infix &&
           try_setting(figure, area, &setting);
}

static bool fits_largest(const struct figure *figure, const struct setting *largest)
{
    for (int i = 0; i < figure->count; i++) {
        if (figure->parts[i].tensor && !has_numbers(&figure->parts[i], largest)) {
            return false;
        }
    }
    return true;
}

static bool has_any_number(const struct figure *figure, const struct setting *setting)
{
    for (int i = 0; i < figure->count; i++) {
        if (figure->parts[i].tensor && has_numbers(&figure->parts[i], setting)) {
            return true;
        }
    }
    return false;
}

/* Numbers where the setting has them, and colours as large as fits beside them. */
static bool try_sizes(struct figure *figure, struct rect area, struct setting setting)
{
    static const float smallest = 0.01f, smaller = 0.87f;
    bool colours = setting.text <= 0;

    for (int i = 0; i < figure->count; i++) {
        const struct figure_part *const part = &figure->parts[i];
        colours = colours || (part->tensor && !has_numbers(part, &setting));
    }
    for (; setting.scale > smallest; setting.scale *= smaller) {
        if (try_both(figure, area, setting)) {
            return true;
        }
        if (!colours) {
            return false;
        }
    }
    return false;
}

enum { NUMBER_SIZES = 4, LARGE_SIZES = 2 };

static bool try_numbers(struct figure *figure, struct rect area,
                        const struct setting settings[NUMBER_SIZES])
{
    for (int i = 0; i < NUMBER_SIZES; i++) {
        if (i < LARGE_SIZES && !fits_largest(figure, &settings[i])) {
            continue;
        }
        if (has_any_number(figure, &settings[i]) && try_sizes(figure, area, settings[i])) {
            return true;
        }
    }
    return false;
}

bool figure_place(struct figure *figure, struct rect area)
{
    const struct type_scale *const type = &figure->view->type;
    const bool present = figure->view->state->mode == SCREEN_PRESENT;
    /* What is small may be seen from afar. */
    const struct setting settings[NUMBER_SIZES] = {
        { type->value * (present ? 1.25f : 0.85f), NUMBERS_HUGE, .scale = 1 },
        { present ? type->sentence : type->value * 0.85f, NUMBERS_LARGEST, .scale = 1 },
        { type->text, present ? NUMBERS_PRESENT : NUMBERS_EXPLORE, .scale = 1 },
        { type->caption, present ? NUMBERS_SMALL : NUMBERS_EXPLORE, .scale = 1 },
    };

    figure->least_h = type->text / 0.032f * LEAST_CELL;
    if (try_numbers(figure, area, settings)) {
        return true;
    }
    /* A cross is high: before its numbers become colours, it is laid down. */
    if (figure->form == FIGURE_CROSS) {
        figure->form = FIGURE_ROW;
        figure->infix = !figure->backward;
        if (try_numbers(figure, area, settings)) {
            return true;
        }
        figure->form = FIGURE_CROSS;
        figure->infix = false;
    }
    return try_sizes(figure, area, (struct setting){ .scale = 1 });
}
