"""The distributions of an introductory course: drawing, logarithms of densities, entropies, divergences.
What is drawn is drawn from the same random numbers as PyTorch's."""

import math as _math
from numbers import Number as _Number

import torch as _torch
import torch.nn.functional as _F

__all__ = ["Distribution", "Normal", "Uniform", "Exponential", "Bernoulli", "Categorical",
           "kl_divergence", "kl"]


# ---- constraints -------------------------------------------------------------------------------

class _Constraint:
    def __init__(self, name, check, dims=0):
        self._name, self.check, self._dims = name, check, dims

    def __repr__(self):
        return self._name

    def holds(self, value):
        """For each value, or each row of them."""
        good = self.check(value)
        return good.all(-1) if self._dims else good


_REAL = _Constraint("Real()", lambda x: x == x)
_POSITIVE = _Constraint("GreaterThan(lower_bound=0.0)", lambda x: x > 0)
_NOT_NEGATIVE = _Constraint("GreaterThanEq(lower_bound=0.0)", lambda x: x >= 0)
_UNIT = _Constraint("Interval(lower_bound=0.0, upper_bound=1.0)", lambda x: (x >= 0) & (x <= 1))
_BOOLEAN = _Constraint("Boolean()", lambda x: (x == 0) | (x == 1))
_REALS = _Constraint("IndependentConstraint(Real(), 1)", lambda x: x == x, 1)
_SIMPLEX = _Constraint("Simplex()", lambda x: (x >= 0) & ((x.sum(-1, keepdim=True) - 1).abs() < 1e-6), 1)


def _between(low, high, words):
    return _Constraint(words, lambda x: (x >= low) & (x <= high))


# ---- what all have -----------------------------------------------------------------------------

def _tensors(*values):
    """Numbers and tensors as tensors of one shape."""
    like = next((value for value in values if isinstance(value, _torch.Tensor)), None)
    dtype = _torch.get_default_dtype() if like is None else like.dtype
    return _torch.broadcast_tensors(*(value if isinstance(value, _torch.Tensor)
                                      else _torch.tensor(value, dtype=dtype) for value in values))


class Distribution:
    has_rsample = False
    _validates = True

    def __init__(self, batch_shape=(), event_shape=(), validate_args=None):
        self._batch_shape = _torch.Size(batch_shape)
        self._event_shape = _torch.Size(event_shape)
        if validate_args is not None:
            self._validates = validate_args
        if self._validates:
            for name, constraint in self.arg_constraints.items():
                if name in self.__dict__:
                    self._check_argument(name, self.__dict__[name], constraint)

    arg_constraints = {}
    support = _REAL

    @staticmethod
    def set_default_validate_args(value):
        if value not in (True, False):
            raise ValueError
        Distribution._validates = value

    def _check_argument(self, name, value, constraint):
        if not constraint.holds(value).all():
            raise ValueError(
                f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of "
                f"distribution {self!r} to satisfy the constraint {constraint!r}, but found invalid "
                f"values:\n{value}")

    def _check_sample(self, value):
        if not isinstance(value, _torch.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        wanted = self._batch_shape + self._event_shape
        for one, other in zip(reversed(value.size()), reversed(wanted)):
            if one != 1 and other != 1 and one != other:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: "
                                 f"{value.size()} vs {wanted}.")
        if not self.support.holds(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be "
                f"within the support ({self.support!r}) of the distribution {self!r}, but found "
                f"invalid values:\n{value}")

    def _extended(self, sample_shape):
        return _torch.Size(sample_shape) + self._batch_shape + self._event_shape

    @property
    def batch_shape(self):
        return self._batch_shape

    @property
    def event_shape(self):
        return self._event_shape

    @property
    def stddev(self):
        return self.variance.sqrt()

    def sample(self, sample_shape=_torch.Size()):
        with _torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape=_torch.Size()):
        raise NotImplementedError

    def cdf(self, value):
        raise NotImplementedError

    @property
    def mode(self):
        raise NotImplementedError(f"{type(self)} does not implement mode")

    def perplexity(self):
        return _torch.exp(self.entropy())

    def __repr__(self):
        names = [name for name in self.arg_constraints if name in self.__dict__]
        shown = ", ".join(f"{name}: {value if value.numel() == 1 else value.size()}"
                          for name, value in ((name, self.__dict__[name]) for name in names))
        return f"{type(self).__name__}({shown})"


class _lazy:
    """An attribute that is computed when it is first asked for, and then kept."""

    def __init__(self, compute):
        self._compute, self._name = compute, compute.__name__

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        with _torch.enable_grad():
            value = self._compute(instance)
        setattr(instance, self._name, value)
        return value


# ---- numbers -----------------------------------------------------------------------------------

class Normal(Distribution):
    __module__ = "torch.distributions.normal"
    arg_constraints = {"loc": _REAL, "scale": _POSITIVE}
    has_rsample = True

    def __init__(self, loc, scale, validate_args=None):
        self.loc, self.scale = _tensors(loc, scale)
        super().__init__(self.loc.size(), validate_args=validate_args)

    mean = mode = property(lambda self: self.loc)
    stddev = property(lambda self: self.scale)
    variance = property(lambda self: self.stddev.pow(2))

    def sample(self, sample_shape=_torch.Size()):
        shape = self._extended(sample_shape)
        with _torch.no_grad():
            return _torch.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape=_torch.Size()):
        shape = self._extended(sample_shape)
        zeros = _torch.zeros(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + _torch.normal(zeros, _torch.ones_like(zeros)) * self.scale

    def log_prob(self, value):
        if self._validates:
            self._check_sample(value)
        var = self.scale ** 2
        log_scale = _math.log(self.scale) if isinstance(self.scale, _Number) else self.scale.log()
        return (-((value - self.loc) ** 2) / (2 * var) - log_scale
                - _math.log(_math.sqrt(2 * _math.pi)))

    def cdf(self, value):
        return 0.5 * (1 + _torch.erf((value - self.loc) * self.scale.reciprocal() / _math.sqrt(2)))

    def entropy(self):
        return 0.5 + 0.5 * _math.log(2 * _math.pi) + _torch.log(self.scale)


class Uniform(Distribution):
    __module__ = "torch.distributions.uniform"
    arg_constraints = {"low": _REAL, "high": _REAL}
    has_rsample = True

    def __init__(self, low, high, validate_args=None):
        self.low, self.high = _tensors(low, high)
        super().__init__(self.low.size(), validate_args=validate_args)
        if self._validates and not _torch.lt(self.low, self.high).all():
            raise ValueError("Uniform is not defined when low>= high")

    mean = property(lambda self: (self.high + self.low) / 2)
    mode = property(lambda self: _math.nan * self.high)
    stddev = property(lambda self: (self.high - self.low) / 12 ** 0.5)
    variance = property(lambda self: (self.high - self.low).pow(2) / 12)

    @property
    def support(self):
        return _between(self.low, self.high, f"Interval(lower_bound={self.low}, upper_bound={self.high})")

    def rsample(self, sample_shape=_torch.Size()):
        rand = _torch.rand(self._extended(sample_shape), dtype=self.low.dtype, device=self.low.device)
        return self.low + rand * (self.high - self.low)

    def log_prob(self, value):
        if self._validates:
            self._check_sample(value)
        inside = self.low.le(value).type_as(self.low).mul(self.high.gt(value).type_as(self.low))
        return _torch.log(inside) - _torch.log(self.high - self.low)

    def cdf(self, value):
        return ((value - self.low) / (self.high - self.low)).clamp(min=0, max=1)

    def entropy(self):
        return _torch.log(self.high - self.low)


class Exponential(Distribution):
    __module__ = "torch.distributions.exponential"
    arg_constraints = {"rate": _POSITIVE}
    support = _NOT_NEGATIVE
    has_rsample = True

    def __init__(self, rate, validate_args=None):
        self.rate, = _tensors(rate)
        super().__init__(self.rate.size(), validate_args=validate_args)

    mean = stddev = property(lambda self: self.rate.reciprocal())
    mode = property(lambda self: _torch.zeros_like(self.rate))
    variance = property(lambda self: self.rate.pow(-2))

    def rsample(self, sample_shape=_torch.Size()):
        return self.rate.new_empty(self._extended(sample_shape)).exponential_() / self.rate

    def log_prob(self, value):
        if self._validates:
            self._check_sample(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value):
        return 1 - _torch.exp(-self.rate * value)

    def entropy(self):
        return 1.0 - _torch.log(self.rate)


# ---- choices -----------------------------------------------------------------------------------

def _one_of(probs, logits):
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def _clamped(probs):
    eps = _torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


class Bernoulli(Distribution):
    __module__ = "torch.distributions.bernoulli"
    arg_constraints = {"probs": _UNIT, "logits": _REAL}
    support = _BOOLEAN

    def __init__(self, probs=None, logits=None, validate_args=None):
        _one_of(probs, logits)
        if probs is not None:
            self.probs, = _tensors(probs)
        else:
            self.logits, = _tensors(logits)
        self._param = self.logits if probs is None else self.probs
        super().__init__(self._param.size(), validate_args=validate_args)

    @_lazy
    def logits(self):
        safe = _clamped(self.probs)
        return _torch.log(safe) - _torch.log1p(-safe)

    @_lazy
    def probs(self):
        return _torch.sigmoid(self.logits)

    mean = property(lambda self: self.probs)
    mode = property(lambda self: (self.probs >= 0.5).to(self.probs).masked_fill(
        self.probs == 0.5, _math.nan))
    variance = property(lambda self: self.probs * (1 - self.probs))

    def sample(self, sample_shape=_torch.Size()):
        with _torch.no_grad():
            return _torch.bernoulli(self.probs.expand(self._extended(sample_shape)))

    def log_prob(self, value):
        if self._validates:
            self._check_sample(value)
        logits, value = _torch.broadcast_tensors(self.logits, value)
        return -_F.binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        return _F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(Distribution):
    __module__ = "torch.distributions.categorical"
    arg_constraints = {"probs": _SIMPLEX, "logits": _REALS}

    def __init__(self, probs=None, logits=None, validate_args=None):
        _one_of(probs, logits)
        given = probs if logits is None else logits
        if given.dim() < 1:
            raise ValueError(f"`{'probs' if logits is None else 'logits'}` parameter must be at least "
                             "one-dimensional.")
        if probs is not None:
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
        self._param = self.probs if probs is not None else self.logits
        self._num_events = self._param.size()[-1]
        super().__init__(self._param.size()[:-1], validate_args=validate_args)

    @_lazy
    def logits(self):
        return _torch.log(_clamped(self.probs))

    @_lazy
    def probs(self):
        return _F.softmax(self.logits, dim=-1)

    @property
    def support(self):
        last = self._num_events - 1
        return _Constraint(f"IntegerInterval(lower_bound=0, upper_bound={last})",
                           lambda x: (x % 1 == 0) & (x >= 0) & (x <= last))

    mode = property(lambda self: self.probs.argmax(dim=-1))

    @property
    def param_shape(self):
        return self._param.size()

    def sample(self, sample_shape=_torch.Size()):
        sample_shape = _torch.Size(sample_shape)
        rows = self.probs.reshape(-1, self._num_events)
        with _torch.no_grad():
            drawn = _torch.multinomial(rows, sample_shape.numel(), True).T
        return drawn.reshape(self._extended(sample_shape))

    def log_prob(self, value):
        if self._validates:
            self._check_sample(value)
        value, logits = _torch.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        logits = _torch.clamp(self.logits, min=_torch.finfo(self.logits.dtype).min)
        return -(logits * self.probs).sum(-1)


# ---- divergences -------------------------------------------------------------------------------

def _where_none(term, p, q):
    """What q holds for impossible is infinitely far; what p does adds nothing."""
    term = term.masked_fill((q == 0).expand_as(term), _math.inf)
    return term.masked_fill((p == 0).expand_as(term), 0)


def _normals(p, q):
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


def _coins(p, q):
    heads = p.probs * (_F.softplus(-q.logits) - _F.softplus(-p.logits))
    tails = (1 - p.probs) * (_F.softplus(q.logits) - _F.softplus(p.logits))
    return _where_none(heads, p.probs, q.probs) + _where_none(tails, 1 - p.probs, 1 - q.probs)


def _categories(p, q):
    return _where_none(p.probs * (p.logits - q.logits), p.probs, q.probs).sum(-1)


def _uniforms(p, q):
    result = _torch.log((q.high - q.low) / (p.high - p.low))
    return result.masked_fill((q.low > p.low) | (q.high < p.high), _math.inf)


def _exponentials(p, q):
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


_divergences = {Normal: _normals, Bernoulli: _coins, Categorical: _categories, Uniform: _uniforms,
                Exponential: _exponentials}


def kl_divergence(p, q):
    """KL(p || q) of two distributions of one kind."""
    if type(p) is not type(q) or type(p) not in _divergences:
        raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q "
                                  f"type {type(q).__name__}")
    return _divergences[type(p)](p, q)


class kl:
    kl_divergence = staticmethod(kl_divergence)
