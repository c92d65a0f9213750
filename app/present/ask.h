#pragma once
/* Questions to the class: the next key asks one where it stands in the lesson, and reveals it; what it asks
 * for is hidden until then. */

#include "app/app.h"
#include "render/lesson/question.h"

/* Before a step on: true when a question was asked or revealed instead. Before a step back: true when a
 * question was put away. */
bool ask_next(struct app *app);
/* The same before a way on to a moment further off. */
bool ask_before(struct app *app, uint32_t to);
bool ask_previous(struct app *app);
/* Behind the last step: true when a question that was passed over was asked or revealed; the first that is left. */
bool ask_left(struct app *app);
/* The question that is passed on the way from here to a later moment: at the first step also one that stands
 * before all code. It lives in the view's arena. */
bool ask_on_the_way(const struct app *app, const struct view *view, uint32_t to,
                    struct question *out);
/* Asks the question that stands nearest before the moment, or reveals the one on show. */
void ask_toggle(struct app *app);

/* Hides in the session's trace what its questions ask for, but for those that are revealed (bits of
 * view_state.revealed). To be called again when the trace has grown. */
void ask_mask(struct session *session, uint64_t revealed);
/* The same, and with each question all that came about in the cell that answers it: blanks to fill in. */
void ask_mask_wholly(struct session *session, uint64_t revealed);
