#pragma once
/* A function of the face as a row of a table: its name, its parameters, and the C function that is
 * called once they are sorted. One Python object made from the row is both `torch.exp` and the
 * method `Tensor.exp` (self is then the first argument), so the two cannot differ. */

#include "engine/ops/ops.h"
#include "lessons/torch/face.h"

enum { PARAMETERS_MAX = 16 };

struct call;

/* Where a row appears; bits. */
enum function_place {
    PLACE_METHOD = 1,     /* Tensor.name */
    PLACE_TORCH = 2,      /* torch.name */
    PLACE_FUNCTIONAL = 4, /* torch.nn.functional.name */
    PLACE_AUTOGRAD = 8,   /* torch.autograd.name */
    PLACE_CUDA = 16,      /* torch.cuda.name */
    PLACE_IN_PLACE = 32,  /* also Tensor.name_, in place; torch.name_ of one operand; F.name_ */
    PLACE_RANDOM = 64,    /* torch.random.name */
    PLACE_LINALG = 128,   /* torch.linalg.name */
};

struct function_row {
    const char *name;

    /* In the order of the signature. The first `required` must be given, those from `keyword_only` on
     * (0: none) only by name. The one before which `collects` - 1 others stand takes all further
     * positional arguments: ones(2, 3), x.view(2, 3). */
    const char *parameters[PARAMETERS_MAX + 1];
    int required, keyword_only, collects;

    PyObject *(*call)(struct call *call);

    /* For the functions that several rows share. */
    enum op_id op;
    bool in_place, takes_out; /* out=: the call ends in function_apply */
    unsigned places;          /* of enum function_place */
};

/* One call, arguments sorted. */
struct call {
    struct face *face;
    const struct function_row *row;
    bool is_method;                      /* of Tensor: the first argument stands before the dot */
    PyObject *arguments[PARAMETERS_MAX]; /* lent; NULL: not given */
    Py_ssize_t positional;               /* so many of them were not given by name */
    PyObject *const *collected;          /* by the parameter that collects, if there were several */
    Py_ssize_t collected_count;
    PyObject *out; /* lent: out=, where the row takes it and it was given; else NULL */
};

bool function_type_create(struct face *face, PyObject *module);
/* Whether a method of a class may be called on `self`, which can be anything: Linear.forward(1, x).
 * False with an exception. */
typedef bool function_accepts(const struct face *face, PyObject *self);
/* The callable of a row, which lives as long as the program. accepts NULL: the row looks at all its
 * arguments itself. */
PyObject *function_object_create(struct face *face, const struct function_row *row,
                                 function_accepts *accepts);
/* Adds to `dictionary` (of a module or type) the rows up to the one without a name that appear in
 * `place`; 0: all. */
bool functions_add(struct face *face, PyObject *dictionary, const struct function_row *rows,
                   unsigned place);
/* The same for a class whose methods reach into their object: all rows. */
bool methods_add(struct face *face, PyObject *dictionary, const struct function_row *rows,
                 function_accepts *accepts);
