#include "render/formula.h"

#include <ctype.h>
#include <string.h>

static const struct {
    const char *name, *text;
} symbols[] = {
    { "partial", "∂" },    { "nabla", "∇" },      { "cdot", "·" },  { "times", "×" },
    { "Rightarrow", "⇒" }, { "rightarrow", "→" }, { "to", "→" },    { "leftarrow", "←" },
    { "alpha", "α" },      { "beta", "β" },       { "gamma", "γ" }, { "theta", "θ" },
    { "lambda", "λ" },     { "mu", "μ" },         { "sigma", "σ" }, { "eta", "η" },
    { "epsilon", "ε" },    { "Delta", "Δ" },      { "sum", "∑" },   { "infty", "∞" },
    { "approx", "≈" },     { "leq", "≤" },        { "le", "≤" },    { "geq", "≥" },
    { "ge", "≥" },         { "neq", "≠" },        { "in", "∈" },    { "top", "ᵀ" },
    { "ldots", "…" },      { "dots", "…" },       { "hat", "" },    { "mathbf", "" },
    { "mathrm", "" },      { "text", "" },        { "left", "" },   { "right", "" },
    { "quad", "  " },      { ",", " " },          { " ", " " },
};

/* Superscripts of the characters that have one; the rest is written as "^x". */
static const struct {
    char plain;
    const char *raised;
} raised[] = {
    { '0', "⁰" }, { '1', "¹" }, { '2', "²" }, { '3', "³" }, { '4', "⁴" },
    { '5', "⁵" }, { '6', "⁶" }, { '7', "⁷" }, { '8', "⁸" }, { '9', "⁹" },
    { '-', "⁻" }, { 'n', "ⁿ" }, { 'T', "ᵀ" },
};

struct reader {
    const char *at, *end;
    struct text *out;
};

static void read_one(struct reader *reader);

/* The part in braces, or the one character or command that stands there. */
static void read_group(struct reader *reader)
{
    if (reader->at < reader->end && *reader->at == '{') {
        reader->at++;
        while (reader->at < reader->end && *reader->at != '}') {
            read_one(reader);
        }
        reader->at += reader->at < reader->end;
    } else if (reader->at < reader->end) {
        read_one(reader);
    }
}

static const char *find_raised(char c)
{
    for (size_t i = 0; i < sizeof(raised) / sizeof(raised[0]); i++) {
        if (raised[i].plain == c) {
            return raised[i].raised;
        }
    }
    return NULL;
}

static void read_power(struct reader *reader)
{
    struct text power = { 0 };
    struct reader inner = { reader->at, reader->end, &power };
    bool all = true;

    read_group(&inner);
    reader->at = inner.at;
    for (size_t i = 0; i < power.length; i++) {
        all = all && find_raised(power.bytes[i]);
    }
    if (!all) {
        text_append_char(reader->out, '^');
        text_append(reader->out, text_string(&power), power.length);
    }
    for (size_t i = 0; all && i < power.length; i++) {
        text_append_string(reader->out, find_raised(power.bytes[i]));
    }
    text_finish(&power);
}

static void read_fraction(struct reader *reader)
{
    read_group(reader);
    text_append_char(reader->out, '/');
    read_group(reader);
}

static void read_command(struct reader *reader)
{
    const char *const name = reader->at;

    while (reader->at < reader->end && isalpha((unsigned char)*reader->at)) {
        reader->at++;
    }
    reader->at += reader->at == name && reader->at < reader->end;
    const size_t length = (size_t)(reader->at - name);
    if (length == 4 && memcmp(name, "frac", 4) == 0) {
        read_fraction(reader);
        return;
    }
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (strlen(symbols[i].name) == length && memcmp(symbols[i].name, name, length) == 0) {
            text_append_string(reader->out, symbols[i].text);
            /* The blank that ends a command is no blank of the formula. */
            reader->at += reader->at < reader->end && *reader->at == ' ';
            return;
        }
    }
    text_append_char(reader->out, '\\');
    text_append(reader->out, name, length);
}

static void read_one(struct reader *reader)
{
    const char c = *reader->at++;

    if (c == '\\') {
        read_command(reader);
    } else if (c == '^') {
        read_power(reader);
    } else if (c != '{' && c != '}') {
        text_append_char(reader->out, c);
    }
}

void formula_append(struct text *out, const char *latex, size_t length)
{
    struct reader reader = { latex, latex + length, out };

    while (reader.at < reader.end) {
        read_one(&reader);
    }
}
