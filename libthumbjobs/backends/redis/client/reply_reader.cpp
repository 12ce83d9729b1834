#include "backends/redis/client/reply_reader.h"

#include "backends/redis/client/transport.h"
#include "src/text.h"

#include <hiredis/hiredis.h>

#include <new>
#include <string>

namespace thumbjobs::redis {

/// The functions by which hiredis' reader makes replies: a child is made in its place in its
/// parent, the root on the heap. No exception may pass through the reader: nullptr tells it that
/// there is no memory.
struct ReplyReader::Builder {
    static Reply* place(const redisReadTask* task) {
        if (task->parent == nullptr)
            return new (std::nothrow) Reply;
        auto* const parent = static_cast<Reply*>(task->parent->obj);
        return &parent->elements_[static_cast<std::size_t>(task->idx)];
    }

    static void* make_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
        Reply* const reply = place(task);
        if (reply == nullptr)
            return nullptr;
        try {
            reply->text_.assign(text, size);
        } catch (...) {
            abandon(task, reply);
            return nullptr;
        }
        reply->kind_ = task->type == REDIS_REPLY_ERROR    ? Reply::Kind::error
                       : task->type == REDIS_REPLY_STATUS ? Reply::Kind::status
                                                          : Reply::Kind::string;
        return reply;
    }

    /// `Count` is int or std::size_t, by hiredis' version.
    template <typename Count>
    static void* make_array(const redisReadTask* task, Count count) noexcept {
        auto& reader = *static_cast<ReplyReader*>(task->privdata);
        const auto wanted = static_cast<std::size_t>(count);
        if (wanted > reader.max_elements_ - reader.elements_)
            return nullptr;
        reader.elements_ += wanted;
        Reply* const reply = place(task);
        if (reply == nullptr)
            return nullptr;
        try {
            reply->elements_.resize(wanted);
        } catch (...) {
            abandon(task, reply);
            return nullptr;
        }
        reply->kind_ = Reply::Kind::array;
        return reply;
    }

    static void* make_integer(const redisReadTask* task, long long value) noexcept {
        Reply* const reply = place(task);
        if (reply != nullptr) {
            reply->kind_ = Reply::Kind::integer;
            reply->integer_ = value;
        }
        return reply;
    }

    static void* make_nil(const redisReadTask* task) noexcept { return place(task); }

    /// The reader calls it for roots only.
    static void free_root(void* reply) noexcept { delete static_cast<Reply*>(reply); }

    static void abandon(const redisReadTask* task, Reply* reply) noexcept {
        if (task->parent == nullptr)
            delete reply;
    }

    static redisReplyObjectFunctions* functions() {
        static redisReplyObjectFunctions table = [] {
            redisReplyObjectFunctions all{};
            all.createString = make_string;
            all.createArray = make_array;
            all.createInteger = make_integer;
            all.createNil = make_nil;
            all.freeObject = free_root;
            return all;
        }();
        return &table;
    }
};

void ReplyReader::Free::operator()(redisReader* reader) const noexcept {
    redisReaderFree(reader);
}

ReplyReader::ReplyReader(std::size_t max_bytes, std::size_t max_elements)
    : max_bytes_(max_bytes),
      max_elements_(max_elements),
      reader_(redisReaderCreateWithFunctions(Builder::functions())) {
    if (!reader_)
        throw std::bad_alloc();
    reader_->privdata = this;
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::string_view bytes) {
    if (bytes.size() > max_bytes_ - pending_)
        throw TransportError(TransportError::Kind::broken,
                             "its reply has more than " + std::to_string(max_bytes_) + " bytes");
    if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
        throw TransportError(TransportError::Kind::broken, "there is no memory for its reply");
    pending_ += bytes.size();
}

std::optional<Reply> ReplyReader::next() {
    void* root = nullptr;
    if (redisReaderGetReply(reader_.get(), &root) != REDIS_OK)
        throw TransportError(TransportError::Kind::broken,
                             "it does not speak the Redis protocol, or says too much at once: " +
                                 in_quotes(reader_->errstr));
    if (root == nullptr)
        return std::nullopt;
    const std::unique_ptr<Reply> reply(static_cast<Reply*>(root));
    pending_ = reader_->len - reader_->pos;
    elements_ = 0;
    return std::move(*reply);
}

} // namespace thumbjobs::redis
