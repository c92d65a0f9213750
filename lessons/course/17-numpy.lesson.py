# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=10
# # NumPy và PyTorch
#
# Ai đã biết NumPy thì đã biết một nửa PyTorch. Hai bên trao đổi dữ liệu được với nhau, có khi không chép một byte nào: **dùng chung ô nhớ**.
#
# Vậy NumPy thiếu gì mà ta cần đến PyTorch?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=10
# # NumPy and PyTorch
#
# Who knows NumPy knows half of PyTorch. The two exchange data, sometimes without copying a single byte: they **share memory**.
#
# What does NumPy lack, then, that we need PyTorch for?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Nhắc lại bài lấy chỉ số: ở đó hai *tensor* dùng chung ô nhớ, ở đây là hai *thư viện*.
# Bảng so sánh ở cuối lấy từ tài liệu khóa học; hỏi cả lớp dòng nào quan trọng nhất (dòng đầu: nếu không có autograd, ba dòng kia cũng vô ích).

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Recall the lesson on indexing: there two *tensors* shared memory, here two *libraries* do.
# The table at the end is from the course's notes; ask which row matters most (the first: without autograd the others would not help).

# %% Setup id="setup" slideshow={"slide_type": "skip"}
import numpy as np
import torch

# %% From an array id="from-array" slideshow={"slide_type": "fragment"}
array = np.array([1., 2., 3.])
shared = torch.from_numpy(array)
print(shared)

# %% A second tensor id="second-tensor" slideshow={"slide_type": "fragment"}
copied = torch.tensor(array)
print(copied)

# %% [markdown] lang="vi" tags=["question"] hide=["shared", "copied"] slideshow={"slide_type": "slide"}
# ## Sửa mảng NumPy
#
# Bây giờ ta gán `array[0] = 100`. Tensor nào thay đổi theo?
#
# - [ ] không tensor nào — *nghĩ rằng hai thư viện luôn tách biệt*
# - [x] chỉ `shared` — *`from_numpy` dùng chung ô nhớ, `torch.tensor` luôn chép*
# - [ ] cả hai — *nghĩ rằng chuyển đổi không bao giờ chép*

# %% [markdown] lang="en" tags=["question"] hide=["shared", "copied"] slideshow={"slide_type": "slide"}
# ## Change the NumPy array
#
# Now we set `array[0] = 100`. Which tensor changes with it?
#
# - [ ] neither — *takes the two libraries to be separate always*
# - [x] only `shared` — *`from_numpy` shares memory, `torch.tensor` always copies*
# - [ ] both — *takes conversions never to copy*

# %% Shared memory id="shared" slideshow={"slide_type": "fragment"}
array[0] = 100.0
print(shared)

# %% The copy id="copy-kept" slideshow={"slide_type": "fragment"}
print(copied)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## `float64` hay `float32`
#
# NumPy mặc định dùng `float64`, PyTorch dùng `float32`. Vì vậy ở trên có chữ `dtype=torch.float64`. Trộn hai kiểu trong một phép nhân
# ma trận thì PyTorch từ chối; gọi `.float()` để đổi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## `float64` or `float32`
#
# NumPy uses `float64` by default, PyTorch `float32`. That is why `dtype=torch.float64` stood above. Mix the two in a matrix product
# and PyTorch refuses; convert with `.float()`.

# %% Ones id="ones" slideshow={"slide_type": "skip"}
weight = torch.ones(2, 3)

# %% Two dtypes id="dtypes" slideshow={"slide_type": "fragment"}
try:
    weight @ shared
except RuntimeError as error:
    print("RuntimeError:", error)

# %% One dtype id="one-dtype" slideshow={"slide_type": "fragment"}
print(weight @ shared.float())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Chiều ngược lại
#
# `.numpy()` đổi một tensor thành mảng. Nhưng một tensor đang được theo dõi gradient thì không cho: NumPy không biết ghi lại lịch sử,
# nên phải `detach()` trước. Lịch sử ấy để làm gì, buổi 2 sẽ nói.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The other way
#
# `.numpy()` turns a tensor into an array. But a tensor whose gradient is tracked refuses: NumPy cannot record a history, so
# `detach()` comes first. Session 2 tells what that history is for.

# %% Back to NumPy id="to-numpy" tags=["code"] slideshow={"slide_type": "fragment"}
w = torch.tensor([1.0, 2.0], requires_grad=True)
try:
    w.numpy()
except RuntimeError as error:
    print("RuntimeError:", error)

# %% Detached id="detached" slideshow={"slide_type": "fragment"}
print(w.detach().numpy())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## NumPy thiếu gì
#
# | | NumPy | PyTorch |
# |---|---|---|
# | tự tính gradient | không | có: autograd |
# | chạy trên GPU | không | có: CUDA |
# | xây dựng mô hình | không | có: `nn.Module`, `torch.optim` |
# | thư viện cho học sâu | rất ít | torchvision, torchaudio… |
#
# NumPy rất tốt cho tiền xử lý, và cho ta giá trị. PyTorch cho cả giá trị lẫn câu trả lời cho "nếu nhích đầu vào thì sao?": gradient.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What NumPy lacks
#
# | | NumPy | PyTorch |
# |---|---|---|
# | gradients | no | yes: autograd |
# | runs on a GPU | no | yes: CUDA |
# | building models | no | yes: `nn.Module`, `torch.optim` |
# | libraries for deep learning | very few | torchvision, torchaudio… |
#
# NumPy is very good for preparing data, and it gives us values. PyTorch gives the value and, with it, what happens if the input
# is nudged: the gradient.

# %% The difference id="gradient" slideshow={"slide_type": "fragment"}
value = 3.0  #@param {type:"slider", min:-5, max:5, step:0.5}

n = np.array(value)
print("NumPy:  ", n ** 2)

t = torch.tensor(value, requires_grad=True)
square = t ** 2
square.backward()
print("PyTorch:", square.item(), "gradient:", t.grad.item())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Ở ô có `array[0] = 100.0`, hãy viết `array = array + 1` thay cho dòng ấy. Tensor `shared` có đổi không? Vì sao?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In the cell with `array[0] = 100.0`, write `array = array + 1` instead. Does `shared` change? Why?

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: `from_numpy` và `.numpy()` dùng chung ô nhớ, `torch.tensor` thì chép; trong hai thư viện, chỉ PyTorch tự tính gradient.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: `from_numpy` and `.numpy()` share memory, `torch.tensor` copies; of the two only PyTorch computes gradients.**
