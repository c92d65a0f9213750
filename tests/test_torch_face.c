#include "tests/torch_host.h"

#include "engine/observer.h"
#include "engine/optim/optim.h"
#include "lessons/torch/face.h"

/* ---- what Python is promised ------------------------------------------------------------------- */

/* Runs every test_ function of the files torch_face*.py. */
static void python_tests_pass(void **state)
{
    (void)state;
    torch_host_run("import gc, glob, importlib, os, sys, traceback\n"
                   "failed = []\n"
                   "for path in sorted(glob.glob('" GRADLIGHT_TESTS_ROOT "/torch_face*.py')):\n"
                   "    name = os.path.basename(path)[:-3]\n"
                   "    tests = vars(importlib.import_module(name))\n"
                   "    for function in sorted(tests):\n"
                   "        if function.startswith('test_'):\n"
                   "            try:\n"
                   "                tests[function]()\n"
                   "            except BaseException:\n"
                   "                failed.append(name + '.' + function)\n"
                   "                traceback.print_exc()\n"
                   "    del sys.modules[name]\n"
                   "assert not failed, failed\n"
                   "del failed, function, path, name, tests\n"
                   "gc.collect()\n");
}

/* ---- what the host is promised ----------------------------------------------------------------- */

static PyObject *value_of(const char *expression)
{
    PyObject *names = PyModule_GetDict(PyImport_AddModule("__main__"));
    PyObject *value = PyRun_String(expression, Py_eval_input, names, names);
    if (!value) {
        PyErr_Print();
    }
    assert_non_null(value);
    return value;
}

static void objects_tell_what_is_behind_them(void **state)
{
    (void)state;
    torch_host_run("import torch\n"
                   "w = torch.ones(1, requires_grad=True)\n"
                   "o = torch.optim.SGD([w], lr=0.1)\n");
    PyObject *tensor = value_of("w"), *optimizer = value_of("o"), *number = value_of("1");
    assert_int_equal(torch_tensor_of(tensor)->shape.dims, 1);
    assert_ptr_equal(torch_optimizer_of(optimizer)->groups[0].params[0], torch_tensor_of(tensor));
    assert_null(torch_tensor_of(optimizer));
    assert_null(torch_tensor_of(number));
    assert_null(torch_optimizer_of(tensor));
    assert_false(torch_is_module(number));
    assert_int_equal(torch_module_describe(number), 0);
    Py_DECREF(tensor);
    Py_DECREF(optimizer);
    Py_DECREF(number);
    torch_host_run("del w, o");
}

static void errors_become_exceptions(void **state)
{
    (void)state;
    PyObject *const wanted[] = {
        [ERROR_RUNTIME] = PyExc_RuntimeError,
        [ERROR_INDEX] = PyExc_IndexError,
        [ERROR_VALUE] = PyExc_ValueError,
        [ERROR_TYPE] = PyExc_TypeError,
        [ERROR_ASSERTION] = PyExc_AssertionError,
        [ERROR_NOT_IMPLEMENTED] = PyExc_NotImplementedError,
        [ERROR_MEMORY] = PyExc_RuntimeError,
        [ERROR_IO] = PyExc_OSError,
        [ERROR_LINALG] = face_current()->linalg_error,
    };
    for (int kind = ERROR_RUNTIME; kind <= ERROR_LINALG; kind++) {
        struct error err = { .kind = (enum error_kind)kind, .text = "what and where" };
        assert_null(torch_raise(&err));
        assert_true(PyErr_ExceptionMatches(wanted[kind]));
        PyErr_Clear();
    }
    /* An exception that is on its way already is the better one. */
    PyErr_SetString(PyExc_KeyError, "first");
    torch_raise(&(struct error){ .text = "second" });
    assert_true(PyErr_ExceptionMatches(PyExc_KeyError));
    PyErr_Clear();
}

/* ---- what an observer is told ------------------------------------------------------------------ */

struct diary {
    struct text text;
};

static void write_module(void *context, const struct observed_module *module)
{
    struct text *text = &((struct diary *)context)->text;
    text_format(text, "%s%s(", text->length > 0 ? " " : "", module->class_name);
    for (int i = 0; i < module->parameter_count; i++) {
        text_format(text, "%s%s", i > 0 ? "," : "", module->parameters[i].name);
    }
    for (int i = 0; i < module->child_count; i++) {
        text_format(text, "%s%s", i > 0 || module->parameter_count > 0 ? "," : "",
                    module->children[i].name);
    }
    text_append_char(text, ')');
}

static void write_entered(void *context, uint64_t module)
{
    (void)module;
    text_append_string(&((struct diary *)context)->text, " [");
}

static void write_left(void *context, uint64_t module)
{
    (void)module;
    text_append_string(&((struct diary *)context)->text, " ]");
}

static void write_creation(void *context, const struct observed_creation *creation)
{
    text_format(&((struct diary *)context)->text, " %s%s%s", creation->by,
                creation->attrs ? " sized" : "", creation->source ? " shared" : "");
}

static void write_mode(void *context, const struct observed_mode *mode)
{
    text_format(&((struct diary *)context)->text, " %s %s", mode->is_grad ? "grad" : "train",
                mode->on ? "on" : "off");
}

static void write_update(void *context, const struct observed_update *update)
{
    text_format(&((struct diary *)context)->text, " %s!", update->by);
}

/* The class and the sizes of its groups. */
static void write_optimizer(void *context, const struct optimizer *optimizer)
{
    struct text *text = &((struct diary *)context)->text;
    text_format(text, " %s(", optimizer->kind->name);
    for (int i = 0; i < optimizer->group_count; i++) {
        text_format(text, "%s%d", i > 0 ? "," : "", optimizer->groups[i].param_count);
    }
    text_append_char(text, ')');
}

/* What an observer of modules, creations, modes, updates and optimizers writes down while a script
 * runs. */
static void expect_diary(void **state, const char *script, const char *wanted)
{
    struct torch_host *host = *state;
    static const struct observer_calls calls = {
        .module = write_module,
        .module_entered = write_entered,
        .module_left = write_left,
        .created = write_creation,
        .mode = write_mode,
        .updated = write_update,
        .optimizer_made = write_optimizer,
    };
    struct diary diary = { 0 };
    const struct observer observer = { &calls, &diary };
    host->engine->observer = &observer;
    torch_host_run(script);
    host->engine->observer = NULL;
    assert_string_equal(text_string(&diary.text), wanted);
    text_finish(&diary.text);
}

static void modules_are_told_once_and_again_when_they_change(void **state)
{
    torch_host_run("import torch, torch.nn as nn\n"
                   "net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())\n"
                   "x = torch.ones(1, 1)\n");
    expect_diary(state, "net(x)", "Linear(weight,bias) ReLU() Sequential(0,1) [ [ ] [ ] ]");
    expect_diary(state, "net(x)", " [ [ ] [ ] ]");
    expect_diary(state, "net[0].bias = None; net(x)", "Linear(weight) [ [ ] [ ] ]");
    expect_diary(state, "try:\n    net(1)\nexcept TypeError:\n    pass\n", " [ [ ] ]");
    torch_host_run("del net, x");
}

static void creations_and_modes_are_told(void **state)
{
    torch_host_run("import torch");
    expect_diary(state,
                 "x = torch.ones(2)\n"
                 "y = torch.tensor([1.0])\n"
                 "z = x.data\n",
                 " ones sized tensor data shared");
    expect_diary(state,
                 "with torch.no_grad():\n"
                 "    with torch.no_grad():\n"
                 "        x.zero_()\n",
                 " grad off grad on");
    expect_diary(state, "layer = torch.nn.ReLU()\nlayer.eval()\nlayer.eval()\n",
                 "ReLU() train off");
    torch_host_run("del x, y, z, layer");
}

static void optimizers_are_told_with_all_their_groups(void **state)
{
    torch_host_run("import torch, torch.nn as nn\n"
                   "a, b = nn.Linear(1, 1), nn.Linear(1, 1)\n");
    expect_diary(state,
                 "o = torch.optim.SGD([{'params': a.parameters()}, {'params': [b.bias]}])\n"
                 "o.param_groups[0]['lr'] = 1\n",
                 " SGD(2,1)");
    expect_diary(state, "o.add_param_group({'params': b.weight})", " SGD(2,1,1)");
    torch_host_run("del a, b, o");
}

static int begin(void **state)
{
    static struct torch_host host;
    torch_host_begin(&host);
    *state = &host;
    return 0;
}

static int end(void **state)
{
    torch_host_end(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_tests_pass),
        cmocka_unit_test(objects_tell_what_is_behind_them),
        cmocka_unit_test(errors_become_exceptions),
        cmocka_unit_test(modules_are_told_once_and_again_when_they_change),
        cmocka_unit_test(creations_and_modes_are_told),
        cmocka_unit_test(optimizers_are_told_with_all_their_groups),
    };
    setlocale(LC_ALL, "");
    return cmocka_run_group_tests(tests, begin, end);
}
