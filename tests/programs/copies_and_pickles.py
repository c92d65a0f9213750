"""copy and pickle of tensors: who shares memory, and what comes back."""
import copy
import pickle

import torch
import torch.nn as nn

x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
for made in (copy.copy(x), copy.deepcopy(x), copy.copy(nn.Parameter(x.detach()))):
    print(made, type(made).__name__, made.data_ptr() == x.data_ptr(), made.is_leaf)
print(copy.copy(x * 2).requires_grad, copy.copy(torch.arange(3)))
back = pickle.loads(pickle.dumps({"a": [torch.arange(3), nn.Parameter(torch.ones(1))], "x": x}))
print(back, back["x"].requires_grad, torch.equal(back["x"], x))
print(pickle.loads(pickle.dumps(x.detach().t())).stride(), pickle.loads(pickle.dumps(x.shape)))
try:
    copy.deepcopy(x * 2)
except RuntimeError as error:
    print(error)

import io  # noqa: E402

file = io.BytesIO()
torch.save({"epoch": 3, "loss": (x * 2).sum(), "losses": [(x * i).mean() for i in range(2)]}, file)
file.seek(0)
checkpoint = torch.load(file)
print(checkpoint, checkpoint["loss"].is_leaf)
