#include "casters.h"

#include <datetime.h>

#include <cmath>
#include <map>
#include <string>

namespace py = pybind11;

namespace thumbjobs::python {
namespace {

using std::chrono::days;

void need_datetime() {
    if (!PyDateTimeAPI)
        PyDateTime_IMPORT;
    if (!PyDateTimeAPI)
        throw py::error_already_set();
}

} // namespace

py::handle type_named(const char* name) {
    // Kept for as long as the interpreter lives.
    static auto* known = new std::map<std::string, PyObject*, std::less<>>;
    const auto found = known->find(name);
    if (found != known->end())
        return found->second;
    py::object type = py::module_::import("thumbjobs._types").attr(name);
    return known->emplace(name, type.release().ptr()).first->second;
}

py::object datetime_from(WallTime time) {
    need_datetime();
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    PyObject* made = PyDateTimeAPI->DateTime_FromDateAndTime(
        static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
        static_cast<int>(static_cast<unsigned>(date.day())),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()),
        static_cast<int>(clock.subseconds().count()) * 1'000, PyDateTimeAPI->TimeZone_UTC,
        PyDateTimeAPI->DateTimeType);
    if (!made)
        throw py::error_already_set();
    return py::reinterpret_steal<py::object>(made);
}

bool read_datetime(py::handle source, WallTime& time) {
    need_datetime();
    if (PyDateTime_Check(source.ptr()) == 0)
        return false;
    if (source.attr("tzinfo").is_none())
        throw py::value_error("a datetime without a time zone is not accepted: " +
                              py::repr(source).cast<std::string>());
    const auto seconds = source.attr("timestamp")().cast<double>();
    time = WallTime(Milliseconds(std::llround(seconds * 1'000)));
    return true;
}

py::object timedelta_from(Milliseconds duration) {
    need_datetime();
    constexpr std::int64_t longest = 999'999'999; // days; what timedelta holds
    const auto whole = std::chrono::floor<days>(duration);
    if (whole.count() >= longest)
        return py::module_::import("datetime").attr("timedelta").attr("max");
    const auto rest = duration - whole;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
    PyObject* made =
        PyDelta_FromDSU(static_cast<int>(whole.count()), static_cast<int>(seconds.count()),
                        static_cast<int>((rest - seconds).count()) * 1'000);
    if (!made)
        throw py::error_already_set();
    return py::reinterpret_steal<py::object>(made);
}

bool read_duration(py::handle source, Milliseconds& duration) {
    need_datetime();
    double seconds = 0;
    if (PyDelta_Check(source.ptr()) != 0)
        seconds = source.attr("total_seconds")().cast<double>();
    else if ((PyFloat_Check(source.ptr()) != 0 || PyLong_Check(source.ptr()) != 0) &&
             !py::isinstance<py::bool_>(source))
        seconds = source.cast<double>();
    else
        return false;
    constexpr double longest = 9e15; // in milliseconds, still exact
    if (!std::isfinite(seconds) || std::abs(seconds) * 1'000 > longest)
        duration = seconds < 0 ? Milliseconds::min() : Milliseconds::max();
    else
        duration = Milliseconds(std::llround(seconds * 1'000));
    return true;
}

bool read_job_id(py::handle source, JobId& id) {
    if (PyUnicode_Check(source.ptr()) == 0)
        return false;
    const auto text = text_of(source);
    const auto parsed = text ? JobId::parse(*text) : std::nullopt;
    if (!parsed)
        throw Error(ErrorCode::invalid_argument,
                    "job: " + py::repr(source).cast<std::string>() +
                        " is not accepted; accepted: a Job, or its id, as in "
                        "'01a2014d-443f-7cf2-b607-9433ed24974c'");
    id = *parsed;
    return true;
}

void refuse_field(const char* type, const char* field, py::handle value) {
    const py::object expected =
        py::getattr(type_named(type), "__annotations__").attr("get")(field, "another type");
    const std::string where =
        std::string(type) == "EngineSettings" ? field : std::string(type) + '.' + field;
    throw py::type_error(where + ": " + py::repr(value).cast<std::string>() + " (" +
                         Py_TYPE(value.ptr())->tp_name +
                         ") is not accepted; accepted: " + py::str(expected).cast<std::string>());
}

std::optional<std::string_view> text_of(py::handle source) {
    if (PyUnicode_Check(source.ptr()) == 0)
        return std::nullopt;
    Py_ssize_t length = 0;
    const char* text = PyUnicode_AsUTF8AndSize(source.ptr(), &length);
    if (!text) { // lone surrogates
        PyErr_Clear();
        return std::nullopt;
    }
    return std::string_view(text, static_cast<std::size_t>(length));
}

py::str any_text(std::string_view bytes) {
    PyObject* made = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()),
                                          "surrogateescape");
    if (!made)
        throw py::error_already_set();
    return py::reinterpret_steal<py::str>(made);
}

} // namespace thumbjobs::python
