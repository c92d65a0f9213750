"""Generators, chances and first weights, beyond the golden streams."""

import torch
import torch.nn as nn
from torch_face import raises


def test_states_of_generators():
    torch.manual_seed(3)
    torch.randn(3)  # one normal waits
    state = torch.get_rng_state()
    assert state.shape == (5056,) and state.dtype == torch.uint8
    first = torch.randn(4).tolist()
    torch.set_rng_state(state)
    assert torch.randn(4).tolist() == first
    torch.set_rng_state(state)
    with torch.random.fork_rng():
        torch.rand(100)
    assert torch.randn(4).tolist() == first
    generator = torch.Generator()
    assert generator.initial_seed() == 67280421310721 and generator.device == torch.device("cpu")
    twin = generator.clone_state()
    assert torch.rand(2, generator=twin).tolist() == torch.rand(2, generator=generator).tolist()
    twin.set_state(state)
    assert torch.randn(4, generator=twin).tolist() == first
    assert generator.seed() == generator.initial_seed()
    raises(TypeError, "RNG state must be a torch.ByteTensor",
           lambda: torch.set_rng_state(torch.ones(2)))
    raises(RuntimeError, "RNG state is wrong size",
           lambda: torch.set_rng_state(torch.zeros(2, dtype=torch.uint8)))
    raises(RuntimeError, "Invalid mt19937 state",
           lambda: torch.set_rng_state(torch.zeros(5056, dtype=torch.uint8)))


def test_chances():
    torch.manual_seed(0)
    coins = torch.bernoulli(torch.full((1000,), 0.3))
    assert set(coins.tolist()) == {0, 1} and 200 < coins.sum() < 400
    assert torch.zeros(3).bernoulli_(torch.tensor([0.0, 1.0, 0.0])).tolist() == [0, 1, 0]
    assert torch.ones(2, 2).bernoulli_(torch.tensor([0.0, 1.0])).tolist() == [[0, 1], [0, 1]]
    weights = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    assert torch.multinomial(weights, 4, replacement=True).tolist() == [[1] * 4, [0] * 4]
    assert sorted(torch.multinomial(torch.ones(5), 5).tolist()) == [0, 1, 2, 3, 4]
    raises(RuntimeError, "cannot sample n_sample > prob_dist.size(-1) samples without replacement",
           lambda: torch.multinomial(torch.ones(2), 3))
    raises(RuntimeError, "invalid multinomial distribution",
           lambda: torch.multinomial(torch.zeros(2), 1))
    raises(RuntimeError, "contains either `inf`, `nan` or element < 0",
           lambda: torch.multinomial(torch.tensor([-1.0, 2.0]), 1))
    raises(RuntimeError, "Expected p_in >= 0 && p_in <= 1", lambda: torch.bernoulli(torch.ones(1) * 2))
    raises(RuntimeError, "exponential_ expects lambda > 0.0, but found lambda=0",
           lambda: torch.ones(1).exponential_(0))
    numbers = torch.empty(100, dtype=torch.int64).random_(3, 6)
    assert set(numbers.tolist()) == {3, 4, 5}
    assert torch.empty(9, dtype=torch.uint8).random_().max().item() < 256
    assert torch.randint_like(torch.ones(4), 1, 2).tolist() == [1, 1, 1, 1]
    assert torch.normal(torch.tensor([5.0, 6.0]), 0.0).tolist() == [5, 6]
    raises(RuntimeError, "a leaf Variable that requires grad is being used in an in-place",
           lambda: torch.ones(1, requires_grad=True).exponential_())


def test_weighted_samples():
    from torch.utils.data import WeightedRandomSampler
    assert list(WeightedRandomSampler([0.0, 1.0], 3)) == [1, 1, 1]


def test_first_weights():
    assert nn.init.eye_(torch.ones(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]
    layer = nn.Linear(3, 2)
    version = layer.weight._version
    assert nn.init.constant_(layer.weight, 0.5) is layer.weight and layer.weight[0, 0].item() == 0.5
    assert layer.weight._version == version + 1 and layer.weight.is_leaf
    cut = nn.init.trunc_normal_(torch.empty(1000), mean=1.0, std=0.5, a=0.5, b=1.5)
    assert 0.5 <= cut.min() and cut.max() <= 1.5 and abs(cut.mean().item() - 1) < 0.05
    assert nn.init.calculate_gain("leaky_relu", 0.2) == 1.3867504905630728
    raises(ValueError, "Unsupported nonlinearity cube", lambda: nn.init.calculate_gain("cube"))
    raises(ValueError, "Fan in and fan out can not be computed for tensor with fewer than 2",
           lambda: nn.init.xavier_uniform_(torch.ones(2)))
    raises(ValueError, "Mode fan not supported, please use one of ['fan_in', 'fan_out']",
           lambda: nn.init.kaiming_normal_(torch.ones(2, 2), mode="fan"))


def test_parameters_as_a_vector():
    layer = nn.Linear(2, 1)
    vector = nn.utils.parameters_to_vector(layer.parameters())
    assert vector.shape == (3,)
    nn.utils.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), layer.parameters())
    assert layer.weight.tolist() == [[1, 2]] and layer.bias.tolist() == [3]
