"""Apple's devices, of which there are none."""


def is_available():
    return False


def is_built():
    return False
