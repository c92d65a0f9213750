"""The softmax over many classes of which few are frequent (Grave et al. 2017): the frequent ones and one
entry for each cluster of rarer ones stand in the head, the rarer ones in their cluster's own tail."""

from collections import namedtuple as _namedtuple

import torch as _torch
import torch.nn.functional as _F
from torch.nn import Linear as _Linear, Module as _Module, ModuleList as _ModuleList
from torch.nn import Sequential as _Sequential

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_Output = _namedtuple("_ASMoutput", ["output", "loss"])
_Output.__name__ = _Output.__qualname__ = "_ASMoutput"


def _check_cutoffs(cutoffs, n_classes):
    if not cutoffs:
        raise ValueError("cutoffs should be a sequence of length larger than 0")
    fits = min(cutoffs) > 0 and max(cutoffs) < n_classes and all(int(c) == c for c in cutoffs)
    if not fits or sorted(set(cutoffs)) != cutoffs:
        raise ValueError("cutoffs should be a sequence of unique, positive integers sorted in an "
                         "increasing order, where each value is between 1 and n_classes-1")


def _check_operands(input, target):
    dims = target.dim()
    if dims > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if dims == 1 and input.size(0) != target.size(0):
        raise RuntimeError("Input and target should have the same size in the batch dimension.")
    if input.dim() != dims + 1:
        raise RuntimeError(f"{dims}D target tensor expects {dims + 1}D input tensors, but found "
                           "inputs with size", input.size())


class AdaptiveLogSoftmaxWithLoss(_Module):
    __module__ = "torch.nn.modules.adaptive"

    def __init__(self, in_features, n_classes, cutoffs, div_value=4.0, head_bias=False,
                 device=None, dtype=None):
        super().__init__()
        cutoffs = list(cutoffs)
        _check_cutoffs(cutoffs, n_classes)
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = cutoffs + [n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        place = {"device": device, "dtype": dtype}
        self.head = _Linear(in_features, self.head_size, bias=head_bias, **place)
        self.tail = _ModuleList()
        for i, (first, end) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            hidden = int(in_features // div_value ** (i + 1))
            self.tail.append(_Sequential(_Linear(in_features, hidden, bias=False, **place),
                                         _Linear(hidden, end - first, bias=False, **place)))

    def reset_parameters(self):
        self.head.reset_parameters()
        for project, score in self.tail:
            project.reset_parameters()
            score.reset_parameters()

    def _add_cluster(self, cluster, rows, chosen, input, output, entries):
        """Writes the log-probabilities of the rows' classes within their cluster, and which entry of
        the head is theirs."""
        logs = _F.log_softmax(self.tail[cluster](input.index_select(0, rows)), dim=1)
        within = (chosen - self.cutoffs[cluster]).unsqueeze(1)
        entries.index_fill_(0, rows, self.shortlist_size + cluster)
        output.index_copy_(0, rows, logs.gather(1, within).squeeze(1))

    def forward(self, input_, target_):
        _check_operands(input_, target_)
        batched = target_.dim() > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0),
                                                           target_.unsqueeze(0))
        samples, found = target.size(0), 0
        output, entries = input.new_zeros(samples), target.new_empty(samples)
        for i, (first, end) in enumerate(zip([0] + self.cutoffs, self.cutoffs)):
            among = (target >= first) & (target < end)
            rows = among.nonzero().squeeze()
            if rows.numel() == 0:
                continue
            if i == 0:
                entries.index_copy_(0, rows, target[among])
            else:
                self._add_cluster(i - 1, rows, target[among], input, output, entries)
            found += rows.numel()
        if found != samples:
            raise RuntimeError(f"Target values should be in [0, {self.n_classes - 1}], but values "
                               f"in range [{target.min().item()}, {target.max().item()}] were "
                               "found. ")
        logs = _F.log_softmax(self.head(input), dim=1)
        output += logs.gather(1, entries.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _Output(output if batched else output.squeeze(0), loss)

    def _get_full_log_prob(self, input, head_output):
        out = input.new_empty((head_output.size(0), self.n_classes))
        logs = _F.log_softmax(head_output, dim=1)
        out[:, :self.shortlist_size] = logs[:, :self.shortlist_size]
        for i, (first, end) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            within = _F.log_softmax(self.tail[i](input), dim=1)
            out[:, first:end] = within + logs[:, self.shortlist_size + i].unsqueeze(1)
        return out

    def log_prob(self, input):
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input):
        scores = self.head(input)
        best = _torch.argmax(scores, dim=1)
        rare = best >= self.shortlist_size
        if not rare.any():
            return best
        if rare.all():
            return _torch.argmax(self._get_full_log_prob(input, scores), dim=1)
        best[rare] = _torch.argmax(self._get_full_log_prob(input[rare], scores[rare]), dim=1)
        return best
