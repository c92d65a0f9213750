# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=12
# # Từ đạo hàm của hàm hợp đến quy tắc chuỗi
#
# Hồi cấp ba, trong bảng đạo hàm có hai cột: cột của $x$ và cột của $u$. Cột thứ hai có thêm một thừa số $u'$:
#
# $(x^2)' = 2x \quad (u^2)' = 2u \cdot u'$
#
# Thừa số $u'$ ấy chính là **quy tắc chuỗi** (*chain rule*). Toàn bộ lan truyền ngược chỉ là quy tắc này, lặp lại nhiều lần.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=12
# # From school's rule for nested functions to the chain rule
#
# The table of derivatives at school has two columns, one for $x$ and one for $u$. The second has one more factor, $u'$:
#
# $(x^2)' = 2x \quad (u^2)' = 2u \cdot u'$
#
# That factor $u'$ is the **chain rule**. All of the backward pass is this one rule, over and over.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Ví von bánh răng: `x` quay 1 vòng thì `u` quay 3 vòng; `u` quay 1 vòng thì `y` quay 8 vòng; vậy `x` quay 1 vòng, `y` quay 24 vòng.
# Vì thế tốc độ *nhân* với nhau chứ không cộng. Viết $\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$ lên bảng và giữ đó.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# An image of gears: when `x` turns once, `u` turns 3 times; when `u` turns once, `y` turns 8 times; so for one turn of `x`, `y` turns 24
# times. That is why rates *multiply* and do not add. Put $\frac{dy}{dx} = \frac{dy}{du} \cdot \frac{du}{dx}$ on the board and leave it.

# %% Forward id="forward" slideshow={"slide_type": "fragment"}
import math

import torch

x = torch.tensor(1.0, requires_grad=True)
u = 3 * x + 1
y = u ** 2
print("y:", y)

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## $y = (3x + 1)^2$ tại $x = 1$
#
# $u = 4$. Đạo hàm $dy/dx$ là bao nhiêu?
#
# - [ ] 8 — *chỉ lấy $2u$, quên nhân với $u' = 3$*
# - [ ] 11 — *cộng 8 + 3; nhưng các tốc độ nối tiếp nhau thì nhân*
# - [x] 24 — *$2u \cdot u' = 8 \cdot 3$*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## $y = (3x + 1)^2$ at $x = 1$
#
# $u = 4$. What is $dy/dx$?
#
# - [ ] 8 — *takes $2u$ alone and forgets the factor $u' = 3$*
# - [ ] 11 — *adds 8 + 3; rates that follow each other multiply*
# - [x] 24 — *$2u \cdot u' = 8 \cdot 3$*

# %% Backward id="backward" slideshow={"slide_type": "fragment"}
y.backward()
print("dy/dx =", x.grad.item())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Mỗi mắt xích một đạo hàm cục bộ
#
# Ta kiểm tra lại bằng tay, mỗi mắt xích một **đạo hàm cục bộ**: từ `y` về `u`, rồi từ `u` về `x`. Nhân chúng với nhau.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## One local derivative for each link
#
# We check by hand, one **local derivative** for each link: from `y` to `u`, then from `u` to `x`. Multiply them.

# %% Links id="links" tags=["code"] slideshow={"slide_type": "fragment"}
dy_du = 2 * u.item()
du_dx = 3.0
print("dy/du =", dy_du)
print("du/dx =", du_dx)
print("product:", dy_du * du_dx)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Chuỗi dài hơn thì sao?
#
# $y = \sin\left((2x)^3\right)$ có ba mắt xích. Vẫn quy tắc ấy, chỉ thêm thừa số. Autograd không cần biết hàm số nào phức tạp: nó chỉ
# biết đạo hàm cục bộ của từng phép toán đơn giản, còn lại là phép nhân.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## And a longer chain?
#
# $y = \sin\left((2x)^3\right)$ has three links. The rule is the same; there are only more factors. Autograd never needs the derivative of a
# complicated function, only the local derivative of each simple operation; the rest is multiplication.

# %% Three links id="three-links" slideshow={"slide_type": "fragment"}
value = 0.5  #@param {type:"slider", min:-1, max:1, step:0.1}

x = torch.tensor(value, requires_grad=True)
a = 2 * x
b = a ** 3
y = torch.sin(b)

# %% Three factors id="three-factors" slideshow={"slide_type": "fragment"}
y.backward()
print(f"autograd: {x.grad.item():.4f}")

# %% By hand id="by-hand" tags=["code"] slideshow={"slide_type": "fragment"}
last = math.cos(b.item())
middle = 3 * a.item() ** 2
chain = last * middle * 2
print(f"by hand:  {last:.4f} * {middle:.4f} * 2 = {chain:.4f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi mắt xích cuối thành `torch.exp(b)`. Chỉ một thừa số trong `chain` phải đổi. Thừa số nào?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change the last link to `torch.exp(b)`. Only one factor in `chain` has to change. Which one?

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: trên một đường, các đạo hàm cục bộ nhân với nhau; đó là quy tắc chuỗi, cũng là đạo hàm của hàm hợp ở cấp ba.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: along one path the local derivatives multiply; that is the chain rule, the rule from school for the derivative of a nested function.**
