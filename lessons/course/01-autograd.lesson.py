# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# # Tự động tính đạo hàm với autograd
#
# Cho $x = 1$. Ta tính $y = x + 2$ rồi $z = 3y^2$, và muốn biết $dz/dx$.
#
# Với `requires_grad=True`, mỗi phép toán trên `x` dựng thêm một **nút** của đồ thị tính toán.
# `z.backward()` đi ngược đồ thị từ `z` về `x`: ở mỗi cạnh, *gradient truyền tới* nhân với *đạo hàm cục bộ*
# là *phần đóng góp*. Kết quả được cất vào `x.grad`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# # Derivatives by themselves: autograd
#
# Let $x = 1$. We compute $y = x + 2$, then $z = 3y^2$, and want to know $dz/dx$.
#
# With `requires_grad=True` every operation on `x` adds a **node** to the computation graph.
# `z.backward()` walks that graph from `z` back to `x`: along each edge the *upstream gradient* times the
# *local derivative* is the *contribution*. The result is stored in `x.grad`.

# %% Setup id="setup" slideshow={"slide_type": "skip"}
import torch

# %% Autograd id="autograd" slideshow={"slide_type": "fragment"}
# Tạo một tensor và yêu cầu tính đạo hàm cho nó  
x = torch.ones(1, requires_grad=True)  
print(f"x: {x}")  
  
# Thực hiện một phép toán  
y = x + 2  
print(f"y: {y}")  
  
# y được tạo ra từ một phép toán có x, nên nó cũng có grad_fn  
print(f"grad_fn của y: {y.grad_fn}")  
  
# Thực hiện thêm các phép toán  
z = y * y * 3  
  
# Tính đạo hàm của z theo x  
z.backward() # tương đương z.backward(torch.tensor(1.))  
  
# Đạo hàm được lưu trong thuộc tính .grad  
# Ta có  $z = 3 * (x+2)^2 \Rightarrow dz/dx = 6 * (x+2)$ . Với  $x=1$ ,  $dz/dx = 18$   
print(f"Đạo hàm của z theo x: {x.grad}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Gọi `z.backward()` một lần nữa?
#
# `y * y` dùng `y` hai lần, nên hai phần đóng góp 9 và 9 gặp nhau ở `y`: 9 + 9 = 18.
#
# Chuyện gì xảy ra nếu ta gọi `z.backward()` lần thứ hai? Hãy đoán trước khi bước tiếp.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if `z.backward()` is called once more?
#
# `y * y` uses `y` twice, so two contributions, 9 and 9, meet at `y`: 9 + 9 = 18.
#
# What happens if we call `z.backward()` a second time? Guess before you step on.

# %% Second backward id="second" slideshow={"slide_type": "fragment"}
z.backward()  
print(f"Đạo hàm cấp 2 của z theo x: {x.grad}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Vì sao có lỗi
#
# Để tiết kiệm bộ nhớ, mỗi nút bỏ các *giá trị lưu lại* của nó ngay khi `backward()` đi qua. Các nút và các cạnh
# vẫn còn, nhưng phép nhân cần giá trị đã lưu để tính đạo hàm cục bộ, nên lần thứ hai dừng ở nút đầu tiên đã bị giải phóng.
# `x.grad` vẫn là 18.
#
# Với `z.backward(retain_graph=True)` ở lần đầu thì lần thứ hai chạy được, và gradient *cộng dồn*: 18 + 18 = 36.
# Đó không phải đạo hàm cấp 2 (đạo hàm cấp 2 của $3(x+2)^2$ là 6).

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why there is an error
#
# To save memory each node drops its *saved tensors* as soon as `backward()` has passed it. Nodes and edges stay, but a
# product needs the saved values for its local derivative, so the second walk stops at the first node whose
# values are gone. `x.grad` is still 18.
#
# With `z.backward(retain_graph=True)` in the first call the second one works, and gradients *accumulate*: 18 + 18 = 36.
# That is not the second derivative (the second derivative of $3(x+2)^2$ is 6).

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `backward()` dùng xong thì bỏ giá trị lưu lại; muốn gọi lần nữa, lần trước phải có `retain_graph=True`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `backward()` drops the saved tensors it has used; to call it again, the call before needs `retain_graph=True`.**
