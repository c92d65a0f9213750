# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=15
# # Đồ thị động
#
# Trong `forward` ta được viết `if`, `for`, `while` như Python thường, vì đồ thị được dựng **trong lúc chạy** (*define-by-run*).
# Mỗi lần chạy, mô hình có thể đi một đường khác, và có một đồ thị khác.
#
# Mô hình dưới đây lấy từ tài liệu khóa học: tổng của `x` dương thì qua `fc1`, không thì qua `fc2`. Tài liệu nói cả hai nhánh đều chạy.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=15
# # Dynamic graphs
#
# In `forward` we may write `if`, `for`, `while` as in ordinary Python, since the graph is built **while it runs** (define-by-run).
# Each time the model may take another path, and have another graph.
#
# This model is from the course's notes: if the sum of `x` is positive it takes `fc1`, else `fc2`. The notes say that both branches work.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Đừng báo trước rằng nhánh `else` có lỗi. Cho chạy nhánh `if`, mọi người yên tâm; rồi đặt câu hỏi. Thông điệp của bài không phải là "tài liệu
# sai" mà là: với đồ thị động, **nhánh chưa chạy là nhánh chưa kiểm tra**. Chương trình có thể chạy đúng cả tuần rồi mới gặp lỗi.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Do not say beforehand that the `else` branch has a mistake. Run the `if` branch, everybody is content; then ask. The message is not "the notes
# are wrong" but: with dynamic graphs **a branch that has not run has not been tested**. A program may be fine for a week before it fails.

# %% Imports id="imports" slideshow={"slide_type": "skip"}
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

# %% The model id="model" tags=["code"] slideshow={"slide_type": "fragment"}
class SimpleDynamicNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 20)
        self.fc2 = nn.Linear(20, 10)
    def forward(self, x):
        # Tùy vào tổng các phần tử trong x, chọn nhánh khác nhau
        if x.sum() > 0:
            x = self.fc1(x)
        else:
            x = self.fc2(x)
        return F.relu(x)

# %% The if branch id="if-branch" slideshow={"slide_type": "fragment"}
# Khởi tạo mô hình
model = SimpleDynamicNet()
# Tạo dữ liệu ngẫu nhiên
x = torch.randn(5, 10)
# Chạy forward pass
output = model(x)
print(output.shape)

# %% [markdown] lang="vi" tags=["question"] hide=["result"] slideshow={"slide_type": "slide"}
# ## Nhánh kia
#
# Bây giờ ta đưa vào `-x`: tổng âm, nên đi vào nhánh `else`. Kích thước vẫn là `(5, 10)`. Chuyện gì xảy ra?
#
# - [ ] ra kích thước `(5, 20)` — *nghĩ rằng hai nhánh cho cùng kích thước*
# - [ ] ra kích thước `(5, 10)` — *chỉ nhìn số đầu ra của `fc2`*
# - [x] báo lỗi — *`fc2` đợi 20 số vào mà chỉ nhận 10: `(5, 10)` không nhân được với `(20, 10)`*

# %% [markdown] lang="en" tags=["question"] hide=["result"] slideshow={"slide_type": "slide"}
# ## The other branch
#
# Now we give it `-x`: the sum is negative, so it takes the `else` branch. The shape is `(5, 10)` as before. What happens?
#
# - [ ] an output of shape `(5, 20)` — *thinks that both branches give the same shape*
# - [ ] an output of shape `(5, 10)` — *looks only at what comes out of `fc2`*
# - [x] an error — *`fc2` expects 20 numbers and gets 10: `(5, 10)` does not multiply with `(20, 10)`*

# %% The else branch id="else-branch" slideshow={"slide_type": "fragment"}
try:
    result = model(-x)
    print(result.shape)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Sửa
#
# `fc2` được khai báo là 20 → 10, như thể nó đứng **sau** `fc1`; nhưng trong nhánh `else` nó đứng một mình và nhận `x` có 10 số.
# Cho nó nhận 10 và trả 20, thì hai nhánh thay thế được cho nhau.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The repair
#
# `fc2` is declared as 20 → 10, as if it came **after** `fc1`; but in the `else` branch it stands alone and gets an `x` of 10 numbers.
# Let it take 10 and give 20, and either branch can stand in for the other.

# %% Repaired id="repaired" tags=["code"] slideshow={"slide_type": "fragment"}
class RepairedNet(SimpleDynamicNet):
    def __init__(self):
        super().__init__()
        self.fc2 = nn.Linear(10, 20)

model = RepairedNet()

# %% Both branches id="both" slideshow={"slide_type": "fragment"}
print(model(x).shape)
print(model(-x).shape)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Mỗi lần một đồ thị, gradient cũng vậy
#
# Chỉ những tham số nằm trên đường đã đi mới có gradient. Sau khi chạy nhánh `else`, `fc1` không có gì cả: `None`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A graph for each run, and gradients likewise
#
# Only the parameters on the path that was taken get a gradient. After the `else` branch `fc1` has none at all: `None`.

# %% Gradients id="gradients" slideshow={"slide_type": "fragment"}
sign = -1.0  #@param [1.0, -1.0] {type:"raw"}

model.zero_grad()
total = model(sign * x).sum()
total.backward()

# %% Who has one id="who" tags=["code"] slideshow={"slide_type": "fragment"}
parameters = dict(model.named_parameters())
print("gradient:", [name for name in parameters if parameters[name].grad is not None])
print("None:", [name for name in parameters if parameters[name].grad is None])

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Viết một `forward` đi qua `fc1` số lần bằng một tham số `n`, bằng vòng `for`. Kích thước nào của `fc1` cho phép điều đó?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Write a `forward` that goes through `fc1` as often as a parameter `n` says, with a `for` loop. Which shape of `fc1` allows it?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: đồ thị động được dựng lại ở mỗi lần chạy; nhánh nào chưa chạy thì chưa có ai kiểm tra.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: a dynamic graph is built anew in every run; a branch that has not run, nobody has tested.**
