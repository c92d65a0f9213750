# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=3 minutes=15
# # Các bộ tối ưu: đạp xe xuống đồi
#
# Một mặt mất mát (*loss landscape*) có **hai** thung lũng: một nông (quanh $w \approx 0.96$), một sâu (quanh $w \approx -1.04$), ở giữa là một con dốc.
# Ta thả năm chiếc xe từ cùng một chỗ, $w = 2$, $b = 1.5$, và xem mỗi chiếc dừng ở đâu.
#
# Bài giảng viết rằng bộ tối ưu (*optimizer*) tìm điểm tối ưu toàn cục (*global optimum*). Có ai hứa với ta như vậy không?

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=3 minutes=15
# # Optimizers: cycling downhill
#
# A loss landscape with **two** valleys: a shallow one (near $w \approx 0.96$) and a deep one (near $w \approx -1.04$), with a hill between
# them. We let five bicycles go from the same place, $w = 2$, $b = 1.5$, and see where each comes to rest.
#
# The course's notes say that optimizers find the *global optimum*. Did anyone promise us that?

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Hình ảnh của bài giảng: SGD đạp đều chân, không có đà; momentum thả dốc nên có đà, lao qua cả con dốc bên kia; Adam chỉnh lực đạp cho từng
# bánh. Hãy mở mặt mất mát trên màn hình và chỉ vào hai thung lũng. Câu trả lời phụ thuộc chỗ xuất phát và tốc độ học: momentum thắng ở đây
# không có nghĩa là momentum luôn thắng. Cho sinh viên đổi `lr` để thấy điều ngược lại.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# The image of the notes: SGD pedals evenly and has no momentum; momentum lets it roll and shoots over the hill; Adam adjusts the force for
# each wheel. Open the landscape on the screen and point at both valleys. The answer depends on the start and on the learning rate: that
# momentum wins here does not mean that it always does. Let students change `lr` to see the opposite.

# %% Landscape id="landscape" slideshow={"slide_type": "fragment"}
import torch

def landscape(w, b):
    return (w ** 2 - 1) ** 2 + 0.3 * w + 0.5 * b ** 2

w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.5, requires_grad=True)
z = landscape(w, b)
z.backward()
print(f"loss {z.item():.2f}, gradient ({w.grad.item():.2f}, {b.grad.item():.2f})")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## SGD: đạp đều chân
#
# Mỗi bước chỉ nhìn độ nghiêng ngay dưới bánh xe: $w \leftarrow w - lr \cdot grad$. Sau 60 bước, xe ở trong thung lũng đầu tiên: `w` đã dừng ở đáy,
# nơi gradient theo `w` bằng 0; còn `b`, dốc thoải hơn, vẫn đang trên đường.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## SGD: pedaling evenly
#
# Each step looks only at the slope right under the wheel: $w \leftarrow w - lr \cdot grad$. After 60 steps it is in the first valley: `w` has come
# to rest at the bottom, where its gradient is 0; `b`, where the slope is gentle, is still on its way.

# %% A ride id="ride" tags=["code"] slideshow={"slide_type": "fragment"}
def ride(optimizer, steps=60):
    for step in range(steps):
        optimizer.zero_grad()
        loss = landscape(w, b)
        loss.backward()
        optimizer.step()
    return f"{type(optimizer).__name__}: w = {w.item():.3f}, b = {b.item():.3f}, loss = {loss.item():.3f}"

# %% SGD id="sgd" slideshow={"slide_type": "fragment"}
print(ride(torch.optim.SGD([w, b], lr=0.02)))

# %% [markdown] lang="vi" tags=["question"] hide=["*"] slideshow={"slide_type": "slide"}
# ## Có đà thì sao?
#
# Cùng chỗ xuất phát, cùng `lr = 0.02`, thêm đà, `momentum=0.9`: xe giữ lại 90% vận tốc của bước trước. Nó dừng ở đâu?
#
# - [ ] cũng ở thung lũng nông — *nghĩ rằng đáy gần nhất luôn giữ được xe*
# - [x] ở thung lũng sâu — *đà đưa nó qua con dốc ở giữa; lần này là may mắn, không phải lời hứa*
# - [ ] văng ra ngoài — *nghĩ rằng vận tốc cứ lớn mãi; mỗi bước nó còn mất đi 10%*

# %% [markdown] lang="en" tags=["question"] hide=["*"] slideshow={"slide_type": "slide"}
# ## And with momentum?
#
# The same start, the same `lr = 0.02`, and `momentum=0.9`: the bicycle keeps 90% of the velocity of its last step. Where does it rest?
#
# - [ ] in the shallow valley too — *thinks that the nearest bottom always holds it*
# - [x] in the deep valley — *momentum carries it over the hill; luck this time, no promise*
# - [ ] thrown out — *thinks that the speed keeps growing; each step also loses 10% of it*

# %% Momentum id="momentum" slideshow={"slide_type": "fragment"}
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.5, requires_grad=True)
print(ride(torch.optim.SGD([w, b], lr=0.02, momentum=0.9), steps=120))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Ba chiếc xe tự chỉnh lực đạp
#
# Adagrad, RMSprop và Adam chia gradient cho độ lớn mà chúng đã thấy, riêng cho **từng** tham số. Nhờ thế `w` (rất dốc) và `b` (thoải) tiến
# về đáy với nhịp gần nhau, còn SGD ở trên thì `b` vẫn chưa tới. Mỗi chiếc có tốc độ học hợp với nó. Nhưng cả ba đều dừng ở thung lũng nông: cực tiểu địa phương (*local minimum*).

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Three that adjust how hard they pedal
#
# Adagrad, RMSprop and Adam divide the gradient by the size they have seen so far, for **each** parameter on its own. So `w` (steep) and `b`
# (gentle) approach the bottom at a similar pace, while with SGD above `b` has not arrived yet. Each has a learning rate that suits it. But all three rest in the shallow valley: a *local minimum*.

# %% Adagrad id="adagrad" slideshow={"slide_type": "fragment"}
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.5, requires_grad=True)
print(ride(torch.optim.Adagrad([w, b], lr=0.3)))

# %% RMSprop id="rmsprop" slideshow={"slide_type": "fragment"}
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.5, requires_grad=True)
print(ride(torch.optim.RMSprop([w, b], lr=0.05)))

# %% Adam id="adam" slideshow={"slide_type": "fragment"}
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(1.5, requires_grad=True)
print(ride(torch.optim.Adam([w, b], lr=0.1)))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Xuất phát từ chỗ khác
#
# Không bộ tối ưu nào "tìm ra điểm tối ưu toàn cục": chúng đi xuống từ chỗ ta thả. Đổi `start` và xem SGD đến thung lũng nào.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Another start
#
# No optimizer "finds the global optimum": it goes down from where we let it go. Change `start` and see which valley SGD ends up in.

# %% Another start id="start" slideshow={"slide_type": "fragment"}
start = -0.5  #@param {type:"slider", min:-2, max:2, step:0.1}

# %% SGD from there id="from-there"
w = torch.tensor(start, requires_grad=True)
b = torch.tensor(1.5, requires_grad=True)
print(ride(torch.optim.SGD([w, b], lr=0.02)))

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Giảm `momentum` từ 0.9 xuống từng chút một. Đến giá trị nào thì xe không còn qua nổi con dốc?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Lower `momentum` from 0.9 little by little. At which value does the bicycle no longer make it over the hill?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: bộ tối ưu chỉ biết độ nghiêng ở chỗ nó đứng; nó dừng ở thung lũng nào là do chỗ xuất phát, tốc độ học và đà.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: an optimizer only knows the slope where it stands; which valley it ends in depends on the start, the learning rate and momentum.**
