"""The transforms: each says what it is made of, and asks torchvision.transforms.functional."""

import numbers
from collections.abc import Sequence

import torch
from torch import nn
from torchvision.transforms import functional as _F
from torchvision.transforms.functional import InterpolationMode

__all__ = ["CenterCrop", "Compose", "ConvertImageDtype", "Grayscale", "InterpolationMode", "Lambda",
           "Normalize", "PILToTensor", "Pad", "RandomCrop", "RandomHorizontalFlip",
           "RandomVerticalFlip", "Resize", "ToTensor"]


class _Transform:
    """Of pictures, and so no module."""
    __module__ = "torchvision.transforms.transforms"

    def __repr__(self):
        return f"{type(self).__name__}()"


class _Module(nn.Module):
    """A transform of tensors too, with `_shown`: the arguments that it prints."""
    __module__ = "torchvision.transforms.transforms"

    def __repr__(self):
        shown = ", ".join(f"{name}={getattr(self, name)}" for name in self._shown)
        return f"{type(self).__name__}({shown})"


class Compose(_Transform):
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self):
        return "\n".join([f"{type(self).__name__}(", *(f"    {t}" for t in self.transforms), ")"])


class Lambda(_Transform):
    def __init__(self, lambd):
        if not callable(lambd):
            raise TypeError(f"Argument lambd should be callable, got {type(lambd).__name__!r}")
        self.lambd = lambd

    def __call__(self, img):
        return self.lambd(img)


class ToTensor(_Transform):
    def __call__(self, pic):
        return _F.to_tensor(pic)


class PILToTensor(_Transform):
    def __call__(self, pic):
        return _F.pil_to_tensor(pic)


class ConvertImageDtype(nn.Module):
    __module__ = "torchvision.transforms.transforms"

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype

    def forward(self, image):
        return _F.convert_image_dtype(image, self.dtype)


class Normalize(_Module):
    _shown = ("mean", "std")

    def __init__(self, mean, std, inplace=False):
        super().__init__()
        self.mean = mean
        self.std = std
        self.inplace = inplace

    def forward(self, tensor):
        return _F.normalize(tensor, self.mean, self.std, self.inplace)


class Resize(_Module):
    def __init__(self, size, interpolation=InterpolationMode.BILINEAR, max_size=None,
                 antialias=True):
        super().__init__()
        if not isinstance(size, (int, Sequence)):
            raise TypeError(f"Size should be int or sequence. Got {type(size)}")
        if isinstance(size, Sequence) and len(size) not in (1, 2):
            raise ValueError("If size is a sequence, it should have 1 or 2 values")
        self.size = size
        self.max_size = max_size
        self.interpolation = _F._interpolation_modes_from_int(interpolation) \
            if isinstance(interpolation, int) else interpolation
        self.antialias = antialias

    def forward(self, img):
        return _F.resize(img, self.size, self.interpolation, self.max_size, self.antialias)

    def __repr__(self):
        mode = getattr(self.interpolation, "value", self.interpolation)
        return (f"{type(self).__name__}(size={self.size}, interpolation={mode}, "
                f"max_size={self.max_size}, antialias={self.antialias})")


def _pair(size):
    if isinstance(size, numbers.Number):
        return int(size), int(size)
    if isinstance(size, Sequence) and len(size) == 1:
        return size[0], size[0]
    if len(size) != 2:
        raise ValueError("Please provide only two dimensions (h, w) for size.")
    return size


class CenterCrop(_Module):
    _shown = ("size",)

    def __init__(self, size):
        super().__init__()
        self.size = _pair(size)

    def forward(self, img):
        return _F.center_crop(img, self.size)


class Pad(_Module):
    _shown = ("padding", "fill", "padding_mode")

    def __init__(self, padding, fill=0, padding_mode="constant"):
        super().__init__()
        if not isinstance(padding, (numbers.Number, tuple, list)):
            raise TypeError("Got inappropriate padding arg")
        if not isinstance(fill, (numbers.Number, tuple, list)):
            raise TypeError("Got inappropriate fill arg")
        if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
            raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
        if isinstance(padding, Sequence) and len(padding) not in (1, 2, 4):
            raise ValueError("Padding must be an int or a 1, 2, or 4 element tuple, not a "
                             f"{len(padding)} element tuple")
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    def forward(self, img):
        return _F.pad(img, self.padding, self.fill, self.padding_mode)


class Grayscale(_Module):
    _shown = ("num_output_channels",)

    def __init__(self, num_output_channels=1):
        super().__init__()
        self.num_output_channels = num_output_channels

    def forward(self, img):
        return _F.rgb_to_grayscale(img, num_output_channels=self.num_output_channels)


# ---- by chance: each draws the numbers that torchvision draws ---------------------------------------

def _number_drawn(draw):
    return torch._quietly(lambda: draw().item())


class RandomHorizontalFlip(_Module):
    _shown = ("p",)

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, img):
        return _F.hflip(img) if _number_drawn(lambda: torch.rand(1)) < self.p else img


class RandomVerticalFlip(RandomHorizontalFlip):
    def forward(self, img):
        return _F.vflip(img) if _number_drawn(lambda: torch.rand(1)) < self.p else img


class RandomCrop(_Module):
    _shown = ("size", "padding")

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant"):
        super().__init__()
        self.size = tuple(_pair(size))
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    @staticmethod
    def get_params(img, output_size):
        _, h, w = _F.get_dimensions(img)
        th, tw = output_size
        if h < th or w < tw:
            raise ValueError(f"Required crop size {(th, tw)} is larger than input image size {(h, w)}")
        if (w, h) == (tw, th):
            return 0, 0, h, w
        i = _number_drawn(lambda: torch.randint(0, h - th + 1, size=(1,)))
        j = _number_drawn(lambda: torch.randint(0, w - tw + 1, size=(1,)))
        return i, j, th, tw

    def _padded(self, img, padding):
        return _F.pad(img, padding, self.fill, self.padding_mode)

    def forward(self, img):
        if self.padding is not None:
            img = self._padded(img, self.padding)
        _, height, width = _F.get_dimensions(img)
        if self.pad_if_needed and width < self.size[1]:
            img = self._padded(img, [self.size[1] - width, 0])
        if self.pad_if_needed and height < self.size[0]:
            img = self._padded(img, [0, self.size[0] - height])
        return _F.crop(img, *self.get_params(img, self.size))
