#include "render/plots/printed.h"

#include <math.h>
#include <string.h>

#include "engine/base/text.h"

/* Of more the curve would cost more than it tells. */
enum { OPS_MOST = 200000, TOKENS_MOST = 16, BACK_MOST = 256 };

/* ---- numbers in a text ------------------------------------------------------------------- */

/* A number as it is written, and how far it may be from what it was written for. */
struct token {
    double value, tolerance;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

/* The end of the number at `at`: digits with a point, and an exponent if one follows; *decimals is how
 * many stand behind the point, less the exponent. */
static size_t number_end(const char *bytes, size_t at, size_t length, int *decimals)
{
    size_t end = at;

    for (*decimals = 0; end < length && is_digit(bytes[end]); end++) {
    }
    if (end < length && bytes[end] == '.') {
        const size_t point = end++;
        for (; end < length && is_digit(bytes[end]); end++) {
        }
        *decimals = (int)(end - point - 1);
    }
    if (end + 2 < length && bytes[end] == 'e' && (bytes[end + 1] == '-' || bytes[end + 1] == '+') &&
        is_digit(bytes[end + 2])) {
        const bool below = bytes[end + 1] == '-';
        int exponent = 0;
        for (end += 2; end < length && is_digit(bytes[end]); end++) {
            exponent = exponent < 1000 ? exponent * 10 + (bytes[end] - '0') : exponent;
        }
        *decimals += below ? exponent : -exponent;
    }
    return end;
}

/* Whole numbers stand for themselves alone: they are counts more often than results. */
static bool take_token(const char *bytes, size_t from, size_t end, size_t length, int decimals,
                       struct token *out)
{
    const bool percent = end < length && bytes[end] == '%';
    const bool whole =
        !memchr(bytes + from, '.', end - from) && !memchr(bytes + from, 'e', end - from);

    if (!number_parse(bytes + from, end - from, &out->value)) {
        return false;
    }
    out->tolerance = whole && !percent ? 0 : 0.5000001 * pow(10, -decimals);
    if (decimals == 0 && !percent) {
        out->tolerance = 0; /* "7." */
    }
    if (percent) {
        out->value /= 100;
        out->tolerance /= 100;
    }
    return true;
}

static size_t find_tokens(struct trace_string text, struct token out[TOKENS_MOST])
{
    size_t count = 0;

    for (size_t at = 0; at < text.length && count < TOKENS_MOST;) {
        const bool inside =
            at > 0 && (is_letter(text.bytes[at - 1]) || is_digit(text.bytes[at - 1]));
        if (inside || !is_digit(text.bytes[at])) {
            at++;
            continue;
        }
        const size_t from = at > 0 && text.bytes[at - 1] == '-' ? at - 1 : at;
        int decimals;
        const size_t end = number_end(text.bytes, at, text.length, &decimals);
        count += take_token(text.bytes, from, end, text.length, decimals, &out[count]);
        at = end;
    }
    return count;
}

/* ---- loops ------------------------------------------------------------------------------- */

/* The outermost loop around the record; NO_ITERATION: none. */
static uint32_t outermost_loop(const struct stops *stops, uint32_t record)
{
    uint32_t iteration = stops_iteration_at(stops, record), loop = NO_ITERATION;

    while (iteration != NO_ITERATION) {
        loop = stops_iteration(stops, iteration)->loop;
        iteration = stops_loop(stops, loop)->parent;
    }
    return loop;
}

/* The loop that printed last at the moment, else the first that did. */
static uint32_t printing_loop(const struct run_view *run, const uint32_t *outs, size_t count)
{
    uint32_t found = NO_ITERATION;

    for (size_t i = 0; i < count && (outs[i] < run->moment || found == NO_ITERATION); i++) {
        const uint32_t loop = outermost_loop(run->stops, outs[i]);
        found = loop != NO_ITERATION ? loop : found;
    }
    return found;
}

/* ---- what was printed -------------------------------------------------------------------- */

struct search {
    const struct run_view *run;
    struct arena *arena;
    struct printed *out;
    struct span places[PRINTED_MOST]; /* the expression of each */
    size_t count, room;               /* room: prints in all */
};

static const struct trace_tensor *number_of(const struct run_view *run, const struct trace_op *op)
{
    const struct trace_tensor *const tensor =
        op->record->out.count > 0 ? trace_tensor(run->trace, op->record->out.ids[0]) : NULL;

    return tensor && tensor->count == 1 && op->record->at.cell > 0 && !op->failed ? tensor : NULL;
}

static bool stands_for(const struct token *token, const struct trace_tensor *tensor,
                       uint32_t record, double *value)
{
    const struct trace_value *const now = trace_value_at(tensor, record);

    *value = now && now->count == 1 ? trace_element(now, 0) : (double)NAN;
    return fabs(*value - token->value) <= token->tolerance;
}

static struct printed *printed_at(struct search *search, const struct trace_op *op)
{
    const struct span *const at = &op->record->at;

    for (size_t i = 0; i < search->count; i++) {
        if (memcmp(&search->places[i], at, sizeof(*at)) == 0) {
            return &search->out[i];
        }
    }
    if (search->count == PRINTED_MOST) {
        return NULL;
    }
    struct printed *const one = &search->out[search->count];
    search->places[search->count++] = *at;
    *one = (struct printed){
        .label = run_label(search->run, op->record->out.ids[0], search->arena),
        .values = arena_allocate(search->arena, search->room, sizeof(*one->values)),
        .moments = arena_allocate(search->arena, search->room, sizeof(*one->moments)),
        .tensor = op->record->out.ids[0],
    };
    return one;
}

/* The latest number of the iteration that was written so. */
static void find_number(struct search *search, const struct token *token, int64_t last_op,
                        uint32_t begin, uint32_t record)
{
    const int64_t least = last_op > BACK_MOST ? last_op - BACK_MOST : 0;
    double value;

    for (int64_t id = last_op; id > least; id--) {
        const struct trace_op *const op = trace_op(search->run->trace, id);
        const struct trace_tensor *const tensor = number_of(search->run, op);
        if (op->born < begin) {
            return;
        }
        if (!tensor || !stands_for(token, tensor, record, &value)) {
            continue;
        }
        struct printed *const one = printed_at(search, op);
        if (one && one->count < search->room &&
            (one->count == 0 || one->moments[one->count - 1] < op->born + 1)) {
            one->values[one->count] = value;
            one->moments[one->count++] = op->born + 1;
        }
        return;
    }
}

static int64_t ops_before(const struct trace *trace, uint32_t record)
{
    int64_t low = 0, high = trace_op_count(trace);

    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (trace_op(trace, middle + 1)->born < record) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void read_print(struct search *search, uint32_t record)
{
    const struct trace *const trace = search->run->trace;
    const uint32_t iteration = stops_iteration_at(search->run->stops, record);
    struct token tokens[TOKENS_MOST];
    const size_t count = find_tokens(trace_record(trace, record)->out.text, tokens);
    const int64_t last = ops_before(trace, record);

    for (size_t i = 0; i < count && iteration != NO_ITERATION; i++) {
        find_number(search, &tokens[i], last, stops_iteration(search->run->stops, iteration)->begin,
                    record);
    }
}

size_t printed_numbers(const struct run_view *run, struct printed out[PRINTED_MOST],
                       struct arena *arena)
{
    struct search search = { .run = run, .arena = arena, .out = out };
    const uint32_t *const outs = trace_records_of(run->trace, RECORD_OUT, &search.room);
    size_t kept = 0;

    if (trace_op_count(run->trace) > OPS_MOST) {
        return 0;
    }
    const uint32_t loop = printing_loop(run, outs, search.room);
    for (size_t i = 0; i < search.room && loop != NO_ITERATION; i++) {
        if (outermost_loop(run->stops, outs[i]) == loop) {
            read_print(&search, outs[i]);
        }
    }
    for (size_t i = 0; i < search.count; i++) {
        if (out[i].count > 1) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

bool printed_offered(const struct run_view *run, struct arena *arena)
{
    struct printed out[PRINTED_MOST];

    return printed_numbers(run, out, arena) > 0;
}
