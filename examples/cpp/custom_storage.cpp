// Shows a Storage of one's own: vault.h, a few methods over whatever keeps bytes, behind a URL like
// those of the built-in ones.
//   custom_storage PHOTO
#include "vault.h"

#include <thumbjobs/thumbjobs.h>

#include <iostream>

namespace {

using thumbjobs::Error;
using thumbjobs::ErrorCode;

/// `vault:?megabytes=N`
std::shared_ptr<thumbjobs::Storage> open_vault(thumbjobs::BackendUrl url,
                                               const thumbjobs::BackendContext&) {
    const auto megabytes = url.take("megabytes").value_or("64");
    url.refuse_rest("megabytes");
    if (megabytes.empty() || megabytes.size() > 4 ||
        megabytes.find_first_not_of("0123456789") != std::string::npos)
        throw Error(ErrorCode::invalid_argument, "vault option \"megabytes\": \"" + megabytes +
                                                     "\" is not accepted; accepted: "
                                                     "0 to 9999");
    return std::make_shared<Vault>(std::stoll(megabytes) << 20);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: custom_storage PHOTO\n";
        return 2;
    }
    try {
        auto registry = thumbjobs::Registry::builtin();
        registry.add_storage("vault", open_vault);

        thumbjobs::EngineOptions options; // a real program names a durable store: sqlite:jobs.db
        options.registry = &registry;
        options.storage = "vault:?megabytes=16";
        options.inline_thumbnails = 0; // small ones as well go into the vault
        const auto engine = thumbjobs::Engine::open(options);
        engine->start();
        const auto id = engine->submit({.image = thumbjobs::open_file_blob(argv[1])}).job.id;
        const auto job = engine->wait(id, std::chrono::seconds(60));
        std::cout << to_string(job.state) << ", " << engine->open_rendition(id).blob->size()
                  << " bytes from the vault\n";
    } catch (const Error& error) {
        std::cerr << to_string(error.code()) << ": " << error.what() << '\n';
        return 1;
    }
}
