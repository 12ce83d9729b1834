#include "backends.h"
#include "blobs.h"
#include "override.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/resizer.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

using Released = py::call_guard<py::gil_scoped_release>;

/// What a resizer that is written in Python is given: the request, which it may keep, and the
/// callbacks of the request, which end with the call.
class ResizeCall {
public:
    explicit ResizeCall(const ResizeRequest& request)
        : request_(&request), specs_(request.specs), limits_(request.limits) {}

    void end() {
        const std::lock_guard lock(mutex_);
        request_ = nullptr;
    }

    py::bytes data;
    const std::vector<RenditionSpec>& specs() const { return specs_; }
    const ImageLimits& limits() const { return limits_; }

    bool cancelled() const {
        const std::lock_guard lock(mutex_);
        return !request_ || (request_->cancel && request_->cancel->cancelled());
    }
    void progress(double done) const {
        const std::lock_guard lock(mutex_);
        if (request_ && request_->progress)
            request_->progress(done);
    }
    void header(const ImageInfo& info) const {
        const std::lock_guard lock(mutex_);
        if (request_ && request_->header)
            request_->header(info);
    }

private:
    mutable std::mutex mutex_; ///< Guards the next; never waited for with the GIL held.
    const ResizeRequest* request_;
    const std::vector<RenditionSpec> specs_;
    const ImageLimits limits_;
};

/// A resizer that is written in Python.
class ResizerInPython final : public Resizer {
public:
    using Resizer::Resizer;

    std::string describe() const override { return call<std::string>("describe"); }
    std::vector<std::string> input_types() const override {
        return call<std::vector<std::string>>("input_types");
    }
    ResizeResult resize(const ResizeRequest& request) override {
        if (interpreter_is_ending())
            throw Error(ErrorCode::closed, "Python is shutting down.");
        const py::gil_scoped_acquire gil;
        const auto given = std::make_shared<ResizeCall>(request);
        given->data =
            py::bytes(reinterpret_cast<const char*>(request.input.data()), request.input.size());
        const struct Ending {
            ResizeCall& ended;
            ~Ending() {
                const py::gil_scoped_release released;
                ended.end();
            }
        } ending{*given};
        auto result = call<ResizeResult>("resize", given);
        if (result.images.size() != request.specs.size())
            throw Error(ErrorCode::internal,
                        "A resizer made " + std::to_string(result.images.size()) + " images for " +
                            std::to_string(request.specs.size()) + " specs.");
        return result;
    }

private:
    template <class Result, class... Arguments>
    Result call(const char* name, const Arguments&... arguments) const {
        return call_override<Result>(static_cast<const Resizer*>(this), name, ErrorCode::internal,
                                     arguments...);
    }
};

ResizeResult resize(Resizer& resizer, const py::object& data,
                    const std::vector<RenditionSpec>& specs, const ImageLimits& limits) {
    BlobPtr blob = blob_from_python(data, "data");
    const py::gil_scoped_release released;
    auto result = resizer.resize({.input = blob->view(), .specs = specs, .limits = limits});
    blob.reset();
    return result;
}

} // namespace

void bind_resizer(py::module_& module) {
    py::class_<ResizeCall, std::shared_ptr<ResizeCall>>(
        module, "ResizeRequest", "What Resizer.resize() is to do. Valid during that call.")
        .def_readonly("data", &ResizeCall::data, "The whole file, as bytes.")
        .def_property_readonly("specs", &ResizeCall::specs, "The renditions to make.")
        .def_property_readonly("limits", &ResizeCall::limits, "Bounds to hold the image to.")
        .def_property_readonly("cancelled", &ResizeCall::cancelled, Released(),
                               "Whether to stop; then raise JobCancelledError.")
        .def("progress", &ResizeCall::progress, py::arg("done"), Released(),
             "Tells how far it has come, 0 to 1.")
        .def("header", &ResizeCall::header, py::arg("info"), Released(),
             "Tells what the image's header says.");
    py::class_<Resizer, ResizerInPython, std::shared_ptr<Resizer>>(
        module, "Resizer",
        "Turns the bytes of an image into renditions. Subclass it to write one in Python:\n"
        "describe(), input_types() and resize(request) -> ResizeResult, called from any thread.\n"
        "Raise NotAnImageError, ImageTooLargeError, ... for an image's own faults.")
        .def(py::init<>())
        .def("describe", &Resizer::describe, Released(), "A name for logs: 'libvips 8.14.1'.")
        .def("input_types", &Resizer::input_types, Released(), "The media types that it decodes.")
        .def("resize", &resize, py::arg("data"), py::arg("specs"), py::arg("limits"),
             "Makes the renditions. A subclass takes one argument instead, a ResizeRequest.");
    module.def(
        "open_resizer",
        [](const std::string& url) { return Registry::builtin().open_resizer(url, {}); },
        py::arg("url"), Released(), "Opens one of the resizers that are built in, by its URL.");
}

} // namespace thumbjobs::python
