#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "render/text/formula.h"

static void reads_as_mathematics(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "", "" },
        { "z = 3 * (x+2)^2 \\Rightarrow dz/dx = 6 * (x+2)", "z = 3 * (x+2)² ⇒ dz/dx = 6 * (x+2)" },
        { "\\partial z / \\partial x", "∂z / ∂x" },
        { "\\frac{\\partial L}{\\partial w}", "∂L/∂w" },
        { "\\frac{1}{n}\\sum (wx + b - y)^2", "1/n ∑(wx + b - y)²" },
        { "\\frac{a + b}{2 c}", "(a + b)/(2 c)" },
        { "\\frac12x", "1/2 x" },
        { "\\frac12 = \\frac ab", "1/2 = a/b" },
        { "w \\leftarrow w - \\eta g", "w ← w - ηg" },
        { "a\\cdot b\\times c", "a · b × c" },
        { "x^{10} y^{-1} W^T e^{x+1}", "x¹⁰ y⁻¹ Wᵀ eˣ⁺¹" },
        { "x_1 + w_{12} + a_i + b_s", "x₁ + w₁₂ + aᵢ + bₛ" },
        { "\\hat{y} \\neq \\mathbf{y}", "y\xcc\x82 ≠ y" },
        { "e^{-x/2} + a_{B}", "e^(-x/2) + a_B" },
        { "W^\\top x, W^{\\top}", "Wᵀx, Wᵀ" },
        { "\\sqrt{x+1} + \\sqrt 2", "√(x+1) + √2" },
        { "\\bar{x} \\in \\mathbb{R}", "x\xcc\x84 ∈ R" },
        { "{a{b}c}d}", "abcd" },
        { "\\unknown{x}", "\\unknownx" },
        { "100\\%", "100%" },
        { "Đạo hàm \\text{của y}", "Đạo hàm của y" },
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct text out = { 0 };
        text_append_string(&out, "|");
        formula_append(&out, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(out.bytes + 1, pairs[i][1]);
        text_finish(&out);
    }
}

static void ends_anywhere(void **state)
{
    (void)state;
    static const char formula[] = "\\frac{\\partial L}{x_{1}^{2}}\\";
    for (size_t length = 0; length < sizeof(formula); length++) {
        char *part = memory_copy_text(formula, length);
        struct text out = { 0 };
        formula_append(&out, part, length);
        assert_true(out.length < 40);
        text_finish(&out);
        free(part);
    }
}

/* A lesson may come from anywhere: nothing that it nests may exhaust the stack. */
static void deep_nesting_is_harmless(void **state)
{
    (void)state;
    static const char *const pieces[] = { "^", "_", "{", "\\frac", "^{", "\\frac{" };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct text deep = { 0 }, out = { 0 };
        for (int k = 0; k < 200000; k++) {
            text_append_string(&deep, pieces[i]);
        }
        formula_append(&out, deep.bytes, deep.length);
        assert_true(out.length <= 4 * deep.length);
        text_finish(&deep);
        text_finish(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_mathematics),
        cmocka_unit_test(ends_anywhere),
        cmocka_unit_test(deep_nesting_is_harmless),
    };
    return test_run(tests);
}
