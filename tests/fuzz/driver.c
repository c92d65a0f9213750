/* Runs a fuzz target without libFuzzer: every file of the corpus as it is, then what a seeded
 * generator makes of them, until the time is up.
 *
 *     fuzz_trace SECONDS SEED FOLDER|FILE...
 *
 * The same seed gives the same inputs in the same order. An input that does harm, or takes longer
 * than PATIENCE, is left in the file fuzz-NAME-SEED.input. */

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/array.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"

enum { INPUT_MAX = 1 << 20, PATIENCE = 60 /* seconds */, CHANGES_MAX = 6 };

struct corpus {
    struct text *inputs;
    size_t count, capacity;
};

/* ---- harm ------------------------------------------------------------------------------------- */

/* What a signal handler may look at. */
static struct {
    const char *bytes;
    size_t length;
    char path[256];
} under_way;

static void keep_input(void)
{
    const int file = open(under_way.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t put = 0;
    while (file >= 0 && put < under_way.length) {
        const ssize_t more = write(file, under_way.bytes + put, under_way.length - put);
        if (more <= 0) {
            break;
        }
        put += (size_t)more;
    }
    static const char said[] = "the input that did harm is kept in ";
    if (write(STDERR_FILENO, said, sizeof(said) - 1) > 0 &&
        write(STDERR_FILENO, under_way.path, strlen(under_way.path)) > 0 &&
        write(STDERR_FILENO, "\n", 1) > 0) {
        close(file);
    }
}

static void on_harm(int number)
{
    keep_input();
    signal(number, SIG_DFL);
    raise(number);
}

/* Of the address sanitizer, where the program is built with it. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void watch(const char *program, const char *seed)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM };
    const char *const slash = strrchr(program, '/');
    snprintf(under_way.path, sizeof(under_way.path), "%s-%s.input", slash ? slash + 1 : program,
             seed);
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(keep_input);
        signal(SIGALRM, on_harm);
        return;
    }
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        signal(signals[i], on_harm);
    }
}

static void try_input(const struct text *input)
{
    under_way.bytes = input->bytes;
    under_way.length = input->length;
    alarm(PATIENCE);
    LLVMFuzzerTestOneInput((const uint8_t *)text_string(input), input->length);
    alarm(0);
}

/* ---- the corpus ------------------------------------------------------------------------------- */

static void add_file(struct corpus *corpus, const char *path)
{
    struct text input = { 0 };
    struct error err = { 0 };
    if (!file_read(path, INPUT_MAX, &input, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(2);
    }
    corpus->inputs = array_reserve(corpus->inputs, &corpus->capacity, corpus->count + 1,
                                   sizeof(*corpus->inputs));
    corpus->inputs[corpus->count++] = input;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their names, so that a seed means the same everywhere. */
static void add_place(struct corpus *corpus, const char *place)
{
    struct stat about;
    struct dirent **entries;
    if (stat(place, &about) == 0 && !S_ISDIR(about.st_mode)) {
        add_file(corpus, place);
        return;
    }
    const int count = scandir(place, &entries, is_visible, alphasort);
    if (count < 1) {
        fprintf(stderr, "%s: no corpus\n", place);
        exit(2);
    }
    for (int i = 0; i < count; i++) {
        struct text path = { 0 };
        text_format(&path, "%s/%s", place, entries[i]->d_name);
        add_file(corpus, path.bytes);
        text_finish(&path);
        free(entries[i]);
    }
    free(entries);
}

/* ---- changes ---------------------------------------------------------------------------------- */

struct maker {
    uint64_t seed;
    const struct corpus *corpus;
};

/* xorshift64*: the same numbers on every machine. */
static size_t draw(struct maker *maker, size_t below)
{
    maker->seed ^= maker->seed >> 12;
    maker->seed ^= maker->seed << 25;
    maker->seed ^= maker->seed >> 27;
    return below > 0 ? (size_t)((maker->seed * 0x2545f4914f6cdd1d) >> 17) % below : 0;
}

/* Takes `out` away from [at, at + length) and puts the bytes there. */
static void replace(struct text *input, size_t at, size_t length, const char *bytes, size_t put)
{
    struct text made = { 0 };
    text_append(&made, input->bytes, at);
    text_append(&made, bytes, put);
    text_append(&made, input->bytes + at + length, input->length - at - length);
    text_finish(input);
    *input = made;
}

static void change_byte(struct maker *maker, struct text *input)
{
    static const char likely[] = "\0\x01\x7f\x80\xff\xfe\n\r\t \"'\\#%[]{}(),:=-+.0123456789eE";
    const size_t at = draw(maker, input->length);
    const size_t way = draw(maker, 3);
    if (way == 0) {
        input->bytes[at] = (char)(input->bytes[at] ^ 1 << draw(maker, 8));
    } else if (way == 1) {
        input->bytes[at] = (char)draw(maker, 256);
    } else {
        input->bytes[at] = likely[draw(maker, sizeof(likely) - 1)];
    }
}

/* A run of digits becomes a number at one of the edges where arithmetic goes wrong. */
static void change_number(struct maker *maker, struct text *input)
{
    static const char *const edges[] = {
        "0",          "1",          "2",           "-1",         "3",
        "7",          "64",         "255",         "256",        "4096",
        "65535",      "65536",      "1000000",     "2147483647", "2147483648",
        "4294967295", "4294967296", "-2147483648", "1e308",      "9007199254740992",
        "1e-320",     "1e999",      "-0",          "0.5",        "9223372036854775807",
        "\"nan\"",    "\"inf\"",    "null",        "true",       "18446744073709551616",
    };
    for (size_t tries = 0; tries < 64; tries++) {
        size_t at = draw(maker, input->length), end = at;
        if (input->bytes[at] < '0' || input->bytes[at] > '9') {
            continue;
        }
        while (at > 0 && input->bytes[at - 1] >= '0' && input->bytes[at - 1] <= '9') {
            at--;
        }
        while (end < input->length && input->bytes[end] >= '0' && input->bytes[end] <= '9') {
            end++;
        }
        const char *const edge = edges[draw(maker, sizeof(edges) / sizeof(*edges))];
        replace(input, at, end - at, edge, strlen(edge));
        return;
    }
    change_byte(maker, input);
}

/* Binary counts and sizes, in little endian. */
static void change_word(struct maker *maker, struct text *input)
{
    static const uint64_t edges[] = { 0,
                                      1,
                                      0x7f,
                                      0x80,
                                      0xff,
                                      0x7fff,
                                      0xffff,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      0x7fffffffffffffff,
                                      0xffffffffffffffff,
                                      0x7ff0000000000000,
                                      0x7f800000 };
    const size_t size = (size_t)1 << draw(maker, 4);
    const uint64_t word = edges[draw(maker, sizeof(edges) / sizeof(*edges))];
    if (input->length < size) {
        return;
    }
    const size_t at = draw(maker, input->length - size + 1);
    for (size_t i = 0; i < size; i++) {
        input->bytes[at + i] = (char)(word >> 8 * i & 0xff);
    }
}

/* A stretch goes, or comes again somewhere. Often a whole line. */
static void move_stretch(struct maker *maker, struct text *input)
{
    size_t from = draw(maker, input->length), to = from + 1 + draw(maker, 64);
    if (draw(maker, 2) == 0) {
        const char *const end = memchr(input->bytes + from, '\n', input->length - from);
        while (from > 0 && input->bytes[from - 1] != '\n') {
            from--;
        }
        to = end ? (size_t)(end - input->bytes) + 1 : input->length;
    }
    to = to < input->length ? to : input->length;
    char *const kept = memory_copy_text(input->bytes + from, to - from);
    const size_t way = draw(maker, 3);
    if (way != 0) {
        replace(input, from, to - from, "", 0);
    }
    if (way != 1) {
        const size_t times = draw(maker, 40) == 0 ? 1 + draw(maker, 200) : 1;
        const size_t at = draw(maker, input->length + 1);
        for (size_t i = 0; i < times && input->length < INPUT_MAX; i++) {
            replace(input, at, 0, kept, to - from);
        }
    }
    free(kept);
}

/* A stretch of another file of the corpus. */
static void take_from_other(struct maker *maker, struct text *input)
{
    const struct text *const other = &maker->corpus->inputs[draw(maker, maker->corpus->count)];
    const size_t from = draw(maker, other->length);
    size_t length = 1 + draw(maker, 256);
    length = length < other->length - from ? length : other->length - from;
    if (other->length > 0) {
        replace(input, draw(maker, input->length + 1), 0, other->bytes + from, length);
    }
}

static void cut(struct maker *maker, struct text *input)
{
    const size_t left = draw(maker, input->length);
    replace(input, left, input->length - left, "", 0);
}

static void change(struct maker *maker, struct text *input)
{
    const size_t way = draw(maker, 100);
    if (input->length == 0 || way < 8) {
        take_from_other(maker, input);
    } else if (way < 40) {
        change_number(maker, input);
    } else if (way < 65) {
        change_byte(maker, input);
    } else if (way < 75) {
        change_word(maker, input);
    } else if (way < 97) {
        move_stretch(maker, input);
    } else {
        cut(maker, input);
    }
}

static void try_made(struct maker *maker)
{
    const struct text *const from = &maker->corpus->inputs[draw(maker, maker->corpus->count)];
    struct text input = { 0 };
    text_append(&input, from->bytes, from->length);
    for (size_t changes = 1 + draw(maker, CHANGES_MAX); changes > 0; changes--) {
        change(maker, &input);
    }
    if (input.length <= INPUT_MAX) {
        try_input(&input);
    }
    text_finish(&input);
}

static double clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int count, char **words)
{
    struct corpus corpus = { 0 };
    size_t made = 0;
    if (count < 4) {
        fprintf(stderr, "%s SECONDS SEED FOLDER|FILE...\n", words[0]);
        return 2;
    }
    const double seconds = (double)strtoul(words[1], NULL, 10), begun = clock_now();
    for (int i = 3; i < count; i++) {
        add_place(&corpus, words[i]);
    }
    watch(words[0], words[2]);
    LLVMFuzzerInitialize(&count, &words);
    for (size_t i = 0; i < corpus.count; i++) {
        try_input(&corpus.inputs[i]);
    }
    struct maker maker = { 88172645463325252 + strtoul(words[2], NULL, 10), &corpus };
    for (; clock_now() - begun < seconds; made++) {
        try_made(&maker);
    }
    printf("%zu files of the corpus, %zu inputs made of them\n", corpus.count, made);
    for (size_t i = 0; i < corpus.count; i++) {
        text_finish(&corpus.inputs[i]);
    }
    free(corpus.inputs);
    return 0;
}
