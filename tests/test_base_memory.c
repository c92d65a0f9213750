#include "tests/test.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/array.h"
#include "engine/base/hash.h"
#include "engine/base/memory.h"

static bool all_zero(const void *block, size_t size)
{
    const unsigned char *bytes = block;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void memory_is_zeroed_and_never_null(void **state)
{
    (void)state;
    void *block = memory_allocate(100, 8);
    assert_true(all_zero(block, 800));
    free(block);
    block = memory_allocate(0, 8);
    assert_non_null(block);
    block = memory_resize(block, 0, 8);
    assert_non_null(block);
    free(block);
}

static void memory_copies_text(void **state)
{
    (void)state;
    char *copy = memory_copy_text("gradient", 4);
    assert_string_equal(copy, "grad");
    free(copy);
    copy = memory_copy_text(NULL, 0);
    assert_string_equal(copy, "");
    free(copy);
    copy = memory_copy_string("Đạo hàm");
    assert_string_equal(copy, "Đạo hàm");
    free(copy);
}

/* In a child, because it ends the process. */
static int status_of_impossible_resize(char *said, size_t size)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        memory_resize(NULL, SIZE_MAX / 2, 16);
        _exit(0);
    }
    close(ends[1]);
    const ssize_t length = read(ends[0], said, size - 1);
    said[length > 0 ? length : 0] = '\0';
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void exhaustion_says_so_and_exits(void **state)
{
    (void)state;
    char said[200];
    assert_int_equal(status_of_impossible_resize(said, sizeof(said)), 70);
    assert_non_null(strstr(said, "out of memory"));
}

static void arrays_grow_and_keep_their_items(void **state)
{
    (void)state;
    int *items = NULL;
    size_t capacity = 0;
    for (size_t i = 0; i < 10000; i++) {
        items = array_reserve(items, &capacity, i + 1, sizeof(*items));
        assert_true(capacity > i);
        items[i] = (int)i * 3;
    }
    for (size_t i = 0; i < 10000; i++) {
        assert_int_equal(items[i], (int)i * 3);
    }
    /* Doubling: growing one by one must not reserve one by one. */
    assert_true(capacity >= 10000 && capacity < 40000);
    int *same = array_reserve(items, &capacity, 5, sizeof(*items));
    assert_ptr_equal(same, items);
    free(items);
}

static void arena_memory_is_aligned_zeroed_and_stays(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    unsigned char *blocks[500];
    for (size_t i = 0; i < 500; i++) {
        blocks[i] = arena_allocate(&arena, i, 7);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        assert_true(all_zero(blocks[i], i * 7));
        memset(blocks[i], (int)(i % 251), i * 7);
    }
    for (size_t i = 0; i < 500; i++) {
        for (size_t k = 0; k < i * 7; k++) {
            assert_int_equal(blocks[i][k], i % 251);
        }
    }
    arena_finish(&arena);
    assert_null(arena.last);
}

static void arena_takes_requests_larger_than_a_block(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    char *small = arena_allocate(&arena, 1, 100);
    char *large = arena_allocate(&arena, 1, 10 * 1000 * 1000);
    memset(large, 'x', 10 * 1000 * 1000);
    char *next = arena_allocate(&arena, 1, 100);
    /* The rest of the first block is still in use: the large one stands beside it. */
    assert_true(next > small && next - small < 64 * 1024);
    arena_finish(&arena);
}

static void arena_is_zeroed_again_after_clear(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 200; i++) {
            char *block = arena_allocate(&arena, 1000, 1);
            assert_true(all_zero(block, 1000));
            memset(block, 'x', 1000);
        }
        assert_true(arena.used >= 200 * 1000);
        arena_clear(&arena);
        assert_int_equal(arena.used, 0);
        assert_non_null(arena.last);
    }
    arena_finish(&arena);
    arena_finish(&arena);
    arena_clear(&arena);
}

static void arena_makes_text(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    assert_string_equal(arena_copy_text(&arena, "gradient", 4), "grad");
    assert_string_equal(arena_copy_text(&arena, NULL, 0), "");
    assert_string_equal(arena_format(&arena, "%s=%d", "x", 42), "x=42");
    assert_string_equal(arena_format(&arena, "%s", ""), "");
    arena_finish(&arena);
}

static void hash_is_fnv_1a(void **state)
{
    (void)state;
    assert_true(hash_bytes(HASH_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_bytes(HASH_START, "a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_bytes(HASH_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
    /* In two pieces as in one. */
    const uint64_t half = hash_bytes(HASH_START, "foo", 3);
    assert_true(hash_bytes(half, "bar", 3) == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_never_null),
        cmocka_unit_test(memory_copies_text),
        cmocka_unit_test(exhaustion_says_so_and_exits),
        cmocka_unit_test(arrays_grow_and_keep_their_items),
        cmocka_unit_test(arena_memory_is_aligned_zeroed_and_stays),
        cmocka_unit_test(arena_takes_requests_larger_than_a_block),
        cmocka_unit_test(arena_is_zeroed_again_after_clear),
        cmocka_unit_test(arena_makes_text),
        cmocka_unit_test(hash_is_fnv_1a),
    };
    return test_run(tests);
}
