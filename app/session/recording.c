#include "app/session/recording.h"

#include <stdio.h>
#include <string.h>

static const char only_in_part[] = "the trace can be read only in part";

struct recording recording_create(bool unseen)
{
    struct trace *const trace = trace_create();
    struct episodes *const episodes = episodes_create(trace);

    if (unseen) {
        trace_keep_said(trace);
    }
    return (struct recording){
        .trace = trace,
        .stops = stops_create(trace),
        .episodes = episodes,
        .film = film_create(trace, episodes),
        .unseen = unseen,
    };
}

void recording_destroy(struct recording *recording)
{
    film_destroy(recording->film);
    episodes_destroy(recording->episodes);
    stops_destroy(recording->stops);
    trace_destroy(recording->trace);
    *recording = (struct recording){ 0 };
}

void recording_trouble(struct recording *recording, const char *text)
{
    if (!recording->trouble[0] && text[0]) {
        snprintf(recording->trouble, sizeof(recording->trouble), "%s", text);
    }
}

bool recording_take(struct recording *recording, const char *bytes, size_t length)
{
    struct error err = { 0 };

    if (recording->damaged || trace_feed(recording->trace, bytes, length, &err)) {
        return true;
    }
    recording->damaged = true;
    error_prefix(&err, only_in_part);
    recording_trouble(recording, err.text);
    return false;
}

void recording_update(struct recording *recording)
{
    if (!recording->unseen) {
        stops_update(recording->stops);
        episodes_update(recording->episodes);
    }
}

void recording_finish_input(struct recording *recording)
{
    struct error err = { 0 };

    if (!recording->damaged && !trace_finish_input(recording->trace, &err)) {
        error_prefix(&err, only_in_part);
        recording_trouble(recording, err.text);
    }
}

void recording_finish_indexes(struct recording *recording)
{
    if (!recording->unseen) {
        recording_update(recording);
        stops_finish(recording->stops);
    }
}

/* Whether the record is not the last of its answer. */
static bool goes_on(const struct record_probe *probe)
{
    const struct argument *const last =
        probe->member_count > 0 ? &probe->members[probe->member_count - 1] : NULL;

    return last && last->kind == ARGUMENT_BOOL && last->name && strcmp(last->name, "more") == 0;
}

size_t recording_answers(const struct recording *recording)
{
    size_t count, ended = 0;
    const uint32_t *const records = trace_records_of(recording->trace, RECORD_PROBE, &count);

    for (size_t i = 0; i < count; i++) {
        ended += !goes_on(&trace_record(recording->trace, records[i])->probe);
    }
    return ended;
}
