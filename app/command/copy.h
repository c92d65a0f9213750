#pragma once
/* The lesson's code on the clipboard. */

#include "app/app.h"

/* What is selected, else the step's sub-expression, else the current line; says what it was. */
void copy_code(struct app *app);
