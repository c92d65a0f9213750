#pragma once
/* A lesson's process can end at once: by os._exit, or by a signal that a fault in machine code sends.
 * What was recorded until then is written first. */

#include "lessons/runner/outlet.h"

/* For what Python runs from now on; `outlet` is lent as long as the process lives. False with an
 * exception. */
bool last_words_install(struct outlet *outlet);
