#include "tests/cuda_on_cpu/emulator.h"

#include <sys/mman.h>
#include <vector>

#if EMU_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#if EMU_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#if !defined(__x86_64__) && !defined(__aarch64__)
#include <ucontext.h>
#endif

/* ---- the switch: what a call keeps goes on the stack, and the stacks are exchanged -------------- */

/* (ucontext would add two system calls to each of millions of switches.) */
#if defined(__x86_64__)
extern "C" void emu_switch(void **save, void *to);
asm(".text\n.globl emu_switch\n.hidden emu_switch\n.type emu_switch,@function\nemu_switch:\n"
    "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
    "mov %rsp,(%rdi)\nmov %rsi,%rsp\n"
    "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n"
    ".size emu_switch,.-emu_switch\n");

/* As emu_switch finds it: six registers, where to return to, and a gap that aligns the stack. */
static void *first_frame(char *stack_end, void (*entry)())
{
    void **top = (void **)stack_end - 8;
    memset(top, 0, 8 * sizeof(*top));
    top[6] = (void *)entry;
    return top;
}
#elif defined(__aarch64__)
extern "C" void emu_switch(void **save, void *to);
asm(".text\n.globl emu_switch\n.hidden emu_switch\n.type emu_switch,%function\nemu_switch:\n"
    "stp x29,x30,[sp,#-160]!\n"
    "stp x19,x20,[sp,#16]\nstp x21,x22,[sp,#32]\nstp x23,x24,[sp,#48]\n"
    "stp x25,x26,[sp,#64]\nstp x27,x28,[sp,#80]\n"
    "stp d8,d9,[sp,#96]\nstp d10,d11,[sp,#112]\nstp d12,d13,[sp,#128]\nstp d14,d15,[sp,#144]\n"
    "mov x9,sp\nstr x9,[x0]\nmov sp,x1\n"
    "ldp x19,x20,[sp,#16]\nldp x21,x22,[sp,#32]\nldp x23,x24,[sp,#48]\n"
    "ldp x25,x26,[sp,#64]\nldp x27,x28,[sp,#80]\n"
    "ldp d8,d9,[sp,#96]\nldp d10,d11,[sp,#112]\nldp d12,d13,[sp,#128]\nldp d14,d15,[sp,#144]\n"
    "ldp x29,x30,[sp],#160\nret\n"
    ".size emu_switch,.-emu_switch\n");

static void *first_frame(char *stack_end, void (*entry)())
{
    void **top = (void **)stack_end - 20;
    memset(top, 0, 20 * sizeof(*top));
    top[1] = (void *)entry;
    return top;
}
#else
static void emu_switch(void **save, void *to)
{
    ucontext_t here;
    *save = &here;
    swapcontext(&here, (ucontext_t *)to);
}

/* The context itself stands at the end of the stack that it describes. */
static void *first_frame(char *stack_end, void (*entry)())
{
    enum { ROOM = 32 * 1024 };
    ucontext_t *context = (ucontext_t *)(stack_end - (sizeof(ucontext_t) + 63) / 64 * 64);
    getcontext(context);
    context->uc_stack.ss_sp = (char *)context - ROOM;
    context->uc_stack.ss_size = ROOM;
    context->uc_link = nullptr;
    makecontext(context, entry, 0);
    return context;
}
#endif

namespace emu
{

enum { STACK_BYTES = 64 * 1024, GUARD_BYTES = 4096 };

struct fiber {
    char *stack;
    size_t size;
    void *top;     /* where it was left */
    void *fake;    /* the address sanitizer's */
    void *watched; /* the thread sanitizer's identity */
    void (*body)();
};

static fiber host;
static fiber *running; /* the one that is being entered */

/* Never destroyed: fibers may end after what is static. */
static std::vector<fiber *> &idle()
{
    static auto *const fibers = new std::vector<fiber *>;
    return *fibers;
}

/* Not to be used again in this kernel. */
static std::vector<fiber *> &spent()
{
    static auto *const fibers = new std::vector<fiber *>;
    return *fibers;
}

/* ---- telling the sanitizers ---------------------------------------------------------------------- */

static void before_switch(fiber *from, fiber *to)
{
#if EMU_ASAN
    __sanitizer_start_switch_fiber(&from->fake, to->stack, to->size);
#endif
#if EMU_TSAN
    __tsan_switch_to_fiber(to->watched, __tsan_switch_to_fiber_no_sync);
#endif
    (void)from, (void)to;
}

/* Back in `here`, or there for the first time. The host's stack is learnt from whoever leaves it. */
static void after_switch(fiber *here)
{
#if EMU_ASAN
    const void *bottom = nullptr;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(here->fake, &bottom, &size);
    if (here != &host) {
        host.stack = (char *)const_cast<void *>(bottom);
        host.size = size;
    }
#endif
    (void)here;
}

static void change(fiber *from, fiber *to)
{
    before_switch(from, to);
    emu_switch(&from->top, to->top);
    after_switch(from);
}

static void entry()
{
    fiber *const me = running;
    after_switch(me);
    for (;;) {
        me->body();
    }
}

/* ---- for the scheduler ---------------------------------------------------------------------------- */

static fiber *fiber_create()
{
    fiber *const made = new fiber();
    void *const stack = mmap(nullptr, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) != 0) {
        stop("no memory for a thread's stack");
    }
    made->stack = (char *)stack + GUARD_BYTES;
    made->size = STACK_BYTES;
    made->top = first_frame(made->stack + STACK_BYTES, entry);
#if EMU_TSAN
    made->watched = __tsan_create_fiber(0);
#endif
    return made;
}

fiber *fiber_take(void (*body)())
{
    fiber *taken;
    if (idle().empty()) {
        taken = fiber_create();
    } else {
        taken = idle().back();
        idle().pop_back();
    }
    taken->body = body;
    return taken;
}

/* To the thread sanitizer a fiber is a thread: another CUDA thread of the same kernel on it would look as
 * if it came after the first. */
void fiber_give(fiber *done)
{
    (EMU_TSAN ? spent() : idle()).push_back(done);
}

void fibers_rest()
{
    idle().insert(idle().end(), spent().begin(), spent().end());
    spent().clear();
}

void fiber_enter(fiber *to)
{
#if EMU_TSAN
    host.watched = __tsan_get_current_fiber();
#endif
    running = to;
    change(&host, to);
}

void fiber_leave(fiber *from)
{
    change(from, &host);
}

} // namespace emu
