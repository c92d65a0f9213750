"""The cases that are not compared, by name."""

# What differs on purpose or is beyond an introductory course: kind, case, why.
OUT_OF_SCOPE = {
    "course": {},
    "errors": {
        "torch.linspace(0,1)": "names the missing argument instead of listing four signatures",
        "torch.softmax(torch.ones(2,2))":
            "names the missing argument instead of listing two signatures",
        "torch.sum(torch.ones(2),dim='a')": "there are no named dimensions",
    },
    "graph": {
    },
    "ops": {},
    "optim": {},
    "print": {
        "torch.tensor([1+2j])": "complex numbers are not supported",
    },
    "programs": {},
    "refusals": {},
    "rng": {},
    "text": {
        "print(torch.tensor([1+2j]))": "complex numbers are not supported",
        "import re | x=torch.ones(1,requires_grad=True); y=x+2; z=y*y"
        "*3 | print(y.grad_fn._sequence_nr() if hasattr(y.grad_fn,'_sequence_nr') else 'none')":
            "counts the nodes since the program began",
    },
    "training": {},
}
