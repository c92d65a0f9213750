#include "lessons/runner/cell_header.h"

#include <string.h>

#include "engine/base/json.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The part after the mark: "# %%" and more percent signs, or a notebook export's "# In[3]:".
 * NULL if the line is no mark. */
static const char *after_mark(const char *line, const char *end)
{
    const char *p = line;
    if (p == end || *p != '#') {
        return NULL;
    }
    do {
        p++;
    } while (p < end && is_blank(*p));
    if (end - p >= 4 && memcmp(p, "In[", 3) == 0) {
        for (p += 3; p < end && (is_blank(*p) || (*p >= '0' && *p <= '9')); p++) {
        }
        return end - p >= 2 && memcmp(p, "]:", 2) == 0 ? p + 2 : NULL;
    }
    if (end - p < 2 || memcmp(p, "%%", 2) != 0) {
        return NULL;
    }
    while (p < end && *p == '%') {
        p++;
    }
    return p == end || is_blank(*p) ? p : NULL;
}

bool cell_header_is(const char *line, size_t length)
{
    return after_mark(line, line + length) != NULL;
}

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

/* The end of the JSON value that begins at p, by brackets and quotes alone. */
static const char *value_end(const char *p, const char *end)
{
    int depth = 0;
    bool quoted = false;
    for (; p < end; p++) {
        if (quoted) {
            if (*p == '\\' && p + 1 < end) {
                p++;
            } else if (*p == '"') {
                quoted = false;
            }
        } else if (*p == '"') {
            quoted = true;
        } else if (*p == '[' || *p == '{') {
            depth++;
        } else if (*p == ']' || *p == '}') {
            depth--;
        } else if (is_blank(*p) && depth <= 0) {
            break;
        }
    }
    return p;
}

/* The strings of a list; anything else is none. Returns their number. */
static size_t read_strings(const char ***out, const struct json *value, struct arena *arena)
{
    size_t count = 0;

    if (value->kind != JSON_ARRAY) {
        return 0;
    }
    *out = arena_allocate(arena, value->length + 1, sizeof(**out));
    for (const struct json *item = value->first; item; item = item->next) {
        if (item->kind == JSON_STRING) {
            (*out)[count++] = item->string;
        }
    }
    return count;
}

/* A whole number that a course can have; anything else counts as not said. */
static int small_number(const struct json *value)
{
    enum { MOST = 999 };

    return value->kind == JSON_NUMBER && value->number >= 1 && value->number <= MOST
               ? (int)value->number
               : 0;
}

static void set_key(struct cell *cell, const char *key, const struct json *value,
                    struct arena *arena)
{
    if (strcmp(key, "tags") == 0) {
        cell->tag_count = read_strings(&cell->tags, value, arena);
    } else if (strcmp(key, "hide") == 0) {
        cell->hide_count = read_strings(&cell->hide, value, arena);
    } else if (strcmp(key, "slideshow") == 0) {
        cell->slide = json_find_string(value, "slide_type", cell->slide);
    } else if (strcmp(key, "session") == 0) {
        cell->session = small_number(value);
    } else if (strcmp(key, "minutes") == 0) {
        cell->minutes = small_number(value);
    } else if (value->kind != JSON_STRING) {
        return;
    } else if (strcmp(key, "lang") == 0) {
        cell->lang = value->string;
    } else if (strcmp(key, "id") == 0) {
        cell->id = value->string;
    }
}

/* A `key=json` at p; returns its end, or NULL if there is none. */
static const char *parse_pair(struct cell *cell, const char *p, const char *end,
                              struct arena *arena)
{
    const char *key = p;
    while (p < end && is_key_byte(*p)) {
        p++;
    }
    if (p == key || p == end || *p != '=') {
        return NULL;
    }
    const char *value = p + 1;
    const char *stop = value_end(value, end);
    const struct json *json = json_parse(arena, value, (size_t)(stop - value), NULL);
    if (!json) {
        return NULL;
    }
    set_key(cell, arena_copy_text(arena, key, (size_t)(p - key)), json, arena);
    return stop;
}

/* All metadata as one object, which Jupytext allows as well. */
static const char *parse_object(struct cell *cell, const char *p, const char *end,
                                struct arena *arena)
{
    const char *stop = value_end(p, end);
    const struct json *object = *p == '{' ? json_parse(arena, p, (size_t)(stop - p), NULL) : NULL;
    if (!object) {
        return NULL;
    }
    for (const struct json *member = object->first; member; member = member->next) {
        set_key(cell, member->name, member, arena);
    }
    return stop;
}

static bool word_is(const char *word, size_t length, const char *what)
{
    return strlen(what) == length && memcmp(word, what, length) == 0;
}

void cell_header_parse(struct cell *cell, const char *line, size_t length, struct arena *arena)
{
    const char *end = line + length;
    const char *p = after_mark(line, end);
    struct text title = { 0 };
    while (p < end) {
        if (is_blank(*p)) {
            p++;
            continue;
        }
        const char *stop = parse_pair(cell, p, end, arena);
        stop = stop ? stop : parse_object(cell, p, end, arena);
        if (stop) {
            p = stop;
            continue;
        }
        const char *word = p;
        while (p < end && !is_blank(*p)) {
            p++;
        }
        size_t size = (size_t)(p - word);
        if (word_is(word, size, "[markdown]") || word_is(word, size, "[md]")) {
            cell->kind = CELL_MARKDOWN;
        } else if (word_is(word, size, "[raw]")) {
            cell->kind = CELL_RAW;
        } else {
            text_append_string(&title, title.length > 0 ? " " : "");
            text_append(&title, word, size);
        }
    }
    cell->title = arena_copy_text(arena, text_string(&title), title.length);
    text_finish(&title);
}
