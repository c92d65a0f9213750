import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
x = torch.tensor([1., 2.], requires_grad=True)
y = (x ** 3).sum()
g, = torch.autograd.grad(y, x, create_graph=True)
print(g)
g.sum().backward()
print(x.grad)
with torch.no_grad():
    z = x * 2
x.grad.zero_()
a = torch.ones(3)
a += 1
b = a.view(3, 1)
a.mul_(2)
print(b)
w = torch.rand(100, 100)
v = (w @ w).sum()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(2, 3)
        self.seq = nn.Sequential(nn.Linear(3, 3), nn.ReLU())
    def forward(self, q):
        return self.seq(F.relu(self.l1(q))).sum()
net = Net()
opt = optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for i in range(3):
    opt.zero_grad(set_to_none=False)
    out = net(torch.ones(2, 2))
    out.backward(retain_graph=i == 0)
    opt.step()
    if out > 0:
        layers = [p.grad for p in net.parameters()]
net.eval()
net.train()
h = x.clone()
h.register_hook(lambda grad: grad * 2)
h.retain_grad()
h.sum().backward()
print(x.grad, h.grad)
d = x.detach()
nan = torch.tensor([float('nan'), float('inf')])
e = torch.ones(0)
big = torch.zeros(5000)
try:
    torch.ones(2) @ torch.ones(3)
except RuntimeError as err:
    print(err)
del net
s = x.data
x.requires_grad_(False)
torch.manual_seed(3)
