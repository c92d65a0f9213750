# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=12
# # Tensor là gì
#
# Tensor là một bảng số. Mọi thứ đi vào một mô hình và đi ra khỏi nó đều là tensor. Với mỗi tensor, ta luôn hỏi ba điều:
#
# - **kích thước** (`shape`): bảng có mấy chiều, mỗi chiều dài bao nhiêu?
# - **kiểu dữ liệu** (`dtype`): số nguyên hay số thực, bao nhiêu bit?
# - **thiết bị** (`device`): bảng nằm trong bộ nhớ của CPU hay của GPU?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=12
# # What a tensor is
#
# A tensor is a table of numbers. Everything that goes into a model and comes out of it is a tensor. Of each one we always ask three
# things:
#
# - its **shape**: how many dimensions, how long is each?
# - its **dtype**: integers or real numbers, of how many bits?
# - its **device**: does it lie in the memory of the CPU or of a GPU?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Ba câu hỏi `shape`, `dtype`, `device` nên được viết ở góc bảng và giữ đó suốt khóa học: quá nửa số lỗi của người mới là trả lời sai một
# trong ba câu này. Số ngẫu nhiên được cố định bằng `torch.manual_seed(0)` để máy nào cũng in ra cùng một bảng.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Write the three questions, shape, dtype, device, into a corner of the board and leave them there for the whole course: more than half
# of a beginner's errors are a wrong answer to one of them. `torch.manual_seed(0)` fixes the random numbers, so that every machine
# prints the same table.

# %% From a list id="from-list" tags=["code"] slideshow={"slide_type": "fragment"}
import torch
import numpy as np

torch.manual_seed(0)

# Tạo tensor từ list
data = [[1, 2], [3, 4]]
x_data = torch.tensor(data)
print(f"Tensor từ list:\n {x_data}\n")

# Tạo tensor từ NumPy array
np_array = np.array(data)
x_np = torch.from_numpy(np_array)
print(f"Tensor từ NumPy array:\n {x_np}\n")

# %% [markdown] lang="vi" tags=["question"] hide=["x_ones"] slideshow={"slide_type": "slide"}
# ## Số 1 nào?
#
# `torch.ones(2, 2)` cho các số thực `1.`. Còn `torch.ones_like(x_data)`, với `x_data` là `tensor([[1, 2], [3, 4]])`?
#
# - [ ] `[[1., 1.], [1., 1.]]` — *nghĩ rằng `ones` luôn là số thực*
# - [x] `[[1, 1], [1, 1]]` — *`like` nghĩa là giống cả kích thước, kiểu dữ liệu lẫn thiết bị; `x_data` là số nguyên*
# - [ ] `[[1, 2], [3, 4]]` — *nghĩ rằng `like` chép cả các giá trị*

# %% [markdown] lang="en" tags=["question"] hide=["x_ones"] slideshow={"slide_type": "slide"}
# ## Which ones?
#
# `torch.ones(2, 2)` gives the real numbers `1.`. And `torch.ones_like(x_data)`, where `x_data` is `tensor([[1, 2], [3, 4]])`?
#
# - [ ] `[[1., 1.], [1., 1.]]` — *takes `ones` to be real numbers always*
# - [x] `[[1, 1], [1, 1]]` — *`like` means the same shape, dtype and device; `x_data` holds integers*
# - [ ] `[[1, 2], [3, 4]]` — *takes `like` to copy the values as well*

# %% Ones id="ones" slideshow={"slide_type": "fragment"}
# Tạo tensor gồm các số 1 có cùng shape với x_data
x_ones = torch.ones_like(x_data)
print(f"Ones Tensor:\n {x_ones}\n")

# %% Random numbers id="random" slideshow={"slide_type": "fragment"}
x_rand = torch.rand_like(x_data, dtype=torch.float) # tạo tensor ngẫu nhiên
print(f"Random Tensor:\n {x_rand}\n")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Ba câu hỏi
#
# Ba thuộc tính trả lời ba câu hỏi. Đối số `dtype=torch.float` ở ô trên là bắt buộc: không có số nguyên ngẫu nhiên nào nằm giữa 0 và 1.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The three questions
#
# Three attributes answer them. The `dtype=torch.float` in the cell above is needed: there is no random integer between 0 and 1.

# %% Shape, dtype, device id="three-questions" tags=["code"] slideshow={"slide_type": "fragment"}
# In ra shape, dtype, và device của tensor
print(f"Shape của tensor: {x_rand.shape}")
print(f"Datatype của tensor: {x_rand.dtype}")
print(f"Device lưu trữ tensor: {x_rand.device}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Từ một số đến một khối số
#
# Tensor 0 chiều là một **vô hướng** (*scalar*), 1 chiều là vector, 2 chiều là ma trận. Ảnh màu có 3 chiều, một lô ảnh có 4 chiều.
# Số chiều là `ndim`: bằng số dấu ngoặc vuông mở ở đầu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## From one number to a block of numbers
#
# A tensor of 0 dimensions is a scalar, of 1 a vector, of 2 a matrix. A color picture has 3, a batch of pictures 4.
# `ndim` is their number: as many as there are square brackets at the beginning.

# %% Dimensions id="dimensions" slideshow={"slide_type": "fragment"}
depth = 2  #@param {type:"slider", min:1, max:4, step:1}

scalar = torch.tensor(5.0)
vector = torch.tensor([1.0, 2.0, 3.0])
matrix = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
block = torch.zeros(depth, 3, 4)

# %% Their sizes id="sizes" tags=["code"] slideshow={"slide_type": "fragment"}
for t in (scalar, vector, matrix, block):
    print(t.ndim, tuple(t.shape), t.numel())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Số nguyên không có đạo hàm
#
# `torch.tensor([1, 2])` là `int64`, `torch.tensor([1., 2.])` là `float32`. Khác nhau chỉ một dấu chấm, nhưng số nguyên không thể
# nhích một chút xíu, nên PyTorch từ chối tính gradient cho nó.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Integers have no derivative
#
# `torch.tensor([1, 2])` is `int64`, `torch.tensor([1., 2.])` is `float32`. One dot is all the difference, but an integer cannot be
# nudged a little, so PyTorch refuses to compute gradients for it.

# %% Integers id="integers" slideshow={"slide_type": "fragment"}
try:
    torch.tensor([1, 2], requires_grad=True)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% Real numbers id="real-numbers" slideshow={"slide_type": "fragment"}
x = torch.tensor([1., 2.], requires_grad=True)
print(x)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi `data` thành `[[1, 2], [3, 4.5]]`. Đoán trước: những dòng in nào thay đổi? Chỉ một số thực cũng làm cả bảng thành số thực.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `data` to `[[1, 2], [3, 4.5]]`. Guess first: which printed lines change? A single real number makes the whole table real.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: gặp một tensor, hỏi ngay ba điều: kích thước, kiểu dữ liệu, thiết bị; số nguyên không có gradient.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: of every tensor ask shape, dtype and device; integers have no gradients.**
