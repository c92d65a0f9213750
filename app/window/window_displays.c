/* Which displays there are. On X11 the server itself is asked: SDL 2 hears of a cable that is plugged in or
 * pulled out, but not of a display that is switched on or off, moved, or given other pixels. */

#include "app/window/window_x11.h"

#include <string.h>

#include <SDL2/SDL_syswm.h>
#include <X11/extensions/Xrandr.h>

/* ---- X11 -------------------------------------------------------------------------------- */

Display *x11_of(SDL_Window *window)
{
    SDL_SysWMinfo info;

    SDL_VERSION(&info.version);
    return SDL_GetWindowWMInfo(window, &info) && info.subsystem == SDL_SYSWM_X11
               ? info.info.x11.display
               : NULL;
}

static void x11_name(Display *x11, Atom atom, char out[DISPLAY_NAME_SIZE])
{
    char *const name = XGetAtomName(x11, atom);

    SDL_strlcpy(out, name ? name : "", DISPLAY_NAME_SIZE);
    if (name) {
        XFree(name);
    }
}

static size_t x11_list(Display *x11, struct display out[WINDOW_DISPLAYS_MOST])
{
    int found = 0;
    XRRMonitorInfo *const monitors = XRRGetMonitors(x11, DefaultRootWindow(x11), True, &found);
    size_t count = 0;

    for (int i = 0; monitors && i < found && count < WINDOW_DISPLAYS_MOST; i++) {
        const XRRMonitorInfo *const in = &monitors[i];
        out[count] = (struct display){
            .x = in->x, .y = in->y, .width = in->width, .height = in->height, .primary = in->primary
        };
        x11_name(x11, in->name, out[count++].name);
    }
    if (monitors) {
        XRRFreeMonitors(monitors);
    }
    return count;
}

/* ---- SDL -------------------------------------------------------------------------------- */

static size_t sdl_list(struct display out[WINDOW_DISPLAYS_MOST])
{
    size_t count = 0;

    for (int i = 0; i < SDL_GetNumVideoDisplays() && count < WINDOW_DISPLAYS_MOST; i++) {
        SDL_Rect bounds;
        if (SDL_GetDisplayBounds(i, &bounds) == 0) {
            out[count++] = (struct display){ .x = bounds.x,
                                             .y = bounds.y,
                                             .width = bounds.w,
                                             .height = bounds.h,
                                             .primary = i == 0 };
        }
    }
    return count;
}

/* SDL's number of the display that begins there, -1: it knows none. */
static int sdl_index(const struct display *display)
{
    for (int i = 0; i < SDL_GetNumVideoDisplays(); i++) {
        SDL_Rect bounds;
        if (SDL_GetDisplayBounds(i, &bounds) == 0 && bounds.x == display->x &&
            bounds.y == display->y) {
            return i;
        }
    }
    return -1;
}

/* What the projector says of itself where SDL has read it, else the name of its socket. */
static void name_display(struct display *display)
{
    const int index = sdl_index(display);
    const char *const name = index >= 0 ? SDL_GetDisplayName(index) : NULL;

    if (name && name[0]) {
        SDL_strlcpy(display->name, name, sizeof(display->name));
    }
}

/* ---- both ------------------------------------------------------------------------------- */

/* Those that show the same part of the desktop are one; which is the first is told at least once. */
static size_t without_mirrors(struct display *displays, size_t count)
{
    size_t kept = 0;
    bool primary = false;

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < kept && (displays[k].x != displays[i].x || displays[k].y != displays[i].y)) {
            k++;
        }
        if (k == kept) {
            displays[kept++] = displays[i];
        }
        displays[k].primary = displays[k].primary || displays[i].primary;
        primary = primary || displays[k].primary;
    }
    if (kept > 0 && !primary) {
        displays[0].primary = true;
    }
    return kept;
}

size_t displays_list(SDL_Window *window, struct display out[WINDOW_DISPLAYS_MOST])
{
    Display *const x11 = x11_of(window);
    size_t count = x11 ? x11_list(x11, out) : 0;

    count = without_mirrors(out, count > 0 ? count : sdl_list(out));
    for (size_t i = 0; i < count; i++) {
        name_display(&out[i]);
    }
    return count;
}

bool displays_known(const struct display *display)
{
    const int index = sdl_index(display);
    SDL_Rect bounds;

    return index >= 0 && SDL_GetDisplayBounds(index, &bounds) == 0 && bounds.w == display->width &&
           bounds.h == display->height;
}

/* ---- events ----------------------------------------------------------------------------- */

/* SDL wakes itself with messages to its windows over a connection of its own. One may arrive when its window
 * is gone, and Xlib would end the program for that. */
static int ignore_late_messages(Display *x11, XErrorEvent *error)
{
    char text[DISPLAY_NAME_SIZE];

    if (error->error_code != BadWindow) {
        XGetErrorText(x11, error->error_code, text, sizeof(text));
        SDL_LogWarn(SDL_LOG_CATEGORY_VIDEO, "X11: %s (request %d)", text, error->request_code);
    }
    return 0;
}

void displays_watch(SDL_Window *window)
{
    Display *const x11 = x11_of(window);
    int base, error;

    if (x11) {
        XSetErrorHandler(ignore_late_messages);
    }
    if (x11 && XRRQueryExtension(x11, &base, &error)) {
        /* The last is SDL's own wish: a later mask takes the place of an earlier one. */
        XRRSelectInput(x11, DefaultRootWindow(x11),
                       RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask |
                           RROutputChangeNotifyMask);
        SDL_EventState(SDL_SYSWMEVENT, SDL_ENABLE);
    }
}

bool displays_changed(const SDL_Event *event)
{
    int base, error;

    if (event->type == SDL_DISPLAYEVENT) {
        return true;
    }
    if (event->type != SDL_SYSWMEVENT || event->syswm.msg->subsystem != SDL_SYSWM_X11) {
        return false;
    }
    const XEvent *const x = &event->syswm.msg->msg.x11.event;
    return x->type > LASTEvent && XRRQueryExtension(x->xany.display, &base, &error) &&
           (x->type == base + RRNotify || x->type == base + RRScreenChangeNotify);
}
