#pragma once

#include "support/faults.h"
#include "support/forwarding_storage.h"

namespace thumbjobs::test {

/// A storage whose calls fail when the test says so. The names of its faults are `storage.put`
/// (of an original), `storage.put_rendition`, `storage.open`, `storage.remove`, `storage.list`,
/// `storage.probe`.
class FlakyStorage final : public ForwardingStorage {
public:
    using ForwardingStorage::ForwardingStorage;

    Faults& faults() { return faults_; }

    void put(std::string_view key, const Blob& blob, BlobKind kind) override {
        faults_.around(kind == BlobKind::original ? "storage.put" : "storage.put_rendition",
                       [&] { inner_->put(key, blob, kind); });
    }
    BlobPtr open(std::string_view key) override {
        return faults_.around("storage.open", [&] { return inner_->open(key); });
    }
    bool remove(std::string_view key) override {
        return faults_.around("storage.remove", [&] { return inner_->remove(key); });
    }
    StoredBlobPage list(std::string_view cursor, int limit) override {
        return faults_.around("storage.list", [&] { return inner_->list(cursor, limit); });
    }
    void probe() override {
        faults_.around("storage.probe", [&] { inner_->probe(); });
    }

private:
    Faults faults_;
};

} // namespace thumbjobs::test
