"""torch.autograd.grad_mode: the modes under their other address."""

from torch import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled"]
