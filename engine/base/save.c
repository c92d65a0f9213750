#include "engine/base/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"
#include "engine/base/text.h"

/* So many processes may write the same file at once; the last one that is done wins. */
enum { WRITERS_MOST = 16 };

static bool is_at(int descriptor, const char *path)
{
    struct stat open, named;
    return fstat(descriptor, &open) == 0 && lstat(path, &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/* Whoever writes a file holds a lock on it, which goes with the process: one that can be locked was
 * left behind. Where a file system knows no locks it stays. */
static void remove_left(const char *beside)
{
    const int descriptor = open(beside, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) {
        return;
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_at(descriptor, beside)) {
        unlink(beside);
    }
    close(descriptor);
}

/* A new file, locked. -1 with errno; EEXIST: somebody else writes it. */
static int claim(const char *beside)
{
    remove_left(beside);
    const int descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        return -1;
    }
    /* Between those two somebody may have taken it for one that was left behind. */
    if ((flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
        !is_at(descriptor, beside)) {
        close(descriptor);
        errno = EEXIST;
        return -1;
    }
    return descriptor;
}

/* 0: all is well; else an errno, for whoever asks why. */
static bool end_with(struct save *save, int number)
{
    free(save->path);
    free(save->beside);
    *save = (struct save){ 0 };
    errno = number;
    return number == 0;
}

bool save_open(struct save *save, const char *path)
{
    int descriptor = -1, number = EEXIST;
    *save = (struct save){ .path = memory_copy_string(path) };
    for (int writer = 1; writer <= WRITERS_MOST && descriptor < 0 && number == EEXIST; writer++) {
        struct text beside = { 0 };
        text_format(&beside, "%s.gradlight-%d.part", path, writer);
        free(save->beside);
        save->beside = beside.bytes;
        descriptor = claim(save->beside);
        number = errno;
    }
    if (descriptor < 0) {
        return end_with(save, number);
    }
    save->stream = fdopen(descriptor, "wb");
    if (!save->stream) {
        number = errno;
        unlink(save->beside);
        close(descriptor);
        return end_with(save, number);
    }
    return true;
}

/* The name too is on the disk; where a folder cannot be asked for that, it will be soon. */
static void settle_folder(const char *path)
{
    char *const folder = memory_copy_string(path);
    char *const slash = strrchr(folder, '/');
    if (slash) {
        slash[slash == folder] = '\0';
    }
    const int descriptor = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
    free(folder);
}

/* Why a write failed some time ago: one more, of a file that is given up, meets the same. */
static int ask_again(FILE *stream)
{
    clearerr(stream);
    errno = 0;
    return (fputc(' ', stream) == EOF || fflush(stream) != 0) && errno ? errno : EIO;
}

/* An errno, or 0. Some file systems have no disk to wait for, and say so. */
static int settle(FILE *stream)
{
    if (ferror(stream)) {
        return ask_again(stream);
    }
    if (fflush(stream) != 0) {
        return errno;
    }
    return fsync(fileno(stream)) == 0 || errno == EINVAL || errno == EROFS ? 0 : errno;
}

bool save_finish(struct save *save)
{
    int number = settle(save->stream);
    if (number == 0 && rename(save->beside, save->path) != 0) {
        number = errno;
    }
    if (number != 0) {
        unlink(save->beside);
    } else {
        settle_folder(save->path);
    }
    fclose(save->stream); /* and the lock goes, now that the name is the file's own */
    return end_with(save, number);
}

void save_abandon(struct save *save)
{
    unlink(save->beside);
    fclose(save->stream);
    end_with(save, 0);
}
