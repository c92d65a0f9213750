#include "app/export/order.h"

#include <stdio.h>
#include <string.h>

enum { CHOICES_MOST = 8 };
enum kind { KIND_STEP, KIND_SLIDES, KIND_REVEALS, KIND_WORKSHEET };
enum shape { SHAPE_WINDOW, SHAPE_WIDE, SHAPE_NARROW };

static const struct {
    const char *label;
    const char *choices[CHOICES_MOST + 1];
} rows[EXPORT_ROWS] = {
    [ORDER_KIND] = { WORD("What"),
                     { WORD("This step"), WORD("The lesson: a page a slide"),
                       WORD("The lesson: a page a reveal"), WORD("Worksheet and its answers") } },
    [ORDER_PART] = { WORD("Picture of"),
                     { WORD("Graph"), WORD("Whole screen"), WORD("Equation"), WORD("Tensor"),
                       WORD("Curve"), WORD("Code") } },
    [ORDER_PLACE] = { WORD("Place"),
                      { WORD("A whole slide"), WORD("Half a slide"), WORD("A third of a slide") } },
    [ORDER_FORMAT] = { WORD("File"),
                       { "PNG", WORD("SVG for slides"), WORD("SVG to edit"), "PDF", "DOT",
                         WORD("HTML, in both languages"), WORD("GIF, moving"),
                         WORD("MP4, moving") } },
    [ORDER_PIXELS] = { WORD("Pixels"), { "1×", "2×", "4×" } },
    [ORDER_PAGE] = { WORD("Page"), { WORD("In its colour"), WORD("Transparent") } },
    [ORDER_SHAPE] = { WORD("Size"), { WORD("As the window"), "16:9", "4:3" } },
    [ORDER_COLOURS] = { WORD("Colours"),
                        { WORD("As on show"), WORD("Light"), WORD("Projector"), WORD("Print") } },
    [ORDER_LANGUAGE] = { WORD("Language"), { "English", "Tiếng Việt" } },
    [ORDER_NOTES] = { WORD("Notes"), { WORD("Without"), WORD("With") } },
    [ORDER_PATH] = { WORD("Written to"), { 0 } },
};

static const enum picture_part parts[] = { PICTURE_GRAPH,  PICTURE_SCREEN, PICTURE_EQUATION,
                                           PICTURE_TENSOR, PICTURE_CURVE,  PICTURE_CODE };

/* ---- what goes with what ----------------------------------------------------------------- */

static enum kind kind_of(const struct app *app)
{
    return (enum kind)app->dialog.chosen[ORDER_KIND];
}

static bool is_deck(const struct app *app)
{
    return kind_of(app) == KIND_SLIDES || kind_of(app) == KIND_REVEALS;
}

/* Rows of formats are enum picture_format. */
static enum picture_format format_of(const struct app *app)
{
    return (enum picture_format)app->dialog.chosen[ORDER_FORMAT];
}

static enum picture_part part_of(const struct app *app)
{
    return parts[app->dialog.chosen[ORDER_PART]];
}

static bool format_is_offered(const struct app *app, int format)
{
    if (kind_of(app) == KIND_WORKSHEET) {
        return format == PICTURE_PDF;
    }
    if (is_deck(app)) {
        return format != PICTURE_DOT;
    }
    return format != PICTURE_HTML && (format != PICTURE_DOT || part_of(app) == PICTURE_GRAPH);
}

static bool is_moving(const struct app *app)
{
    return format_of(app) == PICTURE_GIF || format_of(app) == PICTURE_MP4;
}

/* All pages of a lesson, and films, are of the graph or of the screen. */
static bool choice_is_offered(const struct app *app, int row, int choice)
{
    if (row == ORDER_FORMAT) {
        return format_is_offered(app, choice);
    }
    return row != ORDER_PART || !(is_deck(app) || is_moving(app)) || choice < 2;
}

/* A piece that is cropped for a slide. */
static bool is_piece(const struct app *app)
{
    return kind_of(app) == KIND_STEP && part_of(app) != PICTURE_SCREEN && !is_moving(app);
}

bool order_applies(const struct app *app, int row)
{
    const enum picture_format format = format_of(app);
    const bool paper = kind_of(app) == KIND_WORKSHEET, dot = format == PICTURE_DOT;

    switch ((enum order_row)row) {
    case ORDER_KIND:
    case ORDER_FORMAT:
    case ORDER_PATH:
        return true;
    case ORDER_LANGUAGE:
        return !dot;
    case ORDER_PART:
        return !paper;
    case ORDER_COLOURS:
        return !paper && !dot;
    case ORDER_PLACE:
        return is_piece(app) && !dot;
    case ORDER_PIXELS:
        return !paper && format == PICTURE_PNG;
    case ORDER_PAGE:
        return !paper && format <= PICTURE_SVG_TEXT;
    case ORDER_SHAPE:
        return !paper && !dot && !is_piece(app);
    case ORDER_NOTES:
        return is_deck(app) && (format == PICTURE_PDF || format == PICTURE_HTML);
    }
    return false;
}

/* ---- choosing ---------------------------------------------------------------------------- */

static int choice_count(int row)
{
    int count = 0;

    while (rows[row].choices[count]) {
        count++;
    }
    return count;
}

static const char *ending_of(const struct app *app)
{
    return picture_ending(format_of(app));
}

/* Where it goes if nobody says otherwise: many files into a folder of their own. */
static void name_path(struct app *app)
{
    char *const path = app->dialog.path;
    const char *const name = session_name(app->session);
    const size_t step = player_position(&app->player, session_stops(app->session));

    if (app->dialog.named) {
        return;
    }
    if (kind_of(app) == KIND_STEP) {
        snprintf(path, EXPORT_PATH_SIZE, "out/%s_step%03zu.%s", name, step, ending_of(app));
    } else if (kind_of(app) == KIND_WORKSHEET) {
        snprintf(path, EXPORT_PATH_SIZE, "out/%s-worksheet.pdf", name);
    } else if (picture_is_single(format_of(app))) {
        snprintf(path, EXPORT_PATH_SIZE, "out/%s", name);
    } else {
        snprintf(path, EXPORT_PATH_SIZE, "out/%s.%s", name, ending_of(app));
    }
}

/* Another choice may leave one behind that is not offered with it. */
static void settle(struct app *app)
{
    for (int row = 0; row < ORDER_PATH; row++) {
        int *const chosen = &app->dialog.chosen[row];
        const int count = choice_count(row);
        for (int tries = 0; tries < count && !choice_is_offered(app, row, *chosen); tries++) {
            *chosen = (*chosen + 1) % count;
        }
    }
    name_path(app);
}

void order_choose(struct app *app, int row, int by)
{
    const int count = choice_count(row);
    int *const chosen = &app->dialog.chosen[row];

    if (count == 0 || !order_applies(app, row)) {
        return;
    }
    do {
        *chosen = (*chosen + by + count) % count;
    } while (!choice_is_offered(app, row, *chosen));
    /* A lesson's pages are a PDF as the class sees them, unless that was chosen otherwise. */
    if (row == ORDER_KIND && is_deck(app)) {
        app->dialog.chosen[ORDER_FORMAT] = PICTURE_PDF;
        app->dialog.chosen[ORDER_PART] = 1;
    }
    settle(app);
}

void order_begin(struct app *app)
{
    app->dialog.chosen[ORDER_PIXELS] = 1;
    app->dialog.chosen[ORDER_LANGUAGE] = app->view.language == LANGUAGE_VI ? 1 : 0;
    settle(app);
}

const char *order_label(int row)
{
    return rows[row].label;
}

const char *order_choice(const struct app *app, int row)
{
    return row == ORDER_PATH ? app->dialog.path : rows[row].choices[app->dialog.chosen[row]];
}

/* ---- what that means --------------------------------------------------------------------- */

enum theme_id dialog_theme(const struct app *app, enum theme_id otherwise)
{
    static const enum theme_id themes[] = { THEME_LIGHT, THEME_LIGHT, THEME_PROJECTOR,
                                            THEME_PRINT };
    const int chosen = app->dialog.chosen[ORDER_COLOURS];

    if (!app->dialog.open) {
        return otherwise;
    }
    return kind_of(app) == KIND_WORKSHEET ? THEME_PRINT : chosen > 0 ? themes[chosen] : otherwise;
}

static struct page_look look_of(struct app *app, struct point window)
{
    static const struct point sizes[] = {
        [SHAPE_WIDE] = { 1920, 1080 }, [SHAPE_NARROW] = { 1440, 1080 }
    };
    const int *const chosen = app->dialog.chosen;
    const bool whole = !is_piece(app) && chosen[ORDER_SHAPE] != SHAPE_WINDOW;
    const struct point size = whole ? sizes[chosen[ORDER_SHAPE]] : window;
    struct page_look look = {
        .part = part_of(app),
        .slide = is_piece(app) ? (enum slide_size)(chosen[ORDER_PLACE] + 1) : SLIDE_NONE,
        .width = (int)size.x,
        .height = (int)size.y,
        .theme = dialog_theme(app, app_theme(app)),
        .notes = order_applies(app, ORDER_NOTES) && chosen[ORDER_NOTES] == 1,
        .motion = 1,
        .state = app->view,
    };

    look.state.language = chosen[ORDER_LANGUAGE] == 1 ? LANGUAGE_VI : LANGUAGE_EN;
    look.state.granularity = app->player.granularity;
    if (kind_of(app) != KIND_STEP || look.part != PICTURE_SCREEN) {
        look.state.mode = SCREEN_PRESENT;
        look.state.zoom = 0;
    }
    return look;
}

struct page order_page(const struct app *app)
{
    const bool question = app->view.question > 0;

    return (struct page){ .kind = question ? PAGE_QUESTION : PAGE_STEP,
                          .moment = app->player.moment,
                          .question = app->view.question,
                          .revealed = app->view.revealed,
                          .heading = "",
                          .notes = "" };
}

struct export_job order_job(struct app *app, struct point window, const struct page *page)
{
    const int *const chosen = app->dialog.chosen;

    return (struct export_job){
        .picture = { .format = format_of(app),
                     .scale = (float)(1 << chosen[ORDER_PIXELS]) * (is_piece(app) ? 2 : 1),
                     .transparent = order_applies(app, ORDER_PAGE) && chosen[ORDER_PAGE] == 1,
                     .look = look_of(app, window) },
        .path = session_path(app->session),
        .output = app->dialog.path,
        .folder = app->dialog.named ? NULL : "out",
        .all = is_deck(app),
        .worksheet = kind_of(app) == KIND_WORKSHEET,
        .grain = kind_of(app) == KIND_SLIDES ? DECK_STOPS : DECK_REVEALS,
        .pass = PASS_BACKWARD,
        .page = page,
    };
}
