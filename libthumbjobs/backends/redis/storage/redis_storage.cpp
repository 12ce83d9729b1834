#include "backends/redis/storage/redis_storage.h"

#include "backends/common/storage_checks.h"
#include "backends/redis/client/facts.h"
#include "backends/redis/storage/redis_blob.h"
#include "redis_storage_scripts.inc"
#include "src/byte_size.h"
#include "src/decimal.h"
#include "src/fail_point.h"
#include "src/random.h"
#include "src/text.h"

#include <thumbjobs/memory_full.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace thumbjobs::redis {
namespace {

/// Blobs up to this size travel inside of the script's call, larger ones by parts before it.
constexpr std::int64_t inline_size = 64 << 10;

/// How long a part waits for its blob to become whole.
constexpr std::string_view upload_seconds = "600";

const Script& put_script() {
    static const Script script("put", put_lua);
    return script;
}

const Script& open_script() {
    static const Script script("open", open_lua);
    return script;
}

const Script& remove_script() {
    static const Script script("remove", remove_lua);
    return script;
}

const Script& list_script() {
    static const Script script("list", list_lua);
    return script;
}

const Script& stamp_script() {
    static const Script script("stamp", stamp_lua);
    return script;
}

std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Some bytes of a blob: where they are, if they are in memory, else copied to `buffer`.
ByteView slice(const Blob& blob, std::int64_t offset, std::int64_t count, Bytes& buffer) {
    const ByteView all = blob.view();
    if (!all.empty())
        return all.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
    buffer.resize(static_cast<std::size_t>(count));
    for (std::size_t done = 0; done < buffer.size();) {
        const std::size_t size =
            blob.read(offset + static_cast<std::int64_t>(done), std::span(buffer).subspan(done));
        if (size == 0)
            throw Error(ErrorCode::storage_unavailable,
                        "An image became shorter while it was stored.");
        done += size;
    }
    return buffer;
}

[[noreturn]] void throw_full(const std::string& detail) {
    throw Error(ErrorCode::storage_full,
                "The image storage is full: it has reached its limit of bytes.", detail);
}

/// A blob's record in `meta`: "<upload id> <bytes> <parts>".
std::int64_t bytes_of(std::string_view record) {
    const std::size_t first = std::min(record.find(' '), record.size());
    const std::size_t second = std::min(record.find(' ', first + 1), record.size());
    const auto bytes =
        first == record.size()
            ? std::nullopt
            : parse_decimal<std::int64_t>(record.substr(first + 1, second - first - 1));
    if (!bytes)
        throw Error(ErrorCode::incompatible, "The image storage holds a record that is not ours.",
                    in_quotes(record));
    return *bytes;
}

bool is_cursor(std::string_view cursor) {
    return !cursor.empty() && cursor.size() <= 16 &&
           std::all_of(cursor.begin(), cursor.end(), is_digit);
}

void take_size(BackendUrl& url, const std::string& name, std::int64_t least, std::int64_t& target) {
    const auto text = url.take(name);
    if (!text)
        return;
    const auto bytes = parse_byte_size(*text);
    if (!bytes || *bytes < least)
        throw Error(ErrorCode::invalid_argument,
                    name + " of the Redis URL is " + in_quotes(*text) +
                        "; accepted: " + std::to_string(least) +
                        " bytes or more, as a number or one with KiB, MiB, GiB or TiB");
    target = *bytes;
}

void take_time_to_live(BackendUrl& url, Milliseconds& target) {
    const auto text = url.take("ttl");
    if (!text)
        return;
    const auto value = parse_duration(*text);
    if (!value || *value < std::chrono::minutes(1))
        throw Error(ErrorCode::invalid_argument,
                    "ttl of the Redis URL is " + in_quotes(*text) + "; accepted: 1m or more");
    target = *value;
}

} // namespace

RedisStorage::RedisStorage(std::shared_ptr<Client> client, Settings settings)
    : client_(std::move(client)),
      settings_(settings),
      state_(client_->options().tag() + ":images:state"),
      meta_(client_->options().tag() + ":images:meta"),
      index_(client_->options().tag() + ":images:index"),
      data_prefix_(client_->options().tag() + ":images:data:"),
      guard_(*client_, settings.reserve) {}

std::string RedisStorage::describe() const {
    return client_->options().describe();
}

void RedisStorage::put(std::string_view key, const Blob& blob, BlobKind kind) {
    require_storage_key(key);
    through_storage([&] {
        require_room(blob.size(), kind);
        commit(key, blob, kind);
    });
}

void RedisStorage::require_room(std::int64_t bytes, BlobKind kind) {
    if (bytes > settings_.max_blob)
        throw Error(ErrorCode::input_too_large, "The image has " + std::to_string(bytes) +
                                                    " bytes; the image storage takes at most " +
                                                    std::to_string(settings_.max_blob) +
                                                    " (max_blob).");
    if (kind == BlobKind::original && !guard_.admits(bytes))
        throw MemoryFull(
            "The image storage is full: Redis has reached the reserve for unfinished jobs.",
            "reserve " + std::to_string(settings_.reserve));
}

/// Stores the bytes, not visible yet; returns the names of the parts.
std::vector<std::string> RedisStorage::upload(const Blob& blob, const std::string& id) {
    std::vector<std::string> parts;
    Bytes buffer;
    for (std::int64_t at = 0; at < blob.size(); at += part_size) {
        const ByteView bytes = slice(blob, at, std::min(part_size, blob.size() - at), buffer);
        parts.push_back(part_key(data_prefix_, id, at / part_size));
        client_
            ->command({"SET", parts.back(), as_text(bytes), "EX", upload_seconds}, Repeat::always)
            .require();
    }
    return parts;
}

void RedisStorage::commit(std::string_view key, const Blob& blob, BlobKind kind) {
    // An id that is never used twice: a repeated call finds that its first one has taken effect.
    const std::string id = random_hex(12);
    const bool inlined = blob.size() <= inline_size;
    std::vector<std::string> parts;
    if (!inlined)
        parts = upload(blob, id);
    fail_point("storage.before_rename");

    constexpr int spared = 8; // the part of the limit that originals leave to renditions
    const std::int64_t limit = kind == BlobKind::original
                                   ? settings_.max_bytes - settings_.max_bytes / spared
                                   : settings_.max_bytes;
    const std::string bytes = std::to_string(blob.size());
    const std::string limit_text = std::to_string(limit);
    const std::string life = std::to_string(settings_.time_to_live.count());
    std::vector<std::string_view> keys{state_, meta_, index_};
    keys.insert(keys.end(), parts.begin(), parts.end());
    std::vector<std::string_view> arguments{data_prefix_, key, id, bytes, limit_text, life};
    Bytes buffer;
    if (inlined)
        arguments.push_back(as_text(slice(blob, 0, blob.size(), buffer)));
    const Reply reply = client_->eval(put_script(), keys, arguments, Repeat::always);
    fail_point("storage.after_rename");
    if (reply.text() == "FULL")
        throw_full("limit " + limit_text + " bytes");
    if (reply.text() != "OK")
        throw Error(ErrorCode::storage_unavailable,
                    "The image storage lost a part of an image while it was stored.",
                    "part of upload " + id + " is gone");
}

BlobPtr RedisStorage::open(std::string_view key) {
    require_storage_key(key);
    const std::array<std::string_view, 1> keys{meta_};
    const std::array<std::string_view, 2> arguments{data_prefix_, key};
    Reply found = through_storage([&] {
        Reply reply = client_->eval(open_script(), keys, arguments, Repeat::always);
        reply.require();
        return reply;
    });
    if (found.is_nil())
        throw_no_blob(key);
    const std::int64_t bytes = found.at(1).number();
    if (found.at(2).number() > 1)
        return std::make_shared<RedisBlob>(client_, data_prefix_, found.at(0).text(), bytes);
    if (bytes == 0)
        return make_blob({});
    auto text = std::make_shared<const std::string>(found.at(3).text());
    const ByteView view = as_bytes(*text);
    return share_blob(view, std::move(text));
}

bool RedisStorage::remove(std::string_view key) {
    require_storage_key(key);
    const std::array<std::string_view, 3> keys{state_, meta_, index_};
    const std::array<std::string_view, 2> arguments{data_prefix_, key};
    return through_storage(
        [&] { return client_->eval(remove_script(), keys, arguments).integer() == 1; });
}

/// The cursor is the place of the last blob listed.
StoredBlobPage RedisStorage::list(std::string_view cursor, int limit) {
    require_list_limit(limit);
    if (!cursor.empty() && !is_cursor(cursor))
        throw_bad_cursor(cursor);
    const std::string after = cursor.empty() ? "-inf" : '(' + std::string(cursor);
    const std::string count = std::to_string(limit);
    const std::array<std::string_view, 2> keys{meta_, index_};
    const std::array<std::string_view, 2> arguments{after, count};
    const Reply reply = through_storage([&] {
        Reply page = client_->eval(list_script(), keys, arguments, Repeat::always);
        page.require();
        return page;
    });
    const std::int64_t now = reply.at(0).number();
    StoredBlobPage page;
    std::size_t listed = 0;
    for (std::size_t i = 1; i + 2 < reply.array().size(); i += 3, ++listed) {
        const std::int64_t written = reply.at(i + 1).number();
        page.cursor = reply.at(i + 1).text();
        if (reply.at(i + 2).is_nil())
            continue;
        const std::chrono::microseconds age(std::max<std::int64_t>(now - written, 0));
        page.blobs.push_back({reply.at(i).text(), bytes_of(reply.at(i + 2).text()),
                              std::chrono::duration_cast<Milliseconds>(age)});
    }
    if (listed < static_cast<std::size_t>(limit))
        page.cursor.clear();
    return page;
}

std::string RedisStorage::stamp(std::string_view store_id) {
    require_store_id(store_id);
    const std::array<std::string_view, 1> keys{state_};
    const std::array<std::string_view, 1> arguments{store_id};
    std::string id = through_storage(
        [&] { return client_->eval(stamp_script(), keys, arguments, Repeat::always).take_text(); });
    if (!is_store_id(id))
        throw Error(ErrorCode::incompatible,
                    "The image storage's stamp, which tells whose it is, is damaged.",
                    in_quotes(id));
    return id;
}

/// By a command that writes, and changes nothing: a server that may not write refuses it. It takes
/// no memory, so that a full one can still be read, finished and emptied.
void RedisStorage::probe() {
    const std::string nothing = data_prefix_ + "probe";
    through_storage([&] { client_->command({"UNLINK", nothing}, Repeat::always).require(); });
}

std::shared_ptr<Storage> open_redis_storage(BackendUrl url, const BackendContext& context) {
    ClientOptions options = ClientOptions::parse(url);
    RedisStorage::Settings settings;
    settings.reserve = context.disk_reserve;
    take_size(url, "max_blob", 1, settings.max_blob);
    take_size(url, "max_bytes", 1, settings.max_bytes);
    take_size(url, "reserve", 0, settings.reserve);
    take_time_to_live(url, settings.time_to_live);
    url.refuse_rest(std::string(ClientOptions::accepted) + ", max_blob, max_bytes, reserve, ttl");
    auto client = std::make_shared<Client>(std::move(options));
    through_storage([&] { check_server(*client, context); });
    return std::make_shared<RedisStorage>(std::move(client), settings);
}

} // namespace thumbjobs::redis
