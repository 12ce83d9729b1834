#include "app/single_instance.h"

#include <QDataStream>
#include <QDir>
#include <QFileInfo>
#include <QLocalSocket>
#include <QPointer>
#include <QStandardPaths>
#include <QTimer>

#include <sys/socket.h>
#include <unistd.h>

namespace desktop {
namespace {

// The first bytes of a message; a later layout gets another number.
constexpr quint32 magic = 0x746a6801;
constexpr qint64 longest_message = qint64{16} << 20;
constexpr int patience_ms = 5000;
constexpr char taken = '+';

QByteArray write_message(const Handover& message) {
    QByteArray bytes;
    QDataStream stream(&bytes, QIODevice::WriteOnly);
    stream.setVersion(QDataStream::Qt_6_0);
    stream << magic << message.files << message.server;
    return bytes;
}

// Nothing of it is believed but its form: files are opened as if they had been dropped.
bool read_message(QDataStream& stream, Handover& message) {
    quint32 head = 0;
    stream >> head;
    if (stream.status() == QDataStream::Ok && head != magic)
        stream.setStatus(QDataStream::ReadCorruptData);
    if (stream.status() == QDataStream::Ok)
        stream >> message.files >> message.server;
    return stream.status() == QDataStream::Ok;
}

bool is_mine(const QLocalSocket& socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(static_cast<int>(socket.socketDescriptor()), SOL_SOCKET, SO_PEERCRED, &peer,
                        &size) == 0 &&
           peer.uid == ::getuid();
}

} // namespace

SingleInstance::SingleInstance(QString folder, QObject* parent)
    : QObject(parent), folder_(std::move(folder)) {
    connect(&server_, &QLocalServer::newConnection, this, &SingleInstance::serve);
}

SingleInstance::~SingleInstance() = default;

QString SingleInstance::runtime_folder() {
    const auto folder = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation);
    const QFileInfo info(folder);
    constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup |
                            QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
    if (folder.isEmpty() || !info.isDir() || info.ownerId() != ::getuid() ||
        (info.permissions() & others))
        return {};
    return folder;
}

SingleInstance::Outcome SingleInstance::start(const Handover& message) {
    if (folder_.isEmpty())
        return Outcome::alone;
    lock_ = std::make_unique<QLockFile>(folder_ + QStringLiteral("/thumbjobs-desktop.lock"));
    // The lock is given up by the kernel's word on the process, not by age.
    lock_->setStaleLockTime(0);
    if (lock_->tryLock(0))
        return listen() ? Outcome::first : Outcome::alone;
    if (lock_->error() != QLockFile::LockFailedError)
        return Outcome::alone;
    if (hand_over(message))
        return Outcome::handed_over;
    // It may just have ended, or been about to listen.
    if (lock_->tryLock(patience_ms))
        return listen() ? Outcome::first : Outcome::alone;
    return hand_over(message) ? Outcome::handed_over : Outcome::failed;
}

bool SingleInstance::listen() {
    const auto name = folder_ + QStringLiteral("/thumbjobs-desktop.socket");
    QLocalServer::removeServer(name); // of one that was killed: we hold the lock
    server_.setSocketOptions(QLocalServer::UserAccessOption);
    return server_.listen(name);
}

bool SingleInstance::hand_over(const Handover& message) const {
    QLocalSocket socket;
    socket.connectToServer(folder_ + QStringLiteral("/thumbjobs-desktop.socket"));
    if (!socket.waitForConnected(patience_ms) || !is_mine(socket))
        return false;
    socket.write(write_message(message));
    while (socket.bytesToWrite() > 0) {
        if (!socket.waitForBytesWritten(patience_ms))
            return false;
    }
    return (socket.bytesAvailable() > 0 || socket.waitForReadyRead(patience_ms)) &&
           socket.read(1) == QByteArray(1, taken);
}

void SingleInstance::serve() {
    while (auto* socket = server_.nextPendingConnection()) {
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        QTimer::singleShot(patience_ms, socket, &QLocalSocket::abort);
        if (!is_mine(*socket)) {
            socket->abort();
            continue;
        }
        socket->setReadBufferSize(longest_message);
        const auto take = [this, socket] {
            QDataStream stream(socket);
            stream.setVersion(QDataStream::Qt_6_0);
            stream.startTransaction();
            Handover message;
            if (!read_message(stream, message)) {
                if (stream.status() == QDataStream::ReadCorruptData ||
                    socket->bytesAvailable() >= longest_message)
                    socket->abort();
                else
                    stream.rollbackTransaction();
                return;
            }
            stream.commitTransaction();
            socket->write(QByteArray(1, taken));
            socket->flush();
            emit received(message);
        };
        connect(socket, &QLocalSocket::readyRead, this, take);
        if (socket->bytesAvailable() > 0)
            take();
    }
}

} // namespace desktop
