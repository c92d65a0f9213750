#pragma once
/* Numbers, True and False in a line of code, as what somebody may change in place; and Colab's
 * `#@param` lines, which give such a literal (or a string) a range, a type or a list to choose from:
 *
 *     lr = 0.1  #@param {type:"slider", min:0, max:1, step:0.05}
 *
 * Whatever is set in a literal's place is one literal again: nothing else can get into a lesson. */

#include "lessons/trace/trace.h"

enum literal_kind { LITERAL_WHOLE, LITERAL_REAL, LITERAL_BOOL, LITERAL_STRING };

enum { LITERAL_SIZE = 64, LITERALS_IN_LINE = 24 };

struct literal {
    enum literal_kind kind;
    int line;
    size_t column, end; /* bytes of the line; a sign that belongs to the number included */
    bool bound;         /* a power or a dot follows, which would take the number before its sign */
};

/* The literals of a line in order; returns their number. A string is one only in a `#@param` line. */
size_t literals_in_line(const struct trace_cell *cell, int line,
                        struct literal out[LITERALS_IN_LINE]);

/* The kind of a literal with that Python text; false when it is none. */
bool literal_kind_of(const char *text, enum literal_kind *kind);

enum param_kind {
    PARAM_RAW, /* any literal */
    PARAM_SLIDER,
    PARAM_NUMBER,
    PARAM_WHOLE,
    PARAM_BOOL,
    PARAM_STRING,
    PARAM_CHOICE
};

enum { PARAM_NAME_SIZE = 48, PARAM_OPTIONS_MAX = 12 };

struct param {
    enum param_kind kind;
    struct literal literal;
    char name[PARAM_NAME_SIZE];
    double least, most, step;                      /* of a slider */
    char options[PARAM_OPTIONS_MAX][LITERAL_SIZE]; /* of a choice, as Python text */
    int option_count;
    bool free; /* what is not in the list may be typed as well */
};

/* False when the line is none, or not by the grammar: it is then a comment like any other. */
bool param_in_line(const struct trace_cell *cell, int line, struct param *out);

/* The Python text of a literal in its line; `out` is returned. "" for one that is too long. */
const char *literal_text(const struct trace_cell *cell, const struct literal *literal,
                         char out[LITERAL_SIZE]);
/* The same as one types it: a string without its quotes, a number without parentheses. */
const char *literal_typed(const char *text, char out[LITERAL_SIZE]);

enum literal_answer {
    LITERAL_GOOD,
    LITERAL_NO_NUMBER,
    LITERAL_NOT_WHOLE,
    LITERAL_NO_BOOL,
    LITERAL_NO_STRING,
    LITERAL_OUT_OF_RANGE,
    LITERAL_NOT_OFFERED,
};

/* What was typed as Python text to stand in the literal's place: a number for a number (one that had a
 * point keeps one), True or False, a string in quotes. `param` may be NULL. */
enum literal_answer literal_accept(const struct literal *literal, const struct param *param,
                                   const char *typed, char out[LITERAL_SIZE]);

/* `by` steps from `now`, of a size that suits the number in the file (`was`) or that the slider says; a
 * bool turns over, a choice goes on in its list. False where there is no such step. */
bool literal_step(const struct literal *literal, const struct param *param, const char *was,
                  const char *now, int by, char out[LITERAL_SIZE]);

/* The number of a Python text, 0 if it is none; and the slider's text at a part of its way, 0 … 1. */
double literal_number(const char *text);
void param_slide(const struct param *param, double part, char out[LITERAL_SIZE]);
