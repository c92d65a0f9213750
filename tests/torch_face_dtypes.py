"""Promotion of dtypes, and what torch tells of them; run like torch_face.py."""

import torch


def raises(kind, text, function):
    try:
        function()
    except kind as exception:
        assert text in str(exception), str(exception)
        return
    raise AssertionError(f"{kind.__name__} was not raised")


i64, f32 = torch.tensor([1, 2]), torch.tensor([1.0, 2.0])
f64, i32, u8, b = f32.double(), i64.int(), i64.byte(), torch.tensor([True, False])


def zero_d(value, dtype=None):
    return torch.tensor(value, dtype=dtype)


def test_the_common_dtype():
    cases = [
        (i64 + 0.5, "float32"), (f32 + zero_d(1.0, torch.float64), "float32"), (b + 1, "int64"),
        (u8 + 100, "uint8"), (i32 + zero_d(1), "int32"), (i32 + f32, "float32"), (i64 + f64, "float64"),
        (u8 + i32, "int32"), (b + b, "bool"), (b * b, "bool"), (b * 2.0, "float32"),
        (i64 / i64, "float32"), (i64 // 2, "int64"), (i64 // 2.0, "float32"), (i64 % 2, "int64"),
        (i64 ** 2, "int64"), (i64 ** 2.0, "float32"), (2 ** i64, "int64"), (2.0 ** i64, "float32"),
        (i64.clamp(0, 2.5), "float32"), (b & b, "bool"), (u8 & i64, "int64"), (b < 1, "bool"),
        (zero_d(1) + zero_d(1.0), "float32"), (zero_d(1.0, torch.float64) + i64, "float64"),
        (True + i32, "int32"), (i64.exp(), "float32"), (torch.maximum(i64, f32), "float32"),
        (torch.where(b, 1, 2), "int64"), (torch.where(b, i64, f32), "float32"),
        (torch.where(b, 1.0, 2), "float32"), (u8 + 300, "uint8"), (-u8, "uint8"), (i32 / 2, "float32"),
        (f64 / 2, "float64"), (i64 + True, "int64"), (i64.abs(), "int64"), (i32.relu(), "int32"),
        (torch.atan2(i64, i64), "float32"), (torch.hypot(f32, f64), "float64"),
        (torch.addcmul(i64, i64, i64), "int64"), (torch.fmod(i64, 2.5), "float32"),
        (torch.sigmoid(b), "float32"), (b // 1, "int64"), (b.sign(), "bool"),
    ]
    for number, (result, dtype) in enumerate(cases):
        assert str(result.dtype) == "torch." + dtype, (number, result)
    assert (u8 + 300).tolist() == [45, 46] and (-u8).tolist() == [255, 254]
    assert b.isinf().tolist() == [False, False] and torch.isclose(b, b).all()


def test_in_place_the_category_never_falls():
    raises(RuntimeError, "result type Float can't be cast to the desired output type Long",
           lambda: i64.add_(1.5))
    raises(RuntimeError, "result type Float can't be cast to the desired output type Long",
           lambda: i64.div_(2))
    raises(RuntimeError, "result type Long can't be cast to the desired output type Bool",
           lambda: b.add_(1))
    assert i32.clone().add_(i64).dtype == torch.int32
    assert f32.clone().add_(f64).dtype == torch.float32
    assert u8.clone().mul_(i64 * 200).tolist() == [200, 32]


def test_what_has_no_meaning_is_refused():
    raises(RuntimeError, "Negation, the `-` operator, on a bool tensor is not supported", lambda: -b)
    raises(RuntimeError, "Subtraction, the `-` operator, with two bool tensors", lambda: b - b)
    raises(RuntimeError, "Integers to negative integer powers are not allowed.", lambda: i64 ** -1)
    raises(RuntimeError, "alpha must not be a floating point number",
           lambda: torch.add(i64, 1, alpha=1.5))
    raises(RuntimeError, "Boolean inputs not supported for relu", lambda: torch.relu(b))


def test_asking_for_the_common_dtype():
    assert torch.promote_types(torch.int32, torch.float32) is torch.float32
    assert torch.promote_types(torch.uint8, torch.int64) is torch.int64
    assert torch.result_type(i64, 1.5) is torch.float32 and torch.result_type(u8, 3) is torch.uint8
    assert torch.can_cast(torch.int64, torch.float32)
    assert not torch.can_cast(torch.float32, torch.int64)
    raises(TypeError, "argument 'to' (position 2) must be torch.dtype, not int",
           lambda: torch.can_cast(torch.int64, 3))


def test_limits_of_dtypes():
    info = torch.finfo(torch.float64)
    assert (info.bits, info.dtype, info.eps) == (64, "float64", 2.0 ** -52)
    assert info.max == -info.min > 1e308 and info.tiny == info.smallest_normal == 2.0 ** -1022
    assert torch.finfo().resolution == 1e-6
    whole = torch.iinfo(torch.uint8)
    assert (whole.min, whole.max, whole.bits, repr(whole)) == (0, 255, 8, "iinfo(min=0, max=255, dtype=uint8)")
    assert torch.iinfo(torch.int64).min == -2 ** 63
    raises(TypeError, "torch.finfo() requires a floating point input type", lambda: torch.finfo(torch.int32))
    raises(TypeError, "torch.iinfo() requires an integer input type", lambda: torch.iinfo(torch.float32))
    raises(TypeError, "torch.bool is not supported by torch.iinfo", lambda: torch.iinfo(torch.bool))
    assert f32.layout is torch.strided and repr(torch.strided) == "torch.strided"


def test_types_by_their_old_names():
    x = torch.ones(2)
    assert x.type(torch.LongTensor).dtype == x.type("torch.LongTensor").dtype == torch.int64
    assert x.type("torch.DoubleTensor").type() == "torch.DoubleTensor"
    assert x.type(torch.FloatTensor) is x
    for wrong in ("torch.FooTensor", "float"):
        try:
            x.type(wrong)
        except ValueError as exception:
            assert str(exception) == f"invalid type: {wrong!r}"
        else:
            raise AssertionError(wrong)


def test_data_of_whole_numbers_have_no_gradient():
    x = torch.ones(3, requires_grad=True)

    def assign():
        x.data = torch.tensor([1, 2, 3])

    raises(RuntimeError, "data set to a tensor that requires gradients must be floating point",
           assign)
    assert x.dtype == torch.float32


def test_plain_types_are_named_in_full():
    size = torch.ones(2, 3).shape
    raises(TypeError, "unsupported operand type(s) for +: 'Tensor' and 'torch.Size'",
           lambda: torch.ones(2, 3) + size)
    raises(AttributeError, "'torch.Size' object has no attribute 'foo'", lambda: size.foo)
    raises(AttributeError, "'torch.dtype' object has no attribute 'foo'", lambda: torch.bool.foo)
    assert type(size).__name__ == "Size" and type(size).__module__ == "torch"
