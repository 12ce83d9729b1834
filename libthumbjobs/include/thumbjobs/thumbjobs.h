/// \file
/// libthumbjobs: thumbnails as durable background jobs.
///
/// Read the headers in this order:
///   engine.h    the class to start with, and what one submits
///   options.h   how an engine is set up
///   job.h       jobs, their states and ids
///   rendition.h what is made of an image
///   error.h     the one exception type and its codes
///   event.h     events and log lines
///   observer.h  the hook for logs and metrics
/// and, to write a backend of one's own:
///   job_store.h, storage.h, resizer.h, blob.h, registry.h
///
///     auto engine = thumbjobs::Engine::open(thumbjobs::EngineOptions::in_directory("data"));
///     engine->start();
///     auto job = engine->submit({.image = thumbjobs::open_file_blob("photo.jpg")}).job;
///     job = engine->wait(job.id, std::chrono::seconds(30));
#pragma once

#include <thumbjobs/engine.h>
#include <thumbjobs/json.h>
#include <thumbjobs/version.h>

/// All of the library.
namespace thumbjobs {}
