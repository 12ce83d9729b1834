# `cmake --install`: the library, with all that others need to build with it, and the programs.
# Components: thumbjobs_runtime, thumbjobs_development, thumbd, desktop, python (whose rules are in
# bindings/python); what only a Debian package has is in cmake/ThumbjobsPackages.cmake.
include(CMakePackageConfigHelpers)

# --- Library
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/thumbjobs)
install(TARGETS thumbjobs EXPORT thumbjobs-targets
    LIBRARY
        DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT thumbjobs_runtime
        NAMELINK_COMPONENT thumbjobs_development
    ARCHIVE
        DESTINATION ${CMAKE_INSTALL_LIBDIR}
        COMPONENT thumbjobs_development)
if(TARGET thumbjobs-decoders)
    install(TARGETS thumbjobs-decoders
        LIBRARY
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/thumbjobs
            COMPONENT thumbjobs_runtime)
endif()
if(TARGET thumbjobs-worker)
    install(TARGETS thumbjobs-worker EXPORT thumbjobs-targets
        RUNTIME
            DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/thumbjobs
            COMPONENT thumbjobs_runtime)
endif()

# --- What others build with: headers, CMake's files, pkg-config's
install(DIRECTORY ${PROJECT_SOURCE_DIR}/libthumbjobs/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT thumbjobs_development
    FILES_MATCHING PATTERN "*.h")
install(EXPORT thumbjobs-targets
    NAMESPACE thumbjobs::
    DESTINATION ${package_folder}
    COMPONENT thumbjobs_development)
# What of the libraries is found by pkg-config.
get_property(modules GLOBAL PROPERTY THUMBJOBS_MODULES)
set(thumbjobs_find_modules "")
set(thumbjobs_pc_modules "")
foreach(module IN LISTS modules)
    string(APPEND thumbjobs_find_modules "    thumbjobs_find_module(${module})\n")
    string(REGEX REPLACE "^[^ ]+ (.*)$" "\\1" module "${module}")
    string(REPLACE " " ", " module "${module}")
    string(REPLACE ">=" " >= " module "${module}")
    list(APPEND thumbjobs_pc_modules ${module})
endforeach()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/thumbjobs-config.cmake.in
    ${PROJECT_BINARY_DIR}/thumbjobs-config.cmake
    INSTALL_DESTINATION ${package_folder}
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/thumbjobs-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(
    FILES
        ${PROJECT_BINARY_DIR}/thumbjobs-config.cmake
        ${PROJECT_BINARY_DIR}/thumbjobs-config-version.cmake
    DESTINATION ${package_folder}
    COMPONENT thumbjobs_development)

# The prefix as seen from the file, so that an installed tree may be moved.
file(RELATIVE_PATH thumbjobs_pc_prefix
    /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
# What a static library needs is named as if its users asked for it: as private requirements, only
# `pkg-config --static` would tell, which links all below it statically as well.
set(thumbjobs_pc_requires "")
set(thumbjobs_pc_libs "")
if(NOT THUMBJOBS_SHARED)
    set(modules ${thumbjobs_pc_modules} libcrypto zlib "sqlite3 >= 3.38")
    if(THUMBJOBS_WITH_REDIS)
        list(APPEND modules libssl)
    endif()
    if(THUMBJOBS_WITH_S3)
        list(APPEND modules "libcurl >= 7.88" pugixml)
    endif()
    list(JOIN modules ", " modules)
    set(thumbjobs_pc_requires "\nRequires: ${modules}")
    # Boost brings no file for pkg-config.
    set(thumbjobs_pc_libs " -lboost_json -lpthread")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/thumbjobs.pc.in ${PROJECT_BINARY_DIR}/thumbjobs.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/thumbjobs.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT thumbjobs_development)

# --- Programs
# thumbjobs_forget_rpath(<component> <file below the prefix>)
# What is installed below /usr is found by the system, not by a path in the program.
function(thumbjobs_forget_rpath component file)
    install(CODE "
        if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
            file(RPATH_REMOVE FILE \"\$ENV{DESTDIR}/usr/${file}\")
        endif()"
        COMPONENT ${component})
endfunction()
if(TARGET thumbd)
    set_target_properties(thumbd PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    install(TARGETS thumbd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT thumbd)
    thumbjobs_forget_rpath(thumbd ${CMAKE_INSTALL_BINDIR}/thumbd)

    # What the program says of itself.
    set(thumbd_texts ${PROJECT_BINARY_DIR}/share)
    file(MAKE_DIRECTORY ${thumbd_texts})
    add_custom_command(
        OUTPUT ${thumbd_texts}/thumbd.8.gz ${thumbd_texts}/thumbd.bash ${thumbd_texts}/thumbd.conf
        COMMAND thumbd --print-man-page | gzip -9n > ${thumbd_texts}/thumbd.8.gz
        COMMAND thumbd --print-bash-completion > ${thumbd_texts}/thumbd.bash
        COMMAND thumbd --print-config-file
            | sed "s:^.data-dir =.*:data-dir = /var/lib/thumbjobs:" > ${thumbd_texts}/thumbd.conf
        COMMENT "Writing thumbd's man page, completion and configuration file")
    add_custom_target(thumbd-texts ALL DEPENDS ${thumbd_texts}/thumbd.8.gz)
    install(FILES ${thumbd_texts}/thumbd.8.gz
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 COMPONENT thumbd)
    install(FILES ${thumbd_texts}/thumbd.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME thumbd
        COMPONENT thumbd)
endif()
if(TARGET thumbjobs-desktop)
    set(desktop_resources ${PROJECT_SOURCE_DIR}/apps/desktop/resources)
    set_target_properties(thumbjobs-desktop PROPERTIES
        INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    install(TARGETS thumbjobs-desktop
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT desktop)
    thumbjobs_forget_rpath(desktop ${CMAKE_INSTALL_BINDIR}/thumbjobs-desktop)
    install(FILES ${desktop_resources}/thumbjobs-desktop.desktop
        DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT desktop)
    install(FILES ${desktop_resources}/io.github.thumbjobs.desktop.metainfo.xml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo COMPONENT desktop)
    install(FILES ${desktop_resources}/thumbjobs-desktop.svg
        DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps COMPONENT desktop)
    set(desktop_page ${PROJECT_BINARY_DIR}/share/thumbjobs-desktop.1)
    configure_file(${PROJECT_SOURCE_DIR}/packaging/thumbjobs-desktop.1.in ${desktop_page} @ONLY)
    execute_process(COMMAND gzip -9nkf ${desktop_page} COMMAND_ERROR_IS_FATAL ANY)
    install(FILES ${desktop_page}.gz
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT desktop)
endif()
