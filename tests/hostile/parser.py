# === a recursion
#: error RecursionError
def f(n):
    return f(n + 1)


f(0)

# === a recursion without a limit
#: error RecursionError
import sys
sys.setrecursionlimit(10**9)


def f(n):
    return f(n + 1)


print("before", flush=True)
f(0)

# === a recursion without a limit, caught
#: out deep: True
import sys
sys.setrecursionlimit(2**80)
depth = 0


def f():
    global depth
    depth += 1
    f()


try:
    f()
except RecursionError:
    print("deep:", depth > 90000, sys.getrecursionlimit())

# === a recursion in C
#: ends any
import sys
sys.setrecursionlimit(10**9)


class A:
    def __add__(self, other):
        return self + other


print("before", flush=True)
A() + 1

# === a deep list, printed
#: error RecursionError
x = []
for i in range(10**5):
    x = [x]
print(len(repr(x)))

# === parentheses
#: error any
eval("(" * 100000 + ")" * 100000)

# === minus signs
#: error any
eval("-" * 1000000 + "1")

# === functions in functions
#: error any
eval("lambda:" * 100000 + "1")

# === attributes of attributes
#: error any
eval("a" + ".b" * 1000000)

# === a tree that was made by hand
#: error any
import ast
n = ast.Constant(1, lineno=1, col_offset=0)
for i in range(100000):
    n = ast.UnaryOp(ast.USub(), n, lineno=1, col_offset=0)
compile(ast.Expression(n), "x", "eval")

# === a number of many digits
#: error ValueError
int("9" * 100000)

# === code that was changed
#: ends any
def f():
    return 1


print("before", flush=True)
f.__code__ = f.__code__.replace(co_code=bytes(range(256)))
f()

# === a name that is long
#: out 100000
name = "a" * 100000
exec(name + " = 1")
print(len(name))

# === a sum that is long
#: error RecursionError
eval("1" + "+1" * 100000)

# === text of other directions
#: out user
access = "user\u202e \u2066// admin only\u2069 \u2066"
print("user", access)

# === an escape to the terminal
#: out title
print("\x1b]0;title\x07\x1b[2J\x1b[1;1H")

# === markup
#: out bold
print("<b>bold</b> <script>alert(1)</script> & %s %n {0} $(id)")
