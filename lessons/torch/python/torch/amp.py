"""Mixed precision: switched off it works, switched on it says so."""

import warnings as _warnings

import torch as _torch


class autocast:
    def __init__(self, device_type="cuda", dtype=None, enabled=True, cache_enabled=None):
        self.device = device_type
        self._enabled = enabled
        if enabled and device_type == "cuda" and not _torch.cuda.is_available():
            _warnings.warn("User provided device_type of 'cuda', but CUDA is not available. Disabling")
            self._enabled = False

    def __enter__(self):
        if self._enabled:
            raise NotImplementedError("torch.autocast is not supported by Gradlight; use enabled=False")
        return self

    def __exit__(self, *exception):
        return False

    def __call__(self, function):
        def inside(*args, **keywords):
            with self:
                return function(*args, **keywords)
        inside.__name__ = getattr(function, "__name__", "inside")
        return inside


class GradScaler:
    """Without autocast no gradient is too small: nothing is scaled."""

    def __init__(self, device="cuda", init_scale=65536.0, growth_factor=2.0, backoff_factor=0.5,
                 growth_interval=2000, enabled=True):
        self._enabled = enabled
        if enabled and device == "cuda" and not _torch.cuda.is_available():
            _warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  "
                           "Disabling.")
            self._enabled = False
        if self._enabled:
            raise NotImplementedError("GradScaler is not supported by Gradlight; use enabled=False")

    def scale(self, outputs):
        return outputs

    def unscale_(self, optimizer):
        pass

    def step(self, optimizer, *args, **keywords):
        return optimizer.step(*args, **keywords)

    def update(self, new_scale=None):
        pass

    def get_scale(self):
        return 1.0

    def is_enabled(self):
        return False

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        pass
