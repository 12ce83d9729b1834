#pragma once

namespace thumbjobs::vips {

/// To be called at the start of a program that is a locked-down helper process and nothing else:
/// formats whose decoders are not safe in a server's own process can then be switched on, and
/// libvips loads no modules but those that are asked for. Not thread-safe.
void prepare_isolated();

/// Whether this process is such a helper.
bool is_isolated() noexcept;

} // namespace thumbjobs::vips
