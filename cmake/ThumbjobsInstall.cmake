# `cmake --install`: the library with its headers and its find_package() files, the
# sandbox's helper, and thumbd.
include(CMakePackageConfigHelpers)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/thumbjobs)
install(TARGETS thumbjobs EXPORT thumbjobs-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET thumbjobs-worker)
    install(TARGETS thumbjobs-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/thumbjobs)
endif()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/libthumbjobs/include/
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT thumbjobs-targets NAMESPACE thumbjobs:: DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/thumbjobs-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
        ${PROJECT_SOURCE_DIR}/cmake/thumbjobs-config.cmake
        ${PROJECT_BINARY_DIR}/thumbjobs-config-version.cmake
    DESTINATION ${package_folder})
if(TARGET thumbjobs-worker)
    install(TARGETS thumbjobs-worker
        RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/thumbjobs)
endif()
if(TARGET thumbd)
    set_target_properties(thumbd PROPERTIES
        INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
    install(TARGETS thumbd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
