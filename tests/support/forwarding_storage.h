#pragma once

#include <thumbjobs/storage.h>

#include <memory>
#include <utility>

namespace thumbjobs::test {

/// Passes every call on: the base of fault injectors.
class ForwardingStorage : public Storage {
public:
    explicit ForwardingStorage(std::shared_ptr<Storage> inner) : inner_(std::move(inner)) {}

    std::string describe() const override { return inner_->describe(); }
    void put(std::string_view key, const Blob& blob, BlobKind kind) override {
        inner_->put(key, blob, kind);
    }
    BlobPtr open(std::string_view key) override { return inner_->open(key); }
    bool remove(std::string_view key) override { return inner_->remove(key); }
    StoredBlobPage list(std::string_view cursor, int limit) override {
        return inner_->list(cursor, limit);
    }
    std::string stamp(std::string_view store_id) override { return inner_->stamp(store_id); }
    void probe() override { inner_->probe(); }

protected:
    const std::shared_ptr<Storage> inner_;
};

} // namespace thumbjobs::test
