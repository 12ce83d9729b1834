#include "support/png_corpus.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

namespace thumbjobs::test {
namespace {

using Row = std::vector<std::uint8_t>;

void append(Bytes& to, ByteView from) {
    to.insert(to.end(), from.begin(), from.end());
}

void append_big(Bytes& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
        to.push_back(static_cast<std::byte>(value >> shift & 0xff));
}

std::uint32_t checksum(ByteView bytes) {
    return static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

int channels_of(const PngRecipe& recipe) {
    return recipe.colour == 2 ? 3 : recipe.colour == 4 ? 2 : recipe.colour == 6 ? 4 : 1;
}

int colours_of(const PngRecipe& recipe) {
    return recipe.colours ? recipe.colours : 1 << recipe.depth;
}

/// A sample's value: slopes with some noise, whole areas without alpha.
int sample(const PngRecipe& recipe, int x, int y, int channel, std::uint32_t noise) {
    const bool alpha = channels_of(recipe) % 2 == 0 && channel == channels_of(recipe) - 1;
    if (alpha)
        return std::clamp((x - recipe.width / 3) * 4 + y, 0, 255);
    return (x * (channel + 1) + y * 2 + static_cast<int>(noise % 23)) & 0xff;
}

std::vector<Row> rows_of(const PngRecipe& recipe) {
    const int channels = channels_of(recipe);
    std::uint32_t noise = 7;
    std::vector<Row> rows;
    for (int y = 0; y < recipe.height; ++y) {
        Row row((static_cast<std::size_t>(recipe.width * channels * recipe.depth) + 7) / 8);
        for (int i = 0; i < recipe.width * channels; ++i) {
            noise = noise * 1'664'525 + 1'013'904'223;
            int value = sample(recipe, i / channels, y, i % channels, noise >> 16);
            if (recipe.colour == 3)
                value %= colours_of(recipe);
            const int bit = i * recipe.depth;
            if (recipe.depth == 16)
                row[static_cast<std::size_t>(i) * 2] = static_cast<std::uint8_t>(value);
            else
                row[static_cast<std::size_t>(bit / 8)] = static_cast<std::uint8_t>(
                    row[static_cast<std::size_t>(bit / 8)] | value << (8 - recipe.depth - bit % 8));
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

int predict(int filter, int left, int above, int corner) {
    const int estimate = left + above - corner;
    const int a = std::abs(estimate - left);
    const int b = std::abs(estimate - above);
    const int c = std::abs(estimate - corner);
    switch (filter) {
    case 1:
        return left;
    case 2:
        return above;
    case 3:
        return (left + above) / 2;
    case 4:
        return a <= b && a <= c ? left : b <= c ? above : corner;
    default:
        return 0;
    }
}

Bytes filtered(const PngRecipe& recipe) {
    const auto pixel =
        static_cast<std::size_t>(std::max(1, channels_of(recipe) * recipe.depth / 8));
    Bytes out;
    Row above;
    int line = 0;
    for (const Row& row : rows_of(recipe)) {
        above.resize(row.size());
        const int filter = recipe.filter == 5 ? line++ % 5 : recipe.filter;
        out.push_back(static_cast<std::byte>(filter));
        for (std::size_t i = 0; i < row.size(); ++i) {
            const int left = i < pixel ? 0 : row[i - pixel];
            const int corner = i < pixel ? 0 : above[i - pixel];
            out.push_back(static_cast<std::byte>(row[i] - predict(filter, left, above[i], corner)));
        }
        above = row;
    }
    return out;
}

Bytes packed(const Bytes& bytes, int level) {
    uLongf size = ::compressBound(static_cast<uLong>(bytes.size()));
    Bytes out(size);
    if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                    reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                    level) != Z_OK)
        throw std::runtime_error("compress2");
    out.resize(size);
    return out;
}

Bytes header(const PngRecipe& recipe) {
    Bytes data;
    append_big(data, static_cast<std::uint32_t>(recipe.width));
    append_big(data, static_cast<std::uint32_t>(recipe.height));
    for (const int value : {recipe.depth, recipe.colour, 0, 0, 0})
        data.push_back(static_cast<std::byte>(value));
    return png_chunk("IHDR", data);
}

Bytes palette(const PngRecipe& recipe) {
    Bytes colours;
    Bytes alpha;
    for (int i = 0; i < colours_of(recipe); ++i) {
        for (const int value : {i * 7, 255 - i, i * 31})
            colours.push_back(static_cast<std::byte>(value));
        if (i < 9)
            alpha.push_back(static_cast<std::byte>(i * 29));
    }
    Bytes chunks = png_chunk("PLTE", colours);
    if (recipe.palette_alpha)
        append(chunks, png_chunk("tRNS", alpha));
    return chunks;
}

} // namespace

Bytes png_chunk(const std::string& type, ByteView data) {
    Bytes chunk;
    append_big(chunk, static_cast<std::uint32_t>(data.size()));
    append(chunk, as_bytes(type));
    append(chunk, data);
    append_big(chunk, checksum(ByteView(chunk).subspan(4)));
    return chunk;
}

Bytes make_png(const PngRecipe& recipe) {
    Bytes file;
    append(file, as_bytes("\x89PNG\r\n\x1a\n"));
    append(file, header(recipe));
    if (recipe.colour == 3)
        append(file, palette(recipe));
    append(file, recipe.before);
    const Bytes data = packed(filtered(recipe), recipe.level);
    const auto most = static_cast<std::size_t>(recipe.chunk);
    for (std::size_t at = 0; at < data.size(); at += most)
        append(file,
               png_chunk("IDAT", ByteView(data).subspan(at, std::min(most, data.size() - at))));
    append(file, png_chunk("IEND", {}));
    return file;
}

void mend_checksums(Bytes& file) {
    const auto big = [&file](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i)
            value = value << 8 | std::to_integer<std::uint32_t>(file[at + i]);
        return value;
    };
    for (std::size_t at = 8; at + 12 <= file.size();) {
        const std::uint32_t length = big(at);
        if (length > file.size() - at - 12)
            return;
        Bytes right;
        append_big(right, checksum(ByteView(file).subspan(at + 4, std::size_t{length} + 4)));
        std::copy(right.begin(), right.end(),
                  file.begin() + static_cast<std::ptrdiff_t>(at + 8 + length));
        at += std::size_t{length} + 12;
    }
}

std::vector<NamedPng> png_corpus() {
    std::vector<NamedPng> corpus;
    const auto add = [&corpus](const std::string& name, const PngRecipe& recipe) {
        corpus.push_back({name, make_png(recipe)});
    };
    for (const int colour : {0, 2, 3, 4, 6})
        for (int filter = 0; filter <= 5; ++filter)
            add("colour " + std::to_string(colour) + " filter " + std::to_string(filter),
                {.width = 61, .height = 43, .colour = colour, .filter = filter});
    for (const int depth : {1, 2, 4, 8})
        for (const bool alpha : {false, true})
            add("palette " + std::to_string(depth) + (alpha ? " alpha" : ""),
                {.width = 37, .height = 29, .colour = 3, .depth = depth, .palette_alpha = alpha});
    add("short chunks", {.width = 50, .height = 40, .colour = 6, .chunk = 7});
    add("stored", {.width = 333, .height = 211, .colour = 2, .chunk = 1000, .level = 0});
    add("many pieces", {.width = 701, .height = 203, .colour = 6, .chunk = 8192});
    add("one column", {.width = 1, .height = 500, .colour = 2});
    add("one row", {.width = 500, .height = 1, .colour = 6});
    return corpus;
}

} // namespace thumbjobs::test
