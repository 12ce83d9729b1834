#pragma once

#include "place/http_lane.h"
#include "place/job_json.h"
#include "place/result.h"

#include <exception>

namespace desktop {

/// Why an answer is none, or says no: what users are told.
Failure failure_of(const HttpAnswer& answer);

bool is_success(const HttpAnswer& answer);

/// Whether the same request, sent again soon, may well succeed.
bool worth_another_try(const HttpAnswer& answer);

inline std::string_view text_of(const HttpAnswer& answer) {
    return {answer.body.constData(), static_cast<std::size_t>(answer.body.size())};
}

/// Reads a successful answer's JSON by one of job_json.h.
template <class T, class Parse>
Result<T> read_json(const HttpAnswer& answer, Parse parse) {
    try {
        return parse(text_of(answer));
    } catch (const std::exception& error) {
        return Failure{code_bad_answer, QString::fromUtf8(error.what())};
    }
}

} // namespace desktop
