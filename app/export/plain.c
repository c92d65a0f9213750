#include "app/export/plain.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c & 0x80;
}

/* A star between blanks is one that multiplies. */
void plain_text(struct text *out, const char *markdown)
{
    for (const char *at = markdown; *at; at++) {
        const bool line_start = at == markdown || at[-1] == '\n';
        if (line_start && *at == '#') {
            at += strspn(at, "#");
            at += *at == ' ';
        }
        const bool clings = (at > markdown && is_letter(at[-1])) || is_letter(at[1]) ||
                            at[1] == '`' || at[1] == '*' || (at > markdown && at[-1] == '*');
        if (*at == '`' || *at == '$' || (*at == '*' && clings)) {
            continue;
        }
        if (!*at) {
            break;
        }
        text_append_char(out, *at);
    }
}
