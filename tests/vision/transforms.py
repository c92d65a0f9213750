# What torchvision makes of pictures and tensors: tests/vision_test.py holds it against what was recorded.
import warnings

import numpy as np
import torch
import torchvision.transforms.functional as F
from torch.utils.data import DataLoader, random_split
from torchvision import datasets, transforms
from torchvision.transforms import InterpolationMode

warnings.simplefilter("ignore")
torch.set_printoptions(precision=5)


def code(array):
    """A number that changes with every element and its place."""
    flat = np.asarray(array).astype(np.int64).ravel()
    return tuple(np.asarray(array).shape), int(flat.sum()), int((flat * np.arange(flat.size)).sum())


digits = datasets.MNIST(root="./data", train=True, download=True)
print(digits)
print(digits.data.shape, digits.data.dtype, digits.targets, len(digits), digits.class_to_idx["3 - three"])
img, label = digits[0]
print(label, img.size, img.mode, code(img), np.array(img).dtype, img.getpixel((3, 4)))
print(len(datasets.MNIST("./data", train=False)), len(datasets.FashionMNIST("./data", download=True)))

print("# sizes of pictures")
for size in (14, 32, 7, (13, 40), (28, 9), (5, 3)):
    for mode in InterpolationMode:
        print(size, mode.value, code(transforms.Resize(size, mode)(img)))
rgb = F.to_grayscale(img, 3)
print(rgb.mode, code(rgb), code(transforms.Resize(10)(rgb)), code(transforms.Grayscale()(rgb)))

print("# tensors")
t = transforms.ToTensor()(img)
print(t.shape, t.dtype, t.is_contiguous(), t[0, 0, :6])
for size in (14, 32, 7, (13, 40)):
    for antialias in (True, False):
        r = transforms.Resize(size, antialias=antialias)(t)
        print(size, antialias, r.shape, r[0, 0, :6], r[0, -1, -4:])
    print(transforms.Resize(size)(transforms.PILToTensor()(img))[0, 0, :10])
print(transforms.Resize(10, max_size=12)(torch.ones(1, 20, 28)).shape, transforms.Resize(7)(t.double()).dtype)
for size in (20, 21, 28, 40, (10, 31), (33, 9)):
    crop, picture = transforms.CenterCrop(size)(t), transforms.CenterCrop(size)(img)
    print(size, crop.shape, picture.size, torch.equal(transforms.ToTensor()(picture), crop))
print(transforms.Normalize(0.5, 0.5)(t)[0, 0, :4], transforms.Normalize((0.1307,), (0.3081,))(t)[0, 0, :4])
print(F.rgb_to_grayscale(torch.arange(12.0).view(3, 2, 2)), F.hflip(t)[0, 0, :3], F.vflip(t)[0, 0, :3])
print(transforms.Pad((1, 2))(img).size, code(transforms.Pad(3, 9)(img)), transforms.Pad(1, padding_mode="edge")(t)[0, 0, :3])
print(transforms.Pad(2, padding_mode="reflect")(t)[0, 0, :4], F.crop(t, -1, -2, 3, 5))
print(transforms.ConvertImageDtype(torch.uint8)(t)[0, 0, :6], F.convert_image_dtype(transforms.PILToTensor()(img))[0, 0, :3])
print(transforms.ToTensor()(np.arange(12, dtype=np.uint8).reshape(2, 2, 3)), transforms.ToTensor()(np.eye(2)))

print("# gradients")
x = torch.arange(16.0, requires_grad=True)
y = transforms.Resize(2)(x.view(1, 4, 4))
y.sum().backward()
print(y, x.grad)
z = transforms.Normalize(0.5, 0.5)(torch.ones(1, 2, 2, requires_grad=True))
print(type(z.grad_fn).__name__, type(z.grad_fn.next_functions[0][0]).__name__)

print("# data sets")
torch.manual_seed(0)
pipeline = transforms.Compose([transforms.RandomCrop(28, padding=4), transforms.RandomHorizontalFlip(),
                               transforms.RandomVerticalFlip(0.3), transforms.ToTensor(),
                               transforms.Normalize((0.1307,), (0.3081,))])
digits = datasets.MNIST("./data", transform=pipeline, target_transform=transforms.Lambda(abs))
print(digits)
train, rest = random_split(digits, [15, 5])
for images, labels in DataLoader(train, batch_size=4, shuffle=True):
    print(images.shape, labels, images.mean())
print(next(iter(DataLoader(rest, batch_size=2)))[1])
print(transforms.Resize(5), transforms.CenterCrop(3), transforms.Grayscale(), transforms.Pad(2))

print("# mistakes")
for f in (lambda: transforms.ToTensor()(t),
          lambda: transforms.Normalize(0.5, 0.5)(torch.ones(1, 2, 2, dtype=torch.uint8)),
          lambda: transforms.Normalize(0.5, 0.5)(torch.ones(2, 2)),
          lambda: transforms.Normalize(0.5, [0.0])(t),
          lambda: transforms.Normalize([0.5] * 3, [0.5] * 3)(t),
          lambda: transforms.Resize((1, 2, 3)),
          lambda: transforms.Resize(10, max_size=9)(t),
          lambda: transforms.Resize(0)(img),
          lambda: transforms.Resize(5, "bilinear")(img),
          lambda: transforms.CenterCrop((1, 2, 3)),
          lambda: transforms.Lambda(3),
          lambda: transforms.ToTensor()(np.zeros((1, 2, 3, 4))),
          lambda: transforms.Grayscale(2)(img),
          lambda: transforms.RandomCrop(99)(img),
          lambda: digits[99],
          lambda: datasets.MNIST()):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)
