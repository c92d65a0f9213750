# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=10
# # Đồ thị tĩnh và TensorFlow
#
# TensorFlow 1.x làm ngược lại: **dựng đồ thị trước, chạy sau** (*define-then-run*). Đồ thị là một bản thiết kế đã đóng băng; khi chạy, ta
# chỉ đổ số vào.
#
# Được gì: tối ưu được cả bản thiết kế, dễ triển khai lên điện thoại, máy chủ. Mất gì: hãy xem một câu `if`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=10
# # Static graphs and TensorFlow
#
# TensorFlow 1.x goes the other way: **first define the graph, then run it**. The graph is a frozen blueprint; to run it is to pour numbers in.
#
# The gain: the blueprint can be optimized as a whole, and is easy to ship to phones and servers. The price: let us look at an `if`.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Lớp `Recorder` ở đây là một mô phỏng nhỏ của việc ghi đồ thị bằng một mẫu thử; `torch.jit.trace` có đúng cạm bẫy này. `tf.function` tự đổi
# câu `if` trên tensor thành `tf.cond`, nhưng `if` trên một số Python thì vẫn bị đóng băng. Không cần đọc từng dòng của nó: chỉ cần thấy nó ghi lại phép toán và KHÔNG ghi lại câu `if`. TF 2.x mặc định cũng chạy
# ngay như PyTorch; đừng để sinh viên nghĩ rằng TensorFlow bây giờ vẫn như 1.x.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The class `Recorder` is a small imitation of recording a graph from one sample; `torch.jit.trace` has this very trap. `tf.function` turns an
# `if` on a tensor into `tf.cond` by itself, but an `if` on a Python number is frozen there, too. Nobody needs to read each line: see that it writes down operations and does NOT write down the `if`. TF 2.x runs eagerly
# by default, like PyTorch; do not let students believe that TensorFlow still is as 1.x was.

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Trông như thế nào trong TensorFlow 1.x
#
# ```python
# x = tf.placeholder(tf.float32)       # một chỗ trống
# y = x ** 2 + 3                       # chưa tính gì cả
# with tf.Session() as session:
#     print(session.run(y, feed_dict={x: 2.0}))
# ```
#
# | | PyTorch | TensorFlow 1.x |
# |---|---|---|
# | đồ thị có lúc nào | trong khi chạy | trước khi chạy |
# | in giá trị trung gian | `print(y)` | phải `session.run` |
# | `if`, `for` của Python | dùng được | không vào đồ thị |
# | triển khai | cần xuất mô hình | đồ thị có sẵn |

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What it looks like in TensorFlow 1.x
#
# ```python
# x = tf.placeholder(tf.float32)       # an empty place
# y = x ** 2 + 3                       # nothing is computed yet
# with tf.Session() as session:
#     print(session.run(y, feed_dict={x: 2.0}))
# ```
#
# | | PyTorch | TensorFlow 1.x |
# |---|---|---|
# | when there is a graph | while it runs | before it runs |
# | print a value in between | `print(y)` | needs `session.run` |
# | Python's `if`, `for` | can be used | are not in the graph |
# | shipping it | export the model | the graph is there |

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Câu `if` trong PyTorch
#
# Mỗi lần gọi `model`, Python chạy lại câu `if` với con số đang có: số dương đi một nhánh, số âm đi nhánh kia.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## An `if` in PyTorch
#
# At each call of `model` Python runs the `if` anew, with the number at hand: a positive one takes one branch, a negative one the other.

# %% Define by run id="by-run" tags=["code"] slideshow={"slide_type": "fragment"}
import torch

def model(x):
    if x > 0:
        return x * 2 + 1
    return x * -1

print(model(torch.tensor(3.0)))
print(model(torch.tensor(-3.0)))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Đóng băng đồ thị bằng một mẫu thử
#
# `Recorder` đi qua `model` một lần với số 3 và ghi lại các phép toán: nhân 2, cộng 1. Đó là đồ thị tĩnh.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Freeze the graph with one sample
#
# A `Recorder` goes through `model` once, with the number 3, and writes the operations down: times 2, plus 1. That is the static graph.

# %% The recorder id="recorder" tags=["code"] slideshow={"slide_type": "fragment"}
class Recorder:
    def __init__(self, value, tape):
        self.value, self.tape = value, tape

    def __mul__(self, other):
        self.tape.append(("mul", other))
        return Recorder(self.value * other, self.tape)

    def __add__(self, other):
        self.tape.append(("add", other))
        return Recorder(self.value + other, self.tape)

    def __gt__(self, other):
        return self.value > other

# %% Freeze id="freeze" tags=["code"] slideshow={"slide_type": "fragment"}
def freeze(function, sample):
    tape = []
    function(Recorder(sample, tape))
    return tape

def run(tape, x):
    for name, other in tape:
        x = x * other if name == "mul" else x + other
    return x

sample = 3.0  #@param {type:"slider", min:-5, max:5, step:1}
frozen = freeze(model, sample)
print(frozen)

# %% [markdown] lang="vi" tags=["question"] hide=["answer"] slideshow={"slide_type": "slide"}
# ## Đổ −3 vào đồ thị đã đóng băng
#
# `model(-3)` cho 3, vì số âm đi vào nhánh thứ hai. Đồ thị `frozen` được ghi với mẫu 3. `run(frozen, -3.0)` cho mấy?
#
# - [ ] 3 — *nghĩ rằng câu `if` cũng nằm trong đồ thị*
# - [x] −5 — *đồ thị chỉ biết nhân 2, cộng 1: đi nhầm nhánh mà không hề báo lỗi*
# - [ ] báo lỗi — *nghĩ rằng đồ thị đóng băng sẽ nhận ra; nó không có `if` nào để nhận ra*

# %% [markdown] lang="en" tags=["question"] hide=["answer"] slideshow={"slide_type": "slide"}
# ## Pour −3 into the frozen graph
#
# `model(-3)` is 3, because a negative number takes the second branch. The graph `frozen` was recorded with 3. What is `run(frozen, -3.0)`?
#
# - [ ] 3 — *thinks that the `if` is in the graph, too*
# - [x] −5 — *the graph only knows times 2, plus 1: the wrong branch, and no error*
# - [ ] an error — *expects the frozen graph to notice; it has no `if` that could*

# %% The wrong branch id="wrong-branch" slideshow={"slide_type": "fragment"}
x = torch.tensor(-3.0)
answer = run(frozen, x)
print("frozen: ", answer)

# %% The right one id="right-branch" slideshow={"slide_type": "fragment"}
print("dynamic:", model(x))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cách làm đúng trong đồ thị tĩnh
#
# Phép chọn nhánh phải tự nó là một phép toán của đồ thị: `torch.where` (trong TensorFlow: `tf.where`) tính cả hai nhánh rồi chọn từng số;
# `tf.cond` chỉ chạy nhánh được chọn.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How it is done in a static graph
#
# The choice itself has to be an operation of the graph: `torch.where` (in TensorFlow `tf.where`) computes both branches and takes each
# number from one of them; `tf.cond` runs only the branch that is chosen.

# %% where id="where" slideshow={"slide_type": "fragment"}
x = torch.tensor([3.0, -3.0], requires_grad=True)
y = torch.where(x > 0, x * 2 + 1, x * -1)
print(y)

# %% Its gradient id="where-gradient" slideshow={"slide_type": "fragment"}
total = y.sum()
total.backward()
print(x.grad)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi mẫu thử `sample` thành −3 rồi chạy lại. Bây giờ đồ thị sai với những số nào?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `sample` to −3 and run it again. For which numbers is the graph wrong now?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: đồ thị động ghi lại điều vừa xảy ra; đồ thị tĩnh ghi một lần rồi lặp lại, và câu `if` của Python không nằm trong đó.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: a dynamic graph records what just happened; a static one is recorded once and repeated, and Python's `if` is not in it.**
