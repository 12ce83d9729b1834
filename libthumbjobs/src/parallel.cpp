#include "src/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace thumbjobs {
namespace {

constexpr std::size_t max_threads = 8;
constexpr std::size_t worth_a_thread = 4; ///< Calls: fewer are done sooner than a thread is made.

} // namespace

void for_each_in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto run = [&] {
        for (std::size_t i; (i = next.fetch_add(1)) < count;) {
            try {
                work(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure)
                    failure = std::current_exception();
                next = count;
            }
        }
    };
    std::vector<std::thread> threads;
    try {
        for (std::size_t i = 1; i < std::min(max_threads, count / worth_a_thread); ++i)
            threads.emplace_back(run);
    } catch (const std::system_error&) { // no more threads are to be had: it takes longer
    }
    run();
    for (std::thread& thread : threads)
        thread.join();
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace thumbjobs
