#pragma once

#include "config/settings.h"

#include <functional>
#include <memory>
#include <string>

namespace thumbd {

/// The composition root: the engine, the HTTP server and all between them. Made and used on the
/// thread of the QCoreApplication.
class Service {
public:
    /// Opens the data. Throws ConfigError and thumbjobs::Error when they cannot be used.
    explicit Service(const Settings& settings);

    /// Ends everything at once.
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Listens, and starts the workers. Throws ConfigError when the address cannot be had.
    void start();

    /// `http://127.0.0.1:8080`
    std::string url() const;

    /// Stops to take requests and jobs, lets those under way finish within the drain time, then
    /// calls `done` on any thread. Returns at once; repeats do nothing.
    void begin_drain(std::function<void()> done);

    /// After begin_drain(): waits for its end.
    void finish();

    /// Reads the token file and the certificate again; faulty ones leave what there was.
    void reload_files();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

} // namespace thumbd
