"""The cases that are not compared, by name."""

# What differs on purpose or is beyond an introductory course: kind, case, why.
OUT_OF_SCOPE = {k: {} for k in "course errors graph ops optim print rng text training".split()}

# What is not supported so far. Only ever shrinks. GRADLIGHT_GOLDEN=not-yet in the environment of
# test_torch_golden prints what each of them lacks.
NOT_YET = {
    "course": [],
    "errors": [
        'torch.linspace(0,1)',
        'torch.ones(2,2).inverse | torch.inverse(torch.zeros(2,2))',
        'torch.softmax(torch.ones(2,2))',
        "torch.sum(torch.ones(2),dim='a')",
    ],
    "graph": [
        'cumsum(0)',
        'sort',
        'topk',
        'bilinear',
        'linalg.inv',
        'det',
    ],
    "ops": [
        '88: a.cumsum(0)',
        '89: a.cumsum(1)',
        '153: torch.sort(a)[0]',
        '154: torch.topk(a,2)[0]',
        '243: F.adaptive_avg_pool2d(x,1)',
        '258: torch.linalg.inv(a)',
        '259: torch.det(a)',
    ],
    "optim": [],
    "print": [
        'torch.tensor([1.5],dtype=torch.float16)',
        'torch.tensor([1+2j])',
    ],
    "rng": [],
    "text": [
        'print(torch.tensor([1.5],dtype=torch.float16))',
        'print(torch.tensor([1+2j]))',
        'print(torch.half)',
        'print(torch.sort(torch.tensor([3,1,2])))',
        'print(torch.topk(torch.tensor([3.,1.,2.]),2))',
        'print(nn.Upsample(scale_factor=2))',
        'print(nn.Bilinear(1,2,3))',
        "import re | x=torch.ones(1,requires_grad=True); y=x+2; z=y*y*3 | print(y.grad_fn._sequence_nr() if hasattr(y.grad_fn,'_sequence_nr') else 'none')",
    ],
    "training": [],
}
