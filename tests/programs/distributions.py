"""torch.distributions: densities, entropies, divergences, gradients, and what is refused."""
import torch
from torch.distributions import Bernoulli, Categorical, Exponential, Normal, Uniform, kl_divergence


def show(make):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)


for d, x in ((Normal(0.0, 1.0), torch.tensor(0.5)),
             (Normal(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 2.0])), torch.tensor([1.0, -1.0])),
             (Uniform(0.0, 2.0), torch.tensor(1.5)), (Exponential(2.0), torch.tensor(0.25)),
             (Bernoulli(0.3), torch.tensor(1.0)), (Bernoulli(logits=torch.tensor([0.0, 2.0])), torch.tensor([0.0, 1.0])),
             (Categorical(torch.tensor([0.2, 0.8])), torch.tensor(1)),
             (Categorical(logits=torch.tensor([[0.0, 1.0, 2.0], [1.0, 1.0, 1.0]])), torch.tensor([2, 0]))):
    print(d, d.batch_shape, d.event_shape, d.has_rsample, d.entropy(), d.log_prob(x))
    print(d.sample((3,)).shape, d.sample().dtype)
    for name in ("mean", "variance", "stddev", "mode", "probs", "logits"):
        if name in dir(d) and not isinstance(d, Categorical):
            show(lambda: getattr(d, name))
torch.manual_seed(0)
mean = torch.tensor([0.5, -1.0], requires_grad=True)
log = torch.zeros(2, requires_grad=True)
q = Normal(mean, log.exp())
z = q.rsample((4,))
print(z, q)
(kl_divergence(q, Normal(0.0, 1.0)).sum() + z.pow(2).mean()).backward()
print(mean.grad, log.grad)
print(Normal(torch.zeros(2), 1.0).sample((2,)), Uniform(0.0, 2.0).sample((2,)))
logits = torch.zeros(3, requires_grad=True)
c = Categorical(logits=logits)
(-c.log_prob(torch.tensor([0, 2, 2])).mean() - 0.01 * c.entropy()).backward()
print(logits.grad)
print(kl_divergence(Categorical(torch.tensor([0.5, 0.5])), Categorical(torch.tensor([0.9, 0.1]))),
      kl_divergence(Bernoulli(0.5), Bernoulli(0.9)), kl_divergence(Uniform(0.0, 1.0), Uniform(0.0, 2.0)),
      kl_divergence(Exponential(1.0), Exponential(2.0)))
for wrong in (lambda: Normal(0.0, -1.0), lambda: Normal(torch.tensor([float("nan")]), 1.0),
              lambda: Categorical(torch.tensor([-0.5, 1.0])), lambda: Bernoulli(1.5), lambda: Categorical(),
              lambda: Categorical(torch.tensor([0.5, 0.5])).log_prob(torch.tensor(2)),
              lambda: Normal(0.0, 1.0).log_prob(1.0), lambda: Bernoulli(0.5).log_prob(torch.tensor(0.3)),
              lambda: Uniform(1.0, 0.0), lambda: kl_divergence(Normal(0.0, 1.0), Categorical(torch.ones(2))),
              lambda: Categorical(torch.tensor(0.5)), lambda: Normal(torch.zeros(2), 1.0).log_prob(torch.zeros(3))):
    show(wrong)
