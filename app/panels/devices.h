#pragma once
/* Devices on the stage, and the timing of CPU and GPU that is asked for there. */

#include "app/session/session.h"

struct app;

/* A turn of the window: what is on show for the first time is timed. */
void devices_turn(struct app *app);
/* Where the lesson wants its devices to be seen: times a matrix product and waits for the answer. The
 * session was opened with `stays` and has ended. */
void devices_ask(struct session *session);

/* Commands. */
void run_stage_devices(struct app *app);
void run_timing(struct app *app);
