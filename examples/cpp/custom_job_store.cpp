// Shows a JobStore of one's own: SQLite keeps the jobs, and around it stand two rules of the
// program: every job names a customer, and each finished one is a line on a bill.
//   custom_job_store FOLDER PHOTO
#include <thumbjobs/thumbjobs.h>

#include <fstream>
#include <iostream>
#include <mutex>

namespace {

using namespace thumbjobs; // this file is about little else

/// Hands every call to another store. A store written from nothing implements the same methods;
/// job_store.h says what each promises, and tests/conformance holds a store to it.
class ForwardingStore : public JobStore {
public:
    explicit ForwardingStore(std::shared_ptr<JobStore> inner) : inner_(std::move(inner)) {}

    std::string describe() const override { return inner_->describe(); }
    std::string id() override { return inner_->id(); }
    void probe() override { inner_->probe(); }
    void set_listener(Listener listener) override { inner_->set_listener(std::move(listener)); }
    CreateResult create(const NewJob& job) override { return inner_->create(job); }
    std::vector<std::optional<JobRecord>> find(std::span<const JobId> ids) override {
        return inner_->find(ids);
    }
    JobPage list(const ListQuery& query) override { return inner_->list(query); }
    StoreStats stats() override { return inner_->stats(); }
    EventPage events(const EventCursor& after, int limit) override {
        return inner_->events(after, limit);
    }
    EventCursor events_end() override { return inner_->events_end(); }
    std::vector<LogLine> logs(const LogQuery& query) override { return inner_->logs(query); }
    ClaimResult claim(const ClaimRequest& request) override { return inner_->claim(request); }
    std::vector<LeaseState> renew(std::span<const Lease> leases, Milliseconds lease) override {
        return inner_->renew(leases, lease);
    }
    void mark_decoding(const Lease& lease) override { inner_->mark_decoding(lease); }
    void report_progress(const Lease& lease, double progress) override {
        inner_->report_progress(lease, progress);
    }
    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override {
        return inner_->complete(lease, completion, next);
    }
    Job fail(const Lease& lease, const Failure& failure) override {
        return inner_->fail(lease, failure);
    }
    void give_back(const Lease& lease, Milliseconds delay, const LogNote& note) override {
        inner_->give_back(lease, delay, note);
    }
    Job cancel(const JobId& id, std::optional<Milliseconds> retention,
               const LogNote& note) override {
        return inner_->cancel(id, retention, note);
    }
    Job retry(const JobId& id, std::int64_t max_queued, const LogNote& note) override {
        return inner_->retry(id, max_queued, note);
    }
    JobRecord remove(const JobId& id, Milliseconds tombstone_delay, const LogNote& note) override {
        return inner_->remove(id, tombstone_delay, note);
    }
    SweepResult sweep(const SweepRequest& request) override { return inner_->sweep(request); }
    std::vector<JobRecord> tombstones(int limit) override { return inner_->tombstones(limit); }
    void forget(std::span<const JobId> ids) override { inner_->forget(ids); }
    bool acquire(std::string_view name, std::string_view owner, Milliseconds duration) override {
        return inner_->acquire(name, owner, duration);
    }

protected:
    JobStore& inner() { return *inner_; }

private:
    std::shared_ptr<JobStore> inner_;
};

/// The two rules. Thread-safe, as every store has to be.
class BillingStore : public ForwardingStore {
public:
    BillingStore(std::shared_ptr<JobStore> inner, const std::string& bill)
        : ForwardingStore(std::move(inner)), bill_(bill, std::ios::app) {}

    CreateResult create(const NewJob& job) override {
        const auto customer = job.metadata.find("customer");
        if (customer == job.metadata.end() || customer->second.empty())
            throw Error(ErrorCode::invalid_argument,
                        "metadata \"customer\" is missing; accepted: a customer's name");
        return ForwardingStore::create(job);
    }

    ClaimResult complete(const Lease& lease, const Completion& completion,
                         const ClaimRequest* next) override {
        // Throws when another worker holds the job by now: then nothing is billed. (After a lost
        // answer it is called again: a bill that must not have a line twice is kept by job id.)
        auto result = ForwardingStore::complete(lease, completion, next);
        const auto record = inner().find(std::span(&lease.job, 1)).front();
        const std::lock_guard lock(mutex_);
        bill_ << lease.job.to_string() << ' '
              << (record ? record->job.metadata.at("customer") : "removed") << ' '
              << completion.renditions.size() << std::endl;
        return result;
    }

private:
    std::mutex mutex_;
    std::ofstream bill_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: custom_job_store FOLDER PHOTO\n";
        return 2;
    }
    const std::string folder = argv[1];
    try {
        auto options = EngineOptions::in_directory(folder);
        options.job_store = std::make_shared<BillingStore>(
            Registry::builtin().open_store(options.store, {}), folder + "/bill");
        const auto engine = Engine::open(options);
        engine->start();

        SubmitRequest request{.image = open_file_blob(argv[2])};
        try {
            engine->submit(request);
        } catch (const Error& error) {
            std::cout << "refused: " << error.what() << '\n';
        }
        request.metadata["customer"] = "ada";
        const auto id = engine->submit(request).job.id;
        const auto job = engine->wait(id, std::chrono::seconds(60));
        std::cout << to_string(job.state) << '\n';
        engine->stop(); // the bill is written by now
        std::cout << std::ifstream(folder + "/bill").rdbuf();
    } catch (const Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
