#include "app/panels/field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "render/code/code.h"
#include "render/code/fields.h"

/* ---- literals of what is on show --------------------------------------------------------- */

/* A literal, and its place in the file. */
struct found {
    struct literal literal; /* place in the text that was run */
    struct param param;
    bool has_param;
    struct override override; /* `now` as it is wanted */
};

static void take_place(struct app *app, const struct trace_cell *cell, struct found *out)
{
    const struct overrides *const applied = session_overrides(app->session);
    struct literal *const literal = &out->literal;
    struct override *const place = &out->override;
    enum literal_kind kind;

    *place = (struct override){ .cell = cell->in_number,
                                .line = literal->line,
                                .column = overrides_to_file(applied, cell->in_number, literal->line,
                                                            literal->column) };
    const struct override *const run =
        overrides_find(applied, place->cell, place->line, place->column);
    const struct override *const wanted =
        overrides_find(&app->whatif.wanted, place->cell, place->line, place->column);
    if (run) {
        memcpy(place->was, run->was, sizeof(place->was));
    } else {
        literal_text(cell, literal, place->was);
    }
    /* What the file has says what is taken there: a number with a point keeps one. */
    if (literal_kind_of(place->was, &kind)) {
        literal->kind = kind;
    }
    place->end = place->column + strlen(place->was);
    memcpy(place->now, wanted ? wanted->now : place->was, sizeof(place->now));
}

static bool find_literal(struct app *app, int64_t cell_number, int line, size_t column,
                         struct found *out)
{
    const struct trace_cell *const cell = trace_code_cell(session_trace(app->session), cell_number);
    struct literal literals[LITERALS_IN_LINE];
    const size_t count = cell ? literals_in_line(cell, line, literals) : 0;

    for (size_t i = 0; i < count; i++) {
        if (literals[i].column == column) {
            out->literal = literals[i];
            out->has_param =
                param_in_line(cell, line, &out->param) && out->param.literal.column == column;
            take_place(app, cell, out);
            return out->override.was[0] != '\0';
        }
    }
    return false;
}

/* The literal that a `#@param` line is about. */
static bool find_param(struct app *app, int64_t place, struct found *out)
{
    const struct trace_cell *const cell =
        trace_code_cell(session_trace(app->session), code_place_cell(place));
    struct param param;

    return cell && param_in_line(cell, code_place_line(place), &param) &&
           find_literal(app, code_place_cell(place), code_place_line(place), param.literal.column,
                        out);
}

static const struct param *param_of(const struct found *found)
{
    return found->has_param ? &found->param : NULL;
}

static void set(struct app *app, struct found *found, const char *now)
{
    snprintf(found->override.now, sizeof(found->override.now), "%s", now);
    whatif_set(app, &found->override);
}

/* ---- the open field --------------------------------------------------------------------- */

static bool is_open(const struct app *app)
{
    return app->field.open;
}

/* It is found anew each time: what was run may be another text by now. */
static bool find_open(struct app *app, struct found *out)
{
    const struct override *const place = &app->field.place;
    const size_t column =
        overrides_to_run(session_overrides(app->session), place->cell, place->line, place->column);

    return is_open(app) && find_literal(app, place->cell, place->line, column, out);
}

static void set_typed(struct app *app, const char *text)
{
    struct view_field *const field = &app->view.field;

    literal_typed(text, field->text);
    field->caret = strlen(field->text);
    field->fresh = true;
    app->stale = true;
}

void field_view(struct app *app)
{
    struct view_field *const field = &app->view.field;
    struct found found;

    app->view.editable = !session_is_recorded(app->session);
    if (!find_open(app, &found)) {
        field->cell = 0;
        return;
    }
    field->cell = found.override.cell;
    field->line = found.override.line;
    field->column = found.literal.column;
    field->end = found.literal.end;
}

/* What would hide the field is put away. */
static void make_visible(struct app *app)
{
    app->view.code_scroll = 0;
    app->view.alone = false;
    app->view.card = false;
    if (app->view.mode == SCREEN_EXPLORE) {
        app->view.lesson_hidden = false;
    } else if (app->view.code_style == CODE_HIDDEN) {
        app->view.code_style = CODE_STRIP;
    }
}

static void open_at(struct app *app, const struct found *found)
{
    app->field.open = true;
    app->field.place = found->override;
    set_typed(app, found->override.now);
    window_set_typing(app->window, true);
    app->player.playing = false;
    app->stale = true;
}

void field_leave(struct app *app)
{
    if (is_open(app)) {
        app->field.open = false;
        app->view.field = (struct view_field){ 0 };
        window_set_typing(app->window, app->view.searching || app->palette.open);
        app->stale = true;
    }
}

/* ---- which one -------------------------------------------------------------------------- */

struct place {
    int64_t cell;
    int line;
    size_t column;
};

/* The literals of the lesson in order, as many as anybody would step through; in the scratch. */
static size_t list_places(struct app *app, const struct place **out)
{
    enum { MOST = 4096 };
    const struct trace *const trace = session_trace(app->session);
    struct place *const places = arena_allocate(&app->scratch, MOST, sizeof(*places));
    struct literal literals[LITERALS_IN_LINE];
    size_t count = 0;

    for (size_t i = 0; i < trace_cell_count(trace) && count < MOST; i++) {
        const struct trace_cell *const cell = trace_cell(trace, i);
        const int lines = cell->in_number > 0 ? code_line_count(cell) : 0;
        for (int line = 1; line <= lines && count < MOST; line++) {
            const size_t here = literals_in_line(cell, line, literals);
            for (size_t k = 0; k < here && count < MOST; k++) {
                places[count++] = (struct place){ cell->in_number, line, literals[k].column };
            }
        }
    }
    *out = places;
    return count;
}

/* How far a line is from the one that is executed: that itself, then those before it, then those after
 * it, then other cells. */
static int64_t distance(const struct place *place, const struct code_marks *marks)
{
    enum { LINES = 1 << 20 };
    const int64_t down = place->line - marks->line;
    const int64_t cells = llabs(place->cell - marks->cell) * 4 * LINES;

    return cells + (down <= 0 ? -down : LINES + down);
}

static bool open_nearest(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    const struct code_marks marks = code_marks_at(&view);
    const struct place *places;
    const size_t count = list_places(app, &places);
    size_t best = 0;
    struct found found;

    for (size_t i = 1; i < count; i++) {
        if (distance(&places[i], &marks) < distance(&places[best], &marks)) {
            best = i;
        }
    }
    if (count == 0 ||
        !find_literal(app, places[best].cell, places[best].line, places[best].column, &found)) {
        return false;
    }
    open_at(app, &found);
    return true;
}

void field_open(struct app *app)
{
    const struct target at = app->view.hovered;
    struct found found;

    if (!whatif_can(app)) {
        return;
    }
    make_visible(app);
    if ((at.kind == TARGET_LITERAL &&
         find_literal(app, code_place_cell(at.id), code_place_line(at.id), (size_t)at.part,
                      &found)) ||
        (at.kind == TARGET_PARAM && find_param(app, at.id, &found))) {
        open_at(app, &found);
    } else if (!open_nearest(app)) {
        app_say(app, words_in(app->words, app->view.language,
                              "There is no number in this lesson to change."));
    }
}

/* To the next literal, or the previous one. */
static void move_on(struct app *app, int by)
{
    const struct place *places;
    const size_t count = list_places(app, &places);
    struct found found;

    for (size_t i = 0; i < count; i++) {
        const struct view_field *const field = &app->view.field;
        if (places[i].cell == field->cell && places[i].line == field->line &&
            places[i].column == field->column) {
            const struct place *const next =
                &places[(i + count + (size_t)(by + (int)count)) % count];
            if (find_literal(app, next->cell, next->line, next->column, &found)) {
                open_at(app, &found);
            }
            return;
        }
    }
}

/* ---- what is typed ---------------------------------------------------------------------- */

static const char *with_blanks(struct app *app, const char *pattern, const char *first,
                               const char *second)
{
    struct text text = { 0 };

    for (const char *at = words_in(app->words, app->view.language, pattern); *at; at++) {
        if (at[0] == '{' && (at[1] == '0' || at[1] == '1') && at[2] == '}') {
            text_append_string(&text, at[1] == '0' ? first : second);
            at += 2;
        } else {
            text_append_char(&text, *at);
        }
    }
    const char *const copy = arena_copy_text(&app->scratch, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static const char *options_text(struct app *app, const struct param *param)
{
    struct text text = { 0 };
    char shown[LITERAL_SIZE];

    for (int i = 0; i < param->option_count; i++) {
        text_format(&text, "%s%s", i > 0 ? ", " : "", literal_typed(param->options[i], shown));
    }
    const char *const copy = arena_copy_text(&app->scratch, text_string(&text), text.length);
    text_finish(&text);
    return copy;
}

static void say_refusal(struct app *app, enum literal_answer answer, const struct found *found)
{
    static const char *const said[] = {
        [LITERAL_GOOD] = "",
        [LITERAL_NO_NUMBER] = WORD("Type a number, such as 4, -0.5 or 1e-3."),
        [LITERAL_NOT_WHOLE] = WORD("Type a whole number."),
        [LITERAL_NO_BOOL] = WORD("Type True or False."),
        [LITERAL_NO_STRING] = WORD("Type a text without quotes and backslashes."),
        [LITERAL_OUT_OF_RANGE] = WORD("Type a number from {0} to {1}."),
        [LITERAL_NOT_OFFERED] = WORD("Type one of these: {0}."),
    };
    char least[LITERAL_SIZE] = "", most[LITERAL_SIZE] = "";
    const char *first = least;

    if (answer == LITERAL_OUT_OF_RANGE) {
        number_shortest(least, found->param.least);
        number_shortest(most, found->param.most);
    } else if (answer == LITERAL_NOT_OFFERED) {
        first = options_text(app, &found->param);
    }
    app_say(app, with_blanks(app, said[answer], first, most));
}

/* False, and why is said, when it is no such literal. */
static bool enter(struct app *app)
{
    struct found found;
    char now[LITERAL_SIZE];

    if (!find_open(app, &found)) {
        return true;
    }
    const enum literal_answer answer =
        literal_accept(&found.literal, param_of(&found), app->view.field.text, now);
    if (answer != LITERAL_GOOD) {
        say_refusal(app, answer, &found);
        return false;
    }
    set(app, &found, now);
    return true;
}

/* From what is typed, where that is something. */
static void step(struct app *app, int by)
{
    struct found found;
    char from[LITERAL_SIZE], now[LITERAL_SIZE];

    if (!find_open(app, &found)) {
        return;
    }
    const struct param *const param = param_of(&found);
    if (literal_accept(&found.literal, param, app->view.field.text, from) != LITERAL_GOOD) {
        snprintf(from, sizeof(from), "%s", found.override.now);
    }
    if (literal_step(&found.literal, param, found.override.was, from, by, now)) {
        set(app, &found, now);
        set_typed(app, now);
    }
}

/* As it was when the field was opened. */
static void give_up(struct app *app)
{
    struct found found;

    if (find_open(app, &found) && strcmp(found.override.now, app->field.place.now) != 0) {
        set(app, &found, app->field.place.now);
    }
    field_leave(app);
}

static size_t before_caret(const struct view_field *field)
{
    size_t at = field->caret;

    while (at > 0 && ((unsigned char)field->text[--at] & 0xC0) == 0x80) {
    }
    return at;
}

static size_t behind_caret(const struct view_field *field)
{
    size_t at = field->caret;

    at += field->text[at] != '\0';
    while (((unsigned char)field->text[at] & 0xC0) == 0x80) {
        at++;
    }
    return at;
}

static void cut(struct view_field *field, size_t from, size_t to)
{
    if (field->fresh) {
        from = 0;
        to = strlen(field->text);
    }
    memmove(field->text + from, field->text + to, strlen(field->text + to) + 1);
    field->caret = from;
    field->fresh = false;
}

static void put_caret(struct view_field *field, size_t at)
{
    field->caret = at;
    field->fresh = false;
}

/* Keys that move in the text or take from it. */
static bool edit(struct view_field *field, const char *key)
{
    if (strcmp(key, "Left") == 0) {
        put_caret(field, before_caret(field));
    } else if (strcmp(key, "Right") == 0) {
        put_caret(field, behind_caret(field));
    } else if (strcmp(key, "Home") == 0) {
        put_caret(field, 0);
    } else if (strcmp(key, "End") == 0) {
        put_caret(field, strlen(field->text));
    } else if (strcmp(key, "Backspace") == 0) {
        cut(field, before_caret(field), field->caret);
    } else if (strcmp(key, "Delete") == 0) {
        cut(field, field->caret, behind_caret(field));
    } else {
        return false;
    }
    return true;
}

/* Stepping through the lesson ends the writing; other keys with a modifier and function keys are not for
 * the field, plain ones come as text. */
static bool is_for_others(struct app *app, const char *key)
{
    if (strncmp(key, "Page", 4) == 0) {
        field_leave(app);
        return true;
    }
    return strncmp(key, "Ctrl+", 5) == 0 || strncmp(key, "Alt+", 4) == 0 ||
           (key[0] == 'F' && key[1] >= '1' && key[1] <= '9');
}

bool field_key(struct app *app, const char *key)
{
    const bool on = strcmp(key, "Tab") == 0;

    if (!is_open(app) || is_for_others(app, key)) {
        return false;
    }
    app->stale = true;
    if (strcmp(key, "Escape") == 0) {
        give_up(app);
    } else if (strcmp(key, "Return") == 0) {
        if (enter(app)) {
            field_leave(app);
        }
    } else if (on || strcmp(key, "Shift+Tab") == 0) {
        if (enter(app)) {
            move_on(app, on ? 1 : -1);
        }
    } else if (strcmp(key, "Up") == 0 || strcmp(key, "Down") == 0) {
        step(app, key[0] == 'U' ? 1 : -1);
    } else {
        edit(&app->view.field, key);
    }
    return true;
}

bool field_type(struct app *app, const char *text)
{
    struct view_field *const field = &app->view.field;
    const size_t more = strlen(text);

    if (!is_open(app)) {
        return false;
    }
    if (field->fresh) {
        cut(field, 0, 0);
    }
    if (strlen(field->text) + more < sizeof(field->text)) {
        memmove(field->text + field->caret + more, field->text + field->caret,
                strlen(field->text + field->caret) + 1);
        memcpy(field->text + field->caret, text, more);
        field->caret += more;
    }
    app->stale = true;
    return true;
}

bool field_wheel(struct app *app, float notches)
{
    if (!is_open(app) || notches == 0) {
        return false;
    }
    step(app, notches > 0 ? 1 : -1);
    return true;
}

/* ---- the pointer ------------------------------------------------------------------------ */

/* True and False turn over; all else is written. */
static void press_literal(struct app *app, const struct target *target)
{
    struct found found;
    char now[LITERAL_SIZE];

    if (!find_literal(app, code_place_cell(target->id), code_place_line(target->id),
                      (size_t)target->part, &found)) {
        return;
    }
    if (found.literal.kind == LITERAL_BOOL) {
        literal_step(&found.literal, NULL, found.override.was, found.override.now, 1, now);
        set(app, &found, now);
    } else {
        open_at(app, &found);
    }
}

static void slide(struct app *app, float x)
{
    const struct rect track = app->field.track;
    const float knob = track.h > 0 ? track.h * 0.26f : 0, way = track.w - 2 * knob;
    struct found found;
    char now[LITERAL_SIZE];

    if (way > 0 && find_param(app, app->field.slid, &found)) {
        param_slide(&found.param, (double)fminf(fmaxf((x - track.x - knob) / way, 0), 1), now);
        if (strcmp(now, found.override.now) != 0) {
            set(app, &found, now);
        }
    }
}

static void press_param(struct app *app, const struct target *target, struct rect bounds, float x)
{
    struct found found;
    char now[LITERAL_SIZE];

    if (!find_param(app, target->id, &found)) {
        return;
    }
    if (target->part == PARAM_TRACK) {
        app->field.slid = target->id;
        app->field.track = bounds;
        app->dragging = true;
        app->pressed = *target;
        slide(app, x);
    } else if (target->part == PARAM_TURN) {
        literal_step(&found.literal, NULL, found.override.was, found.override.now, 1, now);
        set(app, &found, now);
    } else if (target->part >= PARAM_OPTION &&
               target->part - PARAM_OPTION < found.param.option_count) {
        set(app, &found, found.param.options[target->part - PARAM_OPTION]);
    } else {
        open_at(app, &found);
    }
}

bool field_press(struct app *app, struct target target, struct rect bounds, struct point at)
{
    field_leave(app);
    if ((target.kind != TARGET_LITERAL && target.kind != TARGET_PARAM)) {
        return false;
    }
    if (whatif_can(app)) {
        app->stale = true;
        if (target.kind == TARGET_LITERAL) {
            press_literal(app, &target);
        } else {
            press_param(app, &target, bounds, at.x);
        }
    }
    return true;
}

void field_drag(struct app *app, struct point to)
{
    slide(app, to.x);
}
