#include "app/session/reload.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/session/lesson_file.h"

static const double LOOK_SECONDS = 0.2;

static struct file_stamp stamp_of(const char *path)
{
    struct stat about;

    if (stat(path, &about) != 0) {
        return (struct file_stamp){ 0 };
    }
    return (struct file_stamp){
        .there = true, .changed = about.st_mtim, .inode = about.st_ino, .size = about.st_size
    };
}

static bool same_stamp(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->there == b->there && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec && a->inode == b->inode && a->size == b->size;
}

void reload_start(struct app *app)
{
    app->reload = (struct reload){ .looked = app->clock };
    if (!session_is_recorded(app->session)) {
        app->reload.known = app->reload.seen = stamp_of(session_path(app->session));
    }
}

/* The last good run stays on show, and says that it is old. */
static void refuse(struct app *app, const char *why)
{
    app->view.age = AGE_BROKEN;
    app_say(app, why);
    app->stale = true;
}

static void read_file(struct app *app)
{
    const char *const path = session_path(app->session);
    const struct text *const known = session_file(app->session);
    struct text bytes = { 0 };
    struct error err = { 0 };

    if (!lesson_file_read(path, &bytes, &err) || !lesson_file_check(path, &bytes, &err)) {
        refuse(app, err.text);
    } else if (bytes.length != known->length ||
               memcmp(bytes.bytes, known->bytes, bytes.length) != 0 || app->whatif.of_file) {
        whatif_take_file(app, &bytes);
    } else if (app->view.age == AGE_BROKEN) {
        app->view.age = AGE_CURRENT; /* back to what is on show */
        app_say(app, "");
        app->stale = true;
    }
    text_finish(&bytes);
}

void reload_turn(struct app *app)
{
    struct reload *const reload = &app->reload;

    if (reload_patience(app) != 0) {
        return;
    }
    const struct file_stamp now = stamp_of(session_path(app->session));
    const bool resting = same_stamp(&now, &reload->seen);
    reload->looked = app->clock;
    reload->seen = now;
    /* One that is being replaced is away for a moment; then nothing is told. */
    if (now.there && resting && !same_stamp(&now, &reload->known)) {
        reload->known = now;
        read_file(app);
    }
}

double reload_patience(const struct app *app)
{
    if (session_is_recorded(app->session)) {
        return -1;
    }
    return fmax(app->reload.looked + LOOK_SECONDS - app->clock, 0);
}
