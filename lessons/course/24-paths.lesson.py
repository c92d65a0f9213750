# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Những con đường gặp nhau
#
# Một tensor có thể được dùng nhiều lần. Khi đi ngược, gradient từ mọi nơi dùng nó quay về và gặp nhau ở đó.
#
# Trên **một** đường, các đạo hàm cục bộ **nhân** với nhau. Khi **nhiều** đường gặp nhau thì làm gì với các phần đóng góp?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=10
# # Paths that meet
#
# A tensor may be used several times. On the way back, gradients return from every place that used it, and meet there.
#
# Along **one** path local derivatives **multiply**. Where **several** paths meet, what becomes of their contributions?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Phân biệt rõ hai chữ: *cộng các đường* xảy ra trong MỘT lần `backward()`, trước khi tới thẻ của `x`; *cộng dồn vào* `.grad` xảy ra giữa
# NHIỀU lần `backward()`, ở trong ngăn kéo. Bài sau nói về cái thứ hai. Sinh viên rất hay lẫn vì cả hai đều là phép cộng.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Keep two things apart: *adding up paths* happens within ONE `backward()`, before the card of `x`; *accumulating into* `.grad` happens
# between SEVERAL calls, in the drawer. The next lesson is about the second. Students mix them up, because both are additions.

# %% Two paths id="two-paths" slideshow={"slide_type": "fragment"}
import torch

x = torch.tensor(1.0, requires_grad=True)
a = 2 * x
b = 3 * x
z = a * b

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Hai đường từ `z` về `x`
#
# $a = 2$, $b = 3$. Đường qua `a`: $b \cdot 2 = 6$. Đường qua `b`: $a \cdot 3 = 6$. Vậy $dz/dx$ là bao nhiêu?
#
# - [ ] 6 — *chỉ tính một đường*
# - [x] 12 — *cộng các đường: 6 + 6; kiểm tra: $z = 6x^2$, $z' = 12x$*
# - [ ] 36 — *nhân hai đường với nhau*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Two paths from `z` to `x`
#
# $a = 2$, $b = 3$. The path through `a`: $b \cdot 2 = 6$. The path through `b`: $a \cdot 3 = 6$. What is $dz/dx$?
#
# - [ ] 6 — *takes one path only*
# - [x] 12 — *paths add up: 6 + 6; check: $z = 6x^2$, $z' = 12x$*
# - [ ] 36 — *multiplies the paths*

# %% Backward id="backward" slideshow={"slide_type": "fragment"}
z.backward()
print("dz/dx =", x.grad.item())

# %% [markdown] lang="vi" tags=["answer"] slideshow={"slide_type": "slide"}
# ## Vì sao lại cộng?
#
# Nhích $x$ một chút thì **cả** `a` lẫn `b` đều nhích. Mỗi cái đẩy `z` đi một đoạn, và hai đoạn ấy cộng lại. Thêm một đường thứ ba đi
# thẳng từ `x`, kết quả chỉ thêm một số hạng.

# %% [markdown] lang="en" tags=["answer"] slideshow={"slide_type": "slide"}
# ## Why a sum?
#
# Nudge $x$ a little and **both** `a` and `b` move. Each of them moves `z` by some amount, and the two amounts add up. Add a third path,
# straight from `x`, and the sum gets one more term.

# %% Three paths id="three-paths" slideshow={"slide_type": "fragment"}
x = torch.tensor(1.0, requires_grad=True)
a = 2 * x
b = 3 * x
z = a * b + x

# %% Three contributions id="three-contributions" slideshow={"slide_type": "fragment"}
z.backward()
print("1 + 6 + 6 =", x.grad.item())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Đường cụt
#
# `c` cũng được tính từ `x`, nhưng `z` không dùng tới nó. `backward()` bắt đầu từ `z` và không bao giờ đến được `c`, nên `c` không đóng
# góp gì: trong đồ thị của `z` không có `c`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A dead end
#
# `c` is computed from `x` as well, but `z` does not use it. `backward()` starts at `z` and never reaches `c`, so `c` contributes nothing:
# the graph of `z` has no `c` in it.

# %% Dead end id="dead-end" slideshow={"slide_type": "fragment"}
factor = 3.0  #@param {type:"slider", min:-5, max:5, step:0.5}

x = torch.tensor(2.0, requires_grad=True)
c = 1000 * x
z = factor * x + x * x

# %% Past the dead end id="past-dead-end" slideshow={"slide_type": "fragment"}
z.backward()
print("dz/dx =", x.grad.item())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi ô đầu tiên thành `b = 3 * a` thay cho `3 * x`. Vẽ lại đồ thị ra giấy: có mấy đường từ `z` về `x`? Đoán $dz/dx$, rồi chạy.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In the first cell write `b = 3 * a` instead of `3 * x`. Draw the graph anew: how many paths lead from `z` to `x`? Guess $dz/dx$, then run it.

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: dọc theo một đường thì nhân, các đường gặp nhau thì cộng.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: along a path multiply, where paths meet add.**
