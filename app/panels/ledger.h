#pragma once
/* What a person does with the ledger: chooses an element of a tensor, asks for a gradient check. */

#include "app/app.h"

/* A TARGET_CELL that the pointer hit, made one with its `part`: the element under it. */
struct target ledger_cell_at(struct app *app, struct target target, struct rect bounds,
                             struct point at);
/* The element is the chosen one from now on, its tensor is selected. */
void ledger_choose(struct app *app, struct target cell);
/* Moves the choice by so many rows and columns, within the tensor that the ledger is about. */
void ledger_move(struct app *app, int rows, int columns);
/* Asks the runner to check the gradient of the element by finite differences. */
void ledger_check(struct app *app);
