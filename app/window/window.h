#pragma once
/* Windows on the desktop: events in, pixels out. Only the window files know SDL's video and events. Keys
 * are names ("Right", "Ctrl+Q", "Shift+Space", "?"), so a table of commands can be read, printed and
 * rebound. */

#include "engine/base/error.h"
#include "render/scene/scene.h"

struct window;

enum window_event_kind {
    WINDOW_EVENT_NONE,
    WINDOW_EVENT_QUIT,
    WINDOW_EVENT_CLOSE,    /* this window, and no other */
    WINDOW_EVENT_DISPLAYS, /* one came or went, or has become another */
    WINDOW_EVENT_KEY,      /* key */
    WINDOW_EVENT_MOVE,     /* at, and `held` while the left or middle button is down */
    WINDOW_EVENT_PRESS,    /* at, button */
    WINDOW_EVENT_RELEASE,  /* at, button */
    WINDOW_EVENT_WHEEL,    /* at, wheel: notches, up and right positive; control */
    WINDOW_EVENT_RESIZED,  /* the pixels are new: draw everything */
    WINDOW_EVENT_EXPOSED,
    WINDOW_EVENT_DROP, /* path */
    WINDOW_EVENT_TEXT, /* text: what was typed, while window_set_typing is on */
};

enum { WINDOW_TEXT_SIZE = 32, WINDOW_KEY_SIZE = 48, WINDOW_PATH_SIZE = 4096 };

struct window_event {
    enum window_event_kind kind;
    struct window *window; /* where it happened */
    char key[WINDOW_KEY_SIZE];
    struct point at;
    struct point wheel;
    int button; /* 1 left, 2 middle, 3 right */
    bool held, control;
    char path[WINDOW_PATH_SIZE];
    char text[WINDOW_TEXT_SIZE];
};

/* Where a window is on the desktop. */
struct window_place {
    int x, y, width, height;
    bool maximized;
};

/* Where no window of ours can be opened, and nobody reads a terminal: in a box of the desktop's, with its
 * own fonts, until it is closed. Nothing where there is no display. */
void window_complain(const char *text);

/* With `place` of width 0 it has the usual size; where no display is there any more it is centred, and
 * so is one at 0, 0. NULL with the reason (no display, ...) and what to do. */
struct window *window_create(const char *title, const struct window_place *place,
                             struct error *err);
void window_destroy(struct window *window);

/* A screen or projector; several that show the same count once. */
enum { WINDOW_DISPLAYS_MOST = 8, DISPLAY_NAME_SIZE = 128 };
struct display {
    char name[DISPLAY_NAME_SIZE]; /* the same projector has the same name again */
    int x, y, width, height;
    bool primary; /* the first of the desktop's: a laptop's own */
};
/* Those that show something now; returns how many. */
size_t window_displays(const struct window *window, struct display out[WINDOW_DISPLAYS_MOST]);

/* One without a frame that fills the display. NULL with the reason. */
struct window *window_create_filling(const char *title, const struct display *display,
                                     struct error *err);
/* Brings it to the middle of the display, no larger than that, unless it is there already. */
void window_move_to(struct window *window, const struct display *display);
/* Above the others, with the keyboard. */
void window_raise(struct window *window);

/* Waits up to `seconds` (negative: for ever, 0: not at all) for an event of any window. What belongs to
 * none is said to be this window's. False when nothing came. */
bool window_wait(struct window *window, double seconds, struct window_event *event);

/* Puts an event of this window into the queue as the system would: for tests. */
void window_push(struct window *window, const struct window_event *event);

/* The pixels to draw into, 32-bit XRGB; valid until the next window_wait. NULL when the surface is
 * gone (err). Stride in bytes. */
struct window_pixels {
    void *pixels;
    int width, height, stride;
};
bool window_pixels(struct window *window, struct window_pixels *out, struct error *err);

/* Shows these pixel rectangles. */
void window_present(struct window *window, const struct rect *rects, size_t count);

/* Pixels to a point as the desktop is set up: 1, 1.25, … 3. */
float window_density(struct window *window);

enum window_cursor {
    WINDOW_CURSOR_ARROW,
    WINDOW_CURSOR_HAND,
    WINDOW_CURSOR_ACROSS, /* something moves left and right */
    WINDOW_CURSOR_DOWN,   /* up and down */
    WINDOW_CURSOR_COUNT
};
void window_set_cursor(struct window *window, enum window_cursor cursor);

/* The pointer over every window of ours. */
void window_show_cursor(struct window *window, bool shown);

/* Whether people see it on a desktop; else it is drawn into memory. */
bool window_is_on_desktop(const struct window *window);

/* False while it is minimized or covers the whole screen. When maximized its size is the screen's. */
bool window_where(struct window *window, struct window_place *place);

/* The name of the display that the window is on, "" if it has none; lent until the next call. */
const char *window_display(struct window *window);
void window_set_title(struct window *window, const char *title);
/* A key's name as events have it: "shift+ctrl+pagedown" is "Ctrl+Shift+PageDown", "Comma" is ",". False
 * where there is no such key. */
bool window_key(const char *name, char out[WINDOW_KEY_SIZE]);
/* Puts the text on the clipboard. */
void window_copy(struct window *window, const char *text);
/* Whether keys also arrive as text, through the input method. Off at first: it would swallow keys. */
void window_set_typing(struct window *window, bool typing);
void window_set_fullscreen(struct window *window, bool fullscreen);

/* Seconds of a monotonic clock. */
double window_clock(void);
