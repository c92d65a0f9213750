"""What training needs besides the engine: schedulers, data sets and loaders, held against numbers that
PyTorch's formulas give."""

import warnings

import torch
import torch.nn as nn
import torch.optim as optim
from torch_face import raises


def said(function):
    """The texts of the warnings that `function` gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function()
    return [str(warning.message) for warning in caught]


# ---- schedulers --------------------------------------------------------------------------------

def rates(make, count, rate=0.1):
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=rate)
    scheduler = make(optimizer)
    found = []
    for _ in range(count):
        found.append(scheduler.get_last_lr()[0])
        assert optimizer.param_groups[0]["lr"] == found[-1]
        optimizer.step()
        scheduler.step()
    return found


def test_schedulers_give_pytorchs_rates():
    schedulers = optim.lr_scheduler
    assert rates(lambda o: schedulers.StepLR(o, 2), 5) == \
        [0.1, 0.1, 0.010000000000000002, 0.010000000000000002, 0.0010000000000000002]
    assert rates(lambda o: schedulers.MultiStepLR(o, [1, 3]), 4) == \
        [0.1, 0.010000000000000002, 0.010000000000000002, 0.0010000000000000002]
    assert rates(lambda o: schedulers.ExponentialLR(o, 0.9), 3) == \
        [0.1, 0.09000000000000001, 0.08100000000000002]
    assert rates(lambda o: schedulers.CosineAnnealingLR(o, 5), 6) == \
        [0.1, 0.09045084971874738, 0.06545084971874737, 0.03454915028125263,
         0.009549150281252633, 0.0]
    assert rates(lambda o: schedulers.LambdaLR(o, lambda epoch: 0.95 ** epoch), 3) == \
        [0.1, 0.095, 0.09025]
    assert rates(lambda o: schedulers.ConstantLR(o, 0.5, 2), 4) == [0.05, 0.05, 0.1, 0.1]
    assert rates(schedulers.LinearLR, 6)[-1] == 0.1
    cycle = rates(lambda o: schedulers.OneCycleLR(o, 0.1, total_steps=4, cycle_momentum=False), 4)
    assert cycle[1] > cycle[0] and cycle[-1] < 1e-6
    raises(ValueError, "Factor should be < 1.0.",
           lambda: rates(lambda o: schedulers.ReduceLROnPlateau(o, factor=1.0), 1))
    raises(TypeError, "int is not an Optimizer", lambda: schedulers.StepLR(1, 2))
    raises(ValueError, "Expected 1 lr_lambdas, but got 2",
           lambda: rates(lambda o: schedulers.LambdaLR(o, [abs, abs]), 1))


def test_schedulers_in_sequence():
    schedulers = optim.lr_scheduler

    def make(optimizer):
        return schedulers.SequentialLR(
            optimizer, [schedulers.ConstantLR(optimizer, 0.5, 10),
                        schedulers.ExponentialLR(optimizer, 0.5)], milestones=[2])
    assert rates(make, 4, 1.0) == [0.5, 0.5, 1.0, 0.5]


def test_a_plateau_lowers_the_rate():
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
    found = []
    for loss in [1.0, torch.tensor(0.5), 0.5, 0.5, 0.5, 0.5]:
        scheduler.step(loss)
        found.append(scheduler.get_last_lr()[0])
    assert found == [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]


def test_a_scheduler_says_when_it_comes_too_early():
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
    assert "Detected call of `lr_scheduler.step()` before" in said(scheduler.step)[0]
    assert "please use `get_last_lr()`" in said(scheduler.get_lr)[0]
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.step()
    assert said(scheduler.step) == []
    state = scheduler.state_dict()
    assert state == {"step_size": 1, "gamma": 0.1, "base_lrs": [1.0], "last_epoch": 1,
                     "verbose": False, "_step_count": 2, "_get_lr_called_within_step": False,
                     "_last_lr": [0.1]}
    other = optim.lr_scheduler.StepLR(optimizer, 7)
    other.load_state_dict(state)
    assert other.step_size == 1 and other.last_epoch == 1


# ---- optimizers --------------------------------------------------------------------------------

def trained(optimizer, model, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.ones(1, 2)).sum().backward()
        optimizer.step()
    return [p.tolist() for p in model.parameters()]


def test_a_loaded_optimizer_goes_on_where_the_other_was():
    import copy
    for make in [lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: optim.Adam(p, amsgrad=True),
                 lambda p: optim.AdamW(p, lr=0.01), lambda p: optim.Adamax(p),
                 lambda p: optim.RMSprop(p, centered=True, momentum=0.5),
                 lambda p: optim.Adagrad(p, lr_decay=0.1), lambda p: optim.Adadelta(p)]:
        model = nn.Linear(2, 2)
        optimizer = make(model.parameters())
        trained(optimizer, model, 2)
        twin = copy.deepcopy(model)
        other = make(twin.parameters())
        state = copy.deepcopy(optimizer.state_dict())
        state["param_groups"][0]["lr"] = optimizer.param_groups[0]["lr"] = 0.03
        other.load_state_dict(state)
        assert trained(optimizer, model, 3) == trained(other, twin, 3), type(optimizer)
    raises(ValueError, "loaded state dict has a different number of parameter groups",
           lambda: other.load_state_dict({"state": {}, "param_groups": []}))
    raises(ValueError, "contains a parameter group that doesn't match the size",
           lambda: other.load_state_dict({"state": {}, "param_groups": [{"params": [0]}]}))
    state["state"][0]["square_avg"] = torch.ones(7)
    raises(RuntimeError, "not a tensor of its parameter's shape",
           lambda: other.load_state_dict(state))


def test_groups_keep_what_the_lesson_says_of_them():
    layer = nn.Linear(1, 1)
    optimizer = optim.Adam([{"params": [layer.weight], "name": "head", "lr": 0.5}], lr=0.1)
    assert list(optimizer.param_groups[0])[:3] == ["params", "name", "lr"]
    optim.lr_scheduler.StepLR(optimizer, 1)
    optimizer.add_param_group({"params": layer.bias})
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 0.1]
    assert optimizer.param_groups[0]["initial_lr"] == 0.5
    assert optimizer.state_dict()["param_groups"][0]["name"] == "head"
    raises(TypeError, "param_group must be a dict, but got <class 'list'>",
           lambda: optimizer.add_param_group([layer.bias]))
    raises(ValueError, "some parameters appear in more than one parameter group",
           lambda: optimizer.add_param_group({"params": [layer.bias]}))
    raises(TypeError, "need to be organized in ordered collections",
           lambda: optim.SGD({layer.weight}))
    raises(ValueError, "Invalid rho value: 2", lambda: optim.Adadelta([layer.weight], rho=2))


def test_a_step_of_adadelta_and_of_adamax():
    w = torch.tensor([1.0], requires_grad=True)
    w.grad = torch.tensor([2.0])
    optim.Adadelta([w]).step()
    assert abs(w.item() - (1 - (1e-6 / (0.4 + 1e-6)) ** 0.5 * 2)) < 1e-6
    w = torch.tensor([1.0], requires_grad=True)
    w.grad = torch.tensor([2.0])
    optim.Adamax([w], lr=0.1).step()
    assert abs(w.item() - 0.9) < 1e-6


# ---- data ----------------------------------------------------------------------------------------

def test_samplers_and_splits():
    from torch.utils.data import BatchSampler, RandomSampler, SequentialSampler, random_split
    assert list(BatchSampler(SequentialSampler(range(5)), 2, False)) == [[0, 1], [2, 3], [4]]
    assert list(BatchSampler(SequentialSampler(range(5)), 2, True)) == [[0, 1], [2, 3]]
    order = torch.randperm(6, generator=torch.Generator().manual_seed(3)).tolist()
    first, second = random_split(range(6), [4, 2], generator=torch.Generator().manual_seed(3))
    assert first.indices + second.indices == order and len(first) == 4
    assert first[0] == order[0]
    assert [len(part) for part in random_split(range(7), [0.5, 0.5])] == [4, 3]
    raises(ValueError, "Sum of input lengths does not equal the length of the input dataset!",
           lambda: random_split(range(6), [4, 3]))
    generator = torch.Generator().manual_seed(3)
    assert list(RandomSampler(range(6), generator=generator)) == order
    assert len(list(RandomSampler(range(6), replacement=True, num_samples=40))) == 40
    raises(ValueError, "num_samples should be a positive integer value, but got num_samples=0",
           lambda: RandomSampler([]))


def test_shuffling_draws_what_pytorch_draws():
    from torch.utils.data import DataLoader
    torch.manual_seed(0)
    shuffled = [x for batch in DataLoader(range(6), 2, shuffle=True, collate_fn=list)
                for x in batch]
    torch.manual_seed(0)
    torch.default_generator._draw_seed()  # for workers that do not exist
    seed = torch.default_generator._draw_seed()
    assert shuffled == torch.randperm(6, generator=torch.Generator().manual_seed(seed)).tolist()


def test_loaders():
    from torch.utils.data import ConcatDataset, DataLoader, IterableDataset, Subset, TensorDataset
    loader = DataLoader(range(5), batch_size=2)
    assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3], [4]] and len(loader) == 3
    assert len(DataLoader(range(5), batch_size=2, drop_last=True)) == 2
    assert list(DataLoader(["a", "b"], batch_size=2)) == [["a", "b"]]
    assert list(DataLoader([1, 2], batch_size=None)) == [1, 2]
    both = ConcatDataset([Subset("abc", [2, 0]), "de"])
    assert [both[i] for i in range(-1, 4)] == ["e", "c", "a", "d", "e"]

    class Count(IterableDataset):
        def __iter__(self):
            return iter(range(5))
    assert [batch.tolist() for batch in DataLoader(Count(), batch_size=2)] == [[0, 1], [2, 3], [4]]
    records = [{"x": 1, "y": (1.5, "a")}, {"x": 2, "y": (2.5, "b")}]
    batch = next(iter(DataLoader(records, batch_size=2)))
    assert batch["x"].tolist() == [1, 2] and batch["y"][0].dtype == torch.float64
    assert batch["y"][1] == ("a", "b")
    assert TensorDataset(torch.ones(2, 3), torch.zeros(2))[1][0].tolist() == [1, 1, 1]
    raises(AssertionError, "Size mismatch between tensors",
           lambda: TensorDataset(torch.ones(2), torch.ones(3)))
    raises(ValueError, "sampler option is mutually exclusive with shuffle",
           lambda: DataLoader(range(3), sampler=range(3), shuffle=True))
    raises(TypeError, "found <class 'object'>", lambda: list(DataLoader([object()])))
    raises(ValueError, "batch_size attribute should not be set after DataLoader is initialized",
           lambda: setattr(loader, "batch_size", 3))
    assert "in one process" in said(lambda: DataLoader(range(3), num_workers=2))[0]
