#include <thumbjobs/thumbjobs.h>

#include <fstream>
#include <iostream>

// Makes a thumbnail of one photograph. The job is durable: should the process die on the way, the
// next run in the same folder finishes it.
int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: embed PHOTO THUMBNAIL\n";
        return 2;
    }
    try {
        auto engine = thumbjobs::Engine::open(thumbjobs::EngineOptions::in_directory("thumbs"));
        engine->start();

        thumbjobs::RenditionSpec small;
        small.width = 320;
        small.height = 320;
        small.format = thumbjobs::OutputFormat::jpeg;

        thumbjobs::SubmitRequest request;
        request.image = thumbjobs::open_file_blob(argv[1]);
        request.renditions = {small};
        auto job = engine->submit(request).job;

        job = engine->wait(job.id, std::chrono::seconds(30));
        if (job.state != thumbjobs::JobState::succeeded) {
            std::cerr << thumbjobs::to_string(job.state);
            std::cerr << (job.error ? ": " + job.error->message : "") << '\n';
            return 1;
        }
        const auto bytes = engine->open_rendition(job.id).blob->read_all();
        std::ofstream file(argv[2], std::ios::binary);
        file.write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        return file.flush() ? 0 : 1;
    } catch (const thumbjobs::Error& error) {
        std::cerr << thumbjobs::to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
