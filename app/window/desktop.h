#pragma once
/* What the desktop was told about how people want to see things. */

#include <stdbool.h>

/* Whether its animations are switched off, as GTK's and KDE's settings files say. */
bool desktop_reduces_motion(void);
