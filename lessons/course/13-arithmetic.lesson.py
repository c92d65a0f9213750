# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=12
# # Phép toán và mở rộng kích thước
#
# Cộng, trừ, nhân, chia hai tensor là làm việc **trên từng phần tử**: mỗi ô với ô cùng vị trí, không cần viết vòng lặp.
#
# Nhưng nếu hai tensor không cùng kích thước thì sao? PyTorch **mở rộng kích thước** (*broadcasting*) khi làm được, và báo lỗi khi không.
# Nguy hiểm nhất là trường hợp thứ ba: nó làm được, nhưng đó không phải điều ta muốn.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=12
# # Arithmetic and broadcasting
#
# Adding, subtracting, multiplying, dividing two tensors works **element by element**: each cell with its own, no loop to write.
#
# And if their shapes differ? PyTorch **broadcasts** where it can and raises an error where it cannot. Most dangerous is the third case:
# it can, but it is not what we meant.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Vẽ lên bảng quy tắc: viết hai kích thước chồng lên nhau, **căn phải**; ở mỗi cột, hai số bằng nhau hoặc một số là 1 (hay trống) thì được.
# Câu hỏi cuối bài (4, 1) trừ (4,) là lỗi thật trong bài làm của sinh viên: mất mát vẫn giảm, nhưng mô hình học sai.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Put the rule on the board: write the shapes one under the other, **aligned at the right**; in each column both numbers are equal, or one
# is 1 or missing. The last question, (4, 1) minus (4,), is a real mistake in students' work: the loss still falls, but the model
# learns the wrong thing.

# %% Element by element id="elements" slideshow={"slide_type": "fragment"}
import torch

x_data = torch.tensor([[1, 2], [3, 4]])

# 1. Cộng x_data với chính nó
add_result = x_data + x_data
print(f"1. x_data + x_data:\n{add_result}\n")

# %% By one number id="one-number" slideshow={"slide_type": "fragment"}
# 2. Nhân x_data với 5
mul_result = x_data * 5
print(f"2. x_data * 5:\n{mul_result}\n")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Số 5 đã được mở rộng
#
# `x_data * 5` nhân một bảng 2 × 2 với *một* số: số 5 được dùng lại cho cả bốn ô, như thể nó cũng là một bảng 2 × 2.
# Một hàng được dùng lại cho mọi hàng; một cột được dùng lại cho mọi cột.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The 5 was broadcast
#
# `x_data * 5` multiplies a 2 × 2 table by *one* number: the 5 is used again for all four cells, as if it were a 2 × 2 table too.
# A row is used again for every row; a column for every column.

# %% A row id="row" slideshow={"slide_type": "fragment"}
row = torch.tensor([10, 20])
column = torch.tensor([[10], [20]])
print(x_data + row)

# %% A column id="column" slideshow={"slide_type": "fragment"}
print(x_data + column)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Khi không mở rộng được
#
# Viết hai kích thước căn phải: `(2, 3)` trên `(2,)`. Cột cuối có 3 và 2: không bằng nhau, không số nào là 1, nên PyTorch từ chối.
# Đọc kỹ câu báo lỗi: nó nói đúng chiều nào hỏng. Với `width` bằng 1 hoặc 3 thì sao?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## When it cannot be done
#
# Write the shapes aligned at the right: `(2, 3)` over `(2,)`. The last column has 3 and 2: not equal, neither is 1, so PyTorch refuses.
# Read the message with care: it says which dimension is at fault. What if `width` is 1, or 3?

# %% It cannot id="refused" tags=["code"] slideshow={"slide_type": "fragment"}
width = 2  #@param {type:"slider", min:1, max:3, step:1}

a = torch.ones(2, 3)
b = torch.ones(width)
try:
    print((a + b).shape)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% As a column id="as-column" slideshow={"slide_type": "fragment"}
pair = torch.ones(2)
wide = a + pair.unsqueeze(1)
print(wide.shape)

# %% [markdown] lang="vi" tags=["question"] hide=["difference"] slideshow={"slide_type": "slide"}
# ## Cái bẫy
#
# Mô hình trả về `predicted` với kích thước `(4, 1)`; nhãn `target` có kích thước `(4,)`. Hiệu `predicted - target` có kích thước nào?
#
# - [ ] `(4, 1)` — *nghĩ rằng tensor bên trái quyết định*
# - [ ] `(4,)` — *nghĩ rằng PyTorch tự bỏ chiều bằng 1*
# - [x] `(4, 4)` — *căn phải: 1 với 4, rồi 4 với trống; mỗi dự đoán trừ đi mọi nhãn*
# - [ ] báo lỗi — *nghĩ rằng khác kích thước thì luôn là lỗi; ở đây mở rộng được*

# %% [markdown] lang="en" tags=["question"] hide=["difference"] slideshow={"slide_type": "slide"}
# ## The trap
#
# A model returns `predicted` of shape `(4, 1)`; the labels `target` have shape `(4,)`. What is the shape of `predicted - target`?
#
# - [ ] `(4, 1)` — *takes the left one to decide*
# - [ ] `(4,)` — *takes PyTorch to drop a dimension of 1 by itself*
# - [x] `(4, 4)` — *aligned at the right: 1 with 4, 4 with nothing; each prediction minus every label*
# - [ ] an error — *takes shapes that differ for an error always; these broadcast*

# %% The trap id="trap" slideshow={"slide_type": "fragment"}
predicted = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
target = torch.tensor([1.0, 2.0, 3.0, 4.0])
difference = predicted - target
print(difference.shape)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cách chữa
#
# Mọi dự đoán đều đúng mà trung bình bình phương vẫn khác 0! Cho hai tensor cùng kích thước trước khi trừ.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The cure
#
# Every prediction is right, and still the mean square is not 0! Give both the same shape before you subtract.

# %% Not 0 id="not-zero" slideshow={"slide_type": "fragment"}
print("(4, 1) - (4,):  ", (difference ** 2).mean().item())

# %% The same shape id="same-shape" slideshow={"slide_type": "fragment"}
same = predicted.squeeze(1) - target
print("(4,) - (4,):    ", (same ** 2).mean().item())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Lập bảng cửu chương chỉ bằng một phép nhân: một cột 1…9 nhân với một hàng 1…9. Bắt đầu từ `torch.arange(1, 10)`.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Make the multiplication table with a single product: a column 1…9 times a row 1…9. Begin with `torch.arange(1, 10)`.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: căn phải hai kích thước; mỗi cột phải bằng nhau hoặc có một số 1. Trước khi trừ, hãy in cả hai `shape`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: align the shapes at the right; each column must be equal or have a 1. Before you subtract, print both shapes.**
