/* Lessons as notebooks and back, and what a lesson's author is told. */

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "lessons/runner/cell_check.h"
#include "lessons/runner/notebook.h"

/* ---- notebooks -------------------------------------------------------------------------- */

static const char book[] = "{\"cells\": [{\"cell_type\": \"markdown\", \"metadata\": {\"lang\": "
                           "\"vi\", \"tags\": [\"question\"],"
                           " \"hide\": [\"x.grad\"], \"colab\": {\"id\": \"a\"}}, \"source\": [\"# "
                           "Tên\\n\", \"\\n\", \"đoạn\"]},"
                           " {\"cell_type\": \"code\", \"metadata\": {}, \"execution_count\": 3, "
                           "\"outputs\": [{\"text\": \"7\"}],"
                           " \"source\": \"x = 7\\n# %% no cell\\nprint(x)\"},"
                           " {\"cell_type\": \"raw\", \"metadata\": {}, \"source\": []}],"
                           " \"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 5}";

static void a_notebook_is_the_script_it_stands_for(void **state)
{
    struct text script = { 0 };
    struct lesson lesson = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_true(notebook_is(book, sizeof(book) - 1));
    assert_true(notebook_to_script(book, sizeof(book) - 1, &script, &err));
    assert_true(lesson_parse(&lesson, script.bytes, script.length, &err));
    assert_int_equal(lesson.count, 2);
    assert_int_equal(lesson.code_count, 1);
    assert_string_equal(lesson.cells[0].text, "# Tên\n\nđoạn");
    assert_string_equal(lesson.cells[0].lang, "vi");
    assert_string_equal(lesson.cells[0].tags[0], "question");
    assert_string_equal(lesson.cells[0].hide[0], "x.grad");
    assert_string_equal(lesson.cells[1].text, "x = 7\n## %% no cell\nprint(x)\n");
    lesson_finish(&lesson);
    text_finish(&script);
}

static void what_is_no_notebook_is_refused(void **state)
{
    static const struct {
        const char *bytes, *says;
    } cases[] = {
        { "{\"nbformat\": 3, \"worksheets\": []}", "version 3" },
        { "{\"nbformat\": 4}", "list of cells" },
        { "{\"nbformat\": \"x\", \"cells\": []}", "nbformat" },
        { "{\"nbformat\": 4, \"cells\": [], \"metadata\": {\"kernelspec\": {\"language\": \"R\"}}}",
          "only Python" },
        { "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": 5}]}", "cell 1" },
        { "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"heading\", \"source\": \"\"}]}",
          "neither" },
        { "{\"nbformat\": 4, \"cells\": [", "cannot be read" },
    };

    (void)state;
    assert_false(notebook_is("{\"k\":\"hello\"}", 13));
    assert_false(notebook_is("x = {\"nbformat\": 4}", 19));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text script = { 0 };
        struct error err = { 0 };
        assert_true(notebook_is(cases[i].bytes, strlen(cases[i].bytes)));
        assert_false(notebook_to_script(cases[i].bytes, strlen(cases[i].bytes), &script, &err));
        if (!strstr(err.text, cases[i].says)) {
            fail_msg("%s", err.text);
        }
        text_finish(&script);
    }
}

static const char script[] =
    "# %% [markdown] lang=\"vi\" session=2 minutes=9\n# # Một\n\n"
    "# %% [markdown] lang=\"en\" session=2 minutes=9\n# # One\n\n"
    "# %% [markdown] lang=\"en\" slideshow={\"slide_type\": \"notes\"}\n# Ask.\n\n"
    "# %% First\nx = \"\\\"\"\n\nprint(x)\n";

static void a_lesson_becomes_a_notebook_of_one_language(void **state)
{
    struct text out = { 0 }, again = { 0 };
    struct lesson lesson = { 0 }, back = { 0 };
    struct error err = { 0 };
    struct arena arena = { 0 };

    (void)state;
    assert_true(lesson_parse(&lesson, script, sizeof(script) - 1, &err));
    notebook_from_lesson(&lesson, "en", &out);
    const struct json *const parsed = json_parse(&arena, out.bytes, out.length, &err);
    if (!parsed) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(json_find_whole(parsed, "nbformat_minor", 0), 5);
    assert_int_equal(json_find(parsed, "cells")->length, 2);
    assert_true(notebook_to_script(out.bytes, out.length, &again, &err));
    assert_true(lesson_parse(&back, again.bytes, again.length, &err));
    assert_string_equal(back.cells[0].text, "# One");
    assert_int_equal(back.cells[0].session, 2);
    assert_int_equal(back.cells[0].minutes, 9);
    assert_string_equal(back.cells[1].text, "x = \"\\\"\"\n\nprint(x)\n");
    lesson_finish(&lesson);
    lesson_finish(&back);
    arena_finish(&arena);
    text_finish(&out);
    text_finish(&again);
}

/* Commands of the notebook are comments in a lesson, and commands again in the notebook. */
static void commands_come_back(void **state)
{
    static const char commands[] =
        "{\"nbformat\": 4, \"cells\": ["
        "{\"cell_type\": \"code\", \"source\": \"%matplotlib inline\\nif "
        "True:\\n    !ls\\n# %5 is\"},"
        "{\"cell_type\": \"code\", \"source\": \"%%bash\\necho hello\"},"
        "{\"cell_type\": \"raw\", \"source\": \"as it is\"}]}";
    struct text script_text = { 0 }, out = { 0 };
    struct lesson lesson = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_true(notebook_to_script(commands, sizeof(commands) - 1, &script_text, &err));
    assert_true(lesson_parse(&lesson, script_text.bytes, script_text.length, &err));
    assert_string_equal(lesson.cells[0].text,
                        "# %matplotlib inline\nif True:\n    pass  # !ls\n# %5 is\n");
    notebook_from_lesson(&lesson, NULL, &out);
    assert_non_null(strstr(text_string(&out), "\"%matplotlib inline\\n\""));
    assert_non_null(strstr(text_string(&out), "\"    !ls\\n\""));
    assert_non_null(strstr(text_string(&out), "\"# %5 is\""));
    const char *const bash = strstr(text_string(&out), "\"id\": \"cell-2\"");
    assert_non_null(bash);
    assert_true(strstr(bash, "\"outputs\"") < strstr(bash, "%%bash"));
    assert_non_null(strstr(text_string(&out), "\"cell_type\": \"raw\""));
    lesson_finish(&lesson);
    text_finish(&script_text);
    text_finish(&out);
}

/* A text whose lines look like commands, and remarks that begin with a sign, stay as they are. */
static void strings_and_remarks_are_no_commands(void **state)
{
    static const char remarks[] = "# %% A\n"
                                  "text = \"\"\"\n"
                                  "# !important: this line is text\n"
                                  "# !ls\n"
                                  "\"\"\"\n"
                                  "size = (1,\n"
                                  "# %time\n"
                                  ")\n"
                                  "# !Note this is only a remark\n"
                                  "# !important: so is this\n"
                                  "# !n is what derangements count\n"
                                  "# != is tested below\n"
                                  "# %d is the format of a whole number\n"
                                  "# %%d too\n"
                                  "# %%time not above all else\n"
                                  "pass  # !ls\n"
                                  "# %% B\n"
                                  "%%html\n"
                                  "# !ls\n"
                                  "# %time\n";
    struct text out = { 0 }, again = { 0 };
    struct lesson lesson = { 0 }, back = { 0 };
    struct error err = { 0 };

    (void)state;
    assert_true(lesson_parse(&lesson, remarks, sizeof(remarks) - 1, &err));
    notebook_from_lesson(&lesson, NULL, &out);
    assert_true(notebook_to_script(out.bytes, out.length, &again, &err));
    for (const char *line = strchr(remarks, '\n'); line; line = strchr(line + 1, '\n')) {
        const char *const end = strchr(line + 1, '\n');
        char whole[80];
        snprintf(whole, sizeof(whole), "%.*s", end ? (int)(end + 1 - line) : 0, line);
        if (!strstr(whole, "# %% B") && !strstr(text_string(&again), whole)) {
            fail_msg("%s is not in %s", whole, text_string(&again));
        }
    }
    assert_true(lesson_parse(&back, again.bytes, again.length, &err));
    assert_string_equal(back.cells[0].text, lesson.cells[0].text);
    assert_string_equal(back.cells[1].text, lesson.cells[1].text);
    lesson_finish(&lesson);
    lesson_finish(&back);
    text_finish(&out);
    text_finish(&again);
}

/* Whether they stand in a notebook or, as comments, in a script. Of the former all come back, even unknown ones. */
static void every_kind_of_command_comes_back(void **state)
{
    static const char *const commands[] = {
        "%time f()",
        "%load_ext tensorboard",
        "%pip install torch",
        "%matplotlib?",
        "!pip install torch",
        "!ls",
        "!!ls -l",
        "!./run.sh",
        "!/bin/ls",
        "!{sys.executable} -m x",
        "!SEED=1 make",
        "!apt-get update",
    };
    static const char foreign[] =
        "{\"nbformat\": 4, \"cells\": [{\"cell_type\": \"code\", \"source\": "
        "\"%%capture\\n%%time\\n%sql select 1\\nf?\\n!Rscript a.R\\nx = 1\"}]}";
    struct text script_text = { 0 }, out = { 0 };
    struct lesson lesson = { 0 };
    struct error err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        struct text line = { 0 }, book_text = { 0 };
        struct lesson one = { 0 };
        text_format(&line, "x = 1\n# %s\n", commands[i]);
        assert_true(lesson_parse(&one, line.bytes, line.length, &err));
        notebook_from_lesson(&one, NULL, &book_text);
        text_clear(&line);
        text_format(&line, "\"%s\"", commands[i]);
        if (!strstr(text_string(&book_text), text_string(&line))) {
            fail_msg("%s is not in %s", text_string(&line), text_string(&book_text));
        }
        lesson_finish(&one);
        text_finish(&line);
        text_finish(&book_text);
    }
    assert_true(notebook_to_script(foreign, sizeof(foreign) - 1, &script_text, &err));
    assert_true(lesson_parse(&lesson, script_text.bytes, script_text.length, &err));
    assert_string_equal(lesson.cells[0].text, "# %%capture\n# %%time\n# %sql select 1\n# f?\n"
                                              "# !Rscript a.R\nx = 1\n");
    notebook_from_lesson(&lesson, NULL, &out);
    assert_non_null(strstr(text_string(&out), "\"%%capture\\n\",\n    \"%%time\\n\",\n    "
                                              "\"%sql select 1\\n\",\n    \"f?\\n\",\n    "
                                              "\"!Rscript a.R\\n\",\n    \"x = 1\""));
    lesson_finish(&lesson);
    text_finish(&script_text);
    text_finish(&out);
}

/* ---- checking --------------------------------------------------------------------------- */

struct heard {
    int count, line;
    bool fixable;
    char text[4000];
};

static void hear(void *owner, const struct cell_fault *fault)
{
    struct heard *const heard = owner;
    const size_t length = strlen(heard->text);

    heard->count++;
    heard->line = heard->line ? heard->line : fault->line;
    heard->fixable |= fault->fixable;
    snprintf(heard->text + length, sizeof(heard->text) - length, "%d: %s\n", fault->line,
             fault->text);
}

static void faults_are_told_with_their_lines(void **state)
{
    static const struct {
        const char *lesson, *says;
    } cases[] = {
        { "#%%title\nx = 1\n", "1: a cell begins with" },
        { "x = 1\n# %% [md]\n# text\n", "2: VS Code does not know [md]" },
        { "# %% Title [markdown]\n# text\n# %%\nx = 1\n", "1: [markdown] stands right behind" },
        { "# %% [markdown] lang=vi\n# # T\n# %%\nx = 1\n", "1: the value of lang is no JSON" },
        { "# %% tags=[question]\nx = 1\n", "1: the value of tags is no JSON: each bracket" },
        { "# %% [markdown] colour=\"red\"\n# # T\n# %%\nx = 1\n",
          "1: nothing here reads the key colour" },
        { "# %% a slideshow={\"slide_type\": \"page\"}\nx = 1\n", "1: slideshow is" },
        { "# %% x=1 is Title=2 with\ny = 1\n", "leave it out" },
        { "    # %% in\nx = 1\n", "1: a mark that is set in" },
        { "# %% [markdown] tags=[\"question\"]\n# What?\n# - [x] 1\n# %%\nx = 1\n",
          "this one has 1" },
        { "# %% [markdown] tags=[\"question\"]\n# What?\n# - [x] 1\n# - [x] 2\n# %%\nx = 1\n",
          "here 2 are" },
        { "# %% [markdown] lang=\"vi\"\n# # M\n# %% [markdown] lang=\"en\"\n# # O\n"
          "# %% [markdown] lang=\"en\"\n# two\n# %%\nx = 1\n",
          "twin" },
        { "# %% [markdown]\n# # T\n", "no code cell" },
        { "# %% [markdwn] lang=\"en\"\n# # T\n# %%\nx = 1\n", "1: [markdwn] is no kind of cell" },
        { "# %% [markdown] tags=[\"question\"]\n# What?\n# - [ ] 1\n# - [] 2\n# %%\nx = 1\n",
          "unlike \"- [] 2\"" },
        { "# %% [markdown] tags=[\"question\"]\n# What?\n# - [ ] 1\n# -[x] 2\n# %%\nx = 1\n",
          "unlike \"-[x] 2\"" },
        { "# %% [markdown]\nx = 1\n", "code within a narrative cell" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct heard heard = { 0 };
        cell_check(cases[i].lesson, strlen(cases[i].lesson), hear, &heard);
        if (!strstr(heard.text, cases[i].says)) {
            fail_msg("%s\n  says: %s\n  not: %s", cases[i].lesson, heard.text, cases[i].says);
        }
    }
}

static void marks_are_mended_and_nothing_else(void **state)
{
    static const char broken[] = "#%% Title\n"
                                 "s = '''\n#%% no mark\n'''\n"
                                 "# %% Words [md] lang=vi tags=[\"a\", \"b\"]\n# text\n"
                                 "# %%\nx = 1  # %% [md]\n";
    static const char mended[] = "# %% Title\n"
                                 "s = '''\n#%% no mark\n'''\n"
                                 "# %% [markdown] Words lang=\"vi\" tags=[\"a\", \"b\"]\n# text\n"
                                 "# %%\nx = 1  # %% [md]\n";
    static const char guess[] = "# %% tags=[question]\nx = 1\n";
    struct text out = { 0 }, again = { 0 }, same = { 0 };

    (void)state;
    assert_int_equal(cell_fix(guess, sizeof(guess) - 1, &same), 0);
    assert_string_equal(text_string(&same), guess);
    text_finish(&same);
    assert_int_equal(cell_fix(broken, sizeof(broken) - 1, &out), 2);
    assert_string_equal(text_string(&out), mended);
    assert_int_equal(cell_fix(out.bytes, out.length, &again), 0);
    assert_string_equal(text_string(&again), mended);
    text_finish(&out);
    text_finish(&again);
}

/* More of them than are looked at: none is lost. */
static void a_mark_with_too_many_keys_is_left_alone(void **state)
{
    struct text lesson = { 0 }, out = { 0 };
    struct heard heard = { 0 };

    (void)state;
    text_append_string(&lesson, "# %%");
    for (int i = 0; i < 30; i++) {
        text_format(&lesson, " k%d=%s", i, i == 3 ? "bare" : "1");
    }
    text_append_string(&lesson, "\nx = 1\n");
    cell_check(lesson.bytes, lesson.length, hear, &heard);
    assert_non_null(strstr(heard.text, "1: more than 24 keys"));
    assert_int_equal(cell_fix(lesson.bytes, lesson.length, &out), 0);
    assert_string_equal(text_string(&out), lesson.bytes);
    text_finish(&lesson);
    text_finish(&out);
}

static void a_good_lesson_is_not_blamed(void **state)
{
    static const char good[] =
        "# %% [markdown] lang=\"vi\"\n# # Một\n\n# %% [markdown] lang=\"en\"\n# # One\n\n"
        "# %% Code id=\"code\"\nx = 1\n\n"
        "# %% [markdown] lang=\"vi\" tags=[\"remember\"]\n# Nhớ.\n\n"
        "# %% [markdown] lang=\"en\" tags=[\"remember\"]\n# Remember.\n";
    struct heard heard = { 0 };

    (void)state;
    assert_int_equal(cell_check(good, sizeof(good) - 1, hear, &heard), 0);
    assert_string_equal(heard.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notebook_is_the_script_it_stands_for),
        cmocka_unit_test(what_is_no_notebook_is_refused),
        cmocka_unit_test(a_lesson_becomes_a_notebook_of_one_language),
        cmocka_unit_test(commands_come_back),
        cmocka_unit_test(strings_and_remarks_are_no_commands),
        cmocka_unit_test(every_kind_of_command_comes_back),
        cmocka_unit_test(faults_are_told_with_their_lines),
        cmocka_unit_test(marks_are_mended_and_nothing_else),
        cmocka_unit_test(a_mark_with_too_many_keys_is_left_alone),
        cmocka_unit_test(a_good_lesson_is_not_blamed),
    };

    return test_run(tests);
}
