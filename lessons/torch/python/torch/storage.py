"""The memory below a tensor. Each storage here holds one row of all its elements, a tensor itself."""

import warnings as _warnings


class _Storage:
    def __init__(self, row):
        self._row = row

    @property
    def device(self):
        return self._row.device

    @property
    def is_cuda(self):
        return self._row.is_cuda

    def nbytes(self):
        return self._row.nbytes

    def data_ptr(self):
        return self._row.data_ptr()

    def size(self):
        return len(self)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def tolist(self):
        return list(self)

    def _checked(self, index):
        size = len(self)
        if not -size <= index < size:
            raise IndexError(f"index {index} out of range for storage of size {size}")
        return index % size

    def __repr__(self):
        lines = "\n ".join(str(value) for value in self)
        return f" {lines}\n[{self._kind()} of size {len(self)}]"


class UntypedStorage(_Storage):
    """Bytes."""

    def _bytes(self):
        return memoryview(self._row.cpu().numpy()).cast("B")

    def __len__(self):
        return self._row.nbytes

    def __getitem__(self, index):
        return self._bytes()[self._checked(index)]

    def _kind(self):
        return f"torch.storage.UntypedStorage(device={self.device})"


class TypedStorage(_Storage):
    """Elements of the tensor's type."""

    @property
    def dtype(self):
        return self._row.dtype

    def untyped(self):
        return UntypedStorage(self._row)

    def element_size(self):
        return self._row.element_size()

    def __len__(self):
        return self._row.numel()

    def __getitem__(self, index):
        if isinstance(index, slice):
            raise RuntimeError("slices are only supported in UntypedStorage.__getitem__")
        return self._row[self._checked(index)].item()

    def __setitem__(self, index, value):
        self._row[index if isinstance(index, slice) else self._checked(index)] = value

    def _kind(self):
        return f"torch.storage.TypedStorage(dtype={self.dtype}, device={self.device})"


def untyped_storage(row):
    return UntypedStorage(row)


def storage(row):
    _warnings.warn("TypedStorage is deprecated. It will be removed in the future and UntypedStorage "
                   "will be the only storage class. This should only matter to you if you are using "
                   "storages directly.  To access UntypedStorage directly, use "
                   "tensor.untyped_storage() instead of tensor.storage()", stacklevel=2)
    return TypedStorage(row)
