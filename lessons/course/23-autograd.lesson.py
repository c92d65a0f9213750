# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=2 minutes=15
# # Tự động tính đạo hàm với autograd
#
# Cho $x = 1$. Ta tính $y = x + 2$ rồi $z = 3y^2$, và muốn biết $dz/dx$.
#
# Với `requires_grad=True`, mỗi phép toán trên `x` dựng thêm một **nút** của đồ thị tính toán.
# `z.backward()` đi ngược đồ thị từ `z` về `x`: ở mỗi cạnh, *gradient truyền tới* nhân với *đạo hàm cục bộ*
# là *phần đóng góp*. Kết quả được cất vào `x.grad`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=2 minutes=15
# # Derivatives worked out for us: autograd
#
# Let $x = 1$. We compute $y = x + 2$, then $z = 3y^2$, and want to know $dz/dx$.
#
# With `requires_grad=True` every operation on `x` adds a **node** to the computation graph.
# `z.backward()` walks that graph from `z` back to `x`: along each edge the *upstream gradient* times the
# *local derivative* is the *contribution*. The result is stored in `x.grad`.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Đây là ví dụ trung tâm của khóa học: đi từng bước, đừng vội. Dừng ở `y * y`: có **hai** cạnh từ `y`, vì `y` được dùng hai lần.
# Trước câu hỏi, cho cả lớp tính tay: $z = 3(x + 2)^2$, $dz/dx = 6(x + 2)$. Ô cuối cùng kết thúc bằng một lỗi: đó là điều ta muốn.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# This is the central example of the course: step by step, no hurry. Stop at `y * y`: **two** edges leave `y`, because `y` is used twice.
# Before the question let the class work it out by hand: $z = 3(x + 2)^2$, $dz/dx = 6(x + 2)$. The last cell ends in an error: that is
# what we want.

# %% Setup id="setup" slideshow={"slide_type": "skip"}
import torch

# %% Forward id="forward" slideshow={"slide_type": "fragment"}
# Tạo một tensor và yêu cầu tính đạo hàm cho nó  
x = torch.ones(1, requires_grad=True)  
print(f"x: {x}")  
  
# Thực hiện một phép toán  
y = x + 2  
print(f"y: {y}")  
  
# y được tạo ra từ một phép toán có x, nên nó cũng có grad_fn  
print(f"grad_fn của y: {y.grad_fn}")  
  
# Thực hiện thêm các phép toán  
z = y * y * 3  

# %% [markdown] lang="vi" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## `x.grad` sẽ là bao nhiêu?
#
# Đồ thị đã có đủ: `x` → `y` → `y * y` → `z`. Sau `z.backward()`, `x.grad` chứa số nào?
#
# - [ ] 9 — *chỉ đi theo một trong hai cạnh của `y * y`*
# - [ ] 27 — *lẫn giá trị của `z` với đạo hàm của nó*
# - [x] 18 — *hai phần đóng góp gặp nhau ở `y`: 9 + 9 = 18, rồi nhân với 1 để về `x`*
# - [ ] 81 — *nhân hai đường với nhau thay vì cộng các đường*

# %% [markdown] lang="en" tags=["question"] hide=["x.grad"] slideshow={"slide_type": "slide"}
# ## What will `x.grad` be?
#
# The graph is complete: `x` → `y` → `y * y` → `z`. Which number does `x.grad` hold after `z.backward()`?
#
# - [ ] 9 — *follows only one of the two edges of `y * y`*
# - [ ] 27 — *takes the value of `z` for its derivative*
# - [x] 18 — *two contributions meet at `y`: 9 + 9 = 18, and times 1 on the way to `x`*
# - [ ] 81 — *multiplies the two paths instead of adding them*

# %% Backward id="backward" slideshow={"slide_type": "fragment"}
# Tính đạo hàm của z theo x  
z.backward() # tương đương z.backward(torch.tensor(1.))  
  
# Đạo hàm được lưu trong thuộc tính .grad  
# Ta có  $z = 3 * (x+2)^2 \Rightarrow dz/dx = 6 * (x+2)$ . Với  $x=1$ ,  $dz/dx = 18$   
print(f"Đạo hàm của z theo x: {x.grad}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Gọi `z.backward()` một lần nữa?
#
# Chuyện gì xảy ra nếu ta gọi `z.backward()` lần thứ hai? Tại sao? Hãy đoán trước khi bước tiếp.
#
# Ngay sau đó, bài giảng in `x.grad` và gọi nó là "đạo hàm cấp 2". Có đúng không?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## What if `z.backward()` is called once more?
#
# What happens if we call `z.backward()` a second time, and why? Guess before you step on.
#
# Right after it the course's notes print `x.grad` and call it the "second derivative" (`đạo hàm cấp 2`). Is it one?

# %% Second backward id="second" tags=["raises-exception"] slideshow={"slide_type": "fragment"}
z.backward()  
print(f"Đạo hàm cấp 2 của z theo x: {x.grad}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Vì sao có lỗi
#
# Để tiết kiệm bộ nhớ, mỗi nút bỏ các *giá trị lưu lại* của nó ngay khi `backward()` đi qua. Các nút và các cạnh
# vẫn còn, nhưng phép nhân cần giá trị đã lưu để tính đạo hàm cục bộ, nên lần thứ hai dừng ở nút đầu tiên đã bị giải phóng.
# `x.grad` vẫn là 18, và dòng `print` không bao giờ được chạy.
#
# Bài *Backward lần thứ hai* cho thấy khi nào gọi lại được, và con số nhận được lúc đó có phải đạo hàm cấp 2 hay không.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Why there is an error
#
# To save memory each node drops its *saved tensors* as soon as `backward()` has passed it. Nodes and edges stay, but a
# product needs the saved values for its local derivative, so the second walk stops at the first node whose
# values are gone. `x.grad` is still 18, and the `print` is never reached.
#
# The lesson *A second backward* shows when it can be called again, and whether the number that comes then is a second derivative.

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi `y * y * 3` thành `y * y * y`. Tính tay $dz/dx$ tại $x = 1$ trước khi chạy. Có mấy đường từ `z` về `y`?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `y * y * 3` to `y * y * y`. Work out $dz/dx$ at $x = 1$ by hand before you run it. How many paths lead from `z` to `y`?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: mỗi phép toán dựng một nút; `backward()` đi ngược từng cạnh, nhân đạo hàm cục bộ, cộng các đường, và cất kết quả vào `.grad` của lá.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: each operation builds a node; `backward()` walks every edge back, multiplies local derivatives, adds up paths, and stores the result in the leaf's `.grad`.**
