#include "render/lesson/veil.h"

#include <math.h>
#include <string.h>

#include "engine/base/text.h"
#include "render/screen.h"

enum { THINGS_MOST = 256, PRINTS_MOST = 64 };

/* ---- numbers in a text -------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
           ((unsigned char)c & 0xC0) == 0xC0 || ((unsigned char)c & 0xC0) == 0x80;
}

struct number {
    size_t from, end; /* bytes */
    double value;
    int decimals; /* -1: no point */
};

/* "≈18" begins no name, "số18" does: a letter of Vietnamese has two or three bytes, as "≈" has. */
static bool in_name(const char *bytes, size_t at)
{
    static const char *const signs[] = { "≈", "−", "·", "×", "→", "±", "²", "³" };

    if (at == 0 || !is_of_name(bytes[at - 1])) {
        return false;
    }
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        const size_t length = strlen(signs[i]);
        if (at >= length && memcmp(bytes + at - length, signs[i], length) == 0) {
            return false;
        }
    }
    return true;
}

/* The next one at or behind `at`: digits, perhaps with a point; none that belongs to a name. */
static bool next_number(const char *bytes, size_t length, size_t at, struct number *out)
{
    while (at < length && (!is_digit(bytes[at]) || in_name(bytes, at))) {
        if (is_digit(bytes[at])) { /* of a name: all of it */
            while (at < length && is_digit(bytes[at])) {
                at++;
            }
        } else {
            at++;
        }
    }
    if (at == length) {
        return false;
    }
    *out = (struct number){ .from = at, .end = at, .decimals = -1 };
    while (out->end < length && is_digit(bytes[out->end])) {
        out->end++;
    }
    if (out->end + 1 < length && bytes[out->end] == '.' && is_digit(bytes[out->end + 1])) {
        const size_t point = out->end++;
        while (out->end < length && is_digit(bytes[out->end])) {
            out->end++;
        }
        out->decimals = (int)(out->end - point - 1);
    }
    return number_parse(bytes + out->from, out->end - out->from, &out->value);
}

static size_t count_numbers(const char *text)
{
    const size_t length = strlen(text);
    struct number number = { 0 };
    size_t count = 0;

    while (next_number(text, length, number.end, &number)) {
        count++;
    }
    return count;
}

/* ---- what is asked for -------------------------------------------------------------------- */

struct collecting {
    const struct view *view;
    const struct question *question;
    struct veil *veil;
};

static void hide(const struct collecting *to, double number, const char *code)
{
    struct veil *const veil = to->veil;

    if (veil->count < THINGS_MOST) {
        veil->things[veil->count++] = (struct veil_thing){ number, code, to->question->cell->cell };
    }
}

/* "`(2, 5)`" without its marks. */
static const char *without_marks(const char *text, struct arena *arena)
{
    const size_t skipped = strspn(text, " `*");
    size_t length = strlen(text);

    while (length > skipped && strchr(" `*", text[length - 1])) {
        length--;
    }
    return arena_copy_text(arena, text + skipped, length - skipped);
}

/* One number is hidden wherever it stands; several of them where they stand together. */
static void hide_option(const struct collecting *to, const char *text)
{
    const size_t numbers = count_numbers(text), length = strlen(text);
    struct number number = { 0 };

    if (numbers > 1) {
        hide(to, NAN, without_marks(text, to->view->arena));
    } else if (numbers == 1 && next_number(text, length, 0, &number)) {
        hide(to, number.value, NULL);
    }
}

static bool is_named(const char *text, double value)
{
    const size_t length = strlen(text);
    struct number number = { 0 };

    while (next_number(text, length, number.end, &number)) {
        if (number.value == value) {
            return true;
        }
    }
    return false;
}

/* Counts of one digit are not what a question is about. */
static void hide_printed(const struct collecting *to, struct trace_string text)
{
    struct number number = { 0 };

    while (next_number(text.bytes, text.length, number.end, &number)) {
        const bool counts = number.decimals < 0 && number.end - number.from == 1;
        if (!counts && !is_named(to->question->text, number.value)) {
            hide(to, number.value, NULL);
        }
    }
}

static void hide_output(const struct collecting *to)
{
    const struct trace *const trace = to->view->runs[0].trace;
    size_t count, prints = 0;
    const uint32_t *const outs = trace_records_of(trace, RECORD_OUT, &count);

    for (size_t i = 0; i < count && prints < PRINTS_MOST; i++) {
        if (outs[i] >= to->question->at && outs[i] < to->question->until) {
            hide_printed(to, trace_record(trace, outs[i])->out.text);
            prints++;
        }
    }
}

struct veil veil_of(const struct view *view)
{
    const struct trace *const trace = view->runs[0].trace;
    struct question question;
    struct veil veil = { 0 };
    const struct collecting to = { view, &question, &veil };

    for (size_t i = 0; i < trace_cell_count(trace); i++) {
        if (!trace_cell_tagged(trace_cell(trace, i), "question") ||
            !lesson_speaks(view, trace_cell(trace, i)) ||
            !question_read(trace, i, &question, view->arena) ||
            question_revealed(view->state, question.in)) {
            continue;
        }
        if (!veil.open) {
            veil.open = question.cell->cell;
        }
        if (!veil.things) {
            veil.things = arena_allocate(view->arena, THINGS_MOST, sizeof(*veil.things));
        }
        for (size_t k = 0; k < question.option_count; k++) {
            hide_option(&to, question.options[k].text);
        }
        hide_output(&to);
    }
    return veil;
}

/* ---- drawing ------------------------------------------------------------------------------ */

static bool is_hidden(const struct veil *veil, const struct trace_cell *cell,
                      const struct number *number)
{
    const double rounded = number->decimals < 0 ? 0 : 0.5000001 * pow(10, -number->decimals);

    for (size_t i = 0; i < veil->count; i++) {
        const struct veil_thing *const thing = &veil->things[i];
        if (cell->cell > thing->cell && !thing->code &&
            fabs(thing->number - number->value) <= rounded) {
            return true;
        }
    }
    return false;
}

static void cover(char *copy, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        copy[i] = is_digit(copy[i]) ? '?' : copy[i];
    }
}

static void cover_code(char *copy, size_t length, const struct trace_string *text, const char *code)
{
    const size_t size = strlen(code);

    for (size_t at = 0; at + size <= length; at++) {
        if (memcmp(text->bytes + at, code, size) == 0) {
            cover(copy, at, at + size);
        }
    }
}

/* "## Why a sum?" and "**Remember:" */
static struct trace_string cover_answer(const struct view *view, struct trace_string text)
{
    const bool heading = text.length > 0 && text.bytes[0] == '#';
    const bool bold = text.length > 1 && text.bytes[0] == '*';
    const char *const end = memchr(text.bytes, heading ? '\n' : ':', text.length);
    const size_t kept = end ? (size_t)(end - text.bytes) + 1 : heading ? text.length : 0;
    const char *const copy = arena_format(view->arena, "%.*s%s?%s", (int)kept, text.bytes,
                                          heading    ? "\n"
                                          : kept > 0 ? " "
                                                     : "",
                                          bold && kept > 0 ? "**" : "");

    return (struct trace_string){ copy, strlen(copy) };
}

struct trace_string veil_draw(const struct view *view, const struct veil *veil,
                              const struct trace_cell *cell, struct trace_string text)
{
    struct number number = { 0 };

    if (!veil->open || cell->cell <= veil->open) {
        return text;
    }
    if (trace_cell_tagged(cell, "answer")) {
        text = cover_answer(view, text);
    }
    char *const copy = arena_copy_text(view->arena, text.bytes, text.length);
    while (next_number(text.bytes, text.length, number.end, &number)) {
        if (is_hidden(veil, cell, &number)) {
            cover(copy, number.from, number.end);
        }
    }
    for (size_t i = 0; i < veil->count; i++) {
        if (veil->things[i].code && cell->cell > veil->things[i].cell) {
            cover_code(copy, text.length, &text, veil->things[i].code);
        }
    }
    return (struct trace_string){ copy, text.length };
}

struct trace_string veil_cell(const struct view *view, const struct trace_cell *cell)
{
    const struct veil veil = veil_of(view);

    return veil_draw(view, &veil, cell, cell->text);
}
