# thumbjobs_npm_ci(<target> <stamp variable> [FILES <files below node_modules>]
#                  [OPTIONS <of npm ci>])
# Installs what package-lock.json in the current source folder names into node_modules in the
# current binary folder, again whenever the lock file changes. No script of a package is run.
# FILES are the ones that other rules depend on.
function(thumbjobs_npm_ci target stamp_variable)
    cmake_parse_arguments(arg "" "" "FILES;OPTIONS" ${ARGN})
    find_program(THUMBJOBS_NPM npm DOC "npm, which installs what the web pages are made of")
    if(NOT THUMBJOBS_NPM)
        message(FATAL_ERROR
            "npm is missing; it installs the packages of ${CMAKE_CURRENT_SOURCE_DIR}. "
            "Install it (Debian: apt-get install npm), or build without the server: "
            "-DTHUMBJOBS_BUILD_SERVER=OFF")
    endif()
    set(stamp ${CMAKE_CURRENT_BINARY_DIR}/node_modules.stamp)
    list(TRANSFORM arg_FILES PREPEND ${CMAKE_CURRENT_BINARY_DIR}/node_modules/)
    add_custom_command(
        OUTPUT ${stamp}
        BYPRODUCTS ${arg_FILES}
        COMMAND ${CMAKE_COMMAND} -E copy
            ${CMAKE_CURRENT_SOURCE_DIR}/package.json
            ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json
            ${CMAKE_CURRENT_BINARY_DIR}
        COMMAND ${THUMBJOBS_NPM} ci --ignore-scripts --no-audit --no-fund --prefer-offline
            --loglevel=error ${arg_OPTIONS}
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS
            ${CMAKE_CURRENT_SOURCE_DIR}/package.json
            ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json
        WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
        COMMENT "Installing npm packages for ${target}"
        VERBATIM)
    set(${stamp_variable} ${stamp} PARENT_SCOPE)
endfunction()
