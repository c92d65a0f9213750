/* gradlight new: a lesson to begin with. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cli/cli.h"
#include "app/output.h"

/* Every kind of cell that a lesson can have, once. */
static const char template[] =
    "# %% [markdown] lang=\"vi\" slideshow={\"slide_type\": \"slide\"} minutes=10\n"
    "# # Tên bài\n"
    "#\n"
    "# Sinh viên sẽ thấy gì trong bài này.\n"
    "\n"
    "# %% [markdown] lang=\"en\" slideshow={\"slide_type\": \"slide\"} minutes=10\n"
    "# # Title\n"
    "#\n"
    "# What one will see in this lesson.\n"
    "\n"
    "# %% [markdown] lang=\"vi\" slideshow={\"slide_type\": \"notes\"}\n"
    "# Ghi chú cho người dạy: sinh viên không thấy.\n"
    "\n"
    "# %% [markdown] lang=\"en\" slideshow={\"slide_type\": \"notes\"}\n"
    "# Notes for the speaker: students do not see them.\n"
    "\n"
    "# %% Forward id=\"forward\" slideshow={\"slide_type\": \"fragment\"}\n"
    "import torch\n"
    "\n"
    "value = 2.0  #@param {type:\"slider\", min:-3, max:3, step:0.5}\n"
    "x = torch.tensor(value, requires_grad=True)\n"
    "y = x ** 2\n"
    "\n"
    "# %% [markdown] lang=\"vi\" tags=[\"question\"] hide=[\"x.grad\"] slideshow={\"slide_type\": "
    "\"slide\"}\n"
    "# ## `x.grad` là bao nhiêu?\n"
    "#\n"
    "# - [ ] 2 — *lấy số mũ*\n"
    "# - [x] 4 — *đạo hàm của x² là 2x*\n"
    "\n"
    "# %% [markdown] lang=\"en\" tags=[\"question\"] hide=[\"x.grad\"] slideshow={\"slide_type\": "
    "\"slide\"}\n"
    "# ## What is `x.grad`?\n"
    "#\n"
    "# - [ ] 2 — *takes the exponent*\n"
    "# - [x] 4 — *the derivative of x² is 2x*\n"
    "\n"
    "# %% Backward id=\"backward\" slideshow={\"slide_type\": \"fragment\"}\n"
    "y.backward()\n"
    "print(x.grad)\n"
    "\n"
    "# %% [markdown] lang=\"vi\" tags=[\"exercise\"] slideshow={\"slide_type\": \"subslide\"}\n"
    "# ## Đến lượt bạn\n"
    "#\n"
    "# Đổi `y` thành `x ** 3`. Đoán `x.grad` trước khi chạy lại.\n"
    "\n"
    "# %% [markdown] lang=\"en\" tags=[\"exercise\"] slideshow={\"slide_type\": \"subslide\"}\n"
    "# ## Your turn\n"
    "#\n"
    "# Change `y` to `x ** 3`. Guess `x.grad` before you run it again.\n"
    "\n"
    "# %% [markdown] lang=\"vi\" tags=[\"remember\"]\n"
    "# **Ghi nhớ: một câu ở lại sau bài học.**\n"
    "\n"
    "# %% [markdown] lang=\"en\" tags=[\"remember\"]\n"
    "# **Remember: one sentence that stays.**\n";

static int write_lesson(const char *path)
{
    struct error err = { 0 };
    struct text text = { 0 };

    if (text_ends_with(path, ".ipynb")) {
        error_set(
            &err,
            "a new lesson is a script: call it FILE.lesson.py; \"gradlight export FILE.lesson.py "
            "-o %s\" makes a notebook of it",
            path);
        return cli_fail(STATUS_OUTPUT, &err);
    }
    if (access(path, F_OK) == 0) {
        error_set(&err, "%s is there already; choose another name", path);
        return cli_fail(STATUS_OUTPUT, &err);
    }
    text_append(&text, template, sizeof(template) - 1);
    const bool good = output_write(path, &text, &err);
    text_finish(&text);
    if (!good) {
        return cli_fail(STATUS_OUTPUT, &err);
    }
    output_line(stdout, "%s", path);
    return STATUS_GOOD;
}

int cli_new(int count, char **argv)
{
    const char *help = NULL, *rest[1];
    const struct option options[] = {
        { "help", 'h', NULL, "show this", &help },
        { 0 },
    };
    struct error err = { 0 };
    size_t found;

    if (!options_read(options, count, argv, rest, 1, &found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    if (help) {
        return cli_help(
            "new", "FILE",
            "Writes a small lesson in both languages, with a question, notes and a sentence "
            "to remember, to be changed into your own.",
            options);
    }
    if (!cli_one_file(rest, found, &err)) {
        return cli_fail(STATUS_USAGE, &err);
    }
    return write_lesson(rest[0]);
}
