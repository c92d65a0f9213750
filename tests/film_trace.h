#pragma once
/* A run of many iterations, each of which multiplies or negates and walks back, as an `if` has it. Include
 * after tests/test.h. */

#include <stdio.h>

#include "lessons/trace/film.h"

static const char *const film_trace_head =
    "{\"k\":\"hello\",\"format\":1,\"program\":\"gradlight 0.1.0\",\"python\":\"3.11.2\","
    "\"device\":\"cpu\",\"box\":{\"rlimits\":true,\"no_new_privs\":true,\"landlock\":7,"
    "\"seccomp\":true,\"why\":\"\"}}\n"
    "{\"k\":\"source\",\"cell\":1,\"kind\":\"code\",\"in\":1,\"line\":1,\"text\":"
    "\"for i in range(n):\\n    if i % 3:\\n        y = x * 2\\n    else:\\n        y = -x\\n"
    "    y.backward()\\n\"}\n"
    "{\"k\":\"cell\",\"in\":1,\"f\":1}\n"
    "{\"k\":\"tensor\",\"t\":1,\"shape\":[],\"dtype\":\"float32\",\"s\":1,\"requires_grad\":true}\n"
    "{\"k\":\"value\",\"t\":1,\"data\":[1]}\n"
    "{\"k\":\"bind\",\"f\":1,\"name\":\"x\",\"t\":1}\n"
    "{\"k\":\"opdef\",\"op\":\"mul\",\"symbol\":\"×\",\"formula\":\"a · "
    "b\",\"provenance\":\"map\"}\n"
    "{\"k\":\"opdef\",\"op\":\"neg\",\"symbol\":\"−\",\"formula\":\"−a\",\"provenance\":\"map\"}\n";

/* Iteration i, from 0: tensors 2 + 2 i (the result) and 3 + 2 i (the gradient it starts with). */
static inline void film_trace_iteration(struct text *out, int i, bool arm)
{
    const int result = 2 + 2 * i, grad = result + 1;

    text_append_string(out, "{\"k\":\"line\",\"f\":1,\"line\":2}\n");
    text_format(out,
                "{\"k\":\"cond\",\"f\":1,\"kind\":\"if\",\"at\":[1,2,7,2,12],\"value\":%s,"
                "\"body\":[3,3],\"else\":[5,5]}\n",
                arm ? "true" : "false");
    text_format(out, "{\"k\":\"line\",\"f\":1,\"line\":%d}\n", arm ? 3 : 5);
    text_format(out,
                "{\"k\":\"tensor\",\"t\":%d,\"shape\":[],\"dtype\":\"float32\",\"s\":%d,"
                "\"requires_grad\":true}\n{\"k\":\"value\",\"t\":%d,\"data\":[2]}\n",
                result, i + 2, result);
    text_format(out,
                "{\"k\":\"node\",\"n\":%d,\"name\":\"%sBackward0\",\"edges\":[{\"leaf\":1}%s]}\n",
                i + 1, arm ? "Mul" : "Neg", arm ? ",null" : "");
    text_format(out,
                "{\"k\":\"op\",\"o\":%d,\"op\":\"%s\",\"in\":[{\"t\":1}%s],\"out\":[%d],"
                "\"at\":[1,%d,12,%d,%d],\"n\":%d}\n",
                i + 1, arm ? "mul" : "neg", arm ? ",2" : "", result, arm ? 3 : 5, arm ? 3 : 5,
                arm ? 17 : 14, i + 1);
    text_format(out,
                "{\"k\":\"line\",\"f\":1,\"line\":6}\n{\"k\":\"tensor\",\"t\":%d,\"shape\":[],"
                "\"dtype\":\"float32\",\"role\":\"grad\"}\n"
                "{\"k\":\"value\",\"t\":%d,\"data\":[1]}\n",
                grad, grad);
    text_format(out,
                "{\"k\":\"backward\",\"b\":%d,\"root\":%d,\"grad\":%d,\"at\":[1,6,4,6,16]}\n"
                "{\"k\":\"visit\",\"b\":%d,\"n\":%d,\"in\":[%d],\"edges\":[null%s]}\n"
                "{\"k\":\"backward_end\",\"b\":%d}\n",
                i + 1, result, grad, i + 1, i + 1, grad, arm ? ",null" : "", i + 1);
}

/* The first of each `every` iterations negates; 0: none does. */
static inline struct text film_trace(int count, int every)
{
    struct text out = { 0 };

    text_append_string(&out, film_trace_head);
    for (int i = 0; i < count; i++) {
        film_trace_iteration(&out, i, every == 0 || i % every != 0);
    }
    return out;
}
