# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=12
# # `nn.Module`: mô hình, tham số, lưu và nạp
#
# Mỗi mô hình là một lớp Python kế thừa từ `nn.Module`. Ta khai báo các tầng trong `__init__`, và cách dữ liệu đi qua chúng trong `forward`.
#
# Đổi lại, `nn.Module` tự ghi sổ mọi **tham số** (*parameter*): để bộ tối ưu cập nhật, và để lưu vào tệp bằng `state_dict`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=12
# # `nn.Module`: a model, its parameters, saving and loading
#
# Each model is a Python class that inherits from `nn.Module`. Its layers are declared in `__init__`; how data pass through them is written in `forward`.
#
# In return `nn.Module` keeps a register of all **parameters**: for the optimizer to update, and to be saved to a file as a `state_dict`.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Điểm mấu chốt: việc ghi sổ xảy ra ở phép gán `self.ten = ...`, và chỉ khi thứ được gán là `nn.Parameter` hoặc một `nn.Module` khác.
# Một tensor thường, dù có `requires_grad=True`, không vào sổ: mô hình vẫn chạy, gradient vẫn có, nhưng không ai cập nhật nó.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The key: things are registered by the assignment `self.name = ...`, and only if what is assigned is an `nn.Parameter` or another `nn.Module`.
# A plain tensor, even with `requires_grad=True`, is not in the register: the model runs, there is a gradient, but nobody updates it.

# %% Imports id="imports" slideshow={"slide_type": "skip"}
import io

import torch
import torch.nn as nn

torch.manual_seed(0)

# %% A model id="model" tags=["code"] slideshow={"slide_type": "fragment"}
class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.offset = torch.tensor(1.0, requires_grad=True)

    def forward(self, x):
        return self.scale * self.linear(x) + self.offset

model = Scaled()

# %% [markdown] lang="vi" tags=["question"] hide=["names"] slideshow={"slide_type": "slide"}
# ## Những tham số nào vào sổ?
#
# Mô hình có một tầng `linear`, một `nn.Parameter` tên `scale`, và một tensor thường `offset` có `requires_grad=True`.
# `model.parameters()` gồm những gì?
#
# - [ ] `scale`, `offset`, `linear.weight`, `linear.bias` — *nghĩ rằng cứ có `requires_grad=True` là tham số*
# - [x] `scale`, `linear.weight`, `linear.bias` — *`offset` không phải `nn.Parameter` nên không được ghi sổ*
# - [ ] chỉ `scale` — *quên rằng tầng con cũng được ghi sổ, cùng tham số của nó*

# %% [markdown] lang="en" tags=["question"] hide=["names"] slideshow={"slide_type": "slide"}
# ## Which parameters are registered?
#
# The model has a layer `linear`, an `nn.Parameter` named `scale`, and a plain tensor `offset` with `requires_grad=True`.
# What is in `model.parameters()`?
#
# - [ ] `scale`, `offset`, `linear.weight`, `linear.bias` — *thinks that `requires_grad=True` makes a parameter*
# - [x] `scale`, `linear.weight`, `linear.bias` — *`offset` is no `nn.Parameter`, so it is not registered*
# - [ ] only `scale` — *forgets that inner layers are registered, with their parameters*

# %% The register id="register" slideshow={"slide_type": "fragment"}
names = [name for name, _ in model.named_parameters()]
print(names)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Lan truyền xuôi qua mô hình
#
# Ta gọi `model(x)`, không gọi `model.forward(x)`: cách gọi thứ nhất còn chạy các móc (*hook*) mà PyTorch và các công cụ khác gắn vào.
#
# `backward()` đưa gradient tới cả `offset`. Nhưng `offset` không có trong sổ, nên bộ tối ưu không thấy nó: nó đứng yên mãi ở 1.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Forward through the model
#
# We call `model(x)`, not `model.forward(x)`: the former also runs the hooks that PyTorch and other tools attach.
#
# `backward()` takes a gradient to `offset`, too. But `offset` is not registered, so an optimizer never sees it: it stays 1 forever.

# %% Forward id="forward" slideshow={"slide_type": "fragment"}
x = torch.tensor([[1.0, 2.0]])
y = model(x)
y.backward()
for name, parameter in model.named_parameters():
    print(name, parameter.grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Lưu và nạp
#
# `state_dict` là một từ điển: tên → tensor. Lưu nó, chứ không lưu cả đối tượng. Ở đây ta lưu vào bộ nhớ; với tệp thì viết
# `torch.save(model.state_dict(), "model.pt")`. Để ý: `offset` **không** có trong đó; mô hình nạp lại
# dùng số 1.0 viết trong `__init__`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Save and load
#
# A `state_dict` is a dictionary: name → tensor. Save that, not the object. Here we save into memory; for a file write
# `torch.save(model.state_dict(), "model.pt")`. Note that `offset` is **not** in it: a loaded model has the 1.0 that
# `__init__` gives it.

# %% Save and load id="state-dict" tags=["code"] slideshow={"slide_type": "fragment"}
file = io.BytesIO()
torch.save(model.state_dict(), file)
file.seek(0)

other = Scaled()
print("before:", torch.equal(other(x), y))
print(other.load_state_dict(torch.load(file)))
print("after: ", torch.equal(other(x), y))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Sửa từ điển rồi nạp
#
# Đổi `scale` trong từ điển thành 5 rồi nạp: mô hình nhận số 5. Xóa hẳn `scale` rồi nạp: PyTorch báo lỗi và kể ra tên nào thiếu, tên nào thừa.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Change the dictionary and load it
#
# Set `scale` in the dictionary to 5 and load it: the model has 5. Delete `scale` and load it: an error lists every name that is missing and
# every name that was not expected.

# %% Another value id="other-value" tags=["code"] slideshow={"slide_type": "fragment"}
new_scale = 5.0  #@param {type:"slider", min:-5, max:5, step:0.5}

state = model.state_dict()
state["scale"] = torch.tensor(new_scale)
other.load_state_dict(state)
print(other.scale)

# %% Nothing to load it from id="without" tags=["code"] slideshow={"slide_type": "fragment"}
del state["scale"]
try:
    other.load_state_dict(state)
except RuntimeError as error:
    print("RuntimeError:", error, sep="\n")
print("scale is still", other.scale.item())

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Biến `offset` thành `nn.Parameter`. Những dòng in nào thay đổi? Sau đó thử `self.register_buffer("offset", torch.tensor(1.0))`:
# nó có trong `state_dict` không, có trong `parameters()` không?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Make `offset` an `nn.Parameter`. Which printed lines change? Then try `self.register_buffer("offset", torch.tensor(1.0))`: is it in the
# `state_dict`, is it in `parameters()`?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: chỉ `nn.Parameter` và tầng con mới vào sổ của mô hình; lưu và nạp thì dùng `state_dict`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: only `nn.Parameter`s and inner layers are in a model's register; save and load its `state_dict`.**
