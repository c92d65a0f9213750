/* The module torch and its submodules, put together. */
#include "lessons/torch/torch.h"

#include <string.h>

#include "engine/observer.h"
#include "lessons/torch/creation.h"
#include "lessons/torch/dtype_info.h"
#include "lessons/torch/embedded.h"
#include "lessons/torch/function_context.h"
#include "lessons/torch/functions.h"
#include "lessons/torch/numpy_array.h"
#include "lessons/torch/safetensors.h"

/* ---- state ------------------------------------------------------------------------------------- */

static struct face *state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

/* The types, one after the other. */
enum { TYPES = sizeof(struct face_types) / sizeof(PyTypeObject *) };

static PyTypeObject **types_of(struct face *face)
{
    return (PyTypeObject **)(void *)&face->types;
}

static int torch_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct face *face = state_of(module);
    PyTypeObject **types = types_of(face);
    for (size_t i = 0; i < TYPES; i++) {
        Py_VISIT(types[i]);
    }
    Py_VISIT(face->node_types);
    Py_VISIT(face->default_generator);
    Py_VISIT(face->linalg_error);
    return 0;
}

static int torch_clear(PyObject *module)
{
    struct face *face = state_of(module);
    PyTypeObject **types = types_of(face);
    for (size_t i = 0; i < TYPES; i++) {
        Py_CLEAR(types[i]);
    }
    tensor_objects_drop_idle(face);
    for (int i = 0; i < DTYPE_ALL; i++) {
        Py_CLEAR(face->dtypes[i]);
    }
    Py_CLEAR(face->words.forward);
    Py_CLEAR(face->words.weight);
    Py_CLEAR(face->words.bias);
    Py_CLEAR(face->words.reduction);
    Py_CLEAR(face->words.inplace);
    Py_CLEAR(face->cpu);
    Py_CLEAR(face->node_types);
    Py_CLEAR(face->default_generator);
    Py_CLEAR(face->linalg_error);
    Py_CLEAR(face->kept_files);
    return 0;
}

static void torch_free(void *module)
{
    struct face *face = state_of(module);
    torch_clear(module);
    if (face->engine) {
        face->engine->face = NULL;
    }
}

static struct PyModuleDef torch_definition = {
    PyModuleDef_HEAD_INIT,        .m_name = "torch",      .m_size = sizeof(struct face),
    .m_traverse = torch_traverse, .m_clear = torch_clear, .m_free = torch_free,
};

struct face *face_current(void)
{
    return state_of(PyState_FindModule(&torch_definition));
}

/* ---- what all files need ----------------------------------------------------------------------- */

PyTypeObject *face_create_type(PyObject *module, PyType_Spec *spec, PyTypeObject *base)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpecWithBases(spec, (PyObject *)base);
    if (!type) {
        return NULL;
    }
    /* Classes written in Python show their bare name in messages; PyTorch's are. */
    const char *dot = strrchr(spec->name, '.');
    type->tp_name = dot ? dot + 1 : spec->name;
    if (module && PyModule_AddObjectRef(module, type->tp_name, (PyObject *)type) != 0) {
        Py_DECREF(type);
        return NULL;
    }
    return type;
}

void face_observe_creation(const struct face *face, const struct observed_creation *creation)
{
    if (face->engine->quiet == 0 && OBSERVED(face->engine, created)) {
        const struct observer *observer = face->engine->observer;
        observer->calls->created(observer->context, creation);
    }
}

/* ---- submodules -------------------------------------------------------------------------------- */

/* A name that is not there may stand in the module's part in Python; else it says so by its full
 * name. `self` is the name of the module. */
static PyObject *missing_attribute(PyObject *self, PyObject *name)
{
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), self); /* lent */
    bool ran = false;
    if (PyErr_Occurred() || (module && !embedded_run(module, PyUnicode_AsUTF8(self), &ran))) {
        return NULL;
    }
    PyObject *found = ran ? PyDict_GetItemWithError(PyModule_GetDict(module), name) : NULL;
    if (found || PyErr_Occurred()) {
        return Py_XNewRef(found);
    }
    PyErr_Format(
        PyExc_AttributeError,
        "module '%U' has no attribute '%U' (%U.%U is not supported by Gradlight; " LIST_HINT ")",
        self, name, self, name);
    return NULL;
}

/* The names of a module with those that its part in Python has. */
static PyObject *listed_names(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *module = PyDict_GetItemWithError(PyImport_GetModuleDict(), self); /* lent */
    bool ran = false;
    if (PyErr_Occurred() || (module && !embedded_run(module, PyUnicode_AsUTF8(self), &ran))) {
        return NULL;
    }
    return module ? PyDict_Keys(PyModule_GetDict(module)) : PyList_New(0);
}

static PyMethodDef module_functions[] = {
    { "__getattr__", missing_attribute, METH_O, NULL },
    { "__dir__", listed_names, METH_NOARGS, NULL },
};

static bool add_missing(PyObject *module, const char *name)
{
    PyObject *self = PyUnicode_FromString(name);
    bool added = self != NULL;
    for (size_t i = 0; added && i < sizeof(module_functions) / sizeof(*module_functions); i++) {
        PyObject *function = PyCFunction_New(&module_functions[i], self);
        added =
            function && PyModule_AddObjectRef(module, module_functions[i].ml_name, function) == 0;
        Py_XDECREF(function);
    }
    Py_XDECREF(self);
    return added;
}

/* A package without files: only what stands in sys.modules can be imported from it. */
static bool add_path(PyObject *module)
{
    PyObject *path = PyList_New(0);
    const bool added = path && PyModule_AddObjectRef(module, "__path__", path) == 0;
    Py_XDECREF(path);
    return added;
}

static bool register_module(PyObject *module, const char *name)
{
    PyObject *modules = PyImport_GetModuleDict(); /* lent */
    return add_path(module) && add_missing(module, name) &&
           PyDict_SetItemString(modules, name, module) == 0;
}

/* Lent by its parent: the module `parent`.`name`, created and registered. */
static PyObject *add_submodule(PyObject *parent, const char *full_name)
{
    PyObject *module = PyModule_New(full_name);
    if (!module) {
        return NULL;
    }
    const bool added = register_module(module, full_name) &&
                       PyModule_AddObjectRef(parent, strrchr(full_name, '.') + 1, module) == 0;
    Py_DECREF(module);
    return added ? module : NULL;
}

/* ---- putting it together ----------------------------------------------------------------------- */

static bool add_words(struct face_words *words)
{
    words->forward = PyUnicode_InternFromString("forward");
    words->weight = PyUnicode_InternFromString("weight");
    words->bias = PyUnicode_InternFromString("bias");
    words->reduction = PyUnicode_InternFromString("reduction");
    words->inplace = PyUnicode_InternFromString("inplace");
    return words->forward && words->weight && words->bias && words->reduction && words->inplace;
}

static bool add_types(struct face *face, PyObject *module)
{
    return function_type_create(face, NULL) && value_types_create(face, module) &&
           dtype_info_create(module) && generator_type_create(face, module) &&
           tensor_type_create(face, module) && grad_mode_types_create(face, module) &&
           handle_type_create(face);
}

/* clang-format off */
static const struct function_row *const all_rows[] = {
    creation_rows, creation_new_rows, buffer_rows,
    random_rows,
    dtype_rows,
    pointwise_rows, number_rows,
    generator_rows,
    activation_rows,
    save_rows, load_rows,
    math_rows, linalg_rows, statistics_rows,
    reduce_rows,
    order_rows,
    shape_rows,
    join_rows, rearrange_rows, dims_rows, index_rows,
    convert_rows,
    method_rows,
    autograd_rows,
    setting_rows,
    cuda_rows,
    hook_rows,
    anomaly_rows,
    window_rows,
    loss_rows,
    function_rows,
    norm_rows,
    array_rows,
    recurrent_rows,
    attention_rows,
};
/* clang-format on */
enum { TABLES = sizeof(all_rows) / sizeof(*all_rows) };

/* The rows of every table that appear in `place`. */
static bool add_rows(struct face *face, PyObject *dictionary, enum function_place place)
{
    for (size_t i = 0; i < TABLES; i++) {
        if (!functions_add(face, dictionary, all_rows[i], place)) {
            return false;
        }
    }
    return true;
}

static bool add_constants(PyObject *module)
{
    const struct {
        const char *name;
        double value;
    } constants[] = {
        { "pi", 3.14159265358979323846 },
        { "e", 2.71828182845904523536 },
        { "inf", Py_HUGE_VAL },
        { "nan", Py_NAN },
    };
    for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++) {
        PyObject *value = PyFloat_FromDouble(constants[i].value);
        const int status = value ? PyModule_AddObjectRef(module, constants[i].name, value) : -1;
        Py_XDECREF(value);
        if (status != 0) {
            return false;
        }
    }
    /* The PyTorch that lessons are written for and compared with. */
    return PyModule_AddStringConstant(module, "__version__", "2.6.0+gradlight") == 0 &&
           PyModule_AddObjectRef(module, "newaxis", Py_None) == 0;
}

static bool add_autograd(struct face *face, PyObject *torch)
{
    PyObject *autograd = add_submodule(torch, "torch.autograd");
    PyObject *graph = autograd ? add_submodule(autograd, "torch.autograd.graph") : NULL;
    static const char *const parts[] = { "torch.autograd._check", "torch.autograd.function",
                                         "torch.autograd.functional", "torch.autograd.grad_mode" };
    for (size_t i = 0; graph && i < sizeof(parts) / sizeof(*parts); i++) {
        graph = add_submodule(autograd, parts[i]) ? graph : NULL;
    }
    return graph && node_type_create(face, graph) && context_type_create(face, autograd) &&
           add_rows(face, PyModule_GetDict(autograd), PLACE_AUTOGRAD);
}

static bool add_nn(struct face *face, PyObject *torch)
{
    PyObject *nn = add_submodule(torch, "torch.nn");
    PyObject *functional = nn ? add_submodule(nn, "torch.nn.functional") : NULL;
    PyObject *modules = functional ? add_submodule(nn, "torch.nn.modules") : NULL;
    PyObject *init = modules ? add_submodule(nn, "torch.nn.init") : NULL;
    PyObject *utils = init ? add_submodule(nn, "torch.nn.utils") : NULL;
    return utils && add_submodule(utils, "torch.nn.utils.rnn") &&
           functions_add(face, PyModule_GetDict(init), init_rows, 0) &&
           add_submodule(modules, "torch.nn.modules.module") &&
           add_submodule(modules, "torch.nn.modules.adaptive") &&
           add_submodule(modules, "torch.nn.modules.lazy") &&
           add_submodule(modules, "torch.nn.modules.more") &&
           add_submodule(modules, "torch.nn.modules.rnn") &&
           add_submodule(modules, "torch.nn.modules.transformer") &&
           add_submodule(nn, "torch.nn.parallel") &&
           add_rows(face, PyModule_GetDict(functional), PLACE_FUNCTIONAL) &&
           functions_add(face, PyModule_GetDict(functional), functional_rows, 0) &&
           PyModule_AddObjectRef(nn, "Parameter", (PyObject *)face->types.parameter) == 0 &&
           module_type_create(face, nn) && layers_create(face, nn);
}

static bool add_optim(struct face *face, PyObject *torch)
{
    PyObject *optim = add_submodule(torch, "torch.optim");
    return optim && optimizer_types_create(face, optim) &&
           add_submodule(optim, "torch.optim.lr_scheduler") &&
           add_submodule(optim, "torch.optim._rates");
}

/* And torch.storage, torch.serialization. */
static bool add_utils(PyObject *torch)
{
    PyObject *utils = add_submodule(torch, "torch.utils");
    return utils && add_submodule(utils, "torch.utils.data") &&
           add_submodule(utils, "torch.utils.hooks") && add_submodule(torch, "torch.storage") &&
           add_submodule(torch, "torch.serialization");
}

/* A package beside torch, which reads its other kind of file. */
static bool add_safetensors(struct face *face)
{
    PyObject *package = PyModule_New("safetensors");
    PyObject *error =
        package ? PyErr_NewException("safetensors.SafetensorError", NULL, NULL) : NULL;
    PyObject *module = error ? add_submodule(package, "safetensors.torch") : NULL;
    const bool added = module && register_module(package, "safetensors") &&
                       PyModule_AddObjectRef(package, "SafetensorError", error) == 0 &&
                       functions_add(face, PyModule_GetDict(module), safetensors_rows, 0);
    Py_XDECREF(error);
    Py_XDECREF(package);
    return added;
}

/* The package of pictures, all of it in Python. */
static bool add_vision(void)
{
    PyObject *package = PyModule_New("torchvision");
    PyObject *transforms = package ? add_submodule(package, "torchvision.transforms") : NULL;
    const bool added = transforms && register_module(package, "torchvision") &&
                       add_submodule(transforms, "torchvision.transforms.functional") &&
                       add_submodule(package, "torchvision.datasets") &&
                       add_submodule(package, "torchvision._image");
    Py_XDECREF(package);
    return added;
}

static bool add_random(struct face *face, PyObject *torch)
{
    PyObject *random = add_submodule(torch, "torch.random");
    return random && add_rows(face, PyModule_GetDict(random), PLACE_RANDOM);
}

static bool add_linalg(struct face *face, PyObject *torch)
{
    PyObject *linalg = add_submodule(torch, "torch.linalg");
    face->linalg_error = PyErr_NewException("torch._C._LinAlgError", PyExc_RuntimeError, NULL);
    return linalg && face->linalg_error &&
           PyModule_AddObjectRef(linalg, "LinAlgError", face->linalg_error) == 0 &&
           add_rows(face, PyModule_GetDict(linalg), PLACE_LINALG);
}

static bool add_cuda(struct face *face, PyObject *torch)
{
    PyObject *cuda = add_submodule(torch, "torch.cuda");
    return cuda && add_rows(face, PyModule_GetDict(cuda), PLACE_CUDA) &&
           add_submodule(torch, "torch.amp") && add_submodule(cuda, "torch.cuda.amp");
}

static bool add_backends(PyObject *torch)
{
    PyObject *backends = add_submodule(torch, "torch.backends");
    return backends && add_submodule(backends, "torch.backends.cuda") &&
           add_submodule(backends, "torch.backends.cudnn") &&
           add_submodule(backends, "torch.backends.mps");
}

static bool add_return_types(struct face *face, PyObject *torch)
{
    PyObject *types = add_submodule(torch, "torch.return_types");
    return types && return_types_create(face, types);
}

/* Parts that no lesson names: what the program itself asks for. */
static bool add_private(PyObject *torch)
{
    return add_submodule(torch, "torch._copying") && add_submodule(torch, "torch._usual") &&
           add_submodule(torch, "torch._surface") && add_submodule(torch, "torch._signatures") &&
           add_submodule(torch, "torch._unique");
}

/* Where PyTorch defines what it shows elsewhere, for lessons that import it from there. */
static bool add_aliases(void)
{
    static const char *const aliases[][2] = {
        { "torch.nn.parameter", "torch.nn" },
        { "torch.nn.modules.activation", "torch.nn" },
        { "torch.nn.modules.batchnorm", "torch.nn" },
        { "torch.nn.modules.container", "torch.nn" },
        { "torch.nn.modules.conv", "torch.nn" },
        { "torch.nn.modules.distance", "torch.nn" },
        { "torch.nn.modules.dropout", "torch.nn" },
        { "torch.nn.modules.flatten", "torch.nn" },
        { "torch.nn.modules.fold", "torch.nn" },
        { "torch.nn.modules.instancenorm", "torch.nn" },
        { "torch.nn.modules.linear", "torch.nn" },
        { "torch.nn.modules.loss", "torch.nn" },
        { "torch.nn.modules.normalization", "torch.nn" },
        { "torch.nn.modules.padding", "torch.nn" },
        { "torch.nn.modules.pixelshuffle", "torch.nn" },
        { "torch.nn.modules.pooling", "torch.nn" },
        { "torch.nn.modules.sparse", "torch.nn" },
        { "torch.nn.modules.upsampling", "torch.nn" },
        { "torch.nn.utils.clip_grad", "torch.nn.utils" },
        { "torch.optim.optimizer", "torch.optim" },
        { "torch.optim.adadelta", "torch.optim" },
        { "torch.optim.adagrad", "torch.optim" },
        { "torch.optim.adam", "torch.optim" },
        { "torch.optim.adamax", "torch.optim" },
        { "torch.optim.adamw", "torch.optim" },
        { "torch.optim.asgd", "torch.optim" },
        { "torch.optim.lbfgs", "torch.optim" },
        { "torch.optim.nadam", "torch.optim" },
        { "torch.optim.radam", "torch.optim" },
        { "torch.optim.rmsprop", "torch.optim" },
        { "torch.optim.rprop", "torch.optim" },
        { "torch.optim.sgd", "torch.optim" },
        { "torch.distributions.normal", "torch.distributions" },
        { "torch.distributions.uniform", "torch.distributions" },
        { "torch.distributions.bernoulli", "torch.distributions" },
        { "torch.distributions.categorical", "torch.distributions" },
        { "torch.distributions.exponential", "torch.distributions" },
        { "torch.utils.data.dataset", "torch.utils.data" },
        { "torch.utils.data.dataloader", "torch.utils.data" },
        { "torch.utils.data.sampler", "torch.utils.data" },
        { "torchvision.datasets.mnist", "torchvision.datasets" },
        { "torchvision.transforms.transforms", "torchvision.transforms" },
    };
    PyObject *modules = PyImport_GetModuleDict(); /* lent */
    for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
        PyObject *module = PyDict_GetItemString(modules, aliases[i][1]);
        const char *dot = strrchr(aliases[i][0], '.');
        char parent[64];
        snprintf(parent, sizeof(parent), "%.*s", (int)(dot - aliases[i][0]), aliases[i][0]);
        if (!module || PyDict_SetItemString(modules, aliases[i][0], module) != 0 ||
            PyModule_AddObjectRef(PyDict_GetItemString(modules, parent), dot + 1, module) != 0) {
            return false;
        }
    }
    return true;
}

static bool fill_module(struct face *face, PyObject *module)
{
    return add_words(&face->words) && register_module(module, "torch") && add_types(face, module) &&
           add_constants(module) && add_rows(face, PyModule_GetDict(module), PLACE_TORCH) &&
           add_rows(face, face->types.tensor->tp_dict, PLACE_METHOD) &&
           add_autograd(face, module) && add_nn(face, module) && add_optim(face, module) &&
           add_safetensors(face) && add_vision() && add_utils(module) && add_random(face, module) &&
           add_linalg(face, module) && add_cuda(face, module) && add_backends(module) &&
           add_return_types(face, module) && add_submodule(module, "torch.distributions") &&
           add_private(module) && add_aliases();
}

PyObject *torch_module_create(struct engine *engine)
{
    PyObject *module = PyModule_Create(&torch_definition);
    if (!module) {
        return NULL;
    }
    struct face *face = state_of(module);
    face->engine = engine;
    engine->face = face;
    face->torch = module;
    if (PyState_AddModule(module, &torch_definition) != 0 || !fill_module(face, module)) {
        Py_DECREF(module);
        return NULL;
    }
    PyType_Modified(face->types.tensor);
    return module;
}
