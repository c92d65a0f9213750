# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=12
# # Gradient tiêu biến và bùng nổ
#
# Dọc theo một đường, các đạo hàm cục bộ **nhân** với nhau. Nhân mười số như 0.25 thì gần như bằng 0: gradient **tiêu biến** (*vanishing*).
# Nhân mười số như 3 thì khổng lồ: gradient **bùng nổ** (*exploding*).
#
# Đó là một lý do lớn khiến nhiều năm liền khó ai huấn luyện nổi mạng sâu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=12
# # Vanishing and exploding gradients
#
# Along a path local derivatives **multiply**. Ten numbers like 0.25 make nearly 0: the gradient **vanishes**. Ten numbers like 3 make
# something huge: it **explodes**.
#
# This is a main reason why for many years deep networks could hardly be trained.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Nhắc lại bài quy tắc chuỗi: bánh răng nối bánh răng. Đạo hàm của sigmoid lớn nhất là 0.25, ở chính giữa. Vậy qua 10 tầng, tốt nhất cũng chỉ
# còn $0.25^{10}$, khoảng một phần triệu. Tham số ở tầng đầu gần như không nhận được tín hiệu nào.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Recall the chain rule: gears after gears. The derivative of the sigmoid is at most 0.25, in the middle. So after 10 layers at best $0.25^{10}$
# is left, about a millionth. The parameters of the first layer get hardly any signal.

# %% One sigmoid id="one" slideshow={"slide_type": "fragment"}
import torch

x = torch.tensor(0.0, requires_grad=True)
y = torch.sigmoid(x)
y.backward()
print(y)
print("dy/dx:", x.grad)

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Mười sigmoid nối nhau
#
# Một sigmoid cho đạo hàm 0.25 (ở giữa). Mười cái nối tiếp nhau thì `x.grad` vào khoảng nào?
#
# - [ ] 0.25 — *nghĩ rằng đạo hàm không đổi qua các tầng*
# - [ ] 0.025 — *chia cho số tầng*
# - [x] dưới một phần triệu — *mười thừa số, mỗi cái không quá 0.25: nhân với nhau*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## Ten sigmoids in a row
#
# One sigmoid has derivative 0.25 (in the middle). With ten in a row, about what is `x.grad`?
#
# - [ ] 0.25 — *thinks that it stays the same through the layers*
# - [ ] 0.025 — *divides by the number of layers*
# - [x] less than a millionth — *ten factors, none above 0.25: they multiply*

# %% Ten sigmoids id="ten" slideshow={"slide_type": "fragment"}
depth = 10  #@param {type:"slider", min:1, max:20, step:1}

x = torch.tensor(0.0, requires_grad=True)
h = x
for layer in range(depth - 1):
    h = torch.sigmoid(h)
y = torch.sigmoid(h)
y.backward()
print(f"x.grad = {x.grad.item():.1e}")

# %% Its factors id="factors" tags=["code"] slideshow={"slide_type": "fragment"}
from math import exp

s, product = 0.0, 1.0
for layer in range(depth):
    s = 1 / (1 + exp(-s))
    factor = s * (1 - s)
    product = product * factor
    print(f"* {factor:.3f} = {product:.1e}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## ReLU không làm nhỏ đi
#
# Đạo hàm của ReLU là 1 với số dương (và 0 với số âm). Nhân bao nhiêu số 1 vẫn là 1: đó là một lý do ReLU thay sigmoid trong mạng sâu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## ReLU does not shrink it
#
# The derivative of ReLU is 1 for positive numbers (and 0 for negative ones). However many ones you multiply, it is 1: one reason why ReLU
# took the place of the sigmoid in deep networks.

# %% Ten ReLUs id="relu" slideshow={"slide_type": "fragment"}
x = torch.tensor(1.0, requires_grad=True)
h = x
for layer in range(9):
    h = torch.relu(h)
y = torch.relu(h)
y.backward()
print("x.grad =", x.grad.item())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Bùng nổ
#
# Mỗi tầng nhân với trọng số `weight`. Với 3, chỉ sau năm tầng gradient đã là $3^5 = 243$. Chỉ khi trọng số quanh 1 thì nó mới không lớn lên, không
# nhỏ đi; vì vậy cách **khởi tạo** trọng số quan trọng đến thế.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Exploding
#
# Each layer multiplies by `weight`. With 3 the gradient is $3^5 = 243$ after only five layers. Only for weights around 1 does it neither grow nor
# shrink; this is why the **initialization** of weights matters so much.

# %% Exploding id="exploding" slideshow={"slide_type": "fragment"}
weight = 3.0  #@param {type:"slider", min:0, max:4, step:0.5}

x = torch.tensor(1.0, requires_grad=True)
h = x
for layer in range(4):
    h = weight * h
y = weight * h
y.backward()
print("x.grad =", x.grad.item())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cắt bớt gradient
#
# Khi gradient bùng nổ, ta rút ngắn nó lại trước khi cập nhật, giữ nguyên hướng: `clip_grad_norm_`. Với gradient tiêu biến thì phải đổi mô hình:
# ReLU, đường tắt, chuẩn hóa.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Clipping
#
# When gradients explode, shorten them before the update and keep their direction: `clip_grad_norm_`. Against vanishing the model has to change:
# ReLU, shortcuts, normalization.

# %% Clipping id="clipping" slideshow={"slide_type": "fragment"}
from torch.nn.utils import clip_grad_norm_

w = torch.tensor([3.0, 4.0], requires_grad=True)
loss = (100 * w).sum()
loss.backward()
print("before:", w.grad)
clip_grad_norm_([w], max_norm=1.0)
print("after: ", w.grad)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Thêm một đường tắt: đổi `h = torch.sigmoid(h)` thành `h = h + torch.sigmoid(h)`. Gradient còn tiêu biến không? Vì sao?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Add a shortcut: change `h = torch.sigmoid(h)` to `h = h + torch.sigmoid(h)`. Does the gradient still vanish? Why?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: qua nhiều tầng, gradient là tích của nhiều đạo hàm cục bộ; nhỏ hơn 1 thì tiêu biến, lớn hơn 1 thì bùng nổ.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: through many layers a gradient is a product of many local derivatives; below 1 it vanishes, above 1 it explodes.**
