/// \file
/// Which backend a URL means.
#pragma once

#include <thumbjobs/job_store.h>
#include <thumbjobs/resizer.h>
#include <thumbjobs/storage.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// A backend's address: `scheme:rest?key=value&...`. Parts are kept as written, values
/// percent-decoded.
struct BackendUrl {
    std::string scheme; ///< `sqlite`
    std::string target; ///< What stands between the colon and the question mark, percent-decoded.
    std::map<std::string, std::string> options{}; ///< What follows the question mark, by name.

    /// Throws Error(invalid_argument) naming what is wrong; never repeats a password.
    THUMBJOBS_API static BackendUrl parse(std::string_view text);

    /// The URL without user, password and secret options, for logs and errors.
    THUMBJOBS_API std::string redacted() const;

    /// Takes an option out; nothing if absent.
    THUMBJOBS_API std::optional<std::string> take(const std::string& name);

    /// Throws Error(invalid_argument) naming the first option that nobody took, and `accepted`.
    THUMBJOBS_API void refuse_rest(std::string_view accepted) const;
};

/// What every backend is given.
struct BackendContext {
    const Clock* clock = &Clock::system(); ///< Outlives the backend.
    int event_history =
        20'000; ///< Events, and so log lines, that a store keeps at the least; 100 or more.
    std::int64_t disk_reserve =
        64LL << 20; ///< Bytes: free space at which storages and stores refuse new jobs.
    bool relaxed_durability = false; ///< Acknowledge before the disk has the bytes. Loses the last
                                     ///< moments at a power cut.
    std::function<void(std::string_view)>
        warn{}; ///< Told, while a backend is opened, a sentence about what works but endangers
                ///< jobs or images; may be empty. Without secrets.
};

/// Makes backends from URLs. Copy the built-in one and add your own. Not thread-safe while it is
/// changed.
class THUMBJOBS_API Registry {
public:
    /// Opens a job store; throws Error(invalid_argument) for an address that it cannot take, and
    /// what opening fails with. Called from any thread.
    using StoreFactory =
        std::function<std::shared_ptr<JobStore>(BackendUrl, const BackendContext&)>;

    /// Opens a storage, in the same way.
    using StorageFactory =
        std::function<std::shared_ptr<Storage>(BackendUrl, const BackendContext&)>;

    /// Opens a resizer, in the same way.
    using ResizerFactory =
        std::function<std::shared_ptr<Resizer>(BackendUrl, const BackendContext&)>;

    /// The backends that this build has: defined in backends/registry.cpp.
    static const Registry& builtin();

    /// Adds the job stores of `scheme:`, or replaces those there were.
    void add_store(const std::string& scheme, StoreFactory factory);

    /// Adds the storages of `scheme:`, or replaces those there were.
    void add_storage(const std::string& scheme, StorageFactory factory);

    /// Adds the resizers of `scheme:`, or replaces those there were.
    void add_resizer(const std::string& scheme, ResizerFactory factory);

    /// Opens the job store at `url`. Throws Error(invalid_argument) for an unknown scheme, naming
    /// the known ones; otherwise as the backend does.
    std::shared_ptr<JobStore> open_store(std::string_view url, const BackendContext& context) const;

    /// Opens the storage at `url`; throws as open_store() does.
    std::shared_ptr<Storage> open_storage(std::string_view url,
                                          const BackendContext& context) const;

    /// Opens the resizer at `url`; throws as open_store() does.
    std::shared_ptr<Resizer> open_resizer(std::string_view url,
                                          const BackendContext& context) const;

    /// The schemes of job stores, sorted.
    std::vector<std::string> store_schemes() const;

    /// The schemes of storages, sorted.
    std::vector<std::string> storage_schemes() const;

    /// The schemes of resizers, sorted.
    std::vector<std::string> resizer_schemes() const;

private:
    std::map<std::string, StoreFactory> stores_;
    std::map<std::string, StorageFactory> storages_;
    std::map<std::string, ResizerFactory> resizers_;
};

} // namespace thumbjobs
