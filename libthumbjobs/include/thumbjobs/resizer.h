/// \file
/// The interface of resizers: bytes in, renditions out.
#pragma once

#include <thumbjobs/blob.h>
#include <thumbjobs/export.h>
#include <thumbjobs/rendition.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thumbjobs {

/// Bounds that are checked before an image is decoded.
struct ImageLimits {
    std::int64_t max_bytes = 64LL << 20;   ///< Of the file.
    std::int64_t max_pixels = 100'000'000; ///< Width x height, of all frames that are decoded.
    int max_frames = 1'000;                ///< Frames or pages that the file may hold.
    std::int64_t max_dimension = 65'535;   ///< Pixels of either side.
};

/// What an image's header says.
struct ImageInfo {
    std::string media_type{}; ///< `image/jpeg`, ...
    int width = 0;            ///< Pixels, orientation applied.
    int height = 0;           ///< Pixels, orientation applied.
    int frames = 1;           ///< Frames or pages; a thumbnail shows the first.
};

/// One finished rendition.
struct EncodedImage {
    Bytes data{};             ///< The file.
    std::string media_type{}; ///< `image/jpeg`, ...
    int width = 0;            ///< Pixels.
    int height = 0;           ///< Pixels.
};

/// What resize() made.
struct ResizeResult {
    ImageInfo source{};                 ///< What the header said.
    std::vector<EncodedImage> images{}; ///< One for each spec, in that order.
};

/// Tells a running resize to stop. Thread-safe.
class CancelToken {
public:
    /// Asks the resize to stop; it then throws Error(cancelled), soon. Cannot be taken back.
    void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
    /// Whether it was asked.
    bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

private:
    std::atomic<bool> cancelled_{false};
};

/// What resize() is given; lives as long as the call.
struct ResizeRequest {
    ByteView input{};                        ///< The whole file. Borrowed.
    const std::vector<RenditionSpec>& specs; ///< Validated. Borrowed.
    const ImageLimits& limits;               ///< Held before decoding. Borrowed.
    const CancelToken* cancel = nullptr;     ///< May be null.
    std::function<void(double)> progress =
        {}; ///< May be empty; called with 0 to 1 from any thread.
    std::function<void(const ImageInfo&)> header =
        {}; ///< May be empty; called once the header is read, before a limit is applied.
    std::function<void(bool)> waiting =
        {}; ///< May be empty; called on the caller's thread with true before a wait for something
            ///< else than the CPU (memory), then with false. What it throws at true ends the call.
    const Blob* file = nullptr; ///< In place of `input`, for a resizer that takes_files(): has a
                                ///< file_descriptor() and at least a byte. Borrowed.
};

/// Turns the bytes of an image into renditions.
///
/// Thread-safe. An image's own faults throw Error with not_an_image, unsupported_format,
/// image_too_large, image_truncated or image_corrupt; a cancelled call throws Error(cancelled); a
/// dead decoder process one of the decoder_* codes.
class THUMBJOBS_API Resizer {
public:
    virtual ~Resizer();

    /// For logs: `libvips 8.14.1`.
    virtual std::string describe() const = 0;

    /// The media types that it decodes.
    virtual std::vector<std::string> input_types() const = 0;

    /// Makes every rendition of `request`, or throws: see above. Blocks until done; any number of
    /// calls may run at a time.
    virtual ResizeResult resize(const ResizeRequest& request) = 0;

    /// Whether a decoder that crashes leaves this process alive. Without isolation the engine
    /// marks each attempt in the store before it decodes.
    virtual bool isolated() const noexcept { return false; }

    /// Whether resize() needs no ResizeRequest::input where there is a ResizeRequest::file. Such a
    /// file must never change while the call lasts.
    virtual bool takes_files() const noexcept { return false; }
};

/// What the first bytes of a file say it is.
struct SniffedType {
    std::string_view media_type{}; ///< `image/jpeg`, `image/svg+xml`, `application/pdf`, ...
    std::string_view name{};       ///< `JPEG`, `SVG`, ...
};

/// Looks at the first bytes (4 KiB suffice) and nothing else; nothing when they begin no image
/// format that thumbjobs knows by name.
THUMBJOBS_API std::optional<SniffedType> sniff_image(ByteView head) noexcept;

} // namespace thumbjobs
