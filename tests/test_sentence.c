/* What is said of a step, on lessons that were run for it. */

#include "tests/run_lesson.h"

#include "lessons/trace/state.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_say_what_is_worth_saying),
        cmocka_unit_test(the_mode_has_its_name),
    };
    return test_run(tests);
}
