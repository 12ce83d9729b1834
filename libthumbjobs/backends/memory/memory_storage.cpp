#include "backends/memory/memory_storage.h"

#include "backends/common/storage_checks.h"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace thumbjobs {
namespace {

class MemoryStorage final : public Storage {
public:
    explicit MemoryStorage(const Clock& clock) : clock_(clock) {}

    std::string describe() const override { return "memory:"; }

    void put(std::string_view key, const Blob& blob, BlobKind /*kind*/) override {
        require_storage_key(key);
        BlobPtr copy = make_blob(blob.read_all());
        const std::scoped_lock lock(mutex_);
        entries_.insert_or_assign(std::string(key), Entry{std::move(copy), clock_.boot()});
    }

    BlobPtr open(std::string_view key) override {
        require_storage_key(key);
        const std::scoped_lock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end())
            throw_no_blob(key);
        return found->second.blob;
    }

    bool remove(std::string_view key) override {
        require_storage_key(key);
        const std::scoped_lock lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end())
            return false;
        entries_.erase(found);
        return true;
    }

    /// In the order of the keys; the cursor is the last key given.
    StoredBlobPage list(std::string_view cursor, int limit) override {
        require_list_limit(limit);
        if (!cursor.empty() && !is_storage_key(cursor))
            throw_bad_cursor(cursor);
        const std::scoped_lock lock(mutex_);
        StoredBlobPage page;
        const BootTime now = clock_.boot();
        auto entry = cursor.empty() ? entries_.begin() : entries_.upper_bound(cursor);
        for (; entry != entries_.end(); ++entry) {
            if (page.blobs.size() == static_cast<std::size_t>(limit)) {
                page.cursor = page.blobs.back().key;
                break;
            }
            const auto& [key, stored] = *entry;
            page.blobs.push_back({key, stored.blob->size(), now - stored.written});
        }
        return page;
    }

    std::string stamp(std::string_view store_id) override {
        require_store_id(store_id);
        const std::scoped_lock lock(mutex_);
        if (stamp_.empty())
            stamp_ = store_id;
        return stamp_;
    }

    void probe() override {}

private:
    struct Entry {
        BlobPtr blob;
        BootTime written;
    };

    const Clock& clock_;
    std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_; // guarded by mutex_
    std::string stamp_;                                 // guarded by mutex_
};

} // namespace

std::shared_ptr<Storage> open_memory_storage(const BackendUrl& url, const BackendContext& context) {
    url.refuse_rest("");
    if (!url.target.empty())
        throw Error(ErrorCode::invalid_argument,
                    "The storage memory: has a target; accepted: memory: alone");
    return std::make_shared<MemoryStorage>(*context.clock);
}

} // namespace thumbjobs
