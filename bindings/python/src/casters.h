#pragma once

// How values cross between C++ and Python. To be included by every file of the module, so that all
// see the same converters.
#include "fields.h"

#include <thumbjobs/error.h>

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <string>
#include <utility>

namespace thumbjobs::python {

/// A class of thumbjobs/_types.py. Borrowed; the GIL is held.
pybind11::handle type_named(const char* name);

pybind11::object datetime_from(WallTime time);
bool read_datetime(pybind11::handle source, WallTime& time);
pybind11::object timedelta_from(Milliseconds duration);

/// Reads a timedelta, or a number of seconds.
bool read_duration(pybind11::handle source, Milliseconds& duration);

/// Reads the canonical text of an id; throws Error(invalid_argument) for other text.
bool read_job_id(pybind11::handle source, JobId& id);

/// Throws TypeError: `field` has a value of another kind than accepted.
[[noreturn]] void refuse_field(const char* type, const char* field, pybind11::handle value);

/// The names of an enum, and where Python has its members.
template <class Enum>
struct Names;

#define THUMBJOBS_NAMES(Type, python_name, write, parse)                                           \
    template <>                                                                                    \
    struct Names<Type> {                                                                           \
        static constexpr char name[] = python_name;                                                \
        static std::string_view to_text(Type value) { return write; }                              \
        static std::optional<Type> from_text(std::string_view text) { return parse; }              \
    }
THUMBJOBS_NAMES(JobState, "JobState", to_string(value), parse_job_state(text));
THUMBJOBS_NAMES(Fit, "Fit", to_string(value), parse_fit(text));
THUMBJOBS_NAMES(Gravity, "Gravity", to_string(value), parse_gravity(text));
THUMBJOBS_NAMES(OutputFormat, "OutputFormat", to_string(value), parse_output_format(text));
THUMBJOBS_NAMES(LogLevel, "LogLevel", to_string(value), parse_log_level(text));
THUMBJOBS_NAMES(Event::Kind, "EventKind",
                (value == Event::Kind::job       ? "job"
                 : value == Event::Kind::deleted ? "deleted"
                                                 : "reset"),
                (text == "job"       ? std::optional(Event::Kind::job)
                 : text == "deleted" ? std::optional(Event::Kind::deleted)
                 : text == "reset"   ? std::optional(Event::Kind::reset)
                                     : std::nullopt));
THUMBJOBS_NAMES(BlobKind, "BlobKind", (value == BlobKind::original ? "original" : "rendition"),
                (text == "original"    ? std::optional(BlobKind::original)
                 : text == "rendition" ? std::optional(BlobKind::rendition)
                                       : std::nullopt));
THUMBJOBS_NAMES(LeaseState, "LeaseState", (value == LeaseState::held ? "held" : "lost"),
                (text == "held"   ? std::optional(LeaseState::held)
                 : text == "lost" ? std::optional(LeaseState::lost)
                                  : std::nullopt));
#undef THUMBJOBS_NAMES

template <class Enum>
concept Named = requires {
    Names<Enum>::name;
};

/// Text, or nothing if it is no str, or none that can be written as UTF-8.
std::optional<std::string_view> text_of(pybind11::handle source);

/// A str of bytes that may be no UTF-8; such bytes become lone surrogates.
pybind11::str any_text(std::string_view bytes);

} // namespace thumbjobs::python

namespace pybind11::detail {

namespace tj = thumbjobs::python;

/// Structs: classes of _types.py.
template <class T>
struct type_caster<T, std::enable_if_t<tj::Described<T>>> {
    PYBIND11_TYPE_CASTER(T, const_name(tj::Fields<T>::name));

    bool load(handle source, bool) {
        if (!isinstance(source, tj::type_named(tj::Fields<T>::name)))
            return false;
        std::apply([&](const auto&... field) { (read(source, field), ...); },
                   tj::Fields<T>::members);
        return true;
    }

    static handle cast(const T& source, return_value_policy, handle) {
        return std::apply(
            [&](const auto&... field) {
                return tj::type_named(tj::Fields<T>::name)(source.*field.member...).release();
            },
            tj::Fields<T>::members);
    }

private:
    template <class Member>
    void read(handle source, const tj::Field<T, Member>& field) {
        const object given = getattr(source, field.name);
        make_caster<Member> caster;
        // Left to pybind11, whatever is true or false would pass for a bool, True for 1, bytes for
        // a str.
        constexpr bool exact = std::is_same_v<Member, bool>;
        if ((std::is_arithmetic_v<Member> && !exact && PyBool_Check(given.ptr()) != 0) ||
            (std::is_same_v<Member, std::string> && PyUnicode_Check(given.ptr()) == 0) ||
            !caster.load(given, !exact))
            tj::refuse_field(tj::Fields<T>::name, field.name, given);
        value.*field.member = cast_op<Member&&>(std::move(caster));
    }
};

/// Enums: those of _types.py, whose members are str.
template <class T>
struct type_caster<T, std::enable_if_t<tj::Named<T>>> {
    PYBIND11_TYPE_CASTER(T, const_name(tj::Names<T>::name));

    bool load(handle source, bool) {
        const auto text = tj::text_of(source);
        const auto found = text ? tj::Names<T>::from_text(*text) : std::nullopt;
        if (found)
            value = *found;
        return found.has_value();
    }

    static handle cast(T source, return_value_policy, handle) {
        static std::array<PyObject*, 16> members{}; // as long as the interpreter; the GIL is held
        PyObject*& member = members.at(static_cast<std::size_t>(source));
        if (!member)
            member =
                tj::type_named(tj::Names<T>::name)(tj::Names<T>::to_text(source)).release().ptr();
        return handle(member).inc_ref();
    }
};

template <>
struct type_caster<thumbjobs::ErrorCode> {
    PYBIND11_TYPE_CASTER(thumbjobs::ErrorCode, const_name("str"));

    bool load(handle source, bool) {
        const auto text = tj::text_of(source);
        const auto found = text ? thumbjobs::parse_error_code(*text) : std::nullopt;
        if (found)
            value = *found;
        return found.has_value();
    }
    static handle cast(thumbjobs::ErrorCode source, return_value_policy, handle) {
        return str(std::string(thumbjobs::to_string(source))).release();
    }
};

template <>
struct type_caster<thumbjobs::JobId> {
    PYBIND11_TYPE_CASTER(thumbjobs::JobId, const_name("str"));

    bool load(handle source, bool) { return tj::read_job_id(source, value); }
    static handle cast(const thumbjobs::JobId& source, return_value_policy, handle) {
        return str(source.to_string()).release();
    }
};

template <>
struct type_caster<thumbjobs::WallTime> {
    PYBIND11_TYPE_CASTER(thumbjobs::WallTime, const_name("datetime"));

    bool load(handle source, bool) { return tj::read_datetime(source, value); }
    static handle cast(thumbjobs::WallTime source, return_value_policy, handle) {
        return tj::datetime_from(source).release();
    }
};

template <>
struct type_caster<thumbjobs::Milliseconds> {
    PYBIND11_TYPE_CASTER(thumbjobs::Milliseconds, const_name("timedelta"));

    bool load(handle source, bool) { return tj::read_duration(source, value); }
    static handle cast(thumbjobs::Milliseconds source, return_value_policy, handle) {
        return tj::timedelta_from(source).release();
    }
};

/// The only such member is a RenditionSpec's background: `#rrggbbaa` in Python.
template <>
struct type_caster<std::optional<std::uint32_t>> {
    PYBIND11_TYPE_CASTER(std::optional<std::uint32_t>, const_name("Optional[str]"));

    bool load(handle source, bool) {
        if (source.is_none())
            return true;
        const auto text = tj::text_of(source);
        if (text)
            value = thumbjobs::parse_colour(*text);
        return value.has_value();
    }
    static handle cast(const std::optional<std::uint32_t>& source, return_value_policy, handle) {
        return source ? str(thumbjobs::format_colour(*source)).release() : none().release();
    }
};

/// Bytes of an image that a resizer made: any bytes-like object, copied.
template <>
struct type_caster<thumbjobs::Bytes> {
    PYBIND11_TYPE_CASTER(thumbjobs::Bytes, const_name("bytes"));

    bool load(handle source, bool) {
        Py_buffer view{};
        if (PyObject_GetBuffer(source.ptr(), &view, PyBUF_SIMPLE) != 0) {
            PyErr_Clear();
            return false;
        }
        const auto* begin = static_cast<const std::byte*>(view.buf);
        value.assign(begin, begin + view.len);
        PyBuffer_Release(&view);
        return true;
    }
    static handle cast(const thumbjobs::Bytes& source, return_value_policy, handle) {
        return bytes(reinterpret_cast<const char*>(source.data()), source.size()).release();
    }
};

} // namespace pybind11::detail
