# %% [markdown] lang="en" slide="slide"
# # A title
#
# Words with **marks** and $x^2$.
# %% [markdown] lang="vi"
# # Một tựa đề
# %% The first tags=["hide-input", "exercise"] hide=["y", "x.grad"] id="a1"
import torch
x = torch.tensor(2.0, requires_grad=True)
y = x * x  #@param {type:"number"}
# %% [raw]
# <b>not markup</b>
# %%
"""a text
# %% that is no cell
"""
for i in range(3):
    y.backward(retain_graph=True)
