# %% [markdown] lang="vi" slideshow={"slide_type": "slide"} session=1 minutes=10
# # Lấy chỉ số và cắt lát
#
# Từ một bảng số, ta lấy ra một hàng, một cột, hoặc một ô. Cú pháp giống NumPy, và chỉ số bắt đầu từ **0**.
#
# Nhưng hàng vừa lấy ra có phải là một bản sao? Câu trả lời quyết định việc sửa nó có làm hỏng bảng gốc hay không.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"} session=1 minutes=10
# # Indexing and slicing
#
# Out of a table we take a row, a column, or one cell. The syntax is that of NumPy, and indices begin at **0**.
#
# But is the row that we took a copy? The answer decides whether changing it spoils the table it came from.

# %% [markdown] lang="vi" slideshow={"slide_type": "notes"}
# Đọc to `x_data[:, 1]`: "mọi hàng, cột số 1", tức cột *thứ hai*. Phần lớn lỗi ở đây là lệch một đơn vị.
# Trước câu hỏi, đừng để lộ chữ "view". Sau đó vẽ một dải bốn ô nhớ và hai cái nhãn `x_data`, `row` cùng chỉ vào nó.

# %% [markdown] lang="en" slideshow={"slide_type": "notes"}
# Read `x_data[:, 1]` aloud: "all rows, column number 1", that is the *second* column. Most errors here are off by one.
# Do not give the word "view" away before the question. Then draw four memory cells in a row, and two labels, `x_data` and `row`,
# that point to them.

# %% Indexing id="indexing" slideshow={"slide_type": "fragment"}
import torch

x_data = torch.tensor([[1, 2], [3, 4]])

# 1. Lấy ra hàng đầu tiên (index 0)
row_first = x_data[0]
print(f"1. Hàng đầu tiên: {row_first}\n")

# %% A column id="second-column" slideshow={"slide_type": "fragment"}
# 2. Lấy ra cột thứ hai (index 1)
col_second = x_data[:, 1]
print(f"2. Cột thứ hai: {col_second}\n")

# %% One cell id="one-cell" slideshow={"slide_type": "fragment"}
# 3. Lấy ra giá trị ở hàng thứ hai (index 1), cột thứ hai (index 1)
value_1_1 = x_data[1, 1]
print(f"3. Giá trị (hàng 2, cột 2): {value_1_1}")

# %% [markdown] lang="vi" slideshow={"slide_type": "slide"}
# ## Cắt lát: từ đâu, đến trước đâu, bước mấy
#
# `a[2:5]` lấy các ô 2, 3, 4: ô 5 **không** được lấy. `a[::2]` cứ hai ô lấy một. `a[-1]` là ô cuối cùng.
#
# Chú ý `a[3]` và `a[3:4]`: cùng một con số, nhưng cái đầu mất một chiều, cái sau thì không.

# %% [markdown] lang="en" slideshow={"slide_type": "slide"}
# ## Slices: from where, up to where, by how much
#
# `a[2:5]` takes the cells 2, 3, 4; cell 5 is **not** taken. `a[::2]` takes every other one. `a[-1]` is the last.
#
# Mind `a[3]` and `a[3:4]`: the same number, but the first loses a dimension and the second does not.

# %% Eight numbers id="eight" slideshow={"slide_type": "fragment"}
a = torch.arange(10, 90, 10)
print(a)

# %% Slices id="slices" slideshow={"slide_type": "fragment"}
start = 2  #@param {type:"integer"}
stop = 5   #@param {type:"slider", min:0, max:8, step:1}
print(a[start:stop])

# %% Every other one id="steps" slideshow={"slide_type": "fragment"}
print(a[::2])

# %% A cell or a slice id="cell-or-slice" slideshow={"slide_type": "fragment"}
print(a[3].shape, a[3:4].shape)

# %% [markdown] lang="vi" tags=["question"] hide=["x_data"] slideshow={"slide_type": "slide"}
# ## Sửa hàng, bảng có đổi không?
#
# `row = x_data[0]`, rồi `row[0] = 100`. Bây giờ `x_data` là gì?
#
# - [ ] `[[1, 2], [3, 4]]` — *nghĩ rằng `x_data[0]` là một bản sao*
# - [x] `[[100, 2], [3, 4]]` — *hàng là một khung nhìn: nó dùng chung ô nhớ với bảng*
# - [ ] `[[100, 100], [3, 4]]` — *nghĩ rằng phép gán lan ra cả hàng*

# %% [markdown] lang="en" tags=["question"] hide=["x_data"] slideshow={"slide_type": "slide"}
# ## Change the row: does the table change?
#
# `row = x_data[0]`, then `row[0] = 100`. What is `x_data` now?
#
# - [ ] `[[1, 2], [3, 4]]` — *takes `x_data[0]` for a copy*
# - [x] `[[100, 2], [3, 4]]` — *the row is a view: it shares its memory with the table*
# - [ ] `[[100, 100], [3, 4]]` — *takes the assignment to fill the whole row*

# %% A view id="view" slideshow={"slide_type": "fragment"}
row = x_data[0]
row[0] = 100
print(x_data)

# %% [markdown] lang="vi" tags=["answer"] slideshow={"slide_type": "slide"}
# ## Khung nhìn hay bản sao
#
# Chỉ số bằng số và lát cắt cho một **khung nhìn** (*view*): không chép gì cả, rất nhanh, dùng chung ô nhớ.
# Muốn bản sao thì gọi `clone()`. Lấy bằng danh sách chỉ số hoặc bằng điều kiện (`a[a > 30]`) thì luôn là bản sao.

# %% [markdown] lang="en" tags=["answer"] slideshow={"slide_type": "slide"}
# ## View or copy
#
# Numbers and slices as indices give a **view**: nothing is copied, it is fast, the memory is shared. For a copy call `clone()`.
# A list of indices or a condition (`a[a > 30]`) always gives a copy.

# %% A copy id="copy" slideshow={"slide_type": "fragment"}
x_data = torch.tensor([[1, 2], [3, 4]])
copy = x_data[0].clone()
copy[0] = 100
print(x_data)

# %% A condition id="condition" slideshow={"slide_type": "fragment"}
chosen = a[a > 30]
chosen[0] = -1
print(chosen)
print(a)

# %% [markdown] lang="vi" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Đến lượt bạn
#
# Chỉ bằng một phép gán, biến cột thứ hai của `x_data` thành toàn số 0. Gợi ý: một lát cắt cũng có thể đứng bên trái dấu `=`.

# %% [markdown] lang="en" tags=["exercise"] slideshow={"slide_type": "subslide"}
# ## Your turn
#
# With a single assignment make the second column of `x_data` all 0. Hint: a slice may stand to the left of `=` as well.

# %% [markdown] lang="vi" tags=["remember", "answer"]
# **Ghi nhớ: lát cắt là khung nhìn, dùng chung ô nhớ với bảng gốc; muốn giữ bảng gốc nguyên vẹn thì `clone()`.**

# %% [markdown] lang="en" tags=["remember", "answer"]
# **Remember: a slice is a view and shares memory with its table; to keep the table as it is, `clone()`.**
