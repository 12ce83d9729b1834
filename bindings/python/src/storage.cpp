#include "backends.h"
#include "blobs.h"
#include "override.h"

#include <thumbjobs/registry.h>
#include <thumbjobs/storage.h>

#include <memory>
#include <utility>

namespace py = pybind11;

namespace thumbjobs::python {

/// What open() of a storage in Python returns: a bytes-like object.
struct OpenedBlob {
    BlobPtr blob{};
};

} // namespace thumbjobs::python

namespace pybind11::detail {

template <>
struct type_caster<thumbjobs::python::OpenedBlob> {
    PYBIND11_TYPE_CASTER(thumbjobs::python::OpenedBlob, const_name("bytes"));

    bool load(handle source, bool) {
        value.blob = thumbjobs::python::blob_from_python(source, "what open() returned");
        return true;
    }
};

} // namespace pybind11::detail

namespace thumbjobs::python {
namespace {

using Released = py::call_guard<py::gil_scoped_release>;

/// A storage that is written in Python.
class StorageInPython final : public Storage {
public:
    using Storage::Storage;

    std::string describe() const override { return call<std::string>("describe"); }
    void put(std::string_view key, const Blob& blob, BlobKind kind) override {
        const Bytes copy = blob.view().empty() ? blob.read_all() : Bytes{};
        call<void>("put", key, copy.empty() ? blob.view() : ByteView(copy), kind);
    }
    BlobPtr open(std::string_view key) override { return call<OpenedBlob>("open", key).blob; }
    bool remove(std::string_view key) override { return call<bool>("remove", key); }
    StoredBlobPage list(std::string_view cursor, int limit) override {
        return call<StoredBlobPage>("list", cursor, limit);
    }
    std::string stamp(std::string_view store_id) override {
        return call<std::string>("stamp", store_id);
    }
    void probe() override { call<void>("probe"); }

private:
    template <class Result, class... Arguments>
    Result call(const char* name, const Arguments&... arguments) const {
        return call_override<Result>(static_cast<const Storage*>(this), name,
                                     ErrorCode::storage_unavailable, arguments...);
    }
};

void put(Storage& storage, const std::string& key, const py::object& data, BlobKind kind) {
    BlobPtr blob = blob_from_python(data, "data");
    const py::gil_scoped_release released;
    storage.put(key, *blob, kind);
    blob.reset();
}

} // namespace

void bind_storage(py::module_& module) {
    py::class_<Storage, StorageInPython, std::shared_ptr<Storage>>(
        module, "Storage",
        "Keeps image bytes under keys that thumbjobs makes. Subclass it to write one in Python:\n"
        "every method has to be implemented and is called from any thread. Raise\n"
        "StorageUnavailableError (or an OSError) when the storage does not answer.\n"
        "libthumbjobs/include/thumbjobs/storage.h has the contract in full.")
        .def(py::init<>())
        .def("describe", &Storage::describe, Released(), "A name for logs, without secrets.")
        .def("put", &put, py::arg("key"), py::arg("data"), py::arg("kind"),
             "Stores the bytes, as a whole or not at all. Raises StorageFullError.")
        .def(
            "open",
            [](Storage& storage, const std::string& key) {
                return std::make_shared<BlobView>(storage.open(key));
            },
            py::arg("key"), Released(), "The bytes, as a bytes-like object. Raises NotFoundError.")
        .def("remove", &Storage::remove, py::arg("key"), Released(),
             "Removes a blob; whether it was there.")
        .def("list", &Storage::list, py::arg("cursor"), py::arg("limit"), Released(),
             "One page of the blobs, in a stable order; the empty cursor begins.")
        .def("stamp", &Storage::stamp, py::arg("store_id"), Released(),
             "The id of the store that this storage belongs to; an unstamped one takes the given.")
        .def("probe", &Storage::probe, Released(), "Raises unless the storage can be used now.");
    module.def(
        "open_storage",
        [](const std::string& url) { return Registry::builtin().open_storage(url, {}); },
        py::arg("url"), Released(), "Opens one of the storages that are built in, by its URL.");
    module.def(
        "is_storage_key",
        [](const py::str& key) {
            const py::bytes bytes = key.attr("encode")("utf-8", "surrogateescape");
            return is_storage_key(std::string_view(bytes));
        },
        py::arg("key"), "Whether a key has the form that Storage demands.");
}

} // namespace thumbjobs::python
