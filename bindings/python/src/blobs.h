#pragma once

#include <thumbjobs/blob.h>

#include <pybind11/pybind11.h>

#include <sys/mman.h>

#include <memory>

namespace thumbjobs::python {

/// An image of the storage, as Python sees it: an object with the buffer protocol, whose bytes are
/// not copied where the storage has them in memory or in a file.
class BlobView {
public:
    explicit BlobView(BlobPtr blob);
    ~BlobView();
    BlobView(const BlobView&) = delete;
    BlobView& operator=(const BlobView&) = delete;

    ByteView bytes() const noexcept { return bytes_; }
    const BlobPtr& blob() const noexcept { return blob_; }

private:
    BlobPtr blob_;
    void* mapping_ = nullptr; ///< Of a file.
    Bytes copy_;              ///< Of what is elsewhere.
    ByteView bytes_;
};

/// The bytes of a bytes-like object: borrowed if it cannot change, copied otherwise. Throws
/// TypeError naming `argument`. Needs the GIL.
BlobPtr blob_of_buffer(pybind11::handle source, const char* argument);

/// As blob_of_buffer(), or the blob behind a BlobView.
BlobPtr blob_from_python(pybind11::handle source, const char* argument);

/// As blob_from_python(); a str is the path of a file to open, which throws as open_file_blob()
/// does.
BlobPtr image_from_python(pybind11::handle source, const char* argument);

void bind_blobs(pybind11::module_& module);

} // namespace thumbjobs::python
