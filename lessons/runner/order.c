#include "lessons/runner/order.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/base/memory.h"
#include "lessons/runner/cells.h"

enum { HEADER_MAX = 16 << 10, ORDER_MAX = HEADER_MAX + LESSON_BYTES_MAX };

/* Appends what comes next; false at the end or when it cannot be read. */
static bool read_more(struct text *text, int fd)
{
    char bytes[65536];
    ssize_t got;
    do {
        got = read(fd, bytes, sizeof(bytes));
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        text_append(text, bytes, (size_t)got);
    }
    return got > 0 && text->length <= ORDER_MAX;
}

static bool parse_header(struct order *order, const char *line, size_t length, struct error *err)
{
    struct arena arena = { 0 };
    const struct json *header = json_parse(&arena, line, length, err);
    const char *path = json_find_string(header, "path", "");
    int64_t size = json_find_whole(header, "length", -1);
    bool fine = header && size >= 0 && size <= LESSON_BYTES_MAX;
    if (fine) {
        order->path = memory_copy_string(path);
        order->length = (size_t)size;
    } else if (header) {
        error_set(err, "the order has no length up to %d", LESSON_BYTES_MAX);
    }
    arena_finish(&arena);
    return fine;
}

bool order_read(struct order *order, int fd, struct error *err)
{
    struct text text = { 0 };
    const char *end = NULL;
    bool fine = false;
    while (!end && read_more(&text, fd)) {
        end = memchr(text.bytes, '\n', text.length);
    }
    if (!end) {
        goto out;
    }
    size_t header = (size_t)(end - text.bytes) + 1;
    if (!parse_header(order, text.bytes, header - 1, err)) {
        goto out;
    }
    while (text.length - header < order->length && read_more(&text, fd)) {
    }
    fine = text.length - header >= order->length;
    if (fine) {
        order->bytes = memory_copy_text(text.bytes + header, order->length);
    }

out:
    text_finish(&text);
    return fine;
}
