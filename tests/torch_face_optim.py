"""Optimizers whose groups and states the lesson reads and writes, and optimizers of its own."""

import collections

import torch

from torch_face import raises


def parameters(*sizes):
    return [torch.nn.Parameter(torch.ones(n)) for n in sizes]


# ---- states ---------------------------------------------------------------------------------------

def test_the_state_is_the_optimizers_own():
    p, q = parameters(2, 3)
    o = torch.optim.Adam([p, q], lr=0.1)
    assert type(o.state) is collections.defaultdict and len(o.state) == 0
    (p.sum() + q.sum()).backward()
    o.step()
    s = o.state[p]
    assert list(s) == ["step", "exp_avg", "exp_avg_sq"] and o.state[p] is s
    step, mean = s["step"], s["exp_avg"]
    o.step()
    assert o.state[p] is s and s["step"] is step and step.item() == 2 and s["exp_avg"] is mean
    mean.zero_()
    o.step()
    assert abs(mean[0].item() - 0.1) < 1e-6
    s["exp_avg"] = torch.full((2,), 5.0)
    s["step"] = torch.tensor(100.0)
    s["mine"] = 7
    o.step()
    assert s["step"].item() == 101 and abs(s["exp_avg"][0].item() - 4.6) < 1e-6
    saved = o.state_dict()
    assert saved["state"][0]["mine"] == 7 and saved["state"][0]["exp_avg"] is s["exp_avg"]
    del o.state[q]
    o.state[p].clear()
    o.step()
    assert o.state[p]["step"].item() == o.state[q]["step"].item() == 1
    o.state = collections.defaultdict(dict)
    o.step()
    assert o.state[p]["step"].item() == 1 and o.state[p] is not s


def test_a_state_that_is_none_is_refused():
    p, = parameters(2)
    p.sum().backward()
    o = torch.optim.SGD([p], momentum=0.9)
    o.step()
    o.state[p]["momentum_buffer"] = 3
    raises((TypeError, AttributeError), "", o.step)
    a = torch.optim.Adagrad([p])
    a.state.clear()
    raises(KeyError, "", a.step)


# ---- groups ---------------------------------------------------------------------------------------

def test_groups_are_the_optimizers_own():
    p, q, r = parameters(2, 3, 1)
    o = torch.optim.SGD([p], lr=0.1, momentum=0.9)
    for t in (p, q, r):
        t.grad = torch.ones_like(t)
    o.step()
    o.param_groups[0]["lr"] = 1.0
    o.param_groups[0]["momentum"] = 0
    o.step()
    assert abs(p[0].item() + 0.1) < 1e-6
    o.add_param_group({"params": q, "lr": 0.01, "mine": 3})
    assert o.param_groups[1]["mine"] == 3 and o.param_groups[1]["momentum"] == 0.9
    o.param_groups[1]["params"].append(r)
    o.step()
    assert abs(q[0].item() - 0.99) < 1e-6 and abs(r[0].item() - 0.99) < 1e-6
    o.zero_grad()
    assert p.grad is q.grad is r.grad is None
    o.param_groups = [o.param_groups[0]]
    p.grad, q.grad = torch.ones(2), torch.ones(3)
    o.step()
    assert abs(p[0].item() + 2.1) < 1e-6 and abs(q[0].item() - 0.99) < 1e-6
    o.param_groups.pop()
    o.step()
    assert abs(p[0].item() + 2.1) < 1e-6
    o.param_groups.append({"params": [1], "lr": 1})
    raises((TypeError, AttributeError, KeyError), "", o.step)


# ---- kinds ----------------------------------------------------------------------------------------

def run(kind, **options):
    p = torch.nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))
    o = kind([p], lr=0.1, **options)
    for _ in range(7):
        o.zero_grad()
        (p ** 2 * torch.tensor([1.0, 2.0, 0.1])).sum().backward()
        o.step()
    return p.tolist(), o


def test_nadam_and_radam_end_where_pytorchs_do():
    for kind, options, end in (
            (torch.optim.NAdam, {},
             [0.49832966923713684, -1.4667394161224365, 2.4572436809539795]),
            (torch.optim.NAdam, {"weight_decay": 0.1, "decoupled_weight_decay": True},
             [0.45408397912979126, -1.3544994592666626, 2.277019739151001]),
            (torch.optim.RAdam, {},
             [0.19696620106697083, 0.5079180598258972, 2.70066499710083]),
            (torch.optim.RAdam, {"weight_decay": 0.1},
             [0.1669028401374817, 0.5382165908813477, 2.5587317943573])):
        got, o = run(kind, **options)
        assert got == end, (kind, options, got)
    assert list(run(torch.optim.NAdam)[1].state_dict()["state"][0]) == [
        "step", "mu_product", "exp_avg", "exp_avg_sq"]
    raises(ValueError, "Invalid momentum_decay value: -1",
           lambda: torch.optim.NAdam(parameters(1), momentum_decay=-1))
    raises(ValueError, "Invalid beta parameter at index 0: 2",
           lambda: torch.optim.RAdam(parameters(1), betas=(2, 0.9)))


# ---- of the lesson's own --------------------------------------------------------------------------

class Descent(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.state[p]["count"] = self.state[p].get("count", 0) + 1
                    p.add_(p.grad, alpha=-group["lr"])


def test_an_optimizer_of_the_lesson():
    p, q = parameters(2, 1)
    o = Descent([{"params": [p]}, {"params": [q], "lr": 1.0}])
    scheduler = torch.optim.lr_scheduler.StepLR(o, 1, 0.5)
    for _ in range(2):
        o.zero_grad()
        (p.sum() + q.sum()).backward()
        o.step()
        scheduler.step()
    assert abs(p[0].item() - 0.85) < 1e-6 and abs(q.item() + 0.5) < 1e-6
    assert o.defaults == {"lr": 0.1} and o.state[p] == {"count": 2}
    saved = o.state_dict()
    assert saved["state"] == {0: {"count": 2}, 1: {"count": 2}}
    assert saved["param_groups"][1]["params"] == [1]
    assert repr(Descent([p])) == "Descent (\nParameter Group 0\n    lr: 0.1\n)"
    other = Descent([{"params": [p]}, {"params": [q]}])
    other.load_state_dict(saved)
    assert other.param_groups[1]["lr"] == 0.25 and other.state[q]["count"] == 2
    raises(NotImplementedError, "", torch.optim.Optimizer([p], {}).step)
    raises(TypeError, "", lambda: torch.optim.Optimizer([p]))


# ---- rates ----------------------------------------------------------------------------------------

def rates(make, steps=6):
    o = torch.optim.SGD(parameters(1), lr=0.1, momentum=0.9)
    scheduler = make(o)
    seen = []
    for _ in range(steps):
        seen.append((o.param_groups[0]["lr"], o.param_groups[0]["momentum"]))
        o.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [o.param_groups[0]["lr"]]
    return seen


def test_polynomial_cyclic_and_chained_rates():
    s = torch.optim.lr_scheduler
    assert [rate for rate, _ in rates(lambda o: s.PolynomialLR(o, 4, 2.0))] == [
        0.1, 0.05625, 0.024999999999999998, 0.0062499999999999995, 0.0, 0.0]
    assert rates(lambda o: s.CyclicLR(o, 0.01, 0.1, step_size_up=2), 4) == [
        (0.01, 0.9), (0.05500000000000001, 0.8500000000000001), (0.1, 0.8),
        (0.05500000000000001, 0.8500000000000001)]
    chained = rates(lambda o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9)]))
    assert [rate for rate, _ in chained][:3] == [
        0.010000000000000002, 0.009000000000000003, 0.08100000000000003]
    raises(ValueError, "mode is invalid and scale_fn is None",
           lambda: rates(lambda o: s.CyclicLR(o, 0.01, 0.1, mode="x")))
