/* gradlight-runner: runs one lesson in a box and writes its trace. Private to gradlight, which
 * starts it (client.h) with descriptors 0 to 4: nothing, output, errors, the trace, the order and then
 * questions. With --nursery it runs none, but splits off those that do (nursery.h). */

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "engine/devices.h"
#include "lessons/runner/box.h"
#include "lessons/runner/gpu.h"
#include "lessons/runner/host.h"
#include "lessons/runner/last_words.h"
#include "lessons/runner/order.h"
#include "lessons/runner/probes.h"
#include "lessons/runner/reading.h"
#include "lessons/runner/recorder.h"
#include "lessons/runner/session.h"
#include "lessons/runner/split.h"
#include "lessons/torch/torch.h"

enum {
    TRACE_FD = 3,
    ORDER_FD = 4,
    KEPT_FD = 50, /* out of the way of what lessons count as theirs */
    OUTPUT_LIMIT = 4 << 20,
    STATUS_USAGE = 64,
    STATUS_START = 70,
};

struct options {
    unsigned cpu_seconds, memory_mb, events, bytes;
    const char *folder;
    bool no_trace;
    bool reads_folder;
    bool strict;  /* open no file for it, where the kernel lacks Landlock */
    bool unboxed; /* run it even where the kernel has no box */
    bool numpy;   /* import it before the lesson comes */
    bool nursery; /* only split off others */
    bool gpu;     /* the user lets the lesson use the GPU */
    bool torch;   /* only say what torch has */
    bool parse;   /* only read the lesson's cells as Python */
};

static bool parse_number(const char *text, unsigned *out)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    *out = (unsigned)value;
    return *text >= '0' && *text <= '9' && *end == '\0' && value <= 1u << 30;
}

/* One that stands alone; NULL: there is none of that name. */
static bool *find_switch(struct options *options, const char *name)
{
    const struct {
        const char *name;
        bool *value;
    } switches[] = {
        { "--no-trace", &options->no_trace },
        { "--numpy", &options->numpy },
        { "--nursery", &options->nursery },
        { "--gpu", &options->gpu },
        { "--read-folder", &options->reads_folder },
        { "--strict", &options->strict },
        { "--unboxed", &options->unboxed },
        { "--torch", &options->torch },
        { "--parse", &options->parse },
    };
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        if (strcmp(name, switches[i].name) == 0) {
            return switches[i].value;
        }
    }
    return NULL;
}

static bool parse_option(struct options *options, const char *name, const char *value, bool *used)
{
    bool *const alone = find_switch(options, name);
    *used = !alone;
    if (alone) {
        *alone = true;
        return true;
    }
    if (!value) {
        return false;
    }
    if (strcmp(name, "--folder") == 0) {
        options->folder = value;
        return true;
    }
    if (strcmp(name, "--cpu") == 0) {
        return parse_number(value, &options->cpu_seconds);
    }
    if (strcmp(name, "--memory") == 0) {
        return parse_number(value, &options->memory_mb);
    }
    if (strcmp(name, "--bytes") == 0) {
        return parse_number(value, &options->bytes);
    }
    return strcmp(name, "--events") == 0 && parse_number(value, &options->events);
}

static bool parse_options(struct options *options, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        bool used;
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (!parse_option(options, arguments[i], value, &used)) {
            return false;
        }
        i += used;
    }
    return true;
}

static int fail(const char *text)
{
    fprintf(stderr, "gradlight-runner: %s\n", text);
    return STATUS_START;
}

/* The linear algebra library starts its threads before main, where no box can be around them. With
 * one thread there are none. */
static void start_with_one_thread(char **arguments)
{
    static const char name[] = "OPENBLAS_NUM_THREADS";
    const char *threads = getenv(name);
    if (!threads || strcmp(threads, "1") != 0) {
        setenv(name, "1", 1);
        execv("/proc/self/exe", arguments);
    }
}

/* Set by the signal that says the processor time is over, read when the lesson was interrupted. */
static volatile bool out_of_time;

static void on_out_of_time(int number)
{
    (void)number;
    out_of_time = true;
    PyErr_SetInterrupt();
}

static void tell_hello(struct outlet *outlet, const struct box *box)
{
    char python[32];
    host_version(python, sizeof(python));
    outlet_write(outlet, &(struct record){
                             .kind = RECORD_HELLO,
                             .hello = {
                                 .format = TRACE_FORMAT,
                                 .program = "gradlight " GRADLIGHT_VERSION,
                                 .python = python,
                                 .device = "cpu",
                                 .rlimits = box->rlimits,
                                 .no_new_privs = box->no_new_privs,
                                 .seccomp = box->seccomp,
                                 .landlock = box->landlock,
                                 .gpu = box->gpu,
                                 .strict = box->strict,
                                 .why = box->why,
                             },
                         });
    outlet_flush(outlet, true);
}

/* Prints what this torch has; no lesson runs. */
static int list_torch(void)
{
    struct error err = { 0 };
    struct engine *engine = engine_create(&err);
    if (!engine || !host_start(NULL, &err)) {
        return fail(err.text);
    }
    PyObject *text = host_offer_torch(engine) ? torch_surface_text() : NULL;
    const char *bytes = text ? PyUnicode_AsUTF8(text) : NULL;
    if (!bytes) {
        PyErr_Print();
        return fail("torch cannot be listed");
    }
    const bool printed = puts(bytes) >= 0 && fflush(stdout) == 0;
    Py_DECREF(text);
    return printed ? 0 : fail("the list cannot be printed");
}

/* Everything that the run of one lesson is made of. */
struct runner {
    struct options options;
    struct outlet outlet;
    struct box box;
    struct direct_output direct;
    struct sink sink;
    struct code_table codes;
    struct guard guard;
    struct engine *engine;
    char plugin[PATH_MAX]; /* of the GPU; "": none is to be opened */
    /* NULL at full speed. */
    struct recorder *recorder;
    struct tracer *tracer;
    struct tracer_calls tracer_calls;
};

/* Python, what it prints to, and what follows it. */
static bool start_python(struct runner *runner, struct error *err)
{
    const struct options *const options = &runner->options;
    if (!host_start(options->reads_folder ? options->folder : NULL, err)) {
        return false;
    }
    runner->sink = runner->options.no_trace ? sink_of_direct(&runner->direct)
                                            : sink_of_outlet(&runner->outlet);
    runner->guard = (struct guard){ .outlet = runner->options.no_trace ? NULL : &runner->outlet,
                                    .codes = &runner->codes,
                                    .folder = options->folder,
                                    .reads_folder = options->reads_folder,
                                    .alone = runner->box.landlock == 0,
                                    .closed = runner->box.strict };
    runner->engine = engine_create(err);
    if (!runner->engine) {
        return false;
    }
    if (!streams_install(&runner->sink) || !host_offer_numpy() ||
        !host_offer_torch(runner->engine) || !torch_keep_files() ||
        !guard_install(&runner->guard)) {
        PyErr_Print();
        return error_set(err, "Python could not be made ready");
    }
    if (!code_table_init(&runner->codes, err)) {
        return false;
    }
    if (!runner->options.no_trace) {
        runner->recorder = recorder_create(runner->engine, &runner->outlet, &runner->codes);
        runner->tracer_calls = recorder_tracer_calls(runner->recorder);
        runner->tracer = tracer_create(&runner->outlet, &runner->codes, &runner->tracer_calls);
        recorder_set_tracer(runner->recorder, runner->tracer);
    }
    return true;
}

/* A lesson finds its files beside it, as a notebook does: open("data.csv"), root="./data"; whether it may
 * read them is another question. A folder that cannot be entered, or is not given, leaves it where it
 * is. */
static void enter_folder(struct options *options)
{
    static char whole[PATH_MAX];
    if (options->folder && realpath(options->folder, whole) && chdir(whole) == 0) {
        options->folder = whole;
    }
}

/* Devices are opened when the lesson asks for one, in the box. */
static void offer_devices(struct runner *runner)
{
    struct device_source source = { .why = gpu_refusal(&runner->box, runner->options.gpu),
                                    .emulated = gpu_is_test() };
    if (!source.why && gpu_plugin_path(runner->plugin)) {
        source.plugin = runner->plugin;
    }
    devices_offer(runner->engine, &source);
}

/* Everything that needs neither a lesson nor a thread. */
static bool prepare(struct runner *runner, struct error *err)
{
    enter_folder(&runner->options);
    const bool gpu = runner->options.gpu;
    char plugin[PATH_MAX];
    const char *readable[5] = { GRADLIGHT_PYTHON_STDLIB, GRADLIGHT_DATADIR };
    size_t count = 2;
    if (runner->options.folder && runner->options.reads_folder) {
        readable[count++] = runner->options.folder;
    }
    if (gpu && gpu_plugin_path(plugin)) {
        readable[count++] = plugin;
    }
    box_restrict(&runner->box, &(struct box_options){
                                   .cpu_seconds = runner->options.cpu_seconds,
                                   .writes_output = runner->options.no_trace,
                                   .gpu = gpu,
                                   .strict = runner->options.strict,
                                   .log = getenv("GRADLIGHT_BOX_LOG"),
                                   .readable = readable,
                               });
    if (!start_python(runner, err)) {
        return false;
    }
    if (runner->box.strict) {
        host_warm_library();
    }
    if (runner->box.strict || (runner->options.numpy && runner->options.nursery)) {
        host_warm_numpy();
    }
    if (runner->box.strict && !reading_close_imports(&runner->guard)) {
        PyErr_Print();
        return error_set(err, "Python could not be made ready");
    }
    return true;
}

static bool start(struct runner *runner, struct error *err)
{
    if (!outlet_start(&runner->outlet, err)) {
        return false;
    }
    struct sigaction action = { .sa_handler = on_out_of_time };
    sigaction(SIGXCPU, &action, NULL);
    box_limit_memory(&runner->box, (int64_t)runner->options.memory_mb << 20);
    box_seal(&runner->box, runner->outlet.fd);
    offer_devices(runner);
    if (!runner->options.no_trace && !last_words_install(&runner->outlet)) {
        PyErr_Print();
        return error_set(err, "Python could not be made ready");
    }
    return true;
}

/* Where nothing would keep the lesson from what its user can do, it is not run unasked. */
static const char *refusal(const struct runner *runner)
{
    const bool safe = runner->options.unboxed || runner->box.seccomp || runner->box.landlock > 0;
    return safe
               ? NULL
               : "this lesson was not run: the kernel has neither Landlock nor seccomp, so that it "
                 "could do whatever you can. Run only what you know, with --no-box";
}

static int run(struct runner *runner, const struct order *order)
{
    return session_run(
        &(struct session_parts){
            .outlet = &runner->outlet,
            .sink = &runner->sink,
            .codes = &runner->codes,
            .tracer = runner->tracer,
            .guard = &runner->guard,
            .failed_node = runner->recorder ? recorder_failed_node : NULL,
            .context = runner->recorder,
            .out_of_time = &out_of_time,
            .memory_limit = (uint64_t)runner->options.memory_mb << 20,
            .cpu_limit = runner->options.cpu_seconds,
            .refused = runner->options.parse ? NULL : refusal(runner),
            .parse_only = runner->options.parse,
        },
        order->path, order->bytes, order->length);
}

/* The lesson is over, its graphs are not: whoever gave it may ask about them until it hangs up. */
static void answer_questions(struct runner *runner, int fd)
{
    recorder_stop(runner->recorder);
    outlet_rest(&runner->outlet);
    probes_serve(
        &(struct probes){
            .engine = runner->engine,
            .recorder = runner->recorder,
            .outlet = &runner->outlet,
        },
        fd);
}

static int move_up(int fd)
{
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, KEPT_FD);
    close(fd);
    return moved;
}

/* Of a nursery: returns in the processes that are split off, false in itself. */
static bool split(struct runner *runner, int *order_fd)
{
    int trace_fd, order = *order_fd;
    box_measure(&runner->box);
    if (!split_serve(order, &trace_fd, order_fd)) {
        return false;
    }
    close(runner->outlet.fd);
    *order_fd = move_up(*order_fd);
    runner->outlet.fd = move_up(trace_fd);
    return true;
}

int main(int count, char **arguments)
{
    struct runner runner = { .options = {
                                 .memory_mb = 1024, .events = 1000000, .bytes = 150u << 20 } };
    struct error err = { 0 };
    struct order order;
    if (!parse_options(&runner.options, count, arguments)) {
        fprintf(stderr, "gradlight-runner is started by gradlight: run \"gradlight run LESSON\"\n");
        return STATUS_USAGE;
    }
    start_with_one_thread(arguments);
    if (runner.options.torch) {
        _exit(list_torch());
    }
    const int trace_fd = move_up(TRACE_FD);
    int order_fd = move_up(ORDER_FD);
    if (trace_fd < 0) {
        return fail("there is no descriptor 3 to write the trace to");
    }
    outlet_init(&runner.outlet, trace_fd,
                &(struct outlet_limits){ .records = runner.options.events,
                                         .bytes = runner.options.bytes,
                                         .output = OUTPUT_LIMIT });
    if (!prepare(&runner, &err)) {
        return fail(err.text);
    }
    if (runner.options.nursery && !split(&runner, &order_fd)) {
        _exit(0); /* nobody needs another one */
    }
    if (!start(&runner, &err)) {
        return fail(err.text);
    }
    tell_hello(&runner.outlet, &runner.box);
    if (runner.options.numpy && !runner.options.nursery) {
        host_warm_numpy();
    }
    if (!order_read(&order, order_fd, &err)) {
        /* Whoever started this one as a spare no longer needs it. */
        _exit(err.text[0] ? fail(err.text) : 0);
    }
    const int status = run(&runner, &order);
    if (runner.recorder) {
        answer_questions(&runner, order_fd);
    }
    /* Not exit(): that would run what the lesson left behind after the trace has ended. */
    _exit(status);
}
