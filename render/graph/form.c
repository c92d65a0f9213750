/* Sizes of cards and the places in them. They follow from kind, shape, names, level, language and
 * the type scale; a value or a moment never moves anything. */

#include "render/graph/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "lessons/trace/mask.h"
#include "render/device/device.h"

/* Slots for numbers of eight characters, in em of their size; cells hold six. */
static const float SLOT_EM = 4.8f, CELL_EM = 3.7f;
static const float PAD = 9, GAP = 6;
static const float COLUMN_GAP = 12; /* between parameters and result */
static const float LINE = 1.36f, FLAT_LINE = 1.22f, DRAWER_INSET = 4;
static const float LABEL_MAX = 160, TERSE_LABEL_MAX = 108, GROUP_NAME_MAX = 230;
enum { CELLS_MAX = 4, TERSE_CELLS = 8 };

static float width(const struct view *view, enum type_role role, const char *text, float size)
{
    return fonts_measure(view->fonts, role, text, strlen(text)) * size;
}

const char *graph_shape_text(const struct trace_tensor *tensor, struct arena *arena)
{
    struct text text = { 0 };
    text_append_char(&text, '(');
    for (int i = 0; i < tensor->ndim; i++) {
        text_format(&text, "%s%lld", i > 0 ? ", " : "", (long long)tensor->shape[i]);
    }
    text_append_string(&text, tensor->ndim == 1 ? ",)" : ")");
    const char *copy = arena_copy_text(arena, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

const char *graph_caption_text(const struct graph_card *card, const struct trace_tensor *tensor,
                               struct graph_units units, struct arena *arena)
{
    if (!units.terse) {
        return arena_format(arena, "%s · %s", card->shape, trace_dtype_text(tensor));
    }
    return tensor->count == 1 ? "" : card->shape;
}

static float line_of(struct graph_units units)
{
    return units.flat ? FLAT_LINE : LINE;
}

/* A short number stands large in a narrow slot too, a long one in text size. */
static struct value_form number_form(struct graph_units units)
{
    return (struct value_form){ .look = VALUE_NUMBER,
                                .rows = 1,
                                .columns = 1,
                                .w = SLOT_EM * (units.narrow ? UNIT_TEXT : units.value),
                                .h = units.value * (units.flat ? 1.12f : LINE) };
}

/* Cells stay square while there is room, between 1 and 16 units; a vector stays tall enough to be
 * seen. Of a wall of more tiles than anybody can tell apart the first are drawn. */
static struct value_form heat_form(const struct trace_tensor *tensor, struct graph_units units)
{
    static const float THINNEST = 12;
    const float widest = units.terse ? 110 : 190;
    const float tallest = units.terse ? 60 : units.flat ? 76 : 110;
    struct sheet sheet = sheet_of(tensor->ndim, tensor->shape);
    if (tensor->count > SHEET_WHOLE_MAX) {
        sheet = sheet_sample(&sheet);
    }
    const float across = (float)sheet_columns(&sheet), down = (float)sheet_rows(&sheet);
    const float gaps_across = GRAPH_TILE_GAP * (float)(sheet.across - 1);
    const float gaps_down = GRAPH_TILE_GAP * (float)(sheet.down - 1);
    const float cell =
        fminf(fmaxf(fminf((widest - gaps_across) / across, (tallest - gaps_down) / down), 1), 16);
    return (struct value_form){
        .look = VALUE_HEAT,
        .sheet = sheet,
        .w = fmaxf(fminf(across * cell + gaps_across, widest), THINNEST),
        .h = fmaxf(fminf(down * cell + gaps_down, tallest), THINNEST) + units.caption * LINE,
    };
}

/* As a sheet: a vector across, a matrix as it is, images as a wall. */
struct value_form graph_value_form(const struct trace_tensor *tensor, struct graph_units units)
{
    if (tensor->count <= 0) {
        return (struct value_form){ .look = VALUE_EMPTY, .w = 0, .h = units.value * LINE };
    }
    if (tensor->count == 1) {
        return number_form(units);
    }
    const struct sheet sheet = sheet_of(tensor->ndim, tensor->shape);
    const int most = units.terse ? TERSE_CELLS : CELLS_MAX * CELLS_MAX;
    if (sheet.tiles == 1 && sheet.tile_columns <= CELLS_MAX && sheet.tile_rows <= CELLS_MAX &&
        sheet.tile_columns * sheet.tile_rows <= most) {
        return (struct value_form){ .look = VALUE_CELLS,
                                    .rows = (int)sheet.tile_rows,
                                    .columns = (int)sheet.tile_columns,
                                    .w = (float)sheet.tile_columns * CELL_EM * units.caption,
                                    .h = (float)sheet.tile_rows * units.caption *
                                         (units.flat ? 1.36f : 1.5f) };
    }
    return heat_form(tensor, units);
}

/* A heat map says its range beneath, in caption size. */
static float least_width(const struct value_form *form, struct graph_units units)
{
    return form->look == VALUE_HEAT ? fmaxf(form->w, GRAPH_RANGE * units.caption) : form->w;
}

/* ---- a parameter's plate --------------------------------------------------------------------- */

/* One number: value and gradient side by side. A matrix: the gradient beneath, on the same grid, or beside
 * it where height is dear. */
static void form_parameter(struct card_parameter *parameter, const struct trace_tensor *tensor,
                           const struct graph_model *model, const struct view *view)
{
    const float head = model->units.caption * LINE;
    const float inset = model->units.flat ? 3 : 5;
    const float title =
        width(view, TYPE_MONO, graph_parameter_title(parameter, tensor, view->arena),
              model->units.caption);
    parameter->form = graph_value_form(tensor, model->units);
    if (parameter->form.look == VALUE_NUMBER) {
        const float w = SLOT_EM * UNIT_TEXT, h = UNIT_TEXT * line_of(model->units);
        const float word = model->units.caption * 3.4f; /* ".grad" */
        parameter->form.w = w;
        parameter->form.h = h;
        parameter->value = (struct rect){ inset, inset + head, w, h };
        parameter->grad = (struct rect){ inset + w + GAP, inset + head, w + word, h };
        parameter->place.w = fmaxf(2 * w + word + GAP, title + 4) + 2 * inset;
        parameter->place.h = head + h + 2 * inset;
        return;
    }
    const float cells = least_width(&parameter->form, model->units);
    const float w = fmaxf(fmaxf(cells, title), 100);
    parameter->value = (struct rect){ inset + 4, inset + head, w, parameter->form.h };
    parameter->abreast = model->units.flat && !(model->units.below && parameter->form.rows == 1);
    if (parameter->abreast) {
        const float beside = fmaxf(cells, model->units.caption * 3.4f) + 8;
        parameter->grad =
            (struct rect){ inset + 4 + w + GAP, inset, beside, head + parameter->form.h + 4 };
        parameter->place.w = parameter->grad.x + beside + inset;
        parameter->place.h = parameter->grad.h + 2 * inset;
        return;
    }
    parameter->grad = (struct rect){ inset, parameter->value.y + parameter->form.h + 5, w + 8,
                                     head + parameter->form.h + 4 };
    parameter->place.w = w + 8 + 2 * inset;
    parameter->place.h = parameter->grad.y + parameter->grad.h + inset;
}

/* A buffer: it has a value and never a gradient. */
static void form_buffer(struct card_parameter *parameter)
{
    const float inset =
        parameter->grad.x > parameter->value.x ? parameter->value.x : parameter->grad.x;
    parameter->abreast = false;
    parameter->grad = (struct rect){ 0 };
    parameter->place.h = parameter->value.y + parameter->value.h + inset;
}

static float form_parameters(struct graph_card *card, const struct graph_model *model,
                             const struct view *view)
{
    const struct trace *trace = view->runs[0].trace;
    float widest = 0;
    for (int i = 0; i < card->parameter_count; i++) {
        const struct trace_tensor *tensor = trace_tensor(trace, card->parameters[i].tensor);
        if (tensor) {
            form_parameter(&card->parameters[i], tensor, model, view);
            if (!tensor->parameter) {
                form_buffer(&card->parameters[i]);
            }
            widest = fmaxf(widest, card->parameters[i].place.w);
        }
    }
    return widest;
}

/* ---- a card ---------------------------------------------------------------------------------- */

static float head_width(const struct graph_card *card, const struct view *view,
                        struct graph_units units)
{
    const float most = units.terse ? TERSE_LABEL_MAX : LABEL_MAX;
    const float former = card->former ? width(view, TYPE_MONO_BOLD, card->former, UNIT_TEXT) : 0;
    const float label =
        fminf(fmaxf(width(view, TYPE_MONO_BOLD, card->label, UNIT_TEXT), former), most) + PAD;
    const float chip = card->symbol[0]
                           ? fmaxf(width(view, TYPE_UI_BOLD, card->symbol, units.caption), 10) + 16
                           : 0;
    return label + chip;
}

/* The name's line, with room for the chip beside it unless there is a formula below. */
static float head_line(const struct graph_card *card, struct graph_units units)
{
    const bool chip = card->symbol[0] && !card->formula[0];
    return fmaxf(UNIT_TEXT * line_of(units), chip ? units.caption * GRAPH_CHIP : 0);
}

static float gradient_width(const struct graph_card *card, const struct view *view,
                            struct graph_units units)
{
    const float inset = 8;
    if (card->passing) {
        const char *const told = units.terse ? "∂loss/∂…" : view_word(view, "passing, not kept");
        return fmaxf(card->form.w, width(view, TYPE_UI, told, units.caption)) + 2 * inset - 2 * PAD;
    }
    if (card->drawer) {
        /* "18 + 18 = 36" in text size */
        const float sum = width(view, TYPE_UI_BOLD, "18 + 18 = 36", UNIT_TEXT);
        return fmaxf(card->form.w, sum) + 2 * inset + 2 * DRAWER_INSET - 2 * PAD;
    }
    return 0;
}

bool graph_gradient_is_told(const struct graph_model *model)
{
    return model->level == GRAPH_MATHEMATICS && !model->units.terse;
}

bool graph_gradient_is_row(const struct graph_card *card, struct graph_units units)
{
    return units.flat && card->form.look == VALUE_NUMBER && card->kind != CARD_NODE &&
           card->kind != CARD_ACCUMULATE;
}

/* Its cells at the right, what it is called and what becomes of it at the left: the card is as wide as its
 * parameters. */
static bool gradient_is_abreast(const struct graph_card *card, struct graph_units units)
{
    return units.flat && card->passing && card->parameter_count > 0 &&
           card->form.look != VALUE_NUMBER;
}

static float gradient_height(const struct graph_card *card, struct graph_units units)
{
    const float line = units.caption * line_of(units);
    const float told = units.terse ? 0 : line;
    if (gradient_is_abreast(card, units)) {
        return fmaxf(card->form.h, line + told) + 8;
    }
    const float body = fmaxf(card->form.h, units.value * LINE);
    if (graph_gradient_is_row(card, units)) {
        /* Name and number, and a line below or above. */
        return UNIT_TEXT * FLAT_LINE + (card->passing ? told : line) + 5;
    }
    return card->passing ? line + told + body + 8 : card->drawer ? line + body + 8 : 0;
}

/* A number of the code is as wide as it is written; one that was taken out of a tensor is a small note
 * beside the graph, with a slot, and below it how it was taken. */
static void form_constant(struct graph_card *card, struct graph_units units,
                          const struct view *view)
{
    const bool taken = card->formula[0] != '\0';
    const float size = UNIT_TEXT;
    const float number = taken ? SLOT_EM * size : width(view, TYPE_UI_BOLD, card->label, size);
    const float word = width(view, TYPE_MONO, card->formula, units.caption);
    const float line = taken ? units.caption * LINE : 0, pad = PAD / 2;
    card->w = fmaxf(fmaxf(number, word), size) + 2 * pad;
    card->h = size * LINE + line + pad;
    card->value = (struct rect){ pad, pad / 2, card->w - 2 * pad, size * LINE };
    card->caption = (struct rect){ pad, pad / 2 + size * LINE, card->w - 2 * pad, line };
    card->form = (struct value_form){
        .look = VALUE_NUMBER, .rows = 1, .columns = 1, .w = card->value.w, .h = card->value.h
    };
    card->body_h = card->h;
}

static float place_below(struct rect *rect, float y, float w, float h)
{
    *rect = (struct rect){ PAD, y, w - 2 * PAD, h };
    return y + h;
}

/* As wide as the card; cells and what is below them go with it, a lone number keeps its slot. */
static void stretch(struct card_parameter *parameter, float w)
{
    const float more = w - parameter->place.w;
    parameter->place.w = w;
    if (parameter->form.look != VALUE_NUMBER && parameter->abreast) {
        parameter->value.w += more / 2;
        parameter->grad.x += more / 2;
        parameter->grad.w += more / 2;
    } else if (parameter->form.look != VALUE_NUMBER) {
        parameter->value.w += more;
        parameter->grad.w += parameter->grad.h > 0 ? more : 0;
    }
}

static float place_parameters(struct graph_card *card, float y, float w, bool flat)
{
    for (int i = 0; i < card->parameter_count; i++) {
        card->parameters[i].place.x = PAD;
        const float gap = flat ? GAP / 2 : GAP;
        card->parameters[i].place.y = y + gap;
        stretch(&card->parameters[i], w);
        y += gap + card->parameters[i].place.h;
    }
    return y;
}

/* The parameters at the left, the result beside them in the middle of their height. */
static float place_columns(struct graph_card *card, float y, float left, float caption)
{
    const float end = fmaxf(place_parameters(card, y, left, true), y + card->form.h + caption);
    const float top = y + (end - y - card->form.h - caption) / 2;
    const float x = PAD + left + COLUMN_GAP, w = card->w - PAD - x;
    card->value = (struct rect){ x, top, w, card->form.h };
    card->caption = (struct rect){ x, top + card->form.h, w, caption };
    return end;
}

/* A drawer is part of the furniture; what passes through floats free of the card. */
static void hang_gradient(struct graph_card *card, float y, float height, struct graph_units units)
{
    card->body_h = ceilf(y + PAD * (units.flat ? 0.4f : 0.7f));
    card->h = card->body_h;
    if (card->passing || card->drawer) {
        const float gap = card->drawer ? 0 : 5, inset = card->drawer ? DRAWER_INSET : 0;
        card->gradient = (struct rect){ inset, card->body_h + gap, card->w - 2 * inset, height };
        card->abreast = gradient_is_abreast(card, units);
        card->h = ceilf(card->body_h + gap + height);
    }
}

/* "cpu → cuda:0" over "999 MiB · 999 ms · 999 MB/s": slots, whatever it will be. */
static float crossing_width(const struct view *view, struct graph_units units)
{
    return fmaxf(width(view, TYPE_MONO_BOLD, "cuda:0 → cuda:1", units.caption),
                 width(view, TYPE_UI, "99.9 MiB · 9.99 ms · 9.99 GB/s", units.caption)) +
           8;
}

static void form_tensor_card(struct graph_card *card, const struct graph_model *model,
                             const struct view *view)
{
    const struct graph_units units = model->units;
    const struct trace_tensor *tensor = trace_tensor(view->runs[0].trace, card->tensor);
    card->form = graph_value_form(tensor, units);
    const char *caption = graph_caption_text(card, tensor, units, view->arena);
    float inner = fmaxf(least_width(&card->form, units), head_width(card, view, units));
    inner = fmaxf(inner, width(view, TYPE_MONO, caption, units.caption));
    inner = fmaxf(inner, gradient_width(card, view, units));
    const float plates = form_parameters(card, model, view);
    const bool columns = units.flat && !units.below && plates > 0;
    const float result =
        fmaxf(least_width(&card->form, units), width(view, TYPE_MONO, caption, units.caption));
    inner = fmaxf(inner, plates + (columns ? result + COLUMN_GAP : 0));
    if (card->cut) {
        inner = fmaxf(inner, width(view, TYPE_UI, graph_cut_text(card, view), units.caption));
    }
    if (card->has_saved) {
        inner = fmaxf(inner, graph_saved_least(card, view, units));
    }
    if (card->formula[0]) {
        inner = fmaxf(inner, width(view, TYPE_MONO, card->formula, UNIT_TEXT));
    }
    const bool crosses = card->placed && device_crossed(&view->runs[0], tensor);
    inner = crosses ? fmaxf(inner, crossing_width(view, units)) : inner;
    card->w = ceilf(inner + 2 * PAD);

    const float line = line_of(units), pad = PAD * (units.flat ? 0.4f : 0.7f);
    const float told = caption[0] ? units.caption * line : 0;
    const float top = card->placed ? units.caption * 0.5f : 0; /* half of the device's tag */
    const float name = head_line(card, units);
    float y = place_below(&card->head, pad + top, card->w, name);
    if (card->formula[0]) {
        card->head.h += name;
        y += name;
    }
    if (columns) {
        const float left = inner - result - COLUMN_GAP;
        y = place_columns(card, y, left, told);
    } else {
        y = card->formula[0] ? place_parameters(card, y, card->w - 2 * PAD, units.flat) + GAP : y;
        y = place_below(&card->value, y + 1, card->w, card->form.h);
        y = place_below(&card->caption, y, card->w, told);
    }
    if (crosses) {
        y = place_below(&card->crossing, y + 3, card->w, 2 * units.caption * line + 2);
    }
    if (card->has_saved || card->cut) {
        y = place_below(&card->saved, y + (units.flat ? 1 : 3), card->w,
                        units.caption * fminf(1.5f, line + 0.1f));
    }
    hang_gradient(card, y, gradient_height(card, units), units);
}

/* ---- a closed box ---------------------------------------------------------------------------- */

/* A sign that it opens stands before the name, how often it is repeated behind it. */
static float group_width(const struct graph_card *card, struct graph_units units,
                         const struct view *view)
{
    const struct graph_group *group = card->group;
    const float name = width(view, TYPE_MONO_BOLD, card->label, UNIT_TEXT);
    const float count =
        group->count[0] ? width(view, TYPE_UI_BOLD, group->count, UNIT_TEXT) + 2 * PAD : 0;
    float inner = GRAPH_CHEVRON + fminf(name, GROUP_NAME_MAX) + count;
    inner = fmaxf(inner, width(view, TYPE_MONO, group->shapes, units.caption));
    inner = fmaxf(inner, fminf(width(view, TYPE_UI, group->detail, units.caption), GROUP_NAME_MAX));
    inner = fmaxf(inner, width(view, TYPE_UI, group->parameters, units.caption));
    inner = fmaxf(inner, gradient_width(card, view, units));
    return fmaxf(inner, graph_saved_inside_width(group, view, units, false));
}

/* As mathematics it shows the value of its result; of PyTorch's nodes only what comes back. */
static void form_group(struct graph_card *card, const struct graph_model *model,
                       const struct view *view)
{
    struct graph_group *group = card->group;
    const struct graph_units units = model->units;
    const struct trace_tensor *tensor = trace_tensor(view->runs[0].trace, card->tensor);
    const float line = units.caption * LINE;
    card->form =
        tensor ? graph_value_form(tensor, units) : (struct value_form){ .look = VALUE_EMPTY };
    const bool valued = tensor && model->level == GRAPH_MATHEMATICS &&
                        (!units.terse || card->form.look == VALUE_NUMBER);
    card->w =
        ceilf(fmaxf(group_width(card, units, view), valued ? least_width(&card->form, units) : 0) +
              2 * PAD);
    float y = place_below(&card->head, PAD * 0.7f, card->w, UNIT_TEXT * LINE);
    y = place_below(&group->detail_place, y, card->w, group->detail[0] ? line : 0);
    y = place_below(&group->parameters_place, y, card->w, group->parameters[0] ? line : 0);
    y = place_below(&card->value, y + (valued ? 3 : 0), card->w, valued ? card->form.h : 0);
    y = place_below(&card->caption, y + 2, card->w, line);
    y = place_below(&card->saved, y, card->w, group->saved_count > 0 ? units.caption * 1.5f : 0);
    hang_gradient(card, y, gradient_height(card, units), units);
    /* Sheets of a pile look out below. */
    const float sheets = group->count[0] ? 2 * GRAPH_SHEET : 0;
    card->gradient.y += sheets;
    card->h += sheets;
}

/* What was passed over: which arm, its lines, who went there. */
static void form_arm(struct graph_card *card, struct graph_units units, const struct view *view)
{
    const struct graph_arm *const arm = card->arm;
    const float line = units.caption * LINE;
    float inner = fmaxf(width(view, TYPE_MONO_BOLD, card->label, UNIT_TEXT),
                        width(view, TYPE_UI_BOLD, arm->who, units.caption));
    for (int i = 0; i < arm->line_count; i++) {
        inner = fmaxf(inner, width(view, TYPE_MONO, arm->lines[i], units.caption));
    }
    card->form = (struct value_form){ .look = VALUE_EMPTY };
    card->w = ceilf(inner + 2 * PAD);
    float y = place_below(&card->head, PAD * 0.7f, card->w, UNIT_TEXT * LINE);
    y = place_below(&card->value, y, card->w, line * (float)arm->line_count);
    y = place_below(&card->caption, y, card->w, line);
    card->body_h = card->h = ceilf(y + PAD * 0.7f);
}

/* PyTorch level: the node's name, what it keeps, what came in. */
static void form_node_card(struct graph_card *card, const struct graph_model *model,
                           const struct view *view)
{
    const struct graph_units units = model->units;
    const struct trace_tensor *tensor = trace_tensor(view->runs[0].trace, card->tensor);
    card->form = tensor ? graph_value_form(tensor, units) : number_form(units);
    float inner = width(view, TYPE_MONO_BOLD, card->label, UNIT_TEXT);
    inner = fmaxf(inner, width(view, TYPE_UI, card->formula, units.caption));
    inner = card->former ? fmaxf(inner, width(view, TYPE_UI, card->former, units.caption)) : inner;
    inner = fmaxf(inner, card->form.w + 16);
    inner = card->has_saved ? fmaxf(inner, graph_saved_least(card, view, units)) : inner;
    card->w = ceilf(inner + 2 * PAD);
    float y = place_below(&card->head, PAD * 0.7f, card->w, UNIT_TEXT * LINE);
    y = place_below(&card->caption, y, card->w, units.caption * LINE);
    if (card->has_saved) {
        y = place_below(&card->saved, y + 3, card->w, units.caption * 1.5f);
    }
    hang_gradient(card, y, units.caption * LINE + fmaxf(card->form.h, units.value * LINE) + 8,
                  units);
}

/* Where all is on the CPU no card has to say so. */
static bool place_on_devices(struct graph_model *model, const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    bool elsewhere = false;
    for (int i = 0; i < model->card_count && !elsewhere; i++) {
        const struct trace_tensor *tensor = trace_tensor(run->trace, model->cards[i].tensor);
        elsewhere = tensor && !device_is_cpu(tensor->device);
    }
    for (int i = 0; i < model->card_count; i++) {
        struct graph_card *card = &model->cards[i];
        card->placed =
            elsewhere && (card->kind == CARD_LEAF || card->kind == CARD_RESULT) && card->tensor > 0;
    }
    return elsewhere;
}

void graph_form_cards(struct graph_model *model, const struct view *view)
{
    const bool tagged = place_on_devices(model, view);
    for (int i = 0; i < model->card_count; i++) {
        struct graph_card *card = &model->cards[i];
        switch (card->kind) {
        case CARD_LEAF:
        case CARD_RESULT:
            form_tensor_card(card, model, view);
            break;
        case CARD_CONSTANT:
            form_constant(card, model->units, view);
            break;
        case CARD_NODE:
        case CARD_ACCUMULATE:
            form_node_card(card, model, view);
            break;
        case CARD_GROUP:
            form_group(card, model, view);
            break;
        case CARD_ARM:
            form_arm(card, model->units, view);
            break;
        }
    }
    for (int i = 0; i < model->cluster_count; i++) {
        model->clusters[i].title_w =
            width(view, TYPE_MONO, model->clusters[i].title, model->units.caption) + GRAPH_CHEVRON +
            2 * PAD;
    }
    model->brief = graph_saved_is_brief(model, view);
    graph_stand_apart(model, view, tagged);
}
