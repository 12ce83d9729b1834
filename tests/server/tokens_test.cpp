#include "auth/tokens.h"
#include "config/options.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace thumbd;
using namespace std::chrono_literals;

namespace {

constexpr auto reader = "reader-token-0001";
constexpr auto admin = "admin-token-00002";

QString refusal(std::string_view text) {
    try {
        parse_token_text(text, "tokens");
    } catch (const ConfigError& error) {
        return QString::fromStdString(error.what());
    }
    return {};
}

} // namespace

class TokensTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    QStringList notices_;

    std::string write(const QByteArray& text) {
        QFile file(directory_.filePath("tokens"));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
            return {};
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(text);
        return file.fileName().toStdString();
    }

    Tokens::Notice notice() {
        return [this](bool, const std::string& message) {
            notices_ << QString::fromStdString(message);
        };
    }

    QByteArray two_tokens() const {
        return QByteArray("# comment\n\nread ") + reader + "\nadmin " + admin + " ops desk\n";
    }

private slots:
    void lines_are_read() {
        Tokens tokens(write(two_tokens()), notice());
        QVERIFY(tokens.required());
        QVERIFY(tokens.by_token(reader)->access == Access::read);
        QVERIFY(tokens.by_token(admin)->access == Access::admin);
        QCOMPARE(tokens.by_token(admin)->name, std::string("ops desk"));
        QVERIFY(!tokens.by_token("reader-token-0002"));
        QVERIFY(!tokens.by_token(""));
        QVERIFY(!tokens.by_token(std::string(100'000, 'x')));
    }

    void faulty_files_are_refused_without_showing_tokens() {
        QVERIFY(refusal("").contains("no token"));
        QVERIFY(refusal("root a-long-enough-token\n").contains("tokens:1:"));
        QVERIFY(refusal("\nread short\n").contains("tokens:2:"));
        QVERIFY(!refusal("\nread short\n").contains("short"));
        const auto twice = refusal("read same-token-123456\nadmin same-token-123456\n");
        QVERIFY(twice.contains("given before"));
        QVERIFY(!twice.contains("same-token"));
        bool refused = false;
        try {
            Tokens("/nonexistent/tokens", notice());
        } catch (const ConfigError&) {
            refused = true;
        }
        QVERIFY(refused);
    }

    void without_a_file_nothing_is_asked_for() {
        Tokens tokens("", notice());
        QVERIFY(!tokens.required());
        QVERIFY(!tokens.by_token(reader));
    }

    void sessions_stand_for_their_token_until_they_expire() {
        Tokens tokens(write(two_tokens()), notice());
        const std::chrono::sys_seconds now{1'000'000s};
        QVERIFY(!tokens.make_session("unknown-token-0000", now));
        const auto session = tokens.make_session(reader, now).value();
        QVERIFY(session.find(reader) == std::string::npos);
        QVERIFY(tokens.by_session(session, now)->access == Access::read);
        QVERIFY(!tokens.by_session(session, now + Tokens::session_lifetime));
        // A later expiry is not what was signed.
        auto forged = session;
        forged[0] = '9';
        QVERIFY(!tokens.by_session(forged, now));
        auto flipped = session;
        flipped.back() = flipped.back() == '0' ? '1' : '0';
        QVERIFY(!tokens.by_session(flipped, now));
        QVERIFY(!tokens.by_session("", now));
        QVERIFY(!tokens.by_session("9999999999.", now));
        // Another process with the same file takes it as well; without the token it ends.
        Tokens other(write(two_tokens()), notice());
        QVERIFY(other.by_session(session, now));
        write(QByteArray("admin ") + admin + '\n');
        other.reload();
        QVERIFY(!other.by_session(session, now));
    }

    void a_changed_file_is_read_again_and_a_faulty_one_is_not() {
        Tokens tokens(write(two_tokens()), notice());
        write("submit another-token-12345\n");
        QTRY_VERIFY(tokens.by_token("another-token-12345"));
        QVERIFY(!tokens.by_token(reader));
        notices_.clear();
        write("nonsense\n");
        tokens.reload();
        QVERIFY(tokens.by_token("another-token-12345"));
        QVERIFY(notices_.join(' ').contains("stay as they were"));
        QFile::remove(directory_.filePath("tokens"));
        tokens.reload();
        QVERIFY(tokens.by_token("another-token-12345"));
    }

    void open_permissions_are_told() {
        const auto path = write(two_tokens());
        QFile::setPermissions(QString::fromStdString(path),
                              QFile::ReadOwner | QFile::ReadGroup | QFile::ReadOther);
        notices_.clear();
        const Tokens open(path, notice());
        QVERIFY(notices_.join(' ').contains("chmod 640"));
        // As Kubernetes mounts a Secret for the group of a pod.
        QFile::setPermissions(QString::fromStdString(path), QFile::ReadOwner | QFile::ReadGroup);
        notices_.clear();
        const Tokens shared(path, notice());
        QCOMPARE(notices_.size(), 0);
    }
};

QTEST_GUILESS_MAIN(TokensTest)
#include "tokens_test.moc"
