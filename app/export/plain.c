#include "app/export/plain.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c & 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\0';
}

/* Of `x * w`: what stands between the backticks; `at` is left at the closing one, or where the text ends. */
static const char *append_code(struct text *out, const char *at)
{
    const size_t length = strcspn(at + 1, "`");

    text_append(out, at + 1, length);
    return at + length + (at[1 + length] == '`');
}

/* A star between blanks is one that multiplies, as each in code is. */
void plain_text(struct text *out, const char *markdown)
{
    for (const char *at = markdown; *at; at++) {
        const bool line_start = at == markdown || at[-1] == '\n';
        if (line_start && *at == '#') {
            at += strspn(at, "#");
            at += *at == ' ';
        }
        const bool clings = (at > markdown && is_letter(at[-1])) || is_letter(at[1]) ||
                            at[1] == '*' || (at > markdown && at[-1] == '*') ||
                            is_blank(at > markdown ? at[-1] : ' ') != is_blank(at[1]);
        if (*at == '`') {
            at = append_code(out, at);
            continue;
        }
        if (*at == '$' || (*at == '*' && clings)) {
            continue;
        }
        if (!*at) {
            break;
        }
        text_append_char(out, *at);
    }
}
