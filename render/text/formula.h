#pragma once
/* The little LaTeX of lessons as characters: "\partial z" becomes "∂z", "x^2" becomes "x²", "\frac{a}{b}"
 * becomes "a/b". What is not known stays as it was written. */

#include "engine/base/text.h"

void formula_append(struct text *out, const char *latex, size_t length);
