# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Chạy ngay và đồ thị tính toán
#
# PyTorch **chạy ngay** (*eager execution*): mỗi dòng lệnh được tính xong trước khi sang dòng sau, giống hệt Python thường.
# Không có `.session()`, không có `.run()`.
#
# Đồng thời, nếu có tensor cần gradient, mỗi phép toán để lại một **nút** trong **đồ thị tính toán** (*computation graph*).

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Eager execution and the computation graph
#
# PyTorch runs **eagerly**: each line is computed before the next begins, just like ordinary Python. There is no `.session()`,
# no `.run()`.
#
# At the same time, if a tensor asks for a gradient, each operation leaves a **node** in the **computation graph**.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Ô đầu không có `requires_grad`, nên không có đồ thị nào: chỉ có các con số. Để cả lớp thấy điều đó trước.
# Sau đó đi từng phép toán của $x^2 + 3x + 1$ và đếm nút trên màn hình. Tài liệu khóa học vẽ đúng đồ thị này bằng mũi tên chữ.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The first cell has no `requires_grad`, so there is no graph, just numbers. Let the class see that first.
# Then take $x^2 + 3x + 1$ one operation at a time and count the nodes on the screen. The course's notes draw this very graph
# with arrows made of characters.

# %% Eager id="eager" slideshow={"slide_type": "fragment"}
import torch

x = torch.tensor([1.0, 2.0])
y = x ** 2 + 3
print(y)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Đồ thị của $x^2 + 3x + 1$
#
# ```
# x ──▶ x² ────┐
#            ( + ) ──▶ + 1 ──▶ y
# x ──▶ 3x ────┘
# ```
#
# Với `requires_grad=True`, PyTorch dựng đồ thị này. Nó dựng vào lúc nào?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The graph of $x^2 + 3x + 1$
#
# ```
# x ──▶ x² ────┐
#            ( + ) ──▶ + 1 ──▶ y
# x ──▶ 3x ────┘
# ```
#
# With `requires_grad=True`, PyTorch builds this graph. But when?

# %% [markdown] lang="vi" tags=["question"] hide=["y.grad_fn"] slideshow={"slide_type": "slide"}
# ## Đồ thị có từ lúc nào?
#
# Giả sử dòng `y = x**2 + 3*x + 1` vừa được tính xong và ta **chưa** gọi `backward()`. Lúc này `y.grad_fn` là gì?
#
# - [ ] `None` — *nghĩ rằng `backward()` mới dựng đồ thị*
# - [ ] `PowBackward0` — *lấy phép toán đầu tiên; `y` là kết quả của phép cuối cùng*
# - [x] `AddBackward0` — *nút của phép `+ 1`; đồ thị đã đầy đủ ngay sau lan truyền xuôi*

# %% [markdown] lang="en" tags=["question"] hide=["y.grad_fn"] slideshow={"slide_type": "slide"}
# ## When is the graph there?
#
# Suppose `y = x**2 + 3*x + 1` has just been computed, and `backward()` has **not** been called. What is `y.grad_fn` now?
#
# - [ ] `None` — *takes `backward()` to build the graph*
# - [ ] `PowBackward0` — *takes the first operation; `y` is the result of the last*
# - [x] `AddBackward0` — *the node of `+ 1`; the graph is complete right after the forward pass*

# %% Forward id="forward" slideshow={"slide_type": "fragment"}
# Tạo một tensor có yêu cầu tính gradient
x = torch.tensor([2.0], requires_grad=True)
# Một hàm số đơn giản: y = x^2 + 3x + 1
y = x**2 + 3*x + 1

# %% The graph is there id="graph" slideshow={"slide_type": "fragment"}
print(y.grad_fn.name())
node = y.grad_fn.next_functions[0][0]
print(node.name(), "<-", [below.name() for below, _ in node.next_functions])

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Đi ngược đồ thị
#
# $\frac{dy}{dx} = 2x + 3$, tại $x = 2$ là 7. `backward()` tìm ra số đó bằng cách đi ngược hai đường: qua $x^2$ được 4, qua $3x$ được 3.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Back through the graph
#
# $\frac{dy}{dx} = 2x + 3$, which at $x = 2$ is 7. `backward()` finds it by walking back along two paths: 4 through $x^2$, 3 through $3x$.

# %% Backward id="backward" slideshow={"slide_type": "fragment"}
# Tính đạo hàm của y theo x
y.backward()  # Tự động lan truyền ngược (backpropagation)
# In kết quả đạo hàm tại x = 2.0
print(f"Giá trị đạo hàm tại x = 2.0 là: {x.grad.item()}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Mỗi lần chạy, một đồ thị mới
#
# Vì chạy ngay, đồ thị là lịch sử của những gì **đã** thực sự xảy ra. Đổi `value` trong ô dưới: các giá trị đổi, đạo hàm đổi theo.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Each run, a new graph
#
# Because PyTorch runs eagerly, the graph is the history of what **really** happened. Change `value` in the cell below: the values change,
# and so does the derivative.

# %% Another value id="another" slideshow={"slide_type": "fragment"}
value = -1.0  #@param {type:"slider", min:-5, max:5, step:0.5}

x = torch.tensor([value], requires_grad=True)
y = x**2 + 3*x + 1

# %% Its derivative id="another-derivative" slideshow={"slide_type": "fragment"}
y.backward()
print("y:", y)
print("dy/dx =", x.grad.item())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Tìm $x$ mà tại đó `dy/dx` bằng 0, bằng cách đổi `value`. Giá trị của `y` ở đó có gì đặc biệt?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# By changing `value`, find the $x$ where `dy/dx` is 0. What is special about `y` there?

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: đồ thị tính toán được dựng trong lúc lan truyền xuôi; `backward()` chỉ đi ngược đồ thị đã có.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: the computation graph is built during the forward pass; `backward()` only walks what is already there.**
