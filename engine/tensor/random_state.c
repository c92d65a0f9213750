/* A generator as the bytes that PyTorch keeps for it (torch.get_rng_state), on any machine in little
 * endian: u64 seed, i32 left, i32 seeded, u64 next, 624 times u64 word, f64 normal_x, f64 normal_y,
 * f64 normal_rho, i32 normal_is_valid, 4 bytes of nothing, then the same for one float32. */
#include "engine/tensor/random.h"

#include <string.h>

enum {
    AT_LEFT = 8,
    AT_SEEDED = 12,
    AT_NEXT = 16,
    AT_WORDS = 24,
    AT_NORMAL = AT_WORDS + GENERATOR_WORDS * 8 + 8,
    AT_NORMAL_VALID = AT_NORMAL + 16,
};

static void put(uint8_t *at, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint64_t take(const uint8_t *at, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value |= (uint64_t)at[i] << 8 * i;
    }
    return value;
}

void generator_save(const struct generator *generator, uint8_t out[GENERATOR_BYTES])
{
    /* PyTorch counts a freshly seeded state as used up, with nothing taken. */
    const bool fresh =
        generator->next == GENERATOR_WORDS && generator->state[0] == (uint32_t)generator->seed;
    uint64_t normal;
    memset(out, 0, GENERATOR_BYTES);
    put(out, generator->seed, 8);
    put(out + AT_LEFT, (uint64_t)(GENERATOR_WORDS + 1 - generator->next), 4);
    put(out + AT_SEEDED, 1, 4);
    put(out + AT_NEXT, fresh ? 0 : (uint64_t)generator->next, 8);
    for (int i = 0; i < GENERATOR_WORDS; i++) {
        put(out + AT_WORDS + 8 * i, generator->state[i], 8);
    }
    memcpy(&normal, &generator->normal, sizeof(normal));
    put(out + AT_NORMAL, generator->has_normal ? normal : 0, 8);
    put(out + AT_NORMAL_VALID, generator->has_normal, 4);
}

bool generator_load(struct generator *generator, const uint8_t in[GENERATOR_BYTES],
                    struct error *err)
{
    const uint64_t left = take(in + AT_LEFT, 4), next = take(in + AT_NEXT, 8);
    const bool used_up = left == 1;
    if (take(in + AT_SEEDED, 4) != 1 || left < 1 || left > GENERATOR_WORDS ||
        (!used_up && next != GENERATOR_WORDS + 1 - left)) {
        return error_set(err, "Invalid mt19937 state");
    }
    const uint64_t normal = take(in + AT_NORMAL, 8);
    generator->seed = take(in, 8);
    generator->next = used_up ? GENERATOR_WORDS : (int)next;
    for (int i = 0; i < GENERATOR_WORDS; i++) {
        generator->state[i] = (uint32_t)take(in + AT_WORDS + 8 * i, 8);
    }
    generator->has_normal = take(in + AT_NORMAL_VALID, 4) != 0;
    memcpy(&generator->normal, &normal, sizeof(normal));
    return true;
}
