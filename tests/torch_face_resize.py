"""Images at another size, their windows as columns, normalization of each sample, and the losses that
PyTorch puts together itself."""

import torch
import torch.nn as nn
import torch.nn.functional as F

from torch_face import raises


def near(got, wanted, tolerance=1e-5):
    return torch.tensor(got).flatten().sub(torch.tensor(wanted).flatten()).abs().max() < tolerance


def image(*shape):
    return torch.arange(float(torch.Size(shape).numel())).view(shape).requires_grad_()


# ---- interpolate ----------------------------------------------------------------------------------

def test_nearest():
    x = image(1, 1, 2, 2)
    y = F.interpolate(x, scale_factor=2)
    assert y.grad_fn.name() == "UpsampleNearest2DBackward0"
    assert y.tolist() == [[[[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]]]
    assert y.grad_fn._saved_output_size == (4, 4) and y.grad_fn._saved_scales_h == 2
    (y * torch.arange(16.0).view(1, 1, 4, 4)).sum().backward()
    assert x.grad.tolist() == [[[[10, 18], [42, 50]]]]
    line = image(1, 1, 3)
    assert F.interpolate(line, size=5).tolist() == [[[0, 0, 1, 1, 2]]]
    assert F.interpolate(line, size=5).grad_fn.name() == "UpsampleNearest1DBackward0"
    assert F.interpolate(x, scale_factor=(0.5, 1.5)).tolist() == [[[[0, 0, 1]]]]
    assert F.interpolate(x, size=1, mode="area").item() == 1.5


def test_linear():
    x = image(1, 1, 2, 2)
    y = F.interpolate(x, size=(2, 3), mode="bilinear")
    assert y.grad_fn.name() == "UpsampleBilinear2DBackward0"
    assert near(y.tolist(), [0, 0.5, 1, 2, 2.5, 3])
    (y * torch.arange(6.0).view(1, 1, 2, 3)).sum().backward()
    assert near(x.grad.tolist(), [0.5, 2.5, 5, 7])
    corners = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    assert near(corners[0, 0, 0].tolist(), [0, 1 / 3, 2 / 3, 1])
    line = F.interpolate(image(1, 1, 3), size=6, mode="linear")
    assert near(line.tolist(), [0, 0.25, 0.75, 1.25, 1.75, 2])
    x = x.detach().double().requires_grad_()
    for options in ({"size": (3, 5)}, {"scale_factor": 1.7}, {"size": 3, "align_corners": True}):
        def resized(t):
            return F.interpolate(t, mode="bilinear", **options)
        assert torch.autograd.gradcheck(resized, x) and torch.autograd.gradgradcheck(resized, x)


def test_interpolate_refuses():
    x = torch.ones(1, 1, 3)
    raises(ValueError, "either size or scale_factor should be defined", lambda: F.interpolate(x))
    raises(ValueError, "only one of size or scale_factor should be defined",
           lambda: F.interpolate(x, size=3, scale_factor=2))
    raises(ValueError, "Input and output must have the same number of spatial dimensions",
           lambda: F.interpolate(x, size=(3, 4)))
    raises(ValueError, "align_corners option can only be set",
           lambda: F.interpolate(x, size=3, align_corners=True))
    raises(NotImplementedError, "Got 3D input, but bilinear mode needs 4D input",
           lambda: F.interpolate(x, size=3, mode="bilinear"))
    raises(NotImplementedError, "Only 3D, 4D and 5D input Tensors supported (got 2D)",
           lambda: F.interpolate(x[0], size=3))
    raises(RuntimeError, "Input and output sizes should be greater than 0, but got input (W: 3) and "
           "output (W: 0)", lambda: F.interpolate(x, size=0))


def test_upsample():
    assert repr(nn.Upsample(scale_factor=2)) == "Upsample(scale_factor=2.0, mode='nearest')"
    assert repr(nn.UpsamplingBilinear2d(size=(3, 4))) == \
        "UpsamplingBilinear2d(size=(3, 4), mode='bilinear')"
    assert nn.UpsamplingNearest2d(scale_factor=3)(torch.ones(1, 1, 2, 2)).shape == (1, 1, 6, 6)


# ---- windows as columns, channels as cells --------------------------------------------------------

def test_unfold_and_fold():
    x = image(1, 1, 3, 3)
    y = F.unfold(x, 2)
    assert y.grad_fn.name() == "Im2ColBackward0"
    assert y.tolist() == [[[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]]
    y.sum().backward()
    assert x.grad.tolist() == [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
    back = F.fold(y, (3, 3), 2)
    assert back.grad_fn.name() == "Col2ImBackward0"
    assert back.tolist() == [[[[0, 2, 2], [6, 16, 10], [6, 14, 8]]]]
    assert F.unfold(torch.ones(2, 3, 5, 6), (2, 3), padding=1, stride=2).shape == (2, 18, 9)
    assert repr(nn.Fold((5, 6), 2)) == \
        "Fold(output_size=(5, 6), kernel_size=2, dilation=1, padding=0, stride=1)"
    raises(RuntimeError, "calculated shape of the array of sliding blocks as (-5, -5)",
           lambda: F.unfold(x, 9))
    raises(RuntimeError, "expected size of input's dimension 2 to match the calculated number of "
           "sliding blocks 2 * 2 = 4, but got input.size(2)=3",
           lambda: F.fold(torch.ones(1, 4, 3), (3, 3), 2))


def test_pixel_shuffle():
    x = image(1, 4, 1, 2)
    y = F.pixel_shuffle(x, 2)
    assert y.grad_fn.name() == "PixelShuffleBackward0" and y.grad_fn._saved_upscale_factor == 2
    assert y.tolist() == [[[[0, 2, 1, 3], [4, 6, 5, 7]]]]
    assert F.pixel_unshuffle(y, 2).equal(x)
    (y * y.detach()).sum().backward()
    assert x.grad.equal(x)
    assert repr(nn.PixelShuffle(2)) == "PixelShuffle(upscale_factor=2)"
    raises(RuntimeError, "pixel_shuffle expects its input's 'channel' dimension to be divisible",
           lambda: F.pixel_shuffle(torch.ones(3, 2, 2), 2))


# ---- normalization of each sample -----------------------------------------------------------------

def test_instance_norm():
    x = image(2, 3, 2, 2)
    m = nn.InstanceNorm2d(3, affine=True, track_running_stats=True)
    y = m(x)
    assert near(y[0, 0].flatten().tolist(), [-1.34163, -0.44721, 0.44721, 1.34163], 1e-4)
    assert y.grad_fn.name() == "ViewBackward0" and near(y[0, 0].tolist(), y[1, 2].tolist(), 1e-4)
    norm = y.grad_fn.next_functions[0][0]
    assert norm.name() == "NativeBatchNormBackward0"
    assert [f.name() for f, _ in norm.next_functions] == [
        "ViewBackward0", "RepeatBackward0", "RepeatBackward0"]
    assert near(m.running_mean.tolist(), [0.75, 1.15, 1.55])
    m.eval()
    assert not m(x)[0, 0].equal(y[0, 0])
    assert repr(nn.InstanceNorm1d(4)) == ("InstanceNorm1d(4, eps=1e-05, momentum=0.1, affine=False, "
                                          "track_running_stats=False)")
    assert nn.InstanceNorm1d(3)(torch.randn(3, 4)).shape == (3, 4)
    raises(ValueError, "expected 3D or 4D input (got 2D input)", lambda: m(torch.ones(3, 4)))
    raises(ValueError, "Expected more than 1 spatial element when training",
           lambda: F.instance_norm(torch.ones(1, 2, 1)))


# ---- losses ---------------------------------------------------------------------------------------

def test_losses_that_are_put_together():
    x, t = torch.tensor([[0.5, 1.0], [2.0, 0.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    assert near([F.gaussian_nll_loss(x, t, torch.full((2, 2), 0.5)).item()],
                [0.5 * -0.693147 + 0.8125])
    assert near([F.poisson_nll_loss(x, t).item()], [(x.exp() - t * x).mean().item()])
    assert near(F.multilabel_soft_margin_loss(x, t, reduction="none").tolist(),
                [0.893669, 0.410038])
    triplet = nn.TripletMarginWithDistanceLoss(
        distance_function=lambda a, b: (a - b).abs().sum(-1), margin=2.0, reduction="none")
    assert near(triplet(x, t, -t).tolist(), [1, 0])
    assert near(F.lp_pool1d(torch.tensor([[[3.0, 4.0, 0.0]]]), 2, 2).tolist(), [5])
    raises(ValueError, "var has negative entry/entries", lambda: F.gaussian_nll_loss(x, t, -t))
    assert repr(nn.GaussianNLLLoss()) == "GaussianNLLLoss()"
    torch.manual_seed(0)
    hard = F.gumbel_softmax(x, hard=True)
    assert hard.sum(-1).tolist() == [1, 1]
