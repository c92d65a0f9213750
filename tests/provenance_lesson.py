# Operations whose cells come from other cells in every way that a trace can tell.

# %% views
import torch
import torch.nn as nn
import torch.nn.functional as F

x = torch.tensor([[1., 2., 3.], [4., 5., 6.], [7., 8., 10.]])
a = torch.arange(16.).reshape(4, 4)
cube = torch.arange(24.).reshape(2, 3, 4)
x[:, 1], x[1:, ::2], x[2, 1:], cube[..., 0], cube[None, 0, ::2]
a.reshape(16, 1), a.T, a.t(), a.view(2, 2, 4).permute(2, 0, 1), cube.transpose(0, 2)
a.T.reshape(2, 8), x.unsqueeze(1).squeeze(), x[0].expand(4, 3), cube.flatten(1)
cube.unbind(1), cube.chunk(2, dim=2), torch.split(a, [1, 3]), a.diagonal(1), a.diagonal(-2), a.unfold(0, 2, 2), cube.unfold(1, 2, 1)
cube.diagonal(0, 1, 2), torch.as_strided(a, (2, 3), (5, 1), 2)
torch.diag(x[0]), torch.diag(a, 1), torch.diag(x[0], -1), F.pad(x, (1, 2, 0, 1)), F.pad(x, (-1, 1))
F.pixel_shuffle(torch.arange(32.).reshape(2, 4, 2, 2), 2)
F.pixel_unshuffle(torch.arange(32.).reshape(1, 2, 4, 4), 2)

# %% element by element
bias = torch.tensor([10., 20., 30.])
x + bias, x * bias.reshape(3, 1), x[:, :1] * bias, x - 5, torch.relu(x - 5), cube + 1, x.clone()
torch.where(x > 5, x, bias), x.masked_fill(x > 5, 0.), torch.tensor(3.) * x

# %% one behind the other
torch.cat([x, bias.unsqueeze(0)]), torch.cat([x, a[:3], x], dim=1), torch.cat([bias, torch.tensor([])])
torch.stack([x, x + 1]), torch.stack([bias, bias + 1, bias], dim=1), torch.stack([x, x * 2], dim=2)

# %% chosen by indices
i = torch.tensor([0, 2])
j = torch.tensor([[1], [-1]])
E = torch.arange(24.).reshape(6, 4)
F.embedding(torch.tensor([2, 0, 5]), E), F.embedding(torch.tensor([[1, 2], [3, 1]]), E), E[i], x[i, i]
cube[:, i], cube[:, i, j], cube[i - i, :, j], cube[j, 1], cube[cube > 5], x[torch.tensor([True, False, True])]
cube[:, torch.tensor([[True, False, True, False], [False] * 4, [False, False, True, True]])]
x.gather(1, torch.tensor([[0], [2], [1]])), a.gather(0, torch.tensor([[3, 1]])), x.index_select(1, i)
x.take(torch.tensor([[0, 8], [4, -1]])), x.masked_select(x > 3)
cube.topk(2, dim=2), cube.flip(1).sort(dim=1), cube.sort(descending=True)
i.repeat(2, 3), x.repeat(2, 1), a.roll(3), a.roll((1, -1), (0, 1)), cube.flip([0, 2])

# %% written to by indices
index = torch.tensor([[0, 1], [1, 2], [3, 3]])
zeros = torch.zeros(3, 4)
zeros.scatter(1, index, 1.), a.scatter(1, index, torch.ones(3, 2))
a.scatter(0, index, torch.arange(100., 112.).reshape(4, 3)), zeros.scatter_add(1, index, torch.ones(3, 2))
a.index_add(1, i, torch.ones(4, 2)), a.index_copy(0, i, torch.ones(2, 4))
a.index_put((i, i), torch.tensor([5., 6.])), a.index_put((i,), torch.tensor(9.))
a.index_put((i, i + 1), torch.tensor([5., 6.]), accumulate=True)
y = a.clone()
y[0] = 7.
y[:, i] = torch.tensor([[1.], [2.], [3.], [4.]])
y[y > 5] = -1.
y += 1

# %% sums
x.sum(), x.sum(dim=1), x.mean(dim=0, keepdim=True), cube.sum(dim=(0, 2)), cube.mean(-1), x.prod(dim=1)
x.max(dim=1), x.min(dim=0), cube.amax(dim=(1, 2)), x.max(), cube.cumsum(1), x.cumprod(0), x.trace()
torch.softmax(x, dim=1), x.std(dim=1), cube.logsumexp(2), cube.norm(dim=1), F.glu(a), F.mse_loss(x, x + 1)
F.cross_entropy(a, torch.tensor([0, 2, 1, 3])), F.nll_loss(a, torch.tensor([0, 2, 1, -100]), reduction='none')
F.multi_margin_loss(a, torch.tensor([0, 2, 1, 3]), weight=x[0, :1].expand(4), reduction='none')
F.multilabel_margin_loss(a, torch.tensor([[0, 2, -1, 0]] * 4), reduction='none'), F.multi_margin_loss(a, torch.tensor([0, 2, 1, 3]))
F.multilabel_margin_loss(a[0], torch.tensor([0, 2, -1, 0])), F.ctc_loss(cube.log_softmax(2), torch.tensor([[1], [2], [3]]), (2, 2, 1), (1, 1, 1), reduction='none')
nn.BatchNorm1d(4)(a), nn.LayerNorm(4)(cube), nn.GroupNorm(3, 3)(cube), nn.BatchNorm1d(4).eval()(a)

# %% products
x @ x.T, x @ bias, bias @ bias, x @ x[:, :2], cube @ cube.transpose(1, 2), nn.Linear(4, 2)(cube)
torch.cdist(x, a[:, :3])

# %% windows
image = torch.arange(36.).reshape(1, 1, 6, 6)
F.conv2d(image, torch.arange(9.).reshape(1, 1, 3, 3)), F.conv2d(image, torch.ones(2, 1, 3, 3), padding=1, stride=2)
nn.Conv1d(4, 6, 2, groups=2)(cube.transpose(1, 2)), F.conv2d(image, torch.ones(1, 1, 2, 2), dilation=2)
nn.ConvTranspose2d(1, 2, 2, stride=2)(image), F.conv_transpose2d(image, torch.ones(1, 1, 3, 3), padding=1)
F.max_pool2d(image, 2), F.avg_pool2d(image, 3, stride=1), F.max_pool2d(image, 3, stride=2, padding=1)
F.max_pool1d(cube, 2), F.adaptive_avg_pool2d(image, 4), F.adaptive_avg_pool2d(image, (2, 5))
nn.ReflectionPad2d(2)(image), nn.ReplicationPad1d((1, 2))(cube), F.interpolate(image, scale_factor=2)

# %% choices
torch.where(x > 4, x, -x), torch.where(x > 4, x, 0.), torch.where(x[0] > 1, x, bias[:3].reshape(3, 1)), x.masked_fill(x > 4, 9.)
x.masked_scatter(x > 4, torch.arange(50., 60.)), torch.where(torch.tensor(True), x, -x)
zeros.scatter_reduce(1, index, torch.ones(3, 2), 'sum'), zeros.scatter_reduce(1, index, torch.ones(3, 2), 'sum', include_self=False)
a.scatter_reduce(1, index, torch.full((3, 2), 30.), 'amax')

# %% algebra
torch.linalg.det(x), torch.linalg.inv(x[:2, :2] + torch.eye(2)), torch.linalg.slogdet(x)
torch.linalg.solve(torch.eye(3) + x, torch.ones(3, 2)), torch.linalg.solve(torch.eye(3) + x, torch.ones(3))
torch.cross(x, x + x.T, dim=1), torch.cross(x, x.T * 2, dim=0)
