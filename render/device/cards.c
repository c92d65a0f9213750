/* The card of each device: what it is called, what its memory holds as a bar; or why there is none. */

#include <math.h>
#include <string.h>

#include "render/device/device.h"
#include "render/lesson/sentence_parts.h"

/* Parts of the memory, told apart by how they are filled. */
enum part { PART_USED, PART_CACHED, PART_OTHERS, PART_FREE, PARTS };

static const struct part_look {
    const char *name;
    enum ink fill, stroke;
    bool hatched;
} looks[PARTS] = {
    [PART_USED] = { WORD("tensors"), INK_PARAMETER, INK_PARAMETER, false },
    [PART_CACHED] = { WORD("kept for later tensors"), INK_PARAMETER_SOFT, INK_PARAMETER, false },
    [PART_OTHERS] = { WORD("other programs"), INK_CARD, INK_TEXT_SECOND, true },
    [PART_FREE] = { WORD("free"), INK_CARD, INK_CARD_LINE, false },
};

struct parts {
    double bytes[PARTS];
};

static struct parts parts_of(const struct device_now *now)
{
    const struct record_memory *const memory = now->memory;
    const double total = now->device->total;
    struct parts parts = { { memory->used, memory->cached, 0, memory->free } };

    parts.bytes[PART_OTHERS] = fmax(total - memory->used - memory->cached - memory->free, 0);
    return parts;
}

/* ---- the bar ------------------------------------------------------------------------------- */

static void draw_hatches(struct rect box, float step, enum ink ink, struct scene *scene)
{
    scene_clip(scene, box);
    for (float x = box.x - box.h; x < box.x + box.w; x += step) {
        const struct point line[] = { { x, box.y + box.h }, { x + box.h, box.y } };
        scene_path(scene,
                   &(struct draw_path){ .points = line, .count = 2, .stroke = ink, .width = 1 });
    }
    scene_clip_end(scene);
}

static void draw_part(const struct part_look *look, struct rect box, float size,
                      struct scene *scene)
{
    scene_rect(scene, &(struct draw_rect){ .rect = box, .fill = look->fill });
    if (look->hatched) {
        draw_hatches(box, fmaxf(4, size * 0.4f), look->stroke, scene);
    }
    scene_rect(scene, &(struct draw_rect){ .rect = box, .stroke = look->stroke, .width = 1 });
}

/* What is there can be seen, however little it is of the whole. */
static void draw_bar(struct rect bar, const struct parts *parts, double total, float size,
                     struct scene *scene)
{
    const float least = fmaxf(3, size * 0.2f);
    float x = bar.x;

    for (int i = 0; i < PARTS; i++) {
        const float part = total > 0 ? bar.w * (float)(parts->bytes[i] / total) : 0;
        const float w = i + 1 < PARTS ? fmaxf(part, least) : bar.x + bar.w - x;
        if (parts->bytes[i] > 0 && w > 0) {
            draw_part(&looks[i], (struct rect){ x, bar.y, w, bar.h }, size, scene);
            x += w;
        }
    }
}

/* Swatch, name and amount of each part, on as many lines as they need; returns their height. */
static float draw_parts(const struct view *view, struct rect area, const struct parts *parts,
                        struct scene *scene)
{
    const float size = view->type.caption, line = size * 1.5f, swatch = size * 0.9f;
    struct point at = { area.x, area.y + size };

    for (int i = 0; i < PARTS; i++) {
        const char *const text = arena_format(view->arena, "%s %s", view_word(view, looks[i].name),
                                              device_bytes(view->arena, parts->bytes[i]));
        const float w = fonts_measure(view->fonts, TYPE_UI, text, strlen(text)) * size;
        if (at.x > area.x && at.x + swatch * 1.5f + w > area.x + area.w) {
            at = (struct point){ area.x, at.y + line };
        }
        draw_part(&looks[i], (struct rect){ at.x, at.y - size * 0.75f, swatch, swatch }, size,
                  scene);
        scene_text(scene, &(struct draw_text){ .at = { at.x + swatch * 1.5f, at.y },
                                               .bytes = text,
                                               .role = TYPE_UI,
                                               .size = size,
                                               .ink = INK_TEXT,
                                               .max_width = area.w - swatch * 1.5f });
        at.x += swatch * 1.5f + w + size * 1.4f;
    }
    return at.y + size * 0.6f - area.y;
}

/* ---- a card -------------------------------------------------------------------------------- */

static float caption(const struct view *view, struct rect area, const char *text,
                     struct scene *scene)
{
    return device_write(view, area, text, view->type.caption, INK_TEXT_SECOND, scene);
}

/* "multiprocessors: 132 · compute 9.0 · CUDA 13.0, driver 12.8" */
static const char *details(const struct view *view, const struct record_device *device)
{
    const struct speaker speaker = { view->runs, view->words, view->state->language, view->arena };
    const char *text = "";

    if (device->multiprocessors > 0) {
        text = SAY(&speaker, "multiprocessors: {0}",
                   arena_format(view->arena, "%lld", (long long)device->multiprocessors));
    }
    if (device->capability[0]) {
        text = arena_format(view->arena, "%s%scompute %s", text, text[0] ? " · " : "",
                            device->capability);
    }
    if (device->runtime[0]) {
        text =
            arena_format(view->arena, "%s%sCUDA %s", text, text[0] ? " · " : "", device->runtime);
    }
    return text;
}

static float draw_memory(const struct view *view, struct rect area, const struct device_now *now,
                         struct scene *scene)
{
    const struct speaker speaker = { view->runs, view->words, view->state->language, view->arena };
    const float size = view->type.caption, height = size * 1.3f;
    const double total = now->device->total;

    if (!now->memory) {
        return total > 0 ? caption(view, area,
                                   SAY(&speaker, "{0} of memory", device_bytes(view->arena, total)),
                                   scene)
                         : 0;
    }
    const struct parts parts = parts_of(now);
    float y = area.y + size * 0.3f;
    draw_bar((struct rect){ area.x, y, area.w, height }, &parts, total, size, scene);
    y += height + size * 0.5f;
    y += draw_parts(view, (struct rect){ area.x, y, area.w, 0 }, &parts, scene);
    y +=
        caption(view, (struct rect){ area.x, y, area.w, view->type.caption * 4 },
                SAY(&speaker, "most for tensors so far: {0}, of {1}",
                    device_bytes(view->arena, now->memory->peak), device_bytes(view->arena, total)),
                scene);
    return y - area.y;
}

/* Name and, at the right, what code calls it. */
static float draw_name(const struct view *view, struct rect area, const char *name,
                       const char *device, struct scene *scene)
{
    const float size = view->type.text, small = view->type.caption;
    const float w = device_tag_width(view, device, small), h = small * 1.45f;
    const float line = size * 1.7f;

    scene_text(scene, &(struct draw_text){ .at = { area.x, area.y + line / 2 + size * 0.36f },
                                           .bytes = name,
                                           .role = TYPE_UI_BOLD,
                                           .size = size,
                                           .ink = INK_TEXT,
                                           .max_width = area.w - w - size });
    device_tag(view, device,
               (struct rect){ area.x + area.w - w - small * 0.2f, area.y + (line - h) / 2, w, h },
               small, scene);
    return line;
}

/* Draws what is inside and then, as long as that became, the frame before it. */
static float framed(struct rect area, float height, bool absent, struct scene *scene, size_t first)
{
    const struct draw_rect frame = { .rect = { area.x, area.y, area.w, height },
                                     .radius = absent ? 12 : 1.5f,
                                     .fill = INK_CARD,
                                     .stroke = absent ? INK_CARD_LINE : INK_PARAMETER,
                                     .width = absent ? 1 : 2,
                                     .dashed = absent };

    scene->draws[first].rect = frame;
    return height;
}

/* Room for the frame, which is painted below what it holds. */
static size_t frame_begin(struct scene *scene)
{
    scene_rect(scene, &(struct draw_rect){ .fill = INK_CARD });
    return scene->draw_count - 1;
}

static float draw_device(const struct view *view, struct rect area, const struct device_now *now,
                         struct scene *scene)
{
    const float pad = view->type.text * 0.7f, w = area.w - 2 * pad, x = area.x + pad;
    const size_t first = frame_begin(scene);
    const char *const about = details(view, now->device);
    float y = area.y + pad * 0.4f;

    y += draw_name(view, (struct rect){ x, y, w, area.h }, now->device->name, now->device->device,
                   scene);
    if (about[0]) {
        y += caption(view, (struct rect){ x, y, w, area.h }, about, scene);
    }
    y += draw_memory(view, (struct rect){ x, y, w, area.h }, now, scene);
    return framed(area, y + pad * 0.5f - area.y, false, scene, first);
}

/* Where the lesson has not asked, nobody knows whether there is one. */
static float draw_absent(const struct view *view, struct rect area, struct scene *scene)
{
    const float pad = view->type.text * 0.7f, w = area.w - 2 * pad, x = area.x + pad;
    const float size = view->type.text;
    const size_t first = frame_begin(scene);
    const bool known = device_is_absent(&view->runs[0]);
    float y = area.y + pad * 0.4f;

    y += draw_name(view, (struct rect){ x, y, w, 0 },
                   known ? view_word(view, "No GPU in use") : view_word(view, "CPU"), "cpu", scene);
    y += device_write(view, (struct rect){ x, y, w, area.h }, device_absence(view), size, INK_TEXT,
                      scene);
    if (known) {
        y += device_write(view, (struct rect){ x, y, w, area.h },
                          view_word(view, "All tensors are on the CPU."), size, INK_TEXT_SECOND,
                          scene);
    }
    return framed(area, y + pad * 0.5f - area.y, true, scene, first);
}

float device_cards(const struct view *view, struct rect area, struct scene *scene)
{
    const float gap = view->type.text * 0.6f;
    struct device_now devices[DEVICES_MOST];
    const size_t count = devices_at(&view->runs[0], devices);
    float y = area.y;

    if (count == 0) {
        return draw_absent(view, area, scene);
    }
    for (size_t i = 0; i < count && y < area.y + area.h; i++) {
        y += draw_device(view, (struct rect){ area.x, y, area.w, area.y + area.h - y }, &devices[i],
                         scene) +
             gap;
    }
    return y - gap - area.y;
}
