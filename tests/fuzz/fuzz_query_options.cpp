#include "fuzz/require.h"
#include "handlers/byte_range.h"
#include "handlers/query.h"
#include "handlers/submit_options.h"

#include <thumbjobs/engine.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

// A query, a spec, a Range and a Prefer field from the same bytes. What is accepted is within the
// bounds that the API promises; everything else is refused with a 400 that says why.

namespace {

template <typename Work>
void refused_well(Work work) {
    try {
        work();
    } catch (const thumbd::BadRequest& error) {
        require(error.problem().status == 400);
        require(!error.problem().detail.empty());
        to_response(error.problem());
    } catch (const thumbjobs::Error& error) {
        require(error.code() == thumbjobs::ErrorCode::invalid_argument);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    refused_well([&] {
        const auto parameters = thumbd::Parameters::parse(text);
        thumbjobs::SubmitRequest request;
        apply_submit_parameters(parameters, request);
        thumbjobs::validate(request.renditions);
        require(request.priority >= -100 && request.priority <= 100);
        for (const auto& route : thumbd::route_table())
            if (route.id == thumbd::RouteId::list_jobs)
                parameters.refuse_unknown(route.parameters);
    });
    refused_well([&] {
        thumbjobs::SubmitRequest request;
        thumbd::apply_submit_spec(text, request);
        require(request.priority >= -100 && request.priority <= 100);
    });
    refused_well([&] {
        if (const auto wait = thumbd::preferred_wait(text))
            require(wait->count() >= 0);
    });
    const auto range = thumbd::parse_byte_range(text, 1000);
    if (range.kind != thumbd::ByteRange::Kind::unsatisfiable)
        require(range.offset >= 0 && range.length > 0 && range.offset + range.length <= 1000);
    const auto field = thumbd::content_disposition(true, text);
    for (const char c : field)
        require(static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f);
    return 0;
}
