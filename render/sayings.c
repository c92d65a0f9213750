#include "render/sayings.h"

#include <stddef.h>
#include <string.h>

enum { BLANKS = 3, LONGEST = ERROR_TEXT_SIZE };

/* As lessons/runner says them. */
static const char *const refusals[] = {
    WORD("a lesson may not use the network: nothing comes into its box or leaves it. Bring the "
         "files from elsewhere and put them beside the lesson"),
    WORD("a lesson may not start programs: in its box there is nothing but Python"),
    WORD("a lesson may not start processes: one is all that its box has; threads work"),
    WORD("a lesson may not change files: it runs in a box that can only read. What it prints and "
         "computes is in its trace"),
    WORD("a lesson may not write files: it runs in a box that can only read. What it prints and "
         "computes is in its trace"),
    WORD("a lesson may not leave its folder: names of files begin there. Write the folder into "
         "the name, as in data/x.csv"),
    WORD("a lesson may not change its limits: they are those of its box"),
    WORD("a lesson may not set a trace function: it is being recorded with one. At full speed, "
         "with --no-trace, it may"),
    WORD("a lesson may not set a profile function: it is being recorded. At full speed, with "
         "--no-trace, it may"),
    WORD("a lesson may not read {0}: what lies beside it is read only when you allow it, in the "
         "window or with --allow-read"),
    WORD("a lesson may not read {0}: it sees Python's library and numpy, and when you allow it "
         "what lies in its own folder"),
    WORD("a lesson may not read {0}: its box is strict, and no file can be opened in it. You chose "
         "that with --strict-box or in the window, as this kernel lacks Landlock"),
    WORD("{0} cannot be imported: the lesson's box is strict, and has nothing but the most used "
         "of Python's library, numpy, and Gradlight's torch and torchvision"),
    WORD("this lesson was not run: the kernel has neither Landlock nor seccomp, so that it could "
         "do whatever you can. Run only what you know, with --no-box"),
};

/* As client.c, session.c and recording.c say them, and whoever reads or writes a file. A blank may be
 * a reason or one of these again. */
static const char *const troubles[] = {
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
    WORD("the lesson went on computing after it had ended"),
    WORD("the lesson went on after it had ended"),
    WORD("the lesson's process left before it answered"),
    WORD("the lesson's process did not answer within 20 seconds"),
    WORD("cannot read {0}: {1}; settings are not remembered"),
    WORD("cannot read the lessons in {0}: {1}"),
    WORD("cannot read {0}: {1}"),
    WORD("cannot write the PDF: {0}"),
    WORD("cannot write the film: {0}"),
    WORD("cannot write {0}: {1}"),
    WORD("cannot make the folder {0}: {1}"),
    WORD("cannot look into {0}: {1}"),
    WORD("the graph is laid out more plainly: {0}; build or install Gradlight again"),
    WORD("gradlight-layout gives no answer that can be used"),
    WORD("cannot start {0}: {1}; build or install Gradlight again"),
    WORD("cannot start {0}: {1}"),
    WORD("nothing can be written beside the window: {0}"),
    WORD("ffmpeg cannot be started: {0}"),
    WORD("ffmpeg could not write {0}: {1}"),
    WORD("an MP4 needs the program ffmpeg, which is not installed; install it, or choose gif"),
    WORD("{0} ends in no format that is known here; choose one of png, svg, pdf, dot, html, gif or "
         "mp4, or say it with --format"),
    WORD("{0} is a folder; give a lesson in it"),
    WORD("{0} is a device or a pipe; give a file"),
    WORD("{0} is empty"),
    WORD("{0} has only narrative: there is no code cell to run"),
    WORD("{0}: the lesson is empty: it has no cell"),
    WORD("{0}: the lesson has {1} bytes; at most {2} are read"),
    WORD("{0}: line {1} is code within a narrative cell: begin a code cell before it with a line "
         "\"# %%\""),
    WORD("{0}: byte {1} is zero: this is not a Python script but a binary file"),
    WORD("{0}: line {1} is not UTF-8 text: save the file as UTF-8"),
    WORD("{0}: the file is not UTF-8 text: save it as UTF-8"),
    WORD("{0}: this notebook cannot be read (was it copied whole?): {1}"),
    WORD("{0}: this is no notebook: it has no version (nbformat); open it in Jupyter to see"),
    WORD("{0}: this is no notebook: it has no list of cells; open it in Jupyter to see"),
    WORD("{0}: this notebook has version {1}; only version 4 is read: open it in Jupyter and save "
         "it again"),
    WORD("{0}: this notebook is written in {1}; only Python is run"),
    WORD("{0}: line {1} is not understood; write name = value"),
    WORD("{0}: lines {1} are not understood; write name = value"),
    WORD("keys.{0} in the settings: there is no key “{1}”"),
    WORD("keys.{0} in the settings: there is no command “{1}”"),
    WORD("keys.{0} in the settings: there are more keys than there is room for, from “{1}”"),
    WORD("keys.{0} in the settings: keys.{1} has it too: “{2}”"),
    WORD("{0}: this path is too long"),
    WORD("{0} is a trace: a recorded run cannot be run again"),
    WORD("no lesson may read {0}, where more lies than lessons: put it into a folder of its own, "
         "with its files"),
};

/* As system_error says them, and output.c. */
static const char *const reasons[] = {
    WORD("there is no such file or folder"),
    WORD("you have no permission"),
    WORD("it can only be read"),
    WORD("the disk is full"),
    WORD("your share of the disk is used up"),
    WORD("it is a folder"),
    WORD("it is no folder"),
    WORD("it is there already"),
    WORD("the folder is not empty"),
    WORD("too many files are open"),
    WORD("the name is too long"),
    WORD("the file is too large"),
    WORD("the links lead round in a circle"),
    WORD("the disk or device has failed"),
    WORD("there is not enough memory"),
    WORD("too many processes run already"),
    WORD("it is in use"),
    WORD("it is no program for this machine"),
    WORD("it is a device or a pipe; name a file"),
    WORD("it is the lesson itself; choose another name"),
};

struct table {
    const char *const *patterns;
    size_t count;
};

#define TABLE(array) (&(struct table){ array, sizeof(array) / sizeof((array)[0]) })

struct blank {
    const char *bytes;
    size_t length;
};

/* "{0}" … at the beginning: which; -1: no blank. */
static int blank_at(const char *pattern)
{
    return pattern[0] == '{' && pattern[1] >= '0' && pattern[1] < '0' + BLANKS && pattern[2] == '}'
               ? pattern[1] - '0'
               : -1;
}

/* What stands in the blanks; false when the text was not made from that pattern. A blank is as long as can
 * be: what follows a path is short of what a path may hold. */
static bool match(const char *pattern, const char *said, struct blank *blanks)
{
    while (*pattern && blank_at(pattern) < 0) {
        if (*pattern++ != *said++) {
            return false;
        }
    }
    if (!*pattern) {
        return !*said;
    }
    struct blank *const blank = &blanks[blank_at(pattern)];
    for (size_t length = strlen(said) + 1; length-- > 0;) {
        if (match(pattern + strlen("{0}"), said + length, blanks)) {
            *blank = (struct blank){ said, length };
            return true;
        }
    }
    return false;
}

struct teller {
    const struct words *words;
    enum language language;
    struct arena *arena;
    bool nests; /* what stands in a blank may be such a sentence, too */
};

static const char *tell_any(const struct teller *teller, const char *said);

static const char *fill(const struct teller *teller, const char *pattern,
                        const struct blank *blanks)
{
    struct text text = { 0 };

    for (const char *at = words_in(teller->words, teller->language, pattern); *at;) {
        const int index = blank_at(at);
        if (index < 0) {
            text_append(&text, at++, 1);
            continue;
        }
        const char *const copy =
            arena_copy_text(teller->arena, blanks[index].bytes, blanks[index].length);
        text_append_string(&text, teller->nests ? tell_any(teller, copy) : copy);
        at += strlen("{0}");
    }
    const char *const filled = arena_copy_text(teller->arena, text_string(&text), text.length);
    text_finish(&text);
    return filled;
}

static const char *tell(const struct teller *teller, const struct table *table, const char *said)
{
    struct blank blanks[BLANKS] = { 0 };

    if (memchr(said, '\0', LONGEST) == NULL) {
        return said;
    }
    for (size_t i = 0; i < table->count; i++) {
        if (match(table->patterns[i], said, blanks)) {
            return fill(teller, table->patterns[i], blanks);
        }
    }
    return said;
}

static const char *tell_any(const struct teller *teller, const char *said)
{
    const char *const told = tell(teller, TABLE(troubles), said);

    return told != said ? told : tell(teller, TABLE(reasons), said);
}

const char *trouble_in(const struct words *words, enum language language, const char *trouble,
                       struct arena *arena)
{
    return tell_any(&(struct teller){ words, language, arena, true }, trouble);
}

const char *refusal_in(const struct words *words, enum language language, const char *text,
                       struct arena *arena)
{
    return tell(&(struct teller){ words, language, arena, false }, TABLE(refusals), text);
}
