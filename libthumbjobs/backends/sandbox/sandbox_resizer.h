#pragma once

#include <thumbjobs/registry.h>

#include <memory>

namespace thumbjobs {

/// `sandbox:RESIZER` — runs another resizer, such as `vips:`, in helper processes (the program
/// `thumbjobs-worker`) that can open no file, reach no network and start no program. An image that
/// crashes, hangs or exhausts its decoder costs one attempt: Error with one of the decoder_* codes.
///
/// Options, all others go to RESIZER:
///   helpers=N          images at a time, 1 to 256 (default: the number of processors)
///   timeout=TIME       of one attempt, 10ms to 1h (30s)
///   memory=SIZE        of one attempt, 16MiB to 1TiB (1GiB); what is predicted to need more is
///                      refused with image_too_large
///   budget=SIZE        predicted memory of all attempts at a time, 32MiB or more (three quarters
///                      of the cgroup's or machine's)
///   per_image=0|1      a new helper for every image (0)
///   recycle_after=N    images of one helper (2000)
///   recycle_older=TIME since a helper's first image, 10ms to 24h (10m)
///   recycle_above=SIZE resident memory at which a helper is replaced, 32MiB or more (192MiB)
///   worker=PATH        the helper program (default: beside the running program, beside this
///                      library, or in the installation's libexec/thumbjobs)
///
/// Throws Error(invalid_argument) for options that it does not know, Error(incompatible) when the
/// lock does not hold on this system (a helper tries to break out before its first image), and
/// Error(internal) when helpers cannot be started.
std::shared_ptr<Resizer> open_sandbox_resizer(BackendUrl url, const BackendContext& context);

} // namespace thumbjobs
