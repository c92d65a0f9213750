# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=5 minutes=12
# # CPU và GPU
#
# GPU có hàng nghìn nhân tính toán nhỏ: nhân hai ma trận lớn trên đó nhanh hơn nhiều lần. Mã lệnh gần như không đổi: chọn **thiết bị**
# (*device*), rồi chuyển mô hình và dữ liệu đến đó bằng `.to(device)`.
#
# Máy trong phòng học có thể không có GPU. Khi đó mọi thứ vẫn chạy, trên CPU, và bài này nói đúng như vậy.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=5 minutes=12
# # CPU and GPU
#
# A GPU has thousands of small cores: large matrix products are many times faster there. The code hardly changes: choose a **device**, then
# move model and data there with `.to(device)`.
#
# The machine in the classroom may have no GPU. Then everything runs on the CPU all the same, and this lesson says so.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Nói rõ khi nào GPU KHÔNG giúp: tensor nhỏ, hoặc chép đi chép lại giữa hai bộ nhớ. Hình ảnh: xe tải chở được nhiều, nhưng không ai lấy xe tải
# đi mua một ổ bánh mì. Quy tắc vàng: mọi tensor trong một phép toán phải ở cùng một thiết bị.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Say when a GPU does NOT help: small tensors, or copying to and fro between the two memories. An image: a truck carries a lot, but nobody takes
# a truck to buy one loaf of bread. The rule: all tensors of an operation must be on the same device.

# %% Choose a device id="device" tags=["code"] slideshow={"slide_type": "fragment"}
import torch
# Kiểm tra xem GPU có sẵn không
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print(f"Đang sử dụng thiết bị: {device}")

# %% A large product id="product" tags=["code"] slideshow={"slide_type": "fragment"}
# Tạo tensor và chuyển nó lên GPU nếu có
x = torch.randn(1000, 1000)
y = torch.randn(1000, 1000)
x = x.to(device)
y = y.to(device)
# Thực hiện phép toán trên GPU
z = x @ y  # Nhân ma trận
print(z.shape)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Bao nhiêu phép tính?
#
# Mỗi ô của `z` là một tổng 1000 tích, và có một triệu ô: một tỉ phép nhân và gần một tỉ phép cộng, cho **một** dòng lệnh. Các ô không phụ thuộc
# nhau, nên có thể tính cùng lúc: đó là lý do GPU nhanh.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How much work is that?
#
# Each cell of `z` is a sum of 1000 products, and there are a million cells: a billion multiplications and nearly as many additions, for **one**
# line. The cells do not depend on each other, so they can be computed at once: that is why a GPU is fast.

# %% Work id="work" slideshow={"slide_type": "fragment"}
n = 1000  #@param {type:"integer"}

print(f"multiplications: {n * n * n:,}")
print(f"numbers to move: {3 * n * n:,}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Hai bộ nhớ
#
# GPU có bộ nhớ riêng. `.to(device)` **chép** các số qua đường nối giữa hai bộ nhớ, và mỗi lần chép mất thời gian. CPU chỉ *xếp hàng* phép tính cho
# GPU rồi đi tiếp; nhưng `.item()` và `print` cần con số, nên CPU phải **chờ** GPU tính xong.
#
# Khung *Thiết bị* đo thời gian nhân hai ma trận n × n: trên CPU và, nếu máy có, trên GPU, kể cả và không kể thời gian chép. Từ cỡ nào trở lên thì
# GPU nhanh hơn?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Two memories
#
# A GPU has a memory of its own. `.to(device)` **copies** the numbers over the link between the two memories, and each copy takes time. The CPU only
# *queues* an operation for the GPU and goes on; but `.item()` and `print` need the number, so the CPU has to **wait** until the GPU is done.
#
# The *Devices* view measures how long the product of two n × n matrices takes: on the CPU and, if the machine has one, on the GPU, with the copies and
# without. From which size on is the GPU faster?

# %% Waiting id="waiting" tags=["code"] slideshow={"slide_type": "fragment"}
total = 0.0
for i in range(3):
    total = total + z[i, 0].item()  # chờ ba lần
once = z[:3, 0].sum().item()  # chờ một lần
print(abs(total - once) < 1e-3)

# %% CPU against GPU id="clock" tags=["devices"] slideshow={"slide_type": "fragment"}
print("z:", z.device)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Trộn hai thiết bị
#
# Một phép toán không tự chép toán hạng: `x` ở trên GPU mà tensor kia ở trên CPU thì PyTorch báo lỗi. Trên máy không có GPU thì cả hai đều ở trên CPU
# và phép cộng chạy được.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Mixing two devices
#
# An operation copies no operand by itself: with `x` on the GPU and the other tensor on the CPU, PyTorch reports an error. On a machine without a GPU
# both are on the CPU, and the sum works.

# %% Mixing id="mixing" slideshow={"slide_type": "fragment"}
other = torch.ones(1000, 1000)
try:
    print((x + other).shape)
except RuntimeError as error:
    print(error)
print((x + other.to(x.device)).shape)

# %% [markdown] lang="vi" tags=["question"] hide=["t.dtype"] slideshow={"slide_type": "slide"}
# ## `.to()` quên gán
#
# `.to()` vừa đổi thiết bị vừa đổi kiểu dữ liệu được. Ta viết `t.to(torch.float64)` trên một dòng riêng, không gán. `t.dtype` bây giờ là gì?
#
# - [ ] `torch.float64` — *nghĩ rằng `.to()` sửa chính `t`*
# - [x] `torch.float32` — *`.to()` trả về tensor mới; `t` vẫn như cũ. Với thiết bị cũng thế*
# - [ ] báo lỗi — *nghĩ rằng không gán thì là lỗi; Python lặng lẽ bỏ kết quả đi*

# %% [markdown] lang="en" tags=["question"] hide=["t.dtype"] slideshow={"slide_type": "slide"}
# ## `.to()` without an assignment
#
# `.to()` changes the device, or the dtype. We write `t.to(torch.float64)` on a line by itself and assign nothing. What is `t.dtype` now?
#
# - [ ] `torch.float64` — *thinks that `.to()` changes `t` itself*
# - [x] `torch.float32` — *`.to()` returns a new tensor; `t` is as before. The same with devices*
# - [ ] an error — *thinks that a result nobody keeps is an error; Python just drops it*

# %% Forgotten id="forgotten" slideshow={"slide_type": "fragment"}
t = torch.ones(1, 2)
t.to(torch.float64)
print(t.dtype)

# %% Assigned id="assigned" slideshow={"slide_type": "fragment"}
t = t.to(torch.float64)
print(t.dtype)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Mô hình thì khác
#
# `model.to(device)` sửa **tại chỗ** mọi tham số của mô hình. Tensor thì phải gán, mô hình thì không: một trong những chỗ không nhất quán nổi tiếng
# nhất của PyTorch. Và nếu `.to()` không phải đổi gì, nó trả về chính tensor ấy, không chép.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A model is different
#
# `model.to(device)` changes all parameters of the model **in place**. A tensor has to be assigned, a model does not: one of the best-known
# inconsistencies of PyTorch. And where `.to()` has nothing to change it returns that very tensor and copies nothing.

# %% Model id="model" tags=["code"] slideshow={"slide_type": "fragment"}
model = torch.nn.Linear(2, 1)
model.to(torch.float64)
print(model.weight.dtype)
print(t.to(torch.float64) is t)
output = model(t)
print(output.shape)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Dùng `time.perf_counter()` đo thời gian của `x @ y` với n = 100, 500, 1000. Thời gian tăng gấp mấy khi n tăng gấp đôi? Đoán trước: 2, 4 hay 8?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Measure `x @ y` with `time.perf_counter()` for n = 100, 500, 1000. By how much does the time grow when n doubles? Guess first: 2, 4 or 8?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: mọi tensor của một phép toán phải ở cùng thiết bị; với tensor phải viết `x = x.to(device)`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: all tensors of an operation must be on one device; for a tensor write `x = x.to(device)`.**
