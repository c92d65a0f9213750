/* A notebook of any bytes: what is taken for one becomes a script that can be split. */

#include "tests/fuzz/fuzz.h"

#include "lessons/runner/notebook.h"

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct text script = { 0 };
    struct error err = { 0 };
    struct lesson lesson = { 0 };
    notebook_is((const char *)bytes, length);
    if (notebook_to_script((const char *)bytes, length, &script, &err)) {
        MUST(utf8_valid(text_string(&script), script.length));
        lesson_parse(&lesson, text_string(&script), script.length, NULL);
    } else {
        MUST(err.text[0]);
    }
    lesson_finish(&lesson);
    text_finish(&script);
    return 0;
}
