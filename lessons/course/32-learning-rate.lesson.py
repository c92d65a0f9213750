# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=10
# # Tốc độ học: quá nhỏ, vừa, quá lớn
#
# Gradient chỉ cho biết **hướng** đi và độ nghiêng tại chỗ. Bước dài bao nhiêu là do **tốc độ học** (*learning rate*) `lr` quyết định.
#
# Ta thử trên hàm mất mát đơn giản nhất, $loss = (w - 3)^2$, bắt đầu từ $w = 0$. Đáy nằm ở $w = 3$.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=10
# # The learning rate: too small, right, too large
#
# The gradient only gives the **direction** and the slope at this place. How long the step is, the **learning rate** `lr` decides.
#
# We try it on the simplest loss, $loss = (w - 3)^2$, from $w = 0$. The bottom is at $w = 3$.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Vẽ parabol lên bảng và cho một sinh viên đi từng bước bằng phấn. Mỗi bước nhân khoảng cách tới đáy với $1 - 2 \cdot lr$: với 0.01 là 0.98,
# với 1.0 là −1 (nhảy qua nhảy lại), với 1.1 là −1.2 (mỗi lần nhảy xa hơn). Không có con số nào tốt cho mọi bài toán.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Draw the parabola and let a student walk it step by step with the chalk. Each step multiplies the distance to the bottom by
# $1 - 2 \cdot lr$: 0.98 for 0.01, −1 for 1.0 (to and fro), −1.2 for 1.1 (farther each time). No number is good for every problem.

# %% Descend id="descend" tags=["code"] slideshow={"slide_type": "fragment"}
import torch

def descend(lr, steps):
    w = torch.tensor(0.0, requires_grad=True)
    path = []
    for step in range(steps):
        loss = (w - 3) ** 2
        w.grad = None
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
        path.append(round(w.item(), 2))
    return path

# %% Too small id="too-small" slideshow={"slide_type": "fragment"}
print("lr 0.01:", descend(0.01, 6))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Quá nhỏ, rồi vừa
#
# Với 0.01, mỗi bước chỉ đi được 2% quãng đường còn lại: đúng hướng nhưng lâu. Với 0.3, sáu bước là gần tới nơi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Too small, then right
#
# With 0.01 each step covers 2% of the way that is left: the right direction, but slow. With 0.3 six steps nearly arrive.

# %% Right id="right" slideshow={"slide_type": "fragment"}
print("lr 0.3: ", descend(0.3, 6))

# %% [markdown] lang="vi" tags=["question"] hide=["jumping"] slideshow={"slide_type": "slide"}
# ## Tăng lên `lr = 1.0`
#
# Từ $w = 0$, gradient là $2 \cdot (0 - 3) = -6$. Với `lr = 1.0`, chuyện gì xảy ra?
#
# - [ ] một bước là đến đáy — *nghĩ rằng `lr = 1` nghĩa là "đi hết quãng đường"*
# - [x] nhảy mãi giữa 6 và 0 — *mỗi bước dài đúng hai lần khoảng cách tới đáy*
# - [ ] `w` tăng mãi — *nghĩ rằng bước quá dài thì luôn phân kỳ; ở đây khoảng cách tới đáy vẫn là 3*

# %% [markdown] lang="en" tags=["question"] hide=["jumping"] slideshow={"slide_type": "slide"}
# ## Up to `lr = 1.0`
#
# At $w = 0$ the gradient is $2 \cdot (0 - 3) = -6$. What happens with `lr = 1.0`?
#
# - [ ] one step to the bottom — *takes `lr = 1` to mean "go all the way"*
# - [x] it jumps between 6 and 0 forever — *each step is twice the distance to the bottom*
# - [ ] `w` grows without bound — *takes every long step to diverge; here the distance to the bottom stays 3*

# %% Jumping id="jumping" slideshow={"slide_type": "fragment"}
jumping = descend(1.0, 6)
print("lr 1.0: ", jumping)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Phân kỳ
#
# Chỉ nhích lên 1.1, mỗi bước lại xa đáy hơn bước trước: **phân kỳ**. Trong huấn luyện thật, mất mát lớn dần rồi thành `inf` hoặc `nan`.
# Hãy tự tìm ranh giới.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Divergence
#
# A little more, 1.1, and each step ends farther from the bottom than the last: it **diverges**. In real training the loss grows, then it
# is `inf` or `nan`. Find the border yourself.

# %% Diverging id="diverging" slideshow={"slide_type": "fragment"}
lr = 1.1  #@param {type:"slider", min:0.01, max:1.2, step:0.01}

print("lr", lr, descend(lr, 6))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## 0.3 có phải lúc nào cũng tốt?
#
# Không: ranh giới phụ thuộc độ cong của hàm. Với $10 (w - 3)^2$, gradient lớn gấp mười, nên `lr = 0.3` vốn rất tốt nay cũng phân kỳ.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Is 0.3 always good?
#
# No: the border depends on how curved the function is. For $10 (w - 3)^2$ gradients are ten times as large, and 0.3, which was so good,
# diverges too.

# %% Steeper id="steeper" tags=["code"] slideshow={"slide_type": "fragment"}
w = torch.tensor(0.0, requires_grad=True)
for step in range(4):
    loss = 10 * (w - 3) ** 2
    w.grad = None
    loss.backward()
    with torch.no_grad():
        w -= 0.3 * w.grad
    print(f"w = {w.item():.1f}")

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Tìm `lr` đưa $w$ đến đúng đáy chỉ bằng **một** bước với $(w - 3)^2$. Cũng hỏi như vậy với $10 (w - 3)^2$.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Find the `lr` that takes $w$ to the bottom in **one** step for $(w - 3)^2$. The same for $10 (w - 3)^2$.

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `lr` quá nhỏ thì chậm, quá lớn thì phân kỳ; khi mất mát tăng hoặc thành `nan`, việc đầu tiên là giảm `lr`.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: a small `lr` is slow, a large one diverges; if the loss grows or is `nan`, first make `lr` smaller.**
