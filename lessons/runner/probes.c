#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/memory.h"
#include "engine/probe/check.h"
#include "lessons/runner/probes_answer.h"

enum { LINE_MAX_BYTES = 64 << 10 };

void answer_add(struct answer *answer, const char *name, struct argument member)
{
    assert(answer->count < ANSWER_MEMBERS);
    member.name = name;
    answer->members[answer->count++] = member;
}

void answer_number(struct answer *answer, const char *name, double number)
{
    answer_add(answer, name, (struct argument){ .kind = ARGUMENT_NUMBER, .number = number });
}

void answer_text(struct answer *answer, const char *name, const char *text)
{
    answer_add(answer, name,
               (struct argument){ .kind = ARGUMENT_STRING, .string = { text, strlen(text) } });
}

void answer_truth(struct answer *answer, const char *name, bool truth)
{
    answer_add(answer, name, (struct argument){ .kind = ARGUMENT_BOOL, .number = truth });
}

void answer_tell(const struct answer *answer)
{
    outlet_write(answer->probes->outlet,
                 &(struct record){
                     .kind = RECORD_PROBE,
                     .probe = { answer->what, answer->members, answer->count },
                 });
    outlet_flush(answer->probes->outlet, true);
}

/* ---- check ------------------------------------------------------------------------------------- */

static void add_check(struct answer *answer, const struct check_answer *check)
{
    if (check->verdict == CHECK_REFUSED) {
        answer_text(answer, "refused", answer->err.text);
        if (check->node) {
            answer_text(answer, "node", check->node);
        }
    } else {
        answer_truth(answer, "agrees", check->verdict == CHECK_AGREES);
    }
    if (check->verdict != CHECK_REFUSED || check->kink) {
        answer_number(answer, "autograd", check->autograd);
        answer_number(answer, "difference", check->difference);
        answer_number(answer, "left", check->left);
        answer_number(answer, "right", check->right);
        answer_number(answer, "step", check->step);
    }
    if (check->hooked) {
        answer_truth(answer, "hooked", true);
    }
}

static void answer_check(struct answer *answer, const struct json *question)
{
    const struct probes *probes = answer->probes;
    const int64_t walk_id = json_find_whole(question, "b", 0);
    const int64_t tensor = json_find_whole(question, "t", 0);
    const int64_t element = json_find_whole(question, "element", 0);
    struct check_answer check = { .verdict = CHECK_REFUSED };
    struct error *const err = &answer->err;
    size_t leaf = SIZE_MAX;
    if (recorder_knows_tensor(probes->recorder, tensor)) {
        answer_add(answer, "of", (struct argument){ .kind = ARGUMENT_TENSOR, .id = tensor });
    }
    answer_number(answer, "b", (double)walk_id);
    answer_number(answer, "element", (double)element);
    const struct tape_walk *walk = recorder_walk(probes->recorder, walk_id);
    if (!walk) {
        error_set(err, "so many backward passes came after it that this one is no longer kept");
    } else if ((leaf = recorder_leaf(probes->recorder, walk, tensor)) == SIZE_MAX) {
        error_set(err, "%s", walk->why ? walk->why : "it is no leaf of this backward");
        check.node = walk->node;
    } else {
        check = check_gradient(probes->engine, walk, leaf, element, err);
    }
    add_check(answer, &check);
}

/* ---- questions --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*answer)(struct answer *answer, const struct json *question);
} kinds[] = {
    { "check", answer_check }, { "surface", answer_surface }, { "race", answer_race },
    { "fit", answer_fit },     { "timing", answer_timing },
};

void probes_answer(const struct probes *probes, const char *line, size_t length)
{
    struct arena arena = { 0 };
    struct answer answer = { .probes = probes };
    const struct json *question = json_parse(&arena, line, length, &answer.err);
    const char *name = question ? json_find_string(question, "probe", "") : "";
    answer.what = name;
    size_t kind = 0;
    while (kind < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[kind].name, name) != 0) {
        kind++;
    }
    if (kind < sizeof(kinds) / sizeof(kinds[0])) {
        kinds[kind].answer(&answer, question);
    } else {
        answer_text(&answer, "refused", "there is no such question");
    }
    answer_tell(&answer);
    arena_finish(&answer.arena);
    arena_finish(&arena);
}

static bool read_more(struct text *text, int fd)
{
    char bytes[4096];
    ssize_t got;
    do {
        got = read(fd, bytes, sizeof(bytes));
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        text_append(text, bytes, (size_t)got);
    }
    return got > 0 && text->length <= LINE_MAX_BYTES;
}

void probes_serve(const struct probes *probes, int fd)
{
    struct text text = { 0 };
    while (read_more(&text, fd)) {
        size_t done = 0;
        for (const char *end;
             text.length > done && (end = memchr(text.bytes + done, '\n', text.length - done));) {
            const size_t length = (size_t)(end - text.bytes) - done;
            probes_answer(probes, text.bytes + done, length);
            done += length + 1;
        }
        memmove(text.bytes, text.bytes + done, text.length - done);
        text.length -= done;
    }
    text_finish(&text);
}
