#pragma once

#include "support/fake_clock.h"
#include "support/fake_resizer.h"
#include "support/flaky_storage.h"
#include "support/flaky_store.h"
#include "support/recording_observer.h"

#include <thumbjobs/engine.h>
#include <thumbjobs/registry.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace thumbjobs::test {

inline constexpr Milliseconds patience{10'000};

/// An engine on memory backends that can be made to fail, with a scripted resizer. The clock is the
/// machine's unless one is given.
struct Parts {
    explicit Parts(const Clock& clock_used = Clock::system()) : clock(clock_used) {
        const BackendContext context{.clock = &clock};
        store = std::make_shared<FlakyStore>(Registry::builtin().open_store("memory:", context));
        storage =
            std::make_shared<FlakyStorage>(Registry::builtin().open_storage("memory:", context));
    }

    EngineOptions options() const {
        EngineOptions options;
        options.job_store = store;
        options.image_storage = storage;
        options.image_resizer = resizer;
        options.observer = observer;
        options.clock = &clock;
        options.retry.base_delay = Milliseconds{1};
        options.retry.max_delay = Milliseconds{5};
        options.housekeeping_interval = Milliseconds{10};
        options.orphan_interval = Milliseconds{0};
        options.worker_name = "worker-1";
        options.inline_thumbnails = 0; // in the storage, where most tests look for them
        return options;
    }

    std::unique_ptr<Engine> open() const { return Engine::open(options()); }

    /// Every key in the storage.
    std::vector<std::string> keys() const {
        std::vector<std::string> found;
        std::string cursor;
        do {
            const StoredBlobPage page = storage->list(cursor, 100);
            for (const StoredBlob& blob : page.blobs)
                found.push_back(blob.key);
            cursor = page.cursor;
        } while (!cursor.empty());
        return found;
    }

    const Clock& clock;
    std::shared_ptr<FlakyStore> store;
    std::shared_ptr<FlakyStorage> storage;
    std::shared_ptr<FakeResizer> resizer = std::make_shared<FakeResizer>();
    std::shared_ptr<RecordingObserver> observer = std::make_shared<RecordingObserver>();
};

inline SubmitRequest request(std::string_view text = "image") {
    return {.image = fake_image(text)};
}

/// An engine that is busy with its one job, until the barrier opens.
struct BusyParts : Parts {
    explicit BusyParts(FakeResizer::Step (*step)(std::shared_ptr<Barrier>) = FakeResizer::block) {
        resizer->otherwise(step(barrier));
        engine = open();
        engine->start();
        job = engine->submit(request()).job;
        if (!barrier->wait_arrived(1))
            throw std::runtime_error("the job was not begun");
    }

    std::shared_ptr<Barrier> barrier = std::make_shared<Barrier>();
    std::unique_ptr<Engine> engine;
    Job job; ///< As submitted.
};

/// The store or storage is away: every one of its calls fails, or those of one name.
inline Faults::Hook unavailable(ErrorCode code, std::string only = {}) {
    return [code, only](std::string_view call) {
        if (only.empty() || call == only)
            throw Error(code, "Away, as the test wants.");
    };
}

} // namespace thumbjobs::test
