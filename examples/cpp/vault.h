#pragma once

#include <thumbjobs/error.h>
#include <thumbjobs/storage.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <string>

/// Keeps blobs in a map, which stands for a service of the program's own. storage.h says what each
/// method promises; it passes thumbjobs' suite for storages.
class Vault final : public thumbjobs::Storage {
public:
    /// `capacity`: bytes.
    explicit Vault(std::int64_t capacity) : capacity_(capacity) {}

    std::string describe() const override { return "vault:"; }

    void put(std::string_view key, const thumbjobs::Blob& blob, thumbjobs::BlobKind kind) override {
        check_key(key);
        // Read before the lock is taken: a blob may be a file or come from a network.
        const thumbjobs::BlobPtr copy = thumbjobs::make_blob(blob.read_all());
        const std::lock_guard lock(mutex_);
        const auto known = entries_.find(key);
        const auto freed = known == entries_.end() ? 0 : known->second.blob->size();
        // New images are refused before accepted ones can no longer be finished.
        const auto room = kind == thumbjobs::BlobKind::original ? capacity_ / 10 * 9 : capacity_;
        if (bytes_ - freed + copy->size() > room)
            throw thumbjobs::Error(thumbjobs::ErrorCode::storage_full, "The vault is full.");
        entries_.insert_or_assign(std::string(key), Entry{copy, Clock::now()});
        bytes_ += copy->size() - freed;
    }

    thumbjobs::BlobPtr open(std::string_view key) override {
        check_key(key);
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end())
            throw thumbjobs::Error(thumbjobs::ErrorCode::not_found, "There is no such image.");
        return found->second.blob; // stays readable when the key is removed
    }

    bool remove(std::string_view key) override {
        check_key(key);
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(key);
        if (found == entries_.end())
            return false;
        bytes_ -= found->second.blob->size();
        entries_.erase(found);
        return true;
    }

    thumbjobs::StoredBlobPage list(std::string_view cursor, int limit) override {
        check(limit >= 1 && limit <= 1000, "limit must be 1 to 1000.");
        check(cursor.empty() || thumbjobs::is_storage_key(cursor), "This is no cursor of mine.");
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
        const auto allowed = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        };
        check(!store_id.empty() && store_id.size() <= 64 &&
                  std::all_of(store_id.begin(), store_id.end(), allowed),
              "A store's id is 1 to 64 of a-z 0-9 -.");
        const std::lock_guard lock(mutex_);
        if (owner_.empty())
            owner_ = store_id;
        return owner_;
    }

    void probe() override {} // it can always be used

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        thumbjobs::BlobPtr blob;
        Clock::time_point written;
    };

    static void check(bool accepted, const char* otherwise) {
        if (!accepted)
            throw thumbjobs::Error(thumbjobs::ErrorCode::invalid_argument, otherwise);
    }
    static void check_key(std::string_view key) {
        check(thumbjobs::is_storage_key(key), "This is no storage key.");
    }

    std::mutex mutex_;
    std::map<std::string, Entry, std::less<>> entries_;
    std::string owner_;
    std::int64_t bytes_ = 0;
    const std::int64_t capacity_;
};
