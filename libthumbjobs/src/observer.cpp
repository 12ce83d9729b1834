#include "src/name_table.h"

#include <thumbjobs/observer.h>

namespace thumbjobs {
namespace {

constexpr NameTable<Stage, 7> stage_names("store", "enqueue", "wait", "fetch", "resize", "put",
                                          "commit");

} // namespace

Observer::~Observer() = default;

std::string_view to_string(Stage stage) noexcept {
    return stage_names.name(stage);
}

} // namespace thumbjobs
