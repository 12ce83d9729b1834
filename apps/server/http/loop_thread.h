#pragma once

#include "gate_state.h"
#include "loop.h"

#include <QThread>

#include <exception>
#include <functional>
#include <memory>
#include <semaphore>

class QHttpServer;

namespace thumbd::http {

class GateServer;

/// A thread with an event loop, a QHttpServer and its accepting end.
class LoopThread final : public QThread {
public:
    /// `descriptor` is a listening socket, taken over. `drained` is called on the thread.
    LoopThread(int descriptor, std::shared_ptr<GateState> gate, TlsSource tls,
               std::function<void(QHttpServer&)> setup, std::function<void()> drained);
    ~LoopThread() override;

    /// Starts the thread and waits until it accepts connections. Throws what `setup` threw.
    void launch();

    void drain();

    /// Cuts off what is still connected, and ends the thread.
    void finish();

protected:
    void run() override;

private:
    void serve();

    const int descriptor_;
    std::shared_ptr<GateState> gate_;
    TlsSource tls_;
    std::function<void(QHttpServer&)> setup_;
    std::function<void()> drained_;
    std::shared_ptr<Loop> loop_;
    GateServer* gate_server_ = nullptr; ///< On the thread only.
    std::binary_semaphore started_{0};
    std::exception_ptr failure_;
};

} // namespace thumbd::http
