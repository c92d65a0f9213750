/* For looking: draws a sheet of everything a scene can hold in every theme and format.
 *
 *     draw_scene FOLDER           sheet-light.png, ..., sheet-light.svg, sheet.pdf
 *     draw_scene --speed          milliseconds for a frame of 300 cards, 1920 × 1080
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/memory.h"
#include "render/canvas/canvas.h"

static void put(struct scene *scene, float x, float y, float size, enum type_role role,
                enum ink ink, const char *text)
{
    scene_text(scene, &(struct draw_text){
                          .at = { x, y }, .bytes = text, .role = role, .size = size, .ink = ink });
}

static void chip(struct scene *scene, float x, float y, enum ink fill, enum ink ink,
                 const char *text)
{
    const float w = 10 + 8.4f * (float)strlen(text);
    scene_rect(scene,
               &(struct draw_rect){
                   .rect = { x, y, w, 22 }, .radius = 11, .fill = fill, .stroke = INK_NONE });
    scene_text(scene, &(struct draw_text){ .at = { x + w / 2, y + 15.5f },
                                           .bytes = text,
                                           .role = TYPE_MONO,
                                           .size = 13,
                                           .ink = ink,
                                           .align = ALIGN_CENTRE });
}

static void card(struct scene *scene, struct rect r, enum ink line, const char *name,
                 const char *value)
{
    scene_rect(scene, &(struct draw_rect){ .rect = r, .radius = 12, .fill = INK_SHADOW });
    scene_rect(scene, &(struct draw_rect){ .rect = r,
                                           .radius = 12,
                                           .fill = INK_CARD,
                                           .stroke = line,
                                           .width = 2,
                                           .doubled = line == INK_LOSS });
    put(scene, r.x + 18, r.y + 34, 21, TYPE_UI_BOLD, INK_TEXT, name);
    put(scene, r.x + 18, r.y + 58, 14, TYPE_MONO, INK_TEXT_SECOND, "()  float32");
    put(scene, r.x + 18, r.y + 104, 32, TYPE_MONO, INK_TEXT, value);
}

static void heat(struct scene *scene, float x, float y)
{
    for (int i = 0; i < 17; i++) {
        const float value = ((float)i - 8) / 8;
        char label[16];
        snprintf(label, sizeof(label), "%+d%%", (int)(value * 100));
        scene_rect(scene, &(struct draw_rect){ .rect = { x + (float)i * 50, y, 49, 34 },
                                               .radius = 3,
                                               .fill = INK_HEAT,
                                               .heat = value });
        scene_text(scene, &(struct draw_text){ .at = { x + (float)i * 50 + 24.5f, y + 22 },
                                               .bytes = label,
                                               .role = TYPE_MONO,
                                               .size = 14,
                                               .ink = INK_HEAT_TEXT,
                                               .heat = value,
                                               .align = ALIGN_CENTRE });
    }
}

static void edges(struct scene *scene)
{
    const struct point forward[] = { { 270, 120 }, { 300, 120 }, { 320, 120 }, { 350, 120 } };
    const struct point upper[] = { { 600, 100 }, { 625, 85 }, { 655, 85 }, { 680, 100 } };
    const struct point lower[] = { { 600, 140 }, { 625, 155 }, { 655, 155 }, { 680, 140 } };
    struct draw_path path = { .points = forward,
                              .count = 4,
                              .curves = true,
                              .stroke = INK_FORWARD,
                              .width = 2.5f,
                              .head_end = 13 };
    scene_path(scene, &path);
    path.points = upper;
    scene_path(scene, &path);
    path.points = lower;
    path.stroke = INK_BACKWARD;
    path.dashed = true;
    path.head_end = 0;
    path.head_start = 13;
    scene_path(scene, &path);
    const struct point line[] = { { 930, 60 }, { 1000, 110 }, { 930, 160 } };
    scene_path(scene, &(struct draw_path){
                          .points = line, .count = 3, .stroke = INK_SELECTION, .width = 3 });
    scene_path(scene, &(struct draw_path){ .points = line,
                                           .count = 3,
                                           .stroke = INK_TEXT,
                                           .width = 1,
                                           .from = 0.2f,
                                           .to = 0.7f,
                                           .head_end = 10 });
}

static void lines(struct scene *scene, float x, float y)
{
    static const char *const samples[] = {
        "Lan truyền ngược: gradient của z theo y là 18, vì hai cạnh cùng đi vào y.",
        "Đạo hàm, ế ợ ữ ặ ằ ỹ ỗ ể Ứ Ẫ Ợ — NFC;  ế ợ ữ ặ Đạo hàm — NFD",
        "∂z/∂y = ∂z/∂w · ∂w/∂y   ∇f   Wᵀ   3 × 3   ← → ✕ ✓ ∑ √ ∞ ≈ ≠ ≤ ≥ − ŷ θ α β",
    };
    static const float sizes[] = { 13, 15, 18, 24 };
    for (int s = 0; s < 4; s++) {
        for (int i = 0; i < 3; i++) {
            put(scene, x, y, sizes[s], i == 2 ? TYPE_MONO : TYPE_UI,
                i == 1 ? INK_TEXT_SECOND : INK_TEXT, samples[i]);
            y += sizes[s] * 1.45f;
        }
        y += 6;
    }
    put(scene, x, y + 4, 18, TYPE_MONO_BOLD, INK_BACKWARD, "y.backward()  ∂L/∂W  ế ợ ữ ặ  -> !=");
    put(scene, x + 480, y + 4, 18, TYPE_UI_BOLD, INK_FORWARD, "Lan truyền xuôi  ∂ ∇ ᵀ ← ✕ ✓");
    scene_text(scene, &(struct draw_text){ .at = { x + 860, y + 4 },
                                           .bytes = "một dòng rất dài bị cắt ở cuối",
                                           .size = 18,
                                           .ink = INK_TEXT,
                                           .max_width = 180,
                                           .strike = true });
}

static void sheet(struct scene *scene)
{
    scene_clear(scene);
    scene->width = 1280;
    scene->height = 800;
    card(scene, (struct rect){ 50, 50, 220, 130 }, INK_LEAF, "x", "1");
    edges(scene);
    scene_group(scene, &(struct draw_group){ .target = { TARGET_TENSOR, 2, 0 },
                                             .bounds = { 350, 50, 250, 130 },
                                             .title = "y = x + 2 <tensor>" });
    card(scene, (struct rect){ 350, 50, 250, 130 }, INK_CARD_LINE, "y = x + 2", "3.5");
    chip(scene, 500, 72, INK_FORWARD_SOFT, INK_FORWARD, "add");
    scene_group_end(scene);
    card(scene, (struct rect){ 680, 50, 240, 130 }, INK_LOSS, "loss", "27");
    chip(scene, 820, 72, INK_BACKWARD_SOFT, INK_BACKWARD, "mul");
    scene_rect(scene, &(struct draw_rect){ .rect = { 1020, 60, 200, 46 },
                                           .radius = 8,
                                           .fill = INK_BACKWARD_SOFT,
                                           .stroke = INK_BACKWARD,
                                           .dashed = true });
    put(scene, 1036, 90, 20, TYPE_MONO, INK_TEXT, "∂z/∂y  18");
    scene_rect(scene, &(struct draw_rect){
                          .rect = { 1020, 120, 120, 40 }, .radius = 10, .fill = INK_FORWARD });
    put(scene, 1036, 146, 16, TYPE_UI_BOLD, INK_TEXT_ON_ACCENT, "Chạy (F9)");
    scene_rect(scene, &(struct draw_rect){
                          .rect = { 1150, 120, 80, 40 }, .radius = 4, .fill = INK_ERROR });
    put(scene, 1166, 146, 16, TYPE_UI_BOLD, INK_TEXT_ON_ACCENT, "✕ Lỗi");
    heat(scene, 50, 210);
    lines(scene, 50, 290);
    scene_rect(scene, &(struct draw_rect){ .rect = { 50, 690, 560, 90 },
                                           .radius = 10,
                                           .fill = INK_PANEL,
                                           .stroke = INK_PANEL_LINE });
    scene_rect(scene,
               &(struct draw_rect){ .rect = { 54, 724, 552, 26 }, .fill = INK_CODE_CURRENT });
    scene_rect(scene, &(struct draw_rect){
                          .rect = { 104, 726, 62, 22 }, .radius = 3, .fill = INK_CODE_SPAN });
    put(scene, 66, 716, 16, TYPE_MONO, INK_CODE_COMMENT, "# chú thích");
    put(scene, 66, 742, 16, TYPE_MONO, INK_CODE_NAME, "z = (y * y) * 3");
    put(scene, 66, 768, 16, TYPE_MONO, INK_CODE_KEYWORD, "for i in range(3): pass");
    scene_clip(scene, (struct rect){ 640, 700, 120, 60 });
    scene_rect(scene, &(struct draw_rect){ .rect = { 600, 680, 140, 60 },
                                           .fill = INK_SELECTION_SOFT,
                                           .stroke = INK_SELECTION });
    scene_clip_end(scene);
    scene_text(
        scene,
        &(struct draw_text){
            .at = { 900, 740 }, .bytes = "halo", .size = 26, .ink = INK_TEXT, .halo = true });
    scene->title = "Sheet";
    scene->description = "Mọi thứ vẽ được";
}

static bool save(const char *folder, const char *name, enum file_format format, enum theme_id theme,
                 struct scene *scene, struct fonts *fonts)
{
    struct text path = { 0 };
    text_format(&path, "%s/%s", folder, name);
    const struct canvas_file_options options = {
        .format = format, .title = "Sheet", .description = "Mọi thứ vẽ được", .language = "vi"
    };
    struct error err = { 0 };
    struct canvas_file *file =
        canvas_file_create(path.bytes, &options, theme_at(theme), fonts, &err);
    bool done = file && canvas_file_page(file, scene, &err);
    done = file && canvas_file_finish(file, done ? &err : NULL) && done;
    if (!done) {
        fprintf(stderr, "%s\n", err.text);
    }
    text_finish(&path);
    return done;
}

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* 300 cards of 4 × 4 cells with numbers, joined by curves; to be looked at from afar. */
static const float MANY_SCALE = 1 / 3.0f;

static void many_card(struct scene *scene, int index, float x, float y)
{
    const struct rect box = { x, y, 240, 180 };
    scene_rect(scene, &(struct draw_rect){ .rect = box, .radius = 12, .fill = INK_SHADOW });
    scene_rect(
        scene,
        &(struct draw_rect){
            .rect = box, .radius = 12, .fill = INK_CARD, .stroke = INK_CARD_LINE, .width = 2 });
    put(scene, x + 15, y + 30, 24, TYPE_UI_BOLD, INK_TEXT, "y = x + 2");
    put(scene, x + 15, y + 57, 20, TYPE_MONO, INK_TEXT_SECOND, "(4, 4) float32");
    for (int c = 0; c < 16; c++) {
        const float value = (float)((index * 7 + c * 13) % 21 - 10) / 10;
        char label[16];
        snprintf(label, sizeof(label), "%+.1f", (double)value);
        const struct rect cell = { x + 15 + (float)(c % 4) * 54, y + 69 + (float)(c / 4) * 27, 51,
                                   24 };
        scene_rect(scene, &(struct draw_rect){ .rect = cell, .fill = INK_HEAT, .heat = value });
        scene_text(scene, &(struct draw_text){ .at = { cell.x + 25.5f, cell.y + 19 },
                                               .bytes = label,
                                               .role = TYPE_MONO,
                                               .size = 18,
                                               .ink = INK_HEAT_TEXT,
                                               .heat = value,
                                               .align = ALIGN_CENTRE });
    }
}

static void many(struct scene *scene)
{
    scene_clear(scene);
    for (int i = 0; i < 300; i++) {
        const float x = (float)(i % 20) * 285 + 30, y = (float)(i / 20) * 213 + 24;
        const struct point curve[] = {
            { x + 240, y + 90 }, { x + 270, y + 90 }, { x + 255, y + 180 }, { x + 285, y + 180 }
        };
        scene_path(scene, &(struct draw_path){ .points = curve,
                                               .count = 4,
                                               .curves = true,
                                               .stroke = INK_FORWARD,
                                               .width = 3,
                                               .head_end = 15 });
        many_card(scene, i, x, y);
    }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void speed(struct fonts *fonts)
{
    struct scene scene = { 0 };
    void *pixels = memory_allocate(1920 * 1080, 4);
    struct canvas *canvas =
        canvas_create_pixels(pixels, 1920, 1080, 1920 * 4, theme_at(THEME_LIGHT), fonts);
    enum { FRAMES = 60 };
    double times[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
        many(&scene);
        const double start = milliseconds();
        canvas_fill_page(canvas, NULL);
        canvas_play(canvas, &scene,
                    &(struct canvas_view){ .scale = MANY_SCALE, .origin = { (float)i, 0 } });
        times[i] = milliseconds() - start;
    }
    qsort(times, FRAMES, sizeof(times[0]), by_size);
    printf("%zu commands: median %.1f ms, p95 %.1f ms\n", scene.draw_count, times[FRAMES / 2],
           times[FRAMES * 95 / 100]);
    canvas_destroy(canvas);
    free(pixels);
    scene_finish(&scene);
}

int main(int argc, char **argv)
{
    struct error err = { 0 };
    struct fonts *fonts = fonts_create(&err);
    if (argc != 2 || !fonts) {
        fprintf(stderr, "%s\n", fonts ? "usage: draw_scene FOLDER | --speed" : err.text);
        fonts_destroy(fonts);
        return 1;
    }
    bool done = true;
    if (strcmp(argv[1], "--speed") == 0) {
        speed(fonts);
    } else {
        struct scene scene = { 0 };
        sheet(&scene);
        for (int id = 0; id < THEME_COUNT; id++) {
            struct text name = { 0 };
            text_format(&name, "sheet-%s.png", theme_at((enum theme_id)id)->name);
            done = save(argv[1], name.bytes, FILE_PNG, (enum theme_id)id, &scene, fonts) && done;
            text_finish(&name);
        }
        done = save(argv[1], "sheet.svg", FILE_SVG, THEME_LIGHT, &scene, fonts) && done;
        done = save(argv[1], "sheet-text.svg", FILE_SVG_TEXT, THEME_LIGHT, &scene, fonts) && done;
        done = save(argv[1], "sheet.pdf", FILE_PDF, THEME_LIGHT, &scene, fonts) && done;
        scene_finish(&scene);
    }
    fonts_destroy(fonts);
    return done ? 0 : 1;
}
