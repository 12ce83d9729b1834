#include "support/s3_server.h"

#include "support/certificates.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string_view>

extern char** environ;

namespace thumbjobs::test {
namespace {

constexpr const char* bucket = "thumbjobs-tests";
constexpr int patience_ms = 60'000;

std::string make_folder() {
    std::string path = (std::filesystem::temp_directory_path() / "thumbjobs-s3-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr)
        throw std::runtime_error(std::string("mkdtemp: ") + std::strerror(errno));
    return path;
}

std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
    return ends;
}

pid_t spawn_node(std::vector<std::string> words, int input, int output) {
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string packages = "NODE_PACKAGES=" S3_SERVER_PACKAGES;
    std::vector<char*> environment{packages.data()};
    for (char** entry = environ; *entry != nullptr; ++entry)
        environment.push_back(*entry); // what stands first wins
    environment.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    pid_t pid = -1;
    const int error =
        posix_spawnp(&pid, "node", &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw std::runtime_error(std::string("cannot start node: ") + std::strerror(error));
    return pid;
}

/// The number in the line `port N`; 0 if it does not come.
std::uint16_t read_port(int output) {
    std::string text;
    pollfd ready{output, POLLIN, 0};
    while (text.find('\n') == std::string::npos && poll(&ready, 1, patience_ms) == 1) {
        std::array<char, 256> chunk;
        const ssize_t got = read(output, chunk.data(), chunk.size());
        if (got <= 0)
            break;
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    const std::string_view mark = "port ";
    if (!text.starts_with(mark))
        return 0;
    return static_cast<std::uint16_t>(std::stoi(text.substr(mark.size())));
}

} // namespace

S3Server::S3Server(Options options)
    : folder_(make_folder()), tls_(options.certificates != nullptr) {
    std::vector<std::string> words{"node", S3_SERVER_SCRIPT, folder_, bucket};
    if (options.conditional)
        words.emplace_back("--conditional");
    if (tls_)
        words.insert(words.end(), {"--tls", options.certificates->server_cert(),
                                   options.certificates->server_key()});
    const auto input = make_pipe();
    const auto output = make_pipe();
    pid_ = spawn_node(std::move(words), input[0], output[1]);
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    output_ = output[0];
    port_ = read_port(output_);
    if (port_ == 0) {
        stop();
        throw std::runtime_error("the S3 server did not say that it listens");
    }
}

S3Server::~S3Server() {
    stop();
}

void S3Server::stop() {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    close(input_);
    close(output_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string S3Server::url(const std::string& prefix, std::uint16_t port) const {
    return std::string("s3://") + bucket + '/' + prefix + "?endpoint=http" + (tls_ ? "s" : "") +
           "://127.0.0.1:" + std::to_string(port != 0 ? port : port_) + "&region=us-east-1";
}

std::vector<std::string> S3Server::environment() {
    return {"AWS_ACCESS_KEY_ID=S3RVER", "AWS_SECRET_ACCESS_KEY=S3RVER", "AWS_SESSION_TOKEN="};
}

int S3Server::objects(const std::string& prefix) const {
    const auto blobs = std::filesystem::path(folder_) / bucket / prefix / "blobs";
    int count = 0;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator entry(blobs, error), end; entry != end;
         entry.increment(error))
        if (entry->path().string().ends_with("_object"))
            ++count;
    return count;
}

} // namespace thumbjobs::test
