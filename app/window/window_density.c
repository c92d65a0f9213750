/* How many pixels a point has: as the desktop says, or its display measures. */

#include "app/window/window_x11.h"

#include <string.h>

#include "engine/base/text.h"

static const float USUAL_DPI = 96, MOST = 3;

/* What X desktops tell all programs, whatever they are made with: the resource Xft.dpi, "192" or "120.5",
 * which SDL does not ask for. 0 where nothing is said, or no number. */
static float x11_density(SDL_Window *handle)
{
    Display *const x11 = x11_of(handle);
    const char *const value = x11 ? XGetDefault(x11, "Xft", "dpi") : NULL;
    double dpi = 0;

    return value && number_parse(value, strlen(value), &dpi) ? (float)dpi / USUAL_DPI : 0;
}

/* The factors that GTK and Qt hear of; 0 where there are none. */
static float environment_density(void)
{
    static const char *const names[] = { "GDK_SCALE", "QT_SCALE_FACTOR" };
    float density = 0;

    for (size_t i = 0; i < SDL_arraysize(names); i++) {
        const char *const value = SDL_getenv(names[i]);
        double factor;
        if (value && number_parse(value, strlen(value), &factor)) {
            density = SDL_max(density, (float)factor);
        }
    }
    return density;
}

/* The dots per inch of a large display, in quarters of the usual. What smaller ones and projectors report
 * is often not true, and a window that fills them has large text anyway. */
static float display_density(int display)
{
    enum { LARGE = 2560 };
    static const float most = 2;
    SDL_Rect bounds = { 0 };
    float dpi = USUAL_DPI;

    if (SDL_GetDisplayBounds(display, &bounds) != 0 || bounds.w < LARGE ||
        SDL_GetDisplayDPI(display, NULL, &dpi, NULL) != 0) {
        return 1;
    }
    return SDL_min(SDL_floorf(dpi / USUAL_DPI * 4) / 4, most);
}

/* Pixels to a unit of the desktop's own. */
static float unit_density(SDL_Window *handle)
{
    int units = 1, pixels = 1;

    SDL_GetWindowSize(handle, &units, NULL);
    SDL_GetWindowSizeInPixels(handle, &pixels, NULL);
    return units > 0 ? (float)pixels / (float)units : 1;
}

/* What the desktop says goes before what its display measures. */
float density_find(SDL_Window *handle)
{
    float density = SDL_max(x11_density(handle), environment_density());

    if (density <= 0) {
        density = display_density(SDL_GetWindowDisplayIndex(handle));
    }
    density = SDL_max(density, unit_density(handle));
    return SDL_min(SDL_max(density, 1), MOST);
}
