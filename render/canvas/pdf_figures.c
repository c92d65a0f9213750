#include "render/canvas/pdf_figures.h"

#include <stdlib.h>

#include "engine/base/array.h"
#include "engine/base/memory.h"

/* An object that gets a new version: its number, and where that stands. */
struct renewed {
    long number;
    size_t at;
};

struct update {
    struct text *pdf;
    size_t end; /* of the document as it was */
    struct renewed *objects;
    size_t count, capacity;
};

static const char *find(const struct text *pdf, size_t from, size_t to, const char *word)
{
    return from < to ? memmem(pdf->bytes + from, to - from, word, strlen(word)) : NULL;
}

/* Strings of a PDF in characters of 16 bits, as hexadecimal digits. */
static void add_string(struct text *out, const char *string)
{
    const size_t length = strlen(string);

    text_append_string(out, "<FEFF");
    for (size_t at = 0, size; at < length; at += size) {
        uint32_t c = utf8_decode(string + at, length - at, &size);
        if (c > 0xFFFF) {
            c -= 0x10000;
            text_format(out, "%04X", 0xD800 + (c >> 10));
            c = 0xDC00 + (c & 0x3FF);
        }
        text_format(out, "%04X", c);
    }
    text_append_char(out, '>');
}

/* The object whose dictionary has the word behind `from`: its number, and where its "<<" and ">>" stand. */
static bool find_object(const struct update *update, const char *word, size_t from, long *number,
                        size_t *open, size_t *close)
{
    const char *const bytes = update->pdf->bytes;
    const char *const found = find(update->pdf, from, update->end, word);

    if (!found) {
        return false;
    }
    const char *at = found;
    while (at > bytes + 6 && memcmp(at, " 0 obj", 6) != 0) {
        at--;
    }
    const char *digits = at;
    while (digits > bytes && digits[-1] >= '0' && digits[-1] <= '9') {
        digits--;
    }
    *number = strtol(digits, NULL, 10);
    const char *const begin = find(update->pdf, (size_t)(at - bytes), update->end, "<<");
    const char *const end = find(update->pdf, (size_t)(found - bytes), update->end, "\nendobj");
    if (digits == at || !begin || !end || begin > found || end[-1] != '>' || end[-2] != '>') {
        return false;
    }
    *open = (size_t)(begin - bytes);
    *close = (size_t)(end - bytes) - 2;
    return true;
}

/* Its dictionary again, with more in it. */
static void renew(struct update *update, long number, size_t open, size_t close, const char *more)
{
    char *const was = memory_copy_text(update->pdf->bytes + open, close - open);

    update->objects = array_reserve(update->objects, &update->capacity, update->count + 1,
                                    sizeof(*update->objects));
    update->objects[update->count++] = (struct renewed){ number, update->pdf->length };
    text_format(update->pdf, "%ld 0 obj\n", number);
    text_append_string(update->pdf, was);
    text_append_string(update->pdf, more);
    text_append_string(update->pdf, ">>\nendobj\n");
    free(was);
}

static bool renew_figures(struct update *update, const char *const *texts, size_t count)
{
    size_t from = 0;

    for (size_t i = 0; i < count; i++) {
        struct text more = { 0 };
        long number;
        size_t open, close;
        if (!find_object(update, "/S /Figure", from, &number, &open, &close)) {
            return false;
        }
        text_append_string(&more, "   /Alt ");
        add_string(&more, texts[i] ? texts[i] : "");
        text_append_char(&more, '\n');
        renew(update, number, open, close, text_string(&more));
        text_finish(&more);
        from = close;
    }
    return true;
}

static bool renew_catalog(struct update *update, const char *language)
{
    struct text more = { 0 };
    long number;
    size_t open, close;
    const bool found = find_object(update, "/Type /Catalog", 0, &number, &open, &close);
    const bool marked = found && memmem(update->pdf->bytes + open, close - open, "/MarkInfo", 9);

    if (found) {
        text_append_string(&more, marked ? "" : "   /MarkInfo << /Marked true >>\n");
        if (language && !memmem(update->pdf->bytes + open, close - open, "/Lang", 5)) {
            text_format(&more, "   /Lang (%s)\n", language);
        }
        renew(update, number, open, close, text_string(&more));
    }
    text_finish(&more);
    return found;
}

/* ---- the table behind it ---------------------------------------------------------------- */

static const char *last(const struct text *pdf, size_t end, const char *word)
{
    const char *found = NULL;

    for (const char *at = find(pdf, 0, end, word); at;
         at = find(pdf, (size_t)(at - pdf->bytes) + 1, end, word)) {
        found = at;
    }
    return found;
}

/* Where the objects stand now, and that the rest stands where it stood. */
static bool add_table(struct update *update)
{
    struct text *const pdf = update->pdf;
    const char *const trailer = last(pdf, update->end, "trailer\n<<");
    const char *const start = last(pdf, update->end, "startxref\n");
    const char *const close = trailer ? strstr(trailer, ">>\nstartxref") : NULL;

    if (!trailer || !start || !close) {
        return false;
    }
    const long before = strtol(start + 10, NULL, 10);
    char *const words =
        memory_copy_text(trailer + 10, (size_t)(close - trailer) - 10); /* behind "<<" */
    const size_t at = pdf->length;
    text_append_string(pdf, "xref\n");
    for (size_t i = 0; i < update->count; i++) {
        text_format(pdf, "%ld 1\n%010zu 00000 n \n", update->objects[i].number,
                    update->objects[i].at);
    }
    text_format(pdf, "trailer\n<<%s   /Prev %ld\n>>\nstartxref\n%zu\n%%%%EOF\n", words, before, at);
    free(words);
    return true;
}

bool pdf_describe_figures(struct text *pdf, const char *const *texts, size_t count,
                          const char *language)
{
    struct update update = { .pdf = pdf, .end = pdf->length };
    const bool good = renew_figures(&update, texts, count) && renew_catalog(&update, language) &&
                      add_table(&update);

    if (!good) {
        pdf->length = update.end;
        pdf->bytes[pdf->length] = '\0';
    }
    free(update.objects);
    return good;
}
