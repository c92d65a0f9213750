#include "app/session/checks.h"

#include <stdio.h>

#include "lessons/trace/state.h"

enum { QUESTIONS_MAX = 512, ELEMENTS_MAX = 16 };

struct asking {
    struct session *session;
    int asked;
};

static bool ask(struct asking *asking, const struct record_accumulate *record, int64_t element,
                struct error *err)
{
    char question[160];

    snprintf(question, sizeof(question),
             "{\"probe\":\"check\",\"b\":%lld,\"t\":%lld,\"element\":%lld}",
             (long long)record->backward, (long long)record->tensor, (long long)element);
    asking->asked++;
    return session_ask(asking->session, question, err);
}

/* The first few, and the first that has a gradient: that is the one that is shown. */
static bool ask_tensor(struct asking *asking, const struct record_accumulate *record,
                       struct error *err)
{
    const struct trace_tensor *const grad =
        trace_tensor(session_trace(asking->session), record->grad);
    const struct trace_value *const value = grad ? trace_value_at(grad, NEVER) : NULL;
    const size_t count = value && !value->sampled ? value->count : 0;
    size_t shown = 0;

    while (shown + 1 < count && trace_element(value, shown) == 0) {
        shown++;
    }
    for (size_t i = 0; i < count && asking->asked < QUESTIONS_MAX; i++) {
        if ((i < ELEMENTS_MAX || i == shown) && !ask(asking, record, (int64_t)i, err)) {
            return false;
        }
    }
    return true;
}

bool checks_ask(struct session *session, struct error *err)
{
    const struct trace *const trace = session_trace(session);
    struct asking asking = { .session = session };
    size_t count;
    const uint32_t *const records = trace_records_of(trace, RECORD_ACCUMULATE, &count);

    for (size_t i = 0; i < count && asking.asked < QUESTIONS_MAX; i++) {
        if (!ask_tensor(&asking, &trace_record(trace, records[i])->accumulate, err)) {
            return false;
        }
    }
    session_wait(session, NULL, NULL);
    session_release(session);
    return true;
}
