#pragma once
/* What went wrong in the world outside: a lesson's line, a shape, a file, a device. A function
 * that can fail takes a `struct error *` as its last argument, returns false or NULL, and has
 * then filled it. Our own mistakes are asserts and never arrive here. */

#include <stdarg.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Named after the Python exception that a lesson sees. ERROR_IO becomes OSError, ERROR_LINALG
 * torch.linalg.LinAlgError. */
enum error_kind {
    ERROR_RUNTIME,
    ERROR_INDEX,
    ERROR_VALUE,
    ERROR_TYPE,
    ERROR_ASSERTION,
    ERROR_NOT_IMPLEMENTED,
    ERROR_MEMORY,
    ERROR_IO,
    ERROR_LINALG,
};

enum { ERROR_TEXT_SIZE = 2048 };

/* Zero is "no error yet". The text is UTF-8, without a final newline; longer texts are cut at a
 * character boundary. */
struct error {
    enum error_kind kind;
    char text[ERROR_TEXT_SIZE];
};

/* Back to "no error yet", without a stroke over all of the text: for what runs often. */
static inline void error_clear(struct error *err)
{
    err->kind = ERROR_RUNTIME;
    err->text[0] = '\0';
}

/* Both always return false, so that a failing function can end with `return error_set(...)`.
 * A NULL err is allowed and ignored. error_set sets ERROR_RUNTIME. */
bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool error_set_kind(struct error *err, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text that is there, keeping the kind. Always returns false. */
bool error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "RuntimeError", "IndexError", ... */
const char *error_kind_name(enum error_kind kind);

#ifdef __cplusplus
}
#endif
