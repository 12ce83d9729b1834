/// \file
/// What a shared library shows.
#pragma once

/// Marks what a shared libthumbjobs exports; everything else is hidden.
#define THUMBJOBS_API __attribute__((visibility("default")))
