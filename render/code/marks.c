/* What is marked in the code at a moment: where execution is, where it failed, and which arms of an `if`
 * it has passed over. */

#include <string.h>

#include "render/code/code.h"

/* Where in the step a number was taken out of a tensor; cell 0: nowhere. */
static struct span taken_span(const struct run_view *run, size_t index)
{
    const uint32_t from = index > 0 ? stops_at(run->stops, STOP_OPERATION, index - 1)->moment : 0;

    for (uint32_t at = from; at < run->moment; at++) {
        const struct record *const record = trace_record(run->trace, at);
        if (record->kind == RECORD_TAKEN) {
            return record->taken.at;
        }
    }
    return (struct span){ 0 };
}

/* The span of the record that caused the step, if it has one in that cell. */
static struct span step_span(const struct run_view *run)
{
    const size_t index = stops_index_at(run->stops, STOP_OPERATION, run->moment);

    if (index == SIZE_MAX) {
        return (struct span){ 0 };
    }
    const struct record *const record =
        trace_record(run->trace, stops_at(run->stops, STOP_OPERATION, index)->record);
    switch ((int)record->kind) {
    case RECORD_OP:
        return record->op.at;
    case RECORD_BACKWARD:
        return record->backward.at;
    case RECORD_VISIT:
        return trace_backward(run->trace, record->visit.backward)->record->at;
    case RECORD_ACCUMULATE:
        return trace_backward(run->trace, record->accumulate.backward)->record->at;
    case RECORD_STEP:
        return record->step.at;
    case RECORD_UPDATE:
        return record->update.at;
    case RECORD_COND:
        return record->cond.at;
    case RECORD_MODE:
        return record->mode.at;
    case RECORD_DENIED:
        return record->denied.at;
    case RECORD_FAILED:
        return record->failed.at;
    default:
        return taken_span(run, index);
    }
}

/* The arm that was not taken; lines 0, 0: there is none, or it stands in the line of the test. */
static struct code_arm passed_arm(const struct record_cond *cond)
{
    const struct line_range other = cond->value ? cond->otherwise : cond->body;

    if (strcmp(cond->kind, "if") != 0 || other.first <= cond->at.end_line) {
        return (struct code_arm){ 0 };
    }
    return (struct code_arm){ cond->at.cell, other };
}

/* Each test's latest decision counts. Of many, those long ago are left out. */
static void find_passed(const struct run_view *run, struct code_marks *marks)
{
    enum { BACK = 256 };
    size_t count, seen_count = 0;
    struct span seen[CODE_ARMS_MAX];
    const uint32_t *const conds = trace_records_of(run->trace, RECORD_COND, &count);

    while (count > 0 && conds[count - 1] >= run->moment) {
        count--;
    }
    for (size_t back = 0; back < count && back < BACK && seen_count < CODE_ARMS_MAX; back++) {
        const struct record_cond *const cond =
            &trace_record(run->trace, conds[count - 1 - back])->cond;
        size_t i = 0;
        while (i < seen_count && (seen[i].cell != cond->at.cell || seen[i].line != cond->at.line ||
                                  seen[i].column != cond->at.column)) {
            i++;
        }
        if (i == seen_count) {
            const struct code_arm arm = passed_arm(cond);
            seen[seen_count++] = cond->at;
            marks->passed[marks->passed_count] = arm;
            marks->passed_count += arm.lines.first > 0;
        }
    }
}

/* The line of the `class` whose method that line begins; the line itself where it is none. Each method is a step
 * of its own as long as the class is being defined, and the last of them stands for all of it. */
static int64_t class_line(const struct run_view *run, int64_t in_number, int64_t line)
{
    const struct trace_cell *const cell = trace_code_cell(run->trace, in_number);
    const int above = cell ? code_class_around(cell, (int)line) : 0;

    return above > 0 ? above : line;
}

struct code_marks code_marks_at(const struct view *view)
{
    const struct run_view *const run = &view->runs[0];
    const struct record_error *const error = trace_error_at(run->trace, run->moment);
    struct code_marks marks = { 0 };
    struct trace_position position;

    if (trace_position_at(run->trace, run->moment, &position)) {
        marks.cell = position.cell;
        marks.line = class_line(run, position.cell, position.line);
    }
    marks.span = step_span(run);
    find_passed(run, &marks);
    if (error && error->frame_count > 0) {
        marks.error = error->frames[error->frame_count - 1].at;
        marks.callers = error->frames;
        marks.caller_count = error->frame_count - 1;
    }
    marks.linked = code_span_of(view, view->state->hovered);
    if (marks.linked.cell == 0) {
        marks.linked = code_span_of(view, view->state->selected);
    }
    return marks;
}
