#pragma once
/* Python text in pieces of one colour. Only for colouring: what it gets wrong is coloured wrong. */

#include <stdbool.h>
#include <stddef.h>

enum code_kind { CODE_PLAIN, CODE_KEYWORD, CODE_NAME, CODE_STRING, CODE_NUMBER, CODE_COMMENT };

/* A piece never crosses a line's end; newlines themselves are in no piece. */
struct code_piece {
    enum code_kind kind;
    size_t start, length; /* bytes of the text */
    int line;             /* from 1 */
};

struct code_lexer {
    const char *text;
    size_t length, at;
    int line;
    char quote; /* inside a triple-quoted string: its quote, else 0 */
};

void code_lexer_init(struct code_lexer *lexer, const char *text, size_t length);
/* From the start of the text straight to a line and where it begins, if nothing before it can reach into
 * it; else stays where it is. */
void code_lexer_seek(struct code_lexer *lexer, int line, size_t start);
/* False at the end. */
bool code_lexer_next(struct code_lexer *lexer, struct code_piece *piece);
