#include "app/session/trouble.h"

#include <stddef.h>
#include <string.h>

/* As client.c, session.c and recording.c say them; {0} is a number or what the reader says. */
static const char *const sayings[] = {
    WORD("the lesson took more than {0} MB of memory, which is as much as one may take"),
    WORD("the lesson took more than {0} MB of memory, which is as much as one with the GPU may "
         "take"),
    WORD("the machine's memory was nearly used up, and a lesson with the GPU, whose memory has no "
         "limit, was running"),
    WORD("the lesson started more than {0} threads, which is as many as one may have"),
    WORD("the lesson did not listen to Stop and was ended"),
    WORD("the lesson closed its trace and went on without it"),
    WORD("the lesson took longer than its time limit"),
    WORD("the lesson wrote more than 64 MB past Python's print"),
    WORD("the trace grew larger than what is kept of a run"),
    WORD("the runner did not start within 20 seconds"),
    WORD("the runner was ended by signal {0}"),
    WORD("the lesson left its process, with status {0}, before it was finished"),
    WORD("the runner left at once, with status {0}: build or install Gradlight again"),
    WORD("the trace can be read only in part: {0}"),
};

/* Where the blank's text stands in `said`; false when it was not made from that pattern. */
static bool match(const char *pattern, const char *said, size_t *from, size_t *length)
{
    const char *const blank = strstr(pattern, "{0}");
    const size_t before = blank ? (size_t)(blank - pattern) : strlen(pattern);
    const char *const after = blank ? blank + strlen("{0}") : pattern + before;
    const size_t rest = strlen(after), whole = strlen(said);

    *from = before;
    *length = whole >= before + rest ? whole - before - rest : 0;
    return whole >= before + rest && (blank || *length == 0) &&
           strncmp(said, pattern, before) == 0 && strcmp(said + whole - rest, after) == 0;
}

const char *trouble_in(const struct words *words, enum language language, const char *trouble,
                       struct arena *arena)
{
    size_t from, length;

    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++) {
        if (match(sayings[i], trouble, &from, &length)) {
            const char *const said = words_in(words, language, sayings[i]);
            const char *const blank = strstr(said, "{0}");
            return !blank ? said
                          : arena_format(arena, "%.*s%.*s%s", (int)(blank - said), said,
                                         (int)length, trouble + from, blank + strlen("{0}"));
        }
    }
    return trouble;
}
