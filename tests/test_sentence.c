/* What is said of a step, on lessons that were run for it. */

#include "tests/run_lesson.h"

#include "lessons/trace/state.h"
#include "render/ledger/forward.h"
#include "render/screen.h"

static const char lesson[] =
    "import torch\n"
    "from torch import nn\n"
    "net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3), nn.Linear(3, 1))\n"
    "w = torch.tensor([1., 2.], requires_grad=True)\n"
    "b = torch.tensor([0.5], requires_grad=True)\n"
    "opt = torch.optim.SGD([w, b] + list(net.parameters()), lr=0.125)\n"
    "loss = (net(w) * 0 + b * 2 + w.sum()).sum()\n"
    "loss.backward()\n"
    "opt.step()\n"
    "w.grad.zero_()\n"
    "with torch.inference_mode():\n"
    "    y = net(w)\n"
    "with torch.no_grad():\n"
    "    y = w * 2\n"
    "y = w * 3\n";

struct telling {
    struct trace *trace;
    struct stops *stops;
    struct words *words;
    struct arena arena;
};

static void tell(struct telling *telling, const char *text)
{
    struct error err = { 0 };
    struct lesson_run run = run_text(text, (struct client_options){ 0 });
    *telling = (struct telling){ .trace = trace_create(), .words = words_create("/nowhere", &err) };
    if (!trace_feed(telling->trace, run.trace.bytes, run.trace.length, &err) ||
        !trace_finish_input(telling->trace, &err)) {
        fail_msg("%s", err.text);
    }
    text_finish(&run.trace);
    telling->stops = stops_create(telling->trace);
    stops_update(telling->stops);
    stops_finish(telling->stops);
}

static void tell_finish(struct telling *telling)
{
    arena_finish(&telling->arena);
    words_destroy(telling->words);
    stops_destroy(telling->stops);
    trace_destroy(telling->trace);
}

/* All sentences, one a line. */
static const char *all_said(struct telling *telling)
{
    const char *all = "";
    for (size_t i = 0; i < stops_count(telling->stops, STOP_OPERATION); i++) {
        const struct run_view run = { .trace = telling->trace,
                                      .stops = telling->stops,
                                      .moment = stops_at(telling->stops, STOP_OPERATION, i)->moment,
                                      .label = "" };
        all = arena_format(&telling->arena, "%s%s\n", all,
                           sentence_for(&run, telling->words, LANGUAGE_EN, &telling->arena));
    }
    return all;
}

static void assert_told(const char *all, const char *sentence)
{
    if (!strstr(all, sentence)) {
        fail_msg("nobody says \"%s\":\n%s", sentence, all);
    }
}

static void steps_say_what_is_worth_saying(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, lesson);
    const char *const all = all_said(&telling);
    assert_told(all, "The optimizer steps: w [1, 2] → [0.875, 1.875], b 0.5 → 0.25, "
                     "net.0.weight and 5 more.");
    assert_told(all, "w.grad.zero_(): w.grad = [0, 0].");
    assert_told(all, "inference_mode: from here nothing is tracked.");
    assert_told(all, "no_grad: from here nothing is tracked.");
    assert_told(all, "Inside net(w): net.0.weightᵀ, shape (2, 3)");
    assert_null(strstr(all, "weightᵀ ="));
    tell_finish(&telling);
}

/* What switched tracking off is known to the moment. */
static void the_mode_has_its_name(void **state)
{
    (void)state;
    struct telling telling;
    size_t count;
    tell(&telling, lesson);
    const uint32_t *const modes = trace_records_of(telling.trace, RECORD_MODE, &count);
    assert_int_equal(count, 4);
    assert_string_equal(trace_grad_off_by(telling.trace, modes[0]), "");
    assert_string_equal(trace_grad_off_by(telling.trace, modes[0] + 1), "inference_mode");
    assert_string_equal(trace_grad_off_by(telling.trace, modes[1] + 1), "");
    assert_string_equal(trace_grad_off_by(telling.trace, modes[2] + 1), "no_grad");
    assert_string_equal(trace_grad_off_by(telling.trace, modes[3] + 1), "");
    tell_finish(&telling);
}

static const char lines[] = "import torch\n"
                            "a, b = 2.0, 6.0\n"
                            "x = torch.tensor(1.0, requires_grad=True)\n"
                            "y = 3 * x\n"
                            "y.retain_grad()\n"
                            "x.grad = None\n"
                            "y.backward()\n"
                            "z = torch.ones(2, requires_grad=True)\n"
                            "try:\n"
                            "    z.backward()\n"
                            "except RuntimeError as error:\n"
                            "    pass\n"
                            "for i in range(2):\n"
                            "    n = y.item()\n"
                            "with torch.no_grad():\n"
                            "    x -= 0.5 * x.grad\n";

/* What leaves no more than a line behind is told by what it does. */
static void lines_say_what_they_do(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, lines);
    const char *const all = all_said(&telling);
    assert_told(all, "a is now 2.0. b is now 6.0.");
    assert_told(all, "y will keep its gradient in .grad.");
    assert_told(all, "No gradient to clear: x.grad = None");
    assert_told(all, "z.backward() raises an error.");
    assert_told(all, "Caught: RuntimeError.");
    const char *const number = strstr(all, "a plain number, outside the graph");
    assert_non_null(number);
    assert_null(strstr(number + 1, "a plain number, outside the graph"));
    tell_finish(&telling);
}

static const char things[] = "import numpy as np\n"
                             "import torch\n"
                             "small = np.array([[1, 2], [3, 4]])\n"
                             "large = np.zeros((28, 28))\n"
                             "layer = torch.nn.Linear(2, 1)\n"
                             "other = torch.nn.Linear(1, 1)\n"
                             "opt = torch.optim.SGD(other.parameters(), lr=0.1)\n"
                             "layer(torch.ones(1, 2)).sum().backward()\n"
                             "opt.step()\n"
                             "class Box:\n"
                             "    def keep(self, value):\n"
                             "        self.value = value\n"
                             "Box().keep(3)\n"
                             "try:\n"
                             "    import missing_library\n"
                             "except ImportError:\n"
                             "    found = False\n";

/* Values of other libraries, models without parts, steps that move nothing. */
static void things_are_told_by_what_they_hold(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, things);
    const char *const all = all_said(&telling);
    assert_told(all, "small is now array([[1, 2], [3, 4]]).");
    assert_told(all, "large is now ndarray (28, 28).");
    assert_told(all, "layer is now Linear(in_features=2, out_features=1, bias=True).");
    assert_told(all, "The optimizer steps: none of its parameters has a gradient.");
    assert_told(all, "Caught: ImportError.");
    assert_null(strstr(all, "self is now"));
    tell_finish(&telling);
}

/* The numbers of the operation with that name that comes at last. */
static const char *numbers_of(struct telling *telling, const char *name)
{
    size_t count;
    const uint32_t *const ops = trace_records_of(telling->trace, RECORD_OP, &count);
    const struct view_state state = { 0 };
    const struct run_view run = { .trace = telling->trace,
                                  .stops = telling->stops,
                                  .moment = trace_record_count(telling->trace) };
    const struct view view = { .runs = &run,
                               .run_count = 1,
                               .words = telling->words,
                               .state = &state,
                               .arena = &telling->arena };
    while (count-- > 0) {
        const struct trace_op *const op =
            trace_op(telling->trace, trace_record(telling->trace, ops[count])->op.op);
        if (strcmp(op->record->name, name) == 0) {
            return forward_at(&view, op).numbers;
        }
    }
    fail_msg("no %s", name);
    return "";
}

/* As the line has them, and as they were before it changed one of them. */
static void operands_stand_as_in_the_line(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, lines);
    assert_string_equal(numbers_of(&telling, "mul"), "= 0.5 · 3 = 1.5");
    assert_string_equal(numbers_of(&telling, "sub"), "= 1 − 1.5 = -0.5");
    tell_finish(&telling);
}

static const char renamed[] = "import torch\n"
                              "w = torch.tensor(1.0, requires_grad=True)\n"
                              "(w * 3).backward()\n"
                              "w = w - 0.1 * w.grad\n"
                              "(w * 2).backward()\n"
                              "def inner(w):\n"
                              "    (w * 5).backward()\n"
                              "inner(torch.tensor(1.0, requires_grad=True))\n";

/* A gradient of the tensor that was called `w` before is not what `w.grad` says now. */
static void a_leaf_that_lost_its_name_is_told_so(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, renamed);
    const char *const all = all_said(&telling);
    assert_told(all, "w.grad receives 3.");
    assert_told(all, "2 is accumulated into w.grad: 3 + 2 = 5. w is another tensor now.");
    assert_null(strstr(all, "w.grad receives 3. w is another"));
    assert_null(strstr(all, "receives 5. w is another"));
    tell_finish(&telling);
}

static const char attributes[] =
    "import torch\n"
    "class Scaled(torch.nn.Module):\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        self.scale = torch.nn.Parameter(torch.tensor(2.0))\n"
    "        self.offset = torch.tensor(1.0, requires_grad=True)  # no parameter\n"
    "        self.twice = torch.tensor(3.0) * 2\n"
    "        if (self.twice == torch.tensor(6.0)):\n"
    "            torch.ones(2)\n"
    "    def forward(self, x):\n"
    "        return self.scale * x + self.offset\n"
    "model = Scaled()\n"
    "model(torch.tensor(4.0)).backward()\n";

/* An attribute of the lesson's own is called what the line that made it calls it, parts of it are not. */
static void an_attribute_has_the_name_of_its_line(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, attributes);
    const char *const all = all_said(&telling);
    assert_told(all, "self.offset is a new tensor: 1, with requires_grad=True.");
    assert_told(all, "self.offset.grad receives 1.");
    assert_told(all, "torch.tensor(2.0) is a new tensor: 2.");
    assert_told(all, "torch.tensor(3.0) is a new tensor: 3.");
    assert_told(all, "self.twice = torch.tensor(3.0) * 2 = 6");
    assert_told(all, "torch.tensor(6.0) is a new tensor: 6.");
    tell_finish(&telling);
}

/* How many stops there are at operations of that name, where stepping is coarser by itself. */
static size_t count_stops(const struct telling *telling, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < stops_count(telling->stops, STOP_AUTO); i++) {
        const struct record *const record =
            trace_record(telling->trace, stops_at(telling->stops, STOP_AUTO, i)->record);
        count += record->kind == RECORD_OP && strcmp(record->op.name, name) == 0;
    }
    return count;
}

/* Each `if` had two stops with one and the same picture; a batch of pictures had two for each picture. */
static void what_brings_nothing_new_is_no_stop(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, "import torch\n"
                   "def prepared(x):\n"
                   "    return x / 255\n"
                   "x = torch.tensor([3., 4.])\n"
                   "if x.sum() > 0:\n"
                   "    y = x * 2\n"
                   "b = x.sum() < 0\n"
                   "batch = [prepared(y), prepared(y), prepared(y), prepared(y), prepared(y)]\n");
    assert_told(all_said(&telling), "x.sum() > 0 is True: the first branch is taken.");
    assert_int_equal(count_stops(&telling, "gt"), 0);
    assert_int_equal(count_stops(&telling, "lt"), 1);
    assert_int_equal(count_stops(&telling, "div"), 3);
    tell_finish(&telling);
}

/* What is called with -x calls it x, and yet it is not x that becomes -x. */
static void an_argument_is_not_told_as_an_assignment(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, "import torch\n"
                   "def twice(x):\n"
                   "    return x + x\n"
                   "x = torch.tensor([3., 4.])\n"
                   "y = twice(-x)\n"
                   "x = -x\n"
                   "z = twice(torch.tensor([1., 2.]))\n");
    const char *const all = all_said(&telling);
    assert_told(all, "\n-x = [-3, -4].\n");
    assert_told(all, "\nx = -x = [-3, -4].\n");
    assert_told(all, "\nx is a new tensor: [1, 2].\n");
    tell_finish(&telling);
}

/* A teacher's own script imports what no lesson has: what to do is said, not what Python says. */
static void an_import_of_what_is_not_there_says_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *lesson, *sentence;
    } told[] = {
        { "import matplotlib.pyplot as plt\n", "matplotlib is not here: leave out what draws." },
        { "import seaborn\n", "seaborn is not here: leave out what draws." },
        { "import plot_mine\n", "plot_mine is not here: there are numpy, torch, torchvision" },
        { "import torch.fft\n", "Stopped with ModuleNotFoundError: No module named 'torch.fft'" },
    };
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        struct telling telling;
        tell(&telling, told[i].lesson);
        assert_told(all_said(&telling), told[i].sentence);
        tell_finish(&telling);
    }
}

/* Inside of a recurrent layer the letters are those of its formula in PyTorch's documentation, each with its
 * step; that it was made of tensors is not told, as it is a module. */
static void recurrent_layers_are_told_by_their_formulas(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, "import torch\n"
                   "from torch import nn\n"
                   "lstm = nn.LSTM(2, 3, bias=False)\n"
                   "gru = nn.GRU(2, 3)\n"
                   "rnn = nn.RNN(2, 3, num_layers=2, bidirectional=True)\n"
                   "cell = nn.LSTMCell(2, 3)\n"
                   "x = torch.ones(2, 1, 2)\n"
                   "out, (h, c) = lstm(x)\n"
                   "out.sum().backward()\n"
                   "gru(x)[0].sum().backward()\n"
                   "rnn(x)[0].sum().backward()\n"
                   "cell(x[0])[0].sum().backward()\n");
    const char *const all = all_said(&telling);
    assert_null(strstr(all, "nn.LSTM(2, 3, bias=False) is a new tensor"));
    assert_told(all, "out, (h, c) = lstm(x): out (2, 1, 3), h (1, 1, 3), c (1, 1, 3)");
    const char *const told[] = {
        "(2, 1, 3), to [h₁, …, h₂].",
        "Through h₂: upstream gradient shape (1, 3), contributions shape (1, 3) → o₂, (1, 3) → "
        "tanh(c₂).",
        "Through c₂: upstream gradient shape (1, 3), contributions shape (1, 3) → f₂ * c₁, (1, 3) "
        "→ "
        "i₂ * g₂.",
        "Through o₂: a gradient of shape (1, 3), to W_io x₂ + W_ho h₁.",
        "Through f₂: a gradient of shape (1, 3), to W_if x₂ + W_hf h₁.",
        "Through (W_ii x₂ + W_hi h₁, …): a gradient of shape (1, 12), to W_ih x₂ + W_hh h₁.",
        "(1, 12) → W_hh h₁, (1, 12) → W_ih x₂.",
        "Through n₂: a gradient of shape (1, 3), to W_in x₂+…+r₂ * (…).",
        "→ r₂ * (W_hn h₁ + b_hn)",
        "(1, 3) → (h₁ - n₂) * z₂",
        "Through h₁_l1_reverse: a gradient of shape (1, 3), to W_ih_l1_reverse "
        "x₁+…+b_hh_l1_reverse.",
        "Through h′: upstream gradient shape (1, 3), contributions shape (1, 3) → o, (1, 3) → "
        "tanh(c′).",
    };
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        assert_told(all, told[i]);
    }
    assert_null(strstr(all, "unsafe_split"));
    assert_null(strstr(all, "addmm"));
    tell_finish(&telling);
}

static const char own_function[] = "import torch\n"
                                   "class Square(torch.autograd.Function):\n"
                                   "    @staticmethod\n"
                                   "    def forward(ctx, x):\n"
                                   "        ctx.save_for_backward(x)\n"
                                   "        return x * x\n"
                                   "    @staticmethod\n"
                                   "    def backward(ctx, g):\n"
                                   "        (x,) = ctx.saved_tensors\n"
                                   "        return 2 * x * g\n"
                                   "x = torch.tensor(3.0, requires_grad=True)\n"
                                   "y = Square.apply(x)\n"
                                   "z = 2 * y\n"
                                   "z.backward()\n";

/* What a function's forward makes has the name of its caller only when the caller has it. */
static void a_function_of_the_lesson_is_told_in_its_own_words(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, own_function);
    const char *const all = all_said(&telling);
    assert_told(all, "\nx * x = 9; no gradient is tracked.\n");
    assert_told(all, "\ny = Square.apply(x) = 9; the graph gets the node SquareBackward.\n");
    assert_null(strstr(all, "y = x * x"));
    assert_told(all, "Through y: 12, to x.");
    tell_finish(&telling);
}

/* A decorator's line is executed twice, and says nothing of its own. */
static void a_decorator_is_no_step(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, own_function);
    for (size_t i = 0; i < stops_count(telling.stops, STOP_AUTO); i++) {
        const struct stop *const stop = stops_at(telling.stops, STOP_AUTO, i);
        const struct record *const record = trace_record(telling.trace, stop->record);
        assert_false(record->kind == RECORD_LINE &&
                     (record->line.line == 3 || record->line.line == 7));
    }
    tell_finish(&telling);
}

/* A loop over what has no __iter__ ends with an IndexError that Python takes for the end: nobody has seen one. */
static void an_error_that_python_takes_is_not_told(void **state)
{
    static const char loop[] = "import torch\n"
                               "class Data:\n"
                               "    def __init__(self):\n"
                               "        self.x = torch.arange(2.)\n"
                               "    def __getitem__(self, i):\n"
                               "        return self.x[i] * 1\n"
                               "total = 0\n"
                               "for x in Data():\n"
                               "    total = total + x\n"
                               "print(total)\n";
    static const char caught[] = "try:\n"
                                 "    Data()[5]\n"
                                 "except IndexError:\n"
                                 "    print('over')\n";
    (void)state;
    struct telling telling;
    struct text both = { 0 };
    tell(&telling, loop);
    assert_null(strstr(all_said(&telling), "IndexError"));
    const uint32_t *const failed = trace_records_of(telling.trace, RECORD_FAILED, &(size_t){ 0 });
    assert_true(trace_is_passed_over(telling.trace, failed[0]));
    tell_finish(&telling);
    text_format(&both, "%s%s", loop, caught);
    tell(&telling, text_string(&both));
    assert_told(all_said(&telling), "self.x[i] cannot be computed: IndexError.");
    tell_finish(&telling);
    text_finish(&both);
}

/* Whether the first error of this code is one that Python took for the end of a loop. */
static bool is_taken_for_the_end(const char *code)
{
    struct telling telling;
    size_t count = 0;
    tell(&telling, code);
    const uint32_t *const failed = trace_records_of(telling.trace, RECORD_FAILED, &count);
    assert_true(count > 0);
    const bool taken = trace_is_passed_over(telling.trace, failed[0]);
    tell_finish(&telling);
    return taken;
}

/* Names that begin as the words do which take an exception are none of them; and tabs set in as blanks do. */
static void what_takes_an_exception_is_a_whole_word(void **state)
{
    static const char data[] = "import torch\n"
                               "class Data:\n"
                               "    def __init__(self):\n"
                               "        self.x = torch.arange(2.)\n"
                               "    def __getitem__(self, i):\n"
                               "        return self.x[i]\n";
    static const struct {
        const char *code;
        bool taken;
    } cases[] = {
        { "a = list(Data())\nwithout_it = 3\n", true },
        { "a = list(Data())\nfinally_x = 3\n", true },
        { "def withdraw(x):\n    return x\na = list(Data())\nwithdraw(a)\n", true },
        { "a = list(Data())\nexception\u0301 = 3\n", true },
        { "def f():\n\ttry:\n\t\tData()[5]\n\texcept IndexError:\n\t\treturn 1\nf()\n", false },
        { "def f():\n    try:\n        Data()[5]\n    except(IndexError):\n        return 1\nf()\n",
          false },
        { "try:\n    with torch.no_grad():\n        Data()[5]\nexcept IndexError:\n    y = 2\n",
          false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text code = { 0 };
        text_format(&code, "%s%s", data, cases[i].code);
        if (is_taken_for_the_end(text_string(&code)) != cases[i].taken) {
            fail_msg("%s", cases[i].code);
        }
        text_finish(&code);
    }
}

/* What gives several things is told with all their names, and on the way back by the thing that is meant. */
static void a_statement_that_takes_apart_is_told_whole(void **state)
{
    (void)state;
    struct telling telling;
    tell(&telling, "import torch\n"
                   "x = torch.tensor([[1., 2.], [4., 3.]], requires_grad=True)\n"
                   "most, where = x.max(dim=1)\n"
                   "a, b = most  # two\n"
                   "s, m = a.sum(), b.mean()\n"
                   "(s + b * m).backward()\n");
    const char *const all = all_said(&telling);
    assert_told(all, "\nmost, where = x.max(dim=1): most = [2, 4], where = [1, 0];");
    assert_told(all, "\na, b = most: a = 2, b = 4;");
    assert_told(all, "\ns = a.sum() = 2;");
    assert_told(all, "\nm = b.mean() = 4;");
    assert_told(all, "Through m: 4 × 1 = 4, to b.");
    assert_told(all, "Through s: 1 × 1 = 1, to a.");
    assert_told(all, "Through (a, …): [1, 8], to most.");
    tell_finish(&telling);
}

/* In a trace that somebody forged, a line may bind any number of names. */
static void a_line_of_thousands_of_names_is_told_shortly(void **state)
{
    enum { NAMES = 20000, ROOM = 1 << 20 };
    struct telling telling = { .trace = trace_create() };
    struct text text = { 0 };
    struct error err = { 0 };

    (void)state;
    text_append_string(&text,
                       "{\"k\":\"hello\",\"format\":1,\"program\":\"p\",\"python\":\"3\","
                       "\"device\":\"cpu\",\"box\":{\"rlimits\":true,\"no_new_privs\":true,"
                       "\"landlock\":1,\"seccomp\":true,\"why\":\"\"}}\n"
                       "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,"
                       "\"text\":\"x=1\\n\"}\n"
                       "{\"k\":\"cell\",\"in\":1,\"f\":1}\n{\"k\":\"line\",\"f\":1,\"line\":1}\n");
    for (int i = 0; i < NAMES; i++) {
        text_format(&text,
                    "{\"k\":\"bind\",\"f\":1,\"name\":\"a%d\",\"type\":\"int\",\"text\":\"1\"}\n",
                    i);
    }
    if (!trace_feed(telling.trace, text.bytes, text.length, &err)) {
        fail_msg("%s", err.text);
    }
    text_finish(&text);
    telling.words = words_create("/nowhere", &err);
    telling.stops = stops_create(telling.trace);
    stops_update(telling.stops);
    stops_finish(telling.stops);
    assert_non_null(strstr(all_said(&telling), "is now 1."));
    assert_true(telling.arena.used < ROOM);
    tell_finish(&telling);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_say_what_is_worth_saying),
        cmocka_unit_test(the_mode_has_its_name),
        cmocka_unit_test(lines_say_what_they_do),
        cmocka_unit_test(things_are_told_by_what_they_hold),
        cmocka_unit_test(operands_stand_as_in_the_line),
        cmocka_unit_test(a_leaf_that_lost_its_name_is_told_so),
        cmocka_unit_test(an_attribute_has_the_name_of_its_line),
        cmocka_unit_test(what_brings_nothing_new_is_no_stop),
        cmocka_unit_test(an_argument_is_not_told_as_an_assignment),
        cmocka_unit_test(an_import_of_what_is_not_there_says_what_to_do),
        cmocka_unit_test(recurrent_layers_are_told_by_their_formulas),
        cmocka_unit_test(a_function_of_the_lesson_is_told_in_its_own_words),
        cmocka_unit_test(a_decorator_is_no_step),
        cmocka_unit_test(an_error_that_python_takes_is_not_told),
        cmocka_unit_test(what_takes_an_exception_is_a_whole_word),
        cmocka_unit_test(a_statement_that_takes_apart_is_told_whole),
        cmocka_unit_test(a_line_of_thousands_of_names_is_told_shortly),
    };
    return test_run(tests);
}
