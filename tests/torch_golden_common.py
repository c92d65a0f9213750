"""What the comparisons with PyTorch's recorded results (golden/*.json) share."""

import json
import os
import sys


def namespace(torch):
    """The names that the golden files' code expects."""
    import torch.nn as nn
    import torch.nn.functional as F
    import torch.optim as optim
    import numpy as np
    from collections import OrderedDict
    return {"OrderedDict": OrderedDict, "torch": torch, "nn": nn, "F": F, "optim": optim, "np": np,
            "__name__": "__main__"}


def cases(root, name):
    """The file's cases as PyTorch 2.6 has them."""
    with open(os.path.join(root, "golden", name + ".json"), encoding="utf-8") as file:
        for case in json.load(file)["cases"]:
            newer = {**case, **case.get("v26", {})}
            for field in ("out", "text"):
                if sys.version_info < (3, 12) and "OrderedDict({" in str(newer.get(field)):
                    newer[field] = case[field]  # Python's own change of how it prints one
            yield newer
