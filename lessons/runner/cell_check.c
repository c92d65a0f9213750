#include "lessons/runner/cell_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "lessons/runner/source_lines.h"

struct check {
    void (*tell)(void *owner, const struct cell_fault *fault);
    void *owner;
    size_t errors;
};

__attribute__((format(printf, 3, 4))) static void tell(struct check *check, struct cell_fault fault,
                                                       const char *format, ...)
{
    char text[320];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fault.text = text;
    check->errors += fault.error;
    check->tell(check->owner, &fault);
}

/* ---- marks --------------------------------------------------------------------------------- */

/* A line without its end. */
struct line {
    const char *bytes;
    size_t length;
};

static struct line trimmed(const struct source_line *source)
{
    struct line line = { source->text, source->length };

    while (line.length > 0 && strchr(" \t\r\n", line.bytes[line.length - 1])) {
        line.length--;
    }
    return line;
}

static bool begins(struct line line, const char *with)
{
    const size_t length = strlen(with);

    return line.length >= length && memcmp(line.bytes, with, length) == 0;
}

/* What VS Code takes for the beginning of a cell, though others may not. */
static bool is_mark(struct line line)
{
    return begins(line, "# %%") || begins(line, "#%%");
}

static bool is_key(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = word[i];
        if (!((c >= 'a' && c <= 'z') ||
              (i > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '_')))) {
            return false;
        }
    }
    return length > 0;
}

/* The end of the word at p: blanks within quotes and brackets belong to it. */
static const char *word_end(const char *p, const char *end)
{
    int depth = 0;
    bool quoted = false;

    for (; p < end && (quoted || depth > 0 || (*p != ' ' && *p != '\t')); p++) {
        if (quoted && *p == '\\' && p + 1 < end) {
            p++;
        } else if (*p == '"') {
            quoted = !quoted;
        } else if (!quoted) {
            depth += (*p == '[' || *p == '{') - (*p == ']' || *p == '}');
        }
    }
    return p;
}

/* A mark taken apart. */
enum { PAIRS_MOST = 24 };
struct mark {
    const char *kind; /* "", "[markdown]", "[raw]" */
    bool early;       /* the kind stands right behind the percent signs */
    struct text title;
    struct pair {
        struct line key, value;
        const struct json *json; /* NULL: its value is no JSON */
    } pairs[PAIRS_MOST];
    size_t pair_count;
    bool crowded; /* more keys than these */
    bool spaced;  /* "# %% …", one blank after the hash and after the percent signs */
    bool short_kind;
};

static bool take_kind(struct mark *mark, struct line word, bool first)
{
    const bool markdown = begins(word, "[markdown]") || begins(word, "[md]");

    if (mark->kind[0] || (!markdown && !begins(word, "[raw]"))) {
        return false;
    }
    mark->kind = markdown ? "[markdown]" : "[raw]";
    mark->short_kind = begins(word, "[md]");
    mark->early = first;
    return true;
}

static bool take_pair(struct mark *mark, struct line word, struct arena *arena)
{
    const char *const sign = memchr(word.bytes, '=', word.length);

    if (!sign || !is_key(word.bytes, (size_t)(sign - word.bytes))) {
        return false;
    }
    if (mark->pair_count == PAIRS_MOST) {
        mark->crowded = true;
        return true;
    }
    const size_t length = word.length - (size_t)(sign + 1 - word.bytes);
    mark->pairs[mark->pair_count++] = (struct pair){
        .key = { word.bytes, (size_t)(sign - word.bytes) },
        .value = { sign + 1, length },
        .json = json_parse(arena, sign + 1, length, NULL),
    };
    return true;
}

static struct mark take_apart(struct line line, struct arena *arena)
{
    struct mark mark = { .kind = "", .spaced = begins(line, "# %%") };
    const char *const end = line.bytes + line.length;
    const char *p = memchr(line.bytes, '%', line.length);

    while (p < end && *p == '%') {
        p++;
    }
    mark.spaced = mark.spaced && (p == end || *p == ' ');
    for (bool first = true; p < end; first = false) {
        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }
        const struct line word = { p, (size_t)(word_end(p, end) - p) };
        p += word.length;
        if (word.length > 0 && !take_kind(&mark, word, first) && !take_pair(&mark, word, arena)) {
            text_append_string(&mark.title, mark.title.length > 0 ? " " : "");
            text_append(&mark.title, word.bytes, word.length);
        }
    }
    return mark;
}

static bool is_known(struct line key)
{
    static const char *const known[] = { "lang",    "tags",    "hide", "slideshow",
                                         "session", "minutes", "id" };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (key.length == strlen(known[i]) && memcmp(key.bytes, known[i], key.length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_language(const struct json *value)
{
    return value->kind == JSON_STRING &&
           (strcmp(value->string, "vi") == 0 || strcmp(value->string, "en") == 0);
}

static void check_slideshow(struct check *check, int line, const struct json *value)
{
    static const char *const types[] = { "slide", "subslide", "fragment", "skip", "notes", "-" };
    const char *const type = json_find_string(value, "slide_type", "");

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(type, types[i]) == 0) {
            return;
        }
    }
    tell(check, (struct cell_fault){ .line = line, .error = true },
         "slideshow is {\"slide_type\": \"…\"} with slide, subslide, fragment, skip, notes or -");
}

static bool is_called(struct line key, const char *name)
{
    return key.length == strlen(name) && begins(key, name);
}

static bool is_number_key(struct line key)
{
    return is_called(key, "minutes") || is_called(key, "session");
}

static bool is_list_key(struct line key)
{
    return is_called(key, "tags") || is_called(key, "hide");
}

static bool holds_words(const struct json *value)
{
    bool words = value->kind == JSON_ARRAY;

    for (const struct json *item = value->first; words && item; item = item->next) {
        words = item->kind == JSON_STRING;
    }
    return words;
}

/* One word where a list of them stands: it only lacks its brackets. */
static bool is_single(const struct pair *pair)
{
    return is_list_key(pair->key) && (!pair->json || pair->json->kind == JSON_STRING);
}

/* A word that only lacks its quotes; what begins like JSON and is none is not to be guessed. */
static bool is_bare(const struct pair *pair)
{
    return !pair->json && !is_number_key(pair->key) && pair->value.length > 0 &&
           !strchr("[{\"", pair->value.bytes[0]);
}

static void check_pair(struct check *check, int line, const struct pair *pair)
{
    const int key = (int)pair->key.length;

    if (is_number_key(pair->key)) {
        if (!pair->json || pair->json->kind != JSON_NUMBER) {
            tell(check, (struct cell_fault){ .line = line, .error = true },
                 "%.*s is a whole number: %.*s=5", key, pair->key.bytes, key, pair->key.bytes);
        }
    } else if (!pair->json && !is_bare(pair)) {
        tell(
            check, (struct cell_fault){ .line = line, .error = true },
            "the value of %.*s is no JSON: each bracket and quote has its partner, and words stand "
            "in double quotes, as in [\"question\"]",
            key, pair->key.bytes);
    } else if (is_single(pair)) {
        const char *const quote = pair->json ? "" : "\"";
        tell(check, (struct cell_fault){ .line = line, .error = true, .fixable = true },
             "%.*s is a list: write %.*s=[%s%.*s%s]", key, pair->key.bytes, key, pair->key.bytes,
             quote, (int)pair->value.length, pair->value.bytes, quote);
    } else if (is_list_key(pair->key) && !holds_words(pair->json)) {
        tell(check, (struct cell_fault){ .line = line, .error = true },
             "%.*s is a list of words in double quotes: %.*s=[\"…\"]", key, pair->key.bytes, key,
             pair->key.bytes);
    } else if (!pair->json) {
        tell(check, (struct cell_fault){ .line = line, .error = true, .fixable = true },
             "the value of %.*s is no JSON: write %.*s=\"%.*s\"", key, pair->key.bytes, key,
             pair->key.bytes, (int)pair->value.length, pair->value.bytes);
    } else if (is_called(pair->key, "slideshow")) {
        check_slideshow(check, line, pair->json);
    } else if (is_called(pair->key, "lang") && !is_language(pair->json)) {
        tell(check, (struct cell_fault){ .line = line },
             "lang is \"vi\" or \"en\": narrative in another language is never shown");
    } else if (!is_known(pair->key)) {
        tell(check, (struct cell_fault){ .line = line }, "nothing here reads the key %.*s", key,
             pair->key.bytes);
    }
}

/* "[markdwn]" in place of a kind: the cell would be code, and its text comments that nobody sees. */
static bool is_unknown_kind(const struct mark *mark)
{
    const struct text *const title = &mark->title;
    const char *const close = title->length > 0 ? strchr(title->bytes, ']') : NULL;

    return !mark->kind[0] && close && title->bytes[0] == '[' && (close[1] == ' ' || !close[1]);
}

static void check_mark(struct check *check, int line, struct line text)
{
    struct arena arena = { 0 };
    struct mark mark = take_apart(text, &arena);

    if (!mark.spaced) {
        tell(check, (struct cell_fault){ .line = line, .error = true, .fixable = true },
             "a cell begins with \"# %%%%\" and a blank; without them Jupyter or VS Code takes it "
             "for a "
             "comment");
    }
    if (mark.short_kind) {
        tell(check, (struct cell_fault){ .line = line, .error = true, .fixable = true },
             "VS Code does not know [md]: write [markdown]");
    }
    if (is_unknown_kind(&mark)) {
        const int length = (int)strcspn(mark.title.bytes, "]") + 1;
        tell(check, (struct cell_fault){ .line = line, .error = true },
             "%.*s is no kind of cell: write [markdown], or leave it out where code is", length,
             mark.title.bytes);
    }
    if (mark.kind[0] && !mark.early) {
        tell(check, (struct cell_fault){ .line = line, .error = true, .fixable = true },
             "%s stands right behind \"# %%%%\"; VS Code takes this for code", mark.kind);
    }
    if (mark.kind[0] && mark.title.length > 0) {
        tell(check, (struct cell_fault){ .line = line },
             "a title of narrative is not shown in Jupyter: make it a heading in the text");
    }
    if (memchr(text_string(&mark.title), '=', mark.title.length)) {
        tell(check, (struct cell_fault){ .line = line, .error = true },
             "Jupyter takes \"=\" in a title for metadata: leave it out");
    }
    if (mark.crowded) {
        tell(check, (struct cell_fault){ .line = line, .error = true },
             "more than %d keys stand in one mark", PAIRS_MOST);
    }
    for (size_t i = 0; i < mark.pair_count; i++) {
        check_pair(check, line, &mark.pairs[i]);
    }
    text_finish(&mark.title);
    arena_finish(&arena);
}

static void check_marks(struct check *check, const struct source_lines *source)
{
    for (size_t i = 0; i < source->count; i++) {
        const struct line line = trimmed(&source->lines[i]);
        const size_t blanks = strspn(source->lines[i].text, " \t");
        if (source->lines[i].inside_string) {
            continue;
        }
        if (is_mark(line)) {
            check_mark(check, (int)i + 1, line);
        } else if (blanks > 0 && blanks < line.length &&
                   is_mark((struct line){ line.bytes + blanks, line.length - blanks })) {
            tell(check, (struct cell_fault){ .line = (int)i + 1 },
                 "a mark that is set in begins a cell for Jupyter and none for VS Code");
        }
    }
}

/* ---- the lesson ---------------------------------------------------------------------------- */

static bool is_tagged(const struct cell *cell, const char *tag)
{
    for (size_t i = 0; i < cell->tag_count; i++) {
        if (strcmp(cell->tags[i], tag) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_option(const char *line)
{
    return strncmp(line, "- [", 3) == 0 && line[3] && strncmp(line + 4, "] ", 2) == 0;
}

/* "- []", "-[x]", "* [ ]": what others take for an option as well. */
static bool is_misspelt_option(const char *line)
{
    if (line[0] != '-' && line[0] != '*') {
        return false;
    }
    const char *const box = line + 1 + strspn(line + 1, " ");
    const size_t inside = box[0] == '[' ? strspn(box + 1, " xX") : 0;
    return box[0] == '[' && inside <= 2 && box[1 + inside] == ']' && box[2 + inside] != '(' &&
           !is_option(line);
}

static void check_question(struct check *check, const struct cell *cell)
{
    int options = 0, right = 0, bare = 0;

    for (const char *at = cell->text; at; at = strchr(at, '\n')) {
        at += *at == '\n';
        if (is_misspelt_option(at)) {
            tell(check, (struct cell_fault){ .line = cell->line, .error = true },
                 "an option begins with \"- [ ] \" or \"- [x] \", unlike \"%.*s\"",
                 (int)strcspn(at, "\n"), at);
        }
        if (is_option(at)) {
            const size_t length = strcspn(at, "\n");
            const char *const why = strstr(at, " — ");
            options++;
            right += at[3] != ' ';
            bare += !why || (size_t)(why - at) > length;
        }
    }
    if (options < 2 || options > 4) {
        tell(check, (struct cell_fault){ .line = cell->line, .error = true },
             "a question has 2 to 4 options, \"- [ ] …\" each; this one has %d", options);
    }
    if (right != 1) {
        tell(check, (struct cell_fault){ .line = cell->line, .error = true },
             "one option of a question is right, \"- [x] …\"; here %d are", right);
    }
    if (bare > 0) {
        tell(check, (struct cell_fault){ .line = cell->line },
             "behind \" — \" an option says what one thinks who chooses it; %d do not", bare);
    }
    if (cell->hide_count == 0) {
        tell(check, (struct cell_fault){ .line = cell->line },
             "the question hides nothing: hide=[\"x.grad\"] keeps its answer off the screen");
    }
}

/* Sentences of the parser begin with the line that they are about, of the cell or the file: "line 3: …". It
 * goes where all lines stand. */
static void tell_parsed(struct check *check, struct cell_fault fault, const char *text, int first)
{
    char *rest;
    const long line = strncmp(text, "line ", 5) == 0 ? strtol(text + 5, &rest, 10) : 0;

    if (line > 0) {
        fault.line = first + (int)line - 1;
        const bool named = strncmp(rest, ": ", 2) == 0;
        tell(check, fault, "%s%s", named ? "" : "this", rest + (named ? 2 : 0));
    } else {
        tell(check, fault, "%s", text);
    }
}

/* Narrative of one language has a twin of the other, in the same order. */
static void check_twins(struct check *check, const struct lesson *lesson)
{
    int vietnamese = 0, english = 0;

    for (size_t i = 0; i < lesson->count; i++) {
        vietnamese += strcmp(lesson->cells[i].lang, "vi") == 0;
        english += strcmp(lesson->cells[i].lang, "en") == 0;
    }
    if (vietnamese > 0 && english > 0 && vietnamese != english) {
        tell(check, (struct cell_fault){ 0 },
             "%d cells speak Vietnamese and %d English: each has a twin in the other language",
             vietnamese, english);
    }
}

static void check_cells(struct check *check, const struct lesson *lesson)
{
    bool titled = false, remembered = false;

    for (size_t i = 0; i < lesson->count; i++) {
        const struct cell *const cell = &lesson->cells[i];
        const bool narrative = cell->kind == CELL_MARKDOWN;
        titled = titled || (narrative && strncmp(cell->text, "# ", 2) == 0);
        remembered = remembered || (narrative && is_tagged(cell, "remember"));
        if (narrative && is_tagged(cell, "question")) {
            check_question(check, cell);
        }
        if (cell->notice[0]) {
            tell_parsed(check, (struct cell_fault){ .line = cell->line }, cell->notice, cell->line);
        }
    }
    check_twins(check, lesson);
    if (lesson->code_count == 0) {
        tell(check, (struct cell_fault){ .error = true }, "there is no code cell to run");
    }
    if (lesson->marked && !titled) {
        tell(check, (struct cell_fault){ 0 },
             "no narrative cell begins with a heading \"# Title\"");
    }
    if (lesson->marked && !remembered) {
        tell(check, (struct cell_fault){ 0 },
             "no narrative cell is tagged \"remember\": the sentence that stays at the end");
    }
}

size_t cell_check(const char *bytes, size_t length,
                  void (*told)(void *owner, const struct cell_fault *fault), void *owner)
{
    struct check check = { .tell = told, .owner = owner };
    struct source_lines source = { 0 };
    struct lesson lesson = { 0 };
    struct arena arena = { 0 };
    struct error err = { 0 };

    if (source_lines_read(&source, bytes, length, &arena, &err)) {
        check_marks(&check, &source);
    }
    if (lesson_parse(&lesson, bytes, length, &err)) {
        check_cells(&check, &lesson);
    } else {
        tell_parsed(&check, (struct cell_fault){ .error = true }, err.text, 1);
    }
    lesson_finish(&lesson);
    source_lines_finish(&source);
    arena_finish(&arena);
    return check.errors;
}

/* ---- mending ------------------------------------------------------------------------------- */

static void write_mark(struct text *out, const struct mark *mark)
{
    text_append_string(out, "# %%");
    if (mark->kind[0]) {
        text_format(out, " %s", mark->kind);
    }
    if (mark->title.length > 0) {
        text_format(out, " %s", mark->title.bytes);
    }
    for (size_t i = 0; i < mark->pair_count; i++) {
        const struct pair *const pair = &mark->pairs[i];
        text_format(out, " %.*s=", (int)pair->key.length, pair->key.bytes);
        const bool single = is_single(pair) && (pair->json || is_bare(pair));
        text_append_string(out, single ? "[" : "");
        if (!is_bare(pair)) {
            text_append(out, pair->value.bytes, pair->value.length);
        } else {
            json_append_string(out, pair->value.bytes, pair->value.length);
        }
        text_append_string(out, single ? "]" : "");
    }
}

static bool needs_mending(const struct mark *mark)
{
    bool needs = !mark->spaced || mark->short_kind || (mark->kind[0] && !mark->early);

    for (size_t i = 0; i < mark->pair_count; i++) {
        const struct pair *const pair = &mark->pairs[i];
        needs = needs || is_bare(pair) || (pair->json && is_single(pair));
    }
    return needs && !mark->crowded; /* what was not looked at cannot be written again */
}

/* Appends the mark mended, and says whether it needed that. */
static bool fix_mark(struct line line, struct text *out)
{
    struct arena arena = { 0 };
    struct mark mark = take_apart(line, &arena);
    const bool needs = needs_mending(&mark);

    if (needs) {
        write_mark(out, &mark);
    }
    text_finish(&mark.title);
    arena_finish(&arena);
    return needs;
}

/* What was mended may read otherwise than before, where a title looks like metadata: so it is mended until
 * nothing is left, or not at all. */
static bool fix_line(const struct source_line *source, struct text *out)
{
    enum { ROUNDS = 4 };
    struct line line = trimmed(source);
    struct text rounds[ROUNDS] = { 0 };
    const bool mark = !source->inside_string && is_mark(line);
    int count = 0;

    while (mark && count < ROUNDS && fix_mark(line, &rounds[count])) {
        line = (struct line){ rounds[count].bytes, rounds[count].length };
        count++;
    }
    const bool fixed = count > 0 && count < ROUNDS;
    if (fixed) {
        text_append(out, line.bytes, line.length);
    } else {
        text_append(out, source->text, source->length);
    }
    for (int i = 0; i < ROUNDS; i++) {
        text_finish(&rounds[i]);
    }
    return fixed;
}

size_t cell_fix(const char *bytes, size_t length, struct text *out)
{
    struct source_lines source = { 0 };
    struct arena arena = { 0 };
    struct error ignored = { 0 };
    size_t fixed = 0;

    if (!source_lines_read(&source, bytes, length, &arena, &ignored)) {
        text_append(out, bytes, length); /* cell_check says why it cannot be read */
    }
    for (size_t i = 0; i < source.count; i++) {
        fixed += fix_line(&source.lines[i], out);
        text_append_string(out, i + 1 < source.count ? "\n" : "");
    }
    source_lines_finish(&source);
    arena_finish(&arena);
    return fixed;
}
