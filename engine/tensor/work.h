#pragma once
/* Tells the observer what devices other than the CPU are given to do. Private to engine/tensor. */

#include "engine/engine.h"
#include "engine/observer.h"

static inline void work_begin(const struct engine *engine, const struct observed_work *work)
{
    if (work->backend != engine_cpu(engine) && OBSERVED(engine, work_begins)) {
        engine->observer->calls->work_begins(engine->observer->context, work);
    }
}

static inline void work_end(const struct engine *engine, const struct observed_work *work)
{
    if (work->backend != engine_cpu(engine) && OBSERVED(engine, work_queued)) {
        engine->observer->calls->work_queued(engine->observer->context, work);
    }
}
