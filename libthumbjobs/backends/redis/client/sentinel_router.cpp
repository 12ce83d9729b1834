#include "backends/redis/client/sentinel_router.h"

#include "src/decimal.h"
#include "src/text.h"

#include <algorithm>
#include <array>

namespace thumbjobs::redis {

SentinelRouter::SentinelRouter(const ClientOptions& options, const Connector& connector)
    : name_(options.master_name), connector_(connector), sentinels_(options.servers) {}

Endpoint SentinelRouter::find(unsigned /*slot*/, Deadline deadline) {
    {
        const std::scoped_lock lock(mutex_);
        if (master_)
            return *master_;
    }
    const Turns::Turn turn = asking_.take(deadline, "no Sentinel answered in time");
    {
        const std::scoped_lock lock(mutex_);
        if (master_)
            return *master_; // the thread before has asked
    }
    std::string reasons;
    for (auto sentinel = sentinels_.begin(); sentinel != sentinels_.end(); ++sentinel) {
        reasons += (reasons.empty() ? "" : "; ") + ("Sentinel " + sentinel->to_string()) + ": ";
        try {
            if (const auto master = ask(*sentinel, deadline)) {
                std::rotate(sentinels_.begin(), sentinel, sentinel + 1);
                const std::scoped_lock lock(mutex_);
                master_ = master;
                return *master;
            }
            reasons += "knows no master " + in_quotes(name_);
        } catch (const TransportError& error) {
            reasons += error.what();
        }
    }
    throw TransportError(TransportError::Kind::broken, reasons);
}

/// Nothing from a Sentinel that does not know the name.
std::optional<Endpoint> SentinelRouter::ask(const Endpoint& sentinel, Deadline deadline) const {
    const auto link = connector_.open_sentinel(sentinel, deadline);
    const std::array<std::string_view, 3> question{"SENTINEL", "get-master-addr-by-name", name_};
    const Reply reply = link->exchange(question, deadline);
    if (reply.is_error())
        throw TransportError(TransportError::Kind::broken, to_valid_utf8(reply.error_line()));
    if (reply.is_nil())
        return std::nullopt;
    const auto port = parse_decimal<std::uint16_t>(reply.at(1).text());
    if (!port || reply.at(0).text().empty())
        throw TransportError(TransportError::Kind::broken, "names no address");
    return Endpoint{reply.at(0).text(), *port};
}

/// A server that was the master may have become a replica before the Sentinels agreed.
void SentinelRouter::check(Link& link, Deadline deadline) {
    const std::array<std::string_view, 1> role{"ROLE"};
    const Reply reply = link.exchange(role, deadline);
    if (reply.is_error())
        return; // not allowed to ask: the first write tells
    if (reply.at(0).text() != "master")
        throw TransportError(TransportError::Kind::broken,
                             "it is a " + in_quotes(reply.at(0).text()) + ", no master");
}

void SentinelRouter::doubt(const Endpoint& /*server*/) {
    const std::scoped_lock lock(mutex_);
    master_.reset();
}

} // namespace thumbjobs::redis
