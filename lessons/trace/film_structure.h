#pragma once
/* How an episode is built, as a number; for film.c only. */

#include "lessons/trace/episodes.h"

uint64_t film_structure(const struct trace *trace, const struct episode *episode);
