#include "backends/sandbox/sandbox_resizer.h"

#include "backends/sandbox/admission.h"
#include "backends/sandbox/attempt.h"
#include "backends/sandbox/locate.h"
#include "backends/sandbox/options.h"
#include "backends/sandbox/pool.h"

#include <utility>

namespace thumbjobs {
namespace sandbox {
namespace {

/// A helper for as long as a call needs it.
class Loan {
public:
    Loan(Pool& pool, const CancelToken* cancel) : pool_(pool), helper_(pool.acquire(cancel)) {}
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;
    ~Loan() { pool_.give_back(std::move(helper_)); }

    Helper& operator*() const noexcept { return *helper_; }

private:
    Pool& pool_;
    std::unique_ptr<Helper> helper_;
};

class SandboxResizer final : public Resizer {
public:
    explicit SandboxResizer(Options options)
        : options_(std::move(options)),
          admission_(options_.budget - options_.budget / 8),
          pool_(options_, locate_worker(options_.worker)) {}

    std::string describe() const override {
        const Ready& ready = pool_.ready();
        std::string text = ready.description + " in " + std::to_string(options_.helpers) +
                           " sandboxed processes (";
        if (options_.per_image)
            text += "a new one for each image, ";
        text += "socket: " + ready.socket_refused + ", open: " + ready.open_refused;
        text +=
            ready.landlock > 0 ? ", Landlock " + std::to_string(ready.landlock) : ", no Landlock";
        return text + (ready.network_namespace ? ", own network)" : ", shared network)");
    }

    std::vector<std::string> input_types() const override { return pool_.ready().input_types; }

    ResizeResult resize(const ResizeRequest& request) override;

    bool isolated() const noexcept override { return true; }

    bool takes_files() const noexcept override { return true; }

private:
    const Options options_;
    Admission admission_;
    MemoryKills memory_kills_;
    Pool pool_;
};

ResizeResult SandboxResizer::resize(const ResizeRequest& request) {
    const Surroundings around{options_, admission_, memory_kills_};
    Admission::Ticket ticket;
    std::int64_t wanted = 0;
    {
        const Loan helper(pool_, request.cancel);
        Attempt attempt(*helper, request, around);
        if (auto result = attempt.run(ticket))
            return std::move(*result);
        wanted = attempt.predicted();
    }
    // The helper serves others while this image waits for room.
    if (request.waiting)
        request.waiting(true);
    ticket = admission_.admit(wanted, request.cancel);
    if (request.waiting)
        request.waiting(false);
    if (!ticket || (request.cancel && request.cancel->cancelled()))
        throw Error(ErrorCode::cancelled, "The resize was cancelled.");
    const Loan helper(pool_, request.cancel);
    Attempt attempt(*helper, request, around);
    return attempt.run(ticket).value();
}

} // namespace
} // namespace sandbox

std::shared_ptr<Resizer> open_sandbox_resizer(BackendUrl url, const BackendContext& /*context*/) {
    return std::make_shared<sandbox::SandboxResizer>(sandbox::Options::parse(std::move(url)));
}

} // namespace thumbjobs
