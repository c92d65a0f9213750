# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=12
# # `detach` và `no_grad`
#
# Đôi khi ta *không* muốn PyTorch ghi lại: khi đánh giá mô hình, khi cập nhật tham số, khi một giá trị phải được xem như hằng số.
#
# - `detach()` **tách** một tensor **khỏi đồ thị**: cùng các số ấy, không còn lịch sử.
# - `torch.no_grad()` **tắt theo dõi gradient** cho cả một khối lệnh.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=12
# # `detach` and `no_grad`
#
# Sometimes we do *not* want PyTorch to keep a record: when a model is evaluated, when parameters are updated, when a value is to count as
# a constant.
#
# - `detach()` takes one tensor **out of the graph**: the same numbers, without their history.
# - `torch.no_grad()` switches **tracking off** for a whole block.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Hãy chỉ vào chỗ cạnh bị đứt trên đồ thị. `.item()`, `.numpy()`, `.tolist()` cũng làm đứt y như vậy; chúng trông vô hại nên dễ gây lỗi nhất:
# chương trình vẫn chạy, mất mát vẫn in ra, chỉ có tham số là không học. Nhấn mạnh câu hỏi: số 4 vẫn được dùng, chỉ lịch sử là mất.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Point at the place where the edge is cut. `.item()`, `.numpy()`, `.tolist()` cut it the same way; they look harmless and so do most damage:
# the program runs, the loss is printed, only the parameter does not learn. Stress in the question: the 4 is still used, only its history is gone.

# %% Detach id="detach" slideshow={"slide_type": "fragment"}
import torch

x = torch.tensor(2.0, requires_grad=True)
y = x * x
c = y.detach()
print(y, c)

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Một thừa số bị tách
#
# $x = 2$, $y = x^2 = 4$, và `z = c * x` với `c = y.detach()`. Sau `z.backward()`, `x.grad` là bao nhiêu?
#
# - [ ] 12 — *đạo hàm của $x^3$: quên rằng `c` đã bị tách*
# - [x] 4 — *`c` là hằng số 4, nên $dz/dx = c = 4$*
# - [ ] 0 — *nghĩ rằng tách một thừa số thì mất hết gradient*
# - [ ] báo lỗi — *nghĩ rằng có tensor bị tách thì không đi ngược được; vẫn còn một đường về `x`*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## One factor is detached
#
# $x = 2$, $y = x^2 = 4$, and `z = c * x` with `c = y.detach()`. What is `x.grad` after `z.backward()`?
#
# - [ ] 12 — *the derivative of $x^3$: forgets that `c` is detached*
# - [x] 4 — *`c` is the constant 4, so $dz/dx = c = 4$*
# - [ ] 0 — *takes one detached factor to stop all gradients*
# - [ ] an error — *takes a detached tensor to forbid the way back; one path to `x` is left*

# %% A cut edge id="cut" slideshow={"slide_type": "fragment"}
z = c * x
z.backward()
print("x.grad:", x.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Tắt theo dõi cho cả khối
#
# Trong `torch.no_grad()`, kết quả không có `grad_fn`, dù `x` vẫn cần gradient. Không ghi lại thì tốn ít bộ nhớ hơn; vì vậy
# người ta thường đánh giá mô hình trong khối này.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Tracking off for a block
#
# Inside `torch.no_grad()` no result has a `grad_fn`, although `x` still requires a gradient. Nothing is recorded, so less memory is used; that is
# why models are usually evaluated inside such a block.

# %% no_grad id="no-grad" slideshow={"slide_type": "fragment"}
with torch.no_grad():
    inside = x * 3
after = x * 3

# %% Inside and after it id="inside" slideshow={"slide_type": "fragment"}
print("inside:", inside.requires_grad)
print("after:", after.requires_grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Trông vô hại, thật ra không
#
# `.item()` trả về một số Python. Số Python không có lịch sử, nên tính tiếp với nó rồi `backward()` thì PyTorch không tìm được đường về.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## It looks harmless
#
# `.item()` returns a Python number. A Python number has no history: go on computing with it, call `backward()`, and PyTorch finds no way back.

# %% item id="item" slideshow={"slide_type": "fragment"}
number = (x * x).item()

# %% No way back id="no-way-back" tags=["code"] slideshow={"slide_type": "fragment"}
loss = torch.tensor(number * 2)
try:
    loss.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cùng ô nhớ
#
# `detach()` không chép: nó dùng chung ô nhớ với tensor gốc. Cần một bản sao độc lập thì gọi thêm `clone()`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The same memory
#
# `detach()` does not copy: its result shares memory with the original tensor. For an independent copy call `clone()` as well.

# %% Shared memory id="shared" slideshow={"slide_type": "fragment"}
value = 2.0  #@param {type:"slider", min:-3, max:3, step:0.5}

w = torch.tensor([value, value], requires_grad=True)
same = w.detach()
copy = same.clone()

# %% One number changed id="changed" slideshow={"slide_type": "fragment"}
same[0] = 100.0
print("w:", w)
print("same:", same)
print("copy:", copy)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Ở ô đầu, bỏ `.detach()`, tức viết `c = y`. Đoán `x.grad` mới. Sau đó thử `z = c.detach() * x.detach()`.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In the first cell leave `.detach()` out and write `c = y`. Guess the new `x.grad`. Then try `z = c.detach() * x.detach()`.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `detach()` và `.item()` cắt cạnh của đồ thị; con số còn, lịch sử mất, gradient không về theo đường ấy nữa.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `detach()` and `.item()` cut an edge of the graph; the number stays, its history is gone, no gradient comes back that way.**
