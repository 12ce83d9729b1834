// Shows a Storage of one's own: a few methods over whatever keeps bytes, chosen by a URL like the
// built-in ones.
//   custom_storage PHOTO
#include <thumbjobs/thumbjobs.h>

#include <chrono>
#include <iostream>
#include <map>
#include <mutex>

namespace {

using thumbjobs::Blob;
using thumbjobs::BlobKind;
using thumbjobs::BlobPtr;
using thumbjobs::Error;
using thumbjobs::ErrorCode;

/// Keeps blobs in a map, which stands for a service of the program's own. storage.h says what each
/// method promises; tests/conformance of thumbjobs holds a storage to it.
class Vault : public thumbjobs::Storage {
public:
    explicit Vault(std::int64_t capacity) : capacity_(capacity) {}

    std::string describe() const override { return "vault:"; }

    void put(std::string_view key, const Blob& blob, BlobKind kind) override {
        // Read before the lock is taken: a blob may be a file or come from a network.
        const BlobPtr copy = thumbjobs::make_blob(blob.read_all());
        const std::lock_guard lock(mutex_);
        // New images are refused before accepted ones can no longer be finished.
        const auto room = kind == BlobKind::original ? capacity_ / 10 * 9 : capacity_;
        if (bytes_ + copy->size() > room)
            throw Error(ErrorCode::storage_full, "The vault is full.");
        auto& entry = entries_[std::string(key)];
        bytes_ += copy->size() - (entry.blob ? entry.blob->size() : 0);
        entry = {copy, Clock::now()};
    }

    BlobPtr open(std::string_view key) override {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end())
            throw Error(ErrorCode::not_found, "There is no such image.");
        return found->second.blob; // stays readable when the key is removed
    }

    bool remove(std::string_view key) override {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end())
            return false;
        bytes_ -= found->second.blob->size();
        entries_.erase(found);
        return true;
    }

    thumbjobs::StoredBlobPage list(std::string_view cursor, int limit) override {
        if (!cursor.empty() && !thumbjobs::is_storage_key(cursor))
            throw Error(ErrorCode::invalid_argument, "This is no cursor of this storage.");
        const std::lock_guard lock(mutex_);
        thumbjobs::StoredBlobPage page;
        for (auto entry = entries_.upper_bound(cursor); entry != entries_.end(); ++entry) {
            if (static_cast<int>(page.blobs.size()) == limit) {
                page.cursor = page.blobs.back().key; // the next page begins after it
                break;
            }
            const auto age = std::chrono::duration_cast<thumbjobs::Milliseconds>(
                Clock::now() - entry->second.written);
            page.blobs.push_back({entry->first, entry->second.blob->size(), age});
        }
        return page;
    }

    std::string stamp(std::string_view store_id) override {
        const std::lock_guard lock(mutex_);
        if (owner_.empty())
            owner_ = store_id;
        return owner_;
    }

    void probe() override {} // it can always be used

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        BlobPtr blob;
        Clock::time_point written;
    };

    std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::string owner_;
    std::int64_t bytes_ = 0;
    const std::int64_t capacity_;
};

/// `vault:?megabytes=N`
std::shared_ptr<thumbjobs::Storage> open_vault(thumbjobs::BackendUrl url,
                                               const thumbjobs::BackendContext&) {
    const auto megabytes = url.take("megabytes").value_or("64");
    url.refuse_rest("megabytes");
    if (megabytes.empty() || megabytes.size() > 4 ||
        megabytes.find_first_not_of("0123456789") != std::string::npos)
        throw Error(ErrorCode::invalid_argument, "vault option \"megabytes\": \"" + megabytes +
                                                     "\" is not accepted; accepted: "
                                                     "0 to 9999");
    return std::make_shared<Vault>(std::stoll(megabytes) << 20);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: custom_storage PHOTO\n";
        return 2;
    }
    try {
        auto registry = thumbjobs::Registry::builtin();
        registry.add_storage("vault", open_vault);

        thumbjobs::EngineOptions options; // a real program names a durable store: sqlite:jobs.db
        options.registry = &registry;
        options.storage = "vault:?megabytes=16";
        const auto engine = thumbjobs::Engine::open(options);
        engine->start();
        const auto id = engine->submit({.image = thumbjobs::open_file_blob(argv[1])}).job.id;
        const auto job = engine->wait(id, std::chrono::seconds(60));
        std::cout << to_string(job.state) << ", " << engine->open_rendition(id).blob->size()
                  << " bytes from the vault\n";
    } catch (const Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
