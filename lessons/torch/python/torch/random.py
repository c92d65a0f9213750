"""Numbers drawn inside leave the generator as it was."""

import contextlib

import torch


@contextlib.contextmanager
def fork_rng(devices=None, enabled=True, _caller="fork_rng", _devices_kw="devices",
             device_type="cuda"):
    state = torch.get_rng_state()
    try:
        yield
    finally:
        if enabled:
            torch.set_rng_state(state)
