// Shows submit and wait: one photograph in, its thumbnail out.
//   submit_and_wait PHOTO THUMBNAIL
#include <thumbjobs/thumbjobs.h>

#include <fstream>

int main(int, char** argv) {
    auto engine = thumbjobs::Engine::open(thumbjobs::EngineOptions::in_directory("thumbs"));
    engine->start();
    thumbjobs::SubmitRequest request{.image = thumbjobs::open_file_blob(argv[1])};
    request.renditions = {{.width = 320, .height = 320}};
    auto job = engine->submit(request).job; // durable: whatever happens, the job is done
    job = engine->wait(job.id, std::chrono::seconds(30));
    if (job.state != thumbjobs::JobState::succeeded)
        return 1; // job.error->message says why
    const auto bytes = engine->open_rendition(job.id).blob->read_all();
    std::ofstream(argv[2], std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
}
