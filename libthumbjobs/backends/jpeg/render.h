#pragma once

#include "backends/common/finisher.h"
#include "backends/jpeg/decode.h"
#include "backends/jpeg/source.h"

#include <thumbjobs/rendition.h>
#include <thumbjobs/resizer.h>

#include <vector>

namespace thumbjobs::jpeg {

/// One rendition that is to be made.
struct Task {
    const RenditionSpec* spec;
    Plan plan;
    bool direct = false;      ///< Goes from planes to JPEG, without becoming RGB.
    bool half_colour = false; ///< Its colour planes have half the sides.
};

/// Plans the renditions. Throws HandOver if one of them asks for what this backend does not do:
/// linear light, a kept profile, a crop before scaling.
std::vector<Task> plan_tasks(const Source& source, const std::vector<RenditionSpec>& specs);

/// What all of them need.
Demand demand_of(const Source& source, const std::vector<Task>& tasks) noexcept;

/// Makes one from the planes.
EncodedImage make_rendition(const Source& source, const Planes& planes, const Task& task,
                            const Finisher& finisher);

} // namespace thumbjobs::jpeg
