#pragma once
/* Presenting in two windows with the dummy video driver: opens them, and looks at what they show. */

#include "app/present/presenter_private.h"
#include "engine/base/hash.h"
#include "render/lesson/presenter.h"
#include "tests/app_driver.h"

#include "config.h"

static inline uint64_t hash_of(struct window *window)
{
    struct window_pixels pixels;
    uint64_t hash = HASH_START;

    assert_true(window_pixels(window, &pixels, NULL));
    for (int y = 0; y < pixels.height; y++) {
        hash = hash_bytes(hash, (const char *)pixels.pixels + (size_t)y * (size_t)pixels.stride,
                          (size_t)pixels.width * 4);
    }
    return hash;
}

static inline void open_two(struct driver *driver, const char *lesson)
{
    open_app_with(driver, lesson, NULL);
    press_key(driver, "F5");
    press_key(driver, "S");
    assert_true(presenter_is_open(driver->app));
}

static inline struct window *own_window(const struct driver *driver)
{
    return driver->app->presenter->window;
}

/* As the presenter's window shows it now. */
static inline void read_page(struct driver *driver, struct presenter_picture *picture,
                             struct presenter_page *page)
{
    *picture = (struct presenter_picture){ 0 };
    assert_true(presenter_picture(driver->app, picture, page));
}

static inline void point(struct driver *driver, enum window_event_kind kind, struct point at)
{
    window_push(own_window(driver), &(struct window_event){ .kind = kind, .at = at, .button = 1 });
    turn(driver, 2);
}
