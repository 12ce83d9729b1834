#include "handlers/job_json.h"

#include "routes/json_text.h"

#include <thumbjobs/json.h>

namespace thumbd {
namespace {

constexpr std::string_view renditions_member = R"("renditions":[)";

std::string renditions_json(const thumbjobs::Job& job, const std::string& path) {
    std::string text;
    for (const auto& rendition : job.renditions) {
        // `[{...}]`: the object without its end
        std::string object = thumbjobs::to_json(std::vector{rendition});
        object = object.substr(1, object.size() - 3);
        text += (text.empty() ? "" : ",") + object + R"(,"url":)" +
                json_quoted(path + "/renditions/" + rendition.name) + '}';
    }
    return text;
}

} // namespace

std::string job_path(const thumbjobs::JobId& id) {
    return "/v1/jobs/" + id.to_string();
}

std::string job_json(const thumbjobs::Job& job) {
    const std::string path = job_path(job.id);
    std::string text;
    if (job.renditions.empty()) {
        text = thumbjobs::to_json(job);
    } else {
        auto bare = job;
        bare.renditions.clear();
        text = thumbjobs::to_json(bare);
        // Within a string the quotes would be escaped, so this is the member itself.
        const auto at = text.find(renditions_member);
        text.insert(at + renditions_member.size(), renditions_json(job, path));
    }
    JsonObject links;
    links.add("self", path).add("thumbnail", path + "/thumbnail");
    if (job.original.available)
        links.add("original", path + "/original");
    links.add("logs", path + "/logs").add("events", "/v1/events?job=" + job.id.to_string());
    text.pop_back();
    return text + R"(,"links":)" + links.text() + '}';
}

} // namespace thumbd
