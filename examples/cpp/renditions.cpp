// Shows several renditions of one image, made in one job: formats, crops by content, a border.
//   renditions PHOTO FOLDER
#include <thumbjobs/thumbjobs.h>

#include <fstream>
#include <iostream>

namespace {

using thumbjobs::Fit;
using thumbjobs::Gravity;
using thumbjobs::OutputFormat;

std::vector<thumbjobs::RenditionSpec> what_the_site_shows() {
    return {
        // A square of what draws the eye: the face, not the middle of the picture.
        {.name = "avatar",
         .width = 256,
         .height = 256,
         .fit = Fit::cover,
         .gravity = Gravity::attention,
         .format = OutputFormat::webp,
         .quality = 75},
        // A banner of the part with the most detail.
        {.name = "banner",
         .width = 640,
         .height = 160,
         .fit = Fit::cover,
         .gravity = Gravity::entropy,
         .format = OutputFormat::jpeg},
        // The whole picture, in a box of fixed size with a border.
        {.name = "card",
         .width = 320,
         .height = 320,
         .fit = Fit::inside,
         .format = OutputFormat::png,
         .background = thumbjobs::parse_colour("#f4f4f4")},
        // As large as fits, never larger than it was.
        {.name = "preview", .width = 1200, .height = 1200, .format = OutputFormat::avif},
    };
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: renditions PHOTO FOLDER\n";
        return 2;
    }
    const std::string folder = argv[2];
    try {
        const auto engine =
            thumbjobs::Engine::open(thumbjobs::EngineOptions::in_directory(folder + "/jobs"));
        engine->start();
        const auto id = engine
                            ->submit({.image = thumbjobs::open_file_blob(argv[1]),
                                      .renditions = what_the_site_shows()})
                            .job.id;
        const auto job = engine->wait(id, std::chrono::seconds(60));
        if (job.state != thumbjobs::JobState::succeeded) {
            std::cerr << "no thumbnails: " << (job.error ? job.error->message : "not yet") << '\n';
            return 1;
        }
        for (const auto& made : job.renditions) {
            const auto bytes = engine->open_rendition(id, made.name).blob->read_all();
            const auto type = made.media_type.substr(made.media_type.find('/') + 1);
            std::ofstream(folder + '/' + made.name + '.' + type, std::ios::binary)
                .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
            std::cout << made.name << ": " << made.width << 'x' << made.height << ", " << made.bytes
                      << " bytes of " << made.media_type << '\n';
        }
    } catch (const thumbjobs::Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
