#pragma once

#include <QByteArray>
#include <QTcpServer>
#include <QUrl>

#include <functional>
#include <map>
#include <vector>

class QTcpSocket;

namespace desktop::test {

/// A request as it came; names of fields in lower case.
struct RawRequest {
    QByteArray method{};
    QByteArray target{};
    std::map<QByteArray, QByteArray> headers{};
    QByteArray body{};
};

/// An HTTP server on a free port of 127.0.0.1 that answers just the bytes that the test gives it.
/// What the script does not answer is answered as an idle thumbd would: no jobs, and a stream of
/// events that stays open.
class RawServer : public QTcpServer {
public:
    struct Reply {
        QByteArray bytes{};
        bool close = false; ///< After the bytes. A reset, if there are none.
        bool handled = true;
    };
    using Script = std::function<Reply(const RawRequest&)>;

    explicit RawServer(Script script = {});

    Script script;
    std::vector<RawRequest> requests; ///< All so far.

    QUrl url() const;

    /// Sends bytes on all streams of events that are open.
    void stream(const QByteArray& bytes);
    int streams() const { return static_cast<int>(streams_.size()); }

    /// Ends all connections.
    void cut();

    /// A whole response.
    static Reply answer(int status, const QByteArray& body,
                        const QByteArray& headers = "Content-Type: application/json\r\n");

private:
    void serve(QTcpSocket& client);
    void reply(QTcpSocket& client, const RawRequest& request);

    std::vector<QTcpSocket*> streams_;
};

} // namespace desktop::test
