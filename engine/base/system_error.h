#pragma once
/* What the system says with an errno, in words that a reader of an interface understands; in the C
 * library's (until the next call) where it is none that files and programs meet. render/sayings.c has them
 * in other languages. */
const char *system_error(int number);
