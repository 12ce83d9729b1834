# Writes a C++ file that holds every file of a manifest, and the table that static_assets.cpp
# searches. The bytes come in through the assembler (.incbin), so that compiling takes no time.
# usage: cmake -D MANIFEST=<path|file|policy a line> -D OUTPUT=<file.cpp> -P EmbedAssets.cmake
cmake_minimum_required(VERSION 3.25)

# Nothing but what this server sends, no inline script or style, and no page may frame it.
set(common "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
set(closed "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
# The page shows previews of files that have not been sent yet (blob:).
set(policy_page "${common}; img-src 'self' blob:; ${closed}")
# Swagger UI has its icons as data: URLs in its style sheet.
set(policy_docs "${common}; img-src 'self' data:; font-src 'self' data:; ${closed}")

set(type_css "text/css; charset=utf-8")
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_svg "image/svg+xml")

file(STRINGS ${MANIFEST} lines)
set(bytes "")
set(rows "")
set(index 0)
foreach(line IN LISTS lines)
    string(REPLACE "|" ";" fields "${line}")
    list(GET fields 0 path)
    list(GET fields 1 file)
    list(GET fields 2 policy)
    if(NOT EXISTS ${file})
        message(FATAL_ERROR "The asset ${path} has no file ${file}")
    endif()
    string(REGEX REPLACE "^.*[.]" "" extension "${file}")
    if(NOT DEFINED type_${extension})
        message(FATAL_ERROR "No media type is known for ${file}")
    endif()
    set(csp "")
    if(policy)
        set(csp "${policy_${policy}}")
    endif()
    file(SHA256 ${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)

    set(symbol thumbd_asset_${index})
    string(APPEND bytes "    \"${symbol}: .incbin \\\"${file}\\\"\\n\"\n"
        "    \"${symbol}_end:\\n\"\n")
    string(APPEND declarations "extern const char ${symbol}[];\n"
        "extern const char ${symbol}_end[];\n")
    string(APPEND rows "        {\"${path}\",\n"
        "         {{${symbol}, static_cast<std::size_t>(${symbol}_end - ${symbol})},\n"
        "          \"${type_${extension}}\",\n"
        "          \"\\\"${hash}\\\"\",\n"
        "          \"${csp}\"}},\n")
    math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by EmbedAssets.cmake.
#include \"web/static_assets.h\"

#include <cstddef>

asm(\".pushsection .rodata\\n\"
${bytes}    \".byte 0\\n\"
    \".popsection\\n\");

extern \"C\" {
${declarations}}

namespace thumbd {

std::span<const StaticAssetEntry> static_assets() {
    static const StaticAssetEntry table[] = {
${rows}    };
    return table;
}

} // namespace thumbd
")
