#pragma once

#include "src/core.h"

#include <thumbjobs/engine.h>

#include <atomic>
#include <string>
#include <vector>

namespace thumbjobs {

/// Takes images in: the original first, then its job; between the two, nothing is promised.
/// Thread-safe.
class Submitter {
public:
    explicit Submitter(const Core& core);

    /// See Engine::submit().
    SubmitResult submit(const SubmitRequest& request);

private:
    NewJob describe(const SubmitRequest& request) const;
    void refuse_while_full(const NewJob& job);
    CreateResult create(const NewJob& job);
    void remove_blob(const NewJob& job) noexcept;

    const Core& core_;
    const std::vector<std::string> accepted_; ///< Media types.
    std::atomic<bool> full_{false};           ///< The last job was refused by a full queue.
};

} // namespace thumbjobs
