#include "tests/run_lesson.h"

#include <glob.h>

#include "lessons/trace/trace.h"

static const struct client_options usual;

static const char *file_name(const char *path)
{
    return strrchr(path, '/') + 1;
}

static struct lesson_run run_path(const char *path)
{
    char *text = run_file_text(path);
    struct client *client = run_start(usual);
    client_give(client, file_name(path), text, strlen(text), run_clock());
    free(text);
    return run_collect(client, NULL);
}

/* The path with its ".py" replaced; the caller frees it. */
static char *sibling(const char *path, const char *suffix)
{
    struct text text = { 0 };
    text_append(&text, path, strlen(path) - 3);
    text_append_string(&text, suffix);
    return text.bytes;
}

static void each_script(const char *pattern, void (*check)(const char *path))
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        check(found.gl_pathv[i]);
    }
    globfree(&found);
}

/* ---- whole traces ---- */

static void assert_same_lines(const char *path, const char *expected, const char *actual)
{
    for (int line = 2; *expected || *actual; line++) {
        size_t a = strcspn(expected, "\n"), b = strcspn(actual, "\n");
        if (a != b || memcmp(expected, actual, a) != 0) {
            fail_msg("%s line %d:\n  expected %.*s\n  actual   %.*s", path, line, (int)a, expected,
                     (int)b, actual);
        }
        expected += a + (expected[a] == '\n');
        actual += b + (actual[b] == '\n');
    }
}

/* Where a `with` block is left Python 3.11 names the whole of it, later ones what stands in its header. */
static void forget_ends_of_blocks(char *trace)
{
    static const char *const cut[] = { "{\"k\":\"mode\",", "\"at\":" };
    for (char *line = trace; *line; line += strcspn(line, "\n") + 1) {
        const size_t length = strcspn(line, "\n");
        if (strncmp(line, cut[0], strlen(cut[0])) == 0) {
            char *at = memmem(line, length, cut[1], strlen(cut[1]));
            memset(at ? at : line, ' ', at ? (size_t)(line + length - at) : 0);
        }
        if (line[length] == '\0') {
            return;
        }
    }
}

/* The hello record says which Python and kernel there are, so it is left out. */
static void check_fixture(const char *path)
{
    char *trace_path = sibling(path, ".trace");
    char *expected = run_file_text(trace_path);
    struct lesson_run run = run_path(path);
    assert_true(strncmp(text_string(&run.trace), "{\"k\":\"hello\",\"format\":1,", 24) == 0);
    run_mask_addresses(expected);
    run_mask_addresses(run.trace.bytes);
    if (!strstr(run.trace.bytes, "\"python\":\"3.11.")) {
        forget_ends_of_blocks(expected);
        forget_ends_of_blocks(run.trace.bytes);
    }
    assert_same_lines(trace_path, strchr(expected, '\n') + 1, strchr(run.trace.bytes, '\n') + 1);
    free(trace_path);
    free(expected);
    text_finish(&run.trace);
}

static void fixtures_come_out_byte_for_byte(void **state)
{
    (void)state;
    each_script(GRADLIGHT_SOURCE_ROOT "/tests/fixtures/*.py", check_fixture);
}

/* ---- the course's scripts print what PyTorch prints ---- */

/* An exception is the expectation's last line, after "--- exception". */
static char *printed_like_pytorch(const struct lesson_run *run)
{
    struct text text = { 0 };
    char *out = run_stdout(&run->trace);
    char *type = run_gathered(&run->trace, "error", "type", NULL, NULL);
    char *message = run_gathered(&run->trace, "error", "text", NULL, NULL);
    text_append_string(&text, out);
    if (type[0]) {
        text_format(&text, "--- exception\n%s: ", type);
        text_append_string(&text, message);
        text_append_char(&text, '\n');
    }
    free(out);
    free(type);
    free(message);
    return text.bytes;
}

/* Whatever the runner writes the reader must take. */
static void assert_readable(const char *path, const struct lesson_run *run)
{
    struct trace *trace = trace_create();
    struct error err = { 0 };
    if (!trace_feed(trace, run->trace.bytes, run->trace.length, &err) ||
        !trace_finish_input(trace, &err)) {
        fail_msg("%s: %s", path, err.text);
    }
    assert_true(trace_ending(trace)->ended);
    trace_destroy(trace);
}

static void check_course_script(const char *path)
{
    char *expected_path = sibling(path, ".expected.txt");
    char *expected = run_file_text(expected_path);
    struct lesson_run run = run_path(path);
    assert_readable(path, &run);
    char *actual = printed_like_pytorch(&run);
    run_mask_addresses(expected);
    run_mask_addresses(actual);
    assert_same_lines(expected_path, expected, actual);
    free(expected_path);
    free(expected);
    free(actual);
    text_finish(&run.trace);
}

static void course_prints_what_pytorch_prints(void **state)
{
    (void)state;
    each_script(GRADLIGHT_SOURCE_ROOT "/tests/course/*.py", check_course_script);
}

/* Graphs of gradients, views, changes in place, hooks, modules in modules, samples of large tensors:
 * the reader takes it all, and each kind of record is there. */
static void mixed_lesson_is_readable(void **state)
{
    (void)state;
    const char *path = GRADLIGHT_SOURCE_ROOT "/tests/mixed_lesson.py";
    struct lesson_run run = run_path(path);
    assert_readable(path, &run);
    assert_int_equal(run.ending.status, 0);
    static const char *const kinds[] = {
        "opdef", "cell",   "line",   "call",     "return",  "enter",  "leave",      "cond",
        "mode",  "tensor", "value",  "op",       "node",    "module", "bind",       "update",
        "gone",  "visit",  "free",   "backward", "optim",   "step",   "accumulate", "backward_end",
        "out",   "end",    "source", "hello",    "display",
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char start[40];
        snprintf(start, sizeof(start), "{\"k\":\"%s\",", kinds[i]);
        assert_has(&run, start);
    }
    assert_has(&run, "\"create_graph\":true");
    assert_has(&run, "\"retain_graph\":true");
    assert_has(&run, "\"sample\":[64,64]");
    assert_has(&run, "\"data\":[\"nan\",\"inf\"]");
    text_finish(&run.trace);
}

/* ---- names, decisions, frames ---- */

static void names_are_told_when_they_change(void **state)
{
    (void)state;
    assert_records("a = b = 1\n(c, *d), e = (2, 3, 4), 'x'\nfor k in range(2):\n    pass\n"
                   "b = 1\nif (w := 5): pass\nimport os\ndef f(): pass\n__x = 1\nu = object()\n",
                   "bind",
                   "\"f\":1,\"name\":\"a\",\"type\":\"int\",\"text\":\"1\"\n"
                   "\"f\":1,\"name\":\"b\",\"type\":\"int\",\"text\":\"1\"\n"
                   "\"f\":1,\"name\":\"c\",\"type\":\"int\",\"text\":\"2\"\n"
                   "\"f\":1,\"name\":\"d\",\"type\":\"list\",\"text\":\"[3, 4]\"\n"
                   "\"f\":1,\"name\":\"e\",\"type\":\"str\",\"text\":\"'x'\"\n"
                   "\"f\":1,\"name\":\"k\",\"type\":\"int\",\"text\":\"0\"\n"
                   "\"f\":1,\"name\":\"k\",\"type\":\"int\",\"text\":\"1\"\n"
                   "\"f\":1,\"name\":\"w\",\"type\":\"int\",\"text\":\"5\"\n"
                   "\"f\":1,\"name\":\"u\",\"type\":\"object\"\n");
    assert_records("def f(a, *b, k=2):\n    global g\n    g = 7\n    def h():\n"
                   "        nonlocal a\n        a = 9\n    h()\nf(1)\n",
                   "bind",
                   "\"f\":2,\"name\":\"a\",\"type\":\"int\",\"text\":\"1\"\n"
                   "\"f\":2,\"name\":\"k\",\"type\":\"int\",\"text\":\"2\"\n"
                   "\"f\":2,\"name\":\"b\",\"type\":\"tuple\",\"text\":\"()\"\n"
                   "\"f\":2,\"name\":\"g\",\"type\":\"int\",\"text\":\"7\"\n"
                   "\"f\":3,\"name\":\"a\",\"type\":\"int\",\"text\":\"9\"\n");
}

/* A trace's tensor keeps its shape, so one that changes it becomes another under the same names. */
static void names_follow_tensors_that_change_shape(void **state)
{
    (void)state;
    assert_records("import torch\nx = torch.ones(2, 3)\ndef f(a):\n    a.t_()\nf(x)\ny = x\n"
                   "x.unsqueeze_(0)\nx.data = torch.zeros(5)\n",
                   "bind",
                   "\"f\":1,\"name\":\"x\",\"t\":1\n"
                   "\"f\":2,\"name\":\"a\",\"t\":1\n"
                   "\"f\":2,\"name\":\"a\",\"t\":2\n"
                   "\"f\":1,\"name\":\"x\",\"t\":2\n"
                   "\"f\":1,\"name\":\"y\",\"t\":2\n"
                   "\"f\":1,\"name\":\"x\",\"t\":3\n"
                   "\"f\":1,\"name\":\"y\",\"t\":3\n"
                   "\"f\":1,\"name\":\"x\",\"t\":5\n"
                   "\"f\":1,\"name\":\"y\",\"t\":5\n");
}

static void containers_tell_their_tensors(void **state)
{
    (void)state;
    assert_records("import torch\nx = torch.ones(1)\nlayers = [x, torch.zeros(1), 3, 'a', None]\n"
                   "d = {'w': (x, x)}\n",
                   "bind",
                   "\"f\":1,\"name\":\"x\",\"t\":1\n"
                   "\"f\":1,\"name\":\"layers\",\"type\":\"list\",\"items\":[{\"t\":1},{\"t\":2},3,"
                   "\"'a'\",null]\n"
                   "\"f\":1,\"name\":\"d\",\"type\":\"dict\",\"items\":[[{\"t\":1},{\"t\":1}]]\n");
}

static void decisions_are_told_with_both_arms(void **state)
{
    (void)state;
    assert_records("def f(a):\n    if a > 1:\n        return 1\n    elif a == 1: return 2\n"
                   "    else:\n        b = 3\n    return 'y' if b else 'n'\nf(2); f(1); f(0)\n"
                   "n = 0\nwhile n < 1: n += 1\nif n and \\\n   n > 5:\n    pass\n"
                   "try:\n    if 1/0: pass\nexcept ZeroDivisionError: pass\n"
                   "while True:\n    break\n"
                   "if (lambda: 1)() and not 0:\n    n = 2\n",
                   "cond",
                   "\"f\":2,\"kind\":\"if\",\"at\":[1,2,7,2,12],\"value\":true,\"body\":[3,3],"
                   "\"else\":[4,6]\n"
                   "\"f\":3,\"kind\":\"if\",\"at\":[1,2,7,2,12],\"value\":false,\"body\":[3,3],"
                   "\"else\":[4,6]\n"
                   "\"f\":3,\"kind\":\"if\",\"at\":[1,4,9,4,15],\"value\":true,\"body\":[4,4],"
                   "\"else\":[6,6]\n"
                   "\"f\":4,\"kind\":\"if\",\"at\":[1,2,7,2,12],\"value\":false,\"body\":[3,3],"
                   "\"else\":[4,6]\n"
                   "\"f\":4,\"kind\":\"if\",\"at\":[1,4,9,4,15],\"value\":false,\"body\":[4,4],"
                   "\"else\":[6,6]\n"
                   "\"f\":4,\"kind\":\"ifexp\",\"at\":[1,7,18,7,19],\"value\":true,\"body\":[7,7],"
                   "\"else\":[7,7]\n"
                   "\"f\":1,\"kind\":\"while\",\"at\":[1,10,6,10,11],\"value\":true,"
                   "\"body\":[10,10]\n"
                   "\"f\":1,\"kind\":\"while\",\"at\":[1,10,6,10,11],\"value\":false,"
                   "\"body\":[10,10]\n"
                   "\"f\":1,\"kind\":\"if\",\"at\":[1,11,3,12,8],\"value\":false,"
                   "\"body\":[13,13]\n"
                   "\"f\":1,\"kind\":\"if\",\"at\":[1,19,3,19,26],\"value\":true,"
                   "\"body\":[20,20]\n");
}

static void tested_tensor_is_named(void **state)
{
    (void)state;
    assert_records("import torch\nx = torch.ones(2)\nif x.sum() > 3:\n    pass\n"
                   "y = 1 if x[0] else 2\nwhile x.sum() < 1: pass\n",
                   "cond",
                   "\"f\":1,\"kind\":\"if\",\"at\":[1,3,3,3,14],\"value\":false,\"t\":3,"
                   "\"body\":[4,4]\n"
                   "\"f\":1,\"kind\":\"ifexp\",\"at\":[1,5,9,5,13],\"value\":true,\"t\":4,"
                   "\"body\":[5,5],\"else\":[5,5]\n"
                   "\"f\":1,\"kind\":\"while\",\"at\":[1,6,6,6,17],\"value\":false,\"t\":6,"
                   "\"body\":[6,6]\n");
}

/* Python comes to every line of a list and to a try. */
static void lines_where_nothing_happens_are_left_out(void **state)
{
    (void)state;
    assert_records("import torch\n"
                   "a = [torch.ones(1) * i for i in range(3)]\n"
                   "n = sum(x.item() for x in a)\n"
                   "b = torch.tensor([\n    [1.0, 2.0],\n    [3.0, 4.0],\n])\n"
                   "c = torch.add(\n    b * 2,\n    b,\n)\n"
                   "try:\n    c.backward(\n        b,\n    )\n"
                   "except RuntimeError:\n    print(\n        1,\n    )\n"
                   "def f(\n    x,\n    y=2,\n):\n    return (\n        x\n        + y\n    )\n"
                   "f(\n    3,\n)\n",
                   "line",
                   "\"f\":1,\"line\":1\n\"f\":1,\"line\":2\n\"f\":1,\"line\":3\n"
                   "\"f\":1,\"line\":4\n\"f\":1,\"line\":9\n\"f\":1,\"line\":8\n"
                   "\"f\":1,\"line\":13\n\"f\":1,\"line\":16\n\"f\":1,\"line\":17\n"
                   "\"f\":1,\"line\":20\n\"f\":1,\"line\":28\n\"f\":2,\"line\":24\n");
}

static void functions_are_entered_and_left(void **state)
{
    (void)state;
    const char *lesson = "class A:\n    def g(self):\n        yield 1\n"
                         "def f():\n    for _ in A().g(): pass\nf()\n";
    assert_records(lesson, "call",
                   "\"f\":2,\"parent\":1,\"in\":1,\"line\":1,\"name\":\"A\"\n"
                   "\"f\":3,\"parent\":1,\"in\":1,\"line\":4,\"name\":\"f\"\n"
                   "\"f\":4,\"parent\":3,\"in\":1,\"line\":2,\"name\":\"A.g\"\n"
                   "\"f\":5,\"parent\":3,\"in\":1,\"line\":2,\"name\":\"A.g\"\n");
    assert_records(lesson, "return",
                   "\"f\":2\n\"f\":4,\"type\":\"int\",\"text\":\"1\"\n\"f\":5\n\"f\":3\n");
}

static void what_is_returned_is_told(void **state)
{
    (void)state;
    assert_records("import torch\ndef f(x):\n    return x * 2\ndef g(x):\n    return x.shape\n"
                   "def h(x):\n    return x, 1\ndef n(x):\n    return\ndef e(x):\n    1 / 0\n"
                   "x = torch.ones(2)\nf(x), g(x), h(x), n(x)\ne(x)\n",
                   "return",
                   "\"f\":2,\"t\":2\n\"f\":3,\"type\":\"Size\",\"text\":\"torch.Size([2])\"\n"
                   "\"f\":4,\"type\":\"tuple\",\"items\":[{\"t\":1},1]\n\"f\":5\n\"f\":6\n");
}

/* A number on the left is handed to the engine as the second operand; the trace keeps what was written. */
static void operands_keep_the_order_of_the_line(void **state)
{
    (void)state;
    const char *lesson = "import torch\nlr = 0.5\nx = torch.tensor(2.0)\ny = 3 * x\ny = x * 3\n"
                         "y = lr + x\ny = x + lr\n";
    struct lesson_run run = run_text(lesson, usual);
    assert_has(&run, "\"in\":[{\"t\":1},3],\"turned\":true,\"out\":[2]");
    assert_has(&run, "\"in\":[{\"t\":1},3],\"out\":[3]");
    assert_has(&run, "\"in\":[{\"t\":1},0.5],\"turned\":true,\"out\":[4]");
    assert_has(&run, "\"in\":[{\"t\":1},0.5],\"out\":[5]");
    text_finish(&run.trace);
}

/* ---- memory that NumPy shares ---- */

static void what_numpy_changes_is_told_after_the_line(void **state)
{
    (void)state;
    assert_records("import numpy, torch\na = numpy.zeros(2, dtype='float32')\n"
                   "t = torch.from_numpy(a)\nv = t[:1]\na[0] = 5\nt.add_(1)\na[1] = 1\na += 1\n"
                   "x = torch.ones(1)\nn = x.numpy()\nn[0] = 7\ny = x * 2\n",
                   "update",
                   "\"t\":2,\"by\":\"numpy\"\n\"t\":1,\"by\":\"numpy\"\n"
                   "\"t\":1,\"by\":\"add\",\"at\":[1,6,0,6,9]\n"
                   "\"t\":2,\"by\":\"add\",\"at\":[1,6,0,6,9]\n"
                   "\"t\":2,\"by\":\"numpy\"\n\"t\":1,\"by\":\"numpy\"\n"
                   "\"t\":3,\"by\":\"numpy\"\n");
}

/* ---- walks ---- */

static void every_root_of_a_walk_is_named(void **state)
{
    (void)state;
    assert_records("import torch\nx = torch.ones(1, requires_grad=True)\na, b = x * 2, x * 3\n"
                   "torch.autograd.backward([a, b])\n",
                   "backward",
                   "\"b\":1,\"root\":2,\"grad\":4,\"more\":[{\"root\":3,\"grad\":5}],"
                   "\"at\":[1,4,0,4,31]\n");
}

/* The function stands as an operation after those of its forward, and its backward's come between
 * the walk's visits. */
static void a_function_shows_its_node_and_its_operations(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import torch\nclass Double(torch.autograd.Function):\n"
                                     "    @staticmethod\n    def forward(ctx, x):\n"
                                     "        ctx.save_for_backward(x)\n        return x + x\n"
                                     "    @staticmethod\n    def backward(ctx, grad):\n"
                                     "        return grad * 2\n"
                                     "x = torch.ones(1, requires_grad=True)\n"
                                     "Double.apply(x).backward()\n",
                                     usual);
    assert_readable("a function", &run);
    assert_has(&run, "{\"k\":\"opdef\",\"op\":\"Double\",\"provenance\":\"function\"}");
    assert_has(&run, "{\"k\":\"node\",\"n\":1,\"name\":\"DoubleBackward\",\"edges\":[{\"leaf\":1}],"
                     "\"saved\":[{\"name\":\"saved_tensors[0]\",\"t\":1}]}");
    assert_has(&run,
               "\"op\":\"Double\",\"in\":[{\"t\":1}],\"out\":[2],\"at\":[1,11,0,11,15],\"n\":1}");
    assert_has(&run, "\"op\":\"mul\",\"in\":[{\"t\":3},2],\"out\":[4],\"at\":[1,9,15,9,23]}");
    assert_has(&run, "\"k\":\"visit\",\"b\":1,\"n\":1,\"in\":[3]");
    text_finish(&run.trace);
}

/* As little worth telling as one that is not decorated. */
static void a_decorated_function_is_not_bound(void **state)
{
    (void)state;
    struct lesson_run run = run_text("import torch\nfrom torch.nn.utils import clip_grad_norm_\n"
                                     "@torch.no_grad()\ndef same(x):\n    return x\nn = same(1)\n",
                                     usual);
    assert_readable("decorated", &run);
    assert_has(&run, "\"name\":\"n\"");
    assert_lacks(&run, "guarded_function");
    assert_lacks(&run, "clip_grad_norm_\"");
    text_finish(&run.trace);
}

static void an_assigned_gradient_is_named(void **state)
{
    (void)state;
    assert_records("import torch\nx = torch.ones(1, requires_grad=True)\n"
                   "x.grad = torch.ones(1)\nx.grad = None\n",
                   "update",
                   "\"t\":1,\"by\":\"grad\",\"total\":2,\"at\":[1,3,0,3,6]\n"
                   "\"t\":1,\"by\":\"grad\",\"grad\":\"none\",\"at\":[1,4,0,4,6]\n");
}

/* ---- cells ---- */

static void cells_share_names_and_show_values(void **state)
{
    (void)state;
    const char *lesson = "# %% [markdown] lang=\"vi\"\n# Chào\n# %% First\nx = 1\nx + 1\n"
                         "# %%\n_ + Out[1];\n# %%\nx, _\n# %%\nNone\n";
    assert_records(lesson, "display", "\"in\":1,\"text\":\"2\"\n\"in\":3,\"text\":\"(1, 2)\"\n");
    assert_records(lesson, "cell",
                   "\"in\":1,\"f\":1\n\"in\":2,\"f\":2\n\"in\":3,\"f\":3\n\"in\":4,\"f\":4\n");
    struct lesson_run run = run_text(lesson, usual);
    assert_has(&run, "{\"k\":\"source\",\"cell\":1,\"kind\":\"markdown\",\"line\":2,"
                     "\"lang\":\"vi\",\"text\":\"Chào\"}\n"
                     "{\"k\":\"source\",\"cell\":2,\"kind\":\"code\",\"in\":1,\"line\":4,"
                     "\"title\":\"First\",\"text\":\"x = 1\\nx + 1\\n\"}\n");
    text_finish(&run.trace);
}

static void a_cell_among_thousands_is_told_like_the_first(void **state)
{
    (void)state;
    enum { CELLS = 5000 };
    struct text lesson = { 0 };
    for (int i = 1; i < CELLS; i++) {
        text_append_string(&lesson, "# %%\n1;\n");
    }
    text_append_string(&lesson, "# %%\nlast = 7\n");
    struct lesson_run run = run_text(text_string(&lesson), usual);
    assert_has(&run, "{\"k\":\"line\",\"f\":5000,\"line\":1}");
    assert_has(&run, "{\"k\":\"bind\",\"f\":5000,\"name\":\"last\",");
    text_finish(&lesson);
    text_finish(&run.trace);
}

static void script_knows_its_file_and_a_notebook_does_not(void **state)
{
    (void)state;
    struct lesson_run run = run_text("print(__file__, __name__)\n", usual);
    assert_has(&run, "\"text\":\"lesson.py __main__\\n\"");
    text_finish(&run.trace);
    run = run_text("# %%\nprint(__file__)\n", usual);
    assert_has(&run, "name '__file__' is not defined");
    text_finish(&run.trace);
}

static void what_is_no_lesson_ends_with_a_sentence(void **state)
{
    (void)state;
    struct lesson_run run = run_text("  \n", usual);
    assert_has(&run,
               "\"type\":\"LessonError\",\"text\":\"lesson.py: the lesson is empty: it has no "
               "cell\"");
    assert_int_equal(run.ending.status, 2);
    text_finish(&run.trace);
}

/* ---- output ---- */

static void output_keeps_its_order(void **state)
{
    (void)state;
    assert_records("import sys\nprint('a', 'b'); print('c')\nprint('d', file=sys.stderr); "
                   "print('e')\nsys.stdout.buffer.write(b'\\xff\\n')\nprint('\\ud800')\n"
                   "print('', end='')\n",
                   "out",
                   "\"stream\":\"stdout\",\"text\":\"a b\\nc\\n\"\n"
                   "\"stream\":\"stderr\",\"text\":\"d\\n\"\n"
                   "\"stream\":\"stdout\",\"text\":\"e\\n\"\n"
                   "\"stream\":\"stdout\",\"text\":\"\xef\xbf\xbd\\n\"\n"
                   "\"stream\":\"stdout\",\"text\":\"\\\\ud800\\n\"\n");
}

static void much_output_is_cut_into_records(void **state)
{
    (void)state;
    struct lesson_run run = run_text("print('\\x1b' * 50000)\n", usual);
    char *out = run_stdout(&run.trace);
    assert_int_equal(strlen(out), 50001);
    free(out);
    text_finish(&run.trace);
}

/* ---- all of it again ---- */

/* The same lesson twice gives the same trace. */
static void traces_repeat(void **state)
{
    (void)state;
    const char *lesson = "import torch\ns = {'a', 'b', 'c', 'd'}\nprint(s)\n"
                         "print(torch.rand(2), torch.initial_seed())\n";
    struct lesson_run first = run_text(lesson, usual), second = run_text(lesson, usual);
    assert_string_equal(text_string(&first.trace), text_string(&second.trace));
    text_finish(&first.trace);
    text_finish(&second.trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixtures_come_out_byte_for_byte),
        cmocka_unit_test(course_prints_what_pytorch_prints),
        cmocka_unit_test(mixed_lesson_is_readable),
        cmocka_unit_test(names_are_told_when_they_change),
        cmocka_unit_test(names_follow_tensors_that_change_shape),
        cmocka_unit_test(containers_tell_their_tensors),
        cmocka_unit_test(decisions_are_told_with_both_arms),
        cmocka_unit_test(tested_tensor_is_named),
        cmocka_unit_test(lines_where_nothing_happens_are_left_out),
        cmocka_unit_test(functions_are_entered_and_left),
        cmocka_unit_test(what_is_returned_is_told),
        cmocka_unit_test(operands_keep_the_order_of_the_line),
        cmocka_unit_test(what_numpy_changes_is_told_after_the_line),
        cmocka_unit_test(every_root_of_a_walk_is_named),
        cmocka_unit_test(an_assigned_gradient_is_named),
        cmocka_unit_test(a_function_shows_its_node_and_its_operations),
        cmocka_unit_test(a_decorated_function_is_not_bound),
        cmocka_unit_test(cells_share_names_and_show_values),
        cmocka_unit_test(a_cell_among_thousands_is_told_like_the_first),
        cmocka_unit_test(script_knows_its_file_and_a_notebook_does_not),
        cmocka_unit_test(what_is_no_lesson_ends_with_a_sentence),
        cmocka_unit_test(output_keeps_its_order),
        cmocka_unit_test(much_output_is_cut_into_records),
        cmocka_unit_test(traces_repeat),
    };
    return test_run(tests);
}
