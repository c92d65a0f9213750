/* An element of a result that was made element by element: the operation's own formula, read, said with
 * the operands' elements in place of its letters, and computed. */

#include <math.h>
#include <string.h>

#include "render/ledger/chain_ways.h"

/*
 * What formulas of such operations are made of, loosest first:
 *
 *     choice   = compared [ "?" choice ":" choice ]
 *     compared = sum [ ( ">" | "<" | "=" … ) sum ]
 *     sum      = product { ( "+" | "−" ) product }
 *     product  = signed { [ "·" | "/" ] signed }
 *     signed   = [ "−" ] power
 *     power    = primary { raised }
 *     primary  = number | letter | function | "(" choice ")" | "|" choice "|" | "√" power | …
 *
 * All that is not a letter is said as it stands there.
 */
struct formula_reader {
    struct asking *asking;
    const char *at;
    int depth;
    bool bad;
};

/* No formula of ours is deeper; one in a trace that somebody else wrote could be. */
enum { DEPTH_MAX = 32 };

static double read_choice(struct formula_reader *reader);
static double read_power(struct formula_reader *reader);

static double noted(struct formula_reader *reader, double value)
{
    reader->asking->said_size = fmax(reader->asking->said_size, fabs(value));
    return value;
}

static bool next_is(const struct formula_reader *reader, const char *text)
{
    return strncmp(reader->at, text, strlen(text)) == 0;
}

/* Says it as well. */
static bool take(struct formula_reader *reader, const char *text)
{
    if (!next_is(reader, text)) {
        return false;
    }
    reader->at += strlen(text);
    way_say(reader->asking, text);
    return true;
}

static void expect(struct formula_reader *reader, const char *text)
{
    reader->bad = !take(reader, text) || reader->bad;
}

/* ---- letters ---------------------------------------------------------------------------------- */

/* Where the letters of one operation do not follow the order of its operands. */
static const struct {
    const char *op, *letter;
    size_t operand;
} placed[] = {
    { "where", "c", 0 },        { "where", "a", 1 },         { "where", "b", 2 },
    { "pow_base", "n", 0 },     { "pow_base", "a", 1 },      { "pow", "n", 1 },
    { "remainder", "n", 1 },    { "fmod", "n", 1 },          { "prelu", "w", 1 },
    { "lerp_tensor", "w", 2 },  { "clamp_low", "low", 1 },   { "clamp_high", "high", 1 },
    { "clamp_both", "low", 1 }, { "clamp_both", "high", 2 },
};

static const struct {
    const char *letter, *attr;
} settings[] = {
    { "low", "min" },    { "low", "min_val" },      { "high", "max" }, { "high", "max_val" },
    { "s", "scale" },    { "s", "negative_slope" }, { "α", "alpha" },  { "β", "beta" },
    { "λ", "lambd" },    { "t", "threshold" },      { "v", "value" },  { "w", "weight" },
    { "n", "decimals" },
};

static const char *const letters[] = { "low", "high", "a", "b", "c", "n", "s",
                                       "t",   "v",    "w", "α", "β", "λ" };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The letter that stands next, not a part of a longer word; NULL. */
static const char *next_letter(const struct formula_reader *reader)
{
    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
        const bool greek = !is_letter(letters[i][0]);
        if (next_is(reader, letters[i]) && (greek || !is_letter(reader->at[strlen(letters[i])]))) {
            return letters[i];
        }
    }
    return NULL;
}

static bool operand_factor(struct asking *asking, size_t operand, struct factor *out)
{
    const struct record_op *const op = asking->op->record;
    const struct trace_tensor *const tensor = way_tensor(asking, operand);
    const int64_t at = tensor ? way_shown_at(asking->to, asking->element, tensor) : -1;

    if (tensor && at >= 0) {
        *out = way_operand(asking, operand, at);
        return true;
    }
    if (operand < op->in_count && op->in[operand].kind == ARGUMENT_NUMBER) {
        *out = way_plain(op->in[operand].number);
        return true;
    }
    return false;
}

bool chain_letter_placed(const char *op, const char *letter, size_t *operand)
{
    for (size_t i = 0; i < sizeof(placed) / sizeof(placed[0]); i++) {
        if (strcmp(placed[i].op, op) == 0 && strcmp(placed[i].letter, letter) == 0) {
            *operand = placed[i].operand;
            return true;
        }
    }
    return false;
}

static bool letter_factor(struct asking *asking, const char *letter, struct factor *out)
{
    const struct record_op *const op = asking->op->record;
    size_t operand;

    if (chain_letter_placed(op->name, letter, &operand)) {
        return operand_factor(asking, operand, out);
    }
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (strcmp(settings[i].letter, letter) == 0 &&
            way_attr(op, settings[i].attr, &out->number)) {
            *out = way_plain(out->number);
            return true;
        }
    }
    return strlen(letter) == 1 && letter[0] >= 'a' && letter[0] <= 'c' &&
           operand_factor(asking, (size_t)(letter[0] - 'a'), out);
}

/* Whether a negative number can stand here without brackets. */
static bool begins(const struct formula_reader *reader)
{
    static const char *const openers[] = { "(", ", ", "? ", ": ", "|", "⌊", "⌈", "> ", "< " };
    const struct text *const said = &reader->asking->numbers;

    for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
        const size_t length = strlen(openers[i]);
        if (said->length >= length &&
            memcmp(said->bytes + said->length - length, openers[i], length) == 0) {
            return true;
        }
    }
    return said->length == 0;
}

static bool next_is_raised(const struct formula_reader *reader)
{
    static const char *const raised[] = { "²", "³", "⁻", "ⁿ", "ᵃ", "ᵇ", "^" };

    for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
        if (next_is(reader, raised[i])) {
            return true;
        }
    }
    return false;
}

static double read_letter(struct formula_reader *reader, const char *letter)
{
    struct factor factor = { 0 };

    reader->at += strlen(letter);
    if (!letter_factor(reader->asking, letter, &factor)) {
        reader->bad = true;
        return 0;
    }
    way_say_factor(reader->asking, &factor, begins(reader) && !next_is_raised(reader));
    return noted(reader, factor.number);
}

/* ---- powers ------------------------------------------------------------------------------------ */

/* Says a whole number of one digit above the line; false for any other. */
static bool say_digit(struct asking *asking, const struct factor *factor)
{
    static const char *const raised[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };

    for (int i = 0; !factor->tensor && i < 10; i++) {
        if (factor->number == i) {
            way_say(asking, raised[i]);
            return true;
        }
    }
    return false;
}

/* "^(x[0, 1])", for a letter that the formula raises. */
static double read_raised_letter(struct formula_reader *reader, const char *letter, bool negative)
{
    struct factor factor = { 0 };

    if (!letter_factor(reader->asking, letter, &factor)) {
        reader->bad = true;
        return 0;
    }
    if (negative || !say_digit(reader->asking, &factor)) {
        way_say(reader->asking, negative ? "^(−" : "^(");
        way_say_factor(reader->asking, &factor, !negative);
        way_say(reader->asking, ")");
    }
    return negative ? -factor.number : factor.number;
}

static double read_exponent(struct formula_reader *reader)
{
    static const struct {
        const char *raised, *letter;
    } rows[] = { { "ᵃ", "a" }, { "ᵇ", "b" }, { "ⁿ", "n" } };
    const bool negative = next_is(reader, "⁻");

    if (take(reader, "^(")) {
        const double value = read_choice(reader);
        expect(reader, ")");
        return value;
    }
    reader->at += negative ? strlen("⁻") : 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (next_is(reader, rows[i].raised)) {
            reader->at += strlen(rows[i].raised);
            return read_raised_letter(reader, rows[i].letter, negative);
        }
    }
    reader->bad = reader->bad || negative;
    if (take(reader, "²")) {
        return 2;
    }
    expect(reader, "³");
    return 3;
}

/* ---- functions --------------------------------------------------------------------------------- */

static double sigma(double x)
{
    return 1 / (1 + exp(-x));
}

static double phi(double x)
{
    return erfc(-x / sqrt(2)) / 2;
}

static double sign(double x)
{
    return (double)((x > 0) - (x < 0));
}

/* What is part of another's name comes after it. */
static const struct {
    const char *name;
    double (*one)(double);
    double (*two)(double, double);
} functions[] = {
    { "arsinh", asinh, NULL }, { "arcosh", acosh, NULL }, { "artanh", atanh, NULL },
    { "arcsin", asin, NULL },  { "arccos", acos, NULL },  { "arctan", atan, NULL },
    { "sinh", sinh, NULL },    { "cosh", cosh, NULL },    { "tanh", tanh, NULL },
    { "sin", sin, NULL },      { "cos", cos, NULL },      { "tan", tan, NULL },
    { "log₁₀", log10, NULL },  { "log₂", log2, NULL },    { "ln", log, NULL },
    { "erf", erf, NULL },      { "round", rint, NULL },   { "trunc", trunc, NULL },
    { "sign", sign, NULL },    { "σ", sigma, NULL },      { "Φ", phi, NULL },
    { "√", sqrt, NULL },       { "max", NULL, fmax },     { "min", NULL, fmin },
};

static bool read_function(struct formula_reader *reader, double *out)
{
    size_t i = 0;

    while (i < sizeof(functions) / sizeof(functions[0]) && !take(reader, functions[i].name)) {
        i++;
    }
    if (i == sizeof(functions) / sizeof(functions[0])) {
        return false;
    }
    if (functions[i].two) {
        expect(reader, "(");
        const double first = read_choice(reader);
        expect(reader, ", ");
        *out = functions[i].two(first, read_choice(reader));
        expect(reader, ")");
        return true;
    }
    take(reader, " ");
    *out = functions[i].one(read_power(reader));
    return true;
}

/* ---- from the inside out ----------------------------------------------------------------------- */

static bool read_enclosed(struct formula_reader *reader, double *out)
{
    static const struct {
        const char *opens, *closes;
        double (*of)(double); /* NULL: itself */
    } rows[] = { { "(", ")", NULL }, { "|", "|", fabs }, { "⌊", "⌋", floor }, { "⌈", "⌉", ceil } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (take(reader, rows[i].opens)) {
            *out = read_choice(reader);
            *out = rows[i].of ? rows[i].of(*out) : *out;
            expect(reader, rows[i].closes);
            return true;
        }
    }
    return false;
}

static double read_number(struct formula_reader *reader)
{
    const size_t length = strspn(reader->at, "0123456789.");
    double number = 0;

    if (!number_parse(reader->at, length, &number)) {
        reader->bad = true;
        return 0;
    }
    way_say(reader->asking, arena_copy_text(reader->asking->arena, reader->at, length));
    reader->at += length;
    return number;
}

/* The number e, where it is raised to something. */
static bool read_e(struct formula_reader *reader, double *out)
{
    const struct formula_reader behind = { .at = reader->at + (reader->at[0] == 'e') };

    *out = exp(1);
    return reader->at[0] == 'e' && next_is_raised(&behind) && take(reader, "e");
}

static double read_primary(struct formula_reader *reader)
{
    static const struct {
        const char *sign;
        double number;
    } constants[] = { { "π", 3.14159265358979323846 }, { "½", 0.5 } };
    const char *const letter = next_letter(reader);
    double value;

    if (letter) {
        return read_letter(reader, letter);
    }
    if (read_e(reader, &value) || read_function(reader, &value) || read_enclosed(reader, &value)) {
        return value;
    }
    for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
        if (take(reader, constants[i].sign)) {
            return constants[i].number;
        }
    }
    return read_number(reader);
}

static double read_power(struct formula_reader *reader)
{
    double value = 0;

    if (reader->depth == DEPTH_MAX || reader->bad) {
        reader->bad = true;
        return 0;
    }
    reader->depth++;
    value = read_primary(reader);
    reader->depth--;
    while (!reader->bad && next_is_raised(reader)) {
        value = pow(value, read_exponent(reader));
    }
    return noted(reader, value);
}

static double read_signed(struct formula_reader *reader)
{
    return take(reader, "−") ? -read_power(reader) : read_power(reader);
}

/* "βa", "0.044715 a³", "a ln b": what stands side by side is multiplied. */
static bool next_is_factor(const struct formula_reader *reader)
{
    static const char *const others[] = { "(", "√", "σ", "Φ", "π", "α", "β", "λ" };
    const struct formula_reader behind = { .at = reader->at + (reader->at[0] == ' ') };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (next_is(&behind, others[i])) {
            return true;
        }
    }
    return is_letter(behind.at[0]);
}

static double read_product(struct formula_reader *reader)
{
    double value = read_signed(reader);

    while (!reader->bad) {
        if (take(reader, " / ") || take(reader, "/")) {
            value /= read_signed(reader);
        } else if (take(reader, " · ")) {
            value *= read_signed(reader);
        } else if (next_is_factor(reader)) {
            reader->at += reader->at[0] == ' ';
            way_say(reader->asking, " · ");
            value *= read_signed(reader);
        } else {
            break;
        }
    }
    return noted(reader, value);
}

static double read_sum(struct formula_reader *reader)
{
    double value = read_product(reader);

    while (!reader->bad) {
        if (take(reader, " + ")) {
            value += read_product(reader);
        } else if (take(reader, " − ")) {
            value -= read_product(reader);
        } else {
            break;
        }
    }
    return noted(reader, value);
}

static double read_compared(struct formula_reader *reader)
{
    const double left = read_sum(reader);

    if (take(reader, " > ")) {
        return left > read_sum(reader);
    }
    return take(reader, " < ") ? left < read_sum(reader) : left;
}

static double read_choice(struct formula_reader *reader)
{
    const double value = read_compared(reader);

    if (reader->bad || !take(reader, " ? ")) {
        return value;
    }
    const double yes = read_choice(reader);
    expect(reader, " : ");
    const double no = read_choice(reader);
    return value != 0 ? yes : no;
}

/* The formula as the operation was called: one bound of two, a factor other than 1. */
static const char *formula_as_called(const struct trace_op *op)
{
    static const struct {
        const char *op, *attr, *formula;
        bool given;
    } rows[] = { { "clamp", "max", "max(a, low)", false },
                 { "clamp", "min", "min(a, high)", false },
                 { "add", "alpha", "a + α · b", true },
                 { "sub", "alpha", "a − α · b", true } };
    double number;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].op, op->record->name) == 0 &&
            way_attr(op->record, rows[i].attr, &number) == rows[i].given) {
            return rows[i].formula;
        }
    }
    return op->def->formula;
}

void way_mapped(struct asking *asking)
{
    struct formula_reader reader = { .asking = asking, .at = formula_as_called(asking->op) };

    asking->unknown = !reader.at || strcmp(asking->to->dtype, "bool") == 0;
    if (!asking->unknown) {
        asking->said = read_choice(&reader);
        asking->unknown = reader.bad || reader.at[0] != '\0';
    }
}
