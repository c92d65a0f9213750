#include "render/text/formula.h"

#include <string.h>

/* Commands inside of each other deeper than this stay as they were written. */
enum { FORMULA_DEPTH = 24 };

/* `wide`: a sign between two things, with a blank on both sides. */
static const struct {
    const char *name, *text;
    bool wide;
} symbols[] = {
    { "partial", "∂", false },   { "nabla", "∇", false },     { "cdot", "·", true },
    { "times", "×", true },      { "pm", "±", true },         { "odot", "⊙", true },
    { "Rightarrow", "⇒", true }, { "rightarrow", "→", true }, { "to", "→", true },
    { "leftarrow", "←", true },  { "mapsto", "↦", true },     { "approx", "≈", true },
    { "leq", "≤", true },        { "le", "≤", true },         { "geq", "≥", true },
    { "ge", "≥", true },         { "neq", "≠", true },        { "ne", "≠", true },
    { "in", "∈", true },         { "sim", "∼", true },        { "propto", "∝", true },
    { "alpha", "α", false },     { "beta", "β", false },      { "gamma", "γ", false },
    { "delta", "δ", false },     { "epsilon", "ε", false },   { "varepsilon", "ε", false },
    { "theta", "θ", false },     { "lambda", "λ", false },    { "mu", "μ", false },
    { "pi", "π", false },        { "rho", "ρ", false },       { "sigma", "σ", false },
    { "tau", "τ", false },       { "phi", "φ", false },       { "varphi", "φ", false },
    { "omega", "ω", false },     { "eta", "η", false },       { "xi", "ξ", false },
    { "Delta", "Δ", false },     { "Sigma", "Σ", false },     { "Omega", "Ω", false },
    { "sum", "∑", false },       { "prod", "∏", false },      { "int", "∫", false },
    { "infty", "∞", false },     { "top", "ᵀ", false },       { "transpose", "ᵀ", false },
    { "ldots", "…", false },     { "dots", "…", false },      { "cdots", "⋯", false },
    { "ell", "ℓ", false },       { "log", "log ", false },    { "exp", "exp ", false },
    { "max", "max ", false },    { "min", "min ", false },    { "sin", "sin ", false },
    { "cos", "cos ", false },    { "tan", "tan ", false },    { "tanh", "tanh ", false },
    { "Gamma", "Γ", false },     { "Theta", "Θ", false },     { "Lambda", "Λ", false },
    { "Pi", "Π", false },        { "Phi", "Φ", false },       { "Psi", "Ψ", false },
    { "psi", "ψ", false },       { "kappa", "κ", false },     { "nu", "ν", false },
    { "chi", "χ", false },       { "zeta", "ζ", false },      { "circ", "∘", true },
    { "ast", "∗", true },        { "div", "÷", true },        { "equiv", "≡", true },
    { "notin", "∉", true },      { "subset", "⊂", true },     { "cup", "∪", true },
    { "cap", "∩", true },        { "otimes", "⊗", true },     { "oplus", "⊕", true },
    { "forall", "∀", false },    { "exists", "∃", false },    { "mid", "|", true },
    { "lVert", "‖", false },     { "rVert", "‖", false },     { "|", "‖", false },
    { "langle", "⟨", false },    { "rangle", "⟩", false },    { "lfloor", "⌊", false },
    { "rfloor", "⌋", false },    { "lceil", "⌈", false },     { "rceil", "⌉", false },
    { "implies", "⇒", true },    { "iff", "⇔", true },        { "gets", "←", true },
    { "boldsymbol", "", false }, { "mathit", "", false },     { "displaystyle", "", false },
    { "mathbf", "", false },     { "mathrm", "", false },     { "mathbb", "", false },
    { "mathcal", "", false },    { "text", "", false },       { "operatorname", "", false },
    { "left", "", false },       { "right", "", false },      { "quad", "  ", false },
    { ",", " ", false },         { ";", " ", false },         { " ", " ", false },
    { "!", "", false },          { "{", "{", false },         { "}", "}", false },
    { "%", "%", false },         { "_", "_", false },         { "\\", " ", false },
};

/* Characters that have a raised or a lowered form; what has none is written as "^x", "_x". */
struct shifted {
    char plain;
    const char *form;
};

/* clang-format off */
static const struct shifted raised[] = {
    { '0', "⁰" }, { '1', "¹" }, { '2', "²" }, { '3', "³" }, { '4', "⁴" }, { '5', "⁵" },
    { '6', "⁶" }, { '7', "⁷" }, { '8', "⁸" }, { '9', "⁹" }, { '+', "⁺" }, { '-', "⁻" },
    { '(', "⁽" }, { ')', "⁾" }, { 'a', "ᵃ" }, { 'b', "ᵇ" }, { 'd', "ᵈ" }, { 'e', "ᵉ" },
    { 'h', "ʰ" }, { 'i', "ⁱ" }, { 'j', "ʲ" }, { 'k', "ᵏ" }, { 'l', "ˡ" }, { 'm', "ᵐ" },
    { 'n', "ⁿ" }, { 'p', "ᵖ" }, { 's', "ˢ" }, { 't', "ᵗ" }, { 'w', "ʷ" }, { 'x', "ˣ" },
    { 'y', "ʸ" }, { 'z', "ᶻ" }, { 'T', "ᵀ" }, { '\0', NULL },
};

static const struct shifted lowered[] = {
    { '0', "₀" }, { '1', "₁" }, { '2', "₂" }, { '3', "₃" }, { '4', "₄" }, { '5', "₅" },
    { '6', "₆" }, { '7', "₇" }, { '8', "₈" }, { '9', "₉" }, { '+', "₊" }, { '-', "₋" },
    { '=', "₌" }, { '(', "₍" }, { ')', "₎" }, { 'a', "ₐ" }, { 'e', "ₑ" }, { 'h', "ₕ" },
    { 'i', "ᵢ" }, { 'j', "ⱼ" }, { 'k', "ₖ" }, { 'l', "ₗ" }, { 'm', "ₘ" }, { 'n', "ₙ" },
    { 'o', "ₒ" }, { 'p', "ₚ" }, { 'r', "ᵣ" }, { 's', "ₛ" }, { 't', "ₜ" }, { 'u', "ᵤ" },
    { 'v', "ᵥ" }, { 'x', "ₓ" }, { '\0', NULL },
};
/* clang-format on */

/* Marks over a letter: what a command puts behind its group. */
static const struct {
    const char *name, *mark;
} accents[] = {
    { "hat", "\xcc\x82" },       { "widehat", "\xcc\x82" }, { "tilde", "\xcc\x83" },
    { "widetilde", "\xcc\x83" }, { "bar", "\xcc\x84" },     { "overline", "\xcc\x84" },
    { "dot", "\xcc\x87" },       { "vec", "\xe2\x83\x97" },
};

struct reader {
    const char *at, *end;
    struct text *out;
    int depth;
};

static void read_one(struct reader *reader);

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && *reader->at == ' ') {
        reader->at++;
    }
}

/* The part in braces, or the one character or command that stands there. */
static void read_group(struct reader *reader)
{
    skip_blanks(reader);
    if (reader->at == reader->end) {
        return;
    }
    if (*reader->at != '{') {
        read_one(reader);
        return;
    }
    reader->at++;
    while (reader->at < reader->end && *reader->at != '}') {
        read_one(reader);
    }
    reader->at += reader->at < reader->end;
}

/* What a group says, to be looked at before it is written. */
static struct text group_text(struct reader *reader)
{
    struct text text = { 0 };
    struct text *const out = reader->out;

    reader->out = &text;
    read_group(reader);
    reader->out = out;
    return text;
}

static const char *find_form(const struct shifted *forms, char c)
{
    for (size_t i = 0; forms[i].form; i++) {
        if (forms[i].plain == c) {
            return forms[i].form;
        }
    }
    return NULL;
}

static bool needs_brackets(const struct text *part, const char *signs)
{
    for (size_t i = 0; i < part->length; i++) {
        if (strchr(signs, part->bytes[i])) {
            return true;
        }
    }
    return false;
}

static void write_bracketed(struct reader *reader, const struct text *part, bool brackets)
{
    text_append_string(reader->out, brackets ? "(" : "");
    text_append(reader->out, text_string(part), part->length);
    text_append_string(reader->out, brackets ? ")" : "");
}

/* "x^\top": what is raised by nature needs no mark. */
static bool is_raised(const struct text *part)
{
    return part->length > 0 && strcmp(text_string(part), "ᵀ") == 0;
}

static void read_shifted(struct reader *reader, char mark, const struct shifted *forms)
{
    struct text part = group_text(reader);
    bool all = part.length > 0;

    for (size_t i = 0; i < part.length; i++) {
        all = all && find_form(forms, part.bytes[i]);
    }
    if (!all && !is_raised(&part)) {
        text_append_char(reader->out, mark);
    }
    if (!all) {
        write_bracketed(reader, &part, needs_brackets(&part, "+-/* ="));
    }
    for (size_t i = 0; all && i < part.length; i++) {
        text_append_string(reader->out, find_form(forms, part.bytes[i]));
    }
    text_finish(&part);
}

/* A sum or product above or below a fraction's line needs brackets when it stands beside it. */
static void write_part(struct reader *reader)
{
    struct text part = group_text(reader);

    write_bracketed(reader, &part, needs_brackets(&part, "+-/ "));
    text_finish(&part);
}

/* Of more than a letter the root stands before brackets. */
static void read_root(struct reader *reader)
{
    struct text part = group_text(reader);

    text_append_string(reader->out, "√");
    write_bracketed(reader, &part, needs_brackets(&part, "+-/* =^²³"));
    text_finish(&part);
}

static bool read_accent(struct reader *reader, const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(accents) / sizeof(accents[0]); i++) {
        if (strlen(accents[i].name) == length && memcmp(accents[i].name, name, length) == 0) {
            read_group(reader);
            text_append_string(reader->out, accents[i].mark);
            return true;
        }
    }
    return false;
}

static void read_fraction(struct reader *reader)
{
    write_part(reader);
    text_append_char(reader->out, '/');
    write_part(reader);
    /* "1/n ∑": what follows is not part of the denominator. */
    if (reader->at < reader->end && (is_letter(*reader->at) || strchr("\\(", *reader->at))) {
        text_append_char(reader->out, ' ');
    }
}

static void write_wide(struct reader *reader, const char *sign)
{
    const struct text *const out = reader->out;

    if (out->length > 0 && out->bytes[out->length - 1] != ' ') {
        text_append_char(reader->out, ' ');
    }
    text_append_string(reader->out, sign);
    skip_blanks(reader);
    text_append_char(reader->out, ' ');
}

static void read_command(struct reader *reader)
{
    const char *const name = reader->at;

    while (reader->at < reader->end && is_letter(*reader->at)) {
        reader->at++;
    }
    reader->at += reader->at == name && reader->at < reader->end;
    const size_t length = (size_t)(reader->at - name);
    if (length == 4 && memcmp(name, "frac", 4) == 0) {
        read_fraction(reader);
        return;
    }
    if (length == 4 && memcmp(name, "sqrt", 4) == 0) {
        read_root(reader);
        return;
    }
    if (read_accent(reader, name, length)) {
        return;
    }
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++) {
        if (strlen(symbols[i].name) == length && memcmp(symbols[i].name, name, length) == 0) {
            if (symbols[i].wide) {
                write_wide(reader, symbols[i].text);
                return;
            }
            text_append_string(reader->out, symbols[i].text);
            /* The blank that ends a command is no blank of the formula. */
            reader->at += is_letter(name[0]) && reader->at < reader->end && *reader->at == ' ';
            return;
        }
    }
    text_append_char(reader->out, '\\');
    text_append(reader->out, name, length);
}

static void read_one(struct reader *reader)
{
    const char c = *reader->at++;

    reader->depth++;
    if (reader->depth > FORMULA_DEPTH) {
        text_append_char(reader->out, c);
    } else if (c == '\\') {
        read_command(reader);
    } else if (c == '^') {
        read_shifted(reader, '^', raised);
    } else if (c == '_') {
        read_shifted(reader, '_', lowered);
    } else if (c == '{') {
        reader->at--;
        read_group(reader);
    } else if (c != '}') {
        text_append_char(reader->out, c);
    }
    reader->depth--;
}

void formula_append(struct text *out, const char *latex, size_t length)
{
    /* Written apart, so that what stands before the formula does not count. */
    struct text text = { 0 };
    struct reader reader = { latex, latex + length, &text, 0 };

    while (reader.at < reader.end) {
        read_one(&reader);
    }
    text_append(out, text_string(&text), text.length);
    text_finish(&text);
}
