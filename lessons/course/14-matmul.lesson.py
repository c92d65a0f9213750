# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=10
# # Nhân ma trận
#
# Có hai phép nhân, và lẫn lộn chúng là lỗi rất thường gặp:
#
# - `*` nhân **từng phần tử**: hai ô cùng vị trí;
# - `@` **nhân ma trận** (*matmul*): hàng với cột.
#
# Cốt lõi của hầu hết các tầng của một mạng nơ-ron là một phép `@`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=10
# # The matrix product
#
# There are two products, and mixing them up is a very common mistake:
#
# - `*` multiplies **element by element**: each cell with its own;
# - `@` is the **matrix product**: row by column.
#
# At the heart of most layers of a neural network is one `@`.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Trước khi chạy, cho cả lớp tính bằng tay một ô của `x_data @ x_data.T`: lấy ngón tay trái lướt theo hàng, ngón tay phải lướt theo cột.
# Bấm vào một ô của kết quả để thấy hàng và cột sinh ra nó.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Before you run it, let the class work out one cell of `x_data @ x_data.T` by hand: left finger along the row, right finger down the
# column. Choose a cell of the result to see the row and the column that make it.

# %% Setup id="setup" slideshow={"slide_type": "fragment"}
import math

import torch

x_data = torch.tensor([[1, 2], [3, 4]])
transposed = x_data.T
print(transposed)

# %% [markdown] lang="vi" tags=["question"] hide=["matmul_result"] slideshow={"slide_type": "slide"}
# ## Ô đầu tiên
#
# `x_data` là `[[1, 2], [3, 4]]` và `x_data.T` là chuyển vị của nó. Ô trên cùng bên trái của
# `x_data @ x_data.T` là mấy?
#
# - [ ] 1 — *nhân từng phần tử: 1 × 1*
# - [x] 5 — *hàng đầu của `x_data` với cột đầu của `x_data.T`: 1·1 + 2·2*
# - [ ] 7 — *quên chuyển vị: 1·1 + 2·3*

# %% [markdown] lang="en" tags=["question"] hide=["matmul_result"] slideshow={"slide_type": "slide"}
# ## The first cell
#
# `x_data` is `[[1, 2], [3, 4]]`, and `x_data.T` is its transpose. What stands in the top left cell
# of `x_data @ x_data.T`?
#
# - [ ] 1 — *element by element: 1 × 1*
# - [x] 5 — *the first row of `x_data` with the first column of `x_data.T`: 1·1 + 2·2*
# - [ ] 7 — *forgets the transpose: 1·1 + 2·3*

# %% Matrix product id="matmul" slideshow={"slide_type": "fragment"}
# 3. Nhân ma trận x_data với x_data.T
matmul_result = x_data @ x_data.T
print(f"3. x_data @ x_data.T (Nhân ma trận):\n{matmul_result}\n")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Hai phép nhân, hai kết quả
#
# Cùng hai bảng số ấy, `*` cho một kết quả hoàn toàn khác. Cả hai đều chạy không lỗi, nên máy không báo cho ta biết khi ta dùng nhầm.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Two products, two results
#
# On the same two tables `*` gives something else entirely. Neither is an error, so the machine does not tell us when we took the wrong one.

# %% Element by element id="elementwise" slideshow={"slide_type": "fragment"}
print(x_data * transposed)

# %% Matrix product once more id="product" slideshow={"slide_type": "fragment"}
print(x_data @ transposed)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Kích thước nào nhân được với kích thước nào
#
# `(2, 3) @ (3, 4)` cho `(2, 4)`: hai số ở **giữa** phải bằng nhau và biến mất, hai số ở **ngoài** còn lại.
# Khi chúng không khớp, câu báo lỗi in ra cả hai kích thước.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Which shape goes with which
#
# `(2, 3) @ (3, 4)` gives `(2, 4)`: the two **inner** numbers must be equal and vanish, the two **outer** ones stay.
# Where they do not fit, the message prints both shapes.

# %% Shapes id="shapes" slideshow={"slide_type": "fragment"}
batch = torch.tensor([[1., 0., 2.], [0., 3., 1.]])
weight = torch.tensor([[1., 2., 3., 4.], [5., 6., 7., 8.], [9., 8., 7., 6.]])
product = batch @ weight
print(product, product.shape)

# %% The other way round id="refused" slideshow={"slide_type": "fragment"}
try:
    weight @ batch
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Quay một điểm
#
# Nhân ma trận còn là hình học. Ma trận dưới đây quay mặt phẳng một góc. Hãy đổi góc và xem điểm $(1, 0)$ đi đến đâu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Turn a point
#
# The matrix product is geometry, too. The matrix below turns the plane by an angle. Change it and see where the point $(1, 0)$ goes.

# %% Rotation id="rotation" tags=["code"] slideshow={"slide_type": "fragment"}
degrees = 60  #@param {type:"slider", min:0, max:360, step:15}
angle = math.radians(degrees)
c = math.cos(angle)
s = math.sin(angle)
turn = torch.tensor([[c, -s], [s, c]])
print(turn)

# %% The point turned id="turned" slideshow={"slide_type": "fragment"}
point = torch.tensor([1.0, 0.0])
moved = turn @ point
print(moved)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi `weight` thành một ma trận `(3, 3)` sao cho `batch @ weight` bằng đúng `batch`. Rồi thử một ma trận chỉ đổi chỗ hai cột đầu.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `weight` into a `(3, 3)` matrix for which `batch @ weight` is `batch` itself. Then try one that only swaps the first two columns.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `*` là ô với ô, `@` là hàng với cột; `(n, k) @ (k, m)` cho `(n, m)`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `*` is cell by cell, `@` is row by column; `(n, k) @ (k, m)` gives `(n, m)`.**
