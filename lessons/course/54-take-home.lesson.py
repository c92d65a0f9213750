# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=5 minutes=8
# # Mang về nhà
#
# Mọi bài của khóa học là một tệp Python thường: chạy được với PyTorch thật ở nhà, trên Windows, macOS, Linux, hoặc trên Google Colab mà không phải
# cài gì cả.
#
# Bài này là tờ hướng dẫn: cài đặt, kiểm tra, và mang theo một mô hình đã huấn luyện.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=5 minutes=8
# # Taking it home
#
# Every lesson of the course is an ordinary Python file: it runs with the real PyTorch at home, on Windows, macOS, Linux, or on Google Colab, where
# nothing has to be installed.
#
# This lesson is the hand-out: install, check, and take a trained model along.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Dành năm phút cho cả lớp mở Colab trên điện thoại và chạy ô kiểm tra: ai cũng phải thấy `[2., 4.]`. Sinh viên dùng máy Mac đời mới (M1 trở lên) hay
# vướng nhất ở chỗ Python bản Intel; lệnh `arch` cho biết ngay.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Give the class five minutes to open Colab on their phones and run the check: everybody has to see `[2., 4.]`. Students with newer Macs (M1 and
# later) stumble most often over a Python made for Intel; the command `arch` tells at once.

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cài đặt
#
# ```
# python3 -m venv .venv
# source .venv/bin/activate
# python -m pip install --upgrade pip setuptools wheel
# pip install torch torchvision torchaudio \
#     --index-url https://download.pytorch.org/whl/cpu
# ```
#
# Trên Windows, hai dòng đầu là `py -m venv .venv` và `.venv\Scripts\activate`, và dòng cuối viết liền, không có `\`. Trên máy Mac dùng chip ARM, trước tiên cài Python bản ARM64 bằng `brew install python` và
# kiểm tra rằng `arch` trả về `arm64`; ở đó chỉ cần `pip install torch`.
#
# **Colab**: mở https://colab.research.google.com, PyTorch đã có sẵn. Mỗi bài xuất được thành một tệp `.ipynb` để mở ở đó.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Installing
#
# ```
# python3 -m venv .venv
# source .venv/bin/activate
# python -m pip install --upgrade pip setuptools wheel
# pip install torch torchvision torchaudio \
#     --index-url https://download.pytorch.org/whl/cpu
# ```
#
# On Windows the first two lines are `py -m venv .venv` and `.venv\Scripts\activate`, and the last is one line without `\`. On a Mac with an ARM chip first install Python for ARM64 with `brew install python`, and check
# that `arch` says `arm64`; there `pip install torch` is enough.
#
# **Colab**: open https://colab.research.google.com, PyTorch is there already. Each lesson can be exported as an `.ipynb` file to open there.

# %% Check id="check" slideshow={"slide_type": "fragment"}
import io

import torch

numbers = torch.tensor([1.0, 2.0])
print(numbers * 2)

x = torch.ones(1, requires_grad=True)
z = 3 * (x + 2) ** 2
z.backward()
print("18 is right:", x.grad.item() == 18)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Thư viện nào chưa có?
#
# Tài liệu khóa học có một đoạn dùng `transformers`. Đó là một thư viện **khác**, phải cài riêng (`pip install transformers`) và khi chạy lần đầu nó tải về
# một mô hình lớn. Thấy `ImportError` không có nghĩa là PyTorch hỏng.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Which library is missing?
#
# The course's notes have a piece that uses `transformers`. That is **another** library, to be installed by itself (`pip install transformers`), and on its
# first run it downloads a large model. An `ImportError` does not mean that PyTorch is broken.

# %% A missing library id="missing" slideshow={"slide_type": "fragment"}
try:
    from transformers import pipeline
    print("transformers is installed")
except ImportError:
    print("transformers is not installed: pip install transformers")

# %% [markdown] lang="vi" tags=["question"] hide=["at_home"] slideshow={"slide_type": "slide"}
# ## Mang mô hình về
#
# Trên máy ở trường ta lưu `model.state_dict()`. Về nhà, ta tạo một mô hình mới và nạp nó. Còn thiếu gì để mô hình ở nhà cho đúng kết quả ấy?
#
# - [ ] dữ liệu huấn luyện — *nghĩ rằng dự đoán cần dữ liệu cũ; tham số đã chứa những gì học được*
# - [x] mã của mô hình, tức lớp Python ấy — *`state_dict` chỉ có tên và số; cách nối các tầng nằm trong mã*
# - [ ] bộ tối ưu — *nghĩ rằng nó là một phần của mô hình; chỉ cần nó khi huấn luyện tiếp*

# %% [markdown] lang="en" tags=["question"] hide=["at_home"] slideshow={"slide_type": "slide"}
# ## Take the model along
#
# On the machine at school we save `model.state_dict()`. At home we make a new model and load it. What else is needed for it to give the same results?
#
# - [ ] the training data — *takes predicting to need the old data; the parameters hold what was learned*
# - [x] the code of the model, its class — *a `state_dict` has only names and numbers; how the layers are joined is in the code*
# - [ ] the optimizer — *takes it for a part of the model; it is only needed to train on*

# %% [markdown] lang="vi" slideshow={"slide_type": "subslide"}
# ## Lưu ở trường, nạp ở nhà
#
# Ở đây một tệp trong bộ nhớ (`io.BytesIO`) thế chỗ tệp trên đĩa. Nếu tệp được lưu từ GPU mà máy ở nhà không có GPU, `torch.load` báo lỗi;
# `map_location="cpu"` bảo nó đặt mọi thứ vào bộ nhớ của CPU.

# %% [markdown] lang="en" slideshow={"slide_type": "subslide"}
# ## Saved at school, loaded at home
#
# A file in memory (`io.BytesIO`) stands for one on the disk here. If the file was saved from a GPU and the machine at home has none, `torch.load`
# raises an error; `map_location="cpu"` tells it to put everything into the memory of the CPU.

# %% Save id="save" tags=["code"] slideshow={"slide_type": "fragment"}
seed = 7  #@param {type:"integer"}

torch.manual_seed(seed)
at_school = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
file = io.BytesIO()
torch.save(at_school.state_dict(), file)

# %% Load id="load" tags=["code"] slideshow={"slide_type": "fragment"}
file.seek(0)
at_home = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
at_home.load_state_dict(torch.load(file, map_location="cpu"))

# %% The same answer id="same" slideshow={"slide_type": "fragment"}
x = torch.tensor([[1.0, 2.0]])
school, home = at_school(x), at_home(x)
print("the same answer:", torch.equal(school, home))

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Ở nhà, mở lại bài *Hồi quy tuyến tính với SGD*, huấn luyện, lưu `state_dict` ra tệp thật, tắt Python, mở lại và nạp. Dự đoán tại $x = 5$ có đổi không?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# At home open the lesson *Linear regression with SGD* again, train, save the `state_dict` to a real file, quit Python, start it again and load. Does the
# prediction at $x = 5$ change?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: bài học là tệp Python thường; mang theo mã và `state_dict` thì mô hình chạy được ở bất cứ đâu.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: a lesson is an ordinary Python file; take the code and the `state_dict` along, and a model runs anywhere.**
