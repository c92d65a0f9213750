#include "tests/test.h"

#include <string.h>

#include "lessons/runner/cells.h"

static struct lesson parse(const char *text)
{
    struct lesson lesson = { 0 };
    struct error err = { 0 };
    if (!lesson_parse(&lesson, text, strlen(text), &err)) {
        fail_msg("%s", err.text);
    }
    return lesson;
}

static void assert_rejected(const char *bytes, size_t length, const char *text)
{
    struct lesson lesson = { 0 };
    struct error err = { 0 };
    assert_false(lesson_parse(&lesson, bytes, length, &err));
    assert_string_equal(err.text, text);
    lesson_finish(&lesson);
}

static void plain_script_is_one_code_cell(void **state)
{
    (void)state;
    struct lesson lesson = parse("import torch\nx = 1\n");
    assert_int_equal(lesson.count, 1);
    assert_false(lesson.marked);
    assert_int_equal(lesson.cells[0].kind, CELL_CODE);
    assert_int_equal(lesson.cells[0].in, 1);
    assert_int_equal(lesson.cells[0].line, 1);
    assert_string_equal(lesson.cells[0].text, "import torch\nx = 1\n");
    assert_int_equal(lesson.cells[0].length, 19);
    lesson_finish(&lesson);
}

static void unended_last_line_stays_unended(void **state)
{
    (void)state;
    struct lesson lesson = parse("\n\nx = 1");
    assert_string_equal(lesson.cells[0].text, "x = 1");
    assert_int_equal(lesson.cells[0].line, 3);
    lesson_finish(&lesson);
}

static void headers_give_kind_title_and_metadata(void **state)
{
    (void)state;
    struct lesson lesson =
        parse("# %% [markdown] lang=\"vi\" slideshow={\"slide_type\": \"slide\"} tags=[\"step\", "
              "\"intro\"]\n# # Đạo hàm\n#\n# Ta có $x$.\n\n"
              "# %% Forward pass  two id=\"fwd\" tags=[\"hide-input\"]\n\nx = 1\n\n\n# %%\ny = 2\n"
              "# %% [raw]\n# as it is\n");
    assert_int_equal(lesson.count, 4);
    assert_int_equal(lesson.code_count, 2);
    assert_true(lesson.marked);
    const struct cell *cell = &lesson.cells[0];
    assert_int_equal(cell->kind, CELL_MARKDOWN);
    assert_string_equal(cell->lang, "vi");
    assert_string_equal(cell->slide, "slide");
    assert_int_equal(cell->tag_count, 2);
    assert_string_equal(cell->tags[1], "intro");
    assert_string_equal(cell->text, "# Đạo hàm\n\nTa có $x$.");
    assert_int_equal(cell->line, 2);
    cell++;
    assert_int_equal(cell->kind, CELL_CODE);
    assert_string_equal(cell->title, "Forward pass two");
    assert_string_equal(cell->id, "fwd");
    assert_string_equal(cell->tags[0], "hide-input");
    assert_string_equal(cell->text, "x = 1\n");
    assert_int_equal(cell->line, 8);
    cell++;
    assert_string_equal(cell->title, "");
    assert_int_equal(cell->in, 2);
    assert_int_equal(cell->number, 3);
    cell++;
    assert_int_equal(cell->kind, CELL_RAW);
    assert_int_equal(cell->in, 0);
    lesson_finish(&lesson);
}

static void metadata_may_be_one_object(void **state)
{
    (void)state;
    struct lesson lesson = parse("# %% Title {\"tags\": [\"a\"], \"lang\": \"en\"}\nx = 1\n");
    assert_string_equal(lesson.cells[0].title, "Title");
    assert_string_equal(lesson.cells[0].lang, "en");
    assert_int_equal(lesson.cells[0].tag_count, 1);
    lesson_finish(&lesson);
}

static void unreadable_metadata_is_title(void **state)
{
    (void)state;
    struct lesson lesson = parse("# %% what a=[1, b =2 {x\ny = 1\n");
    assert_string_equal(lesson.cells[0].title, "what a=[1, b =2 {x");
    lesson_finish(&lesson);
}

/* Each of these has text that looks like a mark but is none. */
static void only_marks_at_column_zero_outside_strings_split(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x = \"\"\"\n# %% no\n\"\"\"\n",
        "x = '''it's \"\"\"\n# %% no\n'''\n",
        "x = r\"\"\"\\\"\"\"\n# %% no\n\\\"\"\"\n\"\"\"\n",
        "x = \"a\\\n# %% no\\\nb\"\n",
        "    # %% no\n",
        "#%%title\n",
        "# %%title\n",
        "x = 1  # %% no\n",
        "# it's \"\"\" a comment\n# no\n",
        "f\"\"\"{x}\n# %% no\n\"\"\"\n",
        "b'\\''; c = \"\"\"\n# %% no\"\"\"\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct lesson lesson = parse(texts[i]);
        if (lesson.marked || lesson.count != 1) {
            fail_msg("split where no mark is: %s", texts[i]);
        }
        lesson_finish(&lesson);
    }
}

static void marks_split_after_closed_or_broken_strings(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "x = \"\"\"a\"\"\"\n# %% two\ny = 1\n",
        "x = 'unended\n# %% two\ny = 1\n",
        "x = (1,\n# %% two\ny = 1\n",
        "x = '' ''''''\n#%%\ny = 1\n",
        "# don't\nx = 1\n# %%%% two\ny = 1\n",
        "x = 1\n# In[12]:\ny = 1\n",
        "x = 1\n# In[ ]:\ny = 1\n",
        "x = r'\\'\n'\n# %%\ny = 1\n",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct lesson lesson = parse(texts[i]);
        if (lesson.count != 2 || strcmp(lesson.cells[1].text, "y = 1\n") != 0) {
            fail_msg("not split: %s", texts[i]);
        }
        lesson_finish(&lesson);
    }
}

static void narrative_may_be_a_string(void **state)
{
    (void)state;
    struct lesson lesson = parse("# %% [markdown]\nr\"\"\"\n$\\partial L$\n# %% no mark\n\n\"\"\"  "
                                 "# end\n# %%\nx = 1\n");
    assert_int_equal(lesson.count, 2);
    assert_string_equal(lesson.cells[0].text, "$\\partial L$\n# %% no mark");
    assert_int_equal(lesson.cells[0].line, 3);
    lesson_finish(&lesson);
}

static void yaml_header_and_preamble_are_not_code(void **state)
{
    (void)state;
    struct lesson lesson = parse("# ---\n# jupyter:\n#   x: 1\n# ---\n\n# Licence: MIT\n\n# %%\n"
                                 "x = 1\n");
    assert_int_equal(lesson.count, 2);
    assert_int_equal(lesson.cells[0].kind, CELL_RAW);
    assert_string_equal(lesson.cells[0].text, "Licence: MIT");
    assert_int_equal(lesson.cells[1].in, 1);
    lesson_finish(&lesson);
    lesson = parse("import torch\n# %%\nx = 1\n");
    assert_int_equal(lesson.cells[0].kind, CELL_CODE);
    assert_int_equal(lesson.cells[1].in, 2);
    lesson_finish(&lesson);
}

static void text_is_normalised_outside_strings(void **state)
{
    (void)state;
    struct lesson lesson =
        parse("\xef\xbb\xbf\xef\xbb\xbfx\xc2\xa0= 1\r\ny = '\xc2\xa0' # \xc2\xa0\rz = 1\n");
    assert_string_equal(lesson.cells[0].text, "x = 1\ny = '\xc2\xa0' # \xc2\xa0\nz = 1\n");
    lesson_finish(&lesson);
}

static void notebook_commands_are_left_out(void **state)
{
    (void)state;
    struct lesson lesson = parse("# %%\n%matplotlib inline\nif x:\n    !pip install torch\n"
                                 "y = (5\n%3)\n# %%\n%%bash\nls\n# %%\n%%time\nx = 1\n"
                                 "torch.ones?\n??x\ny = 1  # why?\n");
    assert_string_equal(lesson.cells[0].text, "# %matplotlib inline\nif x:\n    pass  # !pip "
                                              "install torch\ny = (5\n%3)\n");
    assert_string_equal(lesson.cells[0].notice,
                        "line 1: '%matplotlib inline' is a notebook command, not Python: left out");
    assert_int_equal(lesson.cells[1].kind, CELL_RAW);
    assert_string_equal(lesson.cells[1].text, "%%bash\nls\n");
    assert_string_equal(lesson.cells[2].text,
                        "# %%time\nx = 1\n# torch.ones?\n# ??x\ny = 1  # why?\n");
    lesson_finish(&lesson);
}

static void narrative_alone_has_no_code(void **state)
{
    (void)state;
    struct lesson lesson = parse("# %% [markdown]\n# Only words.\n# %%\n\n");
    assert_int_equal(lesson.count, 1);
    assert_int_equal(lesson.code_count, 0);
    lesson_finish(&lesson);
}

static void what_is_no_lesson_is_told(void **state)
{
    (void)state;
    assert_rejected("", 0, "the lesson is empty: it has no cell");
    assert_rejected(" \n\t\n", 4, "the lesson is empty: it has no cell");
    assert_rejected("a\0b", 3, "byte 1 is zero: this is not a Python script but a binary file");
    assert_rejected("x\n\xff\n", 4, "line 2 is not UTF-8 text: save the file as UTF-8");
    const char *mixed = "# %% [markdown]\n# words\nx = 1\n";
    assert_rejected(mixed, strlen(mixed),
                    "line 3 is code within a narrative cell: begin a code cell before it with a "
                    "line \"# %%\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_script_is_one_code_cell),
        cmocka_unit_test(unended_last_line_stays_unended),
        cmocka_unit_test(headers_give_kind_title_and_metadata),
        cmocka_unit_test(metadata_may_be_one_object),
        cmocka_unit_test(unreadable_metadata_is_title),
        cmocka_unit_test(only_marks_at_column_zero_outside_strings_split),
        cmocka_unit_test(marks_split_after_closed_or_broken_strings),
        cmocka_unit_test(narrative_may_be_a_string),
        cmocka_unit_test(yaml_header_and_preamble_are_not_code),
        cmocka_unit_test(text_is_normalised_outside_strings),
        cmocka_unit_test(notebook_commands_are_left_out),
        cmocka_unit_test(narrative_alone_has_no_code),
        cmocka_unit_test(what_is_no_lesson_is_told),
    };
    return test_run(tests);
}
