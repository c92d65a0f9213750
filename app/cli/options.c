#include "app/cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct option *find_long(const struct option *options, const char *name, size_t length)
{
    for (const struct option *o = options; o->name; o++) {
        if (strlen(o->name) == length && strncmp(o->name, name, length) == 0) {
            return o;
        }
    }
    return NULL;
}

static const struct option *find_letter(const struct option *options, char letter)
{
    for (const struct option *o = options; o->name; o++) {
        if (o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

/* "--name", "--name=value" or "-n"; *value is what follows the sign, or NULL. */
static const struct option *find(const struct option *options, const char *word, const char **value)
{
    const char *const sign = strchr(word, '=');

    *value = NULL;
    if (word[1] != '-') {
        return word[2] == '\0' ? find_letter(options, word[1]) : NULL;
    }
    *value = sign ? sign + 1 : NULL;
    return find_long(options, word + 2, sign ? (size_t)(sign - word - 2) : strlen(word + 2));
}

static bool take_option(const struct option *options, int count, char **argv, int *at,
                        struct error *err)
{
    const char *value;
    const struct option *const option = find(options, argv[*at], &value);

    if (!option) {
        return error_set_kind(err, ERROR_VALUE, "there is no option %s", argv[*at]);
    }
    if (!option->value) {
        *option->into = option->name;
        return !value || error_set_kind(err, ERROR_VALUE, "--%s takes no value", option->name);
    }
    if (!value) {
        *at += 1;
        if (*at >= count) {
            return error_set_kind(err, ERROR_VALUE, "--%s needs a value: %s", option->name,
                                  option->value);
        }
        value = argv[*at];
    }
    *option->into = value;
    return true;
}

bool options_read(const struct option *options, int count, char **argv, const char **rest,
                  size_t most, size_t *found, struct error *err)
{
    bool over = false;

    *found = 0;
    for (int i = 0; i < count; i++) {
        if (!over && strcmp(argv[i], "--") == 0) {
            over = true;
        } else if (!over && argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!take_option(options, count, argv, &i, err)) {
                return false;
            }
        } else if (*found == most) {
            return error_set_kind(err, ERROR_VALUE, "%s is one word too many", argv[i]);
        } else {
            rest[(*found)++] = argv[i];
        }
    }
    return true;
}

bool options_number(const char *text, long least, long most, long *out, struct error *err)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || *out < least || *out > most) {
        return error_set_kind(err, ERROR_VALUE, "%s is no whole number from %ld to %ld", text,
                              least, most);
    }
    return true;
}

bool options_size(const char *text, int *width, int *height, struct error *err)
{
    enum { LEAST = 64, MOST = 16384 };
    char *end;
    const long w = strtol(text, &end, 10);
    const long h = *end == 'x' ? strtol(end + 1, &end, 10) : 0;

    if (*end != '\0' || w < LEAST || w > MOST || h < LEAST || h > MOST) {
        return error_set_kind(err, ERROR_VALUE,
                              "%s is no size; write WIDTHxHEIGHT, each from %d to %d", text, LEAST,
                              MOST);
    }
    *width = (int)w;
    *height = (int)h;
    return true;
}
