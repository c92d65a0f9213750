/* Errors as a notebook prints them. */

#include "tests/run_lesson.h"

static const struct client_options usual;

#define RULE "---------------------------------------------------------------------------\n"

static void errors_read_as_in_a_notebook(void **state)
{
    (void)state;
    const struct {
        const char *lesson, *traceback;
    } cases[] = {
        { "1/0",
          RULE "ZeroDivisionError                         Traceback (most recent call last)\n"
               "Cell In[1], line 1\n----> 1 1/0\n\nZeroDivisionError: division by zero" },
        { "def f(a):\n    return a / 0\n\nclass Net:\n"
          "    def forward(self, x, *args, k=1, **kw):\n        # a comment\n\n        y = 1\n"
          "        z = (x +\n             y)\n        return f(z)\n\n# one\n# two\nn = Net()\n"
          "n.forward(3)\nprint(\"after\")\n",
          RULE "ZeroDivisionError                         Traceback (most recent call last)\n"
               "Cell In[1], line 16\n     13 # one\n     14 # two\n     15 n = Net()\n"
               "---> 16 n.forward(3)\n     17 print(\"after\")\n\n"
               "Cell In[1], line 11, in Net.forward(self, x, k, *args, **kw)\n"
               "      8 y = 1\n      9 z = (x +\n     10      y)\n---> 11 return f(z)\n\n"
               "Cell In[1], line 2, in f(a)\n      1 def f(a):\n----> 2     return a / 0\n\n"
               "ZeroDivisionError: division by zero" },
        { "try:\n    {}[\"a\"]\nexcept KeyError as e:\n    raise ValueError(\"bad\") from e\n",
          RULE "KeyError                                  Traceback (most recent call last)\n"
               "Cell In[1], line 2\n      1 try:\n----> 2     {}[\"a\"]\n"
               "      3 except KeyError as e:\n\nKeyError: 'a'\n\n"
               "The above exception was the direct cause of the following exception:\n\n"
               "ValueError                                Traceback (most recent call last)\n"
               "Cell In[1], line 4\n      2     {}[\"a\"]\n      3 except KeyError as e:\n"
               "----> 4     raise ValueError(\"bad\") from e\n\nValueError: bad" },
        { "z = [\n  1,\n  2,\n  3,\n  4,\n  5,\n  6,\n  7,\n  8,\n]\n1/0\n",
          RULE "ZeroDivisionError                         Traceback (most recent call last)\n"
               "Cell In[1], line 11\n      1 z = [\n      2   1,\n      3   2,\n   (...)\n"
               "      9   8,\n     10 ]\n---> 11 1/0\n\nZeroDivisionError: division by zero" },
        { "def g():\n  x = 1\n\n  # hmm\n  if x:\n      y = 2\n"
          "      raise RuntimeError(\"one\\ntwo\")\n  return 1\ng()\n",
          RULE "RuntimeError                              Traceback (most recent call last)\n"
               "Cell In[1], line 9\n      7       raise RuntimeError(\"one\\ntwo\")\n"
               "      8   return 1\n----> 9 g()\n\nCell In[1], line 7, in g()\n      5 if x:\n"
               "      6     y = 2\n----> 7     raise RuntimeError(\"one\\ntwo\")\n"
               "      8 return 1\n\nRuntimeError: one\ntwo" },
        { "print('a' 1)\n", "  Cell In[1], line 1\n    print('a' 1)\n          ^\n"
                            "SyntaxError: invalid syntax. Perhaps you forgot a comma?" },
        { "if True:\ny = 1\n", "  Cell In[1], line 2\n    y = 1\n    ^\nIndentationError: "
                               "expected an indented block after 'if' statement on line 1" },
        { "# %%\nx = 1\n# %%\ndef f(): return y\n# %%\nf()\n",
          RULE "NameError                                 Traceback (most recent call last)\n"
               "Cell In[3], line 1\n----> 1 f()\n\nCell In[2], line 1, in f()\n"
               "----> 1 def f(): return y\n\nNameError: name 'y' is not defined" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct lesson_run run = run_text(cases[i].lesson, usual);
        char *traceback = run_gathered(&run.trace, "error", "traceback", NULL, NULL);
        assert_string_equal(traceback, cases[i].traceback);
        assert_int_equal(run.ending.status, 1);
        free(traceback);
        text_finish(&run.trace);
    }
}

/* What traceback and anomaly mode print has the lines of cells too. */
static void tracebacks_of_the_lesson_have_source_lines(void **state)
{
    (void)state;
    struct lesson_run run =
        run_text("# %%\ndef f():\n    return 1/0\n# %%\nimport traceback\ntry:\n"
                 "    f()\nexcept ZeroDivisionError:\n"
                 "    print(''.join(traceback.format_exc().split('^')))\n",
                 usual);
    assert_has(&run, "File \\\"Cell In[2]\\\", line 3, in <module>\\n    f()\\n");
    assert_has(&run, "File \\\"Cell In[1]\\\", line 2, in f\\n    return 1/0\\n");
    text_finish(&run.trace);
}

static void deep_recursion_is_told_briefly(void **state)
{
    (void)state;
    struct lesson_run run = run_text("def r(n):\n    return r(n + 1)\nr(0)\n", usual);
    assert_has(&run, "[... skipping similar frames: r at line 2 (");
    assert_has(&run, "RecursionError: maximum recursion depth exceeded");
    text_finish(&run.trace);
}

/* Columns are bytes: the line is Vietnamese before the place of the error. */
static void error_frames_have_spans(void **state)
{
    (void)state;
    struct lesson_run run = run_text("đạo_hàm = 1; f = lambda a: a / 0\nx = f(đạo_hàm)\n", usual);
    assert_has(&run, "\"frames\":[{\"name\":\"<module>\",\"at\":[1,2,4,2,18]},"
                     "{\"name\":\"<lambda>\",\"at\":[1,1,31,1,36]}]");
    text_finish(&run.trace);
    run = run_text("x = 'ạ' 1\n", usual);
    assert_has(&run, "\"frames\":[{\"name\":\"<module>\",\"at\":[1,1,10,1,11]}]");
    text_finish(&run.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_read_as_in_a_notebook),
        cmocka_unit_test(tracebacks_of_the_lesson_have_source_lines),
        cmocka_unit_test(deep_recursion_is_told_briefly),
        cmocka_unit_test(error_frames_have_spans),
    };
    return test_run(tests);
}
