# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=10
# # Vì sao cần autograd
#
# Cho $f(x) = 3(x + 2)^2$. Tại $x = 1$, hàm số tăng nhanh cỡ nào? Ta tìm đạo hàm bằng ba cách:
#
# 1. tính tay, bằng bảng đạo hàm của cấp ba;
# 2. sai phân (*finite difference*): nhích $x$ một chút rồi xem $f$ thay đổi bao nhiêu;
# 3. để PyTorch tính: **autograd**.
#
# Cả ba cách đều cho 18, riêng cách thứ hai chỉ gần đúng. Vậy tại sao cả ngành học sâu chỉ dùng cách thứ ba?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=10
# # Why autograd
#
# Let $f(x) = 3(x + 2)^2$. How fast does it grow at $x = 1$? We find the derivative in three ways:
#
# 1. by hand, with the rules from school;
# 2. by a finite difference: nudge $x$ a little and see how much $f$ changes;
# 3. by PyTorch: **autograd**.
#
# All three say 18, though the second only nearly. So why does all of deep learning use only the third?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Mở bài bằng một câu hỏi cho cả lớp: "Ai còn nhớ đạo hàm của $u^2$?" Viết lên bảng $f'(x) = 6(x + 2)$ rồi mới chạy ô đầu tiên.
# Đừng giải thích autograd hoạt động thế nào; đó là việc của buổi 2. Hôm nay chỉ cần cả lớp thấy *vì sao* phải có nó.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Open with a question to the class: "Who remembers the derivative of $u^2$?" Write $f'(x) = 6(x + 2)$ on the board before you run
# the first cell. Do not explain how autograd works; session 2 does that. Today the class need only see *why* it has to exist.

# %% By hand id="by-hand" slideshow={"slide_type": "fragment"}
import torch

def f(x):
    return 3 * (x + 2) ** 2

by_hand = 6 * (1 + 2)
print("by hand:", by_hand)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cách 2: nhích một chút
#
# Định nghĩa của đạo hàm cho ngay một cách tính gần đúng, chỉ cần gọi $f$ hai lần:
#
# $f'(x) \approx \frac{f(x + h) - f(x)}{h}$
#
# Hãy giảm $h$ dần: kết quả tiến về 18.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The second way: nudge it
#
# The definition of the derivative is itself a recipe. It only needs two calls of $f$:
#
# $f'(x) \approx \frac{f(x + h) - f(x)}{h}$
#
# Make $h$ smaller and smaller: the result approaches 18.

# %% Finite difference id="difference" slideshow={"slide_type": "fragment"}
h = 0.001  #@param {type:"number"}

quotient = (f(1 + h) - f(1)) / h
print(f"h = {h}: {quotient:.6f}")

# %% [markdown] lang="vi" tags=["question"] hide=["quotient"] slideshow={"slide_type": "slide"}
# ## Nhỏ hơn nữa thì tốt hơn nữa?
#
# Với $h = 0.001$ ta được 18.003. Nếu lấy $h = 10^{-16}$ thì kết quả in ra là bao nhiêu?
#
# - [ ] 18.000000 — *h càng nhỏ càng chính xác: đúng trên giấy, không đúng trên máy*
# - [x] 0.000000 — *với máy tính, 1 + 10⁻¹⁶ vẫn là 1, nên f không hề thay đổi*
# - [ ] máy báo lỗi chia cho 0 — *nghĩ rằng số rất nhỏ là 0; nhưng 10⁻¹⁶ khác 0*

# %% [markdown] lang="en" tags=["question"] hide=["quotient"] slideshow={"slide_type": "slide"}
# ## Smaller still, better still?
#
# With $h = 0.001$ we got 18.003. What is printed for $h = 10^{-16}$?
#
# - [ ] 18.000000 — *the smaller h the better: true on paper, not on a machine*
# - [x] 0.000000 — *to the machine 1 + 10⁻¹⁶ is still 1, so f does not change at all*
# - [ ] an error, division by zero — *takes a tiny number for 0; but 10⁻¹⁶ is not 0*

# %% [markdown] lang="vi" tags=["answer"] slideshow={"slide_type": "subslide"}
# ## Không còn gì để trừ
#
# Một số thực trong máy chỉ giữ khoảng 16 chữ số. $1 + 10^{-16}$ cần 17 chữ số: nó được làm tròn thành 1, hai giá trị của $f$ bằng nhau
# và thương bằng 0. Sai phân cần một $h$ không quá lớn, cũng không quá nhỏ.

# %% [markdown] lang="en" tags=["answer"] slideshow={"slide_type": "subslide"}
# ## Nothing left to subtract
#
# The machine keeps about 16 digits of a real number. $1 + 10^{-16}$ needs 17: it is rounded to 1, both values of $f$ are equal, and the
# quotient is 0. A finite difference needs an $h$ that is neither too large nor too small.

# %% Too small id="too-small" slideshow={"slide_type": "fragment"}
h = 1e-16
quotient = (f(1 + h) - f(1)) / h
print(f"h = {h}: {quotient:.6f}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cách 3: autograd
#
# Vẫn là hàm `f` ấy, không sửa một chữ. Ta chỉ nói với PyTorch rằng cần gradient theo `x`, rồi gọi `backward()`.
# Kết quả đúng bằng 18: autograd không xấp xỉ, nó áp dụng chính các quy tắc đạo hàm mà ta đã dùng khi tính tay.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## The third way: autograd
#
# The same `f`, not a letter changed. We only tell PyTorch that we want the gradient with respect to `x`, and call `backward()`.
# The result is exactly 18: autograd does not approximate, it applies the very rules that we used by hand.

# %% Autograd id="autograd" slideshow={"slide_type": "fragment"}
x = torch.tensor(1.0, requires_grad=True)
z = f(x)
z.backward()
print("autograd:", x.grad.item())

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Nghìn tham số, một lần đi ngược
#
# Bây giờ hàm số có 1000 tham số. Sai phân phải tính lại hàm cho **từng** tham số: 1001 lần. Một mô hình ngôn ngữ có hàng tỉ tham số.
# Autograd vẫn chỉ cần một lần tính xuôi và **một** lần `backward()` cho tất cả.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A thousand parameters, one walk back
#
# Now the function has 1000 parameters. Finite differences compute it anew for **each** of them: 1001 times. A language model has
# billions. Autograd still needs one forward pass and **one** `backward()` for all of them.

# %% A thousand id="thousand" slideshow={"slide_type": "fragment"}
w = torch.full((1000,), 0.5, requires_grad=True)
loss = (w ** 2).sum()
loss.backward()

# %% All gradients id="all-gradients" slideshow={"slide_type": "fragment"}
print("parameters:", w.numel())
print("gradients:", w.grad.numel())
print("first three:", w.grad[:3])

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Đổi `f` thành `x ** 3`. Tính tay $f'(1)$ trước, rồi chạy lại cả ba cách. Sau đó tìm $h$ cho kết quả sai phân tốt nhất:
# thử $10^{-2}, 10^{-4}, \ldots, 10^{-14}$.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Change `f` to `x ** 3`. Work out $f'(1)$ by hand first, then run all three ways again. Then look for the $h$ that gives the best
# finite difference: try $10^{-2}, 10^{-4}, \ldots, 10^{-14}$.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: autograd cho đạo hàm chính xác theo mọi tham số, chỉ bằng một lần tính xuôi và một lần `backward()`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: autograd gives exact derivatives with respect to all parameters, for one forward pass and one `backward()`.**
