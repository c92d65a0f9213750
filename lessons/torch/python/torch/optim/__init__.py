"""Optimizers that are written in Python, step by step as PyTorch's are without foreach."""

import torch as _torch
from torch.optim import Optimizer as _Optimizer

__all__ = ["Rprop", "ASGD", "LBFGS"]


def _check_rate(lr):
    if isinstance(lr, _torch.Tensor) and lr.numel() != 1:
        raise ValueError("Tensor lr must be 1-element")
    if not 0.0 <= lr:
        raise ValueError(f"Invalid learning rate: {lr}")


class _Stepwise(_Optimizer):
    """Calls _update(parameter, gradient, group, state) for each parameter that has a gradient."""

    @_torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with _torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["step"] = _torch.tensor(0.0)
                    self._begin(p, group, state)
                state["step"] += 1
                self._update(p, -p.grad if group["maximize"] else p.grad, group, state)
        return loss


class Rprop(_Stepwise):
    """Riedmiller 1992: each element has a step of its own, which grows by etas[1] while the gradient's
    sign stays, and shrinks by etas[0], without being taken, where it turns."""

    __module__ = "torch.optim.rprop"

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *,
                 capturable=False, foreach=None, maximize=False, differentiable=False):
        _check_rate(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, dict(
            lr=lr, etas=etas, step_sizes=step_sizes, foreach=foreach, maximize=maximize,
            differentiable=differentiable, capturable=capturable))

    def _begin(self, p, group, state):
        state["prev"] = _torch.zeros_like(p)
        state["step_size"] = _torch.full_like(p.grad, float(group["lr"]))

    def _update(self, p, grad, group, state):
        shrink, grow = group["etas"]
        turn = grad.mul(state["prev"]).sign()
        factor = _torch.ones_like(turn)
        factor[turn > 0] = grow
        factor[turn < 0] = shrink
        state["step_size"].mul_(factor).clamp_(*group["step_sizes"])
        grad = grad.clone()
        grad[turn < 0] = 0
        p.addcmul_(grad.sign(), state["step_size"], value=-1)
        state["prev"].copy_(grad)


class ASGD(_Stepwise):
    """Polyak & Juditsky 1992: descent with a falling rate, and the mean of where it was in "ax"."""

    __module__ = "torch.optim.asgd"

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0,
                 foreach=None, maximize=False, differentiable=False, capturable=False):
        _check_rate(lr)
        if not 0.0 <= weight_decay:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        super().__init__(params, dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay, foreach=foreach,
            maximize=maximize, differentiable=differentiable, capturable=capturable))

    def _begin(self, p, group, state):
        state["eta"] = _torch.tensor(float(group["lr"]))
        state["mu"] = _torch.tensor(1.0)
        state["ax"] = _torch.zeros_like(p)

    def _update(self, p, grad, group, state):
        lr, lambd, step = group["lr"], group["lambd"], state["step"].item()
        eta, mu, mean = state["eta"], state["mu"], state["ax"]
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        rate = eta.item()
        p.mul_(1 - lambd * rate)
        p.add_(grad, alpha=-rate)
        if mu.item() != 1:
            mean.add_(p.sub(mean).mul_(mu))
        else:
            mean.copy_(p)
        eta.fill_(float(lr / (1 + lambd * lr * step) ** group["alpha"]))
        mu.fill_(1 / max(1, step - group["t0"]))


# ---- L-BFGS ------------------------------------------------------------------------------------

def _cubic_minimum(a, b, bounds):
    """Where the cubic through two points (place, value, slope) is least, within the bounds
    (Nocedal & Wright, equation 3.59)."""
    (x1, f1, g1), (x2, f2, g2) = (a, b) if a[0] <= b[0] else (b, a)
    low, high = bounds
    d1 = a[2] + b[2] - 3 * (a[1] - b[1]) / (a[0] - b[0])
    square = d1 ** 2 - a[2] * b[2]
    if square < 0:
        return (low + high) / 2.0
    d2 = square.sqrt()
    place = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    return min(max(place, low), high)


class _LineSearch:
    """A step length with the strong Wolfe conditions (Nocedal & Wright, algorithms 3.5 and 3.6). A
    point is (length, loss, slope along the direction, gradient)."""

    DECREASE, CURVATURE, MOST = 1e-4, 0.9, 25

    def __init__(self, evaluate, direction, loss, slope, gradient, smallest):
        self.evaluate = evaluate
        self.direction = direction
        self.start = (0, loss, slope, gradient.clone())
        self.smallest = smallest
        self.tried = 0

    def at(self, length):
        loss, gradient = self.evaluate(length, self.direction)
        self.tried += 1
        return length, loss, gradient.dot(self.direction), gradient

    def is_too_high(self, point):
        _, loss, slope, _ = self.start
        return point[1] > loss + self.DECREASE * point[0] * slope

    def is_flat(self, point):
        return abs(point[2]) <= -self.CURVATURE * self.start[2]

    def run(self, length):
        """(the point, how many were tried)"""
        before, point = self.start, self.at(length)
        for i in range(self.MOST):
            if self.is_too_high(point) or (i > 1 and point[1] >= before[1]):
                return self.zoom(before, point, i), self.tried
            if self.is_flat(point):
                return point, self.tried
            if point[2] >= 0:
                return self.zoom(before, point, i), self.tried
            bounds = (point[0] + 0.01 * (point[0] - before[0]), point[0] * 10)
            length = _cubic_minimum(before[:3], point[:3], bounds)
            before, point = point, self.at(length)
        return (point if point[1] < self.start[1] else self.start), self.tried

    def zoom(self, a, b, rounds):
        """Between two points, of which one is low enough: the lower of them in the end."""
        low, high = (a, b) if a[1] <= b[1] else (b, a)
        width, stuck = self.direction.abs().max(), False
        for _ in range(rounds, self.MOST):
            if abs(high[0] - low[0]) * width < self.smallest:
                break
            left, right = min(low[0], high[0]), max(low[0], high[0])
            length = _cubic_minimum(low[:3], high[:3], (left, right))
            margin = 0.1 * (right - left)
            near_end = min(right - length, length - left) < margin
            if near_end and (stuck or length >= right or length <= left):
                nearer = abs(length - right) < abs(length - left)
                length = right - margin if nearer else left + margin
                stuck = False
            else:
                stuck = bool(near_end)
            point = self.at(length)
            if self.is_too_high(point) or point[1] >= low[1]:
                low, high = (low, point) if low[1] <= point[1] else (point, low)
                continue
            if self.is_flat(point):
                return point
            if point[2] * (high[0] - low[0]) >= 0:
                high = low
            low = point
        return low


class LBFGS(_Optimizer):
    """Quasi-Newton steps from the last `history_size` changes of the gradient (Nocedal & Wright,
    algorithm 7.4)."""

    __module__ = "torch.optim.lbfgs"

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7,
                 tolerance_change=1e-9, history_size=100, line_search_fn=None):
        _check_rate(lr)
        super().__init__(params, dict(
            lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change,
            history_size=history_size, line_search_fn=line_search_fn))
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def _gradient(self):
        return _torch.cat([_torch.zeros(p.numel(), dtype=p.dtype, device=p.device)
                           if p.grad is None else p.grad.reshape(-1) for p in self._params])

    def _move(self, length, direction):
        parts = direction.split([p.numel() for p in self._params])
        for p, part in zip(self._params, parts):
            p.add_(part.view_as(p), alpha=float(length))

    def _remember(self, state, gradient, most):
        change = gradient.sub(state["prev_flat_grad"])
        moved = state["d"].mul(state["t"])
        curvature = change.dot(moved)
        if curvature > 1e-10:
            for name, value in (("old_dirs", change), ("old_stps", moved),
                                ("ro", 1.0 / curvature)):
                state[name].append(value)
                del state[name][:-most]
            state["H_diag"] = curvature / change.dot(change)

    @staticmethod
    def _newton_direction(state, gradient):
        changes, moves, shares = state["old_dirs"], state["old_stps"], state["ro"]
        direction, weights = gradient.neg(), [None] * len(changes)
        for i in reversed(range(len(changes))):
            weights[i] = moves[i].dot(direction) * shares[i]
            direction.add_(changes[i], alpha=-float(weights[i]))
        direction = _torch.mul(direction, state["H_diag"])
        for i, (change, moved, share) in enumerate(zip(changes, moves, shares)):
            direction.add_(moved, alpha=float(weights[i] - change.dot(direction) * share))
        return direction

    def _direction(self, state, gradient, most):
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return gradient.neg()
        self._remember(state, gradient, most)
        return self._newton_direction(state, gradient)

    def _searched(self, closure, group, state, loss, gradient, slope):
        """(loss, gradient, how often the closure was called) after the move."""
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        begin = [p.clone() for p in self._params]

        def evaluate(length, direction):
            self._move(length, direction)
            found = float(closure())
            around = self._gradient()
            for p, was in zip(self._params, begin):
                p.copy_(was)
            return found, around

        search = _LineSearch(evaluate, state["d"], loss, slope, gradient, 1e-9)
        (length, loss, _, gradient), tried = search.run(state["t"])
        state["t"] = length
        self._move(length, state["d"])
        return loss, gradient, tried

    @_torch.no_grad()
    def step(self, closure):
        closure = _torch.enable_grad()(closure)
        group, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss, evaluated = float(first), 1
        state["func_evals"] += 1
        gradient = self._gradient()
        smallest, most = group["tolerance_change"], group["max_iter"]
        if gradient.abs().max() <= group["tolerance_grad"]:
            return first
        for i in range(1, most + 1):
            state["n_iter"] += 1
            state["d"] = self._direction(state, gradient, group["history_size"])
            state["prev_flat_grad"] = gradient.clone()
            before = state["prev_loss"] = loss
            is_first = state["n_iter"] == 1
            state["t"] = (min(1.0, 1.0 / gradient.abs().sum()) if is_first else 1) * group["lr"]
            slope = gradient.dot(state["d"])
            if slope > -smallest:
                break
            tried = 0
            if group["line_search_fn"] is not None:
                loss, gradient, tried = self._searched(closure, group, state, loss, gradient,
                                                       slope)
            else:
                self._move(state["t"], state["d"])
                if i != most:
                    loss, gradient, tried = float(closure()), self._gradient(), 1
            evaluated += tried
            state["func_evals"] += tried
            if (i == most or evaluated >= group["max_eval"]
                    or gradient.abs().max() <= group["tolerance_grad"]
                    or state["d"].mul(state["t"]).abs().max() <= smallest
                    or abs(loss - before) < smallest):
                break
        return first
