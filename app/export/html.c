#include "app/export/html.h"

#include <string.h>

#include "app/export/html_parts.h"
#include "app/export/line_table.h"
#include "app/export/pack.h"
#include "app/output.h"
#include "config.h"
#include "engine/base/json.h"
#include "render/canvas/canvas.h"

struct html {
    const struct page_tools *tools;
    struct session *session;
    const struct html_options *options;
    struct line_table lines;
    struct used_letters letters;
    struct text pages[LANGUAGE_COUNT]; /* JSON */
    struct text lists[LANGUAGE_COUNT]; /* HTML: each page as text */
    const char *titles[LANGUAGE_COUNT];
    struct deck decks[LANGUAGE_COUNT];
};

static const struct {
    const char *name, *english;
} words[] = {
    { "next", WORD("Next step") },
    { "previous", WORD("Previous step") },
    { "in", WORD("Zoom in") },
    { "out", WORD("Zoom out") },
    { "fit", WORD("Whole picture") },
    { "step", WORD("Step") },
    { "note", WORD("Speaker's notes") },
    { "language", WORD("Tiếng Việt / English") },
    { "text", WORD("All steps as text") },
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* ---- text in its places ----------------------------------------------------------------- */

static void add_html(struct text *out, const char *string)
{
    for (const char *at = string; *at; at++) {
        const char *const sign = *at == '<'   ? "&lt;"
                                 : *at == '>' ? "&gt;"
                                 : *at == '&' ? "&amp;"
                                 : *at == '"' ? "&quot;"
                                              : NULL;
        if (sign) {
            text_append_string(out, sign);
        } else {
            text_append_char(out, *at);
        }
    }
}

static void add_member(struct text *out, const char *name, const char *string)
{
    text_format(out, "\"%s\":", name);
    json_append_string(out, string, strlen(string));
}

/* ---- pages ------------------------------------------------------------------------------ */

/* As ranges of the lines that all pages share. */
static void add_body(struct html *html, const struct scene *scene, struct text *out)
{
    struct text body = { 0 };
    size_t from = 0, count = 0;

    svg_write_web(&body, scene, theme_at(html->options->look.theme), html->tools->fonts,
                  &html->letters);
    for (size_t at = 0; at < body.length;) {
        const char *const end = memchr(body.bytes + at, '\n', body.length - at);
        const size_t length = (size_t)(end - (body.bytes + at));
        const size_t line = line_table_add(&html->lines, body.bytes + at, length);
        if (count == 0 || line != from + count) {
            if (count > 0) {
                text_format(out, "%zu,%zu,", from, count);
            }
            from = line;
            count = 0;
        }
        count++;
        at += length + 1;
    }
    text_format(out, "%zu,%zu", from, count);
    text_finish(&body);
}

static void add_page(struct html *html, enum language language, size_t index)
{
    const struct deck *const deck = &html->decks[language];
    const struct page *const page = &deck->pages[index];
    struct text *const out = &html->pages[language], *const list = &html->lists[language];
    struct page_look look = html->options->look;
    struct scene scene = { 0 };
    const bool stop = index == 0 || strcmp(page->heading, deck->pages[index - 1].heading) != 0;

    look.state.language = language;
    page_draw(html->tools, html->session, page, &look, &scene);
    text_append_string(out, index > 0 ? ",\n{" : "{");
    add_member(out, "w", scene.description);
    text_append_char(out, ',');
    add_member(out, "h", page->heading);
    if (html->options->notes && page->notes[0]) {
        text_append_char(out, ',');
        add_member(out, "n", page->notes);
    }
    text_format(out, ",\"m\":%u%s,\"b\":[", page->moment, stop ? ",\"s\":1" : "");
    add_body(html, &scene, out);
    text_append_string(out, "]}");
    used_letters_add(&html->letters, TYPE_UI, scene.description, strlen(scene.description));
    used_letters_add(&html->letters, TYPE_UI_BOLD, page->heading, strlen(page->heading));
    text_append_string(list, "<li>");
    add_html(list, scene.description);
    text_append_string(list, "</li>\n");
    scene_finish(&scene);
}

static bool add_pages(struct html *html, enum language language, size_t before, size_t all)
{
    const struct deck *const deck = &html->decks[language];

    for (size_t i = 0; i < deck->count; i++) {
        if (!progress_step(html->options->progress, before + i, all)) {
            return false;
        }
        add_page(html, language, i);
    }
    html->titles[language] = deck->count > 0 && deck->pages[0].heading[0]
                                 ? deck->pages[0].heading
                                 : session_name(html->session);
    return true;
}

/* ---- the file --------------------------------------------------------------------------- */

static void add_colour(struct text *out, const char *name, const struct theme *theme, enum ink ink)
{
    const struct colour c = theme_colour(theme, ink, 0);

    text_format(out, "--%s:#%02x%02x%02x;", name, (unsigned)(c.r * 255 + 0.5f),
                (unsigned)(c.g * 255 + 0.5f), (unsigned)(c.b * 255 + 0.5f));
}

static void add_colours(struct text *out, const struct theme *theme)
{
    text_append_string(out, ":root{");
    add_colour(out, "page", theme, INK_PAGE);
    add_colour(out, "ink", theme, INK_TEXT);
    add_colour(out, "line", theme, INK_PANEL_LINE);
    add_colour(out, "panel", theme, INK_PANEL);
    add_colour(out, "accent", theme, INK_FORWARD);
    add_colour(out, "on-accent", theme, INK_TEXT_ON_ACCENT);
    add_colour(out, "focus", theme, INK_SELECTION);
    text_append_string(out, "}\n");
}

/* The fonts of a role, each cut down to the letters it shows, then whatever the reader has. */
static void add_fonts(struct html *html, struct text *out)
{
    static const char *const names[TYPE_ROLE_COUNT] = { [TYPE_UI] = "u",
                                                        [TYPE_UI_BOLD] = "b",
                                                        [TYPE_UI_ITALIC] = "i",
                                                        [TYPE_MONO] = "m",
                                                        [TYPE_MONO_BOLD] = "n" };
    struct text font = { 0 };

    for (enum type_role role = TYPE_UI; role < TYPE_ROLE_COUNT; role++) {
        struct text chain = { 0 };
        for (size_t i = 0; i < FONTS_PER_ROLE; i++) {
            text_clear(&font);
            if (!fonts_subset(html->tools->fonts, &html->letters, role, i, &font)) {
                continue;
            }
            text_format(out, "@font-face{font-family:f-%s%.*s;src:url(data:font/otf;base64,",
                        names[role], (int)i, "xxxx");
            text_append_base64(out, font.bytes, font.length);
            text_append_string(out, ")}\n");
            text_format(&chain, "f-%s%.*s,", names[role], (int)i, "xxxx");
        }
        text_format(out, ".%s{font-family:%s%s}\n", names[role], text_string(&chain),
                    role >= TYPE_MONO ? "monospace" : "system-ui,sans-serif");
        text_finish(&chain);
    }
    text_finish(&font);
}

static void add_head(struct html *html, struct text *out)
{
    const enum language first = html->options->look.state.language;

    text_format(out,
                "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'; script-src 'unsafe-inline'; font-src data:\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"generator\" content=\"Gradlight %s\">\n<title>",
                language_code(first), GRADLIGHT_VERSION);
    add_html(out, html->titles[first]);
    text_append_string(out, "</title>\n<style>\n");
    add_colours(out, theme_at(html->options->look.theme));
    add_fonts(html, out);
    text_append_string(out, deck_css);
    text_append_string(out, "</style>\n</head>\n");
}

static void add_button(struct text *out, const char *id, const char *face, const char *key,
                       const char *more)
{
    text_format(out,
                "<button id=\"%s\" type=\"button\" data-label=\"%s\" data-key=\"%s\"%s>%s"
                "</button>\n",
                id, id, key, more, face);
}

static void add_lists(struct html *html, struct text *out)
{
    text_append_string(out, "<details id=\"text\" open>\n<summary data-word=\"text\">"
                            "Tất cả các bước · All steps</summary>\n");
    for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT; language++) {
        text_format(out, "<ol lang=\"%s\">\n", language_code(language));
        text_append_string(out, text_string(&html->lists[language]));
        text_append_string(out, "</ol>\n");
    }
    text_append_string(out, "</details>\n");
}

static void add_body_html(struct html *html, struct text *out)
{
    text_append_string(out, "<body>\n<header>\n<h1 id=\"title\">");
    add_html(out, html->titles[html->options->look.state.language]);
    text_append_string(out, "</h1>\n<span id=\"tools\" hidden>\n");
    add_button(out, "out", "−", "-", "");
    add_button(out, "fit", "⤢", "0", "");
    add_button(out, "in", "+", "+", "");
    add_button(out, "note", "✎", "S", " aria-pressed=\"false\" hidden");
    add_button(out, "language", "VI / EN", "L", "");
    text_append_string(out, "</span>\n</header>\n<main>\n<div id=\"stage\"></div>\n"
                            "<p id=\"said\" class=\"unseen\" role=\"status\" "
                            "aria-live=\"polite\"></p>\n</main>\n"
                            "<div id=\"notes\" hidden></div>\n<footer id=\"controls\" hidden>\n");
    add_button(out, "previous", "←", "←", "");
    text_append_string(out, "<input id=\"slider\" type=\"range\" min=\"0\" value=\"0\" "
                            "data-label=\"step\">\n<span id=\"place\"></span>\n");
    add_button(out, "next", "→", "→", " class=\"main\"");
    text_append_string(out, "</footer>\n");
    add_lists(html, out);
}

/* The letters of the page around the pictures: its fonts are those. */
static void use_words(struct html *html)
{
    static const char signs[] = "0123456789/ VIEN←→−+⤢✎";

    used_letters_add(&html->letters, TYPE_UI, signs, strlen(signs));
    for (size_t i = 0; i < WORDS; i++) {
        for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT; language++) {
            const char *const word = words_in(html->tools->words, language, words[i].english);
            used_letters_add(&html->letters, TYPE_UI, word, strlen(word));
        }
    }
}

static void add_words(struct html *html, struct text *out)
{
    for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT; language++) {
        text_format(out, "%s\"%s\":{", language > LANGUAGE_EN ? "," : "", language_code(language));
        for (size_t i = 0; i < WORDS; i++) {
            text_append_string(out, i > 0 ? "," : "");
            add_member(out, words[i].name,
                       words_in(html->tools->words, language, words[i].english));
        }
        text_append_char(out, '}');
    }
}

static void add_data(struct html *html, struct text *out)
{
    const struct page_look *const look = &html->options->look;

    text_append_char(out, '{');
    add_member(out, "name", session_name(html->session));
    text_format(out,
                ",\"first\":\"%s\",\"languages\":[\"vi\",\"en\"],\"width\":%d,\"height\":%d,"
                "\"words\":{",
                language_code(look->state.language), look->width, look->height);
    add_words(html, out);
    text_append_string(out, "},\n\"pages\":{");
    for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT; language++) {
        text_format(out, "%s\"%s\":[", language > LANGUAGE_EN ? "],\n" : "",
                    language_code(language));
        text_append_string(out, text_string(&html->pages[language]));
    }
    text_append_string(out, "]},\n\"lines\":[\n");
    for (size_t i = 0; i < html->lines.count; i++) {
        size_t length;
        const char *const line = line_table_at(&html->lines, i, &length);
        json_append_string(out, line, length);
        text_append_string(out, i + 1 < html->lines.count ? ",\n" : "");
    }
    text_append_string(out, "]}");
}

/* All data packed: pages, and their lines, are much alike. */
static void add_scripts(struct html *html, struct text *out)
{
    struct text data = { 0 }, packed = { 0 };

    add_data(html, &data);
    pack_append(&packed, data.bytes, data.length);
    text_append_string(out, "<script type=\"text/plain\" id=\"deck\">");
    text_append_base64(out, packed.bytes, packed.length);
    text_append_string(out, "</script>\n<script>\n");
    text_append_string(out, deck_js);
    text_append_string(out, "</script>\n</body>\n</html>\n");
    text_finish(&data);
    text_finish(&packed);
}

static void html_finish(struct html *html)
{
    for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT; language++) {
        text_finish(&html->pages[language]);
        text_finish(&html->lists[language]);
        deck_finish(&html->decks[language]);
    }
    line_table_finish(&html->lines);
    used_letters_finish(&html->letters);
}

bool html_write(const struct page_tools *tools, struct session *session,
                const struct html_options *options, const char *path, struct error *err)
{
    struct html html = { .tools = tools, .session = session, .options = options };
    struct deck_plan plan = options->plan;
    struct text out = { 0 };
    size_t all = 0, before = 0;
    bool good = true;

    for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT; language++) {
        plan.language = language;
        deck_fill(&html.decks[language], session, &plan);
        all += html.decks[language].count;
    }
    for (enum language language = LANGUAGE_EN; language < LANGUAGE_COUNT && good; language++) {
        good = add_pages(&html, language, before, all) || error_set(err, "stopped");
        before += html.decks[language].count;
    }
    if (good) {
        use_words(&html);
        add_head(&html, &out);
        add_body_html(&html, &out);
        add_scripts(&html, &out);
        good = output_write(path, &out, err);
    }
    text_finish(&out);
    html_finish(&html);
    return good;
}
