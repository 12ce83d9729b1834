#include "support/redis_server.h"

#include "support/certificates.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace thumbjobs::test {
namespace {

constexpr std::chrono::seconds patience{30};

[[noreturn]] void fail(const std::string& what) {
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

/// Runs `redis-server CONFIG [--sentinel]` with its output appended to a file; killed by the kernel
/// when the calling thread ends.
pid_t spawn_server(const std::string& config, bool sentinel, const std::string& log) {
    const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (output < 0)
        fail("cannot write " + log);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        // Only what is safe between fork() and exec().
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)
            ::_exit(126);
        ::dup2(output, STDOUT_FILENO);
        ::dup2(output, STDERR_FILENO);
        if (sentinel)
            ::execlp("redis-server", "redis-server", config.c_str(), "--sentinel", nullptr);
        else
            ::execlp("redis-server", "redis-server", config.c_str(), nullptr);
        constexpr char message[] = "there is no redis-server to run\n";
        [[maybe_unused]] const ssize_t written =
            ::write(STDERR_FILENO, message, sizeof message - 1);
        ::_exit(127);
    }
    ::close(output);
    return pid;
}

/// Whether a child ends within `time`; it is not reaped.
bool ends_within(pid_t pid, std::chrono::milliseconds time) {
    const int handle = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0)
        fail("pidfd_open");
    pollfd ended{handle, POLLIN, 0};
    const bool over = ::poll(&ended, 1, static_cast<int>(time.count())) == 1;
    ::close(handle);
    return over;
}

std::string read_file(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

TempFolder::TempFolder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "thumbjobs-redis-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        fail("mkdtemp");
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored; // a folder left behind fails no test
    std::filesystem::remove_all(path_, ignored);
}

std::uint16_t free_port() {
    // Below the ports that the kernel gives to outgoing connections: one of those could take the
    // port of a server that is down for a moment.
    static std::mt19937 generator{std::random_device{}()};
    std::uniform_int_distribution<int> ports(15'000, 22'000);
    constexpr int tries = 100;
    for (int i = 0; i < tries; ++i) {
        const auto port = static_cast<std::uint16_t>(ports(generator));
        const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool is_free =
            ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        ::close(socket);
        if (is_free)
            return port;
    }
    throw std::runtime_error("no free port");
}

RedisServer::RedisServer() : RedisServer(Options()) {}

RedisServer::RedisServer(Options options) : options_(std::move(options)) {
    // Somebody else may take the port between the choice and the start.
    constexpr int tries = 5;
    for (int i = 0; i < tries && !is_running(); ++i) {
        port_ = free_port(); // a cluster node's bus is 10000 above
        write_config();
        try_to_start();
    }
    if (!is_running())
        throw std::runtime_error("redis-server did not become ready: " + log());
}

RedisServer::~RedisServer() {
    kill();
}

void RedisServer::write_config() const {
    std::ofstream file(folder() + "/redis.conf");
    if (options_.tls)
        file << "port 0\ntls-port " << port_ << "\ntls-cert-file "
             << options_.certificates->server_cert() << "\ntls-key-file "
             << options_.certificates->server_key() << "\ntls-ca-cert-file "
             << options_.certificates->ca() << '\n';
    else
        file << "port " << port_ << '\n';
    file << "bind 127.0.0.1\ndir " << folder() << "\ndaemonize no\nloglevel verbose\n";
    if (!options_.sentinel) {
        file << "save \"\"\n";
        if (!options_.append_fsync.empty())
            file << "appendonly yes\nappendfsync " << options_.append_fsync << '\n';
        if (!options_.max_memory.empty())
            file << "maxmemory " << options_.max_memory << '\n';
        if (!options_.password.empty())
            file << "requirepass " << options_.password << '\n';
    }
    if (options_.cluster)
        file << "cluster-enabled yes\ncluster-node-timeout 2000\n";
    for (const std::string& line : options_.config)
        file << line << '\n';
    if (!file.flush())
        fail("cannot write " + folder() + "/redis.conf");
}

/// False when it ended before it was ready.
bool RedisServer::try_to_start() {
    const std::string log_path = folder() + "/log";
    const std::size_t before = log().size();
    const std::string_view mark =
        options_.sentinel ? "Sentinel ID is" : "Ready to accept connections";
    pid_ = spawn_server(folder() + "/redis.conf", options_.sentinel, log_path);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (log().find(mark, before) == std::string::npos) {
        if (ends_within(pid_, std::chrono::milliseconds(5))) {
            wait_for_end();
            return false;
        }
        if (std::chrono::steady_clock::now() > end) {
            kill();
            throw std::runtime_error("redis-server is still not ready: " + log());
        }
    }
    return true;
}

void RedisServer::start() {
    if (!is_running() && !try_to_start())
        throw std::runtime_error("redis-server did not start again: " + log());
}

std::string RedisServer::url(std::string_view query) const {
    std::string text = options_.tls ? "rediss://" : "redis://";
    if (!options_.password.empty())
        text += ':' + options_.password + '@';
    text += "127.0.0.1:" + std::to_string(port_);
    return query.empty() ? text : text + '?' + std::string(query);
}

void RedisServer::send_signal(int signal) const {
    if (is_running())
        ::kill(pid_, signal);
}

void RedisServer::kill() {
    send_signal(SIGKILL);
    wait_for_end();
}

void RedisServer::stop() {
    send_signal(SIGTERM);
    if (is_running() && !ends_within(pid_, patience)) {
        kill();
        throw std::runtime_error("redis-server still ran after SIGTERM: " + log());
    }
    wait_for_end();
}

void RedisServer::wait_for_end() {
    if (is_running())
        ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void RedisServer::wait_until(const std::function<bool()>& condition) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (!is_running() || ends_within(pid_, std::chrono::milliseconds(20)))
            throw std::runtime_error("redis-server ended: " + log());
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("redis-server did not come to the state wanted: " + log());
    }
}

std::string RedisServer::log() const {
    return read_file(folder() + "/log");
}

} // namespace thumbjobs::test
