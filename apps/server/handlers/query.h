#pragma once

#include "routes/problem.h"
#include "routes/route_table.h"

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thumbd {

/// A request that cannot be served as it stands; carries the answer.
class BadRequest : public std::runtime_error {
public:
    explicit BadRequest(Problem problem)
        : std::runtime_error(problem.detail), problem_(std::move(problem)) {}
    const Problem& problem() const noexcept { return problem_; }

private:
    Problem problem_;
};

/// The parameters of a query or the fields of a form. Every getter throws BadRequest, naming the
/// parameter, for a value that is not accepted, and for one that was given twice.
class Parameters {
public:
    /// Reads `name=value&name=value`, percent-encoded, `+` as a space. Throws BadRequest for a
    /// malformed escape, text that is not UTF-8 and more than 100 parameters.
    static Parameters parse(std::string_view query);

    void add(std::string name, std::string value);

    /// Throws BadRequest for a name that the route does not know, naming those it does.
    void refuse_unknown(std::span<const Parameter> known) const;

    bool contains(std::string_view name) const noexcept;
    std::optional<std::string> text(std::string_view name) const;
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t low,
                                        std::int64_t high) const;
    std::optional<bool> flag(std::string_view name) const;

    /// All values of a parameter that may be repeated or hold several, separated by commas.
    std::vector<std::string> list(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> values_;
};

} // namespace thumbd
