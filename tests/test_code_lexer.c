#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "render/code/lexer.h"

/* The pieces of a text as "kind:line:bytes" joined by "|"; blanks are left out. */
static void lex(const char *text, char *out, size_t size)
{
    static const char *const kinds[] = {
        "plain", "keyword", "name", "string", "number", "comment"
    };
    struct code_lexer lexer;
    struct code_piece piece;
    size_t used = 0;

    out[0] = '\0';
    code_lexer_init(&lexer, text, strlen(text));
    while (code_lexer_next(&lexer, &piece)) {
        if (text[piece.start] != ' ') {
            used += (size_t)snprintf(out + used, size - used, "%s%s:%d:%.*s", used > 0 ? "|" : "",
                                     kinds[piece.kind], piece.line, (int)piece.length,
                                     text + piece.start);
        }
    }
}

static void colours_what_python_is_made_of(void **state)
{
    static const struct {
        const char *text, *pieces;
    } cases[] = {
        { "", "" },
        { "y = x", "name:1:y|plain:1:=|name:1:x" },
        { "if True:", "keyword:1:if|keyword:1:True|plain:1::" },
        { "iffy", "name:1:iffy" },
        { "đạo_hàm = 2", "name:1:đạo_hàm|plain:1:=|number:1:2" },
        { "1e-05 .5 0x1F 1_000", "number:1:1e-05|number:1:.5|number:1:0x1F|number:1:1_000" },
        { "1-2", "number:1:1|plain:1:-|number:1:2" },
        { "f\"{x}\" 'a\\'b'", "string:1:f\"{x}\"|string:1:'a\\'b'" },
        { "x # # y\nz", "name:1:x|comment:1:# # y|name:2:z" },
        { "\"#\"", "string:1:\"#\"" },
        { "s = '''a\nb''' + c",
          "name:1:s|plain:1:=|string:1:'''a|string:2:b'''|plain:2:+|name:2:c" },
        { "'open\nx", "string:1:'open|name:2:x" },
        { "'\\", "string:1:'\\" },
        { "'''", "string:1:'''" },
    };
    char out[512];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        lex(cases[i].text, out, sizeof(out));
        assert_string_equal(out, cases[i].pieces);
    }
}

/* Any bytes end, and every piece lies in its line. */
static void survives_any_bytes(void **state)
{
    static const char alphabet[] = "'\"\\#\n af1.\xc3\xa9(";
    unsigned random = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        char text[40];
        struct code_lexer lexer;
        struct code_piece piece;
        for (size_t i = 0; i < sizeof(text); i++) {
            random = random * 1103515245u + 12345u;
            text[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        size_t end = 0;
        code_lexer_init(&lexer, text, sizeof(text));
        while (code_lexer_next(&lexer, &piece)) {
            assert_true(piece.start >= end && piece.length > 0);
            end = piece.start + piece.length;
            assert_true(end <= sizeof(text));
            assert_null(memchr(text + piece.start, '\n', piece.length));
        }
    }
}

/* Whether or not it may go straight to a line, what follows is the same. */
static void a_line_is_found_at_once(void **state)
{
    static const struct {
        const char *text;
        size_t start;
        bool straight;
    } cases[] = { { "a = 'x\nif b", 7, true },
                  { "a = \"\"\"\nif b\"\"\"", 8, false },
                  { "a = '''x'''\nif b", 12, false } };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct code_lexer sought, plain;
        struct code_piece one = { 0 }, other = { 0 };
        code_lexer_init(&sought, cases[i].text, strlen(cases[i].text));
        code_lexer_init(&plain, cases[i].text, strlen(cases[i].text));
        code_lexer_seek(&sought, 2, cases[i].start);
        assert_int_equal(sought.at == cases[i].start, cases[i].straight);
        while (code_lexer_next(&plain, &one) && one.line < 2) {
        }
        while (code_lexer_next(&sought, &other) && other.line < 2) {
        }
        assert_int_equal(one.start, other.start);
        assert_int_equal(one.length, other.length);
        assert_int_equal(one.kind, other.kind);
        assert_int_equal(one.line, other.line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_what_python_is_made_of),
        cmocka_unit_test(survives_any_bytes),
        cmocka_unit_test(a_line_is_found_at_once),
    };
    return test_run(tests);
}
