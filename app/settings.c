#include "app/settings.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/output.h"
#include "app/paths.h"
#include "engine/base/memory.h"
#include "engine/base/system_error.h"

enum { FILE_MOST = 1 << 20, TROUBLE_SIZE = 512, NAMED_LINES = 4 };

static const char first_line[] =
    "# Gradlight's settings: name = value. Edit it while Gradlight is closed.\n";

/* One line of the file. With name NULL it is kept as it stands in `value`, whatever bytes it has. */
struct line {
    char *name, *value; /* value NULL: taken away, not written */
    size_t kept;        /* bytes of a value that has no name */
    bool changed;       /* since it was read or saved */
};

struct lines {
    struct line *at;
    size_t count, capacity;
};

struct settings {
    char *path; /* NULL: in memory alone */
    struct lines lines;
    bool unreadable; /* the file must not be written over */
    char trouble[TROUBLE_SIZE];
};

/* ---- lines ------------------------------------------------------------------------------ */

static struct line *add_line(struct lines *lines, char *name, char *value)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity * 2 + 16;
        lines->at = memory_resize(lines->at, lines->capacity, sizeof(*lines->at));
    }
    lines->at[lines->count] = (struct line){ .name = name, .value = value };
    return &lines->at[lines->count++];
}

static void free_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->at[i].name);
        free(lines->at[i].value);
    }
    free(lines->at);
    *lines = (struct lines){ 0 };
}

/* Of two lines with one name the later counts, as in most such files. */
static struct line *find_line(const struct lines *lines, const char *name)
{
    for (size_t i = lines->count; i-- > 0;) {
        if (lines->at[i].name && strcmp(lines->at[i].name, name) == 0) {
            return &lines->at[i];
        }
    }
    return NULL;
}

/* True when the line now says something else. */
static bool set_line(struct lines *lines, const char *name, const char *value)
{
    struct line *line = find_line(lines, name);

    if (!line && !value) {
        return false;
    }
    if (line && line->value && value && strcmp(line->value, value) == 0) {
        return false;
    }
    line = line ? line : add_line(lines, memory_copy_string(name), NULL);
    free(line->value);
    line->value = value ? memory_copy_string(value) : NULL;
    line->changed = true;
    return true;
}

/* ---- reading ---------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* A copy without blanks at both ends; "\n" is a line's end, "\e" an equals sign, "\s" a blank, and "\\"
 * the backslash itself. */
static char *read_part(const char *bytes, size_t length)
{
    static const char escaped[][2] = { { 'n', '\n' }, { 'e', '=' }, { 's', ' ' }, { '\\', '\\' } };

    while (length > 0 && is_blank(bytes[0])) {
        bytes++;
        length--;
    }
    while (length > 0 && is_blank(bytes[length - 1])) {
        length--;
    }
    char *const part = memory_allocate(length + 1, 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        part[used] = bytes[i];
        for (size_t k = 0; bytes[i] == '\\' && i + 1 < length && k < 4; k++) {
            if (bytes[i + 1] == escaped[k][0]) {
                part[used] = escaped[k][1];
                i++;
                break;
            }
        }
        used++;
    }
    return part;
}

static bool is_comment(const char *bytes, size_t length)
{
    size_t at = 0;

    while (at < length && is_blank(bytes[at])) {
        at++;
    }
    return at == length || bytes[at] == '#';
}

/* False for a line that is broken; it is kept all the same. */
static bool read_line(struct lines *lines, const char *bytes, size_t length)
{
    const char *const sign = memchr(bytes, '=', length);
    const bool valid = utf8_valid(bytes, length) && !memchr(bytes, '\0', length);

    if (!is_comment(bytes, length) && sign && valid) {
        char *const name = read_part(bytes, (size_t)(sign - bytes));
        if (name[0]) {
            add_line(lines, name, read_part(sign + 1, length - (size_t)(sign + 1 - bytes)));
            return true;
        }
        free(name);
    }
    add_line(lines, NULL, memory_copy_text(bytes, length))->kept = length;
    return is_comment(bytes, length);
}

static void tell_of_broken(struct settings *settings, const int *broken, int count)
{
    struct text text = { 0 };

    text_format(&text, "%s: ", settings->path);
    for (int i = 0; i < count && i < NAMED_LINES; i++) {
        text_format(&text, "%s%d", i == 0 ? (count > 1 ? "lines " : "line ") : ", ", broken[i]);
    }
    text_format(&text, "%s %s not understood; write name = value", count > NAMED_LINES ? " …" : "",
                count > 1 ? "are" : "is");
    snprintf(settings->trouble, sizeof(settings->trouble), "%s", text.bytes);
    text_finish(&text);
}

static void read_lines(struct settings *settings, struct lines *lines, const char *bytes,
                       size_t length)
{
    int broken[NAMED_LINES], broken_count = 0, number = 0;

    while (length > 0) {
        const char *const end = memchr(bytes, '\n', length);
        const size_t line = end ? (size_t)(end - bytes) : length;
        number++;
        if (!read_line(lines, bytes, line)) {
            if (broken_count < NAMED_LINES) {
                broken[broken_count] = number;
            }
            broken_count++;
        }
        bytes += line + (end != NULL);
        length -= line + (end != NULL);
    }
    if (broken_count > 0) {
        tell_of_broken(settings, broken, broken_count);
    }
}

/* errno, or 0; ENOENT when there is no file yet. */
static int read_bytes(const char *path, char **bytes, size_t *length)
{
    struct stat there;
    FILE *const file = fopen(path, "rbe");

    if (!file) {
        return errno;
    }
    *bytes = memory_allocate(FILE_MOST + 1, 1);
    *length = fread(*bytes, 1, FILE_MOST + 1, file);
    const int number = ferror(file) ? (errno ? errno : EIO) : 0;
    const bool folder = fstat(fileno(file), &there) == 0 && !S_ISREG(there.st_mode);
    fclose(file);
    return folder ? EISDIR : number != 0 ? number : *length > FILE_MOST ? EFBIG : 0;
}

/* What the file says now. Without being able to read it nothing may be written over it. */
static void read_file(struct settings *settings, struct lines *lines)
{
    char *bytes = NULL;
    size_t length = 0;
    const int number = read_bytes(settings->path, &bytes, &length);

    settings->unreadable = number != 0 && number != ENOENT && number != ENOTDIR;
    settings->trouble[0] = '\0';
    if (number == 0) {
        read_lines(settings, lines, bytes, length);
    } else if (settings->unreadable) {
        snprintf(settings->trouble, sizeof(settings->trouble),
                 "cannot read %s: %s; settings are not remembered", settings->path,
                 system_error(number));
    }
    free(bytes);
}

/* ---- opening ---------------------------------------------------------------------------- */

bool settings_path(char *out)
{
    const char *const config = getenv("XDG_CONFIG_HOME"), *const home = getenv("HOME");
    int length = PATH_SIZE;

    if (config && config[0] == '/') {
        length = snprintf(out, PATH_SIZE, "%s/gradlight/settings", config);
    } else if (home && home[0] == '/') {
        length = snprintf(out, PATH_SIZE, "%s/.config/gradlight/settings", home);
    }
    return length < PATH_SIZE;
}

struct settings *settings_open(const char *path)
{
    struct settings *const settings = memory_allocate(1, sizeof(*settings));

    if (path) {
        /* A link stays a link: it is the file behind it that is written anew. */
        char *const real = realpath(path, NULL);
        settings->path = real ? real : memory_copy_string(path);
        read_file(settings, &settings->lines);
    }
    return settings;
}

void settings_destroy(struct settings *settings)
{
    if (!settings) {
        return;
    }
    free_lines(&settings->lines);
    free(settings->path);
    free(settings);
}

const char *settings_trouble(const struct settings *settings)
{
    return settings->trouble;
}

/* ---- values ----------------------------------------------------------------------------- */

const char *settings_text(const struct settings *settings, const char *name, const char *otherwise)
{
    const struct line *const line = find_line(&settings->lines, name);

    return line && line->value ? line->value : otherwise;
}

double settings_number(const struct settings *settings, const char *name, double otherwise)
{
    const char *const value = settings_text(settings, name, "");
    double number;

    return number_parse(value, strlen(value), &number) ? number : otherwise;
}

bool settings_flag(const struct settings *settings, const char *name, bool otherwise)
{
    const char *const value = settings_text(settings, name, "");

    return strcmp(value, "yes") == 0 || (otherwise && strcmp(value, "no") != 0);
}

void settings_set_text(struct settings *settings, const char *name, const char *value)
{
    set_line(&settings->lines, name, value);
}

void settings_set_number(struct settings *settings, const char *name, double value)
{
    char text[NUMBER_SIZE];

    number_shortest(text, value);
    settings_set_text(settings, name, text);
}

void settings_set_flag(struct settings *settings, const char *name, bool value)
{
    settings_set_text(settings, name, value ? "yes" : "no");
}

const char *settings_name(const struct settings *settings, size_t index)
{
    for (size_t i = 0; i < settings->lines.count; i++) {
        const struct line *const line = &settings->lines.at[i];
        const bool counts =
            line->name && line->value && find_line(&settings->lines, line->name) == line;
        if (counts && index-- == 0) {
            return line->name;
        }
    }
    return NULL;
}

bool settings_changed(const struct settings *settings)
{
    for (size_t i = 0; i < settings->lines.count; i++) {
        if (settings->lines.at[i].changed) {
            return true;
        }
    }
    return false;
}

/* ---- writing ---------------------------------------------------------------------------- */

static bool make_folder(const char *path, struct error *err)
{
    char *const folder = memory_copy_string(path);
    bool made = true;

    for (char *at = strchr(folder + 1, '/'); at && made; at = strchr(at + 1, '/')) {
        *at = '\0';
        made = mkdir(folder, 0700) == 0 || errno == EEXIST || access(folder, X_OK) == 0;
        *at = '/';
    }
    free(folder);
    return made || error_set_kind(err, ERROR_IO, "cannot write %s: %s", path, system_error(errno));
}

static void write_part(struct text *text, const char *part, bool name)
{
    const size_t length = strlen(part);

    for (size_t i = 0; i < length; i++) {
        const bool edge = i == 0 || i + 1 == length;
        if (part[i] == '\n') {
            text_append_string(text, "\\n");
        } else if (part[i] == '\\') {
            text_append_string(text, "\\\\");
        } else if (part[i] == '=' && name) {
            text_append_string(text, "\\e");
        } else if (part[i] == ' ' && edge) {
            text_append_string(text, "\\s");
        } else {
            text_append_char(text, part[i]);
        }
    }
}

static void write_lines(struct text *text, const struct lines *lines)
{
    if (lines->count == 0 || lines->at[0].name) {
        text_append_string(text, first_line);
    }
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *const line = &lines->at[i];
        if (!line->name) {
            text_append(text, line->value, line->kept);
            text_append_char(text, '\n');
        } else if (line->value) {
            write_part(text, line->name, true);
            text_append_string(text, " = ");
            write_part(text, line->value, false);
            text_append_char(text, '\n');
        }
    }
}

/* The file as it is now, with what was changed here. Another window, or a person, may have written it
 * meanwhile. */
static struct lines merge(struct settings *settings)
{
    struct lines lines = { 0 };

    read_file(settings, &lines);
    for (size_t i = 0; i < settings->lines.count; i++) {
        const struct line *const line = &settings->lines.at[i];
        if (line->changed) {
            set_line(&lines, line->name, line->value);
        }
    }
    return lines;
}

bool settings_save(struct settings *settings, struct error *err)
{
    struct text text = { 0 };

    if (!settings->path || !settings_changed(settings)) {
        return true;
    }
    struct lines lines = merge(settings);
    bool saved = !settings->unreadable;
    if (!saved) {
        error_set_kind(err, ERROR_IO, "%s", settings->trouble);
    } else {
        write_lines(&text, &lines);
        saved = make_folder(settings->path, err) && output_write(settings->path, &text, err);
    }
    if (saved) {
        for (size_t i = 0; i < lines.count; i++) {
            lines.at[i].changed = false;
        }
        free_lines(&settings->lines);
        settings->lines = lines;
    } else {
        free_lines(&lines);
    }
    text_finish(&text);
    return saved;
}
