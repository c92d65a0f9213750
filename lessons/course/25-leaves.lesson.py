# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=15
# # Lá, `.grad` và cộng dồn
#
# Gradient đi qua mọi nút, nhưng chỉ được **cất lại** ở **tensor lá** (*leaf*): những tensor ta tự tạo ra với `requires_grad=True`.
#
# Và `.grad` không tự xóa. Mỗi lần `backward()` lại **cộng dồn vào** đó. Đây là lý do vòng huấn luyện nào cũng có `zero_grad()`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=15
# # Leaves, `.grad`, and accumulation
#
# Gradients pass through every node, but they are **kept** only at **leaves**: the tensors that we made with `requires_grad=True`.
#
# And `.grad` does not clear itself. Each `backward()` **accumulates** into it. This is why every training loop has a `zero_grad()`.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Hình ảnh ngăn kéo: mỗi tensor lá có một ngăn kéo `.grad`. Lúc đầu trống (`None`), không phải là 0. `backward()` bỏ thêm vào, không lấy ra.
# `zero_grad()` dốc hết ngăn kéo; nó không chạm tới giá trị của `w`. Hãy chỉ vào con số của `w` trên màn hình suốt bài: nó không hề đổi.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The image of a drawer: each leaf has a drawer `.grad`. At first it is empty (`None`), which is not 0. `backward()` puts more in and takes
# nothing out. `zero_grad()` empties it; it does not touch the value of `w`. Keep pointing at that value: it never changes in this lesson.

# %% Forward id="leaf" slideshow={"slide_type": "fragment"}
import torch

w = torch.tensor(3.0, requires_grad=True)
y = 2 * w
loss = y * y

# %% Leaf or not id="is-leaf" slideshow={"slide_type": "fragment"}
print("w is a leaf:", w.is_leaf)
print("y is a leaf:", y.is_leaf)
print("w.grad before backward:", w.grad)

# %% [markdown] lang="vi" tags=["question"] hide=["y.grad"] slideshow={"slide_type": "slide"}
# ## `y.grad` sau `backward()`
#
# Lan truyền ngược từ `loss` về `w` phải đi qua `y`: gradient ở đó là 12. Sau khi xong, `y.grad` là gì?
#
# - [ ] 12 — *thấy số 12 đi qua `y` nên nghĩ rằng nó được cất ở đó*
# - [x] `None` — *`y` là giá trị trung gian: gradient đi qua, không lưu*
# - [ ] 0 — *lẫn "không có" với "bằng 0"*

# %% [markdown] lang="en" tags=["question"] hide=["y.grad"] slideshow={"slide_type": "slide"}
# ## `y.grad` after `backward()`
#
# The way back from `loss` to `w` leads through `y`: the gradient there is 12. What is `y.grad` afterwards?
#
# - [ ] 12 — *saw the 12 pass `y` and takes it to be kept there*
# - [x] `None` — *`y` is an intermediate value: the gradient passes and is not kept*
# - [ ] 0 — *mixes up "none" and "zero"*

# %% Passing through id="passing" slideshow={"slide_type": "fragment"}
loss.backward()
print("w.grad:", w.grad, " y.grad:", y.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Muốn xem thì phải xin
#
# `y.retain_grad()`, gọi **trước** `backward()`, bảo PyTorch giữ lại gradient của một giá trị trung gian. Dùng khi gỡ lỗi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## To see it, ask for it
#
# `y.retain_grad()`, called **before** `backward()`, tells PyTorch to keep the gradient of an intermediate value. It is useful when debugging.

# %% Retained id="retain-grad" slideshow={"slide_type": "fragment"}
w = torch.tensor(3.0, requires_grad=True)
y = 2 * w
y.retain_grad()
loss = y * y

# %% Kept id="kept" slideshow={"slide_type": "fragment"}
loss.backward()
print("y.grad:", y.grad)

# %% [markdown] lang="vi" tags=["question"] hide=["w.grad"] slideshow={"slide_type": "slide"}
# ## Ba lần liên tiếp
#
# Ta tạo lại `w` từ 3, nên ngăn kéo của nó trống. Mỗi lần lặp dựng một đồ thị mới cho `loss = (2 * w) ** 2`, và gradient luôn là 24. Sau ba lần lặp, `w.grad` là bao nhiêu?
#
# - [ ] 24 — *nghĩ rằng lần sau thay lần trước*
# - [x] 72 — *cộng dồn: 24 + 24 + 24*
# - [ ] 8 — *nghĩ rằng PyTorch chia gradient cho số lần lặp*

# %% [markdown] lang="en" tags=["question"] hide=["w.grad"] slideshow={"slide_type": "slide"}
# ## Three times in a row
#
# We make `w` anew from 3, so its drawer is empty. Each iteration builds a new graph for `loss = (2 * w) ** 2`, and each time the gradient is 24. What is `w.grad` after three iterations?
#
# - [ ] 24 — *takes each to replace the one before*
# - [x] 72 — *they accumulate: 24 + 24 + 24*
# - [ ] 8 — *takes PyTorch to divide by the number of iterations*

# %% Once more from 3 id="once-more" slideshow={"slide_type": "skip"}
w = torch.tensor(3.0, requires_grad=True)

# %% Accumulation id="accumulation" slideshow={"slide_type": "fragment"}
for i in range(3):
    loss = (2 * w) ** 2
    loss.backward()
    print(w.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Xóa gradient
#
# `zero_grad()` làm ngăn kéo trống trở lại: `None`. Giá trị của `w` không đổi: thay đổi nó là việc của `step()`, buổi 3 sẽ nói.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Clearing gradients
#
# `zero_grad()` empties the drawer: `w.grad` is `None` again. The value of `w` does not change; that is the job of `step()`, in session 3.

# %% Clearing id="zero-grad" tags=["code"] slideshow={"slide_type": "fragment"}
value = 3.0  #@param {type:"slider", min:-5, max:5, step:0.5}

w = torch.tensor(value, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for i in range(3):
    optimizer.zero_grad()
    loss = (2 * w) ** 2
    loss.backward()
    print(w.grad)

# %% Emptied id="emptied" slideshow={"slide_type": "fragment"}
optimizer.zero_grad()
print("after zero_grad:", w.grad, " w:", w.item())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Trong vòng lặp cuối, dời `optimizer.zero_grad()` xuống giữa `loss.backward()` và `print`. Đoán trước: in ra gì? Đây là một lỗi hay gặp.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In the last loop move `optimizer.zero_grad()` down, between `loss.backward()` and `print`. Guess first: what is printed? This is a common mistake.

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: mặc định chỉ lá giữ `.grad`; `backward()` cộng dồn vào đó, `zero_grad()` làm trống nó, và cả hai đều không đổi giá trị của tham số.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: by default only leaves keep a `.grad`; `backward()` accumulates into it, `zero_grad()` empties it, and neither changes the parameter.**
