#pragma once
/* Commands of a notebook within Python: "%matplotlib inline", "%%time", "!pip install torch", "torch.ones?". A script
 * has them as comments, as Jupytext writes them. Lines need no zero byte behind them. */

#include <stdbool.h>
#include <stddef.h>

/* Whether the line, which begins a statement, is a command and no Python. */
bool magic_is(const char *line, size_t length);

/* Whether the line is a cell magic ("%%time") after which the cell is still Python. */
bool magic_keeps_python(const char *line, size_t length);

/* Where the "# " or, set in, the "pass  # " of such a comment ends; 0 if the line does not begin with one. */
size_t magic_comment_end(const char *line, size_t length);

/* Whether what stands behind a comment's mark is a command rather than words: a line magic of IPython by its name
 * ("%time f()"; any other, as "%d", would be an error there), a cell magic that keeps Python if `first` (nothing but
 * such stands above it in the cell), or "!" with a line for the shell right behind it: a word of two or more small
 * letters that ends at a blank ("!ls -l"), a path ("!./run"), a variable ("!{sys.executable} -m pip") or a setting
 * ("!SEED=1 make"). A remark such as "!Note" or "!important:" is none. */
bool magic_is_commented(const char *text, size_t length, bool first);
