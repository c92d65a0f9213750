#pragma once
/* What if this number were another one? Literals are changed in memory, the lesson is run again beside
 * the run on show, and once the new run has come to the same moment it takes the other's place. The run
 * of the file as it is stays to compare with. Only the latest of several changes is waited for. */

#include "app/session/overrides.h"
#include "render/view.h"

struct app;
struct session;
struct spare;

struct whatif {
    struct spare *spare;
    struct overrides wanted; /* as the numbers are to be */
    struct session *next;    /* the run under way; NULL: none */
    struct session *before;  /* the run without changes, beside one with; NULL: none */
    struct session *former; /* the run on show before this one's text, or another try; NULL: none */
    bool pending;           /* what is wanted is not what `next` runs, or what is on show */
    bool of_file;           /* `next` runs another text of the file, its places are others */
    double since;           /* when it was started */
    uint32_t runs;          /* the highest number that a run has had */
    uint32_t looked;        /* how many records it had when it was last looked through */
    /* The moment of `before` that is the player's, found for these two; NEVER: it has none. */
    const struct session *ghost_of;
    uint32_t ghost_for, ghost;
    uint64_t ghost_revealed;
};

void whatif_open(struct app *app);  /* with app->paths */
void whatif_close(struct app *app); /* the tools as well */
/* Another lesson was opened, or this one was run again from its file: nothing goes on. */
void whatif_forget(struct app *app);

/* The run that was on show before it was run again (taken over; NULL: there is none). */
void whatif_keep_former(struct app *app, struct session *former);

/* Whether literals of what is on show can be changed now; else why not is said. */
bool whatif_can(struct app *app);
/* The literal shall be that; as it was takes the change back. */
void whatif_set(struct app *app, const struct override *override);
/* All literals as in the file. */
void whatif_restore(struct app *app);
/* The lesson is run again as it is, since it may do something else now. */
void whatif_anew(struct app *app);
/* The file has another text now (taken over). */
void whatif_take_file(struct app *app, struct text *file);
/* No more waiting for the run under way. False if there is none. */
bool whatif_stop(struct app *app);

/* Moves the run under way on, and puts it on show when it has come far enough. */
void whatif_turn(struct app *app);
/* Seconds until whatif_turn should be called again; negative: no need. */
double whatif_patience(const struct app *app);

/* What the views are to know: the changes in runs[0], in runs[1] the run without them where it has the
 * moment. Returns the number of runs. */
size_t whatif_view(struct app *app, struct run_view runs[2]);
/* The former run, in the frame's memory; NULL: there is none. */
const struct run_view *whatif_former(struct app *app);
