"""A picture of bytes, in place of PIL's: gray (mode L) or of three colors (RGB), with what the data
sets and transforms need of it. Sizes and results are those of PIL 11, to the last bit."""

import itertools
import math

import torch


def _cubic(x, a=-0.5):
    x = abs(x)
    if x < 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return (((x - 5) * x + 8) * x - 4) * a if x < 2 else 0.0


def _sinc(x):
    return math.sin(x * math.pi) / (x * math.pi) if x else 1.0


def _hamming(x):
    return _sinc(x) * (0.54 + 0.46 * math.cos(math.pi * x)) if abs(x) < 1 else 0.0


# PIL's number: how far the filter reaches, and its weight at a distance.
FILTERS = {
    1: (3.0, lambda x: _sinc(x) * _sinc(x / 3) if -3 <= x < 3 else 0.0),  # Lanczos
    2: (1.0, lambda x: max(0.0, 1 - abs(x))),                             # bilinear
    3: (2.0, _cubic),
    4: (0.5, lambda x: 1.0 if -0.5 < x <= 0.5 else 0.0),                  # box
    5: (1.0, _hamming),
}
NEAREST, BILINEAR = 0, 2
BITS = 22  # of a weight's fraction


def _weights(old, new, reach, weigh):
    """[old, new]: how much of each old pixel is in each new one, in units of 2 ** -BITS."""
    scale = old / new
    stretch = max(scale, 1.0)
    columns = []
    for i in range(new):
        center = (i + 0.5) * scale
        first = max(int(center - reach * stretch + 0.5), 0)
        last = min(int(center + reach * stretch + 0.5), old)
        shares = [weigh((x - center + 0.5) * (1.0 / stretch)) for x in range(first, last)]
        total = sum(shares)
        shares = [share / total if total else share for share in shares]
        units = [int(math.copysign(0.5, share) + share * (1 << BITS)) for share in shares]
        columns.append([0] * first + units + [0] * (old - last))
    return torch.tensor(columns, dtype=torch.float64).T


def _mixed(planes, weights):
    """planes @ weights, rounded to bytes. Whole numbers below 2 ** 53: every sum is exact."""
    sums = planes.double() @ weights + (1 << (BITS - 1))
    return (sums / (1 << BITS)).floor().clamp(0, 255).to(torch.uint8)


def _nearest(old, new):
    """Step by step, as PIL goes, so that what rounding does to the steps is the same."""
    scale = old / new
    places = itertools.accumulate([scale] * (new - 1), initial=scale * 0.5)
    return torch.tensor([min(int(place), old - 1) for place in places])


def _resized(pixels, size, resample):
    """[channel, height, width] at another size, along the width first."""
    width, height = size
    if resample == NEAREST:
        rows, columns = _nearest(pixels.shape[1], height), _nearest(pixels.shape[2], width)
        return pixels[:, rows][:, :, columns]
    if pixels.shape[2] != width:
        pixels = _mixed(pixels, _weights(pixels.shape[2], width, *FILTERS[resample]))
    if pixels.shape[1] != height:
        turned = _mixed(pixels.transpose(1, 2),
                        _weights(pixels.shape[1], height, *FILTERS[resample]))
        pixels = turned.transpose(1, 2)
    return pixels


def _cropped(pixels, left, top, right, bottom):
    """Black where the box reaches beyond the picture."""
    out = torch.zeros(pixels.shape[0], max(bottom - top, 0), max(right - left, 0),
                      dtype=torch.uint8)
    height, width = pixels.shape[1:]
    y, x = max(top, 0), max(left, 0)
    part = pixels[:, y:max(min(bottom, height), y), x:max(min(right, width), x)]
    if part.numel():
        out[:, y - top:y - top + part.shape[1], x - left:x - left + part.shape[2]] = part
    return out


def _gray(pixels):
    red, green, blue = pixels.to(torch.int64)
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) // 65536).to(torch.uint8)[None]


class Image:
    """Made from a tensor of bytes [height, width], or [channel, height, width]."""

    __module__ = "torchvision"

    def __init__(self, pixels):
        self._pixels = torch._quietly(lambda: (pixels if pixels.dim() == 3 else pixels[None])
                                      .to(torch.uint8).clone())

    def _made(self, make, *arguments):
        return torch._quietly(lambda: Image(make(self._pixels, *arguments)))

    @property
    def mode(self):
        return "L" if self._pixels.shape[0] == 1 else "RGB"

    @property
    def width(self):
        return self._pixels.shape[2]

    @property
    def height(self):
        return self._pixels.shape[1]

    @property
    def size(self):
        return self.width, self.height

    def getbands(self):
        return tuple(self.mode)

    def getpixel(self, xy):
        x, y = xy
        if not (-self.width <= x < self.width and -self.height <= y < self.height):
            raise IndexError("image index out of range")
        found = torch._quietly(lambda: self._pixels[:, y, x].tolist())
        return found[0] if self.mode == "L" else tuple(found)

    def copy(self):
        return Image(self._pixels)

    def convert(self, mode=None):
        if mode not in (None, "L", "RGB"):
            raise ValueError(f"an image of mode {mode!r} is not supported by Gradlight, only L and RGB")
        if mode in (None, self.mode):
            return self.copy()
        return self._made(_gray if mode == "L" else lambda pixels: pixels.repeat(3, 1, 1))

    def crop(self, box=None):
        return self.copy() if box is None else self._made(_cropped, *(round(edge) for edge in box))

    def resize(self, size, resample=None):
        resample = 3 if resample is None else int(resample)
        if resample != NEAREST and resample not in FILTERS:
            raise ValueError(f"Unknown resampling filter ({resample}).")
        if min(size) <= 0:
            raise ValueError("height and width must be > 0")
        return self.copy() if tuple(size) == self.size else self._made(_resized, size, resample)

    def _flipped(self, dimension):
        return self._made(lambda pixels: pixels.flip(dimension))

    def tobytes(self):
        return torch._quietly(lambda: bytes(self._rows().flatten().tolist()))

    def _rows(self):
        """Bytes as in memory: [height, width] or [height, width, 3]."""
        return self._pixels[0] if self.mode == "L" else self._pixels.permute(1, 2, 0)

    def __array__(self, dtype=None, copy=None):
        array = torch._quietly(lambda: self._rows().clone().numpy())
        return array if dtype is None else array.astype(dtype)

    def __eq__(self, other):
        if not isinstance(other, Image):
            return NotImplemented
        return self.size == other.size and self.tobytes() == other.tobytes()

    __hash__ = None

    def __repr__(self):
        return f"<torchvision.Image mode={self.mode} size={self.width}x{self.height}>"

    def __getattr__(self, name):
        raise AttributeError(
            f"'Image' object has no attribute {name!r} (Gradlight has no PIL; its image has size, "
            "width, height, mode, getbands, getpixel, convert, crop, resize, copy and tobytes, and "
            "transforms.ToTensor() or numpy.array() give the numbers)")
