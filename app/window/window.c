#include "app/window/window.h"

#include <string.h>

#include <SDL2/SDL.h>

#include "engine/base/memory.h"

enum { SMALLEST_WIDTH = 640, SMALLEST_HEIGHT = 480 };
enum { USUAL_WIDTH = 1366, USUAL_HEIGHT = 768 };

struct window {
    SDL_Window *handle;
    bool held;
    float density;
    SDL_Cursor *cursors[WINDOW_CURSOR_COUNT];
    enum window_cursor cursor;
};

/* Without a display SDL may draw into memory, where nobody sees it: only when asked to. */
static bool video_start(struct error *err)
{
    if (SDL_Init(SDL_INIT_VIDEO) != 0) {
        return error_set(err,
                         "no window can be opened: %s. Without a display use `gradlight export` or "
                         "`gradlight describe`",
                         SDL_GetError());
    }
    const char *const driver = SDL_GetCurrentVideoDriver();
    if (strcmp(driver, "offscreen") == 0 && !SDL_GetHint(SDL_HINT_VIDEODRIVER)) {
        SDL_Quit();
        return error_set(err,
                         "no window can be opened: there is no display. Use `gradlight export` "
                         "or `gradlight describe`");
    }
    return true;
}

/* 1366 × 768 where the display has no more room to spare, else four fifths of it. */
static void choose_size(struct window_place *place)
{
    SDL_Rect room = { .w = USUAL_WIDTH, .h = USUAL_HEIGHT };

    if (place->width > 0) {
        return;
    }
    SDL_GetDisplayUsableBounds(0, &room);
    place->width = SDL_max(SDL_min(USUAL_WIDTH, room.w), room.w * 4 / 5);
    place->height = SDL_max(SDL_min(USUAL_HEIGHT, room.h), room.h * 4 / 5);
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

/* The dots per inch of a large display, in quarters of the usual. What smaller ones and projectors report
 * is often not true, and a window that fills them has large text anyway. */
static float display_density(int display)
{
    enum { LARGE = 2560 };
    static const float usual = 96, most = 2;
    SDL_Rect bounds = { 0 };
    float dpi = usual;

    if (SDL_GetDisplayBounds(display, &bounds) != 0 || bounds.w < LARGE ||
        SDL_GetDisplayDPI(display, NULL, &dpi, NULL) != 0) {
        return 1;
    }
    return SDL_min(SDL_floorf(dpi / usual * 4) / 4, most);
}

/* What the desktop says first: pixels to a unit of its own, or the factor that GTK and Qt hear of. */
static float find_density(SDL_Window *handle)
{
    static const char *const names[] = { "GDK_SCALE", "QT_SCALE_FACTOR" };
    static const float most = 3;
    int units = 1, pixels = 1;

    SDL_GetWindowSize(handle, &units, NULL);
    SDL_GetWindowSizeInPixels(handle, &pixels, NULL);
    float density = units > 0 ? (float)pixels / (float)units : 1;
    for (size_t i = 0; i < SDL_arraysize(names); i++) {
        const char *const value = SDL_getenv(names[i]);
        double factor;
        if (value && number_parse(value, strlen(value), &factor)) {
            density = SDL_max(density, (float)factor);
        }
    }
    density = SDL_max(density, display_density(SDL_GetWindowDisplayIndex(handle)));
    return SDL_min(SDL_max(density, 1), most);
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

struct window *window_create(const char *title, const struct window_place *place, struct error *err)
{
    /* The surface goes to the display as it is, never through OpenGL: slower without a GPU. */
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_APP_NAME, "Gradlight");
    SDL_SetHint("SDL_VIDEO_X11_WMCLASS", "gradlight");
    SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
    if (!video_start(err)) {
        return NULL;
    }
    SDL_Window *const handle = open_window(title, place);

    if (!handle) {
        error_set(err, "no window can be opened: %s", SDL_GetError());
        SDL_Quit();
        return NULL;
    }
    SDL_SetWindowMinimumSize(handle, SMALLEST_WIDTH, SMALLEST_HEIGHT);
    /* Input methods (Telex, VNI) swallow plain letter keys while text input is on. */
    SDL_StopTextInput();
    struct window *const window = memory_allocate(1, sizeof(*window));
    window->handle = handle;
    window->density = find_density(handle);
    make_cursors(window);
    return window;
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
    SDL_Quit();
    free(window);
}

/* ---- keys ------------------------------------------------------------------------------- */

static bool is_modifier(SDL_Keycode code)
{
    return code == SDLK_LCTRL || code == SDLK_RCTRL || code == SDLK_LSHIFT || code == SDLK_RSHIFT ||
           code == SDLK_LALT || code == SDLK_RALT || code == SDLK_LGUI || code == SDLK_RGUI;
}

/* "Ctrl+Shift+Right". The key pad's digits and enter count as the plain ones. */
static void name_key(char out[WINDOW_KEY_SIZE], const SDL_Keysym *key)
{
    const char *name = SDL_GetKeyName(key->sym);

    if (strncmp(name, "Keypad ", 7) == 0) {
        name += 7;
    }
    SDL_snprintf(out, WINDOW_KEY_SIZE, "%s%s%s%s", key->mod & KMOD_CTRL ? "Ctrl+" : "",
                 key->mod & KMOD_ALT ? "Alt+" : "", key->mod & KMOD_SHIFT ? "Shift+" : "",
                 strcmp(name, "Enter") == 0 ? "Return" : name);
}

static Uint16 take_modifiers(const char **name)
{
    static const struct {
        const char *prefix;
        Uint16 mod;
    } modifiers[] = { { "Ctrl+", KMOD_LCTRL }, { "Alt+", KMOD_LALT }, { "Shift+", KMOD_LSHIFT } };
    Uint16 mod = 0;

    for (size_t i = 0; i < SDL_arraysize(modifiers); i++) {
        const size_t length = strlen(modifiers[i].prefix);
        if (strncmp(*name, modifiers[i].prefix, length) == 0) {
            mod = (Uint16)(mod | modifiers[i].mod);
            *name += length;
        }
    }
    return mod;
}

/* ---- events ----------------------------------------------------------------------------- */

/* Pixels of the surface: where a display is scaled, events come in its larger units. */
static struct point pointer(const struct window *window, float x, float y)
{
    int width = 1, pixels = 1;

    SDL_GetWindowSize(window->handle, &width, NULL);
    SDL_GetWindowSizeInPixels(window->handle, &pixels, NULL);
    const float scale = width > 0 ? (float)pixels / (float)width : 1;
    return (struct point){ x * scale, y * scale };
}

static void take_window_event(const SDL_WindowEvent *in, struct window_event *event)
{
    if (in->event == SDL_WINDOWEVENT_SIZE_CHANGED) {
        event->kind = WINDOW_EVENT_RESIZED;
    } else if (in->event == SDL_WINDOWEVENT_EXPOSED || in->event == SDL_WINDOWEVENT_SHOWN) {
        event->kind = WINDOW_EVENT_EXPOSED;
    } else if (in->event == SDL_WINDOWEVENT_CLOSE) {
        event->kind = WINDOW_EVENT_QUIT;
    }
}

static void take_button(struct window *window, const SDL_MouseButtonEvent *in,
                        struct window_event *event)
{
    event->kind = in->state == SDL_PRESSED ? WINDOW_EVENT_PRESS : WINDOW_EVENT_RELEASE;
    event->button = in->button;
    event->at = pointer(window, (float)in->x, (float)in->y);
    window->held = in->state == SDL_PRESSED;
}

static void take_wheel(const struct window *window, const SDL_MouseWheelEvent *in,
                       struct window_event *event)
{
    event->kind = WINDOW_EVENT_WHEEL;
    event->wheel = (struct point){ in->preciseX, in->preciseY };
    if (in->preciseX == 0 && in->preciseY == 0) {
        event->wheel = (struct point){ (float)in->x, (float)in->y };
    }
    event->at = pointer(window, (float)in->mouseX, (float)in->mouseY);
    event->control = (SDL_GetModState() & KMOD_CTRL) != 0;
}

static void take_event(struct window *window, const SDL_Event *in, struct window_event *event)
{
    *event = (struct window_event){ .kind = WINDOW_EVENT_NONE };
    if (in->type == SDL_QUIT) {
        event->kind = WINDOW_EVENT_QUIT;
    } else if (in->type == SDL_WINDOWEVENT) {
        take_window_event(&in->window, event);
    } else if (in->type == SDL_KEYDOWN && !is_modifier(in->key.keysym.sym)) {
        event->kind = WINDOW_EVENT_KEY;
        name_key(event->key, &in->key.keysym);
    } else if (in->type == SDL_MOUSEMOTION) {
        event->kind = WINDOW_EVENT_MOVE;
        event->at = pointer(window, (float)in->motion.x, (float)in->motion.y);
        event->held = window->held;
    } else if (in->type == SDL_MOUSEBUTTONDOWN || in->type == SDL_MOUSEBUTTONUP) {
        take_button(window, &in->button, event);
    } else if (in->type == SDL_MOUSEWHEEL) {
        take_wheel(window, &in->wheel, event);
    } else if (in->type == SDL_DROPFILE) {
        event->kind = WINDOW_EVENT_DROP;
        SDL_strlcpy(event->path, in->drop.file, sizeof(event->path));
        SDL_free(in->drop.file);
    } else if (in->type == SDL_TEXTINPUT) {
        event->kind = WINDOW_EVENT_TEXT;
        SDL_strlcpy(event->text, in->text.text, sizeof(event->text));
    }
}

bool window_wait(struct window *window, double seconds, struct window_event *event)
{
    SDL_Event in;
    const int found = seconds == 0  ? SDL_PollEvent(&in)
                      : seconds < 0 ? SDL_WaitEvent(&in)
                                    : SDL_WaitEventTimeout(&in, (int)(seconds * 1000) + 1);

    if (!found) {
        return false;
    }
    take_event(window, &in, event);
    return true;
}

static void push_key(struct window *window, const char *name)
{
    SDL_Event out = { .key = { .type = SDL_KEYDOWN, .state = SDL_PRESSED } };

    out.key.windowID = SDL_GetWindowID(window->handle);
    out.key.keysym.mod = take_modifiers(&name);
    out.key.keysym.sym = SDL_GetKeyFromName(name);
    SDL_PushEvent(&out);
}

static void push_pointer(struct window *window, const struct window_event *event)
{
    SDL_Event out = { .type = SDL_MOUSEMOTION };

    out.motion.windowID = SDL_GetWindowID(window->handle);
    out.motion.x = (Sint32)event->at.x;
    out.motion.y = (Sint32)event->at.y;
    if (event->kind == WINDOW_EVENT_PRESS || event->kind == WINDOW_EVENT_RELEASE) {
        const bool down = event->kind == WINDOW_EVENT_PRESS;
        out = (SDL_Event){ .button = { .type = down ? SDL_MOUSEBUTTONDOWN : SDL_MOUSEBUTTONUP,
                                       .state = down ? SDL_PRESSED : SDL_RELEASED,
                                       .button = (Uint8)event->button,
                                       .x = (Sint32)event->at.x,
                                       .y = (Sint32)event->at.y } };
    }
    SDL_PushEvent(&out);
}

static void push_wheel(const struct window_event *event)
{
    SDL_Event out = { .wheel = { .type = SDL_MOUSEWHEEL,
                                 .x = (Sint32)event->wheel.x,
                                 .y = (Sint32)event->wheel.y,
                                 .preciseX = event->wheel.x,
                                 .preciseY = event->wheel.y,
                                 .mouseX = (Sint32)event->at.x,
                                 .mouseY = (Sint32)event->at.y } };

    SDL_PushEvent(&out);
}

void window_push(struct window *window, const struct window_event *event)
{
    SDL_Event out = { .type = SDL_QUIT };

    switch (event->kind) {
    case WINDOW_EVENT_KEY:
        push_key(window, event->key);
        return;
    case WINDOW_EVENT_MOVE:
    case WINDOW_EVENT_PRESS:
    case WINDOW_EVENT_RELEASE:
        push_pointer(window, event);
        return;
    case WINDOW_EVENT_WHEEL:
        push_wheel(event);
        return;
    case WINDOW_EVENT_RESIZED:
        SDL_SetWindowSize(window->handle, (int)event->at.x, (int)event->at.y);
        return;
    case WINDOW_EVENT_DROP:
        out.drop = (SDL_DropEvent){ .type = SDL_DROPFILE, .file = SDL_strdup(event->path) };
        SDL_PushEvent(&out);
        return;
    case WINDOW_EVENT_TEXT:
        out.text = (SDL_TextInputEvent){ .type = SDL_TEXTINPUT };
        SDL_strlcpy(out.text.text, event->text, sizeof(out.text.text));
        SDL_PushEvent(&out);
        return;
    case WINDOW_EVENT_QUIT:
        SDL_PushEvent(&out);
        return;
    case WINDOW_EVENT_EXPOSED:
    case WINDOW_EVENT_NONE:
        return;
    }
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

const char *window_display(const struct window *window)
{
    const char *const name = SDL_GetDisplayName(SDL_GetWindowDisplayIndex(window->handle));

    return name ? name : "";
}
