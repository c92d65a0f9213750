#include "app/session/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

int signals_catch(sigset_t *before)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    sigset_t caught;

    sigemptyset(&caught);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct sigaction now;
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN) {
            sigaddset(&caught, numbers[i]);
        }
    }
    sigprocmask(SIG_BLOCK, &caught, before);
    return signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool signals_came(int signals)
{
    struct signalfd_siginfo which;

    return signals >= 0 && read(signals, &which, sizeof(which)) == (ssize_t)sizeof(which);
}
