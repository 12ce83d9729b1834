#include "worker/run.h"

#include "backends/sandbox/channel.h"
#include "backends/sandbox/protocol.h"
#include "backends/sandbox/shared_memory.h"
#include "backends/sandbox/status_page.h"
#include "spare_memory.h"
#include "worker/allocation_watch.h"
#include "worker/death_notes.h"
#include "worker/isolation.h"
#include "worker/lock.h"
#include "worker/self_test.h"
#include "worker/serve.h"
#include "worker/warm_up.h"

#include <malloc.h>

#include <exception>
#include <memory>
#include <optional>

namespace thumbjobs::worker {
namespace {

using namespace sandbox;

std::optional<Setup> receive_setup() {
    const auto packet = receive_packet(helper_socket);
    const auto order = packet ? decode_order(packet->bytes) : std::nullopt;
    if (const Setup* setup = order ? std::get_if<Setup>(&*order) : nullptr)
        return *setup;
    return std::nullopt;
}

/// Everything up to the first job. Throws what stands in the way.
std::shared_ptr<Resizer> prepare(const Registry& registry, const Setup& setup, StatusPage& status) {
    Ready ready;
    ready.network_namespace = setup.network_namespace && leave_network();
    die_with_service();        // once more: another namespace has cleared it
    release_large_constants(); // which the dynamic linker has read
    std::shared_ptr<Resizer> resizer = registry.open_resizer(setup.resizer, {});
    release_large_constants();
    ready.description = resizer->describe();
    ready.input_types = resizer->input_types();
    warm_up(*resizer);
    release_spare_memory();
    watch_allocations(status.out_of_memory);
    take_death_notes(status);
    ready.landlock = lock_down(setup);
    const Escape escape = try_to_escape();
    ready.socket_refused = escape.socket_refused;
    ready.open_refused = escape.open_refused;
    status.out_of_memory = 0;
    status.phase = static_cast<std::uint32_t>(Phase::idle);
    send_packet(helper_socket, encode(ready));
    return resizer;
}

/// What an image needed is kept for the next one, up to so much: pages that are given back and
/// fetched again took a quarter of the time for an image of six megapixels.
void keep_memory() noexcept {
    constexpr int bytes = 4 << 20;
    ::mallopt(M_TRIM_THRESHOLD, bytes);
    ::mallopt(M_MMAP_THRESHOLD, bytes);
}

} // namespace

int run(const Registry& registry) {
    close_other_files(helper_output + 1);
    die_with_service();
    ::mallopt(M_ARENA_MAX, 1);
    keep_memory();
    const std::optional<Setup> setup = receive_setup();
    if (!setup)
        return 1;
    try {
        const Mapping status(helper_status, sizeof(StatusPage), Mapping::Access::write);
        const Mapping input(helper_input, static_cast<std::size_t>(setup->shared_input),
                            Mapping::Access::read);
        auto& page = *reinterpret_cast<StatusPage*>(status.data());
        const auto resizer = prepare(registry, *setup, page);
        return serve(*resizer, *setup, input.view(), page);
    } catch (const Error& error) {
        send_packet(helper_socket,
                    encode(Failed{
                        .code = error.code(), .message = error.what(), .detail = error.detail()}));
    } catch (const std::exception& error) {
        send_packet(helper_socket,
                    encode(Failed{.code = ErrorCode::internal,
                                  .message = "A decoder process could not be set up.",
                                  .detail = error.what()}));
    }
    return 1;
}

} // namespace thumbjobs::worker
