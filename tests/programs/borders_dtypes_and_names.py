"""Convolutions with other borders, layers of another dtype, optimizers that are given names."""
import torch
import torch.nn as nn


def show(make):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)


for mode in ("reflect", "replicate", "circular", "zeros"):
    for padding in (1, "same", "valid"):
        torch.manual_seed(0)
        layer = nn.Conv2d(1, 2, 3, padding=padding, padding_mode=mode)
        x = torch.arange(25.0).view(1, 1, 5, 5).requires_grad_()
        y = layer(x)
        y.sum().backward()
        print(layer, y.shape, y[0, 0, 0, :2], x.grad[0, 0, 0, :3])
    layer = nn.Conv1d(1, 1, 2, padding="same", padding_mode=mode)
    with torch.no_grad():
        layer.weight.fill_(1)
        layer.bias.zero_()
    print(layer(torch.arange(4.0).view(1, 1, 4)))
show(lambda: nn.ConvTranspose2d(1, 1, 1, padding_mode="reflect"))
double = torch.float64
for layer in (nn.Linear(2, 3, dtype=double), nn.Conv2d(1, 1, 1, dtype=double), nn.BatchNorm1d(2, dtype=double),
              nn.LayerNorm(2, dtype=torch.float16), nn.Embedding(2, 2, dtype=double),
              nn.GroupNorm(1, 2, dtype=torch.bfloat16), nn.Bilinear(1, 1, 1, dtype=double)):
    print([(name, value.dtype) for name, value in layer.state_dict().items()])
torch.manual_seed(0)
print(nn.Linear(2, 1, dtype=double).weight, torch.zeros(1).dtype)
show(lambda: nn.Linear(2, 1, dtype=torch.int64))
model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
for optimizer in (torch.optim.SGD(model.named_parameters(), lr=0.1),
                  torch.optim.Adam([{"params": model[0].named_parameters(), "lr": 1.0},
                                    {"params": model[1].named_parameters()}]),
                  torch.optim.Rprop(model.named_parameters())):
    print(optimizer)
    print([list(group) for group in optimizer.param_groups], optimizer.param_groups[-1]["param_names"])
    print(optimizer.state_dict()["param_groups"][0]["param_names"])
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
show(lambda: torch.optim.SGD([("a", model[0].weight), model[0].bias], lr=0.1))
truths = torch.tensor([True, False])
for name in ("abs", "round", "floor", "ceil", "trunc", "median"):
    show(lambda: getattr(truths, name)())
