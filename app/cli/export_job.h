#pragma once
/* Doing what `gradlight export` was asked for. */

#include "app/export/job.h"

/* The exit status. */
int export_job_run(struct export_job *job);
