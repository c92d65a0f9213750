#pragma once
/* Drives the real program with SDL's dummy video driver, injected events and a clock of its own. */

#include "tests/test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/app.h"
#include "app/settings.h"

static const double TICK = 1.0 / 60;

struct driver {
    struct app *app;
    double clock;
};

static void turn(struct driver *driver, int times)
{
    for (int i = 0; i < times; i++) {
        driver->clock += TICK;
        app_turn(driver->app, false, driver->clock);
    }
}

/* A run begun beside the one on show takes its place while it still runs. */
static bool is_busy(const struct driver *driver)
{
    const struct app *const app = driver->app;

    return session_running(app->session) || app->whatif.next ||
           graph_picture_descriptor(app->graph) >= 0;
}

/* Until the lesson has run and the graph is laid out: real processes, so real time passes. What is
 * asked for may begin some turns later. */
static void settle(struct driver *driver)
{
    const struct timespec nap = { .tv_nsec = 2000000 };
    int left = 5000;

    do {
        for (; left > 0 && is_busy(driver); left--) {
            turn(driver, 1);
            nanosleep(&nap, NULL);
        }
        turn(driver, 90);
    } while (left > 0 && is_busy(driver));
    assert_false(session_running(driver->app->session));
}

/* `settings` is taken over; NULL: nothing is remembered. */
static void open_app_with(struct driver *driver, const char *lesson, struct settings *settings)
{
    struct error err = { 0 };

    if (!settings) {
        settings = settings_open(NULL);
        settings_set_flag(settings, "ask-room", false);
    }
    driver->clock = 1;
    driver->app = app_create(&(struct app_options){ .lesson = lesson,
                                                    .width = 1280,
                                                    .height = 800,
                                                    .language = LANGUAGE_EN,
                                                    .settings = settings },
                             &err);
    if (!driver->app) {
        fail_msg("%s", err.text);
    }
    settle(driver);
}

static void press_key(struct driver *driver, const char *key)
{
    struct window_event event = { .kind = WINDOW_EVENT_KEY };

    snprintf(event.key, sizeof(event.key), "%s", key);
    window_push(driver->app->window, &event);
    turn(driver, 90);
    settle(driver);
}

/* As a keyboard does it, which sends a character at a time; an event holds no more than some thirty
 * bytes. */
static inline void type_text(struct driver *driver, const char *text)
{
    while (*text) {
        struct window_event event = { .kind = WINDOW_EVENT_TEXT };
        size_t length = 1;
        while (((unsigned char)text[length] & 0xC0) == 0x80) {
            length++;
        }
        snprintf(event.text, sizeof(event.text), "%.*s", (int)length, text);
        window_push(driver->app->window, &event);
        text += length;
    }
    turn(driver, 2);
}
