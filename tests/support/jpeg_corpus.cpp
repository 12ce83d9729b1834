#include "support/jpeg_corpus.h"

#include <jpeglib.h>

#include <array>
#include <cmath>
#include <csetjmp>
#include <cstdio> // jpeglib.h needs it
#include <cstdlib>
#include <random>
#include <stdexcept>

namespace thumbjobs::test {
namespace {

std::uint8_t limited(double value) {
    return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

void set_scans(jpeg_compress_struct& state, const JpegRecipe& recipe,
               std::vector<jpeg_scan_info>& scans) {
    if (recipe.three_scans)
        for (int c = 0; c < recipe.components; ++c)
            scans.push_back({1, {c, 0, 0, 0}, 0, 63, 0, 0});
    if (recipe.separate_dc) {
        for (int c = 0; c < recipe.components; ++c)
            scans.push_back({1, {c, 0, 0, 0}, 0, 0, 0, 2});
        for (int c = 0; c < recipe.components; ++c)
            scans.push_back({1, {c, 0, 0, 0}, 1, 63, 0, 0});
        scans.push_back({recipe.components, {0, 1, 2, 0}, 0, 0, 2, 1});
        for (int c = 0; c < recipe.components; ++c)
            scans.push_back({1, {c, 0, 0, 0}, 0, 0, 1, 0});
    }
    if (scans.empty())
        return;
    state.scan_info = scans.data();
    state.num_scans = static_cast<int>(scans.size());
}

void set_sampling(jpeg_compress_struct& state, const JpegRecipe& recipe) {
    state.comp_info[0].h_samp_factor = recipe.luma_h;
    state.comp_info[0].v_samp_factor = recipe.luma_v;
    for (int c = 1; c < recipe.components; ++c) {
        state.comp_info[c].h_samp_factor = recipe.colour_h;
        state.comp_info[c].v_samp_factor = recipe.colour_v;
    }
}

void write_segment(jpeg_compress_struct& state, int marker, const Bytes& payload) {
    if (!payload.empty())
        jpeg_write_marker(&state, marker, reinterpret_cast<const JOCTET*>(payload.data()),
                          static_cast<unsigned>(payload.size()));
}

struct Errors {
    jpeg_error_mgr manager{}; // First, so that libjpeg's pointer to it is one to this.
    std::jmp_buf jump{};
};

void jump_out(j_common_ptr state) {
    std::longjmp(reinterpret_cast<Errors*>(state->err)->jump, 1);
}

void say_nothing(j_common_ptr) {}

void read_coefficients(jpeg_decompress_struct& state, ByteView file, int side, LibjpegLow& result) {
    jpeg_create_decompress(&state);
    jpeg_mem_src(&state, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    jpeg_read_header(&state, TRUE);
    jvirt_barray_ptr* const arrays = jpeg_read_coefficients(&state);
    result.values.resize(static_cast<std::size_t>(state.num_components));
    for (int c = 0; c < state.num_components; ++c) {
        const jpeg_component_info& component = state.comp_info[c];
        auto& values = result.values[static_cast<std::size_t>(c)];
        for (JDIMENSION y = 0; y < component.height_in_blocks; ++y) {
            const JBLOCKARRAY rows = state.mem->access_virt_barray(
                reinterpret_cast<j_common_ptr>(&state), arrays[c], y, 1, FALSE);
            for (JDIMENSION x = 0; x < component.width_in_blocks; ++x)
                for (int k = 0; k < side * side; ++k)
                    values.push_back(rows[0][x][k / side * DCTSIZE + k % side]);
        }
    }
    jpeg_finish_decompress(&state);
}

} // namespace

std::vector<std::uint8_t> corpus_pixels(const JpegRecipe& recipe) {
    std::mt19937 random(static_cast<std::uint32_t>(recipe.width * 131 + recipe.height));
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < recipe.height; ++y)
        for (int x = 0; x < recipe.width; ++x)
            for (int c = 0; c < recipe.components; ++c) {
                const double wave = 90 * std::sin((x + 17 * c) / 23.0) * std::cos(y / 31.0);
                const double edge = (x / 40 + y / 24 + c) % 3 == 0 ? 40 : 0;
                const double noise = recipe.smooth ? 0 : static_cast<double>(random() % 25);
                pixels.push_back(limited(110 + wave + edge + noise));
            }
    return pixels;
}

Bytes make_jpeg(const JpegRecipe& recipe) {
    std::vector<std::uint8_t> pixels = corpus_pixels(recipe);
    std::vector<jpeg_scan_info> scans;
    jpeg_compress_struct state{};
    jpeg_error_mgr errors{};
    state.err = jpeg_std_error(&errors);
    jpeg_create_compress(&state);
    unsigned char* output = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&state, &output, &size);
    state.image_width = static_cast<JDIMENSION>(recipe.width);
    state.image_height = static_cast<JDIMENSION>(recipe.height);
    state.input_components = recipe.components;
    state.in_color_space = recipe.components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&state);
    if (recipe.rgb)
        jpeg_set_colorspace(&state, JCS_RGB);
    jpeg_set_quality(&state, recipe.quality, TRUE);
    set_sampling(state, recipe);
    state.restart_interval = static_cast<unsigned>(recipe.restart_interval);
    state.optimize_coding = recipe.optimised;
    state.arith_code = recipe.arithmetic;
    if (recipe.progressive && !recipe.separate_dc)
        jpeg_simple_progression(&state);
    set_scans(state, recipe, scans);
    jpeg_start_compress(&state, TRUE);
    write_segment(state, JPEG_APP0 + 1, recipe.app_1);
    write_segment(state, JPEG_APP0 + 2, recipe.app_2);
    while (state.next_scanline < state.image_height) {
        JSAMPROW row = pixels.data() + std::size_t{state.next_scanline} *
                                           static_cast<std::size_t>(recipe.width) *
                                           static_cast<std::size_t>(recipe.components);
        jpeg_write_scanlines(&state, &row, 1);
    }
    jpeg_finish_compress(&state);
    const auto* bytes = reinterpret_cast<const std::byte*>(output);
    Bytes file(bytes, bytes + size);
    jpeg_destroy_compress(&state);
    std::free(output);
    return file;
}

std::vector<NamedJpeg> jpeg_corpus() {
    struct Sampling {
        const char* name;
        int components, luma_h, luma_v, colour_h, colour_v;
    };
    constexpr Sampling samplings[] = {
        {"grey", 1, 1, 1, 1, 1},  {"grey 2x2", 1, 2, 2, 1, 1}, {"4:4:4", 3, 1, 1, 1, 1},
        {"4:2:2", 3, 2, 1, 1, 1}, {"4:2:0", 3, 2, 2, 1, 1},    {"4:4:0", 3, 1, 2, 1, 1},
        {"4:1:1", 3, 4, 1, 1, 1}, {"4:1:0", 3, 4, 2, 1, 1},    {"4:2:2 as 2x2", 3, 2, 2, 1, 2},
    };
    constexpr std::array<std::array<int, 2>, 3> sizes{{{437, 301}, {256, 128}, {9, 203}}};
    std::vector<NamedJpeg> corpus;
    int turn = 0;
    for (const Sampling& sampling : samplings)
        for (const auto& [width, height] : sizes)
            for (const bool progressive : {false, true})
                for (const int restart : {0, 1, 7}) {
                    // Qualities and tables in turns: every one with every sampling.
                    ++turn;
                    JpegRecipe recipe{.width = width,
                                      .height = height,
                                      .components = sampling.components,
                                      .luma_h = sampling.luma_h,
                                      .luma_v = sampling.luma_v,
                                      .colour_h = sampling.colour_h,
                                      .colour_v = sampling.colour_v};
                    recipe.quality =
                        std::array{100, 85, 50, 12, 96}[static_cast<std::size_t>(turn % 5)];
                    recipe.restart_interval = restart;
                    recipe.progressive = progressive;
                    recipe.separate_dc = progressive && sampling.components == 3 && turn % 2 == 0;
                    recipe.optimised = turn % 3 == 0;
                    recipe.smooth = turn % 7 == 0;
                    corpus.push_back({std::string(sampling.name) + ' ' + std::to_string(width) +
                                          'x' + std::to_string(height) +
                                          (progressive ? " progressive" : "") + " restart " +
                                          std::to_string(restart) + " quality " +
                                          std::to_string(recipe.quality),
                                      make_jpeg(recipe), progressive});
                }
    return corpus;
}

Bytes mutated(const Bytes& file, std::uint32_t seed) {
    std::mt19937 random(seed);
    Bytes damaged = file;
    const auto anywhere = [&] { return random() % damaged.size(); };
    for (auto change = 1 + random() % 3; change > 0 && damaged.size() > 16; --change) {
        const auto at = static_cast<std::ptrdiff_t>(anywhere());
        const auto value = static_cast<std::byte>(random());
        switch (random() % 6) {
        case 0:
            damaged[static_cast<std::size_t>(at)] = std::byte{0xff};
            break;
        case 1:
            damaged.insert(damaged.begin() + at, value);
            break;
        case 2:
            damaged.erase(damaged.begin() + at);
            break;
        case 3:
            damaged.resize(static_cast<std::size_t>(at) + 1);
            break;
        default:
            damaged[static_cast<std::size_t>(at)] ^= std::byte{1} << random() % 8;
        }
    }
    return damaged;
}

LibjpegLow libjpeg_low(ByteView file, int side) {
    LibjpegLow result;
    jpeg_decompress_struct state{};
    Errors errors;
    state.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jump_out;
    errors.manager.output_message = say_nothing;
    if (setjmp(errors.jump) == 0)
        read_coefficients(state, file, side, result);
    else
        result.failed = true;
    result.warned = errors.manager.num_warnings > 0;
    jpeg_destroy_decompress(&state);
    return result;
}

} // namespace thumbjobs::test
