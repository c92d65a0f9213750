# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=10
# # Tầng tuyến tính `nn.Linear`
#
# `nn.Linear(5, 2)` là một **tầng** (*layer*) biến mỗi vector 5 chiều thành một vector 2 chiều:
#
# $y = x W^T + b$
#
# Bên trong chỉ có hai tensor: **trọng số** (*weight*) $W$ và **độ lệch** (*bias*) $b$. Chúng là tham số, tức là lá cần gradient.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=10
# # The linear layer, `nn.Linear`
#
# `nn.Linear(5, 2)` is a **layer** that turns each vector of 5 numbers into one of 2:
#
# $y = x W^T + b$
#
# There are only two tensors inside: the **weight** $W$ and the **bias** $b$. They are parameters, that is, leaves that want gradients.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Thứ tự trong ngoặc là (vào, ra), còn kích thước của trọng số là (ra, vào): mỗi HÀNG của $W$ là bộ trọng số của MỘT đầu ra.
# Vẽ năm chấm nối với hai chấm và chỉ vào năm đường đi tới chấm thứ nhất: đó là hàng thứ nhất. Số 3 là số mẫu, tầng không hề biết đến nó.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The order in the parentheses is (in, out), the shape of the weight is (out, in): each ROW of $W$ has the weights of ONE output.
# Draw five dots joined to two, and point at the five lines that end in the first: that is the first row. The 3 is the number of samples;
# the layer knows nothing of it.

# %% [markdown] lang="vi" tags=["question"] hide=["linear_layer.weight"] slideshow={"slide_type": "slide"}
# ## Trọng số có kích thước nào?
#
# Tầng là `nn.Linear(5, 2)`: vào 5 chiều, ra 2 chiều. Ta đưa vào 3 mẫu, tức `(3, 5)`, và nhận được `(3, 2)`. Trọng số `W` có kích thước nào?
#
# - [ ] `(5, 2)` — *lấy theo thứ tự (vào, ra) viết trong ngoặc*
# - [x] `(2, 5)` — *mỗi hàng cho một đầu ra; vì vậy công thức có $W^T$*
# - [ ] `(3, 5)` — *nghĩ rằng mỗi mẫu có trọng số riêng*

# %% [markdown] lang="en" tags=["question"] hide=["linear_layer.weight"] slideshow={"slide_type": "slide"}
# ## What is the shape of the weight?
#
# The layer is `nn.Linear(5, 2)`: 5 numbers in, 2 out. We put in 3 samples, that is `(3, 5)`, and get `(3, 2)`. What shape has the weight `W`?
#
# - [ ] `(5, 2)` — *takes the order of the parentheses, (in, out)*
# - [x] `(2, 5)` — *one row for each output; that is why the formula has $W^T$*
# - [ ] `(3, 5)` — *takes each sample to have weights of its own*

# %% Linear id="linear" tags=["code"] slideshow={"slide_type": "fragment"}
import torch

torch.manual_seed(0)

# Khởi tạo một lớp Linear biến đổi từ 5 chiều -> 2 chiều
linear_layer = torch.nn.Linear(in_features=5, out_features=2)

# Tạo một tensor đầu vào mẫu
input_tensor = torch.randn(3, 5) # 3 mẫu, mỗi mẫu 5 chiều

# Truyền đầu vào qua lớp linear
output = linear_layer(input_tensor)

print(f"Input shape: {input_tensor.shape}")

# %% Its output id="output" slideshow={"slide_type": "fragment"}
print(f"Output shape: {output.shape}")
print(f"Output:\n {output}")

# %% Parameters id="parameters" tags=["code"] slideshow={"slide_type": "fragment"}
for name, parameter in linear_layer.named_parameters():
    print(name, tuple(parameter.shape), parameter.requires_grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Không có phép màu
#
# Ta tự tính lại bằng phép nhân ma trận và phép cộng có mở rộng kích thước: `b` được cộng vào từng hàng. Kết quả giống hệt.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## No magic
#
# We compute it again with a matrix product and a sum that broadcasts: `b` is added to each row. The result is the same.

# %% By hand id="by-hand" slideshow={"slide_type": "fragment"}
W = linear_layer.weight
b = linear_layer.bias
by_hand = input_tensor @ W.T + b
print(torch.allclose(output, by_hand))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Gradient của trọng số
#
# Sau `backward()`, mỗi tham số có gradient **cùng kích thước với chính nó**: mỗi trọng số một con số, cho biết nên nhích nó về phía nào.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The gradient of the weight
#
# After `backward()` each parameter has a gradient **of its own shape**: one number for each weight, which says which way to nudge it.

# %% Gradient id="gradient" slideshow={"slide_type": "fragment"}
total = output.sum()
total.backward()
print(W.grad)
print(b.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Có bao nhiêu tham số?
#
# Một tầng từ `n` vào `m` có $m \cdot n + m$ tham số. Đổi hai con số và đoán trước khi xem. Tầng đầu của một mạng đọc ảnh 28 × 28 có
# `in_features` bằng 784.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How many parameters?
#
# A layer from `n` to `m` has $m \cdot n + m$ parameters. Change the two numbers and guess first. The first layer of a network that reads
# 28 × 28 pictures has `in_features` of 784.

# %% Counting id="counting" slideshow={"slide_type": "fragment"}
n = 3  #@param {type:"integer"}
m = 2  #@param {type:"integer"}

linear = torch.nn.Linear(in_features=n, out_features=m)
print(linear)
print(sum(p.numel() for p in linear.parameters()))

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi `input_tensor` thành `torch.randn(3, 4)`. Đọc câu báo lỗi: hai con số nào không khớp, và vì sao nó nói đến `5x2`?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `input_tensor` to `torch.randn(3, 4)`. Read the message: which two numbers do not fit, and why does it speak of `5x2`?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `nn.Linear(vào, ra)` tính $x W^T + b$; trọng số có kích thước (ra, vào), và gradient của nó cũng vậy.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `nn.Linear(in, out)` computes $x W^T + b$; the weight has shape (out, in), and so has its gradient.**
