#include "support/thumbd_process.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <string>
#include <vector>

using thumbjobs::test::run_program;
using thumbjobs::test::thumbd_binary;
using thumbjobs::test::ThumbdProcess;

namespace {

// In the head of an SQLite file; numbers of four bytes.
constexpr qint64 user_version_at = 60;
constexpr qint64 application_id_at = 68;

} // namespace

/// thumbd explains itself, and what keeps it from starting.
class ThumbdStartTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;

    std::string data(const char* name) const { return directory_.filePath(name).toStdString(); }

    /// A data folder whose database has another number in its head.
    QString altered_database(const char* name, qint64 position) const {
        ThumbdProcess({.data_dir = data(name), .arguments = {"--role", "api"}}).terminate();
        QFile file(directory_.filePath(QString(name) + "/jobs.db"));
        if (!file.open(QIODevice::ReadWrite) || !file.seek(position) ||
            file.write("\0\0\1\0", 4) != 4)
            qFatal("the database cannot be altered");
        return directory_.filePath(name);
    }

private slots:
    void unusable_configurations_exit_2_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("expected");
        QFile(directory_.filePath("file")).open(QIODevice::WriteOnly);
        QFile text(directory_.filePath("jobs.db"));
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write("this is no database, whatever its name says; it is long enough to be read");
        text.close();
        QTest::newRow("option") << QStringList{"--lisen=1"} << "did you mean --listen";
        QTest::newRow("data folder")
            << QStringList{"--data-dir", directory_.filePath("file")} << "cannot make the folder";
        QTest::newRow("below a file")
            << QStringList{"--data-dir", directory_.filePath("file/below")}
            << "cannot make the folder";
        QTest::newRow("no database")
            << QStringList{"--data-dir", directory_.path()} << "not a database";
        QTest::newRow("another program's database")
            << QStringList{"--data-dir", altered_database("foreign", application_id_at)}
            << "database of another program";
        QTest::newRow("newer database")
            << QStringList{"--data-dir", altered_database("newer", user_version_at)}
            << "made by a newer version of thumbjobs";
        // Also the administrator can make no file there.
        QTest::newRow("unwritable folder")
            << QStringList{"--data-dir", "/proc/self"} << "cannot be written";
        QTest::newRow("store URL") << QStringList{"--store", "mysql:x"} << "mysql";
        QTest::newRow("token file") << QStringList{"--token-file", "/nonexistent"} << "token file";
        QTest::newRow("certificate")
            << QStringList{"--tls-cert", "/nonexistent", "--tls-key", "/nonexistent"}
            << "certificate";
    }
    void unusable_configurations_exit_2() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, expected);
        std::vector<std::string> words{thumbd_binary(), "--listen", "127.0.0.1:0"};
        if (!arguments.contains("--data-dir"))
            arguments << "--data-dir" << directory_.filePath("refused");
        for (const auto& argument : arguments)
            words.push_back(argument.toStdString());
        const auto finished = run_program(words);
        const auto errors = QString::fromStdString(finished.errors).split('\n', Qt::SkipEmptyParts);
        QCOMPARE(finished.status.code, 2);
        QVERIFY2(errors.size() == 1, finished.errors.c_str());
        QVERIFY2(errors.last().startsWith("thumbd: ") && errors.last().contains(expected),
                 qPrintable(finished.errors.c_str()));
        QVERIFY(finished.output.empty());
    }

    void a_port_in_use_exits_2() {
        QTcpServer occupied;
        QVERIFY(occupied.listen(QHostAddress::LocalHost));
        const auto address = "127.0.0.1:" + std::to_string(occupied.serverPort());
        const auto finished =
            run_program({thumbd_binary(), "--listen", address, "--data-dir", data("occupied")});
        QCOMPARE(finished.status.code, 2);
        QVERIFY2(finished.errors.find(address) != std::string::npos, finished.errors.c_str());
    }

    void it_explains_itself() {
        const auto help = run_program({thumbd_binary(), "--help"});
        QCOMPARE(help.status.code, 0);
        QVERIFY(help.output.find("--max-upload-bytes SIZE") != std::string::npos);
        const auto version = run_program({thumbd_binary(), "--version"});
        QVERIFY(version.output.starts_with("thumbd "));
        const auto config =
            run_program({thumbd_binary(), "--print-config", "--data-dir=/d"}, {"THUMBD_LEASE=42s"});
        QCOMPARE(config.status.code, 0);
        QVERIFY(QString::fromStdString(config.output)
                    .contains(QRegularExpression("lease = 42s +# environment")));
        const auto variable = run_program({thumbd_binary()}, {"THUMBD_LEASES=42s"});
        QCOMPARE(variable.status.code, 2);
        QVERIFY(variable.errors.find("THUMBD_LEASE?") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(ThumbdStartTest)
#include "thumbd_start_test.moc"
