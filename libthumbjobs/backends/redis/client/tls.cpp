#include "backends/redis/client/tls.h"

#include <thumbjobs/error.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>
#include <new>
#include <utility>

namespace thumbjobs::redis {
namespace {

struct FreeContext {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
struct FreeSession {
    void operator()(SSL* session) const noexcept { SSL_free(session); }
};

/// OpenSSL's oldest error of this thread, which is the cause; all are forgotten.
std::string take_openssl_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    std::array<char, 256> text{};
    if (code == 0)
        return "unknown error";
    ERR_error_string_n(code, text.data(), text.size());
    return text.data();
}

[[noreturn]] void refuse_file(const std::string& option, const std::string& path) {
    throw Error(ErrorCode::invalid_argument,
                option + " of the Redis URL cannot be used; accepted: a readable PEM file",
                path + ": " + take_openssl_error());
}

[[noreturn]] void throw_broken(const std::string& reason) {
    throw TransportError(TransportError::Kind::broken, reason);
}

/// Answers OpenSSL's question for the passphrase of a key: there is nobody at a terminal to ask.
int no_passphrase(char* /*target*/, int /*size*/, int /*writing*/, void* /*user*/) {
    return 0;
}

/// TLS over another transport. OpenSSL only ever sees memory: waiting, time-outs and interruptions
/// stay the transport's business, and no signal can come of a closed socket.
class TlsTransport final : public Transport {
public:
    TlsTransport(SSL_CTX* context, std::unique_ptr<Transport> below) : below_(std::move(below)) {
        session_.reset(SSL_new(context));
        BIO* const in = BIO_new(BIO_s_mem());
        BIO* const out = BIO_new(BIO_s_mem());
        if (!session_ || in == nullptr || out == nullptr) {
            BIO_free(in);
            BIO_free(out);
            throw std::bad_alloc();
        }
        SSL_set_bio(session_.get(), in, out);
        SSL_set_connect_state(session_.get());
    }

    SSL* session() const noexcept { return session_.get(); }

    void handshake(Deadline deadline) {
        for (;;) {
            ERR_clear_error();
            const int result = SSL_do_handshake(session());
            const int error = SSL_get_error(session(), result);
            if (result != 1 && error != SSL_ERROR_WANT_READ) {
                const std::string reason = handshake_error();
                try_to_flush(deadline); // the alert tells the server why
                throw_broken(reason);
            }
            flush(deadline);
            if (result == 1)
                return;
            fill(deadline);
        }
    }

    void write_all(std::string_view bytes, Deadline deadline) override {
        // In parts, so that no second copy of all of it is made.
        while (!bytes.empty()) {
            ERR_clear_error();
            const auto size = static_cast<int>(std::min(bytes.size(), write_size));
            const int written = SSL_write(session(), bytes.data(), size);
            if (written <= 0)
                throw_broken("TLS: " + take_openssl_error());
            flush(deadline);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    std::size_t read_some(std::span<char> target, Deadline deadline) override {
        for (;;) {
            ERR_clear_error();
            const auto size = static_cast<int>(std::min<std::size_t>(target.size(), INT_MAX));
            const int got = SSL_read(session(), target.data(), size);
            if (got > 0)
                return static_cast<std::size_t>(got);
            const int error = SSL_get_error(session(), got);
            if (error == SSL_ERROR_ZERO_RETURN)
                throw_broken("the server closed the connection");
            if (error != SSL_ERROR_WANT_READ)
                throw_broken("TLS: " + take_openssl_error());
            flush(deadline); // an answer to a key update
            fill(deadline);
        }
    }

    bool is_quiet() noexcept override { return SSL_pending(session()) == 0 && below_->is_quiet(); }

private:
    static constexpr std::size_t write_size = 64 << 10;
    static constexpr std::size_t chunk_size = 16 << 10;

    void flush(Deadline deadline) {
        BIO* const out = SSL_get_wbio(session());
        std::array<char, chunk_size> chunk;
        for (int size = 0; (size = BIO_read(out, chunk.data(), chunk.size())) > 0;)
            below_->write_all({chunk.data(), static_cast<std::size_t>(size)}, deadline);
    }

    void try_to_flush(Deadline deadline) noexcept {
        try {
            flush(deadline);
        } catch (const TransportError&) {
            // The handshake has failed already; that is the error to report.
        }
    }

    void fill(Deadline deadline) {
        std::array<char, chunk_size> chunk;
        const std::size_t size = below_->read_some(chunk, deadline);
        if (BIO_write(SSL_get_rbio(session()), chunk.data(), static_cast<int>(size)) !=
            static_cast<int>(size))
            throw std::bad_alloc();
    }

    std::string handshake_error() const {
        const long verdict = SSL_get_verify_result(session());
        if (verdict != X509_V_OK) {
            ERR_clear_error();
            return std::string("its TLS certificate is refused: ") +
                   X509_verify_cert_error_string(verdict);
        }
        return "the TLS handshake failed: " + take_openssl_error();
    }

    std::unique_ptr<Transport> below_;
    std::unique_ptr<SSL, FreeSession> session_;
};

} // namespace

struct TlsContext::Impl {
    std::unique_ptr<SSL_CTX, FreeContext> context;
    TlsVerify verify = TlsVerify::full;
    std::string server_name;
};

TlsContext::TlsContext(const TlsOptions& options) : impl_(std::make_unique<Impl>()) {
    ERR_clear_error();
    impl_->context.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = impl_->context.get();
    if (context == nullptr)
        throw std::bad_alloc();
    impl_->verify = options.verify;
    impl_->server_name = options.server_name;
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(
        context, options.verify == TlsVerify::none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    if (options.ca_file.empty())
        SSL_CTX_set_default_verify_paths(context);
    else if (SSL_CTX_load_verify_file(context, options.ca_file.c_str()) != 1)
        refuse_file("tls_ca", options.ca_file);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (options.cert_file.empty())
        return;
    if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1)
        refuse_file("tls_cert", options.cert_file);
    if (SSL_CTX_use_PrivateKey_file(context, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        refuse_file("tls_key", options.key_file);
}

TlsContext::~TlsContext() = default;

std::unique_ptr<Transport> TlsContext::wrap(std::unique_ptr<Transport> transport,
                                            const std::string& host, Deadline deadline) const {
    auto tls = std::make_unique<TlsTransport>(impl_->context.get(), std::move(transport));
    const std::string& name = impl_->server_name.empty() ? host : impl_->server_name;
    X509_VERIFY_PARAM* const rules = SSL_get0_param(tls->session());
    // An address is verified against the certificate's addresses, and never sent for SNI.
    const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1;
    if (!is_address && SSL_set_tlsext_host_name(tls->session(), name.c_str()) != 1)
        throw_broken("the TLS handshake failed: " + take_openssl_error());
    if (impl_->verify != TlsVerify::full) {
        X509_VERIFY_PARAM_set1_ip(rules, nullptr, 0);
    } else if (!is_address) {
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        if (X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size()) != 1)
            throw_broken("the TLS handshake failed: " + take_openssl_error());
    }
    tls->handshake(deadline);
    return tls;
}

} // namespace thumbjobs::redis
