#pragma once
/* Makes the kernel older for this process and all that it starts, by a filter that answers as one would
 * that lacks a part of the box. There is no way back. */

#include <errno.h>
#include <stdbool.h>
#include <sys/prctl.h>

#include <seccomp.h>

enum lacking { LACKS_LANDLOCK = 1, LACKS_SECCOMP = 2, LANDLOCK_OFF = 4 };

static inline bool make_older(int lacking)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int code = filter ? 0 : -ENOMEM;

    if (lacking & (LACKS_LANDLOCK | LANDLOCK_OFF)) {
        const uint32_t answer = SCMP_ACT_ERRNO(lacking & LANDLOCK_OFF ? EOPNOTSUPP : ENOSYS);
        code |= seccomp_rule_add(filter, answer, SCMP_SYS(landlock_create_ruleset), 0);
    }
    if (lacking & LACKS_SECCOMP) {
        const struct scmp_arg_cmp set = { 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0 };
        code |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
        code |= seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, &set);
    }
    code |= code ? code : seccomp_load(filter);
    seccomp_release(filter);
    return code == 0;
}
