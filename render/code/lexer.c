#include "render/code/lexer.h"

#include <ctype.h>
#include <string.h>

static const char *const keywords[] = {
    "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",
};

void code_lexer_init(struct code_lexer *lexer, const char *text, size_t length)
{
    *lexer = (struct code_lexer){ .text = text, .length = length, .line = 1 };
}

/* Letters of any script belong to names. */
static bool starts_name(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_name(char c)
{
    return starts_name(c) || isdigit((unsigned char)c);
}

static char peek(const struct code_lexer *lexer, size_t ahead)
{
    return lexer->at + ahead < lexer->length ? lexer->text[lexer->at + ahead] : '\0';
}

static bool is_keyword(const char *word, size_t length)
{
    enum { LONGEST = 8 };

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]) && length <= LONGEST; i++) {
        if (keywords[i][0] == word[0] && strncmp(keywords[i], word, length) == 0 &&
            keywords[i][length] == '\0') {
            return true;
        }
    }
    return false;
}

/* Only strings in triple quotes reach over a line's end. */
void code_lexer_seek(struct code_lexer *lexer, int line, size_t start)
{
    if (!memmem(lexer->text, start, "\"\"\"", 3) && !memmem(lexer->text, start, "'''", 3)) {
        lexer->at = start;
        lexer->line = line;
    }
}

static bool at_triple(const struct code_lexer *lexer, char quote)
{
    return peek(lexer, 0) == quote && peek(lexer, 1) == quote && peek(lexer, 2) == quote;
}

/* To the closing quotes or the line's end, whichever comes first. */
static void skip_triple(struct code_lexer *lexer)
{
    while (lexer->at < lexer->length && peek(lexer, 0) != '\n') {
        if (at_triple(lexer, lexer->quote)) {
            lexer->at += 3;
            lexer->quote = '\0';
            return;
        }
        lexer->at += peek(lexer, 0) == '\\' && peek(lexer, 1) != '\n' && peek(lexer, 1) ? 2 : 1;
    }
}

static void skip_string(struct code_lexer *lexer)
{
    const char quote = peek(lexer, 0);

    if (at_triple(lexer, quote)) {
        lexer->at += 3;
        lexer->quote = quote;
        skip_triple(lexer);
        return;
    }
    lexer->at++;
    while (lexer->at < lexer->length && peek(lexer, 0) != '\n') {
        const char c = peek(lexer, 0);
        lexer->at += c == '\\' && peek(lexer, 1) != '\n' && peek(lexer, 1) ? 2 : 1;
        if (c == quote) {
            return;
        }
    }
}

/* The letters before a string: f, r, b, u and pairs of them. */
static bool is_prefix(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!memchr("fFrRbBuU", word[i], 8)) {
            return false;
        }
    }
    return length <= 2;
}

static enum code_kind take_word(struct code_lexer *lexer)
{
    const size_t start = lexer->at;

    while (lexer->at < lexer->length && continues_name(peek(lexer, 0))) {
        lexer->at++;
    }
    const char *const word = lexer->text + start;
    const size_t length = lexer->at - start;
    if (is_prefix(word, length) && (peek(lexer, 0) == '"' || peek(lexer, 0) == '\'')) {
        skip_string(lexer);
        return CODE_STRING;
    }
    return is_keyword(word, length) ? CODE_KEYWORD : CODE_NAME;
}

static void skip_number(struct code_lexer *lexer)
{
    while (lexer->at < lexer->length) {
        const char c = peek(lexer, 0), last = lexer->text[lexer->at - (lexer->at > 0)];
        const bool sign = (c == '+' || c == '-') && (last == 'e' || last == 'E');
        if (!isalnum((unsigned char)c) && c != '.' && c != '_' && !sign) {
            return;
        }
        lexer->at++;
    }
}

static enum code_kind take_piece(struct code_lexer *lexer)
{
    const char c = peek(lexer, 0);

    if (lexer->quote) {
        skip_triple(lexer);
        return CODE_STRING;
    }
    if (c == '#') {
        while (lexer->at < lexer->length && peek(lexer, 0) != '\n') {
            lexer->at++;
        }
        return CODE_COMMENT;
    }
    if (c == '"' || c == '\'') {
        skip_string(lexer);
        return CODE_STRING;
    }
    if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(lexer, 1)))) {
        lexer->at++;
        skip_number(lexer);
        return CODE_NUMBER;
    }
    if (starts_name(c)) {
        return take_word(lexer);
    }
    lexer->at++;
    return CODE_PLAIN;
}

bool code_lexer_next(struct code_lexer *lexer, struct code_piece *piece)
{
    while (lexer->at < lexer->length && peek(lexer, 0) == '\n') {
        lexer->at++;
        lexer->line++;
    }
    if (lexer->at >= lexer->length) {
        return false;
    }
    piece->start = lexer->at;
    piece->line = lexer->line;
    piece->kind = take_piece(lexer);
    piece->length = lexer->at - piece->start;
    return true;
}
