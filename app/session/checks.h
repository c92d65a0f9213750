#pragma once
/* `--check`: all gradients of a lesson that has ended, put to the runner that has stayed. */

#include "app/session/session.h"

/* Asks for what arrived at each leaf in each backward (of tensors the first few elements), and waits for
 * the answers. The session was opened with `stays` and has ended. False with a sentence when nobody
 * can answer. */
bool checks_ask(struct session *session, struct error *err);
