#include "backends/redis/client/facts.h"

#include "src/decimal.h"
#include "src/text.h"

#include <thumbjobs/error.h>

#include <algorithm>
#include <map>
#include <string_view>

namespace thumbjobs::redis {
namespace {

/// The lines `name:value` of INFO.
std::map<std::string, std::string, std::less<>> parse_info(std::string_view text) {
    std::map<std::string, std::string, std::less<>> values;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find("\r\n"), text.size());
        const std::string_view line = text.substr(0, end);
        if (const std::size_t colon = line.find(':'); colon != std::string_view::npos)
            values.emplace(line.substr(0, colon), line.substr(colon + 1));
        text.remove_prefix(std::min(end + 2, text.size()));
    }
    return values;
}

/// 70015 of `7.0.15`.
int parse_version(std::string_view text) {
    int version = 0;
    for (int part = 0; part < 3; ++part) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        version =
            version * 100 + std::clamp(parse_decimal<int>(text.substr(0, dot)).value_or(0), 0, 99);
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return version;
}

} // namespace

ServerFacts read_facts(Client& client) {
    ServerFacts facts;
    const Reply info = client.command({"INFO"}, Repeat::always);
    if (!info.is_error("NOPERM")) {
        const auto values = parse_info(info.text());
        const auto text = [&](std::string_view name) {
            const auto found = values.find(name);
            return found == values.end() ? std::string() : found->second;
        };
        const auto number = [&](std::string_view name) {
            return parse_decimal<std::int64_t>(text(name)).value_or(0);
        };
        facts.version_text = text("redis_version");
        facts.version = parse_version(facts.version_text);
        facts.cluster = number("cluster_enabled") == 1;
        facts.used_memory = number("used_memory");
        facts.max_memory = number("maxmemory");
        facts.eviction_policy = text("maxmemory_policy");
        facts.replicas =
            static_cast<int>(std::clamp<std::int64_t>(number("connected_slaves"), 0, 1'000));
        if (values.contains("aof_enabled"))
            facts.append_only = number("aof_enabled") == 1;
    }
    // Managed services do not allow it.
    const Reply config = client.command({"CONFIG", "GET", "appendfsync"}, Repeat::always);
    if (!config.is_error() && config.array().size() == 2)
        facts.append_fsync = config.at(1).text();
    return facts;
}

MemoryUse read_memory(Client& client) {
    const Reply info = client.command({"INFO", "memory"}, Repeat::always);
    if (info.is_error("NOPERM"))
        return {};
    const auto values = parse_info(info.text());
    const auto number = [&](std::string_view name) {
        const auto found = values.find(name);
        return found == values.end() ? 0 : parse_decimal<std::int64_t>(found->second).value_or(0);
    };
    return {number("used_memory"), number("maxmemory")};
}

void require_version(const ServerFacts& facts) {
    constexpr int oldest = 60'200;
    if (facts.version != 0 && facts.version < oldest)
        throw Error(ErrorCode::incompatible, "The Redis server has version " +
                                                 in_quotes(facts.version_text) +
                                                 "; accepted: 6.2 or newer");
}

std::vector<std::string> warnings_of(const ServerFacts& facts, const ClientOptions& options) {
    std::vector<std::string> warnings;
    if (!facts.eviction_policy.empty() && facts.eviction_policy != "noeviction")
        warnings.push_back("Redis drops keys when its memory is full (maxmemory-policy " +
                           to_valid_utf8(facts.eviction_policy) +
                           "): jobs or images can vanish; set maxmemory-policy noeviction");
    if (facts.version != 0 && facts.max_memory == 0)
        warnings.push_back("Redis has no memory limit (maxmemory 0): it can take all of its "
                           "machine's memory and be killed; set maxmemory");
    if (facts.append_only == false)
        warnings.push_back("Redis does not log its writes (appendonly no): what was acknowledged "
                           "since its last snapshot is lost when it ends; set appendonly yes");
    else if (facts.append_only == true && facts.append_fsync == "no")
        warnings.push_back("Redis leaves it to the kernel when its writes reach the disk "
                           "(appendfsync no): a power cut loses up to half a minute; set "
                           "appendfsync everysec or always");
    if (options.tls.enabled && options.tls.verify == TlsVerify::none)
        warnings.push_back("The certificate of Redis is not verified (tls_verify=none): whoever "
                           "sits between can read and change everything");
    return warnings;
}

ServerFacts check_server(Client& client, const BackendContext& context) {
    ServerFacts facts = read_facts(client);
    require_version(facts);
    if (context.warn)
        for (const std::string& warning : warnings_of(facts, client.options()))
            context.warn(warning);
    return facts;
}

} // namespace thumbjobs::redis
