"""unique and unique_consecutive with a dimension: whole parts of a tensor are compared, not elements."""

import torch


def along(input, dim, inverse, counts, consecutive):
    """The different parts along `dim`, sorted as lists are unless only neighbours are compared; which of
    them each is and how often each occurs, if asked."""
    with torch.no_grad():
        rows = input.detach().movedim(dim, 0).flatten(1) if input.dim() > 1 else \
            input.detach().movedim(dim, 0).unsqueeze(1)
    parts = rows.tolist()
    order = range(len(parts)) if consecutive else sorted(range(len(parts)), key=parts.__getitem__)
    first, times, places = [], [], [0] * len(parts)
    for i in order:
        if not first or parts[i] != parts[first[-1]]:
            first.append(i)
            times.append(0)
        times[-1] += 1
        places[i] = len(first) - 1
    chosen, places, times = (torch.tensor(each, dtype=torch.long, device=input.device)
                             for each in (first, places, times))
    found = [input.detach().index_select(dim, chosen)]
    found += [places] if inverse else []
    found += [times] if counts else []
    return tuple(found) if len(found) > 1 else found[0]
