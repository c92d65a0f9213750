#pragma once
/* The rows of the dialog for exports: what can be chosen, and what that means. */

#include "app/app.h"
#include "app/export/job.h"

/* Rows of export_dialog.chosen. */
enum order_row {
    ORDER_KIND,
    ORDER_PART,
    ORDER_PLACE,
    ORDER_FORMAT,
    ORDER_PIXELS,
    ORDER_PAGE,
    ORDER_SHAPE,
    ORDER_COLOURS,
    ORDER_LANGUAGE,
    ORDER_NOTES,
    ORDER_PATH, /* no choices: text */
};

/* As they are when the dialog opens. */
void order_begin(struct app *app);
/* English, to be translated. */
const char *order_label(int row);
/* What is chosen in the row; the path as it is. */
const char *order_choice(const struct app *app, int row);
/* Whether the row means something for what else is chosen. */
bool order_applies(const struct app *app, int row);
/* The next choice of the row, or the one before, that there is for what else is chosen. */
void order_choose(struct app *app, int row, int by);

/* All of it. `page` lives as long as the job. The window is w by h pixels. */
struct export_job order_job(struct app *app, struct point window, const struct page *page);
/* The page that the preview shows. */
struct page order_page(const struct app *app);
