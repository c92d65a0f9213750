"""What the transforms do, for pictures and for tensors [..., height, width]."""

import enum
import numbers
import sys
import warnings

import torch
from torch.nn import functional as nn_functional
from torchvision._image import Image

__all__ = ["InterpolationMode", "center_crop", "convert_image_dtype", "crop", "get_dimensions",
           "get_image_num_channels", "get_image_size", "hflip", "normalize", "pad",
           "pil_to_tensor", "resize", "rgb_to_grayscale", "to_grayscale", "to_tensor", "vflip"]


class InterpolationMode(enum.Enum):
    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_MODES = InterpolationMode
_NUMBERS = {_MODES.NEAREST: 0, _MODES.NEAREST_EXACT: 0, _MODES.LANCZOS: 1, _MODES.BILINEAR: 2,
            _MODES.BICUBIC: 3, _MODES.BOX: 4, _MODES.HAMMING: 5}


def _interpolation_modes_from_int(i):
    return {number: mode for mode, number in _NUMBERS.items() if mode != _MODES.NEAREST_EXACT}[i]


# ---- what there is ---------------------------------------------------------------------------------

def _is_image(img):
    return isinstance(img, Image)


def _is_array(img):
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(img, numpy.ndarray)


def get_dimensions(img):
    if _is_image(img):
        return [len(img.getbands()), img.height, img.width]
    if not isinstance(img, torch.Tensor):
        raise TypeError(f"Unexpected type {type(img)}")
    if img.dim() < 2:
        raise TypeError("Tensor is not a torch image.")
    return [1 if img.dim() == 2 else img.shape[-3], *img.shape[-2:]]


def get_image_size(img):
    return get_dimensions(img)[:0:-1]


def get_image_num_channels(img):
    return get_dimensions(img)[0]


# ---- numbers ---------------------------------------------------------------------------------------

def _unit(img):
    """Bytes as numbers from 0 to 1; others as they are."""
    if img.dtype != torch.uint8:
        return img
    return img.to(torch.get_default_dtype()).div(255)


def to_tensor(pic):
    if _is_image(pic):
        return _unit(pic._pixels.contiguous())
    if not _is_array(pic):
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(pic)}")
    if pic.ndim not in (2, 3):
        raise ValueError(f"pic should be 2/3 dimensional. Got {pic.ndim} dimensions.")
    if pic.ndim == 2:
        pic = pic[:, :, None]
    return _unit(torch.from_numpy(pic.transpose((2, 0, 1))).contiguous())


def pil_to_tensor(pic):
    if not _is_image(pic):
        raise TypeError(f"pic should be PIL Image. Got {type(pic)}")
    return pic._pixels.clone()


_LARGEST = {torch.uint8: 255, torch.int32: 2 ** 31 - 1, torch.int64: 2 ** 63 - 1}


def _whole_to_whole(image, dtype):
    most, wanted = _LARGEST.get(image.dtype, 1), _LARGEST.get(dtype, 1)
    if most > wanted:
        return torch.div(image, (most + 1) // (wanted + 1), rounding_mode="floor").to(dtype)
    return image.to(dtype) * ((wanted + 1) // (most + 1))


def convert_image_dtype(image, dtype=torch.float):
    if not isinstance(image, torch.Tensor):
        raise TypeError("Input img should be Tensor Image")
    if image.dtype == dtype:
        return image
    if not image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype) / float(_LARGEST.get(image.dtype, 1))
        return _whole_to_whole(image, dtype)
    if dtype.is_floating_point:
        return image.to(dtype)
    if dtype == torch.int64 or (image.dtype, dtype) == (torch.float32, torch.int32):
        raise RuntimeError(f"The cast from {image.dtype} to {dtype} cannot be performed safely.")
    return image.mul(float(_LARGEST.get(dtype, 1)) + 1.0 - 1e-3).to(dtype)


def _per_channel(values, like, what):
    values = torch.as_tensor(values, dtype=like.dtype, device=like.device)
    if what == "std" and (values == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {like.dtype}, leading to "
                         "division by zero.")
    return values.view(-1, 1, 1) if values.dim() == 1 else values


def normalize(tensor, mean, std, inplace=False):
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(tensor)}")
    get_dimensions(tensor)
    if not tensor.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {tensor.dtype}.")
    if tensor.dim() < 3:
        raise ValueError("Expected tensor to be a tensor image of size (..., C, H, W). Got "
                         f"tensor.size() = {tensor.size()}")
    if not inplace:
        tensor = tensor.clone()
    mean = torch._quietly(_per_channel, mean, tensor, "mean")
    std = torch._quietly(_per_channel, std, tensor, "std")
    return tensor.sub_(mean).div_(std)


# ---- sizes -----------------------------------------------------------------------------------------

def _target(height, width, size, max_size):
    if len(size) == 2:
        return list(size)
    short, long = sorted((height, width))
    new_short, new_long = size[0], int(size[0] * long / short)
    if max_size is not None:
        if max_size <= size[0]:
            raise ValueError(f"max_size = {max_size} must be strictly greater than the requested "
                             f"size for the smaller edge size = {size}")
        if new_long > max_size:
            new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if width <= height else [new_short, new_long]


def _check_resize(size, interpolation, max_size):
    if not isinstance(interpolation, InterpolationMode):
        raise TypeError("Argument interpolation should be a InterpolationMode or a corresponding "
                        "Pillow integer constant")
    if isinstance(size, (list, tuple)):
        if len(size) not in (1, 2):
            raise ValueError(f"Size must be an int or a 1 or 2 element tuple/list, not a {len(size)} "
                             "element tuple/list")
        if max_size is not None and len(size) != 1:
            raise ValueError("max_size should only be passed if size specifies the length of the "
                             "smaller edge, i.e. size should be an int or a sequence of length 1 in "
                             "torchscript mode.")


def _resize_tensor(img, size, mode, antialias):
    antialias = bool(antialias) and mode in ("bilinear", "bicubic")
    dtype, flat = img.dtype, img.dim() < 4
    img = img.unsqueeze(0) if flat else img
    img = img if img.is_floating_point() else img.to(torch.float32)
    corners = False if mode in ("bilinear", "bicubic") else None
    img = nn_functional.interpolate(img, size=size, mode=mode, align_corners=corners,
                                    antialias=antialias)
    img = img.squeeze(0) if flat else img
    return img if dtype.is_floating_point else torch.round(img).to(dtype)


def resize(img, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    if isinstance(interpolation, int):
        interpolation = _interpolation_modes_from_int(interpolation)
    _check_resize(size, interpolation, max_size)
    _, height, width = get_dimensions(img)
    target = _target(height, width, [size] if isinstance(size, int) else size, max_size)
    if [height, width] == target:
        return img
    if isinstance(img, torch.Tensor):
        return _resize_tensor(img, target, interpolation.value, antialias)
    if antialias is False:
        warnings.warn("Anti-alias option is always applied for PIL Image input. Argument antialias "
                      "is ignored.")
    return img.resize(target[::-1], _NUMBERS[interpolation])


def _sides(padding):
    """Left, top, right, bottom."""
    if not isinstance(padding, (int, tuple, list)):
        raise TypeError("Got inappropriate padding arg")
    if isinstance(padding, int):
        return [padding] * 4
    if len(padding) not in (1, 2, 4):
        raise ValueError("Padding must be an int or a 1, 2, or 4 element tuple, not a "
                         f"{len(padding)} element tuple")
    return list(padding) * (4 // len(padding))


_PADDINGS = {"constant": "constant", "edge": "replicate", "reflect": "reflect"}


def _pad_tensor(img, sides, fill, padding_mode):
    left, top, right, bottom = sides
    around = [left, right, top, bottom]
    if padding_mode == "constant":
        return nn_functional.pad(img, around, mode="constant", value=float(fill or 0))
    dtype, flat = img.dtype, img.dim() < 4
    img = img.unsqueeze(0) if flat else img
    img = img if img.is_floating_point() else img.to(torch.float32)
    img = nn_functional.pad(img, around, mode=_PADDINGS[padding_mode])
    return (img.squeeze(0) if flat else img).to(dtype)


def _pad_image(pixels, sides, fill, padding_mode):
    fill = fill if isinstance(fill, (tuple, list)) else [fill or 0]
    if len(fill) not in (1, len(pixels)):
        raise ValueError("The number of elements in 'fill' does not match the number of channels of "
                         f"the image ({len(fill)} != {len(pixels)})")
    if len(fill) == 1:
        return _pad_tensor(pixels, sides, int(fill[0]), padding_mode)
    return torch.stack([_pad_tensor(plane, sides, int(one), padding_mode)
                        for plane, one in zip(pixels, fill)])


def pad(img, padding, fill=0, padding_mode="constant"):
    sides = _sides(padding)
    get_dimensions(img)
    if not isinstance(padding_mode, str):
        raise TypeError("Got inappropriate padding_mode arg")
    if padding_mode not in ("constant", "edge", "reflect", "symmetric"):
        raise ValueError("Padding mode should be either constant, edge, reflect or symmetric")
    if padding_mode not in _PADDINGS:
        raise NotImplementedError(f"padding_mode={padding_mode!r} is not supported by Gradlight")
    if _is_image(img):
        if not isinstance(fill, (numbers.Number, tuple, list, type(None))):
            raise TypeError("Got inappropriate fill arg")
        return img._made(_pad_image, sides, fill, padding_mode)
    if not isinstance(fill, (int, float, type(None))):
        raise TypeError("Got inappropriate fill arg")
    return _pad_tensor(img, sides, fill, padding_mode)


def crop(img, top, left, height, width):
    if _is_image(img):
        return img.crop((left, top, left + width, top + height))
    _, h, w = get_dimensions(img)
    right, bottom = left + width, top + height
    if left < 0 or top < 0 or right > w or bottom > h:
        beyond = [max(-left + min(0, right), 0), max(-top + min(0, bottom), 0),
                  max(right - max(w, left), 0), max(bottom - max(h, top), 0)]
        return pad(img[..., max(top, 0):bottom, max(left, 0):right], beyond, fill=0)
    return img[..., top:bottom, left:right]


def center_crop(img, output_size):
    if isinstance(output_size, numbers.Number):
        output_size = (int(output_size), int(output_size))
    elif isinstance(output_size, (tuple, list)) and len(output_size) == 1:
        output_size = (output_size[0], output_size[0])
    _, height, width = get_dimensions(img)
    crop_height, crop_width = output_size
    if crop_width > width or crop_height > height:
        more_x, more_y = max(crop_width - width, 0), max(crop_height - height, 0)
        img = pad(img, [more_x // 2, more_y // 2, (more_x + 1) // 2, (more_y + 1) // 2], fill=0)
        _, height, width = get_dimensions(img)
        if (crop_width, crop_height) == (width, height):
            return img
    top, left = int(round((height - crop_height) / 2.0)), int(round((width - crop_width) / 2.0))
    return crop(img, top, left, crop_height, crop_width)


# ---- mirrors and colors ----------------------------------------------------------------------------

def hflip(img):
    get_dimensions(img)
    return img._flipped(-1) if _is_image(img) else img.flip(-1)


def vflip(img):
    get_dimensions(img)
    return img._flipped(-2) if _is_image(img) else img.flip(-2)


def to_grayscale(img, num_output_channels=1):
    if not _is_image(img):
        raise TypeError("Input should be PIL Image")
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    gray = img.convert("L")
    return gray if num_output_channels == 1 else gray.convert("RGB")


def rgb_to_grayscale(img, num_output_channels=1):
    if _is_image(img):
        return to_grayscale(img, num_output_channels)
    channels, _, _ = get_dimensions(img)
    if img.dim() < 3:
        raise TypeError("Input image tensor should have at least 3 dimensions, but found "
                        f"{img.dim()}")
    if channels not in (1, 3):
        raise TypeError(f"Input image tensor permitted channel values are [1, 3], but found {channels}")
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    if channels == 3:
        r, g, b = img.unbind(dim=-3)
        gray = (0.2989 * r + 0.587 * g + 0.114 * b).to(img.dtype).unsqueeze(dim=-3)
    else:
        gray = img.clone()
    return gray.expand(img.shape) if num_output_channels == 3 else gray
