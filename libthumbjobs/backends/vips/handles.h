#pragma once

#include <vips/vips.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace thumbjobs::vips {

/// A libvips call failed; what() is libvips' own text, for the log only.
class CallFailed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Takes the text out of libvips' error buffer. The buffer is the process's, so that the text may
/// also speak of a call that failed on another thread: never decide anything by it.
std::string take_error_text();

/// Throws CallFailed unless `result`, a libvips call's, says success.
void check(int result);

/// Owns one reference to a VipsImage.
class Image {
public:
    Image() noexcept = default;
    explicit Image(VipsImage* owned) noexcept : image_(owned) {}
    Image(Image&& other) noexcept : image_(std::exchange(other.image_, nullptr)) {}
    Image& operator=(Image&& other) noexcept {
        std::swap(image_, other.image_);
        return *this;
    }
    ~Image() {
        if (image_)
            g_object_unref(image_);
    }

    VipsImage* get() const noexcept { return image_; }
    VipsImage* operator->() const noexcept { return image_; }

    /// Another reference to the same image.
    Image share() const noexcept {
        g_object_ref(image_);
        return Image(image_);
    }

    /// Gives the reference away.
    VipsImage* release() noexcept { return std::exchange(image_, nullptr); }

    /// Calls `operation(input, &output, ...)` and keeps the output in place of the input.
    template <typename Operation>
    void apply(Operation&& operation) {
        VipsImage* output = nullptr;
        check(operation(image_, &output));
        *this = Image(output);
    }

private:
    VipsImage* image_ = nullptr;
};

/// Whether the image carries the metadata field `name`.
inline bool has_field(const Image& image, const char* name) noexcept {
    return vips_image_get_typeof(image.get(), name) != 0;
}

/// Evaluates the pipeline behind `image` and leaves the pixels in memory. All time of a decode is
/// spent here.
inline void render(Image& image) {
    VipsImage* pixels = vips_image_copy_memory(image.get());
    check(pixels ? 0 : -1);
    image = Image(pixels);
}

} // namespace thumbjobs::vips
