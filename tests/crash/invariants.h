#pragma once

#include "crash/client.h"

#include <thumbjobs/blob.h>

#include <chrono>
#include <functional>
#include <set>
#include <string>

namespace thumbjobs::test {

/// Tries `condition` again and again until it holds or the time is over; returns whether it held.
bool eventually(std::chrono::milliseconds patience, const std::function<bool()>& condition);

/// Each of these returns what is wrong, in words, or nothing.

/// Every id is listed, succeeded and has a thumbnail that was committed once.
std::string check_succeeded(const Client& client, const std::set<std::string>& ids);

/// The counts of /v1/stats equal what each state's listing holds, and no job is in two of them.
std::string check_indices(const Client& client);

/// With no thumbd on `data_dir`: the orphan sweeper leaves just the blobs that jobs name, and after
/// the removal of all jobs no row and no blob is left. Removes all jobs.
std::string check_nothing_left(const std::string& data_dir);

/// The same for any store and storage, by their URLs.
std::string check_nothing_left(const std::string& store, const std::string& storage);

} // namespace thumbjobs::test
