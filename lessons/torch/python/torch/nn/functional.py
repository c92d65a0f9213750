"""Functions that PyTorch itself puts together from others."""

import math as _math
import warnings as _warnings

import torch as _torch
from torch.nn.functional import (_ctc_loss, _embedding_bag, _resample, _rrelu_with_noise, avg_pool1d as _avg_pool1d,  # noqa: F401
                                 avg_pool2d as _avg_pool2d, batch_norm as _batch_norm,
                                 embedding as _embedding,
                                 logsigmoid as _logsigmoid, pairwise_distance as _pairwise_distance,
                                 relu as _relu, adaptive_avg_pool1d as _adaptive_avg_pool1d,
                                 adaptive_avg_pool2d as _adaptive_avg_pool2d)

__all__ = ["interpolate", "upsample", "upsample_nearest", "upsample_bilinear", "instance_norm",
           "gaussian_nll_loss", "poisson_nll_loss", "multilabel_soft_margin_loss",
           "triplet_margin_with_distance_loss", "ctc_loss", "lp_pool1d", "lp_pool2d",
           "gumbel_softmax", "rrelu", "rrelu_", "embedding_bag"]

_LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}
_MODES = ("nearest", "linear", "bilinear", "bicubic", "trilinear", "area", "nearest-exact")


# ---- other sizes -------------------------------------------------------------------------------

def _listed(value, dims):
    return list(value) if isinstance(value, (list, tuple)) else [value] * dims


def _check_count(what, values, input, more):
    dims = input.dim() - 2
    if len(values) != dims:
        raise ValueError(
            f"Input and {what} must have the same number of spatial dimensions, but got input with "
            f"spatial dimensions of {list(input.shape[2:])} and {more} {tuple(values)}. Please "
            "provide input tensor in (N, C, d1, d2, ...,dK) format and "
            f"{'output size' if what == 'output' else 'scale_factor'} in "
            f"{'(o1, o2, ...,oK)' if what == 'output' else '(s1, s2, ...,sK)'} format.")


def _target(input, size, scale_factor, recompute):
    """The sizes of the output and the scales that positions are computed by."""
    dims = input.dim() - 2
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None:
        sizes = _listed(size, dims)
        _check_count("output", sizes, input, "output size of")
        return sizes, [None] * dims
    scales = _listed(scale_factor, dims)
    _check_count("scale_factor", scales, input, "scale_factor of shape")
    sizes = [_math.floor(float(input.size(i + 2)) * scales[i]) for i in range(dims)]
    return sizes, [None] * dims if recompute else [float(scale) for scale in scales]


def _check_mode(input, mode, align_corners, antialias):
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError("align_corners option can only be set with the interpolating modes: "
                             "linear | bilinear | bicubic | trilinear")
    if mode not in _MODES or input.dim() not in _LINEAR:
        raise NotImplementedError(
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {input.dim()}D) for the "
            "modes: nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact "
            f"(got {mode})")
    if antialias and not (mode in ("bilinear", "bicubic") and input.dim() == 4):
        raise ValueError("Anti-alias option is restricted to bilinear and bicubic modes and "
                         "requires a 4-D tensor as input")
    if mode in _LINEAR.values() and _LINEAR[input.dim()] != mode:
        needed = next(dims for dims, name in _LINEAR.items() if name == mode)
        raise NotImplementedError(f"Got {input.dim()}D input, but {mode} mode needs {needed}D input")
    if mode in ("bicubic", "nearest-exact") or input.dim() == 5:
        raise NotImplementedError(f"interpolate(mode={mode!r}) of {input.dim()}D input is not "
                                  "supported by Gradlight")


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None,
                recompute_scale_factor=None, antialias=False):
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    sizes, scales = _target(input, size, scale_factor, recompute_scale_factor)
    _check_mode(input, mode, align_corners, antialias)
    if mode == "area":
        pool = _adaptive_avg_pool1d if input.dim() == 3 else _adaptive_avg_pool2d
        return pool(input, sizes)
    return _resample(input, mode != "nearest", sizes, scales[0] if len(scales) > 1 else None,
                     scales[-1], bool(align_corners), antialias)


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    _warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` "
                   "instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    _warnings.warn("`nn.functional.upsample_nearest` is deprecated. Use "
                   "`nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    _warnings.warn("`nn.functional.upsample_bilinear` is deprecated. Use "
                   "`nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


# ---- normalization -----------------------------------------------------------------------------

def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None,
                  use_input_stats=True, momentum=0.1, eps=1e-5):
    """Batch normalization of a batch of one, in which each sample's channels are channels of it."""
    if use_input_stats and _math.prod(input.shape[2:]) == 1:
        raise ValueError("Expected more than 1 spatial element when training, got input size "
                         f"{input.size()}")
    batch, channels = input.size(0), input.size(1)
    running = [None if known is None else known.repeat(batch) for known in (running_mean, running_var)]
    factors = [None if own is None else own.repeat(batch) for own in (weight, bias)]
    planes = input.contiguous().view(1, batch * channels, *input.shape[2:])
    out = _batch_norm(planes, *running, *factors, use_input_stats, momentum, eps)
    if use_input_stats:
        with _torch.no_grad():
            for known, seen in zip((running_mean, running_var), running):
                if known is not None:
                    known.copy_(seen.view(batch, channels).mean(0))
    return out.view(input.size())


# ---- losses ------------------------------------------------------------------------------------

def _reduced(loss, reduction):
    if reduction == "mean":
        return loss.mean()
    return loss.sum() if reduction == "sum" else loss


def _check_reduction(reduction):
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def _named_reduction(size_average, reduce, reduction):
    """What reduction was called before, with PyTorch's warning, or the reduction itself."""
    if size_average is None and reduce is None:
        return reduction
    old = "none" if reduce is False else "sum" if size_average is False else "mean"
    _warnings.warn("size_average and reduce args will be deprecated, please use "
                   f"reduction='{old}' instead.", stacklevel=3)
    return old


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * _torch.ones_like(input)
    elif var.size() != input.size():
        if input.size()[:-1] == var.size():
            var = var.unsqueeze(-1)
        elif input.size()[:-1] != var.size()[:-1] or var.size(-1) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    if _torch.any(var < 0):
        raise ValueError("var has negative entry/entries")
    var = var.clone()
    with _torch.no_grad():
        var.clamp_(min=eps)
    loss = 0.5 * (_torch.log(var) + (input - target) ** 2 / var)
    if full:
        loss += 0.5 * _math.log(2 * _math.pi)
    return _reduced(loss, reduction)


def poisson_nll_loss(input, target, log_input=True, size_average=None, full=False, eps=1e-8,
                     reduce=None, reduction="mean"):
    reduction = _named_reduction(size_average, reduce, reduction)
    _check_reduction(reduction)
    if log_input:
        loss = _torch.exp(input) - target * input
    else:
        loss = input - target * _torch.log(input + eps)
    if full:
        stirling = target * _torch.log(target) - target + 0.5 * _torch.log(2 * _math.pi * target)
        loss += stirling.masked_fill(target <= 1, 0)
    return _reduced(loss, reduction)


def multilabel_soft_margin_loss(input, target, weight=None, size_average=None, reduce=None,
                                reduction="mean"):
    reduction = _named_reduction(size_average, reduce, reduction)
    loss = -(target * _logsigmoid(input) + (1 - target) * _logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    loss = loss.sum(dim=input.dim() - 1) / input.size(input.dim() - 1)
    _check_reduction(reduction)
    return _reduced(loss, reduction)


def triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function=None,
                                      margin=1.0, swap=False, reduction="mean"):
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError("The anchor, positive, and negative tensors are expected to have the "
                           f"same number of dimensions, but got: anchor {anchor.ndim}D, positive "
                           f"{positive.ndim}D, and negative {negative.ndim}D inputs")
    distance = distance_function or _pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = _torch.minimum(far, distance(positive, negative))
    return _reduced(_torch.clamp_min(margin + near - far, 0), reduction)


# ---- sequences ---------------------------------------------------------------------------------

_CTC_SIGNATURES = "".join(
    f"ctc_loss\n    Tensor log_probs, Tensor targets, {kind} input_lengths, {kind} target_lengths, "
    "int blank = 0, int reduction = at::Reduction::Mean, bool zero_infinity = False\n"
    for kind in ("tuple of ints", "Tensor"))


def _check_ctc_kinds(*given):
    """Lengths are two tensors, or two lists or tuples."""
    steps, labels = given[2:4]
    tensors = [isinstance(each, _torch.Tensor) for each in (steps, labels)]
    listed = [isinstance(each, (list, tuple)) for each in (steps, labels)]
    if not all(tensors) and not all(listed):
        from torch._signatures import refusal_of
        raise TypeError(refusal_of("ctc_loss", _CTC_SIGNATURES, given, {}))


def _lengths(name, given):
    """A list of whole numbers from a tensor of them, a list or a tuple."""
    if not isinstance(given, _torch.Tensor):
        return list(given)
    if given.is_floating_point() or given.dtype == _torch.bool:
        raise RuntimeError(f"{name} must be integral")
    return given.reshape(-1).tolist()


_CTC_CHECK = "(while checking arguments for ctc_loss_allocate_outputs)"


def _check_ctc_lengths(name, lengths, most):
    for length in lengths:
        if length < 0 or length > most:
            bound = "least 0" if length < 0 else f"most {most}"
            raise RuntimeError(f"Expected {name} to have value at {bound}, but got value {length} "
                               + _CTC_CHECK)


def _check_ctc(log_probs, targets, steps, labels, blank):
    if not log_probs.is_floating_point():
        kind = log_probs.type().split(".")[-1].removesuffix("Tensor")
        raise RuntimeError(f"\"ctc_loss_cpu\" not implemented for '{kind}'")
    if log_probs.dim() != 3:
        raise RuntimeError(f"Expected 3-dimensional tensor, but got {log_probs.dim()}-dimensional "
                           f"tensor for argument #1 'log_probs' {_CTC_CHECK}")
    if not 1 <= targets.dim() < 3:
        raise RuntimeError(f"Expected 1 to 2 dimensions, but got {targets.dim()}-dimensional "
                           f"tensor for argument #2 'targets' {_CTC_CHECK}")
    if not 0 <= blank < log_probs.size(2):
        raise RuntimeError("blank must be in label range")
    samples = log_probs.size(1)
    for name, lengths in (("input_lengths", steps), ("target_lengths", labels)):
        if len(lengths) != samples:
            raise RuntimeError(f"{name} must be of size batch_size")
    _check_ctc_lengths("target_lengths", labels, _math.inf)
    wanted = sum(labels) if targets.dim() == 1 else samples
    if targets.size(0) != wanted:
        raise RuntimeError(f"Expected tensor to have size {wanted} at dimension 0, but got size "
                           f"{targets.size(0)} for argument #2 'targets' {_CTC_CHECK}")
    if targets.dim() == 2 and targets.size(1) < max(labels, default=0):
        raise RuntimeError(f"Expected tensor to have size at least {max(labels)} at dimension 1, "
                           f"but got size {targets.size(1)} for argument #2 'targets' {_CTC_CHECK}")
    _check_ctc_lengths("input_lengths", steps, log_probs.size(0))


def _in_rows(targets, labels, blank):
    """Targets one behind another as rows of one length."""
    rows = targets.new_full((len(labels), max(labels, default=0)), blank)
    for row, part in zip(rows, targets.split(labels)):
        row[:len(part)] = part
    return rows


def ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction="mean",
             zero_infinity=False):
    _check_reduction(reduction)
    how = ("none", "mean", "sum").index(reduction)
    _check_ctc_kinds(log_probs, targets, input_lengths, target_lengths, blank, how, zero_infinity)
    steps = _lengths("input_lengths", input_lengths)
    labels = _lengths("target_lengths", target_lengths)
    batched = log_probs.dim() == 3
    if not batched:
        log_probs, targets = log_probs.unsqueeze(1), targets.unsqueeze(0)
    targets = targets.to(device=log_probs.device, dtype=_torch.long)
    _check_ctc(log_probs, targets, steps, labels, blank)
    if targets.dim() == 1:
        targets = _in_rows(targets, labels, blank)
    counts = _torch.tensor([steps, labels], dtype=_torch.long, device=log_probs.device)
    loss = _ctc_loss(log_probs, targets, *counts, blank, zero_infinity)
    if zero_infinity:
        loss = _torch.where(loss == _math.inf, 0.0, loss)
    if reduction == "mean":
        return (loss / counts[1].clamp_min(1)).mean()
    return loss.sum() if reduction == "sum" else loss if batched else loss.squeeze(0)


# ---- others ------------------------------------------------------------------------------------

def _lp_pool(pool, input, norm_type, kernel_size, stride, ceil_mode):
    cells = _math.prod(kernel_size) if isinstance(kernel_size, tuple) else \
        kernel_size ** (input.dim() - 2 if pool is _avg_pool2d else 1)
    out = pool(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (_torch.sign(out) * _relu(_torch.abs(out))).mul(cells).pow(1.0 / norm_type)


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    return _lp_pool(_avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    size = kernel_size if isinstance(kernel_size, (tuple, list)) else (kernel_size, kernel_size)
    return _lp_pool(_avg_pool2d, input, norm_type, tuple(size), stride, ceil_mode)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    gumbels = -_torch.empty_like(logits).exponential_().log()
    soft = ((logits + gumbels) / tau).softmax(dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one = _torch.zeros_like(logits).scatter_(dim, index, 1.0)
    return one - soft.detach() + soft


# ---- rectifiers --------------------------------------------------------------------------------

def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    """Each element that is not above 0 takes a slope of its own, drawn in the order of the elements."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not input.is_floating_point():
        kind = input.type().split(".")[-1].removesuffix("Tensor")
        raise RuntimeError(f"\"leaky_relu_cpu\" not implemented for '{kind}'")
    with _torch.no_grad():
        falls = input <= 0
        noise = _torch.ones(input.shape, dtype=input.dtype, device=input.device)
        if training:
            drawn = _torch.empty(int(falls.sum()), dtype=_torch.double).uniform_(lower, upper)
            noise[falls] = drawn.to(noise)
        else:
            noise.masked_fill_(falls, (lower + upper) / 2)
    return _rrelu_with_noise(input, noise, lower, upper, training, inplace)


def rrelu_(input, lower=1.0 / 8, upper=1.0 / 3, training=False):
    return rrelu(input, lower, upper, training, True)


# ---- bags of embeddings ------------------------------------------------------------------------

_BAG_MODES = ("sum", "mean", "max")


def _check_bag_operands(input, weight, offsets, weights):
    if weights is not None and input.size() != weights.size():
        raise ValueError(f"embedding_bag: If per_sample_weights ({weights.shape}) is not None, "
                         f"then it must have the same shape as the input ({input.shape})")
    if weight.dim() != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension "
                         f"{weight.dim()}")
    if input.dim() == 2 and offsets is not None:
        raise ValueError("if input is 2D, then offsets has to be None, as input is treated is a "
                         "mini-batch of fixed length sequences. However, found offsets of type "
                         f"{type(offsets)}")
    if input.dim() == 1 and offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if input.dim() == 1 and offsets.dim() != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    if input.dim() not in (1, 2):
        raise ValueError("input has to be 1D or 2D Tensor, but got Tensor of dimension "
                         f"{input.dim()}")


def _check_bag_mode(mode, sparse, by_frequency, weights):
    if mode not in _BAG_MODES:
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and by_frequency:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
            f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub.")
    if sparse or by_frequency:
        what = "sparse" if sparse else "scale_grad_by_freq"
        raise NotImplementedError(f"embedding_bag({what}=True) is not supported by Gradlight")


def _check_indices(input, offsets, rows, is_plain):
    wrong = [each for each in (input, offsets) if each.dtype not in (_torch.long, _torch.int)]
    if wrong:
        kind = wrong[0].type()
        raise RuntimeError("Expected tensor for argument #1 'indices' to have one of the following "
                           f"scalar types: Long, Int; but got {kind} instead (while checking "
                           "arguments for embedding_bag)")
    wrong = ((input < 0) | (input >= rows)).nonzero()
    if wrong.numel():
        place = int(wrong[0])
        value = int(input[place])
        raise RuntimeError(f"Index {place} of input takes value {value} which is not in the valid "
                           f"range [0, {rows})" if is_plain else
                           "embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx "
                           f"to be {value}")


def _bags_of(input, offsets, include_last_offset):
    """(the bag of each index, how many bags)"""
    starts = offsets.tolist()
    if starts and starts[0] != 0:
        raise RuntimeError("offsets[0] has to be 0, i.e., the first sequence in the mini-batch has "
                           f"to start from position 0. However, got {starts[0]}")
    if starts and starts[-1] > input.numel():
        raise RuntimeError(f"offsets[-1] can not be greater than input's length {input.numel()} "
                           f"but got offsets[-1] of {starts[-1]}")
    ends = starts[1:] if include_last_offset else starts[1:] + [input.numel()]
    sizes = [end - start for start, end in zip(starts, ends)]
    bags = _torch.arange(len(sizes), device=input.device)
    used = sum(sizes)
    return bags.repeat_interleave(_torch.tensor(sizes, dtype=_torch.long,
                                                device=input.device)), len(sizes), used


def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False,
                  mode="mean", sparse=False, per_sample_weights=None, include_last_offset=False,
                  padding_idx=None):
    _check_bag_operands(input, weight, offsets, per_sample_weights)
    if input.dim() == 2:
        offsets = _torch.arange(0, input.numel(), input.size(1), device=input.device)
        input = input.reshape(-1)
        per_sample_weights = None if per_sample_weights is None else per_sample_weights.reshape(-1)
    _check_bag_mode(mode, sparse, scale_grad_by_freq, per_sample_weights)
    rows = weight.size(0)
    is_plain = mode != "max" and padding_idx is None and weight.dtype == _torch.float
    _check_indices(input, offsets, rows, is_plain)
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise RuntimeError("padding_idx must be within the number of embeddings, "
                               f"{-rows} through {rows - 1}, but got {padding_idx}")
        padding_idx %= rows
    if max_norm is not None:
        _embedding(input, weight, None, max_norm, norm_type)
    bags, count, used = _bags_of(input, offsets, include_last_offset)
    return _embedding_bag(weight, input[:used].long(), bags, count, _BAG_MODES.index(mode),
                          padding_idx,
                          None if per_sample_weights is None else per_sample_weights[:used])
