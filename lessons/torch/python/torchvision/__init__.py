"""As much of torchvision 0.21 as a lesson about pictures needs."""

__all__ = ["datasets", "transforms"]
__version__ = "0.21.0+gradlight"
