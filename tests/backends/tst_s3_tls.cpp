// The S3 storage by https, to a real server with a certificate made on the spot.
#include "support/certificates.h"
#include "support/s3_server.h"

#include <thumbjobs/thumbjobs.h>

#include <QTemporaryDir>
#include <QTest>

#include <cstdlib>
#include <string>

using namespace thumbjobs;
using namespace thumbjobs::test;

class TestS3Tls : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        for (const std::string& entry : S3Server::environment()) {
            const std::size_t equals = entry.find('=');
            setenv(entry.substr(0, equals).c_str(), entry.substr(equals + 1).c_str(), 1);
        }
    }

    void stores_and_reads() {
        const auto storage = open("&ca-file=" + certificates_.ca());
        const Bytes image(100'000, std::byte{'i'});
        storage->put("a/b", *copy_blob(image), BlobKind::original);
        QCOMPARE(storage->open("a/b")->read_all(), image);
    }

    void refuses_certificates_data() {
        QTest::addColumn<QString>("options");
        QTest::newRow("another authority") << QString::fromStdString("&ca-file=" + others_.ca());
        QTest::newRow("the system's authorities") << QString();
    }
    void refuses_certificates() {
        QFETCH(QString, options);
        try {
            open(options.toStdString());
            QFAIL("opened");
        } catch (const Error& error) {
            QCOMPARE(error.code(), ErrorCode::storage_unavailable);
            QVERIFY2(error.detail().find("certificate") != std::string::npos,
                     error.detail().c_str());
        }
        QCOMPARE(server_.objects("tls"), 1); // of stores_and_reads()
    }

private:
    std::shared_ptr<Storage> open(const std::string& options) const {
        return Registry::builtin().open_storage(server_.url("tls") + options, {});
    }

    QTemporaryDir folder_;
    QTemporaryDir other_folder_;
    Certificates certificates_{folder_.path().toStdString()};
    Certificates others_{other_folder_.path().toStdString()};
    S3Server server_{{.certificates = &certificates_}};
};

QTEST_GUILESS_MAIN(TestS3Tls)
#include "tst_s3_tls.moc"
