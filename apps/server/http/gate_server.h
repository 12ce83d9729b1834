#pragma once

#include "connection_ledger.h"
#include "gate_state.h"
#include "options.h"

#include <QTcpServer>
#include <QTimer>

#include <functional>
#include <memory>
#include <unordered_set>

namespace thumbd::http {

class Connection;
class Loop;

/// The accepting end of one loop thread: takes connections from the shared listening socket, up to
/// the limits, and puts the gate around each before QHttpServer gets to see it. Lives on its loop's
/// thread.
class GateServer final : public QTcpServer {
public:
    /// `drained` is called once, after drain(), when the last connection has closed.
    GateServer(std::shared_ptr<GateState> gate, std::shared_ptr<Loop> loop, TlsSource tls,
               std::function<void()> drained);
    ~GateServer() override;

    /// Takes what the kernel has accepted already, then no more; connections close when they are
    /// not in use.
    void drain();

    /// Cuts all connections off.
    void cut_all();

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    void refuse(int descriptor, const Peer& peer);
    void forget(Connection* connection);
    void tick();
    void report_if_drained();

    std::shared_ptr<GateState> gate_;
    std::shared_ptr<Loop> loop_;
    TlsSource tls_;
    std::function<void()> drained_;
    std::unordered_set<Connection*> connections_;
    QTimer ticker_;
    bool draining_ = false;
    bool stopped_accepting_ = false;
};

} // namespace thumbd::http
