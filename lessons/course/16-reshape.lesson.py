# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=8
# # Thay đổi hình dạng
#
# Mười sáu con số có thể là một bảng 4 × 4, một cột 16 × 1, hay một khối 2 × 2 × 4. `reshape` xếp lại các số, không thêm, không bớt,
# và **không đổi thứ tự**: đọc theo hàng, trước cũng như sau, vẫn là một dãy ấy.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=8
# # Reshaping
#
# Sixteen numbers can be a table of 4 × 4, a column of 16 × 1, or a block of 2 × 2 × 4. `reshape` arranges them anew: it adds nothing,
# loses nothing, and **keeps the order**. Read row by row, they are the same sequence before and after.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Ví von: mười sáu quân bài xếp thành hàng trên bàn. `reshape` chỉ xuống dòng ở chỗ khác, `.T` thì đổi cả đường đi.
# Câu hỏi về `.T` tách được những ai nhìn kích thước với những ai nhìn các con số.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# An image: sixteen cards laid on the table in rows. `reshape` only breaks the lines elsewhere, `.T` changes the way one walks.
# The question about `.T` tells those who look at shapes from those who look at numbers.

# %% Reshape id="reshape" slideshow={"slide_type": "fragment"}
import torch

torch.manual_seed(0)

# 1. Sử dụng torch.rand để tạo một tensor có shape (4, 4)
tensor_4x4 = torch.rand(4, 4)
print(tensor_4x4)

# %% As a column id="column" slideshow={"slide_type": "fragment"}
# 2. Dùng reshape để đổi thành (16, 1)
tensor_16x1 = tensor_4x4.reshape(16, 1)
print(f"Shape cũ: {tensor_4x4.shape}")
print(f"Shape mới: {tensor_16x1.shape}")

# %% The order is kept id="order" tags=["code"] slideshow={"slide_type": "fragment"}
print(f"Tensor 16x1 sau khi reshape:\n{tensor_16x1}\n")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Số −1: "tự tính giúp tôi"
#
# Một chiều có thể ghi là −1: PyTorch tự tính ra nó từ số phần tử. Nếu chia không hết thì báo lỗi. Đổi `columns` và xem.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The −1: "work it out for me"
#
# One dimension may be −1: PyTorch works it out from the number of elements. If that does not come out even, it is an error.
# Change `columns` and see.

# %% Minus one id="minus-one" slideshow={"slide_type": "fragment"}
columns = 3  #@param {type:"slider", min:1, max:3, step:1}
numbers = torch.arange(6)
print(numbers.reshape(-1, columns))

# %% Not even id="not-even" tags=["code"] slideshow={"slide_type": "fragment"}
try:
    print(numbers.reshape(-1, 4))
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" tags=["question"] hide=["reshaped"] slideshow={"slide_type": "slide"}
# ## `reshape(3, 2)` có phải là chuyển vị?
#
# `table` là `[[0, 1, 2], [3, 4, 5]]`. Cả `table.T` lẫn `table.reshape(3, 2)` đều có kích thước `(3, 2)`. Vậy `table.reshape(3, 2)` là gì?
#
# - [ ] `[[0, 3], [1, 4], [2, 5]]` — *nhầm với `table.T`: cùng kích thước nhưng khác thứ tự*
# - [x] `[[0, 1], [2, 3], [4, 5]]` — *vẫn đọc theo hàng 0, 1, 2, 3, 4, 5, chỉ xuống dòng ở chỗ khác*
# - [ ] báo lỗi — *nghĩ rằng số hàng phải giữ nguyên; chỉ số phần tử, là 6, phải giữ nguyên*

# %% [markdown] lang="en" tags=["question"] hide=["reshaped"] slideshow={"slide_type": "slide"}
# ## Is `reshape(3, 2)` the transpose?
#
# `table` is `[[0, 1, 2], [3, 4, 5]]`. Both `table.T` and `table.reshape(3, 2)` have shape `(3, 2)`. What is `table.reshape(3, 2)`?
#
# - [ ] `[[0, 3], [1, 4], [2, 5]]` — *takes `reshape` for `.T`: the same shape in another order*
# - [x] `[[0, 1], [2, 3], [4, 5]]` — *still read row by row as 0, 1, 2, 3, 4, 5; only the lines break elsewhere*
# - [ ] an error — *takes the number of rows to be fixed; only that of the elements is, 6*

# %% The transpose id="transpose" slideshow={"slide_type": "fragment"}
table = numbers.reshape(2, 3)
print(table.T)

# %% Rows kept in order id="reshaped" slideshow={"slide_type": "fragment"}
reshaped = table.reshape(3, 2)
print(reshaped)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## `view` và `reshape`
#
# Khi có thể, `reshape` trả về một khung nhìn: sửa bên này, bên kia đổi theo. Khi không thể (các hàng của bảng đã chuyển vị không còn
# theo thứ tự trong bộ nhớ), nó âm thầm chép ra một bản sao. `view` thì không bao giờ chép: nó thà báo lỗi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## `view` and `reshape`
#
# Where it can, `reshape` returns a view: change one and the other changes. Where it cannot (the rows of a transposed table no longer
# follow the order of memory), it silently makes a copy. `view` never copies: it raises an error instead.

# %% View id="view" slideshow={"slide_type": "fragment"}
flat = table.view(6)
print(flat)

# %% Through the view id="through-view" slideshow={"slide_type": "fragment"}
flat[0] = 100
print(table)

# %% Out of order id="out-of-order" slideshow={"slide_type": "fragment"}
turned = table.T
print(turned.is_contiguous())

# %% No view of it id="no-view" tags=["code"] slideshow={"slide_type": "fragment"}
try:
    turned.view(6)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% A copy id="copy" slideshow={"slide_type": "fragment"}
print(turned.reshape(6))

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Một ảnh 28 × 28 đi vào tầng tuyến tính dưới dạng 784 số. Với `images = torch.zeros(10, 28, 28)`, hãy viết một `reshape` đưa nó về
# `(10, 784)` mà không cần tự tính số 784.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# A 28 × 28 picture enters a linear layer as 784 numbers. With `images = torch.zeros(10, 28, 28)`, write a `reshape` to `(10, 784)`
# without working out the 784 yourself.

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: `reshape` giữ nguyên thứ tự các số, chỉ đổi chỗ xuống dòng; nó không phải là chuyển vị.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: `reshape` keeps the order of the numbers and only moves the line breaks; it is no transpose.**
