# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=4 minutes=10
# # Vector nhúng `nn.Embedding`
#
# Máy không đọc được chữ, nhưng đọc được số thứ tự: "học" là từ số 5, "máy" là từ số 8. `nn.Embedding` là một **bảng tra** (*look-up table*): mỗi từ một hàng,
# mỗi hàng là một **vector nhúng** (*embedding*) mà mô hình sẽ học.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=4 minutes=10
# # Embedding vectors, `nn.Embedding`
#
# A machine cannot read words, but it can read their numbers: "learn" is word 5, "machine" is word 8. `nn.Embedding` is a **look-up table**:
# one row for each word, and each row is an **embedding** that the model will learn.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Vẽ bảng 10 hàng 3 cột, khoanh hàng 1, 5, 0, 8. Không có phép nhân nào cả: chỉ là chép hàng. Câu hỏi về gradient cho thấy vì sao những từ
# hiếm học chậm: hàng không được tra thì gradient bằng 0.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Draw a table of 10 rows and 3 columns and circle rows 1, 5, 0, 8. Nothing is multiplied: rows are copied. The question about the gradient
# shows why rare words learn slowly: the gradient of a row that was not looked up is 0.

# %% Imports id="imports" slideshow={"slide_type": "skip"}
import torch

torch.manual_seed(0)

# %% Embedding id="embedding" tags=["code"] slideshow={"slide_type": "fragment"}
# Khởi tạo tầng Embedding cho một từ điển 10 từ, mỗi từ biểu diễn bằng vector 3 chiều
embedding_layer = torch.nn.Embedding(num_embeddings=10, embedding_dim=3)

# Tạo một tensor đầu vào chứa các chỉ số của từ (ví dụ: một câu)
# Các chỉ số phải nhỏ hơn 10
input_indices = torch.LongTensor([1, 5, 0, 8])

# Lấy ra các vector embedding tương ứng
embeddings = embedding_layer(input_indices)

print(f"Input shape: {input_indices.shape}")
print(f"Output shape: {embeddings.shape}")
print(f"Embeddings:\n {embeddings}")

# %% One of its vectors id="vector" slideshow={"slide_type": "fragment"}
word_5 = embeddings[1]
print(word_5)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Chỉ là tra bảng
#
# Lấy hàng 5 của `weight` ra so: giống hệt vector của từ số 5.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## It is only a look-up
#
# Compare row 5 of `weight`: it is the vector of word 5.

# %% Look-up id="look-up" tags=["tensor"] slideshow={"slide_type": "fragment"}
row = embedding_layer.weight[5]
print(row)
print(torch.equal(row, word_5))

# %% [markdown] lang="vi" tags=["question"] hide=["embedding_layer.weight.grad", "grad"] slideshow={"slide_type": "slide"}
# ## Những hàng nào có gradient?
#
# Ta cộng mọi số trong `embeddings` rồi gọi `backward()`. Bảng có 10 hàng; câu dùng các từ 1, 5, 0, 8. Trong `weight.grad`, những hàng nào khác 0?
#
# - [ ] cả 10 hàng — *nghĩ rằng tham số nào cũng có gradient khác 0*
# - [x] chỉ hàng 0, 1, 5, 8 — *hàng không được tra thì không ảnh hưởng đến kết quả*
# - [ ] không hàng nào — *nghĩ rằng tra bảng thì không có đạo hàm*

# %% [markdown] lang="en" tags=["question"] hide=["embedding_layer.weight.grad", "grad"] slideshow={"slide_type": "slide"}
# ## Which rows get a gradient?
#
# We add up all numbers in `embeddings` and call `backward()`. The table has 10 rows; the sentence uses words 1, 5, 0, 8. Which rows of `weight.grad` are not 0?
#
# - [ ] all 10 — *thinks that every parameter has a gradient other than 0*
# - [x] only rows 0, 1, 5, 8 — *a row that was not looked up has no influence on the result*
# - [ ] none — *thinks that a look-up has no derivative*

# %% Gradient id="gradient" slideshow={"slide_type": "fragment"}
total = embeddings.sum()
total.backward()

# %% Its rows id="rows" tags=["tensor"]
grad = embedding_layer.weight.grad
print(grad)

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Từ lặp lại, từ không có trong bảng
#
# Từ nào xuất hiện hai lần thì gradient của nó là tổng theo các đường. Còn chỉ số 10 thì không có hàng nào: báo lỗi.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## A word that comes twice, a word that is not there
#
# For a word that occurs twice the paths add up. For index 10 there is no row: an error.

# %% Twice id="twice" slideshow={"slide_type": "fragment"}
word = 5  #@param {type:"slider", min:0, max:9, step:1}

words = torch.LongTensor([word, word, 2])
embedding_layer.zero_grad()
vectors = embedding_layer(words)
total = vectors.sum()
total.backward()
print(embedding_layer.weight.grad[word])

# %% Not in the table id="no-row" slideshow={"slide_type": "fragment"}
try:
    embedding_layer(torch.LongTensor([10]))
except IndexError as error:
    print("IndexError:", error)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Thêm `padding_idx=0` khi tạo tầng. Hàng 0 của `weight` và của `weight.grad` thay đổi thế nào? Từ số 0 hay được dùng làm ô trống.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# Create the layer with `padding_idx=0`. How do row 0 of `weight` and of `weight.grad` change? Word 0 often stands for "nothing here".

# %% [markdown] lang="vi" tags=["remember"]
# **Ghi nhớ: `nn.Embedding` là bảng tra; chỉ những hàng được tra mới có gradient khác 0.**

# %% [markdown] lang="en" tags=["remember"]
# **Remember: `nn.Embedding` is a look-up table; only rows that were looked up get a gradient other than 0.**
