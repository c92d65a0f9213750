#include "engine/base/system_error.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
    int number;
    const char *words;
} known[] = {
    { ENOENT, "there is no such file or folder" },
    { EACCES, "you have no permission" },
    { EPERM, "you have no permission" },
    { EROFS, "it can only be read" },
    { ENOSPC, "the disk is full" },
    { EDQUOT, "your share of the disk is used up" },
    { EISDIR, "it is a folder" },
    { ENOTDIR, "it is no folder" },
    { EEXIST, "it is there already" },
    { ENOTEMPTY, "the folder is not empty" },
    { EMFILE, "too many files are open" },
    { ENFILE, "too many files are open" },
    { ENAMETOOLONG, "the name is too long" },
    { EFBIG, "the file is too large" },
    { ELOOP, "the links lead round in a circle" },
    { EIO, "the disk or device has failed" },
    { ENOMEM, "there is not enough memory" },
    { EAGAIN, "too many processes run already" },
    { EBUSY, "it is in use" },
    { ETXTBSY, "it is in use" },
    { ENOEXEC, "it is no program for this machine" },
};

const char *system_error(int number)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].number == number) {
            return known[i].words;
        }
    }
    return strerror(number);
}
