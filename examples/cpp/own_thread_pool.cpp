// Shows thumbjobs in a program with a thread pool of its own: images are resized on that pool, so
// that the program's other work and its thumbnails share the same few threads.
//   own_thread_pool FOLDER PHOTO...
#include <thumbjobs/thumbjobs.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <iostream>
#include <mutex>
#include <thread>

namespace {

/// Stands for the pool that the program has anyway.
class Pool {
public:
    explicit Pool(int size) {
        for (int i = 0; i < size; ++i)
            threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }

    template <typename Function>
    auto run(Function function) -> std::future<decltype(function())> {
        auto task =
            std::make_shared<std::packaged_task<decltype(function())()>>(std::move(function));
        auto result = task->get_future();
        {
            const std::lock_guard lock(mutex_);
            tasks_.emplace_back([task] { (*task)(); });
        }
        wake_.notify_one();
        return result;
    }

private:
    void work(const std::stop_token& stop) {
        while (true) {
            std::unique_lock lock(mutex_);
            if (!wake_.wait(lock, stop, [this] { return !tasks_.empty(); }))
                return;
            const auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
    }

    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::function<void()>> tasks_;
    std::vector<std::jthread> threads_; // last: joined before the rest goes
};

/// Hands each resize to the pool. The engine's own threads wait meanwhile, which costs nothing.
class PooledResizer : public thumbjobs::Resizer {
public:
    explicit PooledResizer(Pool& pool)
        : pool_(pool),
          inner_(thumbjobs::Registry::builtin().open_resizer("jpeg:png:webp:vips:", {})) {}

    std::string describe() const override { return inner_->describe() + ", on our pool"; }
    std::vector<std::string> input_types() const override { return inner_->input_types(); }
    bool isolated() const noexcept override { return inner_->isolated(); }

    thumbjobs::ResizeResult resize(const thumbjobs::ResizeRequest& request) override {
        auto inside = request;
        inside.waiting = {}; // must be called on the engine's thread, which the pool's is not
        return pool_.run([this, &inside] { return inner_->resize(inside); }).get();
    }

private:
    Pool& pool_;
    std::shared_ptr<thumbjobs::Resizer> inner_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: own_thread_pool FOLDER PHOTO...\n";
        return 2;
    }
    try {
        const int size = 2;
        Pool pool(size); // outlives the engine

        auto options = thumbjobs::EngineOptions::in_directory(argv[1]);
        options.image_resizer = std::make_shared<PooledResizer>(pool);
        options.workers = size; // no more resizes at a time than the pool has threads
        const auto engine = thumbjobs::Engine::open(options);
        engine->start();

        // Submitting waits for the disk; a program that must not wait does it on its pool.
        std::vector<std::future<thumbjobs::SubmitResult>> submitted;
        for (int i = 2; i < argc; ++i)
            submitted.push_back(pool.run([&engine, path = std::string(argv[i])] {
                return engine->submit({.image = thumbjobs::open_file_blob(path)});
            }));
        for (auto& result : submitted) {
            const auto job = engine->wait(result.get().job.id, std::chrono::seconds(60));
            std::cout << job.id.to_string() << ' ' << to_string(job.state) << '\n';
        }
    } catch (const thumbjobs::Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
