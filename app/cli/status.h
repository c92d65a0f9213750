#pragma once
/* The exit statuses of the command line; the README lists them. A lesson that ends in SystemExit
 * gives its own. */

enum status {
    STATUS_GOOD = 0,
    STATUS_LESSON = 1,    /* the lesson ended in an exception */
    STATUS_USAGE = 2,     /* the command line makes no sense */
    STATUS_INPUT = 3,     /* the lesson or trace cannot be used */
    STATUS_OUTPUT = 4,    /* a file cannot be written, or a part of the program is missing */
    STATUS_LIMIT = 5,     /* stopped by a limit: memory, time, output */
    STATUS_STOPPED = 130, /* interrupted */
};
