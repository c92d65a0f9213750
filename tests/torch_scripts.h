#pragma once
/* Runs what scripts promise: every function of a file whose name begins with test_ must not raise. */

#include "tests/torch_host.h"

/* Of the files that `pattern` means, without those that the module `scope` (unless "") names in
 * OUT_OF_SCOPE, a dictionary of "file.function" and why. */
static inline void torch_scripts_pass(const char *pattern, const char *scope)
{
    struct text script = { 0 };
    text_format(&script,
                "import gc, glob, importlib, os, sys, traceback\n"
                "scope = vars(importlib.import_module('%s'))['OUT_OF_SCOPE'] if '%s' else {}\n"
                "failed, seen = [], set()\n"
                "for path in sorted(glob.glob('" GRADLIGHT_TESTS_ROOT "/%s')):\n"
                "    name = os.path.basename(path)[:-3]\n"
                "    tests = vars(importlib.import_module(name))\n"
                "    for function in sorted(tests):\n"
                "        full = name + '.' + function\n"
                "        if function.startswith('test_') and full not in scope:\n"
                "            try:\n"
                "                tests[function]()\n"
                "            except BaseException:\n"
                "                failed.append(full)\n"
                "                traceback.print_exc()\n"
                "        seen.add(full)\n"
                "    del sys.modules[name]\n"
                "assert len(seen) > 0 and not failed, failed\n"
                "assert all(full in seen for full in scope), set(scope) - seen\n"
                "del failed, function, path, name, tests, scope, seen, full\n"
                "gc.collect()\n",
                scope[0] ? scope : "os", scope, pattern);
    torch_host_run(text_string(&script));
    text_finish(&script);
}
