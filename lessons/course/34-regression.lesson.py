# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=15
# # Hồi quy tuyến tính với SGD
#
# Bốn điểm nằm trên đường thẳng $y = 2x + 1$. Mô hình không biết điều đó: nó bắt đầu với một đường thẳng ngẫu nhiên và phải tự tìm ra
# `w` và `b`, trong 200 epoch.
#
# Mỗi lần lặp có năm việc: **xuôi**, **mất mát**, **xóa gradient**, **ngược**, **cập nhật**.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=15
# # Linear regression with SGD
#
# Four points lie on the line $y = 2x + 1$. The model does not know: it begins with a random line and has to find `w` and `b` by itself,
# in 200 epochs.
#
# Each iteration does five things: **forward**, **loss**, **clear gradients**, **backward**, **update**.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Đi chậm lần lặp đầu tiên, từng việc một trong năm việc; lần thứ hai đi nhanh hơn, rồi cho chạy đến hết. Bài giảng gốc in mất mát 0.0001 và
# y ≈ 11.01; máy in ra số khác. Đừng nói trước: câu hỏi nằm ở ngay dưới. Ở đây mỗi bước dùng *cả bốn* điểm, nên đúng ra là giảm gradient
# toàn phần; chữ `Stochastic` trong tên SGD là cho trường hợp mỗi bước chỉ lấy một phần dữ liệu.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Take the first iteration slowly, one of the five things at a time; the second faster, then let it run. The course's notes print a loss of
# 0.0001 and y ≈ 11.01; the machine prints something else. Do not say so beforehand: the question is just below. Each step here uses *all
# four* points, so it is full gradient descent; "stochastic" in the name SGD is for steps that use a part of the data.

# %% Imports id="imports" slideshow={"slide_type": "skip"}
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)

# %% Data and model id="model" slideshow={"slide_type": "fragment"}
# 1. Tạo dữ liệu huấn luyện (giả lập)
# y = 2x + 1
x_train = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y_train = torch.tensor([[3.0], [5.0], [7.0], [9.0]])
# 2. Định nghĩa mô hình với nn.Module
class LinearRegressionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)  # 1 input, 1 output
    def forward(self, x):
        return self.linear(x)
model = LinearRegressionModel()
# 3. Khai báo hàm mất mát (loss function) và bộ tối ưu (optimizer)
criterion = nn.MSELoss()  # Mean Squared Error
optimizer = optim.SGD(model.parameters(), lr=0.01)  # Stochastic Gradient Descent

# %% [markdown] lang="vi" tags=["question"] hide=["predicted", "model.linear.weight", "model.linear.bias"] slideshow={"slide_type": "slide"}
# ## Sau 200 epoch
#
# Huấn luyện xong, với $x = 5$ mô hình cho bao nhiêu? (Đường thẳng thật: $2 \cdot 5 + 1 = 11$.)
#
# - [ ] đúng 11.00 — *nghĩ rằng huấn luyện là giải phương trình*
# - [x] khoảng 10.92 — *mất mát còn 0.0020: gần đáy, nhưng `w` mới là 1.96, `b` còn 1.11*
# - [ ] khoảng 11.01 — *tin con số in trong bài giảng; hạt giống khác thì ra số khác*

# %% [markdown] lang="en" tags=["question"] hide=["predicted", "model.linear.weight", "model.linear.bias"] slideshow={"slide_type": "slide"}
# ## After 200 epochs
#
# What does the trained model predict for $x = 5$? (The "true" answer is $2 \cdot 5 + 1 = 11$.)
#
# - [ ] exactly 11.00 — *takes training for solving an equation*
# - [x] about 10.92 — *the loss is down to 0.0020: near the bottom, but `w` is at 1.96 and `b` still at 1.11*
# - [ ] about 11.01 — *trusts the number in the course's notes; another seed, another number*

# %% Training id="training" tags=["code"] slideshow={"slide_type": "fragment"}
# 4. Vòng lặp huấn luyện (training loop)
for epoch in range(200):
    # Forward pass
    outputs = model(x_train)
    loss = criterion(outputs, y_train)
    # Backward pass
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    # In loss mỗi 20 vòng lặp
    if (epoch+1) % 20 == 0:
        print(f"Epoch [{epoch+1}/200], Loss: {loss.item():.4f}")

# %% How it has fallen id="fallen" tags=["curve"] slideshow={"slide_type": "fragment"}
print(f"Loss: {loss.item():.4f}")

# %% Prediction id="prediction" slideshow={"slide_type": "fragment"}
# 5. Dự đoán
x_test = torch.tensor([[5.0]])
predicted = model(x_test).item()
print(f"Dự đoán với x=5.0: y ≈ {predicted:.2f}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Vì sao chưa tới 11?
#
# `w` và `b` bù trừ cho nhau: đường học được hơi thoải nhưng bắt đầu hơi cao. Ở bốn điểm nó chỉ chênh với đường thật một chút, khi cao hơn, khi thấp
# hơn, nên gradient rất nhỏ: theo hướng ấy mặt mất mát là một thung lũng dài, phẳng. Từ $x = 3$ sang phải chênh lệch lớn dần, và $x = 5$ nằm ở phía đó.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why not yet 11?
#
# `w` and `b` make up for each other: the line is slightly too flat and starts slightly too high. At the four points it is off by little, above on the left,
# below on the right, so the gradient is tiny: along that direction the loss landscape is a long, flat valley. From $x = 3$ to the right the
# error grows, and $x = 5$ lies there.

# %% Errors id="errors" tags=["tensor"] slideshow={"slide_type": "fragment"}
w, b = model.linear.weight.item(), model.linear.bias.item()
print(f"w = {w:.4f}, b = {b:.4f}")
points = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
print((w * points + b) - (2 * points + 1))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Đi tiếp
#
# Thêm 300 epoch nữa với cùng bộ tối ưu. Mất mát giảm tiếp, `w` và `b` đi dần về 2 và 1.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Go on
#
# 300 more epochs with the same optimizer. The loss goes on falling, `w` and `b` go towards 2 and 1.

# %% More id="more" slideshow={"slide_type": "fragment"}
more = 300  #@param {type:"slider", min:0, max:1000, step:100}

for epoch in range(more):
    outputs = model(x_train)
    loss = criterion(outputs, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"w = {model.linear.weight.item():.4f}")
print(f"b = {model.linear.bias.item():.4f}")
print(f"y(5) = {model(x_test).item():.4f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi `lr` thành 0.1, rồi 0.15. Một trong hai con số ấy làm mất mát nổ tung. Đoán trước là số nào.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `lr` to 0.1, then to 0.15. One of them makes the loss explode. Guess first which.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: xuôi, mất mát, xóa gradient, ngược, cập nhật: vòng huấn luyện nào cũng có năm việc ấy, và phải xóa gradient trước khi đi ngược.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: forward, loss, clear gradients, backward, update: every training loop has these five, and clears before it walks back.**
