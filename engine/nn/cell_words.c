#include "engine/nn/cell_words.h"

#include <stdio.h>

#include "engine/base/text.h"
#include "engine/engine.h"
#include "engine/observer.h"

static void append_subscript(struct text *text, int number)
{
    char digits[16];
    snprintf(digits, sizeof(digits), "%d", number);
    for (const char *at = digits; number >= 0 && *at; at++) {
        const char subscript[] = { (char)0xe2, (char)0x82, (char)(0x80 + *at - '0'), '\0' };
        text_append_string(text, subscript); /* U+2080 and those after it */
    }
}

static void append_part(struct text *text, const struct cell_words *words, char what, char gate)
{
    switch (what) {
    case 't':
        append_subscript(text, words->step);
        break;
    case 'b':
        append_subscript(text, words->before);
        break;
    case 'l':
        text_append_string(text, words->layer);
        break;
    case 'n':
        text_append_string(text, words->step < 0 ? "′" : "");
        break;
    default:
        text_append_char(text, gate);
        break;
    }
}

void cell_word(const struct cell_words *words, const struct tensor *tensor, const char *format,
               char gate)
{
    const struct engine *const engine = words->engine;
    struct text text = { 0 };
    if (!tensor || !OBSERVED(engine, called)) {
        return;
    }
    for (const char *at = format; *at; at++) {
        if (*at == '%') {
            append_part(&text, words, *++at, gate);
        } else {
            text_append_char(&text, *at);
        }
    }
    engine->observer->calls->called(engine->observer->context, tensor, text_string(&text));
    text_finish(&text);
}

void cell_sum_word(const struct cell_words *words, const struct tensor *tensor, enum cell_sum sum,
                   char gate)
{
    static const char *const formats[][2] = {
        [CELL_OF_INPUT] = { "W_i%g%l x%t", "W_i%g%l x%t + b_i%g%l" },
        [CELL_OF_STATE] = { "W_h%g%l h%b", "W_h%g%l h%b + b_h%g%l" },
        [CELL_OF_BOTH] = { "W_i%g%l x%t + W_h%g%l h%b", "W_i%g%l x%t+…+b_h%g%l" },
    };
    cell_word(words, tensor, formats[sum][words->biases], gate);
}
