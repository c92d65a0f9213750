/* Events of the windows, and keys as names. */

#include "app/window/window.h"

#include <string.h>

#include "app/window/window_private.h"

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

/* In any order and in any case. */
static Uint16 take_modifiers(const char **name)
{
    static const struct {
        const char *prefix;
        Uint16 mod;
    } modifiers[] = { { "Ctrl+", KMOD_LCTRL }, { "Alt+", KMOD_LALT }, { "Shift+", KMOD_LSHIFT } };
    Uint16 mod = 0;

    for (size_t i = 0; i < SDL_arraysize(modifiers); i++) {
        const size_t length = strlen(modifiers[i].prefix);
        if (SDL_strncasecmp(*name, modifiers[i].prefix, length) == 0) {
            mod = (Uint16)(mod | modifiers[i].mod);
            *name += length;
            i = SIZE_MAX; /* those before it may follow */
        }
    }
    return mod;
}

bool window_key(const char *name, char out[WINDOW_KEY_SIZE])
{
    static const char *const spoken[][2] = { { "Comma", "," },      { "Esc", "Escape" },
                                             { "Enter", "Return" }, { "→", "Right" },
                                             { "←", "Left" },       { "↑", "Up" },
                                             { "↓", "Down" } };
    SDL_Keysym key = { .mod = take_modifiers(&name) };

    for (size_t i = 0; i < SDL_arraysize(spoken); i++) {
        name = SDL_strcasecmp(name, spoken[i][0]) == 0 ? spoken[i][1] : name;
    }
    key.sym = SDL_GetKeyFromName(name);
    if (key.sym == SDLK_UNKNOWN || is_modifier(key.sym)) {
        return false;
    }
    name_key(out, &key);
    return true;
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

/* SDL has the number of the window at the same place in the events of all but a few kinds. */
static struct window *window_of(const SDL_Event *in, struct window *otherwise)
{
    SDL_Window *const handle =
        SDL_GetWindowFromID(in->type == SDL_DROPFILE ? in->drop.windowID : in->window.windowID);
    struct window *const window = handle ? SDL_GetWindowData(handle, WINDOW_DATA) : NULL;

    return window ? window : otherwise;
}

static void take_window_event(const SDL_WindowEvent *in, struct window_event *event)
{
    if (in->event == SDL_WINDOWEVENT_SIZE_CHANGED) {
        event->kind = WINDOW_EVENT_RESIZED;
    } else if (in->event == SDL_WINDOWEVENT_EXPOSED || in->event == SDL_WINDOWEVENT_SHOWN) {
        event->kind = WINDOW_EVENT_EXPOSED;
    } else if (in->event == SDL_WINDOWEVENT_CLOSE) {
        event->kind = WINDOW_EVENT_CLOSE;
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
    *event = (struct window_event){ .kind = WINDOW_EVENT_NONE, .window = window };
    if (displays_changed(in)) {
        event->kind = WINDOW_EVENT_DISPLAYS;
    } else if (in->type == SDL_QUIT) {
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
    take_event(window_of(&in, window), &in, event);
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
                                       .windowID = SDL_GetWindowID(window->handle),
                                       .state = down ? SDL_PRESSED : SDL_RELEASED,
                                       .button = (Uint8)event->button,
                                       .x = (Sint32)event->at.x,
                                       .y = (Sint32)event->at.y } };
    }
    SDL_PushEvent(&out);
}

static void push_wheel(struct window *window, const struct window_event *event)
{
    SDL_Event out = { .wheel = { .type = SDL_MOUSEWHEEL,
                                 .windowID = SDL_GetWindowID(window->handle),
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
        push_wheel(window, event);
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
    case WINDOW_EVENT_CLOSE:
        out.window = (SDL_WindowEvent){ .type = SDL_WINDOWEVENT,
                                        .event = SDL_WINDOWEVENT_CLOSE,
                                        .windowID = SDL_GetWindowID(window->handle) };
        SDL_PushEvent(&out);
        return;
    case WINDOW_EVENT_DISPLAYS:
        out.display.type = SDL_DISPLAYEVENT;
        out.display.event = SDL_DISPLAYEVENT_CONNECTED;
        SDL_PushEvent(&out);
        return;
    case WINDOW_EVENT_EXPOSED:
    case WINDOW_EVENT_NONE:
        return;
    }
}
