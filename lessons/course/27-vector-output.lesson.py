# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Đầu ra không vô hướng
#
# `backward()` không đối số chỉ làm được khi đầu ra là **một** số: "đạo hàm của số ấy theo `x`". Nếu `y` có ba số thì đạo hàm của số nào?
#
# Khi đó ta phải tự cho biết mỗi số của `y` có trọng số bao nhiêu: `y.backward(gradient)`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=10
# # An output that is no scalar
#
# `backward()` without an argument only works if the output is **one** number: "the derivative of it with respect to `x`". If `y` has three
# numbers, the derivative of which?
#
# Then we have to say how much each number of `y` weighs: `y.backward(gradient)`.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Tham số `gradient` chính là *gradient truyền tới*: nếu sau `y` còn một phép toán nữa, phép toán ấy sẽ gửi nó về. Khi gọi `backward()` trên
# mất mát thì nó là 1. Ô cuối kiểm tra một lời chú trong bài giảng gốc; hãy cho cả lớp biểu quyết trước khi chạy.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The `gradient` argument is the *upstream gradient*: if another operation followed `y`, it would send it. Called on a loss it is 1.
# The last cell checks a comment in the course's notes; let the class vote before you run it.

# %% Three numbers id="three-numbers" slideshow={"slide_type": "fragment"}
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x ** 2

# %% Not a scalar id="error" slideshow={"slide_type": "fragment"}
try:
    y.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cách thường dùng: gom lại thành một số
#
# Chính vì vậy hàm mất mát thường kết thúc bằng `sum()` hoặc `mean()`. Với tổng, mỗi phần tử được gradient riêng của nó: $2x$.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The usual way: make it one number
#
# For this reason loss functions usually end in `sum()` or `mean()`. With the sum each element gets its own gradient: $2x$.

# %% Sum id="sum" slideshow={"slide_type": "fragment"}
y.sum().backward()
print(x.grad)

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Cho trọng số
#
# `x = [1, 2, 3]`, `y = x ** 2`, và ta gọi `y.backward(v)` với `v = [1, 10, 100]`. `x.grad` là gì?
#
# - [ ] `[2., 4., 6.]` — *bỏ qua đối số `v`*
# - [x] `[2., 40., 600.]` — *gradient truyền tới nhân với đạo hàm cục bộ: 1·2, 10·4, 100·6*
# - [ ] `[642., 642., 642.]` — *cộng tất cả lại; nhưng mỗi y chỉ phụ thuộc x của nó*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Give weights
#
# `x = [1, 2, 3]`, `y = x ** 2`, and we call `y.backward(v)` with `v = [1, 10, 100]`. What is `x.grad`?
#
# - [ ] `[2., 4., 6.]` — *ignores the argument `v`*
# - [x] `[2., 40., 600.]` — *upstream gradient times local derivative: 1·2, 10·4, 100·6*
# - [ ] `[642., 642., 642.]` — *adds all of them up; but each y depends on its own x alone*

# %% The same three numbers id="again" slideshow={"slide_type": "skip"}
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x ** 2

# %% Weights id="weights" slideshow={"slide_type": "fragment"}
v = torch.tensor([1., 10., 100.])
y.backward(v)
print(x.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cùng một việc, hai cách viết
#
# `y.backward(v)` bằng đúng `(y * v).sum().backward()`. Tổng có trọng số ấy là một số, và đạo hàm của nó theo `y` chính là `v`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The same, written in two ways
#
# `y.backward(v)` is exactly `(y * v).sum().backward()`. That weighted sum is one number, and its derivative with respect to `y` is `v`.

# %% The same id="same" slideshow={"slide_type": "fragment"}
last = 100.0  #@param {type:"slider", min:-100, max:100, step:10}

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x ** 2
v = torch.tensor([1.0, 10.0, last])

# %% The weighted sum id="weighted-sum" slideshow={"slide_type": "fragment"}
total = (y * v).sum()
total.backward()
print(x.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Lời chú trong bài giảng
#
# Bài giảng viết: `z.backward() # tương đương z.backward(torch.tensor(1.))`. Ở đó `z` có kích thước `(1,)`, còn `torch.tensor(1.)` có
# kích thước `()`. Có thật là tương đương không? Gradient truyền tới phải cùng kích thước với đầu ra.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A comment in the course's notes
#
# The notes say: `z.backward() # tương đương z.backward(torch.tensor(1.))`, "the same as". There `z` has shape `(1,)`, and `torch.tensor(1.)`
# has shape `()`. Are they really the same? The upstream gradient must have the shape of the output.

# %% The output id="output" slideshow={"slide_type": "fragment"}
x = torch.ones(1, requires_grad=True)
z = 3 * (x + 2) ** 2

# %% Check the comment id="comment" tags=["code"] slideshow={"slide_type": "fragment"}
try:
    z.backward(torch.tensor(1.))
except RuntimeError as error:
    print("RuntimeError:", error)

# %% The right shape id="right-shape" slideshow={"slide_type": "fragment"}
z.backward(torch.tensor([1.]))
print(x.grad)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Thay `sum()` bằng `mean()` ở ô có `y.sum()`. Đoán `x.grad` trước. `mean()` tương đương với `v` nào?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Replace `sum()` by `mean()` in the cell with `y.sum()`. Guess `x.grad` first. Which `v` does `mean()` stand for?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `backward()` cần một số; với đầu ra nhiều số, hãy gom thành một số hoặc đưa vào gradient truyền tới cùng kích thước.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `backward()` needs one number; for an output of many, make it one or pass an upstream gradient of the same shape.**
