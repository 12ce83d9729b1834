#include "src/text.h"

#include <thumbjobs/registry.h>

#include <utility>

namespace thumbjobs {
namespace {

template <typename Factory>
std::vector<std::string> schemes(const std::map<std::string, Factory>& factories) {
    std::vector<std::string> names;
    for (const auto& [scheme, factory] : factories)
        names.push_back(scheme);
    return names;
}

template <typename Factory>
auto open(const std::map<std::string, Factory>& factories, std::string_view kind,
          std::string_view text, const BackendContext& context) {
    BackendUrl url = BackendUrl::parse(text);
    const auto found = factories.find(url.scheme);
    if (found == factories.end()) {
        std::string accepted;
        for (const auto& [scheme, factory] : factories)
            accepted += (accepted.empty() ? "" : ", ") + scheme + ':';
        throw Error(ErrorCode::invalid_argument,
                    "The " + std::string(kind) + " has an unknown scheme " + in_quotes(url.scheme) +
                        "; accepted: " + (accepted.empty() ? "none" : accepted));
    }
    const std::string shown = url.redacted();
    try {
        return found->second(std::move(url), context);
    } catch (const Error& error) {
        // Which of the servers that a program was given it is that fails.
        if (error.code() != ErrorCode::store_unavailable &&
            error.code() != ErrorCode::storage_unavailable)
            throw;
        throw Error(error.code(),
                    "The " + std::string(kind) + ' ' + in_quotes(shown) +
                        " cannot be opened: " + error.what(),
                    error.detail());
    }
}

} // namespace

void Registry::add_store(const std::string& scheme, StoreFactory factory) {
    stores_[scheme] = std::move(factory);
}

void Registry::add_storage(const std::string& scheme, StorageFactory factory) {
    storages_[scheme] = std::move(factory);
}

void Registry::add_resizer(const std::string& scheme, ResizerFactory factory) {
    resizers_[scheme] = std::move(factory);
}

std::shared_ptr<JobStore> Registry::open_store(std::string_view url,
                                               const BackendContext& context) const {
    return open(stores_, "job store", url, context);
}

std::shared_ptr<Storage> Registry::open_storage(std::string_view url,
                                                const BackendContext& context) const {
    return open(storages_, "image storage", url, context);
}

std::shared_ptr<Resizer> Registry::open_resizer(std::string_view url,
                                                const BackendContext& context) const {
    return open(resizers_, "resizer", url, context);
}

std::vector<std::string> Registry::store_schemes() const {
    return schemes(stores_);
}

std::vector<std::string> Registry::storage_schemes() const {
    return schemes(storages_);
}

std::vector<std::string> Registry::resizer_schemes() const {
    return schemes(resizers_);
}

} // namespace thumbjobs
