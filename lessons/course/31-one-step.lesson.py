# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=12
# # Một bước giảm gradient, làm bằng tay
#
# Ta có một điểm dữ liệu: $x = 2$, $y = 6$. Mô hình là $\hat{y} = w x$, bắt đầu với $w = 1$. **Mất mát** (*loss*) là $(w x - y)^2$.
#
# Gradient cho biết nhích $w$ về phía nào thì mất mát tăng. Muốn mất mát giảm thì đi **ngược** lại:
#
# $w \leftarrow w - lr \cdot \frac{\partial loss}{\partial w}$
#
# Cả việc huấn luyện một mô hình chỉ là lặp lại dòng này.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=12
# # One step of gradient descent, by hand
#
# We have one data point: $x = 2$, $y = 6$. The model is $\hat{y} = w x$, and it begins with $w = 1$. The **loss** is $(w x - y)^2$.
#
# The gradient says which way to nudge $w$ for the loss to grow. For it to shrink, go the **other** way:
#
# $w \leftarrow w - lr \cdot \frac{\partial loss}{\partial w}$
#
# All of training is this one line, over and over.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Dấu trừ là chỗ sinh viên hay mất nhất: gradient âm, trừ đi số âm, nên `w` TĂNG. Hãy để cả lớp nói to "trừ của âm mười sáu".
# Phần hai là ba cách viết bước cập nhật: một cách làm mất lá, một cách báo lỗi, một cách đúng. Chỉ cần nhớ cách thứ ba.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The minus is what students lose most often: the gradient is negative, a negative is subtracted, so `w` GROWS. Let the class say "minus
# minus sixteen" aloud. The second part writes the update in three ways: one loses the leaf, one is an error, one is right.
# Only the third is to be remembered.

# %% Loss and gradient id="gradient" slideshow={"slide_type": "fragment"}
import torch

x, y = 2.0, 6.0
w = torch.tensor(1.0, requires_grad=True)
loss = (w * x - y) ** 2
loss.backward()
print("loss:", loss)
print("w.grad:", w.grad)

# %% [markdown] lang="vi" tags=["question"] hide=["new_w"] slideshow={"slide_type": "slide"}
# ## `w` đi về đâu?
#
# `w = 1`, `w.grad = -16`, tốc độ học `lr = 0.1`. Sau một bước, `w` bằng bao nhiêu?
#
# - [ ] −0.6 — *làm mất dấu trừ: 1 + 0.1 · (−16)*
# - [x] 2.6 — *1 − 0.1 · (−16) = 1 + 1.6; đi về phía 3, nơi mất mát bằng 0*
# - [ ] −15 — *cộng thẳng gradient, quên tốc độ học*
# - [ ] vẫn 1 — *nghĩ rằng chỉ bộ tối ưu mới đổi được tham số*

# %% [markdown] lang="en" tags=["question"] hide=["new_w"] slideshow={"slide_type": "slide"}
# ## Where does `w` go?
#
# `w = 1`, `w.grad = -16`, learning rate `lr = 0.1`. What is `w` after one step?
#
# - [ ] −0.6 — *loses the minus: 1 + 0.1 · (−16)*
# - [x] 2.6 — *1 − 0.1 · (−16) = 1 + 1.6; towards 3, where the loss is 0*
# - [ ] −15 — *adds the gradient itself and forgets the learning rate*
# - [ ] still 1 — *takes an optimizer to be needed to change a parameter*

# %% The step id="step" slideshow={"slide_type": "fragment"}
lr = 0.1  #@param {type:"slider", min:0.01, max:0.3, step:0.01}

new_w = w - lr * w.grad
print("new w:", new_w)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cạm bẫy 1: mất lá
#
# Nhiều người viết `w = w - lr * w.grad`. Con số thì đúng, nhưng `w` mới là **kết quả của một phép toán**: nó có `grad_fn`, không còn là lá.
# Ở bước sau gradient vẫn về tới **lá cũ**, nhưng tên `w` không còn chỉ lá ấy: `w.grad` là `None`, ta không biết đi tiếp về đâu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Trap 1: the leaf is lost
#
# Many write `w = w - lr * w.grad`. The number is right, but the new `w` is the **result of an operation**: it has a `grad_fn` and is no
# leaf any more. At the next step the gradient still goes to the **old leaf**, but `w` is no longer its name: `w.grad` is `None`, and there is
# no telling where to go.

# %% The leaf is lost id="lost-leaf" slideshow={"slide_type": "fragment"}
w = w - lr * w.grad
print("w is a leaf:", w.is_leaf)

# %% No gradient for the name id="no-gradient" slideshow={"slide_type": "fragment"}
loss = (w * x - y) ** 2
loss.backward()
print("w.grad:", w.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cạm bẫy 2: sửa tại chỗ
#
# Vậy thì sửa thẳng vào `w`? PyTorch không cho: một lá cần gradient không được bị sửa trong lúc mọi việc đang được ghi lại.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Trap 2: in place
#
# So change `w` itself? PyTorch refuses: a leaf that wants a gradient must not be changed while everything is being recorded.

# %% A leaf again id="leaf-again" slideshow={"slide_type": "fragment"}
w = torch.tensor(1.0, requires_grad=True)
loss = (w * x - y) ** 2
loss.backward()

# %% In place id="in-place"
try:
    w -= lr * w.grad
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cách đúng
#
# Tắt theo dõi trong lúc cập nhật, sửa tại chỗ, rồi xóa gradient. Đó đúng là việc mà `optimizer.step()` và `optimizer.zero_grad()` làm giúp ta.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The right way
#
# Switch tracking off for the update, change in place, then clear the gradient. This is just what `optimizer.step()` and
# `optimizer.zero_grad()` do for us.

# %% The right way id="right" tags=["code"] slideshow={"slide_type": "fragment"}
w = torch.tensor(1.0, requires_grad=True)
loss = (w * x - y) ** 2
loss.backward()
with torch.no_grad():
    w -= lr * w.grad
w.grad = None
print("w:", w)
print("w is a leaf:", w.is_leaf)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Năm bước liền
#
# Cả một vòng huấn luyện: mỗi lần lặp tính mất mát, tính gradient, rồi cập nhật. `w` tiến về 3, mất mát về 0.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Five steps in a row
#
# A whole training loop: each iteration computes the loss and its gradient, then updates. `w` goes towards 3, the loss towards 0.

# %% Five steps id="loop" tags=["code"] slideshow={"slide_type": "fragment"}
w = torch.tensor(1.0, requires_grad=True)
for i in range(5):
    loss = (w * x - y) ** 2
    w.grad = None
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
    print(f"w = {w.item():.4f}   loss was {loss.item():.4f}")

# %% How far it still is id="distance" tags=["curve"] slideshow={"slide_type": "fragment"}
print(f"3 - w = {3 - w.item():.4f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Trong vòng lặp, xóa dòng `w.grad = None`. Đoán trước xem `w` đi thế nào, rồi chạy. Gradient cũ vẫn nằm trong ngăn kéo!

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In the loop delete the line `w.grad = None`. Guess how `w` moves, then run it. The old gradients are still in the drawer!

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: $w \leftarrow w - lr \cdot grad$, với dấu trừ, sửa tại chỗ, trong `torch.no_grad()`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: $w \leftarrow w - lr \cdot grad$, with the minus, in place, inside `torch.no_grad()`.**
