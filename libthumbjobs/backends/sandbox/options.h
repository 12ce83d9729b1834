#pragma once

#include <thumbjobs/registry.h>
#include <thumbjobs/time.h>

#include <cstdint>
#include <string>

namespace thumbjobs::sandbox {

/// How the sandbox is set up: the options of its URL.
struct Options {
    std::string inner{};  ///< URL of the resizer that is run in the helpers.
    std::string worker{}; ///< Path of the helper's program; empty: looked for.
    int helpers = 0;      ///< 1 to 256 images at a time; 0: as many as there are processors.
    Milliseconds timeout{30'000};    ///< 10 ms to 1 h, of one attempt.
    std::int64_t memory = 1LL << 30; ///< Bytes, 16 MiB to 1 TiB, of one attempt.
    std::int64_t budget = 0;   ///< Bytes of predicted memory of all attempts at a time, 32 MiB or
                               ///< more; 0: three quarters of what the machine or cgroup has.
    bool per_image = false;    ///< A helper sees one image and ends.
    int recycle_after = 2'000; ///< 1 to 1,000,000 images of one helper.
    Milliseconds recycle_older{600'000};      ///< 10 ms to 24 h since a helper's first image.
    std::int64_t recycle_above = 192LL << 20; ///< Bytes of resident memory after an image.

    /// Reads the options of a `sandbox:` URL; those that it does not know go to the inner URL.
    /// Throws Error(invalid_argument) naming the option, its value and what is accepted.
    static Options parse(BackendUrl url);

    /// Bytes that one attempt may be predicted to need.
    std::int64_t image_bound() const noexcept;

    /// Bytes up to which an attempt never waits for room: `helpers` of them are an eighth of the
    /// budget.
    std::int64_t cheap() const noexcept;

    /// Bytes that the renditions of one attempt may have together. They lie in shared memory, which
    /// counts neither for RLIMIT_DATA nor as the helper's own.
    std::int64_t output() const noexcept { return memory / 2; }

    /// Processor time of a helper's life: a backstop behind the deadline, should the service hang.
    std::int64_t cpu_seconds() const noexcept;
};

} // namespace thumbjobs::sandbox
