#pragma once

#include <thumbjobs/job.h>

#include <string>

namespace thumbd {

/// The job as the REST contract has it: with `links` and each rendition's `url`.
std::string job_json(const thumbjobs::Job& job);

/// `/v1/jobs/<id>`
std::string job_path(const thumbjobs::JobId& id);

} // namespace thumbd
