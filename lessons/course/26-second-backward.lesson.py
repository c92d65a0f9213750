# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=12
# # Backward lần thứ hai
#
# Cùng phép tính $z = 3(x + 2)^2$ tại $x = 1$, nhưng lần `backward()` đầu tiên **giữ đồ thị** (`retain_graph=True`):
# các giá trị lưu lại không bị giải phóng, nên ta gọi được lần nữa.
#
# Ba điều cần phân biệt: gọi lại được hay không, `.grad` lúc đó chứa gì, và đạo hàm cấp 2 thật sự là bao nhiêu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=12
# # A second backward
#
# The same $z = 3(x + 2)^2$ at $x = 1$, but the first `backward()` keeps the graph (`retain_graph=True`):
# the saved tensors are not freed, so we can call it once more.
#
# Three things to tell apart: whether it can be called again, what `.grad` holds then, and what the second derivative really is.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Bài giảng gốc in kết quả của lần gọi thứ hai với chữ "đạo hàm cấp 2". Đừng nói trước rằng sai: hãy để cả lớp tính tay đạo hàm cấp 2
# của $3(x + 2)^2$ (là 6, với mọi $x$), rồi so với con số trên màn hình.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The course's notes print the result of the second call as a "second derivative". Do not say beforehand that this is wrong: let the
# class work out the second derivative of $3(x + 2)^2$ by hand (it is 6, for every $x$) and compare it with the number on the screen.

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
z.backward(retain_graph=True)
  
# Đạo hàm được lưu trong thuộc tính .grad  
# Ta có  $z = 3 * (x+2)^2 \Rightarrow dz/dx = 6 * (x+2)$ . Với  $x=1$ ,  $dz/dx = 18$   
print(f"Đạo hàm của z theo x: {x.grad}")

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Lần thứ hai
#
# Bây giờ `z.backward()` chạy được lần nữa. Sau đó `x.grad` là bao nhiêu?
#
# - [ ] 18 — *nghĩ rằng gradient mới thay gradient cũ*
# - [x] 36 — *gradient mới được cộng dồn vào `.grad`: 18 + 18*
# - [ ] 6 — *nghĩ rằng backward lần hai lấy đạo hàm cấp 2; nó chỉ tính lại đạo hàm cấp 1*
# - [ ] 0 — *nghĩ rằng lần gọi thứ hai xóa `.grad`*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Once more
#
# Now `z.backward()` can run again. What is `x.grad` afterwards?
#
# - [ ] 18 — *takes the new gradient to replace the old one*
# - [x] 36 — *the new gradient is added to `.grad`: 18 + 18*
# - [ ] 6 — *takes a second backward for the second derivative; it computes the first one again*
# - [ ] 0 — *takes the second call to clear `.grad`*

# %% Second backward id="second" slideshow={"slide_type": "fragment"}
z.backward()
print(f"x.grad: {x.grad}")

# %% [markdown] lang="vi" tags=["answer"] slideshow={"slide_type": "slide"}
# ## 36 không phải đạo hàm cấp 2
#
# Lần `backward()` thứ hai lại gửi 18 về `x`, và 18 được **cộng dồn vào** `.grad`: 18 + 18 = 36.
#
# Muốn có đạo hàm cấp 2, ta phải lấy đạo hàm *của chính đạo hàm*. Với `create_graph=True`, lượt đi ngược cũng dựng đồ thị của nó,
# nên có thể đi ngược lần nữa từ `slope`: `slope` có `grad_fn`. Kết quả là 6.

# %% [markdown] lang="en" tags=["answer"] slideshow={"slide_type": "slide"}
# ## 36 is not the second derivative
#
# The second `backward()` sends 18 to `x` again, and 18 is **added to** `.grad`: 18 + 18 = 36.
#
# For a second derivative we have to differentiate *the derivative itself*. With `create_graph=True` the walk back builds a graph of
# its own, so that one can walk back once more, from `slope`: it has a `grad_fn`. The result is 6.

# %% The second derivative id="second-derivative" slideshow={"slide_type": "fragment"}
x = torch.ones(1, requires_grad=True)
z = 3 * (x + 2) ** 2
(slope,) = torch.autograd.grad(z, x, create_graph=True)
print("first derivative:", slope)

# %% The derivative of the derivative id="curvature" slideshow={"slide_type": "fragment"}
(curvature,) = torch.autograd.grad(slope, x)
print("second derivative:", curvature)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Có khi gọi hai lần mà không lỗi
#
# Nhiều tài liệu nói rằng sau `backward()` đồ thị "không còn tồn tại". Thử xem: `y = x + 2` gọi được hai lần mà không cần `retain_graph`.
#
# Các nút và các cạnh luôn còn đó. Chỉ có **giá trị lưu lại** bị giải phóng; mà phép cộng không cần lưu giá trị nào: đạo hàm cục bộ
# của nó luôn là 1. Phép nhân thì cần.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Sometimes twice is no error
#
# Many texts say that after `backward()` the graph "no longer exists". Try it: `y = x + 2` can be walked twice, without `retain_graph`.
#
# Nodes and edges always stay. Only the **saved tensors** are freed, and a sum saves nothing: its local derivative is always 1.
# A product does save.

# %% A sum id="a-sum" slideshow={"slide_type": "fragment"}
x = torch.ones(1, requires_grad=True)
y = x + 2

# %% Twice id="twice" slideshow={"slide_type": "fragment"}
y.backward()
y.backward()
print("x.grad after two walks:", x.grad)

# %% A product id="product" slideshow={"slide_type": "fragment"}
z = y * y
z.backward()

# %% Twice through a product id="product-twice" slideshow={"slide_type": "fragment"}
try:
    z.backward()
except RuntimeError as error:
    print(str(error).split(" (")[0])

# %% The nodes id="nodes" slideshow={"slide_type": "fragment"}
print("still there:", z.grad_fn.name(), "->", z.grad_fn.next_functions[0][0].name())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Thêm dòng `x.grad = None` ngay trước lần `backward()` thứ hai. Đoán trước: `x.grad` là bao nhiêu?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Put the line `x.grad = None` before the second `backward()`. Guess first: what is `x.grad`?

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: nút còn, giá trị lưu lại thì không; còn cần chúng lần nữa thì phải có `retain_graph=True`, và gradient cộng dồn chứ không thành đạo hàm cấp 2.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: nodes stay, saved tensors go; who needs them again says `retain_graph=True`, and gradients accumulate, they do not become second derivatives.**
