"""What reductions, sorting, linear algebra and losses promise beyond the golden cases; run like
torch_face.py."""

import math
from math import inf, nan

import torch
import torch.nn as nn
import torch.nn.functional as F


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


# ---- the largest and the smallest ---------------------------------------------------------------

def test_results_with_names():
    a = torch.tensor([[1.0, 5.0], [5.0, 2.0]])
    result = a.max(1)
    values, indices = result
    assert values is result.values and indices is result[1] and len(result) == 2
    assert type(result) is torch.return_types.max and isinstance(result, tuple)
    assert str(torch.aminmax(a)) == \
        "torch.return_types.aminmax(\nmin=tensor(1.),\nmax=tensor(5.))"


def test_extremes():
    a = torch.tensor([[1.0, 5.0], [5.0, 2.0]], requires_grad=True)
    assert a.max(dim=0, keepdim=True).values.tolist() == [[5, 5]]
    assert a.amax((0, 1)).item() == 5 and a.amin(1, keepdim=True).tolist() == [[1], [2]]
    assert a.argmax().item() == 1 and a.argmin(1).tolist() == [0, 1]
    assert a.argmax(keepdim=True).tolist() == [[1]] and not a.argmax().requires_grad
    assert a.t().argmax().item() == 1
    assert torch.max(a, torch.tensor(3.0)).tolist() == [[3, 5], [5, 3]]
    assert torch.min(a, other=torch.tensor(3.0)).tolist() == [[1, 3], [3, 2]]
    assert torch.tensor(3).max(0).indices.item() == 0
    assert torch.tensor([True, False]).max().item() is True
    low, high = torch.aminmax(a, dim=1)
    (low + 2 * high).sum().backward()
    assert a.grad.tolist() == [[1, 2], [2, 1]]


def test_nan_is_the_largest():
    a = torch.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    a.max().backward()
    assert a.grad.tolist() == [0, 1, 0] and a.argmin().item() == 1


def test_extremes_of_nothing():
    raises(IndexError, "amax(): Expected reduction dim 0 to have non-zero size.",
           lambda: torch.empty(0, 3).amax(0))
    raises(RuntimeError, "amin(): Expected reduction dim to be specified for input.numel() == 0. "
           "Specify the reduction dim with the 'dim' argument.", lambda: torch.empty(0).amin())
    raises(RuntimeError, "\"argmax_cpu\" not implemented for 'Bool'",
           lambda: torch.tensor([True]).argmax())
    assert torch.empty(0, 3).max(1).values.shape == (0,)


# ---- sums, products, spread -----------------------------------------------------------------------

def near(a, b):
    return abs(a - b) <= 1e-6 * (1 + abs(b))


def test_products_and_truth():
    a = torch.tensor([[1.0, 5.0, 0.0], [5.0, 2.0, 4.0]], requires_grad=True)
    assert a.prod(1).tolist() == [0, 40] and torch.tensor([2, 3]).prod().item() == 6
    a.prod(1).sum().backward()
    assert a.grad.tolist() == [[0, 0, 5], [8, 20, 10]]
    two = torch.tensor([0.0, 0.0, 3.0], requires_grad=True)
    two.prod().backward()
    assert two.grad.tolist() == [0, 0, 0]
    for flat in (torch.zeros(1, requires_grad=True), torch.zeros(1, 1, requires_grad=True)):
        flat.prod(0).sum().backward()
        assert flat.grad.shape == flat.shape and flat.grad.sum() == 1
    assert a.any().item() is True and a.all(dim=1).tolist() == [False, True]
    assert torch.tensor([1, 2], dtype=torch.uint8).all().dtype == torch.uint8
    assert torch.count_nonzero(a, 0).tolist() == [2, 2, 1]
    nan = torch.tensor([1.0, float("nan"), 3.0], requires_grad=True)
    nan.nansum().backward()
    assert nan.nansum().item() == 4 and nan.nanmean().item() == 2
    assert nan.grad.tolist() == [1, 0, 1]


def test_variances():
    import warnings
    a = torch.tensor([[1.0, 2.0, 6.0], [0.0, 4.0, 8.0]])
    assert near(a.var().item(), 9.5) and a.var(1).tolist() == [7, 16]
    assert near(a.std(unbiased=False).item(), (47.5 / 6) ** 0.5)
    assert a.std(False).item() == a.std(correction=0).item()
    assert a.var(1, True, True).shape == (2, 1) and a.var(dim=(0, 1), keepdim=True).shape == (1, 1)
    variance, mean = torch.var_mean(a, 1)
    assert variance.tolist() == [7, 16] and mean.tolist() == [3, 4]
    deviation, mean = torch.std_mean(a, dim=0, correction=0)
    assert deviation.tolist() == [0.5, 1, 1] and mean.tolist() == [0.5, 3, 7]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        one = torch.ones(1).std()
    assert one.item() != one.item()
    assert "degrees of freedom is <= 0" in str(caught[0].message)


def test_norms():
    a = torch.tensor([[3.0, -4.0], [0.0, 0.0]], requires_grad=True)
    assert a.norm().item() == 5 and a.norm(1).item() == 7 and a.norm(float("inf")).item() == 4
    assert a.norm(0).item() == 2 and torch.norm(a, p="fro", dim=(0, 1)).item() == 5
    assert a.norm(dim=1, keepdim=True).tolist() == [[5], [0]]
    a.norm(dim=1).sum().backward()
    assert near(a.grad[0, 0].item(), 0.6) and a.grad[1].tolist() == [0, 0]
    assert torch.dist(a, torch.zeros(2, 2)).item() == 5
    raises(RuntimeError, "linalg.vector_norm: Expected a floating point or complex tensor as "
           "input. Got Long", lambda: torch.tensor([1]).norm())
    big = torch.tensor([1000.0, 1000.0])
    assert near(big.logsumexp(0).item(), 1000.6931471805599)
    assert torch.tensor([float("-inf")] * 2).logsumexp(0).item() == float("-inf")


# ---- losses -------------------------------------------------------------------------------------

def close(a, b):
    return all(near(x, y) for x, y in zip(a, b)) and len(a) == len(b)


def test_losses_that_compare():
    a = torch.tensor([0.0, 0.5, 3.0], requires_grad=True)
    b = torch.tensor([0.5, 0.5, 1.0])
    assert F.l1_loss(a, b, reduction="none").tolist() == [0.5, 0, 2]
    assert F.smooth_l1_loss(a, b, reduction="none").tolist() == [0.125, 0, 1.5]
    assert F.smooth_l1_loss(a, b, beta=0, reduction="sum").item() == 2.5
    assert F.huber_loss(a, b, reduction="none", delta=0.5).tolist() == [0.125, 0, 0.875]
    assert nn.HuberLoss(delta=0.5, reduction="sum")(a, b).item() == 1
    assert nn.SmoothL1Loss(beta=0.5)(a, b).item() == F.smooth_l1_loss(a, b, beta=0.5).item()
    F.smooth_l1_loss(a, b, reduction="sum").backward()
    assert a.grad.tolist() == [-0.5, 0, 1]
    raises(RuntimeError, "huber_loss does not support non-positive values for delta.",
           lambda: F.huber_loss(a, b, delta=0))
    raises(ValueError, "median is not a valid value for reduction",
           lambda: nn.MSELoss(reduction="median")(a, b))
    raises(RuntimeError, "Found dtype Long but expected Float",
           lambda: F.mse_loss(a, torch.tensor([1, 2, 3])).backward())


def test_old_names_of_reductions():
    import warnings
    a, b = torch.tensor([1.0, 2.0]), torch.tensor([0.0, 0.0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert F.mse_loss(a, b, size_average=False).item() == 5
        assert nn.L1Loss(reduce=False)(a, b).tolist() == [1, 2]
    assert [str(w.message) for w in caught] == [
        "size_average and reduce args will be deprecated, please use reduction='sum' instead.",
        "size_average and reduce args will be deprecated, please use reduction='none' instead."]


def test_binary_losses():
    p = torch.tensor([0.25, 0.5], requires_grad=True)
    t = torch.tensor([1.0, 0.0])
    w = torch.tensor([2.0, 1.0])
    assert close(F.binary_cross_entropy(p, t, reduction="none").tolist(), [1.3862944, 0.6931472])
    assert close(nn.BCELoss(weight=w, reduction="none")(p, t).tolist(), [2.7725887, 0.6931472])
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    plain = F.binary_cross_entropy_with_logits(x, t, reduction="none").tolist()
    assert close(plain, [0.6931472, 2.126928])
    positive = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0, 1.0]), reduction="none")
    assert close(positive(x, t).tolist(), [3 * 0.6931472, 2.126928])
    positive(x, t).sum().backward()
    assert close(x.grad.tolist(), [-1.5, 0.8807971])
    raises(RuntimeError, "Found dtype Long but expected Float",
           lambda: F.binary_cross_entropy(p, torch.tensor([1, 0])))
    zero = torch.tensor([0.0, 1.0], requires_grad=True)
    assert F.binary_cross_entropy(zero, torch.tensor([1.0, 1.0]), reduction="none").tolist() == \
        [100, 0]


def test_cross_entropies():
    a = torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]], requires_grad=True)
    hard = F.cross_entropy(a, torch.tensor([2, 0]))
    soft = F.cross_entropy(a, torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]))
    assert near(hard.item(), soft.item())
    smooth = F.cross_entropy(a, torch.tensor([2, 0]), label_smoothing=0.3)
    same = F.cross_entropy(a, torch.tensor([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]]))
    assert near(smooth.item(), same.item())
    none = F.cross_entropy(a, torch.tensor([2, -100]), label_smoothing=0.3, reduction="none")
    assert none[1].item() == 0
    w = torch.tensor([1.0, 2.0, 3.0])
    weighted = F.cross_entropy(a, torch.tensor([2, 0]), weight=w, label_smoothing=0.3)
    each = F.cross_entropy(a, torch.tensor([2, 0]), weight=w, label_smoothing=0.3, reduction="sum")
    assert near(weighted.item(), each.item() / 4)
    words = torch.randn(2, 3, 4, requires_grad=True)
    target = torch.tensor([[0, 1, 2, 0], [1, 1, 0, 2]])
    loss = nn.CrossEntropyLoss(reduction="none")(words, target)
    assert loss.shape == (2, 4)
    rows = words.permute(0, 2, 1).reshape(8, 3)
    flat = F.cross_entropy(rows, target.reshape(-1), reduction="none")
    assert close(loss.reshape(-1).tolist(), flat.tolist())
    loss.mean().backward()
    assert words.grad.shape == (2, 3, 4) and near(words.grad.sum().item(), 0)
    raises(RuntimeError, "Expected floating point type for target with class probabilities, got "
           "Long", lambda: F.cross_entropy(a, torch.ones(2, 3, dtype=torch.int64)))
    raises(RuntimeError, "Expected target size [2, 4], got [2, 3]",
           lambda: F.cross_entropy(words, torch.zeros(2, 3, dtype=torch.int64)))
    raises(RuntimeError, "label_smoothing must be between 0.0 and 1.0. Got: 2",
           lambda: F.cross_entropy(a, torch.tensor([2, 0]), label_smoothing=2))
    assert "weight" in nn.CrossEntropyLoss(weight=w).state_dict()


def test_similarity_expands_both():
    a, b = torch.ones(2, 3, requires_grad=True), torch.ones(3, requires_grad=True)
    for other, expanded in ((b, "ExpandBackward0"), (a * 1, "AccumulateGrad")):
        unit = torch.nn.functional.cosine_similarity(a, other, dim=-1).grad_fn.next_functions[0][0] \
            .next_functions[0][0]
        assert type(unit.next_functions[0][0]).__name__ == expanded


def test_losses_of_pairs():
    a = torch.tensor([[1.0, 0.0], [0.0, 2.0]], requires_grad=True)
    b = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert nn.CosineSimilarity()(a, b).tolist() == [1, 0]
    assert close(nn.PairwiseDistance()(a, b).tolist(), [1.4142e-6, 5 ** 0.5])
    one, other = torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])
    y = torch.tensor([1, -1])
    assert F.margin_ranking_loss(one, other, y, reduction="none").tolist() == [1, 1]
    assert nn.MarginRankingLoss(margin=1.0)(one, other, y).item() == 2
    assert nn.HingeEmbeddingLoss(reduction="none")(torch.tensor([0.5, 0.25]), y).tolist() == \
        [0.5, 0.75]
    assert nn.CosineEmbeddingLoss()(a, b, y).item() == 0
    assert near(nn.TripletMarginLoss()(a, b, b).item(), 1)
    kl = nn.KLDivLoss(reduction="batchmean", log_target=True)
    logs = torch.log_softmax(a, 1)
    assert kl(logs, logs).item() == 0
    F.cosine_similarity(a, b).sum().backward()
    assert a.grad.tolist() == [[0, 0], [0.5, 0]]
    raises(RuntimeError, "0D or 1D target tensor expected, multi-target not supported",
           lambda: F.cosine_embedding_loss(a, b, b))


# ---- order --------------------------------------------------------------------------------------

def test_sorting():
    a = torch.tensor([[3.0, 1.0, 2.0], [5.0, 5.0, 4.0]], requires_grad=True)
    values, indices = a.sort()
    assert values.tolist() == [[1, 2, 3], [4, 5, 5]] and indices.tolist() == [[1, 2, 0], [2, 0, 1]]
    assert torch.sort(a, 0, descending=True).indices.tolist() == [[1, 1, 1], [0, 0, 0]]
    assert a.argsort(descending=True).tolist() == [[0, 2, 1], [0, 1, 2]]
    assert torch.argsort(a, dim=0).grad_fn is None
    assert torch.msort(a).tolist() == [[3, 1, 2], [5, 5, 4]]
    top = a.topk(2, largest=False)
    assert top.values.tolist() == [[1, 2], [4, 5]] and type(top) is torch.return_types.topk
    (values * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert a.grad.tolist() == [[3, 1, 2], [2, 3, 1]]
    raises(RuntimeError, "selected index k out of range", lambda: a.topk(4))
    assert a.kthvalue(2, dim=0, keepdim=True).values.tolist() == [[5, 5, 4]]
    assert torch.tensor(3.0).sort().indices.item() == 0


def test_running_extremes():
    a = torch.tensor([1.0, 3.0, 3.0, 2.0, nan, 5.0], requires_grad=True)
    most = torch.cummax(a, 0)
    assert most.indices.tolist() == [0, 1, 2, 2, 4, 4] and type(most) is torch.return_types.cummax
    assert most.values[:4].tolist() == [1, 3, 3, 3] and most.values[4:].isnan().all()
    assert type(most.values.grad_fn).__name__ == "CummaxBackward0"
    most.values[:4].sum().backward()
    assert a.grad.tolist() == [1, 1, 2, 0, 0, 0]
    least = torch.tensor([[4, 2], [3, 3], [3, 1]]).cummin(dim=-2)
    assert least.values.tolist() == [[4, 2], [3, 2], [3, 1]]
    assert least.indices.tolist() == [[0, 0], [1, 0], [2, 2]]
    raises(IndexError, "Dimension out of range (expected to be in range of [-1, 0], but got 1)",
           lambda: a.cummin(1))


def test_running_logarithms():
    a = torch.tensor([1000.0, 1000.0, -inf, 0.0], requires_grad=True)
    y = a.logcumsumexp(0)
    assert torch.equal(y, torch.tensor([1000.0] + [1000.0 + math.log(2)] * 3))
    (y * torch.tensor([1.0, -4.0, 0.0, 2.0])).sum().backward()
    assert torch.allclose(a.grad, torch.tensor([0.0, -1.0, 0.0, 0.0]), atol=1e-3)
    b = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda b: torch.logcumsumexp(b, 0), b)
    assert torch.autograd.gradgradcheck(lambda b: torch.logcumsumexp(b, 0), b)
    raises(NotImplementedError, "\"logcumsumexp_out_cpu\" not implemented for 'Long'",
           lambda: torch.tensor([1, 2]).logcumsumexp(0))


def test_medians():
    a = torch.tensor([[1.0, 4.0, 2.0, 3.0], [9.0, 7.0, 7.0, 8.0]], requires_grad=True)
    assert a.median().item() == 4 and a.median(1).values.tolist() == [2, 7]
    a.median().backward()
    assert a.grad.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    nan = torch.tensor([1.0, float("nan"), 0.0])
    assert nan.median().item() != nan.median().item() and nan.median(0).indices.item() == 1


def test_running_sums():
    a = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    assert a.cumsum(1).tolist() == [[1, 3, 6]] and torch.cumsum(a, 0).tolist() == [[1, 2, 3]]
    a.cumsum(1).sum().backward()
    assert a.grad.tolist() == [[3, 2, 1]]
    assert torch.tensor([True, True]).cumsum(0).tolist() == [1, 2]
    assert torch.cumsum(torch.tensor([1, 2]), 0, dtype=torch.float64).dtype == torch.float64
    b = torch.tensor([2.0, 0.0, 3.0, 0.0, 4.0], requires_grad=True)
    b.cumprod(0).sum().backward()
    assert b.grad.tolist() == [1, 8, 0, 0, 0]


def test_which_values_there_are():
    a = torch.tensor([[3, 1, 1], [2, 3, 9]])
    values, inverse, counts = torch.unique(a, return_inverse=True, return_counts=True)
    assert values.tolist() == [1, 2, 3, 9] and counts.tolist() == [2, 1, 2, 1]
    assert values[inverse].tolist() == a.tolist()
    assert a.unique().tolist() == [1, 2, 3, 9] and torch.unique(torch.empty(0)).shape == (0,)
    values, counts = torch.tensor([1, 1, 2, 1]).unique_consecutive(return_counts=True)
    assert values.tolist() == [1, 2, 1] and counts.tolist() == [2, 1, 1]
    assert torch.bincount(torch.tensor([0, 1, 1, 3])).tolist() == [1, 2, 0, 1]
    weights = torch.tensor([0.5, 1.0, 2.0])
    assert torch.bincount(torch.tensor([0, 1, 1]), weights, minlength=4).tolist() == [0.5, 3, 0, 0]
    raises(RuntimeError, "bincount only supports 1-d non-negative integral inputs.",
           lambda: torch.bincount(torch.tensor([-1])))


# ---- long rows take other ways than short ones ---------------------------------------------------

def test_long_rows_are_sorted_like_short_ones():
    torch.manual_seed(1)
    for count in (5, 130, 1000, 9000):
        for kind in (torch.float32, torch.float64, torch.int64, torch.int32, torch.uint8):
            x = (torch.rand(count) * 90).to(kind)
            if kind.is_floating_point:
                x[3], x[2], x[1], x[0] = float("nan"), -0.0, 0.0, -float("inf")
            for descending in (False, True):
                places = torch.sort(x, descending=descending, stable=True)[1].tolist()
                keys = [(1, 0) if v != v else (0, v) for v in x.tolist()]
                if descending:
                    keys = [(-a, -b) for a, b in keys]
                assert places == sorted(range(count), key=lambda i: keys[i])


def test_long_functions_are_computed_in_pieces():
    torch.manual_seed(2)
    x = torch.randn(70001)
    for f in (F.gelu, F.elu, F.selu, F.silu, F.softplus):
        y = f(x)
        assert y.shape == x.shape and y.dtype == x.dtype
        for part in (slice(0, 100), slice(16380, 16390), slice(69900, 70001)):
            assert torch.equal(y[part], f(x[part]))
        turned = x[:70000].view(100, 700).t()
        assert torch.equal(f(turned), f(turned.contiguous()))


def test_columns_are_multiplied_in_order():
    x = torch.rand(40, 50, dtype=torch.float64) + 0.5
    wanted = x[0]
    for row in x[1:]:
        wanted = wanted * row
    assert torch.equal(x.prod(0), wanted)
    columns = [column.view(-1, 1).prod(0) for column in x.float().t()]
    assert torch.equal(x.float().prod(0), torch.cat(columns))


def test_gather_looks_at_every_index():
    x, index = torch.arange(12.0).view(3, 4), torch.tensor([[0, 3], [2, 1], [1, 1]])
    assert x.gather(1, index).tolist() == [[0, 3], [6, 5], [9, 9]]
    assert x.t().gather(0, index.t()).t().tolist() == [[0, 3], [6, 5], [9, 9]]
    assert x.gather(1, index[:, :1].expand(3, 3)).tolist() == [[0] * 3, [6] * 3, [9] * 3]
    raises(RuntimeError, "out of bounds", lambda: x.gather(1, index + 2))
