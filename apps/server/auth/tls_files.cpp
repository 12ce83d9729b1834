#include "auth/tls_files.h"

#include "config/options.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslKey>
#include <QSslSocket>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

namespace thumbd {
namespace {

constexpr std::chrono::seconds check_interval{1};
constexpr qint64 max_file_size = 1 << 20;

QByteArray read_file(const std::string& path, const char* what) {
    QFile file(QString::fromStdString(path));
    if (!file.open(QIODevice::ReadOnly))
        throw ConfigError(std::string("cannot read the ") + what + ' ' + path);
    return file.read(max_file_size);
}

/// Whether the key is that of the first certificate. Qt would only notice at every handshake.
bool belong_together(const QByteArray& chain, const QByteArray& key) {
    using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
    const Bio chain_source(BIO_new_mem_buf(chain.constData(), static_cast<int>(chain.size())),
                           &BIO_free);
    const Bio key_source(BIO_new_mem_buf(key.constData(), static_cast<int>(key.size())), &BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(chain_source.get(), nullptr, nullptr, nullptr), &X509_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> private_key(
        PEM_read_bio_PrivateKey(key_source.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    return certificate && private_key &&
           X509_check_private_key(certificate.get(), private_key.get()) == 1;
}

} // namespace

TlsFiles::TlsFiles(std::string certificate, std::string key, Notice notice)
    : certificate_(std::move(certificate)),
      key_(std::move(key)),
      notice_(std::move(notice)),
      stamps_(stamps()),
      configuration_(read()),
      checked_(std::chrono::steady_clock::now()) {}

QSslConfiguration TlsFiles::current() {
    bool changed = false;
    {
        const std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (now - checked_ >= check_interval) {
            checked_ = now;
            changed = stamps() != stamps_;
        }
    }
    if (changed)
        reload();
    const std::lock_guard lock(mutex_);
    return configuration_;
}

void TlsFiles::reload() {
    const std::lock_guard lock(mutex_);
    try {
        // Before the files, so that a change in between is seen next time.
        stamps_ = stamps();
        configuration_ = read();
        notice_(false, "read the certificate again, good until " + configuration_.localCertificate()
                                                                       .expiryDate()
                                                                       .toUTC()
                                                                       .toString(Qt::ISODate)
                                                                       .toStdString());
    } catch (const ConfigError& error) {
        notice_(true, std::string("the certificate stays as it was: ") + error.what());
    }
}

TlsFiles::Stamps TlsFiles::stamps() const {
    return {file_stamp(certificate_), file_stamp(key_)};
}

QSslConfiguration TlsFiles::read() const {
    const auto chain_text = read_file(certificate_, "certificate");
    const auto chain = QSslCertificate::fromData(chain_text, QSsl::Pem);
    if (chain.isEmpty())
        throw ConfigError("no PEM certificate in " + certificate_);
    const auto key_text = read_file(key_, "key");
    QSslKey key;
    for (const auto algorithm : {QSsl::Rsa, QSsl::Ec})
        if (key.isNull())
            key = QSslKey(key_text, algorithm, QSsl::Pem, QSsl::PrivateKey);
    if (key.isNull())
        throw ConfigError("no RSA or EC private key without a password in " + key_);
    if (!belong_together(chain_text, key_text))
        throw ConfigError("the key in " + key_ + " is not that of the certificate in " +
                          certificate_);
    auto configuration = QSslConfiguration::defaultConfiguration();
    configuration.setLocalCertificateChain(chain);
    configuration.setPrivateKey(key);
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    return configuration;
}

} // namespace thumbd
