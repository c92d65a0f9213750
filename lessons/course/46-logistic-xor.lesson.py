# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=15
# # Hồi quy logistic và bài toán XOR
#
# Hồi quy trả về một con số; **phân loại** (*classification*) trả lời có hoặc không. Hồi quy logistic là một tầng tuyến tính rồi một hàm sigmoid:
# đầu ra nằm giữa 0 và 1, đọc như xác suất.
#
# Nó học được phép AND, phép OR. Còn XOR thì sao? Điều gì cản đường nó, và cần thêm gì?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=15
# # Logistic regression and XOR
#
# Regression gives a number; **classification** says yes or no. Logistic regression is a linear layer and then a sigmoid: its output lies
# between 0 and 1 and is read as a probability.
#
# It learns AND, it learns OR. But XOR? What stands in its way, and what is missing?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Vẽ bốn góc của hình vuông, tô hai màu. Nhờ một sinh viên kẻ MỘT đường thẳng tách hai màu: với OR thì được, với XOR thì không.
# Năm 1969 Minsky và Papert chỉ ra điều này, và nghiên cứu mạng nơ-ron chững lại nhiều năm. Một tầng ẩn là đủ để vượt qua.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Draw the four corners of a square in two colors. Ask a student to draw ONE straight line between the colors: for OR it works, for XOR it does
# not. Minsky and Papert showed this in 1969, and research on neural networks slowed down for years. One hidden layer is enough to get past it.

# %% Data id="data" tags=["tensor"] slideshow={"slide_type": "fragment"}
import torch
import torch.nn as nn

corners = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
OR = torch.tensor([[0.], [1.], [1.], [1.]])
XOR = torch.tensor([[0.], [1.], [1.], [0.]])
table = torch.cat([corners, OR, XOR], dim=1)
print(table)

# %% Training id="training" tags=["code"] slideshow={"slide_type": "fragment"}
bce = nn.BCEWithLogitsLoss()

def train(model, labels, epochs=100):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    for epoch in range(epochs):
        logits = model(corners)
        loss = bce(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss

def answers(model):
    with torch.no_grad():
        logits = model(corners)
        p = torch.sigmoid(logits)
    return [round(number, 2) for number in p.flatten().tolist()]

# %% A linear layer, trained for OR id="or" tags=["code"] slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
logistic = nn.Linear(2, 1)
loss = train(logistic, OR)

# %% What it has learned id="learned" tags=["curve"] slideshow={"slide_type": "fragment"}
print(f"OR:  loss {loss.item():.2f}", answers(logistic))

# %% [markdown] lang="vi" tags=["question"] hide=["xor_answers", "loss", "logistic.weight", "logistic.bias"] slideshow={"slide_type": "slide"}
# ## Cùng mô hình ấy, với XOR
#
# Nhãn bây giờ là 0, 1, 1, 0. Sau 300 epoch, mô hình logistic trả lời gì cho bốn góc?
#
# - [ ] gần 0, 1, 1, 0 — *nghĩ rằng cứ huấn luyện đủ lâu là học được*
# - [x] gần 0.5 cho cả bốn — *một đường thẳng không tách được, nên tốt nhất là "không biết"*
# - [ ] `nan` — *tưởng mô hình không học được là mô hình hỏng; nó chỉ quá đơn giản*

# %% [markdown] lang="en" tags=["question"] hide=["xor_answers", "loss", "logistic.weight", "logistic.bias"] slideshow={"slide_type": "slide"}
# ## The same model, for XOR
#
# Now the labels are 0, 1, 1, 0. What does the logistic model answer for the four corners after 300 epochs?
#
# - [ ] nearly 0, 1, 1, 0 — *thinks that anything can be learned if one only trains long enough*
# - [x] nearly 0.5 for all — *no straight line separates them, so the best is "don't know"*
# - [ ] `nan` — *thinks that a model which cannot learn has broken; it is only too simple*

# %% XOR id="xor" tags=["code"] slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
logistic = nn.Linear(2, 1)
loss = train(logistic, XOR, epochs=300)

# %% What it answers id="xor-answers" tags=["curve"] slideshow={"slide_type": "fragment"}
xor_answers = answers(logistic)
print(f"XOR: loss {loss.item():.2f}", xor_answers)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Thêm một tầng ẩn
#
# Tầng ẩn (*hidden layer*): bốn nơ-ron với hàm kích hoạt (*activation*) `Tanh` bẻ cong mặt phẳng trước khi kẻ đường thẳng. Mạng nhỏ này (*MLP*) có 17 tham số, và học được XOR.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Add a hidden layer
#
# Four hidden neurons with `Tanh` bend the plane before the line is drawn. This small network, an MLP, has 17 parameters and learns XOR.

# %% Hidden layer id="hidden" tags=["code"] slideshow={"slide_type": "fragment"}
hidden = 4  #@param {type:"slider", min:1, max:8, step:1}

torch.manual_seed(0)
mlp = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1))
loss = train(mlp, XOR)

# %% Two lines instead of one id="bent" tags=["curve"] slideshow={"slide_type": "fragment"}
print(f"XOR: loss {loss.item():.2f}", answers(mlp))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Nếu bỏ `Tanh`?
#
# Hai tầng tuyến tính nối nhau vẫn chỉ là **một** tầng: $W_2 (W_1 x) = (W_2 W_1) x$. Không có hàm kích hoạt, mạng sâu mấy cũng vậy.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## And without `Tanh`?
#
# Two linear layers in a row are still **one** linear layer: $W_2 (W_1 x) = (W_2 W_1) x$. Without an activation no depth helps.

# %% Without activation id="no-activation" tags=["code"] slideshow={"slide_type": "fragment"}
torch.manual_seed(0)
deep_linear = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1))
loss = train(deep_linear, XOR)

# %% As before id="as-before" tags=["curve"] slideshow={"slide_type": "fragment"}
print(f"XOR: loss {loss.item():.2f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi hạt giống ngẫu nhiên của `mlp` từ 0 thành 1. Lần này mạng có học được không? Với `hidden = 8` thì sao? Chỗ xuất phát cũng quan trọng.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change the seed of `mlp` from 0 to 1. Does it learn this time? And with `hidden = 8`? The start matters, too.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: một tầng tuyến tính chỉ kẻ được một đường thẳng; chính hàm kích hoạt giữa hai tầng mới cho mạng học được XOR.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: one linear layer draws one straight line; it is the activation between two layers that lets a network learn XOR.**
