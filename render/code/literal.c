#include "render/code/literal.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "render/code/code.h"
#include "render/code/lexer.h"

/* ---- numbers ---------------------------------------------------------------------------- */

/* Digits, single underscores between them. */
static size_t digits_at(const char *text)
{
    size_t at = 0;

    while (isdigit((unsigned char)text[at]) || (text[at] == '_' && at > 0 && text[at - 1] != '_' &&
                                                isdigit((unsigned char)text[at + 1]))) {
        at++;
    }
    return at;
}

static size_t exponent_at(const char *text)
{
    if (*text != 'e' && *text != 'E') {
        return 0;
    }
    const size_t sign = text[1] == '+' || text[1] == '-';
    const size_t digits = digits_at(text + 1 + sign);
    return digits > 0 ? 1 + sign + digits : 0;
}

/* The kind of a decimal number without its sign; false for all else that Python may call one. */
static bool unsigned_kind(const char *text, enum literal_kind *kind)
{
    const size_t whole = digits_at(text);
    const char *at = text + whole;
    size_t fraction = 0;
    const bool point = *at == '.';

    if (point) {
        fraction = digits_at(++at);
        at += fraction;
    }
    const size_t exponent = whole + fraction > 0 ? exponent_at(at) : 0;
    *kind = point || exponent > 0 ? LITERAL_REAL : LITERAL_WHOLE;
    const bool zeros = *kind == LITERAL_WHOLE && text[0] == '0' && strspn(text, "0_") != whole;
    return whole + fraction > 0 && at[exponent] == '\0' && !zeros;
}

static bool number_kind(const char *text, enum literal_kind *kind)
{
    return unsigned_kind(text + (*text == '-'), kind);
}

/* `(-3)` is -3. */
double literal_number(const char *text)
{
    char plain[LITERAL_SIZE];
    size_t length = 0;
    double value = 0;

    for (; *text && length + 1 < sizeof(plain); text++) {
        if (*text != '_' && *text != '(' && *text != ')') {
            plain[length++] = *text;
        }
    }
    return number_parse(plain, length, &value) ? value : 0;
}

static bool is_bool(const char *text)
{
    return strcmp(text, "True") == 0 || strcmp(text, "False") == 0;
}

/* ---- finding ---------------------------------------------------------------------------- */

/* A line's pieces without blanks. */
enum { PIECES_MAX = 512 };

struct pieces {
    struct code_piece at[PIECES_MAX];
    size_t count;
    const char *text; /* of the cell */
    size_t start;     /* of the line */
};

static void cut_line(const struct trace_cell *cell, int line, struct pieces *out)
{
    struct code_lexer lexer;
    struct code_piece piece;
    size_t start, length;

    code_line_range(cell, line, &start, &length);
    out->text = cell->text.bytes;
    out->start = start;
    out->count = 0;
    code_lexer_init(&lexer, cell->text.bytes, cell->text.length);
    code_lexer_seek(&lexer, line, start);
    while (code_lexer_next(&lexer, &piece) && piece.line <= line && out->count < PIECES_MAX) {
        const char first = cell->text.bytes[piece.start];
        if (piece.line == line && first != ' ' && first != '\t') {
            out->at[out->count++] = piece;
        }
    }
}

static char first_of(const struct pieces *pieces, size_t index)
{
    return index < pieces->count ? pieces->text[pieces->at[index].start] : '\0';
}

static bool is_piece(const struct pieces *pieces, size_t index, const char *text)
{
    const struct code_piece *const piece = &pieces->at[index];

    return index < pieces->count && piece->length == strlen(text) &&
           memcmp(pieces->text + piece->start, text, piece->length) == 0;
}

static bool is_value_word(const struct pieces *pieces, size_t index)
{
    return is_piece(pieces, index, "True") || is_piece(pieces, index, "False") ||
           is_piece(pieces, index, "None");
}

/* Whether a value may begin at that piece, so that a minus there is a sign and a parenthesis calls
 * nothing. At a line's start either may go on with the line before. */
static bool begins_value(const struct pieces *pieces, size_t index)
{
    if (index == 0) {
        return false;
    }
    const struct code_piece *const before = &pieces->at[index - 1];
    if (before->kind == CODE_KEYWORD) {
        return !is_value_word(pieces, index - 1);
    }
    return before->kind == CODE_PLAIN && strchr("(,=[{:+-*/%<>&|^~@", first_of(pieces, index - 1));
}

/* Right in front of the next piece. */
static bool is_close(const struct pieces *pieces, size_t index, char c)
{
    return first_of(pieces, index) == c && index + 1 < pieces->count &&
           pieces->at[index].start + 1 == pieces->at[index + 1].start;
}

static void copy_piece(const struct pieces *pieces, size_t index, char out[LITERAL_SIZE])
{
    const struct code_piece *const piece = &pieces->at[index];
    const size_t length = piece->length < LITERAL_SIZE ? piece->length : 0;

    memcpy(out, pieces->text + piece->start, length);
    out[length] = '\0';
}

/* Whether what stands before that piece takes a value before its sign: `-3 ** 2` is -9. */
static bool is_bound(const struct pieces *pieces, size_t index)
{
    const char next = first_of(pieces, index);

    return next == '.' || next == '[' || (next == '*' && first_of(pieces, index + 1) == '*');
}

/* A sign belongs to the number, and parentheses that keep it from a power. */
static void add_sign(const struct pieces *pieces, size_t index, struct literal *out)
{
    if (index == 0 || !is_close(pieces, index - 1, '-')) {
        return;
    }
    const bool wrapped = index > 1 && is_close(pieces, index - 2, '(') &&
                         begins_value(pieces, index - 2) && first_of(pieces, index + 1) == ')' &&
                         pieces->at[index + 1].start - pieces->start == out->end &&
                         is_bound(pieces, index + 2);
    if (wrapped) {
        out->column -= 2;
        out->end += 1;
        out->bound = true;
    } else if (begins_value(pieces, index - 1)) {
        out->column -= 1;
    }
}

/* Whether that piece is a literal, and of which kind. */
static bool literal_at(const struct pieces *pieces, size_t index, struct literal *out)
{
    const struct code_piece *const piece = &pieces->at[index];
    char text[LITERAL_SIZE];

    copy_piece(pieces, index, text);
    const bool number = piece->kind == CODE_NUMBER && unsigned_kind(text, &out->kind);
    const bool word = piece->kind == CODE_KEYWORD && is_bool(text);
    if (!number && !word) {
        return false;
    }
    out->kind = word ? LITERAL_BOOL : out->kind;
    out->line = piece->line;
    out->column = piece->start - pieces->start;
    out->end = out->column + piece->length;
    out->bound = is_bound(pieces, index + 1);
    if (number) {
        add_sign(pieces, index, out);
    }
    return true;
}

bool literal_kind_of(const char *text, enum literal_kind *kind)
{
    char plain[LITERAL_SIZE];

    if (text[0] == '"' || text[0] == '\'' || is_bool(text)) {
        *kind = is_bool(text) ? LITERAL_BOOL : LITERAL_STRING;
        return true;
    }
    return number_kind(literal_typed(text, plain), kind);
}

size_t literals_in_line(const struct trace_cell *cell, int line,
                        struct literal out[LITERALS_IN_LINE])
{
    struct pieces pieces;
    struct param param;
    size_t count = 0;

    cut_line(cell, line, &pieces);
    for (size_t i = 0; i < pieces.count && count < LITERALS_IN_LINE; i++) {
        count += literal_at(&pieces, i, &out[count]);
    }
    if (count == 0 && param_in_line(cell, line, &param)) {
        out[count++] = param.literal;
    }
    return count;
}

const char *literal_text(const struct trace_cell *cell, const struct literal *literal,
                         char out[LITERAL_SIZE])
{
    size_t start, length;

    code_line_range(cell, literal->line, &start, &length);
    const size_t size = literal->end - literal->column;
    const bool fits = literal->end <= length && size < LITERAL_SIZE;
    memcpy(out, cell->text.bytes + start + literal->column, fits ? size : 0);
    out[fits ? size : 0] = '\0';
    return out;
}

const char *literal_typed(const char *text, char out[LITERAL_SIZE])
{
    const size_t length = strlen(text);
    const bool quoted = length > 1 && (text[0] == '"' || text[0] == '\'' || text[0] == '(');

    snprintf(out, LITERAL_SIZE, "%.*s", (int)(quoted ? length - 2 : length),
             quoted ? text + 1 : text);
    return out;
}

/* ---- what is typed ---------------------------------------------------------------------- */

/* One that had a point keeps one: torch.tensor(4) is no torch.tensor(4.0). A negative number in front
 * of a power is set in parentheses, or the power would be taken first. */
static enum literal_answer accept_number(const struct literal *literal, const struct param *param,
                                         const char *typed, char out[LITERAL_SIZE])
{
    const bool real = literal->kind == LITERAL_REAL;
    enum literal_kind kind;

    if (!number_kind(typed, &kind) || strlen(typed) > LITERAL_SIZE / 2 ||
        !isfinite(literal_number(typed))) {
        return LITERAL_NO_NUMBER;
    }
    if (param && param->kind == PARAM_WHOLE && kind != LITERAL_WHOLE) {
        return LITERAL_NOT_WHOLE;
    }
    const double value = literal_number(typed);
    if (param && param->kind == PARAM_SLIDER && (value < param->least || value > param->most)) {
        return LITERAL_OUT_OF_RANGE;
    }
    const bool wrapped = literal->bound && typed[0] == '-';
    snprintf(out, LITERAL_SIZE, "%s%s%s%s", wrapped ? "(" : "", typed,
             real && kind == LITERAL_WHOLE ? ".0" : "", wrapped ? ")" : "");
    return LITERAL_GOOD;
}

/* In quotes unless it came with them. What would need an escape is not taken. */
static enum literal_answer accept_string(const char *typed, char out[LITERAL_SIZE])
{
    char plain[LITERAL_SIZE];

    literal_typed(typed, plain);
    if (strpbrk(plain, "\"'\\\n\r") || strlen(plain) + 3 > LITERAL_SIZE ||
        !utf8_valid(plain, strlen(plain))) {
        return LITERAL_NO_STRING;
    }
    snprintf(out, LITERAL_SIZE, "\"%.*s\"", LITERAL_SIZE - 3, plain);
    return LITERAL_GOOD;
}

static int option_of(const struct param *param, const char *text)
{
    char option[LITERAL_SIZE], typed[LITERAL_SIZE];

    literal_typed(text, typed);
    for (int i = 0; i < param->option_count; i++) {
        if (strcmp(literal_typed(param->options[i], option), typed) == 0) {
            return i;
        }
    }
    return -1;
}

enum literal_answer literal_accept(const struct literal *literal, const struct param *param,
                                   const char *typed, char out[LITERAL_SIZE])
{
    char text[LITERAL_SIZE];
    size_t from = strspn(typed, " "), length = strlen(typed + from);

    while (length > 0 && typed[from + length - 1] == ' ') {
        length--;
    }
    from += length > 1 && typed[from] == '+';
    snprintf(text, sizeof(text), "%.*s", (int)length, typed + from);
    const int option = param && param->kind == PARAM_CHOICE ? option_of(param, text) : -1;
    if (option >= 0) {
        snprintf(out, LITERAL_SIZE, "%s", param->options[option]);
        return LITERAL_GOOD;
    }
    if (param && param->kind == PARAM_CHOICE && !param->free) {
        return LITERAL_NOT_OFFERED;
    }
    switch (literal->kind) {
    case LITERAL_WHOLE:
    case LITERAL_REAL:
        return accept_number(literal, param, text, out);
    case LITERAL_BOOL:
        snprintf(out, LITERAL_SIZE, "%s", text);
        return is_bool(text) ? LITERAL_GOOD : LITERAL_NO_BOOL;
    case LITERAL_STRING:
        break;
    }
    return accept_string(text, out);
}

/* ---- steps ------------------------------------------------------------------------------ */

/* A tenth of the number's leading digit, whole for whole numbers: 0.01 goes by 0.001, 1.0 by 0.1, 7 by
 * 1, 2000 by 100. */
static double step_of(const struct literal *literal, const struct param *param, const char *was)
{
    const double size = fabs(literal_number(was));

    if (param && param->kind == PARAM_SLIDER) {
        return param->step;
    }
    if (literal->kind == LITERAL_WHOLE) {
        return size >= 100 ? pow(10, floor(log10(size)) - 1) : 1;
    }
    return size > 0 ? pow(10, floor(log10(size)) - 1) : 0.1;
}

static int decimals_of(double step)
{
    enum { MOST = 12 };
    int decimals = 0;

    while (decimals < MOST && fabs(step - nearbyint(step)) > 1e-6 * step) {
        step *= 10;
        decimals++;
    }
    return decimals;
}

/* With as many decimals as the step has, at least one where the number had a point. */
static void write_number(double value, double step, bool real, char out[LITERAL_SIZE])
{
    char text[NUMBER_FIXED_SIZE];
    const int decimals = decimals_of(step);

    if (fabs(value) > 1e15 || (real && step < 1e-12)) {
        number_shortest(text, value);
    } else {
        number_fixed(text, value, real && decimals == 0 ? 1 : decimals);
    }
    while (strchr(text, '.') && !strchr(text, 'e') && text[strlen(text) - 1] == '0' &&
           text[strlen(text) - 2] != '.') {
        text[strlen(text) - 1] = '\0';
    }
    const char *const zero =
        strspn(text, "-0.") == strlen(text) && text[0] == '-' ? text + 1 : text;
    snprintf(out, LITERAL_SIZE, "%.*s", LITERAL_SIZE - 1, zero);
}

/* The nearest number that the slider comes to. */
static double snap(const struct param *param, double value)
{
    const double steps = nearbyint((value - param->least) / param->step);
    const double most = floor((param->most - param->least) / param->step + 1e-9);

    return param->least + fmin(fmax(steps, 0), most) * param->step;
}

static bool is_real(const struct param *param)
{
    return param->literal.kind == LITERAL_REAL || decimals_of(param->step) > 0 ||
           decimals_of(fabs(param->least)) > 0;
}

void param_slide(const struct param *param, double part, char out[LITERAL_SIZE])
{
    const double value = snap(param, param->least + part * (param->most - param->least));

    write_number(value, param->step, is_real(param), out);
}

static bool step_number(const struct literal *literal, const struct param *param, const char *was,
                        const char *now, int by, char out[LITERAL_SIZE])
{
    const double step = step_of(literal, param, was);
    double value = literal_number(now) + by * step;
    char text[LITERAL_SIZE];

    if (param && param->kind == PARAM_SLIDER) {
        value = snap(param, value);
        write_number(value, step, is_real(param), text);
    } else {
        /* On multiples of the step, so that nothing like 0.30000000000000004 comes up. */
        value = nearbyint(value / step) * step;
        write_number(value, step, literal->kind == LITERAL_REAL, text);
    }
    return literal_accept(literal, param, text, out) == LITERAL_GOOD;
}

bool literal_step(const struct literal *literal, const struct param *param, const char *was,
                  const char *now, int by, char out[LITERAL_SIZE])
{
    if (param && param->kind == PARAM_CHOICE) {
        const int option = option_of(param, now) + by;
        const bool good = option >= 0 && option < param->option_count;
        snprintf(out, LITERAL_SIZE, "%s", good ? param->options[option] : now);
        return good;
    }
    switch (literal->kind) {
    case LITERAL_WHOLE:
    case LITERAL_REAL:
        return step_number(literal, param, was, now, by, out);
    case LITERAL_BOOL:
        snprintf(out, LITERAL_SIZE, "%s", strcmp(now, "True") == 0 ? "False" : "True");
        return by != 0;
    case LITERAL_STRING:
        break;
    }
    return false;
}
