#pragma once
/* While a run is waited for, what would end this program ends the lesson instead. The signals are
 * read from a descriptor in the loop; those that are ignored, as by nohup, stay so. */

#include <signal.h>
#include <stdbool.h>

/* Begins to catch; what was blocked before goes to *before. Returns the descriptor to be polled and
 * closed, -1 if there is none. */
int signals_catch(sigset_t *before);
/* Whether one has come, which is taken. */
bool signals_came(int signals);
