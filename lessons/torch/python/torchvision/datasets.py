"""Data sets of handwritten digits and their like, read from the files that torchvision reads:
ROOT/MNIST/raw/train-images-idx3-ubyte and so on. Their pictures are made without being recorded, so
that a trace holds what is done with them."""

import gzip
import os
import struct
import warnings

import torch
import torch.utils.data as data
from torchvision._image import Image

__all__ = ["FashionMNIST", "KMNIST", "MNIST", "VisionDataset"]


class StandardTransform:
    __module__ = "torchvision.datasets.vision"

    def __init__(self, transform=None, target_transform=None):
        self.transform = transform
        self.target_transform = target_transform

    def __call__(self, input, target):
        if self.transform is not None:
            input = self.transform(input)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return input, target

    def __repr__(self):
        body = [type(self).__name__]
        for head, transform in (("Transform: ", self.transform),
                                ("Target transform: ", self.target_transform)):
            if transform is not None:
                body.append(head + repr(transform).replace("\n", "\n" + " " * len(head)))
        return "\n".join(body)


class VisionDataset(data.Dataset):
    __module__ = "torchvision.datasets.vision"
    _repr_indent = 4

    def __init__(self, root=None, transforms=None, transform=None, target_transform=None):
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        separate = transform is not None or target_transform is not None
        if transforms is not None and separate:
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.transform = transform
        self.target_transform = target_transform
        self.transforms = StandardTransform(transform, target_transform) if separate else transforms

    def __getitem__(self, index):
        raise NotImplementedError

    def __len__(self):
        raise NotImplementedError

    def __repr__(self):
        body = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            body.append(f"Root location: {self.root}")
        body += self.extra_repr().splitlines()
        if self.transforms is not None:
            body.append(repr(self.transforms))
        indented = [" " * self._repr_indent + line for line in body]
        return "\n".join(["Dataset " + type(self).__name__] + indented)

    def extra_repr(self):
        return ""


# ---- files -----------------------------------------------------------------------------------------

# The third byte of a file says what its elements are. The fourth how many dimensions they have.
_DTYPES = {8: torch.uint8, 12: torch.int32, 13: torch.float32, 14: torch.float64}


def _opened(path):
    return open(path, "rb") if os.path.isfile(path) else gzip.open(path + ".gz", "rb")


def _read(path):
    with _opened(path) as file:
        head = file.read(4)
        known = len(head) == 4 and head[:2] == b"\0\0" and head[2] in _DTYPES and 1 <= head[3] <= 3
        sizes = file.read(4 * head[3]) if known else b""
        if not known or len(sizes) < 4 * head[3]:
            raise RuntimeError(f"{path} does not begin as a file of images or labels (IDX) does")
        sizes = struct.unpack(f">{head[3]}i", sizes)
        elements = bytearray(file.read())
    dtype = _DTYPES[head[2]]
    if dtype != torch.uint8:
        raise TypeError(f"x should be of dtype torch.uint8 instead of {dtype}")
    needed = 1
    for size in sizes:
        needed *= size
    if len(elements) != needed:
        raise RuntimeError(f"{path} ends too early or too late: it says that it holds {needed} bytes, "
                           f"and {len(elements)} are there")
    return torch._quietly(lambda: torch.frombuffer(elements, dtype=dtype).clone().view(*sizes))


def _read_images(path):
    images = _read(path)
    if images.dim() != 3:
        raise ValueError(f"x should have 3 dimension instead of {images.dim()}")
    return images


def _read_labels(path):
    labels = _read(path)
    if labels.dim() != 1:
        raise ValueError(f"x should have 1 dimension instead of {labels.dim()}")
    return torch._quietly(labels.long)


_MISSING = """Dataset not found. A lesson runs without network, so download=True cannot fetch it. \
Put these files into {folder}: {names} (with .gz at the end and download=True they are unpacked)"""
_PACKED = """Dataset not found. You can use download=True to download it: the packed files (.gz) are \
there, and are then unpacked"""


class MNIST(VisionDataset):
    __module__ = "torchvision.datasets.mnist"
    classes = ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six",
               "7 - seven", "8 - eight", "9 - nine"]
    _makes_quietly = True
    _names = [f"{part}-{kind}-ubyte" for part in ("train", "t10k")
              for kind in ("images-idx3", "labels-idx1")]

    def __init__(self, root, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        self._check_files(download)
        part = os.path.join(self.raw_folder, "train" if train else "t10k")
        self.data = _read_images(part + "-images-idx3-ubyte")
        self.targets = _read_labels(part + "-labels-idx1-ubyte")

    def _check_files(self, download):
        """As torchvision, which unpacks what it has downloaded, or what somebody else has."""
        paths = [os.path.join(self.raw_folder, name) for name in self._names]
        if all(os.path.isfile(path) for path in paths):
            return
        if not all(os.path.isfile(path) or os.path.isfile(path + ".gz") for path in paths):
            raise RuntimeError(_MISSING.format(folder=os.path.abspath(self.raw_folder),
                                               names=", ".join(self._names)))
        if not download:
            raise RuntimeError(_PACKED)

    def __getitem__(self, index):
        return torch._quietly(self._item, index)

    def _item(self, index):
        image, target = Image(self.data[index]), int(self.targets[index])
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __getitems__(self, indices):
        return [self[index] for index in indices]

    def __len__(self):
        return len(self.data)

    @property
    def raw_folder(self):
        return os.path.join(self.root, type(self).__name__, "raw")

    @property
    def processed_folder(self):
        return os.path.join(self.root, type(self).__name__, "processed")

    @property
    def class_to_idx(self):
        return {name: i for i, name in enumerate(self.classes)}

    def extra_repr(self):
        return f"Split: {'Train' if self.train is True else 'Test'}"


def _renamed(old, new):
    def get(self):
        warnings.warn(f"{old} has been renamed {new}")
        return getattr(self, new)
    return property(get)


for _part in ("train", "test"):
    setattr(MNIST, f"{_part}_labels", _renamed(f"{_part}_labels", "targets"))
    setattr(MNIST, f"{_part}_data", _renamed(f"{_part}_data", "data"))


class FashionMNIST(MNIST):
    __module__ = "torchvision.datasets.mnist"
    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
               "Bag", "Ankle boot"]


class KMNIST(MNIST):
    __module__ = "torchvision.datasets.mnist"
    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
