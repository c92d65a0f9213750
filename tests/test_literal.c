/* Literals in a line of code, what may be typed in their place, and the grammar of `#@param`. */

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "render/code/literal.h"

static struct trace_cell cell_of(const char *text)
{
    return (struct trace_cell){ .in_number = 1,
                                .kind = "code",
                                .text = { .bytes = text, .length = strlen(text) } };
}

/* The literals of the first line, with bars between. */
static const char *found_in(const char *line, char out[256])
{
    const struct trace_cell cell = cell_of(line);
    struct literal literals[LITERALS_IN_LINE];
    const size_t count = literals_in_line(&cell, 1, literals);
    char text[LITERAL_SIZE];

    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(out);
        snprintf(out + length, 256 - length, "%s%s", i > 0 ? "|" : "",
                 literal_text(&cell, &literals[i], text));
    }
    return out;
}

static void numbers_and_truth_are_found_in_code(void **state)
{
    static const char *const cases[][2] = {
        { "x = torch.tensor(1., requires_grad=True)", "1.|True" },
        { "y = x * 2 + 0.5 - 1e-3", "2|0.5|1e-3" },
        { "f(-3, a-3, [-1.5], k=-2)", "-3|3|-1.5|-2" },
        { "z = 3 if ok else -4", "3|-4" },
        { "x1 = y2[0]  # 7", "0" },
        { "print(f'{x} 4', \"5\")", "" },
        { "a = 0x1F + 1j + 007 + 1_000", "1_000" },
        { "w = (-3) ** 2", "(-3)|2" },
        { "w = f(-3).item()", "-3" },
        { "v = .5*(1-x)", ".5|1" },
        { "-3 + 2", "3|2" }, /* the line before may go on here */
        { "x = True and None", "True" },
        { "", "" },
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(found_in(cases[i][0], out), cases[i][1]);
    }
}

static void a_string_over_lines_hides_its_numbers(void **state)
{
    const struct trace_cell cell = cell_of("t = '''a\n1 + 2\n'''\nx = 3\n");
    struct literal literals[LITERALS_IN_LINE];

    (void)state;
    assert_int_equal(literals_in_line(&cell, 2, literals), 0);
    assert_int_equal(literals_in_line(&cell, 4, literals), 1);
    assert_int_equal(literals[0].column, 4);
    assert_int_equal(literals_in_line(&cell, 99, literals), 0);
}

/* ---- what is typed ---------------------------------------------------------------------- */

static struct literal first_in(const char *line)
{
    const struct trace_cell cell = cell_of(line);
    struct literal literals[LITERALS_IN_LINE];

    assert_true(literals_in_line(&cell, 1, literals) > 0);
    return literals[0];
}

static void one_literal_takes_the_place_of_another(void **state)
{
    static const struct {
        const char *line, *typed, *taken; /* NULL: refused */
    } cases[] = {
        { "x = 1", "4", "4" },
        { "x = 1", " -4 ", "-4" },
        { "x = 1", "+4", "4" },
        { "x = 1", "2.5", "2.5" },
        { "x = 1.0", "4", "4.0" }, /* it stays a float */
        { "x = 1.0", "1e-3", "1e-3" },
        { "x = 3 ** 2", "-4", "(-4)" }, /* not -(4 ** 2) */
        { "x = (-3) ** 2", "4", "4" },
        { "x = 3 * 2", "-4", "-4" },
        { "x = True", "False", "False" },
        { "x = True", "1", NULL },
        { "x = 1", "True", NULL },
        { "x = 1", "", NULL },
        { "x = 1", "-", NULL },
        { "x = 1", "0,5", NULL },
        { "x = 1", "1 + 1", NULL },
        { "x = 1", "exit()", NULL },
        { "x = 1", "1)#", NULL },
        { "x = 1", "1\nimport os", NULL },
        { "x = 1", "007", NULL },
        { "x = 1", "1__0", NULL },
        { "x = 1", "0x1F", NULL },
        { "x = 1", "1e999", NULL },
        { "x = 1", "nan", NULL },
        { "x = 1", "11111111111111111111111111111111111111111111111111111111111111111", NULL },
    };
    char out[LITERAL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct literal literal = first_in(cases[i].line);
        const enum literal_answer answer = literal_accept(&literal, NULL, cases[i].typed, out);
        assert_int_equal(answer == LITERAL_GOOD, cases[i].taken != NULL);
        if (cases[i].taken) {
            assert_string_equal(out, cases[i].taken);
        }
    }
}

static void steps_suit_the_number(void **state)
{
    static const struct {
        const char *line, *was, *now;
        int by;
        const char *then;
    } cases[] = {
        { "x = 7", "7", "7", 1, "8" },
        { "x = 0", "0", "0", -1, "-1" },
        { "x = 2000", "2000", "2000", 1, "2100" },
        { "x = 1.0", "1.0", "1.0", 1, "1.1" },
        { "x = 1.0", "1.0", "0.1", -1, "0.0" },
        { "x = 0.01", "0.01", "0.01", 1, "0.011" },
        { "x = 0.01", "0.01", "0.29", 1, "0.291" },
        { "x = 1.0", "1.0", "0.2", 1, "0.3" }, /* not 0.30000000000000004 */
        { "x = 1.0", "1.0", "0.1", -2, "-0.1" },
        { "x = 3 ** 2", "3", "0", -1, "(-1)" },
        { "x = 3 ** 2", "3", "(-1)", 1, "0" },
        { "x = True", "True", "True", 1, "False" },
        { "x = True", "True", "False", -1, "True" },
    };
    char out[LITERAL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct literal literal = first_in(cases[i].line);
        assert_true(literal_step(&literal, NULL, cases[i].was, cases[i].now, cases[i].by, out));
        assert_string_equal(out, cases[i].then);
    }
}

/* ---- #@param ---------------------------------------------------------------------------- */

static void params_are_read_as_colab_has_them(void **state)
{
    static const struct {
        const char *line;
        enum param_kind kind;
        const char *name, *text;
        double least, most, step;
        int options;
    } cases[] = {
        { "w = 2.0  #@param {type:\"slider\", min:-3, max:3, step:0.1}", PARAM_SLIDER, "w", "2.0",
          -3, 3, 0.1, 0 },
        { "n = 5 # @param {type: 'slider'}", PARAM_SLIDER, "n", "5", 0, 100, 1, 0 },
        { "n = 5 #@param {\"type\":\"integer\"}", PARAM_WHOLE, "n", "5", 0, 100, 1, 0 },
        { "x = -0.5 #@param {type:\"number\"}", PARAM_NUMBER, "x", "-0.5", 0, 100, 1, 0 },
        { "on = True #@param {type:\"boolean\"}", PARAM_BOOL, "on", "True", 0, 100, 1, 0 },
        { "s = 'a # b' #@param {type:\"string\"}", PARAM_STRING, "s", "'a # b'", 0, 100, 1, 0 },
        { "s = \"a\" #@param [\"a\", \"b\", \"c\"] {allow-input: true}", PARAM_CHOICE, "s", "\"a\"",
          0, 100, 1, 3 },
        { "k = 16 #@param [8, 16, 32] {type:\"raw\"}", PARAM_CHOICE, "k", "16", 0, 100, 1, 3 },
        { "    tốc_độ=1 #@param", PARAM_RAW, "tốc_độ", "1", 0, 100, 1, 0 },
    };
    struct param param;
    char text[LITERAL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct trace_cell cell = cell_of(cases[i].line);
        assert_true(param_in_line(&cell, 1, &param));
        assert_int_equal(param.kind, cases[i].kind);
        assert_string_equal(param.name, cases[i].name);
        assert_string_equal(literal_text(&cell, &param.literal, text), cases[i].text);
        assert_true(param.least == cases[i].least && param.most == cases[i].most &&
                    param.step == cases[i].step);
        assert_int_equal(param.option_count, cases[i].options);
    }
}

static void what_is_no_param_stays_a_comment(void **state)
{
    static const char *const lines[] = {
        "x = 1  # param",
        "x = 1  #@parameter",
        "x = y  #@param {type:\"number\"}",
        "x = 1 + 1  #@param {type:\"number\"}",
        "x = f(1)  #@param",
        "x, y = 1  #@param",
        "x == 1  #@param",
        "x += 1  #@param",
        "x = 1  #@param {type:\"colour\"}",
        "x = 1  #@param {type:\"slider\", min:0",
        "x = 1  #@param {type:\"slider\", min:a}",
        "x = 1  #@param {type:\"slider\", min:5, max:9}", /* 1 is not on it */
        "x = 1  #@param {type:\"slider\", step:0}",
        "x = 1  #@param [1, 2",
        "x = 'a'  #@param {type:\"number\"}",
        "x = 1.5  #@param {type:\"integer\"}",
        "x = '#@param {}'",
        "#@param {type:\"number\"}",
        "",
    };
    struct param param;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const struct trace_cell cell = cell_of(lines[i]);
        assert_false(param_in_line(&cell, 1, &param));
    }
}

static void a_param_says_what_may_be_typed(void **state)
{
    static const struct {
        const char *line, *typed;
        enum literal_answer answer;
        const char *taken;
    } cases[] = {
        { "x = 1 #@param {type:\"slider\", max:3}", "4", LITERAL_OUT_OF_RANGE, NULL },
        { "x = 1 #@param {type:\"slider\", max:3}", "2", LITERAL_GOOD, "2" },
        { "x = 1 #@param {type:\"integer\"}", "1.5", LITERAL_NOT_WHOLE, NULL },
        { "x = 'a' #@param {type:\"string\"}", "xin chào", LITERAL_GOOD, "\"xin chào\"" },
        { "x = 'a' #@param {type:\"string\"}", "a\"); import os #", LITERAL_NO_STRING, NULL },
        { "x = 'a' #@param {type:\"string\"}", "a\\", LITERAL_NO_STRING, NULL },
        { "x = 'a' #@param ['a', 'b']", "b", LITERAL_GOOD, "\"b\"" },
        { "x = 'a' #@param ['a', 'b']", "c", LITERAL_NOT_OFFERED, NULL },
        { "x = 'a' #@param ['a', 'b'] {allow-input:true}", "c", LITERAL_GOOD, "\"c\"" },
    };
    struct param param;
    char out[LITERAL_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct trace_cell cell = cell_of(cases[i].line);
        assert_true(param_in_line(&cell, 1, &param));
        assert_int_equal(literal_accept(&param.literal, &param, cases[i].typed, out),
                         cases[i].answer);
        if (cases[i].taken) {
            assert_string_equal(out, cases[i].taken);
        }
    }
}

static void a_slider_stands_on_its_steps(void **state)
{
    struct param param;
    char out[LITERAL_SIZE];
    const struct trace_cell fine =
        cell_of("w = 0.0 #@param {type:\"slider\", min:-1, max:1, step:0.25}");
    const struct trace_cell whole =
        cell_of("n = 3 #@param {type:\"slider\", min:1, max:10, step:2}");

    (void)state;
    assert_true(param_in_line(&fine, 1, &param));
    param_slide(&param, 0, out);
    assert_string_equal(out, "-1.0");
    param_slide(&param, 0.63, out);
    assert_string_equal(out, "0.25");
    param_slide(&param, 1, out);
    assert_string_equal(out, "1.0");
    assert_true(literal_step(&param.literal, &param, "0.0", "1.0", 1, out));
    assert_string_equal(out, "1.0"); /* there is no more */
    assert_true(param_in_line(&whole, 1, &param));
    param_slide(&param, 1, out);
    assert_string_equal(out, "9"); /* 1, 3, 5, 7, 9: never 10 */
}

static void a_choice_goes_on_in_its_list(void **state)
{
    struct param param;
    char out[LITERAL_SIZE];
    const struct trace_cell cell = cell_of("s = 'a' #@param ['a', 'b']");

    (void)state;
    assert_true(param_in_line(&cell, 1, &param));
    assert_true(literal_step(&param.literal, &param, "'a'", "'a'", 1, out));
    assert_string_equal(out, "\"b\"");
    assert_false(literal_step(&param.literal, &param, "'a'", "\"b\"", 1, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_truth_are_found_in_code),
        cmocka_unit_test(a_string_over_lines_hides_its_numbers),
        cmocka_unit_test(one_literal_takes_the_place_of_another),
        cmocka_unit_test(steps_suit_the_number),
        cmocka_unit_test(params_are_read_as_colab_has_them),
        cmocka_unit_test(what_is_no_param_stays_a_comment),
        cmocka_unit_test(a_param_says_what_may_be_typed),
        cmocka_unit_test(a_slider_stands_on_its_steps),
        cmocka_unit_test(a_choice_goes_on_in_its_list),
    };
    return test_run(tests);
}
