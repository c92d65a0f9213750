# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# # Giữ đồ thị: `retain_graph=True`
#
# Cùng phép tính $z = 3(x + 2)^2$ tại $x = 1$, nhưng lần `backward()` đầu tiên giữ lại các giá trị đã lưu.
# Đoán xem: sau lần thứ hai, `x.grad` là bao nhiêu?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# # Keeping the graph: `retain_graph=True`
#
# The same $z = 3(x + 2)^2$ at $x = 1$, but the first `backward()` keeps the saved tensors.
# Guess: what is `x.grad` after the second one?

# %% Setup id="setup" slideshow={"slide_type": "skip"}
import torch

# %% Autograd id="autograd" slideshow={"slide_type": "fragment"}
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
  
# Tính đạo hàm của z theo x  
z.backward(retain_graph=True) # tương đương z.backward(torch.tensor(1.))  
  
# Đạo hàm được lưu trong thuộc tính .grad  
# Ta có  $z = 3 * (x+2)^2 \Rightarrow dz/dx = 6 * (x+2)$ . Với  $x=1$ ,  $dz/dx = 18$   
print(f"Đạo hàm của z theo x: {x.grad}")

# %% Second backward id="second" slideshow={"slide_type": "fragment"}
z.backward()
print(f"x.grad: {x.grad}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Gradient cộng dồn
#
# Lần `backward()` thứ hai lại gửi 18 về `x`, và 18 được **cộng dồn vào** `.grad`: 18 + 18 = 36.
# 36 không phải đạo hàm cấp 2 (đạo hàm cấp 2 là 6). Vì vậy vòng huấn luyện luôn xóa gradient trước khi gọi `backward()`.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Gradients accumulate
#
# The second `backward()` sends 18 to `x` again, and 18 is **added to** `.grad`: 18 + 18 = 36.
# 36 is not the second derivative (that is 6). This is why a training loop clears gradients before it calls `backward()`.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: mỗi lần `backward()` cộng dồn vào `.grad`; chưa xóa gradient thì giá trị cũ vẫn còn trong đó.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: every `backward()` adds to `.grad`; what is not cleared stays in it.**
