#include "app/window/window.h"

#include <string.h>

#include <SDL2/SDL.h>

#include "app/window/window_private.h"
#include "engine/base/memory.h"

enum { SMALLEST_WIDTH = 640, SMALLEST_HEIGHT = 480 };
enum { USUAL_WIDTH = 1366, USUAL_HEIGHT = 768 };

/* The last window closes everything. */
static void video_stop(void)
{
    SDL_QuitSubSystem(SDL_INIT_VIDEO);
    if (!SDL_WasInit(SDL_INIT_VIDEO)) {
        SDL_Quit();
    }
}

/* Without a display SDL may draw into memory, where nobody sees it: only when asked to. */
static bool video_start(struct error *err)
{
    if (SDL_InitSubSystem(SDL_INIT_VIDEO) != 0) {
        return error_set(err,
                         "no window can be opened: %s. Without a display use `gradlight export` or "
                         "`gradlight describe`",
                         SDL_GetError());
    }
    const char *const driver = SDL_GetCurrentVideoDriver();
    if (strcmp(driver, "offscreen") == 0 && !SDL_GetHint(SDL_HINT_VIDEODRIVER)) {
        video_stop();
        return error_set(err,
                         "no window can be opened: there is no display. Use `gradlight export` "
                         "or `gradlight describe`");
    }
    if (strcmp(driver, "wayland") == 0) {
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "1"); /* it has no surface of another kind */
    }
    return true;
}

/* 1366 × 768 where the display has no more room to spare, else four fifths of it. Where a frame
 * would push its foot off the display, it fills that. */
static void choose_size(struct window_place *place)
{
    static const int frame = 40;
    SDL_Rect room = { .w = USUAL_WIDTH, .h = USUAL_HEIGHT };

    if (place->width > 0) {
        return;
    }
    SDL_GetDisplayUsableBounds(0, &room);
    place->width = SDL_max(SDL_min(USUAL_WIDTH, room.w), room.w * 4 / 5);
    place->height = SDL_max(SDL_min(USUAL_HEIGHT, room.h), room.h * 4 / 5);
    if (place->height + frame > room.h) {
        place->height = room.h - frame;
        place->maximized = true;
    }
}

/* Whether enough of its title can be seen to take hold of it: displays come and go. */
static bool can_be_seen(const struct window_place *place)
{
    const SDL_Rect title = { place->x, place->y, place->width, 24 };

    for (int i = 0; i < SDL_GetNumVideoDisplays(); i++) {
        SDL_Rect display, seen;
        if (SDL_GetDisplayBounds(i, &display) == 0 && SDL_IntersectRect(&display, &title, &seen) &&
            seen.w > 100) {
            return place->x != 0 || place->y != 0;
        }
    }
    return false;
}

static SDL_Window *open_window(const char *title, const struct window_place *asked)
{
    struct window_place place = *asked;

    choose_size(&place);
    if (!can_be_seen(&place)) {
        place.x = place.y = (int)SDL_WINDOWPOS_CENTERED;
    }
    return SDL_CreateWindow(title, place.x, place.y, place.width, place.height,
                            SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI |
                                (place.maximized ? SDL_WINDOW_MAXIMIZED : 0));
}

static void make_cursors(struct window *window)
{
    static const SDL_SystemCursor shapes[WINDOW_CURSOR_COUNT] = {
        [WINDOW_CURSOR_ARROW] = SDL_SYSTEM_CURSOR_ARROW,
        [WINDOW_CURSOR_HAND] = SDL_SYSTEM_CURSOR_HAND,
        [WINDOW_CURSOR_ACROSS] = SDL_SYSTEM_CURSOR_SIZEWE,
        [WINDOW_CURSOR_DOWN] = SDL_SYSTEM_CURSOR_SIZENS,
    };

    for (int i = 0; i < WINDOW_CURSOR_COUNT; i++) {
        window->cursors[i] = SDL_CreateSystemCursor(shapes[i]);
    }
}

static void set_hints(void)
{
    /* The surface goes to the display as it is, never through OpenGL: slower without a GPU. */
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_APP_NAME, "Gradlight");
    SDL_SetHint("SDL_VIDEO_X11_WMCLASS", "gradlight");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    /* The audience's window stays where it is while the keyboard is with the presenter's. */
    SDL_SetHint(SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS, "0");
}

/* NULL handle: SDL says why. Takes the video that was started. */
static struct window *take_handle(SDL_Window *handle, struct error *err)
{
    if (!handle) {
        error_set(err, "no window can be opened: %s", SDL_GetError());
        video_stop();
        return NULL;
    }
    struct window *const window = memory_allocate(1, sizeof(*window));
    window->handle = handle;
    window->density = density_find(handle);
    SDL_SetWindowData(handle, WINDOW_DATA, window);
    make_cursors(window);
    displays_watch(handle);
    return window;
}

void window_complain(const char *text)
{
    if (SDL_Init(SDL_INIT_VIDEO) == 0) {
        SDL_ShowSimpleMessageBox(SDL_MESSAGEBOX_ERROR, "Gradlight", text, NULL);
        SDL_Quit();
    }
}

struct window *window_create(const char *title, const struct window_place *place, struct error *err)
{
    set_hints();
    if (!video_start(err)) {
        return NULL;
    }
    struct window *const window = take_handle(open_window(title, place), err);
    if (window) {
        SDL_SetWindowMinimumSize(window->handle, SMALLEST_WIDTH, SMALLEST_HEIGHT);
        /* Input methods (Telex, VNI) swallow plain letter keys while text input is on. */
        SDL_StopTextInput();
    }
    return window;
}

struct window *window_create_filling(const char *title, const struct display *display,
                                     struct error *err)
{
    /* SDL takes a display that was switched on behind its back for the first one, and would fill that. */
    const Uint32 full = displays_known(display) ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0;

    set_hints();
    if (!video_start(err)) {
        return NULL;
    }
    return take_handle(SDL_CreateWindow(title, display->x, display->y, display->width,
                                        display->height,
                                        SDL_WINDOW_BORDERLESS | SDL_WINDOW_ALLOW_HIGHDPI | full),
                       err);
}

void window_destroy(struct window *window)
{
    if (!window) {
        return;
    }
    for (int i = 0; i < WINDOW_CURSOR_COUNT; i++) {
        SDL_FreeCursor(window->cursors[i]);
    }
    SDL_DestroyWindow(window->handle);
    video_stop();
    free(window);
}

/* ---- pixels ----------------------------------------------------------------------------- */

bool window_pixels(struct window *window, struct window_pixels *out, struct error *err)
{
    SDL_Surface *const surface = SDL_GetWindowSurface(window->handle);

    if (!surface || surface->format->BytesPerPixel != 4) {
        return error_set(err, "the window has no drawable surface: %s", SDL_GetError());
    }
    *out = (struct window_pixels){ .pixels = surface->pixels,
                                   .width = surface->w,
                                   .height = surface->h,
                                   .stride = surface->pitch };
    return true;
}

void window_present(struct window *window, const struct rect *rects, size_t count)
{
    SDL_Rect out[64];
    int used = 0;

    for (size_t i = 0; i < count && used < (int)SDL_arraysize(out); i++) {
        out[used++] =
            (SDL_Rect){ (int)rects[i].x, (int)rects[i].y, (int)rects[i].w, (int)rects[i].h };
    }
    if (used > 0) {
        SDL_UpdateWindowSurfaceRects(window->handle, out, used);
    }
}

float window_density(struct window *window)
{
    return window->density;
}

/* A desktop without that shape keeps the one it has. */
void window_set_cursor(struct window *window, enum window_cursor cursor)
{
    if (cursor != window->cursor && window->cursors[cursor]) {
        SDL_SetCursor(window->cursors[cursor]);
        window->cursor = cursor;
    }
}

void window_show_cursor(struct window *window, bool shown)
{
    (void)window; /* there is one pointer for all */
    SDL_ShowCursor(shown ? SDL_ENABLE : SDL_DISABLE);
}

bool window_is_on_desktop(const struct window *window)
{
    const char *const driver = SDL_GetCurrentVideoDriver();

    (void)window;
    return driver && (strcmp(driver, "x11") == 0 || strcmp(driver, "wayland") == 0);
}

bool window_where(struct window *window, struct window_place *place)
{
    const Uint32 flags = SDL_GetWindowFlags(window->handle);

    if (flags & (SDL_WINDOW_FULLSCREEN | SDL_WINDOW_MINIMIZED | SDL_WINDOW_HIDDEN)) {
        return false;
    }
    *place = (struct window_place){ .maximized = (flags & SDL_WINDOW_MAXIMIZED) != 0 };
    SDL_GetWindowPosition(window->handle, &place->x, &place->y);
    SDL_GetWindowSize(window->handle, &place->width, &place->height);
    return true;
}

void window_set_title(struct window *window, const char *title)
{
    SDL_SetWindowTitle(window->handle, title);
}

void window_copy(struct window *window, const char *text)
{
    (void)window; /* there is one clipboard for all */
    SDL_SetClipboardText(text);
}

void window_set_typing(struct window *window, bool typing)
{
    (void)window; /* there is one keyboard for all */
    if (typing) {
        SDL_StartTextInput();
    } else {
        SDL_StopTextInput();
    }
}

void window_set_fullscreen(struct window *window, bool fullscreen)
{
    SDL_SetWindowFullscreen(window->handle, fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
}

double window_clock(void)
{
    return (double)SDL_GetPerformanceCounter() / (double)SDL_GetPerformanceFrequency();
}

/* ---- displays --------------------------------------------------------------------------- */

size_t window_displays(const struct window *window, struct display out[WINDOW_DISPLAYS_MOST])
{
    return displays_list(window->handle, out);
}

static bool is_on(const struct window *window, const struct display *display)
{
    int x = 0, y = 0, width = 0, height = 0;

    SDL_GetWindowPosition(window->handle, &x, &y);
    SDL_GetWindowSize(window->handle, &width, &height);
    x += width / 2 - display->x;
    y += height / 2 - display->y;
    return x >= 0 && y >= 0 && x < display->width && y < display->height;
}

const char *window_display(struct window *window)
{
    struct display displays[WINDOW_DISPLAYS_MOST];
    const size_t count = window_displays(window, displays);

    window->display[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (is_on(window, &displays[i])) {
            memcpy(window->display, displays[i].name, sizeof(window->display));
        }
    }
    return window->display;
}

void window_move_to(struct window *window, const struct display *display)
{
    enum { LEAST_RIM = 40 };
    const bool maximized = (SDL_GetWindowFlags(window->handle) & SDL_WINDOW_MAXIMIZED) != 0;
    int width = 0, height = 0;

    if (is_on(window, display)) {
        return;
    }
    SDL_RestoreWindow(window->handle); /* what is maximized does not move */
    SDL_GetWindowSize(window->handle, &width, &height);
    width = SDL_min(width, display->width - LEAST_RIM);
    height = SDL_min(height, display->height - LEAST_RIM);
    SDL_SetWindowSize(window->handle, width, height);
    SDL_SetWindowPosition(window->handle, display->x + (display->width - width) / 2,
                          display->y + (display->height - height) / 2);
    if (maximized) {
        SDL_MaximizeWindow(window->handle);
    }
    window->density = density_find(window->handle);
}

void window_raise(struct window *window)
{
    SDL_RaiseWindow(window->handle);
}
