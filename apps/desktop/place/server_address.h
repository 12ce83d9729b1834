#pragma once

#include "place/result.h"

#include <QUrl>

namespace desktop {

/// Reads a thumbd's address as users type it: `localhost:8080`, `https://host/thumbs`. Without a
/// scheme it is https, for this computer http. The result ends with a slash, so that paths can be
/// put after it. Refuses, in a sentence, other schemes, addresses with user or password (a token
/// has a place of its own), with a query or a fragment, and what is none.
Result<QUrl> parse_server_address(const QString& text);

/// Whether `host` is this computer: `localhost` or a loopback address.
bool is_loopback(const QString& host);

/// Whether a token sent there could be read on its way: plain http to another computer.
bool sends_in_clear(const QUrl& address);

} // namespace desktop
