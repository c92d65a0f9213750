"""The real numpy beside our tensors: what shares memory, what is copied, what is a number."""

import warnings

import numpy as np
import torch

from torch_face import raises


def test_an_array_of_a_tensor_shares_its_memory():
    x = torch.ones(2, 3)
    for array in (x.numpy(), np.asarray(x), x.t().numpy().T):
        array[0, 0] += 1
    assert x[0, 0].item() == 4 and x._version == 0
    x[0, 0] = 9
    assert x.numpy()[0, 0] == 9 and x.t().numpy().strides == (4, 12)
    copy = np.array(x)
    copy[0, 0] = 0
    assert x[0, 0].item() == 9
    assert np.asarray(x, dtype=np.float64).dtype == x.__array__(np.float64).dtype == np.float64
    assert [np.asarray(torch.zeros(1, dtype=dtype)).dtype.name
            for dtype in (torch.bool, torch.uint8, torch.int32, torch.int64, torch.float64)] == \
        ["bool", "uint8", "int32", "int64", "float64"]
    array = torch.ones(3).numpy()
    assert array.sum() == 3  # the array keeps the memory


def test_a_tensor_that_requires_grad_is_no_array():
    x = torch.ones(2, requires_grad=True)
    text = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
    for use in (x.numpy, lambda: np.array(x), lambda: np.asarray(x), x.__array__):
        raises(RuntimeError, text, use)
    x.numpy(force=True)[0] = 5
    x.detach().numpy()[1] = 6
    assert x.tolist() == [5, 6]


def test_a_tensor_of_an_array_shares_its_memory():
    array = np.ones((2, 3))
    for x in (torch.from_numpy(array), torch.as_tensor(array), torch.from_numpy(array.T[:, ::1])):
        x.add_(1)
    assert array.tolist() == [[4] * 3] * 2
    for x in (torch.tensor(array), torch.as_tensor(array, dtype=torch.float32)):
        x.zero_()
    assert array[0, 0] == 4
    x = torch.from_numpy(array[:, ::2])
    assert x.shape == (2, 2) and x.stride() == (3, 2)
    del array
    assert x.sum().item() == 16
    assert torch.from_numpy(np.zeros((0, 3))).shape == (0, 3)


def test_what_no_tensor_can_share():
    records = np.zeros(3, dtype=[("a", "i2"), ("b", "f8")])
    for wrong, kind, text in (
            ([1, 2], TypeError, "expected np.ndarray (got list)"),
            (np.float32(1), TypeError, "expected np.ndarray (got numpy.float32)"),
            (memoryview(b"ab"), TypeError, "expected np.ndarray (got memoryview)"),
            (np.array(["a"]), TypeError, "can't convert np.ndarray of type numpy.str_."),
            (np.array([None]), TypeError, "can't convert np.ndarray of type numpy.object_."),
            (np.ones(4)[::-1], ValueError, "At least one stride in the given numpy array is negative"),
            (records["b"], ValueError, "strides not a multiple of the element byte size"),
            (np.ones(2, dtype=">f4"), ValueError, "byte order different from the native byte order"),
            (np.ones(2, dtype=np.uint16), NotImplementedError, "the kind 'H' is not supported by"),
            (np.ones(2, dtype=complex), NotImplementedError, "the kind 'Zd' is not supported by"),
            (np.zeros([1] * 20), RuntimeError, "dimensions are not supported by Gradlight")):
        raises(kind, text, lambda: torch.from_numpy(wrong))
    constant = np.ones(2)
    constant.flags.writeable = False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.from_numpy(constant).zero_()
    assert constant.tolist() == [1, 1] and "is not writable" in str(caught[0].message)


def test_numpys_numbers_are_numbers():
    x = torch.tensor([1.0, 2.0])
    for number in (np.float32(3), np.float64(3), np.int64(3), np.int32(3), np.uint8(3)):
        for result in (x + number, number + x, torch.add(x, number)):
            assert type(result) is torch.Tensor and result.dtype == torch.float32
            assert result.tolist() == [4, 5]
        assert (number * x).tolist() == [3, 6] and (number - x).tolist() == [2, 1]
        assert torch.full((2,), number).tolist() == [3, 3]
    assert (x * np.bool_(True)).tolist() == [1, 2]
    assert (torch.ones(2, dtype=torch.int64) * np.float32(1.5)).dtype == torch.float32
    i = np.int64(1)
    assert torch.zeros(np.int64(2), np.int32(3)).sum(i).shape == (2,)
    assert x[i].item() == 2 and x.reshape(i, -1).unsqueeze(np.int8(0)).shape == (1, 1, 2)
    assert torch.arange(np.float32(3)).tolist() == [0, 1, 2]
    assert x.clone().fill_(np.float32(7)).tolist() == [7, 7]
    torch.manual_seed(np.int64(1))


def test_types_of_what_lists_hold():
    for data, dtype in (([np.float64(1), np.float64(2)], torch.float64),
                        ([np.float32(1), 2], torch.float32), ([np.int32(1), 2], torch.int64),
                        ([np.int64(1), np.float64(2)], torch.float64),
                        ([np.bool_(True), True], torch.bool), (np.float64(1), torch.float64),
                        ([torch.tensor(1.0, dtype=torch.float64), 2], torch.float64),
                        (np.array([[1, 2]], dtype=np.int32), torch.int32)):
        assert torch.tensor(data).dtype == dtype, data
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x = torch.tensor([np.ones(2), np.zeros(2)])
    assert x.dtype == torch.float64 and x.tolist() == [[1, 1], [0, 0]]
    assert "Creating a tensor from a list of numpy.ndarrays is extremely slow" in \
        str(caught[0].message)
    assert torch.tensor([np.float16(1)]).tolist() == [1]


def test_numpys_functions_on_tensors():
    x = torch.tensor([0.0, 1.0])
    for result in (np.exp(x), np.square(x), np.add(x, 1), np.multiply(x, np.ones(2))):
        assert type(result) is torch.Tensor
    assert np.sqrt(torch.tensor([4, 9])).dtype == torch.float64
    assert np.isnan(x).dtype == torch.uint8 and np.argmax(x).item() == 1
    assert type(np.concatenate([x, x])) is np.ndarray and np.dot(x, x) == 1
    assert np.allclose(x, [0, 1])
    assert (x + np.ones(2)).dtype == torch.float64 and x.__array_priority__ == 1000
    assert (np.ones(2) / (x + 1)).tolist() == [1, 0.5]
    raises(TypeError, "unsupported operand type(s) for *: 'numpy.ndarray' and 'Tensor'",
           lambda: np.ones(2) * x)
    raises(TypeError, "mul_(): argument 'other' (position 1) must be Tensor, not numpy.ndarray",
           lambda: x.mul_(np.ones(2)))
