#include "app/system_session.h"

#include "app/system_session_worker.h"

#include <cmath>

namespace desktop {

SystemSession::SystemSession(QObject* parent) : QObject(parent), worker_(new SystemSessionWorker) {
    worker_->moveToThread(&thread_);
    connect(&thread_, &QThread::finished, worker_, &QObject::deleteLater);
    connect(worker_, &SystemSessionWorker::activated, this, &SystemSession::activated);
    connect(worker_, &SystemSessionWorker::dark_preferred, this, &SystemSession::dark_preferred);
    connect(&thread_, &QThread::started, worker_, &SystemSessionWorker::watch_colour_scheme);
    thread_.setObjectName(QStringLiteral("dbus"));
    thread_.start();
}

SystemSession::~SystemSession() {
    thread_.quit();
    thread_.wait();
}

void SystemSession::keep_awake(bool awake) {
    if (awake == awake_)
        return;
    awake_ = awake;
    QMetaObject::invokeMethod(worker_, [worker = worker_, awake] { worker->keep_awake(awake); });
}

void SystemSession::show_progress(double progress) {
    const auto percent = progress < 0 ? -1 : static_cast<int>(std::lround(progress * 100));
    if (percent == shown_percent_)
        return;
    shown_percent_ = percent;
    QMetaObject::invokeMethod(worker_,
                              [worker = worker_, percent] { worker->show_progress(percent); });
}

void SystemSession::notify(const QString& title, const QString& text) {
    QMetaObject::invokeMethod(worker_,
                              [worker = worker_, title, text] { worker->notify(title, text); });
}

} // namespace desktop
