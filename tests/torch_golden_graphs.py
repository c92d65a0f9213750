"""Which nodes an expression makes, in which order, and what they keep (golden/graph.json)."""

from torch_golden_common import cases, namespace

# The cases of golden/graph.json have only names: what each computes, from leaves of which shapes.
GRAPHS = {
    "a+b": ("a+b", {"a": (2, 3), "b": (2, 3)}),
    "a+2": ("a+2", {"a": (2, 3)}),
    "2+a": ("2+a", {"a": (2, 3)}),
    "a+b (broadcast (2,3)+(3))": ("a+b", {"a": (2, 3), "b": (3,)}),
    "a+const tensor": ("a+torch.ones(2,3)", {"a": (2, 3)}),
    "const+a": ("torch.ones(2,3)+a", {"a": (2, 3)}),
    "torch.add(a,b,alpha=2)": ("torch.add(a,b,alpha=2)", {"a": (2, 3), "b": (2, 3)}),
    "a-b": ("a-b", {"a": (2, 3), "b": (2, 3)}),
    "a-2": ("a-2", {"a": (2, 3)}),
    "2-a": ("2-a", {"a": (2, 3)}),
    "a*b": ("a*b", {"a": (2, 3), "b": (2, 3)}),
    "a*a": ("a*a", {"a": (2, 3)}),
    "a*3": ("a*3", {"a": (2, 3)}),
    "3*a": ("3*a", {"a": (2, 3)}),
    "a*const": ("a*torch.ones(2,3)", {"a": (2, 3)}),
    "a*b bcast": ("a*b", {"a": (2, 3), "b": (3,)}),
    "a*0-dim": ("a*b", {"a": (2, 3), "b": ()}),
    "a/b": ("a/b", {"a": (2, 3), "b": (2, 3)}),
    "a/2": ("a/2", {"a": (2, 3)}),
    "2/a": ("2/a", {"a": (2, 3)}),
    "a**2": ("a**2", {"a": (2, 3)}),
    "a**0.5": ("a**0.5", {"a": (2, 3)}),
    "a**b": ("a**b", {"a": (2, 3), "b": (2, 3)}),
    "2**a": ("2**a", {"a": (2, 3)}),
    "-a": ("-a", {"a": (2, 3)}),
    "abs": ("abs(a)", {"a": (2, 3)}),
    "a@M (mm)": ("a@b", {"a": (2, 3), "b": (3, 4)}),
    "a@v (mv)": ("a@b", {"a": (2, 3), "b": (3,)}),
    "v@w (dot)": ("a@b", {"a": (3,), "b": (3,)}),
    "v@M (vec-mat)": ("a@b", {"a": (3,), "b": (3, 4)}),
    "bmm": ("torch.bmm(a,b)", {"a": (5, 2, 3), "b": (5, 3, 4)}),
    "B1@B2 (3d@3d)": ("a@b", {"a": (5, 2, 3), "b": (5, 3, 4)}),
    "B1@M (3d@2d)": ("a@b", {"a": (5, 2, 3), "b": (3, 4)}),
    "B1@v (3d@1d)": ("a@b", {"a": (5, 2, 3), "b": (3,)}),
    "a@B2 (2d@3d)": ("a@b", {"a": (2, 3), "b": (5, 3, 4)}),
    "v@B2 (1d@3d)": ("a@b", {"a": (3,), "b": (5, 3, 4)}),
    "4d@4d": ("a@b", {"a": (2, 5, 2, 3), "b": (2, 5, 3, 4)}),
    "4d@2d": ("a@b", {"a": (2, 5, 2, 3), "b": (3, 4)}),
    "4d(1)@4d bcast": ("a@b", {"a": (1, 5, 2, 3), "b": (2, 1, 3, 4)}),
    "a@c (const right)": ("a@torch.ones(3,4)", {"a": (2, 3)}),
    "addmm": ("torch.addmm(d,a,b)", {"a": (2, 3), "b": (3, 4), "d": (4,)}),
    "a.T": ("a.T", {"a": (2, 3)}),
    "a.t()": ("a.t()", {"a": (2, 3)}),
    "v.t()": ("a.t()", {"a": (3,)}),
    "a.mT": ("a.mT", {"a": (2, 3)}),
    "a.transpose(0,1)": ("a.transpose(0,1)", {"a": (2, 3)}),
    "permute": ("a.permute(2,0,1)", {"a": (5, 2, 3)}),
    "view": ("a.view(3,2)", {"a": (2, 3)}),
    "reshape same shape": ("a.reshape(2,3)", {"a": (2, 3)}),
    "reshape non-contig (a.t().reshape(-1))": ("a.t().reshape(-1)", {"a": (2, 3)}),
    "contiguous on non-contig": ("a.t().contiguous()", {"a": (2, 3)}),
    "squeeze()": ("a.squeeze()", {"a": (2, 1, 3)}),
    "squeeze(1)": ("a.squeeze(1)", {"a": (2, 1, 3)}),
    "squeeze(0) no-op dim": ("a.squeeze(0)", {"a": (2, 1, 3)}),
    "unsqueeze(0)": ("a.unsqueeze(0)", {"a": (2, 3)}),
    "expand": ("a.expand(2,3)", {"a": (3,)}),
    "sum()": ("a.sum()", {"a": (2, 3)}),
    "sum(dim=1,keepdim)": ("a.sum(dim=1,keepdim=True)", {"a": (2, 3)}),
    "mean()": ("a.mean()", {"a": (2, 3)}),
    "mean(0)": ("a.mean(0)", {"a": (2, 3)}),
    "exp": ("a.exp()", {"a": (2, 3)}),
    "log": ("a.log()", {"a": (2, 3)}),
    "sqrt": ("a.sqrt()", {"a": (2, 3)}),
    "sin": ("a.sin()", {"a": (2, 3)}),
    "cos": ("a.cos()", {"a": (2, 3)}),
    "tanh": ("a.tanh()", {"a": (2, 3)}),
    "sigmoid": ("a.sigmoid()", {"a": (2, 3)}),
    "relu": ("a.relu()", {"a": (2, 3)}),
    "reciprocal": ("a.reciprocal()", {"a": (2, 3)}),
    "sign": ("a.sign()", {"a": (2, 3)}),
    "clamp(0,1)": ("a.clamp(0,1)", {"a": (2, 3)}),
    "clamp(max=1)": ("a.clamp(max=1)", {"a": (2, 3)}),
    "mse_loss": ("F.mse_loss(a,torch.ones(2,3))", {"a": (2, 3)}),
    "mse_loss both grads": ("F.mse_loss(a,b)", {"a": (2, 3), "b": (2, 3)}),
    "softmax dim=1": ("F.softmax(a,dim=1)", {"a": (2, 3)}),
    "torch.softmax": ("torch.softmax(a,1)", {"a": (2, 3)}),
    "log_softmax": ("F.log_softmax(a,1)", {"a": (2, 3)}),
    "cross_entropy": ("F.cross_entropy(a,torch.tensor([2,0]))", {"a": (2, 3)}),
    "cross_entropy reduction=none":
        ("F.cross_entropy(a,torch.tensor([2,0]),reduction='none')", {"a": (2, 3)}),
    "cross_entropy reduction=sum":
        ("F.cross_entropy(a,torch.tensor([2,0]),reduction='sum')", {"a": (2, 3)}),
    "cross_entropy 4d":
        ("F.cross_entropy(a,torch.zeros(2,4,4,dtype=torch.int64))", {"a": (2, 3, 4, 4)}),
    "nll_loss": ("F.nll_loss(a,torch.tensor([2,0]))", {"a": (2, 3)}),
    "x[0]": ("a[0]", {"a": (2, 3)}),
    "x[:,1]": ("a[:,1]", {"a": (2, 3)}),
    "x[1,1]": ("a[1,1]", {"a": (2, 3)}),
    "x[1:]": ("a[1:]", {"a": (2, 3)}),
    "x[...]": ("a[...]", {"a": (2, 3)}),
    "x[:,None]": ("a[:,None]", {"a": (2, 3)}),
    "x[:, 1:3]": ("a[:, 1:3]", {"a": (2, 3)}),
    "x[...,0]": ("a[...,0]", {"a": (2, 3)}),
    "x[0][1]": ("a[0][1]", {"a": (2, 3)}),
    "F.linear 2d bias": ("F.linear(x,w,b)", {"x": (2, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 2d nobias": ("F.linear(x,w)", {"x": (2, 3), "w": (4, 3)}),
    "F.linear 2d bias, const x": ("F.linear(torch.ones(2,3),w,b)", {"w": (4, 3), "b": (4,)}),
    "F.linear 1d bias": ("F.linear(x,w,b)", {"x": (3,), "w": (4, 3), "b": (4,)}),
    "F.linear 1d nobias": ("F.linear(x,w)", {"x": (3,), "w": (4, 3)}),
    "F.linear 3d bias": ("F.linear(x,w,b)", {"x": (5, 2, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 3d bias const x": ("F.linear(torch.ones(5,2,3),w,b)", {"w": (4, 3), "b": (4,)}),
    "F.linear 3d nobias": ("F.linear(x,w)", {"x": (5, 2, 3), "w": (4, 3)}),
    "F.linear 3d nobias const x": ("F.linear(torch.ones(5,2,3),w)", {"w": (4, 3)}),
    "F.linear 3d non-contig x bias":
        ("F.linear(x.transpose(0,1),w,b)", {"x": (2, 5, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 4d bias": ("F.linear(x,w,b)", {"x": (2, 5, 2, 3), "w": (4, 3), "b": (4,)}),
    "F.linear 4d nobias": ("F.linear(x,w)", {"x": (2, 5, 2, 3), "w": (4, 3)}),
    "where(cond,a,b)": ("torch.where(a>0,a,b)", {"a": (2, 3), "b": (2, 3)}),
    "where(cond,a,0.)": ("torch.where(a>0,a,0.)", {"a": (2, 3)}),
    "clone": ("a.clone()", {"a": (2, 3)}),
    "detach then *": ("a.detach()*a", {"a": (2, 3)}),
    "a.to(float64)": ("a.to(torch.float64)", {"a": (2, 3)}),
    "in-place add_ on clone": ("a.clone().add_(b)", {"a": (2, 3), "b": (2, 3)}),
    "in-place mul_ on clone": ("a.clone().mul_(2)", {"a": (2, 3)}),
    "in-place zero_ on clone": ("a.clone().zero_()", {"a": (2, 3)}),
    "fill_": ("a.clone().fill_(1.)", {"a": (2, 3)}),
    "copy_": ("torch.zeros(2,3).copy_(a)", {"a": (2, 3)}),
    "in-place on view: y=a*2; y[0]=0":
        ("(lambda y:(y.__setitem__(0,0),y)[1])(a*2)", {"a": (2, 3)}),
    "y[0]+=b": ("(lambda y:(y[0].add_(b),y)[1])(a*2)", {"a": (2, 3), "b": (3,)}),
    "y[0,1]=b(0-d)":
        ("(lambda y:(y.__setitem__((0,1),b),y)[1])(a*2)", {"a": (2, 3), "b": ()}),
    "multi use z=y*y*3": ("(lambda y:y*y*3)(x+2)", {"x": (1,)}),
    "seed: x**2+3*x+1": ("x**2+3*x+1", {"x": (1,)}),
    "1/a": ("1/a", {"a": (2, 3)}),
    "a//2": ("a//2", {"a": (2, 3)}),
    "a%2": ("a%2", {"a": (2, 3)}),
    "a**3": ("a**3", {"a": (2, 3)}),
    "+a": ("+a+0", {"a": (2, 3)}),
    "torch.mm": ("torch.mm(a,b)", {"a": (2, 3), "b": (3, 4)}),
    "torch.mv": ("torch.mv(a,b)", {"a": (2, 3), "b": (3,)}),
    "torch.dot": ("torch.dot(a,b)", {"a": (3,), "b": (3,)}),
    "outer": ("torch.outer(a,b)", {"a": (3,), "b": (3,)}),
    "einsum ij,jk": ("torch.einsum('ij,jk->ik',a,b)", {"a": (2, 3), "b": (3, 4)}),
    "view(-1)": ("a.view(-1)", {"a": (2, 3)}),
    "reshape contiguous": ("a.reshape(3,2)", {"a": (2, 3)}),
    "flatten()": ("a.flatten()", {"a": (5, 2, 3)}),
    "flatten(1)": ("a.flatten(1)", {"a": (5, 2, 3)}),
    "flatten 1d (no-op)": ("a.flatten()+0", {"a": (3,)}),
    "expand_as": ("a.expand_as(torch.ones(2,3))", {"a": (3,)}),
    "repeat": ("a.repeat(2,2)", {"a": (2, 3)}),
    "broadcast_to": ("torch.broadcast_to(a,(2,3))", {"a": (3,)}),
    "sum(0)": ("a.sum(0)", {"a": (2, 3)}),
    "sum(dim=(0,1))": ("a.sum(dim=(0,1))", {"a": (2, 3)}),
    "mean(1,keepdim)": ("a.mean(1,keepdim=True)", {"a": (2, 3)}),
    "max()": ("a.max()", {"a": (2, 3)}),
    "max(dim=1)": ("a.max(dim=1)[0]", {"a": (2, 3)}),
    "max(dim=1)[0]": ("a.max(dim=1)[0]", {"a": (2, 3)}),
    "min()": ("a.min()", {"a": (2, 3)}),
    "min(dim=0).values": ("a.min(dim=0).values", {"a": (2, 3)}),
    "amax(1)": ("a.amax(1)", {"a": (2, 3)}),
    "torch.max(a,b)": ("torch.max(a,b)", {"a": (2, 3), "b": (2, 3)}),
    "torch.maximum(a,b)": ("torch.maximum(a,b)", {"a": (2, 3), "b": (2, 3)}),
    "torch.minimum(a,b)": ("torch.minimum(a,b)", {"a": (2, 3), "b": (2, 3)}),
    "prod()": ("a.prod()", {"a": (2, 3)}),
    "var()": ("a.var()", {"a": (2, 3)}),
    "std()": ("a.std()", {"a": (2, 3)}),
    "std(0)": ("a.std(0)", {"a": (2, 3)}),
    "norm()": ("a.norm()", {"a": (2, 3)}),
    "norm(dim=1)": ("a.norm(dim=1)", {"a": (2, 3)}),
    "linalg.norm": ("torch.linalg.norm(a)", {"a": (2, 3)}),
    "cumsum(0)": ("a.cumsum(0)", {"a": (2, 3)}),
    "logsumexp(1)": ("a.logsumexp(1)", {"a": (2, 3)}),
    "tan": ("a.tan()", {"a": (2, 3)}),
    "log2": ("a.log2()", {"a": (2, 3)}),
    "log10": ("a.log10()", {"a": (2, 3)}),
    "log1p": ("a.log1p()", {"a": (2, 3)}),
    "expm1": ("a.expm1()", {"a": (2, 3)}),
    "rsqrt": ("a.rsqrt()", {"a": (2, 3)}),
    "square": ("a.square()", {"a": (2, 3)}),
    "floor": ("a.floor()", {"a": (2, 3)}),
    "round": ("a.round()", {"a": (2, 3)}),
    "erf": ("a.erf()", {"a": (2, 3)}),
    "asin": ("a.asin()", {"a": (2, 3)}),
    "atan": ("a.atan()", {"a": (2, 3)}),
    "sinh": ("a.sinh()", {"a": (2, 3)}),
    "cosh": ("a.cosh()", {"a": (2, 3)}),
    "F.relu": ("F.relu(a)", {"a": (2, 3)}),
    "nn.ReLU": ("nn.ReLU()(a)", {"a": (2, 3)}),
    "torch.relu_ inplace": ("torch.relu_(a*2)", {"a": (2, 3)}),
    "leaky_relu": ("F.leaky_relu(a,0.1)", {"a": (2, 3)}),
    "gelu": ("F.gelu(a)", {"a": (2, 3)}),
    "gelu tanh": ("F.gelu(a,approximate='tanh')", {"a": (2, 3)}),
    "elu": ("F.elu(a)", {"a": (2, 3)}),
    "silu": ("F.silu(a)", {"a": (2, 3)}),
    "softplus": ("F.softplus(a)", {"a": (2, 3)}),
    "hardtanh": ("F.hardtanh(a)", {"a": (2, 3)}),
    "relu6": ("F.relu6(a)", {"a": (2, 3)}),
    "F.tanh": ("F.tanh(a)", {"a": (2, 3)}),
    "F.sigmoid": ("F.sigmoid(a)", {"a": (2, 3)}),
    "logsigmoid": ("F.logsigmoid(a)", {"a": (2, 3)}),
    "clamp(min=0)": ("a.clamp(min=0)", {"a": (2, 3)}),
    "pow(2)": ("a.pow(2)", {"a": (2, 3)}),
    "torch.pow(a,2)": ("torch.pow(a,2)", {"a": (2, 3)}),
    "cross_entropy prob targets":
        ("F.cross_entropy(a,torch.tensor([[.2,.3,.5],[1.,0.,0.]]))", {"a": (2, 3)}),
    "cross_entropy label smoothing":
        ("F.cross_entropy(a,torch.tensor([2,0]),label_smoothing=0.1)", {"a": (2, 3)}),
    "mse_loss sum": ("F.mse_loss(a,torch.ones(2,3),reduction='sum')", {"a": (2, 3)}),
    "mse_loss none": ("F.mse_loss(a,torch.ones(2,3),reduction='none')", {"a": (2, 3)}),
    "nn.MSELoss": ("nn.MSELoss()(a,torch.ones(2,3))", {"a": (2, 3)}),
    "l1_loss": ("F.l1_loss(a,torch.ones(2,3))", {"a": (2, 3)}),
    "smooth_l1": ("F.smooth_l1_loss(a,torch.ones(2,3))", {"a": (2, 3)}),
    "huber": ("F.huber_loss(a,torch.ones(2,3))", {"a": (2, 3)}),
    "bce": ("F.binary_cross_entropy(a,torch.ones(4))", {"a": (4,)}),
    "bce_with_logits": ("F.binary_cross_entropy_with_logits(a,torch.ones(4))", {"a": (4,)}),
    "kl_div": ("F.kl_div(a,torch.full((2,3),.5),reduction='batchmean')", {"a": (2, 3)}),
    "cosine_similarity": ("F.cosine_similarity(a,b)", {"a": (2, 3), "b": (2, 3)}),
    "x[0:2] (full)": ("a[0:2]", {"a": (2, 3)}),
    "x[:]": ("a[:]", {"a": (2, 3)}),
    "x[::2]": ("a[:,::2]", {"a": (2, 3)}),
    "x[-1]": ("a[-1]", {"a": (2, 3)}),
    "x[idx]": ("a[torch.tensor([1,0])]", {"a": (2, 3)}),
    "x[[0,1]] list": ("a[[0,1]]", {"a": (2, 3)}),
    "x[[0,1],[1,2]]": ("a[[0,1],[1,2]]", {"a": (2, 3)}),
    "x[:,idx]": ("a[:,torch.tensor([1,0])]", {"a": (2, 3)}),
    "x[mask]": ("a[a>0]", {"a": (2, 3)}),
    "x[arange,y]": ("a[torch.arange(2),torch.tensor([1,2])]", {"a": (2, 3)}),
    "gather": ("a.gather(1,torch.tensor([[0],[2]]))", {"a": (2, 3)}),
    "index_select": ("a.index_select(0,torch.tensor([1]))", {"a": (2, 3)}),
    "masked_select": ("a.masked_select(a>0)", {"a": (2, 3)}),
    "masked_fill": ("a.masked_fill(a>0,0.)", {"a": (2, 3)}),
    "narrow": ("a.narrow(1,0,2)", {"a": (2, 3)}),
    "select": ("a.select(1,0)", {"a": (2, 3)}),
    "unbind": ("a.unbind(0)[0]", {"a": (2, 3)}),
    "iteration over tensor": ("[row for row in a][0]", {"a": (2, 3)}),
    "split(1)": ("a.split(1)[0]", {"a": (2, 3)}),
    "split sizes": ("a.split([1,1])[0]", {"a": (2, 3)}),
    "chunk(2)": ("a.chunk(2)[0]", {"a": (2, 3)}),
    "diag": ("torch.diag(a)", {"a": (3, 3)}),
    "trace": ("torch.trace(a)", {"a": (3, 3)}),
    "tril": ("torch.tril(a)", {"a": (3, 3)}),
    "triu": ("torch.triu(a)", {"a": (3, 3)}),
    "flip": ("a.flip(0)", {"a": (2, 3)}),
    "roll": ("torch.roll(a,1)", {"a": (2, 3)}),
    "sort": ("torch.sort(a)[0]", {"a": (2, 3)}),
    "topk": ("torch.topk(a,2)[0]", {"a": (2, 3)}),
    "cat dim0": ("torch.cat([a,b])", {"a": (2, 3), "b": (2, 3)}),
    "cat dim1": ("torch.cat([a,b],1)", {"a": (2, 3), "b": (2, 3)}),
    "stack": ("torch.stack([a,b])", {"a": (2, 3), "b": (2, 3)}),
    "hstack": ("torch.hstack([a,b])", {"a": (2, 3), "b": (2, 3)}),
    "vstack": ("torch.vstack([a,b])", {"a": (2, 3), "b": (2, 3)}),
    "pad": ("F.pad(a,(1,1))", {"a": (2, 3)}),
    "bilinear": ("F.bilinear(x,y,w)", {"x": (2, 3), "y": (2, 3), "w": (2, 3, 3)}),
    "embedding": ("F.embedding(torch.tensor([0,2]),w)", {"w": (4, 3)}),
    "embedding padding_idx": ("F.embedding(torch.tensor([0,2]),w,padding_idx=0)", {"w": (4, 3)}),
    "embedding 2d idx": ("F.embedding(torch.tensor([[0,2]]),w)", {"w": (4, 3)}),
    "dropout train": ("F.dropout(a,0.5)", {"a": (2, 3)}),
    "dropout p=0 train": ("F.dropout(a,0.)", {"a": (2, 3)}),
    "dropout p=1 train": ("F.dropout(a,1.)", {"a": (2, 3)}),
    "dropout eval": ("F.dropout(a,0.5,False)+0", {"a": (2, 3)}),
    "dropout2d": ("F.dropout2d(a,0.5)", {"a": (2, 3, 4, 4)}),
    "conv2d bias": ("F.conv2d(x,w,b)", {"x": (2, 3, 8, 8), "w": (4, 3, 3, 3), "b": (4,)}),
    "conv2d nobias": ("F.conv2d(x,w)", {"x": (2, 3, 8, 8), "w": (4, 3, 3, 3)}),
    "conv2d pad=1 stride 2":
        ("F.conv2d(x,w,b,stride=2,padding=1)", {"x": (2, 3, 8, 8), "w": (4, 3, 3, 3), "b": (4,)}),
    "conv2d padding=same":
        ("F.conv2d(x,w,b,padding='same')", {"x": (2, 3, 8, 8), "w": (4, 3, 3, 3), "b": (4,)}),
    "conv2d unbatched": ("F.conv2d(x,w,b)", {"x": (3, 8, 8), "w": (4, 3, 3, 3), "b": (4,)}),
    "conv1d": ("F.conv1d(x,w,b)", {"x": (2, 3, 8), "w": (4, 3, 3), "b": (4,)}),
    "conv_transpose2d": ("F.conv_transpose2d(x,w)", {"x": (2, 3, 8, 8), "w": (3, 4, 3, 3)}),
    "max_pool2d": ("F.max_pool2d(x,2)", {"x": (2, 3, 8, 8)}),
    "max_pool1d": ("F.max_pool1d(x,2)", {"x": (2, 3, 8)}),
    "avg_pool2d": ("F.avg_pool2d(x,2)", {"x": (2, 3, 8, 8)}),
    "adaptive_avg_pool2d(1)": ("F.adaptive_avg_pool2d(x,1)", {"x": (2, 3, 8, 8)}),
    "adaptive_avg_pool2d(2)": ("F.adaptive_avg_pool2d(x,2)", {"x": (2, 3, 8, 8)}),
    "adaptive_max_pool2d(2)": ("F.adaptive_max_pool2d(x,2)", {"x": (2, 3, 8, 8)}),
    "batch_norm2d train": ("F.batch_norm(x,torch.zeros(3),torch.ones(3),w,b,training=True)",
                           {"x": (2, 3, 8, 8), "w": (3,), "b": (3,)}),
    "batch_norm2d eval": ("F.batch_norm(x,torch.zeros(3),torch.ones(3),w,b,training=False)",
                          {"x": (2, 3, 8, 8), "w": (3,), "b": (3,)}),
    "batch_norm1d train": ("F.batch_norm(x,torch.zeros(3),torch.ones(3),w,b,training=True)",
                           {"x": (2, 3), "w": (3,), "b": (3,)}),
    "layer_norm": ("F.layer_norm(x,(3,),w,b)", {"x": (2, 3), "w": (3,), "b": (3,)}),
    "layer_norm no affine": ("F.layer_norm(x,(3,))", {"x": (2, 3)}),
    "group_norm": ("F.group_norm(x,1,w,b)", {"x": (2, 3, 8, 8), "w": (3,), "b": (3,)}),
    "where scalar other": ("a.where(a>0,0.)", {"a": (2, 3)}),
    "a.double()": ("a.double()", {"a": (2, 3)}),
    "a.float() no-op": ("a.float()*1", {"a": (2, 3)}),
    "y+=1": ("(lambda y:y.__iadd__(1))(a*2)", {"a": (2, 3)}),
    "index_put y[idx]=b":
        ("(lambda y:(y.__setitem__(torch.tensor([0]),b),y)[1])(a*2)", {"a": (2, 3), "b": (3,)}),
    "masked set y[m]=0": ("(lambda y:(y.__setitem__(y>0,0),y)[1])(a*2)", {"a": (2, 3)}),
    "addcmul": ("torch.addcmul(a,b,b,value=2)", {"a": (2, 3), "b": (2, 3)}),
    "addcdiv": ("torch.addcdiv(a,b,b+1)", {"a": (2, 3), "b": (2, 3)}),
    "lerp": ("torch.lerp(a,b,0.3)", {"a": (2, 3), "b": (2, 3)}),
    "seed: y*y*3": ("(lambda y:y*y*3)(x+2)", {"x": (1,)}),
    "unflatten": ("a.unflatten(1,(3,1))", {"a": (2, 3)}),
    "movedim": ("a.movedim(0,1)", {"a": (2, 3)}),
    "meshgrid": ("torch.meshgrid(a,torch.ones(2),indexing='ij')[0]", {"a": (3,)}),
    "scatter_add":
        ("torch.zeros(2,3).scatter_add(0,torch.tensor([[0,1,0],[1,0,1]]),a)", {"a": (2, 3)}),
    "sdpa": ("F.scaled_dot_product_attention(a,b,b)", {"a": (1, 2, 3, 4), "b": (1, 2, 3, 4)}),
    "linalg.inv": ("torch.linalg.inv(a)", {"a": (3, 3)}),
    "det": ("torch.det(a)", {"a": (3, 3)}),
    "nn.MultiheadAttention": ("nn.MultiheadAttention(4,2)(x,x,x)[0]", {"x": (3, 2, 4)}),
    "unbind outputs": ("a.unbind(0)", {"a": (2, 3)}),
    "split outputs": ("a.split(1)", {"a": (2, 3)}),
    "max(dim) outputs": ("tuple(a.max(1))", {"a": (2, 3)}),
    "iteration outputs": ("tuple(row for row in a)", {"a": (2, 3)}),
}


# ---- writing a graph as the golden file does ---------------------------------------------------

DTYPES = {"torch.float32": "", "torch.int64": "i64", "torch.int32": "i32", "torch.float64": "d",
          "torch.bool": "b"}


def graph(fn, leaves):
    """AddBackward0[AccumulateGrad(a), None]; a leaf without a name is a ?."""
    if fn is None:
        return "None"
    if type(fn).__name__ == "AccumulateGrad":
        return f"AccumulateGrad({next((n for n, t in leaves.items() if t is fn.variable), '?')})"
    return f"{fn.name()}[{', '.join(graph(to, leaves) for to, _ in fn.next_functions)}]"


def kept_text(value):
    if hasattr(value, "dtype"):
        return f"T{list(value.shape)}{DTYPES[str(value.dtype)]}"
    if isinstance(value, tuple):
        return f"({','.join(kept_text(item) for item in value)})"
    return repr(value)


def first_of_each_name(root):
    """The nodes whose saved values the golden file lists: level by level, one of each name."""
    found, level = {}, [root]
    while level:
        for fn in level:
            found.setdefault(fn.name(), fn)
        level = [to for fn in level for to, _ in fn.next_functions if to is not None]
    return {name.replace("torch::autograd::", ""): fn for name, fn in found.items()}


# ---- comparing ---------------------------------------------------------------------------------

def compare_saved(root, wanted):
    problems, nodes = [], first_of_each_name(root)
    for node, kept in wanted.items():
        for name, value in kept.items():
            attribute = "_saved_" + name
            fn = nodes[node]
            got = kept_text(getattr(fn, attribute)) if hasattr(fn, attribute) else "nothing"
            if got != value:
                problems.append(f"{node} keeps {name} as {got} instead of {value}")
    return problems


def compare_graph(torch, case, code, shapes):
    names = namespace(torch)
    leaves = {name: (torch.rand(shape) * .5 + .25).requires_grad_()
              for name, shape in shapes.items()}
    out = eval(code, {**names, **leaves})
    wanted = case["graph"]
    if wanted.startswith("["):
        got = str([(item.grad_fn and item.grad_fn.name(), item.output_nr) for item in out])
        return [] if got == wanted else [f"{got} instead of {wanted}"]
    if wanted.startswith("EXC AttributeError: 'NoneType'"):
        return [] if out.grad_fn is None else [f"{out.grad_fn} instead of no node"]
    if graph(out.grad_fn, leaves) != wanted:
        return [f"{graph(out.grad_fn, leaves)} instead of {wanted}"]
    return compare_saved(out.grad_fn, case["saved"])


def graphs(torch, root):
    for case in cases(root, "graph"):
        code, shapes = GRAPHS[case["case"]]
        yield case["case"], lambda: compare_graph(torch, case, code, shapes)
