#include "one_shot.h"

#include "blobs.h"
#include "casters.h"
#include "process.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/version.h>

#include <unistd.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

/// The resizers that one-shot calls share, by URL. A child of fork() opens its own.
class SharedResizers {
public:
    std::shared_ptr<Resizer> open(const std::string& url) {
        const std::lock_guard lock(mutex_);
        std::shared_ptr<Resizer>& resizer = resizers_[url];
        if (!resizer)
            resizer = Registry::builtin().open_resizer(url, {});
        return resizer;
    }

    void close() {
        std::map<std::string, std::shared_ptr<Resizer>> ended;
        const std::lock_guard lock(mutex_);
        ended.swap(resizers_);
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Resizer>> resizers_;
};

SharedResizers* shared = new SharedResizers; // never destroyed: a daemon thread may be in a call

EncodedImage thumbnail(const py::object& data, const RenditionSpec& spec, const ImageLimits& limits,
                       const std::string& resizer) {
    BlobPtr blob = image_from_python(data, "data");
    const std::vector<RenditionSpec> specs{spec};
    if (blob->size() > limits.max_bytes)
        throw Error(ErrorCode::input_too_large,
                    "The image has " + std::to_string(blob->size()) + " bytes; at most " +
                        std::to_string(limits.max_bytes) + " are accepted.");
    if (blob->size() == 0)
        throw Error(ErrorCode::empty_input, "The image has no bytes at all.");
    EncodedImage result;
    CancelToken cancel;
    run_interruptibly(
        [&] {
            if (blob->view().empty())
                blob = make_blob(blob->read_all()); // a file, which others may write to
            result = std::move(shared->open(resizer)
                                   ->resize({.input = blob->view(),
                                             .specs = specs,
                                             .limits = limits,
                                             .cancel = &cancel})
                                   .images.at(0));
        },
        [&cancel] { cancel.cancel(); });
    return result;
}

py::dict features() {
    const Registry& registry = Registry::builtin();
    std::string resizer;
    std::vector<std::string> types;
    {
        const py::gil_scoped_release released;
        const auto open = registry.open_resizer("jpeg:png:webp:vips:", {});
        resizer = open->describe();
        types = open->input_types();
    }
    py::dict all;
    all["version"] = std::string(version());
    all["stores"] = registry.store_schemes();
    all["storages"] = registry.storage_schemes();
    all["resizers"] = registry.resizer_schemes();
    all["resizer"] = resizer;
    all["input_types"] = types;
    all["pybind11"] =
        PYBIND11_TOSTRING(PYBIND11_VERSION_MAJOR) "." PYBIND11_TOSTRING(PYBIND11_VERSION_MINOR);
    all["compiler"] = __VERSION__;
    return all;
}

} // namespace

void bind_one_shot(py::module_& module) {
    module.def("thumbnail", &thumbnail, py::arg("data"), py::arg("spec"), py::arg("limits"),
               py::arg("resizer"), "Makes one rendition, without a store.");
    module.def("features", &features, "What this build has.");
    module.def(
        "close_resizers", [] { shared->close(); }, py::call_guard<py::gil_scoped_release>(),
        "Ends the helper processes of thumbnail(); the next call starts new ones.");
    module.def(
        "forget_resizers", [] { shared = new SharedResizers; },
        "In a child of fork(): leaves the parent's helper processes to the parent.");
}

} // namespace thumbjobs::python
