#pragma once

#include "model/jobs_model.h"

#include <thumbjobs/time.h>

#include <QStringList>

#include <chrono>
#include <string>

namespace desktop::test {

/// A job as a place would tell of it. `number` gives its age, and its id.
inline thumbjobs::Job make_job(int number, thumbjobs::JobState state, const std::string& name) {
    using namespace std::chrono_literals;
    thumbjobs::Job job;
    thumbjobs::JobId::Bytes bytes{};
    bytes[6] = 0x70;
    for (int i = 0; i < 4; ++i)
        bytes[static_cast<std::size_t>(12 + i)] =
            static_cast<std::uint8_t>(static_cast<unsigned>(number) >> (24 - 8 * i));
    job.id = thumbjobs::JobId(bytes);
    job.state = state;
    job.original.filename = name;
    job.original.bytes = 1'000 + number;
    job.created_at = thumbjobs::WallTime(1'750'000'000'000ms + std::chrono::milliseconds(number));
    job.updated_at = job.created_at;
    if (is_terminal(state))
        job.finished_at = job.created_at + 250ms;
    if (state == thumbjobs::JobState::succeeded) {
        job.renditions.push_back({"thumbnail", "image/png", 100, 80, 2'000, {}});
        job.progress = 1;
    }
    if (state == thumbjobs::JobState::failed)
        job.error = thumbjobs::JobError{thumbjobs::ErrorCode::image_corrupt, "It is broken."};
    return job;
}

/// The names that the model shows, in their order.
inline QStringList names(const JobsModel& model) {
    QStringList result;
    for (int row = 0; row < model.rowCount(); ++row)
        result.append(model.index(row, 0).data(JobsModel::name_role).toString());
    return result;
}

inline RowState state_at(const JobsModel& model, int row) {
    return static_cast<RowState>(model.index(row, 0).data(JobsModel::state_role).toInt());
}

inline int count(const JobsModel& model, RowState state) {
    return model.counts()[index_of(state)];
}

/// How many rows are shown whose state is this.
inline int shown(const JobsModel& model, RowState state) {
    int result = 0;
    for (int row = 0; row < model.rowCount(); ++row)
        result += state_at(model, row) == state ? 1 : 0;
    return result;
}

} // namespace desktop::test
