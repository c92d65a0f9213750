# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=12
# # Mô hình đầu tiên
#
# Ta ghép những gì đã học thành một mô hình: vector nhúng (*embedding*) → tầng tuyến tính (*linear layer*) → hàm kích hoạt (*activation*) ReLU → tầng ra.
#
# Đầu vào là một câu gồm bốn từ, viết bằng số thứ tự. Hãy theo dõi **kích thước** (*shape*) ở từng chặng.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=12
# # The first model
#
# We put together what we know: embedding → linear layer → ReLU activation → output layer.
#
# The input is a sentence of four words, as numbers. Follow the **shape** from stage to stage.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Viết chuỗi kích thước lên bảng khi bước qua `forward`: (1, 4) → (1, 4, 16) → (1, 4, 8) → (1, 4, 2). Chiều 4 (số từ) đi suốt không đổi:
# `nn.Linear` chỉ làm việc trên chiều cuối. Đó chính là câu trả lời cho câu hỏi.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Write the shapes on the board while you step through `forward`: (1, 4) → (1, 4, 16) → (1, 4, 8) → (1, 4, 2). The 4, the number of words,
# goes through unchanged: `nn.Linear` works on the last dimension only. That is the answer to the question.

# %% Imports id="imports" slideshow={"slide_type": "skip"}
import torch
from torch import nn

# %% The class id="class" tags=["code"] slideshow={"slide_type": "fragment"}
class MyFirstModel(nn.Module):
    def __init__(self, vocab_size, embedding_dim, hidden_dim, output_dim):
        super(MyFirstModel, self).__init__()
        # Định nghĩa các tầng (layer) bạn sẽ dùng
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.linear = nn.Linear(embedding_dim, hidden_dim)
        self.activation = nn.ReLU() # Hàm kích hoạt
        self.output_layer = nn.Linear(hidden_dim, output_dim)

    def forward(self, indices):
        # Định nghĩa luồng dữ liệu đi qua các tầng
        # 1. Lấy embedding
        embeds = self.embedding(indices)
        # 2. Truyền qua tầng linear và hàm kích hoạt
        hidden = self.activation(self.linear(embeds))
        # 3. Truyền qua tầng output
        output = self.output_layer(hidden)
        return output

# %% [markdown] lang="vi" tags=["question"] hide=["output_data"] slideshow={"slide_type": "slide"}
# ## Đầu ra có kích thước nào?
#
# Một câu, bốn từ, `output_dim=2`. `output_data` có kích thước nào?
#
# - [ ] `(1, 2)` — *nghĩ rằng mô hình trả lời một lần cho cả câu*
# - [x] `(1, 4, 2)` — *mỗi từ có hai số riêng: tầng tuyến tính chỉ biến đổi chiều cuối*
# - [ ] `(4, 2)` — *quên chiều đầu tiên, số câu trong một lô*

# %% [markdown] lang="en" tags=["question"] hide=["output_data"] slideshow={"slide_type": "slide"}
# ## What is the shape of the output?
#
# One sentence, four words, `output_dim=2`. What is the shape of `output_data`?
#
# - [ ] `(1, 2)` — *thinks that the model answers once for the whole sentence*
# - [x] `(1, 4, 2)` — *two numbers for each word: a linear layer changes the last dimension only*
# - [ ] `(4, 2)` — *forgets the first dimension, the number of sentences in a batch*

# %% Forward id="forward" slideshow={"slide_type": "fragment"}
torch.manual_seed(0)

# Khởi tạo và kiểm tra mô hình
model = MyFirstModel(vocab_size=100, embedding_dim=16, hidden_dim=8, output_dim=2)
input_data = torch.LongTensor([[1, 2, 5, 9]]) # một câu gồm 4 từ
output_data = model(input_data)

# %% Its output id="output" tags=["tensor"]
print(f"Model output shape: {output_data.shape}")
print(f"Model output: {output_data}")

# %% Stage by stage id="stages" tags=["code"] slideshow={"slide_type": "fragment"}
with torch.no_grad():
    embeds = model.embedding(input_data)
    hidden = model.activation(model.linear(embeds))
    output = model.output_layer(hidden)
print("indices", tuple(input_data.shape))
print("embeds ", tuple(embeds.shape))
print("hidden ", tuple(hidden.shape))
print("output ", tuple(output.shape))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Bao nhiêu tham số?
#
# Gần như tất cả nằm trong bảng nhúng: 100 từ × 16 số. Trong các mô hình ngôn ngữ nhỏ cũng thường như vậy.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## How many parameters?
#
# Nearly all are in the embedding table: 100 words × 16 numbers. In small language models this is often so.

# %% Parameters id="parameters" tags=["tensor"] slideshow={"slide_type": "fragment"}
print(model)
for name, parameter in model.named_parameters():
    print(f"{name:20} {str(tuple(parameter.shape)):10} {parameter.numel():5}")
print(sum(p.numel() for p in model.parameters()))

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Một câu trả lời cho cả câu
#
# Muốn phân loại cả câu, ta lấy trung bình trên chiều của các từ, rồi tính mất mát với nhãn. Một lần `backward()` là mọi tham số có gradient.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## One answer for the sentence
#
# To classify the sentence, take the mean over the words and compute the loss with a label. One `backward()`, and all parameters have gradients.

# %% The mean over the words id="mean" tags=["tensor"] slideshow={"slide_type": "fragment"}
scores = output_data.mean(dim=1)
print(scores.shape)

# %% One answer id="sentence" slideshow={"slide_type": "fragment"}
label = 1  #@param [0, 1] {type:"raw"}

target = torch.tensor([label])
loss = nn.functional.cross_entropy(scores, target)
loss.backward()
print(f"loss: {loss.item():.4f}")
print(all(p.grad is not None for p in model.parameters()))

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Cho hai câu cùng lúc: `torch.LongTensor([[1, 2, 5, 9], [3, 3, 7, 0]])`. Đoán mọi kích thước trước khi chạy. Hai câu dài khác nhau thì sao?

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Give two sentences at once: `torch.LongTensor([[1, 2, 5, 9], [3, 3, 7, 0]])`. Guess all shapes first. What if they differ in length?

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `__init__` khai báo các tầng, `forward` nối chúng lại; viết ra kích thước ở từng chặng thì gần như không thể sai.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `__init__` declares the layers, `forward` joins them; write down the shape at every stage, and little can go wrong.**
