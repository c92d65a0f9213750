# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=12
# # Mổ xẻ một bước của Adam
#
# Adam giữ cho **mỗi** tham số (*parameter*) hai con số: trung bình trượt (*running mean*) của gradient, $m$, và của gradient bình phương, $v$.
#
# - $m \leftarrow 0.9 \cdot m + 0.1 \cdot g$
# - $v \leftarrow 0.999 \cdot v + 0.001 \cdot g^2$
#
# Rồi nó đi một bước $lr \cdot \frac{m}{\sqrt{v}}$ (sau một phép hiệu chỉnh, vì lúc đầu cả hai còn quá nhỏ). Ta mổ một bước ra xem.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=12
# # One step of Adam, taken apart
#
# For **each** parameter Adam keeps two numbers: a running mean of its gradients, $m$, and one of their squares, $v$.
#
# - $m \leftarrow 0.9 \cdot m + 0.1 \cdot g$
# - $v \leftarrow 0.999 \cdot v + 0.001 \cdot g^2$
#
# Then it takes a step of $lr \cdot \frac{m}{\sqrt{v}}$ (after a correction, since both are too small at first). We take one step apart.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Chia trung bình của gradient cho căn của trung bình bình phương: đơn vị bị triệt tiêu. Vì vậy nhân mất mát với 1000 mà bước đi vẫn thế.
# Viết lên bảng: ở bước đầu $\hat{m} = g$ và $\hat{v} = g^2$, nên $\hat{m} / \sqrt{\hat{v}}$ chỉ còn là dấu của $g$.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The mean of the gradients over the root of the mean of their squares: the units cancel. So multiply the loss by 1000, and the step is the
# same. On the board: at the first step $\hat{m} = g$ and $\hat{v} = g^2$, so that $\hat{m} / \sqrt{\hat{v}}$ is only the sign of $g$.

# %% Model id="model" tags=["code"] slideshow={"slide_type": "fragment"}
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)

# Mô hình tuyến tính: y = wx + b
model = nn.Linear(1, 1)
# Tối ưu bằng Adam
optimizer = optim.Adam(model.parameters(), lr=0.01)
# Dữ liệu và hàm mất mát
x = torch.tensor([[1.0]])
y = torch.tensor([[2.0]])
criterion = nn.MSELoss()

# %% Forward and backward id="backward" slideshow={"slide_type": "fragment"}
# Tính loss và cập nhật
output = model(x)
loss = criterion(output, y)
optimizer.zero_grad()
loss.backward()

# %% Before the step id="before"
g = model.weight.grad.item()
before = model.weight.item()
print(f"gradient of w: {g:.4f}")
print(f"w before: {before:.4f}")

# %% [markdown] lang="vi" tags=["question"] hide=["moved", "model.weight", "model.bias"] slideshow={"slide_type": "slide"}
# ## Bước đầu tiên dài bao nhiêu?
#
# Gradient của `w` khoảng −2.94, `lr = 0.01`. Sau bước **đầu tiên** của Adam, `w` đi một đoạn dài bao nhiêu?
#
# - [ ] 0.0294 — *lấy bước của SGD làm bước của Adam: lr nhân gradient*
# - [x] 0.0100 — *ở bước đầu $\hat{m} / \sqrt{\hat{v}}$ chỉ còn là dấu của gradient, nên bước dài đúng `lr`*
# - [ ] 0.0029 — *chỉ lấy lr · m: quên phần hiệu chỉnh và phép chia cho √v*

# %% [markdown] lang="en" tags=["question"] hide=["moved", "model.weight", "model.bias"] slideshow={"slide_type": "slide"}
# ## How long is the first step?
#
# The gradient of `w` is about −2.94, `lr = 0.01`. How far does `w` move in Adam's **first** step?
#
# - [ ] 0.0294 — *confuses Adam's step with that of SGD: lr times gradient*
# - [x] 0.0100 — *at first $\hat{m} / \sqrt{\hat{v}}$ is only the sign of the gradient, so the step is `lr` long*
# - [ ] 0.0029 — *uses only lr · m: forgets the correction and the division by √v*

# %% The step id="step" slideshow={"slide_type": "fragment"}
optimizer.step()
moved = model.weight.item() - before
print(f"w moved by {moved:.4f}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Tính lại bằng tay
#
# Hai trung bình bắt đầu từ 0, nên bước đầu chúng chỉ bằng 10% và 0.1% của giá trị thật. Phần **hiệu chỉnh** (*bias correction*) chia cho $1 - 0.9$ và $1 - 0.999$
# để bù lại. PyTorch lưu $m$, $v$ dưới tên `exp_avg`, `exp_avg_sq`; ta so hai bên.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The same by hand
#
# Both means begin at 0, so at the first step they are only 10% and 0.1% of what they should be. The **correction** divides by $1 - 0.9$ and
# $1 - 0.999$ to make up for it. PyTorch keeps $m$ and $v$ under the names `exp_avg` and `exp_avg_sq`; we compare the two.

# %% By hand id="by-hand" tags=["code"] slideshow={"slide_type": "fragment"}
m = 0.1 * g
v = 0.001 * g ** 2
m_hat = m / (1 - 0.9)
v_hat = v / (1 - 0.999)
step = 0.01 * m_hat / (v_hat ** 0.5 + 1e-8)
print(f"m = {m:.4f}, v = {v:.4f}")
print(f"corrected: {m_hat:.4f}, {v_hat:.4f}")
print(f"w - step = {before - step:.4f}")

# %% The same in PyTorch id="state" tags=["code"] slideshow={"slide_type": "fragment"}
state = optimizer.state[model.weight]
print(f"exp_avg = {state['exp_avg'].item():.4f}")
print(f"exp_avg_sq = {state['exp_avg_sq'].item():.4f}")
print(f"w = {model.weight.item():.4f}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Nhân mất mát với 1000
#
# Với SGD, bước đi dài gấp 1000. Với Adam thì không đổi: nó chỉ nhìn gradient *so với chính những gradient đã qua*.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Multiply the loss by 1000
#
# With SGD the step is 1000 times as long. With Adam it is the same: it only looks at a gradient *compared with those before it*.

# %% Scale id="scale" tags=["code"] slideshow={"slide_type": "fragment"}
scale = 1000.0  #@param {type:"number"}

for make in (optim.SGD, optim.Adam):
    w = torch.tensor(0.0, requires_grad=True)
    optimizer = make([w], lr=0.01)
    loss = scale * (w - 2) ** 2
    loss.backward()
    optimizer.step()
    print(make.__name__, f"{w.item():.4f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Ở ô có `moved`, gọi `optimizer.step()` hai lần thay vì một, với cùng gradient. `w` đi thêm bao nhiêu? Giải thích bằng $m$ và $v$.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In the cell with `moved` call `optimizer.step()` twice instead of once, with the same gradient. How much farther does `w` go? Explain it with $m$ and $v$.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: Adam chia trung bình của gradient cho độ lớn thường thấy của nó; vì vậy mỗi bước dài khoảng `lr`, dù gradient lớn hay nhỏ.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: Adam divides the mean gradient by its usual size; so each step is about `lr` long, whether gradients are large or small.**
