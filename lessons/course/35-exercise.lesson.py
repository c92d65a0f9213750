# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=15
# # Bài tập: $y = 3x + 2$ có nhiễu, với Adam
#
# Một trăm điểm theo $y = 3x + 2$, cộng thêm **nhiễu** (*noise*): dữ liệu thật không bao giờ nằm đúng trên một đường thẳng.
# Ta huấn luyện bằng Adam, `lr = 0.01`, 500 epoch.
#
# Đề bài ghi *kết quả mong đợi*: $w$ xấp xỉ 3, $b$ xấp xỉ 2, mất mát (*loss*) tiến về gần 0, dự đoán tại $x = 4$ gần 14. Có đúng vậy không?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=15
# # The exercise: $y = 3x + 2$ with noise, and Adam
#
# A hundred points of $y = 3x + 2$, plus **noise**: real data never lie on a line exactly. We train with Adam, `lr = 0.01`, 500 epochs.
#
# The exercise states the *expected result*: $w$ about 3, $b$ about 2, the loss near 0, the prediction at $x = 4$ near 14. Is that right?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Đây là bài mà sinh viên làm ở nhà rồi tưởng mình sai: máy ra 12.93 chứ không phải 14. Cho cả lớp tranh luận ở câu hỏi, đừng chữa vội.
# Hai nguyên nhân tách biệt: (1) chưa đủ bước: Adam với lr 0.01 mỗi bước đi không quá khoảng 0.01; (2) nhiễu: mất mát không thể xuống dưới
# khoảng 4.20, dù huấn luyện bao lâu.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# This is the exercise that students do at home and then believe they failed: the machine says 12.93, not 14. Let the class argue at the
# question, do not correct too soon. There are two separate causes: (1) too few steps: with lr 0.01 Adam moves by no more than about 0.01
# a step; (2) noise: however long one trains, the loss cannot fall below about 4.20.

# %% Data id="data" slideshow={"slide_type": "fragment"}
import torch

torch.manual_seed(0)

# Tạo dữ liệu đầu vào
x_train = torch.unsqueeze(torch.linspace(-10, 10, 100), dim=1)  # shape: (100, 1)
y_train = 3 * x_train + 2 + torch.randn(x_train.size()) * 2  # thêm nhiễu

# %% Model id="model" slideshow={"slide_type": "fragment"}
import torch.nn as nn
import torch.optim as optim

# Định nghĩa mô hình
model = nn.Linear(in_features=1, out_features=1)

# Hàm mất mát (loss function)
loss_fn = nn.MSELoss()

# Optimizer
optimizer = optim.Adam(model.parameters(), lr=0.01)
print(f"w = {model.weight.item():.4f}, b = {model.bias.item():.4f}")

# %% [markdown] lang="vi" tags=["question"] hide=["y_pred", "loss", "model.weight", "model.bias"] slideshow={"slide_type": "slide"}
# ## Sau 500 epoch
#
# `w` bắt đầu ở −0.25. Sau 500 epoch, mất mát và dự đoán tại $x = 4$ là bao nhiêu?
#
# - [ ] mất mát gần 0, y ≈ 14 — *kết quả mong đợi của đề; quên rằng có nhiễu*
# - [ ] mất mát 4.20, y ≈ 14 — *tính đến nhiễu, nhưng cho rằng 500 bước là đủ*
# - [x] mất mát 6.95, y ≈ 12.93 — *vừa có nhiễu vừa chưa đến nơi: w mới là 2.72*

# %% [markdown] lang="en" tags=["question"] hide=["y_pred", "loss", "model.weight", "model.bias"] slideshow={"slide_type": "slide"}
# ## After 500 epochs
#
# `w` begins at −0.25. What are the loss and the prediction at $x = 4$ after 500 epochs?
#
# - [ ] loss near 0, y ≈ 14 — *the result that the exercise expects; forgets the noise*
# - [ ] loss 4.20, y ≈ 14 — *allows for the noise, but thinks that 500 steps are enough*
# - [x] loss 6.95, y ≈ 12.93 — *there is noise, and training has not arrived yet: w is only 2.72*

# %% Training id="training" slideshow={"slide_type": "fragment"}
for epoch in range(500):
    # Forward pass
    predictions = model(x_train)
    loss = loss_fn(predictions, y_train)

    # Backward pass và cập nhật trọng số
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    # In loss định kỳ
    if (epoch + 1) % 50 == 0:
        print(f"Epoch {epoch+1}: Loss = {loss.item():.4f}")

# %% Test id="test" slideshow={"slide_type": "fragment"}
x_test = torch.tensor([[4.0]])
y_pred = model(x_test).item()
print(f"Dự đoán với x = 4.0: y ≈ {y_pred:.2f}")
# In trọng số và bias
print("Trọng số w:", model.weight.item())
print("Bias b:", model.bias.item())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Nguyên nhân 1: nhiễu
#
# Đường thẳng **tốt nhất có thể** cho một trăm điểm này tính được bằng công thức bình phương tối thiểu. Ngay cả nó cũng có mất mát 4.20:
# đó là nhiễu (độ lệch chuẩn 2, bình phương là 4). Không mô hình tuyến tính nào xuống thấp hơn.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The first cause: noise
#
# The **best possible** line for these hundred points follows from the formula for least squares. Even that line has a loss of 4.20:
# that is the noise (standard deviation 2, squared 4). No linear model gets below it.

# %% Best line id="best" tags=["code"] slideshow={"slide_type": "fragment"}
x_mean = x_train.mean()
y_mean = y_train.mean()
x_off = x_train - x_mean
y_off = y_train - y_mean
best_w = (x_off * y_off).sum() / (x_off ** 2).sum()
best_b = y_mean - best_w * x_mean
floor = loss_fn(best_w * x_train + best_b, y_train)
print(f"best w = {best_w:.3f}")
print(f"best b = {best_b:.3f}")
print(f"loss   = {floor:.3f}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Nguyên nhân 2: chưa đủ bước
#
# Adam với `lr = 0.01` đi mỗi bước khoảng 0.01, dù gradient lớn đến đâu, và chậm lại khi gần tới. Từ −0.25 đến 3 phải mất hơn 300 bước.
# Cho đi thêm 500 epoch nữa: lần này thì đến nơi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The second cause: too few steps
#
# With `lr = 0.01` Adam moves by about 0.01 a step, however large the gradient, and slows down as it gets close. From −0.25 to 3 takes more
# than 300 steps. Give it 500 epochs more: this time it arrives.

# %% More id="more" slideshow={"slide_type": "fragment"}
more = 500  #@param {type:"slider", min:0, max:1000, step:100}

for epoch in range(more):
    predictions = model(x_train)
    loss = loss_fn(predictions, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"loss = {loss.item():.3f}")
print(f"w = {model.weight.item():.3f}, b = {model.bias.item():.3f}, y(4) = {model(x_test).item():.2f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Giữ 500 epoch nhưng đổi `lr` thành 0.1. Rồi bỏ nhiễu (`* 0` thay cho `* 2`). Lần nào mất mát xuống được gần 0, lần nào không?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Keep 500 epochs but change `lr` to 0.1. Then take the noise away (`* 0` instead of `* 2`). When does the loss get close to 0, and when not?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: mất mát không về 0 vì có nhiễu; tham số chưa tới nơi vì chưa đủ bước. Hai chuyện khác nhau, phải tách ra mà xem.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: noise keeps the loss from 0; too few steps keep the parameters from arriving. Two different things: look at them separately.**
