"""What PyTorch says of a call whose arguments fit none of a function's signatures: "add() received an
invalid combination of arguments - got (Tensor), but expected ...". Asked only after a call was refused."""

# Functions with several signatures, one to a line (and on, further in). @ stands for what recurs.
# A method has those whose first parameter is a tensor, without it and without an out.
FUNCTIONS = """
add
    Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None
addcdiv
    Tensor input, Tensor tensor1, Tensor tensor2, *, Number value = 1, Tensor out = None
addcmul
    Tensor input, Tensor tensor1, Tensor tensor2, *, Number value = 1, Tensor out = None
addmm
    Tensor input, Tensor mat1, Tensor mat2, *, Number beta = 1, Number alpha = 1,
        Tensor out = None
all
    Tensor input@out
    Tensor input, tuple of ints dim = None, bool keepdim = False@out
    Tensor input, int dim, bool keepdim = False@out
    Tensor input, name dim, bool keepdim = False@out
any
    Tensor input@out
    Tensor input, tuple of ints dim = None, bool keepdim = False@out
    Tensor input, int dim, bool keepdim = False@out
    Tensor input, name dim, bool keepdim = False@out
arange
    Number end@out, @options
    Number start, Number end, *, @options
    Number start, Number end, Number step = 1@out, @options
argsort
    Tensor input, *, bool stable, int dim = -1, bool descending = False, Tensor out = None
    Tensor input, int dim = -1, bool descending = False
    Tensor input, name dim, bool descending = False
atleast_1d
    Tensor input
    tuple of Tensors tensors
atleast_2d
    Tensor input
    tuple of Tensors tensors
atleast_3d
    Tensor input
    tuple of Tensors tensors
bernoulli
    Tensor input, *, @gen = None, Tensor out = None
    Tensor input, float p, *, @gen = None
bitwise_and
    Tensor input, Tensor other@out
    Number self, Tensor other
    Tensor input, Number other@out
bitwise_left_shift
    Tensor input, Tensor other@out
    Number self, Tensor other
    Tensor input, Number other@out
bitwise_or
    Tensor input, Tensor other@out
    Number self, Tensor other
    Tensor input, Number other@out
bitwise_right_shift
    Tensor input, Tensor other@out
    Number self, Tensor other
    Tensor input, Number other@out
bitwise_xor
    Tensor input, Tensor other@out
    Number self, Tensor other
    Tensor input, Number other@out
cat
    tuple of Tensors tensors, int dim = 0@out
    tuple of Tensors tensors, name dim@out
clamp
    Tensor input, Tensor min = None, Tensor max = None@out
    Tensor input, Number min = None, Number max = None@out
clamp_max
    Tensor input, Tensor max@out
    Tensor input, Number max@out
clamp_min
    Tensor input, Tensor min@out
    Tensor input, Number min@out
clip
    Tensor input, Tensor min = None, Tensor max = None@out
    Tensor input, Number min = None, Number max = None@out
concat
    tuple of Tensors tensors, int dim = 0@out
    tuple of Tensors tensors, name dim@out
concatenate
    tuple of Tensors tensors, int dim = 0@out
    tuple of Tensors tensors, name dim@out
conv1d
    Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1,
        tuple of ints padding = 0, tuple of ints dilation = 1, int groups = 1
    Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1,
        str padding = "valid", tuple of ints dilation = 1, int groups = 1
conv2d
    Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1,
        tuple of ints padding = 0, tuple of ints dilation = 1, int groups = 1
    Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1,
        str padding = "valid", tuple of ints dilation = 1, int groups = 1
count_nonzero
    Tensor input, int dim = None
    Tensor input, tuple of ints dim
cummax
    Tensor input, int dim, *, tuple of Tensors out = None
    Tensor input, name dim, *, tuple of Tensors out = None
cummin
    Tensor input, int dim, *, tuple of Tensors out = None
    Tensor input, name dim, *, tuple of Tensors out = None
cumprod
    Tensor input, int dim, *, torch.dtype dtype = None, Tensor out = None
    Tensor input, name dim, *, torch.dtype dtype = None, Tensor out = None
cumsum
    Tensor input, int dim, *, torch.dtype dtype = None, Tensor out = None
    Tensor input, name dim, *, torch.dtype dtype = None, Tensor out = None
diagonal
    Tensor input, *, name outdim, name dim1, name dim2, int offset = 0
    Tensor input, int offset = 0, int dim1 = 0, int dim2 = 1
div
    Tensor input, Tensor other@out
    Tensor input, Tensor other, *, str rounding_mode, Tensor out = None
    Tensor input, Number other, *, str rounding_mode
divide
    Tensor input, Tensor other@out
    Tensor input, Tensor other, *, str rounding_mode, Tensor out = None
    Tensor input, Number other
    Tensor input, Number other, *, str rounding_mode
dsplit
    Tensor input, int sections
    Tensor input, tuple of ints indices
empty
    tuple of ints size, *, tuple of names names, @format, @options
    tuple of ints size, *, @format, Tensor out = None, @options
eq
    Tensor input, Tensor other@out
    Tensor input, Number other@out
eye
    int n@out, @options
    int n, int m@out, @options
flatten
    Tensor input, int start_dim, int end_dim, name out_dim
    Tensor input, int start_dim = 0, int end_dim = -1
    Tensor input, name start_dim, name end_dim, name out_dim
    Tensor input, tuple of names dims, name out_dim
floor_divide
    Tensor input, Tensor other@out
    Tensor input, Number other
fmod
    Tensor input, Tensor other@out
    Tensor input, Number other@out
full
    tuple of ints size, Number fill_value, *, tuple of names names, @options
    tuple of ints size, Number fill_value@out, @options
gather
    Tensor input, int dim, Tensor index, *, bool sparse_grad = False, Tensor out = None
    Tensor input, name dim, Tensor index, *, bool sparse_grad = False, Tensor out = None
ge
    Tensor input, Tensor other@out
    Tensor input, Number other@out
greater
    Tensor input, Tensor other@out
    Tensor input, Number other@out
greater_equal
    Tensor input, Tensor other@out
    Tensor input, Number other@out
gt
    Tensor input, Tensor other@out
    Tensor input, Number other@out
hsplit
    Tensor input, int sections
    Tensor input, tuple of ints indices
index_add
    Tensor input, int dim, Tensor index, Tensor source, *, Number alpha = 1, Tensor out = None
    Tensor input, name dim, Tensor index, Tensor source, *, Number alpha = 1
index_copy
    Tensor input, int dim, Tensor index, Tensor source@out
    Tensor input, name dim, Tensor index, Tensor source
index_fill
    Tensor input, int dim, Tensor index, Tensor value
    Tensor input, name dim, Tensor index, Tensor value
    Tensor input, int dim, Tensor index, Number value
    Tensor input, name dim, Tensor index, Number value
index_select
    Tensor input, int dim, Tensor index@out
    Tensor input, name dim, Tensor index@out
kthvalue
    Tensor input, int k, int dim = -1, bool keepdim = False, *, tuple of Tensors out = None
    Tensor input, int k, name dim, bool keepdim = False, *, tuple of Tensors out = None
le
    Tensor input, Tensor other@out
    Tensor input, Number other@out
lerp
    Tensor input, Tensor end, Tensor weight@out
    Tensor input, Tensor end, Number weight@out
less
    Tensor input, Tensor other@out
    Tensor input, Number other@out
less_equal
    Tensor input, Tensor other@out
    Tensor input, Number other@out
linspace
    Tensor start, Tensor end, int steps@out, @options
    Number start, Tensor end, int steps@out, @options
    Tensor start, Number end, int steps@out, @options
    Number start, Number end, int steps@out, @options
log_softmax
    Tensor input, int dim, torch.dtype dtype = None@out
    Tensor input, name dim, *, torch.dtype dtype = None
logspace
    Tensor start, Tensor end, int steps, float base = 10.0@out, @options
    Number start, Tensor end, int steps, float base = 10.0@out, @options
    Tensor start, Number end, int steps, float base = 10.0@out, @options
logsumexp
    Tensor input, tuple of ints dim, bool keepdim = False@out
    Tensor input, tuple of names dim, bool keepdim = False@out
lt
    Tensor input, Tensor other@out
    Tensor input, Number other@out
masked_fill
    Tensor input, Tensor mask, Tensor value
    Tensor input, Tensor mask, Number value
max
    Tensor input@out
    Tensor input, Tensor other@out
    Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None
    Tensor input, name dim, bool keepdim = False, *, tuple of Tensors out = None
mean
    Tensor input, *, torch.dtype dtype = None, Tensor out = None
    Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None,
        Tensor out = None
    Tensor input, tuple of names dim, bool keepdim = False, *, torch.dtype dtype = None,
        Tensor out = None
median
    Tensor input
    Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None
    Tensor input, name dim, bool keepdim = False, *, tuple of Tensors out = None
min
    Tensor input@out
    Tensor input, Tensor other@out
    Tensor input, int dim, bool keepdim = False, *, tuple of Tensors out = None
    Tensor input, name dim, bool keepdim = False, *, tuple of Tensors out = None
moveaxis
    Tensor input, int source, int destination
    Tensor input, tuple of ints source, tuple of ints destination
movedim
    Tensor input, int source, int destination
    Tensor input, tuple of ints source, tuple of ints destination
multiply
    Tensor input, Tensor other@out
    Tensor input, Number other
narrow
    Tensor input, int dim, Tensor start, int length
    Tensor input, int dim, int start, int length
ne
    Tensor input, Tensor other@out
    Tensor input, Number other@out
normal
    Tensor mean, Tensor std, *, @gen = None, Tensor out = None
    Tensor mean, float std = 1, *, @gen = None, Tensor out = None
    float mean, Tensor std, *, @gen = None, Tensor out = None
    float mean, float std, tuple of ints size, *, @gen = None, Tensor out = None, @options
not_equal
    Tensor input, Tensor other@out
    Tensor input, Number other@out
ones
    tuple of ints size, *, tuple of names names, @options
    tuple of ints size@out, @options
pow
    Tensor input, Tensor exponent@out
    Number self, Tensor exponent@out
    Tensor input, Number exponent@out
prod
    Tensor input, *, torch.dtype dtype = None
    Tensor input, int dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None
    Tensor input, name dim, bool keepdim = False, *, torch.dtype dtype = None, Tensor out = None
rand
    tuple of ints size, *, @gen, tuple of names names, @options
    tuple of ints size, *, @gen, Tensor out = None, @options
    tuple of ints size@out, @options
    tuple of ints size, *, tuple of names names, @options
randint
    int high, tuple of ints size, *, @gen, Tensor out = None, @options
    int high, tuple of ints size@out, @options
    int low, int high, tuple of ints size, *, @gen, Tensor out = None, @options
    int low, int high, tuple of ints size@out, @options
randint_like
    Tensor input, int high, *, @format, @options
    Tensor input, int low, int high, *, @format, @options
randn
    tuple of ints size, *, @gen, tuple of names names, @options
    tuple of ints size, *, @gen, Tensor out = None, @options
    tuple of ints size@out, @options
    tuple of ints size, *, tuple of names names, @options
randperm
    int n, *, @gen, Tensor out = None, @options
    int n@out, @options
remainder
    Tensor input, Tensor other@out
    Number self, Tensor other
    Tensor input, Number other@out
repeat_interleave
    Tensor input, Tensor repeats, int dim = None, *, int output_size = None
    Tensor repeats, *, int output_size = None
    Tensor input, int repeats, int dim = None, *, int output_size = None
result_type
    Tensor tensor, Tensor other
    Number scalar, Tensor tensor
    Tensor tensor, Number other
    Number scalar1, Number scalar2
round
    Tensor input@out
    Tensor input, *, int decimals, Tensor out = None
scatter
    Tensor input, int dim, Tensor index, Tensor src@out
    Tensor input, int dim, Tensor index, Tensor src, *, str reduce, Tensor out = None
    Tensor input, name dim, Tensor index, Tensor src
    Tensor input, int dim, Tensor index, Number value@out
    Tensor input, int dim, Tensor index, Number value, *, str reduce, Tensor out = None
    Tensor input, name dim, Tensor index, Number value
scatter_add
    Tensor input, int dim, Tensor index, Tensor src@out
    Tensor input, name dim, Tensor index, Tensor src
select
    Tensor input, name dim, int index
    Tensor input, int dim, int index
softmax
    Tensor input, int dim, torch.dtype dtype = None@out
    Tensor input, name dim, *, torch.dtype dtype = None
sort
    Tensor input, *, bool stable, int dim = -1, bool descending = False,
        tuple of Tensors out = None
    Tensor input, int dim = -1, bool descending = False, *, tuple of Tensors out = None
    Tensor input, *, bool stable, name dim, bool descending = False, tuple of Tensors out = None
    Tensor input, name dim, bool descending = False, *, tuple of Tensors out = None
squeeze
    Tensor input
    Tensor input, int dim
    Tensor input, tuple of ints dim
    Tensor input, name dim
std
    Tensor input, tuple of ints dim, bool unbiased = True, bool keepdim = False@out
    Tensor input, tuple of ints dim = None, *, Number correction = None, bool keepdim = False,
        Tensor out = None
    Tensor input, bool unbiased = True
    Tensor input, tuple of names dim, bool unbiased = True, bool keepdim = False@out
    Tensor input, tuple of names dim, *, Number correction = None, bool keepdim = False,
        Tensor out = None
std_mean
    Tensor input, tuple of ints dim, bool unbiased = True, bool keepdim = False
    Tensor input, tuple of ints dim = None, *, Number correction = None, bool keepdim = False
    Tensor input, bool unbiased = True
    Tensor input, tuple of names dim, bool unbiased = True, bool keepdim = False
    Tensor input, tuple of names dim, *, Number correction = None, bool keepdim = False
sub
    Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None
subtract
    Tensor input, Tensor other, *, Number alpha = 1, Tensor out = None
    Tensor input, Number other, Number alpha = 1
sum
    Tensor input, *, torch.dtype dtype = None
    Tensor input, tuple of ints dim, bool keepdim = False, *, torch.dtype dtype = None,
        Tensor out = None
    Tensor input, tuple of names dim, bool keepdim = False, *, torch.dtype dtype = None,
        Tensor out = None
tensor_split
    Tensor input, tuple of ints indices, int dim = 0
    Tensor input, Tensor tensor_indices_or_sections, int dim = 0
    Tensor input, int sections, int dim = 0
transpose
    Tensor input, int dim0, int dim1
    Tensor input, name dim0, name dim1
true_divide
    Tensor input, Tensor other@out
    Tensor input, Number other
unbind
    Tensor input, int dim = 0
    Tensor input, name dim
unflatten
    Tensor input, name dim, tuple of ints sizes, tuple of names names
    Tensor input, int dim, tuple of ints sizes
var
    Tensor input, tuple of ints dim, bool unbiased = True, bool keepdim = False@out
    Tensor input, tuple of ints dim = None, *, Number correction = None, bool keepdim = False,
        Tensor out = None
    Tensor input, bool unbiased = True
    Tensor input, tuple of names dim, bool unbiased = True, bool keepdim = False@out
    Tensor input, tuple of names dim, *, Number correction = None, bool keepdim = False,
        Tensor out = None
var_mean
    Tensor input, tuple of ints dim, bool unbiased = True, bool keepdim = False
    Tensor input, tuple of ints dim = None, *, Number correction = None, bool keepdim = False
    Tensor input, bool unbiased = True
    Tensor input, tuple of names dim, bool unbiased = True, bool keepdim = False
    Tensor input, tuple of names dim, *, Number correction = None, bool keepdim = False
vsplit
    Tensor input, int sections
    Tensor input, tuple of ints indices
where
    Tensor condition
    Tensor condition, Tensor input, Tensor other@out
    Tensor condition, Number self, Tensor other
    Tensor condition, Tensor input, Number other
    Tensor condition, Number self, Number other
xlogy
    Tensor input, Tensor other@out
    Number self, Tensor other@out
    Tensor input, Number other@out
zeros
    tuple of ints size, *, tuple of names names, @options
    tuple of ints size@out, @options
"""

# Methods that are not those of a function.
METHODS = """
bernoulli_
    Tensor p, *, @gen = None
    float p = 0.5, *, @gen = None
copy_
    Tensor other, bool non_blocking = False
fill_
    Tensor value
    Number value
nonzero
    
    *, bool as_tuple
random_
    *, @gen = None
    int from, int to, *, @gen = None
    int to, *, @gen = None
scatter_
    int dim, Tensor index, Tensor src
    int dim, Tensor index, Tensor src, *, str reduce
    int dim, Tensor index, Number value
    int dim, Tensor index, Number value, *, str reduce
size
    int dim = None
    name dim
sort
    *, bool stable, int dim = -1, bool descending = False
    int dim = -1, bool descending = False
    *, bool stable, name dim, bool descending = False
    name dim, bool descending = False
stride
    int dim = None
    name dim
to
    torch.device device = None, torch.dtype dtype = None, bool non_blocking = False,
        bool copy = False, *, @format
    torch.dtype dtype, bool non_blocking = False, bool copy = False, *, @format
    Tensor tensor, bool non_blocking = False, bool copy = False, *, @format
type
    object dtype = None, bool non_blocking = False, *, @format
view
    torch.dtype dtype
    tuple of ints size
where
    Tensor condition, Tensor other
    Tensor condition, Number other
"""

RECURRING = {
    "@options": "torch.dtype dtype = None, torch.layout layout = None, torch.device device = None, "
                "bool pin_memory = False, bool requires_grad = False",
    "@gen": "torch.Generator generator",
    "@format": "torch.memory_format memory_format = None",
    "@out": ", *, Tensor out = None",
}


def listed(table, name):
    """The signatures under that name, each as one text; [] where there is none."""
    found, here = [], False
    for line in table.splitlines():
        if not line.startswith(" "):
            here = line == name
        elif here and line.startswith("        "):
            found[-1] += " " + line.strip()
        elif here:
            found.append(line.strip())
    for short, long in RECURRING.items():
        found = [signature.replace(short, long) for signature in found]
    return found


def without_self(signature):
    """That of the method; None where the first parameter is no tensor."""
    first, _, rest = signature.partition(", ")
    if first not in ("Tensor input", "Tensor self"):
        return None
    return rest.replace(", *, Tensor out = None", "").replace("*, Tensor out = None", "") \
               .replace(", *, tuple of Tensors out = None", "").replace(", Tensor out = None", "")


def signatures(name, is_method):
    if not is_method:
        return listed(FUNCTIONS, name)
    plain = name.rstrip("_")
    own = listed(METHODS, name) or listed(METHODS, plain)
    derived = [without_self(each) for each in listed(FUNCTIONS, plain)]
    return own or list(dict.fromkeys(each for each in derived if each is not None))


def parameters(signature):
    """[(type, name, whether it has a default)]; "*" stands for itself, and counts in `fits`."""
    parts = []
    for part in signature.split(", ") if signature else []:
        declared, _, default = part.partition(" = ")
        kind, _, name = declared.rpartition(" ")
        parts.append((kind, name, bool(default)))
    return parts


def is_plausible(signature, count):
    named = [part for part in parameters(signature) if part[1] != "*"]
    return sum(not has_default for _, _, has_default in named) <= count <= len(named)


def kind_of(value):
    return type(value).__name__


def described(value):
    """As kind_of, a list or tuple with what is in it."""
    if not isinstance(value, (tuple, list)):
        return kind_of(value)
    inside = ", ".join(kind_of(item) for item in value)
    if isinstance(value, tuple):
        return f"{kind_of(value)} of ({inside}{',' if len(value) == 1 else ''})"
    return f"{kind_of(value)} of [{inside}]"


def marked(signature, args, keywords):
    """The arguments, those of a wrong type between exclamation marks."""
    parts, texts = parameters(signature), []
    given = [("", value) for value in args] + [(name + "=", value) for name, value in keywords.items()]
    for i, (name, value) in enumerate(given):
        kind = parts[i][0] if i < len(parts) and not parts[i][2] else None
        right = kind_of(value) == kind or (kind_of(value) == "int" and kind == "float")
        texts.append(f"{name}{described(value)}" if right else f"!{name}{described(value)}!")
    return ", ".join(texts)


def why_not(signature, args, keywords):
    """The line below a signature that has as many parameters as there are arguments, or ""."""
    parts = parameters(signature)
    if len(parts) != len(args) + len(keywords):
        return ""
    last = [name for _, name, has_default in parts[len(args):] if not has_default]
    unknown = [name for name in keywords if name not in last]
    if unknown:
        return ("      didn't match because some of the keywords were incorrect: "
                f"{', '.join(unknown)}\n")
    return ("      didn't match because some of the arguments have invalid types: "
            f"({marked(signature, args, keywords)})\n")


def refusal(name, is_method, args, keywords):
    """The text; None where one signature was meant, and what is wrong with it has been said."""
    known = signatures(name, is_method)
    count = len(args) + len(keywords)
    if not known or sum(is_plausible(each, count) for each in known) == 1:
        return None
    return refused(name, known, args, keywords)


def refusal_of(name, table, args, keywords):
    """The text of a call that fits none of the signatures under that name in `table`."""
    return refused(name, listed(table, name), args, keywords)


def refused(name, known, args, keywords):
    got = ", ".join([kind_of(value) for value in args]
                    + [f"{key}={kind_of(value)}" for key, value in keywords.items()])
    got += ", " if keywords and not args else ""
    start = f"{name}() received an invalid combination of arguments - got "
    if len(known) == 1:
        return f"{start}({marked(known[0], args, keywords)}), but expected ({known[0]})"
    listing = "".join(f" * ({each})\n{why_not(each, args, keywords)}" for each in known)
    return f"{start}({got}), but expected one of:\n{listing}"
