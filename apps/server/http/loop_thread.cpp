#include "loop_thread.h"

#include "exchange.h"
#include "gate_server.h"
#include "qt_compat.h"
#include "routing.h"

#include <QCoreApplication>

#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace thumbd::http {

LoopThread::LoopThread(int descriptor, std::shared_ptr<GateState> gate, TlsSource tls,
                       std::function<void(QHttpServer&)> setup, std::function<void()> drained)
    : descriptor_(descriptor),
      gate_(std::move(gate)),
      tls_(std::move(tls)),
      setup_(std::move(setup)),
      drained_(std::move(drained)) {
    setObjectName(QStringLiteral("http"));
}

LoopThread::~LoopThread() {
    finish();
}

void LoopThread::launch() {
    start();
    started_.acquire();
    if (failure_) {
        wait();
        std::rethrow_exception(failure_);
    }
}

void LoopThread::run() {
    loop_ = std::make_shared<Loop>();
    try {
        serve();
    } catch (...) {
        failure_ = std::current_exception();
        started_.release();
    }
    loop_->close();
}

void LoopThread::serve() {
    QHttpServer server;
    auto acceptor = std::make_unique<GateServer>(gate_, loop_, std::move(tls_), drained_);
    gate_server_ = acceptor.get();
    if (!acceptor->setSocketDescriptor(descriptor_)) {
        ::close(descriptor_);
        throw std::runtime_error("Qt refuses the listening socket: " +
                                 acceptor->errorString().toStdString());
    }
    set_missing_handler(server, [](const std::shared_ptr<Exchange>& exchange) {
        exchange->respond_error({404, "not_found", "There is nothing at this path."});
    });
    setup_(server);
    if (!qt_compat::bind(server, acceptor.get())) {
        throw std::runtime_error("QHttpServer refuses the listening socket");
    }
    acceptor.release(); // It is the server's child now.
    started_.release();
    exec();

    gate_server_->cut_all();
    loop_->close();
    // The connections have asked for their deletion; the server must still be there for it.
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    gate_server_ = nullptr;
}

void LoopThread::drain() {
    if (loop_) {
        loop_->post([this] {
            if (gate_server_ != nullptr) {
                gate_server_->drain();
            }
        });
    }
}

void LoopThread::finish() {
    if (isRunning()) {
        quit();
        wait();
    }
}

} // namespace thumbd::http
