#include "blobs.h"

#include "process.h"

#include <string>

namespace py = pybind11;

namespace thumbjobs::python {

BlobView::BlobView(BlobPtr blob) : blob_(std::move(blob)) {
    bytes_ = blob_->view();
    const auto size = static_cast<std::size_t>(blob_->size());
    if (!bytes_.empty() || size == 0)
        return;
    if (blob_->file_descriptor() >= 0) {
        void* const mapped =
            ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, blob_->file_descriptor(), 0);
        if (mapped != MAP_FAILED) {
            mapping_ = mapped;
            bytes_ = {static_cast<const std::byte*>(mapped), size};
            return;
        }
    }
    copy_ = blob_->read_all();
    bytes_ = copy_;
}

BlobView::~BlobView() {
    if (mapping_)
        ::munmap(mapping_, bytes_.size());
}

BlobPtr blob_of_buffer(py::handle source, const char* argument) {
    auto view = std::make_unique<Py_buffer>();
    if (PyObject_GetBuffer(source.ptr(), view.get(), PyBUF_SIMPLE) != 0) {
        PyErr_Clear();
        throw py::type_error(std::string(argument) + ": " + py::repr(source).cast<std::string>() +
                             " (" + Py_TYPE(source.ptr())->tp_name +
                             ") is not accepted; accepted: contiguous bytes-like objects");
    }
    const ByteView bytes(static_cast<const std::byte*>(view->buf),
                         static_cast<std::size_t>(view->len));
    if (view->readonly == 0) {
        BlobPtr copy = copy_blob(bytes);
        PyBuffer_Release(view.get());
        return copy;
    }
    return share_blob(bytes, std::shared_ptr<const void>(view.release(), [](Py_buffer* held) {
                          if (!interpreter_is_ending()) {
                              const py::gil_scoped_acquire gil;
                              PyBuffer_Release(held);
                          }
                          delete held;
                      }));
}

BlobPtr blob_from_python(py::handle source, const char* argument) {
    if (py::isinstance<BlobView>(source))
        return source.cast<const BlobView&>().blob();
    return blob_of_buffer(source, argument);
}

BlobPtr image_from_python(py::handle source, const char* argument) {
    if (!py::isinstance<py::str>(source))
        return blob_from_python(source, argument);
    const auto encoded = py::reinterpret_steal<py::bytes>(PyUnicode_EncodeFSDefault(source.ptr()));
    if (!encoded)
        throw py::error_already_set();
    const auto path = encoded.cast<std::string>();
    const py::gil_scoped_release released;
    return open_file_blob(path);
}

void bind_blobs(py::module_& module) {
    py::class_<BlobView, std::shared_ptr<BlobView>>(
        module, "Blob", py::buffer_protocol(),
        "The bytes of an image in the storage. `memoryview(blob)` and `bytes(blob)` read them; "
        "the\n"
        "former copies nothing where the storage has them in memory or in a file. Immutable.")
        .def_buffer([](const BlobView& blob) {
            return py::buffer_info(const_cast<std::byte*>(blob.bytes().data()), 1, "B", 1,
                                   {blob.bytes().size()}, {1}, true);
        })
        .def("__len__", [](const BlobView& blob) { return blob.bytes().size(); })
        .def("__repr__", [](const BlobView& blob) {
            return "<thumbjobs.Blob of " + std::to_string(blob.bytes().size()) + " bytes>";
        });
}

} // namespace thumbjobs::python
