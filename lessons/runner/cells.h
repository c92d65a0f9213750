#pragma once
/* A lesson file split into cells, without Python: percent-format scripts ("# %% Title key=json").
 * A plain script is one code cell. Texts are normalised (no BOM, "\n" line ends, no-break spaces
 * outside strings made spaces), so that spans and text agree.
 *
 *     struct lesson lesson = { 0 };
 *     if (lesson_parse(&lesson, bytes, length, &err)) { ... lesson.cells[0].title ... }
 *     lesson_finish(&lesson);
 */

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum cell_kind { CELL_CODE, CELL_MARKDOWN, CELL_RAW };

/* Strings are never NULL: "" when the header does not say. Text is without blank lines around it;
 * code keeps its last newline if the file has one, narrative is without it and without "# " marks. */
struct cell {
    enum cell_kind kind;
    int number; /* from 1, in file order */
    int in;     /* from 1, among the code cells; 0: not a code cell */
    int line;   /* of the file, where the text begins */
    const char *title, *lang, *slide, *id;
    int session, minutes; /* of the course and in class, as the lesson's first cell says; else 0 */
    const char **tags;
    size_t tag_count;
    const char **hide; /* expressions whose values a question asks for */
    size_t hide_count;
    const char *text;
    size_t length;
    bool *commands;     /* for each line whether it was a notebook's command; NULL: none was */
    const char *notice; /* "" or what was left out of the text and why, as a sentence */
};

struct lesson {
    struct cell *cells;
    size_t count, capacity;
    size_t code_count;
    bool marked; /* it has cell marks; else it is a plain script */
    struct arena arena;
};

enum { LESSON_BYTES_MAX = 8 << 20 };

/* Splits the file. `lesson` must be zero. False when it is not text, is too large, has no cell at
 * all, or mixes code into narrative: err names the line. A lesson of narrative alone is no error
 * here: code_count is 0. */
bool lesson_parse(struct lesson *lesson, const char *bytes, size_t length, struct error *err);
void lesson_finish(struct lesson *lesson);

/* "code", "markdown", "raw". */
const char *cell_kind_name(enum cell_kind kind);
