#include "backends/vips/runtime.h"

#include "backends/vips/handles.h"

#include <thumbjobs/error.h>

#include <vips/vector.h>

#include <dlfcn.h>
#include <gmodule.h>

#include <array>
#include <mutex>
#include <string>

namespace thumbjobs::vips {
namespace {

// Decoders warn about every odd tag, thousands of times for one file. A warning that matters
// becomes a failed call, which has its own text.
void drop_message(const char*, GLogLevelFlags, const char*, void*) {}

// Past this size libvips would decode to a file in /tmp. The pixel limit bounds memory already.
// There is no function for it, but there is a command line option; the environment is not ours.
void keep_images_in_memory() {
    std::string program = "thumbjobs";
    std::string option = "--vips-disc-threshold=1000g"; // libvips knows no larger unit
    std::array<char*, 3> arguments{program.data(), option.data(), nullptr};
    char** begin = arguments.data();
    int count = 2;
    GOptionContext* context = g_option_context_new(nullptr);
    GOptionGroup* group = g_option_group_new("vips", "", "", nullptr, nullptr);
    vips_add_option_entries(group);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_parse(context, &count, &begin, nullptr);
    g_option_context_free(context);
}

// libvips loads all of its modules at start. Where it was told not to (VIPSHOME points to a folder
// without them, which keeps ImageMagick and poppler out), some are still needed. Where a loader is
// no module of its own, there is nothing to do.
void load_module(const char* operation, const char* module_name) {
    if (vips_type_find("VipsOperation", operation) != 0)
        return;
    Dl_info info{};
    if (dladdr(reinterpret_cast<void*>(&vips_init), &info) == 0 || !info.dli_fname)
        return;
    std::string path = info.dli_fname;
    path.resize(path.rfind('/') + 1);
    path.append("vips-modules-").append(std::to_string(vips_version(0)));
    path.append(".").append(std::to_string(vips_version(1)));
    path.append("/").append(module_name).append(".so");
    if (GModule* module = g_module_open(path.c_str(), G_MODULE_BIND_LAZY))
        g_module_make_resident(module);
}

void block_loaders() {
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (const char* loader : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadNsgif",
                               "VipsForeignLoadWebp", "VipsForeignLoadHeif", "VipsForeignLoadTiff"})
        vips_operation_block_set(loader, FALSE);
}

void initialise() {
    g_log_set_handler("VIPS",
                      static_cast<GLogLevelFlags>(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE |
                                                  G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG),
                      drop_message, nullptr);
    if (vips_init("thumbjobs") != 0)
        throw Error(ErrorCode::internal, "The image library could not be started.",
                    take_error_text());
    load_module("heifload_buffer", "vips-heif");
    keep_images_in_memory();
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    // Orc's generated code was seen to crash programs with two threads; 8.15 replaced Orc.
    if (vips_version(0) == 8 && vips_version(1) < 15)
        vips_vector_set_enabled(FALSE);
    block_loaders();
}

} // namespace

void start_runtime() {
    static std::once_flag once;
    std::call_once(once, initialise);
}

void enable_loader(Loader loader) {
    struct Extra {
        Loader loader;
        const char* name;
        const char* operation;
        const char* type;
        const char* module_name;
    };
    constexpr std::array<Extra, 4> extras{{
        {Loader::svg, "svg", "svgload_buffer", "VipsForeignLoadSvg", "vips-svg"},
        {Loader::pdf, "pdf", "pdfload_buffer", "VipsForeignLoadPdf", "vips-poppler"},
        {Loader::jxl, "jxl", "jxlload_buffer", "VipsForeignLoadJxl", "vips-jxl"},
        {Loader::jp2, "jp2", "jp2kload_buffer", "VipsForeignLoadJp2k", "vips-jp2k"},
    }};
    for (const Extra& extra : extras) {
        if (extra.loader != loader)
            continue;
        load_module(extra.operation, extra.module_name);
        if (vips_type_find("VipsOperation", extra.operation) == 0)
            throw Error(ErrorCode::invalid_argument,
                        std::string("resizer option \"formats\": the installed libvips cannot "
                                    "read ") +
                            extra.name + ".");
        vips_operation_block_set(extra.type, FALSE);
    }
}

void adopt_thread() {
    struct Guard {
        ~Guard() { vips_thread_shutdown(); }
        void touch() const noexcept {}
    };
    thread_local const Guard guard;
    guard.touch();
}

} // namespace thumbjobs::vips
