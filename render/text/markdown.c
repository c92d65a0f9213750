#include "render/text/markdown.h"

#include <stdlib.h>
#include <string.h>

#include <md4c.h>

#include "engine/base/array.h"
#include "render/code/code.h"
#include "render/text/formula.h"

static const float PITCH = 1.45f, PARAGRAPH_GAP = 0.55f;
static const float CHIP_EDGE = 0.1f; /* of the plate around code, on either side */

enum { LIST_DEPTH = 8, QUOTE_DEPTH = 4, CODE_PIECES = 16 };

/* A run of text in one style. Pieces of a block are set one behind the other. */
struct piece {
    const char *bytes;
    size_t length;
    enum type_role role;
    bool code, breaks; /* a line break of the text is one of the page */
    bool strike;
};

/* Cells side by side, all equally wide. */
struct table {
    struct rect area; /* of the text around it */
    unsigned columns, column;
    float top, foot; /* of the row */
};

struct setter {
    const struct view *view;
    struct scene *scene;
    struct rect area;
    float y; /* top of what comes next */

    /* The block that is being read. */
    struct piece *pieces;
    size_t piece_count, piece_capacity;
    float size;
    enum type_role role;
    int strong, emphasis, code, strike;
    bool fenced;               /* in a block of code */
    bool python;               /* which is to be coloured */
    bool after_display;        /* the next text begins a line */
    int depth;                 /* of lists */
    unsigned item[LIST_DEPTH]; /* next number; 0: a bullet */
    const char *mark;          /* of the item that begins */
    float quote_top[QUOTE_DEPTH];
    int quotes;
    struct table table;
    float x;
};

/* ---- setting a block -------------------------------------------------------------------- */

static float indent(const struct setter *setter)
{
    const float wanted = (float)(setter->depth + setter->quotes) * setter->view->type.text * 1.4f;

    return wanted < setter->area.w / 2 ? wanted : setter->area.w / 2;
}

static float width_of(const struct setter *setter, enum type_role role, const char *bytes,
                      size_t length)
{
    return fonts_measure(setter->view->fonts, role, bytes, length) * setter->size;
}

static void write_word(struct setter *setter, const struct piece *piece, const char *bytes,
                       size_t length, float width)
{
    const float baseline = setter->y + setter->size * 1.05f;

    if (!setter->scene) {
        return;
    }
    if (piece->code) {
        scene_rect(setter->scene,
                   &(struct draw_rect){ .rect = { setter->x - setter->size * CHIP_EDGE,
                                                  setter->y + setter->size * 0.12f,
                                                  width + setter->size * 2 * CHIP_EDGE,
                                                  setter->size * 1.24f },
                                        .radius = setter->size * 0.2f,
                                        .fill = INK_FORWARD_SOFT });
    }
    scene_text(setter->scene, &(struct draw_text){ .at = { setter->x, baseline },
                                                   .bytes = bytes,
                                                   .length = length,
                                                   .role = piece->role,
                                                   .size = setter->size,
                                                   .ink = INK_TEXT,
                                                   .strike = piece->strike,
                                                   .max_width = setter->area.w });
}

static void new_line(struct setter *setter)
{
    setter->y += setter->size * PITCH;
    setter->x = setter->area.x + indent(setter);
}

/* Code that fits in a line is not broken. */
static size_t word_end(const struct setter *setter, const struct piece *piece, size_t at)
{
    size_t end = at;

    if (piece->code && !piece->breaks && at == 0 &&
        width_of(setter, piece->role, piece->bytes, piece->length) < setter->area.w) {
        return piece->length;
    }
    while (end < piece->length && piece->bytes[end] != ' ' && piece->bytes[end] != '\n') {
        end++;
    }
    return end;
}

/* A full stop or colon right behind code stays with it, even past the edge. */
static bool clings(const struct piece *piece, size_t at)
{
    return at == 0 && !piece->code && piece->length > 0 && strchr(".,:;!?)", piece->bytes[0]);
}

/* A plate must not cover the "(" that stands right before it. */
static void leave_room(struct setter *setter, const struct piece *piece)
{
    if (piece->code && !piece->breaks && setter->x > setter->area.x + indent(setter)) {
        setter->x += setter->size * CHIP_EDGE;
    }
}

/* The width of what stands right behind a "(" that ends a piece, which must not end its line. */
static float bracketed(const struct setter *setter, const struct piece *piece, size_t end)
{
    const struct piece *const next = piece + 1;

    if (piece->code || end < piece->length || piece->bytes[end - 1] != '(' ||
        next == setter->pieces + setter->piece_count) {
        return 0;
    }
    return width_of(setter, next->role, next->bytes, word_end(setter, next, 0)) +
           setter->size * CHIP_EDGE;
}

/* Word by word; a blank before a word counts unless it begins a line. */
static void set_piece(struct setter *setter, const struct piece *piece)
{
    const float right = setter->area.x + setter->area.w;
    size_t at = 0;

    leave_room(setter, piece);
    while (at < piece->length) {
        const bool blank = piece->bytes[at] == ' ' || piece->bytes[at] == '\n';
        if (piece->breaks && piece->bytes[at] == '\n') {
            new_line(setter);
            at++;
            continue;
        }
        if (blank) {
            const bool begins = setter->x == setter->area.x + indent(setter) && !setter->fenced;
            setter->x += begins ? 0 : width_of(setter, piece->role, " ", 1);
            at++;
            continue;
        }
        const size_t end = word_end(setter, piece, at);
        const float width = width_of(setter, piece->role, piece->bytes + at, end - at);
        if (setter->x + width + bracketed(setter, piece, end) > right &&
            setter->x > setter->area.x + indent(setter) && !clings(piece, at)) {
            new_line(setter);
        }
        write_word(setter, piece, piece->bytes + at, end - at, width);
        setter->x += width;
        at = end;
    }
}

static void set_mark(struct setter *setter)
{
    if (setter->mark && setter->scene) {
        scene_text(setter->scene, &(struct draw_text){
                                      .at = { setter->area.x + indent(setter) - setter->size * 0.4f,
                                              setter->y + setter->size * 1.05f },
                                      .bytes = setter->mark,
                                      .role = TYPE_UI,
                                      .size = setter->size,
                                      .ink = INK_TEXT_SECOND,
                                      .align = ALIGN_RIGHT });
    }
    setter->mark = NULL;
}

static void set_block(struct setter *setter)
{
    if (setter->piece_count == 0) {
        return;
    }
    setter->x = setter->area.x + indent(setter);
    set_mark(setter);
    for (size_t i = 0; i < setter->piece_count; i++) {
        set_piece(setter, &setter->pieces[i]);
    }
    setter->y += setter->size * (PITCH + (setter->depth > 0 ? 0.1f : PARAGRAPH_GAP));
    setter->piece_count = 0;
    setter->after_display = false;
    setter->size = setter->view->type.text;
    setter->role = TYPE_UI;
}

/* Lines as in the code of a cell; with scene NULL only their height. */
static float set_code_lines(const struct setter *setter, const struct trace_cell *cell,
                            struct rect plate, struct scene *scene)
{
    const float size = setter->view->type.text, pitch = size * PITCH;
    const struct code_marks none = { 0 };
    float y = plate.y;

    for (int line = 1; line <= code_line_count(cell); line++) {
        size_t breaks[CODE_PIECES], from = 0;
        const size_t count =
            code_wrap(setter->view, cell, line, plate.w - 2 * size, size, breaks, CODE_PIECES);
        for (size_t i = 0; i < count; i++, y += pitch) {
            const struct code_row row = { .cell = cell,
                                          .line = line,
                                          .from = from,
                                          .to = breaks[i],
                                          .row = { plate.x, y, plate.w, pitch },
                                          .size = size };
            if (scene) {
                code_draw_row(setter->view, &row, &none, scene);
            }
            from = breaks[i];
        }
    }
    return y - plate.y;
}

/* A block of Python, on a plate. */
static void set_code(struct setter *setter)
{
    const float size = setter->view->type.text, left = indent(setter), rim = size * 0.3f;
    struct rect plate = { setter->area.x + left, setter->y + rim, setter->area.w - left, 0 };
    struct text text = { 0 };

    for (size_t i = 0; i < setter->piece_count; i++) {
        text_append(&text, setter->pieces[i].bytes, setter->pieces[i].length);
    }
    const struct trace_cell cell = { .text = { arena_copy_text(setter->view->arena,
                                                               text_string(&text), text.length),
                                               text.length } };
    text_finish(&text);
    const float height = set_code_lines(setter, &cell, plate, NULL);
    if (setter->scene) {
        const struct rect back = { plate.x, setter->y, plate.w, height + 2 * rim };
        scene_rect(setter->scene,
                   &(struct draw_rect){ .rect = back, .radius = rim, .fill = INK_MODULE });
        set_code_lines(setter, &cell, plate, setter->scene);
    }
    setter->y += height + 2 * rim + size * PARAGRAPH_GAP;
    setter->piece_count = 0;
}

/* ---- tables and quotations -------------------------------------------------------------- */

static void begin_row(struct setter *setter)
{
    setter->table.column = 0;
    setter->table.top = setter->table.foot = setter->y;
}

static void begin_cell(struct setter *setter, bool head)
{
    struct table *const table = &setter->table;
    const float w = table->area.w / (float)(table->columns > 0 ? table->columns : 1);

    setter->y = table->top;
    setter->area = table->area;
    setter->area.x += w * (float)table->column++;
    setter->area.w = w - setter->view->type.text;
    setter->role = head ? TYPE_UI_BOLD : TYPE_UI;
}

static void end_cell(struct setter *setter)
{
    struct table *const table = &setter->table;

    table->foot = setter->y > table->foot ? setter->y : table->foot;
    setter->role = TYPE_UI;
}

static void draw_rule(const struct setter *setter, struct rect area, float y)
{
    if (setter->scene) {
        scene_rect(setter->scene,
                   &(struct draw_rect){ .rect = { area.x, y, area.w, 1 }, .fill = INK_PANEL_LINE });
    }
}

static void end_row(struct setter *setter)
{
    const float gap = setter->view->type.text * PARAGRAPH_GAP;

    setter->area = setter->table.area;
    setter->y = setter->table.foot;
    draw_rule(setter, setter->area, setter->y - gap * 0.7f);
}

static void begin_quote(struct setter *setter)
{
    if (setter->quotes < QUOTE_DEPTH) {
        setter->quote_top[setter->quotes] = setter->y;
    }
    setter->quotes++;
}

static void end_quote(struct setter *setter)
{
    const float size = setter->view->type.text;

    setter->quotes--;
    if (setter->scene && setter->quotes < QUOTE_DEPTH) {
        const float top = setter->quote_top[setter->quotes];
        scene_rect(
            setter->scene,
            &(struct draw_rect){ .rect = { setter->area.x + indent(setter) + size * 0.3f, top,
                                           size * 0.2f, setter->y - size * PARAGRAPH_GAP - top },
                                 .fill = INK_PANEL_LINE });
    }
}

/* ---- reading ---------------------------------------------------------------------------- */

static void enter_list(struct setter *setter, unsigned first)
{
    if (setter->depth < LIST_DEPTH) {
        setter->item[setter->depth] = first;
    }
    setter->depth++;
}

static void enter_item(struct setter *setter)
{
    unsigned *const number =
        &setter->item[setter->depth <= LIST_DEPTH ? setter->depth - 1 : LIST_DEPTH - 1];

    setter->mark = *number > 0 ? arena_format(setter->view->arena, "%u.", (*number)++) : "•";
}

/* A block without a language is Python, too: that is what lessons are about. */
static void enter_code(struct setter *setter, const MD_BLOCK_CODE_DETAIL *detail)
{
    setter->fenced = true;
    setter->python = detail->lang.size == 0 ||
                     (detail->lang.size >= 2 && memcmp(detail->lang.text, "py", 2) == 0);
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *owner)
{
    static const float heading_sizes[] = { 1.45f, 1.25f, 1.1f };
    struct setter *const setter = owner;

    set_block(setter);
    if (type == MD_BLOCK_H) {
        const unsigned level = ((const MD_BLOCK_H_DETAIL *)detail)->level;
        setter->size *= heading_sizes[level > 3 ? 2 : level - 1];
        setter->role = TYPE_UI_BOLD;
    } else if (type == MD_BLOCK_UL) {
        enter_list(setter, 0);
    } else if (type == MD_BLOCK_OL) {
        enter_list(setter, ((const MD_BLOCK_OL_DETAIL *)detail)->start);
    } else if (type == MD_BLOCK_LI) {
        enter_item(setter);
    } else if (type == MD_BLOCK_CODE) {
        enter_code(setter, detail);
    } else if (type == MD_BLOCK_QUOTE) {
        begin_quote(setter);
    } else if (type == MD_BLOCK_HR) {
        draw_rule(setter, setter->area, setter->y + setter->size * 0.4f);
        setter->y += setter->size * 0.8f;
    } else if (type == MD_BLOCK_TABLE) {
        setter->table =
            (struct table){ .area = setter->area,
                            .columns = ((const MD_BLOCK_TABLE_DETAIL *)detail)->col_count };
    } else if (type == MD_BLOCK_TR) {
        begin_row(setter);
    } else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
        begin_cell(setter, type == MD_BLOCK_TH);
    }
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *owner)
{
    struct setter *const setter = owner;

    (void)detail;
    /* The last line break of a block of code ends its last line. */
    if (setter->fenced && setter->piece_count > 0 &&
        setter->pieces[setter->piece_count - 1].bytes[0] == '\n') {
        setter->piece_count--;
    }
    if (setter->fenced && setter->python) {
        set_code(setter);
    } else {
        set_block(setter);
    }
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) {
        setter->depth--;
        setter->y += setter->depth == 0 ? setter->size * PARAGRAPH_GAP : 0;
    } else if (type == MD_BLOCK_CODE) {
        setter->fenced = false;
    } else if (type == MD_BLOCK_QUOTE) {
        end_quote(setter);
    } else if (type == MD_BLOCK_TABLE) {
        setter->y += setter->size * PARAGRAPH_GAP;
    } else if (type == MD_BLOCK_TR) {
        end_row(setter);
    } else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
        end_cell(setter);
    }
    return 0;
}

static int count_span(struct setter *setter, MD_SPANTYPE type, int by)
{
    setter->strong += type == MD_SPAN_STRONG ? by : 0;
    setter->emphasis += type == MD_SPAN_EM ? by : 0;
    setter->strike += type == MD_SPAN_DEL ? by : 0;
    setter->code += type == MD_SPAN_CODE ? by : 0;
    return 0;
}

static void add_break(struct setter *setter)
{
    static const char line_break[] = "\n";

    setter->pieces = array_reserve(setter->pieces, &setter->piece_capacity, setter->piece_count + 1,
                                   sizeof(*setter->pieces));
    setter->pieces[setter->piece_count++] =
        (struct piece){ .bytes = line_break, .length = 1, .role = TYPE_UI, .breaks = true };
}

/* A formula between double dollar signs has a line to itself. */
static int enter_span(MD_SPANTYPE type, void *detail, void *owner)
{
    struct setter *const setter = owner;

    (void)detail;
    if (type == MD_SPAN_LATEXMATH_DISPLAY && setter->piece_count > 0) {
        add_break(setter);
    }
    return count_span(setter, type, 1);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *owner)
{
    struct setter *const setter = owner;

    (void)detail;
    setter->after_display = type == MD_SPAN_LATEXMATH_DISPLAY;
    return count_span(setter, type, -1);
}

static void add_piece(struct setter *setter, const char *bytes, size_t length)
{
    const bool bold = setter->strong > 0 || setter->role == TYPE_UI_BOLD;

    if (setter->after_display) {
        setter->after_display = false;
        add_break(setter);
    }
    setter->pieces = array_reserve(setter->pieces, &setter->piece_capacity, setter->piece_count + 1,
                                   sizeof(*setter->pieces));
    setter->pieces[setter->piece_count++] = (struct piece){
        .bytes = arena_copy_text(setter->view->arena, bytes, length),
        .length = length,
        .role = setter->code > 0 || setter->fenced ? TYPE_MONO
                : bold                             ? TYPE_UI_BOLD
                : setter->emphasis > 0             ? TYPE_UI_ITALIC
                                                   : TYPE_UI,
        .strike = setter->strike > 0,
        .code = setter->code > 0,
        .breaks = setter->fenced,
    };
}

/* The few entities that a lesson's author types; others stay as they were written. */
static void add_entity(struct setter *setter, const char *bytes, size_t length)
{
    static const char *const entities[][2] = { { "&lt;", "<" },   { "&gt;", ">" },
                                               { "&amp;", "&" },  { "&quot;", "\"" },
                                               { "&nbsp;", " " }, { "&times;", "×" } };

    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (strlen(entities[i][0]) == length && memcmp(entities[i][0], bytes, length) == 0) {
            add_piece(setter, entities[i][1], strlen(entities[i][1]));
            return;
        }
    }
    add_piece(setter, bytes, length);
}

static int read_text(MD_TEXTTYPE type, const MD_CHAR *bytes, MD_SIZE length, void *owner)
{
    struct setter *const setter = owner;

    if (type == MD_TEXT_BR) {
        add_break(setter);
    } else if (type == MD_TEXT_SOFTBR && !setter->after_display) {
        add_piece(setter, " ", 1);
    } else if (type == MD_TEXT_ENTITY) {
        add_entity(setter, bytes, length);
    } else if (type == MD_TEXT_LATEXMATH) {
        struct text text = { 0 };
        formula_append(&text, bytes, length);
        add_piece(setter, text_string(&text), text.length);
        text_finish(&text);
    } else if (type != MD_TEXT_SOFTBR) {
        add_piece(setter, bytes, length);
    }
    return 0;
}

float markdown_draw(const struct view *view, const char *text, size_t length, struct rect area,
                    struct scene *scene)
{
    const MD_PARSER parser = {
        .flags = MD_FLAG_LATEXMATHSPANS | MD_FLAG_NOHTML | MD_FLAG_STRIKETHROUGH | MD_FLAG_TABLES,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = read_text,
    };
    struct setter setter = { .view = view,
                             .scene = scene,
                             .area = area,
                             .y = area.y,
                             .size = view->type.text,
                             .role = TYPE_UI };

    md_parse(text, (MD_SIZE)length, &parser, &setter);
    free(setter.pieces);
    return setter.y - area.y;
}
