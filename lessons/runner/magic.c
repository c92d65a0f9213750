#include "lessons/runner/magic.h"

#include <string.h>

#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static size_t skip_blanks(const char *line, size_t length)
{
    size_t at = 0;
    while (at < length && is_blank(line[at])) {
        at++;
    }
    return at;
}

static bool begins_with(const char *line, size_t length, const char *start)
{
    const size_t size = strlen(start);
    return length >= size && memcmp(line, start, size) == 0;
}

/* Whether the text begins with one of the words, and the word ends there. */
static bool begins_with_word(const char *text, size_t length, const char *const *words,
                             size_t count)
{
    size_t end = 0;
    while (end < length && !is_blank(text[end])) {
        end++;
    }
    while (end > 0 && text[end - 1] == '?') { /* "%time?" asks what it does */
        end--;
    }
    for (size_t i = 0; i < count; i++) {
        if (end == strlen(words[i]) && memcmp(text, words[i], end) == 0) {
            return true;
        }
    }
    return false;
}

bool magic_keeps_python(const char *line, size_t length)
{
    static const char *const harmless[] = { "%%time", "%%timeit", "%%capture", "%%prun" };
    return begins_with_word(line, length, harmless, COUNT_OF(harmless));
}

/* "torch.ones?", "?torch.ones": IPython shows what its documentation says. */
static bool asks_for_help(const char *text, size_t length)
{
    size_t marks = 0;

    while (length > 0 && is_blank(text[length - 1])) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        const bool named = c == '_' || c == '.' || is_digit(c) || is_small(c) || is_capital(c);
        if (c == '?') {
            marks++;
        } else if (!named || (marks > 0 && text[0] != '?')) {
            return false;
        }
    }
    return marks > 0;
}

bool magic_is(const char *line, size_t length)
{
    const size_t indent = skip_blanks(line, length);
    return indent < length && (line[indent] == '%' || line[indent] == '!' ||
                               asks_for_help(line + indent, length - indent));
}

size_t magic_comment_end(const char *line, size_t length)
{
    const size_t indent = skip_blanks(line, length);
    size_t at = indent;

    at += indent > 0 && begins_with(line + at, length - at, "pass  ") ? 6 : 0;
    return begins_with(line + at, length - at, "# ") ? at + 2 : 0;
}

/* Those of IPython 8 by themselves, and those of the extensions that notebooks on PyTorch load. */
static bool is_line_magic(const char *text, size_t length)
{
    static const char *const names[] = {
        "alias",      "alias_magic",  "autoawait",
        "autocall",   "automagic",    "autosave",
        "bookmark",   "cat",          "cd",
        "clear",      "code_wrap",    "colors",
        "conda",      "config",       "connect_info",
        "cp",         "debug",        "dhist",
        "dirs",       "doctest_mode", "ed",
        "edit",       "env",          "gui",
        "hist",       "history",      "killbgscripts",
        "ldir",       "less",         "lf",
        "lk",         "ll",           "load",
        "load_ext",   "loadpy",       "logoff",
        "logon",      "logstart",     "logstate",
        "logstop",    "ls",           "lsmagic",
        "lx",         "macro",        "magic",
        "mamba",      "man",          "matplotlib",
        "micromamba", "mkdir",        "more",
        "mv",         "notebook",     "page",
        "pastebin",   "pdb",          "pdef",
        "pdoc",       "pfile",        "pinfo",
        "pinfo2",     "pip",          "popd",
        "pprint",     "precision",    "prun",
        "psearch",    "psource",      "pushd",
        "pwd",        "pycat",        "pylab",
        "qtconsole",  "quickref",     "recall",
        "rehashx",    "reload_ext",   "rep",
        "rerun",      "reset",        "reset_selective",
        "rm",         "rmdir",        "run",
        "save",       "sc",           "set_env",
        "store",      "sx",           "system",
        "tb",         "time",         "timeit",
        "unalias",    "unload_ext",   "uv",
        "who",        "who_ls",       "whos",
        "xdel",       "xmode",        "aimport",
        "autoreload", "lprun",        "memit",
        "mprun",      "tensorboard",  "wandb",
    };
    return begins_with_word(text, length, names, COUNT_OF(names));
}

/* "NAME=" with a value right behind it. */
static bool is_setting(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length &&
           (is_capital(text[at]) || text[at] == '_' || (at > 0 && is_digit(text[at])))) {
        at++;
    }
    return at > 0 && at + 1 < length && text[at] == '=' && text[at + 1] != '=' &&
           !is_blank(text[at + 1]);
}

static bool is_shell_line(const char *text, size_t length)
{
    static const char *const places[] = { "./", "../", "~/", "/", "$", "{" };
    size_t at = 0;

    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const size_t end = strlen(places[i]);
        if (begins_with(text, length, places[i])) {
            const char next = end < length ? text[end] : ' ';
            return is_small(next) || is_capital(next) || next == '_' || next == '{';
        }
    }
    while (at < length &&
           (is_small(text[at]) || (at > 0 && (is_digit(text[at]) || strchr("_.+-", text[at]))))) {
        at++;
    }
    return (at > 1 && (at == length || is_blank(text[at]))) || is_setting(text, length);
}

bool magic_is_commented(const char *text, size_t length, bool first)
{
    if (length < 2) {
        return false;
    }
    if (text[0] == '!') {
        const size_t signs = text[1] == '!' ? 2 : 1; /* "!!ls" gives its output as a list */
        return is_shell_line(text + signs, length - signs);
    }
    return text[0] == '%' && (text[1] == '%' ? first && magic_keeps_python(text, length)
                                             : is_line_magic(text + 1, length - 1));
}
