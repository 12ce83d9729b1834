# How this project's own targets are compiled. Nothing here touches a parent project's flags:
# everything hangs on the interface target `thumbjobs_build`, which our targets link privately.
# `thumbjobs_build_plain` is the same without sanitizers, for what must run without them.
include(GNUInstallDirs)

add_library(thumbjobs_build_plain INTERFACE)
target_compile_features(thumbjobs_build_plain INTERFACE cxx_std_20)
target_compile_options(thumbjobs_build_plain INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    $<$<BOOL:${THUMBJOBS_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # At -O3, GCC 12 takes `"text" + std::string` for overlapping memcpy (its bug 105651).
    target_compile_options(thumbjobs_build_plain INTERFACE -Wno-restrict)
endif()
if(THUMBJOBS_FAIL_POINTS)
    target_compile_definitions(thumbjobs_build_plain INTERFACE THUMBJOBS_FAIL_POINTS=1)
endif()

add_library(thumbjobs_build INTERFACE)
target_link_libraries(thumbjobs_build INTERFACE thumbjobs_build_plain)
if(THUMBJOBS_SANITIZE)
    target_compile_options(thumbjobs_build INTERFACE
        -fsanitize=${THUMBJOBS_SANITIZE} -fno-omit-frame-pointer)
    if(THUMBJOBS_SANITIZE MATCHES "undefined")
        target_compile_options(thumbjobs_build INTERFACE -fno-sanitize-recover=undefined)
    endif()
    target_link_options(thumbjobs_build INTERFACE -fsanitize=${THUMBJOBS_SANITIZE})
endif()
if(THUMBJOBS_BUILD_FUZZERS)
    # Coverage in all that a fuzzer links, so that it can steer.
    target_compile_options(thumbjobs_build INTERFACE -fsanitize=fuzzer-no-link)
endif()

# The library finds the sandbox's helper in bin/ beside its own lib/, also below a parent project
# that has no say about such folders.
if(NOT DEFINED CMAKE_RUNTIME_OUTPUT_DIRECTORY AND NOT DEFINED CMAKE_LIBRARY_OUTPUT_DIRECTORY)
    set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
    set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
endif()
# thumbjobs_find_module(<name> <modules>): makes PkgConfig::THUMBJOBS_<name>, and notes what a static
# library's users have to find as well, for the package files.
function(thumbjobs_find_module name)
    pkg_check_modules(THUMBJOBS_${name} REQUIRED IMPORTED_TARGET ${ARGN})
    string(REPLACE ";" " " modules "${ARGN}")
    set_property(GLOBAL APPEND PROPERTY THUMBJOBS_MODULES "${name} ${modules}")
endfunction()

if(PROJECT_IS_TOP_LEVEL)
    find_program(THUMBJOBS_CCACHE ccache)
    if(THUMBJOBS_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${THUMBJOBS_CCACHE})
        set(CMAKE_C_COMPILER_LAUNCHER ${THUMBJOBS_CCACHE})
    endif()
endif()
