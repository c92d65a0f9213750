#include "app/export/film.h"

#include <stdlib.h>

#include "app/export/ffmpeg.h"
#include "app/output.h"
#include "app/player.h"
#include "engine/base/memory.h"
#include "render/canvas/canvas.h"
#include "render/canvas/gif.h"

/* Pictures a second, and how long each step and the last rest. */
enum { RATE = 20, REST = 26, REST_LAST = 60 };

/* ---- which steps ------------------------------------------------------------------------ */

/* The pass that the moment lies in or that comes next, else the last; NULL: there is none. */
static const struct trace_backward *pass_near(const struct trace *trace, uint32_t moment)
{
    const struct trace_backward *last = NULL;

    for (int64_t id = 1; id <= trace_backward_count(trace); id++) {
        const struct trace_backward *const backward = trace_backward(trace, id);
        last = backward ? backward : last;
        if (backward && (backward->ended == NEVER || backward->ended >= moment)) {
            return backward;
        }
    }
    return last;
}

/* Where the operations begin that lead to the pass: behind the one before, or with its episode. */
static uint32_t forward_from(const struct session *session, const struct trace_backward *backward)
{
    const struct trace *const trace = session_trace(session);
    const struct trace_backward *const before = trace_backward(trace, backward->id - 1);

    return before && before->ended != NEVER ? before->ended + 1 : 0;
}

bool film_fill(struct deck *deck, const struct session *session, enum film_pass pass,
               uint32_t moment, struct error *err)
{
    const struct trace_backward *const backward = pass_near(session_trace(session), moment);
    const struct stops *const stops = session_stops(session);
    const size_t count = stops_count(stops, STOP_OPERATION);

    if (!backward) {
        return error_set_kind(err, ERROR_VALUE,
                              "the lesson has no backward pass; --all films all of it");
    }
    const uint32_t end = backward->ended == NEVER ? NEVER : backward->ended + 1;
    const uint32_t from = pass == PASS_BACKWARD ? backward->born : forward_from(session, backward);
    const uint32_t to = pass == PASS_BACKWARD ? end : backward->born;
    for (size_t i = 0; i < count; i++) {
        const uint32_t at = stops_at(stops, STOP_OPERATION, i)->moment;
        const bool next_is_in = pass == PASS_BACKWARD && i + 1 < count && at <= from &&
                                stops_at(stops, STOP_OPERATION, i + 1)->moment > from;
        /* A backward pass begins with what stands there before it. */
        if (next_is_in || (at > from && at <= to)) {
            deck_add_step(deck, session, STOP_OPERATION, at);
        }
    }
    return deck->count > 0 || error_set_kind(err, ERROR_VALUE, "the pass has no step to film");
}

/* ---- pictures --------------------------------------------------------------------------- */

struct camera {
    const struct page_tools *tools;
    struct session *session;
    struct page_look look;
    struct theme theme;
    int width, height;
    uint32_t *pixels;
};

static void shoot(struct camera *camera, const struct page *page, double motion)
{
    struct scene scene = { 0 };
    struct canvas *const canvas =
        canvas_create_pixels(camera->pixels, camera->width, camera->height, camera->width * 4,
                             &camera->theme, camera->tools->fonts);

    camera->look.motion = motion;
    page_draw(camera->tools, camera->session, page, &camera->look, &scene);
    canvas_fill_page(canvas, NULL);
    canvas_play(canvas, &scene, &(struct canvas_view){ .scale = 1 });
    canvas_destroy(canvas);
    scene_finish(&scene);
}

/* Takes each picture with the hundredths of a second that it stands; false: no more. */
struct screen_room {
    bool (*take)(void *owner, const uint32_t *pixels, int hundredths, struct error *err);
    void *owner;
};

static int moving_pictures(void)
{
    return (int)((PLAYER_FLOW_SECONDS + PLAYER_LAND_SECONDS) * RATE);
}

/* The first is where the film begins: it stands still. */
static bool film_step(struct camera *camera, const struct deck *deck, size_t index,
                      const struct screen_room *room, struct error *err)
{
    const struct page *const page = &deck->pages[index];
    const int moving = index > 0 && page->kind == PAGE_STEP ? moving_pictures() : 0;

    for (int i = 1; i < moving; i++) {
        shoot(camera, page, (double)i / moving);
        if (!room->take(room->owner, camera->pixels, 100 / RATE, err)) {
            return false;
        }
    }
    shoot(camera, page, 1);
    return room->take(room->owner, camera->pixels,
                      (index + 1 < deck->count ? REST : REST_LAST) * 100 / RATE, err);
}

static bool film_all(struct camera *camera, const struct deck *deck,
                     const struct film_options *options, const struct screen_room *room,
                     struct error *err)
{
    for (size_t i = 0; i < deck->count; i++) {
        if (!progress_step(options->progress, i, deck->count)) {
            return error_set(err, "stopped");
        }
        if (!film_step(camera, deck, i, room, err)) {
            return false;
        }
    }
    return true;
}

/* ---- GIF -------------------------------------------------------------------------------- */

static void put_output(void *owner, const char *bytes, size_t length)
{
    output_put(owner, bytes, length);
}

static bool take_gif(void *owner, const uint32_t *pixels, int hundredths, struct error *err)
{
    return gif_frame(owner, pixels, hundredths, err);
}

/* All colours are in what rests and in what is halfway there. */
static void look_at_all(struct camera *camera, const struct deck *deck, struct gif *gif,
                        struct progress *progress)
{
    for (size_t i = 0; i < deck->count && !progress_stopped(progress); i++) {
        shoot(camera, &deck->pages[i], 1);
        gif_look(gif, camera->pixels);
        shoot(camera, &deck->pages[i], 0.5);
        gif_look(gif, camera->pixels);
    }
}

static bool write_gif(struct camera *camera, const struct deck *deck,
                      const struct film_options *options, const char *path, struct error *err)
{
    struct output *const output = output_create(path, err);
    struct gif *gif;

    if (!output) {
        return false;
    }
    gif = gif_create(camera->width, camera->height, &camera->theme);
    look_at_all(camera, deck, gif, options->progress);
    const bool good =
        gif_begin(gif, put_output, output, err) &&
        film_all(camera, deck, options, &(struct screen_room){ take_gif, gif }, err) &&
        gif_finish(gif, err);
    gif_destroy(gif);
    if (!good) {
        output_abandon(output);
        return false;
    }
    return output_finish(output, err);
}

/* ---- MP4 -------------------------------------------------------------------------------- */

static bool take_mp4(void *owner, const uint32_t *pixels, int hundredths, struct error *err)
{
    bool good = true;

    for (int i = 0; i < hundredths * RATE / 100 && good; i++) {
        good = ffmpeg_frame(owner, pixels, err);
    }
    return good;
}

static bool write_mp4(struct camera *camera, const struct deck *deck,
                      const struct film_options *options, const char *path, struct error *err)
{
    struct ffmpeg *const ffmpeg = ffmpeg_start(path, camera->width, camera->height, RATE, err);

    if (!ffmpeg) {
        return false;
    }
    const bool good =
        film_all(camera, deck, options, &(struct screen_room){ take_mp4, ffmpeg }, err);
    if (!good && progress_stopped(options->progress)) {
        ffmpeg_abandon(ffmpeg);
        return false;
    }
    /* When it takes no more, its own reason says more than ours. */
    return ffmpeg_finish(ffmpeg, err) && good;
}

/* As for a PNG: half a gigabyte. */
static bool check_size(const struct camera *camera, struct error *err)
{
    static const double pixels_max = 128e6;

    return (double)camera->width * (double)camera->height <= pixels_max ||
           error_set_kind(err, ERROR_VALUE,
                          "a film of %d × %d pixels cannot be drawn; all of it may be %.0f million "
                          "pixels",
                          camera->width, camera->height, pixels_max / 1e6);
}

bool film_write(const struct page_tools *tools, struct session *session, const struct deck *deck,
                const struct film_options *options, const char *path, struct error *err)
{
    struct camera camera = {
        .tools = tools,
        .session = session,
        .look = options->look,
        .theme = *theme_at(options->look.theme),
        .width = options->look.width & ~1, /* videos have even sides */
        .height = options->look.height & ~1,
    };

    if (!check_size(&camera, err)) {
        return false;
    }
    camera.theme.shadows = false;
    camera.look.width = camera.width;
    camera.look.height = camera.height;
    camera.pixels = memory_allocate((size_t)camera.width * (size_t)camera.height, 4);
    const bool good = options->kind == FILM_GIF ? write_gif(&camera, deck, options, path, err)
                                                : write_mp4(&camera, deck, options, path, err);
    free(camera.pixels);
    return good;
}
