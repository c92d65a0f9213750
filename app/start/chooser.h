#pragma once
/* The desktop's own dialog to choose a file, through zenity or kdialog where one is installed. It is a
 * process of its own: the window goes on meanwhile.
 *
 *     chooser = chooser_open("Open a file", "/home/lan");
 *     chooser_poll(chooser, path) again and again, until it is no longer CHOOSER_OPEN
 *     chooser_destroy(chooser);
 */

struct chooser;

enum chooser_answer {
    CHOOSER_OPEN,   /* nobody has chosen yet */
    CHOOSER_CHOSEN, /* path */
    CHOOSER_LEFT,   /* nothing was chosen */
    CHOOSER_BROKEN, /* no dialog came: ask in another way */
};

/* Opens it on a folder; only lessons, notebooks and traces are offered. NULL when there is none. */
struct chooser *chooser_open(const char *title, const char *folder);
/* The same to name a file to be written, `path` if nothing else is chosen. */
struct chooser *chooser_save(const char *title, const char *path);
/* Ends the dialog if it is still open. */
void chooser_destroy(struct chooser *chooser);

/* Does not wait. `path` holds PATH_SIZE bytes (app/paths.h). */
enum chooser_answer chooser_poll(struct chooser *chooser, char *path);
