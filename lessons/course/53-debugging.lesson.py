# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=5 minutes=15
# # Năm lỗi của vòng huấn luyện
#
# Mất mát không giảm. Máy có khi báo lỗi, nhưng phần lớn thì không: nó lặng lẽ học sai. Ta xem năm lỗi kinh điển, mỗi lỗi trông ra sao, và nhận ra
# nó bằng cách nào.
#
# Dữ liệu là bốn điểm của $y = 2x + 1$. Bản đúng đạt mất mát 0.005 sau 40 bước.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=5 minutes=15
# # Five mistakes of a training loop
#
# The loss does not fall. Sometimes there is an error, but mostly not: it quietly learns the wrong thing. We look at five classic mistakes, what
# each looks like, and how to tell.
#
# The data are four points of $y = 2x + 1$. The correct loop reaches a loss of 0.005 in 40 steps.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Chơi như trò đoán bệnh: che mã, chỉ cho xem dãy mất mát, hỏi "bệnh gì?". Sau mỗi ca, hỏi dấu hiệu nào trên màn hình đã chỉ ra nó:
# ngăn kéo `.grad` không trống, kích thước (4, 4), số lớn dần, cạnh bị cắt, tham số đứng yên.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Play doctor: cover the code, show only the losses, ask for the diagnosis. After each, ask which sign on the screen gave it away: the drawer `.grad`
# that is not empty, the shape (4, 4), numbers that grow, an edge that is cut, parameters that stand still.

# %% Data and model id="data" tags=["code"] slideshow={"slide_type": "fragment"}
import torch
import torch.nn as nn

x_train = torch.tensor([[1.0], [2.0], [3.0], [4.0]])
y_train = torch.tensor([[3.0], [5.0], [7.0], [9.0]])
loss_fn = nn.MSELoss()

def start(lr=0.01):
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    return model, torch.optim.SGD(model.parameters(), lr=lr)

def show(losses):
    print([round(value, 2) for value in losses[::5]], "...", round(losses[-1], 4))

# %% The correct loop id="correct" tags=["code"] slideshow={"slide_type": "fragment"}
model, optimizer = start()
losses = []
for step in range(40):
    loss = loss_fn(model(x_train), y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

# %% Its losses id="correct-losses" tags=["curve"] slideshow={"slide_type": "fragment"}
show(losses)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Ca 1: quên xóa gradient
#
# Gradient cộng dồn từ bước này sang bước khác, nên các bước quá dài và lệch hướng. Dấu hiệu: mất mát cứ lên rồi lại xuống; ngăn kéo `.grad`
# không trống khi `backward()` bắt đầu.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Case 1: forgetting to clear the gradients
#
# Gradients accumulate from step to step, so that the steps are too long and go off course. The signs: the loss swings up and down; the drawer `.grad`
# is not empty when `backward()` begins.

# %% Not cleared id="not-cleared" tags=["code"] slideshow={"slide_type": "fragment"}
model, optimizer = start()
losses = []
for step in range(40):
    uncleared_loss = loss_fn(model(x_train), y_train)
    uncleared_loss.backward()
    optimizer.step()
    losses.append(uncleared_loss.item())

# %% Its losses id="not-cleared-losses" tags=["curve"] slideshow={"slide_type": "fragment"}
show(losses)

# %% [markdown] lang="vi" tags=["question"] hide=["stuck", "model.weight"] slideshow={"slide_type": "slide"}
# ## Ca 2: mất mát kẹt ở 5.0
#
# Nhãn bây giờ có kích thước `(4,)` thay vì `(4, 1)`, và ta cho đi hẳn 300 bước với `lr = 0.05`. Mất mát vẫn kẹt ở 5.0, trọng số đi về 0. Vì sao?
#
# - [ ] tốc độ học quá nhỏ — *đổ lỗi cho `lr` mỗi khi mất mát đứng yên; bản đúng chỉ cần 0.01 và 40 bước*
# - [x] `(4, 1)` trừ `(4,)` thành `(4, 4)` — *mỗi dự đoán bị so với mọi nhãn, nên tốt nhất là đoán trung bình cho tất cả*
# - [ ] dữ liệu quá ít — *đổ lỗi cho dữ liệu; nhưng bản đúng học được từ chính bốn điểm ấy*

# %% [markdown] lang="en" tags=["question"] hide=["stuck", "model.weight"] slideshow={"slide_type": "slide"}
# ## Case 2: the loss is stuck at 5.0
#
# The labels have shape `(4,)` instead of `(4, 1)`, and we even take 300 steps with `lr = 0.05`. Still the loss is stuck at 5.0, and the weight goes to
# 0. Why?
#
# - [ ] the learning rate is too small — *blames `lr` whenever a loss stands still; the correct loop needs only 0.01 and 40 steps*
# - [x] `(4, 1)` minus `(4,)` is `(4, 4)` — *each prediction is compared with all labels, so the best is to guess their mean for all*
# - [ ] too few data — *blames the data; but the correct loop learns from the same four points*

# %% [markdown] lang="vi" slideshow={"slide_type": "subslide"}
# ## Mười sáu hiệu thay vì bốn
#
# Không có lỗi nào: PyTorch mở rộng kích thước. Mỗi dự đoán bị so với cả bốn nhãn, nên mất mát nhỏ nhất khi mọi dự đoán đều là 6, trung bình của
# các nhãn. Dấu hiệu: `difference.shape` là `(4, 4)`.

# %% [markdown] lang="en" slideshow={"slide_type": "subslide"}
# ## Sixteen differences instead of four
#
# There is no error: PyTorch broadcasts. Each prediction is compared with all four labels, so the loss is smallest where every prediction is 6, the
# mean of the labels. The sign: `difference.shape` is `(4, 4)`.

# %% The shape trap id="shape" tags=["code"] slideshow={"slide_type": "fragment"}
model, optimizer = start(lr=0.05)
flat = y_train.flatten()
for step in range(300):
    difference = model(x_train) - flat
    shape_loss = (difference ** 2).mean()
    optimizer.zero_grad()
    shape_loss.backward()
    optimizer.step()

# %% Stuck id="stuck" tags=["curve"] slideshow={"slide_type": "fragment"}
stuck = shape_loss.item()
print(difference.shape, f"loss {stuck:.2f}, w {model.weight.item():.2f}, b {model.bias.item():.2f}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Ca 3: tốc độ học quá lớn
#
# Dấu hiệu: mất mát tăng mỗi bước; cứ đi tiếp thì nó thành `inf`, rồi `nan`. Ở đây sáu bước đã đủ thấy. Việc đầu tiên: giảm `lr` mười lần.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Case 3: the learning rate is too large
#
# The sign: the loss grows at every step; after many more it would be `inf`, then `nan`. Six are enough to see it. The first thing to do: make `lr`
# ten times smaller.

# %% Too large id="too-large" tags=["code"] slideshow={"slide_type": "fragment"}
lr = 0.2  #@param {type:"slider", min:0.01, max:0.3, step:0.01}

model, optimizer = start(lr)
losses = []
for step in range(6):
    large_loss = loss_fn(model(x_train), y_train)
    optimizer.zero_grad()
    large_loss.backward()
    optimizer.step()
    losses.append(large_loss.item())

# %% Its losses id="too-large-losses" tags=["curve"] slideshow={"slide_type": "fragment"}
print([f"{value:.0f}" for value in losses])

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Ca 4: cắt đứt đồ thị
#
# Ai đó đã gọi `.item()` hoặc `.detach()` ở giữa. Lỗi này may mắn là ồn ào: PyTorch báo rằng không có gì để lan truyền ngược.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Case 4: the graph is cut
#
# Somebody called `.item()` or `.detach()` on the way. Luckily this one is loud: PyTorch says that there is nothing to go back through.

# %% Cut id="cut" slideshow={"slide_type": "fragment"}
model, optimizer = start()
predictions = model(x_train).detach()
loss = loss_fn(predictions, y_train)
try:
    loss.backward()
except RuntimeError as error:
    print("RuntimeError:", error)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Ca 5: bộ tối ưu của mô hình khác
#
# Ta tạo lại mô hình mà quên tạo lại bộ tối ưu: nó vẫn giữ các tham số **cũ**. Gradient có đủ, `step()` chạy không lỗi, nhưng mô hình đứng yên.
# Dấu hiệu: mất mát giống hệt nhau ở mọi bước, đến chữ số cuối cùng.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Case 5: the optimizer of another model
#
# The model was made anew, the optimizer was not: it still holds the **old** parameters. Gradients are there, `step()` runs without an error, but
# the model stands still. The sign: the loss is the same at every step, to its last digit.

# %% Another model id="other-model" tags=["code"] slideshow={"slide_type": "fragment"}
model, optimizer = start()
model = nn.Linear(1, 1)
losses = []
for step in range(40):
    still_loss = loss_fn(model(x_train), y_train)
    optimizer.zero_grad()
    still_loss.backward()
    optimizer.step()
    losses.append(still_loss.item())

# %% It stands still id="still" tags=["curve"] slideshow={"slide_type": "fragment"}
show(losses)
print("still the same:", losses[0] == losses[-1])

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Ở ca 5, `optimizer.zero_grad()` cũng không xóa được gì. In `model.weight.grad` sau mỗi bước: nó lớn dần theo quy luật nào?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# In case 5 `optimizer.zero_grad()` does not clear anything either. Print `model.weight.grad` after each step: how does it grow?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: trước khi nghi ngờ mô hình, hãy in ba thứ: các kích thước, vài gradient, và mất mát của mười bước đầu.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: before you doubt the model, print three things: the shapes, some gradients, and the loss of the first ten steps.**
