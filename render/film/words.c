#include "render/film/words.h"

#include <string.h>

static const char *value_word(const struct view *view, uint32_t record, bool masked)
{
    (void)view;
    return masked ? "?" : trace_record(view->runs[0].trace, record)->cond.value ? "True" : "False";
}

static const char *cond_word(const struct view *view, uint32_t record, const char *values)
{
    const struct span *const at = &trace_record(view->runs[0].trace, record)->cond.at;

    return arena_format(view->arena, "%s %d: %s", view_word(view, "line"), at->line, values);
}

const char *film_way(const struct view *view, size_t frame, size_t than)
{
    const struct film *const film = view->runs[0].film;
    const bool masked = film_masked(film, frame);
    uint32_t was = NEVER, now = NEVER;

    if (than != NO_FRAME) {
        if (!film_reason(film, frame, than, &was, &now)) {
            return "";
        }
    } else if (film_frame(film, frame)->cond_count > 0) {
        now = film_frame(film, frame)->conds[0];
    }
    if (was != NEVER && now != NEVER) {
        return cond_word(view, now,
                         arena_format(view->arena, "%s → %s",
                                      value_word(view, was, film_masked(film, than)),
                                      value_word(view, now, masked)));
    }
    return now != NEVER ? cond_word(view, now, value_word(view, now, masked)) : "";
}

const char *film_name(const struct view *view, size_t frame)
{
    return arena_format(view->arena, "%s %zu", view_word(view, "Graph"), frame + 1);
}
