#pragma once
/* The style sheet and the script of an exported lesson, from assets/deck. */

extern const char deck_css[];
extern const char deck_js[];
