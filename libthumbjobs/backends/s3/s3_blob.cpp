#include "backends/s3/s3_blob.h"

#include "backends/common/storage_checks.h"
#include "backends/s3/s3_answers.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace thumbjobs {
namespace {

/// How much one request brings at the least.
constexpr std::size_t window_size = 1 << 20;

std::string range_of(std::int64_t offset, std::size_t length) {
    return std::to_string(offset) + '-' +
           std::to_string(offset + static_cast<std::int64_t>(length) - 1);
}

[[noreturn]] void throw_nonsense(const std::string& object) {
    throw Error(ErrorCode::storage_unavailable,
                "The image storage's answer is no part of the image that was asked for.", object);
}

class S3Blob final : public Blob {
public:
    S3Blob(std::shared_ptr<S3Client> client, std::string object, std::int64_t size, Bytes beginning)
        : client_(std::move(client)),
          object_(std::move(object)),
          size_(size),
          window_(std::make_shared<const Window>(Window{0, std::move(beginning)})) {}

    std::int64_t size() const noexcept override { return size_; }

    /// The whole image where it is small.
    ByteView view() const noexcept override {
        return whole_ ? ByteView(whole_->bytes) : ByteView();
    }

    std::size_t read(std::int64_t offset, std::span<std::byte> target) const override {
        if (offset < 0 || offset > size_)
            throw Error(ErrorCode::invalid_argument, "offset is " + std::to_string(offset) +
                                                         "; accepted: 0 to " +
                                                         std::to_string(size_));
        const auto left = static_cast<std::size_t>(size_ - offset);
        target = target.first(std::min(target.size(), left));
        std::size_t done = 0;
        while (done < target.size())
            done += read_some(offset + static_cast<std::int64_t>(done), target.subspan(done));
        return done;
    }

private:
    struct Window {
        std::int64_t offset;
        Bytes bytes;
    };
    using WindowPtr = std::shared_ptr<const Window>;

    /// From the window if it holds `offset`; else a large part directly, a small one by way of a
    /// new window, since who reads in small pieces comes back for the next.
    std::size_t read_some(std::int64_t offset, std::span<std::byte> target) const {
        WindowPtr window;
        {
            const std::lock_guard lock(mutex_);
            window = window_;
        }
        if (const std::size_t got = copy(*window, offset, target); got > 0)
            return got;
        if (target.size() >= window_size) {
            fetch(offset, target);
            return target.size();
        }
        Window next{offset, Bytes(std::min(window_size, static_cast<std::size_t>(size_ - offset)))};
        fetch(offset, next.bytes);
        window = std::make_shared<const Window>(std::move(next));
        {
            const std::lock_guard lock(mutex_);
            window_ = window;
        }
        return copy(*window, offset, target);
    }

    static std::size_t copy(const Window& window, std::int64_t offset,
                            std::span<std::byte> target) {
        const std::int64_t from = offset - window.offset;
        if (from < 0 || from >= static_cast<std::int64_t>(window.bytes.size()))
            return 0;
        const ByteView rest = ByteView(window.bytes).subspan(static_cast<std::size_t>(from));
        const std::size_t count = std::min(rest.size(), target.size());
        std::copy_n(rest.begin(), count, target.begin());
        return count;
    }

    void fetch(std::int64_t offset, std::span<std::byte> target) const {
        const HttpResponse response = client_->send(
            {.key = object_, .range = range_of(offset, target.size()), .target = target});
        if (response.status == 404)
            throw_no_blob(object_);
        if (response.status != 206 || response.received != target.size())
            throw_nonsense(object_);
    }

    const std::shared_ptr<S3Client> client_;
    const std::string object_;
    const std::int64_t size_;
    mutable std::mutex mutex_;
    mutable WindowPtr window_; // guarded by mutex_
    const WindowPtr whole_ =
        static_cast<std::int64_t>(window_->bytes.size()) == size_ ? window_ : nullptr;
};

} // namespace

BlobPtr open_s3_blob(std::shared_ptr<S3Client> client, std::string object, std::string_view key) {
    HttpResponse response = client->send({
        .key = object,
        .range = range_of(0, window_size),
        .max_body = std::size_t{1} << 31, // a server that knows no ranges sends all
    });
    if (response.status == 404)
        throw_no_blob(key);
    if (response.status == 416) // an empty object has no ranges
        return make_blob({});
    if (response.status == 200)
        return make_blob(std::move(response.body));
    const auto size = parse_range_total(response.header("content-range"));
    if (response.status != 206 || !size ||
        std::min(*size, static_cast<std::int64_t>(window_size)) !=
            static_cast<std::int64_t>(response.body.size()))
        throw_nonsense(object);
    response.body.shrink_to_fit();
    return std::make_shared<S3Blob>(std::move(client), std::move(object), *size,
                                    std::move(response.body));
}

} // namespace thumbjobs
