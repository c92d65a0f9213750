#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "render/canvas/impl.h"
#include "render/scene/path.h"

/* Writes attributes and no style sheet: slide programs ignore those. Text is outlines ("for
 * slides": the same on every machine) or <text> ("to edit": needs the fonts). */
struct svg_canvas {
    struct canvas base;
    struct text *out;
    enum { SVG_OUTLINES, SVG_EDIT, SVG_WEB } kind;
    struct used_letters *letters; /* SVG_WEB: what its text shows */
    int clips;
    const struct scene *scene; /* to give each id once */
    size_t groups;
    struct target *seen;
};

static struct svg_canvas *svg_canvas_from(struct canvas *canvas)
{
    return (struct svg_canvas *)canvas;
}

/* At most two decimals: a hundredth of a point. */
static void add_number(struct text *out, float value)
{
    char digits[NUMBER_FIXED_SIZE];
    size_t length = number_fixed(digits, isfinite(value) ? (double)value : 0, 2);
    while (digits[length - 1] == '0') {
        length--;
    }
    if (digits[length - 1] == '.') {
        length--;
    }
    if (length == 2 && memcmp(digits, "-0", 2) == 0) {
        text_append_char(out, '0');
    } else {
        text_append(out, digits, length);
    }
}

static void add_attribute(struct text *out, const char *name, float value)
{
    text_format(out, " %s=\"", name);
    add_number(out, value);
    text_append_char(out, '"');
}

/* For content and for attributes in double quotes. Control characters are not allowed in XML. */
static void add_escaped(struct text *out, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t size;
        const uint32_t c = utf8_decode(bytes + at, length - at, &size);
        if (c == '<') {
            text_append_string(out, "&lt;");
        } else if (c == '>') {
            text_append_string(out, "&gt;");
        } else if (c == '&') {
            text_append_string(out, "&amp;");
        } else if (c == '"') {
            text_append_string(out, "&quot;");
        } else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
            text_append_char(out, ' ');
        } else {
            text_append_utf8(out, c == 0xFFFE || c == 0xFFFF ? 0xFFFD : c);
        }
        at += size;
    }
}

static void add_string(struct text *out, const char *string)
{
    add_escaped(out, string, strlen(string));
}

static unsigned byte_of(float part)
{
    return (unsigned)(fminf(fmaxf(part, 0), 1) * 255 + 0.5f);
}

static void add_paint(struct svg_canvas *self, const char *attribute, struct colour colour)
{
    text_format(self->out, " %s=\"#%02x%02x%02x\"", attribute, byte_of(colour.r), byte_of(colour.g),
                byte_of(colour.b));
    if (colour.a < 1) {
        text_format(self->out, " %s-opacity=\"", attribute);
        add_number(self->out, colour.a);
        text_append_char(self->out, '"');
    }
}

static void add_fill(struct svg_canvas *self, enum ink ink, float heat, float alpha)
{
    if (ink == INK_NONE) {
        text_append_string(self->out, " fill=\"none\"");
    } else {
        add_paint(self, "fill", canvas_colour(&self->base, ink, heat, alpha));
    }
}

static void add_dashes(struct text *out, float width, float offset)
{
    float dashes[2];
    path_dashes(width, dashes);
    text_append_string(out, " stroke-dasharray=\"");
    add_number(out, dashes[0]);
    text_append_char(out, ' ');
    add_number(out, dashes[1]);
    text_append_char(out, '"');
    if (offset != 0) {
        add_attribute(out, "stroke-dashoffset", offset);
    }
}

static void svg_begin(struct canvas *canvas, const struct canvas_view *view)
{
    (void)canvas;
    (void)view;
}

/* One <rect>, inset by that much, with the fill or without. */
static void add_rect(struct svg_canvas *self, const struct draw_rect *rect, float inset,
                     bool filled)
{
    struct text *out = self->out;
    text_append_string(out, "<rect");
    add_attribute(out, "x", rect->rect.x + inset);
    add_attribute(out, "y", rect->rect.y + inset);
    add_attribute(out, "width", fmaxf(rect->rect.w - 2 * inset, 0));
    add_attribute(out, "height", fmaxf(rect->rect.h - 2 * inset, 0));
    const float corner = fminf(rect->radius, fminf(rect->rect.w, rect->rect.h) / 2) - inset;
    if (corner > 0) {
        add_attribute(out, "rx", corner);
    }
    add_fill(self, filled ? rect->fill : INK_NONE, rect->heat, rect->alpha);
    if (rect->stroke != INK_NONE) {
        const float width = canvas_line_width(&self->base, rect->width);
        add_paint(self, "stroke",
                  canvas_colour(&self->base, rect->stroke, rect->heat, rect->alpha));
        add_attribute(out, "stroke-width", width);
        if (rect->dashed) {
            add_dashes(out, width, 0);
        }
    }
    text_append_string(out, "/>\n");
}

static void svg_rect(struct canvas *canvas, const struct draw_rect *rect)
{
    struct svg_canvas *self = svg_canvas_from(canvas);
    if (rect->fill == INK_SHADOW) {
        return;
    }
    add_rect(self, rect, 0, true);
    if (rect->stroke != INK_NONE && rect->doubled) {
        add_rect(self, rect, 2 * canvas_line_width(canvas, rect->width) + 1, false);
    }
}

static void add_point(struct text *out, char command, struct point at)
{
    text_append_char(out, command);
    add_number(out, at.x);
    text_append_char(out, ' ');
    add_number(out, at.y);
}

static void add_points(struct text *out, const struct point *points, size_t count, bool curves)
{
    add_point(out, 'M', points[0]);
    for (size_t i = 1; i < count; i++) {
        add_point(out, !curves ? 'L' : i % 3 == 1 ? 'C' : ' ', points[i]);
    }
}

static void add_head(struct svg_canvas *self, const struct draw_path *path,
                     const struct path_head *head)
{
    if (head->shown) {
        text_append_string(self->out, "<path d=\"");
        add_points(self->out, head->points, HEAD_POINTS, false);
        text_append_string(self->out, "Z\"");
        add_fill(self, path->stroke, 0, path->alpha);
        text_append_string(self->out, "/>\n");
    }
}

static void svg_path(struct canvas *canvas, const struct draw_path *path)
{
    struct svg_canvas *self = svg_canvas_from(canvas);
    const struct path_shape shape = path_shape(path, canvas->theme->line_scale, &canvas->scratch);
    if (shape.count > 0) {
        text_append_string(self->out, "<path d=\"");
        add_points(self->out, shape.points, shape.count, shape.curves);
        text_append_string(self->out, path->closed ? "Z\"" : "\"");
        add_fill(self, path->fill, 0, path->alpha);
        if (path->stroke != INK_NONE) {
            const float width = canvas_line_width(canvas, path->width);
            add_paint(self, "stroke", canvas_colour(canvas, path->stroke, 0, path->alpha));
            add_attribute(self->out, "stroke-width", width);
            text_append_string(self->out, " stroke-linejoin=\"round\"");
            if (path->dashed) {
                add_dashes(self->out, width, path->dash_offset);
            } else if (path->head_start <= 0 && path->head_end <= 0) {
                text_append_string(self->out, " stroke-linecap=\"round\"");
            }
        }
        text_append_string(self->out, "/>\n");
    }
    add_head(self, path, &shape.start);
    add_head(self, path, &shape.end);
}

static void add_contour(void *context, const struct point *points, size_t count)
{
    struct svg_canvas *self = context;
    add_points(self->out, points, count, true);
    text_append_char(self->out, 'Z');
}

static float halo_width(const struct draw_text *text)
{
    return fmaxf(text->size * 0.28f, 3);
}

static void add_halo(struct svg_canvas *self, const struct draw_text *text)
{
    add_paint(self, "stroke", canvas_colour(&self->base, INK_PAGE, 0, text->alpha));
    add_attribute(self->out, "stroke-width", halo_width(text));
    text_append_string(self->out, " stroke-linejoin=\"round\"");
}

static void add_outlined(struct svg_canvas *self, const struct draw_text *text,
                         const struct text_place *place, bool halo)
{
    text_append_string(self->out, "<path d=\"");
    canvas_text_outline(&self->base, text, place, add_contour, self);
    text_append_char(self->out, '"');
    if (halo) {
        text_append_string(self->out, " fill=\"none\"");
        add_halo(self, text);
    } else {
        add_fill(self, text->ink, text->heat, text->alpha);
    }
    text_append_string(self->out, "/>\n");
}

/* The page names the role's fonts in its style sheet. */
static void add_class(struct svg_canvas *self, enum type_role role)
{
    static const char *const classes[TYPE_ROLE_COUNT] = { [TYPE_UI] = "u",
                                                          [TYPE_UI_BOLD] = "b",
                                                          [TYPE_UI_ITALIC] = "i",
                                                          [TYPE_MONO] = "m",
                                                          [TYPE_MONO_BOLD] = "n" };
    text_format(self->out, " class=\"%s\"", classes[role]);
}

/* The role's chain by name, then whatever the reader's machine has of that sort. */
static void add_family(struct svg_canvas *self, enum type_role role)
{
    text_append_string(self->out, " font-family=\"");
    const char *family;
    for (size_t i = 0; (family = fonts_family(self->base.fonts, role, i)); i++) {
        text_append_string(self->out, "'");
        add_string(self->out, family);
        text_append_string(self->out, "', ");
    }
    const bool mono = role == TYPE_MONO || role == TYPE_MONO_BOLD;
    text_append_string(self->out, mono ? "monospace\"" : "sans-serif\"");
    if (mono) {
        text_append_string(self->out, " font-variant=\"none\""); /* no ligatures: -> stays -> */
    }
    if (role == TYPE_UI_ITALIC) {
        text_append_string(self->out, " font-style=\"italic\"");
    }
    if (role == TYPE_UI_BOLD || role == TYPE_MONO_BOLD) {
        text_format(self->out, " font-weight=\"%d\"", role == TYPE_UI_BOLD ? 600 : 700);
    }
}

static void add_text(struct svg_canvas *self, const struct draw_text *text,
                     const struct text_place *place, bool halo)
{
    static const char *const anchors[] = {
        [ALIGN_LEFT] = "start", [ALIGN_CENTRE] = "middle", [ALIGN_RIGHT] = "end"
    };
    text_append_string(self->out, self->kind == SVG_WEB ? "<text" : "<text xml:space=\"preserve\"");
    add_attribute(self->out, "x", text->at.x);
    add_attribute(self->out, "y", text->at.y);
    if (text->align != ALIGN_LEFT) {
        text_format(self->out, " text-anchor=\"%s\"", anchors[text->align]);
    }
    if (self->kind == SVG_WEB) {
        add_class(self, text->role);
        used_letters_add(self->letters, text->role, place->bytes, place->length);
    } else {
        add_family(self, text->role);
    }
    add_attribute(self->out, "font-size", text->size);
    if (place->width > 0) {
        add_attribute(self->out, "textLength", place->width);
        text_append_string(self->out, " lengthAdjust=\"spacingAndGlyphs\"");
    }
    add_fill(self, halo ? INK_PAGE : text->ink, text->heat, text->alpha);
    if (halo) {
        add_halo(self, text);
    }
    text_append_char(self->out, '>');
    add_escaped(self->out, place->bytes, place->length);
    text_append_string(self->out, "</text>\n");
}

static void add_strike(struct svg_canvas *self, const struct draw_text *text,
                       const struct text_place *place)
{
    const float thick = fmaxf(text->size * 0.07f, 1);
    const struct draw_rect line = {
        .rect = { place->at.x, place->at.y - text->size * 0.28f - thick / 2, place->width, thick },
        .fill = text->ink,
        .heat = text->heat,
        .alpha = text->alpha
    };
    add_rect(self, &line, 0, true);
}

static void svg_text(struct canvas *canvas, const struct draw_text *text)
{
    struct svg_canvas *self = svg_canvas_from(canvas);
    const struct text_place place = canvas_place_text(canvas, text);
    void (*const add)(struct svg_canvas *, const struct draw_text *, const struct text_place *,
                      bool) = self->kind == SVG_OUTLINES ? add_outlined : add_text;
    if (text->halo) {
        add(self, text, &place, true);
    }
    add(self, text, &place, false);
    if (text->strike) {
        add_strike(self, text, &place);
    }
}

/* A picture within the picture clips without a name, which pages of the same file could share. */
static void add_clip_as_svg(struct svg_canvas *self, struct rect clip)
{
    text_append_string(self->out, "<svg");
    add_attribute(self->out, "x", clip.x);
    add_attribute(self->out, "y", clip.y);
    add_attribute(self->out, "width", fmaxf(clip.w, 0));
    add_attribute(self->out, "height", fmaxf(clip.h, 0));
    text_append_string(self->out, " viewBox=\"");
    add_number(self->out, clip.x);
    text_append_char(self->out, ' ');
    add_number(self->out, clip.y);
    text_append_char(self->out, ' ');
    add_number(self->out, fmaxf(clip.w, 0));
    text_append_char(self->out, ' ');
    add_number(self->out, fmaxf(clip.h, 0));
    text_append_string(self->out, "\">\n");
}

static void svg_clip(struct canvas *canvas, struct rect clip)
{
    struct svg_canvas *self = svg_canvas_from(canvas);
    if (self->kind == SVG_WEB) {
        add_clip_as_svg(self, clip);
        return;
    }
    self->clips++;
    text_format(self->out, "<clipPath id=\"clip-%d\"><rect", self->clips);
    add_attribute(self->out, "x", clip.x);
    add_attribute(self->out, "y", clip.y);
    add_attribute(self->out, "width", clip.w);
    add_attribute(self->out, "height", clip.h);
    text_format(self->out, "/></clipPath>\n<g clip-path=\"url(#clip-%d)\">\n", self->clips);
}

static void svg_clip_end(struct canvas *canvas)
{
    struct svg_canvas *self = svg_canvas_from(canvas);
    text_append_string(self->out, self->kind == SVG_WEB ? "</svg>\n" : "</g>\n");
}

static void svg_group_end(struct canvas *canvas)
{
    text_append_string(svg_canvas_from(canvas)->out, "</g>\n");
}

/* What is shown twice keeps its id where it comes first. */
static bool is_first(struct svg_canvas *self, struct target target)
{
    for (size_t i = 0; i < self->groups; i++) {
        if (target_same(self->seen[i], target)) {
            return false;
        }
    }
    self->seen = memory_resize(self->seen, self->groups + 1, sizeof(*self->seen));
    self->seen[self->groups++] = target;
    return true;
}

static void svg_group(struct canvas *canvas, const struct draw_group *group)
{
    struct svg_canvas *self = svg_canvas_from(canvas);
    text_append_string(self->out, "<g");
    if (self->kind != SVG_WEB && group->target.kind != TARGET_NONE &&
        is_first(self, group->target)) {
        text_format(self->out, " id=\"%s-%lld", target_name(group->target.kind),
                    (long long)group->target.id);
        if (group->target.part != 0) {
            text_format(self->out, "-%d", group->target.part);
        }
        text_append_char(self->out, '"');
    }
    text_append_string(self->out, ">\n");
    if (group->title[0]) {
        text_append_string(self->out, "<title>");
        add_string(self->out, group->title);
        text_append_string(self->out, "</title>\n");
    }
}

static void svg_end(struct canvas *canvas)
{
    (void)canvas;
}

static void svg_destroy(struct canvas *canvas)
{
    free(svg_canvas_from(canvas)->seen);
}

static const struct canvas_impl svg_impl = {
    .begin = svg_begin,
    .rect = svg_rect,
    .path = svg_path,
    .text = svg_text,
    .heat = canvas_heat_as_rects,
    .clip = svg_clip,
    .clip_end = svg_clip_end,
    .group = svg_group,
    .group_end = svg_group_end,
    .end = svg_end,
    .destroy = svg_destroy,
};

static void add_length(struct text *out, const char *name, float value, bool points)
{
    text_format(out, " %s=\"", name);
    add_number(out, value);
    text_append_string(out, points ? "pt\"" : "\"");
}

static const char *first_of(const char *a, const char *b)
{
    return a ? a : b;
}

static void add_head_element(struct text *out, const struct scene *scene,
                             const struct canvas_file_options *options)
{
    const char *title = first_of(options->title, scene->title);
    const char *description = first_of(options->description, scene->description);
    text_append_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
    add_number(out, scene->width);
    text_append_char(out, ' ');
    add_number(out, scene->height);
    text_append_char(out, '"');
    add_length(out, "width", scene->width, options->points);
    add_length(out, "height", scene->height, options->points);
    text_append_string(out, " role=\"img\"");
    if (title || description) {
        text_format(out, " aria-labelledby=\"%s\"",
                    !description ? "title"
                    : !title     ? "description"
                                 : "title description");
    }
    if (options->language) {
        text_append_string(out, " xml:lang=\"");
        add_string(out, options->language);
        text_append_char(out, '"');
    }
    text_append_string(out, ">\n");
    if (title) {
        text_append_string(out, "<title id=\"title\">");
        add_string(out, title);
        text_append_string(out, "</title>\n");
    }
    if (description) {
        text_append_string(out, "<desc id=\"description\">");
        add_string(out, description);
        text_append_string(out, "</desc>\n");
    }
}

bool svg_write(struct text *out, const struct scene *scene,
               const struct canvas_file_options *options, const struct theme *theme,
               struct fonts *fonts)
{
    struct svg_canvas svg = { .out = out,
                              .kind = options->format == FILE_SVG ? SVG_OUTLINES : SVG_EDIT };
    canvas_init(&svg.base, &svg_impl, theme, fonts);
    add_head_element(out, scene, options);
    if (!options->transparent) {
        add_rect(
            &svg,
            &(struct draw_rect){ .rect = { 0, 0, scene->width, scene->height }, .fill = INK_PAGE },
            0, true);
    }
    const bool whole = canvas_play(
        &svg.base, scene,
        &(struct canvas_view){ .scale = 1, .step = options->step, .owner = options->owner });
    text_append_string(out, "</svg>\n");
    canvas_destroy(&svg.base);
    return whole;
}

void svg_write_web(struct text *out, const struct scene *scene, const struct theme *theme,
                   struct fonts *fonts, struct used_letters *letters)
{
    struct svg_canvas svg = { .out = out, .kind = SVG_WEB, .letters = letters };
    canvas_init(&svg.base, &svg_impl, theme, fonts);
    canvas_play(&svg.base, scene, NULL);
    canvas_destroy(&svg.base);
}
