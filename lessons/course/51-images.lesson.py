# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=5 minutes=15
# # Ảnh là tensor
#
# Một ảnh xám là một bảng số từ 0 (đen) đến 255 (trắng). Ảnh màu có ba bảng như thế: đỏ, lục, lam.
#
# Hai thư viện, hai thói quen: PyTorch và torchvision xếp **kênh, cao, rộng** (CHW), số thực từ 0 đến 1, thứ tự RGB; OpenCV xếp
# **cao, rộng, kênh** (HWC), số nguyên 0–255, thứ tự BGR. Nhầm một trong ba điều ấy thì nhiều khi chương trình vẫn chạy, chỉ có ảnh là sai.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=5 minutes=15
# # Pictures are tensors
#
# A gray picture is a table of numbers from 0 (black) to 255 (white). A color picture has three such tables: red, green, blue.
#
# Two libraries, two habits: PyTorch and torchvision have **channel, height, width** (CHW), real numbers from 0 to 1, in the order RGB; OpenCV
# has **height, width, channel** (HWC), integers 0–255, in the order BGR. Mix up one of the three, and often the program still runs; only the picture is wrong.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Chữ số ở đây do chính chương trình vẽ, nên bài chạy được ở nơi không có mạng. Nếu bốn tệp MNIST nằm trong `data/MNIST/raw` cạnh bài học, ô mã
# MNIST đọc chúng; nếu không, chữ số tự vẽ thế chỗ. Bài không tải tệp về được: hãy chép sẵn từ nhà. Ở câu hỏi, hãy vẽ ba ô liền nhau "đỏ, lục, lam" của một điểm ảnh và hỏi: trong bộ nhớ, số nào đứng cạnh số nào?

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The digits here are drawn by the program itself, so that the lesson runs where there is no network. If the four MNIST files lie in
# `data/MNIST/raw` beside the lesson, the MNIST cell reads them; if not, drawn digits stand in. A lesson downloads nothing: bring the files from
# home. At the question draw the three cells "red, green, blue" of one pixel side by side and ask:
# in memory, which number stands next to which?

# %% Draw a digit id="digit" tags=["code"] slideshow={"slide_type": "fragment"}
import torch
from torchvision import datasets, transforms

digit = torch.zeros(8, 8, dtype=torch.uint8)
digit[1, 1:7] = 255
digit[2, 6] = 255
digit[3, 5] = 255
digit[4:7, 4] = 255
print(digit)

# %% As a picture id="picture" tags=["tensor"] slideshow={"slide_type": "fragment"}
print(digit.shape, digit.dtype)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## `ToTensor` làm gì
#
# Nó thêm chiều kênh, đổi sang số thực, và chia cho 255. `Normalize(0.5, 0.5)` trừ 0.5 rồi chia cho 0.5: số nằm từ −1 đến 1, đối xứng quanh 0.
# Ta tự viết cả hai, mỗi cái một dòng, rồi hỏi torchvision có ra cùng kết quả không.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What `ToTensor` does
#
# It adds the channel dimension, makes the numbers real, and divides by 255. `Normalize(0.5, 0.5)` subtracts 0.5 and divides by 0.5: numbers
# from −1 to 1, symmetric around 0. We write both ourselves, one line each, and ask whether torchvision agrees.

# %% ToTensor, Normalize id="to-tensor" slideshow={"slide_type": "fragment"}
image = digit.unsqueeze(0).float() / 255
normalized = (image - 0.5) / 0.5
print(image.shape, image.dtype, image.min().item(), image.max().item())
print(normalized.min().item(), normalized.max().item())

# %% The same with torchvision id="torchvision" tags=["code"] slideshow={"slide_type": "fragment"}
to_tensor = transforms.ToTensor()
print(to_tensor, torch.equal(to_tensor(digit.numpy()), image))
normalize = transforms.Normalize(0.5, 0.5)
print(normalize, torch.equal(normalize(image), normalized))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cắt ở giữa, thu nhỏ
#
# `CenterCrop` là một lát cắt. `Resize` thì nội suy: mỗi điểm mới là trung bình có trọng số của các điểm cũ quanh nó, điểm gần nặng hơn điểm xa.
# Ảnh nhỏ đi một nửa thì nét mảnh mờ đi, vì trung bình tính cả những điểm đen bên cạnh.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Crop the center, make it smaller
#
# `CenterCrop` is a slice. `Resize` interpolates: each new pixel is a weighted mean of the old ones around it, and a near one weighs more than a far
# one. At half the size a thin stroke turns gray, since the black pixels beside it have their share in the mean.

# %% Crop, resize id="crop" slideshow={"slide_type": "fragment"}
size = 6  #@param {type:"slider", min:2, max:8, step:2}

cropped = transforms.CenterCrop(size)(image)
border = (8 - size) // 2
print(cropped.shape, torch.equal(cropped, image[:, border:8 - border, border:8 - border]))

# %% Resize id="resize" slideshow={"slide_type": "fragment"}
batch = image.unsqueeze(0)
smaller = transforms.Resize(4)(batch)
print(smaller.shape)
print(smaller)

# %% [markdown] lang="vi" tags=["question"] hide=["wrong", "right"] slideshow={"slide_type": "slide"}
# ## Từ HWC sang CHW
#
# `photo` có kích thước `(8, 8, 3)` như OpenCV trả về. Ta cần `(3, 8, 8)`. `photo.reshape(3, 8, 8)` và `photo.permute(2, 0, 1)` có cho cùng kết quả?
#
# - [ ] có, vì cùng kích thước — *nghĩ rằng cùng kích thước là cùng nội dung*
# - [x] không: `reshape` trộn lẫn ba màu — *nó giữ thứ tự trong bộ nhớ, mà ở đó ba màu của một điểm đứng cạnh nhau*
# - [ ] không: `reshape` báo lỗi — *nghĩ rằng `reshape` hiểu từng chiều; nó chỉ đếm đủ 192 số*

# %% [markdown] lang="en" tags=["question"] hide=["wrong", "right"] slideshow={"slide_type": "slide"}
# ## From HWC to CHW
#
# `photo` has shape `(8, 8, 3)`, as OpenCV returns it. We need `(3, 8, 8)`. Do `photo.reshape(3, 8, 8)` and `photo.permute(2, 0, 1)` give the same?
#
# - [ ] yes, the shape is the same — *thinks that the same shape means the same contents*
# - [x] no: `reshape` mixes the colors — *it keeps the order in memory, and there the three colors of a pixel stand together*
# - [ ] no: `reshape` is an error — *thinks that `reshape` knows what a dimension means; it only counts: 192 numbers*

# %% HWC to CHW id="permute" tags=["code"] slideshow={"slide_type": "fragment"}
photo = torch.zeros(8, 8, 3)
photo[:, :, 2] = image[0]

wrong = photo.reshape(3, 8, 8)
right = photo.permute(2, 0, 1)
print(torch.equal(wrong, right))

# %% What the wrong channels hold id="wrong" slideshow={"slide_type": "fragment"}
print(wrong.sum(dim=(1, 2)))

# %% What the right ones hold id="right" slideshow={"slide_type": "fragment"}
print(right.sum(dim=(1, 2)))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## BGR hay RGB
#
# Kênh cuối của OpenCV là **đỏ**. Đảo thứ tự kênh thì chữ số đỏ lại nằm ở kênh đầu, như các mô hình của `torchvision` mong đợi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## BGR or RGB
#
# In OpenCV the last channel is **red**. Reverse the channels, and the red digit is in the first, as the models of `torchvision` expect.

# %% BGR to RGB id="bgr" slideshow={"slide_type": "fragment"}
rgb = right.flip(0)
print(rgb.sum(dim=(1, 2)))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Mười chữ số tự vẽ
#
# Một chữ số là năm hàng, mỗi hàng ba điểm: hàng `7` là ba điểm sáng, hàng `1` chỉ sáng điểm cuối. Một `Dataset` chỉ cần cho biết hai điều: có bao
# nhiêu ảnh (`__len__`), và ảnh thứ mấy là gì (`__getitem__`). `Compose` nối các phép biến đổi lại thành một.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Ten digits of our own
#
# A digit is five rows of three dots: the row `7` is three bright dots, in the row `1` only the last is bright. A `Dataset` need only tell two things:
# how many pictures there are (`__len__`), and what each of them is (`__getitem__`). `Compose` joins transforms into one.

# %% Digits of our own id="drawn" tags=["code"] slideshow={"slide_type": "fragment"}
import numpy as np
from torch.utils.data import DataLoader, Dataset

FONT = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71222", "75757", "75717"]
small = np.array([[[int(bit) for bit in f"{int(row):03b}"] for row in rows] for rows in FONT])
large = np.pad(np.kron(small, np.ones((1, 4, 4))), ((0, 0), (4, 4), (8, 8)))
print(small[7])
print(large.shape)

# %% A data set id="dataset" tags=["code"] slideshow={"slide_type": "fragment"}
class DrawnDigits(Dataset):
    def __init__(self, transform):
        self.pictures = np.uint8(255 * large)
        self.transform = transform

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, label):
        return self.transform(self.pictures[label]), label

# %% One of them id="seven" slideshow={"slide_type": "fragment"}
prepare = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
drawn = DrawnDigits(prepare)
picture, label = drawn[7]
print(len(drawn), picture.shape, label)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## MNIST với torchvision
#
# Đoạn mã của tài liệu, chạy ở nơi có mạng thì tự tải 60 000 ảnh về:
#
# ```python
# from torchvision import datasets, transforms
# mnist_data = datasets.MNIST(
#     root='./data',
#     train=True,
#     download=True,
#     transform=transforms.ToTensor()
# )
# image, label = mnist_data[0]
# print("Kích thước ảnh:", image.shape)  # (1, 28, 28)
# ```
#
# Ở đây không có mạng. Có tệp trong `data/MNIST/raw` thì ta đọc tệp, không thì mười chữ số tự vẽ thế chỗ: cùng kích thước 28 × 28, cùng cách dùng.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## MNIST with torchvision
#
# The document's code downloads 60 000 pictures where there is a network:
#
# ```python
# from torchvision import datasets, transforms
# mnist_data = datasets.MNIST(
#     root='./data',
#     train=True,
#     download=True,
#     transform=transforms.ToTensor()
# )
# image, label = mnist_data[0]
# print("Kích thước ảnh:", image.shape)  # (1, 28, 28)
# ```
#
# Here there is none. With files in `data/MNIST/raw` we read them; without, our ten digits stand in: the same 28 × 28, the same use.

# %% MNIST, or digits of our own id="mnist" slideshow={"slide_type": "fragment"}
try:
    digits = datasets.MNIST(root="./data", train=True, transform=prepare)
except RuntimeError as error:
    print(str(error).split(".")[0])
    digits = drawn
print(len(digits))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Một lô ảnh
#
# `DataLoader` xếp các ảnh thành lô: thêm một chiều ở trước, `(lô, kênh, cao, rộng)`, gọi tắt là NCHW. Mạng nơ-ron nhận cả lô một lần.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A batch of pictures
#
# `DataLoader` stacks pictures into a batch: one more dimension in front, `(batch, channel, height, width)`, NCHW for short. A network takes the whole
# batch at once.

# %% A batch id="batch" slideshow={"slide_type": "fragment"}
images, labels = next(iter(DataLoader(digits, batch_size=4)))
print(images.shape, labels.shape)
print(images.mean(dim=(1, 2, 3)))

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Vẽ một chữ số khác: đổi mấy dòng gán vào `digit`. Rồi lật ảnh theo chiều ngang bằng `flip`: lật chiều nào của `(1, 8, 8)`?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Draw another digit: change the assignments to `digit`. Then mirror the picture left to right with `flip`: which dimension of `(1, 8, 8)`?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: CHW, từ 0 đến 1, RGB; đổi thứ tự các chiều bằng `permute`, không bao giờ bằng `reshape`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: CHW, 0 to 1, RGB; reorder dimensions with `permute`, never with `reshape`.**
