#include "support/thumbd_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace thumbjobs::test {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    for (std::string& word : words)
        result.push_back(word.data());
    result.push_back(nullptr);
    return result;
}

/// Starts a program: standard input empty, standard output and error as given.
pid_t spawn(std::vector<std::string> words, const std::vector<std::string>& extra_environment,
            int output, int errors) {
    std::vector<std::string> environment = extra_environment;
    for (char** entry = environ; *entry != nullptr; ++entry)
        environment.emplace_back(*entry); // what stands first wins
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    pid_t pid = -1;
    const int error = posix_spawnp(&pid, words.front().c_str(), &actions, nullptr,
                                   pointers(words).data(), pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw std::runtime_error("cannot start " + words.front() + ": " + std::strerror(error));
    return pid;
}

/// Waits for a child by its pidfd; nothing if it still runs after `patience`.
std::optional<ExitStatus> wait_for(pid_t pid, milliseconds patience) {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
    if (handle < 0)
        throw std::runtime_error(std::string("pidfd_open: ") + std::strerror(errno));
    pollfd ended{handle, POLLIN, 0};
    const bool done = poll(&ended, 1, static_cast<int>(patience.count())) == 1;
    close(handle);
    if (!done)
        return std::nullopt;
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFEXITED(status))
        return ExitStatus{WEXITSTATUS(status), 0};
    return ExitStatus{-1, WTERMSIG(status)};
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Reads until `enough` says so, the other end closes or the time is over.
template <typename Enough>
std::string read_until(int descriptor, milliseconds patience, Enough enough) {
    const auto end = SteadyClock::now() + patience;
    std::string text;
    while (!enough(text)) {
        const auto left = std::chrono::duration_cast<milliseconds>(end - SteadyClock::now());
        pollfd ready{descriptor, POLLIN, 0};
        if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) != 1)
            break;
        std::array<char, 4096> chunk;
        const ssize_t got = read(descriptor, chunk.data(), chunk.size());
        if (got <= 0)
            break;
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return text;
}

std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error(std::string("pipe: ") + std::strerror(errno));
    return ends;
}

} // namespace

ThumbdProcess::ThumbdProcess(const Options& options) : log_path_(options.data_dir + ".log") {
    const auto pipe = make_pipe();
    const int log = open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    std::vector<std::string> words{options.binary.empty() ? thumbd_binary() : options.binary,
                                   "--listen", "127.0.0.1:0", "--data-dir", options.data_dir};
    words.insert(words.end(), options.arguments.begin(), options.arguments.end());
    pid_ = spawn(std::move(words), options.environment, pipe[1], log);
    close(pipe[1]);
    close(log);
    output_ = pipe[0];

    const std::string_view mark = "listening on ";
    const std::string text = read_until(output_, options.patience, [&](const std::string& so_far) {
        const std::size_t line = so_far.find(mark);
        return line != std::string::npos && so_far.find('\n', line) != std::string::npos;
    });
    const std::size_t line = text.find(mark);
    if (line == std::string::npos) {
        kill();
        close(output_);
        const std::string errors = read_file(log_path_);
        throw std::runtime_error("thumbd did not say that it listens: " +
                                 errors.substr(errors.size() > 2000 ? errors.size() - 2000 : 0));
    }
    url_ = text.substr(line + mark.size());
    url_.erase(url_.find('\n'));
    port_ = static_cast<std::uint16_t>(std::stoi(url_.substr(url_.rfind(':') + 1)));
}

ThumbdProcess::~ThumbdProcess() {
    kill();
    close(output_);
}

std::string ThumbdProcess::url() const {
    return url_;
}

void ThumbdProcess::send_signal(int signal) const {
    if (!end_)
        ::kill(pid_, signal);
}

std::optional<ExitStatus> ThumbdProcess::wait(milliseconds patience) {
    if (!end_)
        end_ = wait_for(pid_, patience);
    return end_;
}

void ThumbdProcess::kill() {
    send_signal(SIGKILL);
    wait(std::chrono::seconds(30));
}

ExitStatus ThumbdProcess::terminate(milliseconds patience) {
    send_signal(SIGTERM);
    if (const auto end = wait(patience))
        return *end;
    throw std::runtime_error("thumbd still runs after SIGTERM; its log: " + log());
}

std::string ThumbdProcess::log() const {
    return read_file(log_path_);
}

Finished run_program(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment, milliseconds patience) {
    const auto output = make_pipe();
    // Errors go to a file: two pipes would have to be read in turn.
    std::array<char, 32> path{"/tmp/thumbjobs-test-XXXXXX"};
    const int errors = mkostemp(path.data(), O_CLOEXEC);
    const pid_t pid = spawn(words, environment, output[1], errors);
    close(output[1]);
    close(errors);
    Finished result;
    result.output = read_until(output[0], patience, [](const std::string&) { return false; });
    close(output[0]);
    const auto end = wait_for(pid, patience);
    if (!end) {
        ::kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    result.errors = read_file(path.data());
    unlink(path.data());
    if (!end)
        throw std::runtime_error(words.front() + " still runs: " + result.errors);
    result.status = *end;
    return result;
}

std::string thumbd_binary() {
    if (const char* binary = std::getenv("THUMBD_BINARY"))
        return binary;
    return THUMBD_BINARY;
}

} // namespace thumbjobs::test
