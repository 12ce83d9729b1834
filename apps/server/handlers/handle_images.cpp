#include "handlers/answers.h"
#include "handlers/byte_range.h"
#include "handlers/handlers.h"
#include "routes/problem.h"

#include <thumbjobs/blob.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace thumbd {
namespace {

using thumbjobs::BlobPtr;
using thumbjobs::JobState;

/// Larger answers are streamed in chunks, so that a slow client does not hold them in memory.
constexpr std::int64_t max_in_memory = 256 * 1024;

struct ImageAnswer {
    BlobPtr blob;
    std::string media_type;
    std::string etag; ///< Strong: a stored image never changes.
    std::string disposition;
};

QByteArray read_bytes(const thumbjobs::Blob& blob, std::int64_t offset, std::int64_t length) {
    QByteArray bytes(static_cast<qsizetype>(length), Qt::Uninitialized);
    const auto target =
        std::as_writable_bytes(std::span(bytes.data(), static_cast<std::size_t>(bytes.size())));
    std::size_t got = 0;
    while (got < target.size()) {
        const auto count = blob.read(offset + static_cast<std::int64_t>(got), target.subspan(got));
        if (count == 0)
            throw thumbjobs::Error(thumbjobs::ErrorCode::storage_unavailable,
                                   "The image ends before its size.");
        got += count;
    }
    return bytes;
}

/// Reads a blob piece by piece on the executor, as the client takes it.
http::ChunkProducer produce(Services& services, const ExchangePtr& exchange, BlobPtr blob,
                            std::int64_t offset, std::int64_t length) {
    auto at = std::make_shared<std::int64_t>(offset);
    return [&services, id = exchange->request_id(), blob = std::move(blob), at,
            end = offset + length](std::size_t max_bytes, http::ChunkSink deliver) {
        const bool posted =
            services.executor.post_continuation([&services, id, blob, at, end, max_bytes, deliver] {
                const auto count = std::min(end - *at, static_cast<std::int64_t>(max_bytes));
                try {
                    auto chunk = read_bytes(*blob, *at, count);
                    *at += count;
                    deliver(std::move(chunk));
                } catch (const std::exception& error) {
                    services.logger.warning("an image could not be read to its end",
                                            {{"request_id", id}, {"detail", error.what()}});
                    deliver({});
                }
            });
        if (!posted)
            deliver({});
    };
}

void answer_image(Services& services, const ExchangePtr& exchange, const ImageAnswer& image) {
    const auto size = image.blob->size();
    // The policy makes an SVG or HTML that slipped through harmless on our origin.
    http::Headers headers{{"Content-Type", image.media_type},
                          {"ETag", image.etag},
                          {"Accept-Ranges", "bytes"},
                          {"Cache-Control", "private, max-age=3600"},
                          {"Content-Disposition", image.disposition},
                          {"Content-Security-Policy", "default-src 'none'; sandbox"}};
    if (matches_etag(exchange->header("If-None-Match"), image.etag)) {
        headers.remove("Content-Type");
        exchange->respond(304, std::move(headers));
        return;
    }
    ByteRange range{ByteRange::Kind::whole, 0, size};
    const auto condition = exchange->header("If-Range");
    if (exchange->method() == "GET" && (condition.empty() || condition == image.etag))
        range = parse_byte_range(exchange->header("Range"), size);
    if (range.kind == ByteRange::Kind::unsatisfiable) {
        auto response = to_response({416,
                                     "range_not_satisfiable",
                                     "The image has " + std::to_string(size) + " bytes.",
                                     {},
                                     0});
        response.headers.set("Content-Range", "bytes */" + std::to_string(size));
        exchange->respond(std::move(response));
        return;
    }
    int status = 200;
    if (range.kind == ByteRange::Kind::part) {
        status = 206;
        headers.set("Content-Range", "bytes " + std::to_string(range.offset) + '-' +
                                         std::to_string(range.offset + range.length - 1) + '/' +
                                         std::to_string(size));
    }
    if (range.length <= max_in_memory)
        exchange->respond(status, std::move(headers),
                          read_bytes(*image.blob, range.offset, range.length));
    else
        exchange->respond_stream(
            status, std::move(headers), static_cast<std::uint64_t>(range.length),
            produce(services, exchange, image.blob, range.offset, range.length));
}

/// Why there is no rendition (yet).
void answer_unfinished(http::Exchange& exchange, const thumbjobs::Job& job) {
    Problem problem{409, "conflict", {}, job.id.to_string(), 0};
    if (!is_terminal(job.state)) {
        problem.detail = "The job is " + std::string(to_string(job.state)) + "; try again soon.";
        problem.retry_after = 1;
    } else if (job.error) {
        problem.detail = "The job has failed: " + job.error->message;
    } else {
        problem.detail = "The job is " + std::string(to_string(job.state)) + '.';
    }
    exchange.respond(to_response(problem));
}

/// Says what a rendition is missing for; false if it should be there.
bool answer_missing(Services& services, http::Exchange& exchange, const thumbjobs::JobId& id,
                    const std::string& name) {
    const auto job = services.engine.get(id);
    if (!job) {
        exchange.respond(to_response(no_such_job(id.to_string())));
        return true;
    }
    const bool named =
        name.empty() || std::any_of(job->specs.begin(), job->specs.end(),
                                    [&](const auto& spec) { return spec.name == name; });
    if (!named) {
        exchange.respond(to_response(
            {404, "not_found", "The job has no rendition of this name.", id.to_string(), 0}));
        return true;
    }
    if (job->state == JobState::succeeded)
        return false;
    answer_unfinished(exchange, *job);
    return true;
}

/// Nothing if that was answered.
std::optional<thumbjobs::Engine::OpenedRendition> open_rendition(Services& services,
                                                                 http::Exchange& exchange,
                                                                 const thumbjobs::JobId& id,
                                                                 const std::string& name) {
    try {
        return services.engine.open_rendition(id, name);
    } catch (const thumbjobs::Error& error) {
        const bool missing = error.code() == thumbjobs::ErrorCode::not_found ||
                             error.code() == thumbjobs::ErrorCode::conflict;
        if (!missing || !answer_missing(services, exchange, id, name))
            throw;
        return std::nullopt;
    }
}

void send_rendition(Services& services, const ExchangePtr& exchange, const thumbjobs::JobId& id,
                    const std::string& name, bool download) {
    auto opened = open_rendition(services, *exchange, id, name);
    if (!opened)
        return;
    const auto& rendition = opened->rendition;
    const auto filename =
        rendition_filename(opened->job.original.filename, rendition.name, rendition.media_type);
    answer_image(services, exchange,
                 {std::move(opened->blob), rendition.media_type, '"' + rendition.checksum + '"',
                  content_disposition(download, filename)});
}

void serve_rendition(Services& services, const ExchangePtr& exchange, std::string name) {
    const bool download = parameters_of(*exchange).flag("download").value_or(false);
    run_for_job(services, exchange,
                [&services, name = std::move(name), download](http::Exchange& open,
                                                              const thumbjobs::JobId& id) {
                    send_rendition(services, open.shared_from_this(), id, name, download);
                });
}

} // namespace

void handle_thumbnail(Services& services, const ExchangePtr& exchange) {
    serve_rendition(services, exchange, {});
}

void handle_rendition(Services& services, const ExchangePtr& exchange) {
    serve_rendition(services, exchange, exchange->argument(1));
}

void handle_original(Services& services, const ExchangePtr& exchange) {
    parameters_of(*exchange);
    run_for_job(services, exchange, [&services](http::Exchange& open, const thumbjobs::JobId& id) {
        const auto job = services.engine.get(id);
        if (!job) {
            open.respond(to_response(no_such_job(id.to_string())));
            return;
        }
        const auto& original = job->original;
        const std::string name = original.filename.empty() ? id.to_string() : original.filename;
        answer_image(services, open.shared_from_this(),
                     {services.engine.open_original(id), original.media_type,
                      "\"original-" + id.to_string() + '"', content_disposition(true, name)});
    });
}

} // namespace thumbd
