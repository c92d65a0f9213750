#include "app/command/copy.h"

#include <stdio.h>
#include <string.h>

#include "render/code/code.h"

enum { COPIED_BYTES = 4096, SAID_BYTES = 60 };

/* A line of the cell without its indentation. */
static const char *line_text(struct app *app, const struct code_marks *marks)
{
    const struct trace_cell *const cell = trace_code_cell(session_trace(app->session), marks->cell);
    size_t start, length;

    if (!cell) {
        return "";
    }
    code_line_range(cell, (int)marks->line, &start, &length);
    while (length > 0 && cell->text.bytes[start] == ' ') {
        start++;
        length--;
    }
    return arena_copy_text(&app->scratch, cell->text.bytes + start, length);
}

static const char *marked_text(struct app *app)
{
    const struct view view = app_view(app, 0, 0);
    const struct code_marks marks = code_marks_at(&view);
    const struct trace *const trace = session_trace(app->session);
    const struct span *const span = marks.linked.cell ? &marks.linked : &marks.span;
    const char *const text = trace_span_text(trace, span, COPIED_BYTES, &app->scratch);

    return text[0] ? text : line_text(app, &marks);
}

void copy_code(struct app *app)
{
    const char *const text = marked_text(app);
    char said[2 * SAID_BYTES];
    size_t shown = strlen(text);

    if (!text[0]) {
        return;
    }
    window_copy(app->window, text);
    if (shown > SAID_BYTES) {
        shown = SAID_BYTES;
        while (shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80) {
            shown--;
        }
    }
    snprintf(said, sizeof(said), "%s %.*s%s", words_in(app->words, app->view.language, "Copied:"),
             SAID_BYTES, text, strlen(text) > SAID_BYTES ? "…" : "");
    app_say(app, said);
}
