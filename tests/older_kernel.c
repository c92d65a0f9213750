/* Starts a program on an older kernel, to look at what it shows there:
 *
 *     older_kernel landlock|seccomp|both|off PROGRAM [WORD...]      what is lacking; off: Landlock, switched off */

#include "tests/older_kernel.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **words)
{
    static const char *const names[] = { [LACKS_LANDLOCK] = "landlock",
                                         [LACKS_SECCOMP] = "seccomp",
                                         [LACKS_LANDLOCK | LACKS_SECCOMP] = "both",
                                         [LANDLOCK_OFF] = "off" };
    for (int lacking = LACKS_LANDLOCK; count > 2 && lacking <= LANDLOCK_OFF; lacking++) {
        if (strcmp(words[1], names[lacking]) == 0 && make_older(lacking)) {
            execv(words[2], words + 2);
            perror(words[2]);
            return 127;
        }
    }
    fprintf(stderr, "%s landlock|seccomp|both|off PROGRAM [WORD...]\n", words[0]);
    return 2;
}
